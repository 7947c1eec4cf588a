"""The other forecasters beside ours: what they say in this edition, and how good everybody was so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from models.community_forecaster import community_hub
from models.essay_forecaster import essay_hub
from models.forecasters import FORECASTERS, POOL_ID
from models.pool import ROW_COLUMNS, Asked, forecast_side_by_side
from models.scoring import STATERS, Evidence, happened, score, settled
from warehouse.contracts import core, polars_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from flows.deriving import Known
    from warehouse.store import Warehouse

# Whoever forecasts the rows of the table: the pool's forecasts and the formulas on top of them.
TABLE_ID: Final = "gpt2030-table"
# Of contract core.forecast what a forecast says by itself: edition and level are added when it is stored.
_FORECAST: Final = tuple(name for name in core.FORECAST.column_names if name not in {"edition_id", "level"})


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
    """What the essay and the community have said by the day, about targets that we know."""
    hub = pl.concat([essay_hub(known.essay_numbers), community_hub(vintages, is_newest_only=is_newest_only)])
    is_known = pl.col("target").is_in(known.series["series_id"].implode()) | pl.col("target").is_in(
        known.essay_numbers["property_id"].implode()
    )
    return hub.filter(is_known, pl.col("origin_date") <= known.day).select(_FORECAST)


def read_vintages(warehouse: Warehouse, now: datetime) -> pl.DataFrame:
    """Every vintage of the community's forecasts recorded by now, as it stood now."""
    rows = warehouse.frame("SELECT * FROM core.community_forecast WHERE recorded_at <= ?", [now])
    # What is superseded later stands now: left as it is, a look back would take it for withdrawn.
    is_later = pl.col("superseded_at") > now
    return rows.cast(polars_schema(core.COMMUNITY_FORECAST)).with_columns(  # type: ignore[arg-type]
        superseded_at=pl.when(is_later).then(None).otherwise("superseded_at")
    )


def read_published(warehouse: Warehouse, today: date) -> pl.DataFrame:
    """Forecasts of earlier editions whose day has come: the first edition of every quarter.

    One edition a day would be scored once a day: a quarter apart, forecasts still tell each other's news.
    """
    return warehouse.frame(
        f"""SELECT {", ".join(f"f.{name}" for name in _FORECAST)} FROM core.forecast AS f JOIN (
               SELECT edition_id FROM out.edition WHERE origin_date < ?
               QUALIFY row_number() OVER (
                   PARTITION BY date_trunc('quarter', origin_date) ORDER BY origin_date, issued_at, edition_id) = 1
            ) USING (edition_id)
            WHERE f.target_date <= ? AND f.output_type IN ('quantile', 'median') AND NOT list_contains(?, forecaster_id)
            ORDER BY ALL""",
        [today, today, list(STATERS)],
    )


def read_published_rows(warehouse: Warehouse, today: date) -> pl.DataFrame:
    """What earlier editions forecast for rows of the table whose day has come, in hub form: as `read_published`."""
    return warehouse.frame(
        f"""SELECT '{TABLE_ID}' AS forecaster_id, property_id AS target, origin_date, target_date,
                   'quantile' AS output_type, level::VARCHAR AS output_type_id, value
            FROM out.property_quantile JOIN (
                SELECT edition_id, origin_date, target_date FROM out.edition WHERE origin_date < ? AND target_date <= ?
                QUALIFY row_number() OVER (
                    PARTITION BY date_trunc('quarter', origin_date) ORDER BY origin_date, issued_at, edition_id) = 1
            ) USING (edition_id)
            WHERE is_published
            ORDER BY ALL""",
        [today, today],
    ).select(_FORECAST)


def scores(
    known: Known, published: pl.DataFrame, stated: pl.DataFrame, properties: pl.DataFrame, target_date: date
) -> pl.DataFrame:
    """Everybody's scores on what has resolved by the day: contract out.score without edition_id."""
    rows = known.observations.select(ROW_COLUMNS)
    came, stood = happened(properties), settled(properties, target_date)
    return score(Evidence(known.day, rows, known.series, published, stated, came, stood))
