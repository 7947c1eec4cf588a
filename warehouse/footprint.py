"""What a home weighs on the disk, by part."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from warehouse.store import READ_COPY_FILE, WRITER_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# Part → how the names of what belongs to it begin; whatever is no part of ours is `other`.
PARTS: Final[Mapping[str, str]] = {
    "warehouse": WRITER_FILE,
    "read_copy": READ_COPY_FILE,
    "snapshots": "snapshots",
    "editions": "editions",
    "prefect": "prefect",
}
OTHER: Final = "other"


def bytes_by_part(home: Path) -> dict[str, int]:
    """The bytes of all files under a home by part; what editions share counts once, as the disk keeps it once."""
    found = dict.fromkeys((*PARTS, OTHER), 0)
    seen: set[tuple[int, int]] = set()
    for path in home.iterdir():
        part = next((part for part, begin in PARTS.items() if path.name.startswith(begin)), OTHER)
        for status in _files(path):
            place = (status.st_dev, status.st_ino)
            found[part] += 0 if place in seen else status.st_size
            seen.add(place)
    return found


def _files(path: Path) -> Iterator[os.stat_result]:
    """Every file at or below a place; one that a run takes away meanwhile is passed over, and so is a link."""
    with suppress(FileNotFoundError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            yield status
        if not stat.S_ISDIR(status.st_mode):
            return
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(FileNotFoundError):
                status = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - many thousands of them
                if stat.S_ISREG(status.st_mode):
                    yield status
