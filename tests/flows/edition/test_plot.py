"""Any numbers on any days make a chart: well-formed, every place a number, nothing that stops an edition."""

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.edition.plot import SHAPES, Mark, Picture, Plotted, Size, Spread, draw

DAY = date(2026, 11, 26)
# The numbers that made trouble: all alike but for a last digit, none, tiny, enormous, below zero.
NUMBERS = st.sampled_from([0.0, 1.0, 8.6, 8.600000000000009, -3.0, 1e-12, 1e-300, 4.2e29, 1e300]) | st.floats(
    -1e30, 1e30, allow_subnormal=False
)
YEARS = st.sampled_from([2027.0, 2027.25, 2027.2500000000002]) | st.floats(1950, 2200)
DAYS = st.integers(-40000, 40000).map(lambda days: DAY + timedelta(days=days)) | st.just(DAY)


@st.composite
def pictures(draw_from):
    """A chart of anything, in years or in something else."""
    unit = draw_from(st.sampled_from(["flop", "share", "%", "year", "pp/year"]))
    numbers = YEARS if unit == "year" else NUMBERS

    def some(most, *of):
        return draw_from(st.lists(st.tuples(*of), max_size=most))

    def quantiles(count):
        return st.lists(numbers, min_size=count, max_size=count).map(sorted)

    def places(most):
        return tuple(Plotted(*one) for one in some(most, DAYS, numbers, st.sampled_from(["", "System", "<b>&"])))

    return Picture(
        "A title", "below it", unit, scale=draw_from(st.sampled_from(["log", "linear", "bounded"])),
        readings=places(6), frontier=places(6), members=(places(3), places(3)),
        fan=tuple(Spread(day, *levels) for day, levels in some(4, DAYS, quantiles(5))),
        marks=tuple(
            Mark(kind, day, middle, low, high)
            for kind, day, (low, middle, high) in some(3, st.sampled_from(sorted(SHAPES)), DAYS, quantiles(3))
        ),
        today=draw_from(st.none() | st.just(DAY)), scored_until=draw_from(st.none() | DAYS),
        threshold=draw_from(st.none() | st.tuples(numbers, st.just("a mark"))),
        human=tuple(some(2, numbers, st.just("a day"))), foot="where from",
    )  # fmt: skip


@pytest.mark.parametrize("size", [Size(), Size(360, 250, is_titled=False)])
@given(picture=pictures())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_numbers_on_any_days_are_drawn(size, picture):
    body, (width, height) = draw(picture, size, "en")
    ET.fromstring(f"<svg>{body}</svg>")
    assert width == size.width
    assert height > 0
    for steps in re.findall(r' d="([^"]*)"', body):
        assert not re.search("nan|inf", steps), steps


def test_a_day_that_did_not_move_is_shown_among_its_neighbouring_years():
    """Halved and doubled, as other numbers are, the year 2027 would lie between the Middle Ages and the year 3000."""
    still = tuple(Plotted(DAY + timedelta(days=days), 2027.25) for days in (0, 30))
    body, _ = draw(Picture("A day", "", "year", frontier=still), Size(), "en")
    assert {int(year) for year in re.findall(r">[A-Z]?[a-z]* ?(\d{4})<", body)} <= set(range(2024, 2032))
