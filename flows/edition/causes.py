"""What a cause of a change is called, and how its part is told: in alerts, in `diff` and in the feed alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flows.edition.formats import round_digits
from models.changes.size import has_part, scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What a cause is called in a sentence.
CAUSE_NAMES: Final[Mapping[str, str]] = {
    "total": "altogether",
    "elapsed_time": "time passing",
    "revised_rows": "revised rows",
    "removed_rows": "removed rows",
    "new_rows": "new rows",
    "changed_source": "another source",
    "settings": "settings",
    "method": "method",
}


def cause_line(cause: str, amount: float, unit: str, rows: Sequence[tuple[str, float]] = ()) -> str:
    """One cause: `new rows +0.21 dex (Claude Opus 4.6 on metr/v1.1/p50-horizon +0.34)`."""
    named = ", ".join(f"{text} {signed(moved)}" for text, moved in rows)
    amount = amount if has_part(amount, unit) else 0.0
    measure = f" {scale_of(unit)}" if amount else ""
    return f"{CAUSE_NAMES[cause]} {signed(amount)}{measure}" + (f" ({named})" if named else "")


def signed(amount: float) -> str:
    """A contribution with its sign; 0 without one."""
    return f"{round_digits(amount, 2):+g}" if amount else "0"
