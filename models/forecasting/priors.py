"""What comparable series did lately: the prior that carries series with few records and steadies the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from models.forecasting.regression import scatter
from models.forecasting.scales import KINDS, LINEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


class Shown(NamedTuple):
    """What items have shown: the cell of each (its group and kind), and its records, steps and years, shape (3, n)."""

    cell: IntArray
    numbers: FloatArray


def learn(past: Histories, group: IntArray) -> Priors:
    """Learn from the series themselves, within each group of items (in a backtest: one group per origin).

    Empirical Bayes on the rows known at the origin, recent ones first; one series counts as much as its records.
    """
    return _of_pool(past, group, pooled([shown(past, group)]))


def learnt_already(pool: FloatArray) -> Callable[[Histories, IntArray], Priors]:
    """As `learn`, where the items are some of many and `pool` says what all of them showed together."""

    def known(past: Histories, group: IntArray) -> Priors:
        return _of_pool(past, group, pool)

    return known


def shown(past: Histories, group: IntArray) -> Shown:
    """What each item has to teach the others of its group and kind; nothing of it depends on them."""
    fading = np.exp(past.years / MEMORY_YEARS)
    records = past.total(past.is_step * fading)
    most = MAX_USUAL_STEPS * USUAL_STEP[past.scales.kind][past.item]
    steps = past.total(np.minimum(past.steps, most) * fading)
    # A benchmark that nobody runs any more has no records, which says nothing about those that are run.
    is_measured = past.highest(past.years, np.ones(len(past.item), dtype=bool), -np.inf) >= -QUIET_YEARS
    exposure = past.exposure(MEMORY_YEARS)
    return Shown(_cell(past, group), np.array([records, steps, exposure]) * is_measured)


def pooled(parts: Iterable[Shown]) -> FloatArray:
    """Sums of what items have shown, shape (3, cells), over parts of all items, in their order.

    To the last bit what one part with all of them gives: each part goes on adding where the one before it ended.
    """
    sums = np.zeros((3, len(KINDS)))
    for part in parts:
        size = max(sums.shape[1], int(part.cell.max(initial=0)) + 1)
        sums = np.pad(sums, ((0, 0), (0, size - sums.shape[1])))
        # Subtotals of parts added up would differ in the last digits, and with them every forecast.
        cell = np.concatenate([np.arange(size), part.cell])
        sums = np.array(
            [
                np.bincount(cell, weights=np.concatenate([before, added]))
                for before, added in zip(sums, part.numbers, strict=True)
            ]
        )
    return sums


def _cell(past: Histories, group: IntArray) -> IntArray:
    # Never across groups: pooled over origins, an early one would learn from what came after it.
    return group * len(KINDS) + past.scales.kind


def _of_pool(past: Histories, group: IntArray, pool: FloatArray) -> Priors:
    records, steps, exposure = pool[:, _cell(past, group)]
    plain = usual(past, group)
    rate = (records + WEIGHT_OF_USUAL * plain.rate) / (exposure + WEIGHT_OF_USUAL)
    step = (steps + WEIGHT_OF_USUAL * plain.step) / (records + WEIGHT_OF_USUAL)
    return Priors(rate, np.where(past.scales.kind == LINEAR, _linear_step(past), step))


def _linear_step(past: Histories) -> FloatArray:
    """Mean step of linear items by their own scatter, the usual one counting as WEIGHT_OF_USUAL records."""
    usual_step, spread = USUAL_STEP[past.scales.kind], scatter(past)
    records = np.where(spread > 0, past.total(past.is_step), 0.0)
    own = np.log(STEP_OF_SCATTER * np.where(spread > 0, spread, 1.0))
    return np.asarray(np.exp((records * own + WEIGHT_OF_USUAL * np.log(usual_step)) / (records + WEIGHT_OF_USUAL)))
