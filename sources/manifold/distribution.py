"""A distribution from what a market says of some numbers: its quantiles, as far as these reach."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from sources.reading.json_values import Flaw

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sources.manifold.labels import Bounds

    FloatArray = npt.NDArray[np.float64]

# Prices of answers that exclude each other add up to one but for fees and rounding.
WHOLE_WITHIN: Final = 0.05


class Point(NamedTuple):
    """P(target <= value)."""

    value: float
    share: float


def of_thresholds(numbers: Sequence[tuple[float, float]]) -> list[Point]:
    """The distribution from pairs (number, probability to be above it)."""
    return _rising([Point(number, 1 - above) for number, above in sorted(numbers)])


def of_ranges(ranges: Sequence[tuple[Bounds, float]]) -> list[Point]:
    """The distribution from pairs (range, probability); Flaw when they overlap, leave gaps, or are not the whole."""
    ordered = sorted(ranges, key=lambda one: -math.inf if one[0].low is None else one[0].low)
    total = math.fsum(share for _, share in ordered)
    if abs(total - 1) > WHOLE_WITHIN:
        raise Flaw(
            "answers", round(total, 4), "the probabilities of answers that exclude each other do not add up to 1"
        )
    points, passed = list[Point](), 0.0
    for (bounds, share), following in zip(ordered, [*ordered[1:], None], strict=True):
        passed += share / total
        if following is not None and bounds.high != following[0].low:
            raise Flaw("answers", f"{bounds.high} and {following[0].low}", "ranges that do not follow on each other")
        if bounds.low is not None and not points:
            points.append(Point(bounds.low, 0.0))
        if bounds.high is not None:
            points.append(Point(bounds.high, passed))
    return _rising(points)


def quantiles(points: Sequence[Point], levels: Sequence[float], *, is_log: bool) -> list[float]:
    """The values at `levels`; infinite beyond what the points say, NaN where there are none."""
    if not points:
        return [math.nan] * len(levels)
    shares = np.array([point.share for point in points])
    values = np.array([point.value for point in points])
    if is_log and values[0] <= 0:
        raise Flaw("answers", float(values[0]), "a quantity that is read by factors lies above 0")
    if is_log:
        values = np.log(values)
    found = np.array([_at(level, shares, values) for level in levels])
    finite = np.isfinite(found)
    drawn = np.exp(np.where(finite, found, 0.0)) if is_log else found
    return [float(value) for value in np.where(finite, drawn, found)]


def _at(level: float, shares: FloatArray, values: FloatArray) -> float:
    """The first value whose share is `level`, or between the two whose shares enclose it.

    Between the last value before and the first after: where the distribution does not rise there is nothing.
    """
    after = int(np.searchsorted(shares, level))
    if after == len(shares):
        return math.inf
    if shares[after] == level:
        return float(values[after])
    if after == 0:
        return -math.inf
    part = (level - shares[after - 1]) / (shares[after] - shares[after - 1])
    return float(values[after - 1] + part * (values[after] - values[after - 1]))


def _rising(points: list[Point]) -> list[Point]:
    """The same with shares that never fall: traders leave answers beside each other a little out of order."""
    shares = np.array([point.share for point in points])
    above, below = np.maximum.accumulate(shares), np.minimum.accumulate(shares[::-1])[::-1]
    return [Point(point.value, float(share)) for point, share in zip(points, (above + below) / 2, strict=True)]
