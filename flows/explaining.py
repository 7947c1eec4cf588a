"""From a published number back to its formula, inputs, fits, observations and the bytes they were read from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

import polars as pl

from models.formulas import formulas
from models.property_inputs import ASSUMED, SERIES_INPUTS
from warehouse.snapshots import SnapshotDamaged, SnapshotStore
from warehouse.vintages import known_observations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from warehouse.reader import Reader

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Input:
    """One id below a formula; `depth` is its distance from the property, `said` how it gets its value."""

    input_id: str
    depth: int
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class Fit:
    """One fitted series: what the forecaster estimated, and the rows it saw, records marked."""

    series: Row
    fit: Row
    observations: list[Row]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One snapshot behind the rows, and whether its bytes still have their sha256."""

    snapshot: Row
    problem: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one row of one edition."""

    row: Row
    inputs: list[Input]
    fits: list[Fit]
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether every snapshot behind the row was found as it was kept."""
        return all(one.problem is None for one in self.evidence)


def explain(reader: Reader, store: SnapshotStore, row: Row) -> Explanation:
    """Walk from a property row to its evidence; `row` is a row of out.property."""
    edition = reader.frame("SELECT * FROM out.edition WHERE edition_id = ?", [row["edition_id"]]).row(0, named=True)
    assumptions = _assumptions(reader)
    inputs = list(_inputs(row["property_id"], assumptions, reader, row["edition_id"]))
    observations = _observations(reader, edition["origin_date"], edition["issued_at"])
    fits = [_fit(reader, row["edition_id"], series_id, observations) for series_id in _series_ids(row, inputs)]
    used = {seen["snapshot_id"] for fit in fits for seen in fit.observations}
    used |= {assumptions[one.input_id]["snapshot_id"] for one in inputs if one.kind == "assumption"}
    used |= {
        str(found[0])
        for found in reader.rows(
            "SELECT snapshot_id FROM core.essay_number WHERE property_id = ?", [row["property_id"]]
        )
    }
    return Explanation(row, inputs, fits, [_evidence(reader, store, one) for one in sorted(used)])


def _inputs(output_id: str, assumptions: Mapping[str, Row], reader: Reader, edition_id: str) -> Iterator[Input]:
    medians = reader.rows("SELECT property_id, p50 FROM out.property WHERE edition_id = ?", [edition_id])
    published = {str(property_id): median for property_id, median in medians}
    pending, seen = [(name, 1) for name in _direct(output_id)], set[str]()
    while pending:
        input_id, depth = pending.pop(0)
        if input_id in seen:
            continue
        seen.add(input_id)
        yield _input(input_id, depth, assumptions, published)
        pending = [(name, depth + 1) for name in _direct(input_id)] + pending


def _direct(output_id: str) -> tuple[str, ...]:
    return formulas()[output_id].inputs if output_id in formulas() else ()


def _input(input_id: str, depth: int, assumptions: Mapping[str, Row], published: Mapping[str, Any]) -> Input:
    if input_id in formulas():
        middle = f"; today's median {published[input_id]:.4g}" if published.get(input_id) is not None else ""
        return Input(input_id, depth, "formula", f"= {formulas()[input_id].text}{middle}")
    if input_id in SERIES_INPUTS:
        return Input(input_id, depth, "forecast", "forecast of " + " or ".join(SERIES_INPUTS[input_id]))
    if input_id in assumptions:
        return Input(input_id, depth, "assumption", _assumed(assumptions[input_id]))
    if input_id in ASSUMED:
        return Input(input_id, depth, "fallback", f"{ASSUMED[input_id].fallback:g}: {ASSUMED[input_id].why}")
    return Input(input_id, depth, "definition", "by definition, or from the essay's own range")


def _assumed(row: Row) -> str:
    between = (
        f" ({row['interval']} {row['low']:g} to {row['high']:g})" if row["low"] is not None and row["interval"] else ""
    )
    value = f"{row['value']:g}" if row["value"] is not None else "no central value"
    return f"{value} {row['unit']}{between}: {row['citation_title']} <{row['citation_url'] or 'remembered'}>"


def _assumptions(reader: Reader) -> dict[str, Row]:
    """Assumptions by the id of the input they feed, the essay's first where two sources state one."""
    frame = reader.frame(
        """SELECT * FROM core.assumption WHERE superseded_at IS NULL AND NOT is_deleted
           ORDER BY assumption_id, source_id <> 'essay'"""
    ).unique("assumption_id", keep="first", maintain_order=True)
    by_id = {row["assumption_id"]: row for row in frame.iter_rows(named=True)}
    renamed = {name: by_id[one.assumption_id] for name, one in ASSUMED.items() if one.assumption_id in by_id}
    return {**by_id, **renamed}


def _series_ids(row: Row, inputs: list[Input]) -> list[str]:
    """Series named by the row itself, else those its inputs are forecast from."""
    detail = json.loads(row["detail_json"] or "{}")
    named = detail.get("series")
    found = list(named.values()) if isinstance(named, dict) else list(named or [])
    if not found:
        found = [SERIES_INPUTS[one.input_id][0] for one in inputs if one.kind == "forecast"]
    return list(dict.fromkeys(str(one) for one in found))


def _observations(reader: Reader, day: date, issued_at: datetime) -> pl.DataFrame:
    at = max(issued_at, datetime.combine(day, time()))
    rows = known_observations(reader, day, at)
    names = reader.frame("SELECT system_id, any_value(system_name) AS system_name FROM core.system GROUP BY 1")
    return rows.join(names, on="system_id", how="left")


def _fit(reader: Reader, edition_id: str, series_id: str, observations: pl.DataFrame) -> Fit:
    series = reader.frame("SELECT * FROM core.series WHERE series_id = ? AND superseded_at IS NULL", [series_id])
    fit = reader.frame("SELECT * FROM core.fit WHERE edition_id = ? AND series_id = ?", [edition_id, series_id])
    definition = series.row(0, named=True) if series.height else {"series_id": series_id, "members": None}
    members = [series_id, *(definition["members"] or "").split("+")]
    rows = observations.filter(pl.col("series_id").is_in(members)).sort("observation_date", "value")
    is_record = pl.col("value") > pl.col("value").cum_max().shift(1, fill_value=float("-inf"))
    marked = rows.with_columns(is_record=is_record)
    return Fit(definition, fit.row(0, named=True) if fit.height else {}, marked.to_dicts())


def _evidence(reader: Reader, store: SnapshotStore, snapshot_id: str) -> Evidence:
    frame = reader.frame(
        "SELECT * FROM raw.snapshot WHERE snapshot_id = ? ORDER BY retrieved_at LIMIT 1", [snapshot_id]
    )
    row = frame.row(0, named=True) if frame.height else {"snapshot_id": snapshot_id}
    try:
        store.read(snapshot_id)
    except SnapshotDamaged as damage:
        return Evidence(row, str(damage))
    return Evidence(row, None)
