"""Draws without randomness: the quantile functions agree with the distributions they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models.forecasting.draws import (
    COUNTS,
    DRAWS,
    LEVELS,
    SPREAD,
    gamma_quantiles,
    record_counts,
    step_sums,
    t_quantiles,
)


def test_spread_levels_are_uniform_and_uncorrelated():
    assert SPREAD.shape == (3, DRAWS)
    assert (np.sort(SPREAD) == LEVELS).all()
    assert np.abs(np.corrcoef(SPREAD) - np.eye(3)).max() < 0.05


@pytest.mark.parametrize("shape", [1.0, 2.5, 10.0, 300.0])
def test_gamma_quantiles_are_close_to_exact(shape):
    level = np.linspace(0.02, 0.98, 49)
    exact = stats.gamma.ppf(level, shape)
    assert gamma_quantiles(np.array([shape]), level)[0] == pytest.approx(exact, rel=0.02, abs=0.02)


def test_t_quantiles_are_exact_and_pass_on_what_is_missing():
    quantiles = t_quantiles(np.array([3.0, np.nan, 30.0]))
    assert quantiles[0] == pytest.approx(stats.t.ppf(LEVELS, 3.0))
    assert np.isnan(quantiles[1]).all()
    assert quantiles[2] == pytest.approx(stats.t.ppf(LEVELS, 30.0))


def test_record_counts_are_negative_binomial():
    shape, exposure, horizon = np.array([2.0, 6.5]), np.array([1.5, 3.0]), np.array([0.5, 2.0])
    number, none, batch = record_counts(shape, exposure, horizon)
    for i in range(2):
        for j in range(2):
            exact = stats.nbinom(shape[i], exposure[i] / (exposure[i] + horizon[j]))
            assert none[i, j] == pytest.approx(exact.pmf(0))
            assert number[i, j].tolist() == exact.ppf(LEVELS).tolist()
    assert (batch == 1).all()


def test_where_many_records_are_expected_they_come_in_batches_with_the_same_mean():
    number, none, batch = record_counts(np.array([400.0]), np.array([1.0]), np.array([1.0]))
    assert number.max() < COUNTS
    assert batch[0, 0] == 10
    assert (number * batch[..., None]).mean() == pytest.approx(400, rel=0.02)
    assert none[0, 0] < 1e-9


def test_more_records_never_add_up_to_less():
    sums = np.stack([step_sums(np.full(DRAWS, k)) for k in range(COUNTS)])
    assert (np.diff(sums, axis=0) >= 0).all()
    assert sums[0].max() == 0
    assert sums[5].mean() == pytest.approx(5, rel=0.02)
