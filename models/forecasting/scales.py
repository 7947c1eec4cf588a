"""Scales on which series are fitted (logit, log10, linear), many series at a time, with their inverses and domains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import polars as pl

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

BOUNDED: Final = 0
LOG: Final = 1
LINEAR: Final = 2
KINDS: Final = ("bounded", "log", "linear")

# Shares of the range outside which a logit says nothing: 0.999 and 0.99 differ by 2.3 logits and by one question.
SHARE_MIN: Final = 0.01
SHARE_MAX: Final = 0.99
SATURATED_SHARE: Final = 0.975
_MOST_DIGITS: Final = 307
# The same for linear items, whose scores add up thousands of such values, each a hundredfold.
_MOST_LINEAR_DIGITS: Final = 300
# A bounded series whose unit is not a share still runs from 0 to its ceiling in percent.
_PERCENT_UNITS: Final = ("percentile", "percent")

# Rows whose numbers are compared by difference, with the factor to points of a hundred; `year` is a date.
POINTS_PER_UNIT: Final[Mapping[str, float]] = {
    "%": 1.0, "percentile": 1.0, "pp/year": 1.0, "probability": 100.0, "share of tasks": 100.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scales:
    """The scale of each of n items: `kind` (n) indexes KINDS; `chance` and `ceiling` (n) are in the item's own unit.

    `unit` (n) is what a linear item is measured in, so that one prior can serve ratings and indices alike; it is 1
    for the other kinds.
    """

    kind: IntArray
    chance: FloatArray
    ceiling: FloatArray
    unit: FloatArray

    @classmethod
    def of(cls, series: pl.DataFrame) -> Scales:
        """Read the scales of a frame with the columns of contract core.series, in its order."""
        kind = np.array([KINDS.index(name) for name in series["scale"]], dtype=np.int64)
        top = np.array([100.0 if unit in _PERCENT_UNITS else 1.0 for unit in series["unit"]])
        chance = series["chance_share"].cast(float).fill_null(0.0).to_numpy()
        # A ceiling that is not declared arrives as NaN: left so, every logit of the series would be NaN.
        ceiling = series["ceiling_share"].cast(float).to_numpy(allow_copy=True)
        return cls(kind, np.asarray(chance, float), np.where(np.isfinite(ceiling), ceiling, top), np.ones(len(kind)))

    def take(self, item: IntArray) -> Scales:
        """The scales of the items picked, one per element of `item`."""
        return Scales(self.kind[item], self.chance[item], self.ceiling[item], self.unit[item])

    def measured_in(self, size: FloatArray) -> Scales:
        """The same scales with linear items measured in `size` (n), the magnitude of what they have reached."""
        usable = (self.kind == LINEAR) & np.isfinite(size) & (size > 0)
        return replace(self, unit=np.where(usable, size, 1.0))

    def share(self, value: FloatArray) -> FloatArray:
        """Where values (n, ...) stand between chance (0) and ceiling (1); meaningful for bounded items."""
        chance, ceiling = _beside(self.chance, value), _beside(self.ceiling, value)
        # A ceiling at or below chance is a broken declaration; a tiny range keeps the arithmetic finite.
        return (value - chance) / np.maximum(ceiling - chance, 1e-12)

    def to_fit(self, value: FloatArray) -> FloatArray:
        """Values (n, ...) in natural units → logits, log10 or units; NaN where the log scale has no place."""
        kind = _beside(self.kind, value)
        share = np.clip(self.share(value), SHARE_MIN, SHARE_MAX)
        # All three branches below are worked out for every item: what has no logarithm is taken out before.
        logs = np.log10(np.where(value > 0, value, np.nan))
        return np.where(
            kind == BOUNDED, np.log(share / (1 - share)), np.where(kind == LOG, logs, value / _beside(self.unit, value))
        )

    def to_unit(self, fit: FloatArray) -> FloatArray:
        """The inverse of `to_fit`: (n, ...) on the fitted scale → natural units, never above a bounded ceiling."""
        value = np.empty(fit.shape)
        # Kind by kind, not all kinds for all: exponentials are most of the time of a refit.
        for kind, inverse in ((BOUNDED, _from_logits), (LOG, _from_logs), (LINEAR, _from_units)):
            item = np.flatnonzero(self.kind == kind)
            if len(item):
                value[item] = inverse(self.take(item), fit[item])
        return value

    def to_score(self, value: FloatArray) -> FloatArray:
        """Values (n, ...) in natural units → what errors are measured in.

        Percent of the ceiling for bounded items, dex for log items, percent of what has been reached for linear ones.
        """
        size = np.where(self.kind == BOUNDED, self.ceiling, self.unit)
        # No percent of log items: least squares through three records draws up to the last double, and 100 times that
        # is none.
        factor = np.where(self.kind == LOG, 1.0, 100 / size)
        score: FloatArray = value * _beside(factor, value)
        item = np.flatnonzero(self.kind == LOG)
        # A forecast at zero is infinitely wrong on a log scale; the smallest number a double holds is wrong enough.
        score[item] = np.log10(np.maximum(value[item], 10.0**-_MOST_DIGITS))
        return score


def _from_logits(scales: Scales, fit: FloatArray) -> FloatArray:
    chance, ceiling = _beside(scales.chance, fit), _beside(scales.ceiling, fit)
    # The exponential overflows above 709; at 700 a share is as good as 0 or 1.
    return np.asarray(chance + (ceiling - chance) / (1 + np.exp(-np.clip(fit, -700, 700))))


def _from_logs(scales: Scales, fit: FloatArray) -> FloatArray:
    del scales
    # 10**307 is as far as a double reaches; beyond it a forecast would turn into inf and then into NaN.
    return np.asarray(10.0 ** np.clip(fit, -_MOST_DIGITS, _MOST_DIGITS))


def _from_units(scales: Scales, fit: FloatArray) -> FloatArray:
    unit = _beside(scales.unit, fit)
    # Over the unit, so that the product below keeps within the digits however large the unit is.
    most = 10.0**_MOST_LINEAR_DIGITS / np.maximum(unit, 1.0)
    return np.asarray(np.clip(fit, -most, most) * unit)


def _beside(per_item: FloatArray | IntArray, value: FloatArray) -> FloatArray:
    beside: FloatArray = per_item.reshape(per_item.shape + (1,) * (value.ndim - per_item.ndim)).astype(np.float64)
    return beside
