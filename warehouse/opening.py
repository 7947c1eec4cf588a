"""Opens the read copy for reading, whatever the client of somebody else is doing to the file meanwhile.

Clients of DuckDB open a file for writing unless told otherwise. One that does so shuts out whoever reads, and one that
is killed leaves a write-ahead log (`.wal`) behind, which the engine would apply to the next file of that name. The file
is published whole and without a log: what lies beside it is never ours, and is passed over by reading a copy elsewhere.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Mapping

    Settings = Mapping[str, str | bool | int | float | list[str]]

ATTEMPTS: Final = 3
ADVICE_HELD: Final = "close that client, or let it open the file read-only"


class Unreadable(Exception):
    """The file cannot be read: what was seen, and what to do."""

    def __init__(self, said: str, advice: str) -> None:
        """Keep both apart, so that a caller can lay them out in its own way."""
        self.said, self.advice = said, advice
        super().__init__(f"{said}; {advice}")


def logs_beside(path: Path) -> list[Path]:
    """The write-ahead logs that lie beside a file of DuckDB; one that was closed has none."""
    return sorted(path.parent.glob(f"{path.name}.wal*"))


def open_to_read(path: Path, config: Settings) -> duckdb.DuckDBPyConnection:
    """A connection that reads the file at `path` as it was published; Unreadable when there is no way to."""
    if logs_beside(path):
        return _open_elsewhere(path, config)
    try:
        return duckdb.connect(str(path), read_only=True, config=dict(config))
    except duckdb.IOException as error:
        if not _is_held(error):
            raise _unreadable(error, path, path) from error
        return _open_elsewhere(path, config, held=_first_line(error))
    except duckdb.Error as error:
        raise _unreadable(error, path, path) from error


def _open_elsewhere(path: Path, config: Settings, held: str = "") -> duckdb.DuckDBPyConnection:
    """Open a copy of the file; its name is gone as soon as it is open, so that a kill leaves nothing behind."""
    # Spilled to beside the file otherwise, in a folder that is gone by then. It must come last: once external access is
    # closed, DuckDB takes it in no other place.
    settings = {**config, "temp_directory": config.get("temp_directory", tempfile.gettempdir())}
    seen = held or "a write-ahead log lies beside it"
    try:
        with tempfile.TemporaryDirectory(prefix="gpt2030-read-") as folder:
            copied = Path(folder) / path.name
            if not _copy_whole(path, copied):
                raise Unreadable(f"it is being written to; {seen}", ADVICE_HELD)
            try:
                return duckdb.connect(str(copied), read_only=True, config=settings)
            except duckdb.Error as error:
                raise _unreadable(error, copied, path) from error
    except OSError as error:
        raise Unreadable(f"{seen}, and no copy of it can be made: {error.strerror or error}", ADVICE_HELD) from error


def _copy_whole(path: Path, target: Path) -> bool:
    """Whether the file could be copied without being replaced or written to meanwhile."""
    for _ in range(ATTEMPTS):
        before = path.stat()
        shutil.copyfile(path, target)
        after = path.stat()
        if (before.st_ino, before.st_mtime_ns, before.st_size) == (after.st_ino, after.st_mtime_ns, after.st_size):
            return True
    return False


def _is_held(error: duckdb.Error) -> bool:
    # A held file and a damaged one raise the same error; only its words tell them apart.
    return " lock " in str(error)


def _unreadable(error: duckdb.Error, opened: Path, path: Path) -> Unreadable:
    return Unreadable(_first_line(error).replace(str(opened), str(path)), "`gpt2030 refresh` publishes it anew")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
