"""What a day costs when the data are ten, a hundred and ten thousand times today's: measured, the last by its slope.

The first two sizes are made and measured, each step in a process of its own; the third is the straight line through
them. `python -m infra.bench.scale STEP N` is one of those steps.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from infra.bench.queries import ROOT, step

MEASURED: Final = (10, 100)
RECKONED: Final = 10_000
# Of a large cloud in 2026, rounded: put your own in their place. US dollars.
CORE_HOUR: Final = 0.05
GIGABYTE_MONTH: Final = 0.10
DAYS: Final = 30.4


class DayCost(NamedTuple):
    """One size: seconds are of processor time, file and peak in megabytes."""

    observations: float
    series: float
    file: float
    publish: float
    refit: float
    checks: float
    peak: float

    def along(self, other: DayCost, at: float) -> DayCost:
        """The straight line through two sizes, so many ways from this one to the other and beyond.

        What the larger took no longer for is not reckoned to take less: that is the clock's noise.
        """
        return DayCost(*(max(mine + at * (theirs - mine), theirs) for mine, theirs in zip(self, other, strict=True)))


def run() -> None:
    """Measure today's data and two larger sizes, and print all four as a table with the line through the two."""
    today = _said("today", "1")
    print(
        f"today: {today['observations']:,} observations of {today['series']} series, a first refresh takes "
        f"{today['seconds']:.0f} s of processor time, {today['peak']:,.0f} MB at most"
    )
    print("  times  observations   series  file MB  publish s  refit s  checks s  peak MB  US$ a month")
    small, large = (_measured(today, factor) for factor in MEASURED)
    way = (RECKONED - MEASURED[0]) / (MEASURED[1] - MEASURED[0])
    for factor, cost in zip((*MEASURED, RECKONED), (small, large, small.along(large, way)), strict=True):
        print(_line(factor, cost, today["seconds"]), flush=True)
    print(
        f"seconds of processor time; {RECKONED:,} times is reckoned from the two above it; a month is {DAYS} refreshes "
        f"at {CORE_HOUR} US$ a core hour, and the file twice at {GIGABYTE_MONTH} US$ a gigabyte and month"
    )


def _line(factor: int, cost: DayCost, refresh: float) -> str:
    seconds = refresh + cost.publish + cost.refit + cost.checks
    money = DAYS * seconds / 3600 * CORE_HOUR + 2 * cost.file / 1000 * GIGABYTE_MONTH
    return (
        f"{factor:7,} {cost.observations:13,.0f} {cost.series:8,.0f} {cost.file:8,.0f} {cost.publish:10.1f} "
        f"{cost.refit:8.1f} {cost.checks:9.1f} {cost.peak:8,.0f} {money:11.2f}"
    )


def _measured(today: dict[str, Any], factor: int) -> DayCost:
    observations, series = factor * today["observations"], factor * today["series"]
    with tempfile.TemporaryDirectory(prefix="gpt2030-scale-") as folder:
        filled = step("fill", folder, str(observations))
        published, checked = step("publish", folder), step("change", folder)
    refitted = _said("refit", str(series))
    peak = max(1000 * published.gigabytes, 1000 * checked.gigabytes, refitted["peak"])
    return DayCost(
        filled.said["rows"], series, filled.said["bytes"] / 1e6, published.said["processor"], refitted["seconds"],
        checked.said["part"], peak,
    )  # fmt: skip


def _said(name: str, size: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "infra.bench.scale", name, size]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _today() -> dict[str, Any]:
    """A first refresh from the embedded default: processor seconds, and what it holds."""
    from infra.sample import publish_sample
    from warehouse.reader import Reader
    from warehouse.store import READ_COPY_FILE

    with tempfile.TemporaryDirectory(prefix="gpt2030-scale-") as folder:
        home, started = Path(folder) / "home", time.process_time()
        publish_sample(home)
        spent = time.process_time() - started
        with Reader(home / READ_COPY_FILE) as reader:
            ((observations, series),) = reader.rows("SELECT count(*), count(DISTINCT series_id) FROM core.observation")
    return {"seconds": spent, "observations": observations, "series": series}


def _refit(count: int) -> dict[str, Any]:
    from infra.bench.forecasts import made, refit

    frame = made(count)
    started = time.process_time()
    refit(frame)
    return {"seconds": time.process_time() - started}


def main() -> int:
    """One step in this process, told as JSON with its peak of memory."""
    name, size = sys.argv[1:]
    # A refresh may print: the last line of all is what was measured.
    said = _today() if name == "today" else _refit(int(size))
    said["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
