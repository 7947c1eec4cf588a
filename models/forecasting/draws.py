"""Draws without randomness: evenly spread levels and the quantile functions that the forecasters put on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from models.forecasting.scales import FloatArray, IntArray

DRAWS: Final = 256
# Draw i of a sorted forecast stands at level (i + 0.5) / DRAWS.
LEVELS: Final[FloatArray] = (np.arange(DRAWS) + 0.5) / DRAWS
# Degrees of freedom for what is estimated from few records: heavier than normal, with finite variance.
FREEDOM: Final = 6.0
# Counts above this are drawn in batches of records.
COUNTS: Final = 128
_BATCH_FROM: Final = 40.0


def _spread_evenly(dimensions: int) -> FloatArray:
    """LEVELS in as many orders, (dimensions, DRAWS): the ranks of the R sequence (Roberts 2018), hardly correlated."""
    # The positive root of x^(d + 1) = x + 1: the golden ratio in one dimension, its like in more.
    ratio = max(root.real for root in np.roots([1.0, *([0.0] * (dimensions - 1)), -1.0, -1.0]))
    steps = ratio ** -np.arange(1.0, dimensions + 1)
    position = (np.arange(DRAWS) * steps[:, None]) % 1.0
    # Ranks and not the positions themselves, so that every order holds each of LEVELS exactly once.
    ranks = position.argsort(axis=-1).argsort(axis=-1)
    return np.asarray(LEVELS[ranks])


def gamma_quantiles(shape: FloatArray, level: FloatArray) -> FloatArray:
    """Quantiles of Gamma(shape, 1): shape (n), level (m) → (n, m); Wilson & Hilferty (1931), good from shape 1 on."""
    shapes = shape[:, None]
    cube = 1 - 1 / (9 * shapes) + special.ndtri(level) / (3 * np.sqrt(shapes))
    # Far below the median of a small shape the cube turns negative; a step cannot.
    quantiles: FloatArray = shapes * np.maximum(cube, 1e-2) ** 3
    return quantiles


def t_quantiles(freedom: FloatArray) -> FloatArray:
    """Quantiles of Student's t at LEVELS, degrees of freedom (n) → (n, DRAWS); NaN stays NaN."""
    different, inverse = np.unique(freedom, return_inverse=True)
    quantiles: FloatArray = special.stdtrit(different[:, None], LEVELS)[inverse]
    return quantiles


SPREAD: Final[FloatArray] = _spread_evenly(3)
T_LEVELS: Final[FloatArray] = special.stdtrit(FREEDOM, LEVELS)
T_SPREAD: Final[FloatArray] = special.stdtrit(FREEDOM, SPREAD[0])
# Row k: the sum of k unit exponential steps, one column per draw.
_STEP_SUMS: Final[FloatArray] = np.vstack(
    [np.zeros(DRAWS), np.maximum.accumulate(gamma_quantiles(np.arange(1.0, COUNTS), SPREAD[2]), axis=0)]
)


def step_sums(number: IntArray) -> FloatArray:
    """Sums of so many unit exponential steps, (..., DRAWS) → same shape; never less for a larger number."""
    return _STEP_SUMS[number, np.arange(DRAWS)]


def record_counts(
    shape: FloatArray, exposure: FloatArray, horizon: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """How many records come: counts at LEVELS (n, h, DRAWS), P(none) (n, h) and records per count (n, h).

    The count over a horizon is negative binomial: Poisson with a rate ~ Gamma(shape, exposure in years). Where many
    records are expected, one count stands for a batch of them, so that the table below stays short.
    """
    batch = np.maximum(np.ceil((shape / exposure)[:, None] * horizon / _BATCH_FROM), 1.0)
    years = exposure[:, None] * batch
    odds = horizon / (years + horizon)
    mass = (years / (years + horizon)) ** shape[:, None]
    # One array under three names: changed in place (`*=`, `+=`) further down, P(none) would change with it.
    none, below = mass, mass
    # A column more than there are draws takes the counts that no draw reaches; it is cut off at the end.
    edges = np.zeros((mass.size, DRAWS + 1), dtype=np.int64)
    row = np.arange(mass.size)
    for k in range(1, COUNTS):
        # Levels above P(count < k) hold at least k records: one more from the first such draw on.
        edges[row, np.clip(np.ceil(below * DRAWS - 0.5), 0, DRAWS).astype(np.int64).ravel()] += 1
        mass = mass * odds * (shape[:, None] + k - 1) / k
        below = below + mass
        # The last draw stands at (DRAWS - 0.5) / DRAWS: no draw of any item is left to hold more.
        if below.min(initial=1.0) * DRAWS > DRAWS - 0.5:
            break
    number = np.cumsum(edges, axis=-1)[:, :DRAWS].reshape(*none.shape, DRAWS)
    return number, none, batch
