"""One line per item: that of numpy for the rows alone, and drawn to what was believed before by as much as it says."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecasting.frontier import histories
from models.forecasting.regression import Slope, Sums, scatter
from tests.models.histories_made import ORIGIN, rows_of, series_of

ROWS = 6
heights = st.lists(st.integers(-50, 50).map(float), min_size=ROWS, max_size=ROWS).map(np.array)
weights = st.lists(st.integers(1, 9).map(float), min_size=ROWS, max_size=ROWS).map(np.array)
DAYS = (900, 800, 500, 300, 200, 10)


def past(*names, rows=ROWS):
    days = [ORIGIN - timedelta(days=days) for days in DAYS[:rows]]
    frames = [rows_of(name, *[(day, k + 1) for k, day in enumerate(days)]) for name in names]
    items = pl.concat([series_of(name, "linear") for name in names]).with_columns(origin_date=pl.lit(ORIGIN))
    return histories(pl.concat(frames), items)


def line(known, z, weight):
    return Sums.of(known, [known.years], z, [weight])


@given(heights, weights)
def test_the_line_is_that_of_numpy(z, weight):
    known = past("a")
    found = line(known, z, weight)
    slope, level = np.polyfit(known.years, z, 1, w=np.sqrt(weight))
    assert found.slope[0] == pytest.approx(slope, abs=1e-6)
    assert found.mean_z[0] - found.slope[0] * found.mean_time[0] == pytest.approx(level, abs=1e-6)
    left = np.sum(weight * (z - level - slope * known.years) ** 2)
    assert found.squares[0] == pytest.approx(left, abs=1e-6)


@given(heights, heights, weights)
def test_no_item_moves_the_line_of_another(first, second, weight):
    both, alone = past("a", "b"), past("b")
    found = line(both, np.concatenate([first, second]), np.concatenate([weight, weight]))
    expected = line(alone, second, weight)
    for name in ("weight", "slope", "mean_z", "time_squares", "squares"):
        assert getattr(found, name)[1] == pytest.approx(getattr(expected, name)[0], rel=1e-12, abs=1e-12), name


@given(heights, weights, weights)
def test_a_row_with_two_times_counts_at_each_with_the_weight_there(z, early, late):
    known = past("a")
    times = (known.years, known.years / 2)
    found = Sums.of(known, times, z, [early, late])
    slope, _ = np.polyfit(np.concatenate(times), np.concatenate([z, z]), 1, w=np.sqrt(np.concatenate([early, late])))
    assert found.slope[0] == pytest.approx(slope, abs=1e-6)


def test_rows_of_one_day_have_no_slope():
    known = past("a", rows=2)
    found = Sums.of(known, [np.zeros(2)], np.array([1.0, 5.0]), [np.ones(2)])
    assert (found.slope[0], found.mean_z[0]) == (0.0, 3.0)


@pytest.mark.parametrize(("rows", "expected"), [(1, 0.0), (2, 0.0)])
def test_two_rows_lie_on_their_line(rows, expected):
    assert scatter(past("a", rows=rows))[0] == expected


def test_scatter_is_what_is_left_by_degree_of_freedom():
    known = past("a", "b")
    for item in (0, 1):
        mine = known.item == item
        (left,) = np.polyfit(known.years[mine], known.z[mine], 1, full=True)[1]
        assert scatter(known)[item] == pytest.approx(np.sqrt(left / (ROWS - 2)))


VARIANCE, COUNT = np.array([2.0]), np.array([float(ROWS)])


@given(heights, st.integers(-20, 20).map(float), st.sampled_from([0.01, 0.5, 3.0, 100.0]))
def test_the_posterior_is_the_two_weighed_by_their_precision(z, mean, sd):
    known = past("a")
    sums = line(known, z, np.ones(ROWS))
    trend = sums.towards(Slope(np.array([mean]), np.array([sd])), VARIANCE, COUNT, 5.0)
    of_rows, of_prior = sums.time_squares[0] / VARIANCE[0], 1 / sd**2
    assert 1 / trend.slope_error[0] ** 2 == pytest.approx(of_rows + of_prior)
    expected = (of_rows * sums.slope[0] + of_prior * mean) / (of_rows + of_prior)
    assert trend.slope[0] == pytest.approx(expected, abs=1e-9)
    # However it is turned, it goes through the middle of its rows.
    assert trend.level[0] + trend.slope[0] * sums.mean_time[0] == pytest.approx(sums.mean_z[0], abs=1e-9)


@given(heights, st.integers(-100, 100))
def test_higher_rows_raise_the_line_and_do_not_turn_it(z, by):
    known, prior = past("a"), Slope(np.array([1.0]), np.array([0.5]))
    low, high = (line(known, one, np.ones(ROWS)).towards(prior, VARIANCE, COUNT, 5.0) for one in (z, z + by))
    assert high.level[0] - low.level[0] == pytest.approx(by, abs=1e-6)
    assert high.slope[0] == pytest.approx(low.slope[0], abs=1e-6)


def test_beyond_is_measured_from_the_line_of_the_row_s_own_item():
    known = past("a", "b")
    z = np.concatenate([np.arange(6.0), 10 - np.arange(6.0)])
    flat = Slope(np.zeros(2), np.full(2, 1e6))
    trend = line(known, z, np.ones(2 * ROWS)).towards(flat, np.ones(2), np.full(2, 6.0), 5.0)
    expected = [known.z[k] - trend.level[i] - trend.slope[i] * known.years[k] for k, i in enumerate(known.item)]
    assert trend.beyond(known) == pytest.approx(expected)
    assert trend.slope[0] > 0 > trend.slope[1]
