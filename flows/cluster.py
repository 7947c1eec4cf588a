"""Who computes the shards of a backtest, as the setting `task_runner` has it: this process, or Dask's workers."""

from __future__ import annotations

import logging
import os
import time
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from flows import stopping
from flows.engine import SILENT, configured_api, prefect_api, wait_until_healthy
from flows.settings import Settings, set_environment, set_environment_defaults
from flows.surroundings import LOOPBACK, import_prefect

if TYPE_CHECKING:
    from pathlib import Path

    from flows.ask.shards import Compute, Spent

THREADS: Final = "threads"


class NoCluster(Exception):
    """There are no workers to be had: why, and what to do."""


def compute_by(task_runner: str) -> Compute | None:
    """What does the rounds of shards inside a flow of ours; None: this process. NoCluster where it cannot be done."""
    if task_runner == THREADS:
        return None
    if find_spec("prefect_dask") is None:
        raise NoCluster(
            f"task_runner = {task_runner!r} needs the distribution prefect-dask, which is not installed; `make "
            "cluster` sets it up, or pip install 'gpt2030[cluster]'"
        )
    _, _, address = task_runner.partition(":")
    if address and urlsplit(address).hostname not in LOOPBACK and configured_api() is None:
        raise NoCluster(
            f"the workers of {address} tell Prefect what they do, and a server of ours is reached from this machine "
            "alone; set PREFECT_API_URL to one that they reach"
        )
    return partial(_by_dask, address)


def compute_here(task_runner: str) -> Compute | None:
    """The same for a command, which brings along the API of Prefect that a flow needs."""
    compute = compute_by(task_runner)
    return None if compute is None else partial(_with_api, compute)


def _with_api(compute: Compute, folder: Path, count: int) -> Spent:
    started = time.perf_counter()
    set_environment_defaults(SILENT)
    stopping.watch()
    stopping.note("nothing was written")
    # What a server of ours keeps of it goes with the shards: a backtest of a user's file leaves no trace in a home.
    with prefect_api(folder) as address:
        import_prefect()
        wait_until_healthy(address)
        up = time.perf_counter() - started
        spent = compute(folder, count)
    return spent._replace(start=spent.start + up)


def _by_dask(address: str, folder: Path, count: int) -> Spent:
    from flows.rounds import by_dask

    # Workers ask nobody for anything, and those that are started here inherit what stands in our environment.
    set_environment(dict.fromkeys(Settings.SECRETS))
    return by_dask({"address": address} if address else {"cluster_kwargs": workers_here(folder)}, folder, count)


def workers_here(folder: Path) -> dict[str, Any]:
    """How workers are started on this machine: one for each core that is ours, where nobody else can reach them."""
    return {
        "n_workers": len(os.sched_getaffinity(0)),
        "threads_per_worker": 1,
        "host": "127.0.0.1",
        # Without it whoever has a login here could hand the workers code of his own.
        "security": True,
        "dashboard_address": None,
        # What ends with a command that is stopped is no news.
        "silence_logs": logging.ERROR,
        "local_directory": str(folder),
        # While they start, and not in the middle of a shard.
        "preload": ["flows.rounds", "models.scoring.backtest"],
    }
