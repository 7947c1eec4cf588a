"""What comparable series did lately: the prior that carries series with few records and steadies the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from models.forecasting.regression import scatter
from models.forecasting.scales import KINDS, LINEAR

if TYPE_CHECKING:
    from models.forecasting.frontier import Histories
    from models.forecasting.scales import FloatArray, IntArray

# Records a year and mean step (fitted units) of a bounded, log or linear series when no other series is known.
USUAL_RATE: Final = np.array([1.5, 1.5, 1.5])
USUAL_STEP: Final = np.array([0.35, 0.25, 0.04])
# Steps count for at most this many usual ones: one mistyped row must not move the prior of all series of its kind.
MAX_USUAL_STEPS: Final = 20.0
# Years after which what the other series did has faded to 1/e, and the weight of the usual values in years / records.
MEMORY_YEARS: Final = 2.0
WEIGHT_OF_USUAL: Final = 3.0
# The step of a linear series is believed to be so much of its scatter: how large the unit of an index is against its
# level is arbitrary, and a share of the level that suits one index is absurd for a chess rating.
STEP_OF_SCATTER: Final = 0.3
# A series without a row for so long is no longer measured.
QUIET_YEARS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Priors:
    """Per item (n) what series of its kind did: records a year, and the mean step of a record on the fitted scale."""

    rate: FloatArray
    step: FloatArray

    @property
    def drift(self) -> FloatArray:
        """Fitted units a year: rate times step."""
        return self.rate * self.step

    def part(self, start: int, stop: int) -> Priors:
        """Those of the items from `start` up to `stop`."""
        return Priors(self.rate[start:stop], self.step[start:stop])

    def take(self, item: IntArray) -> Priors:
        """Those of the items picked."""
        return Priors(self.rate[item], self.step[item])


def usual(past: Histories, group: IntArray) -> Priors:  # noqa: ARG001
    """The priors when nothing else is known, or when they must not depend on other series; `group` is not used."""
    kind = past.scales.kind
    return Priors(USUAL_RATE[kind], USUAL_STEP[kind])


def learn(past: Histories, group: IntArray) -> Priors:
    """Learn from the series themselves, within each group of items (in a backtest: one group per origin).

    Empirical Bayes on the rows known at the origin, recent ones first; one series counts as much as its records.
    """
    fading = np.exp(past.years / MEMORY_YEARS)
    records = past.total(past.is_step * fading)
    most = MAX_USUAL_STEPS * USUAL_STEP[past.scales.kind][past.item]
    steps = past.total(np.minimum(past.steps, most) * fading)
    # A benchmark that nobody runs any more has no records, which says nothing about those that are run.
    is_measured = past.highest(past.years, np.ones(len(past.item), dtype=bool), -np.inf) >= -QUIET_YEARS
    exposure = past.exposure(MEMORY_YEARS)
    # Never across groups: pooled over origins, an early one would learn from what came after it.
    cell = group * len(KINDS) + past.scales.kind
    size = int(cell.max(initial=0)) + 1
    pooled = [
        np.bincount(cell, weights=part, minlength=size)[cell]
        for part in (records * is_measured, steps * is_measured, exposure * is_measured)
    ]
    plain = usual(past, group)
    rate = (pooled[0] + WEIGHT_OF_USUAL * plain.rate) / (pooled[2] + WEIGHT_OF_USUAL)
    step = (pooled[1] + WEIGHT_OF_USUAL * plain.step) / (pooled[0] + WEIGHT_OF_USUAL)
    return Priors(rate, np.where(past.scales.kind == LINEAR, _linear_step(past), step))


def _linear_step(past: Histories) -> FloatArray:
    """Mean step of linear items by their own scatter, the usual one counting as WEIGHT_OF_USUAL records."""
    usual_step, spread = USUAL_STEP[past.scales.kind], scatter(past)
    records = np.where(spread > 0, past.total(past.is_step), 0.0)
    own = np.log(STEP_OF_SCATTER * np.where(spread > 0, spread, 1.0))
    return np.asarray(np.exp((records * own + WEIGHT_OF_USUAL * np.log(usual_step)) / (records + WEIGHT_OF_USUAL)))
