"""The good warehouse as news on top of much that is old: twelve times its series, checked and published long before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import duckdb

from tests.warehouse.good_warehouse import EDITIONS, damaged
from warehouse.store import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

THEN: Final = datetime(2026, 11, 17, 6)
BEFORE: Final = "2026-11-17-cccccccc"
TIMES: Final = 12
# Fifty days before the vintages of the good warehouse, which are of the 20th and 22nd of November.
_SHIFT: Final = "INTERVAL 50 DAY"
# From the good warehouse, whatever was done to the copy: what is damaged is news.
_OLD: Final = f"""
    INSERT INTO core.system SELECT * REPLACE (
        'old-' || system_id AS system_id, 'old ' || source_row_id AS source_row_id, recorded_at - {_SHIFT} AS recorded_at,
        superseded_at - {_SHIFT} AS superseded_at)
    FROM good.core.system;
    INSERT INTO core.series SELECT t.* REPLACE (
        'old' || k || '-' || series_id AS series_id, recorded_at - {_SHIFT} AS recorded_at,
        superseded_at - {_SHIFT} AS superseded_at,
        array_to_string(list_transform(string_split(members, '+'), lambda one: 'old' || k || '-' || one), '+') AS members)
    FROM good.core.series AS t, range({TIMES}) AS r(k);
    INSERT INTO core.observation SELECT t.* REPLACE (
        'old' || k || '-' || series_id AS series_id, 'old-' || system_id AS system_id, recorded_at - {_SHIFT} AS recorded_at,
        superseded_at - {_SHIFT} AS superseded_at,
        least(observation_date, DATE '2026-10-01') AS observation_date, least(known_date, DATE '2026-10-01') AS known_date)
    FROM good.core.observation AS t, range({TIMES}) AS r(k);
    INSERT INTO core.fit SELECT t.* REPLACE ('old' || k || '-' || series_id AS series_id, '{BEFORE}' AS edition_id,
        DATE '{THEN:%Y-%m-%d}' AS origin_date)
    FROM good.core.fit AS t, range({TIMES}) AS r(k) WHERE edition_id = '{EDITIONS[1]}';
    INSERT INTO core.fit SELECT t.* REPLACE ('old' || k || '-' || series_id AS series_id)
    FROM good.core.fit AS t, range({TIMES}) AS r(k) WHERE edition_id = '{EDITIONS[1]}';
    INSERT INTO core.forecast SELECT t.* REPLACE ('old' || k || '-' || target AS target)
    FROM good.core.forecast AS t, range({TIMES}) AS r(k)
    WHERE edition_id = '{EDITIONS[1]}' AND forecaster_id = 'gpt2030-pool';
    INSERT INTO out.edition SELECT * REPLACE (
        '{BEFORE}' AS edition_id, DATE '{THEN:%Y-%m-%d}' AS origin_date, TIMESTAMP '{THEN}' AS issued_at)
    FROM good.out.edition LIMIT 1;
"""


def on_old(good: Path, folder: Path, *damages: str) -> Path:
    """A copy of the good warehouse, after some SQL, with much that is old beneath it and an edition of then."""
    path = damaged(good, folder, *damages)
    with duckdb.connect(str(path), config=CONFIG) as connection:
        connection.execute(f"ATTACH '{good}' AS good (READ_ONLY)")
        connection.execute(_OLD)
    return path


def checked_then(path: Path, rows: pl.DataFrame, change: str = "SELECT 1") -> Path:
    """Put on record that a run of then published its edition with such rows of core.check_result, all rows looked at.

    `change` is SQL that is run afterwards.
    """
    with duckdb.connect(str(path), config=CONFIG) as connection:
        connection.execute(
            f"""INSERT INTO out.run BY NAME SELECT 'then' AS run_id, 1 AS run_number, TIMESTAMP '{THEN}' AS started_at,
                    TIMESTAMP '{THEN}' AS finished_at, DATE '{THEN:%Y-%m-%d}' AS origin_date, 'published' AS outcome,
                    '{BEFORE}' AS edition_id, 0 AS added_count, 0 AS revised_count, 0 AS deleted_count,
                    0 AS unchanged_count, 0 AS quarantined_count, 'published' AS message"""
        )
        connection.register("made", rows)
        connection.execute(
            f"""INSERT INTO core.check_result BY NAME SELECT * REPLACE ('then' AS run_id, TIMESTAMP '{THEN}' AS checked_at,
                    if(full_at IS NULL, NULL, TIMESTAMP '{THEN}') AS full_at) FROM made"""
        )
        connection.execute(change)
    return path
