"""Draws one quantity over time: what was measured and by whom, the fan ahead, what others said, and where we stand."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from flows.edition import drawing
from flows.edition.drawing import Canvas, Scale, wide
from flows.edition.formats import PERCENT_UNITS, SHARE_UNITS, format_number, typeset
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# The order of the legend; of what each stands for, the classes of `drawing`.
KINDS: Final = (
    "observation",
    "frontier",
    "median",
    "band50",
    "band90",
    "member",
    "so_far",
    "essay",
    "metaculus",
    "other",
    "resolved",
)
SHAPES: Final = {
    "so_far": "m0 -5.4l5.4 5.4l-5.4 5.4l-5.4 -5.4z",
    "essay": "m0 -6.4l5.6 6.4l-5.6 6.4l-5.6 -6.4z",
    "metaculus": "m-4.8 -4.8h9.6v9.6h-9.6z",
    "other": "m0 -5.2l5.2 9h-10.4z",
    "resolved": "m-1.9 -5.6h3.8v3.7h3.7v3.8h-3.7v3.7h-3.8v-3.7h-3.7v-3.8h3.7z",
}
_MOST_NAMED: Final = 9
_LONGEST_NAME: Final = 30
_FOOT: Final = 16.0
# Half the width of a forecast for a single day.
_BAR: Final = 11.0
_LEVELS: Final = ("p05", "p25", "p50", "p75", "p95")


class Plotted(NamedTuple):
    """A measured value; `name` is that of the system where it may be written beside it."""

    day: date
    value: float
    name: str = ""


class Spread(NamedTuple):
    """The forecast for a day: five quantiles."""

    day: date
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float


class Mark(NamedTuple):
    """What somebody said, or what came: `kind` is one of SHAPES."""

    kind: str
    day: date
    value: float
    low: float | None = None
    high: float | None = None


class Size(NamedTuple):
    """The room for a chart; on a page the words above it say its title already."""

    width: float = 760.0
    height: float = 400.0
    is_titled: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything in one chart, in the unit of its axis."""

    title: str
    subtitle: str
    unit: str
    scale: Literal["log", "linear", "bounded"] = "linear"
    readings: tuple[Plotted, ...] = ()
    frontier: tuple[Plotted, ...] = ()
    # What the line of `frontier` is called: what a row had come to by an edition need be no record.
    line_is: Literal["frontier", "so_far"] = "frontier"
    fan: tuple[Spread, ...] = ()
    members: tuple[tuple[Plotted, ...], ...] = ()
    marks: tuple[Mark, ...] = ()
    today: date | None = None
    scored_until: date | None = None
    threshold: tuple[float, str] | None = None
    human: tuple[tuple[float, str], ...] = ()
    stop: str = ""
    foot: str = ""

    @property
    def values(self) -> list[float]:
        """Every finite number that must find room."""
        found = [one.value for one in (*self.readings, *self.frontier)]
        found += [value for spread in self.fan for value in spread[1:]]
        found += [one.value for line in self.members for one in line]
        found += [value for mark in self.marks for value in mark[2:] if value is not None]
        found += [self.threshold[0]] if self.threshold else []
        kept = [value for value in found if math.isfinite(value)]
        return [value for value in kept if value > 0] if self.scale == "log" else kept

    @property
    def days(self) -> list[date]:
        """Every day that must find room."""
        found = [one.day for line in (self.readings, self.frontier, *self.members) for one in line]
        found += [spread.day for spread in self.fan] + [mark.day for mark in self.marks]
        return found + ([self.today] if self.today and found else [])


@dataclass(frozen=True, slots=True)
class _Pen:
    """One chart on its way: what is drawn, its two axes and where."""

    picture: Picture
    lang: str
    x: Scale
    y: Scale
    canvas: Canvas = field(default_factory=Canvas)

    def at(self, day: date, value: float) -> tuple[float, float]:
        """The place of a value."""
        return self.x.at(day.toordinal()), self.y.at(value)

    def line(self, readings: Sequence[Plotted]) -> list[tuple[float, float]]:
        """The places of those that the axis can show."""
        shown = [one for one in readings if self.shows(one.value)]
        xs = self.x.all_at(one.day.toordinal() for one in shown)
        return list(zip(xs, self.y.all_at(one.value for one in shown), strict=True))

    def shows(self, value: float) -> bool:
        """A logarithmic axis has no place for what is not above zero."""
        return math.isfinite(value) and (value > 0 or not self.y.is_log)


def draw(picture: Picture, size: Size, lang: str) -> tuple[str, tuple[float, float]]:
    """The marks of a chart as SVG without its outer element, and the room they take."""
    values, days = picture.values, picture.days
    w, width = words(lang), size.width
    canvas = Canvas()
    top = _heading(picture, size, canvas)
    legend = list(_legend_places([w.chart[named(picture, kind)] for kind in present(picture)], width))
    depth = legend[-1][1] + 22 if legend else 0.0
    if not values or not days:
        canvas.text("m lg", (width / 2, top + 90), w.chart["nothing"])
        return "".join(canvas.marks), (width, top + 150)
    ticks = _value_ticks(picture, 8 if size.height > 320 else 6)
    labels = [tick_label(tick, picture.unit, lang) for tick in ticks]
    left = max(wide(label) for label in labels) + 12
    first, last = min(days), max(days)
    margin = timedelta(days=max(1, round((last - first).days * 0.02)))
    ends = drawing.log_ends(min(values), max(values)) if picture.scale == "log" else (ticks[0], ticks[-1])
    known = [wide(label, 11) + 16 for value, label in picture.human if ends[0] <= value <= ends[1]]
    right = width - max([14.0, *known])
    x = Scale((first - margin).toordinal(), (last + margin).toordinal(), left, right)
    bottom = top + size.height - 26
    y = Scale(*ends, bottom, top + 8, is_log=picture.scale == "log")
    pen = _Pen(picture, lang, x, y, canvas)
    _ground(pen, list(zip(ticks, labels, strict=True)), (first - margin, last + margin))
    _ahead(pen)
    _measured(pen)
    _said(pen)
    _beyond(pen)
    _names(pen)
    _legend(pen, list(present(picture)), legend, bottom + 42)
    height = bottom + 46 + depth
    for line in drawing.wrapped(picture.foot, width - 8, 11):
        canvas.text("sm", (0, height), line)
        height += _FOOT
    return "".join(canvas.marks), (width, round(height, 1))


def tick_label(value: float, unit: str, lang: str) -> str:
    """A number at an axis: `10²⁴`, `20 %`, `1 M`."""
    return typeset(format_number(value, unit, lang)).removeprefix("1×")


def present(picture: Picture) -> Iterator[str]:
    """What the legend must name, in its order: an entry without marks sends the reader looking for them."""
    drawn = {
        "observation": picture.readings,
        "frontier": picture.frontier,
        "median": picture.fan,
        "band50": picture.fan,
        "band90": picture.fan,
        "member": picture.members,
    } | {kind: [mark for mark in picture.marks if mark.kind == kind] for kind in SHAPES}
    yield from (kind for kind in KINDS if drawn[kind])


def named(picture: Picture, kind: str) -> str:
    """The word of `chart` for a kind of mark in this picture."""
    return picture.line_is if kind == "frontier" else kind


def _heading(picture: Picture, size: Size, canvas: Canvas) -> float:
    """Title and subtitle; how far down they reach."""
    if not size.is_titled:
        return 4.0
    y = 0.0
    for line in drawing.wrapped(picture.title, size.width, 17):
        y += 22
        canvas.text("ti", (0, y), line)
    for line in drawing.wrapped(picture.subtitle, size.width):
        y += 18
        canvas.text("", (0, y), line)
    return y + 12


def _value_ticks(picture: Picture, most: int) -> list[float]:
    """0 to 100 % for shares, decades for a logarithmic scale, else round numbers that hold the values."""
    values = picture.values
    low, high = min(values), max(values)
    # Always 0 to 100 %: zoomed in, the last points before the ceiling would look like any others.
    if picture.unit in SHARE_UNITS and low >= 0 and high <= 1:
        return [0, 0.2, 0.4, 0.6, 0.8, 1]
    if picture.unit in PERCENT_UNITS and low >= 0 and high <= 100:
        return [0, 20, 40, 60, 80, 100]
    if picture.scale == "log":
        return drawing.log_ticks(*drawing.log_ends(low, high), most)
    # The years around a day are what it is read among; half and double of 2027 are not.
    is_one_day = picture.unit == "year" and high - low < 1
    return drawing.linear_ticks(low - 1, high + 1, most) if is_one_day else drawing.linear_ticks(low, high, most)


def _ground(pen: _Pen, ticks: list[tuple[float, str]], ends: tuple[date, date]) -> None:
    """Shading beyond what forecasts have been scored on, grid, both axes and today."""
    picture, x, y, canvas = pen.picture, pen.x, pen.y, pen.canvas
    chart = words(pen.lang).chart
    until = picture.scored_until
    if until and until < ends[1]:
        left = x.at(until.toordinal())
        canvas.path("far", f"M{left:g} {y.end:g}H{x.end:g}V{y.start:g}H{left:g}Z")
    for value, label in ticks:
        canvas.path("gr", f"M{x.start:g} {y.at(value):g}H{x.end:g}")
        canvas.text("e", (x.start - 7, y.at(value) + 4), label)
    canvas.path("ax", f"M{x.start:g} {y.start:g}H{x.end:g}")
    for day, label in drawing.date_ticks(*ends, max(3, int((x.end - x.start) / 52))):
        at = x.at(day.toordinal())
        canvas.path("ax", f"M{at:g} {y.start:g}v5")
        canvas.text("m", (at, y.start + 18), label)
    if picture.today:
        at = x.at(picture.today.toordinal())
        canvas.path("td", f"M{at:g} {y.end:g}V{y.start:g}")
        canvas.text("sm m", (at, y.end - 2), chart["origin"])
    _human(pen)


def _beyond(pen: _Pen) -> None:
    """What the shading means, in front of the fan that reaches into it."""
    until, said = pen.picture.scored_until, words(pen.lang).chart["beyond"]
    if until and pen.x.end - pen.x.at(until.toordinal()) > wide(said, 11):
        pen.canvas.text("lab e", (pen.x.end - 4, pen.y.start - 6), said)


def _human(pen: _Pen) -> None:
    """The same scale in things that people know, at the right."""
    inside = [(value, label) for value, label in pen.picture.human if pen.y.low <= value <= pen.y.high]
    free = drawing.apart([pen.y.at(value) for value, _ in inside], 13)
    for (value, label), is_free in zip(inside, free, strict=True):
        if is_free:
            pen.canvas.path("ax", f"M{pen.x.end:g} {pen.y.at(value):g}h5")
            pen.canvas.text("sm", (pen.x.end + 8, pen.y.at(value) + 4), label)


def _ahead(pen: _Pen) -> None:
    fan = [spread for spread in pen.picture.fan if all(pen.shows(value) for value in spread[1:])]
    days = pen.x.all_at(one.day.toordinal() for one in fan)
    p05, p25, p50, p75, p95 = (
        list(zip(days, pen.y.all_at(getattr(one, level) for one in fan), strict=True)) for level in _LEVELS
    )
    if len(fan) == 1:
        _one_day(pen, [point[0] for point in (p05, p25, p50, p75, p95)])
    else:
        pen.canvas.path("b90", drawing.band(p95, p05))
        pen.canvas.path("b50", drawing.band(p75, p25))
    for member in pen.picture.members:
        pen.canvas.path("mem", drawing.steps(pen.line(member)))
    # A step to nowhere for a single day, whose bar has its median.
    pen.canvas.path("med", drawing.steps(drawing.straightened(p50)) if len(fan) > 1 else "")
    if pen.picture.threshold:
        value, label = pen.picture.threshold
        pen.canvas.path("thr", f"M{pen.x.start:g} {pen.y.at(value):g}H{pen.x.end:g}")
        pen.canvas.text("lab", (pen.x.start + 6, pen.y.at(value) - 5), label)


def _one_day(pen: _Pen, quantiles: Sequence[tuple[float, float]]) -> None:
    """A forecast for one day as a bar on that day, wider than what the essay said of it, which stands before it."""
    (x, p05), (_, p25), (_, p50), (_, p75), (_, p95) = quantiles
    left, right = round(x - _BAR, 1), round(x + _BAR, 1)
    pen.canvas.path("b90", f"M{left:g} {p95:g}H{right:g}V{p05:g}H{left:g}Z")
    pen.canvas.path("b50", f"M{left:g} {p75:g}H{right:g}V{p25:g}H{left:g}Z")
    pen.canvas.path("med", f"M{left:g} {p50:g}H{right:g}")


def _measured(pen: _Pen) -> None:
    pen.canvas.path("dot", drawing.dots(pen.line(pen.picture.readings)))
    frontier = pen.line(pen.picture.frontier)
    pen.canvas.path("rec", drawing.stairs(frontier))


def _said(pen: _Pen) -> None:
    for mark in pen.picture.marks:
        if not pen.shows(mark.value):
            continue
        if mark.low is not None and mark.high is not None and pen.shows(mark.low):
            (x, low), (_, high) = pen.at(mark.day, mark.low), pen.at(mark.day, mark.high)
            pen.canvas.path(f"{mark.kind}-r", f"M{x:g} {low:g}V{high:g}")
        x, y = pen.at(mark.day, mark.value)
        pen.canvas.path(mark.kind, f"M{x:g} {y:g}{SHAPES[mark.kind]}")


def _names(pen: _Pen) -> None:
    """Names beside the records, the newest first, each where no other stands; and why a line ends."""
    taken: list[tuple[float, float, float, float]] = []
    named = [one for one in pen.picture.frontier if one.name and pen.shows(one.value)]
    stop = pen.picture.stop
    fan = [pen.at(one.day, one.p05) for one in pen.picture.fan if pen.shows(one.p05)]
    if stop and (ends := fan or pen.line(pen.picture.frontier or pen.picture.readings)):
        # Below the end of a fan; below a line that ends, where its last record's name leaves room.
        right = ends[-1][0] + 6 + wide(stop, 11) if fan else ends[-1][0] + 190
        room = min(pen.x.end - 4, right) - wide(stop, 11)
        _name(pen, taken, (max(pen.x.start + 4, room), min(ends[-1][1] + 26, pen.y.start - 8)), stop)
    for one in reversed(named[-60:]):
        if len(taken) >= _MOST_NAMED:
            break
        x, y = pen.at(one.day, one.value)
        name = drawing.clipped(one.name, _LONGEST_NAME)
        if _name(pen, taken, (x - 6 - wide(name, 11), y - 5), name):
            pen.canvas.path("rdot", f"M{x:g} {y:g}h0")


def _name(pen: _Pen, taken: list[tuple[float, float, float, float]], at: tuple[float, float], name: str) -> bool:
    x, y = at
    box = (x, y - 10, x + wide(name, 11), y + 3)
    is_inside = box[0] >= pen.x.start and box[1] >= pen.y.end + 2
    if not is_inside or any(_overlap(box, other) for other in taken):
        return False
    taken.append(box)
    pen.canvas.text("lab", (round(x, 1), round(y, 1)), name)
    return True


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _legend_places(labels: Sequence[str], width: float) -> Iterator[tuple[float, float]]:
    x, y = 0.0, 0.0
    for label in labels:
        room = wide(label) + 44
        if x and x + room > width:
            x, y = 0.0, y + 20
        yield x, y
        x += room


def _legend(pen: _Pen, kinds: list[str], places: list[tuple[float, float]], top: float) -> None:
    canvas, chart = pen.canvas, words(pen.lang).chart
    for kind, (x, dy) in zip(kinds, places, strict=True):
        y = top + dy
        if kind in {"band50", "band90"}:
            canvas.path("b50" if kind == "band50" else "b90", f"M{x:g} {y - 6:g}h22v12h-22Z")
        elif kind in SHAPES:
            canvas.path(kind, f"M{x + 11:g} {y:g}{SHAPES[kind]}")
        elif kind == "observation":
            canvas.path("dot", f"M{x + 5:g} {y:g}h0M{x + 17:g} {y:g}h0")
        else:
            line = {"frontier": "rec", "median": "med", "member": "mem"}[kind]
            canvas.path(line, f"M{x:g} {y:g}h22")
        canvas.text("lg", (x + 28, y + 4), chart[named(pen.picture, kind)])
