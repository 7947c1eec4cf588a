"""The other forecasters beside ours: what they say in this edition, and how good everybody was so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from models.forecasting.forecasters import FORECASTERS, POOL_ID
from models.forecasting.pool import ROW_COLUMNS, Asked, forecast_side_by_side
from models.scoring.community import community_hub
from models.scoring.essay import essay_hub
from models.scoring.stated import statements_hub
from models.scoring.table import Evidence, happened, score, settled
from warehouse.contracts.content import SAID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from warehouse.contracts.known import Known


def others_hub(known: Known, target_dates: Sequence[date]) -> pl.DataFrame:
    """Members and baselines in hub form; a forecaster that names one number gives a median, not 23 equal quantiles."""
    names = [name for name in FORECASTERS if name != POOL_ID]
    asked = Asked(known.day, tuple(target_dates))
    side_by_side = forecast_side_by_side(known.observations.select(ROW_COLUMNS), known.series, asked, names)
    return pl.concat([_said(name, one.to_hub()) for name, one in side_by_side.items()])


def _said(name: str, hub: pl.DataFrame) -> pl.DataFrame:
    if not FORECASTERS[name].is_point:
        return hub
    is_middle = (pl.col("output_type") == "quantile") & (pl.col("output_type_id") == "0.5")
    return hub.filter(is_middle).with_columns(
        output_type=pl.lit("median"), output_type_id=pl.lit(None, dtype=pl.String)
    )


def stated_hub(known: Known, vintages: pl.DataFrame, *, is_newest_only: bool) -> pl.DataFrame:
    """What the essay, platforms and stated forecasters have said by the day, about targets that we know."""
    platforms = community_hub(vintages, is_newest_only=is_newest_only)
    hub = pl.concat([essay_hub(known.essay_numbers), statements_hub(known.stated), platforms])
    is_known = pl.col("target").is_in(known.series["series_id"].implode()) | pl.col("target").is_in(
        known.essay_numbers["property_id"].implode()
    )
    return hub.filter(is_known, pl.col("origin_date") <= known.day).select(SAID)


class Said(NamedTuple):
    """What was said before, in hub form: by editions made on their day, by those made later, by others."""

    published: pl.DataFrame
    replays: pl.DataFrame
    stated: pl.DataFrame


def scores(known: Known, said: Said, properties: pl.DataFrame, target_date: date) -> pl.DataFrame:
    """Everybody's scores on what has resolved by the day: contract out.score without edition_id."""
    rows = known.observations.select(ROW_COLUMNS)
    came, stood = happened(properties), settled(properties, target_date)
    return score(Evidence(known.day, rows, known.series, happened=came, resolved=stood, **said._asdict()))
