"""Dates as publishers write them: read where nobody could take them for another day, refused otherwise."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from sources.reading.tabular import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Callable

Precision = Literal["day", "month", "year"]
DAY_FORMS: Final = "a day such as 2023-06-19, 2023-06-19 12:30:00 or 19 June 2023 that exists"
DATE_FORMS: Final = "a date such as 2023-06-19, 19 June 2023, 2023-06 or 2023 that exists"
_LONGEST: Final = 64
_LENGTHS: Final[dict[Precision, int]] = {"day": 10, "month": 7, "year": 4}
_MONTHS: Final = {
    word: number for number, name in enumerate(calendar.month_name) if name for word in (name.lower(), name[:3].lower())
} | {"sept": 9}
_MONTH: Final = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>\d{4})"
_WEEKDAY: Final = r"(?:[A-Za-z]{3,9},\s*)?"
_REST: Final = r"(?:,?\s+(?:at\s+)?(?P<time>\S.*))?"
# Day and month in figures are read with the year in front only: 06/07/2023 is two days, and one of them is wrong.
_FORMS: Final = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"{_YEAR}(?:-(?P<month>\d\d))?",
        rf"{_YEAR}(?P<sign>[-/])(?P<month>\d\d)(?P=sign)(?P<day>\d\d)(?:(?:T|,?\s+)(?P<time>\S.*))?",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}{_REST}",
        rf"{_WEEKDAY}{_DAY}(?P<sign>[\s-]){_MONTH},?(?P=sign){_YEAR}{_REST}",
        rf"{_MONTH}\s+{_YEAR}",
    )
)
_TIME: Final = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[AaPp])?(?(half)\.?[Mm]\.?)"
    r"\s*(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<zone_hours>\d\d):?(?P<zone_minutes>\d\d))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as it was written: its first and last day, how fine it is, and its moment in UTC.

    The days are those written, whatever zone the time is in; without a time the moment is the first day's midnight.
    """

    first: date
    last: date
    precision: Precision
    moment: datetime


@lru_cache(maxsize=10_000)
def read_date(text: str) -> StatedDate | None:
    """The date that a text states; None when it states none, one that does not exist, or one that could be two."""
    if len(text) > _LONGEST:
        return None
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    try:
        return _stated(found.groupdict()) if found else None
    except (ValueError, OverflowError, KeyError):
        return None


def day(column: str) -> ColumnKind:
    """A single day, with or without the time of day."""
    return ColumnKind(column, day_of(pl.col(column)), "date", DAY_FORMS)


def coarse_date(column: str) -> ColumnKind:
    """A day, month or year; the value is its first day."""
    return ColumnKind(column, first_day(pl.col(column)), "date", DATE_FORMS)


def day_of(text: pl.Expr) -> pl.Expr:
    """The day that the text names; null when it names none, or no single one."""
    return _mapped(text, lambda found: found.first if found.precision == "day" else None, pl.Date)


def first_day(text: pl.Expr) -> pl.Expr:
    """First day of the day, month or year that the text names; null when it names none."""
    return _mapped(text, lambda found: found.first, pl.Date)


def last_day(text: pl.Expr) -> pl.Expr:
    """Last day of the day, month or year that the text names; null when it names none."""
    return _mapped(text, lambda found: found.last, pl.Date)


def spelled(text: pl.Expr) -> pl.Expr:
    """The date in ISO 8601, as fine as it was stated: one date has one spelling, however the file writes it."""
    return _mapped(text, lambda found: found.first.isoformat()[: _LENGTHS[found.precision]], pl.String)


def date_precision(text: pl.Expr) -> pl.Expr:
    """How fine a date is, in words of core.observation: day, month or year."""
    return _mapped(text, lambda found: found.precision, pl.String)


def moment(text: pl.Expr) -> pl.Expr:
    """The moment that the text names, UTC; null when it names none."""
    return _mapped(text, lambda found: found.moment, pl.Datetime("us"))


def _mapped(text: pl.Expr, part: Callable[[StatedDate], object], dtype: type[pl.DataType] | pl.DataType) -> pl.Expr:
    def read(cells: pl.Series) -> pl.Series:
        found = (None if cell is None else read_date(cell) for cell in cells)
        return pl.Series(cells.name, [None if one is None else part(one) for one in found], dtype=dtype)

    return text.map_batches(read, return_dtype=dtype, is_elementwise=True)


def _stated(parts: dict[str, str | None]) -> StatedDate:
    year, month = int(parts["year"] or 0), _month(parts.get("month"))
    if month is None:
        return _spanning(date(year, 1, 1), date(year, 12, 31), "year")
    if parts.get("day") is None:
        return _spanning(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]), "month")
    first = date(year, month, int(parts["day"] or 0))
    return StatedDate(first, first, "day", _moment(first, parts.get("time")))


def _spanning(first: date, last: date, precision: Precision) -> StatedDate:
    return StatedDate(first, last, precision, datetime(first.year, first.month, first.day))  # noqa: DTZ001 - UTC


def _month(word: str | None) -> int | None:
    return None if word is None else int(word) if word.isdecimal() else _MONTHS[word.lower()]


def _moment(first: date, time: str | None) -> datetime:
    midnight = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - UTC, as all moments here
    if time is None:
        return midnight
    found = _TIME.fullmatch(time)
    if found is None:
        raise ValueError(time)
    return midnight + _since_midnight(found) - _offset(found)


def _since_midnight(found: re.Match[str]) -> timedelta:
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError(found[0])
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _offset(found: re.Match[str]) -> timedelta:
    if found["sign"] is None:
        return timedelta()
    offset = timedelta(hours=int(found["zone_hours"]), minutes=int(found["zone_minutes"]))
    return -offset if found["sign"] == "-" else offset
