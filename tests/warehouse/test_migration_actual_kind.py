"""Editions of before tell what was measured from what a formula gave, once their home is opened."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from warehouse import store
from warehouse.store import WRITER_FILE, Warehouse

NOW = datetime(2026, 11, 26, 12)
EARLIER = ("0001_initial", "0002_contender", "0003_survives", "0004_answers")


@pytest.fixture
def home(tmp_path):
    """A home of the version before, with an edition of five rows."""
    with duckdb.connect(str(tmp_path / WRITER_FILE)) as connection:
        for name in EARLIER:
            connection.execute((store.HERE / "migrations" / f"{name}.sql").read_text(encoding="utf-8"))
            connection.execute("INSERT INTO raw.migration VALUES (?, ?, ?)", [name, "0" * 64, NOW])
        rows = (
            ("compute.train_flop", "value"), ("learn.dau", "value"), ("work.agents", "value"),
            ("speed.human_tpm", "not_applicable"), ("math.imo_gold_date", "not_yet"),
        )  # fmt: skip
        for number, (property_id, state) in enumerate(rows, start=1):
            connection.execute(
                """INSERT INTO out.property BY NAME SELECT 'e' AS edition_id, ? AS property_id, ? AS row_number,
                     1 AS section, 'fit' AS basis, 'l' AS label_en, 'l' AS label_zh, 'x' AS unit,
                     'value' AS value_state, 'value' AS essay_state, ? AS actual_state, 'open' AS status,
                     'r' AS status_reason, 'f' AS formula,
                     CASE WHEN ? = 'value' THEN DATE '2025-07-09' END AS actual_date,
                     CASE WHEN ? = 'value' THEN 1.0 END AS actual_value""",
                [property_id, number, state, state, state],
            )
    return tmp_path


def test_each_row_gets_its_kind_and_what_has_no_value_none(home):
    with Warehouse.open(home, now=NOW) as warehouse:
        found = warehouse.rows(
            "SELECT property_id, actual_kind, actual_date_precision FROM out.property ORDER BY row_number"
        )
    assert found == [
        ("compute.train_flop", "measured", "day"),
        ("learn.dau", "derived", "day"),
        ("work.agents", "implied", "day"),
        ("speed.human_tpm", None, None),
        ("math.imo_gold_date", None, None),
    ]
