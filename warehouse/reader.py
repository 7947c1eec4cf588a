"""Reading the published copy for our own commands: trusted queries, read-only, one whole edition at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from warehouse.literals import with_values
from warehouse.opening import Unreadable, open_to_read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

__all__ = ["Reader", "Unreadable"]


class Reader:
    """A read-only connection to the read copy; a copy published later is seen by the next Reader."""

    def __init__(self, path: Path) -> None:
        """Open the copy at `path`; Unreadable when that file is no read copy, or nobody can read it just now."""
        try:
            self._connection = open_to_read(path, {"python_enable_replacements": False})
        except Unreadable as error:
            raise Unreadable(f"cannot read {path}: {error.said}", error.advice) from error
        self._connection.execute("SET TimeZone = 'UTC'")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a query, as tuples."""
        return self._connection.execute(with_values(sql, parameters)).fetchall()

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """The result of a query, as a polars frame."""
        return self._connection.sql(with_values(sql, parameters)).pl()
