"""A cold and a warm refresh beside a bare Prefect flow with as many tasks: wall time and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = 24
ROUNDS = 3
BARE = f"""
from pathlib import Path
from flows.engine import prefect_api, wait_until_healthy
import os
with prefect_api(Path(os.environ["GPT2030_HOME"])) as address:
    from prefect import flow, task
    wait_until_healthy(address)
    @task
    def step(number): return number
    @flow
    def bare(): return [step(number) for number in range({TASKS})]
    bare()
"""


class RefreshMeasure(NamedTuple):
    """Wall seconds and peak resident MB of one process (the largest of its tree)."""

    seconds: float
    megabytes: float


def run() -> None:
    """Measure and print a table; cold is a home and a Prefect database that do not exist yet."""
    print(f"bare flow and refresh with {TASKS} tasks; median of {ROUNDS}")
    _compare("cold, Prefect by itself", _cold)
    _compare("warm, Prefect by itself", _warm)
    from flows.engine import prefect_api, wait_until_healthy

    with tempfile.TemporaryDirectory() as folder, prefect_api(Path(folder)) as address:
        wait_until_healthy(address)
        os.environ["PREFECT_API_URL"] = address
        _compare("cold, against a server", _cold)
        _compare("warm, against a server", _warm)
        del os.environ["PREFECT_API_URL"]


def _compare(name: str, measure: Callable[[list[str]], list[RefreshMeasure]]) -> None:
    bare = measure([sys.executable, "-c", BARE])
    ours = measure([sys.executable, "-m", "flows.cli", "refresh", "--offline", "--today", "2026-11-22", "--json"])
    wall = median(one.seconds for one in ours) / median(one.seconds for one in bare)
    print(f"{name:26} bare {_said(bare)}   refresh {_said(ours)}   ratio {wall:.2f}", flush=True)


def _said(measures: list[RefreshMeasure]) -> str:
    return f"{median(m.seconds for m in measures):5.1f} s {max(m.megabytes for m in measures):4.0f} MB"


def _cold(command: list[str]) -> list[RefreshMeasure]:
    measures = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as home:
            measures.append(_measure(command, home))
    return measures


def _warm(command: list[str]) -> list[RefreshMeasure]:
    with tempfile.TemporaryDirectory() as home:
        _measure(command, home)
        return [_measure(command, home) for _ in range(ROUNDS)]


def _measure(command: list[str], home: str) -> RefreshMeasure:
    environment = os.environ | {"GPT2030_HOME": home}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)  # the usage of this process and of those it waited for
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command[:4])} … ended with status {status}; run it by hand to see why")
    return RefreshMeasure(seconds, usage.ru_maxrss / 1024)
