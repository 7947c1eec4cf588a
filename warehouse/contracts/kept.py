"""The contracts of what editions say again and again: scores by who says them, details once, forecasts that have left."""

from __future__ import annotations

from typing import Final

from warehouse.contracts import out
from warehouse.contracts.table import Column, Table

EDITION_NUMBER: Final = Table(
    "out",
    "edition_number",
    "The editions in the order in which their scores were written: what out.score_span counts in.",
    (
        Column("edition_id", "VARCHAR", "the edition"),
        Column("edition_number", "BIGINT", "counts up by one", ge=1),
    ),
    key=("edition_number",),
)

# The rows of out.score, each once for all editions in a row that say it.
SCORE_SPAN: Final = Table(
    "out",
    "score_span",
    "Scores, each once for all editions in a row that say it; out.score shows them edition by edition.",
    (
        *(column for column in out.SCORE.columns if column.name != "edition_id"),
        Column("from_number", "BIGINT", "the first edition that says so, see out.edition_number", ge=1),
        Column(
            "until_number",
            "BIGINT",
            "the first edition after it that no longer says so; empty while the newest one does",
            nullable=True,
            ge=2,
        ),
    ),
    key=(*(name for name in out.SCORE.key if name != "edition_id"), "from_number"),
)

DETAIL_TEXT: Final = Table(
    "out",
    "detail_text",
    "The texts of detail_json without their numbers, each once: they are the same day by day.",
    (
        Column("text_id", "VARCHAR", "md5 of the text"),
        Column("text", "VARCHAR", "with the character U+0001 in the place of each number and each day"),
    ),
    key=("text_id",),
)

# The rows of out.property, with detail_json in two parts.
PROPERTY_ROW: Final = Table(
    "out",
    "property_row",
    "The rows of the property table as they are stored; out.property shows them with detail_json.",
    (
        *(column for column in out.PROPERTY.columns if column.name != "detail_json"),
        Column("detail_text_id", "VARCHAR", "the text of detail_json, see out.detail_text", nullable=True),
        Column("detail_values", "VARCHAR", "its numbers and days in order, between blanks", nullable=True),
    ),
    key=out.PROPERTY.key,
)

FORECAST_FILE: Final = Table(
    "core",
    "forecast_file",
    "Editions whose forecasts have left core.forecast: they lie in forecasts.parquet of the edition's folder.",
    (
        Column("edition_id", "VARCHAR", "the edition"),
        Column("row_count", "BIGINT", "rows that have left; what may not be handed on is in no file and stays", ge=0),
        Column("sha256", "VARCHAR", "of the file, as in the edition's manifest", matches=r"[0-9a-f]{64}"),
    ),
    key=("edition_id",),
)

FORECAST_TASK: Final = Table(
    "core",
    "forecast_task",
    "What the forecasts that have left core.forecast were about: each target and day once.",
    (
        Column("target", "VARCHAR", "what was forecast: a series or a row of the table"),
        Column("target_date", "DATE", "for which day"),
    ),
    key=("target", "target_date"),
)
