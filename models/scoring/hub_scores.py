"""Forecasts in hub form, scored: whatever quantiles somebody gave, against what came of the series or the event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.forecasting.draws import DRAWS, LEVELS
from models.forecasting.scales import POINTS_PER_UNIT
from models.scoring.replay import DAYS_PER_MONTH, half_widths, posed
from models.scoring.rules import NOMINAL, every_score

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from models.forecasting.scales import FloatArray

    Scores = dict[str, FloatArray]

DATE: Final = "date"
BOUNDED: Final = "bounded"
LOG: Final = "log"
# Half-widths of the bin of the log score: for days in years, for shares in points, for quantities in dex.
DATE_BIN: Final = 0.25
POINTS_BIN: Final = 2.0
DEX_BIN: Final = 0.05
_KINDS: Final = dict.fromkeys(POINTS_PER_UNIT, BOUNDED)
_FACTORS: Final = dict(POINTS_PER_UNIT)
# What only a distribution can be scored for.
OF_DISTRIBUTIONS: Final = ("log_score", *(f"coverage_{nominal}" for nominal in NOMINAL))
_TASK: Final = ["target", "origin_date", "target_date"]


def score_series(hub: pl.DataFrame, rows: pl.DataFrame, series: pl.DataFrame, today: date) -> pl.DataFrame:
    """Score the quantiles and medians of `hub` (core.forecast) whose target is a series and whose day has come.

    One row per forecaster and task, columns as `models.replay.score_all` gives them, in the same units.
    """
    given = hub.filter(pl.col("target").is_in(series["series_id"].implode())).rename({"target": "series_id"})
    tasks = posed(rows, series, given.select("series_id", "origin_date", "target_date").drop_nulls().unique(), today)
    table = tasks.table.with_row_index("task")

    def measured(whose: pl.DataFrame, draws: FloatArray) -> Scores:
        scales = tasks.past.scales.take(whose["item"].cast(pl.Int64).to_numpy())
        truth = scales.to_score(whose["truth"].to_numpy())
        return every_score(scales.to_score(draws), truth, half_widths(scales))

    return _scored(given.join(table, on=["series_id", "origin_date", "target_date"]), table, measured)


def score_dates(hub: pl.DataFrame, happened: pl.DataFrame) -> pl.DataFrame:
    """Score forecasts of days (in decimal years) against the days on which it happened, errors in years.

    `happened` has target, truth (decimal year), truth_date and truth_system_id. A forecast made after the event
    is none.
    """
    # Asked is when it comes, whatever day is written beside the forecast: the task ends on the day it came.
    given = hub.drop("target_date").join(happened.with_columns(target_date="truth_date"), on="target")
    given = given.filter(pl.col("origin_date") < pl.col("target_date")).with_columns(
        task=pl.struct(_TASK).rank("dense") - 1
    )
    table = given.select("task", *_TASK, "truth", "truth_date", "truth_system_id").unique().sort("task")
    days = (pl.col("target_date") - pl.col("origin_date")).dt.total_days()
    months = (days / DAYS_PER_MONTH).round().cast(pl.Int64)
    table = table.with_columns(kind=pl.lit(DATE), horizon_months=months).rename({"target": "series_id"})

    def measured(whose: pl.DataFrame, draws: FloatArray) -> Scores:
        return every_score(draws, whose["truth"].to_numpy(), np.full(whose.height, DATE_BIN))

    return _scored(given, table, measured)


def score_rows(hub: pl.DataFrame, resolved: pl.DataFrame) -> pl.DataFrame:
    """Score forecasts of rows of the table against what came of them, errors on the scale each row is compared on.

    `resolved` has target, target_date, unit, truth (in that unit), truth_date and truth_system_id; `hub` states rows
    in their unit. Points of a hundred are scored as they are, all else in powers of ten.
    """
    given = hub.join(resolved, on=["target", "target_date"]).filter(pl.col("origin_date") < pl.col("target_date"))
    given = given.with_columns(task=pl.struct(_TASK).rank("dense") - 1)
    kind = pl.col("unit").replace_strict(_KINDS, default=LOG, return_dtype=pl.String)
    factor = pl.col("unit").replace_strict(_FACTORS, default=1.0, return_dtype=pl.Float64)
    measured_in = {
        to: pl.when(kind == LOG).then(pl.col(name).log10()).otherwise(pl.col(name) * factor)
        for to, name in (("value", "value"), ("scored", "truth"))
    }
    months = ((pl.col("target_date") - pl.col("origin_date")).dt.total_days() / DAYS_PER_MONTH).round().cast(pl.Int64)
    given = given.with_columns(**measured_in, kind=kind, horizon_months=months)
    # What has no logarithm, a quantity of nothing, has no distance from anything either.
    is_known = pl.col("value").is_finite().all().over("task", "forecaster_id") & pl.col("scored").is_finite()
    given = given.filter(is_known).with_columns(task=pl.col("task").rank("dense").cast(pl.UInt32) - 1)
    about = ("kind", "horizon_months", "truth", "scored", "truth_date", "truth_system_id")
    table = given.select("task", *_TASK, *about).unique().sort("task").rename({"target": "series_id"})

    def measured(whose: pl.DataFrame, draws: FloatArray) -> Scores:
        width = np.where(whose["kind"] == LOG, DEX_BIN, POINTS_BIN)
        return every_score(draws, whose["scored"].to_numpy(), width)

    return _scored(given, table, measured)


def spread(levels: FloatArray) -> FloatArray:
    """Weights (levels, draws) that turn quantiles at `levels` into draws: straight lines, flat outside, no tails."""
    return np.stack([np.interp(LEVELS, levels, one) for one in np.eye(len(levels))])


def _drawn(given: pl.DataFrame) -> list[tuple[pl.DataFrame, FloatArray]]:
    """Forecasts that give the same levels, with their draws (forecasts, DRAWS); `given` has a column `task`."""
    level = (
        pl.when(pl.col("output_type") == "median")
        .then(0.5)
        .otherwise(pl.col("output_type_id").cast(float, strict=False))
    )
    quantiles = given.filter(pl.col("output_type").is_in(["quantile", "median"])).with_columns(level=level)
    whole = (
        quantiles.sort("forecaster_id", "task", "level")
        .group_by("forecaster_id", "task", maintain_order=True)
        .agg(levels=pl.col("level"), values=pl.col("value"))
        .with_columns(key=pl.col("levels").cast(pl.List(pl.String)).list.join("|"))
    )
    found = []
    for part in whole.partition_by("key", maintain_order=True):
        values = np.array(part["values"].to_list(), dtype=float)
        draws = values @ spread(np.array(part["levels"][0], dtype=float))
        assert draws.shape == (part.height, DRAWS)
        # Sums of products may disorder equal quantiles by one bit, and the scores need them in order.
        said = part.select("forecaster_id", "task", level_count=pl.col("levels").list.len().cast(pl.Int64))
        found.append((said, np.maximum.accumulate(draws, axis=-1)))
    return found


def _scored(
    given: pl.DataFrame, table: pl.DataFrame, measured: Callable[[pl.DataFrame, FloatArray], Scores]
) -> pl.DataFrame:
    """The forecasts of `given` beside the tasks of `table` that their column `task` numbers, with their scores."""
    nobody = (
        given.clear().select("forecaster_id", "task", level_count=pl.lit(0, dtype=pl.Int64)),
        np.empty((0, DRAWS)),
    )
    scored = []
    for said, draws in _drawn(given) or [nobody]:
        whose = table[said["task"]]
        numbers = [pl.Series(name, values, dtype=pl.Float64) for name, values in measured(whose, draws).items()]
        scored.append(whose.with_columns(said["forecaster_id"], said["level_count"], *numbers))
    return pl.concat(scored).with_columns(
        # A point names no interval and no density: scoring it for theirs would make them up.
        pl.when(pl.col("level_count") > 1).then(name).otherwise(None)
        for name in OF_DISTRIBUTIONS
    )
