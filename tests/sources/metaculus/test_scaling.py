"""What the mathematics of continuous questions must hold, with the numbers seen on real questions."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.metaculus.scaling import (
    LEVELS,
    Scaling,
    checked_cdf,
    levels_given_not_yet,
    quantile_locations,
    share_by,
    share_by_given_not_yet,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=UTC).timestamp()


def day(value):
    return (EPOCH + timedelta(seconds=float(value))).date().isoformat()


@st.composite
def scalings(draw):
    span = draw(st.floats(1, 1e9))
    low = span * draw(st.floats(-10, 10))
    gap = draw(st.none() | st.floats(1e-3, 1e3))
    zero = None if gap is None else low - gap * span
    return Scaling(low, low + span, zero, is_lower_open=draw(st.booleans()), is_upper_open=draw(st.booleans()))


cdfs = st.tuples(
    st.lists(st.floats(0, 1), min_size=2, max_size=60).filter(lambda steps: sum(steps) > 0),
    st.floats(0, 0.3),
    st.floats(0, 0.3),
).map(lambda t: np.clip(t[1] + (1 - t[1] - t[2]) * np.cumsum([0, *t[0]]) / sum(t[0]), 0, 1))


class TestScale:
    @settings(deadline=None)
    @given(scalings(), st.floats(0, 1))
    def test_unscaling_a_scaled_location_gives_it_back(self, scaling, location):
        value = float(scaling.scale(location))
        # Rounding may put the ends of the range a hair outside it.
        value = min(max(value, scaling.range_min), scaling.range_max)
        assert float(scaling.unscale(value)) == pytest.approx(location, abs=1e-9)

    @settings(deadline=None)
    @given(scalings(), st.lists(st.floats(0, 1), min_size=2))
    def test_larger_locations_never_have_smaller_values(self, scaling, locations):
        assert (np.diff(scaling.scale(sorted(locations))) >= -1e-6 * (scaling.range_max - scaling.range_min)).all()

    def test_the_ends_of_the_range_are_at_zero_and_one(self):
        assert Scaling(1e25, 1e31, 0.0).scale([0, 1]) == pytest.approx([1e25, 1e31], rel=1e-12)

    def test_a_zero_point_of_zero_is_a_zero_point(self):
        assert float(Scaling(1e25, 1e31, 0.0).scale(0.5)) == pytest.approx(1e28, rel=1e-12)
        assert float(Scaling(1e25, 1e31, None).scale(0.5)) == pytest.approx(5.000005e30, rel=1e-6)

    def test_a_logarithmic_date_is_not_read_as_linear(self):
        # Question 3479 as captured on 2026-09-25. The zero point is known to the day only; 08:00 of it gives the day stated.
        center = 0.5390046932605509
        ends = seconds(2020, 3, 27), seconds(2200, 1, 4)
        assert day(Scaling(*ends, seconds(2020, 1, 17, 8)).scale(center)) == "2027-09-12"
        assert day(Scaling(*ends).scale(center)) == "2117-02-18"

    def test_the_deprecated_end_of_range_would_move_a_median_by_decades(self):
        # Question 5121: `possibilities.scale` still says 2199-12-25 where `scaling` says 2080-01-01.
        start = seconds(2020, 8, 25)
        median = Scaling(start, seconds(2080, 1, 1)).unscale(seconds(2031, 3, 16))
        assert day(Scaling(start, seconds(2199, 12, 25)).scale(median)).startswith("2052-")

    @pytest.mark.parametrize(
        ("ends", "zero"),
        [
            ((5, 5), None),
            ((6, 5), None),
            ((0, math.inf), None),
            ((math.nan, 1), None),
            ((1, 5), 1),
            ((1, 5), 3),
            ((1, 5), math.inf),
        ],
    )
    def test_an_impossible_range_is_refused_with_its_numbers(self, ends, zero):
        with pytest.raises(ValueError, match="range"):
            Scaling(*ends, zero)

    def test_values_outside_the_range_have_no_location(self):
        assert np.isnan(Scaling(0, 10, -1).unscale([-0.5, 10.5])).all()


class TestQuantiles:
    @settings(deadline=None)
    @given(cdfs, st.lists(st.floats(0, 1), min_size=1, max_size=9))
    def test_quantiles_never_fall_with_their_level(self, cdf, levels):
        located = quantile_locations(cdf, sorted(levels))
        assert all(a <= b for a, b in pairwise(located))

    @settings(deadline=None)
    @given(cdfs, st.floats(0.001, 0.999))
    def test_a_quantile_within_the_range_has_its_level_below_it(self, cdf, level):
        (located,) = quantile_locations(cdf, [level])
        if np.isfinite(located):
            assert np.interp(located, np.linspace(0, 1, cdf.size), cdf) == pytest.approx(level, abs=1e-9)

    def test_mass_outside_an_open_range_is_beyond_it_not_at_its_end(self):
        cdf = np.linspace(0.1, 0.4, 201)
        assert quantile_locations(cdf, [0.05, 0.1, 0.5]).tolist() == [-np.inf, 0.0, np.inf]
        assert Scaling(0, 10).scale([-np.inf, np.inf]).tolist() == [-np.inf, np.inf]

    def test_flat_stretches_are_left_at_their_far_end(self):
        assert quantile_locations(np.array([0, 0.5, 0.5, 1.0]), [0.5]).tolist() == [pytest.approx(2 / 3)]

    def test_the_hub_levels_hold_the_published_percentiles(self):
        assert len(LEVELS) == 23
        assert {0.05, 0.25, 0.5, 0.75, 0.95} <= set(LEVELS)


class TestShares:
    scaling = Scaling(0, 10, is_upper_open=True)
    cdf = np.linspace(0, 0.8, 201)

    def test_a_share_is_read_off_the_distribution(self):
        assert share_by(self.cdf, self.scaling, 5) == pytest.approx(0.4, abs=1e-12)

    def test_beyond_a_closed_end_the_share_is_certain_and_beyond_an_open_one_unknown(self):
        assert share_by(self.cdf, self.scaling, -1) == 0
        assert math.isnan(share_by(self.cdf, self.scaling, 11))
        assert math.isnan(share_by(self.cdf, Scaling(0, 10, is_lower_open=True), -1))
        assert share_by(self.cdf, Scaling(0, 10), 11) == 1

    @pytest.mark.parametrize(
        ("raw", "past", "conditional"),
        [(0.487, 0.101, 0.429), (0.790, 0.259, 0.716)],
        ids=["5121 by 2030", "3479 by 2030"],
    )
    def test_conditioning_removes_the_mass_in_the_past(self, raw, past, conditional):
        assert share_by_given_not_yet(raw, past) == pytest.approx(conditional, abs=1e-3)

    def test_a_day_in_the_past_is_impossible_once_it_has_not_happened(self):
        assert share_by_given_not_yet(0.1, 0.259) == 0

    def test_an_unknown_share_stays_unknown(self):
        assert math.isnan(share_by_given_not_yet(math.nan, 0.2))

    def test_nothing_is_left_when_all_mass_lies_in_the_past(self):
        assert math.isnan(share_by_given_not_yet(1.0, 1.0))
        assert np.isnan(levels_given_not_yet([0.5], 1.0)).all()

    @settings(deadline=None)
    @given(cdfs, st.floats(0, 0.9))
    def test_conditional_quantiles_and_shares_tell_the_same_story(self, cdf, now):
        scaling = Scaling(0, 1)
        share_now = share_by(cdf, scaling, now)
        (median,) = quantile_locations(cdf, levels_given_not_yet([0.5], share_now))
        if np.isfinite(median):
            share = share_by(cdf, scaling, float(median))
            assert share_by_given_not_yet(share, share_now) == pytest.approx(0.5, abs=1e-6)


class TestCheckedCdf:
    @pytest.mark.parametrize(
        ("values", "says"),
        [
            ([0, 0.5], "2 points where 3 are due"),
            ([0, 0.5, 1.5], "shares between 0 and 1"),
            ([0, math.nan, 1], "shares between 0 and 1"),
            ([0, 0.5, 0.4], "falls after point 2"),
        ],
    )
    def test_what_is_no_distribution_is_refused_with_the_reason(self, values, says):
        with pytest.raises(ValueError, match=says):
            checked_cdf(values, 3)

    def test_rounding_noise_is_smoothed(self):
        assert checked_cdf([-1e-12, 0.5, 0.5 - 1e-12], 3).tolist() == [0, 0.5, 0.5]
