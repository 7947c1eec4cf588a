"""Editions of before say by their public names what they rest on, once their home is opened."""

from __future__ import annotations

from datetime import date, datetime

import duckdb

from warehouse import store
from warehouse.store import WRITER_FILE, Warehouse

NOW = datetime(2026, 11, 27, 12)
EARLIER = ("0001_initial", "0002_contender", "0003_survives", "0004_answers", "0005_actual_kind")


def test_what_was_known_is_known_by_its_public_name_and_rot_is_not_made_up(tmp_path):
    with duckdb.connect(str(tmp_path / WRITER_FILE)) as connection:
        for name in EARLIER:
            connection.execute((store.HERE / "migrations" / f"{name}.sql").read_text(encoding="utf-8"))
            connection.execute("INSERT INTO raw.migration VALUES (?, ?, ?)", [name, "0" * 64, NOW])
        connection.execute(
            """INSERT INTO out.property BY NAME SELECT 'e' AS edition_id, 'auto.metr_h' AS property_id, 1 AS row_number,
                 1 AS section, 'fit' AS basis, 'l' AS label_en, 'l' AS label_zh, 'x' AS unit, 'value' AS value_state,
                 'value' AS essay_state, 'value' AS actual_state, 'open' AS status, 'r' AS status_reason,
                 'f' AS formula, 'measured' AS actual_kind, DATE '2026-04-07' AS inputs_as_of"""
        )
    with Warehouse.open(tmp_path, now=NOW) as opened:
        rows = opened.rows("SELECT so_far_kind, newest_fact_date, rot, successor FROM out.property")
    assert rows == [("measured", date(2026, 4, 7), None, None)]
