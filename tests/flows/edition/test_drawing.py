"""Axes that hold what they are asked to show: round, rising numbers for any two values, and a place for every value."""

import math
import re
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.edition.drawing import (
    PALETTES,
    Scale,
    colours,
    linear_ticks,
    log_ends,
    log_ticks,
    stairs,
    standalone,
    straightened,
    wide,
)

VALUES = st.floats(-1e30, 1e30).filter(lambda value: value == 0 or abs(value) > 1e-30)
POSITIVE = st.floats(1e-250, 1e250)


def is_rising(numbers):
    return bool((np.diff(numbers) > 0).all())


@given(VALUES, VALUES, st.integers(4, 8))
def test_an_axis_has_rising_ticks_that_hold_both_values(one, other, most):
    low, high = sorted((one, other))
    ticks = linear_ticks(low, high, most)
    assert len(ticks) >= 2
    assert is_rising(ticks)
    slack = 1e-8 * (ticks[-1] - ticks[0])
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert len(ticks) <= most + 3


@given(VALUES, st.integers(0, 60))
def test_numbers_that_differ_in_their_last_digits_are_one_number(value, steps):
    """A history of 8.600000000000009 and 8.6 once drew an axis without length, and no page was written that day."""
    other = value
    for _ in range(steps):
        other = math.nextafter(other, math.inf)
    ticks = linear_ticks(value, other, 6)
    assert is_rising(ticks)
    assert math.isfinite(Scale(ticks[0], ticks[-1], 218.0, 12.0).at(other))


@given(POSITIVE, POSITIVE, st.integers(4, 8))
def test_a_logarithmic_axis_has_length_and_holds_both(one, other, most):
    low, high = sorted((one, other))
    first, last = log_ends(low, high)
    assert first < last
    assert first <= low * (1 + 1e-9)
    assert last >= high * (1 - 1e-9)
    assert is_rising(log_ticks(first, last, most))
    places = Scale(first, last, 218.0, 12.0, is_log=True).all_at((low, high))
    assert all(12.0 <= place <= 218.0 for place in places)


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [
        (8.6, 8.600000000000009, (2, 14)),
        (0.0, 0.0, (-0.6, 0.6)),
        (1e-14, 3e-14, (1e-14, 3e-14)),
        (0.0, 7.0, (0, 8)),
        (-3.0, 41.0, (-10, 50)),
    ],
)
def test_the_ends_of_an_axis_are_round_numbers(low, high, ends):
    ticks = linear_ticks(low, high, 6)
    assert (ticks[0], ticks[-1]) == pytest.approx(ends)


def test_a_line_is_drawn_through_its_corners_and_passes_every_point_within_sight():
    days = [(k * 1.9, round(100 - 20 * math.sin(k / 60) - (30 if k > 200 else 0), 1)) for k in range(365)]
    drawn = straightened(days)
    assert len(drawn) < 60
    assert (drawn[0], drawn[-1]) == (days[0], days[-1])
    # A jump of one day stays a jump of that day.
    assert {days[200], days[201]} <= set(drawn)
    for (x0, y0), (x1, y1) in pairwise(drawn):
        for x, y in days:
            if x0 <= x <= x1:
                assert abs(y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y) <= 0.25 + 1e-9


def test_a_line_of_one_or_two_points_or_over_one_day_stays_as_it_is():
    for points in ([], [(1.0, 2.0)], [(1.0, 2.0), (3.0, 4.0)], [(1.0, 2.0), (1.0, 9.0), (1.0, 2.0)]):
        assert straightened(points) == points


def test_a_record_that_stands_for_a_year_is_one_stroke():
    assert stairs([(0, 5), (1, 5), (2, 5), (3, 4), (4, 4), (5, 4)]) == "M0 5H2V5H3V4H5V4"


def test_a_file_of_its_own_has_paper_around_what_it_shows():
    drawn = standalone("<text>a</text>", (100, 50))
    x, y, width, height = map(float, re.search(r'viewBox="([^"]+)"', drawn)[1].split())
    assert x == y < -10
    assert (width, height) == (100 - 2 * x, 50 - 2 * y)
    assert f'<rect class="bg" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>' in drawn
    # On the page it takes the width that was asked for, whatever paper is around it.
    assert 'class="pic" width="100" height="61" ' in drawn


def test_a_file_of_its_own_brings_the_style_of_what_it_shows_and_no_other():
    drawn = standalone('<path class="med" d="M0 0h1"/><text class="sm m" x="0" y="0">a</text>', (10, 10))
    style = drawn.partition("<style>")[2].partition("</style>")[0]
    assert {".pic text{", ".pic path{fill:none}", ".pic .bg{", ".pic .med{", ".pic .sm{", ".pic .m{"} <= set(
        re.findall(r"\.pic [^{]+\{(?:fill:none\})?", style)
    )
    assert ".dot" not in style
    assert ".essay" not in style
    rules = set(re.findall(r"[^{}]+\{[^{}]*\}", colours(PALETTES["light"])))
    assert set(re.findall(r"[^{}]+\{[^{}]*\}", style)) < rules


@given(st.text(max_size=60), st.sampled_from([9.0, 11.0, 12.0]))
def test_the_room_of_a_text_is_that_of_its_characters_one_after_the_other(text, size):
    """To the last digit, whatever is remembered of plain ones: a line would otherwise be broken elsewhere."""
    for said in (text, text.encode("ascii", "ignore").decode()):
        each = (size if unicodedata.east_asian_width(one) in "WF" else size * 0.56 for one in said)
        assert wide(said, size) == sum(each)
