"""Distributions of inputs as quantile functions, so that the same levels always give the same draws."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.forecasting.scales import FloatArray

QUARTILE_Z: Final = 0.6744897501960817


class Distribution(Protocol):
    """What an input is believed to be: level in (0, 1) → value, never descending."""

    def quantile(self, level: FloatArray) -> FloatArray:
        """Values at the levels, same shape; in the unit of the input."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A number taken as given; infinity is a limit that is switched off."""

    value: float

    def quantile(self, level: FloatArray) -> FloatArray:
        """The value at every level."""
        return np.full_like(level, self.value)


@dataclass(frozen=True, slots=True)
class Sampled:
    """Draws of a forecast, ascending: draw i stands at level (i + 0.5) / n.

    Between draws the value is interpolated; equal draws stay equal, so an atom (no new record) stays an atom.
    """

    draws: FloatArray

    def __post_init__(self) -> None:
        # One NaN among the draws would pass through every formula and come out as an empty cell without a reason.
        if self.draws.size == 0 or not np.isfinite(self.draws).all() or (np.diff(self.draws) < 0).any():
            raise ValueError(f"{self.draws.size} draws must be finite and ascending; sort them, or drop the forecast")

    def quantile(self, level: FloatArray) -> FloatArray:
        """Interpolate between neighbouring draws; flat beyond the outermost ones."""
        count = self.draws.size
        # Beyond the outermost draws the tail is unknown; extending it would invent one.
        position = np.clip(level * count - 0.5, 0, count - 1)
        low = np.floor(position).astype(np.int64)
        high = np.minimum(low + 1, count - 1)
        rise = self.draws[high] - self.draws[low]
        values: FloatArray = self.draws[low] + rise * (position - low)
        return values


@dataclass(frozen=True, slots=True)
class TwoPieceLogNormal:
    """A log-normal on either side of its median, with a spread of its own below and above (natural logarithms)."""

    median: float
    sigma_below: float
    sigma_above: float

    @classmethod
    def from_quartiles(cls, p25: float, p50: float, p75: float) -> TwoPieceLogNormal:
        """The one with these quartiles; ValueError unless 0 < p25 <= p50 <= p75."""
        return cls.from_interval(p25, p50, p75, tail=0.25)

    @classmethod
    def from_interval(cls, low: float, median: float, high: float, *, tail: float) -> TwoPieceLogNormal:
        """The one with `tail` of its mass below `low` and as much above `high`; both ends are kept exactly."""
        if not 0 < low <= median <= high:
            raise ValueError(f"need 0 < low <= median <= high, got {low:g}, {median:g}, {high:g}: an end is misplaced")
        z = -float(ndtri(tail))
        return cls(median, float(np.log(median / low)) / z, float(np.log(high / median)) / z)

    @classmethod
    def around(cls, low: float, high: float, *, tail: float) -> TwoPieceLogNormal:
        """The log-normal with these ends and the median halfway between them on the log scale."""
        return cls.from_interval(low, float(np.sqrt(low * high)), high, tail=tail)

    def quantile(self, level: FloatArray) -> FloatArray:
        """The median times e to the z-score, each side with its own spread."""
        # Each side keeps its own spread: one sigma for both would move the median of an asymmetric range.
        z = ndtri(level)
        values: FloatArray = self.median * np.exp(z * np.where(z < 0, self.sigma_below, self.sigma_above))
        return values

    @property
    def log_variance(self) -> float:
        """Variance of the logarithm that the distance between the quartiles implies."""
        return ((self.sigma_below + self.sigma_above) / 2) ** 2


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A few published quantiles, straight lines between them and flat outside: no tail is made up."""

    levels: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.levels or not _ascends(self.levels) or not _ascends(self.values):
            raise ValueError(f"levels {self.levels} and values {self.values} must both ascend")

    def quantile(self, level: FloatArray) -> FloatArray:
        """Interpolate linearly between the published levels."""
        values: FloatArray = np.interp(level, self.levels, self.values)
        return values


@dataclass(frozen=True, slots=True)
class GeometricMean:
    """Two forecasts of one quantity averaged level by level on the log scale, as in appendix B of the essay."""

    first: Distribution
    second: Distribution

    def quantile(self, level: FloatArray) -> FloatArray:
        """Square root of the product of both quantiles."""
        # Level by level, not draw by draw: independent draws would average the disagreement away.
        values: FloatArray = np.sqrt(self.first.quantile(level) * self.second.quantile(level))
        return values


def log_variance(distribution: Distribution) -> float:
    """Variance of the logarithm that the quartiles of a positive distribution imply; 0 for a constant."""
    # From the quartiles and not from the draws: a few wild draws would otherwise decide how much a trend counts.
    low, high = distribution.quantile(np.array([0.25, 0.75]))
    return float((np.log(high / low) / (2 * QUARTILE_Z)) ** 2)


def _ascends(numbers: Sequence[float]) -> bool:
    return all(a <= b for a, b in pairwise(numbers))
