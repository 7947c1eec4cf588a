"""Declared corrections: `corrections.toml` entries that apply when rows are read, never edit data, and expire.

An entry says which rows, what to do, the published value it corrects, why, where that is stated, and until when:

    [[corrections]]
    series_id = "math/full/single-sample"
    system_id = "gpt-4"
    action = "override"            # drop, override, scale or flag
    expect = 0.425                 # the published value; when it changes, the correction no longer applies
    value = 0.529
    reason = "the figure is of a later re-run"
    citation_url = "https://…"
    until = 2027-06-30
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from warehouse.contracts import core, out, table_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.contracts import Table

CORRECTIONS_FILE: Final = "corrections.toml"
SECTIONS: Final = ("corrections", "suppressions")  # the second is read by warehouse.checks.suppressions
ACTIONS: Final = ("drop", "override", "scale", "flag")
# Where the reasons of the corrections that touched a row stand, in frames that went through `apply`.
NOTE_COLUMN: Final = "correction_note"
_ACTION_KEYS: Final = ("table", "action", "column", "expect", "value", "reason", "citation_url", "until")
_CLOSE: Final = 1e-9

Action = Literal["drop", "override", "scale", "flag"]
State = Literal["applied", "row_gone", "value_differs", "expired"]
Cell = str | int | float | bool | date
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "VARCHAR": (str,), "DOUBLE": (int, float), "BIGINT": (int,), "BOOLEAN": (bool,), "DATE": (date,),
    "TIMESTAMP": (datetime,),
}  # fmt: skip


class CorrectionError(Exception):
    """corrections.toml cannot be used: which entry, which key, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One declared correction of the rows of `table` whose cells equal `where`.

    `expect` is the published value of `column` that it corrects; `value` the new one (override) or the factor
    (scale). It applies up to and including the day `until`.
    """

    number: int
    table: str
    where: Mapping[str, Cell]
    action: Action
    column: str
    reason: str
    citation_url: str
    until: date
    expect: Cell | None = None
    value: Cell | None = None

    @property
    def name(self) -> str:
        """How messages speak of it: its place in the file, what it does, and to which rows."""
        rows = ", ".join(f"{key} = {value}" for key, value in self.where.items())
        return f"correction {self.number} ({self.action} {self.table}.{self.column} where {rows})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one correction; `message` says what to do when it is not `applied`.

    `series_ids` are the series whose rows it found, for tables that have series.
    """

    correction: Correction
    state: State
    row_count: int
    message: str
    series_ids: tuple[str, ...] = ()


def apply(
    frame: pl.DataFrame, corrections: Sequence[Correction], today: date, *, table: Table = core.OBSERVATION
) -> tuple[pl.DataFrame, list[Outcome]]:
    """Apply the corrections of one table to its rows as read; the frame given is not changed.

    Returns the corrected frame, with one more column `correction_note` (the reasons, empty where nothing was
    corrected), and one outcome per correction of that table, in order. A correction that is expired, finds no row, or
    finds another published value than it expects does nothing and says so in its outcome. Every correction looks at
    the published values, so the order of entries decides nothing but which of two on one cell comes last.
    """
    published = frame.with_row_index("_row")
    corrected = published.with_columns(pl.lit(None, pl.String).alias(NOTE_COLUMN))
    outcomes = []
    for one in (c for c in corrections if c.table == table.full_name):
        rows, outcome = _examine(one, published, today)
        outcomes.append(outcome)
        if outcome.state == "applied":
            # By row number: a correction before this one may have changed the very cell that names the row.
            corrected = _corrected(corrected, one, pl.col("_row").is_in(rows.to_list()))
    return corrected.drop("_row"), outcomes


def touched_rows(published: pl.DataFrame, read: pl.DataFrame, outcomes: Sequence[Outcome]) -> pl.DataFrame:
    """What corrections did to observations: out.corrected_row without edition_id, from the rows before and after."""
    columns = [name for name in out.CORRECTED_ROW.column_names if name != "edition_id"]
    changed = read.filter(pl.col(NOTE_COLUMN).is_not_null())
    parts = [changed.with_columns(is_dropped=pl.lit(value=False), reason=NOTE_COLUMN).select(columns)]
    for one in outcomes:
        if one.state == "applied" and one.correction.action == "drop":
            gone = published.filter(pl.col(key) == value for key, value in one.correction.where.items())
            told = gone.with_columns(is_dropped=pl.lit(value=True), reason=pl.lit(one.correction.reason))
            parts.append(told.select(columns))
    keys = [name for name in out.CORRECTED_ROW.key if name != "edition_id"]
    # Two corrections may drop one row.
    return pl.concat(parts).unique(keys, keep="last", maintain_order=True).sort(keys)


def declared_file(home: Path) -> Path:
    """Where corrections and suppressions are declared: in the home, else in the working directory."""
    own = home / CORRECTIONS_FILE
    return own if own.exists() else Path(CORRECTIONS_FILE)


def load_corrections(path: Path) -> tuple[Correction, ...]:
    """Read `[[corrections]]`; no file is no corrections. CorrectionError names the entry and the key at fault."""
    return tuple(
        _correction(entry, number, f"{path}, correction {number}")
        for number, entry in enumerate(declared(path, "corrections", CorrectionError), start=1)
    )


def declared(path: Path, section: str, error: type[Exception]) -> list[dict[str, Any]]:
    """The entries of one section of corrections.toml; `error` is raised when the file is not what it should be."""
    if not path.exists():
        return []
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{path} is not TOML: {fault}") from fault
    for key, several in content.items():
        # A misspelt section would be passed over in silence, and what it declares with it.
        if key not in SECTIONS or not isinstance(several, list):
            raise error(f"{path}: {key} is none of {' and '.join(f'[[{name}]]' for name in SECTIONS)}")
    entries: list[dict[str, Any]] = content.get(section, [])
    return entries


def _examine(one: Correction, published: pl.DataFrame, today: date) -> tuple[pl.Series, Outcome]:
    """The rows a correction is about, and whether it still applies to them."""
    chosen = published.filter(pl.col(key) == value for key, value in one.where.items())
    state, message = _verdict(one, chosen, today)
    series_ids = chosen["series_id"].unique().sort().to_list() if "series_id" in chosen.columns else []
    return chosen["_row"], Outcome(one, state, chosen.height, message, tuple(series_ids))


def _verdict(one: Correction, chosen: pl.DataFrame, today: date) -> tuple[State, str]:
    if today > one.until:
        return "expired", f"{one.name} expired on {one.until}; extend or delete the entry"
    if chosen.is_empty():
        return "row_gone", f"{one.name} finds no row any more; delete the entry, or say where the row went"
    others = [cell for cell in chosen[one.column].to_list() if one.expect is not None and not _same(cell, one.expect)]
    if others:
        return "value_differs", (
            f"{one.name} expects {one.expect}, but {others[0]} is published now; "
            "see whether the publisher has corrected it, then delete or renew the entry"
        )
    return "applied", f"{one.name} applied to {chosen.height} row(s): {one.reason}"


def _corrected(frame: pl.DataFrame, one: Correction, chosen: pl.Expr) -> pl.DataFrame:
    if one.action == "drop":
        return frame.filter(~chosen)
    note = pl.concat_str([pl.col(NOTE_COLUMN), pl.lit(one.reason)], separator="; ", ignore_nulls=True)
    changes = [pl.when(chosen).then(note).otherwise(NOTE_COLUMN).alias(NOTE_COLUMN)]
    if one.action == "override":
        new = pl.lit(one.value).cast(frame.schema[one.column])
        changes.append(pl.when(chosen).then(new).otherwise(one.column).alias(one.column))
    if one.action == "scale":
        changes.append(pl.when(chosen).then(pl.col(one.column) * one.value).otherwise(one.column).alias(one.column))
    return frame.with_columns(changes)


def _same(found: Cell | None, expected: Cell) -> bool:
    # A figure typed from a page has fewer digits than the same figure from a file only beyond a double's precision.
    if isinstance(found, float) and isinstance(expected, int | float):
        return math.isclose(found, expected, rel_tol=_CLOSE, abs_tol=0.0)
    return found == expected


def _correction(entry: dict[str, Any], number: int, place: str) -> Correction:
    table = _table(entry.get("table", core.OBSERVATION.full_name), place)
    where = {key: value for key, value in entry.items() if key not in _ACTION_KEYS}
    unknown = [key for key in where if key not in table.column_names]
    if unknown:
        known = ", ".join((*_ACTION_KEYS, *table.column_names))
        raise CorrectionError(f"{place}: unknown key {unknown[0]}; known: {known}")
    if not where:
        raise CorrectionError(f"{place}: names no row; give e.g. {' and '.join(table.key)}")
    _refuse_incomplete(entry, place)
    _refuse_misfits(entry, where, table, place)
    return Correction(
        number,
        table.full_name,
        where,
        entry["action"],
        entry.get("column", "value"),
        entry["reason"],
        entry["citation_url"],
        entry["until"],
        entry.get("expect"),
        entry.get("value"),
    )


def _table(name: str, place: str) -> Table:
    try:
        return table_named(name)
    except KeyError as error:
        raise CorrectionError(f"{place}: there is no table {name}; see docs/tables.md") from error


def _refuse_incomplete(entry: Mapping[str, Any], place: str) -> None:
    """CorrectionError for an entry that does not say what it does, why, on whose word, and until when."""
    for key in ("action", "reason", "citation_url", "until"):
        if not str(entry.get(key, "")).strip():
            raise CorrectionError(f"{place}: {key} is missing")
    action = entry["action"]
    if action not in ACTIONS:
        raise CorrectionError(f"{place}: action {action} is none of {', '.join(ACTIONS)}")
    if action in {"override", "scale"} and "value" not in entry:
        raise CorrectionError(f"{place}: {action} needs a value: the new value, or the factor")
    # Without the published value nobody would notice that the publisher has corrected it in the meantime.
    if action in {"drop", "override"} and "expect" not in entry:
        raise CorrectionError(f"{place}: {action} needs expect: the published value that it corrects")


def _refuse_misfits(entry: Mapping[str, Any], where: Mapping[str, Any], table: Table, place: str) -> None:
    """CorrectionError for a cell that can never equal one of its column: it would read as 'row gone' forever."""
    types = {column.name: column.type for column in table.columns}
    name = entry.get("column", "value")
    if name not in types:
        raise CorrectionError(f"{place}: {table.full_name} has no column {name}")
    if entry["action"] == "scale" and types[name] not in {"DOUBLE", "BIGINT"}:
        raise CorrectionError(f"{place}: scale needs a column of numbers, {name} is {types[name]}")
    cells = [(key, types[key], value) for key, value in where.items()] + [("until", "DATE", entry["until"])]
    cells += [(key, types[name], entry[key]) for key in ("expect", "value") if key in entry]
    for key, kind, value in cells:
        is_day_with_time = kind == "DATE" and isinstance(value, datetime)
        is_truth_value = kind != "BOOLEAN" and isinstance(value, bool)
        if not isinstance(value, _TYPES[kind]) or is_day_with_time or is_truth_value:
            raise CorrectionError(f"{place}: {key} = {value!r} is not a {kind}; days are written without quotes")
