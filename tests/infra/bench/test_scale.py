"""What is reckoned for a size nobody has made is the straight line through two that were, and never less than they took."""

import pytest

from infra.bench.scale import DayCost, _line

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

SMALL = DayCost(1_000, 100, 5, 0.2, 0.3, 1.1, 260)
LARGE = DayCost(11_000, 1_100, 15, 0.3, 3.3, 1.0, 460)


def test_a_size_beyond_both_lies_on_the_line_through_them():
    far = SMALL.along(LARGE, 100)
    assert (far.observations, far.series, far.file) == pytest.approx((1_001_000, 100_100, 1_005))
    assert far.refit == pytest.approx(300.3)


def test_what_the_larger_took_no_longer_for_is_not_reckoned_to_take_less():
    assert SMALL.along(LARGE, 100).checks == LARGE.checks


def test_a_month_costs_its_refreshes_and_the_file_twice():
    day = DayCost(1, 1, file=1_000, publish=1_000, refit=1_000, checks=1_000, peak=1)
    # 30.4 × 3,600 s at 5 cents a core hour, and two gigabytes at 10 cents.
    assert _line(10, day, refresh=600).split()[-1] == f"{30.4 * 0.05 + 2 * 0.10:.2f}"
