"""Epoch AI's estimates of who owns AI chips: H100 equivalents of each company and of all owners at a quarter's end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.epoch.reports import counted, omitted, tick
from sources.errors import KEPT, WrongContent
from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.dates import day
from sources.reading.systems import system_id
from sources.reading.tabular import LINE, in_letters, number, read_cells, read_csv, refuse, slug, without_rejected
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

OWNERS: Final = "ai_chip_owners_cumulative_by_designer.csv"
DESIGNER: Final = "Chip manufacturer"
OWNER: Final = "Owner"
END: Final = "End date"
MEDIAN: Final = "Compute estimate in H100e (median)"
INCOMPLETE: Final = "Incomplete"
REQUIRED: Final = (DESIGNER, OWNER, END, MEDIAN, INCOMPLETE)
# The names of the schema that its publisher agreed on in September 2026.
ALIASES: Final = {DESIGNER: ("Designer",), MEDIAN: ("H100e (median)",)}
# With it each row is of one chip, and a sister file: summed up by owner and designer, most of it would be lost.
OF_ONE_CHIP: Final = "Chip type"
SMUGGLED: Final = "smuggled chips, a speculative estimate"
UNFINISHED: Final = "of a quarter with a row marked incomplete"
NOT_WHOLE: Final = "of a quarter that lacks a stock which an earlier one has, or with a refused row"
# Names of owners that stand for many.
OF_MANY: Final = ("china", "china-official", "other")
WORLD: Final = "all-owners-of-ai-chips"
CITATION_TITLE: Final = "Epoch AI, AI Chip Owners (CC BY 4.0)"
CITATION_URL: Final = "https://epoch.ai/data/ai-chip-owners"


@dataclass(frozen=True, slots=True)
class _Stock:
    """One way in which stocks are summed up."""

    series_id: str
    label_en: str
    label_zh: str
    setup: str


OF_ALL: Final = _Stock(
    "ai-chips/h100-equivalents/all-owners",
    "AI chips of all owners, in H100 equivalents", "所有持有者的 AI 芯片（折合 H100 数量）",
    "sum of the publisher's medians over owners and designers, without smuggled chips",
)  # fmt: skip
OF_COMPANY: Final = _Stock(
    "ai-chips/h100-equivalents/company",
    "Largest owner of AI chips, in H100 equivalents", "持有 AI 芯片最多的公司（折合 H100 数量）",
    "sum of the publisher's medians over designers",
)  # fmt: skip


class EpochChips:
    """Stocks at the end of each whole quarter: of all owners together, and of each company.

    A row is what one owner has of one designer's chips. A quarter counts when no row of it is marked incomplete or
    refused, and it has every stock that an earlier one has: without one, the world would seem to shrink. The medians
    of a sum are not the sum of medians; of the whole the publisher states none.
    """

    source_id: ClassVar[str] = "epoch_chips"
    title: ClassVar[str] = "Epoch AI, AI Chip Owners"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the stocks by owner and designer."""
        return fetch_feeds(web, base_url, known, [Feed(OWNERS, "csv")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Sum up each whole quarter; WrongContent when it is not such a CSV, or no quarter is whole."""
        table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED, aliases=ALIASES)
        if OF_ONE_CHIP in table.frame.columns:
            raise WrongContent(f"a table by {OF_ONE_CHIP}", where=snapshot.feed, advice=f"{OWNERS} has no such column")
        frame, rejects = _typed(table, snapshot.known_through)
        rest = without_rejected(frame, rejects)
        rest = rest.with_columns(why=_why_omitted(_broken(frame, rest)))
        kept = rest.filter(pl.col("why").is_null())
        if kept.is_empty() and (rest.height or not rejects):
            # Left out quarter by quarter, a file marked otherwise would look like a publisher who fell silent.
            said = f"{rest.height} rows of {rest[END].n_unique()} quarters"
            raise WrongContent("no quarter is whole", where=snapshot.feed, evidence=said, advice=KEPT)
        skipped = counted(rest["why"])
        # A quarter that cannot be summed up has lost nothing: its sums of before stand.
        is_partial = bool(table.rejects or rejects or NOT_WHOLE in skipped)
        reading = ReadSoFar(table, rejects, skipped, is_partial=is_partial)
        return assemble(reading, _stocks(kept), _sums(kept), _definitions())


def _typed(table: TextTable, today: date) -> tuple[pl.DataFrame, list[Reject]]:
    """The rows with their numbers and days; refused what does not say whose, of whom, when or how many."""
    frame, rejects = read_cells(table, [day(END), number(MEDIAN), tick(INCOMPLETE)])
    for column in (DESIGNER, OWNER, END, MEDIAN):
        lacking = table.frame[column].is_null()
        rejects += refuse(table, lacking, column=column, rule="given", reason=f"a row must state its {column}")
    for column in (DESIGNER, OWNER):
        nameless = frame.select((in_letters(column) == "") & pl.col(column).is_not_null()).to_series()
        rejects += refuse(table, nameless, column=column, rule="given", reason=f"{column} must be in Latin letters")
    negative = (frame[MEDIAN] < 0).fill_null(value=False)
    rejects += refuse(table, negative, column=MEDIAN, rule="range", reason=f"{MEDIAN} must not be negative")
    is_end = (frame[END] == frame[END].dt.month_end()) & (frame[END].dt.month() % 3 == 0) & (frame[END] <= today)
    odd = ~is_end.fill_null(value=True)
    rejects += refuse(table, odd, column=END, rule="range", reason=f"{END} must be the end of a quarter that is over")
    keys = frame.select(owner=slug(pl.col(OWNER)), designer=slug(pl.col(DESIGNER)), end=END)
    twice = ~keys.select(pl.struct(pl.all()).is_first_distinct()).to_series() & frame[END].is_not_null()
    return frame, [*rejects, *refuse(table, twice, column=OWNER, rule="unique-key", reason="a stock stands there once")]


def _broken(frame: pl.DataFrame, rest: pl.DataFrame) -> pl.Series:
    """The quarters with a refused row, or without a stock that an earlier quarter has."""
    refused = frame.filter(~pl.col(LINE).is_in(rest[LINE].implode()))[END].drop_nulls()
    # Of a row with a cell too many nobody can tell the quarter: it is missed where an earlier one has its stock.
    stock = pl.struct(slug(pl.col(OWNER)), slug(pl.col(DESIGNER)))
    stocks = rest.filter(~_is_smuggled()).select(END, stock=stock)
    since = stocks.group_by("stock").agg(pl.col(END).min().alias("since"))
    quarters = rest.select(END).unique()
    due = quarters.join_where(since, pl.col(END) >= pl.col("since"))
    missing = due.join(stocks, on=[END, "stock"], how="anti")[END]
    return pl.concat([refused, missing]).unique()


def _why_omitted(broken: pl.Series) -> pl.Expr:
    is_unfinished = (pl.col(INCOMPLETE).fill_null(value=False) & ~_is_smuggled()).any().over(END)
    return omitted({
        SMUGGLED: _is_smuggled(),
        UNFINISHED: is_unfinished,
        NOT_WHOLE: pl.col(END).is_in(broken.implode()),
    })  # fmt: skip


def _is_smuggled() -> pl.Expr:
    return pl.col(OWNER).str.to_lowercase().str.contains("smuggled", literal=True)


def _stocks(rows: pl.DataFrame) -> TypedRows:
    """One row per stock and quarter, because each is a record of the file."""
    return typed(
        core.SYSTEM,
        rows,
        system_id=system_id(pl.col(OWNER)),
        source_row_id=pl.format("{}|{}|{}", OWNER, DESIGNER, END),
        system_name=pl.col(OWNER),
    )


def _sums(rows: pl.DataFrame) -> TypedRows:
    of_companies = rows.filter(~slug(pl.col(OWNER)).is_in(OF_MANY))
    companies = _summed(of_companies.with_columns(system_id=system_id(pl.col(OWNER))), OF_COMPANY)
    everyone = _summed(rows.with_columns(system_id=pl.lit(WORLD)), OF_ALL)
    return typed(
        core.OBSERVATION,
        # In one piece: polars 2.1 panics where it joins texts of columns in several pieces, some of them empty.
        pl.concat([everyone, companies], rechunk=True).filter(pl.col("value") > 0),
        source_row_id=pl.format("{}|{}", "system_id", END),
        observation_date=pl.col(END),
        # Of repeated measurements each quarter is a fact: an owner who sold has not lost what it had before.
        date_kind=pl.lit("measurement"),
        date_precision=pl.lit("day"),
        known_date=pl.col(END),
        unit=pl.lit("count"),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
    )


def _summed(rows: pl.DataFrame, stock: _Stock) -> pl.DataFrame:
    """One row per system and quarter, on the line of its first stock."""
    sums = rows.group_by("system_id", END).agg(pl.col(LINE).min(), value=pl.col(MEDIAN).sum()).sort(LINE)
    return sums.with_columns(series_id=pl.lit(stock.series_id), setup=pl.lit(stock.setup))


def _definitions() -> TypedRows:
    return series_rows(
        [
            {
                "series_id": stock.series_id,
                "label_en": stock.label_en,
                "label_zh": stock.label_zh,
                "unit": "count",
                "scale": "log",
                "benchmark": "ai-chips",
                "benchmark_version": "h100-equivalents",
                "variant": stock.series_id.rpartition("/")[2],
                "note": "estimates, revised as companies report; retired chips are not taken off",
            }
            for stock in (OF_ALL, OF_COMPANY)
        ]
    )
