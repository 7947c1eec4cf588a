"""What the pool's skill would be with other constants, the evidence for ours: `python -m infra.try_constants`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from infra.forecasting_docs import ERA_FROM, SERIES
from models import forecasters, pool, priors, trends
from models.backtest import backtest, month_ends
from models.scores import CELLS, cells, relative_skill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

TRIED: Final = (forecasters.POOL_ID, *forecasters.MEMBERS, forecasters.LAST_VALUE_ID)
CHALLENGERS: Final = "member-challengers"
EQUAL_TAIL: Final = np.array([1.0, 1.0, 1.0])
# Constants whose half and double are tried, where they live.
# Set where they are read at each call; `forecasters` has PRIOR_SPREAD by name, but for none of those TRIED.
SCALED: Final[tuple[tuple[ModuleType, str], ...]] = (
    (forecasters, "RECORD_MEMORY"), (forecasters, "TREND_MEMORY"), (forecasters, "SLOWDOWN"),
    (forecasters, "RATE_WEIGHT"), (forecasters, "STEP_WEIGHT"), (forecasters, "ROWS_TAIL"),
    (forecasters, "FRONTIER_TAIL"), (pool, "LABEL_NOISE"), (pool, "LEAST_ROOM"), (priors, "MEMORY_YEARS"),
    (priors, "WEIGHT_OF_USUAL"), (priors, "USUAL_RATE"), (priors, "USUAL_STEP"), (priors, "MAX_USUAL_STEPS"),
    (priors, "QUIET_YEARS"), (trends, "PRIOR_SPREAD"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to set the constants: what it is called, and (module, name, value) of each that differs."""

    title: str
    values: tuple[tuple[ModuleType, str, Any], ...] = ()


def trials() -> list[Trial]:
    """As published; without what was chosen on the legacy period; then every constant at half and at double."""
    plain = (forecasters, "ROWS_TAIL", EQUAL_TAIL)
    found = [
        Trial("as published"),
        Trial("equal weights, one threshold", (_weighted(1.0), plain)),
        Trial("equal weights", (_weighted(1.0),)),
        *(Trial(f"challengers count {weight:g} times", (_weighted(weight),)) for weight in (3.0, 6.0)),
        Trial("no wrong labels", ((pool, "LABEL_NOISE", 0.0 * pool.LABEL_NOISE),)),
    ]
    for module, name in SCALED:
        value = getattr(module, name)
        found += [Trial(f"{name} {word}", ((module, name, value * by),)) for word, by in (("half", 0.5), ("double", 2))]
    return found


def _weighted(weight: float) -> tuple[ModuleType, str, Any]:
    members = forecasters.MEMBERS
    return forecasters, "MEMBERS", {
        **members, CHALLENGERS: replace(members[CHALLENGERS], benchmark_weight=weight)
    }  # fmt: skip


def skills(series: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Per period, the pool's skill relative to the last value, and how far its worst cell lies above the best member.

    The best member is the one with the best skill in that period, as in docs/forecasting.md.
    """
    chosen = {name: forecasters.FORECASTERS[name] for name in TRIED}
    tasks = backtest(series, month_ends(date(2013, 6, 30), date(2025, 6, 30)), forecasters=chosen)
    is_era = pl.col("origin_date") >= ERA_FROM
    found = {}
    for period, part in {"era": tasks.filter(is_era), "legacy": tasks.filter(~is_era)}.items():
        skill = dict(relative_skill(part, forecasters.LAST_VALUE_ID).iter_rows())
        best = min(forecasters.MEMBERS, key=lambda name, skill=skill: skill[name])
        wide = cells(part, forecasters.LAST_VALUE_ID).pivot("forecaster_id", index=list(CELLS), values="ratio")
        found[period] = (skill[forecasters.POOL_ID], float((wide[forecasters.POOL_ID] / wide[best]).max()) - 1)  # type: ignore[arg-type]
    return found


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
    """Print a line per trial: skill and worst cell, era and legacy."""
    series = pl.read_csv(SERIES, try_parse_dates=True)
    print(f"{'':34}{'era':>8}{'legacy':>9}   worst cell against the period's best member: era, legacy")
    for trial in trials():
        with tried(trial):
            found = skills(series)
        (era, era_worst), (legacy, legacy_worst) = found["era"], found["legacy"]
        print(f"{trial.title:34}{era:8.3f}{legacy:9.3f}   {era_worst:+.0%} {legacy_worst:+.0%}", flush=True)


if __name__ == "__main__":
    main()
