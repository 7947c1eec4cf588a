"""From a published number back to its formula, inputs, fits, observations and the bytes they were read from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.ask.inputs import Beneath, rows_by
from flows.edition.said_elsewhere import statements
from models.forecasting.frontier import histories, standing
from models.properties.declared_inputs import COMPUTE_QUESTION
from warehouse import published
from warehouse.known import read_known
from warehouse.snapshots import SnapshotDamaged, SnapshotStore, first_kept

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flows.ask.inputs import Input, Row
    from warehouse.contracts.known import Known
    from warehouse.corrections import Correction
    from warehouse.reader import Reader

_ROW: Final = ("source_id", "feed", "measured_as", "source_row_id")


@dataclass(frozen=True, slots=True)
class Fit:
    """One series: what the forecaster estimated ({} when nothing was fitted), and the rows that it saw.

    `is_record` marks the records among them, `is_standing` those behind the value so far.
    """

    series: Row
    fit: Row
    observations: list[Row]


@dataclass(frozen=True, slots=True)
class SnapshotEvidence:
    """One snapshot behind the rows, and whether its bytes still have their sha256."""

    snapshot: Row
    problem: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one row of one edition; `answers` are rows of core.community_forecast.

    `others` is what others forecast of the row and of its series: entries of `said_elsewhere.statements` with `unit`.
    `notes` is what whoever curated an assumption said of it, by the id of the input; `beside` is what those assumptions
    state that are no inputs, but spoken of in status and notes. `essay` is what the essay states of the row and where:
    statement, citation_title and citation_url; empty where it is of no such row.
    """

    row: Row
    inputs: list[Input]
    fits: list[Fit]
    answers: list[Row] = field(default_factory=list)
    others: list[Row] = field(default_factory=list)
    evidence: list[SnapshotEvidence] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    essay: Row = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether every snapshot behind the row was found as it was kept."""
        return all(one.problem is None for one in self.evidence)


@dataclass(frozen=True, slots=True)
class Grounds:
    """An edition with all that was known when it was issued: read once, and any of its rows explained from it."""

    reader: Reader
    store: SnapshotStore
    known: Known
    beneath: Beneath
    fitted: Mapping[str, Row]

    @classmethod
    def read(
        cls, reader: Reader, store: SnapshotStore, edition_id: str, corrections: Sequence[Correction] = (),
        lang: str = "en",
    ) -> Grounds:  # fmt: skip
        """As of the moment the edition was issued: nothing that landed or was published later is shown.

        `lang` is what inputs are told in.
        """
        issue = published.issue_of(reader, edition_id)
        assert issue is not None
        known, _ = read_known(reader, issue, corrections)
        beneath = Beneath.of(published.properties_of(reader, edition_id), known, lang)
        return cls(reader, store, known, beneath, rows_by(published.fits_of(reader, edition_id), "series_id"))

    def explain(self, row: Row) -> Explanation:
        """Walk from a row of out.property of this edition to its evidence."""
        known, beneath = self.known, self.beneath
        inputs = beneath.inputs(row["property_id"])
        fits = [_fit(known, beneath, self.fitted, series_id) for series_id in beneath.series_ids(row["property_id"])]
        answers = _answers(row, inputs, known.community)
        numbers = known.essay_numbers.filter(pl.col("property_id") == row["property_id"])
        used = {seen["snapshot_id"] for fit in fits for seen in fit.observations}
        assumed = {one.input_id: beneath.assumptions[one.input_id] for one in inputs if one.kind == "assumption"}
        used |= {one["snapshot_id"] for one in assumed.values()}
        notes = {name: one["note"] for name, one in assumed.items() if one["note"]}
        used |= {answer["snapshot_id"] for answer in answers} | set(numbers["snapshot_id"].to_list())
        names = _names(row, inputs, notes, beneath)
        listed = {one.input_id for one in inputs}
        beside = {name: said for name in names if name not in listed and (said := beneath.assumed(name)) is not None}
        used |= {beneath.assumptions[name]["snapshot_id"] for name in beside}
        notes |= {name: note for name in beside if (note := beneath.assumptions[name]["note"])}
        evidence = [_evidence(self.reader, self.store, one) for one in sorted(used)]
        others = _others(row, fits, known)
        essay = next(numbers.select("statement", "citation_title", "citation_url").iter_rows(named=True), {})
        return Explanation(row, inputs, fits, answers, others, evidence, notes, names, beside, essay)


def explain(
    reader: Reader, store: SnapshotStore, row: Row, corrections: Sequence[Correction] = (), lang: str = "en"
) -> Explanation:
    """One row of out.property, explained as of the moment its edition was issued."""
    return Grounds.read(reader, store, row["edition_id"], corrections, lang).explain(row)


def _names(row: Row, inputs: Sequence[Input], notes: Mapping[str, str], beneath: Beneath) -> dict[str, str]:
    """What every id stands for that an explanation shows: of the inputs, and of what status and notes speak of."""
    said = (one.said for one in inputs if one.kind == "assumption")
    spoken = beneath.named_in(" ".join([row["status_reason"] or "", *said, *notes.values()]))
    named = {one.input_id: beneath.name(one.input_id) or one.input_id for one in inputs}
    # What an input is stated as is told with the input.
    told = {row["property_id"], *(one.assumption_id for one in inputs)}
    return {**named, **{name: text for name, text in spoken.items() if name not in told}}


def _others(row: Row, fits: Iterable[Fit], known: Known) -> list[Row]:
    """What others forecast of the row and of its series."""
    units = {row["property_id"]: row["unit"], **{fit.series["series_id"]: fit.series.get("unit", "") for fit in fits}}
    said = statements(known.stated, known.markets, known.day)
    return [{**one, "unit": unit} for target, unit in units.items() for one in said.get(target, [])]


def _fit(known: Known, beneath: Beneath, fitted: Mapping[str, Row], series_id: str) -> Fit:
    """A series with the rows that the fit saw, by the code that the fit saw them with."""
    definition = beneath.series.get(series_id)
    if definition is None:
        return Fit({"series_id": series_id}, {}, [])
    item = known.series.filter(series_id=series_id).with_columns(origin_date=pl.lit(known.day))
    seen = histories(known.observations.filter(series_id=series_id), item).frame
    behind = standing(seen, {series_id} if definition["direction"] == "level" else set()).select(
        *_ROW, is_standing=True
    )
    marked = seen.join(behind, on=_ROW, how="left").with_columns(pl.col("is_standing").fill_null(value=False))
    return Fit(definition, fitted.get(series_id, {}), marked.to_dicts())


def _answers(row: Row, inputs: Iterable[Input], community: pl.DataFrame) -> list[Row]:
    """What the platform says on the row's own question, or on the one that the compute trend is pooled with."""
    asked = json.loads(row["detail_json"] or "{}").get("question_id")
    asked = asked or (COMPUTE_QUESTION if any(one.input_id == "compute.trend_flop" for one in inputs) else None)
    if asked is None:
        return []
    is_asked = (pl.col("question_id") == asked) | pl.col("question_id").str.starts_with(f"{asked}/")
    return community.filter(is_asked).sort("question_id", "quantile", "source_row_id").to_dicts()


def _evidence(reader: Reader, store: SnapshotStore, snapshot_id: str) -> SnapshotEvidence:
    row = first_kept(reader, snapshot_id) or {"snapshot_id": snapshot_id}
    try:
        store.read(snapshot_id)
    except SnapshotDamaged as damage:
        return SnapshotEvidence(row, str(damage))
    return SnapshotEvidence(row, None)
