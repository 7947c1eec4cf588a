"""What can go wrong with a home: every error names the file, the evidence and what to do.

WarehouseError          the warehouse could not be opened or written
├── HomeBusy            another command is writing under this home
├── NoRoom              the disk, the quota or a limit on file sizes is full
├── NotWritable         no permission, or a medium that can only be read
└── NewerHome           a newer gpt2030 has written this file
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

# As the operating system and DuckDB word them; DuckDB hands on words, not numbers.
_FULL: Final = ("no space left", "disk quota exceeded", "file too large")
_CLOSED: Final = ("permission denied", "read-only file system", "operation not permitted")
_FULL_CODES: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CLOSED_CODES: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class WarehouseError(Exception):
    """The warehouse could not be opened or written: what, where, and what to do."""


class HomeBusy(WarehouseError):
    """Another command is writing under this home."""


class NoRoom(WarehouseError):
    """There is no room left to write."""


class NotWritable(WarehouseError):
    """The place may not be written to."""


class NewerHome(WarehouseError):
    """The file was written by a newer gpt2030."""


def of_medium(error: Exception, path: Path | str) -> WarehouseError | None:
    """What an error of DuckDB or of the system says about the medium; None when it is about something else."""
    text, code = str(error).lower(), getattr(error, "errno", None)
    said = next(iter(str(error).splitlines()), type(error).__name__)
    if code in _FULL_CODES or any(words in text for words in _FULL):
        return NoRoom(
            f"no room left to write under {path}: {said}; free some space and run the command again: what was "
            "recorded before stands, and nothing else needs to be done"
        )
    if code in _CLOSED_CODES or any(words in text for words in _CLOSED):
        return NotWritable(
            f"may not write {path}: {said}; give this user write permission, or set GPT2030_HOME to a folder that can "
            "be written"
        )
    return None
