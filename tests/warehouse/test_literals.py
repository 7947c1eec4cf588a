"""Values in SQL: what comes back is what was given, and no value is ever read as SQL."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from warehouse.literals import with_values

ROOT = Path(__file__).parents[2]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False),
    st.dates(),
    st.datetimes(),
)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


@law(300)
@given(st.lists(VALUES, min_size=1, max_size=4))
def test_what_comes_back_is_what_was_given(connection, values):
    sql = with_values(f"SELECT {', '.join('?' for _ in values)}", values)
    (row,) = connection.execute(sql).fetchall()
    assert list(row) == values
    assert [type(found) for found in row] == [type(value) for value in values]


@pytest.mark.parametrize("text", ["it's", "';DROP TABLE x;--", "a\0b", "基?", "\\'", "?", "--", "$1", ""])
def test_text_is_only_text(connection, text):
    assert connection.execute(with_values("SELECT ? = ?, '基' AS \"?\" -- ?", [text, text])).fetchall() == [
        (True, "基")
    ]


def test_a_number_below_zero_begins_no_comment(connection):
    assert connection.execute(with_values("SELECT 1 -?, 2-?", [-3, -1.5])).fetchall() == [(4, 3.5)]


@pytest.mark.parametrize("listed", [[], ["it's", "基"], None])
def test_a_list_of_text_is_one_value(connection, listed):
    assert connection.execute(with_values("SELECT ?::VARCHAR[]", [listed])).fetchall() == [(listed,)]


def test_values_that_are_no_numbers_stay_what_they_are(connection):
    (row,) = connection.execute(with_values("SELECT isnan(?), ?", [float("nan"), float("-inf")])).fetchall()
    assert row == (True, float("-inf"))


@pytest.mark.parametrize("sql", ["SELECT 1", "SELECT ?, ?", "SELECT '?'", "SELECT 1 -- ?"])
def test_every_value_has_one_place(sql):
    with pytest.raises(ValueError, match="places for 1 values"):
        with_values(sql, [1])


@pytest.mark.parametrize("value", [b"bytes", Decimal(1), [b"bytes"], datetime(2026, 1, 1, tzinfo=UTC)])
def test_a_value_without_a_literal_is_refused(value):
    with pytest.raises(TypeError, match="cannot be written as a literal"):
        with_values("SELECT ?", [value])


def test_reading_with_values_leaves_pandas_alone(tmp_path):
    with duckdb.connect(str(tmp_path / "copy.duckdb")) as written:
        written.execute("CREATE TABLE t AS SELECT 'a' AS name")
    code = """
import sys
from pathlib import Path
from warehouse.reader import Reader
with Reader(Path(sys.argv[1])) as reader:
    assert reader.rows("SELECT name FROM t WHERE name = ?", ["a"]) == [("a",)]
    assert reader.frame("SELECT name FROM t WHERE name = ?", ["a"]).height == 1
assert "pandas" not in sys.modules
"""
    command = [sys.executable, "-c", code, str(tmp_path / "copy.duckdb")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
