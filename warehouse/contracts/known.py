"""What was believed on a day: the frames that forecasts, properties and scores are computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from warehouse.contracts import core
from warehouse.contracts.table import polars_schema

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a person would have known on the day, as frames of the contracts.

    `corrected` says what corrections did to observations: out.corrected_row without edition_id. `community` is what
    the platform says that rows of the table answer by; `community_state` is that of its source, as source_health has
    it. `stated` is what others forecast once (core.stated_forecast), `markets` what other platforms say now.
    """

    day: date
    observations: pl.DataFrame
    series: pl.DataFrame
    systems: pl.DataFrame
    assumptions: pl.DataFrame
    essay_numbers: pl.DataFrame
    community: pl.DataFrame
    corrected: pl.DataFrame = field(default_factory=pl.DataFrame)
    community_state: str = "not_asked"
    stated: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=polars_schema(core.STATED_FORECAST)))
    markets: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=polars_schema(core.COMMUNITY_FORECAST)))
