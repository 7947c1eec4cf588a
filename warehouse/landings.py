"""What was read of the bytes that a look brought: asked before they are read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime

    from warehouse.snapshots import SnapshotFact
    from warehouse.store import Warehouse


class ReadBy(NamedTuple):
    """The code that reads (`digest`), and how its reason begins where a reading came to no end."""

    digest: str
    given_up: str


def is_read(warehouse: Warehouse, fact: SnapshotFact, digest: str, day: date) -> bool:
    """Whether that code has landed these bytes already, with no row left for a later day.

    Bytes that were held are judged anew each time: the limits may have been changed, and a hold must not wear off.
    """
    rows = warehouse.rows(
        """SELECT snapshot_id = ? AND parser_digest = ? AND NOT is_held AND (not_yet = 0 OR landed_on = ?) FROM (
               SELECT any_value(snapshot_id) AS snapshot_id, any_value(parser_digest) AS parser_digest,
                      bool_or(is_held) AS is_held, sum(not_yet_count) AS not_yet, recorded_at::DATE AS landed_on
               FROM raw.landing WHERE source_id = ? AND feed = ?
               GROUP BY run_id, recorded_at ORDER BY recorded_at DESC LIMIT 1)""",
        [fact.snapshot_id, digest, day, fact.source_id, fact.feed],
    )
    return bool(rows and rows[0][0])


def given_up(warehouse: Warehouse, fact: SnapshotFact, by: ReadBy, tries: int) -> str | None:
    """The reason for holding bytes whose reading came to no end so many times by that code; else None."""
    rows = warehouse.rows(
        """SELECT any_value(detail) FROM raw.landing
           WHERE source_id = ? AND feed = ? AND snapshot_id = ? AND parser_digest = ? AND is_held
             AND starts_with(detail, ?) HAVING count(*) >= ?""",
        [fact.source_id, fact.feed, fact.snapshot_id, by.digest, by.given_up, tries],
    )
    return str(rows[0][0]) if rows else None


def newest_landing(warehouse: Warehouse, source_id: str, feed: str) -> datetime | None:
    """When a feed was landed last; None when it never was."""
    sql = "SELECT max(recorded_at) FROM raw.landing WHERE source_id = ? AND feed = ?"
    return warehouse.rows(sql, [source_id, feed])[0][0]  # type: ignore[return-value]
