"""Laws of the distribution that the answers of a market make."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.manifold.distribution import of_ranges, of_thresholds, quantiles
from sources.manifold.labels import Bounds
from sources.metaculus.scaling import LEVELS
from sources.reading.json_values import Flaw

SHARES = st.floats(0, 1)
NUMBERS = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=12, unique=True)


@given(st.data(), NUMBERS, st.booleans())
def test_quantiles_never_fall_whatever_traders_say(data, numbers, is_log):
    answers = [(number, data.draw(SHARES)) for number in numbers]
    found = quantiles(of_thresholds(answers), LEVELS, is_log=is_log)
    assert all(left <= right * (1 + 1e-9) for left, right in pairwise(found))
    finite = [value for value in found if math.isfinite(value)]
    assert all(min(numbers) * (1 - 1e-9) <= value <= max(numbers) * (1 + 1e-9) for value in finite)


@given(st.lists(SHARES.filter(bool), min_size=2, max_size=10))
def test_a_range_that_comes_true_with_some_share_holds_that_share(weights):
    total = sum(weights)
    ranges = [(Bounds(float(n + 1), float(n + 2)), weight / total) for n, weight in enumerate(weights)]
    points = of_ranges(ranges)
    assert points[0] == (1.0, 0.0)
    for (bounds, share), left, right in zip(ranges, points, points[1:], strict=False):
        assert right.share - left.share == pytest.approx(share, abs=1e-9)
        assert (left.value, right.value) == bounds


def test_beyond_what_the_answers_name_nothing_is_made_up():
    found = quantiles(of_thresholds([(10.0, 0.9), (20.0, 0.4)]), (0.05, 0.1, 0.35, 0.6, 0.7), is_log=False)
    assert found == [-math.inf, 10.0, 15.0, 20.0, math.inf]


def test_between_two_numbers_it_is_drawn_by_factors_where_it_is_log():
    assert quantiles(of_thresholds([(10.0, 1.0), (1000.0, 0.0)]), (0.5,), is_log=True) == [pytest.approx(100.0)]


def test_in_a_range_that_is_ruled_out_lies_no_quantile():
    settled = [(4.0, 1.0), (8.0, 1.0), (16.0, 1.0), (32.0, 0.5), (64.0, 0.1)]
    found = quantiles(of_thresholds(settled), (0.01, 0.25, 0.5), is_log=True)
    assert 16 < found[0] < found[1] < 32 == found[2]
    empty = [(Bounds(None, 6.0), 0.1), (Bounds(6.0, 50.0), 0.0), (Bounds(50.0, 60.0), 0.8), (Bounds(60.0, None), 0.1)]
    assert quantiles(of_ranges(empty), (0.5,), is_log=False) == [pytest.approx(55.0)]


def test_at_the_very_share_of_a_flat_stretch_its_first_number_is_the_quantile():
    assert quantiles(of_thresholds([(1.0, 1.0), (2.0, 0.5), (4.0, 0.5), (8.0, 0.0)]), (0.5,), is_log=False) == [2.0]


@given(st.lists(SHARES, min_size=2, max_size=8), st.floats(0.001, 0.999))
def test_a_quantile_gives_back_its_share(raw, level):
    points = of_thresholds([(float(n + 1), share) for n, share in enumerate(sorted(raw, reverse=True))])
    (value,) = quantiles(points, (level,), is_log=False)
    below = [point.share for point in points if point.value < value]
    above = [point.share for point in points if point.value >= value]
    assert all(share <= level for share in below)
    assert all(share >= level - 1e-12 for share in above)


def test_answers_that_leave_a_gap_or_do_not_add_up_are_refused():
    with pytest.raises(Flaw, match="do not follow"):
        of_ranges([(Bounds(None, 1.0), 0.5), (Bounds(2.0, None), 0.5)])
    with pytest.raises(Flaw, match="add up to 1"):
        of_ranges([(Bounds(None, 1.0), 0.5), (Bounds(1.0, None), 0.2)])


def test_a_quantity_read_by_factors_lies_above_nothing():
    with pytest.raises(Flaw, match="above 0"):
        quantiles(of_thresholds([(0.0, 0.9), (1.0, 0.1)]), LEVELS, is_log=True)


def test_a_market_without_answers_has_no_quantiles():
    assert all(math.isnan(value) for value in quantiles([], LEVELS, is_log=True))
