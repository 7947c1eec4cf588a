"""The mathematics of Metaculus's continuous questions: scaling, quantiles, shares by a date, conditioning on not yet.

A forecast of a continuous question is a cumulative distribution over locations u in [0, 1], at equal steps; u = 0 is
`range_min` and u = 1 is `range_max`. What lies outside an open range is known as a share only. The formulas are those
of Metaculus's own server (its `utils/the_math/formulas.py` and `measures.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

# The 23 quantile levels of the hubverse's forecast hubs; 0.05, 0.25, 0.5, 0.75 and 0.95 are among them.
LEVELS: Final = (0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99)
_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Scaling:
    """How locations u in [0, 1] become values in a question's unit; dates are unix seconds, UTC.

    Without `zero_point` the scale is linear, v = min + (max - min) u. With one it is logarithmic around it:
    v = min + (max - min) (r^u - 1) / (r - 1), where r = (max - zero) / (min - zero). ValueError for a range that
    is empty or not finite, or a zero point inside it.
    """

    range_min: float
    range_max: float
    zero_point: float | None = None
    is_lower_open: bool = False
    is_upper_open: bool = False

    def __post_init__(self) -> None:
        span = self.range_max - self.range_min
        if not (np.isfinite(span) and span > 0):
            raise ValueError(f"the range {self.range_min:g} to {self.range_max:g} is empty or not finite")
        # Zero is a zero point like any other: taking it for "none" would read a logarithmic scale as linear.
        if self.zero_point is not None and not (np.isfinite(self._log_ratio) and self._log_ratio != 0):
            raise ValueError(f"the zero point {self.zero_point:g} does not lie outside the range")

    @property
    def _log_ratio(self) -> float:
        assert self.zero_point is not None
        above, below = self.range_max - self.zero_point, self.range_min - self.zero_point
        return float(np.log(above / below)) if below and above / below > 0 else float("nan")

    def scale(self, locations: npt.ArrayLike) -> Array:
        """Values at locations; same shape. NaN stays NaN, infinite locations stay infinite."""
        u = np.asarray(locations, dtype=np.float64)
        share = u if self.zero_point is None else self._bend(u)
        return np.where(np.isinf(u), u, self.range_min + (self.range_max - self.range_min) * share)

    def unscale(self, values: npt.ArrayLike) -> Array:
        """Locations of values; the inverse of `scale` within the range, NaN outside."""
        share = (np.asarray(values, dtype=np.float64) - self.range_min) / (self.range_max - self.range_min)
        inside = np.where((share >= 0) & (share <= 1), share, np.nan)
        if self.zero_point is None:
            return inside
        return np.asarray(np.log1p(inside * np.expm1(self._log_ratio)) / self._log_ratio)

    def side(self, value: float) -> int:
        """-1 for a value below the range, 1 for one above it, 0 within."""
        return int(value > self.range_max) - int(value < self.range_min)

    def _bend(self, u: Array) -> Array:
        finite = np.where(np.isinf(u), np.nan, u)
        # expm1, because r**u - 1 loses its digits where the zero point is far off and r close to 1.
        return np.asarray(np.expm1(finite * self._log_ratio) / np.expm1(self._log_ratio))


def checked_cdf(values: Sequence[float], points: int) -> Array:
    """The distribution as an array; ValueError when it has not `points` values, rising from >= 0 to <= 1.

    A lost point would shift every location after it and still look like a distribution, so the length counts.
    """
    cdf = np.asarray(values, dtype=np.float64)
    if cdf.shape != (points,):
        raise ValueError(f"{cdf.size} points where {points} are due")
    if not np.isfinite(cdf).all() or cdf.min() < -_TOLERANCE or cdf.max() > 1 + _TOLERANCE:
        raise ValueError("not all points are shares between 0 and 1")
    if (np.diff(cdf) < -_TOLERANCE).any():
        raise ValueError(f"falls after point {int(np.argmin(np.diff(cdf))) + 1}")
    # What falls by a hair, within the tolerance, is levelled: the search for quantiles needs it sorted.
    return np.maximum.accumulate(np.clip(cdf, 0, 1))


def quantile_locations(cdf: Array, levels: npt.ArrayLike) -> Array:
    """Locations of quantiles, by interpolation; -inf below the range and +inf above it.

    Metaculus answers 0.0 and 1.0 there. Scaled, those would read "at the end of the range", where "beyond it" is
    meant: a median of 1.0 says that most of the mass lies above `range_max`. NaN levels give NaN.
    """
    p = np.asarray(levels, dtype=np.float64)
    left = np.clip(np.searchsorted(cdf, p, side="right") - 1, 0, cdf.size - 2)
    rise = cdf[left + 1] - cdf[left]
    within = (left + np.divide(p - cdf[left], rise, out=np.zeros_like(p), where=rise > 0)) / (cdf.size - 1)
    located = np.where(p < cdf[0], -np.inf, np.where(p >= cdf[-1], np.inf, within))
    return np.where(np.isnan(p), np.nan, located)


def share_by(cdf: Array, scaling: Scaling, value: float) -> float:
    """Probability of an outcome up to `value`; NaN where an open range does not say."""
    side = scaling.side(value)
    if side:
        is_open = scaling.is_lower_open if side < 0 else scaling.is_upper_open
        return float("nan") if is_open else float(side > 0)
    return float(np.interp(scaling.unscale(value), np.linspace(0, 1, cdf.size), cdf))


def share_by_given_not_yet(share: float, share_now: float) -> float:
    """P(T <= t | T > now) from P(T <= t) and P(T <= now); NaN when nothing is left to happen.

    Communities leave mass in the past of open questions; this removes it. It is a reading of ours, to be labelled.
    """
    # max(0, NaN) is 0: an unknown share would come out as an impossible one.
    if not share_now < 1 or np.isnan(share):
        return float("nan")
    return max(0.0, (share - share_now) / (1 - share_now))


def levels_given_not_yet(levels: npt.ArrayLike, share_now: float) -> Array:
    """Levels of the raw distribution where the quantiles conditional on not yet lie: F(now) + p (1 - F(now))."""
    p = np.asarray(levels, dtype=np.float64)
    return share_now + p * (1 - share_now) if share_now < 1 else np.full_like(p, np.nan)
