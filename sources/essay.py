"""The 2023 essay "What will GPT-2030 look like?" as a stated forecaster, with a table of its contradictions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.errors import WrongContent
from sources.reading.boundary import admit
from sources.reading.tabular import number, read_cells, read_csv, refuse, whole_number, without_rejected
from sources.records import Fetched, Parsed
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.records import Reject, Snapshot
    from sources.web import Web
    from warehouse.contracts import Table

FOLDER: Final = Path(__file__).parent / "essay"
NUMBERS: Final = "numbers.csv"
INCONSISTENCIES: Final = "inconsistencies.csv"
PUBLISHED_ON: Final = date(2023, 6, 7)
_CITATION: Final = {
    "as_of_date": PUBLISHED_ON,
    "evidence": "paper",
    "citation_title": "Jacob Steinhardt, What will GPT-2030 look like? (June 2023)",
    "citation_url": "https://bounded-regret.ghost.io/what-will-gpt-2030-look-like/",
}
# Footnote 3 of the revised text: bracketed ranges are quartiles. The guess of the growth factor is named as a range.
_RANGES: Final = {"overhang.factor": "range"}


class EssaySource:
    """The numbers and contradictions of the essay, embedded as two CSV files.

    `numbers.csv` becomes core.essay_number, and its assumptions core.assumption as well, because formulas read
    constants from there whoever states them. `inconsistencies.csv` becomes core.inconsistency.
    """

    source_id: ClassVar[str] = "essay"
    title: ClassVar[str] = "What will GPT-2030 look like? (Steinhardt 2023)"
    licence: ClassVar[str] = "facts and numbers, paraphrased with citation; the text stays with its author"
    default_url: ClassVar[str] = "embedded:essay"
    is_redistributable: ClassVar[bool] = True
    known_through: ClassVar[date] = PUBLISHED_ON

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Read the embedded files; neither the network nor an address is involved."""
        del web, base_url, known
        return [
            Fetched(name, f"{self.default_url}/{name}", (FOLDER / name).read_bytes(), media_type="text/csv")
            for name in (NUMBERS, INCONSISTENCIES)
        ]

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read one of the two files into rows and rejects; WrongContent when it is neither."""
        if snapshot.feed == NUMBERS:
            return _numbers(snapshot)
        if snapshot.feed == INCONSISTENCIES:
            return _inconsistencies(snapshot)
        advice = f"the essay is {NUMBERS} and {INCONSISTENCIES}"
        raise WrongContent(f"unknown feed {snapshot.feed}", where=snapshot.url, advice=advice)


def _numbers(snapshot: Snapshot) -> Parsed:
    table = _read(snapshot, core.ESSAY_NUMBER)
    cells = [whole_number("section"), number("p25"), number("p50"), number("p75")]
    frame, rejects = read_cells(table, cells)
    rejects += _disordered(table, frame)
    typed = _typed(without_rejected(frame, rejects), core.ESSAY_NUMBER, flag="is_implied")
    good, refused = admit(core.ESSAY_NUMBER, typed, feed=snapshot.feed, came=table.frame)
    assumed, of_assumptions = admit(core.ASSUMPTION, _assumptions(good), feed=snapshot.feed, came=table.frame)
    return Parsed(
        {core.ESSAY_NUMBER.full_name: good, core.ASSUMPTION.full_name: assumed},
        (*table.rejects, *rejects, *refused, *of_assumptions),
        table.record_count,
        record_table=core.ESSAY_NUMBER.full_name,
    )


def _inconsistencies(snapshot: Snapshot) -> Parsed:
    table = _read(snapshot, core.INCONSISTENCY)
    cells = [number(name) for name in ("stated_p25", "stated_p50", "stated_p75", "recomputed")]
    frame, rejects = read_cells(table, cells)
    typed = _typed(without_rejected(frame, rejects), core.INCONSISTENCY, flag="is_refused")
    good, refused = admit(core.INCONSISTENCY, typed, feed=snapshot.feed, came=table.frame)
    return Parsed(
        {core.INCONSISTENCY.full_name: good},
        (*table.rejects, *rejects, *refused),
        table.record_count,
        record_table=core.INCONSISTENCY.full_name,
    )


def _read(snapshot: Snapshot, table: Table) -> TextTable:
    stated = [column.name for column in table.arriving if column.name not in _CITATION]
    return read_csv(snapshot.body, feed=snapshot.feed, required=stated)


def _typed(frame: pl.DataFrame, table: Table, *, flag: str) -> pl.DataFrame:
    # Any other word becomes null, which the contract refuses; compared with "true" it would pass as false.
    is_true = pl.col(flag).replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    cited = frame.with_columns(is_true.alias(flag), **{name: pl.lit(value) for name, value in _CITATION.items()})
    return cited.select(*(column.name for column in table.arriving), "line")


def _disordered(table: TextTable, frame: pl.DataFrame) -> list[Reject]:
    # The translation's summary prints 0.4 to 1.0 million around a median of 1.8 million; unchecked, it would become
    # the lower half of the distribution turned upside down.
    given = pl.concat_list("p25", "p50", "p75").list.drop_nulls()
    wrong = frame.select((given != given.list.sort()).fill_null(value=False)).to_series()
    reason = "quantiles must ascend: p25 <= p50 <= p75"
    return refuse(table, wrong, column="p50", rule="quantile-order", reason=reason)


def _assumptions(numbers: pl.DataFrame) -> pl.DataFrame:
    # An interval is named only beside a range: elsewhere it would claim a distribution that nobody stated.
    has_range = pl.col("p25").is_not_null() | pl.col("p75").is_not_null()
    interval = pl.col("property_id").replace_strict(_RANGES, default="p25-p75", return_dtype=pl.String)
    return numbers.filter(pl.col("placement") == "assumption").select(
        pl.col("property_id").alias("assumption_id"),
        "label_en",
        "label_zh",
        "unit",
        pl.col("p50").alias("value"),
        pl.col("p25").alias("low"),
        pl.col("p75").alias("high"),
        pl.when(has_range).then(interval).alias("interval"),
        "as_of_date",
        pl.concat_str("statement", "note", separator="; ", ignore_nulls=True).alias("note"),
        "evidence",
        "citation_title",
        "citation_url",
        "line",
    )
