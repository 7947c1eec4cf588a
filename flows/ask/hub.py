"""What a hub of the hubverse is made from: every edition's forecasts, and what the warehouse now says came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from flows.edition.hub import HubContent
from models.forecasting.forecasters import FORECASTERS
from models.forecasting.frontier import records
from models.forecasting.pool import ROW_COLUMNS
from models.scoring.community import COMMUNITY_ID
from models.scoring.essay import ESSAY_ID
from models.scoring.replay import posed
from models.scoring.resolution import LEVEL
from warehouse import published
from warehouse.forecast_history import forecasts_of_rounds
from warehouse.known import read_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.contracts.known import Known
    from warehouse.corrections import Correction
    from warehouse.editions import EditionShelf
    from warehouse.reader import Reader

TITLES: Final = {name: way.title for name, way in FORECASTERS.items()} | {
    ESSAY_ID: "the essay of June 2023, as it stands",
    COMMUNITY_ID: "the community of Metaculus",
}


class NothingPublished(Exception):
    """The read copy holds no edition to export."""


def hub_content(reader: Reader, shelf: EditionShelf, corrections: Sequence[Correction] = ()) -> HubContent:
    """Everything published so far, one edition per day, the last of that day; NothingPublished without any.

    EditionDamaged when the file that forecasts of an old edition lie in is gone from the shelf.
    """
    every = published.every_edition(reader)
    issue = published.issue_of(reader, every[-1]) if every else None
    if issue is None:
        raise NothingPublished("no edition is published yet; run `gpt2030 refresh`")
    known, _ = read_known(reader, issue, corrections)
    rounds, forecasts = published.rounds(reader), forecasts_of_rounds(reader, shelf)
    frozen = dict(known.stated.select("forecaster_id", "forecaster_title").iter_rows())
    return HubContent(
        forecasts,
        _targets(known, forecasts),
        {**TITLES, **frozen},
        _time_series(known),
        _outcomes(known, forecasts),
        rounds,
    )


def _targets(known: Known, forecasts: pl.DataFrame) -> pl.DataFrame:
    """Label and unit of everything that was ever forecast; a series that is gone keeps its id as label."""
    series = known.series.select("unit", target="series_id", label="label_en", is_series=True)
    rows = known.essay_numbers.select("unit", target="property_id", label="label_en", is_series=False)
    described = pl.concat([series, rows.filter(~pl.col("target").is_in(series["target"].implode()))])
    ever = forecasts.select("target").unique().join(described, on="target", how="left")
    return ever.with_columns(
        pl.col("label").fill_null(pl.col("target")),
        pl.col("unit").fill_null("not known any more"),
        pl.col("is_series").fill_null(value=True),
    ).select("target", "label", "unit", "is_series")


def _time_series(known: Known) -> pl.DataFrame:
    """The frontier of each record series on the days it rose, and the readings of each level, by day."""
    rows = known.observations.join(known.series.select("series_id", "direction"), on="series_id")
    is_level = pl.col("direction") == LEVEL
    days = rows.filter(is_level).group_by("series_id", "observation_date").agg(pl.col("value").median())
    risen = records(rows.filter(~is_level)).filter("is_record")
    both = [
        frame.select(target="series_id", target_date="observation_date", observation="value") for frame in (days, risen)
    ]
    return pl.concat(both).sort("target", "target_date")


def _outcomes(known: Known, forecasts: pl.DataFrame) -> pl.DataFrame:
    """What came of every task that has resolved: the value, and for record series whether it was a new record."""
    questions = forecasts.select("origin_date", "target_date", series_id="target").drop_nulls().unique()
    about = questions.join(known.series.select("series_id"), on="series_id", how="semi")
    tasks = posed(known.observations.select(ROW_COLUMNS), known.series, about, known.day)
    frontier = pl.Series(tasks.past.frontier_value[tasks.item], dtype=pl.Float64)
    is_new = pl.when(pl.col("direction") != LEVEL).then(pl.col("truth") > frontier)
    return tasks.table.with_columns(is_new_record=is_new).select(
        "origin_date", "target_date", "truth", "is_new_record", target="series_id"
    )
