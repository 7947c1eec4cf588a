"""Numbers and days in the words of a sentence, and the days that are forecast."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

DIGITS: Final = 3
# Of the name of a system, and of how it was measured, in a sentence or a cell; the rows themselves have them whole.
NAME_LENGTH: Final = 80
SETUP_LENGTH: Final = 240
# More marks on one letter than any script has, which would reach over the lines around it and out of the page.
_HEAPED: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}")
SCORED_MONTHS: Final = (6, 12, 24)
# 24 months, with a leap day among them.
SCORED_DAYS: Final = 731
# What a sentence adds to a record that rests on another's word for it, by the class of its evidence.
SECOND_HAND: Final = {"third_party": "; as a third party reports", "remembered": "; from memory"}
# What the reason of a status adds where the number so far does not say so itself; `words.en.toml` has the same.
RESTS_ON: Final = {
    "third_party": " Of the readings behind what is known so far, one or more rest on a third-party report.",
    "remembered": " Of the readings behind what is known so far, one or more are from memory.",
}
# Said behind the name of what goes on in a series' place, where it is used up as well.
WORN: Final = " (used up itself)"
# What a reading is told in where it stands without its row: units of series, as the pages name them (a test compares).
READING_UNITS: Final = {
    "flop": "FLOP",
    "hours": "hours",
    "minutes": "minutes",
    "tokens": "tokens",
    "tokens_per_second": "tokens a second",
    "usd": "US dollars",
    "years": "years",
    "users_per_day": "users a day",
    "users_per_month": "users a month",
    "users_per_week": "users a week",
}
# Nearer to certain, or to impossible, than that some hundred draws cannot tell.
LEAST_CHANCE: Final = 0.01
_SCALES: Final = ((1e12, " T"), (1e9, " B"), (1e6, " M"))
_DAYS_PER_MONTH: Final = 30.4375


def readable(number: float, digits: int = DIGITS) -> str:
    """A number as tables print it, to three digits (forecasts to two): 0.94, 507, 14,400, 1.36 M, 2.3e27.

    `flows.edition.formats.format_number`, which no model may import, writes them the same: a test compares the two.
    """
    rounded = float(f"{number:.{digits - 1}e}")
    # Thresholds on the size, or negative numbers would all read as small ones.
    size = abs(rounded)
    if size >= 1e15 or 0 < size < 1e-4:
        mantissa, _, exponent = f"{rounded:.{digits - 1}e}".partition("e")
        return f"{_plain(float(mantissa))}e{int(exponent)}"
    for scale, suffix in _SCALES:
        if size >= scale:
            return f"{_plain(float(f'{rounded / scale:.{digits - 1}e}'))}{suffix}"
    return _plain(rounded)


def shortened(text: str, most: int) -> str:
    """Text of at most so many characters; a name of a page's length would push all others out of what is read."""
    text = _HEAPED.sub("\ufffd", text)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def rests_on(note: str | None, kind: str | None) -> list[str]:
    """On whose word, by SECOND_HAND, an input rests that the number so far (its kind; None without) leaves unsaid.

    What a formula gives on today's inputs is no record, and says of none on whose word it rests.
    """
    marks = [name for name, mark in SECOND_HAND.items() if mark in (note or "")]
    return marks[1:] if kind in {"measured", "derived"} else marks


def counted_digits(value: float) -> int:
    """How many digits a number that somebody stated is printed with: a window of 2,048 tokens is not one of 2,050."""
    return DIGITS + 1 if value == int(value) and abs(value) < 10 ** (DIGITS + 1) else DIGITS


def _plain(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:,.6f}".rstrip("0").rstrip(".")


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another, rounded."""
    return round((last - first).days / _DAYS_PER_MONTH)


def last_day_of_year(year: int) -> date:
    """The day that stands for a year in which something was forecast, whoever forecast it."""
    return date(year, 12, 31)


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


def target_dates(today: date, target: date) -> list[date]:
    """The scored horizons, every month's first day up to the target, and the target itself."""
    count = 12 * (target.year - today.year) + target.month - today.month
    grid = [day for k in range(1, count + 1) if (day := months_after(today.replace(day=1), k)) < target]
    return sorted({*grid, *scored_dates(today, target)})


def scored_dates(today: date, target: date) -> list[date]:
    """The days whose quantiles are published: 6, 12 and 24 months ahead, and the target."""
    ahead = [months_after(today, months) for months in SCORED_MONTHS]
    return sorted({*ahead, target} if target > today else set(ahead))


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the last one of a month that is too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")
