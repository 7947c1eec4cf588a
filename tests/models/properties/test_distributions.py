"""Quantile functions keep what they were made from: quartiles, ends, atoms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.properties.distributions import (
    Constant,
    GeometricMean,
    Interpolated,
    Sampled,
    TwoPieceLogNormal,
    log_variance,
)

LEVELS = (np.arange(999) + 1) / 1000
positive = st.floats(1e-6, 1e30)
ordered = st.tuples(positive, st.floats(1, 1e4), st.floats(1, 1e4)).map(
    lambda t: (t[0], t[0] * t[1], t[0] * t[1] * t[2])
)


@given(ordered)
def test_a_two_piece_log_normal_keeps_the_quartiles_it_was_made_from(quartiles: tuple[float, float, float]):
    made = TwoPieceLogNormal.from_quartiles(*quartiles)
    assert made.quantile(np.array([0.25, 0.5, 0.75])) == pytest.approx(np.array(quartiles), rel=1e-9)


@given(ordered)
def test_its_quantiles_never_descend(quartiles: tuple[float, float, float]):
    assert (np.diff(TwoPieceLogNormal.from_quartiles(*quartiles).quantile(LEVELS)) >= 0).all()


@pytest.mark.parametrize("bad", [(0.4e6, 1.8e6, 1.0e6), (2, 1, 3), (0, 1, 2), (-1, 1, 2)])
def test_quartiles_out_of_order_are_refused(bad: tuple[float, float, float]):
    with pytest.raises(ValueError, match="need 0 < low <= median <= high"):
        TwoPieceLogNormal.from_quartiles(*bad)


def test_the_essays_speed_is_wider_below_than_above():
    speed = TwoPieceLogNormal.from_quartiles(0.5, 5, 20)
    assert speed.sigma_below > speed.sigma_above
    # The tails are why no p05 and p95 of the essay are published: from 0.02 to 150 times human speed.
    assert speed.quantile(np.array([0.05, 0.95])) == pytest.approx([0.018, 147], rel=0.05)


def test_an_interval_without_median_puts_it_halfway_on_the_log_scale():
    stock = TwoPieceLogNormal.around(1e14, 1e15, tail=0.05)
    assert stock.median == pytest.approx(10**14.5)
    assert stock.quantile(np.array([0.05, 0.95])) == pytest.approx([1e14, 1e15])


def test_sorted_draws_come_back_at_their_own_levels():
    draws = np.array([1.0, 2.0, 2.0, 5.0])
    assert Sampled(draws).quantile((np.arange(4) + 0.5) / 4).tolist() == draws.tolist()


def test_an_atom_stays_an_atom():
    # Four draws in ten say "no new record": so must the quantiles, or the chance of no change is lost.
    sampled = Sampled(np.array([0.7] * 4 + [0.8, 0.85, 0.9, 0.95, 0.97, 0.99]))
    assert (sampled.quantile(LEVELS) == 0.7).mean() == pytest.approx(0.35, abs=0.01)
    assert sampled.quantile(np.array([1e-6, 1 - 1e-6])).tolist() == [0.7, 0.99]


@pytest.mark.parametrize("bad", [[], [2.0, 1.0], [1.0, np.nan], [1.0, np.inf]])
def test_draws_that_are_no_forecast_are_refused(bad: list[float]):
    with pytest.raises(ValueError, match="must be finite and ascending"):
        Sampled(np.array(bad))


def test_published_quantiles_get_no_made_up_tails():
    crowd = Interpolated((0.25, 0.5, 0.75), (10.0, 20.0, 40.0))
    assert crowd.quantile(np.array([0.05, 0.375, 0.95])).tolist() == [10.0, 15.0, 40.0]


@pytest.mark.parametrize(("levels", "values"), [((), ()), ((0.5, 0.25), (1.0, 2.0)), ((0.25, 0.5), (2.0, 1.0))])
def test_published_quantiles_must_ascend(levels: tuple[float, ...], values: tuple[float, ...]):
    with pytest.raises(ValueError, match="must both ascend"):
        Interpolated(levels, values)


def test_two_forecasts_of_compute_are_averaged_on_the_log_scale():
    both = GeometricMean(Constant(4.7e28), Constant(2.3e27))
    assert both.quantile(np.array([0.5]))[0] == pytest.approx(1.04e28, rel=0.001)


def test_the_spread_of_a_logarithm_is_read_off_the_quartiles():
    made = TwoPieceLogNormal(5.0, 0.8, 0.8)
    assert log_variance(made) == pytest.approx(0.64)
    assert made.log_variance == pytest.approx(0.64)
    assert log_variance(Constant(7.0)) == 0


def test_a_constant_is_the_same_at_every_level():
    assert set(Constant(3.0).quantile(LEVELS)) == {3.0}
