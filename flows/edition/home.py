"""The first minute on the home page: where we stand in one sentence, in one picture, and what moved since."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flows.edition.behind import read_of
from flows.edition.causes import (
    LEAST_SPREADS,
    MOVED_DIGITS,
    TOTAL,
    is_moved_range,
    is_still,
    kept_as,
    moved_text,
    reaches_of,
    weightiest,
)
from flows.edition.cells import actual_number, is_today_shown
from flows.edition.drawing import Scale
from flows.edition.formats import (
    DATE_UNITS,
    PERCENT_UNITS,
    SHARE_UNITS,
    decimal_year,
    format_month,
    format_number,
    typeset,
)
from flows.edition.shell import page_file
from flows.edition.words import words
from models.days import months_between

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ESSAY_DAY: Final = date(2023, 6, 7)
PASSED: Final = frozenset({"crossed", "resolved"})
OPEN: Final = frozenset({"open", "beyond_range"})
MOST_MOVED: Final = 5
_WIDTH: Final = 400.0
# A number at its ceiling has no room for multiples: 1.5 times 90 % is no forecast.
_BOUNDED: Final = DATE_UNITS | PERCENT_UNITS | SHARE_UNITS | {"percentile"}


class Line(NamedTuple):
    """One number as multiples of the essay's, in pixels; what is not known is None."""

    label: str
    href: str
    one: float
    so_far: float | None
    middle: float | None
    ends: tuple[float, float] | None
    times: str


class Moved(NamedTuple):
    """A row that moved, by how much, and where its causes stand."""

    label: str
    href: str
    size: str
    cause: str


class Standing(NamedTuple):
    """What the first minute is told from, beside the rows: the two days, the sources' states and the changes."""

    origin: date
    target: date
    states: Sequence[str]
    changes: Sequence[Mapping[str, Any]] = ()


class Opening(NamedTuple):
    """Everything above the table."""

    sentence: str
    note: str
    lines: list[Line]
    ticks: list[tuple[float, str]]
    moved: list[Moved]
    unmoved: str
    all_moves: str
    since: str
    honesty: str


def opening(rows: Sequence[Mapping[str, Any]], standing: Standing, lang: str) -> Opening:
    """What stands above the table."""
    origin, target, states = standing[:3]
    site = words(lang).site
    shown = [row for row in rows if _multiples(row)]
    # A state of 2023 is passed without the essay having been wrong: no disagreement.
    shown.sort(key=lambda row: (row["essay_kind"] == "anchor", -_disagreement(row), row["row_number"]))
    scale = _scale([value for row in shown for value in _multiples(row)])
    months = months_between(origin, target)
    has_before = any(row["previous_p50"] is not None for row in rows)
    found = read_of(states)
    return Opening(
        _sentence(rows, origin, lang),
        site["one_picture_note"].format(target=format_month(target, lang)),
        [_line(row, scale, lang) for row in shown],
        [(scale.at(10.0**power), f"×{format_number(10.0**power, '', lang)}") for power in _decades(scale)],
        _moved(rows, standing.changes, lang),
        site["moved_none" if has_before else "moved_first"],
        page_file("changes", lang) if has_before else "",
        _since(standing.changes, lang),
        site["ahead_all"].format(months=months, **found._asdict()),
    )


def _since(changes: Sequence[Mapping[str, Any]], lang: str) -> str:
    """Which edition is the one before, and what sizes are in: "12 spreads" says nothing by itself."""
    site = words(lang).site
    since = site["causes_since"].format(changes[0]["previous_edition_id"]) if changes else ""
    return f"{since}{'' if lang == 'zh' else ' '}{site['moved_in_spreads']}".strip()


def is_passed(row: Mapping[str, Any]) -> bool:
    """Whether what the essay forecast has come and gone by, by measurement; level with it is not past it."""
    said, so_far = row["essay_p50"], actual_number(row)
    is_beyond = row["actual_kind"] == "measured" and None not in (said, so_far) and row["unit"] not in DATE_UNITS
    is_forecast = row["essay_kind"] != "anchor"
    return row["status"] in PASSED or (is_forecast and is_beyond and so_far > said)


def _sentence(rows: Sequence[Mapping[str, Any]], origin: date, lang: str) -> str:
    passed = [row for row in rows if is_passed(row)]
    still = [row for row in rows if row["status"] in OPEN and not is_passed(row)]
    # Counted by themselves: whoever counts the rows with status open must find the number of the sentence.
    beyond = [row for row in still if row["status"] == "beyond_range"]
    unasked = [row for row in rows if row["status"] == "not_asked"]
    years = decimal_year(origin) - decimal_year(ESSAY_DAY)
    return words(lang).site["standing_sentence"].format(
        years=format_number(max(years, 0), "", lang, digits=2), passed=len(passed), all=len(rows),
        open=len(still) - len(beyond), beyond=len(beyond), unasked=len(unasked),
        rest=len(rows) - len(passed) - len(still) - len(unasked),
    )  # fmt: skip


def _multiples(row: Mapping[str, Any]) -> list[float]:
    """Everything drawn of a row, as multiples of the essay's number; nothing for a row that has no such line."""
    said = row["essay_p50"] if row["essay_state"] == "value" else None
    if row["unit"] in _BOUNDED or row["status"] not in PASSED | OPEN or not said or said <= 0:
        return []
    ahead = [row[level] for level in ("p25", "p50", "p75")] if is_today_shown(row) else []
    found = [value / said for value in (actual_number(row), *ahead) if value is not None and value > 0]
    return [*found, 1.0] if found else []


def _disagreement(row: Mapping[str, Any]) -> float:
    value = row["p50"] if is_today_shown(row) and row["p50"] else actual_number(row)
    return abs(math.log10(value / row["essay_p50"])) if value and value > 0 else 0.0


def _scale(values: Sequence[float]) -> Scale:
    low, high = min([0.1, *values]), max([10.0, *values])
    return Scale(10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high)), 6, _WIDTH - 6, is_log=True)


def _decades(scale: Scale) -> range:
    return range(round(math.log10(scale.low)), round(math.log10(scale.high)) + 1)


def _line(row: Mapping[str, Any], scale: Scale, lang: str) -> Line:
    said, so_far = row["essay_p50"], actual_number(row)
    is_shown = is_today_shown(row) and row["p50"]
    times = row["p50"] / said if is_shown else so_far / said if so_far else 1.0
    return Line(
        row[f"label_{lang}"],
        f"p/{page_file(row['property_id'], lang)}",
        scale.at(1.0),
        scale.at(so_far / said) if so_far and so_far > 0 else None,
        scale.at(row["p50"] / said) if is_shown else None,
        (scale.at(row["p25"] / said), scale.at(row["p75"] / said)) if is_shown and row["p25"] and row["p75"] else None,
        f"×{typeset(format_number(times, '', lang, digits=2))}",
    )


def _moved(rows: Sequence[Mapping[str, Any]], changes: Sequence[Mapping[str, Any]], lang: str) -> list[Moved]:
    """The rows that moved most, each with its weightiest causes where they are on record."""
    by_size = [row for row in rows if abs(row["change_spreads"] or 0) >= LEAST_SPREADS and not _is_withdrawn(row)]
    by_size.sort(key=lambda row: (-abs(row["change_spreads"]), row["row_number"]))
    found = []
    for row in by_size[:MOST_MOVED]:
        own = [one for one in changes if one["property_id"] == row["property_id"]]
        parts = {kept_as(one): one["amount"] for one in own if one["cause"] != TOTAL}
        href = f"p/{page_file(row['property_id'], lang)}#why"
        is_alone = bool(parts) and is_still(parts.values(), row["unit"])
        size = moved_text(row, lang, MOVED_DIGITS, is_range=is_moved_range(own, row["unit"]))
        by_range = _named(weightiest(reaches_of(own)), lang)
        told = words(lang).site["cause_range_by" if is_alone else "cause_mostly_range"]
        cause = told.format(by_range) if by_range else ""
        cause = cause or _weightiest(parts, row["unit"], lang)
        if row["p50"] is None:
            far = format_number(abs(row["change_spreads"]), "", lang, digits=MOVED_DIGITS)
            size, cause = words(lang).site["moved_unpublished"].format(far), ""
        found.append(Moved(row[f"label_{lang}"], href, size, cause))
    return found


def _is_withdrawn(row: Mapping[str, Any]) -> bool:
    """Whether it gave a number and gives none any more: it stands otherwise, and has not moved."""
    return row["p50"] is None and row["previous_p50"] is not None


def _weightiest(parts: Mapping[str, float], unit: str, lang: str) -> str:
    """The causes that did most, in words; empty where none is on record."""
    if not parts:
        return ""
    if is_still(parts.values(), unit):
        return words(lang).site["cause_range"]
    return _named(weightiest(parts), lang)


def _named(causes: Sequence[str], lang: str) -> str:
    return words(lang).join.join(words(lang).ledger[cause] for cause in causes)
