"""Epoch AI's list of machine-learning hardware: what a chip computes per second for its price."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.dates import coarse_date, date_precision, last_day
from sources.reading.systems import system_id
from sources.reading.tabular import (
    LINE,
    emptied,
    number,
    read_cells,
    read_csv,
    refuse,
    require_columns,
    without_rejected,
)
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

HARDWARE: Final = "ml_hardware.csv"
NAME: Final = "Hardware name"
RELEASED: Final = "Release date"
PRICE: Final = "Release price (USD)"
RATIO: Final = "Price-performance"
REQUIRED: Final = (NAME, "Manufacturer", RELEASED, PRICE)
# What the publisher's ratio is the best of: held against its list of April 2026, it gives all 53 ratios there.
DENSE: Final = (
    "FP32 (single precision) performance (FLOP/s)",
    "FP16 (half precision) performance (FLOP/s)",
    "Tensor-FP16/BF16 performance (FLOP/s)",
    "INT8 performance (OP/s)",
)
ALIASES: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys((RATIO, *DENSE), ()) | {
    NAME: ("Name of the hardware", "Hardware", "Name"),
    PRICE: ("Release price", "Price (USD)"),
}
# What dividing by an empty price has left in the column of the ratio.
BY_NOTHING: Final = ("infinity", "-infinity", "inf", "-inf", "nan", "#div/0!", "\u221e")
SERIES: Final = "hardware/price-performance/all"
NO_PRICE: Final = "chip without a price, hence without price-performance"
NO_RATIO: Final = "chip with a price, but without price-performance"
NO_DATE: Final = "chip without a release date"
_CELLS: Final = (number(PRICE), coarse_date(RELEASED))
CITATION_TITLE: Final = "Epoch AI, Machine learning hardware (CC BY 4.0)"
CITATION_URL: Final = "https://epoch.ai/data/machine-learning-hardware"


class EpochHardware:
    """Price-performance of accelerators: the best dense figure of each chip over its release price."""

    source_id: ClassVar[str] = "epoch_hardware"
    title: ClassVar[str] = "Epoch AI, Machine learning hardware"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the one list."""
        return fetch_feeds(web, base_url, known, [Feed(HARDWARE, "csv")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read the list; WrongContent when it is not CSV or lacks a required column."""
        table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED, aliases=ALIASES)
        table = emptied(table, (PRICE, RELEASED, RATIO, *DENSE))
        frame, rejects = _typed(table)
        for column in (RATIO, PRICE):
            wrong = (frame[column] <= 0).fill_null(value=False)
            rejects += refuse(table, wrong, column=column, rule="positive", reason=f"{column} must be more than 0")
        # How fine a date is can only be seen in its text: 2023-12 and 2023-12-01 are the same day once read.
        written = frame.with_columns(written=table.frame[RELEASED])
        rest = without_rejected(written, rejects)
        priced = rest.filter(pl.col(RATIO).is_not_null())
        dated = priced.filter(pl.col(RELEASED).is_not_null())
        without = rest.filter(pl.col(RATIO).is_null())
        unpriced = int(without[PRICE].is_null().sum())
        skipped = {
            NO_PRICE: unpriced,
            NO_RATIO: without.height - unpriced,
            NO_DATE: priced.height - dated.height,
        }
        return assemble(ReadSoFar(table, rejects, skipped), _observations(dated), _chips(dated), _definition())


def _typed(table: TextTable) -> tuple[pl.DataFrame, list[Reject]]:
    """Ratio, price and date of each chip; the ratio worked out here where the list is older than that column."""
    columns = table.frame.columns
    if RATIO in columns:
        # A word for "divided by nothing" says nothing where there is no price; beside a price it is no number.
        by_nothing = pl.col(RATIO).str.to_lowercase().is_in(BY_NOTHING) & pl.col(PRICE).is_null()
        ratio = pl.when(~by_nothing.fill_null(value=False)).then(pl.col(RATIO)).alias(RATIO)
        return read_cells(replace(table, frame=table.frame.with_columns(ratio)), [*_CELLS, number(RATIO)])
    figures = [name for name in DENSE if name in columns]
    if not figures:
        require_columns(columns, [RATIO], feed=table.feed)
    frame, rejects = read_cells(table, [*_CELLS, *map(number, figures)])
    return frame.with_columns((pl.max_horizontal(figures) / pl.col(PRICE)).alias(RATIO)), rejects


def _observations(frame: pl.DataFrame) -> TypedRows:
    return typed(
        core.OBSERVATION,
        frame.select(LINE, NAME, "Manufacturer", RELEASED, PRICE, RATIO, "written"),
        series_id=pl.lit(SERIES),
        source_row_id=pl.col(NAME),
        system_id=system_id(pl.col(NAME)),
        observation_date=pl.col(RELEASED),
        date_kind=pl.lit("model_release"),
        date_precision=date_precision(pl.col("written")),
        # A month counts as known at its end: on its first day it would leak into forecasts made before the release.
        known_date=last_day(pl.col("written")),
        value=pl.col(RATIO),
        unit=pl.lit("flop_per_second_per_usd"),
        setup=pl.format("best dense figure over release price {} USD", pl.col(PRICE)),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
    )


def _chips(frame: pl.DataFrame) -> TypedRows:
    """The chips as the systems measured, so that every observation refers to something listed."""
    return typed(
        core.SYSTEM,
        frame.select(LINE, NAME, "Manufacturer", RELEASED),
        system_id=system_id(pl.col(NAME)),
        source_row_id=pl.col(NAME),
        system_name=pl.col(NAME),
        organization=pl.col("Manufacturer"),
        release_date=pl.col(RELEASED),
    )


def _definition() -> TypedRows:
    return series_rows(
        [
            {
                "series_id": SERIES,
                "label_en": "Price-performance of accelerators",
                "label_zh": "加速器性价比",
                "unit": "flop_per_second_per_usd",
                "scale": "log",
                "benchmark": "price-performance",
                "variant": "all",
            }
        ]
    )
