"""Straight lines through rows, records and the frontier, many series at a time, each drawn towards a prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.frontier import Histories
    from models.priors import Priors
    from models.scales import FloatArray

# How far a slope may lie from that of comparable series, in multiples of it, by kind (bounded, log, linear).
# Benchmarks differ most: their difficulty is arbitrary.
PRIOR_SPREAD: Final = np.array([3.0, 1.0, 2.0])
# Fitted units a year by which a level (not a record) may drift, by kind; it may go either way.
LEVEL_DRIFT: Final = np.array([0.3, 0.15, 0.05])
LEVEL_MEMORY: Final = 2.0
# Points per interval at which the frontier, a step function, is weighed by how long it stood.
_POINTS: Final = 3
# A frontier stays off its line until the next record: nine of its records say as much about the slope as one would
# if they were independent (three times the standard error).
_DEPENDENCE: Final = 9.0
_TINY: Final = 1e-9


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


def through_rows(past: Histories, priors: Priors) -> Trend:
    """Least squares through all rows known, records or not: where the field as a whole is going."""
    return _through(past, priors, np.ones(len(past.item)))


def scatter(past: Histories) -> FloatArray:
    """Spread of all rows about their plain line, shape (items): sqrt(SSR / (rows - 2)); 0 for two rows or fewer."""
    sums = _Sums.of(past, [past.years], past.z, [np.ones(len(past.item))])
    return np.where(sums.weight > 2, np.sqrt(sums.squares / np.maximum(sums.weight - 2, 1)), 0.0)


def through_records(past: Histories, priors: Priors) -> Trend:
    """Least squares through the rows that were records when they appeared."""
    return _through(past, priors, past.is_record.astype(float))


def through_frontier(past: Histories, priors: Priors, memory_years: float) -> Trend:
    """Least squares through the frontier as a function of time, weights fading with `memory_years`."""
    begin, end = past.years, past.until
    times = [begin + (end - begin) * (k + 0.5) / _POINTS for k in range(_POINTS)]
    weights = [(end - begin) / _POINTS * np.exp(time / memory_years) for time in times]
    sums = _Sums.of(past, times, past.running, weights)
    records = past.total(past.is_step * np.exp(past.years / memory_years)) + 1
    # Weights are years here: counted as evidence, a frontier that stood for long would outweigh many records.
    variance = (sums.squares / np.maximum(sums.weight, _TINY) * records + priors.step**2) / (records + 1)
    prior = _Slope(priors.drift, PRIOR_SPREAD[past.scales.kind] * priors.drift)
    return sums.towards(prior, variance, records / _DEPENDENCE, memory_years)


def through_recent(past: Histories, priors: Priors) -> Trend:
    """Least squares through readings of a level, fading with LEVEL_MEMORY, its slope drawn towards no change."""
    fading = np.exp(past.years / LEVEL_MEMORY)
    sums = _Sums.of(past, [past.years], past.z, [fading])
    variance = (sums.squares + priors.step**2) / (np.maximum(sums.weight - 2, 0) + 1)
    prior = _Slope(np.zeros(past.count), LEVEL_DRIFT[past.scales.kind])
    return sums.towards(prior, variance, sums.weight, LEVEL_MEMORY)


def _through(past: Histories, priors: Priors, chosen: FloatArray) -> Trend:
    sums = _Sums.of(past, [past.years], past.z, [chosen])
    # The line takes two degrees of freedom, and the prior's step counts as one row: two rows lie on their own line, and
    # would claim to have no scatter at all.
    variance = (sums.squares + priors.step**2) / (np.maximum(sums.weight - 2, 0) + 1)
    prior = _Slope(priors.drift, PRIOR_SPREAD[past.scales.kind] * priors.drift)
    return sums.towards(prior, variance, sums.weight, np.inf)


@dataclass(frozen=True, slots=True)
class _Slope:
    """What is believed of slopes (n) before looking: their mean and how far they may lie from it."""

    mean: FloatArray
    sd: FloatArray


@dataclass(frozen=True, slots=True)
class _Sums:
    """Weighted sums of one regression per item: weight, means, slope, sums of squares of time and of residuals."""

    weight: FloatArray
    mean_time: FloatArray
    mean_z: FloatArray
    slope: FloatArray
    time_squares: FloatArray
    squares: FloatArray

    @classmethod
    def of(cls, past: Histories, times: Sequence[FloatArray], z: FloatArray, weights: Sequence[FloatArray]) -> _Sums:
        pairs = list(zip(weights, times, strict=True))
        weight = _total(past, weights)
        safe = np.maximum(weight, _TINY)
        mean_time = _total(past, [w * t for w, t in pairs]) / safe
        mean_z = _total(past, [w * z for w in weights]) / safe
        # Centred before they are multiplied: of rows that lie close together, sums of raw squares would cancel.
        rise = z - mean_z[past.item]
        centred = [(w, t - mean_time[past.item]) for w, t in pairs]
        time_squares = _total(past, [w * t**2 for w, t in centred])
        slope = _total(past, [w * t * rise for w, t in centred]) / np.maximum(time_squares, _TINY)
        squares = _total(past, [w * (rise - slope[past.item] * t) ** 2 for w, t in centred])
        return cls(weight, mean_time, mean_z, slope, time_squares, squares)

    def towards(self, prior: _Slope, variance: FloatArray, count: FloatArray, memory_years: float) -> Trend:
        """The posterior line: without the prior, two rows of one week would claim hundreds of units a year."""
        evidence = self.time_squares / np.maximum(self.weight, _TINY) * count
        pull = variance / np.maximum(prior.sd, _TINY) ** 2
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
