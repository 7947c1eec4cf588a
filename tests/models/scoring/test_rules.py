"""Scores: they agree with closed forms and known values, and reward honesty."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.forecasting.forecasts import HUB_LEVELS, at_levels
from models.scoring.rules import cells, coverage, crps, log_score, pit_bounds, randomised_pit, relative_skill, wis

LEVELS = (np.arange(4000) + 0.5) / 4000
NORMAL = stats.norm.ppf(LEVELS)


@pytest.mark.parametrize("truth", [-1.5, 0.0, 0.3, 2.0])
def test_crps_of_a_normal_is_the_closed_form(truth):
    exact = truth * (2 * stats.norm.cdf(truth) - 1) + 2 * stats.norm.pdf(truth) - 1 / np.sqrt(np.pi)
    assert crps(NORMAL, np.array(truth)) == pytest.approx(exact, abs=1e-3)


def test_crps_of_an_exponential_is_the_closed_form():
    samples, truth = stats.expon.ppf(LEVELS), 1.7
    exact = truth - 2 * (1 - np.exp(-truth)) + 0.5
    assert crps(samples, np.array(truth)) == pytest.approx(exact, abs=1e-3)


def test_crps_of_a_point_is_the_absolute_error():
    assert crps(np.full((2, 7), 3.0), np.array([5.0, 3.0])).tolist() == [2.0, 0.0]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=9), st.floats(-6, 6))
def test_crps_is_its_definition(values, truth):
    samples = np.sort(values)
    gini = np.abs(samples[:, None] - samples[None, :]).mean() / 2
    assert crps(samples, np.array(truth)) == pytest.approx(np.abs(samples - truth).mean() - gini, abs=1e-9)
    assert crps(samples, np.array(truth)) >= -1e-12


def test_wis_of_one_interval_is_worked_by_hand():
    quantiles = np.array([1.0, 2.0, 4.0])
    got = wis(quantiles, np.array(5.0), levels=(0.25, 0.5, 0.75))
    # K = 1, alpha = 0.5: (|5 - 2| / 2 + 0.25·3 + (5 - 4)) / 1.5
    assert got.total == pytest.approx((1.5 + 0.75 + 1.0) / 1.5)
    assert got.dispersion == pytest.approx(0.75 / 1.5)
    assert got.underprediction == pytest.approx(2.5 / 1.5)
    assert got.overprediction == 0


@given(st.lists(st.floats(-50, 50), min_size=23, max_size=23), st.floats(-60, 60))
def test_wis_is_twice_the_mean_pinball_loss_and_its_parts_add_up(values, truth):
    quantiles, levels = np.sort(values), np.array(HUB_LEVELS)
    pinball = np.maximum(levels * (truth - quantiles), (levels - 1) * (truth - quantiles))
    got = wis(quantiles, np.array(truth))
    assert got.total == pytest.approx(2 * pinball.mean(), abs=1e-9)
    assert got.total == pytest.approx(got.dispersion + got.underprediction + got.overprediction)
    assert min(got.dispersion, got.underprediction, got.overprediction) >= 0


def test_wis_approaches_crps():
    truth = np.array(0.8)
    assert wis(at_levels(NORMAL, HUB_LEVELS), truth).total == pytest.approx(crps(NORMAL, truth), rel=0.12)


def test_pit_is_uniform_for_a_calibrated_forecast():
    truth = np.random.default_rng(1).normal(size=4000)
    pit = randomised_pit(*pit_bounds(np.broadcast_to(NORMAL, (4000, 4000)), truth), seed=2)
    assert stats.kstest(pit, "uniform").pvalue > 0.01


def test_an_unchanged_frontier_is_covered_only_as_far_as_its_atom_reaches():
    samples = np.array([1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    lower, upper = pit_bounds(samples, np.array(1.0))
    assert (lower, upper) == (0.0, 0.5)
    assert coverage(lower, upper, 0.5) == pytest.approx(0.5)
    assert coverage(lower, upper, 0.9) == pytest.approx(0.9)
    draws = randomised_pit(np.zeros(20_000), np.full(20_000, 0.5), seed=3)
    assert ((draws > 0.25) & (draws < 0.75)).mean() == pytest.approx(0.5, abs=0.02)


def test_coverage_of_a_truth_off_the_draws_is_yes_or_no():
    lower, upper = pit_bounds(np.tile(NORMAL, (3, 1)), np.array([0.1, 1.0, 9.0]))
    assert coverage(lower, upper, 0.5) == pytest.approx([1, 0, 0])
    assert coverage(lower, upper, 0.8) == pytest.approx([1, 1, 0])


def test_randomised_pit_repeats_with_its_seed():
    lower, upper = np.zeros(5), np.ones(5)
    assert randomised_pit(lower, upper, 7).tolist() == randomised_pit(lower, upper, 7).tolist()
    assert randomised_pit(lower, upper, 7).tolist() != randomised_pit(lower, upper, 8).tolist()


def test_log_score_rewards_mass_near_the_truth_and_is_finite_without():
    near = log_score(NORMAL, np.array(0.0), np.array(0.5))
    assert near == pytest.approx(-np.log(stats.norm.cdf(0.5) - stats.norm.cdf(-0.5)), abs=1e-3)
    assert log_score(NORMAL, np.array(99.0), np.array(0.5)) == pytest.approx(np.log(2 * 4000 + 2))


def tasks_of(**scores):
    """Two cells of two tasks each, per forecaster."""
    return pl.DataFrame(
        [
            {"forecaster_id": name, "kind": kind, "horizon_months": 6, "crps": value}
            for name, values in scores.items()
            for kind, value in zip(("log", "log", "bounded", "bounded"), values, strict=True)
        ]
    )


def test_relative_skill_is_the_geometric_mean_of_the_ratios_of_cell_means():
    tasks = tasks_of(last=[1, 3, 20, 20], ours=[1, 1, 10, 10])
    skill = dict(relative_skill(tasks, "last").iter_rows())
    assert skill == {"last": pytest.approx(1), "ours": pytest.approx(0.5)}
    assert cells(tasks, "last").filter(forecaster_id="ours")["ratio"].to_list() == [0.5, 0.5]


def test_a_cell_in_which_the_baseline_was_perfect_has_no_ratio():
    skill = dict(relative_skill(tasks_of(last=[0, 0, 10, 10], ours=[1, 1, 4, 4]), "last").iter_rows())
    assert skill["ours"] == pytest.approx(0.4)


def test_forecasters_that_faced_different_tasks_are_not_compared():
    with pytest.raises(ValueError, match="different numbers of tasks"):
        relative_skill(tasks_of(last=[1, 1, 1, 1], ours=[1, 1, 1, 1])[:-1], "last")


def test_a_task_has_the_same_wis_alone_as_among_others_to_the_last_bit():
    """numpy added the parts of a lone one in another order: a shard's scores told how it was cut."""
    dice = np.random.default_rng(1)
    samples, truth = np.sort(dice.random((200, 256)), axis=-1), dice.random(200)
    together = wis(at_levels(samples, HUB_LEVELS), truth)
    alone = [wis(at_levels(samples[k : k + 1], HUB_LEVELS), truth[k : k + 1]) for k in range(200)]
    for part in together._fields:
        assert np.concatenate([getattr(one, part) for one in alone]).tobytes() == getattr(together, part).tobytes()
