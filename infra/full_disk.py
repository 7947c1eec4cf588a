"""Fill the disk at many levels and see that the next refresh works: `python -m infra.full_disk 40` (needs root, Linux).

The home lies on a small file system in memory. At each level some bytes are left free and a refresh of another day is
tried, as a user starts it; then the space is given back and the refresh is tried again on the same day. While the disk
is full a refresh may publish or say in one sentence that there is no room; afterwards it must publish, and nothing may
be lost, doubled or left behind. Most refreshes use one Prefect API that lies elsewhere; those of every tenth level,
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

from infra.home_check import expected, problem
from infra.shared_api import variables_of_trials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.shared_api import Variables

FIRST_DAY: Final = date(2025, 1, 1)
MEBIBYTE: Final = 1 << 20
# The file system, and the most that is left free at any level: more than a refresh needs.
SIZE: Final = 256 * MEBIBYTE
MOST_FREE: Final = 40 * MEBIBYTE


def main(levels: int) -> int:
    """Try every level once on a home that has published, and an eighth of them on an empty one; returns the code."""
    with tempfile.TemporaryDirectory(prefix="gpt2030-full-") as folder, variables_of_trials() as of:
        place = Path(folder) / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=True)
        try:
            problems = _old_home(place, levels, of) + _new_homes(place, max(1, levels // 8), of)
        finally:
            subprocess.run(["umount", "--lazy", str(place)], check=True)
    for one in problems:
        print(one)
    print(f"{levels} levels of a full disk and {max(1, levels // 8)} on an empty home, {len(problems)} problems")
    return int(bool(problems))


def _old_home(place: Path, levels: int, of: Variables) -> list[str]:
    home, problems, refused = place / "home", list[str](), 0
    _refresh(of(0, home), FIRST_DAY)
    whole = expected(home)
    for level in range(levels):
        # Close together near zero, where most steps fail; a megabyte more or less does not matter above.
        free = int(MOST_FREE * (level / levels) ** 2)
        day = FIRST_DAY + timedelta(days=level + 1)
        where = f"{free / MEBIBYTE:.2f} MB free"
        with _full(place, free):
            refusal, said = _refresh(of(level, home), day)
        refused += bool(refusal)
        problems += [f"{where}: {one}" for one in _complaints(refusal, said)]
        code, said = _refresh(of(level, home), day)
        problems += [f"{where}: blocked afterwards: {said[-300:]}"] if code else []
        found = problem(home, whole)
        problems += [f"{where}: {found}"] if found else []
        print(
            f"{where}: {'refused' if refusal else 'published'}, then {'blocked' if code else 'published'}", flush=True
        )
    if not refused:
        problems.append("no level was full enough to refuse anything")
    return problems


def _new_homes(place: Path, levels: int, of: Variables) -> list[str]:
    problems = []
    for level in range(levels):
        home, free = place / f"new-{level}", int(20 * MEBIBYTE * level / levels)
        with _full(place, free):
            code, said = _refresh(of(level, home), FIRST_DAY)
        problems += [f"empty home, {free} bytes free: {one}" for one in _complaints(code, said)]
        code, said = _refresh(of(level, home), FIRST_DAY)
        problems += [f"empty home, {free} bytes free: blocked afterwards: {said[-300:]}"] if code else []
    return problems


def _complaints(code: int, said: str) -> list[str]:
    if "Traceback" in said:
        return [f"a traceback: {said[-500:]}"]
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


def _refresh(variables: dict[str, str], day: date) -> tuple[int, str]:
    command = [sys.executable, "-m", "flows.cli", "refresh", "--offline", "--today", day.isoformat(), "--json"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
