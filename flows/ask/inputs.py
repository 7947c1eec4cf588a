"""What a row of the table rests on: the ids below its formula, how each gets its value, and the series behind them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows.edition.authored import in_language
from flows.edition.cells import FORECAST_DIGITS, median_digits
from flows.edition.formats import DIGITS, STATED_DIGITS, format_number, format_value
from flows.edition.words import words
from models.properties.declared_inputs import ASSUMED, MEASURED_INPUTS, OF_TODAY, SERIES_INPUTS
from models.properties.essay_arithmetic import DEFINITIONS
from models.properties.formulas import formulas
from warehouse.contracts import out
from warehouse.contracts.content import schema_without_edition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from warehouse.contracts.known import Known

Row = dict[str, Any]

# Inputs that the models work out for each edition: the trend of speed and the essay's range, weighed by precision, and
# how far the target lies ahead of what is measured.
WEIGHED: Final = {
    "speed.prior_multiple": "prior_multiple",
    "speed.trend_weight": "trend_weight",
    "auto.months_ahead": "months_ahead",
}


@dataclass(frozen=True, slots=True)
class Input:
    """One id below a formula: how far from the property, how it gets its value, and which assumption states that."""

    input_id: str
    depth: int
    kind: str
    said: str
    assumption_id: str | None = None


@dataclass(frozen=True, slots=True)
class Beneath:
    """What stands beneath the table of an edition: its rows and what they say in detail, series, assumptions; by id.

    `lang` is the language that inputs are told in.
    """

    properties: Mapping[str, Row]
    details: Mapping[str, Row]
    series: Mapping[str, Row]
    assumptions: Mapping[str, Row]
    lang: str = "en"

    @classmethod
    def of(cls, properties: pl.DataFrame, known: Known, lang: str = "en") -> Beneath:
        """Take apart what was known on the day of an edition, and its rows of out.property."""
        rows = rows_by(properties, "property_id")
        # As in the refresh: of several the essay's first.
        stated = known.assumptions.filter(pl.col("as_of_date") <= known.day)
        return cls(
            rows,
            {name: json.loads(one["detail_json"] or "{}") for name, one in rows.items()},
            rows_by(known.series, "series_id"),
            _by_input(stated.sort("assumption_id", pl.col("source_id") == "essay", maintain_order=True)),
            lang,
        )

    @property
    def words(self) -> Mapping[str, str]:
        """What inputs are told with."""
        return words(self.lang).explain

    def number(self, value: float, digits: int = DIGITS) -> str:
        """A number without its unit."""
        return format_number(value, "", self.lang, digits) if math.isfinite(value) else self.words["without_limit"]

    def name(self, name_id: str) -> str | None:
        """What an id stands for in words: the label of its row or assumption, else the name it has here, if any."""
        label = f"label_{self.lang}"
        for rows in (self.properties, self.assumptions):
            if name_id in rows and rows[name_id][label]:
                return str(rows[name_id][label])
        return words(self.lang).inputs.get(name_id)

    def assumed(self, name_id: str) -> str | None:
        """What an assumption states, with its range and citation; None of a row of the table and of anything else."""
        is_assumed = name_id in self.assumptions and name_id not in self.properties
        return _assumed(name_id, self) if is_assumed else None

    def named_in(self, text: str) -> dict[str, str]:
        """The ids of rows, assumptions and inputs that a text speaks of, and what each stands for."""
        found = dict.fromkeys(re.findall(r"(?<![\w./-])[a-z]+\.[a-z0-9_]+(?![\w/-])", text))
        return {one: name for one in found if (name := self.name(one)) is not None}

    def inputs(self, property_id: str) -> list[Input]:
        """Everything below a formula, depth first."""
        return list(_inputs(property_id, self))

    def series_ids(self, property_id: str) -> list[str]:
        """The series behind a row: those it names, those it speaks of, those of inputs that none of these serves."""
        return _series_ids(self.properties[property_id], self.inputs(property_id), self)


def property_inputs(properties: pl.DataFrame, known: Known, lang: str = "en") -> pl.DataFrame:
    """Every input and series of every row, told in the language: contract out.property_input without edition_id."""
    beneath = Beneath.of(properties, known, lang)
    rows = [row for property_id in beneath.properties for row in _input_rows(property_id, beneath)]
    return pl.DataFrame(rows, schema=schema_without_edition(out.PROPERTY_INPUT), orient="row")


def _input_rows(property_id: str, beneath: Beneath) -> Iterator[Row]:
    for one in beneath.inputs(property_id):
        yield {"property_id": property_id, **asdict(one)}
    for series_id in beneath.series_ids(property_id):
        label = beneath.series.get(series_id, {}).get("label_en")
        yield {"property_id": property_id, **asdict(Input(series_id, 0, "series", label or ""))}


def members_of(definition: Row | None) -> list[str]:
    """The series that a 'best under any protocol' series takes its rows from."""
    return [part.strip() for part in ((definition or {}).get("members") or "").split("+") if part.strip()]


def rows_by(frame: pl.DataFrame, key: str) -> dict[str, Row]:
    """Rows by their key; of several the last."""
    return {row[key]: row for row in frame.iter_rows(named=True)}


def _by_input(assumptions: pl.DataFrame) -> dict[str, Row]:
    """Assumptions by their own id and by that of the input they feed."""
    by_id = rows_by(assumptions, "assumption_id")
    renamed = {name: by_id[one.assumption_id] for name, one in ASSUMED.items() if one.assumption_id in by_id}
    return {**by_id, **renamed}


def _inputs(output_id: str, beneath: Beneath) -> Iterator[Input]:
    detail = beneath.details[output_id]
    stated, used = _stated(detail), _used(detail)
    pending, seen = [(name, 1) for name in _direct(output_id)], set[str]()
    while pending:
        input_id, depth = pending.pop(0)
        if input_id in seen:
            continue
        seen.add(input_id)
        stated |= _stated(beneath.details.get(input_id, {}))
        used |= _used(beneath.details.get(input_id, {}))
        kind, said = _how(input_id, beneath, stated, used)
        is_assumed = kind == "assumption"
        yield Input(input_id, depth, kind, said, beneath.assumptions[input_id]["assumption_id"] if is_assumed else None)
        pending = [(name, depth + 1) for name in _direct(input_id)] + pending


def _stated(detail: Mapping[str, Any]) -> dict[str, float]:
    """The values of inputs that a row states beside its number."""
    said = (detail.get(name, {}) for name in ("inputs", "step_medians", "measured_now", "forecast_medians"))
    return {name: value for values in said for name, value in values.items() if value is not None}


def _used(detail: Mapping[str, Any]) -> set[str]:
    """The series that a row names as those it takes its values from."""
    named = detail.get("series") or []
    return {str(one) for one in (named.values() if isinstance(named, dict) else named)}


def _serving(candidates: Sequence[str], used: Collection[str], w: Mapping[str, str]) -> str:
    """The one of several series that serves, apart from the others: a number must not seem to be of all of them."""
    serving = next((one for one in candidates if one in used), None)
    if serving is None:
        return w["either"].join(candidates)
    rest = candidates[candidates.index(serving) + 1 :]
    return w["failing"].format(serving, w["failing_join"].join(rest)) if rest else serving


def _direct(output_id: str) -> tuple[str, ...]:
    return formulas()[output_id].inputs if output_id in formulas() else ()


def _how(input_id: str, beneath: Beneath, stated: Mapping[str, float], used: Collection[str]) -> tuple[str, str]:
    """The kind of an input, and where its value comes from in words."""
    row, w = beneath.properties.get(input_id) or {}, beneath.words
    # In the digits of the table: the same median in another would seem to be another.
    is_told = row.get("p50") is not None
    middle = format_number(row["p50"], row["unit"], beneath.lang, median_digits(row)) if is_told else None
    digits = FORECAST_DIGITS if input_id in {*SERIES_INPUTS, *formulas()} else DIGITS
    value = beneath.number(stated[input_id], digits) if input_id in stated else None
    if input_id in formulas():
        # A step that is no row of the table has its median from the row above it.
        step = middle or value
        return "formula", f"= {formulas()[input_id].text}{w['median'].format(step) if step else ''}"
    if input_id in SERIES_INPUTS:
        serving = _serving(SERIES_INPUTS[input_id], used, w)
        is_bare = value is None
        return "forecast", w["forecast"].format(serving) if is_bare else w["forecast_median"].format(value, serving)
    if input_id in MEASURED_INPUTS:
        return "measured", _measured(input_id, value, used, beneath)
    if input_id in beneath.assumptions:
        return "assumption", _assumed(input_id, beneath)
    if input_id in ASSUMED:
        why = in_language(ASSUMED[input_id].why, beneath.lang)
        return "fallback", w["fallback"].format(beneath.number(ASSUMED[input_id].fallback), why)
    return _how_else(input_id, middle, value, w)


def _measured(input_id: str, value: str | None, used: Collection[str], beneath: Beneath) -> str:
    """What stands now of a series, and by what it is divided where the formula counts in another unit."""
    candidates, factor = MEASURED_INPUTS[input_id]
    w, serving = beneath.words, _serving(candidates, used, beneath.words)
    if factor != 1:
        serving = w["divided"].format(serving, beneath.number(1 / factor))
    if value is None:
        return w["unmeasured"].format(serving)
    # Told of one that is a record, "or the median" leaves open which of the two the number is.
    first = next((one for one in candidates if one in used), candidates[0])
    is_level = beneath.series.get(first, {}).get("direction") == "level"
    return w["measured_level" if is_level else "measured"].format(value, serving)


def _how_else(input_id: str, published: str | None, value: str | None, w: Mapping[str, str]) -> tuple[str, str]:
    """The same for ids that nobody observes or assumes."""
    if input_id in DEFINITIONS:
        # In full: 526,000 minutes are no year, and whoever computes it again would not come out where the row does.
        number = f"{DEFINITIONS[input_id]:,.12g}".replace("e+", "e")
        said, why = w["definition"].format(number), w.get(f"why_{input_id}")
        return "definition", said if why is None else w["worked_out"].format(said, why)
    if published is not None:
        return "property", w["property"].format(published)
    how = w[WEIGHED.get(input_id, "worked_out_so")]
    return "derived", how if value is None else w["worked_out"].format(value, how)


def _assumed(input_id: str, beneath: Beneath) -> str:
    row, w, lang = beneath.assumptions[input_id], beneath.words, beneath.lang
    unit = row["unit"]
    is_between = row["low"] is not None and row["interval"]
    ends = {name: format_number(row[name], unit, lang) for name in ("low", "high")} if is_between else {}
    is_valued = row["value"] is not None
    # The English words are kept with the edition: they name the unit as the contract does.
    name = unit if lang == "en" else words(lang).unit(unit)
    return w["assumed"].format(
        value=format_value(row["value"], unit, lang, STATED_DIGITS) if is_valued else w["no_value"].format(name),
        between=w["between"].format(interval=row["interval"], **ends) if is_between else "",
        stated=(w["stated_as"].format(row["assumption_id"]) if row["assumption_id"] != input_id else "")
        + _of_today(input_id, beneath),
        title=row["citation_title"],
        url=row["citation_url"] or w["remembered"],
    )


def _of_today(input_id: str, beneath: Beneath) -> str:
    """What the number so far assumes in place of what the forecast does; empty where that is one and the same."""
    row = beneath.assumptions.get(OF_TODAY.get(input_id, ""))
    if row is None or row["value"] is None:
        return ""
    value = format_value(row["value"], row["unit"], beneath.lang, STATED_DIGITS)
    return beneath.words["of_today"].format(value, row["assumption_id"])


def _series_ids(row: Row, inputs: Iterable[Input], beneath: Beneath) -> list[str]:
    """Series the row names, then those it speaks of in words, then those of inputs that none of these serves."""
    detail = beneath.details[row["property_id"]]
    named = detail.get("series") or []
    found = [str(one) for one in (named.values() if isinstance(named, dict) else named)]
    found += [task["series"] for task in detail.get("tasks", [])]
    found += _spoken_of(f"{row['actual_note']} {row['status_reason']}", found, beneath.series)
    for one in inputs:
        if one.kind == "forecast" and not set(SERIES_INPUTS[one.input_id]) & set(found):
            found.append(SERIES_INPUTS[one.input_id][0])
    return list(dict.fromkeys(found))


def _spoken_of(text: str, shown: Iterable[str], series: Mapping[str, Row]) -> list[str]:
    """Ids of series in a text; members of a series that is shown already would only repeat its rows."""
    repeated = {member for one in shown for member in members_of(series.get(one))}
    # Most are not there at all, and a hundred patterns for each of 44 rows take a while.
    candidates = [one for one in series if one in text and one not in repeated]
    # Not `\b`: slashes, hyphens and dots are part of ids. A dot may follow, because it ends a sentence.
    return [one for one in candidates if re.search(rf"(?<![\w/.-]){re.escape(one)}(?![\w/-])", text)]
