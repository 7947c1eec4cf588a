"""From typed rows to Parsed: every record of a file ends as a row, a refusal or a counted omission."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from sources.reading.boundary import admit, without_odd_errors
from sources.reading.tabular import (
    LINE,
    given_name,
    number,
    read_cells,
    read_csv,
    refuse,
    without_password,
    without_rejected,
)
from sources.records import Parsed, Reject
from warehouse.contracts import core, polars_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import ColumnKind, TextTable
    from warehouse.contracts import Table

SERIES_CSV: Final = Path(__file__).parents[1] / "curated" / "series.csv"
# Definitions are ours and stand in no file. Line 0 keeps them apart from records: flows drop every row, of whatever
# table, that stands on the line of a refused record.
OUR_OWN_LINE: Final = 0
_BOUNDS: Final = ("chance_share", "ceiling_share")
_DEFAULTS: Final[Mapping[str, object]] = {"direction": "max", "status": "open"}


@dataclass(frozen=True, slots=True)
class TypedRows:
    """Typed rows for one table: its arriving columns plus `line`."""

    table: Table
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True)
class ReadSoFar:
    """What has been read of a file so far: the text, what was refused of it, and what has nothing to land, by reason.

    `rejects` with a line refuse the whole record; rejects without one refuse a single cell of a record that stays.
    """

    table: TextTable
    rejects: Sequence[Reject] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    is_partial: bool = False


def assemble(reading: ReadSoFar, records: TypedRows, *others: TypedRows) -> Parsed:
    """Hold every frame against its contract and put the result together.

    `records` has one row per record of the file. A record refused there takes its rows in `others` with it; a row
    refused in `others` costs only itself, so that one odd cell does not hide a whole system.
    """
    feed, came = reading.table.feed, reading.table.frame
    refused_before = [*reading.table.rejects, *reading.rejects]
    sound = without_rejected(records.frame, refused_before)
    sound, cells = without_odd_errors(records.table, sound, feed=feed, came=came)
    good, refused = admit(records.table, sound, feed=feed, came=came)
    rejects = [*refused_before, *refused]
    frames = {records.table.full_name: good}
    for rows in others:
        # Without this the numbers of a refused record would land while the record itself does not.
        ours = without_rejected(rows.frame, rejects)
        ours, errors = without_odd_errors(rows.table, ours, feed=feed, came=came)
        cells += errors
        frames[rows.table.full_name], odd = admit(rows.table, ours, feed=feed, came=came)
        cells += as_cells(odd)
    return Parsed(
        frames,
        (*rejects, *cells),
        reading.table.record_count,
        record_table=records.table.full_name,
        skipped={reason: count for reason, count in reading.skipped.items() if count},
        is_partial=reading.is_partial,
    )


def as_cells(rejects: Sequence[Reject]) -> list[Reject]:
    """The same refusals, of cells: within a line, because the record they stand in is not refused."""
    return [replace(reject, line=None, within=reject.stands_at) for reject in rejects]


def read_optional(table: TextTable, cells: Sequence[ColumnKind]) -> tuple[pl.DataFrame, list[Reject]]:
    """As `read_cells`, but an unreadable cell is refused alone, and its column is null for that record."""
    frame, rejects = read_cells(table, cells)
    return frame, as_cells(rejects)


def read_interval(table: TextTable, value: pl.Series, low: str, high: str) -> tuple[pl.DataFrame, list[Reject]]:
    """The two bounds around a number as `read_optional`; one that does not reach around it is refused with the other.

    What is written where nobody knows, such as 0 to 0, would be told beside the number as its interval.
    """
    bounds, rejects = read_optional(table, [number(low), number(high)])
    outside = ((bounds[low] > value) | (bounds[high] < value)).fill_null(value=False)
    reason = f"{low} to {high} does not reach around the number"
    rejects += as_cells(refuse(table, outside, column=low, rule="range", reason=reason))
    nothing = pl.lit(None, pl.Float64)
    kept = (pl.when(~outside).then(pl.col(one)).otherwise(nothing).alias(one) for one in (low, high))
    return bounds.with_columns(kept), rejects


def series_rows(definitions: Sequence[Mapping[str, Any]]) -> TypedRows:
    """Definitions of series as rows; columns left out are empty, the direction is `max` and the status `open`.

    A series that the embedded default defines too is named and described as there: one id must not have two meanings.
    Chance and ceiling stay those given here, because a publisher that states them knows its own benchmark best.
    """
    schema = polars_schema(core.SERIES, arriving=True)
    full = [{name: _whole(definition).get(name) for name in schema} for definition in definitions]
    frame = pl.DataFrame(full, schema=schema).unique("series_id", keep="first", maintain_order=True)
    return TypedRows(core.SERIES, frame.with_columns(pl.lit(OUR_OWN_LINE, pl.Int64).alias(LINE)))


def _whole(definition: Mapping[str, Any]) -> dict[str, object]:
    bounds = {name: definition[name] for name in _BOUNDS if name in definition}
    return {**_DEFAULTS, **definition, **shared_definitions().get(definition["series_id"], {}), **bounds}


@cache
def shared_definitions() -> Mapping[str, Mapping[str, object]]:
    """Series id → definition, for the series of the embedded default."""
    table = read_csv(SERIES_CSV.read_bytes(), feed=SERIES_CSV.name, required=("series_id",))
    frame, rejects = read_cells(table, [number("chance_share"), number("ceiling_share")])
    assert not rejects, rejects
    return {row["series_id"]: row for row in frame.drop(LINE).iter_rows(named=True)}


def typed(table: Table, frame: pl.DataFrame, **columns: pl.Expr) -> TypedRows:
    """Rows for a table from expressions; columns not named must be in the frame or are empty, types are cast."""
    exprs = {name: columns.get(name, pl.col(name) if name in frame.columns else pl.lit(None)) for name in _names(table)}
    if "organization" in exprs:
        # Who made a system is asked for by name: a publisher's NaN or dash is nobody's.
        exprs["organization"] = given_name(exprs["organization"].cast(pl.String))
    if "citation_url" in exprs:
        exprs["citation_url"] = without_password(exprs["citation_url"].cast(pl.String))
    schema = polars_schema(table, arriving=True)
    return TypedRows(table, frame.select(*(expr.cast(schema[name]).alias(name) for name, expr in exprs.items()), LINE))


def _names(table: Table) -> list[str]:
    return [column.name for column in table.arriving]
