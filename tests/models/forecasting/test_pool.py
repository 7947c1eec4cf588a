"""The published forecast: no leak, no dice, a floor at the frontier, and a reason wherever there is no number."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecasting import priors
from models.forecasting.draws import DRAWS
from models.forecasting.fits import COLUMNS, OPEN
from models.forecasting.forecasters import FORECASTERS, POOL_ID
from models.forecasting.pool import Case, forecast, forecast_cases
from models.properties.crossings import crossing
from tests.laws import law
from tests.models.histories_made import (
    CLIMBING,
    GROWING,
    ORIGIN,
    TARGETS,
    monthly,
    rows_of,
    series_of,
    three_kinds,
)
from warehouse.contracts import core, polars_schema

YEAR_ON = (ORIGIN + timedelta(days=365),)


def same(first, second, names=None):
    """Bit for bit the same forecasts, of the series named (all by default)."""
    for name in names or first.series_ids:
        i, j = first.series_ids.index(name), second.series_ids.index(name)
        assert first.samples[i].tobytes() == second.samples[j].tobytes(), name
        assert first.no_record_share[i].tobytes() == second.no_record_share[j].tobytes(), name
    return True


def status(forecasts):
    return forecasts.fits["status"].to_list()


# --- what comes out -------------------------------------------------------------------------------------------------


def test_a_forecast_holds_sorted_draws_for_every_series_and_day():
    got = forecast(*three_kinds(), ORIGIN, TARGETS)
    assert got.forecaster_id == POOL_ID
    assert got.series_ids == ("bench", "compute", "rating")
    assert got.samples.shape == (3, len(TARGETS), DRAWS)
    assert (np.diff(got.samples, axis=-1) >= 0).all()
    assert status(got) == ["fitted"] * 3


def test_nothing_is_forecast_below_the_frontier_and_the_atom_there_is_no_record_share():
    got = forecast(*three_kinds(), ORIGIN, TARGETS)
    frontier = np.array([0.52, 9e22, 1610.0])[:, None, None]
    assert (got.samples >= frontier).all()
    atom = (got.samples == frontier).mean(axis=-1)
    assert got.no_record_share == pytest.approx(atom, abs=1 / DRAWS)
    assert 0 < got.no_record_share[0, 0] < 1


def test_bounded_series_stay_below_their_ceiling():
    got = forecast(rows_of("s", *CLIMBING), series_of("s", "bounded", ceiling_share=0.9), ORIGIN, TARGETS)
    assert got.samples.max() <= 0.9


def test_percent_series_are_forecast_in_percent():
    share = forecast(rows_of("s", *CLIMBING), series_of("s", "bounded"), ORIGIN, TARGETS)
    scaled = [(day, 100 * value) for day, value in CLIMBING]
    percent = forecast(rows_of("s", *scaled), series_of("s", "bounded", unit="percentile"), ORIGIN, TARGETS)
    assert percent.samples == pytest.approx(100 * share.samples)


def test_the_fit_table_is_core_fit_without_its_edition():
    got = forecast(*three_kinds(), ORIGIN, TARGETS).fits
    contract = {name: kind for name, kind in polars_schema(core.FIT).items() if name != "edition_id"}
    assert dict(got.schema) == contract
    assert tuple(got.columns) == COLUMNS


def test_a_fit_says_what_it_saw():
    rows = pl.concat([rows_of("s", *GROWING[:-1]), rows_of("s", GROWING[-1], evidence="remembered")])
    fit = forecast(rows, series_of("s"), ORIGIN, TARGETS).fits.row(0, named=True)
    assert fit["row_count"] == 9
    assert fit["record_count"] == 7
    assert (fit["first_date"], fit["last_date"]) == (GROWING[0][0], GROWING[-1][0])
    assert fit["frontier_value"] == 9e22
    assert fit["frontier_system_id"] == "s-0"
    assert fit["remembered_count"] == 1
    assert fit["drift_per_year"] == pytest.approx(2.2, abs=0.3)
    assert fit["origin_date"] == ORIGIN


@pytest.mark.parametrize("name", FORECASTERS)
def test_every_forecaster_answers_the_same_call(name):
    got = forecast(*three_kinds(), ORIGIN, TARGETS, forecaster_id=name)
    assert got.forecaster_id == name
    assert set(got.fits["forecaster_id"]) == {name}
    assert np.isfinite(got.samples).all()


def test_a_level_may_fall_and_knows_no_records():
    readings = rows_of("speed", *[(ORIGIN - timedelta(days=20 * k), 60 + 20 * (-1) ** k) for k in range(20)])
    got = forecast(readings, series_of("speed", direction="level"), ORIGIN, TARGETS)
    assert got.samples[0, 0].min() < 50 < got.samples[0, 0].max()
    assert np.isnan(got.no_record_share).all()
    fit = got.fits.row(0, named=True)
    assert 45 < fit["frontier_value"] < 75
    assert fit["frontier_system_id"] == "speed-0"


def test_days_not_after_the_origin_are_refused_by_name():
    with pytest.raises(ValueError, match="2024-07-01 are not after the origin 2024-07-01"):
        forecast(*three_kinds(), ORIGIN, [ORIGIN, *TARGETS])


MATH_REPORTED = (
    (date(2021, 3, 5), 0.069), (date(2021, 11, 1), 0.088), (date(2022, 6, 29), 0.503), (date(2023, 5, 31), 0.697),
)  # fmt: skip
MATH_CURATED = (
    (date(2021, 3, 5), 0.052), (date(2021, 3, 5), 0.056), (date(2021, 3, 5), 0.064), (date(2021, 3, 5), 0.069),
    (date(2022, 6, 1), 0.336), (date(2022, 6, 1), 0.503), (date(2023, 3, 14), 0.425), (date(2023, 4, 1), 0.539),
)  # fmt: skip


@pytest.mark.parametrize("known", [MATH_REPORTED, MATH_REPORTED[:1] + MATH_REPORTED[2:], MATH_CURATED])
def test_math_as_of_june_2023_expects_92_percent_about_when_it_came(known):
    """Issue A, line 4; reality: 92.9 % on 18 September 2024."""
    grid = [date(2023 + month // 12, month % 12 + 1, 1) for month in range(6, 90)]
    got = forecast(rows_of("math", *known), series_of("math", "bounded"), date(2023, 6, 19), grid)
    assert date(2023, 7, 1) <= crossing(got, "math", 0.92, grid).dates[2] <= date(2025, 6, 30)


# --- no leak --------------------------------------------------------------------------------------------------------

late_rows = st.builds(
    lambda name, days, known, value: rows_of(
        name, (ORIGIN + timedelta(days=days), value), known_after_days=max(known, 0 if days > 0 else 1 - days)
    ),
    name=st.sampled_from(["bench", "compute", "rating"]),
    days=st.integers(-400, 400),
    known=st.integers(0, 800),
    value=st.floats(1e-3, 1e30),
)


@law(40)
@given(late=st.lists(late_rows, min_size=1, max_size=3), name=st.sampled_from(list(FORECASTERS)))
def test_no_row_dated_or_known_after_the_origin_changes_any_forecast(late, name):
    rows, series = three_kinds()
    for row in late:
        assert max(row["observation_date"][0], row["known_date"][0]) > ORIGIN
    with_late = pl.concat([rows, *late])
    before = forecast(rows, series, ORIGIN, TARGETS, forecaster_id=name)
    after = forecast(with_late, series, ORIGIN, TARGETS, forecaster_id=name)
    assert same(before, after)
    assert before.fits.equals(after.fits)


# --- no dice --------------------------------------------------------------------------------------------------------


@law(20)
@given(st.randoms(use_true_random=False))
def test_the_same_rows_in_any_order_give_the_same_bytes(random):
    rows, series = three_kinds()
    order = list(range(rows.height))
    random.shuffle(order)
    assert same(forecast(rows, series, ORIGIN, TARGETS), forecast(rows[order], series.reverse(), ORIGIN, TARGETS))


def test_adding_series_changes_no_other_series_draws_while_the_priors_are_fixed():
    rows, series = three_kinds()
    others = [f"other-{k}" for k in range(37)]
    more_rows = pl.concat([rows, *(rows_of(name, *GROWING[k % 7 :]) for k, name in enumerate(others))])
    more = pl.concat([series, *(series_of(name) for name in others)])
    few = forecast(rows, series, ORIGIN, TARGETS, learn=priors.usual)
    many = forecast(more_rows, more, ORIGIN, TARGETS, learn=priors.usual)
    assert same(few, many, few.series_ids)


def test_other_days_asked_for_change_no_days_forecast():
    rows, series = three_kinds()
    one, many = (forecast(rows, series, ORIGIN, days) for days in (TARGETS[1:2], TARGETS))
    assert one.samples[:, 0].tobytes() == many.samples[:, 1].tobytes()


def test_leaving_series_out_changes_nothing_about_the_others():
    rows, series = three_kinds()
    whole = forecast(rows, series, ORIGIN, TARGETS)
    some = forecast(rows, series, ORIGIN, TARGETS, only=frozenset({"bench", "rating"}))
    assert some.series_ids == ("bench", "rating")
    assert same(some, whole)
    assert some.fits.equals(whole.fits.filter(pl.col("series_id") != "compute"))


def test_worlds_forecast_together_say_what_each_says_alone_to_the_last_bit():
    rows, series = three_kinds()
    worlds = [
        (rows, series),
        (rows.with_columns(value=pl.col("value") * 0.9), series),
        (rows.head(0), series),
        (rows, series.filter(pl.col("series_id") != "rating")),
    ]
    only = frozenset({"bench", "rating"})
    made = forecast_cases([Case(*world, only) for world in worlds], ORIGIN, TARGETS)
    for world, together in zip(worlds, made, strict=True):
        alone = forecast(*world, ORIGIN, TARGETS, only=only)
        assert together.series_ids == alone.series_ids
        assert same(together, alone)
        assert together.fits.equals(alone.fits)


def test_comparable_series_move_the_forecast_of_a_series_with_few_rows():
    short = rows_of("new", *monthly([1.0, 2.0]))
    alone = forecast(short, series_of("new"), ORIGIN, YEAR_ON)
    fast = pl.concat([rows_of(f"f{k}", *monthly([20.0**i for i in range(15)])) for k in range(5)])
    among = pl.concat([series_of("new"), *(series_of(f"f{k}") for k in range(5))])
    helped = forecast(pl.concat([short, fast]), among, ORIGIN, YEAR_ON)
    assert helped.quantiles([0.5])[-1, 0, 0] > 2 * alone.quantiles([0.5])[0, 0, 0]


# --- degenerate input: a forecast or a typed reason, never a traceback or a NaN -------------------------------------

DEGENERATE = {
    "no rows": ([], "no_rows"),
    "one row": ([(ORIGIN - timedelta(90), 0.4)], "prior_driven"),
    "one row on the origin's day": ([(ORIGIN, 0.4)], "prior_driven"),
    "two rows": (monthly([0.2, 0.4]), "prior_driven"),
    "all equal": (monthly([0.4] * 8), "prior_driven"),
    "all on one day": ([(date(2024, 1, 1), v) for v in (0.1, 0.2, 0.3, 0.4)], "prior_driven"),
    "at the ceiling": (monthly([0.2, 0.5, 1.0]), "saturated"),
    "above the ceiling": (monthly([0.2, 0.5, 7.0]), "saturated"),
    "one wild outlier": ([*monthly([0.1, 0.2, 0.25, 0.3]), (date(2024, 6, 10), 0.97)], "fitted"),
    "below chance": (monthly([-5.0, -0.2, 0.0, 0.01]), "fitted"),
    "falling": (monthly([0.5, 0.4, 0.3, 0.2]), "prior_driven"),
    "a very long pause": ([(date(1950, 1, 1), 0.1), (date(1960, 1, 1), 0.2), (date(1970, 1, 1), 0.3)], "fitted"),
}


@pytest.mark.parametrize("scale", ["bounded", "log", "linear"])
@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_series_get_a_forecast_or_a_reason(case, scale):
    points, expected = DEGENERATE[case]
    for name in FORECASTERS:
        got = forecast(rows_of("s", *points), series_of("s", scale), ORIGIN, TARGETS[::3], forecaster_id=name)
        found, reason = got.fits.select("status", "reason").row(0)
        if found in OPEN:
            assert np.isfinite(got.samples).all(), name
            assert np.isfinite(got.no_record_share).all(), name
        else:
            assert np.isnan(got.samples).all(), name
            assert reason, name
    if scale == "bounded":
        assert status(forecast(rows_of("s", *points), series_of("s", scale), ORIGIN, TARGETS)) == [expected]


@pytest.mark.parametrize("values", [[1e-300, 1e300, 1e308], [5e-324, 1.0, 2.0], [1e30, 1e30, 1e30]])
@pytest.mark.parametrize("scale", ["log", "linear"])
def test_numbers_at_the_ends_of_a_double_stay_finite(values, scale):
    got = forecast(rows_of("s", *monthly(values)), series_of("s", scale), ORIGIN, TARGETS)
    assert np.isfinite(got.samples).all()


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_record_every_day_and_a_target_tomorrow_or_in_a_century_stay_finite():
    daily = rows_of("s", *monthly([1.001**k for k in range(3000)], last=ORIGIN, step_days=1))
    days = [ORIGIN + timedelta(days=1), date(2124, 1, 1)]
    got = forecast(daily, series_of("s"), ORIGIN, days)
    assert np.isfinite(got.samples).all()
    assert got.no_record_share[0, 0] > got.no_record_share[0, 1]


def test_a_log_series_of_zeros_has_no_usable_row():
    got = forecast(rows_of("s", *monthly([0, 0, 0])), series_of("s"), ORIGIN, TARGETS)
    assert got.fits.select("status", "reason").row(0) == ("no_rows", "no usable row known at the origin")
    assert got.fits["drift_per_year"][0] is None


def test_a_forecaster_that_needs_more_rows_says_so():
    got = forecast(
        rows_of("s", *monthly([1, 2])), series_of("s"), ORIGIN, TARGETS, forecaster_id="baseline-ols-records"
    )
    assert status(got) == ["too_few_rows"]
    assert "needs more" in got.fits["reason"][0]


def test_a_declared_end_counts_only_after_the_rows_have_stopped():
    series = series_of("s", "bounded", status="retired")
    assert status(forecast(rows_of("s", *CLIMBING), series, ORIGIN, TARGETS)) == ["fitted"]
    later = forecast(rows_of("s", *CLIMBING), series, date(2026, 1, 1), [date(2027, 1, 1)])
    assert status(later) == ["frozen"]
    assert "declared retired" in later.fits["reason"][0]


def test_an_open_series_that_went_quiet_is_forecast_with_a_remark():
    later = forecast(rows_of("s", *CLIMBING), series_of("s", "bounded"), date(2026, 1, 1), [date(2027, 1, 1)])
    assert status(later) == ["fitted"]
    newest = rows_of("s", *CLIMBING)["observation_date"].max()
    assert later.fits["reason"][0] == f"no row since {newest}: forecast as if still measured"


def test_no_series_at_all_is_no_error():
    rows, series = three_kinds()
    got = forecast(rows, series.clear(), ORIGIN, TARGETS)
    assert got.series_ids == ()
    assert got.samples.shape == (0, len(TARGETS), DRAWS)
    assert got.fits.height == 0


def test_no_days_at_all_is_no_error():
    assert forecast(*three_kinds(), ORIGIN, []).samples.shape == (3, 0, DRAWS)


# --- near the ceiling ------------------------------------------------------------------------------------------------


NEAR = monthly([0.30, 0.45, 0.60, 0.72, 0.83, 0.90, 0.94])
FAR = [date(2030, 7, 1)]


def far_ahead(points, scale="bounded"):
    return forecast(rows_of("s", *points), series_of("s", scale), ORIGIN, FAR)


def test_labels_are_wrong_so_nobody_is_sure_of_a_perfect_score():
    low, middle, high = far_ahead(NEAR).quantiles((0.05, 0.5, 0.95))[0, 0]
    assert 0.94 < low < 0.97
    assert 0.97 < middle < 0.995
    assert middle < high < 1


def test_label_noise_keeps_draws_in_order_and_above_the_frontier():
    for top in (0.90, 0.94, 0.97):
        draws = far_ahead([*NEAR[:-1], (NEAR[-1][0], top)]).draws("s", FAR[0])
        assert (np.diff(draws) >= 0).all()
        assert draws[0] >= top
        assert draws[-1] < 1


def test_label_noise_leaves_the_probability_of_a_record_alone(monkeypatch):
    noisy = far_ahead(NEAR).no_record_share
    monkeypatch.setattr("models.forecasting.pool.LABEL_NOISE", np.zeros(256))
    assert far_ahead(NEAR).no_record_share.tolist() == noisy.tolist()


def test_what_has_no_cap_says_so():
    assert "no cap" in far_ahead(GROWING, "log").fits["reason"][0]
    assert far_ahead(NEAR).fits["reason"][0] is None
