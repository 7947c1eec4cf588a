"""Landing and reading by vintage: append what changed, tombstone what vanished, read as of any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import polars as pl

from warehouse.contracts import TABLES, polars_schema, raw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from warehouse.contracts import Table
    from warehouse.store import Warehouse


class Landing(NamedTuple):
    """What a landing did with the rows of one feed, by kind; `added + revised + unchanged` is what arrived."""

    added: int
    revised: int
    deleted: int
    unchanged: int

    @property
    def changed(self) -> int:
        """Rows appended to the table, tombstones included."""
        return self.added + self.revised + self.deleted


class Origin(NamedTuple):
    """Whose rows are landing, from which bytes, and when the warehouse first says so."""

    source_id: str
    feed: str
    snapshot_id: str
    recorded_at: datetime
    is_backfilled: bool
    is_partial: bool = False


def land(warehouse: Warehouse, table: Table, frame: pl.DataFrame, origin: Origin) -> Landing:
    """Compare arriving rows with what the warehouse believes of that feed and append only the difference.

    A row equal to the one in force is not stored again. A changed row supersedes the one in force. A row in force
    that did not arrive is superseded by a tombstone, unless the feed is partial. Call inside a transaction: the
    update of `superseded_at` and the new rows must appear together. A key may arrive once only.
    """
    arriving = frame.select(pl.col(name).cast(dtype) for name, dtype in polars_schema(table, arriving=True).items())
    with warehouse.registered("incoming", arriving):
        _compare(warehouse, table, origin)
    counts: dict[object, object] = dict(warehouse.rows("SELECT landing_kind, count(*) FROM landing GROUP BY ALL"))  # type: ignore[arg-type]
    added, revised, deleted = (int(str(counts.get(kind, 0))) for kind in ("added", "revised", "deleted"))
    if added + revised + deleted:
        _append(warehouse, table, origin)
    warehouse.execute("DROP TABLE landing")
    return Landing(added, revised, deleted, arriving.height - added - revised)


def _compare(warehouse: Warehouse, table: Table, origin: Origin) -> None:
    on = " AND ".join(f"n.{name} = o.{name}" for name in table.key)
    differs = " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in table.payload)
    keep_absent = "false" if origin.is_partial else "o.is_known AND NOT o.is_deleted"
    columns = ", ".join(
        f"CASE WHEN n.has_arrived THEN n.{name} ELSE o.{name} END AS {name}" for name in (*table.key, *table.payload)
    )
    warehouse.execute(
        f"""
        CREATE TEMP TABLE landing AS
        WITH n AS (SELECT *, true AS has_arrived FROM incoming),
        o AS (SELECT *, true AS is_known FROM {table.full_name}
              WHERE source_id = ? AND feed = ? AND superseded_at IS NULL)
        SELECT {columns},
               CASE WHEN n.has_arrived IS NULL THEN 'deleted'
                    WHEN o.is_known IS NULL OR o.is_deleted THEN 'added' ELSE 'revised' END AS landing_kind
        FROM n FULL JOIN o ON {on}
        WHERE CASE WHEN n.has_arrived IS NULL THEN {keep_absent}
                   ELSE o.is_known IS NULL OR o.is_deleted OR {differs} END
        """,
        [origin.source_id, origin.feed],
    )


def _append(warehouse: Warehouse, table: Table, origin: Origin) -> None:
    on = " AND ".join(f"l.{name} = t.{name}" for name in table.key)
    warehouse.execute(
        f"""UPDATE {table.full_name} AS t SET superseded_at = ? FROM landing AS l
            WHERE {on} AND t.source_id = ? AND t.feed = ? AND t.superseded_at IS NULL""",
        [origin.recorded_at, origin.source_id, origin.feed],
    )
    columns = ", ".join((*table.key, *table.payload))
    warehouse.execute(
        f"""INSERT INTO {table.full_name}
            ({columns}, source_id, feed, snapshot_id, recorded_at, superseded_at, is_deleted, is_backfilled)
            SELECT {columns}, ?, ?, ?, ?, NULL, landing_kind = 'deleted', ? FROM landing
            ORDER BY {", ".join(table.key)}""",
        [origin.source_id, origin.feed, origin.snapshot_id, origin.recorded_at, origin.is_backfilled],
    )


def count_in_force(warehouse: Warehouse, table: Table, source_id: str, feed: str) -> int:
    """How many rows of a feed stand now, tombstones not counted."""
    rows = warehouse.rows(
        f"""SELECT count(*) FROM {table.full_name}
            WHERE source_id = ? AND feed = ? AND superseded_at IS NULL AND NOT is_deleted""",
        [source_id, feed],
    )
    return int(str(rows[0][0]))


def newest_recorded_at(warehouse: Warehouse) -> datetime | None:
    """The newest vintage of any table, or reading of any snapshot; nothing may be landed under an older moment.

    One table is not enough: a file that changed definitions only would be invisible to it.
    """
    dated = [*(table for table in TABLES if table.is_bitemporal), raw.LANDING]
    newest = " UNION ALL ".join(f"SELECT max(recorded_at) AS recorded_at FROM {table.full_name}" for table in dated)
    return warehouse.rows(f"SELECT max(recorded_at) FROM ({newest})")[0][0]  # type: ignore[return-value]


class Queries(Protocol):
    """Whoever answers a query with a frame: the warehouse itself or a reader of its copy."""

    def frame(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """The result of a query."""
        ...


def known_at(warehouse: Queries, table: Table, at: datetime) -> pl.DataFrame:
    """Rows of a bitemporal table that a person would have known at a moment.

    A feed is read by vintage from its first look on. Before that its oldest vintage stands in: history that was not
    witnessed, to be filtered by the dates of the facts themselves (`known_date`), as `known_observations` does.
    """
    return warehouse.frame(_KNOWN.format(table=table.full_name), [at, at, at])


def known_observations(warehouse: Queries, day: date, at: datetime) -> pl.DataFrame:
    """Observations known on `day`: believed at `at`, and neither dated nor published after `day`.

    A series served by several sources is read from the live one: the embedded default steps back, so that a stale
    copy never competes with its origin.
    """
    return warehouse.frame(
        f"""
        WITH known AS ({_KNOWN.format(table="core.observation")})
        SELECT * FROM known WHERE known_date <= ? AND observation_date <= ?
        QUALIFY (source_id <> 'curated') = bool_or(source_id <> 'curated') OVER (PARTITION BY series_id)
        ORDER BY series_id, observation_date, source_id, source_row_id
        """,
        [at, at, at, day, day],
    )


_KNOWN = """
    SELECT t.* FROM {table} AS t
    JOIN (SELECT source_id, feed, min(recorded_at) AS first_at FROM {table} GROUP BY ALL) USING (source_id, feed)
    WHERE NOT t.is_deleted AND CASE
        WHEN first_at > ? THEN t.recorded_at = first_at AND (t.superseded_at IS NULL OR t.superseded_at > first_at)
        ELSE t.recorded_at <= ? AND (t.superseded_at IS NULL OR t.superseded_at > ?) END
"""
