"""The published forecast: rows known at the origin in, sorted draws and typed reasons per series out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from models import fits, priors
from models.draws import DRAWS
from models.forecasters import FORECASTERS, LEVEL_FORECASTERS, POOL_ID, Forecaster
from models.forecasts import Forecasts
from models.frontier import DAYS_PER_YEAR, Histories, histories

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from models.priors import Priors
    from models.scales import BoolArray, FloatArray, IntArray

    Learn = Callable[[Histories, IntArray], Priors]

# Draws held at once (items × horizons × draws): beyond the processor's cache, speed falls.
_BLOCK: Final = 2**17


class Drawn(NamedTuple):
    """Draws (n, h, DRAWS) in natural units, ascending, and P(no new record) (n, h); NaN where rows are too few."""

    samples: FloatArray
    no_record_share: FloatArray


def forecast(
    rows: pl.DataFrame,
    series: pl.DataFrame,
    origin_date: date,
    target_dates: Sequence[date],
    *,
    forecaster_id: str = POOL_ID,
    learn: Learn = priors.learn,
) -> Forecasts:
    """Forecast every series from one origin for every target date.

    `rows` has series_id, system_id, observation_date, known_date, value, evidence; `series` the columns of contract
    core.series. Rows dated or known after the origin are ignored. Target dates must lie after the origin
    (ValueError). A series without a forecast holds NaN and says why in `fits` (status, reason). `learn` supplies the
    priors; with `priors.usual` no series influences another.
    """
    horizon = _horizon(origin_date, target_dates)
    ordered = series.sort("series_id").with_columns(origin_date=pl.lit(origin_date, dtype=pl.Date))
    is_level = (ordered["direction"] == "level").to_numpy()
    samples = np.full((ordered.height, len(horizon), DRAWS), np.nan)
    no_record = np.full((ordered.height, len(horizon)), np.nan)
    tables = []
    for chosen, kind in ((~is_level, FORECASTERS), (is_level, LEVEL_FORECASTERS)):
        part = ordered.filter(pl.Series(chosen))
        past = histories(rows, part)
        known = learn(past, np.zeros(past.count, dtype=np.int64))
        drawn = draw(past, known, horizon, kind[forecaster_id])
        table = fits.table(past, known, part, _finite(drawn), is_level=kind is LEVEL_FORECASTERS)
        is_open = table["status"].is_in(fits.OPEN).to_numpy()
        samples[chosen] = np.where(is_open[:, None, None], drawn.samples, np.nan)
        no_record[chosen] = np.where(is_open[:, None], drawn.no_record_share, np.nan)
        tables.append(table)
    named = (
        pl.concat(tables)
        .sort("series_id")
        .with_columns(forecaster_id=pl.lit(forecaster_id), origin_date=pl.lit(origin_date, dtype=pl.Date))
    )
    ids = tuple(ordered["series_id"])
    return Forecasts(
        forecaster_id, origin_date, ids, tuple(target_dates), samples, no_record, named.select(fits.COLUMNS)
    )


def draw(past: Histories, known: Priors, horizon: FloatArray, forecaster: Forecaster) -> Drawn:
    """Run one forecaster over all items, block by block, and bring its gains to natural units."""
    samples = np.empty((past.count, len(horizon), DRAWS))
    no_record = np.empty((past.count, len(horizon)))
    size = max(1, _BLOCK // max(1, len(horizon) * DRAWS))
    for start in range(0, past.count, size):
        stop = min(start + size, past.count)
        block = past.part(start, stop)
        gain = forecaster.gains(block, known.part(start, stop), horizon)
        samples[start:stop] = _in_units(block, gain, forecaster)
        no_record[start:stop] = _none_share(gain) if forecaster.has_records else np.nan
    return Drawn(samples, no_record)


def _horizon(origin_date: date, target_dates: Sequence[date]) -> FloatArray:
    early = [day.isoformat() for day in target_dates if day <= origin_date]
    if early:
        raise ValueError(f"target dates {', '.join(early)} are not after the origin {origin_date}; ask for later days")
    return np.array([(day - origin_date).days / DAYS_PER_YEAR for day in target_dates], dtype=np.float64)


def _finite(drawn: Drawn) -> BoolArray:
    return np.asarray(np.isfinite(drawn.samples).all(axis=(1, 2)))


def _in_units(past: Histories, gain: FloatArray, forecaster: Forecaster) -> FloatArray:
    value = past.scales.to_unit(past.frontier[:, None, None] + gain)
    if not forecaster.has_floor:
        return value
    floor = past.frontier_value[:, None, None]
    # The floor is laid in natural units: a frontier of 0 or 0.995 is not where its clipped logit says.
    return np.where(gain > 0, np.maximum(value, floor), np.where(np.isnan(gain), np.nan, floor))


def _none_share(gain: FloatArray) -> FloatArray:
    """P(gain <= 0), interpolated between the draws on either side of zero."""
    count = (gain <= 0).sum(axis=-1)
    after = np.clip(count, 1, DRAWS - 1)[..., None]
    low, high = (np.take_along_axis(gain, index, axis=-1)[..., 0] for index in (after - 1, after))
    part = np.clip(-low / np.where(high > low, high - low, 1.0), 0, 1)
    inside = (count - 0.5 + part) / DRAWS
    share = np.where((count == 0) | (count == DRAWS), count / DRAWS, inside)
    return np.where(np.isnan(gain).any(axis=-1), np.nan, share)
