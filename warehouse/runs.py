"""The record of runs: numbered and on record from their first moment, ended once, never lost to a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from warehouse.contracts import out, polars_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from warehouse.store import Warehouse
    from warehouse.vintages import Queries

RUNNING: Final = "running"
INTERRUPTED: Final = "interrupted"
_ENDED_WITHOUT_A_WORD: Final = "the process ended without a word: it was killed, or the machine stopped"
_COUNTS: Final = tuple(name for name in out.RUN.column_names if name.endswith("_count"))


def start(warehouse: Warehouse, today: date, now: datetime) -> int:
    """Put a new run on record and return its number; those that a kill left running are recorded as interrupted.

    From the first moment on: numbered only at its end, a run that was killed would leave its number, and the ids of
    all its looks, to the next one. Call while the lock of the home is held: whatever is running then, is not.
    """
    with warehouse.transaction():
        warehouse.execute(
            "UPDATE out.run SET outcome = ?, message = ?, finished_at = started_at WHERE outcome = ?",
            [INTERRUPTED, _ENDED_WITHOUT_A_WORD, RUNNING],
        )
        number = int(str(warehouse.rows("SELECT coalesce(max(run_number), 0) + 1 FROM out.run")[0][0]))
        row = {
            "run_id": run_id(today, number),
            "run_number": number,
            "started_at": now,
            "finished_at": None,
            "origin_date": today,
            "outcome": RUNNING,
            "edition_id": None,
            **dict.fromkeys(_COUNTS, 0),
            "message": RUNNING,
        }
        warehouse.insert(out.RUN, pl.DataFrame([row], schema=polars_schema(out.RUN)))
    return number


def run_id(today: date, number: int) -> str:
    """The day and the number of a run."""
    return f"{today.isoformat()}/{number}"


def finish(warehouse: Warehouse, number: int, ended: Mapping[str, Any]) -> None:
    """Record how a run ended: finished_at, outcome, edition_id, counts and message. Call inside a transaction."""
    columns = ("finished_at", "outcome", "edition_id", *_COUNTS, "message")
    sets = ", ".join(f"{name} = ?" for name in columns)
    warehouse.execute(f"UPDATE out.run SET {sets} WHERE run_number = ?", [*(ended[name] for name in columns), number])


def newest(queries: Queries) -> dict[str, Any] | None:
    """The row of out.run of the newest run; None before the first."""
    return next(iter(queries.frame("SELECT * FROM out.run ORDER BY run_number DESC LIMIT 1").to_dicts()), None)
