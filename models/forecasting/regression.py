"""Weighted least squares of one line per item, many items at a time, with the posterior under a prior slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.forecasting.frontier import Histories
    from models.forecasting.scales import FloatArray

TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Trend:
    """A line per item (n) on the fitted scale: `level` at the origin, `slope` a year with its error, `spread` around.

    `count` is the evidence in rows. The `plain_*` fields are the least squares line as it stands, without the prior;
    `plain_spread` is the root of its sum of squares. `mean_time` and `time_squares` describe where the rows lie.
    """

    level: FloatArray
    slope: FloatArray
    slope_error: FloatArray
    spread: FloatArray
    count: FloatArray
    memory_years: float
    plain_level: FloatArray
    plain_slope: FloatArray
    plain_spread: FloatArray
    mean_time: FloatArray
    time_squares: FloatArray

    def beyond(self, past: Histories) -> FloatArray:
        """How far each row lies above the line of its item, shape (rows)."""
        return past.z - self.level[past.item] - self.slope[past.item] * past.years


def scatter(past: Histories) -> FloatArray:
    """Spread of all rows about their plain line, shape (items): sqrt(SSR / (rows - 2)); 0 for two rows or fewer."""
    sums = Sums.of(past, [past.years], past.z, [np.ones(len(past.item))])
    return np.where(sums.weight > 2, np.sqrt(sums.squares / np.maximum(sums.weight - 2, 1)), 0.0)


@dataclass(frozen=True, slots=True)
class Slope:
    """What is believed of slopes (n) before looking: their mean and how far they may lie from it."""

    mean: FloatArray
    sd: FloatArray


@dataclass(frozen=True, slots=True)
class Sums:
    """Weighted sums of one regression per item: weight, means, slope, sums of squares of time and of residuals."""

    weight: FloatArray
    mean_time: FloatArray
    mean_z: FloatArray
    slope: FloatArray
    time_squares: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, past: Histories, times: Sequence[FloatArray], z: FloatArray, weights: Sequence[FloatArray]) -> Sums:
        """Sums over the rows of each item; a row counts at every one of `times` with the weight there."""
        pairs = list(zip(weights, times, strict=True))
        weight = _total(past, weights)
        safe = np.maximum(weight, TINY)
        mean_time = _total(past, [w * t for w, t in pairs]) / safe
        mean_z = _total(past, [w * z for w in weights]) / safe
        # Centred before they are multiplied: of rows that lie close together, sums of raw squares would cancel.
        rise = z - mean_z[past.item]
        centred = [(w, t - mean_time[past.item]) for w, t in pairs]
        time_squares = _total(past, [w * t**2 for w, t in centred])
        slope = _total(past, [w * t * rise for w, t in centred]) / np.maximum(time_squares, TINY)
        squares = _total(past, [w * (rise - slope[past.item] * t) ** 2 for w, t in centred])
        return cls(weight, mean_time, mean_z, slope, time_squares, squares)

    def towards(self, prior: Slope, variance: FloatArray, count: FloatArray, memory_years: float) -> Trend:
        """The posterior line: without the prior, two rows of one week would claim hundreds of units a year."""
        evidence = self.time_squares / np.maximum(self.weight, TINY) * count
        pull = variance / np.maximum(prior.sd, TINY) ** 2
        slope = (evidence * self.slope + pull * prior.mean) / (evidence + pull)
        return Trend(
            level=self.mean_z - slope * self.mean_time,
            slope=slope,
            slope_error=np.sqrt(variance / (evidence + pull)),
            spread=np.sqrt(variance),
            count=count,
            memory_years=memory_years,
            plain_level=self.mean_z - self.slope * self.mean_time,
            plain_slope=self.slope,
            plain_spread=np.sqrt(self.squares),
            mean_time=self.mean_time,
            time_squares=self.time_squares,
        )


def _total(past: Histories, parts: Sequence[FloatArray]) -> FloatArray:
    return past.total(np.sum(np.stack(parts), axis=0))
