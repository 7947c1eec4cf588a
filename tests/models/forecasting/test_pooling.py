"""What the pool makes of its members: whom it hears in a crowd, how a lull slows it, and that it may have stopped."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecasting import priors
from models.forecasting.draws import DRAWS, LEVELS
from models.forecasting.forecasters import MEMBERS, POOL_ID
from models.forecasting.frontier import DAYS_PER_YEAR, histories
from models.forecasting.pool import forecast
from models.forecasting.pooling import (
    CHALLENGERS_ID,
    LEAST_MOMENTUM,
    MOST_MOMENTUM,
    crowding,
    member_weights,
    momentum,
    pace,
    stall_share,
    with_stall,
)
from models.forecasting.record_process import record_process
from models.forecasting.scales import BOUNDED
from tests.laws import law
from tests.models.histories_made import ORIGIN, rows_of, series_of

NAMES = tuple(MEMBERS)
LINEAR_RISE = np.broadcast_to(np.arange(1.0, DRAWS + 1), (1, 1, DRAWS))


def past_of(points, scale="bounded"):
    items = series_of("s", scale).with_columns(origin_date=pl.lit(ORIGIN))
    past = histories(rows_of("s", *points), items)
    return past, priors.usual(past, np.zeros(1, dtype=np.int64))


def days_before(*days_and_values):
    return [(ORIGIN - timedelta(days=days), value) for days, value in days_and_values]


CLIMB = days_before(*[(60 * k + 10, 0.8 - 0.05 * k) for k in range(14)])
# The same records, each with a row of the same day that was none.
BOARD = [row for day, value in CLIMB for row in ((day, value), (day, value - 0.03))]
STOOD = [(day, min(value, 0.6)) for day, value in CLIMB]


def test_a_series_is_as_crowded_as_it_had_rows_in_the_last_year():
    quiet, busy = days_before((500, 0.2), (400, 0.3)), days_before(*[(30 * k + 1, 0.3) for k in range(10)])
    assert crowding(past_of(quiet)[0])[0] == 0
    assert crowding(past_of(busy)[0])[0] == pytest.approx(0.5)


def weights_of(points, crowd, scale="bounded"):
    return {
        name: weight[0] for name, weight in member_weights(past_of(points, scale)[0], np.array([crowd]), NAMES).items()
    }


@given(crowd=st.floats(0, 0.999), scale=st.sampled_from(["bounded", "log", "linear"]))
def test_the_members_weights_add_up_and_none_is_negative(crowd, scale):
    weights = weights_of(CLIMB, crowd, scale)
    assert set(weights) == set(NAMES)
    assert sum(weights.values()) == pytest.approx(1)
    assert min(weights.values()) >= 0


def test_runners_up_are_heard_where_few_report_and_not_in_a_crowd():
    alone, crowded_out = (weights_of(BOARD, crowd)[CHALLENGERS_ID] for crowd in (0.0, 0.9))
    assert alone > 0.75
    assert crowded_out < 0.05


def test_of_a_single_row_there_are_no_runners_up():
    assert weights_of(BOARD[:1], 0.0)[CHALLENGERS_ID] < weights_of(BOARD, 0.0)[CHALLENGERS_ID] - 0.2


def test_a_list_of_records_has_no_runners_up_however_long():
    """Of solar cells or scores of the state of the art only records are written down: no field follows their leader."""
    assert weights_of(CLIMB, 0.0)[CHALLENGERS_ID] == 0
    assert weights_of([*CLIMB, *STOOD[2:4]], 0.0)[CHALLENGERS_ID] > 0


def test_growth_by_factors_does_not_hear_the_runners_up_at_all():
    assert weights_of(CLIMB, 0.2, "log")[CHALLENGERS_ID] == 0
    assert weights_of(CLIMB, 0.2, "linear")[CHALLENGERS_ID] == 0.25


def test_what_the_records_promised_is_what_they_say_half_a_year_before():
    """The process as it was must be that of the rows there were then."""
    past, known = past_of(CLIMB)
    before = [(day + timedelta(days=183), value) for day, value in CLIMB if day <= ORIGIN - timedelta(days=183)]
    then, _ = past_of(before)
    was, is_now = record_process(past, known, 183 / DAYS_PER_YEAR), record_process(then, known)
    for name in ("shape", "exposure", "sum", "weight"):
        assert getattr(was, name) == pytest.approx(getattr(is_now, name))


def test_a_frontier_that_kept_its_promise_has_more_momentum_than_one_that_stood():
    climbed, stood = (momentum(*past_of(points))[0] for points in (CLIMB, STOOD))
    assert climbed > 1.0
    assert stood < 0.7
    assert LEAST_MOMENTUM <= stood < climbed <= MOST_MOMENTUM


def test_where_nothing_was_promised_no_promise_was_broken():
    assert momentum(*past_of(days_before((30, 0.5), (20, 0.6))))[0] == 1


def test_a_record_fades_from_the_momentum_by_and_by():
    """Held against one day only, the forecast would leap when a great record turns half a year old."""
    steps = [(ORIGIN - timedelta(days=40 * k), 0.3 + 0.01 * (12 - k)) for k in range(6, 12)]
    ages = (60, 120, 160, 200)
    found = [momentum(*past_of([*steps, (ORIGIN - timedelta(days=age), 0.40)]))[0] for age in ages]
    assert (np.diff(found) < 0).all()


def test_a_lull_slows_a_benchmark_only_where_somebody_looked():
    crowd, kind = np.array([0.0, 0.8]), np.array([BOUNDED, BOUNDED])
    lull, kept = pace(kind, crowd, np.array([0.3, 0.3])), pace(kind, crowd, np.ones(2))
    assert lull[0] == kept[0]
    assert lull[1] < 0.6 * kept[1]


def test_a_stop_is_likelier_in_a_crowd_at_a_standstill_and_ends_in_time():
    crowd, kind, years = np.array([0.1, 0.8, 0.8]), np.full(3, BOUNDED), np.array([0.5, 2.0, 20.0])
    share = stall_share(kind, crowd, np.array([LEAST_MOMENTUM, LEAST_MOMENTUM, 1.2]), years)
    assert share[0, 0] < share[2, 0] < share[1, 0]
    assert (np.diff(share) < 0).all()
    assert share[1, 2] < 0.02


@law(50)
@given(
    gains=st.lists(st.floats(-5, 50), min_size=DRAWS, max_size=DRAWS),
    share=st.floats(0, 0.99),
)
def test_mixed_with_a_stop_draws_stay_in_order_and_gain_as_often_as_said(gains, share):
    drawn = np.sort(np.array(gains))[None, None, :]
    mixed = with_stall(drawn, np.array([[share]]))
    assert (np.diff(mixed) >= -1e-12).all()
    gain = (drawn > 0).mean() * (1 - share)
    assert (mixed > 0).mean() == pytest.approx(gain, abs=2 / DRAWS)
    assert mixed.max() <= drawn.max()


def test_without_a_stop_the_draws_are_what_they_were():
    assert with_stall(LINEAR_RISE, np.zeros((1, 1))) == pytest.approx(LINEAR_RISE)


def test_the_draws_above_a_stop_are_those_of_the_rest():
    mixed = with_stall(LINEAR_RISE, np.full((1, 1), 0.25))[0, 0]
    rest = LEVELS > 0.26
    expected = np.interp((LEVELS[rest] - 0.25) / 0.75, LEVELS, LINEAR_RISE[0, 0])
    assert mixed[rest] == pytest.approx(expected)
    assert (mixed[LEVELS < 0.25] <= 0).all()


def crowded(values, days_apart=7):
    """A board with a row a week, of which every tenth may be a record."""
    rows = []
    for number, value in enumerate(reversed(values)):
        for k in range(10):
            day = ORIGIN - timedelta(days=(10 * number + k) * days_apart + 1)
            rows.append((day, value if k == 9 else 0.9 * value))
    return rows


def share_of_no_record(points, days=182):
    got = forecast(
        rows_of("s", *points), series_of("s", "bounded"), ORIGIN, [ORIGIN + timedelta(days=days)], forecaster_id=POOL_ID
    )
    return float(got.no_record_share[0, 0])


def test_a_busy_board_that_has_stood_still_is_expected_to_stand_still():
    """The fault of November 2026: 29 % no new record was said of benchmarks where 65 % came true."""
    climbing = crowded([0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65])
    standing = crowded([0.3, 0.4, 0.5, 0.6, 0.62, 0.63, 0.63, 0.63])
    assert share_of_no_record(standing) > 0.4
    assert share_of_no_record(climbing) < 0.3


def test_no_quantile_falls_with_the_horizon_where_a_stop_may_end():
    days = [ORIGIN + timedelta(days=90 * k) for k in range(1, 40)]
    for points in (crowded([0.3, 0.4, 0.5, 0.6, 0.62, 0.63, 0.63, 0.63]), CLIMB, STOOD):
        got = forecast(rows_of("s", *points), series_of("s", "bounded"), ORIGIN, days)
        assert (np.diff(got.samples[0], axis=0) >= -1e-9).all()
        assert (np.diff(got.no_record_share[0]) <= 1e-9).all()
