"""Landing a million observations beside a plain DuckDB insert and beside dlt's merge: rows a second, peak memory.

Each load is a process of its own (landing_loads.py, landing_dlt.py beside this file). Three loads follow each other on
one file: the rows for the first time, the same again, and again with 1 % of the values revised. Ratios are taken within
a round and their median is told, so that they hold on a busy machine, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROWS = 1_000_000
ROUNDS = 3
ROOT = Path(__file__).parents[2]
BENCH = ROOT / ".bench"
DLT = "dlt[duckdb]==1.31.0"
# Load → the file that arrives, its day, and what has to come of its rows: added, revised, deleted, unchanged.
LOADS = {
    "first": ("first.parquet", "2026-11-20", (ROWS, 0, 0, 0)),
    "unchanged": ("first.parquet", "2026-11-21", (0, 0, 0, ROWS)),
    "1 % revised": ("revised.parquet", "2026-11-22", (0, ROWS // 100, 0, ROWS - ROWS // 100)),
}
TARGETS = {"first": 4.0, "unchanged": 6.0, "1 % revised": 4.0}
MOST_MEGABYTES = 800


class LoadMeasure(NamedTuple):
    """Seconds of one load, peak resident MB of its process, and what it counted."""

    seconds: float
    megabytes: float
    counts: tuple[int, ...]


Round = dict[str, LoadMeasure]


def run() -> None:
    """Measure and print a table, with the targets it is held against; dlt is left out where it cannot be installed."""
    python = _python_with_dlt()
    with tempfile.TemporaryDirectory(prefix="gpt2030-landing-") as folder:
        files = Path(folder)
        _measure([sys.executable, "-m", "infra.bench.landing_loads", "frames", str(files), str(ROWS)], files)
        rounds = [_round(files, files / str(number), python) for number in range(ROUNDS)]
    print(f"{ROWS:,} observations; median of {ROUNDS} rounds; until the file is closed, validation included")
    for name in rounds[0]:
        print(f"{name:24} {_said([one[name] for one in rounds])}")
    for sentence in _verdicts(rounds):
        print(sentence)


def _round(files: Path, home: Path, python_with_dlt: Path | None) -> Round:
    """Every load once, ours and dlt's each in order on a file of their own."""
    home.mkdir()
    loads = [sys.executable, "-m", "infra.bench.landing_loads"]
    _measure([*loads, "home", str(home)], home)
    measures = {"plain insert": _measure([*loads, "insert", str(files / "first.parquet"), str(home / "plain")], home)}
    for name, (file, day, expected) in LOADS.items():
        measure = _measure([*loads, "ours", str(files / file), str(home), day], home)
        if measure.counts != expected:
            raise SystemExit(f"{name}: landed {measure.counts} (added, revised, deleted, unchanged), not {expected}")
        measures[f"landing, {name}"] = measure
    if python_with_dlt:
        for name, (file, _, _) in LOADS.items():
            command = [
                str(python_with_dlt),
                str(ROOT / "infra" / "bench" / "landing_dlt.py"),
                str(files / file),
                str(home),
            ]
            measures[f"dlt merge, {name}"] = _measure(command, home)
    shutil.rmtree(home)
    return measures


def _measure(command: list[str], home: Path) -> LoadMeasure:
    environment = os.environ | {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(home / "dlt")}
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=complained)
        # The peak of this child alone: RUSAGE_CHILDREN would go on showing the largest one so far.
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        complained.seek(0)
        if status:
            raise SystemExit(f"{' '.join(command)} ended with status {status}:\n{complained.read()[-2000:]}")
        seconds, *counts = said.read().split() or ["0"]
    return LoadMeasure(float(seconds), usage.ru_maxrss / 1024, tuple(map(int, counts)))


def _said(measures: list[LoadMeasure]) -> str:
    seconds = median(measure.seconds for measure in measures)
    return f"{seconds:6.2f} s {ROWS / seconds:11,.0f} rows/s {max(m.megabytes for m in measures):5.0f} MB"


def _verdicts(rounds: list[Round]) -> list[str]:
    """Each target with what was measured."""

    def ratio(slow: str, fast: str) -> float:
        return median(one[slow].seconds / one[fast].seconds for one in rounds)

    found = ratio("landing, first", "plain insert")
    told = [f"first: {found:.1f} × the plain insert (target ≤ {TARGETS['first']:g})"]
    for name in ("unchanged", "1 % revised"):
        if f"dlt merge, {name}" in rounds[0]:
            found = ratio(f"dlt merge, {name}", f"landing, {name}")
            told.append(f"{name}: {found:.1f} × as fast as dlt (target ≥ {TARGETS[name]:g})")
    peak = max(measure.megabytes for one in rounds for name, measure in one.items() if name.startswith("landing"))
    return [*told, f"peak of landing: {peak:.0f} MB (target < {MOST_MEGABYTES})"]


def _python_with_dlt() -> Path | None:
    """The Python of an environment with dlt, made at the first call; None, with a word why, where that fails."""
    home = BENCH / "dlt"
    python = home / "bin" / "python"
    wanted = [DLT, *(f"{name}=={version(name)}" for name in ("duckdb", "pyarrow"))]
    stamp = home / "installed.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8").split() == wanted:
        return python
    print(f"installing {' '.join(wanted)} into {home.relative_to(ROOT)} …", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True, capture_output=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *wanted], check=True, capture_output=True, text=True
        )
    except subprocess.CalledProcessError as error:
        print(f"dlt is left out: it cannot be installed here: {(error.stderr or '').strip()[-300:]}")
        return None
    stamp.write_text("\n".join(wanted), encoding="utf-8")
    return python
