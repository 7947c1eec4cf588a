"""Date-to-threshold: when a frontier first reaches a value, from the marginal forecasts of a grid of days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from models.forecasting.forecasts import Forecasts
    from models.forecasting.scales import FloatArray

DATE_LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


class Crossing(NamedTuple):
    """A date per level (None: not before the last day of the grid) and the probability of never by then."""

    dates: tuple[date | None, ...]
    never_share: float


class Passed(NamedTuple):
    """The row with which a threshold was first reached."""

    observation_date: date
    system_id: str
    value: float


def crossing(
    forecasts: Forecasts,
    series_id: str,
    threshold: float,
    grid: Sequence[date],
    levels: Sequence[float] = DATE_LEVELS,
) -> Crossing:
    """Quantiles of the day on which the frontier of a series first reaches `threshold`.

    A frontier never falls, so P(T <= t) = P(F(t) >= threshold): the marginals suffice. Between days of the grid the
    probability is interpolated; noise against monotony is removed by its running maximum. All days of `grid` must
    have been forecast (KeyError); a series without a forecast holds NaN and gives a never_share of NaN.
    """
    days = sorted(grid)
    return day_quantiles(days, reached_share(forecasts, series_id, threshold, days), forecasts.origin_date, levels)


def day_quantiles(days: Sequence[date], share: FloatArray, origin: date, levels: Sequence[float]) -> Crossing:
    """Quantiles of a day, from the probability `share`, shape (days), that it has come by each of `days`, ascending."""
    if not np.isfinite(share).all():
        return Crossing((None,) * len(levels), float("nan"))
    after = np.array([0.0, *((day - origin).days for day in days)])
    # Nothing can be reached before the origin that was not reached by it, so the distribution starts at zero there.
    steps = np.maximum.accumulate(np.concatenate([[0.0], share]))
    dates = tuple(_day_at(level, after, steps, origin) for level in levels)
    return Crossing(dates, float(1.0 - steps[-1]))


def reached_share(forecasts: Forecasts, series_id: str, threshold: float, days: Sequence[date]) -> FloatArray:
    """P(the frontier is at or above `threshold`) on each of the days, shape (days)."""
    draws = np.stack([forecasts.draws(series_id, day) for day in days])
    # At the threshold counts: a frontier that stands exactly there has reached it.
    share = (draws >= threshold).mean(axis=-1)
    return np.where(np.isfinite(draws).all(axis=-1), share, np.nan)


def passed(rows: pl.DataFrame, series_id: str, threshold: float) -> Passed | None:
    """The first row of the series at or above `threshold`, the best one of that day; None while there is none."""
    reached = rows.filter(pl.col("series_id") == series_id, pl.col("value") >= threshold)
    if reached.is_empty():
        return None
    first = reached.sort("observation_date", -pl.col("value"), "system_id").row(0, named=True)
    return Passed(first["observation_date"], first["system_id"], first["value"])


def _day_at(level: float, after: FloatArray, steps: FloatArray, origin_date: date) -> date | None:
    if steps[-1] < level:
        return None
    # From the left: the step before lies below the level (the first step is 0), so that `rise` cannot be 0.
    right = int(np.searchsorted(steps, level, side="left"))
    rise = steps[right] - steps[right - 1]
    part = (level - steps[right - 1]) / rise
    # Rounded up: on the day before, the probability is still below the level.
    return origin_date + timedelta(days=int(np.ceil(after[right - 1] + part * (after[right] - after[right - 1]))))
