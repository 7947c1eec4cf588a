"""The living rows in words: what still moves beside the essay's 44, each with its record and its forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flows.edition.authored import has_words, system_in
from flows.edition.cells import FORECAST_DIGITS, second_hand
from flows.edition.formats import (
    POWER_UNITS,
    SHARE_UNITS,
    format_date,
    format_month,
    format_number,
    format_range,
    telling_digits,
)
from flows.edition.words import words
from models.days import counted_digits
from warehouse.contracts.facts import FRESH_DAYS
from warehouse.contracts.living import HORIZON_SERIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

# Whose word would say nothing that the label and the number do not.
_UNSAID: Final = SHARE_UNITS | POWER_UNITS | {"index", "count"}

# What is fresh is what the title says.
_AT_REST: Final = frozenset({"aging", "frozen"})


class LivingView(NamedTuple):
    """One living row as it is printed; a cell without a number says why, or nothing where another says it."""

    name: str
    label: str
    unit: str
    so_far: str
    record: str
    in_a_year: str
    in_a_year_range: str
    ahead: str
    ahead_range: str
    series_id: str


def headings(target: date, lang: str) -> tuple[str, str, str, str, str]:
    """What the columns of a table of living rows are called."""
    site = words(lang).site
    ahead = site["expected"].format(format_month(target, lang))
    return site["living_row"], site["by_now"], site["living_record"], site["living_in_a_year"], ahead


def lede(rows: Sequence[Mapping[str, Any]], lang: str) -> str:
    """How many living rows there are, and how far each is forecast."""
    site, states = words(lang).site, [row["value_state"] for row in rows]
    said = {"count": len(rows), "ahead": states.count("value"), "near": states.count("beyond_range")}
    frozen = [row["rot"] for row in rows].count("frozen")
    still = site["living_ended"].format(frozen) if frozen else ""
    return site["living_lede"].format(**said) + still if rows else site["living_none"]


def rule(rows: Sequence[Mapping[str, Any]], lang: str) -> str:
    """Which living rows are forecast how far; empty where there is none."""
    return words(lang).site["living_rule"] if rows else ""


def living_view(row: Mapping[str, Any], lang: str) -> LivingView:
    """A row of out.living in words."""
    unit = row["unit"]
    soon, late = ([row[f"{name}{end}"] for name in ("p25", "p50", "p75")] for end in ("_in_a_year", ""))
    soon_digits, late_digits = _digits(soon), _digits(late)
    return LivingView(
        row["living_id"],
        row[f"label_{lang}"],
        "" if unit in _UNSAID else words(lang).unit(unit),
        _number(row["actual_value"], unit, lang, counted_digits(row["actual_value"] or 0.0)),
        _record(row, lang),
        _number(row["p50_in_a_year"], unit, lang, soon_digits),
        _range(row["p25_in_a_year"], row["p75_in_a_year"], unit, lang, soon_digits),
        _number(row["p50"], unit, lang, late_digits) or _why_none(row, lang),
        _range(row["p25"], row["p75"], unit, lang, late_digits),
        row["series_id"] or "",
    )


def _why_none(row: Mapping[str, Any], lang: str) -> str:
    # A horizon is held back however long it was seen: that its past is too short would be false of it.
    is_held_back = row["value_state"] == "beyond_range" and row["series_id"] in HORIZON_SERIES
    return words(lang).site["living_horizon" if is_held_back else f"living_{row['value_state']}"]


def _number(value: float | None, unit: str, lang: str, digits: int) -> str:
    return "" if value is None else format_number(value, unit, lang, digits)


def _digits(ends: Sequence[float | None]) -> int:
    """Digits that tell the ends of a range apart, in the median too: 180 (180–180) has lost what it says."""
    known = [one for one in ends if one is not None]
    return telling_digits(known, FORECAST_DIGITS) if known else FORECAST_DIGITS


def _range(low: float | None, high: float | None, unit: str, lang: str, digits: int) -> str:
    return "" if low is None or high is None else format_range(low, high, unit, lang, digits)


def _record(row: Mapping[str, Any], lang: str) -> str:
    """The day of the record, who holds it, whose word it rests on and whether it still moves."""
    if row["actual_date"] is None:
        return ""
    is_day = row["actual_date_precision"] == "day"
    day = format_date(row["actual_date"], lang) if is_day else format_month(row["actual_date"], lang)
    system = (row["actual_note"] or "").partition(f", {row['series_id']}")[0]
    held = words(lang).join.join((day, system_in(system, lang))) if system and has_words(system, lang) else day
    # Under a title that says what moves, a record of two years ago would pass for one that may fall tomorrow.
    rot = words(lang).site[f"living_{row['rot']}"].format(FRESH_DAYS) if row["rot"] in _AT_REST else ""
    aside = words(lang).join.join(part for part in (second_hand(row["actual_note"], lang), rot) if part)
    return words(lang).in_brackets.format(held, aside) if aside else held
