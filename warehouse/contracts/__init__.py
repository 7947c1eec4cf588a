"""Every table of the warehouse, declared once: DDL, comments, validation, dictionary and docs follow from here."""

from __future__ import annotations

from typing import Final

from warehouse.contracts import core, out, raw
from warehouse.contracts.change import CHANGE
from warehouse.contracts.kept import (
    DETAIL_TEXT,
    EDITION_NUMBER,
    FORECAST_FILE,
    FORECAST_TASK,
    PROPERTY_ROW,
    SCORE_SPAN,
)
from warehouse.contracts.living import LIVING
from warehouse.contracts.scenario import SCENARIO
from warehouse.contracts.table import Column, Table, pandera_schema, polars_schema

TABLES: Final[tuple[Table, ...]] = (
    raw.LOOK, raw.SNAPSHOT, raw.QUARANTINE, raw.LANDING, raw.MIGRATION,
    core.SYSTEM, core.SERIES, core.OBSERVATION, core.CONTENDER, core.SERIES_STATE, core.ASSUMPTION, core.ESSAY_NUMBER,
    core.INCONSISTENCY, core.COMMUNITY_FORECAST, core.STATED_FORECAST, core.FORECAST, FORECAST_FILE, FORECAST_TASK, core.FIT, core.CHECK_RESULT,
    core.ACCEPTANCE,
    out.EDITION, DETAIL_TEXT, PROPERTY_ROW, out.PROPERTY_QUANTILE, out.PROPERTY_INPUT, LIVING, SCENARIO,
    out.CORRECTED_ROW,
    EDITION_NUMBER, SCORE_SPAN, CHANGE, out.ALERT, out.DELIVERY, out.RUN,
)  # fmt: skip
# Declared like tables, and made by views from what is stored otherwise.
SHOWN: Final[tuple[Table, ...]] = (out.PROPERTY, out.SCORE)

__all__ = [
    "SHOWN",
    "TABLES",
    "Column",
    "Table",
    "core",
    "out",
    "pandera_schema",
    "polars_schema",
    "raw",
    "table_named",
]


def table_named(full_name: str) -> Table:
    """The declaration of e.g. `core.observation`; KeyError when there is no such table."""
    return {table.full_name: table for table in (*TABLES, *SHOWN)}[full_name]
