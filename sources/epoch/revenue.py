"""Epoch AI's reports of what AI companies take in: revenue scaled to a year, by how it was scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

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
    owner,
    said_by,
    setup,
)
from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.systems import system_id
from sources.reading.tabular import emptied, in_letters, number, read_cells, read_csv, refuse, slug, without_rejected
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

REVENUE: Final = "ai_companies_revenue_reports.csv"
AMOUNT: Final = "Revenue amount (normalize to annual)"
TYPE: Final = "Type"
REQUIRED: Final = (COMPANY, DATE, AMOUNT, TYPE, CONFIDENCE, REPORTED, SAID_BY)
NO_AMOUNT: Final = "without an amount"
OF_A_PART: Final = "revenue of a product or division, not of the company"
OTHERWISE: Final = "scaled to a year in another way than run rate, year or quarter times four"
CITATION_TITLE: Final = "Epoch AI, Data on AI companies: revenue reports (CC BY 4.0)"
PART: Final = "product/division revenue"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way in which revenue becomes that of a year; each has series of its own."""

    slug: str
    types: tuple[str, ...]
    label_en: str
    label_zh: str


# A company that grows tenfold a year has a run rate far above what it took in: in one series the two would cross.
KINDS: Final = (
    _Kind("run-rate", ("annualized revenue", "annual recurring revenue"), "annual run rate of revenue", "年化收入"),
    _Kind("calendar-year", ("yearly revenue",), "revenue of a year", "年度收入"),
    _Kind("quarter-times-four", ("quarterly revenue",), "revenue of a quarter times four", "季度收入乘以四"),
)
_KIND_OF: Final[Mapping[str, str]] = {name: kind.slug for kind in KINDS for name in kind.types}


class EpochRevenue:
    """Revenue by company: run rates, years and quarters times four are never one series."""

    source_id: ClassVar[str] = "epoch_revenue"
    title: ClassVar[str] = "Epoch AI, Data on AI companies: revenue"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the one list."""
        return fetch_feeds(web, base_url, known, [Feed(REVENUE, "csv")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read the list; WrongContent when it is not CSV or lacks a required column."""
        table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED)
        table = emptied(table, (AMOUNT, DATE, REPORTED))
        frame, rejects = _typed(table)
        rest = without_rejected(frame, rejects).with_columns(why=_why_omitted())
        kept = rest.filter(pl.col("why").is_null()).with_columns(
            series_id=pl.format("revenue/{}/{}", slug(pl.col(COMPANY)), "kind")
        )
        reading = ReadSoFar(table, rejects, counted(rest["why"]))
        return assemble(reading, _observations(kept), _companies(kept), series_rows(_definitions(kept)))


def _typed(table: TextTable) -> tuple[pl.DataFrame, list[Reject]]:
    """Amount and days of each report, and how the amount was scaled; refused where one of them cannot be read."""
    frame, rejects = read_cells(table, [number(AMOUNT), american_day(DATE), american_day(REPORTED)])
    wrong = (frame[AMOUNT] <= 0).fill_null(value=False)
    rejects += refuse(table, wrong, column=AMOUNT, rule="positive", reason=f"{AMOUNT} must be more than 0")
    nameless = frame.select((in_letters(COMPANY) == "") | (slug(owner(COMPANY)) == "")).to_series()
    reason = "a report must name its company, in Latin letters"
    rejects += refuse(table, nameless, column=COMPANY, rule="given", reason=reason)
    kind = pl.col(TYPE).str.to_lowercase().replace_strict(_KIND_OF, default=None, return_dtype=pl.String)
    return frame.with_columns(owner(COMPANY), kind=kind), rejects


def _why_omitted() -> pl.Expr:
    return omitted({
        NO_AMOUNT: pl.col(AMOUNT).is_null(),
        OF_A_PART: pl.col(TYPE).str.to_lowercase() == PART,
        OTHERWISE: pl.col("kind").is_null(),
        NO_DATE: has_no_day(),
        FORETOLD: is_foretold(),
    })  # fmt: skip


def _observations(reports: pl.DataFrame) -> TypedRows:
    return typed(
        core.OBSERVATION,
        reports,
        # The report day tells a first word from a later one on the same quarter; the amount may be corrected.
        source_row_id=pl.format("{}|{}|{}|{}", slug(pl.col(COMPANY)), slug(pl.col(TYPE)), DATE, REPORTED),
        system_id=system_id(pl.col(COMPANY)),
        observation_date=pl.col(DATE),
        # Of repeated measurements each month is a fact: a newer amount does not push out the older ones.
        date_kind=pl.lit("measurement"),
        date_precision=pl.lit("day"),
        known_date=pl.col(REPORTED),
        value=pl.col(AMOUNT),
        unit=pl.lit("usd"),
        setup=setup(said_by(), pl.col(TYPE).str.to_lowercase()),
        evidence=evidence(),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
    )


def _companies(reports: pl.DataFrame) -> TypedRows:
    """The companies as what is measured, one row each, at the line where they are first named."""
    first = reports.unique(COMPANY, keep="first", maintain_order=True)
    return typed(
        core.SYSTEM,
        first,
        system_id=system_id(pl.col(COMPANY)),
        source_row_id=pl.col(COMPANY),
        system_name=pl.col(COMPANY),
        organization=pl.col(COMPANY),
    )


def _definitions(reports: pl.DataFrame) -> list[dict[str, Any]]:
    named = reports.select("series_id", COMPANY, "kind").unique("series_id", keep="first", maintain_order=True)
    kinds = {kind.slug: kind for kind in KINDS}
    return [
        {
            "series_id": series_id,
            "label_en": f"{company}, {kinds[kind].label_en}",
            "label_zh": f"{company} {kinds[kind].label_zh}",
            "unit": "usd",
            "scale": "log",
            "benchmark": "revenue",
            "benchmark_version": kind,
            "variant": series_id.split("/")[1],
            "note": "scaled to a year by the publisher; as companies and the press report it",
        }
        for series_id, company, kind in named.iter_rows()
    ]
