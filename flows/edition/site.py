"""What the pages of an edition are written from: the draft taken apart by row, by series and by what was cited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows.edition.charts import MEMBER_PREFIX, POOL
from flows.edition.formats import DATE_UNITS, DIGITS, PERCENT_UNITS, SHARE_UNITS, round_digits
from flows.edition.said_elsewhere import statements
from models.forecasting.frontier import records
from warehouse.contracts import out, polars_schema
from warehouse.contracts.content import nothing_of
from warehouse.contracts.living import LIVING
from warehouse.contracts.scenario import SCENARIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warehouse.contracts.known import Known

Row = dict[str, Any]
# Read for the one who runs this and for nobody else: what this source measures is on no page.
PRIVATE: Final = ("artificial_analysis",)
# What these platforms show may not be handed on in bulk; their forecasts stay in the warehouse.
WITHHELD: Final = ("metaculus-community", "metaculus-as-quoted", "manifold-markets")
_TOLD: Final = dict.fromkeys(("p05", "p25", "p75", "p95"), 2)
# Close to 100 % a hundredth is everything; days are told by their dates.
_IN_POINTS: Final = SHARE_UNITS | PERCENT_UNITS | DATE_UNITS | {"probability"}
# A forecast that has moved by less than this part of it since the line before is the same to a reader of lines.
_LEAST_MOVE: Final = {"p05": 0.05, "p25": 0.02, "p50": 0.01, "p75": 0.02, "p95": 0.05}
# How an edition may be made on another day than it speaks for.
MADE_APART: Final = ("replay", "rehearsal")
# What a line of the history shows, beside which edition it is of.
_SEEN: Final = tuple(name for name in out.HISTORY if name != "edition_id")
_OBSERVED: Final = (
    "series_id", "observation_date", "value", "system_name", "citation_title", "citation_url", "source_id", "feed",
    "source_row_id", "measured_as", "known_date", "date_precision", "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """One edition as its pages need it; `rows` in the order of the table, the rest by id."""

    edition: Mapping[str, Any]
    rows: list[Row]
    series: Mapping[str, Row]
    observations: Mapping[str, pl.DataFrame]
    forecasts: Mapping[str, pl.DataFrame]
    inputs: Mapping[str, list[Row]]
    assumptions: Mapping[str, Row]
    essay: Mapping[str, Row]
    living: tuple[Row, ...] = ()
    changes: Mapping[str, list[Row]] = field(default_factory=dict)
    history: Mapping[str, list[Row]] = field(default_factory=dict)
    # By row, why it moved when it last did, in an edition before this one.
    last_moves: Mapping[str, list[Row]] = field(default_factory=dict)
    # By edition and row, how that stood which a move was told against.
    before: Mapping[tuple[str, str], Row] = field(default_factory=dict)
    # By target, what others forecast: see `flows.edition.elsewhere`.
    elsewhere: Mapping[str, list[Row]] = field(default_factory=dict)
    # By row, what it would be under each scenario that moves it.
    scenarios: Mapping[str, list[Row]] = field(default_factory=dict)
    # By language, row and id below its formula, how that gets its value.
    told: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    # One series stands beneath many rows: its chart and its list of records are worked out once a language.
    drawn: dict[tuple[str, str], Any] = field(default_factory=dict)
    listed: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def origin(self) -> date:
        """The day the edition speaks for."""
        return day_of(self.edition["origin_date"])

    @property
    def target(self) -> date:
        """The day it forecasts."""
        return day_of(self.edition["target_date"])

    @property
    def edition_id(self) -> str:
        """Its name."""
        return str(self.edition["edition_id"])

    def series_of(self, property_id: str) -> list[Row]:
        """The series beneath a row that have rows, nearest first."""
        named = [one["input_id"] for one in self.inputs.get(property_id, []) if one["kind"] == "series"]
        return [self.series[name] for name in named if name in self.series and name in self.observations]


@dataclass(frozen=True, slots=True)
class Backing:
    """What stands beneath the table and beside it: what was known, ids below each row, rows of earlier editions.

    `last_moves` says why each row moved when it last did (`warehouse.published.last_moves`), `before`
    how the rows stood that changes were told against (`rows_compared_with`).
    `living` has the living rows, `scenarios` the table under each scenario: out.living and out.scenario without
    edition_id. `inputs` says in English how each id gets its value, `told` the same by language.
    """

    known: Known
    inputs: pl.DataFrame
    history: pl.DataFrame
    living: pl.DataFrame = field(default_factory=lambda: nothing_of(LIVING))
    scenarios: pl.DataFrame = field(default_factory=lambda: nothing_of(SCENARIO))
    told: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    last_moves: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"property_id": pl.String()}))
    before: pl.DataFrame = field(default_factory=pl.DataFrame)


def site_of(edition: Mapping[str, Any], frames: Mapping[str, pl.DataFrame], beneath: Backing) -> Site:
    """Take an edition apart; `frames` holds properties, forecasts and changes of the edition."""
    known, inputs = beneath.known, beneath.inputs
    named = (inputs.filter(kind="series")["input_id"], beneath.living["series_id"].drop_nulls(), known.stated["target"])
    wanted = pl.concat(named).unique()
    seen = known.observations.filter(pl.col("series_id").is_in(wanted.implode()), ~pl.col("source_id").is_in(PRIVATE))
    seen = records(seen.select(name for name in _OBSERVED if name in seen.columns))
    hub = frames["forecasts"].filter(
        pl.col("target").is_in(wanted.implode()),
        (pl.col("forecaster_id") == POOL) | pl.col("forecaster_id").str.starts_with(MEMBER_PREFIX),
        pl.col("output_type") == "quantile",
    )
    stated = known.assumptions.filter(pl.col("as_of_date") <= known.day)
    stated = stated.sort("assumption_id", pl.col("source_id") == "essay", maintain_order=True)
    return Site(
        edition,
        frames["properties"].sort("row_number").to_dicts(),
        _by(known.series, "series_id"),
        _parts(seen, "series_id"),
        _parts(hub, "target"),
        lists_by(inputs, "property_id"),
        _by(stated, "assumption_id"),
        _by(known.essay_numbers, "property_id"),
        tuple(beneath.living.sort("row_number").to_dicts()),
        lists_by(frames["changes"], "property_id"),
        lists_by(beneath.history, "property_id"),
        lists_by(beneath.last_moves, "property_id"),
        {(row["edition_id"], row["property_id"]): row for row in beneath.before.iter_rows(named=True)},
        statements(known.stated, known.markets, known.day),
        lists_by(beneath.scenarios.filter(pl.col("shift") != 0), "property_id"),
        _told(beneath.told),
    )


def _told(frames: Mapping[str, pl.DataFrame]) -> dict[tuple[str, str, str], str]:
    return {
        (lang, property_id, input_id): said or ""
        for lang, frame in frames.items()
        for property_id, input_id, said in frame.select("property_id", "input_id", "said").iter_rows()
    }


def handed_on(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Forecasts without those that their platforms do not let anyone hand on."""
    return forecasts.filter(~pl.col("forecaster_id").is_in(WITHHELD))


def without_prices(scores: pl.DataFrame) -> pl.DataFrame:
    """Scores without those from which a price that may not be handed on could be worked back: (p - 1)² or p²."""
    return scores.filter(~(pl.col("forecaster_id").is_in(WITHHELD) & (pl.col("metric") == "brier")))


def history_frame(rows: Iterable[Row], site: Site) -> pl.DataFrame:
    """Rows in each edition that says them otherwise than the one listed before: origin_date, is_replay, out.HISTORY.

    Shares are told apart by the digits that pages show, other forecasts by a hundredth of the median and more of the
    ends of ranges. Every day stands in `property_history` and in each edition's own tables; a line for it would be
    written anew every day.
    """
    types = polars_schema(out.PROPERTY)
    schema = {"origin_date": pl.Date(), "is_replay": pl.Boolean()} | {name: types[name] for name in out.HISTORY}
    lines = [[one.get(name) for name in schema] for row in rows for one in _lines_of(row, site)]
    return pl.DataFrame(lines, schema=schema, orient="row")


def _lines_of(row: Row, site: Site) -> list[Row]:
    now = {**row, "origin_date": site.origin, "is_replay": site.edition.get("is_replay"), "edition_id": site.edition_id}
    told: list[Row] = []
    for one in [*site.history.get(row["property_id"], []), now]:
        if not told or not is_told(one, told[-1]):
            told.append(one)
    return told


def is_told(line: Row, before: Row, names: Iterable[str] = _SEEN) -> bool:
    """Whether a reader of the line before it knows what this one says, whichever edition it is of; of `names` alone."""
    # Years of daily editions come by here each day: only numbers that differ are rounded, and the first that is seen to
    # differ ends it.
    return all(_is_same(name, line.get(name), before.get(name), line["unit"]) for name in names)


def _is_same(name: str, one: object, other: object, unit: str) -> bool:
    if one == other or not isinstance(one, float) or not isinstance(other, float):
        return one == other
    if name in _LEAST_MOVE and unit not in _IN_POINTS:
        return abs(one - other) < _LEAST_MOVE[name] * abs(other)
    digits = _TOLD.get(name, DIGITS)
    return bool(round_digits(one, digits) == round_digits(other, digits))


def day_of(value: object) -> date:
    """A day or moment, as such or as ISO text, as a day."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def lists_by(frame: pl.DataFrame, key: str) -> dict[str, list[Row]]:
    """The rows of a frame by one of its columns, each list in their order."""
    found: dict[str, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row[key], []).append(row)
    return found


def web_address(url: str | None) -> str:
    """An address that may be linked to; anything but http(s) could run in the reader's browser."""
    return url if url and url.startswith(("https://", "http://")) else ""


def _by(frame: pl.DataFrame, key: str) -> dict[str, Row]:
    return {row[key]: row for row in frame.iter_rows(named=True)}


def _parts(frame: pl.DataFrame, key: str) -> dict[str, pl.DataFrame]:
    return {str(part[key][0]): part for part in frame.partition_by(key, maintain_order=True)}


def made_apart(edition: Mapping[str, Any]) -> str:
    """How an edition was made on another day than it speaks for: replay or rehearsal; empty for that day itself."""
    return "replay" if edition.get("is_replay") else "rehearsal" if is_rehearsal(edition) else ""


def is_rehearsal(edition: Mapping[str, Any]) -> bool:
    """Whether an edition was made before the day that it speaks for had come; not where it is unknown when."""
    return bool(edition.get("recorded_at")) and day_of(edition["recorded_at"]) < day_of(edition["origin_date"])
