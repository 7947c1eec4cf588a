"""A user's series judged and written down: at once where they are few, in shards where they are many."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from flows.ask import shards
from flows.ask.backtest import OF_TABLES, hub_rows
from models.scoring.backtest import backtest

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from flows.ask.shards import Compute, SeriesQuestion, Spent

# Up to so many series all fit into one go; beyond, one process needs room for a shard instead of for everything.
AT_ONCE: Final = 2_000


class Files(NamedTuple):
    """Where the tasks go, and what the forecasters said, as model output of a hub."""

    tasks: Path
    forecasts: Path | None = None


class SeriesJudged(NamedTuple):
    """The columns of the tasks that tables are made of, and what computing them elsewhere cost and saved, in words."""

    tasks: pl.DataFrame
    told: str | None = None


def judge(series: pl.DataFrame, question: SeriesQuestion, files: Files, compute: Compute | None = None) -> SeriesJudged:
    """Score every forecaster on the series and write every task; nothing is written when there is no task.

    `compute` does the rounds of the shards; None: this process. UnusableSeries when the table is not one of series.
    """
    if compute is None and series["series"].n_unique() <= AT_ONCE:
        tasks = backtest(series, question.cutoffs, question.horizons, levels=question.levels)
        return SeriesJudged(_written(tasks.lazy(), files))
    started = time.perf_counter()
    files.tasks.parent.mkdir(parents=True, exist_ok=True)
    with shards.folder_beside(files.tasks) as folder:
        count = shards.cut(series, question, folder)
        spent = (compute or shards.in_turn)(folder, count)
        tasks = _written(shards.gathered(folder, count), files)
        seconds = time.perf_counter() - started
        alone = None if compute is None else shards.seconds_alone(folder)
    return SeriesJudged(tasks, None if alone is None else bill(spent, seconds, series["series"].n_unique(), alone))


def _written(tasks: pl.LazyFrame, files: Files) -> pl.DataFrame:
    kept = tasks.select(OF_TABLES).collect()
    if kept.is_empty():
        return kept
    if files.forecasts:
        files.forecasts.parent.mkdir(parents=True, exist_ok=True)
        hub_rows(tasks.collect()).write_parquet(files.forecasts)
    files.tasks.parent.mkdir(parents=True, exist_ok=True)
    shards.write_tasks(tasks, files.tasks)
    return kept


def bill(spent: Spent, seconds: float, series: int, each: float) -> str:
    """What it took beside what one process takes, of which a series takes `each`; and from how many series it pays."""
    # Cutting and gathering are there either way: so many series are judged in shards by one process, too.
    alone = seconds - spent.start - spent.rounds + each * series
    return (
        f"{series:,} series by {spent.workers} workers: {seconds:.1f} s, of which {spent.start:.1f} s until they were "
        f"ready; by one process about {alone:.1f} s ({1e3 * each:.2f} ms a series, measured on a shard afterwards); "
        f"{_from_when(spent, series, each)}"
    )


def _from_when(spent: Spent, series: int, each: float) -> str:
    """The start is paid once; what a series saves, as often as there are series."""
    if series < shards.SERIES:
        return "they are too few to tell from which size workers pay"
    saved = each - spent.rounds / series
    if saved <= 0:
        return "as things are, workers pay at no size: together they took longer for a series than one process"
    return f"workers pay from about {spent.start / saved:,.0f} series"
