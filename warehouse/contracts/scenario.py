"""The contract of out.scenario: rows of the table under assumptions that are argued about."""

from __future__ import annotations

from typing import Final

from warehouse.contracts.table import Column, Table

SHIFT_SCALES: Final = ("points", "years", "dex")

SCENARIO: Final = Table(
    "out",
    "scenario",
    "What if: each row that an edition gives a number for, under each named scenario, beside what the edition says.",
    (
        Column("edition_id", "VARCHAR", "the edition"),
        Column("scenario", "VARCHAR", "name of the scenario, as `gpt2030 whatif --scenario` takes it"),
        Column("assumptions", "VARCHAR", "what is assumed in place of what is stated, e.g. data.stock_tokens=inf"),
        Column("property_id", "VARCHAR", "row of the table"),
        Column("unit", "VARCHAR", "unit of the quartiles; dates as decimal years"),
        *(
            Column(name, "DOUBLE", f"the {int(name[1:])}th percentile under the scenario")
            for name in ("p25", "p50", "p75")
        ),
        Column("shift", "DOUBLE", "by how much the median moves; 0 where the scenario does not touch the row"),
        Column("shift_scale", "VARCHAR", "unit of shift: points of a hundred, years, powers of ten", isin=SHIFT_SCALES),
    ),
    key=("edition_id", "scenario", "property_id"),
)
