"""Parquet files as tables of text, and what of them is refused before it is read."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources import bounds
from sources.errors import WrongContent
from sources.reading.columnar import read_parquet
from tests.parquet import parquet_of

ROWS = (
    {"name": " one ", "value": 0.1, "count": 3, "day": date(2026, 9, 13)},
    {"name": "", "value": None, "count": 4, "day": None},
)


def written(table, **options):
    body = io.BytesIO()
    pq.write_table(table, body, **options)
    return body.getvalue()


def read(body, *required):
    return read_parquet(body, feed="board.parquet", required=required or ("name",))


def test_cells_are_the_text_a_csv_would_have_and_lines_count_rows():
    table = read(parquet_of(ROWS), "name", "value", "count", "day")
    assert table.frame.rows() == [("one", "0.1", "3", "2026-09-13", 1), (None, None, "4", None, 2)]
    assert (table.record_count, table.rejects) == (2, ())


@pytest.mark.parametrize("value", [0.1, 1508.576862666775, 1e300, -5e-324, 1e16, 123456789.125])
def test_a_number_survives_being_text(value):
    [(text, _)] = read(parquet_of([{"name": value}])).frame.rows()
    assert float(text) == value


def test_a_column_in_which_nothing_is_given_is_read():
    assert read(parquet_of([{"name": None}, {"name": None}])).frame["name"].to_list() == [None, None]


def test_a_column_of_indices_into_its_values_is_read():
    table = pa.table({"name": pa.array(["a", None, "a"]).dictionary_encode()})
    assert read(written(table)).frame["name"].to_list() == ["a", None, "a"]


def test_columns_nobody_asked_for_may_hold_anything():
    assert read(parquet_of([{"name": "a", "more": [{"deep": 1}]}])).frame.columns == ["name", "line"]


def test_several_row_groups_are_one_table():
    body = parquet_of([{"name": f"n{k}"} for k in range(10)], row_group_size=3)
    assert read(body).frame["name"].to_list() == [f"n{k}" for k in range(10)]


@pytest.mark.parametrize("value", [["a"], {"a": 1}, b"a", datetime(2026, 9, 13, tzinfo=UTC), True])
def test_what_is_no_text_number_or_day_is_refused_with_its_type(value):
    with pytest.raises(WrongContent, match=r"column name of type .*; seen: text, numbers or days were due"):
        read(parquet_of([{"name": value}]))


def test_missing_and_repeated_columns_are_named():
    with pytest.raises(WrongContent, match=r"missing column name.* at board.parquet; seen: columns title"):
        read(parquet_of([{"title": "a"}]))
    twice = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["name", "name"])
    with pytest.raises(WrongContent, match="repeated column name"):
        read(written(twice))


@pytest.mark.parametrize("damage", [
    lambda body: body[:-1], lambda body: body[:20], lambda body: body[4:], lambda body: body + b"\n", lambda _: b"PAR1", lambda _: b"PAR1PAR1",
    lambda _: b"", lambda body: body[:4] + bytes(len(body) - 12) + body[-8:], lambda body: body.replace(b"name", b"n\xffme"),
])  # fmt: skip
def test_damaged_bytes_are_a_refusal(damage):
    with pytest.raises(WrongContent, match=r"broken Parquet at board.parquet"):
        read(damage(parquet_of(ROWS)))


def test_text_that_is_no_utf_8_is_a_refusal():
    with pytest.raises(WrongContent, match="broken Parquet"):
        read(parquet_of([{"name": "abcdef"}], compression="none").replace(b"abcdef", b"abc\xffef"))


def test_what_is_too_much_is_refused_by_the_footer():
    long = written(pa.table({"name": pa.nulls(bounds.MOST_ROWS + 1, pa.string())}))
    wide = written(pa.table({f"c{k}": [1] for k in range(bounds.MOST_COLUMNS + 1)}))
    zeros = pa.array([0] * bounds.MOST_ROWS, pa.int64())
    full = written(pa.table(dict.fromkeys((f"c{k}" for k in range(180)), zeros)), use_dictionary=False)
    for body, said in (
        (long, "50,001 rows, more than 50,000"),
        (wide, "1,001 columns"),
        (full, "bytes unpacked, more"),
    ):
        with pytest.raises(WrongContent, match=said):
            read(body)
    with pytest.raises(WrongContent, match=r"bytes of parquet, more than"):
        read(b"PAR1" + bytes(bounds.MOST_BYTES["parquet"]))


def test_a_text_that_would_unfold_to_more_than_memory_is_refused():
    """Some kilobytes: one text, and six hundred times its index."""
    rows = [{"name": "x" * bounds.MOST_CHARACTERS}] * 600
    body = parquet_of(rows)
    assert len(body) < 100_000
    with pytest.raises(WrongContent, match=r"bytes of text, more than"):
        read(body)
    with pytest.raises(WrongContent, match=r"131,073 bytes in one cell, more than 131,072"):
        read(parquet_of([{"name": "x" * (bounds.MOST_CHARACTERS + 1)}]))
