"""What the pool's skill would be with other constants, the evidence for ours: `python -m infra.try_constants`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from infra.studies.libraries import LIBRARIES, Library, periods, skill_of
from models.forecasting import forecasters, pool, pooling, priors, record_process, trends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TRIED: Final = (forecasters.POOL_ID, forecasters.LAST_VALUE_ID)
EQUAL_TAIL: Final = np.array([1.0, 1.0, 1.0])
# Constants whose half and double are tried, where they live.
# Set where they are read at each call; `forecasters` has PRIOR_SPREAD by name, but for none of those TRIED.
SCALED: Final[tuple[tuple[ModuleType, str], ...]] = (
    (record_process, "RECORD_MEMORY"), (record_process, "RATE_WEIGHT"), (record_process, "STEP_WEIGHT"),
    (forecasters, "TREND_MEMORY"), (forecasters, "SLOWDOWN"), (forecasters, "ROWS_TAIL"),
    (forecasters, "FRONTIER_TAIL"), (pool, "LABEL_NOISE"), (pool, "LEAST_ROOM"), (priors, "MEMORY_YEARS"),
    (priors, "WEIGHT_OF_USUAL"), (priors, "USUAL_RATE"), (priors, "USUAL_STEP"), (priors, "MAX_USUAL_STEPS"),
    (priors, "QUIET_YEARS"), (priors, "STEP_OF_SCATTER"), (trends, "PRIOR_SPREAD"),
    (pooling, "CROWD"), (pooling, "CHALLENGERS_WEIGHT"), (pooling, "CHALLENGERS_FALL"), (pooling, "RUNNERS_UP"),
    (pooling, "PACE"), (pooling, "LINE_WEIGHT"), (pooling, "CROWD_FALL"), (pooling, "DOUBT"),
    (pooling, "PACE_SPREAD"), (pooling, "LATELY"), (pooling, "LEAST_MOMENTUM"), (pooling, "MOST_MOMENTUM"),
    (pooling, "GRANTED"), (pooling, "STALLED"), (pooling, "STALLED_CROWD"), (pooling, "STALL_YEARS"),
)  # fmt: skip
NO_STALL: Final = np.zeros(3)


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to set the constants: what it is called, and (module, name, value) of each that differs."""

    title: str
    values: tuple[tuple[ModuleType, str, Any], ...] = ()


def trials() -> list[Trial]:
    """As published and without its parts; then every constant at half and at double."""
    found = parts()
    for module, name in SCALED:
        value = getattr(module, name)
        found += [Trial(f"{name} {word}", ((module, name, value * by),)) for word, by in (("half", 0.5), ("double", 2))]
    return found


def parts() -> list[Trial]:
    """As published; then without each thing that lets the pool stall, and without all of them."""
    weight, fall = (pooling, "CHALLENGERS_WEIGHT"), (pooling, "CHALLENGERS_FALL")
    never, nowhere = ((pooling, "STALLED", NO_STALL), (pooling, "STALLED_CROWD", NO_STALL))
    no_lull = ((pooling, "LATELY", np.zeros(1)), (pooling, "DOUBT", 1.0))
    return [
        Trial("as published"),
        Trial("no stop", (never, nowhere)),
        Trial("no lull", no_lull),
        Trial("no crowd", ((*weight, 1.0), (*fall, 0.0), (pooling, "CROWD_FALL", 0.0))),
        Trial("no spread of the pace", ((pooling, "PACE_SPREAD", NO_STALL),)),
        Trial("none of them, challengers five times", (
            never, nowhere, *no_lull, (*weight, 5.0), (*fall, 0.0), (pooling, "CROWD_FALL", 0.0),
            (pooling, "PACE", np.ones(3)), (pooling, "PACE_SPREAD", NO_STALL), (pooling, "LINE_WEIGHT", np.ones(3)),
        )),
        Trial("one threshold of tails", ((forecasters, "ROWS_TAIL", EQUAL_TAIL),)),
        Trial("no wrong labels", ((pool, "LABEL_NOISE", 0.0 * pool.LABEL_NOISE),)),
    ]  # fmt: skip


def skills(library: Library) -> dict[str, float]:
    """Per period, the pool's skill relative to the last value, as docs/forecasting.md has it."""
    chosen = {name: forecasters.FORECASTERS[name] for name in TRIED}
    return {period: skill_of(part, library)[forecasters.POOL_ID] for period, part in periods(library, chosen).items()}


@contextmanager
def tried(trial: Trial) -> Iterator[None]:
    """The constants of a trial in force, and afterwards those before."""
    before = [(module, name, getattr(module, name)) for module, name, _ in trial.values]
    try:
        for module, name, value in trial.values:
            setattr(module, name, value)
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def main() -> None:
    """Print a line per trial: the pool's skill on every library and period at hand."""
    found = [library for library in LIBRARIES if library.is_at_hand]
    for trial in trials():
        with tried(trial):
            told = [f"{library.name}, {period} {skill:.3f}" for library in found
                    for period, skill in skills(library).items()]  # fmt: skip
        print(f"{trial.title:52}{'  '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
