"""Any numbers on any days make a chart: well-formed, every place a number, nothing that stops an edition."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.edition.drawing import wide, wrapped
from flows.edition.formats import format_date
from flows.edition.picture import Mark, Picture, Plotted, Spread
from flows.edition.plot import SHAPES, Size, draw
from flows.edition.words import words

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


def boxes(body, words):
    """The boxes of texts whose words are among these, with a word's own width as everywhere."""
    found = re.findall(r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)">([^<]*)<', body)
    return [(float(x), float(y) - 10, float(x) + wide(said, 11), float(y) + 3) for x, y, said in found if said in words]


STOP = "no point forecast so far ahead"


@pytest.mark.parametrize("size", [Size(), Size(360, 250, is_titled=False)])
def test_why_a_forecast_ends_is_said_beyond_it_and_over_nothing_that_is_drawn(size):
    """On a phone it ran over today's line, the records and the very forecast that there is."""
    days = [DAY - timedelta(days=900), DAY, DAY + timedelta(days=210), DAY + timedelta(days=580)]
    fan = tuple(
        Spread(day, *(v * k for k in (0.5, 0.8, 1, 1.3, 2))) for day, v in zip(days[1:], (18, 40, 190), strict=True)
    )
    picture = Picture(
        "Hours", "", "hours", scale="log", frontier=(Plotted(days[0], 0.1), Plotted(DAY, 18.0)), fan=fan, today=DAY,
        marks=(Mark("essay", date(2030, 7, 1), 24.0), Mark("other", date(2029, 1, 1), 2000.0)), stop=STOP,
        until=date(2030, 7, 1),
    )  # fmt: skip
    body, _ = draw(picture, size, "en")
    said = boxes(body, {STOP, *(line for most in (110, 75, 55) for line in wrapped(STOP, most, 11))})
    assert said
    ends = float(re.findall(r'class="med" d="[^"]*L([\d.]+) [\d.]+"', body)[0])
    assert all(left > ends for left, *_ in said)
    for kind in ("essay", "other"):
        x, y = map(float, re.findall(rf'class="{kind}" d="M([\d.]+) ([\d.]+)m', body)[0])
        assert not any(left < x < right and top < y < bottom for left, top, right, bottom in said)


@pytest.mark.parametrize("size", [Size(), Size(350, 280, is_titled=False)])
def test_no_record_is_named_over_the_name_of_a_threshold(size):
    """On a phone the name of the system that came nearest stood in the words for what it had to reach."""
    days = [date(2021, 3, 1), date(2023, 12, 1), date(2024, 9, 1), date(2026, 11, 1)]
    named = ("One", "Two at 40 %", "GPT-4 Turbo (MACM)", "")
    line = tuple(Plotted(*one) for one in zip(days, (0.1, 0.4, 0.91, 0.94), named, strict=True))
    label = "Day MATH reaches 92 %"
    picture = Picture("MATH", "", "share", scale="bounded", frontier=line, threshold=(0.92, label), today=DAY)
    body, _ = draw(picture, size, "en")
    ((left, top, right, bottom),) = boxes(body, {label})
    written = boxes(body, set(named))
    assert len(written) == 1 + (size.width > 500), "another record is named, and this one where there is room"
    assert not any(a < right and left < c and b < bottom and top < d for a, b, c, d in written)


def test_a_name_that_follows_itself_is_written_once_at_the_newest():
    """Every point of a chart was called ChatGPT, six times."""
    names = ("ChatGPT", "ChatGPT", "Gemini", "ChatGPT", "ChatGPT", "ChatGPT")
    line = tuple(Plotted(DAY - timedelta(days=400 * (6 - k)), 10.0 + 12 * k, name) for k, name in enumerate(names))
    # Where the newest has no room below the edge, the one before it bears the name.
    for top, days in ((100.0, 3), (70.0, 2)):
        picture = Picture("Users", "", "users", frontier=line, readings=(Plotted(DAY, top),))
        body, _ = draw(picture, Size(), "en")
        assert len(boxes(body, set(names))) == 3
        # Of each run its newest: records are evenly apart, and the second, the third and the last are named.
        second, third, last = sorted(float(x) for x in re.findall(r'class="rdot" d="M([\d.]+) ', body))
        assert (last - third) / (third - second) == pytest.approx(days, rel=0.01)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", [Size(), Size(360, 250, is_titled=False)])
def test_what_the_shading_means_stands_in_the_legend_where_there_is_shading(size, lang):
    """Within the picture it lay across the essay's number, and on a phone there was no room for it at all."""
    fan = (Spread(date(2030, 7, 1), 5, 10, 18, 30, 90),)
    picture = Picture("Speed", "", "x", scale="log", fan=fan, today=DAY, scored_until=DAY + timedelta(days=730))
    body, _ = draw(picture, size, lang)
    assert body.count('class="far"') == 2, "the shading, and what it stands beside in the legend"
    assert f">{words(lang).chart['beyond']}</text>" in body
    near, _ = draw(replace(picture, scored_until=date(2031, 1, 1)), size, lang)
    assert 'class="far"' not in near
    assert words(lang).chart["beyond"] not in near


@pytest.mark.parametrize(
    ("lang", "month", "day"), [("en", "Jul 2026", "11 Nov 2026"), ("zh", "2026年7月", "2026年11月11日")]
)
@pytest.mark.parametrize("width", [360, 760])
def test_days_at_an_axis_are_told_as_everywhere_else_and_apart(lang, month, day, width):
    """Months were 2026-07 below charts and Jul 2026 above them, in Chinese too."""
    ends, few = (date(2025, 12, 20), date(2026, 11, 29)), (date(2026, 11, 9), date(2026, 11, 29))
    for (first, last), told in ((ends, month), (few, day)):
        readings = (Plotted(first, 1.0), Plotted(last, 2.0))
        body, _ = draw(Picture("Speed", "", "x", readings=readings), Size(width, 250), lang)
        axis = float(re.findall(r'class="ax" d="M[\d.]+ ([\d.]+)H', body)[0]) + 18
        at = [
            one
            for one in re.findall(r'<text class="m" x="([\d.]+)" y="([\d.]+)">([^<]*)<', body)
            if float(one[1]) == axis
        ]
        assert told in [label for *_, label in at]
        spans = [(float(x) - wide(label) / 2, float(x) + wide(label) / 2) for x, _, label in at]
        assert all(one[1] < other[0] for one, other in pairwise(spans))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [350, 760])
@pytest.mark.parametrize("count", [2, 3, 11])
def test_few_editions_are_each_a_point_with_its_tick_and_only_their_days_are_told(lang, width, count):
    """Below the line between two editions stood two days on which nothing was published."""
    days = [DAY - timedelta(days=16 * k // (count - 1)) for k in reversed(range(count))]
    fan = tuple(Spread(day, 1, 2, 3, 4, 5) for day in days)
    body, _ = draw(Picture("Speed", "", "x", scale="log", fan=fan, editions=tuple(days)), Size(width, 240), lang)
    points, in_legend = re.findall(r'class="pt" d="([^"]*)"', body)
    axis = re.findall(r'class="ax" d="(M[\d.]+ ([\d.]+)H[^"]*)"', body)[0]
    ticks = re.findall(r"M([\d.]+) [\d.]+v5", axis[0])
    assert re.findall(r"M([\d.]+) [\d.]+h0", points) == ticks
    assert (len(ticks), in_legend.count("M")) == (count, 1)
    told = [
        one
        for one in re.findall(r'<text class="m" x="([\d.]+)" y="([\d.]+)">([^<]*)<', body)
        if float(one[1]) == float(axis[1]) + 18
    ]
    called = {format_date(day, lang): day for day in days}
    assert {format_date(days[0], lang), format_date(days[-1], lang)} <= {label for *_, label in told} <= set(called)
    spans = sorted((float(x) - wide(label) / 2, float(x) + wide(label) / 2) for x, _, label in told)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    assert spans[0][0] >= 0
    assert spans[-1][1] <= width


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", [Size(), Size(350, 240, is_titled=False)])
@pytest.mark.parametrize("days", [(date(2025, 9, 28), DAY), (date(2023, 1, 1), DAY)])
def test_the_first_day_stands_clear_of_the_lowest_number(lang, size, days):
    """At the left end of both axes "10" stood on "2025年10月", "100" on "2023"."""
    readings = tuple(Plotted(day, value) for day, value in zip(days, (10.0, 4000.0), strict=True))
    body, _ = draw(Picture("Speed", "", "x", scale="log", readings=readings), size, lang)
    lowest = max(float(y) for y in re.findall(r'<text class="e" x="[\d.]+" y="([\d.]+)"', body))
    axis = float(re.findall(r'class="ax" d="M[\d.]+ ([\d.]+)H', body)[0])
    below = [float(y) for y in re.findall(r'<text class="m" x="[\d.]+" y="([\d.]+)"', body) if float(y) > axis]
    # Digits of 12 pixels are some nine high: about as much lies between.
    assert min(below) - 9 - lowest >= 8


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_word_for_today_stands_beside_the_numbers_of_the_axis(lang):
    """Where the chart begins today, it covered the highest of them."""
    picture = Picture("Speed", "", "x", scale="log", fan=(Spread(date(2030, 7, 1), 5, 10, 18, 30, 90),), today=DAY)
    body, _ = draw(picture, Size(), lang)
    ((left, *_),) = boxes(body, {words(lang).chart["origin"]})
    axis = max(float(x) for x in re.findall(r'<text class="e" x="([\d.]+)"', body))
    assert left > axis
