"""The DuckDB file: open, migrate, transact, publish the read copy; the only module that opens the writer's file."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import duckdb

from warehouse import storage, views
from warehouse.contracts import TABLES, polars_schema, raw
from warehouse.errors import NewerHome, WarehouseError, of_medium
from warehouse.literals import with_values
from warehouse.lock import Claim, locked
from warehouse.opening import logs_beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    import polars as pl
    import pyarrow as pa

    from warehouse.contracts import Table

HERE: Final = Path(__file__).parent
WRITER_FILE: Final = "warehouse.duckdb"
READ_COPY_FILE: Final = "gpt2030.duckdb"
_LOG: Final = logging.getLogger("gpt2030")
# Rows that DuckDB stores together. A piece that fills no group leaves a small one, and then all are written twice.
ROW_GROUP: Final = 122_880
WRITABLE: Final = 0o222

_PIECE: Final = 1 << 22
# How a system says that it cannot copy within the kernel, or not between these two places.
_NO_SHARING: Final = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM})

# Replacement scans would let a Python variable shadow a table of the same name; nothing may be fetched at run time.
CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # A newer format would shut out clients that people have: the read copy is made of the writer's bytes.
    "storage_compatibility_version": storage.FORMAT,
    # Rows must lie in the order of their file; switched off, DuckDB may store them in any.
    "preserve_insertion_order": True,
}


class Warehouse:
    """The writer's connection to one warehouse file.

    Only one process may hold it; everybody else reads the copy that `publish_read_copy` replaces atomically.
    """

    def __init__(self, path: Path, held: ExitStack) -> None:
        """Open the file at `path`; `held` lets go of it, and before that of what it holds already.

        Use `Warehouse.open`.
        """
        self.path, self._held = path, held
        with _told(path):
            try:
                self._connection = duckdb.connect(str(path), config=CONFIG)
            except (duckdb.IOException, duckdb.SerializationException) as error:
                raise of_medium(error, path) or _unopened(path, error) from error
            # One descriptor for all copies: POSIX locks belong to the process and go with the first descriptor of a
            # file that it closes. Opened and closed for each copy, another process could write beside us afterwards.
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            # In this order: while the connection is open, its lock would go with the descriptor.
            held.callback(os.close, self._descriptor)
            held.callback(self._connection.close)
            # A cast from a moment with a zone would otherwise follow the zone of the machine.
            self._connection.execute("SET TimeZone = 'UTC'")

    @classmethod
    def open(cls, home: Path, *, now: datetime, claim: Claim | None = None) -> Self:
        """Open (or create) the warehouse under `home`, alone, and bring it up to date.

        The lock of the home is held until `close`; HomeBusy when another process has it and does not end in time,
        NewerHome when a newer program has written the file, other WarehouseErrors when it cannot be opened.
        """
        with ExitStack() as unless_done:
            held = unless_done.enter_context(ExitStack())
            held.enter_context(locked(home, claim or Claim("gpt2030", now)))
            if _recovered(home):
                _LOG.warning(
                    "%s was gone and is made anew from %s, as of the last publication", WRITER_FILE, READ_COPY_FILE
                )
            storage.carry_over(home / WRITER_FILE)
            warehouse = cls(home / WRITER_FILE, held)
            warehouse.migrate(now)
            unless_done.pop_all()
        return warehouse

    @classmethod
    def open_file(cls, path: Path) -> Self:
        """Open one file for writing as it is, e.g. a candidate for the read copy; WarehouseError when it is held."""
        with ExitStack() as unless_done:
            warehouse = cls(path, unless_done.enter_context(ExitStack()))
            unless_done.pop_all()
        return warehouse

    def close(self) -> None:
        """Write everything into the file and let go of it, and of the lock of its home."""
        with _told(self.path):
            self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is committed together, or nothing is."""
        self.execute("BEGIN TRANSACTION")
        with ExitStack() as unless_done:
            unless_done.callback(self._roll_back)
            yield
            unless_done.pop_all()
        self.execute("COMMIT")

    def _roll_back(self) -> None:
        # After a full disk the engine refuses this, too; what counts is the error that led here.
        with suppress(duckdb.Error):
            self._connection.execute("ROLLBACK")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody reads."""
        # Fetched all the same: with DuckDB 2.0 a result that nobody reads blocks the connection.
        self.rows(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """All rows of a query, as tuples."""
        with _told(self.path):
            return self._connection.execute(with_values(sql, parameters)).fetchall()

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """The result of a query, as a polars frame."""
        with _told(self.path):
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
        self.execute("CHECKPOINT")
        with _told(target), target.open("wb") as copy:
            _copy_bytes(self._descriptor, copy.fileno())

    def name_tables_in_macros(self) -> None:
        """Of a copy for readers: let macros name their tables in full, so that they answer in an attached file, too."""
        with self.transaction():
            self._connection.execute(views.macros_for_readers())

    def migrate(self, now: datetime) -> None:
        """Apply the migrations, views and comments that this file has not had yet, each in one transaction."""
        applied = self._applied()
        migrations = sorted((HERE / "migrations").glob("*.sql"))
        refuse_newer(applied, self.path)
        for path in migrations:
            if path.stem not in applied:
                self._apply(path.stem, path.read_text(encoding="utf-8"), now)
        self._require_tables()
        for name, script in (("views", views.script()), ("comments", _comments_script())):
            if applied.get(name) != _sha256(script):
                self._apply(name, script, now)

    def _require_tables(self) -> None:
        there = {str(name) for (name,) in self.rows("SELECT schema_name || '.' || table_name FROM duckdb_tables()")}
        missing = [table.full_name for table in TABLES if table.full_name not in there]
        if missing:
            raise WarehouseError(
                f"{self.path} lacks {', '.join(missing)}, which gpt2030 never removes; restore the file from a backup "
                "(see docs/operate.md)"
            )

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


def refuse_newer(applied: Iterable[str], path: Path) -> None:
    """NewerHome when a file has had a migration that this program does not know: its rows may mean something else."""
    newer = newer_than_this(applied)
    if newer:
        raise NewerHome(
            f"{path} was written by a newer gpt2030 (it has had {', '.join(newer)}); use that version, or set "
            "GPT2030_HOME to another folder"
        )


def newer_than_this(applied: Iterable[str]) -> list[str]:
    """Of the migrations that a file has had, those that this program does not know."""
    known = {one.stem for one in (HERE / "migrations").glob("*.sql")} | {"views", "comments"}
    return sorted(set(applied) - known)


def publish_read_copy(candidate: Path, home: Path) -> None:
    """Put a complete file in the place of the read copy; open readers keep the old one until they reconnect.

    Nobody may write to it: it is what was published, and a client that opens it for writing shuts readers out.
    """
    candidate.chmod(candidate.stat().st_mode & ~WRITABLE)
    # Before the rename: after a power cut the name could otherwise stand for bytes that never reached the disk.
    with candidate.open("rb") as file:
        os.fsync(file.fileno())
    # Of a client that wrote to the old file and was killed. Before the rename, because a reader, or a power cut,
    # between the two must find the old file without it: beside the new one, it would mix two editions or be refused.
    for log in logs_beside(home / READ_COPY_FILE):
        log.unlink(missing_ok=True)
    candidate.replace(home / READ_COPY_FILE)


def _recovered(home: Path) -> bool:
    """As `storage.recover`; a WarehouseError that says what to do where the copy is damaged, too."""
    copy = home / READ_COPY_FILE
    try:
        with _told(home / WRITER_FILE):
            return storage.recover(home / WRITER_FILE, copy)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{home / WRITER_FILE} is gone, and {copy} cannot be read either: {_first_line(error)}; restore a backup "
            "(see docs/operate.md), or move that file away to begin anew"
        ) from None


def _copy_bytes(source: int, target: int) -> None:
    """Copy a file by descriptors, from its first byte, leaving the position of both alone.

    Where the file system can, the blocks are shared and nothing is written.
    """
    size, done = os.fstat(source).st_size, 0
    while done < size:
        copied = _copy_piece(source, target, done, size - done)
        if not copied:
            raise OSError(errno.EIO, "the file became shorter while it was copied")
        done += copied


def _copy_piece(source: int, target: int, start: int, length: int) -> int:
    with suppress(AttributeError):  # a system without the call
        try:
            return os.copy_file_range(source, target, length, start, start)
        except OSError as error:
            if error.errno not in _NO_SHARING:
                raise
    return os.pwrite(target, os.pread(source, min(length, _PIECE), start), start)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Inside, what DuckDB or the system says of a full or closed medium becomes an error that tells what to do."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        told = of_medium(error, path)
        if told is None:
            raise
        raise told from error


def _unopened(path: Path, error: Exception) -> WarehouseError:
    # A held file and a damaged one raise the same error; only its words tell them apart.
    said = _first_line(error)
    advice = (
        f"a client holds the writer's file: close it, and open {READ_COPY_FILE} instead"
        if " lock " in said
        else f"restore the file from a backup (see docs/operate.md), or move it away: the next run makes it anew from "
        f"{READ_COPY_FILE}, what was published last"
    )
    return WarehouseError(f"cannot open {path} for writing: {said}; {advice}")


def _in_place(frame: pl.DataFrame) -> pa.Table:
    """The frame as pyarrow sees it, with text where polars has it; by default every string is copied."""
    from polars import CompatLevel

    return frame.to_arrow(compat_level=CompatLevel.newest())


@cache
def _comments_script() -> str:
    return ";\n".join(statement for table in TABLES for statement in table.comment_statements()) + ";"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
