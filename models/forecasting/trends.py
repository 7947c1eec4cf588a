"""Straight lines through rows, records and the frontier, many series at a time, each drawn towards a prior."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from models.forecasting.regression import TINY, Slope, Sums, Trend

if TYPE_CHECKING:
    from models.forecasting.frontier import Histories
    from models.forecasting.priors import Priors
    from models.forecasting.scales import FloatArray

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


def through_rows(past: Histories, priors: Priors) -> Trend:
    """Least squares through all rows known, records or not: where the field as a whole is going."""
    return _through(past, priors, np.ones(len(past.item)))


def through_records(past: Histories, priors: Priors) -> Trend:
    """Least squares through the rows that were records when they appeared."""
    return _through(past, priors, past.is_record.astype(float))


def through_frontier(past: Histories, priors: Priors, memory_years: float) -> Trend:
    """Least squares through the frontier as a function of time, weights fading with `memory_years`."""
    begin, end = past.years, past.until
    times = [begin + (end - begin) * (k + 0.5) / _POINTS for k in range(_POINTS)]
    weights = [(end - begin) / _POINTS * np.exp(time / memory_years) for time in times]
    sums = Sums.of(past, times, past.running, weights)
    records = past.total(past.is_step * np.exp(past.years / memory_years)) + 1
    # Weights are years here: counted as evidence, a frontier that stood for long would outweigh many records.
    variance = (sums.squares / np.maximum(sums.weight, TINY) * records + priors.step**2) / (records + 1)
    prior = Slope(priors.drift, PRIOR_SPREAD[past.scales.kind] * priors.drift)
    return sums.towards(prior, variance, records / _DEPENDENCE, memory_years)


def through_recent(past: Histories, priors: Priors) -> Trend:
    """Least squares through readings of a level, fading with LEVEL_MEMORY, its slope drawn towards no change."""
    fading = np.exp(past.years / LEVEL_MEMORY)
    sums = Sums.of(past, [past.years], past.z, [fading])
    variance = (sums.squares + priors.step**2) / (np.maximum(sums.weight - 2, 0) + 1)
    prior = Slope(np.zeros(past.count), LEVEL_DRIFT[past.scales.kind])
    return sums.towards(prior, variance, sums.weight, LEVEL_MEMORY)


def _through(past: Histories, priors: Priors, chosen: FloatArray) -> Trend:
    sums = Sums.of(past, [past.years], past.z, [chosen])
    # The line takes two degrees of freedom, and the prior's step counts as one row: two rows lie on their own line, and
    # would claim to have no scatter at all.
    variance = (sums.squares + priors.step**2) / (np.maximum(sums.weight - 2, 0) + 1)
    prior = Slope(priors.drift, PRIOR_SPREAD[past.scales.kind] * priors.drift)
    return sums.towards(prior, variance, sums.weight, np.inf)
