"""Landing and reading by vintage: append what changed, tombstone what vanished, read as of any moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import polars as pl

from warehouse.as_of import known_facts, known_rows
from warehouse.contracts import TABLES, polars_schema, raw
from warehouse.noise import without_noise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from warehouse.contracts import Table
    from warehouse.store import Warehouse


class OlderVintage(Exception):
    """Rows would land under an older moment than others of their feed: what was believed since would change."""


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


@dataclass(frozen=True, slots=True)
class Difference:
    """What landing the rows of one feed would change.

    `appended` are the added and revised rows in the order of the file, without bookkeeping. `superseded` names
    standing rows by `standing_row`, their place in the table, and says of each whether it `is_replaced`; a tombstone
    follows the others.
    """

    warehouse: Warehouse
    table: Table
    origin: Origin
    landing: Landing
    appended: pl.DataFrame
    superseded: pl.DataFrame
    in_force: int

    @property
    def lost_share(self) -> float:
        """Share of the rows in force that did not arrive; 0 for partial feeds and where nothing was in force."""
        return self.landing.deleted / self.in_force if self.in_force else 0.0

    def append(self) -> Landing:
        """Write the difference, tombstones last; once, in the transaction in which the rows were compared."""
        name = self.table.full_name
        if not self.superseded.is_empty():
            with self.warehouse.registered("superseded", self.superseded):
                self.warehouse.execute(
                    f"UPDATE {name} AS t SET superseded_at = ? FROM superseded AS s WHERE t.rowid = s.standing_row",
                    [self.origin.recorded_at],
                )
        if not self.appended.is_empty():
            with self.warehouse.streamed("appended", self.appended):
                self._insert("FROM appended", is_deleted=False)
        if self.landing.deleted:
            with self.warehouse.registered("lost", self.superseded.filter(~pl.col("is_replaced"))):
                self._insert(
                    f"FROM {name} AS t SEMI JOIN lost ON t.rowid = lost.standing_row ORDER BY t.rowid", is_deleted=True
                )
        return self.landing

    def _insert(self, rows: str, *, is_deleted: bool) -> None:
        columns = ", ".join((*self.table.key, *self.table.payload))
        origin = self.origin
        self.warehouse.execute(
            f"""INSERT INTO {self.table.full_name}
                ({columns}, source_id, feed, snapshot_id, recorded_at, superseded_at, is_deleted, is_backfilled)
                SELECT {columns}, ?, ?, ?, ?, NULL, ?, ? {rows}""",
            [origin.source_id, origin.feed, origin.snapshot_id, origin.recorded_at, is_deleted, origin.is_backfilled],
        )


def land(warehouse: Warehouse, table: Table, frame: pl.DataFrame, origin: Origin) -> Landing:
    """Compare arriving rows with what the warehouse believes of that feed and append only the difference.

    A row equal to the one in force is not stored again, nor one that differs in the last digits of a number. A changed
    row supersedes the one in force. A row in force that did not arrive is superseded by a tombstone, unless the feed
    is partial. Call inside a transaction: the update of `superseded_at` and the new rows must appear together. A key
    may arrive once only. OlderVintage when the feed has rows of a later moment.
    """
    return compare(warehouse, table, frame, origin).append()


def compare(warehouse: Warehouse, table: Table, frame: pl.DataFrame, origin: Origin) -> Difference:
    """What `land` would change, for whoever must judge it first; nothing is written yet. OlderVintage as in `land`."""
    arriving = frame.select(pl.col(name).cast(dtype) for name, dtype in polars_schema(table, arriving=True).items())
    # A feed's first file is nothing but new rows; looking for each of them would double the time it takes.
    if _newest_vintage(warehouse, table, origin) is None:
        landing = Landing(added=arriving.height, revised=0, deleted=0, unchanged=0)
        return Difference(warehouse, table, origin, landing, arriving, pl.DataFrame(), in_force=0)
    unequal = without_noise(warehouse, table, arriving, _unequal(warehouse, table, arriving, origin))
    appended = arriving[unequal["arriving_row"].drop_nulls().sort()]
    superseded = _superseded(warehouse, table, appended, unequal["standing_row"].drop_nulls(), origin)
    deleted = int((~superseded["is_replaced"]).sum())
    # A tombstone that ends makes way for a row that is added again, not for a revision.
    revised = superseded.height - deleted - int(superseded["was_deleted"].sum())
    landing = Landing(appended.height - revised, revised, deleted, unchanged=arriving.height - appended.height)
    in_force = count_in_force(warehouse, table, origin.source_id, origin.feed)
    return Difference(warehouse, table, origin, landing, appended, superseded, in_force)


def _newest_vintage(warehouse: Warehouse, table: Table, origin: Origin) -> datetime | None:
    """The moment of the newest rows of a feed, None before its first; OlderVintage when it lies after the landing's."""
    sql = f"SELECT max(recorded_at) FROM {table.full_name} WHERE source_id = ? AND feed = ?"
    newest: datetime | None = warehouse.rows(sql, [origin.source_id, origin.feed])[0][0]  # type: ignore[assignment]
    if newest is not None and newest > origin.recorded_at:
        raise OlderVintage(
            f"{table.full_name} has rows of {origin.source_id}/{origin.feed} recorded at {newest}; landing others at "
            f"{origin.recorded_at} would rewrite history: replay into a new GPT2030_HOME"
        )
    return newest


def _unequal(warehouse: Warehouse, table: Table, arriving: pl.DataFrame, origin: Origin) -> pl.DataFrame:
    """Rows without an equal on the other side, by place: either `arriving_row` or `standing_row` is given.

    Rows are matched by the hashes of key and payload: numbers instead of text, and hardly a row is left to be joined
    by key. A changed number always changes the hash; a changed text escapes it with a chance of 2^-64.
    """
    key, payload = ", ".join(table.key), ", ".join(table.payload)
    numbered = arriving.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("arriving_row"))
    with warehouse.streamed("arriving", numbered):
        # A tombstone gets no hash: a row that returns has to be added again, however equal it is.
        return warehouse.frame(
            f"""
            WITH n AS (SELECT arriving_row, hash({key}) AS key_hash, hash({payload}) AS payload_hash FROM arriving),
            o AS (SELECT rowid AS standing_row, hash({key}) AS key_hash,
                         CASE WHEN NOT is_deleted THEN hash({payload}) END AS payload_hash
                  FROM {table.full_name} WHERE source_id = ? AND feed = ? AND superseded_at IS NULL)
            SELECT arriving_row, standing_row FROM n FULL JOIN o USING (key_hash, payload_hash)
            WHERE arriving_row IS NULL OR standing_row IS NULL
            """,
            [origin.source_id, origin.feed],
        )


def _superseded(
    warehouse: Warehouse, table: Table, appended: pl.DataFrame, standing: pl.Series, origin: Origin
) -> pl.DataFrame:
    """Of the standing rows without an equal: those that end, with `was_deleted` and `is_replaced`.

    A row ends when its key is to be appended anew, or when it is in force and the feed no longer has it.
    """
    keys = appended.select(*table.key, pl.lit(value=True).alias("has_arrived"))
    with warehouse.registered("unequal", standing.to_frame()), warehouse.registered("appended", keys):
        return warehouse.frame(
            f"""
            WITH o AS (SELECT {", ".join(table.key)}, t.rowid AS standing_row, is_deleted
                       FROM {table.full_name} AS t SEMI JOIN unequal ON t.rowid = unequal.standing_row)
            SELECT standing_row, is_deleted AS was_deleted, has_arrived IS NOT NULL AS is_replaced
            FROM o LEFT JOIN appended USING ({", ".join(table.key)})
            WHERE has_arrived OR NOT (is_deleted OR ?)
            """,
            [origin.is_partial],
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


def known_at(warehouse: Queries, table: Table, at: datetime, feeds: Sequence[str] | None = None) -> pl.DataFrame:
    """Rows of a bitemporal table that a person would have known at a moment, see `known_rows`.

    With `feeds` (source/feed) no other feed is read: those of an edition, when its world is read again.
    """
    return warehouse.frame(_of_feeds(known_rows(table.full_name, "?"), feeds), [at, at, at, *_named(feeds)])


def known_observations(warehouse: Queries, day: date, at: datetime, feeds: Sequence[str] | None = None) -> pl.DataFrame:
    """Observations known on `day`: believed at `at`, and neither dated nor published after `day`.

    A fact that several publishers state is there once, as whoever comes first says it (`warehouse.contracts.facts`).
    """
    known = _of_feeds(known_rows("core.observation", "?"), feeds)
    ordered = f"{known_facts(known, '?')} ORDER BY series_id, observation_date, source_id, source_row_id"
    return warehouse.frame(ordered, [at, at, at, *_named(feeds), day, day])


def _of_feeds(known: str, feeds: Sequence[str] | None) -> str:
    chosen = f"SELECT * FROM ({known}) WHERE list_contains(?::VARCHAR[], source_id || '/' || feed)"
    return known if feeds is None else chosen


def _named(feeds: Sequence[str] | None) -> list[object]:
    return [] if feeds is None else [list(feeds)]
