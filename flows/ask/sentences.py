"""A change of a forecast in words: what, before and after, how far, and the cause in the first line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flows.edition.authored import formula_in_words
from flows.edition.causes import BY_RANGE, cause_line, is_still, range_lines, reach_lines, told_as
from flows.edition.formats import format_number, format_value, round_digits
from flows.edition.words import words
from models.changes.size import CAUSES, has_part

if TYPE_CHECKING:
    from collections.abc import Mapping

Named = list[tuple[str, float]]


def headline(label: str, detail: Mapping[str, Any], over: str = "") -> str:
    """First line of an alert: the row, its median before and after, the size in spreads, and what moved it.

    `over` says why an alert is over. Causes that moved nothing are left out, but for the method: that it had no part
    is what a reader wants to know.
    """
    if over:
        return f"Cleared: {label}: {ended(detail, over)}"
    return f"{label}: {moved(detail)}"


def ended(detail: Mapping[str, Any], over: str, lang: str = "en") -> str:
    """Why an alert is over, without the name of its row: the reason `over`, both medians, how far apart."""
    return words(lang).alerts["over"].format(
        over=over, ends=ends(detail, lang), size=f"{round_digits(detail['size_spreads'], 2):g}",
        direction=way(detail, lang),
    )  # fmt: skip


def moved(detail: Mapping[str, Any], lang: str = "en") -> str:
    """How a forecast moved, without the name of its row: both medians, the size in spreads, what moved it."""
    w, unit = words(lang), detail["unit"]
    rows = {cause: [(one["row"], one["amount"]) for one in some] for cause, some in detail["rows"].items()}
    # An alert of before November 2026 kept no reaches.
    is_range = is_still(detail["causes"].values(), unit) and "reaches" in detail
    if is_range:
        causes = told_range(detail, rows, lang)
    else:
        parts = [
            cause_line(cause, detail["causes"][cause], unit, rows.get(cause, []), lang)
            for cause in ranked(detail["causes"], unit)
        ]
        causes = told_width(detail, parts, lang)
    return w.alerts["forecast"].format(
        ends=ends(detail, lang), size=f"{round_digits(detail['size_spreads'], 2):g}",
        direction=way(detail, lang), causes=w.alerts["and"].join(causes),
    )  # fmt: skip


def told_range(detail: Mapping[str, Any], rows: Mapping[str, Named] | None = None, lang: str = "en") -> list[str]:
    """Why a row moved whose median stayed, by `reaches`; nothing of one that did not move at all."""
    return range_lines(detail["reaches"], rows, lang) if detail["size_spreads"] else []


def told_width(detail: Mapping[str, Any], parts: list[str], lang: str = "en") -> list[str]:
    """The `parts` of the median, behind what moved the range where that moved most: they say nothing of the size then.

    21,300 → 18,700 by 1.1 spreads stood beside "time passing -0.049 dex", which had moved it by a tenth of one.
    """
    rows = {cause: [one["row"] for one in some] for cause, some in (detail.get("rows") or {}).items()}
    far = {told_as(cause, rows.get(cause, ())): spreads for cause, spreads in (detail.get("reaches") or {}).items()}
    # An alert of before December 2026 kept no rows of its range.
    reaching = {
        cause: [(one["row"], one["amount"]) for one in some] for cause, some in detail.get("reaching", {}).items()
    }
    reaches = reach_lines(far, lang, {told_as(cause, rows.get(cause, ())): some for cause, some in reaching.items()})
    if detail["direction"] not in BY_RANGE or not reaches or not parts:
        return parts
    ledger = words(lang).ledger
    return [ledger["mostly_range"], *reaches, ledger["of_median"].format(parts[0]), *parts[1:]]


def way(detail: Mapping[str, Any], lang: str = "en") -> str:
    """Where a forecast went: up or down as its two medians read, and then whether its range grew wider or narrower.

    Beside 43 → 55, "narrower" alone seemed to deny the rise. What is the same number for number went nowhere.
    """
    ledger, unit = words(lang).ledger, detail["unit"]
    if detail["size_spreads"] == 0:
        return ledger["unmoved"]
    before, after, said = detail["p50_before"], detail["p50"], ledger[detail["direction"]]
    if detail["direction"] not in BY_RANGE or before is None or after is None:
        return said
    if format_number(before, unit, lang) == format_number(after, unit, lang):
        return said
    return ledger["way_and_width"].format(ledger["up" if after > before else "down"], said)


def otherwise(before: Mapping[str, Any] | None, now: Mapping[str, Any], lang: str = "en") -> str:
    """How a row of out.property is computed now, where it was computed otherwise before; empty where it was not.

    A row takes another formula or another series when evidence comes, goes, or has grown old. The split by cause
    counts that to what made it do so, and a reader who knew the old formula would look for it there in vain.
    """
    if before is None:
        return ""
    ledger = words(lang).ledger
    old, new = (formula_in_words(row["formula"] or "", lang) or ledger["no_formula"] for row in (before, now))
    if old != new:
        return ledger["by_formula"].format(now=new, before=old)
    old, new = (words(lang).join.join(series_of(row)) or ledger["no_series"] for row in (before, now))
    return ledger["from_series"].format(now=new, before=old) if old != new else ""


def series_of(row: Mapping[str, Any]) -> list[str]:
    """The series that a row of out.property is computed from."""
    detail: dict[str, list[str]] = json.loads(row["detail_json"] or "{}")
    return detail.get("series", [])


def ends(row: Mapping[str, Any], lang: str = "en") -> str:
    """Median before and after, with the unit; what an edition does not publish is not told here either."""
    ledger = words(lang).ledger
    unit, before, after = row["unit"], row["p50_before"], row["p50"]
    if before is None and after is None:
        # How far it fell would be asked of a number that nobody can find.
        return ledger["no_median" if row.get("size_spreads") is None else "fit_alone"]
    told = ledger["none_published"] if after is None else format_value(after, unit, lang)
    return f"{ledger['none_published'] if before is None else format_number(before, unit, lang)} → {told}"


def ranked(causes: Mapping[str, float], unit: str) -> list[str]:
    """Causes that had a part, the greatest first; the method last."""
    had = [cause for cause in CAUSES if cause != "method" and has_part(causes[cause], unit)]
    had.sort(key=lambda one: -abs(causes[one]))
    return [*had, "method"]
