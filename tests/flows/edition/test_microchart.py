"""Where the marks of a row's chart lie: on a scale that holds them all and keeps their order."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.edition.microchart import LEFT, RIGHT, Axis, axis_for, micro_chart, ticks_of
from tests.warehouse.edition_frames import ORIGIN, QUANTILES, dated_row, empty_row, properties, property_row

NUMBERS = st.floats(min_value=1e-9, max_value=1e30)
OPEN = (date(2027, 3, 1), date(2028, 2, 1), date(2029, 6, 1), None, None)


@given(st.lists(st.one_of(NUMBERS, NUMBERS.map(lambda v: -v), st.just(0.0)), min_size=1, max_size=9))
def test_a_scale_holds_every_value_and_keeps_their_order(values):
    axis = axis_for(values, "x")
    assert axis.low <= min(values) <= max(values) <= axis.high
    at = [axis.x(value) for value in sorted(values)]
    assert at == sorted(at)
    assert at[0] >= LEFT
    assert at[-1] <= RIGHT


@given(st.lists(NUMBERS, min_size=1, max_size=9), st.sampled_from(["x", "FLOP", "%", "year"]))
def test_both_ends_of_every_scale_are_labelled(values, unit):
    years = [2000 + value % 100 for value in values]
    ticks = ticks_of(axis_for(years if unit == "year" else values, unit), unit)
    assert ticks[0].label
    assert ticks[-1].label
    assert (ticks[0].x, ticks[-1].x) == (LEFT, RIGHT)


@pytest.mark.parametrize(
    ("values", "unit", "axis"),
    [
        ([4e5, 1e7], "human-years", Axis(1e5, 1e7, is_log=True)),
        ([2.0, 11.0], "minutes", Axis(0.0, 20.0)),
        ([0.0, 1e9], "users", Axis(0.0, 1e9)),
        ([-3.0, 8.0], "pp/year", Axis(-10.0, 10.0)),
        ([45.0, 92.0], "%", Axis(0.0, 100.0)),
        ([0.4], "probability", Axis(0.0, 1.0)),
        ([2024.7, 2029.5], "year", Axis(2024, 2030)),
        ([0.0], "x", Axis(0.0, 1.0)),
    ],
)
def test_a_scale_is_chosen_by_unit_and_spread(values, unit, axis):
    assert axis_for(values, unit) == axis


def test_powers_of_ten_are_labelled_as_in_print():
    labels = [tick.label for tick in ticks_of(axis_for([2e26, 3e29], "FLOP"), "FLOP") if tick.label]
    assert labels == ["10²⁶", "10²⁸", "10³⁰"]


def test_whisker_box_and_median_lie_inside_each_other():
    chart = micro_chart(property_row(), ORIGIN)
    (p05, p95), (p25, p75) = chart.today.outer, chart.today.box
    assert LEFT <= p05 < p25 < chart.today.median < p75 < p95 <= RIGHT
    assert chart.essay.box[0] < chart.essay.median < chart.essay.box[1]
    assert chart.actual < p05


def test_a_constant_is_a_mark_without_box():
    chart = micro_chart(property_row(**dict.fromkeys(QUANTILES, 507.0)), ORIGIN)
    assert (chart.today.outer, chart.today.box) == (None, None)
    assert chart.today.median is not None


def test_a_date_beyond_the_last_day_forecast_leaves_the_scale_open():
    chart = micro_chart(dated_row(OPEN), ORIGIN)
    assert chart.today.is_open
    assert chart.today.box[1] == RIGHT
    assert chart.today.box[0] < chart.today.median < RIGHT


def test_a_median_that_is_not_reached_still_shows_what_is():
    row = dated_row((date(2028, 1, 1), None, None, None, None), value_state="not_yet")
    chart = micro_chart(row, ORIGIN)
    assert chart.today.median is None
    assert chart.today.outer[1] == RIGHT


def test_dated_rows_show_the_day_of_the_edition_and_others_do_not():
    assert LEFT < micro_chart(dated_row(OPEN), ORIGIN).origin < RIGHT
    assert micro_chart(property_row(), ORIGIN).origin is None


@pytest.mark.parametrize("state", ["withheld", "missing", "not_applicable"])
def test_what_is_not_shown_as_a_number_is_not_drawn_either(state):
    """A withheld number that leaks through the chart is not withheld."""
    assert micro_chart(property_row(value_state=state), ORIGIN).today is None


def test_a_row_without_numbers_has_no_chart():
    row = empty_row(
        "missing", essay_state="not_stated", essay_p25=None, essay_p50=None, essay_p75=None, actual_state="missing"
    )
    assert micro_chart(row, ORIGIN) is None


def test_every_row_of_the_table_can_be_drawn():
    charts = [micro_chart(row, ORIGIN) for row in properties().iter_rows(named=True)]
    assert all(chart is None or chart.axis.low < chart.axis.high for chart in charts)
    assert sum(chart is not None for chart in charts) >= 40
