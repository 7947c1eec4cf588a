"""The contract of out.change: what moved between two editions, and by what."""

from __future__ import annotations

from typing import Final

from warehouse.contracts.table import Column, Table

# Where a forecast went between two editions.
DIRECTIONS: Final = ("up", "down", "wider", "narrower")
CHANGE: Final = Table(
    "out",
    "change",
    "What moved between two editions, in spreads of the old forecast, split by cause.",
    (
        Column("edition_id", "VARCHAR", "the published set"),
        Column("previous_edition_id", "VARCHAR", "compared with"),
        Column("property_id", "VARCHAR", "what moved"),
        Column(
            "cause",
            "VARCHAR",
            "total, elapsed_time, revised_rows, removed_rows, new_rows, changed_source, settings, method",
        ),
        Column("amount", "DOUBLE", "contribution: powers of ten (dex); of shares points of a hundred, of days years"),
        Column(
            "size_spreads", "DOUBLE", "size of the whole change in spreads, the same for every cause", nullable=True
        ),
        Column(
            "detail",
            "VARCHAR",
            "the rows that moved it most, each with what it alone moved the median by (signed, as amount); where the range "
            "moved more than the median, with the spreads it alone moved that by (no sign)",
            nullable=True,
        ),
        Column(
            "direction",
            "VARCHAR",
            "where the forecast went, the same for every cause: up or down, or wider or narrower where its median moved "
            "less than half as far as the whole",
            nullable=True,
            isin=DIRECTIONS,
        ),
        Column(
            "reach_spreads",
            "DOUBLE",
            "how far the distribution is, in spreads of the old one, from what it would be without the cause: these add up "
            "to nothing; of the total, its size",
            nullable=True,
        ),
    ),
    key=("edition_id", "previous_edition_id", "property_id", "cause"),
)
