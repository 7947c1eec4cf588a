"""In CSV for people no text is a formula, and no number is text."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.edition.spreadsheet import spreadsheet_csv, spreadsheet_of_each


def names(frame):
    """The cells of the one column, as a reader of CSV finds them."""
    head, *rows = csv.reader(io.StringIO(spreadsheet_csv(frame), newline=""))
    assert head == ["name"]
    return [row[0] if row else "" for row in rows]


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "－x", "=", "-", "-1.5 %", "+1 (555) 0100",
        '=HYPERLINK("https://example.org","x")',
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_compute_is_marked_as_text(text):
    assert names(pl.DataFrame({"name": [text]})) == [f"'{text}"]


@pytest.mark.parametrize("text", ["GPT-4", "a=1", " =1", "'=1", "", "-1.5", "+3", "-1e-5", "1e5", "-.5", "中文"])
def test_other_text_and_numbers_written_as_text_stay(text):
    assert names(pl.DataFrame({"name": [text]})) == [text]


def test_numbers_dates_truth_and_emptiness_stay_what_they_are():
    frame = pl.DataFrame({"n": [-1.5, None], "i": [-3, 4], "b": [True, None], "t": [None, "=1"]})
    assert spreadsheet_csv(frame) == "n,i,b,t\n-1.5,-3,true,\n,4,,'=1\n"


def test_a_table_without_text_or_rows_is_written_too():
    assert spreadsheet_csv(pl.DataFrame({"n": [-1]})) == "n\n-1\n"
    assert spreadsheet_csv(pl.DataFrame({"n": []}, schema={"n": pl.String})) == "n\n"


@given(st.lists(st.text(max_size=8), min_size=1, max_size=5))
def test_what_was_marked_can_be_told_and_nothing_is_lost(texts):
    found = names(pl.DataFrame({"name": texts}, schema={"name": pl.String}))
    assert [one.removeprefix("'") if one != text else one for one, text in zip(found, texts, strict=True)] == texts


TEXTS = st.text(st.sampled_from('=-+a,"\n\r\x1f\t 1'), max_size=6)


@given(st.lists(st.tuples(st.sampled_from("abc"), TEXTS | st.none(), st.floats() | st.none()), min_size=1))
def test_what_is_taken_apart_is_what_each_would_be_alone(rows):
    frame = pl.DataFrame(rows, schema={"of": pl.String, "text": pl.String, "n": pl.Float64}, orient="row")
    each = spreadsheet_of_each(frame, "of")
    assert each == {name: spreadsheet_csv(frame.filter(of=name)) for name in frame["of"].unique()}
