"""The small chart of one row: where each number lies on the row's own scale, worked out before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flows.edition.cells import actual_number, is_today_shown
from flows.edition.formats import DATE_UNITS, PERCENT_UNITS, SHARE_UNITS, decimal_year, format_number, typeset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

WIDTH: Final = 200
LEFT: Final = 7.0
RIGHT: Final = 193.0
# Numbers further apart than this are unreadable side by side on a linear scale.
LOG_FROM: Final = 20.0
_MOST_TICKS: Final = 13


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark under the axis at `x` pixels; only some carry a label."""

    x: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from `low` to `high` in the row's unit, drawn from LEFT to RIGHT pixels."""

    low: float
    high: float
    is_log: bool = False

    def x(self, value: float) -> float:
        """Where a value lies, in pixels to one decimal; values outside are drawn at the end they exceed."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.is_log:
            low, high, at = math.log10(low), math.log10(high), math.log10(at)
        return round(LEFT + (at - low) / (high - low) * (RIGHT - LEFT), 1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A distribution as drawn, in pixels: outer line, box and median; `is_open` when it goes on beyond the scale."""

    outer: tuple[float, float] | None
    box: tuple[float, float] | None
    median: float | None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class MicroChart:
    """Everything the template draws, in pixels."""

    axis: Axis
    ticks: tuple[Tick, ...]
    today: Interval | None
    essay: Interval | None
    actual: float | None
    origin: float | None


def micro_chart(row: Mapping[str, Any], origin_date: date, lang: str = "en") -> MicroChart | None:
    """The chart of one row of out.property; None when the row holds no number at all."""
    is_dated = row["unit"] in DATE_UNITS
    today = {level: row[level] if is_today_shown(row) else None for level in ("p05", "p25", "p50", "p75", "p95")}
    essay = {level: row[f"essay_{level}"] if row["essay_state"] == "value" else None for level in ("p25", "p50", "p75")}
    actual = actual_number(row)
    origin = decimal_year(origin_date) if is_dated else None
    values = [value for value in (*today.values(), *essay.values(), actual) if value is not None]
    if not values:
        return None
    axis = axis_for([*values, origin] if origin is not None else values, row["unit"])
    return MicroChart(
        axis,
        ticks_of(axis, row["unit"], lang),
        _interval(today, axis, is_dated=is_dated),
        _interval(essay, axis, is_dated=False),
        None if actual is None else axis.x(actual),
        None if origin is None else axis.x(origin),
    )


def axis_for(values: Sequence[float], unit: str) -> Axis:
    """A scale that holds all values (at least one): 0..100 % for shares, whole years, else log or linear by spread."""
    low, high = min(values), max(values)
    # Always the whole range for shares: cut to its values, 98 % would look as far from 100 % as 50 % does.
    if unit in SHARE_UNITS and low >= 0 and high <= 1:
        return Axis(0.0, 1.0)
    if unit in PERCENT_UNITS and low >= 0 and high <= 100:
        return Axis(0.0, 100.0)
    if unit in DATE_UNITS:
        return Axis(math.floor(low - 0.1), max(math.ceil(high + 0.1), math.floor(low - 0.1) + 2))
    # Whole decades, so that the labels at both ends are exact powers of ten.
    if low > 0 and high / low > LOG_FROM:
        return Axis(10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high)), is_log=True)
    return _linear_axis(min(low, 0.0), max(high, 0.0))


def ticks_of(axis: Axis, unit: str, lang: str = "en") -> tuple[Tick, ...]:
    """Marks of an axis; both ends are labelled, and the middle where a mark falls there."""
    if axis.is_log:
        return _log_ticks(axis, lang)
    step = (axis.high - axis.low) / 2
    if unit in DATE_UNITS:
        return _year_ticks(axis)
    return tuple(
        Tick(axis.x(value), typeset(format_number(value, unit, lang)))
        for value in (axis.low, axis.low + step, axis.high)
    )


def _interval(values: Mapping[str, float | None], axis: Axis, *, is_dated: bool) -> Interval | None:
    """The interval in pixels; of a dated row an upper quantile may be missing because it lies beyond the scale."""
    if all(value is None for value in values.values()):
        return None
    is_open = is_dated and values["p95"] is None
    median = values["p50"]
    return Interval(
        _span(values.get("p05"), values.get("p95"), axis, is_open=is_open),
        _span(values["p25"], values["p75"], axis, is_open=is_open),
        None if median is None else axis.x(median),
        is_open,
    )


def _span(low: float | None, high: float | None, axis: Axis, *, is_open: bool) -> tuple[float, float] | None:
    if low is None or (high is None and not is_open):
        return None
    left, right = axis.x(low), RIGHT if high is None else axis.x(high)
    # A box of no width is not drawn: the median alone says that nothing varies.
    return (left, right) if right > left else None


def _linear_axis(low: float, high: float) -> Axis:
    if low == high:
        return Axis(low, low + 1.0)
    step = _round_up((high - low) / 2)
    return Axis(math.floor(low / step) * step, math.ceil(high / step) * step)


def _round_up(size: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(size))
    return next(factor * power for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * power >= size * (1 - 1e-9))


def _log_ticks(axis: Axis, lang: str) -> tuple[Tick, ...]:
    first, last = round(math.log10(axis.low)), round(math.log10(axis.high))
    # A scenario can span twenty decades: a tick for each would be a grey bar.
    every = max(1, math.ceil((last - first) / _MOST_TICKS))
    labelled = {first, last} | ({(first + last) // 2} if (first + last) % 2 == 0 and last - first > 1 else set())
    powers = sorted({*range(first, last, every), *labelled})
    return tuple(Tick(axis.x(10.0**power), _power_label(power, lang) if power in labelled else "") for power in powers)


def _power_label(power: int, lang: str) -> str:
    return typeset(format_number(10.0**power, "", lang)).removeprefix("1×")


def _year_ticks(axis: Axis) -> tuple[Tick, ...]:
    first, last = int(axis.low), int(axis.high)
    every = max(1, math.ceil((last - first) / _MOST_TICKS))
    years = sorted({*range(first, last, every), last})
    return tuple(Tick(axis.x(year), str(year) if year in {first, last} else "") for year in years)
