"""How fresh each source and each row is: one definition each for status, alerts, checks and the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from warehouse.contracts.facts import FRESH_DAYS

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

# Rows that still move. The others say by their status that nobody measures them any more, or that it is decided.
MOVING: Final = ("open", "beyond_range")


def old_rows(properties: pl.DataFrame, day: date) -> dict[str, int]:
    """The rows of out.property that still move and rest on nothing newer than FRESH_DAYS: days by id, oldest first.

    A row without any dated fact is not among them, nor one whose publisher is declared to have stopped (see
    `frozen_rows`): they say so themselves.
    """
    moving = properties.filter(properties["status"].is_in(MOVING) & properties["inputs_as_of"].is_not_null())
    frozen = frozen_rows(properties)
    ages = {row["property_id"]: (day - row["inputs_as_of"]).days for row in moving.iter_rows(named=True)}
    old = ((name, age) for name, age in ages.items() if age > FRESH_DAYS and name not in frozen)
    return dict(sorted(old, key=lambda one: -one[1]))


def frozen_rows(properties: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """The rows that still move and whose publisher has stopped: `newest` fact and `successor` (or null), by id."""
    moving = properties.filter(properties["status"].is_in(MOVING))
    said = {row["property_id"]: json.loads(row["detail_json"] or "{}") for row in moving.iter_rows(named=True)}
    return {name: detail["frozen"] for name, detail in said.items() if "frozen" in detail}


def source_health(queries: Queries, at: date | datetime, stale_days: int) -> pl.DataFrame:
    """One row per source that a look names: columns of the view source_health, judged at a moment or a day's end."""
    return queries.frame("FROM source_health_at(?, ?)", [at, stale_days])
