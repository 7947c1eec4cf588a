"""What the boundary of the warehouse lets pass, and how it names what it refuses."""

from __future__ import annotations

from datetime import date

import pandera.errors
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.errors import WrongContent
from sources.reading.boundary import admit, keeps
from warehouse.contracts import TABLES, core, pandera_schema, polars_schema
from warehouse.contracts.plausible import RANGES, range_of

GOOD = {
    "series_id": "math/full/single-sample",
    "source_row_id": "gpt-4|2023-03-14",
    "system_id": "gpt-4",
    "observation_date": date(2023, 3, 14),
    "date_kind": "paper",
    "date_precision": "day",
    "known_date": date(2023, 3, 14),
    "value": 0.425,
    "unit": "share",
    "std_error": None,
    "setup": "4-shot",
    "evidence": "paper",
    "citation_title": "a paper",
    "citation_url": "https://example.org",
}


def rows(*changes: dict) -> pl.DataFrame:
    """Good rows with changes, at lines 2, 3, …"""
    records = [{**GOOD, "source_row_id": f"row {k}", **change} for k, change in enumerate(changes)]
    frame = pl.DataFrame(records, schema=polars_schema(core.OBSERVATION, arriving=True))
    return frame.with_columns(pl.int_range(2, len(records) + 2, dtype=pl.Int64).alias("line"))


def refused(*changes: dict) -> list[tuple]:
    _, rejects = admit(core.OBSERVATION, rows(*changes), feed="f")
    return [(reject.line, reject.column, reject.value, reject.rule) for reject in rejects]


def test_good_rows_pass_in_order_with_their_feed_and_line():
    good, rejects = admit(core.OBSERVATION, rows({}, {}), feed="math")
    names = [column.name for column in core.OBSERVATION.arriving]
    assert good.columns == [*names, "feed", "line"]
    assert good.select("source_row_id", "feed", "line").rows() == [("row 0", "math", 2), ("row 1", "math", 3)]
    assert rejects == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"value": None}, ("value", None, "given")),
        ({"value": float("nan")}, ("value", "nan", "given")),
        ({"value": float("inf")}, ("value", "inf", "finite")),
        ({"unit": "percent"}, ("unit", "percent", "one-of")),
        ({"evidence": "hearsay"}, ("evidence", "hearsay", "one-of")),
        ({"std_error": -0.1}, ("std_error", "-0.1", "range")),
        ({"series_id": "MATH full"}, ("series_id", "MATH full", "pattern")),
        ({"citation_title": "  "}, ("citation_title", "  ", "pattern")),
        ({"observation_date": None}, ("observation_date", None, "given")),
    ],
)
def test_each_kind_of_broken_cell_is_named_with_line_column_value_and_rule(change, expected):
    assert refused({}, change, {}) == [(3, *expected)]


def test_the_reason_says_what_to_do():
    _, (reject,) = admit(core.OBSERVATION, rows({"date_kind": "guess"}), feed="f")
    assert reject.reason.startswith("date_kind must be one of model_release, paper")


def test_all_broken_cells_of_a_row_are_named_and_the_row_leaves_once():
    frame = rows({"unit": "percent", "value": None}, {})
    good, rejects = admit(core.OBSERVATION, frame, feed="f")
    assert good["line"].to_list() == [3]
    assert {(reject.line, reject.column) for reject in rejects} == {(2, "unit"), (2, "value")}


def test_of_rows_with_the_same_key_the_first_stays_and_the_other_names_its_line():
    same = {"source_row_id": "same"}
    good, (reject,) = admit(core.OBSERVATION, rows(same, {}, {**same, "value": 0.5}), feed="f")
    assert good["line"].to_list() == [2, 3]
    assert (reject.line, reject.column, reject.rule) == (4, "series_id|source_row_id", "unique-key")
    assert "line 2" in reject.reason


def test_a_broken_row_does_not_push_out_its_good_namesake():
    same = {"source_row_id": "same"}
    good, rejects = admit(core.OBSERVATION, rows({**same, "value": None}, same), feed="f")
    assert good["line"].to_list() == [3]
    assert [reject.rule for reject in rejects] == ["given"]


def test_rejects_show_the_row_as_the_publisher_wrote_it():
    came = pl.DataFrame({"Score": ["lots"], "line": [2]})
    _, (reject,) = admit(core.OBSERVATION, rows({"value": None}), feed="f", came=came)
    assert reject.row == {"Score": "lots"}


@pytest.mark.parametrize("frame", [rows({}).drop("unit"), rows({}).with_columns(value=pl.lit("0.4"))])
def test_a_lost_column_or_a_wrong_type_is_our_mistake_and_not_quarantined(frame):
    with pytest.raises((pandera.errors.SchemaErrors, pl.exceptions.ColumnNotFoundError)):
        admit(core.OBSERVATION, frame, feed="f")


@pytest.mark.parametrize("table", [t for t in TABLES if t.is_bitemporal], ids=lambda table: table.full_name)
def test_an_empty_frame_keeps_every_contract(table):
    frame = pl.DataFrame(schema=polars_schema(table, arriving=True)).with_columns(pl.lit(0, pl.Int64).alias("line"))
    assert admit(table, frame, feed="f")[0].height == 0


cell_changes = st.fixed_dictionaries(
    {},
    optional={
        "series_id": st.sampled_from(["a/b", "A/b", "", "a//b", None]),
        "source_row_id": st.sampled_from(["x", "y"]),
        "value": st.sampled_from([None, 0.5, float("nan"), -1.0]),
        "unit": st.sampled_from(["share", "percent", None]),
        "std_error": st.sampled_from([None, 0.0, -0.5]),
        "citation_title": st.sampled_from(["t\nu", " \n", "", None]),
        "citation_url": st.sampled_from([None, "u"]),
    },
)


@given(st.lists(cell_changes, max_size=4))
@settings(deadline=None)
def test_the_quick_answer_and_pandera_agree(changes):
    frame = rows(*changes).drop("line")
    try:
        pandera_schema(core.OBSERVATION).validate(frame, lazy=True)
        agreed = True
    except pandera.errors.SchemaErrors:
        agreed = False
    assert keeps(core.OBSERVATION, frame) == agreed


@given(st.lists(cell_changes, max_size=6))
@settings(deadline=None)
def test_every_row_passes_or_is_refused_and_what_passed_passes_again(changes):
    frame = rows(*changes)
    good, rejects = admit(core.OBSERVATION, frame, feed="f")
    assert sorted([*good["line"], *{reject.line for reject in rejects}]) == frame["line"].to_list()
    again, none = admit(core.OBSERVATION, good, feed="f")
    assert (again.equals(good), none) == (True, [])


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"value": 1.7}, "value"),
        ({"value": -0.1}, "value"),
        ({"value": 1e308, "unit": "flop"}, "value"),
        ({"value": 1e-300, "unit": "flop"}, "value"),
        ({"value": 0.0, "unit": "minutes"}, "value"),
        ({"value": -1e30, "unit": "index"}, "value"),
        ({"std_error": 1e300, "unit": "minutes", "value": 5.0}, "std_error"),
        ({"observation_date": date(1, 1, 1)}, "observation_date"),
        ({"observation_date": date(9999, 12, 31)}, "observation_date"),
        ({"known_date": date(9999, 12, 31)}, "known_date"),
    ],
)
def test_what_cannot_be_in_any_world_is_refused_with_its_bounds(change, column):
    assert refused({}, change) == [(3, column, str(change[column]), "plausible")]
    _, (reject,) = admit(core.OBSERVATION, rows(change), feed="f")
    assert "must lie between" in reject.reason


@pytest.mark.parametrize(
    "change",
    [
        {"value": 5e26, "unit": "flop"},
        {"value": 0.0},
        {"value": 1.0},
        {"value": -40.0, "unit": "index"},
        {"value": 0.03, "unit": "minutes"},
        {"value": 1045.0, "unit": "minutes"},
        {"value": 0.5, "std_error": 0.0},
        {"observation_date": date(1950, 1, 1), "known_date": date(1950, 1, 1)},
    ],
)
def test_what_is_merely_far_off_passes(change):
    assert refused({}, change) == []


@pytest.mark.parametrize("unit", core.UNITS)
def test_every_unit_of_a_series_has_its_bounds(unit):
    low, high = range_of("value", unit)
    assert unit in RANGES
    assert low < high
    # Far enough from the ends of what a double holds that fits and ratios stay finite.
    assert max(abs(low), abs(high)) <= 1e60


def test_rows_of_different_units_are_each_held_to_their_own():
    assert refused({"value": 5e26, "unit": "flop"}, {"value": 5.0}, {"value": 5.0, "unit": "minutes"}) == [
        (3, "value", "5.0", "plausible"),
    ]  # fmt: skip


def test_so_many_refusals_that_they_would_fill_the_quarantine_refuse_the_file():
    frame = pl.concat([rows({"unit": "percent"})] * 10_001)
    with pytest.raises(
        WrongContent, match=r"10,001 rows of 15 cells refused, more than 10,000 at f; seen: unit must be"
    ):
        admit(core.OBSERVATION, frame, feed="f")


def test_so_do_so_many_namesakes():
    with pytest.raises(WrongContent, match="10,001 rows of 15 cells refused, more than 10,000"):
        admit(core.OBSERVATION, pl.concat([rows({})] * 10_002), feed="f")
