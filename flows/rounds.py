"""The flow `shards`: both rounds over the shards of a backtest, as tasks of Prefect that Dask's workers do."""

from __future__ import annotations

import os
import socket
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import stopping
from flows.ask import shards
from flows.ask.shards import Spent
from flows.surroundings import inside

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
    # Elsewhere than where the user is: workers would obey what of Prefect's settings lies about there.
    with inside(Path(sys.prefix)), stopping.at_once():
        ready, rounds, work, workers = both_rounds.with_options(task_runner=runner)(str(folder), count)
    return Spent(ready - started, rounds, work, workers, count)


@flow(name="shards", persist_result=False)
def both_rounds(folder: str, count: int) -> tuple[float, float, float, int]:
    """When the workers were ready, the rounds' seconds by the clock, the shards' own, and how many workers there were.

    Paths and numbers alone travel: frames as parameters of Prefect's tasks take ten times as long as the work.
    """
    get_ready.submit().result()
    ready = time.perf_counter()
    shown = _done(show.submit(folder, number) for number in range(count))
    between = shards.pool(Path(folder), count)
    scored = _done(score.submit(folder, number) for number in range(count))
    work = between + sum(seconds for seconds, _ in shown + scored)
    return ready, time.perf_counter() - ready, work, len({who for _, who in shown + scored})


def _done(asked: Iterable[Any]) -> list[tuple[float, str]]:
    # All are asked before the first is waited for.
    return [one.result() for one in list(asked)]


def _who() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


@task(name="get ready", **_PLAIN)
def get_ready() -> None:
    """Return as soon as a worker has imported what a shard needs."""
    import_module(_NEEDED)


@task(name="show a shard", **_PLAIN)
def show(folder: str, number: int) -> tuple[float, str]:
    """The first round of a shard; returns the seconds it took, and whose they were."""
    return shards.show(Path(folder), number), _who()


@task(name="score a shard", **_PLAIN)
def score(folder: str, number: int) -> tuple[float, str]:
    """The second round of a shard; returns the same."""
    return shards.score(Path(folder), number), _who()
