"""Fill the disk at many levels and see that the next refresh works: `python -m infra.full_disk 40` (needs root, Linux).

The home lies on a small file system in memory. At each level some bytes are left free and a refresh of another day is
tried, as a user starts it; then the space is given back and the refresh is tried again on the same day. While the disk
is full a refresh may publish or say in one sentence that there is no room; afterwards it must publish, and nothing may
be lost, doubled or left behind. Most refreshes use one Prefect API that lies elsewhere; those of every twentieth level,
the fullest among them, start their own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.trials.asked import asked
from infra.trials.home_check import expected
from infra.trials.kill_trial import found
from infra.trials.trial_commands import trial_commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.trials.trial_commands import Commands

FIRST_DAY: Final = date(2025, 1, 1)
MEBIBYTE: Final = 1 << 20
# The file system, with room for an edition a level and the empty homes (some 8 MB each, kept), and the most that is
# left free at any level: more than a refresh needs.
SIZE: Final = 768 * MEBIBYTE
MOST_FREE: Final = 96 * MEBIBYTE


def main(levels: int) -> int:
    """Try every level once on a home that has published, and an eighth of them on an empty one; returns the code."""
    with tempfile.TemporaryDirectory(prefix="gpt2030-full-") as folder, trial_commands() as commands:
        place = Path(folder) / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=True)
        try:
            problems = _old_home(place, levels, commands) + _new_homes(place, max(1, levels // 8), commands)
        finally:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
    for one in problems:
        print(one)
    print(f"{levels} levels of a full disk and {max(1, levels // 8)} on an empty home, {len(problems)} problems")
    return int(bool(problems))


def _old_home(place: Path, levels: int, commands: Commands) -> list[str]:
    home, problems, refused = place / "home", list[str](), 0
    commands.run(0, home, _refresh(FIRST_DAY))
    whole = expected(home)
    for level in range(levels):
        # Close together near zero, where most steps fail; a megabyte more or less does not matter above.
        free = int(MOST_FREE * (level / max(1, levels - 1)) ** 2)
        day = FIRST_DAY + timedelta(days=level + 1)
        where = f"{free / MEBIBYTE:.2f} MB free"
        with _full(place, free):
            refusal, said = commands.run(level, home, _refresh(day))
        refused += bool(refusal)
        problems += [f"{where}: {one}" for one in _complaints(refusal, said)]
        code, said = commands.run(level, home, _refresh(day))
        problems += [f"{where}: blocked afterwards: {said[-300:]}"] if code else []
        problems += found(home, whole, where)
        print(
            f"{where}: {'refused' if refusal else 'published'}, then {'blocked' if code else 'published'}", flush=True
        )
    if not 0 < refused < levels:
        problems.append(f"{refused} of {levels} levels refused: nothing was tried at the edge")
    return problems


def _new_homes(place: Path, levels: int, commands: Commands) -> list[str]:
    problems = []
    for level in range(levels):
        home, free = place / f"new-{level}", int(20 * MEBIBYTE * level / levels)
        with _full(place, free):
            code, said = commands.run(level, home, _refresh(FIRST_DAY))
        problems += [f"empty home, {free} bytes free: {one}" for one in _complaints(code, said)]
        code, said = commands.run(level, home, _refresh(FIRST_DAY))
        problems += [f"empty home, {free} bytes free: blocked afterwards: {said[-300:]}"] if code else []
    return problems


def _complaints(code: int | None, said: str) -> list[str]:
    if "Traceback" in said:
        return [f"a traceback: {said[-500:]}"]
    if code is None:
        return ["did not end"]
    if code and "room" not in said and "space" not in said.lower():
        return [f"does not say that the disk is full: {said[-300:]}"]
    return []


@contextmanager
def _full(place: Path, free: int) -> Iterator[None]:
    """Inside, only so many bytes are free."""
    ballast, stat = place / "ballast", os.statvfs(place)
    taken = stat.f_bavail * stat.f_frsize - free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(taken, 1))
    try:
        yield
    finally:
        ballast.unlink()


def _refresh(day: date) -> list[str]:
    return ["refresh", "--offline", "--today", day.isoformat(), "--json"]


if __name__ == "__main__":
    sys.exit(main(asked(__doc__, 40).times))
