"""How fresh each source is: one definition (the macro source_health_at) for status, alerts, checks and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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


def source_health(queries: Queries, at: date | datetime, stale_days: int) -> pl.DataFrame:
    """One row per source that a look names: columns of the view source_health, judged at a moment or a day's end."""
    return queries.frame("FROM source_health_at(?, ?)", [at, stale_days])
