"""Lone probabilities, scored by Brier: P(at most a number on a day), and P(it has happened by a day)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.forecasting.forecasters import FORECASTERS
from models.forecasting.forecasts import HUB_LEVELS
from models.properties.belief_rows import QUESTIONS
from models.scoring.replay import DAYS_PER_MONTH, posed, score_all

if TYPE_CHECKING:
    from datetime import date

BRIER: Final = "brier"
# What is scored is a share, whatever the target is measured in; of an event it is told by the day it came.
PROBABILITY: Final = "probability"
EVENT: Final = "event"
# Rows that are days: whether they have come is known.
DATED: Final = ("math.date_92pct", *(name for name, question in QUESTIONS.items() if question.is_dated))
_TASK: Final = ("series_id", "origin_date", "target_date")
_COLUMNS: Final = (
    "forecaster_id", *_TASK, "horizon_months", "kind", "truth", "truth_date", "truth_system_id", BRIER,
)  # fmt: skip


def score_points(hub: pl.DataFrame, rows: pl.DataFrame, series: pl.DataFrame, today: date) -> pl.DataFrame:
    """Brier scores of lone probabilities about series whose day has come, by the one who stated them.

    (p - o)², o being 1 where the value is at most the threshold (Brier 1950). One row per forecaster and task; where
    somebody names several thresholds, their mean.
    """
    points = _on_series(hub, series)
    table = posed(rows, series, points.select(_TASK).drop_nulls().unique(), today).table
    return _scored(points.join(table, on=list(_TASK)))


def score_ours(hub: pl.DataFrame, rows: pl.DataFrame, series: pl.DataFrame, today: date) -> pl.DataFrame:
    """What our forecasters, refitted on the day of each such statement, would have scored on the same thresholds."""
    points = _on_series(hub, series)
    if points.is_empty():
        # On most days: refitting for no question would still learn the priors of every series.
        return score_points(points.rename({"series_id": "target"}), rows, series, today)
    tasks = posed(rows, series, points.select(_TASK).drop_nulls().unique(), today, is_refit=True)
    said = score_all(tasks, FORECASTERS, HUB_LEVELS)
    if said.is_empty():
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
    """Brier scores of P(by a day) about dated rows, once it has happened or the day is over.

    `happened` is as in `score_dates`.
    The day itself counts. What no row dates (a judgement, a test nobody runs) is never known not to have happened.
    """
    by = pl.col("output_type_id").str.to_date(strict=False)
    asked = hub.filter(pl.col("output_type") == "cdf", pl.col("target").is_in(DATED)).with_columns(by=by)
    points = asked.drop("target_date").join(happened, on="target", how="left")
    is_over = pl.col("truth_date").is_not_null() | (pl.col("by") < today)
    # A statement made after it happened, or after its day, is none.
    is_ahead = (pl.col("origin_date") < pl.col("by")) & (
        pl.col("truth_date").is_null() | (pl.col("origin_date") < pl.col("truth_date"))
    )
    due = points.filter(is_over & is_ahead)
    months = ((pl.col("by") - pl.col("origin_date")).dt.total_days() / DAYS_PER_MONTH).round().cast(pl.Int64)
    # Compared as days: as decimal years rounded for a key, the last day itself would be too late.
    ordered = due.with_columns(
        horizon_months=months,
        target_date="by",
        threshold=pl.col("by").to_physical().cast(pl.Float64),
        truth=pl.col("truth_date").to_physical().cast(pl.Float64).fill_null(np.inf),
    )
    return _scored(ordered.rename({"target": "series_id"})).with_columns(kind=pl.lit(EVENT))


def _on_series(hub: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """The lone probabilities (`cdf` rows) about series, with the number that each is about as `threshold`."""
    is_asked = (pl.col("output_type") == "cdf") & pl.col("target").is_in(series["series_id"].implode())
    number = pl.col("output_type_id").cast(pl.Float64, strict=False)
    return hub.filter(is_asked).with_columns(threshold=number).drop_nulls("threshold").rename({"target": "series_id"})


def _scored(asked: pl.DataFrame) -> pl.DataFrame:
    outcome = (pl.col("truth") <= pl.col("threshold")).cast(pl.Float64)
    scored = asked.with_columns(((pl.col("value") - outcome) ** 2).alias(BRIER), kind=pl.lit(PROBABILITY))
    about = [name for name in _COLUMNS if name != BRIER]
    keys = ["forecaster_id", *_TASK]
    firsts = [pl.col(name).first() for name in about if name not in keys]
    return scored.group_by(keys, maintain_order=True).agg(*firsts, pl.col(BRIER).mean()).select(_COLUMNS)
