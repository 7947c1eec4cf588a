"""Where words stand in a chart: names beside the records, and why a line ends, none over what is drawn."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from flows.edition import drawing
from flows.edition.drawing import wide
from flows.edition.formats import format_date
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.edition.picture import Pen

# Left, top, right and bottom in pixels.
Box = tuple[float, float, float, float]
_MOST_NAMED: Final = 9
_LONGEST_NAME: Final = 30
_SIZE: Final = 11
_LINE: Final = 13.0


def write_labels(pen: Pen) -> None:
    """What a threshold is, why a line ends, and names beside records, the newest first, each where no other stands.

    Of records in a row that one system holds the newest is named: six times the same word told nothing more.
    """
    taken: list[Box] = []
    if pen.picture.threshold:
        _threshold(pen, taken, pen.picture.threshold)
    if pen.picture.stop:
        _stop(pen, taken)
    named = [one for one in pen.picture.frontier if one.name and pen.shows(one.value)]
    newer = ""
    for one in reversed(named[-60:]):
        if len(taken) >= _MOST_NAMED:
            break
        if one.name == newer:
            continue
        x, y = pen.at(one.day, one.value)
        name = drawing.clipped(one.name, _LONGEST_NAME)
        # Where the newest has no room, the one before it bears the name.
        newer = one.name if _name(pen, taken, (x - 6 - wide(name, _SIZE), y - 5), name) else ""
        if newer:
            pen.canvas.path("rdot", f"M{x:g} {y:g}h0")


def origin_at(pen: Pen, day_at: float) -> tuple[float, float]:
    """Where the word for today begins: over its line, but not over the first tick of the axis at its left."""
    said = wide(words(pen.lang).chart["origin"], _SIZE)
    return max(pen.x.start, min(day_at - said / 2, pen.x.end - said)), pen.y.end - 2


def edition_days(pen: Pen) -> Iterator[tuple[float, str]]:
    """The days of few editions below their ticks, as many as stand apart: the newest and the oldest before others."""
    newest = sorted(pen.picture.editions, reverse=True)
    named = [(pen.x.at(day.toordinal()), format_date(day, pen.lang)) for day in (*newest[:1], *newest[:0:-1])]
    half = max(wide(label) for _, label in named) / 2 if named else 0.0
    # Beneath its tick, but not past an edge of the picture; that at the right is a little further out than the axis.
    places = [max(half, min(at, pen.x.end + 10 - half)) for at, _ in named]
    free = drawing.apart(places, 2 * half + 10)
    yield from ((at, label) for at, (_, label), is_free in zip(places, named, free, strict=True) if is_free)


def _threshold(pen: Pen, taken: list[Box], threshold: tuple[float, str]) -> None:
    """The name of a threshold on its line: it has no other place, so the names of records give way to it."""
    value, label = threshold
    x, y = pen.x.start + 6, pen.y.at(value) - 5
    taken.append((x, y - 10, x + wide(label, _SIZE), y + 3))
    pen.canvas.text("lab", (x, y), label)


def _stop(pen: Pen, taken: list[Box]) -> None:
    """Why a line ends, beside its end in as many lines as have room; else beneath it, nowhere over what is drawn."""
    picture = pen.picture
    fan = [pen.at(one.day, one.p50) for one in picture.fan if pen.shows(one.p05)]
    ends = fan or pen.line(picture.frontier or picture.readings)
    if not ends:
        return
    x, y = ends[-1]
    drawn = list(_drawn(pen))
    blocks = [_block(picture.stop, most) for most in (400, 110, 75, 55)]
    beside = [(lines, room, x + 8) for lines, room in blocks if x + 8 + room <= pen.x.end - 4]
    # The line of today stands at the right where nothing is forecast.
    today = pen.x.at(picture.today.toordinal()) if picture.today else pen.x.end
    edges = [edge - 4 for edge in ((pen.x.end,) if fan else (pen.x.end, today))]
    at_edge = [(lines, room, edge - room) for edge in edges for lines, room in blocks]
    heights = [y + way * _LINE * step for step in range(40) for way in (1, -1)]
    for lines, room, left in [*beside, *at_edge]:
        for top in heights:
            box = (left, top, left + room, top + _LINE * len(lines))
            if _is_inside(pen, box) and not any(_overlap(box, other) for other in [*drawn, *taken]):
                taken.append(box)
                for place, line in enumerate(lines):
                    pen.canvas.text("lab", (round(left, 1), round(top + 10 + _LINE * place, 1)), line)
                return
    # Drawn over everywhere: said all the same, where the line ends.
    pen.canvas.text("lab e", (pen.x.end - 4, round(min(y + 26, pen.y.start - 8), 1)), picture.stop)


def _block(text: str, most: float) -> tuple[list[str], float]:
    lines = drawing.wrapped(text, most, _SIZE)
    return lines, max(wide(line, _SIZE) for line in lines)


def _drawn(pen: Pen) -> Iterator[Box]:
    """What words may not cover: lines and dots, bands, marks with their ranges, today."""
    picture = pen.picture
    for (x0, y0), (x1, y1) in pairwise(pen.line(picture.frontier)):
        yield x0 - 2, y0 - 2, x1 + 2, y0 + 2
        yield x1 - 2, min(y0, y1) - 2, x1 + 2, max(y0, y1) + 2
    yield from ((x - 3, y - 3, x + 3, y + 3) for x, y in pen.line(picture.readings))
    fan = [(pen.at(one.day, one.p95), pen.at(one.day, one.p05)) for one in picture.fan if pen.shows(one.p05)]
    for corners in (first + second for first, second in pairwise(fan)):
        heights = [y for _, y in corners]
        yield corners[0][0], min(heights), corners[-1][0] + 2, max(heights)
    for mark in picture.marks:
        known = [one for one in (mark.low, mark.value, mark.high) if one is not None and pen.shows(one)]
        places = [pen.at(mark.day, one) for one in known]
        if places:
            heights = [y for _, y in places]
            yield places[0][0] - 7, min(heights) - 7, places[0][0] + 7, max(heights) + 7
    if picture.today:
        at = pen.x.at(picture.today.toordinal())
        yield at - 2, pen.y.end, at + 2, pen.y.start


def _is_inside(pen: Pen, box: Box) -> bool:
    return box[0] >= pen.x.start + 2 and box[1] >= pen.y.end + 2 and box[3] <= pen.y.start - 2


def _name(pen: Pen, taken: list[Box], at: tuple[float, float], name: str) -> bool:
    x, y = at
    box = (x, y - 10, x + wide(name, _SIZE), y + 3)
    if box[0] < pen.x.start or box[1] < pen.y.end + 2 or any(_overlap(box, other) for other in taken):
        return False
    taken.append(box)
    pen.canvas.text("lab", (round(x, 1), round(y, 1)), name)
    return True


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
