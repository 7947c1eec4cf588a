"""Priors: what comparable series did carries series that say little, and nothing else leaks in."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from models.forecasting import priors
from models.forecasting.frontier import histories
from tests.models.histories_made import ORIGIN, monthly, rows_of, series_of


def learned(*parts, group=None):
    rows = pl.concat([rows for rows, _ in parts])
    items = pl.concat([series for _, series in parts]).with_columns(origin_date=pl.lit(ORIGIN))
    past = histories(rows, items)
    return priors.learn(past, np.zeros(past.count, dtype=np.int64) if group is None else np.array(group))


def growing(name, factor, scale="log"):
    return rows_of(name, *monthly([factor**k for k in range(12)])), series_of(name, scale)


def test_without_any_row_the_usual_values_stand():
    known = learned((rows_of("a"), series_of("a")), (rows_of("b"), series_of("b", "bounded")))
    assert known.rate.tolist() == priors.USUAL_RATE[[1, 0]].tolist()
    assert known.step == pytest.approx(priors.USUAL_STEP[[1, 0]])


def test_fast_growing_series_raise_the_prior_of_their_kind_only():
    known = learned(growing("a", 10), growing("b", 10), (rows_of("c"), series_of("c", "bounded")))
    assert (known.step[:2] > 0.5).all()
    assert (known.rate[:2] > 3).all()
    assert known.step[2] == pytest.approx(priors.USUAL_STEP[0])
    assert known.drift == pytest.approx(known.rate * known.step)


def test_groups_do_not_see_each_other():
    alone = learned(growing("a", 10))
    apart = learned(growing("a", 10), growing("b", 1.01), group=[0, 1])
    assert apart.rate[0] == alone.rate[0]
    assert apart.step[0] == alone.step[0]


def test_what_happened_long_ago_fades():
    old = [(day - timedelta(days=3650), value) for day, value in monthly([10.0**k for k in range(12)])]
    recent, faded = learned(growing("a", 10)), learned((rows_of("a", *old), series_of("a")))
    assert abs(faded.step[0] - priors.USUAL_STEP[1]) < 0.05 * abs(recent.step[0] - priors.USUAL_STEP[1])


def test_one_mistyped_row_does_not_carry_the_kind_away():
    wild = rows_of("a", *monthly([1.0, 1e200]))
    known = learned((wild, series_of("a")), growing("b", 2))
    assert known.step.max() < priors.MAX_USUAL_STEPS * priors.USUAL_STEP[1]


def test_parts_and_picks_keep_their_items():
    known = learned(growing("a", 10), (rows_of("b"), series_of("b", "bounded")), growing("c", 10))
    assert known.part(1, 2).rate.tolist() == [known.rate[1]]
    assert known.take(np.array([2, 0])).step.tolist() == [known.step[2], known.step[0]]


def test_a_series_that_nobody_measures_any_more_does_not_slow_the_others():
    stopped = [(day - timedelta(days=800), value) for day, value in monthly([10.0**k for k in range(12)])]
    alone = learned(growing("a", 10))
    among = learned(growing("a", 10), *((rows_of(f"old{k}", *stopped), series_of(f"old{k}")) for k in range(9)))
    assert among.rate[0] == pytest.approx(alone.rate[0])


def test_the_step_of_an_index_is_told_by_its_own_scatter():
    """A share of the level that suits one index is absurd for a chess rating, which moves by a percent in years."""
    calm, wild = ([2000 + k + size * (k % 2) for k in range(20)] for size in (3, 300))
    steps = [
        learned((rows_of("s", *monthly(values)), series_of("s", "linear", unit="elo"))).step[0]
        for values in (calm, wild)
    ]
    assert steps[0] < 0.01 < steps[1]


def test_an_index_without_scatter_keeps_the_usual_step():
    two = learned((rows_of("s", *monthly([1.0, 2.0])), series_of("s", "linear", unit="elo")))
    assert two.step[0] == pytest.approx(priors.USUAL_STEP[2])


def test_learnt_part_by_part_to_the_last_bit_as_at_once():
    """Subtotals added up differ in the last digit, and with them every draw."""
    parts = [growing(f"s{number:02}", 1.1 + number / 7, ("log", "linear")[number % 2]) for number in range(24)]
    pasts = [
        histories(
            pl.concat([rows for rows, _ in parts[low:high]]),
            pl.concat([series for _, series in parts[low:high]]).with_columns(origin_date=pl.lit(ORIGIN)),
        )
        for low, high in ((0, 24), (0, 1), (1, 8), (8, 24))
    ]
    whole, *cut = [(past, np.zeros(past.count, dtype=np.int64)) for past in pasts]
    at_once = priors.learn(*whole)
    pool = priors.pooled(priors.shown(*one) for one in cut)
    each = [priors.learnt_already(pool)(*one) for one in cut]
    assert np.concatenate([one.rate for one in each]).tobytes() == at_once.rate.tobytes()
    assert np.concatenate([one.step for one in each]).tobytes() == at_once.step.tobytes()
    apart = sum(priors.shown(*one).numbers.sum() for one in cut)
    assert apart == pytest.approx(pool.sum())
