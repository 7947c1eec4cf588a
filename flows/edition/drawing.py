"""What charts are drawn with: scales, ticks, the room that words take, SVG marks and the two palettes."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from models.days import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SANS: Final = (
    "Seravek, 'Gill Sans Nova', Ubuntu, Calibri, 'Source Sans 3', 'Helvetica Neue', Arial, 'Liberation Sans', "
    "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'DejaVu Sans', sans-serif"
)
LIGHT: Final[Mapping[str, str]] = {
    "paper": "#fffefa", "ink": "#1d1b18", "soft": "#625d54", "rule": "#d8d3c6", "faint": "#f3f0e6",
    "today": "#1c5d99", "essay": "#ad4d12", "crowd": "#6b3fa0", "good": "#2d6a35", "bad": "#a02020",
    "dots": "#8d877c", "band50": "#a8c1da", "band90": "#dde7f0",
}  # fmt: skip
DARK: Final[Mapping[str, str]] = {
    "paper": "#15171b", "ink": "#e8e5dd", "soft": "#a8a296", "rule": "#3a3c42", "faint": "#1e2126",
    "today": "#7db5ea", "essay": "#eb9c63", "crowd": "#bda2ee", "good": "#86c98e", "bad": "#f29b94",
    "dots": "#8b867c", "band50": "#38597c", "band90": "#223446",
}  # fmt: skip
PALETTES: Final[Mapping[str, Mapping[str, str]]] = {"light": LIGHT, "dark": DARK}
# A page follows the reader's colour scheme; a card, which knows no reader, has its colours written out.
FOLLOWING: Final[Mapping[str, str]] = {name: f"var(--{name})" for name in LIGHT}
# No `font` in one word: what turns a chart into pixels knows only its parts.
_CSS: Final = """
.pic text{font-family:SANS;font-size:12px;fill:soft;stroke:none}.pic .ti{font-size:16px;font-weight:600;fill:ink}
.pic .lab{fill:ink;stroke:paper;stroke-width:3;paint-order:stroke;font-size:11px}
.pic .sm{font-size:11px}.pic .e{text-anchor:end}.pic .m{text-anchor:middle}.pic .big{font-size:30px;font-weight:600}
.pic .lg{fill:ink}.pic path{fill:none}
.pic .gr{stroke:rule;stroke-width:.7}.pic .ax{stroke:soft}.pic .bg{fill:paper}.pic .far{fill:faint}
.pic .b90{fill:band90}.pic .b50{fill:band50}.pic .med{stroke:today;stroke-width:2.4}
.pic .pt{stroke:today;stroke-width:6.4;stroke-linecap:round}
.pic .mem{stroke:today;stroke-width:1;stroke-dasharray:4 3;stroke-opacity:.6}
.pic .dot{stroke:dots;stroke-width:4.6;stroke-linecap:round;stroke-opacity:.55}
.pic .rec{stroke:ink;stroke-width:1.7}.pic .rdot{stroke:ink;stroke-width:6.4;stroke-linecap:round}
.pic .td{stroke:soft;stroke-dasharray:2 3}.pic .thr{stroke:essay;stroke-dasharray:6 4}
.pic .essay,.pic .metaculus,.pic .other,.pic .resolved{stroke:paper;stroke-width:1.2}
.pic .essay{fill:essay}.pic .metaculus,.pic .other{fill:crowd}.pic .resolved{fill:good}
.pic .essay-r,.pic .metaculus-r,.pic .other-r,.pic .resolved-r{stroke-width:3.2;stroke-opacity:.5;stroke-linecap:round}
.pic .essay-r{stroke:essay}.pic .metaculus-r,.pic .other-r{stroke:crowd}.pic .resolved-r{stroke:good}
.pic .so_far{fill:ink;stroke:paper;stroke-width:1.2}
.pic .ft{fill:today}.pic .fe{fill:essay}.pic .fi{fill:ink}
.pic .up{fill:today}.pic .down{fill:essay}.pic .sum{fill:ink}
"""
_WORD: Final = re.compile(r"(?<=[:;])(" + "|".join((*sorted(LIGHT, key=len, reverse=True), "SANS")) + r")(?=[;}])")
_RULE: Final = re.compile(r"[^{}\n]+\{[^{}]*\}")
_CLASS: Final = re.compile(r"\.pic \.(\w[\w-]*)(?=[^{}]*\{)")
_WORN: Final = re.compile(r'class="([^"]*)"')
# XML cannot carry these even escaped: one of them in a system's name, and the whole chart would be unreadable.
_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_YEAR_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 1000)
_LEAST_TICKS: Final = 2
_ONE_NUMBER: Final = 1e-9
_SEEN: Final = 0.25
_QUARTERS: Final = (1, 4, 7, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` laid out from `start` to `end` pixels; what lies outside is drawn at its end."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """Where a value lies, to a tenth of a pixel."""
        return self.all_at((value,))[0]

    def all_at(self, values: Iterable[float]) -> list[float]:
        """Where each of many values lies: a history of daily editions has tens of thousands."""
        low, high, start = self.low, self.high, self.start
        if self.is_log:
            log10 = math.log10
            first, last = log10(low), log10(high)
            room, span = self.end - start, last - first
            return [round(start + (log10(min(max(one, low), high)) - first) / span * room, 1) for one in values]
        room, span = self.end - start, high - low
        return [round(start + (min(max(one, low), high) - low) / span * room, 1) for one in values]


@dataclass(slots=True)
class Canvas:
    """SVG marks in the order they are drawn."""

    marks: list[str] = field(default_factory=list)

    def path(self, kind: str, steps: str) -> None:
        """A path of a class; nothing for a path without steps."""
        if steps:
            self.marks.append(f'<path class="{kind}" d="{steps}"/>')

    def text(self, kind: str, at: tuple[float, float], words: str) -> None:
        """Words whose base line begins (or, by class, ends) at a place."""
        worn = f' class="{kind}"' if kind else ""
        x, y = (round(one, 1) for one in at)
        self.marks.append(f'<text{worn} x="{x:g}" y="{y:g}">{escape(printable(words))}</text>')


def colours(palette: Mapping[str, str], body: str | None = None) -> str:
    """The style of every chart, in one palette; of one whose `body` is given, only what it wears."""
    rules = _RULE.findall(_CSS)
    worn = {name for names in _WORN.findall(body or "") for name in names.split()}
    if body is not None:
        rules = [rule for rule in rules if not (classes := set(_CLASS.findall(rule))) or classes & worn]
    return _WORD.sub(lambda found: SANS if found[0] == "SANS" else palette[found[0]], "".join(rules))


# A file of its own stands on somebody else's page, where words flush with its edge look cut off.
_MARGIN: Final = 14


def standalone(body: str, size: tuple[float, float], theme: str = "light") -> str:
    """A chart as a file of its own: its style with it, on its paper."""
    # As wide as it was asked for, paper and all: who shows it elsewhere was told that width.
    width, height = (side + 2 * _MARGIN for side in size)
    outer = f'width="{size[0]:g}" height="{height * size[0] / width:.0f}"'
    place = f"-{_MARGIN} -{_MARGIN} {width:g} {height:g}"
    drawn = f'<rect class="bg" x="-{_MARGIN}" y="-{_MARGIN}" width="{width:g}" height="{height:g}"/>{body}'
    style = colours(PALETTES[theme], drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pic" {outer} '
        f'viewBox="{place}"><style>{style}</style>{drawn}</svg>\n'
    )


def inline(body: str, size: tuple[float, float], kind: str, title: str) -> str:
    """A chart as part of a page, which has its style."""
    width, height = size
    return (
        f'<svg class="pic {kind}" viewBox="0 0 {width:g} {height:g}" role="img">'
        f"<title>{escape(printable(title))}</title>{body}</svg>"
    )


def printable(text: str) -> str:
    """Text without what XML cannot carry, or what would turn the direction of everything behind it."""
    return _UNPRINTABLE.sub("\ufffd", text)


def clipped(text: str, most: int) -> str:
    """Text of at most so many characters that a drawing can carry."""
    return printable(shortened(text, most))


# An edition has some thousand texts on its drawings, most of them on several.
@lru_cache(maxsize=1 << 13)
def wide(text: str, size: float = 12.0) -> float:
    """About how many pixels a text takes; a Chinese character is as wide as it is high."""
    if text.isascii():
        return _narrow(len(text), size)
    return sum(size if unicodedata.east_asian_width(c) in "WF" else size * 0.56 for c in text)


# Added up as above and not multiplied, which differs in the last digit: one line would be broken elsewhere.
@cache
def _narrow(count: int, size: float) -> float:
    return sum(size * 0.56 for _ in range(count))


def wrapped(text: str, width: float, size: float = 12.0) -> list[str]:
    """A text in lines of at most so many pixels, broken at spaces, Chinese anywhere."""
    lines, line = [], ""
    for word in re.findall(r"[^\s\u2e80-\uffef]+\s*|[\u2e80-\uffef]\s*|\s+", text):
        if line and wide(line + word.rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()] if line.strip() else lines


def steps(points: Sequence[tuple[float, float]]) -> str:
    """The path from point to point."""
    return "".join(f"{'L' if k else 'M'}{x:g} {y:g}" for k, (x, y) in enumerate(points))


def stairs(points: Sequence[tuple[float, float]]) -> str:
    """The path of a record: level until it is broken."""
    # A year of days on which nothing was broken is one stroke.
    turns = [
        point
        for k, point in enumerate(points)
        if not 0 < k < len(points) - 1 or not points[k - 1][1] == point[1] == points[k + 1][1]
    ]
    return "".join(f"H{x:g}V{y:g}" if k else f"M{x:g} {y:g}" for k, (x, y) in enumerate(turns))


def straightened(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points in order of x without those that a straight line between others passes within a quarter of a pixel.

    A history over years of daily editions would otherwise weigh more than everything else on its page.
    """
    kept = list(points[:1])
    lowest, highest = -math.inf, math.inf
    for k in range(1, len(points) - 1):
        x, y = kept[-1]
        run, rise = points[k][0] - x, points[k][1] - y
        if run > 0:
            lowest, highest = max(lowest, (rise - _SEEN) / run), min(highest, (rise + _SEEN) / run)
        # Whether a line from the last corner to the next point still passes all between: else this is a corner.
        ahead, up = points[k + 1][0] - x, points[k + 1][1] - y
        if run <= 0 or ahead <= 0 or not lowest <= up / ahead <= highest:
            kept.append(points[k])
            lowest, highest = -math.inf, math.inf
    return [*kept, *points[1:][-1:]]


def dots(points: Sequence[tuple[float, float]]) -> str:
    """Many dots as one path of strokes without length; those on one spot once."""
    return "".join(f"M{x:g} {y:g}h0" for x, y in dict.fromkeys(points))


def band(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    """The outline of what lies between two lines."""
    return f"{steps([*straightened(upper), *reversed(straightened(lower))])}Z" if upper else ""


def date_ticks(first: date, last: date, most: int) -> Iterator[tuple[date, str]]:
    """Years, as many apart as keep the axis to so many; quarters where all lies within two years.

    Each with how exactly it is to be told: day, month or year. A month takes half as much room again as a year.
    """
    if last.year - first.year <= 1:
        quarters = (date(year, month, 1) for year in range(first.year, last.year + 1) for month in _QUARTERS)
        found = [day for day in quarters if first <= day <= last]
        if len(found) < _LEAST_TICKS:
            # A history of a few weeks lies between two quarters: days near its ends tell where.
            inside = (last - first) / 7
            yield from ((day, "day") for day in (first + inside, last - inside))
            return
        yield from ((day, "month") for day in found[:: math.ceil(len(found) / max(2, most * 2 // 3))])
        return
    # Compute has been counted since the fifties; a tick a year would be a comb.
    step = next(step for step in _YEAR_STEPS if (last.year - first.year) / step <= most)
    for year in range(first.year, last.year + 1):
        if year % step == 0 and first <= date(year, 1, 1) <= last:
            yield date(year, 1, 1), "year"


def log_ends(low: float, high: float) -> tuple[float, float]:
    """Ends of a logarithmic scale that hold both values, at 1, 2 or 5 times a power of ten."""
    first = max(at for at in _round_numbers(low) if at <= low * (1 + 1e-9))
    last = min(at for at in _round_numbers(high) if at >= high * (1 - 1e-9))
    # All at one number: an axis without length could show nothing.
    return (first, last) if last > first else (first / 2, last * 2)


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Whole decades, so many at most; with 2 and 5 between where there are few."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 3:
        every = math.ceil((last - first + 1) / most)
        return [10.0**power for power in range(first, last + 1, every)]
    parts = (1, 2, 5) if last - first < 2 else (1, 3)
    found = [k * 10.0**power for power in range(first - 1, last + 1) for k in parts]
    return [at for at in found if low * (1 - 1e-9) <= at <= high * (1 + 1e-9)]


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from below `low` to above `high`, at least two; of what differs in its last digits, around it."""
    # 8.600000000000009 and 8.6 are one number to everybody but a machine, which would draw an axis without length.
    if high - low <= max(_ONE_NUMBER * max(abs(low), abs(high)), sys.float_info.min):
        low, high = low - abs(low) / 2 - 0.5, high + abs(high) / 2 + 0.5
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(k * power for k in (1, 2, 2.5, 5, 10, 20) if (high - low) / (k * power) <= most)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{step * k:.12g}") for k in range(first, last + 1)]


def apart(places: Sequence[float], gap: float) -> list[bool]:
    """Which of these places can carry a label so that none stands closer than `gap` to one before it."""
    kept: list[float] = []
    found = []
    for place in places:
        is_free = all(abs(place - other) >= gap for other in kept)
        found.append(is_free)
        if is_free:
            kept.append(place)
    return found


def _round_numbers(near: float) -> list[float]:
    power = math.floor(math.log10(near))
    return [k * 10.0**p for p in (power - 1, power, power + 1) for k in (1, 2, 5)]
