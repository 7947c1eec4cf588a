"""Draws one quantity over time: what was measured and by whom, the fan ahead, what others said, and where we stand."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from flows.edition import drawing
from flows.edition.drawing import Canvas, Scale, wide
from flows.edition.formats import PERCENT_UNITS, SHARE_UNITS, format_known_day, format_number, typeset
from flows.edition.labels import edition_days, origin_at, write_labels
from flows.edition.picture import Pen
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.edition.picture import Picture, Spread

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
    "beyond",
)
SHAPES: Final = {
    "so_far": "m0 -5.4l5.4 5.4l-5.4 5.4l-5.4 -5.4z",
    "essay": "m0 -6.4l5.6 6.4l-5.6 6.4l-5.6 -6.4z",
    "metaculus": "m-4.8 -4.8h9.6v9.6h-9.6z",
    "other": "m0 -5.2l5.2 9h-10.4z",
    "resolved": "m-1.9 -5.6h3.8v3.7h3.7v3.8h-3.7v3.7h-3.8v-3.7h-3.7v-3.8h3.7z",
}
_AREAS: Final = {"band50": "b50", "band90": "b90", "beyond": "far"}
_FOOT: Final = 16.0
# Half the width of a forecast for a single day.
_BAR: Final = 11.0
# The charts of a page or two: each is drawn wide and narrow in one language, then in the other.
_DRAWN: Final = 32
_LEVELS: Final = ("p05", "p25", "p50", "p75", "p95")


class Size(NamedTuple):
    """The room for a chart; on a page the words above it say its title already."""

    width: float = 760.0
    height: float = 400.0
    is_titled: bool = True


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
    pen = Pen(picture, lang, x, y, canvas)
    _ground(pen, list(zip(ticks, labels, strict=True)), (first - margin, last + margin))
    _ahead(pen)
    _measured(pen)
    _said(pen)
    write_labels(pen)
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
        "beyond": _is_beyond(picture),
    } | {kind: [mark for mark in picture.marks if mark.kind == kind] for kind in SHAPES}
    yield from (kind for kind in KINDS if drawn[kind])


def _is_beyond(picture: Picture) -> bool:
    """Whether anything of a picture lies further ahead than forecasts have been scored: that part is shaded."""
    return bool(picture.scored_until and picture.days and picture.scored_until < max(picture.days))


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


def _ground(pen: Pen, ticks: list[tuple[float, str]], ends: tuple[date, date]) -> None:
    """Shading beyond what forecasts have been scored on, grid, both axes and today."""
    picture, x, y, canvas = pen.picture, pen.x, pen.y, pen.canvas
    chart = words(pen.lang).chart
    if picture.scored_until and _is_beyond(picture):
        left = x.at(picture.scored_until.toordinal())
        canvas.path("far", f"M{left:g} {y.end:g}H{x.end:g}V{y.start:g}H{left:g}Z")
    # All lines of a kind are one path: of a hundred pages, elements of their own were a twentieth.
    canvas.path("gr", "".join(f"M{x.start:g} {y.at(value):g}H{x.end:g}" for value, _ in ticks))
    for value, label in ticks:
        # The lowest stands on the axis: in the middle of its line it touched the first day beneath it.
        canvas.text("e", (x.start - 7, min(y.at(value) + 4, y.start)), label)
    days = [] if picture.editions else list(_day_ticks(pen, ends))
    ticks_at = [at for at, _ in days] or x.all_at(day.toordinal() for day in picture.editions)
    canvas.path("ax", f"M{x.start:g} {y.start:g}H{x.end:g}" + "".join(f"M{at:g} {y.start:g}v5" for at in ticks_at))
    for at, label in days or edition_days(pen):
        canvas.text("m", (at, y.start + 18), label)
    if picture.today:
        at = x.at(picture.today.toordinal())
        canvas.path("td", f"M{at:g} {y.end:g}V{y.start:g}")
        canvas.text("sm", origin_at(pen, at), chart["origin"])
    _human(pen)


def _day_ticks(pen: Pen, ends: tuple[date, date]) -> Iterator[tuple[float, str]]:
    """Where the ticks of the days stand, and what each is called."""
    for day, exactness in drawing.date_ticks(*ends, max(3, int((pen.x.end - pen.x.start) / 52))):
        yield pen.x.at(day.toordinal()), format_known_day(day, exactness, pen.lang)


def _human(pen: Pen) -> None:
    """The same scale in things that people know, at the right."""
    inside = [(value, label) for value, label in pen.picture.human if pen.y.low <= value <= pen.y.high]
    free = drawing.apart([pen.y.at(value) for value, _ in inside], 13)
    shown = [(pen.y.at(value), label) for (value, label), is_free in zip(inside, free, strict=True) if is_free]
    pen.canvas.path("ax", "".join(f"M{pen.x.end:g} {at:g}h5" for at, _ in shown))
    for at, label in shown:
        pen.canvas.text("sm", (pen.x.end + 8, at + 4), label)


def _ahead(pen: Pen) -> None:
    fan = [spread for spread in pen.picture.fan if all(pen.shows(value) for value in spread[1:])]
    if len(fan) == 1:
        _one_day(pen, [pen.at(fan[0].day, value) for value in fan[0][1:]])
    else:
        outer, inner, _ = _fan_paths(tuple(fan), pen.x, pen.y)
        pen.canvas.path("b90", outer)
        pen.canvas.path("b50", inner)
    for member in pen.picture.members:
        pen.canvas.path("mem", drawing.steps(pen.line(member)))
    # A step to nowhere for a single day, whose bar has its median.
    pen.canvas.path("med", _fan_paths(tuple(fan), pen.x, pen.y)[2] if len(fan) > 1 else "")
    pen.canvas.path("pt", drawing.dots([pen.at(one.day, one.p50) for one in fan if one.day in pen.picture.editions]))
    if pen.picture.threshold:
        value, _ = pen.picture.threshold
        pen.canvas.path("thr", f"M{pen.x.start:g} {pen.y.at(value):g}H{pen.x.end:g}")


@lru_cache(maxsize=_DRAWN)
def _fan_paths(fan: tuple[Spread, ...], x: Scale, y: Scale) -> tuple[str, str, str]:
    """Outer band, inner band and median of a fan of several days; empty ones of none.

    Kept for the other language, whose axes most often lie alike: a history over years has thousands of points.
    """
    days = x.all_at(one.day.toordinal() for one in fan)
    p05, p25, p50, p75, p95 = (
        list(zip(days, y.all_at(getattr(one, level) for one in fan), strict=True)) for level in _LEVELS
    )
    return drawing.band(p95, p05), drawing.band(p75, p25), drawing.steps(drawing.straightened(p50))


def _one_day(pen: Pen, quantiles: Sequence[tuple[float, float]]) -> None:
    """A forecast for one day as a bar on that day, wider than what the essay said of it, which stands before it."""
    (x, p05), (_, p25), (_, p50), (_, p75), (_, p95) = quantiles
    left, right = round(x - _BAR, 1), round(x + _BAR, 1)
    pen.canvas.path("b90", f"M{left:g} {p95:g}H{right:g}V{p05:g}H{left:g}Z")
    pen.canvas.path("b50", f"M{left:g} {p75:g}H{right:g}V{p25:g}H{left:g}Z")
    pen.canvas.path("med", f"M{left:g} {p50:g}H{right:g}")


def _measured(pen: Pen) -> None:
    pen.canvas.path("dot", drawing.dots(pen.line(pen.picture.readings)))
    frontier = pen.line(pen.picture.frontier)
    pen.canvas.path("rec", drawing.stairs(frontier))


def _said(pen: Pen) -> None:
    for mark in pen.picture.marks:
        if not pen.shows(mark.value):
            continue
        if mark.low is not None and mark.high is not None and pen.shows(mark.low):
            (x, low), (_, high) = pen.at(mark.day, mark.low), pen.at(mark.day, mark.high)
            pen.canvas.path(f"{mark.kind}-r", f"M{x:g} {low:g}V{high:g}")
        x, y = pen.at(mark.day, mark.value)
        pen.canvas.path(mark.kind, f"M{x:g} {y:g}{SHAPES[mark.kind]}")


def _legend_places(labels: Sequence[str], width: float) -> Iterator[tuple[float, float]]:
    x, y = 0.0, 0.0
    for label in labels:
        room = wide(label) + 44
        if x and x + room > width:
            x, y = 0.0, y + 20
        yield x, y
        x += room


def _legend(pen: Pen, kinds: list[str], places: list[tuple[float, float]], top: float) -> None:
    canvas, chart = pen.canvas, words(pen.lang).chart
    for kind, (x, dy) in zip(kinds, places, strict=True):
        y = top + dy
        if kind in _AREAS:
            canvas.path(_AREAS[kind], f"M{x:g} {y - 6:g}h22v12h-22Z")
        elif kind in SHAPES:
            canvas.path(kind, f"M{x + 11:g} {y:g}{SHAPES[kind]}")
        elif kind == "observation":
            canvas.path("dot", f"M{x + 5:g} {y:g}h0M{x + 17:g} {y:g}h0")
        else:
            line = {"frontier": "rec", "median": "med", "member": "mem"}[kind]
            canvas.path(line, f"M{x:g} {y:g}h22")
            canvas.path("pt", f"M{x + 11:g} {y:g}h0" if kind == "median" and pen.picture.editions else "")
        canvas.text("lg", (x + 28, y + 4), chart[named(pen.picture, kind)])
