"""The forecasts of all editions: those in core.forecast, and those that have left it for the files of old editions."""

from __future__ import annotations

import hashlib
import io
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from warehouse.contracts import polars_schema
from warehouse.contracts.content import SAID, schema_without_edition, with_levels
from warehouse.contracts.core import FORECAST
from warehouse.contracts.kept import FORECAST_FILE
from warehouse.editions import FORECASTS_FILE, EditionDamaged
from warehouse.published import ROUNDS, edition_in_force

if TYPE_CHECKING:
    from warehouse.editions import EditionShelf
    from warehouse.store import Warehouse
    from warehouse.vintages import Queries

# Of the editions written last none moves.
RECENT: Final = 30
# A home of an early version has hundreds to move: no run pays for all of them.
A_RUN: Final = 10

# The first edition of each month stays, of those made on their day and of those made later: the quarters' first, which
# are scored, are among them. Which is the first can change by one that is written later, and that is among the recent.
_OLD: Final = """
    SELECT edition_id, edition_number FROM out.edition JOIN out.edition_number USING (edition_id)
    QUALIFY row_number() OVER (ORDER BY edition_number DESC) > ?
        AND row_number() OVER (PARTITION BY date_trunc('month', origin_date), coalesce(is_replay, false)
                               ORDER BY origin_date, issued_at, edition_id) > 1"""
_SAME: Final = " AND ".join(f"f.{name} IS NOT DISTINCT FROM said.{name}" for name in SAID)


class _File(NamedTuple):
    """The forecasts of an edition as its file has them: columns SAID."""

    sha256: str
    rows: pl.DataFrame


def move_forecasts(warehouse: Warehouse, shelf: EditionShelf, recent: int = RECENT) -> int:
    """Take forecasts that lie in the files of old editions out of core.forecast; returns of how many editions.

    A row goes only where the file, whole as its manifest says, has that very row. What platforms do not let anyone
    hand on is in no file and stays, and so does all of an edition whose file is gone. In one transaction.
    """
    due = warehouse.frame(
        f"FROM ({_OLD}) WHERE edition_id NOT IN (SELECT edition_id FROM core.forecast_file) ORDER BY edition_number",
        [recent],
    )["edition_id"].to_list()
    in_force = edition_in_force(warehouse)
    found = ((one, file) for one in due if one != in_force and (file := _file(shelf, one)) is not None)
    moving = list(islice(found, A_RUN))
    if moving:
        with warehouse.transaction():
            for edition_id, file in moving:
                _move(warehouse, edition_id, file)
    return len(moving)


def _move(warehouse: Warehouse, edition_id: str, file: _File) -> None:
    with warehouse.registered("said", file.rows):
        [(count,)] = warehouse.rows(
            f"""DELETE FROM core.forecast WHERE rowid IN (
                    SELECT f.rowid FROM core.forecast AS f SEMI JOIN said ON {_SAME} WHERE f.edition_id = ?)""",
            [edition_id],
        )
        warehouse.execute(
            """INSERT INTO core.forecast_task
               SELECT target, target_date FROM said WHERE target_date IS NOT NULL
               EXCEPT SELECT target, target_date FROM core.forecast_task ORDER BY ALL"""
        )
    row = {"edition_id": edition_id, "row_count": count, "sha256": file.sha256}
    warehouse.insert(FORECAST_FILE, pl.DataFrame([row], schema=polars_schema(FORECAST_FILE)))


def _file(shelf: EditionShelf, edition_id: str) -> _File | None:
    """What the edition's file holds; None where there is none that is as the manifest says."""
    body = shelf.body(edition_id, FORECASTS_FILE)
    if body is None:
        return None
    return _File(hashlib.sha256(body).hexdigest(), pl.read_parquet(io.BytesIO(body)).select(SAID))


def forecasts_of_rounds(queries: Queries, shelf: EditionShelf) -> pl.DataFrame:
    """The forecasts of the last edition of each day: core.forecast without edition_id, by moment of issue.

    EditionDamaged when a file that forecasts have left for is gone or another.
    """
    here = queries.frame(
        f"""SELECT e.issued_at, f.* EXCLUDE (edition_id) FROM core.forecast AS f
            JOIN (SELECT edition_id, issued_at {ROUNDS}) AS e USING (edition_id) ORDER BY ALL"""
    )
    if not _has_left(queries):
        return here.drop("issued_at")
    left = queries.frame(
        f"""SELECT edition_id, issued_at, sha256
            FROM (SELECT edition_id, issued_at {ROUNDS}) JOIN core.forecast_file USING (edition_id)"""
    )
    every = [here, *(_left(shelf, *one).select(here.columns) for one in left.iter_rows())]
    # As ORDER BY ALL has them.
    return pl.concat(every).sort(here.columns, nulls_last=True).drop("issued_at")


def _left(shelf: EditionShelf, edition_id: str, issued_at: object, sha256: str) -> pl.DataFrame:
    file = _file(shelf, edition_id)
    if file is None or file.sha256 != sha256:
        path = shelf.path(edition_id) / FORECASTS_FILE
        raise EditionDamaged(f"{path}: expected sha256 {sha256}; take the file from a backup (see docs/operate.md)")
    said = with_levels(file.rows).with_columns(issued_at=pl.lit(issued_at, dtype=pl.Datetime("us")))
    return said.cast(schema_without_edition(FORECAST))  # type: ignore[arg-type]


def ever_forecast(queries: Queries) -> pl.DataFrame:
    """Every task of any edition: series_id (of a series or of a row) and target_date."""
    left = "UNION SELECT target, target_date FROM core.forecast_task" if _has_left(queries) else ""
    return queries.frame(
        f"""SELECT target AS series_id, target_date
            FROM (SELECT DISTINCT target, target_date FROM core.forecast {left}) ORDER BY ALL"""
    )


def _has_left(queries: Queries) -> bool:
    # A home that no refresh of this version has written to yet has no such table, and can be read all the same.
    tables = queries.frame("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'core' AND table_name = 'forecast_file'")
    return len(tables) > 0
