"""Kill a refresh at random moments and see that nothing half-done is ever shown: `python -m infra.kill_trial 200`.

Each trial forks a process that has the libraries loaded, lets it refresh another day, kills it with SIGKILL at a
random moment, verifies `latest` and the read copy, then lets a refresh complete and looks for files left behind.
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
from typing import Any

FIRST_DAY = date(2025, 1, 1)


def main(trials: int, seed: int = 20261122) -> int:
    """Run the trials against one Prefect API on loopback; returns the exit code."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="gpt2030-kill-") as folder:
        home = Path(folder) / "home"
        os.environ["GPT2030_HOME"] = str(home)
        from flows.engine import prefect_api, wait_until_healthy

        with prefect_api(home) as address:
            import flows.refresh  # noqa: F401 - loaded once, inherited by every fork
            from warehouse.checks import warm_up

            warm_up().join()
            wait_until_healthy(address)
            return _trials(home, trials, chance)


def _trials(home: Path, trials: int, chance: random.Random) -> int:
    seconds = complete(FIRST_DAY)
    problems: list[str] = []
    killed = 0
    for trial in range(trials):
        day = FIRST_DAY + timedelta(days=3 * trial + 1)
        killed += kill(day, chance.uniform(0, seconds))
        problems += verify(home, f"after kill {trial}")
        # Follows the pace of the machine, so that kills go on falling within a refresh.
        seconds = 0.8 * seconds + 0.2 * complete(day + timedelta(days=1))
        problems += verify(home, f"after refresh {trial}") + left_behind(home, trial)
        if trial % 20 == 19:
            said = f"{trial + 1} trials, {killed} killed at work, {len(problems)} problems, refresh {seconds:.1f} s"
            print(said, file=sys.stderr, flush=True)
    for problem in problems:
        print(problem)
    print(f"{trials} trials, {killed} killed at work, {len(problems)} problems, refresh {seconds:.1f} s")
    return int(bool(problems))


def _refresh(day: date) -> None:
    from flows.refresh import refresh

    refresh(offline=True, today=day.isoformat())


def fork(day: date) -> int:
    """Refresh that day in a process of its own; returns its number."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    code = 1
    try:
        _refresh(day)
        code = 0
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


def complete(day: date) -> float:
    """Let the refresh of a day end; returns its seconds."""
    started = time.monotonic()
    _, status = os.waitpid(fork(day), 0)
    if status:
        raise SystemExit(f"the refresh for {day} after a kill ended with status {status}")
    return time.monotonic() - started


def verify(home: Path, when: str) -> list[str]:
    """In a child of its own: an open DuckDB instance in this process would keep showing an old file."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        os.write(write, _problem(home).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return [f"{when}: {said}"] if said else []


def _problem(home: Path) -> str:
    import duckdb

    from warehouse.editions import EditionDamaged, EditionShelf
    from warehouse.reader import Reader, Unreadable

    try:
        shelf = EditionShelf(home)
        shelf.verify(shelf.latest() or "none")
        with Reader(home / "gpt2030.duckdb") as reader:
            found: Any = reader.rows("SELECT count(*), count(DISTINCT edition_id) FROM property_latest")[0]
        return "" if found == (44, 1) else f"the read copy shows {found[0]} rows of {found[1]} editions"
    except (OSError, ValueError, duckdb.Error, EditionDamaged, Unreadable) as error:
        return f"{type(error).__name__}: {error}"


def left_behind(home: Path, trial: int) -> list[str]:
    """Files that a refresh which ended has not removed."""
    names = [
        str(path.relative_to(home)) for path in home.rglob("*") if ".tmp" in path.name and "prefect" not in path.parts
    ]
    return [f"after refresh {trial}: left behind {name}" for name in names]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
