"""Epoch AI's timelines of large data centres: computers and power of a site on the days when they changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.epoch.reports import counted, omitted
from sources.feeds import Feed, address, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.dates import day
from sources.reading.systems import system_id
from sources.reading.tabular import emptied, in_letters, number, read_cells, read_csv, refuse, without_rejected
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

FOLDER: Final = "data_centers"
TIMELINES: Final = "data_center_timelines.csv"
SITE: Final = "Data center"
DATE: Final = "Date"
COMPUTERS: Final = "H100 equivalents"
POWER: Final = "Power (MW)"
REQUIRED: Final = (DATE, POWER, COMPUTERS, SITE)
PLANNED: Final = "dated after the day of the file: a plan"
EMPTY: Final = "site without computers yet"
NO_DATE: Final = "without a day"
CITATION_TITLE: Final = "Epoch AI, Frontier Data Centers (CC BY 4.0)"
CITATION_URL: Final = "https://epoch.ai/data/data-centers"


@dataclass(frozen=True, slots=True)
class _Quantity:
    """One figure of a site, and by how much it is multiplied to be in its unit."""

    series_id: str
    column: str
    factor: float
    unit: str
    label_en: str
    label_zh: str


QUANTITIES: Final = (
    _Quantity(
        "data-center/h100-equivalents/site", COMPUTERS, 1.0, "count",
        "Largest AI data centre, in H100 equivalents", "最大的 AI 数据中心（折合 H100 数量）",
    ),
    _Quantity("data-center/power/site", POWER, 1e6, "watts", "Largest AI data centre, power", "最大的 AI 数据中心功率"),
)  # fmt: skip


class EpochDataCenters:
    """What each site has on each day of its timeline; the record so far of a series is the largest site.

    Past and planned days stand in one column, and no other tells them apart: a row is an observation when its day is
    not after the day the file was taken, and a counted omission otherwise. A plan whose day comes is read as an
    observation when the file next changes, and its publisher revises it if it did not come true.
    """

    source_id: ClassVar[str] = "epoch_data_centers"
    title: ClassVar[str] = "Epoch AI, Frontier Data Centers"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the timelines of all sites."""
        return fetch_feeds(web, address(base_url, FOLDER), known, [Feed(TIMELINES, "csv")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read the timelines; WrongContent when they are not CSV or lack a required column."""
        table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED)
        table = emptied(table, (DATE, POWER, COMPUTERS))
        frame, rejects = _typed(table)
        rest = without_rejected(frame, rejects).with_columns(why=_why_omitted(snapshot.known_through))
        kept = rest.filter(pl.col("why").is_null())
        reading = ReadSoFar(table, rejects, counted(rest["why"]))
        return assemble(reading, _states(kept), _observations(kept), _definitions())


def _typed(table: TextTable) -> tuple[pl.DataFrame, list[Reject]]:
    """Day and figures of each row; refused where one of them cannot be read."""
    frame, rejects = read_cells(table, [day(DATE), number(POWER), number(COMPUTERS)])
    for column in (POWER, COMPUTERS):
        wrong = (frame[column] < 0).fill_null(value=False)
        rejects += refuse(table, wrong, column=column, rule="range", reason=f"{column} must not be negative")
    nameless = frame.select(in_letters(SITE) == "").to_series()
    rejects += refuse(table, nameless, column=SITE, rule="given", reason="a row must name its site, in Latin letters")
    return frame, rejects


def _why_omitted(known_through: date) -> pl.Expr:
    has_something = pl.any_horizontal((pl.col(column) > 0).fill_null(value=False) for column in (POWER, COMPUTERS))
    return omitted({
        NO_DATE: pl.col(DATE).is_null(),
        PLANNED: pl.col(DATE) > known_through,
        EMPTY: ~has_something,
    })  # fmt: skip


def _row_id() -> pl.Expr:
    # Without a figure in it: what the publisher corrects is a revision of the same row.
    return pl.format("{}|{}", SITE, DATE)


def _states(rows: pl.DataFrame) -> TypedRows:
    """One row per site and day of its timeline, because each is a record of the file."""
    return typed(
        core.SYSTEM, rows, system_id=system_id(pl.col(SITE)), source_row_id=_row_id(), system_name=pl.col(SITE)
    )


def _observations(rows: pl.DataFrame) -> TypedRows:
    parts = [
        rows.filter(pl.col(quantity.column) > 0).with_columns(
            series_id=pl.lit(quantity.series_id),
            unit=pl.lit(quantity.unit),
            value=pl.col(quantity.column) * quantity.factor,
        )
        for quantity in QUANTITIES
    ]
    return typed(
        core.OBSERVATION,
        # In one piece: polars 2.1 panics where it joins texts of columns in several pieces, some of them empty.
        pl.concat(parts, rechunk=True),
        source_row_id=_row_id(),
        system_id=system_id(pl.col(SITE)),
        observation_date=pl.col(DATE),
        # Of repeated measurements each month is a fact: a site that grew has not lost what it had before.
        date_kind=pl.lit("measurement"),
        date_precision=pl.lit("day"),
        known_date=pl.col(DATE),
        setup=pl.lit("estimate of the publisher from imagery, permits and statements"),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
    )


def _definitions() -> TypedRows:
    return series_rows(
        [
            {
                "series_id": quantity.series_id,
                "label_en": quantity.label_en,
                "label_zh": quantity.label_zh,
                "unit": quantity.unit,
                "scale": "log",
                "benchmark": "data-center",
                "benchmark_version": quantity.series_id.split("/")[1],
                "variant": "site",
                "note": "old rows are revised as better imagery comes in",
            }
            for quantity in QUANTITIES
        ]
    )
