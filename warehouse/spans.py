"""The scores of editions, written once for all editions in a row that say them: most days nothing has resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from warehouse.contracts import out, polars_schema

if TYPE_CHECKING:
    from warehouse.store import Warehouse

_SAID: Final = tuple(name for name in out.SCORE.column_names if name != "edition_id")
_COLUMNS: Final = ", ".join(_SAID)
_ALIKE: Final = " AND ".join(f"said.{name} IS NOT DISTINCT FROM standing.{name}" for name in (*_SAID, "nth"))
# What differs, in one pass: rows that stood and are no longer said have a `place`, those that are new have none.
# `nth` tells rows apart that an edition says twice: they are wrong, and a check must go on seeing both.
_DIFFERENCE: Final = f"""
    CREATE TEMP TABLE difference AS
    WITH said AS (SELECT {_COLUMNS}, row_number() OVER (PARTITION BY {_COLUMNS}) AS nth FROM arriving),
         standing AS (
             SELECT {_COLUMNS}, rowid AS place, row_number() OVER (PARTITION BY {_COLUMNS}) AS nth
             FROM out.score_span WHERE until_number IS NULL)
    SELECT said.*, place FROM said FULL JOIN standing ON {_ALIKE} WHERE said.nth IS NULL OR place IS NULL"""


def insert_scores(warehouse: Warehouse, edition_id: str, scores: pl.DataFrame) -> None:
    """Let an edition say these scores (contract out.score without edition_id). Call inside a transaction.

    It is numbered; what the edition written before it says and this one does not ends, what is new begins with it.
    """
    warehouse.execute(
        "INSERT INTO out.edition_number SELECT ?, coalesce(max(edition_number), 0) + 1 FROM out.edition_number",
        [edition_id],
    )
    schema = {name: kind for name, kind in polars_schema(out.SCORE).items() if name in _SAID}
    typed = scores.select(
        scores[name].cast(kind) if name in scores.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in schema.items()
    )
    newest = "(SELECT max(edition_number) FROM out.edition_number)"
    with warehouse.registered("arriving", typed):
        warehouse.execute(_DIFFERENCE)
    # Most days nothing has resolved.
    if warehouse.rows("SELECT 1 FROM difference LIMIT 1"):
        warehouse.execute(
            f"""UPDATE out.score_span SET until_number = {newest}
                WHERE rowid IN (SELECT place FROM difference WHERE place IS NOT NULL)"""
        )
        warehouse.execute(
            f"""INSERT INTO out.score_span SELECT {_COLUMNS}, {newest}, NULL FROM difference WHERE place IS NULL
                ORDER BY basis, forecaster_id, target, origin_date, target_date, metric"""
        )
    warehouse.execute("DROP TABLE difference")
