"""From a published number back to its formula, inputs, fits, observations and the bytes they were read from."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.essay_arithmetic import DEFINITIONS
from models.formulas import formulas
from models.property_inputs import ASSUMED, COMPUTE_QUESTION, SERIES_INPUTS
from warehouse.contracts import core
from warehouse.corrections import apply
from warehouse.snapshots import SnapshotDamaged, SnapshotStore
from warehouse.vintages import known_at, known_observations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from warehouse.corrections import Correction
    from warehouse.reader import Reader

Row = dict[str, Any]

# Inputs that the models work out for each edition: the trend of speed and the essay's range, weighed by precision.
WEIGHED: Final = {
    "speed.prior_multiple": "median of the essay's own range",
    "speed.trend_weight": "weight of the trend against the essay's own range",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One id below a formula; `depth` is its distance from the property, `said` how it gets its value."""

    input_id: str
    depth: int
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class Fit:
    """One series: what the forecaster estimated ({} when nothing was fitted), and the rows it saw, records marked."""

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
    """Everything behind one row of one edition; `answers` are rows of core.community_forecast."""

    row: Row
    inputs: list[Input]
    fits: list[Fit]
    answers: list[Row] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether every snapshot behind the row was found as it was kept."""
        return all(one.problem is None for one in self.evidence)


@dataclass(frozen=True, slots=True)
class _Believed:
    """What was known when the edition was issued, and what the edition says: frames, and rows by id."""

    properties: Mapping[str, Row]
    details: Mapping[str, Row]
    fits: Mapping[str, Row]
    observations: pl.DataFrame
    series: Mapping[str, Row]
    assumptions: Mapping[str, Row]
    community: pl.DataFrame
    essay_numbers: pl.DataFrame


def explain(reader: Reader, store: SnapshotStore, row: Row, corrections: Sequence[Correction] = ()) -> Explanation:
    """Walk from a property row to its evidence; `row` is a row of out.property.

    Read as of the moment the edition was issued: nothing that landed or was published later is shown.
    """
    believed = _believed(reader, row["edition_id"], corrections)
    inputs = list(_inputs(row["property_id"], believed))
    fits = [_fit(believed, series_id) for series_id in _series_ids(row, inputs, believed)]
    answers = _answers(row, inputs, believed.community)
    numbers = believed.essay_numbers.filter(pl.col("property_id") == row["property_id"])
    used = {seen["snapshot_id"] for fit in fits for seen in fit.observations}
    used |= {believed.assumptions[one.input_id]["snapshot_id"] for one in inputs if one.kind == "assumption"}
    used |= {answer["snapshot_id"] for answer in answers} | set(numbers["snapshot_id"].to_list())
    return Explanation(row, inputs, fits, answers, [_evidence(reader, store, one) for one in sorted(used)])


def _believed(reader: Reader, edition_id: str, corrections: Sequence[Correction]) -> _Believed:
    edition = reader.frame("SELECT * FROM out.edition WHERE edition_id = ?", [edition_id]).row(0, named=True)
    day, at = edition["origin_date"], edition["issued_at"]
    properties = _by(reader.frame("SELECT * FROM out.property WHERE edition_id = ?", [edition_id]), "property_id")
    observations, _ = apply(known_observations(reader, day, at), corrections, day)
    systems = known_at(reader, core.SYSTEM, at).select("system_id", "system_name").unique("system_id", keep="any")
    # As in the refresh: a definition of a live source goes before the embedded one, an assumption of the essay first.
    series = known_at(reader, core.SERIES, at).sort("series_id", pl.col("source_id") == "curated", descending=True)
    assumptions = known_at(reader, core.ASSUMPTION, at).filter(pl.col("as_of_date") <= day)
    return _Believed(
        properties,
        {name: json.loads(one["detail_json"] or "{}") for name, one in properties.items()},
        _by(reader.frame("SELECT * FROM core.fit WHERE edition_id = ?", [edition_id]), "series_id"),
        observations.join(systems, on="system_id", how="left"),
        _by(series, "series_id"),
        _by_input(assumptions.sort("assumption_id", pl.col("source_id") == "essay")),
        known_at(reader, core.COMMUNITY_FORECAST, at),
        known_at(reader, core.ESSAY_NUMBER, at),
    )


def _by(frame: pl.DataFrame, key: str) -> dict[str, Row]:
    """Rows by their key; of several the last."""
    return {row[key]: row for row in frame.iter_rows(named=True)}


def _by_input(assumptions: pl.DataFrame) -> dict[str, Row]:
    """Assumptions by their own id and by that of the input they feed."""
    by_id = _by(assumptions, "assumption_id")
    renamed = {name: by_id[one.assumption_id] for name, one in ASSUMED.items() if one.assumption_id in by_id}
    return {**by_id, **renamed}


def _inputs(output_id: str, believed: _Believed) -> Iterator[Input]:
    stated: dict[str, float] = {}
    pending, seen = [(name, 1) for name in _direct(output_id)], set[str]()
    stated |= believed.details[output_id].get("inputs", {})
    while pending:
        input_id, depth = pending.pop(0)
        if input_id in seen:
            continue
        seen.add(input_id)
        stated |= believed.details.get(input_id, {}).get("inputs", {})
        yield Input(input_id, depth, *_how(input_id, believed, stated))
        pending = [(name, depth + 1) for name in _direct(input_id)] + pending


def _direct(output_id: str) -> tuple[str, ...]:
    return formulas()[output_id].inputs if output_id in formulas() else ()


def _how(input_id: str, believed: _Believed, stated: Mapping[str, float]) -> tuple[str, str]:
    """The kind of an input, and where its value comes from in words."""
    middle = (believed.properties.get(input_id) or {}).get("p50")
    if input_id in formulas():
        said = f"; today's median {middle:.4g}" if middle is not None else ""
        return "formula", f"= {formulas()[input_id].text}{said}"
    if input_id in SERIES_INPUTS:
        return "forecast", "forecast of " + " or ".join(SERIES_INPUTS[input_id])
    if input_id in believed.assumptions:
        return "assumption", _assumed(believed.assumptions[input_id])
    if input_id in ASSUMED:
        return "fallback", f"{ASSUMED[input_id].fallback:g}: {ASSUMED[input_id].why}"
    return _how_else(input_id, middle, stated.get(input_id))


def _how_else(input_id: str, published: float | None, stated: float | None) -> tuple[str, str]:
    """The same for ids that nobody observes or assumes."""
    if input_id in DEFINITIONS:
        return "definition", f"{DEFINITIONS[input_id]:g} by definition"
    if published is not None:
        return "property", f"{published:g}, the row of that name"
    value = f"{stated:.4g}: " if stated is not None else ""
    return "derived", value + WEIGHED.get(input_id, "worked out from the inputs above")


def _assumed(row: Row) -> str:
    between = (
        f" ({row['interval']} {row['low']:g} to {row['high']:g})" if row["low"] is not None and row["interval"] else ""
    )
    value = f"{row['value']:g}" if row["value"] is not None else "no central value"
    return f"{value} {row['unit']}{between}: {row['citation_title']} <{row['citation_url'] or 'remembered'}>"


def _series_ids(row: Row, inputs: Iterable[Input], believed: _Believed) -> list[str]:
    """Series the row names, then those it speaks of in words, then those of inputs that none of these serves."""
    detail = believed.details[row["property_id"]]
    named = detail.get("series") or []
    found = [str(one) for one in (named.values() if isinstance(named, dict) else named)]
    found += [task["series"] for task in detail.get("tasks", [])]
    found += _spoken_of(f"{row['actual_note']} {row['status_reason']}", found, believed.series)
    for one in inputs:
        if one.kind == "forecast" and not set(SERIES_INPUTS[one.input_id]) & set(found):
            found.append(SERIES_INPUTS[one.input_id][0])
    return list(dict.fromkeys(found))


def _spoken_of(text: str, shown: Iterable[str], series: Mapping[str, Row]) -> list[str]:
    """Ids of series in a text; members of a series that is shown already would only repeat its rows."""
    repeated = {member for one in shown for member in _members(series.get(one))}
    # Not `\b`: slashes, hyphens and dots are part of ids. A dot may follow, because it ends a sentence.
    return [
        one for one in series if one not in repeated and re.search(rf"(?<![\w/.-]){re.escape(one)}(?![\w/-])", text)
    ]


def _members(definition: Row | None) -> list[str]:
    return [part.strip() for part in ((definition or {}).get("members") or "").split("+") if part.strip()]


def _fit(believed: _Believed, series_id: str) -> Fit:
    definition = believed.series.get(series_id, {"series_id": series_id, "members": None})
    members = [series_id, *_members(definition)]
    rows = believed.observations.filter(pl.col("series_id").is_in(members)).sort("observation_date", "value")
    is_record = pl.col("value") > pl.col("value").cum_max().shift(1, fill_value=float("-inf"))
    return Fit(definition, believed.fits.get(series_id, {}), rows.with_columns(is_record=is_record).to_dicts())


def _answers(row: Row, inputs: Iterable[Input], community: pl.DataFrame) -> list[Row]:
    """What the platform says on the row's own question, or on the one that the compute trend is pooled with."""
    asked = json.loads(row["detail_json"] or "{}").get("question_id")
    asked = asked or (COMPUTE_QUESTION if any(one.input_id == "compute.trend_flop" for one in inputs) else None)
    if asked is None:
        return []
    is_asked = (pl.col("question_id") == asked) | pl.col("question_id").str.starts_with(f"{asked}/")
    return community.filter(is_asked).sort("question_id", "quantile", "source_row_id").to_dicts()


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
