"""The property row as a person reads it: each number as text, and a word wherever there is no number."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flows.edition.formats import (
    DATE_UNITS,
    DIGITS,
    decimal_year,
    format_chance,
    format_date,
    format_known_day,
    format_month,
    format_number,
    format_range,
    format_state,
)
from flows.edition.words import words
from models.days import SECOND_HAND, counted_digits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Row = dict[str, Any]


# A median within a wide range is not known to three digits; a constant is.
FORECAST_DIGITS: Final = 2
_SHOWN: Final = frozenset({"value", "stale"})
# Which set of MATH a record is of, as its series is named in the note.
_TEST_SET: Final = re.compile(r"\bmath/(full|500)/")
# A row called after version 2 of a test, of which on that day there was no score yet.
_OLDER_VERSION: Final = re.compile(r"\bfrontiermath/[\w-]+-v1/")
# How Epoch AI marks what it worked out from outside; what it calls confident is mostly what a maker has stated.
_DOUBTED: Final = re.compile(r"\bconfidence:? (?:Likely|Speculative)\b")


class StateContradiction(ValueError):
    """A row's state says that there is a number, and there is none; the message names row and cell."""


class PrintedCell(NamedTuple):
    """One printed cell: the number or the word for its absence, and what stands in brackets beside it."""

    text: str
    aside: str = ""
    is_word: bool = False

    def joined(self, lang: str) -> str:
        """The cell on one line, e.g. `3.4 M (2.1–5.4 M)`."""
        return words(lang).in_brackets.format(self.text, self.aside) if self.aside else self.text


def today_cell(row: Mapping[str, Any], lang: str) -> PrintedCell:
    """Today's median with its middle half; a dated row without a median says how likely 'never' is."""
    if row["unit"] in DATE_UNITS:
        return _dated_today(row, lang)
    middle_half = _ends(row["p25"], row["p75"], row["unit"], lang, FORECAST_DIGITS)
    text = _number(row, "p50", row["value_state"], lang, median_digits(row))
    if text is None and row["status"] == "beyond_range" and row["value_state"] == "not_applicable":
        # Not that there is nothing to forecast: the target lies too far ahead for a number.
        return PrintedCell(words(lang).status["beyond_range"], is_word=True)
    if text is None:
        return _word(row["value_state"], lang)
    return _stale(PrintedCell(text, middle_half or ""), row["value_state"], lang)


def median_digits(row: Mapping[str, Any]) -> int:
    """The digits of the median in `today_cell`; beside it the same median in others would seem to be another."""
    return FORECAST_DIGITS if row["p25"] != row["p75"] else DIGITS


def essay_cell(row: Mapping[str, Any], lang: str) -> PrintedCell:
    """The essay's median with its middle half, where the essay gives them."""
    text = _number(row, "essay_p50", row["essay_state"], lang)
    if text is None:
        return _word(row["essay_state"], lang)
    w = words(lang)
    ends = essay_range(row, lang)
    # What is worked back from other numbers of the essay must not pass for a word of its author.
    kind = w.essay_kinds.get(row["essay_kind"] or "", "")
    return _stale(PrintedCell(text, w.join.join(part for part in (kind, ends) if part)), row["essay_state"], lang)


def essay_range(row: Mapping[str, Any], lang: str) -> str:
    """The essay's middle half; empty where it gives none."""
    return _ends(row["essay_p25"], row["essay_p75"], row["unit"], lang) or ""


def actual_cell(row: Mapping[str, Any], lang: str) -> PrintedCell:
    """What is known so far, with its day, whose word it rests on and, unless it is measured, its kind.

    Of a dated row the day is the value.
    """
    state, day = row["actual_state"], row["actual_date"]
    # What a formula gives on today's inputs is no record, on whatever its inputs rest.
    told = second_hand(row["actual_note"], lang) if row["actual_kind"] != "implied" else ""
    if row["unit"] in DATE_UNITS and day is not None and state in _SHOWN:
        aside = words(lang).join.join(part for part in (told, _test_set(row, lang)) if part)
        return _stale(PrintedCell(_known_day(row, day, lang), aside), state, lang)
    text = _number(row, "actual_value", state, lang, measured_digits(row))
    if text is None:
        return _word(state, lang)
    w = words(lang)
    # A number that a formula gives would otherwise read as one that somebody has measured.
    kind = w.page["estimated"] if is_estimate(row) else w.kinds.get(row["actual_kind"], "")
    aside = w.join.join(
        part
        for part in (
            kind,
            told,
            _claimed(row, lang),
            _at_least(row, lang),
            _known_day(row, day, lang) if day else "",
            _test_set(row, lang),
        )
        if part
    )
    return _stale(PrintedCell(text, aside), state, lang)


def measured_digits(row: Mapping[str, Any]) -> int:
    """In those of the evidence, where somebody has stated the number; what is worked out is known no more exactly."""
    return counted_digits(row["actual_value"] or 0.0) if row["actual_kind"] == "measured" else DIGITS


def second_hand(note: str | None, lang: str) -> str:
    """That a record rests on a third party's report, or on memory, by its note; empty for any other."""
    said = (name for name, mark in SECOND_HAND.items() if mark in (note or ""))
    return next((words(lang).page[name] for name in said), "")


def _claimed(row: Mapping[str, Any], lang: str) -> str:
    """That what is counted so far stands by a claim alone, wholly or in part; empty for what is measured."""
    detail = json.loads(row.get("detail_json") or "{}")
    if not (claimed := detail.get("claimed")):
        return ""
    reached = [one["task"] for one in detail["tasks"] if one["state"] == "passed"]
    return words(lang).page["claimed" if set(reached) <= set(claimed) else "partly_claimed"]


def _at_least(row: Mapping[str, Any], lang: str) -> str:
    """What the publisher itself states of the value so far, where that is a floor: its number alone would say more."""
    floor = json.loads(row.get("detail_json") or "{}").get("at_least")
    return "" if floor is None else words(lang).detail["at_least"].format(format_number(floor, row["unit"], lang))


def _test_set(row: Mapping[str, Any], lang: str) -> str:
    """Which set of problems a record on MATH is of, or which version another is of; empty for any other.

    Beside 94.8 % on the split, reached six days earlier, the best score of 92.9 % on the full set looked like an error;
    and the 50 % of version 1 stood below the name of version 2, on which the same system scores 1.5 times as much.
    """
    note, page = row["actual_note"] or "", words(lang).page
    found = _TEST_SET.search(note)
    if found is None:
        return page["older_version"] if _OLDER_VERSION.search(note) else ""
    return page[f"test_set_{found[1]}"]


def is_estimate(row: Mapping[str, Any]) -> bool:
    """Whether a cited number is its publisher's estimate of what nobody disclosed, by the confidence stated with it."""
    return row["actual_kind"] == "measured" and bool(_DOUBTED.search(row["actual_note"] or ""))


def newest_input(row: Mapping[str, Any], lang: str) -> str:
    """The day of the newest input; where that is the value so far, no more exactly than its day is known."""
    day = row["inputs_as_of"]
    return _known_day(row, day, lang) if day == row["actual_date"] else format_date(day, lang)


def _known_day(row: Mapping[str, Any], day: date, lang: str) -> str:
    return format_known_day(day, row["actual_date_precision"], lang)


def full_range(row: Mapping[str, Any], lang: str) -> str | None:
    """Today's 5th to 95th percentile; None where the ends are not known, not shown or do not differ."""
    if not is_today_shown(row):
        return None
    if row["unit"] in DATE_UNITS:
        return _dated_range(row, "p05", "p95", lang)
    return _ends(row["p05"], row["p95"], row["unit"], lang, FORECAST_DIGITS)


def is_today_shown(row: Mapping[str, Any]) -> bool:
    """Whether today's quantiles may be read at all; of a dated row some are known while its median is not yet."""
    state = row["value_state"]
    return state in _SHOWN or (state == "not_yet" and row["unit"] in DATE_UNITS)


def date_quantile(row: Mapping[str, Any], level: str) -> date | None:
    """A quantile of a dated row; None when it lies after the last day forecast."""
    day: date | None = row[f"value_date_{level}"]
    return day


def actual_number(row: Mapping[str, Any]) -> float | None:
    """What has happened as a number in the unit of the row, dates as decimal years; None when nothing has."""
    if row["actual_state"] not in _SHOWN:
        return None
    if row["unit"] in DATE_UNITS:
        return decimal_year(row["actual_date"]) if row["actual_date"] else None
    value: float | None = row["actual_value"]
    return value


def unit_note(row: Mapping[str, Any], lang: str) -> str:
    """The unit's word where the printed numbers do not carry it themselves; empty for dates and per cent."""
    is_carried = row["unit"] in DATE_UNITS or row["unit"] in {"%", "probability"}
    return "" if is_carried else words(lang).unit(row["unit"])


def _number(row: Mapping[str, Any], column: str, state: str, lang: str, digits: int = DIGITS) -> str | None:
    # The state rules, not the number: a withheld value that stands in the row all the same stays withheld.
    if state not in _SHOWN:
        return None
    value = row[column]
    if value is None:
        if state == "stale":
            return None
        raise StateContradiction(
            f"{row['property_id']}: {column} is empty although its state is 'value'; "
            "give the cell the state that says why it is empty"
        )
    return format_number(value, row["unit"], lang, digits)


def _word(state: str, lang: str) -> PrintedCell:
    return PrintedCell(format_state(state, lang), is_word=True)


def _stale(cell: PrintedCell, state: str, lang: str) -> PrintedCell:
    if state != "stale":
        return cell
    return cell._replace(aside=words(lang).join.join(part for part in (cell.aside, format_state(state, lang)) if part))


def _ends(low: float | None, high: float | None, unit: str, lang: str, digits: int = DIGITS) -> str | None:
    # A constant has the same number at every level: a range of no width would pass it off as a forecast.
    if low is None or high is None or low == high:
        return None
    return format_range(low, high, unit, lang, digits)


def _dated_today(row: Mapping[str, Any], lang: str) -> PrintedCell:
    median = date_quantile(row, "p50")
    if median is not None and row["value_state"] in _SHOWN:
        cell = PrintedCell(format_month(median, lang), _dated_range(row, "p25", "p75", lang) or "")
        return _stale(cell, row["value_state"], lang)
    if row["value_state"] == "value":
        return PrintedCell(_required(row, lang))
    aside = ""
    if row["never_share"] is not None:
        aside = words(lang).clause.format(words(lang).chart["never"], never_chance(row, lang))
    return _word(row["value_state"], lang)._replace(aside=aside)


def never_chance(row: Mapping[str, Any], lang: str) -> str:
    """How likely a dated row does not happen by the target date; of what has happened, that is certain."""
    first, last = date_quantile(row, "p05"), date_quantile(row, "p95")
    if not row["never_share"] and first is not None and first == last:
        return format_number(0.0, "probability", lang)
    return format_chance(row["never_share"], lang)


def _required(row: Mapping[str, Any], lang: str) -> str:
    """The decimal year of a row that has no date beside it."""
    text = _number(row, "p50", row["value_state"], lang)
    assert text is not None
    return text


def _dated_range(row: Mapping[str, Any], low: str, high: str, lang: str) -> str | None:
    first, last = date_quantile(row, low), date_quantile(row, high)
    if first is None or first == last:
        return None
    w = words(lang)
    # No day means later than the last day forecast, which is not the same as unknown.
    if last is None:
        return w.open_range.format(low=format_month(first, lang))
    return w.long_range.format(low=format_month(first, lang), high=format_month(last, lang))
