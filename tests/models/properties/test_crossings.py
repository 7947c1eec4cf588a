"""Dates to a threshold: coherent with the forecasts they come from, and silent about days nobody forecast."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecasting.forecasts import HUB_LEVELS, Forecasts
from models.forecasting.pool import forecast
from models.properties.crossings import DATE_LEVELS, crossing, passed, reached_share
from tests.laws import law
from tests.models.histories_made import CLIMBING, ORIGIN, rows_of, series_of

GRID = tuple(ORIGIN + timedelta(days=61 * k) for k in range(1, 60))
POOL = forecast(rows_of("bench", *CLIMBING), series_of("bench", "bounded"), ORIGIN, GRID)


def certain(*values):
    """A forecast that is sure of one value per grid day, all 100 days apart."""
    days = tuple(ORIGIN + timedelta(days=100 * (k + 1)) for k in range(len(values)))
    samples = np.repeat(np.array(values, float)[None, :, None], 8, axis=2)
    return Forecasts("f", ORIGIN, ("s",), days, samples, np.zeros((1, len(days))), pl.DataFrame()), days


def test_quantiles_of_the_date_come_in_order_and_after_the_origin():
    dates = [day for day in crossing(POOL, "bench", 0.9, GRID).dates if day is not None]
    assert DATE_LEVELS == (0.05, 0.25, 0.5, 0.75, 0.95)
    assert len(dates) >= 3
    assert dates == sorted(dates)
    assert dates[0] > ORIGIN


@law(30)
@given(low=st.floats(0.5, 0.99), step=st.floats(0.0, 0.3))
def test_a_higher_threshold_is_never_reached_earlier(low, step):
    near, far = crossing(POOL, "bench", low, GRID), crossing(POOL, "bench", min(low + step, 0.999), GRID)
    assert near.never_share <= far.never_share
    last = date.max
    for one, other in zip(near.dates, far.dates, strict=True):
        assert (one or last) <= (other or last)


def test_the_distribution_is_that_of_the_marginals():
    got = crossing(POOL, "bench", 0.8, GRID)
    share = reached_share(POOL, "bench", 0.8, GRID)
    assert (np.diff(share) >= 0).all()
    assert got.never_share == pytest.approx(1 - share[-1])
    median = got.dates[2]
    before = max(day for day in GRID if day <= median)
    after = min(day for day in GRID if day >= median)
    assert reached_share(POOL, "bench", 0.8, [before])[0] <= 0.5 <= reached_share(POOL, "bench", 0.8, [after])[0]


def test_between_two_days_of_the_grid_the_probability_is_interpolated():
    got, days = certain(1.0, 3.0, 3.0)
    dates = crossing(got, "s", 2.0, days).dates
    assert dates[2] == ORIGIN + timedelta(days=150)
    assert dates[4] == ORIGIN + timedelta(days=195)


def test_what_is_not_reached_on_the_grid_has_no_date():
    got, days = certain(1.0, 1.5)
    assert crossing(got, "s", 2.0, days) == ((None,) * 5, 1.0)


def test_noise_against_monotony_is_ironed_out():
    got, days = certain(1.0, 3.0, 1.0)
    assert crossing(got, "s", 2.0, days).never_share == 0


def test_the_grid_may_come_in_any_order_and_be_part_of_the_days_forecast():
    assert crossing(POOL, "bench", 0.9, GRID[::-1]) == crossing(POOL, "bench", 0.9, GRID)
    coarse = crossing(POOL, "bench", 0.9, GRID[::6])
    assert abs(coarse.dates[2] - crossing(POOL, "bench", 0.9, GRID).dates[2]) < timedelta(days=200)


def test_a_series_without_forecast_has_no_dates_and_no_probability():
    empty = forecast(rows_of("bench"), series_of("bench", "bounded"), ORIGIN, GRID)
    got = crossing(empty, "bench", 0.9, GRID)
    assert got.dates == (None,) * 5
    assert np.isnan(got.never_share)


def test_more_levels_agree_with_the_published_ones():
    fine = crossing(POOL, "bench", 0.9, GRID, HUB_LEVELS)
    published = crossing(POOL, "bench", 0.9, GRID)
    assert tuple(fine.dates[HUB_LEVELS.index(level)] for level in DATE_LEVELS) == published.dates


def test_a_day_nobody_forecast_is_an_error():
    with pytest.raises(KeyError, match="no forecast for"):
        crossing(POOL, "bench", 0.9, [ORIGIN + timedelta(days=5)])


def test_passed_names_the_first_system_to_get_there():
    rows = rows_of(
        "s", (date(2024, 3, 1), 0.95), (date(2024, 1, 1), 0.5), (date(2024, 2, 1), 0.92), (date(2024, 2, 1), 0.93)
    )
    assert passed(rows, "s", 0.92) == (date(2024, 2, 1), "s-3", 0.93)
    assert passed(rows, "s", 0.99) is None
    assert passed(rows, "other", 0.1) is None
