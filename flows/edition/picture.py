"""What is in one chart, in the unit of its axis, and the axes it is drawn along."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from flows.edition.drawing import Canvas, Scale
from flows.edition.formats import DIGITS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Plotted(NamedTuple):
    """A measured value; `name` is that of the system where it may be written beside it."""

    day: date
    value: float
    name: str = ""
    # How much of its day is known: of a month it would be told as the first, a day that nobody stated.
    precision: str = "day"


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
    # How it is told where it is told in words: as on the page that states it.
    precision: str = "day"
    digits: int = DIGITS


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
    # A day for which there is room although nothing is drawn there: why not is said before it.
    until: date | None = None
    # The few days that the fan is of, each a point with its own tick; empty where they are many, or lie ahead.
    editions: tuple[date, ...] = ()
    foot: str = ""

    @property
    def values(self) -> list[float]:
        """Every finite number that must find room."""
        found = [one.value for one in (*self.readings, *self.frontier)]
        found += [value for spread in self.fan for value in spread[1:]]
        found += [one.value for line in self.members for one in line]
        found += [value for mark in self.marks for value in (mark.value, mark.low, mark.high) if value is not None]
        found += [self.threshold[0]] if self.threshold else []
        kept = [value for value in found if math.isfinite(value)]
        return [value for value in kept if value > 0] if self.scale == "log" else kept

    @property
    def days(self) -> list[date]:
        """Every day that must find room."""
        found = [one.day for line in (self.readings, self.frontier, *self.members) for one in line]
        found += [spread.day for spread in self.fan] + [mark.day for mark in self.marks]
        return found + [day for day in (self.today, self.until) if day and found]


@dataclass(frozen=True, slots=True)
class Pen:
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
