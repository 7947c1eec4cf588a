"""Refused rows: kept with reason and evidence, listed, released."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from warehouse.contracts import polars_schema, raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from warehouse.store import Warehouse
    from warehouse.vintages import Queries


def quarantine_id(parts: Sequence[object]) -> str:
    """The same bad cell of the same feed gets the same id, however often it arrives."""
    # Joined by a separator, or ("a", "b") and ("ab", "") would be one refusal.
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:16]


def row_as_json(row: Mapping[str, object]) -> str:
    """A refused row as JSON text, dates and the like as they print."""
    return json.dumps(dict(row), ensure_ascii=False, default=str, sort_keys=True)


def refuse(
    warehouse: Warehouse, source_id: str, feed: str, refused: Iterable[Mapping[str, object]], now: datetime
) -> int:
    """Bring the open refusals of one feed in line with its newest snapshot; returns how many are open now.

    New ones are added, those already open stay as they are, and those that no longer occur are marked released.
    `refused` are rows of raw.quarantine.
    """
    frame = pl.DataFrame(list(refused), schema=polars_schema(raw.QUARANTINE), orient="row")
    frame = frame.unique("quarantine_id", keep="first", maintain_order=True)
    # Nearly always: and bringing nothing in line with nothing, file by file, is a sixth of a first landing.
    if frame.is_empty() and not _has_open(warehouse, source_id, feed):
        return 0
    with warehouse.registered("refused", frame):
        warehouse.execute(
            """UPDATE raw.quarantine SET released_at = ? WHERE source_id = ? AND feed = ? AND released_at IS NULL
               AND quarantine_id NOT IN (SELECT quarantine_id FROM refused)""",
            [now, source_id, feed],
        )
        warehouse.execute(
            """INSERT INTO raw.quarantine BY NAME SELECT * FROM refused WHERE quarantine_id NOT IN
               (SELECT quarantine_id FROM raw.quarantine WHERE released_at IS NULL)""",
        )
    return frame.height


def _has_open(warehouse: Warehouse, source_id: str, feed: str) -> bool:
    asked = "SELECT 1 FROM raw.quarantine WHERE source_id = ? AND feed = ? AND released_at IS NULL LIMIT 1"
    return bool(warehouse.rows(asked, [source_id, feed]))


def release(warehouse: Warehouse, identifier: str, now: datetime) -> bool:
    """Mark one refusal as released by a person; false when there is no such open refusal."""
    found = warehouse.rows("SELECT 1 FROM raw.quarantine WHERE quarantine_id = ? AND released_at IS NULL", [identifier])
    warehouse.execute(
        "UPDATE raw.quarantine SET released_at = ? WHERE quarantine_id = ? AND released_at IS NULL", [now, identifier]
    )
    return bool(found)


def listed_refusals(queries: Queries, *, with_released: bool) -> pl.DataFrame:
    """Refusals in the order of source, feed and line; the open ones, or all."""
    where = "" if with_released else "WHERE released_at IS NULL"
    return queries.frame(
        f"""SELECT quarantine_id, source_id, feed, line_number AS line, column_name AS "column", cell_value AS value,
                   check_name AS rule, reason FROM raw.quarantine {where} ORDER BY source_id, feed, line_number"""
    )


def refusal(queries: Queries, quarantine_id: str) -> dict[str, Any] | None:
    """The newest row of raw.quarantine of that id; None when there is none."""
    sql = "SELECT * FROM raw.quarantine WHERE quarantine_id = ? ORDER BY recorded_at DESC LIMIT 1"
    return next(iter(queries.frame(sql, [quarantine_id]).to_dicts()), None)
