"""What lies between two distributions: the size of a change in the old spread, and its exact split by cause."""

from __future__ import annotations

from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from models.forecasting.forecasts import HUB_LEVELS
from models.forecasting.scales import POINTS_PER_UNIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.forecasting.scales import FloatArray

CAUSES: Final = (
    "elapsed_time", "revised_rows", "removed_rows", "new_rows", "changed_source", "settings", "method",
)  # fmt: skip

NO_ORDER: Final[Mapping[str, str]] = MappingProxyType({})
# What was dated or said since is seen from a later day only. Halved between the two, the jump of a row that had stood
# on constants before its first measurement was told as time passing, which could have moved it by nothing.
SEEN_FROM: Final[Mapping[str, str]] = MappingProxyType({"new_rows": "elapsed_time"})
POINTS: Final = "points"
YEARS: Final = "years"
DEX: Final = "dex"
# What nobody would act on, in each scale: a point, five weeks, and 7 % (forecasting.md: 1 pp and .03 dex).
MATERIALITY: Final[Mapping[str, float]] = {POINTS: 1.0, YEARS: 0.1, DEX: 0.03}

_LOWER, _UPPER = 0.16, 0.84
# Compared on a grid finer than the published levels, or the kinks between them would count twice.
_FINE: Final = (np.arange(200) + 0.5) / 200


def _interpolation(at: FloatArray) -> FloatArray:
    """The matrix (levels, hub levels) that reads a quantile function between its levels; flat beyond the ends."""
    return np.stack([np.interp(at, HUB_LEVELS, row) for row in np.eye(len(HUB_LEVELS))], axis=1)


_TO_FINE: Final = _interpolation(_FINE)
_TO_ENDS: Final = _interpolation(np.array([_LOWER, _UPPER]))
_MEDIAN: Final = HUB_LEVELS.index(0.5)


def scale_of(unit: str) -> str:
    """The scale on which a row of this unit is compared: points of a hundred, years, or powers of ten (dex)."""
    if unit == "year":
        return YEARS
    return POINTS if unit in POINTS_PER_UNIT else DEX


def has_part(amount: float, unit: str) -> bool:
    """Whether a part of a change is worth a word: below a hundredth of what anybody would act on, it is arithmetic."""
    return abs(amount) >= MATERIALITY[scale_of(unit)] / 100


def comparable(quantiles: FloatArray, unit: str, last_year: float) -> FloatArray:
    """Quantiles (..., 23) at the hub levels, brought to the scale on which the row is compared.

    A day that may not come by `last_year` (decimal, the target date) counts as that day: a distance that is stated
    as infinite could never be split. What has no logarithm (zero, below zero) is NaN: not comparable.
    """
    scale = scale_of(unit)
    if scale == POINTS:
        return quantiles * POINTS_PER_UNIT[unit]
    if scale == YEARS:
        return np.minimum(quantiles, last_year)
    return np.log10(np.where(quantiles > 0, quantiles, np.nan))


def median(quantiles: FloatArray) -> FloatArray:
    """Median of distributions (..., 23), shape (...)."""
    middle: FloatArray = quantiles[..., _MEDIAN]
    return middle


def spread(quantiles: FloatArray) -> FloatArray:
    """Half of q84 - q16 of distributions (..., 23), shape (...): the unit of change."""
    ends = quantiles @ _TO_ENDS.T
    half: FloatArray = (ends[..., 1] - ends[..., 0]) / 2
    return half


def distance(old: FloatArray, new: FloatArray) -> FloatArray:
    """Wasserstein-1 between distributions (..., 23), shape (...): the mean distance of their quantiles."""
    apart: FloatArray = np.abs((new - old) @ _TO_FINE.T).mean(axis=-1)
    return apart


def size(old: FloatArray, new: FloatArray, materiality: float | FloatArray) -> FloatArray:
    """How far a distribution (..., 23) has moved, in spreads of the old one, shape (...).

    W1(old, new) / max(spread of old, materiality): forecasting.md §3. Without the floor, a forecast that was all but
    certain would make news of its last digit.
    """
    return distance(old, new) / np.maximum(spread(old), materiality)


def news(old: FloatArray, new: FloatArray, materiality: float | FloatArray) -> FloatArray:
    """The size of a change (...) that is worth telling; 0 where the median has not moved by the materiality.

    A forecast grows more certain as its day comes nearer and rows come in: that is expected, and no message.
    """
    has_moved = np.abs(median(new) - median(old)) >= materiality
    return np.where(has_moved, size(old, new, materiality), 0.0)


def shapley(
    worth: Mapping[frozenset[str], FloatArray], causes: Sequence[str], first: Mapping[str, str] = NO_ORDER
) -> dict[str, FloatArray]:
    """Split worth(all) - worth(none) among the causes, exactly (Shapley 1953); any shape of worth.

    `worth` says for every set of causes what comes out when these are as now and the others as before: 2^n entries
    (KeyError when one is missing). The parts sum to the whole. No order of the causes is preferred, but that a cause
    which `first` names one for comes after it (Faigle and Kern 1992: Shapley under precedence constraints).
    """
    until, onwards = _orders(causes, first), _orders_on(causes, first)
    split = {}
    for cause in causes:
        comes_into = [chosen for chosen in until if cause not in chosen and _may_come(cause, chosen, causes, first)]
        parts = [
            until[chosen] * onwards[chosen | {cause}] / until[frozenset(causes)]
            * (worth[chosen | {cause}] - worth[chosen])
            for chosen in comes_into
        ]  # fmt: skip
        split[cause] = np.sum(parts, axis=0)
    return split


def _may_come(cause: str, chosen: frozenset[str], causes: Sequence[str], first: Mapping[str, str]) -> bool:
    """Whether a cause may come in next; one that is to be first and plays no part keeps nobody waiting."""
    return first.get(cause) in chosen or first.get(cause) not in causes


def _orders(causes: Sequence[str], first: Mapping[str, str]) -> dict[frozenset[str], int]:
    """In how many orders each set of causes can have come in; without the sets that cannot."""
    found = {frozenset[str](): 1}
    for chosen in map(frozenset, subsets(causes)):
        last = (one for one in chosen if _may_come(one, chosen - {one}, causes, first))
        if ways := sum(found.get(chosen - {one}, 0) for one in last):
            found[chosen] = ways
    return found


def _orders_on(causes: Sequence[str], first: Mapping[str, str]) -> dict[frozenset[str], int]:
    """In how many orders the others can come in after each set of causes."""
    found = {frozenset(causes): 1}
    for chosen in map(frozenset, reversed(list(subsets(causes)))):
        others = (one for one in causes if one not in chosen and _may_come(one, chosen, causes, first))
        if ways := sum(found.get(chosen | {one}, 0) for one in others):
            found[chosen] = ways
    return found


def filled(worth: Mapping[frozenset[str], FloatArray]) -> dict[frozenset[str], FloatArray]:
    """`worth` (rows, 23) of every set of causes, a row without a number in one having that of the sets next below.

    Time without the rows that came in it lets a series look ended, and an ended series has no forecast: such a row
    could not be split, and moved the farthest of all without a word. What stood stands until something moves it.
    """
    found: dict[frozenset[str], FloatArray] = {}
    for chosen in sorted(worth, key=len):
        own, below = worth[chosen], [found[chosen - {cause}] for cause in sorted(chosen)]
        is_without = ~np.isfinite(own).all(axis=1, keepdims=True)
        # Of several next below, their mean: no order of the causes is preferred.
        found[chosen] = np.where(is_without, np.mean(below, axis=0), own) if below and is_without.any() else own
    return found


def subsets(causes: Sequence[str]) -> list[tuple[str, ...]]:
    """Every set of causes, the empty one first."""
    return [chosen for count in range(len(causes) + 1) for chosen in combinations(causes, count)]
