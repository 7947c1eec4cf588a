"""The rows of the property table as they are stored: in detail, a text that stays and numbers of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from warehouse.contracts import out, polars_schema
from warehouse.contracts.kept import DETAIL_TEXT, PROPERTY_ROW

if TYPE_CHECKING:
    from warehouse.store import Warehouse

# As the migration that first parted them. What is cut out is cut at the same places by both functions, so the two parts
# make the text again to the letter; JSON holds no character U+0001, which stands for it.
_VALUE: Final = """: (-?[0-9][0-9.eE+-]*|"[0-9]{4}-[0-9]{2}-[0-9]{2}")"""
_STAY: Final = ", ".join(name for name in PROPERTY_ROW.column_names if not name.startswith("detail_"))
_PARTED: Final = f"""
    SELECT *, regexp_replace(detail_json, '{_VALUE}', ': ' || chr(1), 'g') AS text,
           array_to_string(regexp_extract_all(detail_json, '{_VALUE}', 1), ' ') AS detail_values FROM arriving"""


def insert_properties(warehouse: Warehouse, rows: pl.DataFrame) -> None:
    """Append rows of contract out.property; columns that they lack stay empty. Call inside a transaction."""
    typed = rows.select(
        rows[name].cast(kind) if name in rows.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in polars_schema(out.PROPERTY).items()
    )
    with warehouse.registered("arriving", typed):
        warehouse.execute(
            f"""INSERT INTO {DETAIL_TEXT.full_name}
                SELECT md5(text) AS text_id, text FROM (SELECT DISTINCT text FROM ({_PARTED}) WHERE text IS NOT NULL)
                WHERE md5(text) NOT IN (SELECT text_id FROM {DETAIL_TEXT.full_name}) ORDER BY text_id"""
        )
        warehouse.execute(
            f"""INSERT INTO {PROPERTY_ROW.full_name} ({_STAY}, detail_text_id, detail_values)
                SELECT {_STAY}, md5(text), detail_values FROM ({_PARTED})"""
        )
