"""Which inputs of the formulas move together, and how closely: measured from the half-yearly steps of their series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.forecasting.scales import FloatArray
    from models.properties.inputs import Ingredients

# Child → parent: what grows because compute does. One parent each, as the copula needs.
PARENTS: Final[Mapping[str, str]] = {
    "data.trend_tokens": "compute.trend_flop",
    "learn.weekly_trend": "compute.trend_flop",
    "speed.flagship_tps": "compute.trend_flop",
}
STEP: Final = "6mo"
# Steps that a correlation of nought is worth: a dozen half-years are few, and by chance alone far from nought.
SHRINKAGE: Final = 12
FEWEST: Final = 5


def drivers(gathered: Ingredients) -> dict[str, tuple[str, float]]:
    """Child → parent and correlation, for those that are forecast and whose series share enough steps to tell."""
    found = {}
    for child, parent in PARENTS.items():
        if child in gathered.draws and parent in gathered.draws:
            correlation, count = together(gathered, child, parent)
            if count >= FEWEST and np.isfinite(correlation):
                found[child] = (parent, correlation * count / (count + SHRINKAGE))
    return found


def together(gathered: Ingredients, child: str, parent: str) -> tuple[float, int]:
    """Rank correlation of the half-yearly steps of two inputs (log10), as the copula wants it, and how many steps.

    NaN where one of them never moved; steps before the younger series began do not count.
    """
    both = _steps(gathered, child).join(_steps(gathered, parent), on="half", how="inner", suffix="_parent").sort("half")
    if both.height < FEWEST:
        return float("nan"), both.height
    first, second = (both[name].rank().to_numpy().astype(float) for name in ("step", "step_parent"))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan"), both.height
    rank: FloatArray = np.corrcoef(first, second)
    # Spearman's to that of the Gaussian copula, which `propagation.following` draws with.
    return float(2 * np.sin(np.pi * rank[0, 1] / 6)), both.height


def _steps(gathered: Ingredients, name: str) -> pl.DataFrame:
    """Rise of an input from one half-year to the next, in dex: of the record, or of the median reading of a level."""
    is_level = name in gathered.levels
    dated = gathered.rows[name].filter(pl.col("value") > 0).sort("observation_date")
    read = pl.col("value").log10()
    halves = (
        dated.group_by_dynamic("observation_date", every=STEP)
        .agg((read.median() if is_level else read.max()).alias("height"))
        .upsample("observation_date", every=STEP)
        .with_columns(pl.col("height").fill_null(strategy="forward"))
    )
    # A half-year without a row is one without a new record: it is a step of nought, not a gap.
    height = pl.col("height") if is_level else pl.col("height").cum_max()
    return halves.select(half="observation_date", step=height.diff()).drop_nulls()
