"""Numbers and days in the words of a sentence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_WORDS: Final = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
_DAYS_PER_MONTH: Final = 30.4375


def readable(number: float) -> str:
    """A number as people write it: 0.94, 506.7, 14,400, 1.36 million, 2.3e27."""
    # Thresholds on the size, or negative numbers would all read as small ones.
    size = abs(number)
    if size >= 1e15:
        return f"{number:.2g}".replace("e+", "e")
    for unit, word in _WORDS:
        if size >= unit:
            return f"{number / unit:.3g} {word}"
    return f"{number:,.0f}" if size >= 1000 else f"{number:.4g}"


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another, rounded."""
    return round((last - first).days / _DAYS_PER_MONTH)


def decimal_year(day: date) -> float:
    """A day as a decimal year: 2025-06-30 is 2025.493."""
    start, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - start).days / (end - start).days


def day_of(year: float) -> date:
    """The day that a decimal year names, the inverse of `decimal_year`."""
    whole = int(year)
    start, end = date(whole, 1, 1), date(whole + 1, 1, 1)
    # Rounded: as a decimal a day may fall short of itself by the last bit, and would be the day before.
    return start + timedelta(days=round((year - whole) * (end - start).days))
