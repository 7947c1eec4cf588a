"""Stop refreshes by signal at random moments and see that each is told and kept as stopped: `… infra.signal_trial 50`.

Each trial lets the whole command refresh another day of one home, from the start of the interpreter on, and sends it
Ctrl-C's signal, SIGTERM or SIGHUP at a random moment; every third time a second one follows. What must not be: a
traceback, an alert, a run on record as failed, a home that the next refresh cannot use, a process left behind.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from infra.trials.asked import asked

FIRST_DAY = date(2025, 1, 1)
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_SECONDS = 90
# The interpreter itself has to begin before anything of ours can listen.
FIRST_MOMENT = 0.35


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, what it said on stderr, and what lasted longer than it."""

    code: int
    said: str
    seconds: float


def main(trials: int, seed: int) -> int:
    """Run the trials; returns the exit code."""
    chance = random.Random(seed)
    problems: list[str] = []
    seen: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="gpt2030-signal-") as folder:
        home = Path(folder) / "home"
        seconds = refresh(home, FIRST_DAY).seconds
        for trial in range(trials):
            day = FIRST_DAY + timedelta(days=trial + 1)
            number, after = chance.choice(SIGNALS), chance.uniform(FIRST_MOMENT, 1.05 * seconds)
            ended = refresh(home, day, number, after, is_repeated=trial % 3 == 2)
            outcome, found = judge(home, day, ended)
            seen[outcome] = seen.get(outcome, 0) + 1
            problems += [f"trial {trial}, {number.name} after {after:.2f} s: {one}" for one in found]
            if trial % 10 == 9:
                print(_sentence(trial + 1, seen, problems), file=sys.stderr, flush=True)
        last = refresh(home, FIRST_DAY + timedelta(days=trials + 1))
        problems += [f"the last refresh ended with {last.code}: {last.said[-300:]}"] if last.code else []
    for problem in problems:
        print(problem)
    print(_sentence(trials, seen, problems))
    return int(bool(problems))


def _sentence(trials: int, seen: dict[str, int], problems: list[str]) -> str:
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(seen.items()))
    return f"{trials} trials: {outcomes}; {len(problems)} problems"


def refresh(
    home: Path, day: date, number: signal.Signals | None = None, after: float = 0.0, *, is_repeated: bool = False
) -> Ended:
    """Let the command refresh a day, and send it a signal so many seconds after it has begun to listen for one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    command = [sys.executable, "-P", "-m", "flows.cli", "refresh", "--offline", "--today", day.isoformat(), "--json"]
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=kept | {"GPT2030_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if number is not None:
        _wait_until_it_listens(process)
        time.sleep(after)
        process.send_signal(number)
        if is_repeated:
            time.sleep(0.2)
            process.send_signal(number)
    said = process.communicate(timeout=PATIENCE_SECONDS)[1]
    return Ended(process.returncode, said, time.monotonic() - started)


def _wait_until_it_listens(process: subprocess.Popen[str]) -> None:
    # Python by itself catches no SIGHUP. What comes while it still loads its own modules, on a busy machine for
    # seconds, meets Python and not us.
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", status.read_text(encoding="ascii"), re.MULTILINE)
        if caught and int(caught[1], 16) & 1:
            return
        time.sleep(0.005)


def judge(home: Path, day: date, ended: Ended) -> tuple[str, list[str]]:
    """How the run of a day is on record, and what is wrong with that."""
    from warehouse.reader import Reader

    with Reader(home / "gpt2030.duckdb") as reader:
        rows = reader.rows("SELECT outcome FROM out.run WHERE origin_date = ? ORDER BY run_number", [day])
        alerts = reader.rows("SELECT title FROM out.alert WHERE kind = 'refresh_failed'")
    outcomes = [str(row[0]) for row in rows]
    wanted = {0: [["published"]], 1: [["stopped"], ["published"]]}.get(ended.code, [])
    problems = [] if outcomes in wanted else [f"exit {ended.code}, on record {outcomes}: {ended.said[-400:]}"]
    problems += (
        [f"exit 1 without a word: {ended.said[-200:]}"] if ended.code == 1 and "stopped by" not in ended.said else []
    )
    problems += [f"said {word}: {ended.said[-1500:]}" for word in ("Traceback", "Exception") if word in ended.said]
    problems += [f"an alert: {title}" for (title,) in alerts]
    return "+".join(outcomes) or "nothing", problems + left_behind(home)


def left_behind(home: Path) -> list[str]:
    """Processes that work on the home though the command has ended; a server needs a moment to see that."""
    end = time.monotonic() + 5
    while time.monotonic() < end and (found := _processes(home)):
        time.sleep(0.2)
    return [f"left behind: {one}" for one in found]


def _processes(home: Path) -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            variables = (place / "environ").read_bytes().split(b"\0")
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended, or is somebody else's
            continue
        if f"GPT2030_HOME={home}".encode() in variables and place.name != str(os.getpid()):
            found.append(command)
    return found


if __name__ == "__main__":
    arguments = asked(__doc__, 50, 20261126)
    sys.exit(main(arguments.times, arguments.seed))
