"""The embedded default: cited facts as CSV files beside this module, one per quantity, read like any feed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.bounds import MOST_BYTES
from sources.errors import FetchError, NotFound
from sources.files import path_of, read_file
from sources.reading.boundary import admit
from sources.reading.dates import coarse_date, date_precision, day, last_day, spelled
from sources.reading.systems import ALIASES_CSV, system_id
from sources.reading.tabular import (
    LINE,
    ColumnKind,
    TextTable,
    number,
    read_cells,
    read_csv,
    refuse,
    slug,
    without_password,
    without_rejected,
)
from sources.records import Fetched, Parsed, Reject, Snapshot
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sources.web import Web

FOLDER: Final = Path(__file__).parent / "curated"
EMBEDDED: Final = "embedded:"
OBSERVATION_COLUMNS: Final = (
    "series_id", "system", "organization", "observation_date", "date_kind", "known_date", "value", "unit",
    "std_error", "setup", "citation_title", "citation_url", "evidence", "note",
)  # fmt: skip
SERIES_COLUMNS: Final = tuple(column.name for column in core.SERIES.arriving)
STATED_COLUMNS: Final = tuple(column.name for column in core.STATED_FORECAST.arriving)
ASSUMPTION_COLUMNS: Final = tuple(column.name for column in core.ASSUMPTION.arriving)

_ABOUT: Final = tomllib.loads((FOLDER / "curated.toml").read_text(encoding="utf-8"))
_SHARE_SCALED: Final = {"share": 1.0, "percentile": 100.0}
# Zero or less has no logarithm: one such row would turn every fit of its series into nothing.
_POSITIVE: Final = tuple(unit for unit in core.UNITS if unit not in {*_SHARE_SCALED, "points", "index", "count"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What must not hold in a row: where `broken` is true, `column` is refused for `reason`."""

    column: str
    rule: str
    reason: str
    broken: pl.Expr


_CITED: Final = (
    Rule("citation_title", "cited", "no citation of the place that states it", pl.col("citation_title").is_null()),
    Rule(
        "citation_url",
        "cited",
        "give the address of the place cited; only remembered rows may lack it",
        pl.col("citation_url").is_null() & (pl.col("evidence") != "remembered").fill_null(value=True),
    ),
    Rule(
        "citation_url",
        "address",
        "an address starts with http:// or https:// and holds no blank",
        ~pl.col("citation_url").str.contains(r"^https?://\S+$"),
    ),
)
_OBSERVATION_RULES: Final = (
    *_CITED,
    # The id would be null, and the refusal would name a column that the file does not have.
    Rule("system", "given", "name the system measured", pl.col("system").is_null()),
    *(
        Rule(
            "value",
            "range",
            f"a {unit} lies between 0 and {top:g}" + ("; write 77 % as 0.77" if unit == "share" else ""),
            (pl.col("unit") == unit) & ~pl.col("value").is_between(0, top),
        )
        for unit, top in _SHARE_SCALED.items()
    ),
    Rule(
        "value", "range", "a quantity of this unit is above 0", pl.col("unit").is_in(_POSITIVE) & (pl.col("value") <= 0)
    ),
    Rule(
        "known_date",
        "order",
        "a value cannot be known before the day it is about",
        pl.col("known_date") < pl.col("observation_date"),
    ),
    Rule(
        "unit",
        "one-unit",
        "the other rows of the series have another unit; convert the value or name another series",
        # Sorted: of two units equally frequent either may come first, and refusals would differ from run to run.
        pl.col("unit") != pl.col("unit").mode().sort().first().over("series_id"),
    ),
)
_SERIES_RULES: Final = (
    Rule(
        "scale",
        "limits",
        "a bounded series states chance_share and ceiling_share, chance below ceiling; no other series states them",
        pl.when(pl.col("scale") == "bounded")
        .then((pl.col("chance_share") < pl.col("ceiling_share")).fill_null(value=False).not_())
        .otherwise(pl.col("chance_share").is_not_null() | pl.col("ceiling_share").is_not_null()),
    ),
    Rule(
        "members",
        "members",
        "every member must be a series of this file with rows of its own",
        ~pl.col("members")
        .str.split("+")
        .list.eval(pl.element().str.strip_chars())
        .list.set_difference(pl.col("series_id").filter(pl.col("members").is_null()).implode())
        .list.len()
        .eq(0),
    ),
)
_ASSUMPTION_RULES: Final = (
    *_CITED,
    Rule("value", "given", "state value, or low and high", pl.all_horizontal(pl.col("value", "low", "high").is_null())),
    Rule(
        "interval",
        "given",
        "say what low and high are",
        pl.col("interval").is_null() & pl.any_horizontal(pl.col("low", "high").is_not_null()),
    ),
    Rule(
        "low",
        "order",
        "low, value and high must ascend",
        (pl.col("low") > pl.col("value")) | (pl.col("value") > pl.col("high")) | (pl.col("low") > pl.col("high")),
    ),
    Rule(
        "value",
        "range",
        "a share lies between 0 and 1; write 77 % as 0.77",
        (pl.col("unit") == "share") & ~pl.col("value").is_between(0, 1),
    ),
)


_STATED_RULES: Final = (
    *_CITED,
    Rule("target_date", "order", "what is stated is for a later day", pl.col("target_date") <= pl.col("known_date")),
)


class CuratedSource:
    """Cited facts shipped with the package; `base_url` may name another folder of such files instead.

    Laid out and sourced as docs/data.md says.
    """

    source_id: ClassVar[str] = "curated"
    title: ClassVar[str] = "Curated facts, shipped with gpt2030"
    licence: ClassVar[str] = _ABOUT["licence"]
    default_url: ClassVar[str] = EMBEDDED + "curated"
    is_redistributable: ClassVar[bool] = True
    # The last day its rows may speak of: later than the day of a run that looks back.
    known_through: ClassVar[date] = _ABOUT["curated_on"]

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Read every CSV file of the folder as one feed, named by its stem; NotFound when there is none."""
        del web, known  # local files need no network and are always read anew
        folder = FOLDER if base_url.startswith(EMBEDDED) else path_of(base_url)
        paths = sorted(path for path in folder.glob("*.csv") if path.name != ALIASES_CSV.name)
        if not paths:
            advice = "name a folder of CSV files laid out as docs/data.md says, or leave the setting out"
            raise NotFound("no curated files", where=base_url, evidence="no *.csv there", advice=advice)
        base = base_url.rstrip("/")
        return [_fetched(path, f"{base}/{path.name}") for path in paths]

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Rows of core.series, core.assumption, core.stated_forecast, or of core.observation with its core.system.

        Which of them the name of the feed says.
        """
        if snapshot.feed == "series":
            return _series(snapshot)
        if snapshot.feed == "assumptions":
            return _assumptions(snapshot)
        if snapshot.feed == "stated":
            return _stated(snapshot)
        return _observations(snapshot)


def _fetched(path: Path, url: str) -> Fetched:
    """One file, or why it cannot be had: one that may not be read costs the others nothing."""
    try:
        return Fetched(path.stem, url, read_file(path, MOST_BYTES["csv"]), media_type="text/csv")
    except FetchError as failure:
        return Fetched(path.stem, url, None, failure=failure)


def _observations(snapshot: Snapshot) -> Parsed:
    cells = [number("value"), number("std_error"), coarse_date("observation_date"), day("known_date")]
    table = read_csv(snapshot.body, feed=snapshot.feed, required=OBSERVATION_COLUMNS)
    typed, rejects = _checked(table, cells, _OBSERVATION_RULES)
    # Ids first, refusals after: the id of a good row must not hang on whether its neighbour is good.
    rows = without_rejected(_identified(typed, table), rejects)
    good, broken = admit(core.OBSERVATION, rows, feed=table.feed, came=table.frame)
    # Systems of landed rows only, or a refused row would leave a system that nothing was ever measured on.
    systems = _systems(rows.filter(pl.col(LINE).is_in(good[LINE].to_list())), table.feed)
    frames = {"core.observation": good, "core.system": systems}
    return Parsed(frames, [*table.rejects, *rejects, *broken], table.record_count)


def _series(snapshot: Snapshot) -> Parsed:
    table = read_csv(snapshot.body, feed=snapshot.feed, required=SERIES_COLUMNS)
    typed, rejects = _checked(table, [number("chance_share"), number("ceiling_share")], _SERIES_RULES)
    good, broken = admit(core.SERIES, without_rejected(typed, rejects), feed=table.feed, came=table.frame)
    found = [*table.rejects, *rejects, *broken]
    return Parsed({"core.series": good}, found, table.record_count, record_table="core.series")


def _assumptions(snapshot: Snapshot) -> Parsed:
    table = read_csv(snapshot.body, feed=snapshot.feed, required=ASSUMPTION_COLUMNS)
    cells = [number("value"), number("low"), number("high"), coarse_date("as_of_date")]
    typed, rejects = _checked(table, cells, _ASSUMPTION_RULES)
    # A coarse date stands for its last day here: a day earlier the source might not have said so yet.
    dated = typed.with_columns(table.frame.select(last_day(pl.col("as_of_date"))))
    good, broken = admit(core.ASSUMPTION, without_rejected(dated, rejects), feed=table.feed, came=table.frame)
    found = [*table.rejects, *rejects, *broken]
    return Parsed({"core.assumption": good}, found, table.record_count, record_table="core.assumption")


def _stated(snapshot: Snapshot) -> Parsed:
    table = read_csv(snapshot.body, feed=snapshot.feed, required=STATED_COLUMNS)
    cells = [number("level"), number("value"), day("known_date"), day("target_date")]
    typed, rejects = _checked(table, cells, _STATED_RULES)
    good, broken = admit(core.STATED_FORECAST, without_rejected(typed, rejects), feed=table.feed, came=table.frame)
    found = [*table.rejects, *rejects, *broken]
    return Parsed({"core.stated_forecast": good}, found, table.record_count, record_table="core.stated_forecast")


def _checked(table: TextTable, cells: Sequence[ColumnKind], rules: Sequence[Rule]) -> tuple[pl.DataFrame, list[Reject]]:
    """The typed frame with all its rows, and a reject for each unreadable cell and each broken rule."""
    typed, rejects = read_cells(table, cells)
    if "citation_url" in typed.columns:
        typed = typed.with_columns(without_password(pl.col("citation_url")))
    # A rule over an empty cell is null: emptiness is the contract's affair, not each rule's.
    flags = typed.select(rule.broken.fill_null(value=False).alias(str(k)) for k, rule in enumerate(rules))
    for rule, flag in zip(rules, flags.iter_columns(), strict=True):
        rejects += refuse(table, flag, column=rule.column, rule=rule.rule, reason=rule.reason)
    return typed, rejects


def _identified(typed: pl.DataFrame, table: TextTable) -> pl.DataFrame:
    """Add system_id, date_precision, source_row_id and, where blank, known_date.

    A value of a coarse date that states no known_date counts as known on the last day of its month or year: known
    on the first, it would leak into forecasts made before it was published.
    The id is system and date; where that repeats within a series, the setup tells the rows apart. It is worked out
    over all rows, refused ones included, so that one bad row does not rename its neighbours.
    """
    text = table.frame.select(spelled(pl.col("observation_date")).alias("date_text")).to_series()
    named = typed.with_columns(text, system_id(pl.col("system")).alias("system_id"))
    base = pl.concat_str("system_id", "date_text", separator="|", ignore_nulls=True)
    is_repeated = pl.len().over("series_id", base) > 1
    with_setup = pl.concat_str(base, slug(pl.col("setup")), separator="|", ignore_nulls=True)
    return named.with_columns(
        date_precision(pl.col("date_text")).alias("date_precision"),
        pl.col("known_date").fill_null(last_day(pl.col("date_text"))),
        pl.when(is_repeated).then(with_setup).otherwise(base).alias("source_row_id"),
    )


def _systems(rows: pl.DataFrame, feed: str) -> pl.DataFrame:
    """One row of core.system for each system of the file, at the line where it first stands."""
    released = pl.col("observation_date").filter(pl.col("date_kind") == "model_release").min()
    systems = rows.group_by("system_id", maintain_order=True).agg(
        pl.concat_str(pl.lit(feed + "|"), pl.col("system_id").first()).alias("source_row_id"),
        pl.col("system").first().alias("system_name"),
        pl.col("organization").drop_nulls().first(),
        released.alias("release_date"),
        pl.lit(None, pl.String).alias("domain"),
        pl.lit(None, pl.Boolean).alias("is_frontier"),
        pl.lit(None, pl.String).alias("confidence"),
        pl.col(LINE).first(),
    )
    return admit(core.SYSTEM, systems, feed=feed)[0]
