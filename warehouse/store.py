"""The DuckDB file: open, migrate, transact, publish the read copy; the only module that opens the writer's file."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import duckdb

from warehouse import views
from warehouse.contracts import TABLES, polars_schema, raw
from warehouse.literals import with_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import polars as pl
    import pyarrow as pa

    from warehouse.contracts import Table

HERE: Final = Path(__file__).parent
WRITER_FILE: Final = "warehouse.duckdb"
READ_COPY_FILE: Final = "gpt2030.duckdb"
# Rows that DuckDB stores together. A piece that fills no group leaves a small one, and then all are written twice.
ROW_GROUP: Final = 122_880

# Replacement scans would let a Python variable shadow a table of the same name; nothing may be fetched at run time.
CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # A newer DuckDB would write files that the oldest one allowed cannot open.
    "storage_compatibility_version": "v1.5.0",
    # Rows must lie in the order of their file; switched off, DuckDB may store them in any.
    "preserve_insertion_order": True,
}


class WarehouseError(Exception):
    """The warehouse could not be opened or written: what, where, and what to do."""


class Warehouse:
    """The writer's connection to one warehouse file.

    Only one process may hold it; everybody else reads the copy that `publish_read_copy` replaces atomically.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        """Wrap an open connection; use `Warehouse.open`."""
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, home: Path, *, now: datetime) -> Self:
        """Open (or create) the warehouse under `home` and bring it up to date; WarehouseError when another holds it."""
        home.mkdir(parents=True, exist_ok=True)
        warehouse = cls.open_file(home / WRITER_FILE)
        with ExitStack() as unless_done:
            # Without this the file would stay locked until the interpreter happens to collect the connection.
            unless_done.callback(warehouse.close)
            warehouse.migrate(now)
            unless_done.pop_all()
        return warehouse

    @classmethod
    def open_file(cls, path: Path) -> Self:
        """Open one file for writing as it is, e.g. a candidate for the read copy; WarehouseError when it is held."""
        try:
            connection = duckdb.connect(str(path), config=CONFIG)
        except duckdb.IOException as error:
            # A held file and a damaged one raise the same error; only its words tell them apart.
            said = _first_line(error)
            advice = (
                f"another gpt2030 is running, or a client holds the writer's file: open {READ_COPY_FILE} instead"
                if " lock " in said
                else "restore the file from a backup, or move it away to begin a new one"
            )
            raise WarehouseError(f"cannot open {path} for writing: {said}; {advice}") from error
        # A cast from a moment with a zone would otherwise follow the zone of the machine.
        connection.execute("SET TimeZone = 'UTC'")
        return cls(connection, path)

    def close(self) -> None:
        """Write everything into the file and let go of it."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is committed together, or nothing is."""
        self._connection.execute("BEGIN TRANSACTION")
        with ExitStack() as unless_done:
            unless_done.callback(self._connection.execute, "ROLLBACK")
            yield
            unless_done.pop_all()
        self._connection.execute("COMMIT")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody reads."""
        # Fetched all the same: with DuckDB 2.0 a result that nobody reads blocks the connection.
        self._connection.execute(with_values(sql, parameters)).fetchall()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a query, as tuples."""
        return self._connection.execute(with_values(sql, parameters)).fetchall()

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """The result of a query, as a polars frame."""
        # Not execute(…).pl(), which DuckDB 2.0 no longer has.
        return self._connection.sql(with_values(sql, parameters)).pl()

    @contextmanager
    def registered(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        """Inside, SQL can read the frame under `name`."""
        self._connection.register(name, frame)
        try:
            yield
        finally:
            self._connection.unregister(name)

    @contextmanager
    def streamed(self, name: str, frame: pl.DataFrame) -> Iterator[None]:
        """Inside, one statement can read the frame under `name` once and whole: in pieces, without a copy of it.

        A filter on it, or a join that acts as one, would be handed to pyarrow, which cannot filter such text.
        """
        import pyarrow as pa

        pieces = (piece for rows in frame.iter_slices(ROW_GROUP) for piece in _in_place(rows.rechunk()).to_batches())
        reader = pa.RecordBatchReader.from_batches(_in_place(frame.clear()).schema, pieces)
        self._connection.register(name, reader)
        try:
            yield
        finally:
            self._connection.unregister(name)

    def insert(self, table: Table, frame: pl.DataFrame) -> int:
        """Append rows, columns matched by name; missing nullable columns stay empty. Returns the number of rows."""
        if frame.is_empty():
            return 0
        typed = frame.select(
            frame[name].cast(dtype) for name, dtype in polars_schema(table).items() if name in frame.columns
        )
        columns = ", ".join(typed.columns)
        with self.registered("arriving", typed):
            self.execute(f"INSERT INTO {table.full_name} ({columns}) SELECT {columns} FROM arriving")
        return typed.height

    def write_copy(self, target: Path) -> None:
        """Copy the whole file to `target`, safe while this connection stays open.

        The checkpoint empties the write-ahead log first; without it the copy would lack the last commits.
        """
        self._connection.execute("CHECKPOINT")
        shutil.copyfile(self.path, target)

    def migrate(self, now: datetime) -> None:
        """Apply the migrations, views and comments that this file has not had yet, each in one transaction."""
        applied = self._applied()
        for path in sorted((HERE / "migrations").glob("*.sql")):
            if path.stem not in applied:
                self._apply(path.stem, path.read_text(encoding="utf-8"), now)
        for name, script in (("views", views.script()), ("comments", _comments_script())):
            if applied.get(name) != _sha256(script):
                self._apply(name, script, now)

    def _applied(self) -> dict[str, str]:
        known = self.rows("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'raw' AND table_name = 'migration'")
        if not known:
            return {}
        return {str(name): str(sha) for name, sha in self.rows("SELECT migration_id, sha256 FROM raw.migration")}

    def _apply(self, name: str, script: str, now: datetime) -> None:
        try:
            with self.transaction():
                self._connection.execute(script)
                self.execute(f"DELETE FROM {raw.MIGRATION.full_name} WHERE migration_id = ?", [name])
                self.execute(f"INSERT INTO {raw.MIGRATION.full_name} VALUES (?, ?, ?)", [name, _sha256(script), now])
        except duckdb.Error as error:
            raise WarehouseError(
                f"cannot apply {name} to {self.path}: {_first_line(error)}; the file is as it was before"
            ) from error


def publish_read_copy(candidate: Path, home: Path) -> None:
    """Put a complete file in the place of the read copy; open readers keep the old one until they reconnect."""
    # Before the rename: after a power cut the name could otherwise stand for bytes that never reached the disk.
    with candidate.open("rb") as file:
        os.fsync(file.fileno())
    candidate.replace(home / READ_COPY_FILE)


def _in_place(frame: pl.DataFrame) -> pa.Table:
    """The frame as pyarrow sees it, with text where polars has it; by default every string is copied."""
    from polars import CompatLevel

    return frame.to_arrow(compat_level=CompatLevel.newest())


def _comments_script() -> str:
    return ";\n".join(statement for table in TABLES for statement in table.comment_statements()) + ";"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
