"""Scores of forecasts against what happened: CRPS, WIS with its parts, coverage, binned log score, relative skill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from models.forecasting.forecasts import HUB_LEVELS, at_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.forecasting.scales import FloatArray

# Scores of different kinds are in different units (percentage points, dex, units): they are only ever compared
# within a cell, and cells are averaged as ratios.
CELLS: Final = ("kind", "horizon_months")
# The central intervals whose coverage is reported, in per cent.
NOMINAL: Final = (50, 80, 90)
# Two values that differ by less than this are the same frontier, read through two roundings.
_SAME: Final = 1e-9


class Wis(NamedTuple):
    """Weighted interval score and its parts, which add up to it; all in the unit of the values."""

    total: FloatArray
    dispersion: FloatArray
    underprediction: FloatArray
    overprediction: FloatArray


def crps(samples: FloatArray, truth: FloatArray) -> FloatArray:
    """Continuous ranked probability score of sorted draws (..., n) against truth (...), as E|X - y| - E|X - X'|/2.

    In the unit of the values, 0 is perfect (Gneiting & Raftery 2007, eq. 21). NaN where a draw or the truth is NaN.
    """
    # Sorted draws make the mean distance of all pairs one weighted sum: n terms instead of n².
    count = samples.shape[-1]
    rank = 2 * np.arange(1, count + 1) - count - 1
    return np.asarray(np.abs(samples - truth[..., None]).mean(axis=-1) - (samples * rank).sum(axis=-1) / count**2)


def wis(quantiles: FloatArray, truth: FloatArray, levels: Sequence[float] = HUB_LEVELS) -> Wis:
    """Weighted interval score of quantiles (..., k) at symmetric `levels` (k, odd) against truth (...).

    WIS = (|y - median|/2 + sum of alpha/2 · interval score) / (K + 1/2) (Bracher et al. 2021, eq. 1). The parts are
    the width of the intervals and by how much they miss: underprediction when the truth lies above.
    """
    half = len(levels) // 2
    alpha = 2 * np.asarray(levels[:half])
    # The upper half backwards, so that each level meets its mirror: 1 % with 99 %.
    low, high = quantiles[..., :half], quantiles[..., :half:-1]
    above, below = truth[..., None] - high, low - truth[..., None]
    missed = truth - quantiles[..., half]
    # The penalty of 2 / alpha cancels against the weight of alpha / 2: misses count as they are.
    parts = (
        _added_in_order(alpha / 2 * (high - low)),
        _added_in_order(np.maximum(above, 0)) + np.maximum(missed, 0) / 2,
        _added_in_order(np.maximum(below, 0)) + np.maximum(-missed, 0) / 2,
    )
    dispersion, under, over = (np.asarray(part / (half + 0.5)) for part in parts)
    return Wis(dispersion + under + over, dispersion, under, over)


def _added_in_order(parts: FloatArray) -> FloatArray:
    # numpy's sum adds otherwise where a task is alone: its last digit would tell with whom it was scored.
    return np.asarray(np.add.accumulate(parts, axis=-1)[..., -1])


def pit_bounds(samples: FloatArray, truth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(X < truth) and P(X <= truth) for sorted draws (..., n) against truth (...): they differ where there is an atom.

    A frontier that stayed is such an atom; counting it as covered whenever touched reads 78 % at nominal 50.
    """
    size = _SAME * np.maximum(np.abs(truth), 1.0)[..., None]
    lower = (samples < truth[..., None] - size).mean(axis=-1)
    upper = (samples <= truth[..., None] + size).mean(axis=-1)
    return np.asarray(lower), np.asarray(upper)


def randomised_pit(lower: FloatArray, upper: FloatArray, seed: int) -> FloatArray:
    """Probability integral transform, uniform between its bounds: uniform on [0, 1] if and only if calibrated."""
    return lower + (upper - lower) * np.random.default_rng(seed).random(lower.shape)


def coverage(lower: FloatArray, upper: FloatArray, nominal: float) -> FloatArray:
    """How much of each truth the central interval covers, in 0..1: the expectation of randomised PIT, without dice."""
    left, right = (1 - nominal) / 2, (1 + nominal) / 2
    width = upper - lower
    inside = np.clip(np.minimum(upper, right) - np.maximum(lower, left), 0, None)
    point = ((lower >= left) & (lower <= right)).astype(float)
    return np.where(width > 0, inside / np.where(width > 0, width, 1.0), point)


def log_score(samples: FloatArray, truth: FloatArray, half_width: FloatArray) -> FloatArray:
    """Negative log of the probability of landing within `half_width` (...) of the truth; smaller is better.

    Smoothed by half a draw, so that the worst score is finite and known: log(2n + 2).
    """
    hit = (np.abs(samples - truth[..., None]) <= half_width[..., None]).sum(axis=-1)
    return np.asarray(-np.log((hit + 0.5) / (samples.shape[-1] + 1)))


def every_score(samples: FloatArray, truth: FloatArray, half_width: FloatArray) -> dict[str, FloatArray]:
    """All scores of sorted draws (n, draws) against truth (n), both in the unit that errors are measured in.

    `half_width` (n) is that of the bins of the log score. WIS is taken at the hub's 23 levels. NaN where draws are.
    """
    parts = wis(at_levels(samples, HUB_LEVELS), truth)
    lower, upper = pit_bounds(samples, truth)
    return {
        "crps": crps(samples, truth),
        "wis": parts.total,
        "wis_dispersion": parts.dispersion,
        "wis_underprediction": parts.underprediction,
        "wis_overprediction": parts.overprediction,
        "log_score": log_score(samples, truth, half_width),
        **{f"coverage_{nominal}": coverage(lower, upper, nominal / 100) for nominal in NOMINAL},
    }


def cells(tasks: pl.DataFrame, baseline: str, metric: str = "crps") -> pl.DataFrame:
    """Mean score per forecaster and cell with its ratio to that of `baseline` on the same tasks.

    `tasks` has forecaster_id, the columns of CELLS and `metric`, one row per forecaster and task; every forecaster
    must have faced the same tasks (ValueError). Cells in which the baseline was perfect have no ratio.
    """
    counts = tasks.group_by("forecaster_id").len()
    if counts["len"].n_unique() > 1:
        raise ValueError(
            f"forecasters faced different numbers of tasks: {dict(counts.iter_rows())}; score a common set"
        )
    means = tasks.group_by("forecaster_id", *CELLS).agg(pl.col(metric).mean(), tasks=pl.len())
    reference = means.filter(forecaster_id=baseline).select(*CELLS, reference=metric)
    # A ratio of means: in a mean of ratios, one task that the baseline got all but right would outweigh its cell.
    ratio = pl.when(pl.col("reference") > 0).then(pl.col(metric) / pl.col("reference"))
    return means.join(reference, on=CELLS).with_columns(ratio=ratio).sort("forecaster_id", *CELLS).drop("reference")


def relative_skill(tasks: pl.DataFrame, baseline: str, metric: str = "crps") -> pl.DataFrame:
    """Geometric mean over the cells of the ratio to `baseline`, per forecaster: below 1 is better than it."""
    ratios = cells(tasks, baseline, metric)
    # Geometric: twice as good in one cell and half as good in another is no better.
    return ratios.group_by("forecaster_id").agg(relative_skill=pl.col("ratio").log().mean().exp()).sort("forecaster_id")
