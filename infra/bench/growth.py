"""What each edition adds to the warehouse of the home that is set: rows and bytes by table, and seconds of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flows.settings import load_settings
from warehouse.contracts import TABLES
from warehouse.contracts.kept import SCORE_SPAN
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.contracts import Table

# What the engine's blocks hold; a table smaller than one shares it with others.
BLOCK: Final = 262_144
RUNS: Final = 10


class Growth(NamedTuple):
    """One table: its rows and bytes, and the rows of it that the newest edition added (None: not told by edition)."""

    table: str
    rows: int
    bytes: int
    added: int | None


def run() -> None:
    """Print a line per table of the home that is set, the largest first; sizes are those of whole blocks."""
    path = load_settings().home / READ_COPY_FILE
    with Reader(path) as reader:
        editions = int(str(reader.rows("SELECT count(*) FROM out.edition")[0][0]))
        print(f"{path.stat().st_size / 1e6:,.1f} MB with {editions} editions")
        for one in sorted(growths(reader), key=lambda one: one.bytes, reverse=True):
            added = "" if one.added is None else f"{one.added:,} by the newest edition"
            each = one.bytes / 1e3 / max(editions, 1)
            print(f"{one.table:24} {one.rows:>12,} rows {one.bytes / 1e6:8.1f} MB {each:8.1f} kB an edition  {added}")
        print(f"a run: {_seconds(reader)} s, median of the newest {RUNS} that published, without Prefect's start")


def growths(reader: Reader) -> Iterator[Growth]:
    """The growth of every table that has rows."""
    newest = "(SELECT edition_id FROM out.edition ORDER BY issued_at DESC LIMIT 1)"
    for table in TABLES:
        name = table.full_name
        rows = _number(reader, f"SELECT count(*) FROM {name}")
        if rows:
            added = _added(table, newest)
            yield Growth(name, rows, _bytes(reader, name), _number(reader, added) if added else None)


def _added(table: Table, newest: str) -> str | None:
    """The question how many rows the newest edition added; none where rows are not an edition's."""
    if table == SCORE_SPAN:
        begun = "(SELECT max(edition_number) FROM out.edition_number)"
        return f"SELECT count(*) FROM {table.full_name} WHERE from_number = {begun}"
    if "edition_id" in table.column_names:
        return f"SELECT count(*) FROM {table.full_name} WHERE edition_id = {newest}"
    return None


def _bytes(reader: Reader, name: str) -> int:
    return BLOCK * _number(
        reader,
        f"""SELECT count(DISTINCT block) FROM (
                SELECT block_id AS block FROM pragma_storage_info('{name}') WHERE block_id >= 0
                UNION ALL SELECT unnest(additional_block_ids) FROM pragma_storage_info('{name}'))""",
    )


def _number(reader: Reader, sql: str) -> int:
    return int(str(reader.rows(sql)[0][0]))


def _seconds(reader: Reader) -> str:
    [(found,)] = reader.rows(
        f"""SELECT median(epoch(finished_at - started_at)) FROM (
                SELECT * FROM out.run WHERE outcome = 'published' ORDER BY run_number DESC LIMIT {RUNS})"""
    )
    return "no" if found is None else f"{float(str(found)):.1f}"
