"""Epoch AI's reports of how much AI products are used: people by day, week or month, tokens and messages a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from sources.epoch.products import described
from sources.epoch.reports import (
    CITATION_URL,
    COMPANY,
    CONFIDENCE,
    DATE,
    FORETOLD,
    NO_DATE,
    REPORTED,
    SAID_BY,
    american_day,
    counted,
    evidence,
    has_no_day,
    is_foretold,
    omitted,
    said_by,
    setup,
    tick,
)
from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, shared_definitions, typed
from sources.reading.systems import system_id
from sources.reading.tabular import (
    LINE,
    emptied,
    in_letters,
    number,
    read_cells,
    read_csv,
    refuse,
    without_rejected,
)
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

USAGE: Final = "ai_companies_usage_reports.csv"
LABEL: Final = "Id"
PRODUCT: Final = "Product"
USERS: Final = "Active users"
PERIOD: Final = "Active users time period"
TOKENS: Final = "Daily tokens"
MESSAGES: Final = "Daily messages"
GRAPH_NOTE: Final = "Graph note"
NOTES: Final = "Notes"
EXCLUDED_COLUMN: Final = "Exclude from graph view"
# The notes too: without them a rival's estimate could not be told from a count.
REQUIRED: Final = (
    LABEL, COMPANY, PRODUCT, USERS, PERIOD, TOKENS, MESSAGES, DATE, REPORTED, GRAPH_NOTE, NOTES, SAID_BY, CONFIDENCE,
    EXCLUDED_COLUMN,
)  # fmt: skip
EXCLUDED: Final = "left out of the publisher's own graphs"
NO_FIGURE: Final = "without a number of users, tokens or messages"
IN_COURT: Final = "estimate given in court, nobody says by whom"
SINGLE: Final = "the only day of its series: one point is no series"
CITATION_TITLE: Final = "Epoch AI, Data on AI companies: usage reports (CC BY 4.0)"


@dataclass(frozen=True, slots=True)
class _Quantity:
    """One kind of figure: its place below the product, its column, and the period if it counts people."""

    slug: str
    column: str
    period: str | None
    unit: str
    label_en: str
    label_zh: str


@dataclass(frozen=True, slots=True)
class _Variant:
    """A narrower or a weaker figure, which has series of its own: added to the place and to the labels."""

    suffix: str
    label_en: str
    label_zh: str


QUANTITIES: Final = (
    _Quantity("daily-users", USERS, "daily", "users_per_day", "daily users", "日活跃用户"),
    _Quantity("weekly-users", USERS, "weekly", "users_per_week", "weekly users", "周活跃用户"),
    _Quantity("monthly-users", USERS, "monthly", "users_per_month", "monthly users", "月活跃用户"),
    _Quantity("tokens-per-day", TOKENS, None, "tokens_per_day", "tokens a day", "日词元数"),
    _Quantity("daily-messages", MESSAGES, None, "messages_per_day", "messages a day", "日消息数"),
)
PERIODS: Final = tuple(quantity.period for quantity in QUANTITIES if quantity.period)
ALL_PEOPLE: Final = _Variant("", "", "")
VARIANTS: Final = {
    variant.suffix: variant
    for variant in (
        ALL_PEOPLE,
        _Variant("-consumer", ", consumer plans", "（个人套餐）"),
        _Variant("-paying", ", paying", "（付费）"),
        _Variant("-google-estimate", ", estimate by Google", "（谷歌估计）"),
    )
}
# The series of the embedded default that count what this list counts. Others of it that would have the same id are
# estimates of visitors, or one app of several: a reported number of users is none of those.
SHARED: Final = frozenset({
    "usage/chatgpt/weekly-users", "usage/chatgpt/daily-messages", "usage/chatgpt/daily-messages-consumer",
    "usage/chatgpt/daily-users-google-estimate", "usage/gemini-app/monthly-users", "usage/doubao/tokens-per-day",
})  # fmt: skip
REPORTED_SUFFIX: Final = "-reported"


class EpochUsage:
    """Users, tokens and messages by product; people counted by day, by week and by month are never one series."""

    source_id: ClassVar[str] = "epoch_usage"
    title: ClassVar[str] = "Epoch AI, Data on AI companies: usage"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the one list."""
        return fetch_feeds(web, base_url, known, [Feed(USAGE, "csv")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read the list; WrongContent when it is not CSV or lacks a required column."""
        table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED)
        table = emptied(table, (USERS, TOKENS, MESSAGES, DATE, REPORTED))
        frame, rejects = _typed(table)
        rest = without_rejected(frame, rejects).with_columns(why=_why_omitted())
        figures = _figures(rest.filter(pl.col("why").is_null()))
        kept = figures.filter(_is_no_single())
        # A report stays as long as one of its figures does.
        is_single = pl.col("why").is_null() & ~pl.col(LINE).is_in(kept[LINE].unique().to_list())
        reasons = rest.select(pl.when(is_single).then(pl.lit(SINGLE)).otherwise("why").alias("why")).to_series()
        records = rest.filter(reasons.is_null())
        reading = ReadSoFar(table, rejects, counted(reasons))
        return assemble(reading, _reports(records), _observations(kept), series_rows(_definitions(kept)))


def _typed(table: TextTable) -> tuple[pl.DataFrame, list[Reject]]:
    """Figures and days of each report, with what it is about; refused where one of them cannot be read."""
    cells = [number(USERS), number(TOKENS), number(MESSAGES), american_day(DATE), american_day(REPORTED)]
    frame, rejects = read_cells(table, [*cells, tick(EXCLUDED_COLUMN)])
    frame = frame.with_columns(**described(COMPANY, PRODUCT), variant=_variant())
    for column in (USERS, TOKENS, MESSAGES):
        wrong = (frame[column] <= 0).fill_null(value=False)
        rejects += refuse(table, wrong, column=column, rule="positive", reason=f"{column} must be more than 0")
    # Only one of the names left, all products of a company written in other letters would be one.
    reason = "a report must name company and product, in Latin letters"
    for column in (PRODUCT, COMPANY):
        nameless = frame.select(in_letters(column) == "").to_series()
        rejects += refuse(table, nameless, column=column, rule="given", reason=reason)
    period = frame[PERIOD].str.to_lowercase().is_in(PERIODS).fill_null(value=False)
    reason = f"{PERIOD} must be one of {', '.join(PERIODS)} where {USERS} is given"
    rejects += refuse(table, frame[USERS].is_not_null() & ~period, column=PERIOD, rule="one-of", reason=reason)
    return frame, rejects


def _text() -> pl.Expr:
    return pl.concat_str(LABEL, GRAPH_NOTE, NOTES, separator=" ", ignore_nulls=True).str.to_lowercase()


def _is_from_court() -> pl.Expr:
    # polars has no look-behind: what people try for free is taken out before the word is sought.
    return _text().str.replace_all(r"free[ -]trial", "").str.contains(r"\btrial\b")


def _variant() -> pl.Expr:
    """Which series beside the main one a report belongs to, by its own words; empty for the main one."""
    in_short = pl.concat_str(LABEL, GRAPH_NOTE, separator=" ", ignore_nulls=True).str.to_lowercase()
    return (
        pl.when(_is_from_court())
        .then(pl.lit("-google-estimate"))
        .when(in_short.str.contains(r"\bpaying\b"))
        .then(pl.lit("-paying"))
        .when(_text().str.contains("consumer plans", literal=True))
        .then(pl.lit("-consumer"))
        .otherwise(pl.lit(""))
    )


def _why_omitted() -> pl.Expr:
    return omitted({
        EXCLUDED: pl.col(EXCLUDED_COLUMN).fill_null(value=False),
        NO_FIGURE: pl.all_horizontal(pl.col(USERS, TOKENS, MESSAGES).is_null()),
        NO_DATE: has_no_day(),
        FORETOLD: is_foretold(),
        IN_COURT: _is_from_court() & ~_text().str.contains("google", literal=True),
    })  # fmt: skip


def _figures(reports: pl.DataFrame) -> pl.DataFrame:
    """One row per figure, with the series that it belongs to."""
    parts = []
    for quantity in QUANTITIES:
        given = reports.filter(pl.col(quantity.column).is_not_null())
        if quantity.period:
            given = given.filter(pl.col(PERIOD).str.to_lowercase() == quantity.period)
        plain = pl.format("usage/{}/{}{}", "stem", pl.lit(quantity.slug), "variant")
        parts.append(
            given.with_columns(
                series_id=_of_our_own(plain),
                value=pl.col(quantity.column),
                unit=pl.lit(quantity.unit),
                quantity=pl.lit(quantity.slug),
            )
        )
    # In one piece: polars 2.1 panics where it joins texts of columns in several pieces, some of them empty.
    return pl.concat(parts, rechunk=True)


def _of_our_own(plain: pl.Expr) -> pl.Expr:
    taken = [series_id for series_id in shared_definitions() if series_id not in SHARED]
    return pl.when(plain.is_in(taken)).then(plain + REPORTED_SUFFIX).otherwise(plain)


def _is_no_single() -> pl.Expr:
    return (pl.col(DATE).n_unique().over("series_id") > 1) | pl.col("series_id").is_in(list(SHARED))


def _row_id() -> pl.Expr:
    # Not the publisher's Id, which is a label with the value in it: it repeats, and it changes with the value.
    return pl.format("{}{}|{}|{}", "stem", "variant", DATE, REPORTED)


def _reports(reports: pl.DataFrame) -> TypedRows:
    """One row per report; what it counts is part of its key, because a product has several figures on one day."""
    counts = (
        pl.when(pl.col(column).is_not_null()).then(pl.lit(name))
        for name, column in (("tokens", TOKENS), ("messages", MESSAGES))
    )
    people = pl.when(pl.col(USERS).is_not_null()).then(pl.col(PERIOD).str.to_lowercase())
    return typed(
        core.SYSTEM,
        reports,
        system_id=system_id(pl.col("system_name")),
        source_row_id=pl.concat_str(_row_id(), people, *counts, separator="|", ignore_nulls=True),
        organization=pl.col(COMPANY),
        confidence=pl.col(CONFIDENCE),
    )


def _observations(figures: pl.DataFrame) -> TypedRows:
    by_google = pl.col("variant") == "-google-estimate"
    protocol = pl.when(by_google).then(pl.lit("estimate by Google shown in court")).otherwise(said_by())
    return typed(
        core.OBSERVATION,
        figures,
        source_row_id=_row_id(),
        system_id=system_id(pl.col("system_name")),
        observation_date=pl.col(DATE),
        # Of repeated measurements each month is a fact: a newer count does not push out the older ones.
        date_kind=pl.lit("measurement"),
        date_precision=pl.lit("day"),
        known_date=pl.col(REPORTED),
        setup=setup(protocol, pl.col(GRAPH_NOTE)),
        evidence=evidence(),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
    )


def _definitions(figures: pl.DataFrame) -> list[dict[str, Any]]:
    columns = ("series_id", "stem", "label_en", "label_zh", "quantity", "variant")
    rows = figures.select(columns).unique("series_id", keep="first", maintain_order=True).iter_rows(named=True)
    return [_definition(row) for row in rows]


def _definition(row: Mapping[str, str]) -> dict[str, Any]:
    quantity = next(one for one in QUANTITIES if one.slug == row["quantity"])
    variant = VARIANTS[row["variant"]]
    return {
        "series_id": row["series_id"],
        "label_en": f"{row['label_en']}, {quantity.label_en}{variant.label_en}",
        "label_zh": f"{row['label_zh']} {quantity.label_zh}{variant.label_zh}",
        "unit": quantity.unit,
        "scale": "log",
        "benchmark": row["stem"],
        "variant": row["series_id"].rpartition("/")[2],
    }
