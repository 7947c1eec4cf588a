"""Epoch AI's lists of AI models: who made what when, with how much compute, data, parameters and money."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, as_cells, assemble, read_optional, series_rows, typed
from sources.reading.dates import coarse_date, date_precision, last_day
from sources.reading.systems import system_id
from sources.reading.tabular import ColumnKind, emptied, named, number, read_csv, refuse
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

NOTABLE: Final = "notable_ai_models.csv"
LARGE_SCALE: Final = "large_scale_ai_models.csv"
FRONTIER: Final = "frontier_ai_models.csv"
DATE: Final = "Publication date"
COUNTED_TODAY: Final = frozenset({"Training dataset size (total)", "Training dataset size (gradients)"})
FLAG: Final = "Frontier model"
# Without one of these the file would still parse, and every trend would quietly end at the last good vintage.
REQUIRED: Final = ("Model", DATE, "Domain", "Training compute (FLOP)")
# Until mid-2024 what is a Model today was a System.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "Model": ("System", "Model name", "Name"),
    DATE: ("Date of publication", "Publication"),
    "Training compute (FLOP)": ("Training compute (FLOPs)",),
    "Organization": ("Organization(s)", "Organisation"),
    "Confidence": (),
    FLAG: (),
}
CITATION_TITLE: Final = "Epoch AI, Data on AI Models (CC BY 4.0)"
CITATION_URL: Final = "https://epoch.ai/data/ai-models"


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A number the lists state of a system: its series, its column under all names it has had, and its unit.

    The first pattern that matches a column of the file wins. Names of older and newer vintages are recorded in
    Our World in Data's git history of the same files. A bare "Training dataset size" holds the names of datasets.
    """

    slug: str
    label_en: str
    label_zh: str
    unit: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _List:
    """One of the published lists; its members are chosen by its own rule, so each has series of its own."""

    suffix: str
    label_en: str
    label_zh: str


QUANTITIES: Final = (
    _Quantity("training-compute", "Training compute", "训练计算量", "flop", (r"Training compute \(FLOP\)",)),
    _Quantity(
        "training-tokens",
        "Training dataset size",
        "训练数据量",
        "tokens",
        (
            r"Training dataset size \(total\)",
            r"Training dataset size \(gradients\)",
            r"Training dataset size \(datapoints\)",
            r"Training dataset size \(.*\)",
            # Last: the list of large models has a column of literally this name.
            r"\(DEPRECATED\) Training dataset size \(datapoints\)",
        ),
    ),
    _Quantity("parameters", "Number of parameters", "参数量", "parameters", (r"Parameters",)),
    _Quantity(
        "training-cost", "Training compute cost", "训练算力成本", "usd", (r"Training compute cost \(2023 USD\)",)
    ),
)
SCOPES: Final = {"language": ("language models", "语言模型"), "all": ("all domains", "所有领域")}
# Models stand on several lists at once; in one series each would be counted up to three times.
LISTS: Final = {
    NOTABLE: _List("", "notable models", "知名模型"),
    LARGE_SCALE: _List("/large-scale", "models above 1e23 FLOP", "超过 1e23 FLOP 的模型"),
    FRONTIER: _List("/frontier-list", "frontier models when released", "发布时处于前沿的模型"),
}
_OPTIONAL: Final = {"Organization": pl.String, "Confidence": pl.String, FLAG: pl.Boolean}


class EpochModels:
    """Notable, large-scale and frontier AI models: one row of core.system per record, numbers as observations.

    A language model is a system whose Domain contains Language, alone or among others.
    """

    source_id: ClassVar[str] = "epoch_models"
    title: ClassVar[str] = "Epoch AI, Data on AI Models"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the three lists; a missing one costs only itself."""
        return fetch_feeds(web, base_url, known, [Feed(name, "csv") for name in LISTS])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read one list; WrongContent when it is not CSV or lacks a required column.

        Refused cells (two numbers in one cell, a number without a date) are named by rejects without a line: their
        record still has its row in core.system, because that the publisher lists it is true.
        """
        table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED, aliases=ALIASES)
        columns = _columns(table.frame.columns)
        table = emptied(table, (*columns.values(), DATE, FLAG))
        flags = [_flag(FLAG)] if FLAG in table.frame.columns else []
        numbers = [number(column) for column in columns.values()]
        frame, cells = read_optional(table, [*numbers, coarse_date(DATE), *flags])
        cells += _without_logarithm(table, frame, columns)
        cells += _without_date(table, frame, columns)
        written = frame.with_columns(
            table.frame.select(
                date_precision(pl.col(DATE)).alias("precision"),
                # A month counts as known at its end: on its first day nobody had published yet.
                last_day(pl.col(DATE)).alias("known_date"),
                (pl.col(FLAG).is_null() if flags else pl.lit(value=True)).alias("is_unflagged"),
                named("Model"),
            )
        )
        ours = _under_our_names(written, columns).with_columns(
            counted_in=pl.lit(_counted_in(columns["training-tokens"]) if "training-tokens" in columns else "")
        )
        # A replayed file may carry any name; what is not one of the two special lists is a list of notable models.
        models = LISTS.get(snapshot.feed, LISTS[NOTABLE])
        reading = ReadSoFar(table, cells)
        return assemble(reading, _systems(ours), _observations(ours, models), series_rows(_definitions(models)))


def _flag(column: str) -> ColumnKind:
    """The publisher's tick box, written True, False or left blank."""
    words = {"true": True, "false": False}
    value = pl.col(column).str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
    return ColumnKind(column, value, "flag", "True, False or blank")


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Slug of each quantity the file states → the column it stands in, whatever it is called this month."""
    found: dict[str, str] = {}
    for quantity in QUANTITIES:
        names = [name for pattern in quantity.columns for name in header if _is_called(name, pattern)]
        if names:
            found[quantity.slug] = names[0]
    return found


def _is_called(name: str, pattern: str) -> bool:
    # In other letters or with another blank, a column would look as if the list had none, and its numbers taken back.
    return re.fullmatch(pattern, " ".join(name.split()), re.IGNORECASE) is not None


def _counted_in(column: str) -> str:
    """What a row of the training-data series says of its column, where that is not the one of today.

    Until 2025 the lists counted "datapoints": of a language model mostly tokens, of some words or examples. Unsaid, the
    same name with another number after the change of columns would look like a plain revision.
    """
    return (
        ""
        if any(_is_called(column, re.escape(name)) for name in COUNTED_TODAY)
        else f"; the publisher's column: {column}"
    )


def _under_our_names(frame: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Quantities under their slugs; what the file does not have is empty."""
    lost = [quantity.slug for quantity in QUANTITIES if quantity.slug not in columns]
    return frame.rename({column: slug for slug, column in columns.items()}).with_columns(
        *(pl.lit(None, pl.Float64).alias(slug) for slug in lost),
        *(pl.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in frame.columns),
    )


def _without_logarithm(table: TextTable, frame: pl.DataFrame, columns: Mapping[str, str]) -> list[Reject]:
    # Some columns say 0.0 for "unknown"; one zero would put minus infinity into a trend of logarithms.
    rejects: list[Reject] = []
    for column in columns.values():
        wrong = (frame[column] <= 0).fill_null(value=False)
        rejects += refuse(table, wrong, column=column, rule="positive", reason=f"{column} must be more than 0")
    return as_cells(rejects)


def _without_date(table: TextTable, frame: pl.DataFrame, columns: Mapping[str, str]) -> list[Reject]:
    says_something = frame.select(pl.any_horizontal(pl.col(*columns.values()).is_not_null())).to_series()
    # By the text: a date that is given and cannot be read has been refused already.
    wrong = says_something & table.frame[DATE].is_null()
    reason = "a number without a publication date has no place in time"
    return as_cells(refuse(table, wrong, column=DATE, rule="given", reason=reason))


def _systems(frame: pl.DataFrame) -> TypedRows:
    # The order of domains changes between vintages; unsorted, half the systems would look revised.
    domains = pl.col("Domain").str.split(",").list.eval(pl.element().str.strip_chars()).list.unique().list.sort()
    is_flagged = frame[FLAG].is_not_null().any()
    return typed(
        core.SYSTEM,
        frame,
        system_id=system_id(pl.col("Model")),
        source_row_id=pl.col("Model"),
        system_name=pl.col("Model"),
        organization=pl.col("Organization"),
        release_date=pl.col(DATE),
        domain=domains.list.join(","),
        # A list without the column says nothing about the frontier: null, not false.
        # Left blank it is not flagged; given and not to be read it says neither.
        is_frontier=pl.when("is_unflagged").then(pl.lit(value=False)).otherwise(FLAG) if is_flagged else pl.lit(None),
        confidence=pl.col("Confidence"),
    )


def _observations(frame: pl.DataFrame, models: _List) -> TypedRows:
    """One row per system, quantity and scope, where number and date are given."""
    dated = frame.filter(pl.col(DATE).is_not_null() & pl.col("Model").is_not_null())
    parts = []
    for quantity in QUANTITIES:
        given = dated.filter(pl.col(quantity.slug) > 0).with_columns(value=pl.col(quantity.slug))
        # Split first: a domain called "Sign Language" is not Language.
        is_language = (
            pl.col("Domain").str.split(",").list.eval(pl.element().str.strip_chars()).list.contains("Language")
        )
        for scope, rows in (("language", given.filter(is_language)), ("all", given)):
            parts.append(
                rows.with_columns(
                    series_id=pl.lit(_series_id(quantity, scope, models)),
                    unit=pl.lit(_unit(quantity, scope)),
                    said_beside=pl.col("counted_in") if quantity.unit == "tokens" else pl.lit(""),
                )
            )
    return typed(
        core.OBSERVATION,
        pl.concat(parts),
        source_row_id=pl.col("Model"),
        system_id=system_id(pl.col("Model")),
        observation_date=pl.col(DATE),
        date_kind=pl.lit("publication"),
        date_precision=pl.col("precision"),
        setup=_setup(),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
    )


def _setup() -> pl.Expr:
    confidence = pl.lit("confidence ") + pl.col("Confidence").str.to_lowercase()
    said = pl.concat_str(confidence.fill_null(""), "said_beside").str.strip_prefix("; ")
    return pl.when(said != "").then(said)


def _series_id(quantity: _Quantity, scope: str, models: _List) -> str:
    return f"{quantity.slug}/{scope}{models.suffix}"


def _unit(quantity: _Quantity, scope: str) -> str:
    # Outside language the size counts images, residues or games: datapoints, which no common unit makes comparable.
    return "count" if quantity.unit == "tokens" and scope == "all" else quantity.unit


def _definitions(models: _List) -> list[dict[str, object]]:
    return [
        {
            "series_id": _series_id(quantity, scope, models),
            "label_en": f"{quantity.label_en}, {scope_en} ({models.label_en})",
            "label_zh": f"{quantity.label_zh}：{scope_zh}（{models.label_zh}）",
            "unit": _unit(quantity, scope),
            "scale": "log",
            "benchmark": quantity.slug,
            "benchmark_version": scope,
            "variant": models.suffix.strip("/") or "notable",
            "note": "datapoints of any kind" if _unit(quantity, scope) == "count" else None,
        }
        for quantity in QUANTITIES
        for scope, (scope_en, scope_zh) in SCOPES.items()
    ]
