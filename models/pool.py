"""The published forecast: rows known at the origin in, sorted draws and typed reasons per series out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.forecasters import DRAWS, FORECASTERS, Features, features
from models.forecasts import Forecasts
from models.frontier import DAYS_PER_YEAR, Histories, histories
from models.scales import BOUNDED, LINEAR, SATURATED_SHARE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from models.scales import FloatArray

POOL_ID: Final = "gpt2030-pool"
# A declared end (retired, frozen, historic, saturated) counts once the rows have stopped for this long; before that,
# a forecast as of an earlier day must not know how the series ended.
QUIET_DAYS: Final = 365
CLOSED: Final = ("saturated", "retired", "frozen", "historic")
FEW_RECORDS: Final = 3


def forecast(
    rows: pl.DataFrame,
    series: pl.DataFrame,
    origin_date: date,
    target_dates: Sequence[date],
    *,
    forecaster_id: str = POOL_ID,
) -> Forecasts:
    """Forecast every series from one origin for every target date.

    `rows` has series_id, system_id, observation_date, known_date, value, evidence; `series` the columns of contract
    core.series. Rows dated or known after the origin are ignored. Target dates must lie after the origin
    (ValueError). A series without a forecast holds NaN and says why in `fits` (status, reason).
    """
    early = [day.isoformat() for day in target_dates if day <= origin_date]
    if early:
        raise ValueError(f"target dates {', '.join(early)} are not after the origin {origin_date}; ask for later days")
    series = series.sort("series_id")
    past = histories(rows, series.with_columns(origin_date=pl.lit(origin_date)))
    seen = features(past)
    fits = _fits(past, seen, series, forecaster_id)
    horizon = np.array([(day - origin_date).days / DAYS_PER_YEAR for day in target_dates])
    samples, no_record = _draws(past, seen, horizon, forecaster_id)
    closed = ~fits["status"].is_in(["fitted", "prior_driven"]).to_numpy()
    samples[closed] = np.nan
    no_record[closed] = np.nan
    return Forecasts(
        forecaster_id, origin_date, tuple(series["series_id"]), tuple(target_dates), samples, no_record, fits
    )


def _draws(past: Histories, seen: Features, horizon: FloatArray, forecaster_id: str) -> tuple[FloatArray, FloatArray]:
    gain = FORECASTERS[forecaster_id](seen, horizon)
    no_record = (gain <= 0).sum(axis=-1) / DRAWS
    value = past.scales.to_unit(seen.frontier[:, None, None] + gain)
    floor = seen.frontier_value[:, None, None]
    # The floor is applied in natural units too: a frontier of 0 or 0.995 is not where its clipped logit says.
    return np.where(gain > 0, np.maximum(value, floor), floor), no_record


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: str
    reason: str | None


def _fits(past: Histories, seen: Features, series: pl.DataFrame, forecaster_id: str) -> pl.DataFrame:
    verdicts = [_verdict(*facts) for facts in _facts(past, seen, series)]
    known = past.frame.group_by("item").agg(
        first_date=pl.col("observation_date").first(),
        last_date=pl.col("observation_date").last(),
        frontier_system_id=pl.col("system_id").get(pl.col("value").arg_max()),
        remembered_count=(pl.col("evidence") == "remembered").sum().cast(pl.Int64),
    )
    size = np.where(past.scales.kind == LINEAR, past.scales.unit, 1.0)
    table = series.select("series_id").with_row_index("item").join(known, on="item", how="left").sort("item")
    return table.select(
        pl.lit(forecaster_id).alias("forecaster_id"),
        "series_id",
        pl.lit(past.frame["origin_date"].first() if past.frame.height else None, dtype=pl.Date).alias("origin_date"),
        pl.Series("row_count", seen.row_count),
        pl.Series("record_count", seen.record_count),
        "first_date",
        "last_date",
        pl.Series("frontier_value", seen.frontier_value).fill_nan(None),
        "frontier_system_id",
        pl.Series("drift_per_year", seen.drift * size).fill_nan(None),
        pl.Series("drift_std_error", seen.drift_error * size).fill_nan(None),
        pl.Series("residual_sd", seen.residual * size).fill_nan(None),
        pl.col("remembered_count").fill_null(0),
        pl.Series("status", [v.status for v in verdicts], dtype=pl.String),
        pl.Series("reason", [v.reason for v in verdicts], dtype=pl.String),
    )


def _facts(past: Histories, seen: Features, series: pl.DataFrame) -> zip[tuple[int, int, float, float, str]]:
    every = np.ones(len(past.item), dtype=bool)
    share = np.where(past.scales.kind == BOUNDED, past.scales.share(seen.frontier_value), 0.0)
    quiet = -past.highest(past.years, every, -np.inf) * DAYS_PER_YEAR
    return zip(seen.row_count, seen.record_count, share, quiet, series["status"], strict=True)


def _verdict(rows: int, records: int, share: float, quiet_days: float, declared: str) -> _Verdict:
    if rows == 0:
        return _Verdict("no_rows", "no usable row known at the origin")
    if share >= SATURATED_SHARE:
        return _Verdict("saturated", f"the frontier stands at {share:.1%} of the range; what is left is noise")
    if declared in CLOSED and quiet_days > QUIET_DAYS:
        return _Verdict("frozen", f"declared {declared}, and no row for {quiet_days:.0f} days")
    if records < FEW_RECORDS:
        return _Verdict("prior_driven", f"{records} record(s): mostly what comparable series did")
    return _Verdict("fitted", None)
