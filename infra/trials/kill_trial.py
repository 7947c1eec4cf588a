"""Kill refreshes at random and see that the next one works, whatever its day: `python -m infra.kill_trial 300`.

Each trial forks a process that has the libraries loaded, lets it refresh a day, kills it with SIGKILL at a random
moment, and verifies `latest` and the read copy. Then the refresh is tried again: on the same day, on the next, or on
both, or killed once more while it recovers, and again after that. Whatever completes must publish, lose no row, double
none, and leave no file behind.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.trials.asked import asked
from infra.trials.home_check import expected, problem
from infra.trials.trial_commands import load

if TYPE_CHECKING:
    from infra.trials.home_check import Standing

FIRST_DAY = date(2025, 1, 1)
# Days after the killed one on which it is tried again, and whether a second kill hits the recovery.
RETRIES: tuple[tuple[str, tuple[int, ...], bool], ...] = (
    ("same day", (0,), False),
    ("next day", (1,), False),
    ("both", (0, 1), False),
    ("killed while recovering", (0, 1), True),
)


def main(trials: int, seed: int) -> int:
    """Run the trials against one Prefect API on loopback; returns the exit code."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="gpt2030-kill-") as folder:
        home = Path(folder) / "home"
        os.environ["GPT2030_HOME"] = str(home)
        from flows.engine import prefect_api, wait_until_healthy

        with prefect_api(home) as address:
            load()
            wait_until_healthy(address)
            return _trials(home, trials, chance)


def _trials(home: Path, trials: int, chance: random.Random) -> int:
    seconds = complete(FIRST_DAY) or 0.0
    whole = expected(home)
    problems: list[str] = []
    killed = dict.fromkeys((name for name, _, _ in RETRIES), 0)
    for trial in range(trials):
        name, days, is_hit_again = RETRIES[trial % len(RETRIES)]
        day = FIRST_DAY + timedelta(days=3 * trial + 1)
        killed[name] += kill(day, chance.uniform(0, seconds))
        problems += found(home, whole, f"trial {trial}, {name}, after the kill")
        if is_hit_again:  # recovery is what a run does first
            kill(day, chance.uniform(0, 0.3 * seconds))
            problems += found(home, whole, f"trial {trial}, {name}, after the second kill")
        for after in days:
            # Follows the pace of the machine, so that kills go on falling within a refresh.
            took = complete(day + timedelta(days=after))
            seconds = 0.8 * seconds + 0.2 * took if took else seconds
            problems += [] if took else [f"trial {trial}, {name}, retry {after} days on: blocked"]
            problems += found(home, whole, f"trial {trial}, {name}, retry {after} days on") + left_behind(home, trial)
        if trial % 20 == 19:
            print(*problems[-1:], sep="\n", file=sys.stderr)
            print(_said(trial + 1, killed, problems, seconds), file=sys.stderr, flush=True)
    for one in problems:
        print(one)
    print(_said(trials, killed, problems, seconds))
    return int(bool(problems))


def _said(trials: int, killed: dict[str, int], problems: list[str], seconds: float) -> str:
    kinds = ", ".join(f"{name} {count}" for name, count in killed.items())
    return (
        f"{trials} trials, {sum(killed.values())} killed at work ({kinds}), {len(problems)} problems, "
        f"refresh {seconds:.1f} s"
    )


def fork(day: date) -> int:
    """Refresh that day in a process of its own; returns its number. Its exit code is 0 when it published."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    code = 1
    try:
        from flows.refresh import refresh

        summary: Any = refresh(offline=True, today=day.isoformat())
        code = 0 if summary["outcome"] in {"published", "unchanged"} else 3
    finally:
        # Anything else would unwind the parent's contexts in the child: its server stopped, its folder removed.
        os._exit(code)
    raise AssertionError("unreachable")


def kill(day: date, after: float) -> bool:
    """Kill the refresh of a day after so many seconds; whether it was still at work."""
    child = fork(day)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def complete(day: date) -> float | None:
    """Let the refresh of a day end; returns its seconds, None when it published nothing."""
    started = time.monotonic()
    _, status = os.waitpid(fork(day), 0)
    return None if status else time.monotonic() - started


def found(home: Path, whole: Standing, when: str) -> list[str]:
    """What is wrong with a home, seen from a child: an open DuckDB instance here would keep showing an old file."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        code = 1
        try:
            os.write(write, problem(home, whole).encode())
            code = 0
        finally:
            # Anything else would unwind the trial's contexts in the child: its server stopped, its folder removed.
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    # A reader that a damaged file kills says nothing: silence alone would pass for a whole home.
    said = said or (f"whoever looked at it ended with {os.waitstatus_to_exitcode(status)}" if status else "")
    return [f"{when}: {said}"] if said else []


def left_behind(home: Path, trial: int) -> list[str]:
    """Files that a refresh which ended has not removed."""
    names = [
        str(path.relative_to(home)) for path in home.rglob("*") if ".tmp" in path.name and "prefect" not in path.parts
    ]
    return [f"after trial {trial}: left behind {name}" for name in names]


if __name__ == "__main__":
    arguments = asked(__doc__, 300, 20261122)
    sys.exit(main(arguments.times, arguments.seed))
