"""A backtest of 10,000 series by one process and by Dask's workers: seconds, slopes, the size at which these pay."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.settings import environment_without_secrets
from infra.bench.forecasts import ROWS, made

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES: Final = (2_500, 10_000)
CUTOFFS: Final = "2021-06-30:2022-12-31:6M"
RUNNERS: Final = ("threads", "dask")
# As on a machine with two cores, however many there are: one worker on each.
PROGRAM: Final = """import os, resource, sys
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
from flows.cli import cli
cli.main(sys.argv[1:], standalone_mode=False)
own, others = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
spent = sum(one.ru_utime + one.ru_stime for one in (own, others))
print("peak", own.ru_maxrss, "processor", spent, file=sys.stderr)
"""


def run() -> None:
    """Measure and print; each is a command as a user gives it, from its start to its end."""
    if find_spec("prefect_dask") is None:
        print("  no Dask beside this interpreter: `make cluster` sets it up")
        return
    print(f"{ROWS} rows a series, cutoffs {CUTOFFS}, 3 horizons; load of the machine {os.getloadavg()[0]:.1f} before")
    seconds = {runner: [_measured(runner, size) for size in SIZES] for runner in RUNNERS}
    print(f"  load afterwards {os.getloadavg()[0]:.1f}")
    print("\n".join(f"  {line}" for line in concluded(SIZES, seconds["threads"], seconds["dask"])))


def concluded(sizes: Sequence[int], alone: Sequence[float], together: Sequence[float]) -> list[str]:
    """From two sizes: what each way costs before the first series and for each, and from which size workers pay."""
    (low, high), lines = sizes, {}
    for name, (less, more) in (("one process", alone), ("workers", together)):
        slope = (more - less) / (high - low)
        lines[name] = (less - slope * low, slope)
    told = [f"{name}: {fixed:.1f} s and {1e3 * slope:.2f} ms a series" for name, (fixed, slope) in lines.items()]
    (fixed, slope), (start, each) = lines["one process"], lines["workers"]
    if each >= slope:
        return [*told, "workers pay at no size here: a series costs them no less"]
    return [*told, f"workers pay from about {max(start - fixed, 0) / (slope - each):,.0f} series"]


def _measured(runner: str, size: int) -> float:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _series(size).write_parquet(folder / "series.parquet")
        options = ["--series", "series.parquet", "--cutoffs", CUTOFFS, "--out", "tasks.parquet"]
        variables = environment_without_secrets() | {"GPT2030_TASK_RUNNER": runner, "GPT2030_HOME": "home"}
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-P", "-c", PROGRAM, "backtest", *options],
            cwd=folder, env=variables, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(done.stderr)
        digest = hashlib.sha256((folder / "tasks.parquet").read_bytes()).hexdigest()
        said = done.stderr.splitlines()
        _, peak, _, processor = said[-1].split()
        print(f"  {runner:8} {size:7,} series {seconds:7.1f} s, of the processor {float(processor):.1f} s", end=", ")
        print(f"peak of the command {int(peak) / 1e6:.2f} GB, sha256 {digest[:16]}", flush=True)
        for line in said:
            if " workers: " in line:
                print(f"           {line}", flush=True)
        return seconds


def _series(count: int) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.Float64)
    return made(count).select(
        series="series_id", kind="scale", chance=nothing, ceiling=nothing, date="observation_date", value="value"
    )
