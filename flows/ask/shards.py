"""A backtest of many series, shard by shard: every step reads and writes files of one folder, whoever runs it where.

Series learn from each other, in one place alone: the sums of what all of them showed by a cutoff. So there are two
rounds. In the first each shard writes what its series showed, then it is added up in the order of the series, and in
the second each shard is scored with those sums. Whatever does the rounds, the result is the same to the byte.
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from models.forecasting import priors
from models.forecasting.forecasters import FORECASTERS
from models.scoring.backtest import backtest, require_usable, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Series of a shard: enough for seconds of work, few enough that what they become does not leave a worker's memory.
SERIES: Final = 1_000
# With fewer shards than this, workers would wait for each other.
LEAST_SHARDS: Final = 8
# Said, because what a file is cut into would otherwise show how it was put together.
ROW_GROUP: Final = 1 << 18
_QUESTION: Final = "question.json"
_POOL: Final = "pool.npy"


class SeriesQuestion(NamedTuple):
    """What is asked of every series: from which days, how many months ahead, and at which levels of the forecasts."""

    cutoffs: tuple[date, ...]
    horizons: tuple[int, ...]
    levels: tuple[float, ...] = ()


class Spent(NamedTuple):
    """Seconds until whoever computes was ready, and of the rounds by the clock; how many were at work."""

    start: float
    rounds: float
    workers: int


if TYPE_CHECKING:
    Compute = Callable[[Path, int], Spent]


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """Inside, an empty folder beside a file that is to be written; what a killed run left there is gone."""
    folder = path.with_name(f".{path.name}.shards")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder.resolve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cut(series: pl.DataFrame, question: SeriesQuestion, folder: Path, least: int = LEAST_SHARDS) -> int:
    """Write the series as shards, in the order of their names, with the question; returns how many shards there are.

    UnusableSeries when the table is not one of series.
    """
    require_usable(series)
    count = series["series"].n_unique()
    size = max(1, min(SERIES, -(-count // least)))
    number = (pl.col("series").rank("dense").cast(pl.Int64) - 1) // size
    # As they stand in the file within a shard: nothing here decides what order means.
    numbered = series.with_columns(shard=number)
    for (shard,), part in numbered.group_by("shard", maintain_order=True):
        part.drop("shard").write_parquet(folder / f"series-{shard:05}.parquet")
    said = {
        "cutoffs": [day.isoformat() for day in question.cutoffs],
        "horizons": question.horizons,
        "levels": question.levels,
    }
    (folder / _QUESTION).write_text(json.dumps(said), encoding="utf-8")
    return -(-count // size)


def show(folder: Path, number: int) -> None:
    """First round: write what the series of a shard have shown."""
    found = shown(_series(folder, number), _question(folder).cutoffs)
    np.savez(folder / f"shown-{number:05}.npz", cell=found.cell, numbers=found.numbers)


def pool(folder: Path, count: int) -> None:
    """Between the rounds: add up what all series have shown, in their order."""

    def parts() -> Iterator[priors.Shown]:
        for number in range(count):
            with np.load(folder / f"shown-{number:05}.npz") as part:
                yield priors.Shown(part["cell"], part["numbers"])

    np.save(folder / _POOL, priors.pooled(parts()))


def score(folder: Path, number: int) -> None:
    """Second round: write the tasks of a shard, a file for each forecaster."""
    question = _question(folder)
    learn = priors.learnt_already(np.load(folder / _POOL))
    tasks = backtest(_series(folder, number), question.cutoffs, question.horizons, levels=question.levels, learn=learn)
    for name in FORECASTERS:
        tasks.filter(forecaster_id=name).write_parquet(_tasks(folder, name, number))


def in_turn(folder: Path, count: int) -> Spent:
    """All shards by this process, one after the other."""
    started = time.perf_counter()
    for number in range(count):
        show(folder, number)
    pool(folder, count)
    for number in range(count):
        score(folder, number)
    return Spent(0.0, time.perf_counter() - started, 1)


def seconds_alone(folder: Path) -> float:
    """What a series takes this process, measured on the first shard, which it does over again.

    What the shards took elsewhere tells nothing of it: workers that share a machine slow each other down.
    """
    started = time.perf_counter()
    show(folder, 0)
    score(folder, 0)
    return (time.perf_counter() - started) / _series(folder, 0)["series"].n_unique()


def gathered(folder: Path, count: int) -> pl.LazyFrame:
    """The tasks of all shards, in the order in which one process has them: by forecaster, then by series."""
    return pl.scan_parquet([_tasks(folder, name, number) for name in FORECASTERS for number in range(count)])


def write_tasks(tasks: pl.LazyFrame, path: Path) -> None:
    """Write tasks without the quantiles; the same tasks make the same bytes, however they were put together."""
    tasks.drop("quantiles", strict=False).sink_parquet(path, row_group_size=ROW_GROUP, maintain_order=True)


def _series(folder: Path, number: int) -> pl.DataFrame:
    return pl.read_parquet(folder / f"series-{number:05}.parquet")


def _tasks(folder: Path, forecaster_id: str, number: int) -> Path:
    return folder / f"tasks-{forecaster_id}-{number:05}.parquet"


def _question(folder: Path) -> SeriesQuestion:
    said = json.loads((folder / _QUESTION).read_text(encoding="utf-8"))
    days = tuple(date.fromisoformat(day) for day in said["cutoffs"])
    return SeriesQuestion(days, tuple(said["horizons"]), tuple(said["levels"]))
