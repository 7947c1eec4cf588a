"""What the answers of a market stand for: the range of numbers, or the days, that a label names."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from sources.reading.json_values import Flaw

if TYPE_CHECKING:
    from collections.abc import Collection

_MAGNITUDES: Final = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9,
    "t": 1e12, "trillion": 1e12,
}  # fmt: skip
_LARGEST_POWER: Final = 300
# Words that any label may hold.
_PLAIN: Final = (
    "to",
    "or",
    "and",
    "more",
    "less",
    "than",
    "at",
    "least",
    "most",
    "over",
    "above",
    "under",
    "below",
    "up",
)
_FIRST_YEAR, _LAST_YEAR = 1990, 2300
_NUMBER: Final = re.compile(
    r"10\^\{?(?P<power>\d{1,3})\}?"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE]\+?\d{1,3})?)"
    r"(?:\s?(?P<magnitude>k|thousand|million|mn|m|billion|bn|b|trillion|t)\b)?",
    re.IGNORECASE,
)
_ABOVE: Final = re.compile(
    r"^\s*\$?\s*(?:>=?|≥|at least|more than|over|above)|(?:\+|or more|or later|or above|and up)\s*$", re.IGNORECASE
)
_BELOW: Final = re.compile(
    r"^\s*(?:<=?|≤|at most|less than|under|below|before|by)|(?:or less|or earlier|or below)\s*$", re.IGNORECASE
)
_LATER: Final = re.compile(
    r"^\s*(?:>=?|≥|after|not (?:by|before)|later than|never)|(?:\+|or later|or never)\s*$", re.IGNORECASE
)


class Bounds(NamedTuple):
    """A range; None where it is open."""

    low: float | None
    high: float | None


def threshold_of(label: str, words: Collection[str] = ()) -> float:
    """The one number that a label like '>16h' names; Flaw when it names none, or several, or holds a strange word."""
    numbers = _numbers(label, words)
    if len(numbers) != 1 or _BELOW.search(label):
        raise Flaw("answers", label, "an answer that names a number to be passed was counted on")
    return numbers[0]


def range_of(label: str, words: Collection[str] = ()) -> Bounds:
    """The range of a label like '8 to 16 hours', '<2 hours' or '>=16 hours'; Flaw when it names none."""
    numbers = _numbers(label, words)
    if len(numbers) == 2 and numbers[0] < numbers[1]:
        return Bounds(*numbers)
    if len(numbers) == 1 and _BELOW.search(label):
        return Bounds(None, numbers[0])
    if len(numbers) == 1 and _ABOVE.search(label):
        return Bounds(numbers[0], None)
    raise Flaw("answers", label, "an answer that names a range was counted on")


def year_of(label: str) -> Bounds:
    """The days of a label like '2027', '2030 or later' or 'not by 2032', as ordinals; the end is the day after."""
    years = [int(one) for one in re.findall(r"(?<!\d)\d{4}(?!\d)", label) if _FIRST_YEAR <= int(one) <= _LAST_YEAR]
    if not years and re.search(r"\bnever\b", label, re.IGNORECASE):
        return Bounds(float(date(_LAST_YEAR, 1, 1).toordinal()), None)
    if len(years) not in {1, 2} or years != sorted(years):
        raise Flaw("answers", label, "an answer that names a year was counted on")
    first, last = date(years[0], 1, 1).toordinal(), date(years[-1] + 1, 1, 1).toordinal()
    if len(years) == 1 and _LATER.search(label):
        # "After 2032" and "not by 2032" begin when that year has ended; "2030 or later" begins with it.
        return Bounds(float(first if re.search(r"or later|\+|>=|≥", label, re.IGNORECASE) else last), None)
    if len(years) == 1 and _BELOW.search(label):
        return Bounds(None, float(first if re.match(r"\s*(?:before|<(?!=))", label, re.IGNORECASE) else last))
    return Bounds(float(first), float(last))


def _numbers(label: str, words: Collection[str]) -> list[float]:
    """The numbers of a label in reading order; of '20-30B' both are billions.

    With `words`, no others may stand there: '1 week' beside hours is no one.
    """
    found = list(_NUMBER.finditer(label))
    strange = set(re.findall(r"[^\W\d_]+", _NUMBER.sub(" ", label).lower())) - {*words, *_PLAIN}
    if words and strange:
        raise Flaw("answers", label, f"a label with another word than {', '.join(words)}")
    named = [_MAGNITUDES.get((match["magnitude"] or "").lower()) for match in found]
    # Only where the last one has a word and none before it: in '900 M to 1.2 B' each speaks for itself.
    shared = named[-1] if named and not any(named[:-1]) else None
    return [_value(match, size or shared or 1.0) for match, size in zip(found, named, strict=True)]


def _value(match: re.Match[str], magnitude: float) -> float:
    if match["power"]:
        number = 10.0 ** int(match["power"]) if int(match["power"]) <= _LARGEST_POWER else math.inf
    else:
        number = float(match["number"].replace(",", "")) * magnitude
    if not math.isfinite(number):
        raise Flaw("answers", match[0], "a number too large for any quantity here")
    return number
