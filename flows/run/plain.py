"""The second half of a refresh without Prefect: the same steps in a row, for replayed days and samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.run import ending, steps
from flows.run.results import Results

if TYPE_CHECKING:
    from flows.run.steps import Run
    from warehouse.contracts.content import Content


def publish_landed(run: Run) -> Content:
    """Refit, derive, compare, check and publish what has landed; returns what the edition says."""
    known = steps.known(run)
    forecasts = steps.refit(run, known)
    derived = steps.derive(run, known, forecasts)
    scores = steps.score(run, known, derived.properties)
    content = steps.compose(run, known, Results(forecasts, derived, scores))
    steps.compare(run, known, content)
    ending.publish(run, content, steps.check(run, content))
    return content
