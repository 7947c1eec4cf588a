"""Scales: what goes onto the fitted scale comes back, and nothing leaves its domain."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecasting.scales import LINEAR, Scales
from models.scoring.rules import crps
from tests.models.histories_made import series_of


def scales_of(*frames):
    return Scales.of(pl.concat(frames))


def test_an_undeclared_range_runs_from_zero_to_the_top_of_the_unit():
    scales = scales_of(series_of("a", "bounded"), series_of("b", "bounded", unit="percentile"))
    assert scales.chance.tolist() == [0.0, 0.0]
    assert scales.ceiling.tolist() == [1.0, 100.0]


@given(share=st.floats(0.011, 0.989), chance=st.floats(0, 0.5), ceiling=st.floats(0.6, 1.0))
def test_bounded_values_survive_the_round_trip(share, chance, ceiling):
    scales = scales_of(series_of("a", "bounded", chance_share=chance, ceiling_share=ceiling))
    value = np.array([chance + share * (ceiling - chance)])
    assert scales.to_unit(scales.to_fit(value)) == pytest.approx(value)


@given(exponent=st.floats(-300, 300))
def test_log_values_survive_the_round_trip(exponent):
    scales = scales_of(series_of("a", "log"))
    value = np.array([10.0**exponent])
    assert scales.to_unit(scales.to_fit(value)) == pytest.approx(value)


@given(value=st.floats(-1e6, 1e6), size=st.floats(1e-3, 1e6))
def test_linear_values_are_measured_in_their_own_size_and_come_back(value, size):
    scales = scales_of(series_of("a", "linear")).measured_in(np.array([size]))
    assert scales.unit[0] == size
    assert scales.to_unit(scales.to_fit(np.array([value]))) == pytest.approx([value])


def test_only_linear_series_are_measured_in_their_size():
    scales = scales_of(series_of("a", "log"), series_of("b", "bounded"), series_of("c", "linear"))
    assert scales.measured_in(np.array([50.0, 50.0, 50.0])).unit.tolist() == [1.0, 1.0, 50.0]


def test_a_linear_series_of_zeros_keeps_a_usable_unit():
    scales = scales_of(series_of("a", "linear")).measured_in(np.array([0.0]))
    assert scales.kind[0] == LINEAR
    assert scales.unit[0] == 1.0


def test_shares_at_the_ends_have_finite_logits():
    scales = scales_of(*[series_of(f"s{k}", "bounded") for k in range(4)])
    fit = scales.to_fit(np.array([0.0, 1.0, -3.0, 7.0]))
    assert np.isfinite(fit).all()
    assert fit == pytest.approx([fit[0], -fit[0], fit[0], -fit[0]])


def test_what_has_no_logarithm_has_no_place_on_the_log_scale():
    scales = scales_of(series_of("a", "log"), series_of("b", "log"))
    assert np.isnan(scales.to_fit(np.array([0.0, -1.0]))).all()


def test_absurd_gains_stay_finite_and_below_the_ceiling():
    scales = scales_of(series_of("a", "bounded", ceiling_share=0.95), series_of("b", "log"))
    value = scales.to_unit(np.array([1e6, 1e6]))
    assert value[0] <= 0.95
    assert np.isfinite(value[1])


def test_errors_are_measured_in_points_dex_and_percent_of_what_was_reached():
    scales = scales_of(
        series_of("a", "bounded"), series_of("b", "bounded", unit="percentile"), series_of("c", "log"),
        series_of("d", "linear"),
    ).measured_in(np.array([1.0, 1.0, 1.0, 200.0]))  # fmt: skip
    assert scales.to_score(np.array([0.5, 50.0, 1000.0, 100.0])) == pytest.approx([50.0, 50.0, 3.0, 50.0])


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("scale", "size"), [("log", 1.0), ("linear", 1e-3), ("linear", 1e6), ("bounded", 1.0)])
def test_the_most_absurd_draws_have_finite_scores(scale, size):
    scales = scales_of(series_of("a", scale)).measured_in(np.array([size]))
    draws = scales.to_score(scales.to_unit(np.array([[-1e308, 0.0, 1e308]])))
    assert np.isfinite(crps(draws, np.array([1.0]))).all()


def test_a_ceiling_at_chance_does_not_divide_by_zero():
    scales = scales_of(series_of("a", "bounded", chance_share=0.5, ceiling_share=0.5))
    assert np.isfinite(scales.to_fit(np.array([0.5]))).all()
