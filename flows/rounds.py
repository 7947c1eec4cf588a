"""The flow `shards`: both rounds over the shards of a backtest, as tasks of Prefect that Dask's workers do."""

from __future__ import annotations

import os
import socket
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import stopping
from flows.ask import shards
from flows.ask.shards import Spent

if TYPE_CHECKING:
    from collections.abc import Iterable

# Kept by nobody and never taken for one of an earlier run: what lies under a path is another thing each time.
_PLAIN: Final[dict[str, Any]] = {"persist_result": False, "cache_policy": NO_CACHE}
# What a shard needs; imported by the worker that answers first, while the others are on their way.
_NEEDED: Final = "models.scoring.backtest"


def by_dask(options: dict[str, Any], folder: Path, count: int) -> Spent:
    """Both rounds by the workers that Prefect's Dask runner starts, or finds, with these options."""
    runner: Any = import_module("prefect_dask").DaskTaskRunner(**options)
    started = time.perf_counter()
    # Nothing of it can be left half done: what is written lies in a folder that goes.
    with stopping.at_once():
        ready, workers = both_rounds.with_options(task_runner=runner)(str(folder), count)
    return Spent(ready - started, time.perf_counter() - ready, workers)


@flow(name="shards", persist_result=False)
def both_rounds(folder: str, count: int) -> tuple[float, int]:
    """Do them; returns when the first worker was ready, and how many were at work.

    Paths and numbers alone travel: frames as parameters of Prefect's tasks take ten times as long as the work.
    """
    get_ready.submit().result()
    ready = time.perf_counter()
    workers = _done(show.submit(folder, number) for number in range(count))
    shards.pool(Path(folder), count)
    workers |= _done(score.submit(folder, number) for number in range(count))
    return ready, len(workers)


def _done(asked: Iterable[Any]) -> set[str]:
    # All are asked before the first is waited for.
    return {one.result() for one in list(asked)}


def _who() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@task(name="get ready", **_PLAIN)
def get_ready() -> None:
    """Return as soon as a worker has imported what a shard needs."""
    import_module(_NEEDED)


@task(name="show a shard", **_PLAIN)
def show(folder: str, number: int) -> str:
    """The first round of a shard; returns whose work it was."""
    shards.show(Path(folder), number)
    return _who()


@task(name="score a shard", **_PLAIN)
def score(folder: str, number: int) -> str:
    """The second round of a shard; returns the same."""
    shards.score(Path(folder), number)
    return _who()
