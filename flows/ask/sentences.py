"""A change of a forecast in words: what, before and after, how far, and the cause in the first line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flows.edition.formats import format_number, format_value, round_digits
from models.changes.size import CAUSES, scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What a cause is called in a sentence.
CAUSE_NAMES: Final[Mapping[str, str]] = {
    "elapsed_time": "time passing",
    "revised_rows": "revised rows",
    "removed_rows": "removed rows",
    "new_rows": "new rows",
    "changed_source": "another source",
    "settings": "settings",
    "method": "method",
}

Named = list[tuple[str, float]]


def headline(label: str, detail: Mapping[str, Any], over: str = "") -> str:
    """First line of an alert: the row, its median before and after, the size in spreads, and what moved it.

    `over` says why an alert is over. Causes that moved nothing are left out, but for the method: that it had no part
    is what a reader wants to know.
    """
    unit = detail["unit"]
    far = f"{round_digits(detail['size_spreads'], 2):g} spreads, {detail['direction']}"
    if over:
        return f"Cleared: {label}: {over}, {ends(detail)} ({far})"
    rows = {cause: [(one["row"], one["amount"]) for one in some] for cause, some in detail["rows"].items()}
    parts = [
        cause_line(cause, detail["causes"][cause], unit, rows.get(cause, [])) for cause in ranked(detail["causes"])
    ]
    return f"{label}: {ends(detail)} ({far}): {'; '.join(parts)}"


def ends(row: Mapping[str, Any]) -> str:
    """Median before and after, with the unit."""
    unit = row["unit"]
    return f"{format_number(row['p50_before'], unit)} → {format_value(row['p50'], unit)}"


def ranked(causes: Mapping[str, float]) -> list[str]:
    """Causes that had a part, the greatest first; the method last."""
    had = sorted((cause for cause in CAUSES if cause != "method" and causes[cause]), key=lambda one: -abs(causes[one]))
    return [*had, "method"]


def cause_line(cause: str, amount: float, unit: str, rows: Sequence[tuple[str, float]] = ()) -> str:
    """One cause: `new rows +0.21 dex (Claude Opus 4.6 on metr/v1.1/p50-horizon +0.34)`."""
    named = ", ".join(f"{text} {signed(moved)}" for text, moved in rows)
    measure = f" {scale_of(unit)}" if amount else ""
    return f"{CAUSE_NAMES[cause]} {signed(amount)}{measure}" + (f" ({named})" if named else "")


def signed(amount: float) -> str:
    """A contribution with its sign; 0 without one."""
    return f"{round_digits(amount, 2):+g}" if amount else "0"
