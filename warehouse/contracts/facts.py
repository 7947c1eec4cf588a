"""When two publishers state one fact, and whose word counts then: the same expressions for every query.

A fact is what one system reached on one series; of repeated measurements (a speed, a number of users) each month is a
fact of its own, and of what is stated day by day each day. Precedence is by fact, not by series: a row that nobody else states stays visible whoever serves the
rest of its series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

# Measured it themselves: others only repeat them.
ORIGINATORS: Final = ("metr",)
# The embedded default steps back where anybody else states the same: it is a copy, and may be an old one.
EMBEDDED: Final = "curated"
# Older than this, the newest fact behind a row may be the last: somebody has to look for a successor.
FRESH_DAYS: Final = 90
# Rows that still move. The others say by their status that nobody measures them any more, or that it is decided.
MOVING: Final = ("open", "beyond_range")

# Over system_id, date_kind and observation_date, within one series.
FACT: Final = (
    "CASE date_kind WHEN 'measurement' THEN concat(system_id, ' ', strftime(observation_date, '%Y-%m')) "
    "WHEN 'daily' THEN concat(system_id, ' ', strftime(observation_date, '%Y-%m-%d')) ELSE system_id END"
)
# Over source_id: of several publishers of a fact the first in the alphabet of this text counts. Who changes the order
# must empty core.series_state in a migration: what can be a record was settled by it.
_FIRST: Final = " ".join(f"WHEN '{name}' THEN '0 {name}'" for name in ORIGINATORS)
PRECEDENCE: Final = f"CASE source_id {_FIRST} WHEN '{EMBEDDED}' THEN '2' ELSE concat('1 ', source_id) END"
# For QUALIFY: the rows whose publisher has the word on their fact.
HAS_THE_WORD: Final = f"{PRECEDENCE} = min({PRECEDENCE}) OVER (PARTITION BY series_id, {FACT})"


def fact() -> pl.Expr:
    """FACT over frames, for whoever sorts rows of two days by what they state."""
    import polars as pl

    month, day = (
        pl.concat_str("system_id", pl.lit(" "), pl.col("observation_date").dt.strftime(form))
        for form in ("%Y-%m", "%Y-%m-%d")
    )
    kind = pl.col("date_kind")
    return pl.when(kind == "measurement").then(month).when(kind == "daily").then(day).otherwise("system_id")


def macros() -> str:
    """The same as macros for people's SQL: fact_of(system_id, date_kind, observation_date), precedence(source_id)."""
    fact = "what a row of core.observation states within its series: its system, of repeated measurements the month, of daily ones the day"
    word = "whose word counts where several publishers state one fact: the smallest text comes first"
    return f"""
CREATE OR REPLACE MACRO fact_of(system_id, date_kind, observation_date) AS {FACT};
COMMENT ON MACRO fact_of IS '{fact}';
CREATE OR REPLACE MACRO precedence(source_id) AS {PRECEDENCE};
COMMENT ON MACRO precedence IS '{word}';
"""
