"""The pool on the judged series beside its best member, its worst cell and what it covers: `… infra.bench skill`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from infra.studies.libraries import LIBRARIES, periods, skill_of, weighed
from models.forecasting.forecasters import LAST_VALUE_ID, MEMBERS, POOL_ID
from models.scoring.rules import CELLS, cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.studies.libraries import Library

# A cell of fewer series says more about them than about a forecaster.
MIN_SERIES: Final = 3


class PoolSkill(NamedTuple):
    """One period of a library; ratios are of mean CRPS, below 1 is better. `worst`: the worst cell of enough series."""

    library: str
    period: str
    skill: float
    best: str
    best_skill: float
    covers_80: float
    worst: str
    worst_ratio: float


def run() -> None:
    """Print a line for each library and period; those whose facts are not at hand are named."""
    print("mean CRPS over that of the last value, geometric mean over kind × horizon; best: the best single member")
    for one in judgements([library for library in LIBRARIES if library.is_at_hand]):
        print(
            f"{one.library:9} {one.period:7} pool {one.skill:.4f}  best {one.best_skill:.4f} ({one.best})"
            f"  pool over best {one.skill / one.best_skill:.3f}  80 % covers {one.covers_80:.3f}"
            f"  worst cell of {MIN_SERIES} series and more {one.worst_ratio:.3f} ({one.worst})",
            flush=True,
        )
    for library in LIBRARIES:
        if not library.is_at_hand:
            print(f"{library.name:9} not at hand: {library.path.name}")


def judgements(libraries: Sequence[Library]) -> Iterator[PoolSkill]:
    """The pool on every period of each."""
    for library in libraries:
        for period, tasks in periods(library).items():
            yield _judged(library, period, tasks)


def _judged(library: Library, period: str, tasks: pl.DataFrame) -> PoolSkill:
    skill = skill_of(tasks, library)
    best = min(MEMBERS, key=skill.__getitem__)
    covered = tasks.filter(forecaster_id=POOL_ID)["coverage_80"].mean()
    assert isinstance(covered, float)
    counts = tasks.group_by(CELLS).agg(series=pl.col("series_id").n_unique())
    found = cells(weighed(tasks, library), LAST_VALUE_ID).filter(forecaster_id=POOL_ID).join(counts, on=CELLS)
    enough = found.filter(pl.col("series") >= MIN_SERIES).sort("ratio", *CELLS).select(*CELLS, "ratio").rows()
    kind, months, ratio = enough[-1] if enough else ("none", 0, float("nan"))
    return PoolSkill(
        library.name, period, skill[POOL_ID], best, skill[best], covered, f"{kind}, {months} months", ratio
    )
