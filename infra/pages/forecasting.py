"""Write docs/forecasting.md: its prose as it stands, its tables from a fresh backtest of the judged series."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from flows.edition.markdown import table
from infra.studies.libraries import LIBRARIES, ROOT, Library, periods, skill_of, weighed
from infra.studies.try_constants import parts, skills, tried
from models.forecasting.forecasters import FORECASTERS, LAST_VALUE_ID, MEMBERS, POOL_ID
from models.scoring.backtest import summary
from models.scoring.rules import CELLS, cells, relative_skill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PAGE: Final = ROOT / "docs" / "forecasting.md"
OLS_ID: Final = "baseline-ols-records"
WALK_ID: Final = "baseline-random-walk"
RESAMPLES: Final = 2000
# Beyond what is scored on every refresh; 43 months is from 31 May 2027 to the end of 2030.
LONG_HORIZONS: Final = (36, 43, 48)
LONG: Final = (POOL_ID, WALK_ID, LAST_VALUE_ID)
# A cell of fewer series says more about them than about a forecaster.
MIN_SERIES: Final = 3


class Judged(NamedTuple):
    """What one library says of one period: all tasks, scored; `long` holds those beyond two years."""

    library: Library
    period: str
    tasks: pl.DataFrame
    long: pl.DataFrame | None

    @property
    def names(self) -> tuple[str, str]:
        """Library and period, as the first two columns of a table."""
        return self.library.name, self.period


def render() -> str:
    """The whole page; where the judged series are not at hand, as it stands."""
    page = PAGE.read_text(encoding="utf-8")
    if not all(library.is_at_hand for library in LIBRARIES):
        return page
    judged = [one for library in LIBRARIES for one in _judged(library)]
    for name, fill in TABLES.items():
        pattern = rf"(<!-- tables: {name} -->\n).*?(<!-- end -->)"
        page, found = re.subn(pattern, partial(_filled, fill(judged)), page, flags=re.DOTALL)
        if found != 1:
            raise ValueError(f"{PAGE.name} has {found} places for table {name}; it needs exactly one")
    return page


def _filled(text: str, place: re.Match[str]) -> str:
    return f"{place[1]}{text}{place[2]}"


def _percent(hits: pl.Series) -> str:
    mean = hits.mean()
    assert isinstance(mean, float)
    return f"{100 * mean:.0f}"


def _judged(library: Library) -> Iterator[Judged]:
    """A library's periods, tasks of both reaches beside each other."""
    long = periods(library, {name: FORECASTERS[name] for name in LONG}, LONG_HORIZONS)
    for period, tasks in periods(library).items():
        yield Judged(library, period, tasks, long.get(period))


def library_table(judged: Sequence[Judged]) -> str:
    """The pool on every library and period, beside its members and the random walk."""
    shown = (POOL_ID, *MEMBERS, WALK_ID)
    lines = []
    for one in judged:
        skill = skill_of(one.tasks, one.library)
        low, high = _interval(one, POOL_ID)
        best = min(MEMBERS, key=skill.__getitem__)
        covered = one.tasks.filter(forecaster_id=POOL_ID)["coverage_80"].mean()
        lines.append(
            (*one.names, str(one.tasks["series_id"].n_unique()), str(_count(one.tasks)),
             *(f"**{skill[name]:.3f}**" if name in (POOL_ID, best) else f"{skill[name]:.3f}" for name in shown),
             f"{low:.2f}–{high:.2f}", f"{100 * float(covered):.0f}")  # type: ignore[arg-type]
        )  # fmt: skip
    names = ("pool", *(name.removeprefix("member-") for name in MEMBERS), "random walk")
    head = ("library", "period", "series", "tasks", *names, "pool, 90 %", "80 % covers")
    return table(head, lines)


def without_table(judged: Sequence[Judged]) -> str:
    """The pool's skill on every library without each of the things that let it stall."""
    lines = []
    for trial in parts():
        with tried(trial):
            found = [f"{skill:.3f}" for library in LIBRARIES for skill in skills(library).values()]
        lines.append((trial.title, *found))
    return table(("pool", *(" ".join(one.names) for one in judged)), lines)


def coverage_table(judged: Sequence[Judged]) -> str:
    """How much the pool's intervals cover, by kind and period."""
    lines = []
    for one in judged:
        pool = one.tasks.filter(forecaster_id=POOL_ID)
        for (kind,), part in sorted(pool.group_by("kind")):
            covered = " / ".join(f"{_percent(part[f'coverage_{nominal}'])}" for nominal in (50, 80, 90))
            lines.append((*one.names, str(kind), str(part["series_id"].n_unique()), str(part.height), covered))
    return table(("library", "period", "kind", "series", "tasks", "coverage 50/80/90"), lines)


def long_table(judged: Sequence[Judged]) -> str:
    """Log series beyond two years: the pool beside the random walk, and how much its 80 % covers."""
    lines = []
    for one in judged:
        if one.long is None:
            continue
        logs = one.long.filter(kind="log")
        wide = cells(weighed(logs, one.library), LAST_VALUE_ID).pivot(
            "forecaster_id", index=list(CELLS), values="ratio"
        )
        for row in wide.sort(CELLS).iter_rows(named=True):
            part = logs.filter(pl.col("forecaster_id") == POOL_ID, pl.col("horizon_months") == row["horizon_months"])
            lines.append(
                (*one.names, f"{row['horizon_months']} months", str(part["series_id"].n_unique()), str(part.height),
                 f"{row[POOL_ID]:.3f}", f"{row[WALK_ID]:.3f}", f"{row[POOL_ID] / row[WALK_ID]:.2f}",
                 _percent(part["coverage_80"]))
            )  # fmt: skip
    head = ("library", "period", "horizon", "series", "tasks", "pool", "random walk", "pool against it", "80 % covers")
    return table(head, lines)


def skill_table(judged: Sequence[Judged]) -> str:
    """Every forecaster on the chosen series: skill against the last value and least squares, with coverage."""
    lines = []
    for one in judged:
        if one.library is not LIBRARIES[0]:
            continue
        against_ols = dict(relative_skill(one.tasks, OLS_ID).iter_rows())
        for row in summary(one.tasks).iter_rows(named=True):
            name = row["forecaster_id"]
            low, high = _interval(one, name)
            covered = (f"{100 * row[f'coverage_{nominal}']:.0f}" for nominal in (50, 80, 90))
            lines.append(
                (one.period, f"**{name}**" if name == POOL_ID else name, f"{row['relative_skill']:.3f}",
                 f"{low:.2f}–{high:.2f}", f"{against_ols[name]:.2f}", " / ".join(covered), f"{row['log_score']:.2f}")
            )  # fmt: skip
    head = ("period", "forecaster", "relative skill", "90 %", "vs least squares", "coverage 50/80/90", "log score")
    return table(head, lines)


def cell_table(judged: Sequence[Judged]) -> str:
    """The pool beside the best member of the period and of the very cell; cells of few series come last."""
    lines = []
    for one in judged:
        skill = skill_of(one.tasks, one.library)
        best = min(MEMBERS, key=skill.__getitem__)
        counts = one.tasks.group_by(CELLS).agg(series=pl.col("series_id").n_unique(), tasks=pl.len())
        wide = cells(weighed(one.tasks, one.library), LAST_VALUE_ID).pivot(
            "forecaster_id", index=list(CELLS), values="ratio"
        )
        for row in wide.join(counts, on=CELLS).sort(CELLS).iter_rows(named=True):
            lucky = min(MEMBERS, key=row.__getitem__)
            lines.append(
                (*one.names, row["kind"], f"{row['horizon_months']} months", str(row["series"]),
                 str(row["tasks"] // len(FORECASTERS)), f"{row[POOL_ID]:.3f}",
                 f"{row[best]:.3f} ({best.removeprefix('member-')})",
                 f"{row[lucky]:.3f} ({lucky.removeprefix('member-')})")
            )  # fmt: skip
    best_of = ("best of the period", "best of the cell")
    head = ("library", "period", "kind", "horizon", "series", "tasks", "pool", *best_of)
    # A stable sort: those of few series apart, each in its order.
    return table(head, sorted(lines, key=lambda line: int(line[4]) < MIN_SERIES))


def stayed_table(judged: Sequence[Judged]) -> str:
    """P(no new record) as the pool said it, and how often it came true."""
    lines = []
    for one in judged:
        pool = (
            one.tasks.filter(forecaster_id=POOL_ID)
            .group_by(CELLS)
            .agg(said=pl.col("no_record_share").mean(), came=(~pl.col("is_new_record")).mean(), tasks=pl.len())
        )
        lines += [
            (*one.names, row["kind"], f"{row['horizon_months']} months", f"{row['said']:.2f}", f"{row['came']:.2f}",
             str(row["tasks"]))
            for row in pool.sort(CELLS).iter_rows(named=True)
        ]  # fmt: skip
    return table(("library", "period", "kind", "horizon", "said", "came true", "tasks"), lines)


def few_table(judged: Sequence[Judged]) -> str:
    """Skill on the chosen series by how many records there were to learn from."""
    bands = {"3–4": (3, 4), "5–7": (5, 7), "8–12": (8, 12), "13 and more": (13, 10_000)}
    lines = []
    for one in judged:
        if one.library is not LIBRARIES[0]:
            continue
        for band, (low, high) in bands.items():
            part = one.tasks.filter(pl.col("record_count").is_between(low, high))
            skill = dict(relative_skill(part, LAST_VALUE_ID).iter_rows())
            lines.append((one.period, band, str(_count(part)), f"{skill[POOL_ID]:.2f}", f"{skill[OLS_ID]:.2f}"))
    return table(("period", "records", "tasks", "pool", "least squares"), lines)


TABLES: Final[dict[str, Callable[[Sequence[Judged]], str]]] = {
    "libraries": library_table, "without": without_table, "coverage": coverage_table, "long": long_table,
    "skill": skill_table, "cells": cell_table, "stayed": stayed_table, "few": few_table,
}  # fmt: skip


def _count(tasks: pl.DataFrame) -> int:
    return tasks.height // tasks["forecaster_id"].n_unique()


def _interval(one: Judged, name: str) -> tuple[float, float]:
    """90 % bootstrap interval of the relative skill over whole series: tasks of one series are not independent."""
    chosen = one.tasks.filter(pl.col("forecaster_id").is_in([name, LAST_VALUE_ID]))
    sums = weighed(chosen, one.library).with_columns(cell=pl.concat_str(*CELLS, separator="|"))
    # Sums, not means: both have the same tasks, so that their number cancels in the ratio.
    ours, last = (
        sums.filter(forecaster_id=who).sort("cell").pivot("cell", index="series_id", values="crps",
                                                          aggregate_function="sum")
        .sort("series_id").drop("series_id").fill_null(0).to_numpy()
        for who in (name, LAST_VALUE_ID)
    )  # fmt: skip
    picks = np.random.default_rng(0).multinomial(len(ours), np.full(len(ours), 1 / len(ours)), size=RESAMPLES)
    top, bottom = picks @ ours, picks @ last
    # A resample may hold no series of a cell: it has no ratio there, and counts by its other cells.
    ratio = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), np.nan)
    skill = np.exp(np.nanmean(np.log(np.maximum(ratio, 1e-9)), axis=1))
    low, high = np.quantile(skill, [0.05, 0.95])
    return float(low), float(high)
