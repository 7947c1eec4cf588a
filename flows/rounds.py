"""The flow `shards`: both rounds over the shards of a backtest, as tasks of Prefect that Dask's workers do."""

from __future__ import annotations

import os
import signal
import socket
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext

from flows import stopping
from flows.ask import shards
from flows.ask.shards import Spent

if TYPE_CHECKING:
    from collections.abc import Iterable

# Kept by nobody and never taken for one of an earlier run: what lies under a path is another thing each time.
_PLAIN: Final[dict[str, Any]] = {"persist_result": False, "cache_policy": NO_CACHE}
# Dask has its workers give memory back at once. What a shard is drawn in is asked for again in a moment, and finding
# it took as long as the work.
KEEPING_MEMORY: Final = {"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None}
# So long that whoever is idle takes the next one, and none is left out.
FREE_SECONDS: Final = 0.2
_NEEDED: Final = "models.scoring.backtest"


def by_dask(options: dict[str, Any], folder: Path, count: int) -> Spent:
    """Both rounds by the workers that Prefect's Dask runner starts, or finds, with these options."""
    import_module("distributed")  # brings the defaults that are set otherwise here
    runner: Any = import_module("prefect_dask").DaskTaskRunner(**options)
    started = time.perf_counter()
    with import_module("dask").config.set(KEEPING_MEMORY):
        ready, workers = both_rounds.with_options(task_runner=runner)(str(folder), count)
    return Spent(ready - started, time.perf_counter() - ready, workers)


@flow(name="shards", persist_result=False)
def both_rounds(folder: str, count: int) -> tuple[float, int]:
    """Do them; returns when all workers were ready, and how many were at work.

    Paths and numbers alone travel: frames as parameters of Prefect's tasks take ten times as long as the work.
    """
    _done(get_ready.submit(number) for number in range(2 * _workers()))
    ready = time.perf_counter()
    workers = _done(show.submit(folder, number) for number in range(count))
    shards.pool(Path(folder), count)
    workers |= _done(score.submit(folder, number) for number in range(count))
    return ready, len(workers)


def dask_setup(_worker: object) -> None:
    """Called by Dask in a worker that has this module preloaded: it ends when its command does, and not by itself.

    Ctrl-C in a terminal reaches every process; each would end with a traceback of its own.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _done(asked: Iterable[Any]) -> set[Any]:
    # All are asked before the first is waited for; who is asked to stop meanwhile leaves nothing half done.
    return {stopping.within(None, one.result) for one in list(asked)}


def _who() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _workers() -> int:
    context = FlowRunContext.get()
    runner: Any = context.task_runner if context else None
    return len(runner.client.scheduler_info(n_workers=-1)["workers"])


@task(name="get ready", **_PLAIN)
def get_ready(number: int) -> int:
    """Import what a shard needs. A worker's first task takes seconds, whatever it does: they belong to the start."""
    import_module(_NEEDED)
    time.sleep(FREE_SECONDS)
    return number


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
