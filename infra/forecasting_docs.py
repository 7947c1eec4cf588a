"""Write docs/forecasting.md: its prose as it stands, its tables from a fresh backtest of the judged series."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.backtest import backtest, month_ends, summary
from models.forecasters import FORECASTERS, LAST_VALUE_ID, MEMBERS, POOL_ID
from models.scores import CELLS, cells, relative_skill

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "forecasting.md"
SERIES: Final = ROOT.parent / "shared" / "facts" / "backtest_series.csv"
OLS_ID: Final = "baseline-ols-records"
ERA_FROM: Final = date(2021, 6, 1)
RESAMPLES: Final = 2000

Periods = dict[str, pl.DataFrame]


def render() -> str:
    """The whole page; where the judged series are not at hand, as it stands."""
    page = PAGE.read_text(encoding="utf-8")
    if not SERIES.exists():
        return page
    tasks = backtest(pl.read_csv(SERIES, try_parse_dates=True), month_ends(date(2013, 6, 30), date(2025, 6, 30)))
    is_era = pl.col("origin_date") >= ERA_FROM
    periods = {"era": tasks.filter(is_era), "legacy": tasks.filter(~is_era)}
    for name, table in TABLES.items():
        pattern = rf"(<!-- tables: {name} -->\n).*?(<!-- end -->)"
        filled = table(periods)
        page, found = re.subn(pattern, lambda match, text=filled: f"{match[1]}{text}{match[2]}", page, flags=re.DOTALL)
        if found != 1:
            raise ValueError(f"{PAGE.name} has {found} places for table {name}; it needs exactly one")
    return page


def skill_table(periods: Periods) -> str:
    """Every forecaster: skill against the last value and least squares, with coverage."""
    lines = []
    for period, tasks in periods.items():
        against_ols = dict(relative_skill(tasks, OLS_ID).iter_rows())
        for row in summary(tasks).iter_rows(named=True):
            name = row["forecaster_id"]
            low, high = _interval(tasks, name)
            covered = (f"{100 * row[f'coverage_{nominal}']:.0f}" for nominal in (50, 80, 90))
            lines.append(
                (period, f"**{name}**" if name == POOL_ID else name, f"{row['relative_skill']:.3f}",
                 f"{low:.2f}–{high:.2f}", f"{against_ols[name]:.2f}", " / ".join(covered), f"{row['log_score']:.2f}")
            )  # fmt: skip
    counts = ", ".join(f"{tasks.height // len(FORECASTERS)} in the {name}" for name, tasks in periods.items())
    head = ("period", "forecaster", "relative skill", "90 %", "vs least squares", "coverage 50/80/90", "log score")
    return f"{_markdown(head, lines)}\nTasks: {counts}.\n"


def cell_table(periods: Periods) -> str:
    """The pool beside the best member of the period, and beside whichever member was best in that very cell."""
    lines = []
    for period, tasks in periods.items():
        skill = dict(relative_skill(tasks, LAST_VALUE_ID).iter_rows())
        best = min(MEMBERS, key=lambda name, skill=skill: skill[name])
        wide = cells(tasks, LAST_VALUE_ID).pivot("forecaster_id", index=[*CELLS, "tasks"], values="ratio")
        for row in wide.sort(CELLS).iter_rows(named=True):
            lucky = min(MEMBERS, key=lambda name, row=row: row[name])
            lines.append(
                (period, row["kind"], f"{row['horizon_months']} months", str(row["tasks"]), f"{row[POOL_ID]:.3f}",
                 f"{row[best]:.3f}", f"{row[POOL_ID] / row[best] - 1:+.0%}",
                 f"{row[lucky]:.3f} ({lucky.removeprefix('member-')})")
            )  # fmt: skip
    head = ("period", "kind", "horizon", "tasks", "pool", "best of the period", "pool against it", "best of the cell")
    return _markdown(head, lines)


def stayed_table(periods: Periods) -> str:
    """P(no new record) as the pool said it, and how often it came true."""
    lines = []
    for period, tasks in periods.items():
        pool = (
            tasks.filter(forecaster_id=POOL_ID)
            .group_by(CELLS)
            .agg(said=pl.col("no_record_share").mean(), came=(~pl.col("is_new_record")).mean(), tasks=pl.len())
        )
        lines += [
            (period, row["kind"], f"{row['horizon_months']} months", f"{row['said']:.2f}", f"{row['came']:.2f}",
             str(row["tasks"]))
            for row in pool.sort(CELLS).iter_rows(named=True)
        ]  # fmt: skip
    return _markdown(("period", "kind", "horizon", "said", "came true", "tasks"), lines)


def few_table(periods: Periods) -> str:
    """Skill by how many records there were to learn from."""
    bands = {"3–4": (3, 4), "5–7": (5, 7), "8–12": (8, 12), "13 and more": (13, 10_000)}
    lines = []
    for period, tasks in periods.items():
        for band, (low, high) in bands.items():
            part = tasks.filter(pl.col("record_count").is_between(low, high))
            skill = dict(relative_skill(part, LAST_VALUE_ID).iter_rows())
            count = part.height // len(FORECASTERS)
            lines.append((period, band, str(count), f"{skill[POOL_ID]:.2f}", f"{skill[OLS_ID]:.2f}"))
    return _markdown(("period", "records", "tasks", "pool", "least squares"), lines)


TABLES: Final[dict[str, Callable[[Periods], str]]] = {
    "skill": skill_table, "cells": cell_table, "stayed": stayed_table, "few": few_table,
}  # fmt: skip


def _interval(tasks: pl.DataFrame, name: str) -> tuple[float, float]:
    """90 % bootstrap interval of the relative skill over whole series: tasks of one series are not independent."""
    sums = tasks.filter(pl.col("forecaster_id").is_in([name, LAST_VALUE_ID])).with_columns(
        cell=pl.concat_str(*CELLS, separator="|")
    )
    # Sums, not means: both have the same tasks, so that their number cancels in the ratio.
    ours, last = (
        sums.filter(forecaster_id=who).pivot("cell", index="series_id", values="crps", aggregate_function="sum")
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


def _markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
