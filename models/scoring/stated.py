"""What others stated once, as stated forecasters in hub form, so that they are scored like any other."""

from __future__ import annotations

import polars as pl

from models.forecasting.forecasts import HUB_KEYS


def statements_hub(stated: pl.DataFrame) -> pl.DataFrame:
    """Forecasts of core.stated_forecast, contract core.forecast without edition_id; the origin is the day stated.

    A number without a level is a point: a median in the hub's words, and no distribution.
    """
    is_point = pl.col("level").is_null()
    return stated.select(
        "forecaster_id",
        "target",
        "target_date",
        "value",
        origin_date="known_date",
        output_type=pl.when(is_point).then(pl.lit("median")).otherwise(pl.lit("quantile")),
        output_type_id=pl.when(~is_point).then(level_text(pl.col("level"))),
    ).select(HUB_KEYS)


def level_text(level: pl.Expr) -> pl.Expr:
    """A quantile level as hubs spell it: 0.5, not 0.50."""
    return level.round(6).cast(pl.String)
