"""The order of the second half of a run, once: what has landed is refitted, derived, scored, checked and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from flows.run import ending, steps
from flows.run.results import Results

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.run.run import Run
    from warehouse.contracts.content import Content

T = TypeVar("T")


class Doing(Protocol):
    """Does one step: as it stands, or as a task of Prefect."""

    def __call__(self, step: Callable[..., T], *given: object) -> T:
        """Call the step with what it is given; returns what it returns."""
        ...


def as_it_stands(step: Callable[..., T], *given: object) -> T:
    """Do a step in place, for replayed days, samples and trials."""
    return step(*given)


def publish_landed(run: Run, do: Doing = as_it_stands) -> Content:
    """Refit, derive, compare, check and publish what has landed; returns what the edition says.

    Each step takes what an earlier one returned: another order does not fit together.
    """
    known = do(steps.known, run)
    forecasts = do(steps.refit, run, known)
    derived = do(steps.derive, run, known, forecasts)
    scores = do(steps.score, run, known, derived.properties)
    content = do(steps.compose, run, known, Results(forecasts, derived, scores))
    do(steps.compare, run, known, content)
    candidate = do(steps.check, run, content)
    do(ending.publish, run, content, candidate)
    return content
