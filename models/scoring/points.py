"""Lone probabilities, scored by Brier: P(at most a number on a day), and P(it has happened by a day)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.days import decimal_year
from models.forecasting.forecasters import FORECASTERS
from models.forecasting.forecasts import HUB_LEVELS
from models.scoring.replay import DAYS_PER_MONTH, posed, score_all

if TYPE_CHECKING:
    from datetime import date

BRIER: Final = "brier"
# What is scored is a share, whatever the target is measured in; of an event it is told by the day it came.
PROBABILITY: Final = "probability"
EVENT: Final = "event"
_TASK: Final = ("series_id", "origin_date", "target_date")
_COLUMNS: Final = (
    "forecaster_id", *_TASK, "horizon_months", "kind", "truth", "truth_date", "truth_system_id", BRIER,
)  # fmt: skip


def points_of(hub: pl.DataFrame) -> pl.DataFrame:
    """The lone probabilities of a hub (`cdf` rows), with the number or decimal year they are about as `threshold`."""
    is_point = pl.col("output_type") == "cdf"
    return hub.filter(is_point).with_columns(threshold=pl.col("output_type_id").cast(pl.Float64, strict=False))


def score_points(hub: pl.DataFrame, rows: pl.DataFrame, series: pl.DataFrame, today: date) -> pl.DataFrame:
    """Brier scores of lone probabilities about series whose day has come, by the one who stated them.

    (p - o)², o being 1 where the value is at most the threshold (Brier 1950). One row per forecaster and task; where
    somebody names several thresholds, their mean.
    """
    points = (
        points_of(hub).filter(pl.col("target").is_in(series["series_id"].implode())).rename({"target": "series_id"})
    )
    table = posed(rows, series, points.select(_TASK).drop_nulls().unique(), today).table
    return _scored(points.join(table, on=list(_TASK)))


def score_ours(hub: pl.DataFrame, rows: pl.DataFrame, series: pl.DataFrame, today: date) -> pl.DataFrame:
    """What our forecasters, refitted on the day of each such statement, would have scored on the same thresholds."""
    points = (
        points_of(hub).filter(pl.col("target").is_in(series["series_id"].implode())).rename({"target": "series_id"})
    )
    tasks = posed(rows, series, points.select(_TASK).drop_nulls().unique(), today, is_refit=True)
    said = score_all(tasks, FORECASTERS, HUB_LEVELS)
    if said.is_empty() or points.is_empty():
        return _scored(points.clear().join(tasks.table, on=list(_TASK)))
    whole = said.filter(pl.col("quantiles").list.eval(pl.element().is_finite()).list.all())
    asked = points.select(*_TASK, "threshold").unique().join(whole, on=list(_TASK))
    share = [
        # Beyond the outermost levels nothing is said: half of what lies there is taken.
        float(np.interp(threshold, quantiles, HUB_LEVELS, left=HUB_LEVELS[0] / 2, right=(1 + HUB_LEVELS[-1]) / 2))
        for threshold, quantiles in asked.select("threshold", "quantiles").iter_rows()
    ]
    return _scored(asked.with_columns(pl.Series("value", share, dtype=pl.Float64)))


def score_events(hub: pl.DataFrame, happened: pl.DataFrame, today: date) -> pl.DataFrame:
    """Brier scores of P(by a day) once that day has passed or it has happened; `happened` as in `score_dates`."""
    now = decimal_year(today)
    points = points_of(hub).filter(pl.col("target_date").is_null()).join(happened, on="target", how="left")
    is_over = pl.col("truth").is_not_null() | (pl.col("threshold") < now)
    # A statement made after it happened is none.
    is_ahead = pl.col("truth_date").is_null() | (pl.col("origin_date") < pl.col("truth_date"))
    year = pl.col("threshold").floor().cast(pl.Int32)
    days = ((pl.col("threshold") - pl.col("threshold").floor()) * 365.2425).round().cast(pl.Int64)
    due = points.filter(is_over & is_ahead).with_columns(target_date=pl.date(year, 1, 1) + pl.duration(days=days))
    span = (pl.col("target_date") - pl.col("origin_date")).dt.total_days()
    months = (span / DAYS_PER_MONTH).round().cast(pl.Int64)
    # P(by a day) is right where it happened by then: the same comparison as for a value at most a threshold.
    asked = due.with_columns(horizon_months=months, truth=pl.col("truth").fill_null(np.inf))
    return _scored(asked.rename({"target": "series_id"})).with_columns(kind=pl.lit(EVENT))


def _on_series(hub: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    is_series = pl.col("target").is_in(series["series_id"].implode())
    return points_of(hub).filter(is_series).rename({"target": "series_id"})


def _scored(asked: pl.DataFrame) -> pl.DataFrame:
    outcome = (pl.col("truth") <= pl.col("threshold")).cast(pl.Float64)
    scored = asked.with_columns(((pl.col("value") - outcome) ** 2).alias(BRIER), kind=pl.lit(PROBABILITY))
    about = [name for name in _COLUMNS if name != BRIER]
    keys = ["forecaster_id", *_TASK]
    firsts = [pl.col(name).first() for name in about if name not in keys]
    return scored.group_by(keys, maintain_order=True).agg(*firsts, pl.col(BRIER).mean()).select(_COLUMNS)
