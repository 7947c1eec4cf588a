"""Epoch AI's Capabilities Index from its own file: the newest fit of all systems, known from the day it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.epoch.reports import counted, omitted
from sources.epoch.scores import systems_of
from sources.errors import KEPT, WrongContent
from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, read_interval, series_rows, typed
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

SCORES: Final = "eci_scores.csv"
SYSTEM: Final = "Model"
SCORE: Final = "eci"
LOW: Final = "eci_ci_low"
HIGH: Final = "eci_ci_high"
RELEASED: Final = "date"
MAKER: Final = "Organization"
REQUIRED: Final = (SYSTEM, SCORE, LOW, HIGH, RELEASED, MAKER)
# The scale is what two systems are set to; on another one all scores would be others, and look revised.
ANCHORS: Final[Mapping[str, float]] = {"Claude 3.5 Sonnet": 130.0, "GPT-5": 150.0}
ANCHORED_WITHIN: Final = 0.05
NO_SCORE: Final = "without a score"
NO_DATE: Final = "without a day of release"
SERIES: Final = "eci/score/epoch"
CITATION_TITLE: Final = "Epoch AI, Epoch Capabilities Index (CC BY 4.0)"
CITATION_URL: Final = "https://epoch.ai/data/eci_scores.csv"


class EpochCapabilities:
    """One score per system, of one fit: every publication estimates all of them anew, on the same two anchors.

    A score is known from the day on which its file was taken, not from the release of its system: the fit of today
    knows benchmarks that came later, and a look back would see the future.
    """

    source_id: ClassVar[str] = "epoch_capabilities"
    title: ClassVar[str] = "Epoch AI, Epoch Capabilities Index"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the scores of all systems."""
        return fetch_feeds(web, base_url, known, [Feed(SCORES, "csv")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read the scores; WrongContent when it is not such a CSV, or an anchor is not where it was."""
        table = emptied(read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED), (SCORE, LOW, HIGH, RELEASED))
        frame, rejects = _typed(table, snapshot.known_through)
        rest = without_rejected(frame, rejects)
        _require_anchors(rest, snapshot.feed)
        rest = rest.with_columns(why=omitted({NO_SCORE: pl.col(SCORE).is_null(), NO_DATE: pl.col(RELEASED).is_null()}))
        rows = _rows(rest.filter(pl.col("why").is_null()), snapshot.known_through)
        reading = ReadSoFar(table, rejects, counted(rest["why"]))
        return assemble(reading, typed(core.OBSERVATION, rows), systems_of(rows), _definition())


def _typed(table: TextTable, today: date) -> tuple[pl.DataFrame, list[Reject]]:
    """Score and day of each row; refused where one cannot be read. A bound that cannot is refused alone."""
    frame, rejects = read_cells(table, [day(RELEASED), number(SCORE)])
    bounds, odd = read_interval(table, frame[SCORE], LOW, HIGH)
    nameless = frame.select(in_letters(SYSTEM) == "").to_series()
    rejects += refuse(
        table, nameless, column=SYSTEM, rule="given", reason="a row must name its system, in Latin letters"
    )
    ahead = (frame[RELEASED] > today).fill_null(value=False)
    rejects += refuse(table, ahead, column=RELEASED, rule="range", reason="a system is scored after its release")
    return frame.with_columns(bounds[LOW], bounds[HIGH]), [*rejects, *odd]


def _require_anchors(frame: pl.DataFrame, feed: str) -> None:
    stated = dict(frame.filter(pl.col(SCORE).is_not_null()).select(SYSTEM, SCORE).iter_rows())
    moved = {name: stated[name] for name, due in ANCHORS.items() if abs(stated.get(name, due) - due) > ANCHORED_WITHIN}
    if moved:
        said = ", ".join(f"{name} at {score:g} where {ANCHORS[name]:g} was due" for name, score in moved.items())
        raise WrongContent("another scale", where=feed, evidence=said, advice=KEPT)


def _rows(frame: pl.DataFrame, taken_on: date) -> pl.DataFrame:
    interval = pl.format("90 % interval {} to {}", LOW, HIGH)
    fit = pl.lit(f"fit of the file of {taken_on}, anchors Claude 3.5 Sonnet = 130 and GPT-5 = 150")
    return frame.select(
        "line",
        series_id=pl.lit(SERIES),
        source_row_id=pl.col(SYSTEM),
        system_id=system_id(pl.col(SYSTEM)),
        observation_date=pl.col(RELEASED),
        date_kind=pl.lit("model_release"),
        date_precision=pl.lit("day"),
        known_date=pl.lit(taken_on),
        value=pl.col(SCORE),
        unit=pl.lit("index"),
        setup=pl.concat_str(fit, interval, separator="; ", ignore_nulls=True),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
        system_name=pl.col(SYSTEM),
        organization=pl.col(MAKER),
        release_date=pl.col(RELEASED),
    )


def _definition() -> TypedRows:
    """As the embedded default defines it: the feed goes on where its rows end."""
    return series_rows(
        [
            {
                "series_id": SERIES,
                "label_en": "Epoch Capabilities Index",
                "label_zh": "Epoch 能力指数",
                "unit": "index",
                "scale": "linear",
                "benchmark": "ECI",
                "variant": "epoch",
            }
        ]
    )
