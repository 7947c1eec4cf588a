"""A home of any earlier version, with rows in every table, is brought up to date and loses none."""

import hashlib
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

import warehouse.store as store
from warehouse.store import WRITER_FILE, Warehouse

MIGRATIONS = sorted((Path(store.__file__).parent / "migrations").glob("*.sql"))
NOW = datetime(2026, 11, 26)
FILLED = {"VARCHAR": "'x'", "DOUBLE": "1.0", "BIGINT": "1", "DATE": "DATE '2026-01-01'", "BOOLEAN": "true",
          "TIMESTAMP": "TIMESTAMP '2026-01-01'"}  # fmt: skip
# Worked out from core.observation when it is asked for the first time.
WORKED_OUT = {"core.contender", "core.series_state"}


def made_by(home, count):
    """A home as the first so many migrations made it, with a row in each table; the names of the tables."""
    with duckdb.connect(str(home / WRITER_FILE)) as connection:
        for path in MIGRATIONS[:count]:
            text = path.read_text(encoding="utf-8")
            connection.execute(text)
            connection.execute(
                "INSERT INTO raw.migration VALUES (?, ?, ?)",
                [path.stem, hashlib.sha256(text.encode()).hexdigest(), NOW],
            )
        columns = connection.execute(
            """SELECT schema_name || '.' || table_name, list(data_type ORDER BY column_index) FROM duckdb_columns()
               WHERE schema_name IN ('raw', 'core', 'out') AND table_name <> 'migration' GROUP BY ALL"""
        ).fetchall()
        for name, types in columns:
            connection.execute(f"INSERT INTO {name} VALUES ({', '.join(FILLED[kind] for kind in types)})")
    return sorted(name for name, _ in columns)


@pytest.mark.parametrize("count", range(1, len(MIGRATIONS) + 1))
def test_a_home_of_before_is_brought_up_to_date_with_all_its_rows(tmp_path, count):
    names = made_by(tmp_path, count)
    assert len(names) > 15
    with Warehouse.open(tmp_path, now=NOW) as opened:
        for name in set(names) - WORKED_OUT:
            assert opened.rows(f"SELECT count(*) FROM {name}") == [(1,)], name


def test_what_is_new_in_old_rows_is_filled_where_it_can_be_told(tmp_path):
    made_by(tmp_path, 1)
    with duckdb.connect(str(tmp_path / WRITER_FILE)) as old:
        old.execute("UPDATE core.forecast SET output_type = 'quantile', output_type_id = '0.45'")
        old.execute("UPDATE out.property SET value_state = 'not_applicable'")
    with Warehouse.open(tmp_path, now=NOW) as opened:
        assert opened.rows("SELECT level FROM core.forecast") == [(0.45,)]
        assert opened.rows("SELECT is_published FROM out.property_quantile") == [(False,)]
        assert opened.rows("SELECT recorded_at, is_replay FROM out.edition") == [(None, None)]
