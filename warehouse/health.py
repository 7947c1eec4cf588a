"""How fresh each source and each row is: one definition each for status, alerts, checks and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warehouse.contracts.copies import CURATED, Copied, copies_of
from warehouse.contracts.facts import FRESH_DAYS, MOVING

if TYPE_CHECKING:
    from datetime import date, datetime

    import polars as pl

    from warehouse.vintages import Queries

# The outcomes of a look (raw.look) that are an answer, as the macro counts them.
ANSWERED: Final = ("changed", "unchanged", "embedded")
# From best to worst.
STATES: Final = ("live", "embedded", "off", "not_asked", "held", "stale", "withheld", "missing")
# What nobody has to do anything about.
FINE: Final = frozenset({"live", "embedded", "off"})
# What let somebody down who relied on it; one that was never read has not.
FAILED: Final = frozenset({"held", "stale"})


def old_rows(properties: pl.DataFrame, day: date) -> dict[str, int]:
    """The rows of out.property that still move and rest on nothing newer than FRESH_DAYS: days by id, oldest first.

    A row without any dated fact is not among them, nor one whose publisher is declared to have stopped (see
    `frozen_rows`): they say so themselves.
    """
    moving = properties.filter(properties["status"].is_in(MOVING) & properties["newest_fact_date"].is_not_null())
    fed = moving.filter(moving["rot"].ne_missing("frozen"))
    ages = {row["property_id"]: (day - row["newest_fact_date"]).days for row in fed.iter_rows(named=True)}
    return dict(sorted(((name, age) for name, age in ages.items() if age > FRESH_DAYS), key=lambda one: -one[1]))


def frozen_rows(properties: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """The rows whose publisher has stopped: the day of the `newest` fact and the `successor` (or null), by id."""
    stopped = properties.filter(properties["rot"].eq_missing("frozen"))
    return {
        row["property_id"]: {"newest": row["newest_fact_date"], "successor": row["successor"]}
        for row in stopped.iter_rows(named=True)
    }


def source_health(queries: Queries, at: date | datetime, stale_days: int) -> pl.DataFrame:
    """One row per source that a look names: columns of the view source_health, judged at a moment or a day's end."""
    return queries.frame("FROM source_health_at(?, ?)", [at, stale_days])


def curated_copies(queries: Queries) -> dict[str, Copied]:
    """What the curated facts in force have copied from publishers, by source."""
    return copies_of(
        queries.frame(
            "SELECT source_id, citation_title, known_date FROM observation_latest WHERE source_id = ?", [CURATED]
        )
    )


def source_state(queries: Queries, source_id: str, at: date | datetime) -> str | None:
    """The state of one source as `source_health` has it, for whom staleness plays no part; None before any look.

    A comparison asks it of ten moments: only this source's looks are read, not the history of all of them.
    """
    found = queries.frame("SELECT state FROM source_health_at(?, 0) WHERE source_id = ?", [at, source_id])["state"]
    return str(found[0]) if len(found) else None
