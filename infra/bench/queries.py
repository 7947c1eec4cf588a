"""Questions of any past day beside a plain scan of the same rows, publication, and checks, by number of rows.

Each step is a process of its own (infra.query_loads), so that its peak of memory is its own, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES: Final = (1_000_000, 10_000_000)
ROOT: Final = Path(__file__).parents[2]
MOST_SCANS: Final = 4.0
MOST_GIGABYTES: Final = 4.0
# Checking takes minutes beyond that, and memory that a small machine does not have.
MOST_CHECKED: Final = 10_000_000
# The questions that are held against the plain scan; the frontier of every series at once is told beside them.
AS_OF: Final = ("as of the first vintage", "as of the middle", "as of the end")
PLANNING: Final = "planning the frontier of one series"
FRONTIER: Final = ("frontier of one series",)


class Step(NamedTuple):
    """What a step printed, and the peak resident GB of its process."""

    said: dict[str, Any]
    gigabytes: float


def run(sizes: Sequence[int] = SIZES) -> None:
    """Measure and print, size by size, and then what the import of Great Expectations costs a refresh."""
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="gpt2030-queries-") as folder:
            filled = step("fill", folder, str(rows))
            print(f"{filled.said['rows']:,} observations in a file of {filled.said['bytes'] / 1e6:,.0f} MB", flush=True)
            checked = ("check", "change") if rows <= MOST_CHECKED else ()
            for name in ("publish", "ask", *checked):
                for sentence in SAYING[name](step(name, folder)):
                    print(f"  {sentence}", flush=True)
    print(_said_of_import())


def _said_of_questions(step: Step) -> list[str]:
    """Every question with its ratio to the plain scan, and the targets with what was measured."""
    scan, whole = step.said["scan"], step.said["scan of whole rows"]
    told = [
        f"{name:26} {seconds:8.3f} s {seconds / scan:7.1f} × the scan {seconds / whole:6.1f} × a scan of whole rows"
        for name, seconds in step.said.items()
        if name != PLANNING
    ]
    days, series = (max(step.said[name] for name in names) / scan for names in (AS_OF, FRONTIER))
    planning = f"planning takes {step.said[PLANNING]:.3f} s of it"
    return [
        *told,
        f"as of a day: at most {days:.1f} × the scan (target ≤ {MOST_SCANS:g})",
        f"frontier of one series: {series:.1f} × the scan (target ≤ {MOST_SCANS:g}; {planning})",
        f"peak of all questions: {step.gigabytes:.1f} GB (target < {MOST_GIGABYTES:g})",
    ]


def _said_of_publication(step: Step) -> list[str]:
    said = step.said
    return [
        (
            f"publishing the read copy after one new row: {said['seconds']:.2f} s, "
            f"{said['written'] / 1e6:,.1f} MB written of {said['bytes'] / 1e6:,.0f} MB"
        ),
        f"the first time, with the contenders of every series: {said['first']:.2f} s, peak {step.gigabytes:.1f} GB",
    ]


def _said_of_checks(step: Step) -> list[str]:
    fast, gate = step.said["fast"], step.said["gate"]
    return [f"checks: fast runner {fast:.1f} s, Great Expectations {gate:.1f} s, peak {step.gigabytes:.1f} GB"]


def _said_of_change(step: Step) -> list[str]:
    said = step.said
    looked = f"{said['changed_only']} checks look at what changed, {said['all']} at all they ask for"
    seconds = f"of all rows {said['whole']:.1f} s of processor time, after one revised row {said['part']:.1f} s"
    return [f"checks {seconds} ({looked})"]


SAYING: Final = {
    "ask": _said_of_questions,
    "publish": _said_of_publication,
    "check": _said_of_checks,
    "change": _said_of_change,
}


def _said_of_import() -> str:
    with tempfile.TemporaryDirectory(prefix="gpt2030-queries-") as folder:
        alone, refresh = step("alone", folder).said, step("refresh", folder).said
    return (
        f"importing Great Expectations takes {alone['seconds']:.1f} s; of the {refresh['seconds']:.1f} s of a first "
        f"refresh its checks waited {refresh['waited']:.2f} s for it"
    )


def step(what: str, folder: str, *options: str) -> Step:
    """One step of infra.bench.query_loads in a process of its own; SystemExit with its last words where it fails."""
    command = [sys.executable, "-m", "infra.bench.query_loads", what, folder, *options]
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=complained)
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        complained.seek(0)
        if status:
            raise SystemExit(f"{' '.join(command)} ended with status {status}:\n{complained.read()[-2000:]}")
        return Step(json.loads(said.read()), usage.ru_maxrss / 1024**2)
