"""Two commands that write under one home at once, again and again: `python -m infra.two_writers 100`.

In each trial a refresh begins, and some moment later a second command: another refresh, a backfill, a delivery, an
acknowledgement. In some the first is stopped (SIGSTOP) while the second runs, and goes on afterwards. Each must end by
itself, well or with one sentence that says who was first; the home must be whole, and the next refresh must publish.
Most trials use one Prefect API, as a user with a server has it; in every twentieth each command starts its own.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import sys
import tempfile
import time
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.trials.asked import asked
from infra.trials.home_check import expected
from infra.trials.kill_trial import found
from infra.trials.trial_commands import trial_commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.trials.trial_commands import Commands, Started

FIRST_DAY: Final = date(2025, 1, 1)
CURATED: Final = Path(__file__).parents[2] / "sources" / "curated"
SECONDS: Final = ("refresh", "backfill", "deliver", "ack")
PATIENCE: Final = 240.0


def main(trials: int, seed: int) -> int:
    """Run the trials, each command as a user would start it; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="gpt2030-two-") as folder, trial_commands() as commands:
        return _trials(Path(folder), trials, random.Random(seed), commands)


def _trials(folder: Path, trials: int, chance: random.Random, commands: Commands) -> int:
    home, problems = folder / "home", list[str]()
    commands.run(0, home, _refresh(FIRST_DAY))
    whole, counts = expected(home), dict.fromkeys((*SECONDS, "stopped", "busy"), 0)
    for trial in range(trials):
        day = FIRST_DAY + timedelta(days=2 * trial + 1)
        second = SECONDS[trial % len(SECONDS)]
        is_stopped = chance.random() < 0.3
        offset = chance.uniform(0, 10)
        pair = _pair(
            partial(commands.start, trial, home),
            (_refresh(day), _second(second, day, folder / "files")),
            (offset, is_stopped),
        )
        counts[second] += 1
        counts["stopped"] += is_stopped
        counts["busy"] += any("is writing under" in text for _, text in pair)
        where = f"trial {trial}: refresh, {second} after {offset:.1f} s{', stopped' if is_stopped else ''}"
        problems += [f"{where}: {one}" for code, text in pair if (one := _complaint(code, text))]
        code, said = commands.run(trial, home, _refresh(day + timedelta(days=1)), PATIENCE)
        problems += [f"{where}: blocked: {said[-300:]}"] if code else []
        problems += found(home, whole, where)
        if trial % 10 == 9:
            print(f"{trial + 1} trials, {counts}, {len(problems)} problems", file=sys.stderr, flush=True)
    for one in problems:
        print(one)
    print(f"{trials} trials, {counts}, {len(problems)} problems")
    return int(bool(problems))


def _refresh(day: date) -> list[str]:
    return ["refresh", "--offline", "--today", day.isoformat(), "--json"]


def _second(name: str, day: date, files: Path) -> list[str]:
    if name == "refresh":
        return _refresh(day)
    if name == "deliver":
        return ["alerts", "deliver", "--wait", "30"]
    if name == "ack":
        return ["alerts", "ack", "0000000000000000", "--wait", "30"]
    shutil.rmtree(files, ignore_errors=True)
    folder = files / "curated" / (day + timedelta(days=1)).isoformat()
    folder.mkdir(parents=True)
    shutil.copy(CURATED / "imo.csv", folder)
    return ["backfill", str(files), "--wait", "60"]


def _pair(
    start: Callable[[list[str]], Started], both: tuple[list[str], list[str]], how: tuple[float, bool]
) -> list[tuple[int | None, str]]:
    (first, second), (offset, is_stopped) = both, how
    one = start(first)
    time.sleep(offset)
    if is_stopped:
        one.signal(signal.SIGSTOP)
        second = [*(word for word in second if word not in {"--wait", "30", "60"}), "--wait", "2"]
    ended = start(second).ended(PATIENCE)
    if is_stopped:
        one.signal(signal.SIGCONT)
    return [ended, one.ended(PATIENCE)]


def _complaint(code: int | None, said: str) -> str:
    """What is wrong with how a command ended; a traceback is never right, a refusal is one sentence."""
    if code is None:
        return "did not end"
    if "Traceback" in said:
        return f"a traceback: {said[-400:]}"
    if code == 1 and not re.search(r"^Error: ", said, re.MULTILINE):
        return f"exit 1 without a sentence: {said[-200:]}"
    return "" if code in {0, 1} else f"exit {code}: {said[-200:]}"


if __name__ == "__main__":
    arguments = asked(__doc__, 100, 20261126)
    sys.exit(main(arguments.times, arguments.seed))
