"""What a row says in sentences: the three numbers in words, why it stands as it does, and what would change it."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from flows.edition.cells import (
    FORECAST_DIGITS,
    PrintedCell,
    actual_cell,
    essay_cell,
    essay_range,
    today_cell,
    unit_note,
)
from flows.edition.formats import DATE_UNITS, format_date, format_month, format_number, format_range, typeset
from flows.edition.reason_clauses import clauses_in
from flows.edition.words import words
from models.days import rests_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a row keeps, and what it says, where its number is missing for want of a fact.
_LACKING: Final = frozenset({"missing", "essay_stands_in", "tasks"})
_UNTIL: Final = frozenset({"measured_until", "never_measured"})


def number_in_words(row: Mapping[str, Any], target: date, lang: str) -> str:
    """The row in one breath: what the essay said, what is known so far, what is forecast; or why one is not there."""
    site = words(lang).site
    cells = {"said": essay_cell(row, lang), "so_far": actual_cell(row, lang), "ahead": today_cell(row, lang)}
    when = format_month(target, lang)
    kinds = {name: "none" if cell.is_word else "value" for name, cell in cells.items()}
    if row["unit"] in DATE_UNITS:
        # A day is expected, and not expected for a day.
        kinds["ahead"] = {"value": "dated", "none": "no_day"}[kinds["ahead"]]
        # What has come on plainer terms than the question's is expected no more; the crowd's day is of those terms.
        if kinds["ahead"] == "no_day" and row["status"] == "crossed":
            kinds["ahead"] = "day_of_question"
    elif row["status"] == "unrefittable" and row["p05"] is not None:
        # Arithmetic on constants has no data of today and expects nothing, with or without stated ranges. What the
        # essay's own number stands in for is none: with its first measurement it is another.
        kinds["ahead"] = "lent" if is_lent(row) else "fixed" if row["p05"] == row["p95"] else "ranged"
    elif kinds["ahead"] == "value" and cells["ahead"].aside:
        kinds["ahead"] = "between"
    if row["essay_kind"] in {"anchor", "implied"}:
        cells["said"], kinds["said"] = cells["said"]._replace(aside=essay_range(row, lang)), row["essay_kind"]
    elif kinds["said"] == "value" and row["basis"] == "derived":
        # Few of these are in its words as they stand here: a range never is, a number seldom to its digits.
        kinds["said"] = "derived"
    sentences = [
        site[f"{name}_{kinds[name]}"].format(cell_text(cell, row, lang), target=when) for name, cell in cells.items()
    ]
    return ("" if lang == "zh" else " ").join(sentences)


def cell_text(cell: PrintedCell, row: Mapping[str, Any], lang: str) -> str:
    """A printed cell with the unit of its row, on one line."""
    note = "" if cell.is_word else unit_note(row, lang)
    gap = "" if not note or note.startswith("×") or lang == "zh" else " "
    return typeset(PrintedCell(f"{cell.text}{gap}{note}", cell.aside).joined(lang))


def reason(row: Mapping[str, Any], lang: str) -> str:
    """Why a row has its status; in English as the models say it, in Chinese from what they say it of."""
    rests = "".join(words(lang).site[f"reason_{name}"] for name in rests_on(row["actual_note"], row["actual_kind"]))
    if lang == "en":
        # Of an edition of before December 2026 it is not in what is kept.
        kept: str = row["status_reason"]
        return kept.removesuffix(rests) + rests
    detail = json.loads(row["detail_json"] or "{}")
    clauses = [f"{one}。" for one in clauses_in(detail, row["unit"], lang)]
    parts = [_standing(row, detail, lang)] if not clauses or row["status"] == "beyond_range" else []
    parts += [*ahead_of(row, detail, lang), *(clauses or _bounds(row, detail, lang))]
    return "".join(part for part in (*parts, rests) if part)


def _standing(row: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> str:
    """What its status means of the row: all that is known of an edition that kept no clauses."""
    day = format_date(row["inputs_as_of"], lang) if row["inputs_as_of"] else ""
    return words(lang).site[f"reason_{_kind(row)}"].format(day, question=detail.get("question_id", ""))


def _bounds(row: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> Iterator[str]:
    """What holds a row back or does not, of an edition that kept no clauses."""
    site = words(lang).site
    held = [name for name, one in detail.get("limits", {}).items() if one["holds_back"]]
    if held:
        yield site["reason_held"].format("、".join(held))
    endless = detail.get("unlimited", []) if row["status"] == "open" else []
    if endless:
        yield site["reason_unlimited"].format("、".join(endless))


def ahead_of(row: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> Iterator[str]:
    """The coming years of the series that was measured, and the declared courses to the target, as in English."""
    if row["status"] != "beyond_range":
        return
    w = words(lang)
    # Its stricter series comes second: the reason is about the one whose record stands as the number so far.
    first = next(iter(detail.get("series") or []), None)
    near = [one for one in detail.get("ahead", []) if one["series"] == first]
    for one in near:
        ends = format_range(one["p25"], one["p75"], row["unit"], lang, FORECAST_DIGITS)
        middle = format_number(one["p50"], row["unit"], lang, FORECAST_DIGITS)
        day = format_date(date.fromisoformat(one["date"]), lang)
        yield w.site["reason_ahead"].format(day, typeset(w.in_brackets.format(middle, ends)), w.unit(row["unit"]))
    courses = [one for one in detail.get("scenarios", []) if one.get("name")]
    if courses:
        yield w.site["reason_courses"].format(
            w.site["reason_course_join"].join(_course(one, row, lang) for one in courses)
        )


def _course(one: Mapping[str, Any], row: Mapping[str, Any], lang: str) -> str:
    w = words(lang)
    name = w.detail.get(f"course_{one['name'].replace(' ', '_')}", one["name"])
    pattern = w.site["reason_course_capped" if one["is_capped"] else "reason_course"]
    return pattern.format(name, typeset(format_number(one["hours"], row["unit"], lang)), w.unit(row["unit"]))


def is_lent(row: Mapping[str, Any]) -> bool:
    """Whether it stands on the essay's own number, for want of a measurement."""
    return row["status"] == "unrefittable" and "essay_stands_in" in json.loads(row["detail_json"] or "{}")


def _kind(row: Mapping[str, Any]) -> str:
    """Which words fit: a test without reports is no judgement, and what a question asks for no measured threshold."""
    if is_lent(row):
        return "stands_in"
    if row["status"] == "unrefittable" and row["inputs_as_of"]:
        return "unmeasured"
    return "crossed_event" if row["status"] == "crossed" and row["basis"] == "community" else str(row["status"])


def changers(row: Mapping[str, Any], lang: str) -> str:
    """What would move the row, by its status; one that lacks a measurement is no judgement, and waits for one.

    A test that is used up stays so whatever is reported on it; one that has fallen silent comes back with a report.
    """
    if row["status"] == "retired":
        is_used_up = json.loads(row["detail_json"] or "{}").get("is_used_up")
        return words(lang).site["change_used_up" if is_used_up else "change_silent"]
    is_unmeasured = row["status"] == "unrefittable" and (row["basis"] == "fit" or _lacks(row))
    return words(lang).site["change_unmeasured" if is_unmeasured else f"change_{row['status']}"]


def _lacks(row: Mapping[str, Any]) -> bool:
    detail = json.loads(row["detail_json"] or "{}")
    said = {one["key"] for one in detail.get("clauses", [])}
    return bool(_LACKING & detail.keys() or _UNTIL & said)
