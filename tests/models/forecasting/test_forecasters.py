"""The forecasters: same call, sane answers, and each honours what it claims."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from models.forecasting import priors
from models.forecasting.draws import DRAWS, LEVELS
from models.forecasting.forecasters import FORECASTERS, LEVEL_FORECASTERS, MEMBERS, POOL_ID, _never_falling
from models.forecasting.frontier import DAYS_PER_YEAR, histories
from models.forecasting.trends import through_rows
from tests.models.histories_made import CLIMBING, GROWING, ORIGIN, monthly, rows_of, series_of, three_kinds

HORIZON = np.array([0.1, 0.5, 1.0, 2.0, 6.0])


def known_at(rows, series, origin=ORIGIN):
    past = histories(rows, series.with_columns(origin_date=pl.lit(origin)))
    return past, priors.usual(past, np.zeros(past.count, dtype=np.int64))


def gains(name, rows, series, origin=ORIGIN):
    return FORECASTERS[name].gains(*known_at(rows, series, origin), HORIZON)


@pytest.mark.parametrize("name", FORECASTERS)
def test_every_forecaster_gives_ascending_finite_draws_for_every_kind(name):
    drawn = gains(name, *three_kinds())
    assert drawn.shape == (3, len(HORIZON), DRAWS)
    assert np.isfinite(drawn).all()
    assert (np.diff(drawn, axis=-1) >= 0).all()
    assert FORECASTERS[name].title


@pytest.mark.parametrize("name", FORECASTERS)
def test_who_names_one_number_says_so_and_nobody_else(name):
    drawn = gains(name, *three_kinds())
    is_point = bool((drawn[..., 0] == drawn[..., -1]).all())
    assert FORECASTERS[name].is_point is is_point, f"set is_point={is_point} in its line of FORECASTERS"


@pytest.mark.parametrize("name", [POOL_ID, *MEMBERS])
def test_no_quantile_of_a_frontier_falls_with_the_horizon(name):
    falling = rows_of("falling", *monthly([9, 8, 7, 6, 5, 4, 3, 2]))
    rows, series = three_kinds()
    rows = pl.concat([rows, falling, rows_of("short", *monthly([1, 5]))])
    drawn = gains(name, rows, pl.concat([series, series_of("falling"), series_of("short")]))
    assert (np.diff(np.maximum(drawn, 0), axis=1) >= -1e-9).all()


@pytest.mark.parametrize("name", [POOL_ID, *MEMBERS])
def test_uncertainty_grows_with_the_horizon(name):
    # From the floor on: below it only the order of the draws counts.
    drawn = np.maximum(gains(name, rows_of("compute", *GROWING), series_of("compute"))[0], 0)
    width = drawn[:, int(0.9 * DRAWS)] - drawn[:, int(0.1 * DRAWS)]
    assert (np.diff(width) > 0).all()


@pytest.mark.parametrize("name", [POOL_ID, *MEMBERS])
def test_faster_series_are_forecast_to_gain_more(name):
    slow = rows_of("s", *monthly([1.05**k for k in range(15)]))
    fast = rows_of("s", *monthly([3.0**k for k in range(15)]))
    median = DRAWS // 2
    low, high = (gains(name, rows, series_of("s"))[0, 2, median] for rows in (slow, fast))
    assert high > low + 0.3


def test_a_stall_makes_a_new_record_less_likely():
    long_ago = [(day - timedelta(days=900), value) for day, value in GROWING]
    drawn = [gains("member-records", rows_of("s", *points), series_of("s")) for points in (GROWING, long_ago)]
    shares = [(gain[0, 1] <= 0).mean() for gain in drawn]
    assert shares[1] > shares[0] + 0.1


def test_progress_slows_towards_the_top_of_the_range():
    shares = 1 / (1 + np.exp(-np.linspace(-2, 2.5, 9)))
    drawn = gains("member-rows-drift", rows_of("s", *monthly(shares)), series_of("s", "bounded"))
    free = gains("member-rows-drift", rows_of("s", *monthly(shares)), series_of("s", "bounded", ceiling_share=50.0))
    per_year = 4.5 / (8 * 60 / DAYS_PER_YEAR)
    assert drawn[0, 2, DRAWS // 2] == pytest.approx(per_year * (1 - 0.3 * shares[-1]), rel=0.1)
    assert np.isfinite(free).all()


def test_challengers_do_not_hold_a_frontier_to_a_line_that_has_bent():
    """The field rose for two years and then stood: its old line runs far above every row there has been."""
    rose = [(ORIGIN - timedelta(days=2900 - 70 * k), 0.1 + 0.05 * k) for k in range(11)]
    stood = [(ORIGIN - timedelta(days=days), value) for days, value in ((1500, 0.61), (700, 0.6), (100, 0.6))]
    rows, series = rows_of("s", *rose, *stood), series_of("s", "bounded")
    past, known = known_at(rows, series)
    assert through_rows(past, known).level[0] > past.frontier[0] + 0.5
    assert (gains("member-challengers", rows, series)[0, 0] <= 0).mean() > 0.7


def test_challengers_expect_records_soon_when_the_frontier_fell_behind_the_field():
    steady = [(ORIGIN - timedelta(days=30 * k), 10 ** (-k / 12)) for k in range(1, 40)]
    leap = [*steady[1:], (ORIGIN - timedelta(days=30), 10**2.0)]
    stays = [
        (gains("member-challengers", rows_of("s", *points), series_of("s"))[0, 1] <= 0).mean()
        for points in (steady, leap)
    ]
    assert stays[0] < 0.2 < 0.8 < stays[1]


def test_ols_on_records_matches_the_textbook_prediction_interval():
    points = monthly([1.0, 3.0, 4.0, 20.0, 22.0, 90.0])
    drawn = gains("baseline-ols-records", rows_of("s", *points), series_of("s"))
    years = np.array([(day - ORIGIN).days / DAYS_PER_YEAR for day, _ in points])
    z = np.log10([value for _, value in points])
    fit = stats.linregress(years, z)
    rest = z - fit.intercept - fit.slope * years
    sd = np.sqrt((rest**2).sum() / 4)
    h = HORIZON[2]
    width = sd * np.sqrt(1 + 1 / 6 + (h - years.mean()) ** 2 / ((years - years.mean()) ** 2).sum())
    expected = fit.intercept + fit.slope * h + width * stats.t.ppf(LEVELS, 4) - z.max()
    assert drawn[0, 2] == pytest.approx(expected)
    assert not FORECASTERS["baseline-ols-records"].has_floor


def test_ols_on_records_says_nothing_from_two_records():
    assert np.isnan(gains("baseline-ols-records", rows_of("s", *monthly([1, 2])), series_of("s"))).all()


def test_feels_reasonable_is_one_more_usual_step():
    drawn = gains("baseline-reasonable", rows_of("s", *monthly([1, 10, 5, 1000, 10_000])), series_of("s"))
    assert drawn == pytest.approx(np.ones_like(drawn))


def test_last_value_gains_nothing():
    assert not gains("baseline-last-value", *three_kinds()).any()


def test_the_random_walk_drifts_from_the_first_record_to_the_last():
    drawn = gains("baseline-random-walk", rows_of("s", *monthly([1.2**k for k in range(30)])), series_of("s"))
    per_year = 29 * np.log10(1.2) / ((29 * 60 + 30) / DAYS_PER_YEAR)
    centre = (drawn[0, 2, DRAWS // 2 - 1] + drawn[0, 2, DRAWS // 2]) / 2
    assert centre == pytest.approx(per_year, rel=0.1)


def test_a_level_is_drawn_around_its_readings_and_may_fall():
    readings = rows_of("speed", *[(ORIGIN - timedelta(days=20 * k), 60 + 10 * (-1) ** k) for k in range(12)])
    past, known = known_at(readings, series_of("speed", direction="level"))
    level = LEVEL_FORECASTERS[POOL_ID].gains(past, known, HORIZON) + past.frontier[0]
    assert 10 ** level[0, 1, DRAWS // 2] == pytest.approx(60, rel=0.2)
    assert level[0, 3, 5] < np.log10(50)
    assert set(LEVEL_FORECASTERS) == set(FORECASTERS)


def test_the_last_level_stays():
    readings = rows_of("speed", *[(ORIGIN - timedelta(days=20 * k), 60.0) for k in range(12)])
    past, known = known_at(readings, series_of("speed", direction="level"))
    level = LEVEL_FORECASTERS["baseline-last-value"].gains(past, known, HORIZON) + past.frontier[0]
    assert 10**level == pytest.approx(np.full_like(level, 60.0))


def test_quantiles_that_turn_down_are_held_at_their_highest():
    past, known = known_at(rows_of("s", *CLIMBING), series_of("s", "bounded"))
    line, scatter = through_rows(past, known), np.array([0.3])
    fine = np.linspace(1e-6, 6, 4000)
    t = stats.t.ppf(LEVELS, 6)
    raw = line.slope[0] * fine[:, None] + t * np.sqrt(scatter[0] ** 2 + (line.slope_error[0] * fine[:, None]) ** 2)
    held = _never_falling(line, scatter, np.array([6.0]))[0, 0]
    assert held == pytest.approx(raw.max(axis=0), abs=1e-3)


def test_the_origin_decides_what_is_known():
    early = gains(POOL_ID, rows_of("s", *GROWING), series_of("s"), origin=date(2024, 1, 1))
    cut = gains(
        POOL_ID,
        rows_of("s", *[p for p in GROWING if p[0] <= date(2024, 1, 1)]),
        series_of("s"),
        origin=date(2024, 1, 1),
    )
    assert np.array_equal(early, cut)
