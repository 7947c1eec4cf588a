"""Dates are read where they can be but one day, and refused where they could be two or are none."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.reading.dates import coarse_date, date_precision, day, first_day, last_day, moment, read_date, spelled
from sources.reading.tabular import read_cells, read_csv

DAY = date(2025, 4, 24)


def cells(values, cell):
    body = "a,b\n" + "".join(f'"{value or ""}",x\n' for value in values)
    frame, rejects = read_cells(read_csv(body.encode(), feed="file.csv"), [cell("a")])
    return frame["a"].to_list(), [(reject.line, reject.value, reject.rule) for reject in rejects]


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-24",
        "2025/04/24",
        "2025-04-24 00:00:00",
        "2025-04-24T12:01:00.000Z",
        "2025-04-24 12:01:00+00:00",
        "2025-04-24T12:01",
        "April 24, 2025 12:01pm",
        "April 24, 2025",
        "Apr 24 2025",
        "24 April 2025 3:01pm",
        "24-Apr-2025",
        "24th April, 2025",
        "Thu, 24 Apr 2025 12:01:00 GMT",
    ],
)
def test_a_day_is_read_however_it_is_spelled_where_it_can_be_but_one(text):
    assert cells([text], day) == ([DAY], [])
    assert cells([text], coarse_date) == ([DAY], [])


@pytest.mark.parametrize(
    "text",
    [
        "24/04/2025", "04/05/2025", "04-05-2025", "24.04.2025", "24-Apr-25", "2025-4-24", "20250424", "45771",
        "2023-02-30", "2023-13-01", "2025-04-24x", "2025-04-24 25:00", "2025-04-24T12:61Z", "April 31, 2025",
        "24 Avril 2025", "Q2 2025", "soon", "0000-00-00", "\u0662\u0660\u0662\u0663-01-01", "2025-04-24 13:00pm",
    ],
)  # fmt: skip
def test_what_could_be_two_days_or_is_none_is_refused(text):
    assert cells([text], day) == ([None], [(2, text, "date")])
    assert cells([text], coarse_date) == ([None], [(2, text, "date")])


@pytest.mark.parametrize("text", ["2025-04", "April 2025", "2025"])
def test_a_month_or_a_year_is_no_day_but_a_date(text):
    assert cells([text], day) == ([None], [(2, text, "date")])
    assert cells([text], coarse_date) == ([read_date(text).first], [])


def test_the_last_day_of_a_coarse_date_knows_leap_years():
    text = pl.DataFrame({"t": ["2023", "2024-02", "2023-02", "2023-12", "9999-12", "2023-05-06", "soon", None]})
    assert text.select(last_day(pl.col("t")))["t"].to_list() == [
        date(2023, 12, 31), date(2024, 2, 29), date(2023, 2, 28), date(2023, 12, 31), date(9999, 12, 31),
        date(2023, 5, 6), None, None,
    ]  # fmt: skip


def test_one_date_has_one_spelling():
    text = pl.DataFrame({"t": ["24 April 2025", "April 2025", "2025", "2025-04-24"]})
    assert text.select(spelled(pl.col("t")))["t"].to_list() == ["2025-04-24", "2025-04", "2025", "2025-04-24"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("April 24, 2025 12:01pm", datetime(2025, 4, 24, 12, 1)),
        ("April 24, 2025 12:01am", datetime(2025, 4, 24, 0, 1)),
        ("2025-04-24T23:30:00-05:00", datetime(2025, 4, 25, 4, 30)),
        ("2025-04-24", datetime(2025, 4, 24)),
    ],
)
def test_moments_are_in_utc_so_that_runs_can_be_put_in_order(text, expected):
    assert pl.DataFrame({"t": [text]}).select(moment(pl.col("t"))).item() == expected


def test_the_day_is_that_written_whatever_its_zone():
    assert cells(["2025-04-24T23:30:00-05:00"], day)[0] == [DAY]


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.sampled_from([4, 7, 10]))
@settings(deadline=None)
def test_a_day_lies_within_every_coarser_date_that_names_it(found, width):
    text = pl.DataFrame({"t": [found.isoformat()[:width]]}).select(
        first_day(pl.col("t")).alias("first"), last_day(pl.col("t")).alias("last"), date_precision(pl.col("t"))
    )
    first, last, precision = text.row(0)
    assert first <= found <= last
    assert precision == {4: "year", 7: "month", 10: "day"}[width]
    assert (first == last) == (precision == "day")


@given(st.text(max_size=40))
@settings(deadline=None)
def test_no_text_is_more_than_a_date_or_none(text):
    found = read_date(text)
    assert found is None or found.first <= found.last
