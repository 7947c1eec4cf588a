"""The forecasters: each turns what many series have shown into draws of their gains, vectorised over series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.frontier import Histories
    from models.scales import FloatArray, IntArray

DRAWS: Final = 400

# Fitted units a year that a series of each kind (bounded, log, linear) gains when it says nothing itself.
PRIOR_DRIFT: Final = np.array([0.8, 0.35, 0.10])
PRIOR_SPREAD: Final = np.array([0.8, 0.35, 0.10])


@dataclass(frozen=True, slots=True)
class Features:
    """What the forecasters see of each of n items, all on the fitted scale; every array has shape (n)."""

    kind: IntArray
    frontier: FloatArray
    frontier_value: FloatArray
    row_count: IntArray
    record_count: IntArray
    span: FloatArray
    drift: FloatArray
    drift_error: FloatArray
    residual: FloatArray


class Forecaster(Protocol):
    """Draws of the gain over today's frontier: items (n) and horizons in years (h) → (n, h, DRAWS), ascending."""

    def __call__(self, seen: Features, horizon: FloatArray) -> FloatArray:
        """Forecast every item at every horizon."""
        ...


def features(past: Histories) -> Features:
    """Reduce histories to what the forecasters see; items without rows hold NaN frontiers."""
    every = np.ones(len(past.item), dtype=bool)
    frontier = past.highest(past.z, every, np.nan)
    rows, records = past.total(every), past.total(past.is_record)
    span = past.highest(-past.years, every, 0.0)
    first = -past.highest(-past.z, past.is_record, np.nan)
    usable = np.maximum(span, 0.25)
    drift = np.nan_to_num(frontier - first) / usable
    # The steps from record to record are what a driftless walk is made of; their spread is what drift cannot explain.
    step = np.diff(past.running, prepend=0.0)
    step[np.diff(past.item, prepend=-1) != 0] = 0.0
    residual = np.sqrt(past.total(step**2) / usable)
    prior, spread = PRIOR_DRIFT[past.scales.kind], PRIOR_SPREAD[past.scales.kind]
    error = np.where(records > 1, residual / np.sqrt(usable), np.inf)
    trust = spread**2 / (spread**2 + error**2)
    return Features(
        kind=past.scales.kind,
        frontier=frontier,
        frontier_value=past.highest(past.value, every, np.nan),
        row_count=rows.astype(np.int64),
        record_count=records.astype(np.int64),
        span=span,
        drift=trust * drift + (1 - trust) * prior,
        drift_error=np.sqrt(1 - trust) * spread,
        residual=np.where(records > 1, residual, spread),
    )


def levels(count: int = DRAWS) -> FloatArray:
    """The levels at which draws stand: (i + 0.5) / count."""
    return (np.arange(count) + 0.5) / count


def random_walk(seen: Features, horizon: FloatArray) -> FloatArray:
    """Random walk with estimated drift: gain ~ t(drift·h, residual²·h + drift_error²·h²)."""
    freedom = np.clip(seen.record_count - 1, 3, 30).astype(float)
    t = special.stdtrit(freedom[:, None], levels()[None, :])
    sd = np.sqrt(np.outer(seen.residual**2, horizon) + np.outer(seen.drift_error**2, horizon**2))
    gain: FloatArray = np.outer(seen.drift, horizon)[:, :, None] + sd[:, :, None] * t[:, None, :]
    return gain


def last_value(seen: Features, horizon: FloatArray) -> FloatArray:
    """Nothing changes."""
    return np.zeros((len(seen.frontier), len(horizon), DRAWS))


FORECASTERS: Final[Mapping[str, Forecaster]] = {
    "gpt2030-pool": random_walk,
    "baseline-last-value": last_value,
}
