"""The contract of out.living: what still moves, beside the essay's 44 rows."""

from __future__ import annotations

from typing import Final

from warehouse.contracts.core import UNITS
from warehouse.contracts.out import ROT
from warehouse.contracts.table import Column, Table

# Task horizons: no fit of one is given for the target, as none has been scored so far ahead, and no chart shows one. The
# row auto.horizon_days has a number for it from a declared doubling time.
HORIZON_SERIES: Final = frozenset(
    {
        "cyber-horizon/p50/lyptus",
        "cyber-horizon/p80/aisi",
        "metr/v1.0/p50-horizon",
        "metr/v1.1/p50-horizon",
        "metr/v1.1/p80-horizon",
    }
)
LIVING_STATES: Final = ("value", "beyond_range", "not_forecast", "missing", "due")

LIVING: Final = Table(
    "out",
    "living",
    "What the essay could not name and what still moves: living rows beside the table, each of one series, forecast where that may be.",
    (
        Column("edition_id", "VARCHAR", "the edition"),
        Column("living_id", "VARCHAR", "name of the row, as in living.eci"),
        Column("row_number", "BIGINT", "place among the living rows", ge=1),
        Column("label_en", "VARCHAR", "what it is, in English"),
        Column("label_zh", "VARCHAR", "what it is, in Chinese"),
        Column("beside", "VARCHAR", "the rows of the table that it stands beside, separated by commas", nullable=True),
        Column(
            "series_id", "VARCHAR", "the series that is read and forecast; empty where none has a row", nullable=True
        ),
        Column("unit", "VARCHAR", "unit of every value of the row", isin=UNITS),
        Column("actual_value", "DOUBLE", "the record so far; of a level what was read lately", nullable=True),
        Column("actual_date", "DATE", "day of that value", nullable=True),
        Column("actual_date_precision", "VARCHAR", "day, month or year", nullable=True),
        Column("actual_note", "VARCHAR", "which system, under which protocol", nullable=True),
        Column("row_count", "BIGINT", "rows of the series known on the day", ge=0),
        *(
            Column(
                f"{name}_in_a_year",
                "DOUBLE",
                f"the {int(name[1:])}th percentile a year after the edition",
                nullable=True,
            )
            for name in ("p25", "p50", "p75")
        ),
        *(
            Column(name, "DOUBLE", f"the {int(name[1:])}th percentile for the target date", nullable=True)
            for name in ("p05", "p25", "p50", "p75", "p95")
        ),
        Column(
            "value_state",
            "VARCHAR",
            "value; beyond_range (only the coming year is forecast: the target lies further ahead than the past of the "
            "series is long, or half of it on a logarithmic scale, or the series is a task horizon, no fit of which has "
            "been scored so far ahead; a scale with a ceiling is forecast to the target however short its past); not_forecast (core.fit says why); missing (no row is known); due (the "
            "target date has come: the value so far is the answer)",
            isin=LIVING_STATES,
        ),
        Column("newest_fact_date", "DATE", "newest row of the series", nullable=True),
        Column("rot", "VARCHAR", "whether the series still moves, as in out.property", nullable=True, isin=ROT),
    ),
    key=("edition_id", "living_id"),
)
