"""The changed rows behind a move in words: what each is called, and the few that moved a row of the table most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flows.edition.causes import ASSUMED_ROW, is_assumption
from models.changes.size import has_part
from models.days import NAME_LENGTH, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from flows.ask.sentences import Named

# Rows named beside a cause: more would not be read in a first line.
NAMED_ROWS: Final = 3
# The same hundredth of what anybody would act on as of a median.
LEAST_REACH: Final = 0.01


def is_mover(amount: float, reach: float, unit: str) -> bool:
    """Whether a row moved the median, or the range by what is more than arithmetic (`reach`, in spreads)."""
    return has_part(amount, unit) or reach >= LEAST_REACH


def day_of(row: Mapping[str, Any]) -> date:
    """When a changed row was measured, or an assumption stated."""
    day: date = row["as_of_date"] if "assumption_id" in row else row["observation_date"]
    return day


def named(row: Mapping[str, Any]) -> str:
    """What a changed row is called: the system on its series, or the assumption."""
    if "assumption_id" in row:
        return f"{ASSUMED_ROW}{row['assumption_id']}"
    # Rows are kept with semicolons between them: a name that has one must not pass for two.
    name = " ".join(str(row.get("system_name") or row["system_id"]).replace(";", ",").split())
    return f"{shortened(name, NAME_LENGTH)} on {row['series_id']}"


def by_cause(moved_by: Iterable[tuple[Mapping[str, Any], float]]) -> dict[str, Named]:
    """The first few rows of each cause in words, none twice, with what each moved.

    Where these are all readings or all assumptions, the first of the others stands behind them: what a cause is called
    is read off the rows that are named.
    """
    found: dict[str, Named] = {}
    for row, amount in moved_by:
        text, some = named(row), found.setdefault(row["cause"], [])
        is_of_others = len(some) == NAMED_ROWS and all(is_assumption(one) != is_assumption(text) for one, _ in some)
        if (len(some) < NAMED_ROWS or is_of_others) and text not in dict(some):
            some.append((text, amount))
    return found
