"""The storage of the warehouse: a format that every client since DuckDB 1.0 reads, and a file that holds no hollow.

A file keeps the format it was made with, and the room of rows that are gone. Homes of early versions were made in a
newer format, which only clients since 1.5 can read, and kept what now lies elsewhere; such a file is written anew once,
compared with the old one table by table, and put in its place.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

import duckdb

from warehouse.opening import logs_beside

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "v1.0.0"
# A smaller file is not worth writing anew, nor opening to see (bytes).
LARGE: Final = 32 << 20
# What a file in it has in its head.
NUMBER: Final = 64
_QUIET: Final[dict[str, str | bool | int | float | list[str]]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # Rows must lie in the order of their file.
    "preserve_insertion_order": True,
}
_MADE_ANEW: Final = ".{name}.format.tmp"
# What a file holds besides rows, without what is numbered by the file itself. The text of views and macros is written
# otherwise in each format, and some of it in no fixed order: they are made anew when the file is opened.
_SHAPE: Final = (
    "SELECT schema_name, table_name, sql, comment FROM duckdb_tables()",
    "SELECT schema_name, view_name, comment FROM duckdb_views()",
    "SELECT schema_name, function_name, function_type, parameters, comment FROM duckdb_functions()",
    "SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()",
)


def recover(path: Path, copy: Path) -> bool:
    """Make the writer's file from the read copy, where that alone is left of the two; whether it was so.

    Begun anew beside it, the next publication would write over the last file that knows the history.
    """
    if path.exists() or not copy.is_file():
        return False
    anew = path.with_name(_MADE_ANEW.format(name=path.name))
    _remove(anew)
    shutil.copyfile(copy, anew)
    with duckdb.connect(str(anew), config=_QUIET) as connection:
        # Its macros are those of a file attached under one name: they are made anew when it is opened.
        connection.execute("DELETE FROM raw.migration WHERE migration_id = 'views'")
    # Of the lost file: nothing else can take it in.
    for log in logs_beside(path):
        log.unlink(missing_ok=True)
    anew.replace(path)
    return True


def carry_over(path: Path) -> None:
    """See to it that the file is in FORMAT and not mostly empty; nobody may have or get it open meanwhile.

    Killed at any moment, the old file stands as it was, or the new one is whole in its place. Where there is no room
    for both, or the new one is not the same, the old one stays: it works, and only older clients cannot read it.
    """
    anew = path.with_name(_MADE_ANEW.format(name=path.name))
    with ExitStack() as stack:
        stack.callback(_remove, anew)
        # Whatever is wrong with the file itself is told by whoever opens it next.
        stack.enter_context(suppress(duckdb.Error, OSError))
        if not (_is_newer(path) or _is_hollow(path)):
            return
        # Of a run that was killed here.
        _remove(anew)
        # What a killed run left in its log goes into the file: beside the new one it would be applied to that.
        duckdb.connect(str(path), config=_QUIET).close()
        if not logs_beside(path) and _copied(path, anew):
            shutil.copymode(path, anew)
            with anew.open("rb") as file:
                os.fsync(file.fileno())
            anew.replace(path)


def _is_newer(path: Path) -> bool:
    """Whether the head of the file names a format that older clients cannot read; not so where there is no file."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(20)
    return head[8:12] == b"DUCK" and int.from_bytes(head[12:20], "little") > NUMBER


def _is_hollow(path: Path) -> bool:
    """Whether most of a large file is room that rows have left, and the disk has room to write the rest anew.

    The engine fills such room again and does not give it back, and each publication copies it.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size < LARGE or shutil.disk_usage(path.parent).free < size:
        return False
    with duckdb.connect(str(path), config=_QUIET) as connection:
        sizes = connection.execute("SELECT free_blocks, total_blocks FROM pragma_database_size()").fetchone()
    return sizes is not None and sizes[0] * 2 > sizes[1]


def _copied(path: Path, anew: Path) -> bool:
    """Copy everything; whether what was written is what was there."""
    with duckdb.connect(config=_QUIET) as both:
        both.execute(f"ATTACH '{_quoted(path)}' AS there (READ_ONLY)")
        both.execute(f"ATTACH '{_quoted(anew)}' AS anew (STORAGE_VERSION '{FORMAT}')")
        both.execute("COPY FROM DATABASE there TO anew")
        tables = both.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'there'"
        ).fetchall()
        contents = [
            f'SELECT count(*), bit_xor(hash(t)), sum(hash(t)) FROM $."{schema}"."{name}" AS t'
            for schema, name in tables
        ]
        shapes = [f"{sql} WHERE database_name = '$' ORDER BY ALL" for sql in _SHAPE]
        is_same = all(
            both.execute(sql.replace("$", "there")).fetchall() == both.execute(sql.replace("$", "anew")).fetchall()
            for sql in (*shapes, *contents)
        )
        if ("raw", "migration") in tables:
            both.execute("DELETE FROM anew.raw.migration WHERE migration_id = 'views'")
        return is_same


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _remove(path: Path) -> None:
    for left in (path, path.with_name(f"{path.name}.wal")):
        left.unlink(missing_ok=True)
