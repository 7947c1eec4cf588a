"""How one value is written: numbers with their scale, shares as per cent, dates, ranges, and states as words."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from flows.edition.words import words
from models.days import LEAST_CHANCE
from warehouse.contracts.out import CELL_STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.edition.words import Words

# Enough to tell two editions apart; more would promise what no input knows.
DIGITS: Final = 3
# From here up a number is written as 4.6e26: nobody reads "460 septillion", and suffixes differ between countries.
SCIENTIFIC_FROM: Final = 1e15
SCIENTIFIC_BELOW: Final = 1e-4
# Two ways of counting the same thing: 86.4 of 100 and 0.864 of 1. Mixing them up is a factor of a hundred.
PERCENT_UNITS: Final = frozenset({"%"})
SHARE_UNITS: Final = frozenset({"share", "probability", "share of tasks"})
DATE_UNITS: Final = frozenset({"year"})
# Written with the prefixes of their kind, which say the unit as well: nobody reads 1.49 billion watts.
POWER_UNITS: Final = frozenset({"watts"})
_PREFIXED: Final = ((1e12, " TW"), (1e9, " GW"), (1e6, " MW"), (1e3, " kW"), (0.0, " W"))
# From here up a number has separators, and nobody takes it for one of the millions beside it.
LEAST_WITHOUT_SUFFIX: Final = 1000
_SUPERSCRIPTS: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_DIGITS_AGAIN: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_PRINTED_POWER: Final = re.compile(r"×10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
# What somebody stated and others reckon with: 380 words of 1.33 tokens each are 505, of 4/3 they are the 507 printed.
STATED_DIGITS: Final = DIGITS + 1


def format_value(value: float, unit: str, lang: str = "en", digits: int = DIGITS) -> str:
    """A number with its unit, e.g. `1.8 M human-years`, `86.4 %`, `5× human speed`, `Jun 2025`."""
    number, unit_word = format_number(value, unit, lang, digits), words(lang).unit(unit)
    if unit in PERCENT_UNITS | SHARE_UNITS | DATE_UNITS | POWER_UNITS or not unit_word:
        return number
    # A multiplication sign belongs to the number, a word stands apart from it.
    return f"{number}{unit_word}" if unit_word.startswith("×") else f"{number} {unit_word}"


def format_number(value: float, unit: str, lang: str = "en", digits: int = DIGITS) -> str:
    """A number to so many significant digits in the manner of its unit, without the unit's word.

    `%` is in per cent already; shares and probabilities (0..1) become per cent; unit `year` is a decimal year and
    becomes a month, or the bare year when it is whole. ValueError for a number that is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"cannot print {value} in {unit!r}: empty cells carry a state, never a number like this")
    if unit in DATE_UNITS:
        return str(int(value)) if value == int(value) else format_month(decimal_year_date(value), lang)
    if unit in PERCENT_UNITS:
        return words(lang).percent.format(_percent(value, digits))
    if unit in SHARE_UNITS:
        return words(lang).percent.format(_percent(100 * value, digits))
    if unit in POWER_UNITS:
        return _with_prefix(round_digits(value, digits))
    return _scaled(round_digits(value, digits), words(lang))


def format_range(low: float, high: float, unit: str, lang: str = "en", digits: int = DIGITS) -> str:
    """Two ends of an interval: `2.1–5.4 M`, `210万–540万`, `50–80 %`, `80,000 – 2 M`, `Jun 2025 – Mar 2027`.

    English names a suffix once where both ends have it. Chinese names it at each end always: 3,200万 is a number
    there, and beside `40–1,000万` a reader would take `3,200–8.1万` to begin with it.
    """
    w = words(lang)
    left, right = format_number(low, unit, lang, digits), format_number(high, unit, lang, digits)
    ends = _suffix(left), _suffix(right)
    # Each end is written as it would be alone, so that a median and its range can be compared digit by digit.
    if ends[1] and not ends[0] and abs(low) < LEAST_WITHOUT_SUFFIX:
        # "3–8.3 M" would be read as three million; "430,000 – 1.1 M" is not.
        right = _scientific(round_digits(high, digits))
    apart = unit in DATE_UNITS or ends[0] != _suffix(right)
    if not apart and w.suffix_once:
        left = left.removesuffix(ends[0])
    return (w.long_range if apart else w.range).format(low=left, high=right)


def format_chance(share: float, lang: str = "en", digits: int = DIGITS - 1) -> str:
    """A chance counted in draws: a few hundred that all agree make nothing certain, and 100 % would say that it is."""
    detail = words(lang).detail
    if share > 1 - LEAST_CHANCE:
        return detail["chance_over"].format(format_number(1 - LEAST_CHANCE, "probability", lang, digits))
    if share < LEAST_CHANCE:
        return detail["chance_under"].format(format_number(LEAST_CHANCE, "probability", lang, digits))
    return format_number(share, "probability", lang, digits)


def format_date(day: date, lang: str = "en") -> str:
    """A day in full: `12 Sep 2024`, `2024年9月12日`."""
    w = words(lang)
    return w.full_date.format(day=day.day, month=w.months[day.month - 1], year=day.year)


def format_month(day: date, lang: str = "en") -> str:
    """The month of a day: `Sep 2024`, `2024年9月`; forecasts are not known to the day."""
    w = words(lang)
    return w.month_date.format(month=w.months[day.month - 1], year=day.year)


def format_known_day(day: date, precision: str | None, lang: str = "en") -> str:
    """A day no more exactly than it is known: the first of a month or a year stands for all of it."""
    if precision == "month":
        return format_month(day, lang)
    return str(day.year) if precision == "year" else format_date(day, lang)


def decimal_year_date(year: float) -> date:
    """The day of a decimal year, to the nearest: 2025.4932 is 30 June 2025."""
    whole = math.floor(year)
    start = date(whole, 1, 1)
    # Leap years: a fixed 365 would be off by one day from March on.
    length = (date(whole + 1, 1, 1) - start).days
    # The last hours of a year would round to a day that is not of that year any more.
    return start + timedelta(days=min(round((year - whole) * length), length - 1))


def decimal_year(day: date) -> float:
    """A day as decimal year, the inverse of `decimal_year_date`."""
    start = date(day.year, 1, 1)
    return day.year + (day - start).days / (date(day.year + 1, 1, 1) - start).days


def format_state(state: str, lang: str = "en") -> str:
    """The words for a cell without a number; ValueError for `value`, which is no reason for an empty cell."""
    if state not in CELL_STATES or state == "value":
        raise ValueError(f"{state!r} does not say why a cell is empty; the reasons are {', '.join(CELL_STATES[1:])}")
    return words(lang).states[state]


def typeset(text: str) -> str:
    """Scientific notation as in print, `4.6e26` → `4.6×10²⁶`, and no line ends between a number and its per cent."""
    text = _APART.sub("\u00a0%", text)
    # Nine texts of ten have no power of ten in them.
    return " ".join(_typeset_word(word) for word in text.split(" ")) if _POWERS.search(text) else str(text)


def typed(text: str) -> str:
    """The inverse of `typeset`, `4.6×10²⁶` → `4.6e26`: of one number a terminal must not print two spellings."""
    return _PRINTED_POWER.sub(lambda found: f"e{found[1].translate(_DIGITS_AGAIN)}", text)


def telling_digits(values: Sequence[float], least: int, most: int = 4) -> int:
    """With how many digits numbers of one interval are printed apart: 178, 180 and 182 are not 180 thrice.

    A step of the last digit is no more than a third of the interval, or 204 to 217 would be 200 to 220.
    """
    width, far = max(values) - min(values), max(map(abs, values))
    for digits in range(least, most):
        step = 10.0 ** (math.floor(math.log10(far)) - digits + 1) if far > 0 else 0.0
        is_apart = len({round_digits(value, digits) for value in values}) == len(set(values))
        if is_apart and (not width or step <= width / 3):
            return digits
    return most


def round_digits(value: float, digits: int = DIGITS) -> float:
    """A number rounded to so many significant digits."""
    return float(f"{value:.{digits - 1}e}")


_APART: Final = re.compile(r"(?<=\d) %")
_POWERS: Final = re.compile(r"\we-*[0-9]")
# Between two numbers that are written without a space; Chinese brackets have none around them.
_JOINTS: Final = re.compile(r"([–（(])")


def _typeset_word(word: str) -> str:
    return "".join(_power(part) for part in _JOINTS.split(word))


def _power(number: str) -> str:
    # Words hold an e as well: only digits on both sides of it make a power of ten.
    mantissa, e, exponent = number.partition("e")
    tail = exponent.lstrip("-0123456789")
    digits = exponent.removesuffix(tail) if tail else exponent
    if not (e and digits.lstrip("-").isdigit() and mantissa[-1:].isdigit()):
        return number
    return f"{mantissa}×10{str(int(digits)).translate(_SUPERSCRIPTS)}{tail}"


def _scaled(rounded: float, w: Words) -> str:
    size = abs(rounded)
    if size >= SCIENTIFIC_FROM or 0 < size < SCIENTIFIC_BELOW:
        return _scientific(rounded)
    # Rounding comes first: 999,950 must find the suffix of a million, not stay below it.
    for scale, suffix in w.scales:
        if size >= scale:
            return f"{_plain(round_digits(rounded / scale))}{suffix}"
    return _plain(rounded)


def _with_prefix(watts: float) -> str:
    size, unit = next((scale, name) for scale, name in _PREFIXED if abs(watts) >= scale)
    return _plain(round_digits(watts / (size or 1.0))) + unit


def _scientific(rounded: float) -> str:
    mantissa, _, exponent = f"{rounded:.{DIGITS - 1}e}".partition("e")
    return f"{_plain(float(mantissa))}e{int(exponent)}"


def _plain(value: float) -> str:
    """Digits with thousands separators and no idle zeros; `value` is rounded already."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _percent(value: float, digits: int) -> str:
    # Three digits would print 99.97 as 100, which says that nothing is left to do: the rest to 100 counts as well.
    rest = min(abs(value), abs(100 - value)) if 0 < value < 100 else abs(value)
    decimals = digits - 2 if rest >= 10 else 1 if rest >= 1 else 2
    return _plain(round(value, decimals))


def _suffix(text: str) -> str:
    """What follows the number: ` M`, `万`, ` %`, `%` or nothing."""
    return text.lstrip("-0123456789.,") if "e" not in text else ""
