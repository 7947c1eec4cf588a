"""One connection to a shared warehouse: attached under the name that its macros know, and told in our own errors."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

import duckdb

from warehouse.contracts.table import quoted
from warehouse.errors import WarehouseError, of_medium
from warehouse.lake import extensions
from warehouse.literals import with_values
from warehouse.store import CONFIG
from warehouse.views.standalone import CATALOG

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from warehouse.lake.address import LakeAddress

# Fewer rows than this stay in the catalog: a day's change of a small table is no file of its own.
INLINED_ROWS: Final = 1_000
HOME: Final = "home"


class LakeUnreachable(WarehouseError):
    """The shared warehouse could not be opened, read or written."""


class LakeConflict(LakeUnreachable):
    """Somebody else committed to the shared warehouse meanwhile; the same may succeed when it is done anew."""


class SharedEdition(NamedTuple):
    """An edition in a shared warehouse, and the snapshot that shows it."""

    edition_id: str
    snapshot_id: int
    shared_at: datetime


class Lake:
    """A connection to a shared warehouse, which is the catalog `gpt2030` in it, like an attached read copy."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, address: LakeAddress) -> None:
        """Use `Lake.open`."""
        self._connection, self.address = connection, address

    @classmethod
    def open(cls, address: LakeAddress, *, is_new: bool = False, snapshot_id: int | None = None) -> Self:
        """Open a shared warehouse, for reading alone when pinned to a snapshot; LakeUnreachable says why not.

        Only with `is_new` may it be one that does not exist yet.
        """
        if not is_new and address.catalog == "sqlite" and not Path(address.place).exists():
            # Asked for, the engine would leave an empty file there before it says so.
            raise LakeUnreachable(
                f"the shared warehouse {address.url} does not exist; `gpt2030 warehouse move` makes one"
            )
        connection = duckdb.connect(config=dict(CONFIG) | {"storage_compatibility_version": "latest"})
        lake = cls(connection, address)
        with lake._unless_open():
            connection.execute("SET TimeZone = 'UTC'")
            extensions.load(connection, address.catalog)
            with lake._told():
                connection.execute(attaching(address, is_new=is_new, snapshot_id=snapshot_id))
                connection.execute(f"USE {CATALOG}")
        return lake

    @contextmanager
    def _unless_open(self) -> Iterator[None]:
        try:
            yield
        except WarehouseError:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the catalog."""
        self._connection.close()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement whose result nobody reads."""
        self.rows(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, as tuples."""
        with self._told():
            return self._connection.execute(with_values(sql, parameters)).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside becomes one snapshot, or nothing does."""
        with ExitStack() as undoing:
            self.execute("BEGIN TRANSACTION")
            undoing.callback(self._roll_back)
            yield
            self.execute("COMMIT")
            undoing.pop_all()

    def _roll_back(self) -> None:
        # A catalog that is gone has rolled back already; what ended the transaction is what is told.
        with suppress(duckdb.Error):
            self._connection.execute("ROLLBACK")

    @contextmanager
    def beside(self, file: Path, *, is_written: bool = False) -> Iterator[None]:
        """Inside, a warehouse file is attached as `home`."""
        self.execute(f"ATTACH {quoted(str(file))} AS {HOME}{'' if is_written else ' (READ_ONLY)'}")
        try:
            yield
        finally:
            self._connection.execute(f"DETACH {HOME}")

    def editions(self) -> list[SharedEdition]:
        """The editions shared, oldest first, each with the newest snapshot that shows it."""
        rows = self.rows(
            f"""SELECT commit_extra_info, snapshot_id, snapshot_time AT TIME ZONE 'UTC'
                FROM ducklake_snapshots('{CATALOG}') WHERE author = 'gpt2030' AND commit_extra_info <> ''
                ORDER BY snapshot_id"""
        )
        newest = {edition_id: SharedEdition(edition_id, number, moment) for edition_id, number, moment in rows}
        return sorted(newest.values(), key=lambda one: one.snapshot_id)

    def name_snapshot(self, edition_id: str) -> None:
        """Say in the snapshot that the transaction makes which edition it shows."""
        self.execute(
            f"CALL ducklake_set_commit_message('{CATALOG}', 'gpt2030', ?, extra_info => ?)",
            [f"edition {edition_id}", edition_id],
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            kind = LakeConflict if isinstance(error, duckdb.TransactionException) else LakeUnreachable
            said = f"the shared warehouse {self.address.url}: {next(iter(str(error).splitlines()), '')}"
            raise of_medium(error, self.address.url) or kind(said) from error


def attaching(
    address: LakeAddress, *, is_new: bool = False, is_read: bool = False, snapshot_id: int | None = None
) -> str:
    """The statement that attaches a shared warehouse: to write, to read, or to read what one snapshot shows."""
    if is_read or snapshot_id is not None:
        options = ["READ_ONLY", *([] if snapshot_id is None else [f"SNAPSHOT_VERSION {snapshot_id}"])]
    else:
        options = [f"DATA_PATH {quoted(f'{address.data}/')}"] if address.data else []
        options += [] if is_new else ["CREATE_IF_NOT_EXISTS false"]
        # Here, and never by ducklake_set_option: with views in the catalog that ends the process.
        options.append(f"DATA_INLINING_ROW_LIMIT {INLINED_ROWS}")
    return f"ATTACH {quoted(f'ducklake:{address.catalog}:{address.place}')} AS {CATALOG} ({', '.join(options)})"
