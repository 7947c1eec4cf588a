"""Carrying a warehouse over, and back: of each table the difference alone, all of it as one snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import tenacity

from warehouse import views
from warehouse.contracts import SHOWN, TABLES, out, raw
from warehouse.errors import WarehouseError
from warehouse.lake.lake import HOME, LakeConflict
from warehouse.store import newer_than_this
from warehouse.views.standalone import CATALOG, statements

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.contracts import Table
    from warehouse.lake.lake import Lake

SCHEMAS: Final = ("raw", "core", "out")
# What DuckLake keeps no comment of: macros, and the columns of views.
_UNCOMMENTED: Final = ("COMMENT ON MACRO", "COMMENT ON COLUMN")
# Somebody else may commit between our look and our commit.
ATTEMPTS: Final = 4


class NotTheSame(WarehouseError):
    """Two warehouses that should say the same do not, or have no past in common."""


class Carried(NamedTuple):
    """What was carried: the rows that were added and taken out over all tables, and those there are now."""

    edition_id: str
    added: int
    removed: int
    rows: int


def share(lake: Lake, file: Path, edition_id: str) -> Carried:
    """Bring a shared warehouse to what a warehouse file says, in one snapshot that names the edition in force.

    Nothing differs: no snapshot is made. NotTheSame when what is shared is another home's, whose editions are no part
    of this one's history; LakeConflict when somebody else writes there again and again.
    """
    # Taken anew each time: the difference from what somebody else has made of it meanwhile.
    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(LakeConflict), stop=tenacity.stop_after_attempt(ATTEMPTS), reraise=True
    )
    with lake.beside(file):
        return again(_share, lake, edition_id)


def fetch(lake: Lake, file: Path) -> int:
    """Fill a warehouse file that was just made with what is shared; returns its rows.

    The file has its tables already, with the keys that shared ones lack. NotTheSame unless they say the same after.
    """
    _refuse_newer(lake)
    with lake.beside(file, is_written=True):
        for table in TABLES:
            lake.execute(f"DELETE FROM {HOME}.{table.full_name}")
            lake.execute(f"INSERT INTO {HOME}.{table.full_name} BY NAME {_rows(CATALOG, table)} ORDER BY ALL")
    return verify(lake, file)


def verify(lake: Lake, file: Path) -> int:
    """Hold every row of a file against the shared ones, both ways; returns how many there are.

    NotTheSame names the tables that differ, each with how many rows do.
    """
    # In one transaction the engine asks the catalog once what there is, and not for each table again.
    with lake.beside(file), lake.transaction():
        apart = {table.full_name: sum(_difference(lake, table)) for table in TABLES}
        if any(apart.values()):
            named = ", ".join(f"{name} ({count})" for name, count in apart.items() if count)
            raise NotTheSame(f"{file} and {lake.address.url} differ in rows of {named}")
        return _count(lake)


def _share(lake: Lake, edition_id: str) -> Carried:
    with lake.transaction():
        _refuse_others(lake)
        _declare(lake)
        changes = [_bring(lake, table) for table in TABLES]
        added, removed = sum(new for new, _ in changes), sum(old for _, old in changes)
        if added or removed:
            lake.name_snapshot(edition_id)
        return Carried(edition_id, added, removed, _count(lake))


def _refuse_others(lake: Lake) -> None:
    there = _there(lake)
    if not there:
        return
    if out.EDITION.full_name not in there:
        raise NotTheSame(f"{lake.address.url} holds tables that are none of ours; share into a place of its own")
    _refuse_newer(lake)
    strange = lake.rows(
        f"SELECT edition_id FROM {CATALOG}.{out.EDITION.full_name} "
        f"ANTI JOIN {HOME}.{out.EDITION.full_name} USING (edition_id) ORDER BY edition_id LIMIT 1"
    )
    if strange:
        raise NotTheSame(
            f"{lake.address.url} holds edition {strange[0][0]}, which this home never made: it is shared from another "
            "home, or this one was set back; share into another place, or fetch what is there into an empty home"
        )


def _refuse_newer(lake: Lake) -> None:
    newer = newer_than_this(
        str(name) for (name,) in lake.rows(f"SELECT migration_id FROM {CATALOG}.{raw.MIGRATION.full_name}")
    )
    if newer:
        raise NotTheSame(f"{lake.address.url} was written by a newer gpt2030 (it has had {', '.join(newer)}); use that")


def _there(lake: Lake) -> dict[str, tuple[str, ...]]:
    """The tables that are shared, each with its columns in order."""
    rows = lake.rows(
        f"""SELECT schema_name || '.' || table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
            WHERE database_name = '{CATALOG}' AND schema_name IN {SCHEMAS} AND table_name IN (
                SELECT table_name FROM duckdb_tables() WHERE database_name = '{CATALOG}')
            GROUP BY ALL"""
    )
    return {str(name): tuple(columns) for name, columns in rows}


def _declare(lake: Lake) -> None:
    """Make the tables and views that this version has, where they are not yet as it has them."""
    there = _there(lake)
    stale = [table for table in TABLES if there.get(table.full_name) != table.column_names]
    for schema in SCHEMAS:
        lake.execute(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.{schema}")
    for table in stale:
        # Emptied, to be filled like a new one: the snapshots of before keep it as it was.
        lake.execute(f"DROP TABLE IF EXISTS {CATALOG}.{table.full_name}")
        for statement in table.ddl():
            lake.execute(statement)
    for table in SHOWN:
        # A table of an earlier version, in whose place is a view by now: the name must be free for it.
        if table.full_name in there:
            lake.execute(f"DROP TABLE {CATALOG}.{table.full_name}")
    known = lake.rows(f"SELECT sha256 FROM {HOME}.{raw.MIGRATION.full_name} WHERE migration_id = 'views'")
    if stale or known != lake.rows(
        f"SELECT sha256 FROM {CATALOG}.{raw.MIGRATION.full_name} WHERE migration_id = 'views'"
    ):
        for statement in statements(views.script(is_published=True)):
            if not any(words in statement for words in _UNCOMMENTED):
                lake.execute(statement)


def _bring(lake: Lake, table: Table) -> tuple[int, int]:
    """Rows added to a shared table and taken out of it, until it says what the home says."""
    new, old = _difference(lake, table)
    if old:
        same = " AND ".join(f"kept.{name} IS NOT DISTINCT FROM gone.{name}" for name in table.column_names)
        lake.execute(f"CREATE OR REPLACE TEMP TABLE gone AS (SELECT * FROM ({_apart(table)}) WHERE _more < 0)")
        lake.execute(f"DELETE FROM {CATALOG}.{table.full_name} AS kept USING gone WHERE {same}")
    if new or old:
        # Looked for anew: of rows that are alike in every column, all have gone.
        missing = f"SELECT * EXCLUDE (_more), unnest(range(_more)) AS _copy FROM ({_apart(table)}) WHERE _more > 0"
        lake.execute(f"INSERT INTO {CATALOG}.{table.full_name} BY NAME (SELECT * EXCLUDE (_copy) FROM ({missing}))")
    return new, old


def _difference(lake: Lake, table: Table) -> tuple[int, int]:
    """How many rows the home has and the shared warehouse has not, and the other way round."""
    counts = f"SELECT sum(greatest(_more, 0)), sum(greatest(-_more, 0)) FROM ({_apart(table)})"
    new, old = lake.rows(counts)[0]
    return int(new or 0), int(old or 0)


def _apart(table: Table) -> str:
    """The rows that the two have not in the same number, each once, and how many `_more` of it the home has.

    Each side is read once and no row is numbered, as two EXCEPT ALL, which say the same, would.
    """
    columns = ", ".join(table.column_names)
    return f"""SELECT {columns}, sum(_side)::BIGINT AS _more FROM (
        SELECT {columns}, 1 AS _side FROM {HOME}.{table.full_name} UNION ALL
        SELECT {columns}, -1 AS _side FROM {CATALOG}.{table.full_name}
    ) GROUP BY {columns} HAVING sum(_side) <> 0"""


def _rows(catalog: str, table: Table) -> str:
    return f"SELECT {', '.join(table.column_names)} FROM {catalog}.{table.full_name}"


def _count(lake: Lake) -> int:
    each = " UNION ALL ".join(f"SELECT count(*) AS n FROM {CATALOG}.{table.full_name}" for table in TABLES)
    return int(lake.rows(f"SELECT sum(n) FROM ({each})")[0][0])
