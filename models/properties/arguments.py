"""What the formulas are computed with, distributions that move together or numbers as measured, and what they give."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.properties.declared_inputs import ALTERNATIVES, ASSUMED, LIMITS, MEASURED_INPUTS, OF_TODAY, TAILS
from models.properties.distributions import Constant, GeometricMean, Sampled, TwoPieceLogNormal, log_variance
from models.properties.essay_arithmetic import DEFINITIONS
from models.properties.propagation import complete, draws_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.forecasting.scales import FloatArray
    from models.properties.context import Reading, Row
    from models.properties.distributions import Distribution
    from models.properties.formulas import Value
    from models.properties.inputs import Ingredients

DAYS_PER_MONTH: Final = 30.4375
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


@dataclass(frozen=True, slots=True)
class Inputs:
    """Distributions by input id, for those that come from a series which one, and which follow which how closely."""

    distributions: Mapping[str, Distribution]
    series_of: Mapping[str, str]
    drivers: Mapping[str, tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The formulas evaluated on what is known: `today` in draws, `actual` in single numbers, by id.

    `unlimited` says which limits nobody had stated yet, `alternatives` by limit and name what could stand in its place.
    """

    inputs: Inputs
    today: Mapping[str, Value]
    actual: Mapping[str, Value]
    readings: Mapping[str, Reading]
    unlimited: frozenset[str]
    alternatives: Mapping[str, Mapping[str, Distribution]]


def evaluation(gathered: Ingredients) -> Evaluation:
    """Evaluate all formulas on what is known on a day: all that the distributions of their rows are made of."""
    inputs, (measured, readings) = todays_inputs(gathered), actual_inputs(gathered)
    given = draws_of(inputs.distributions, drivers=inputs.drivers)
    others = {limit: _alternatives(gathered, limit) for limit in LIMITS}
    return Evaluation(inputs, complete(given), complete(measured), readings, _unlimited(gathered), others)


def todays_inputs(gathered: Ingredients) -> Inputs:
    """Forecasts for the target date and assumptions; inputs without a forecast are absent."""
    found: dict[str, Distribution] = {name: Constant(value) for name, value in DEFINITIONS.items()}
    found |= assumptions(gathered)
    found |= {name: Sampled(draws) for name, draws in gathered.draws.items()}
    found |= {name: Constant(one.value * MEASURED_INPUTS[name][1]) for name, one in gathered.measured.items()}
    if "auto.p80_now" in gathered.measured:
        # From the day of the record: each day without one would put the path off by another.
        ahead = gathered.target_date - gathered.measured["auto.p80_now"].day
        found["auto.months_ahead"] = Constant(max(0, ahead.days) / DAYS_PER_MONTH)
        del found["auto.horizon_days"]
    if "compute.trend_flop" in gathered.draws and gathered.crowd is not None:
        found["compute.trend_flop"] = GeometricMean(found["compute.trend_flop"], gathered.crowd)
    found |= _speed_prior(gathered.essay["speed.multiple"], found.get("speed.flagship_tps"))
    series_of = {name: gathered.series_of[name] for name in gathered.draws}
    series_of |= {name: one.series_id for name, one in gathered.measured.items()}
    return Inputs(found, series_of, drivers(gathered))


def assumptions(gathered: Ingredients) -> dict[str, Distribution]:
    """Assumed inputs as constants, or as distributions where a range is stated; switched-off limits as infinity."""
    horizon = float(gathered.essay["auto.horizon_days"]["p50"])
    found: dict[str, Distribution] = {"auto.horizon_days": Constant(horizon)}
    for name, one in ASSUMED.items():
        row = gathered.stated.get(one.assumption_id)
        found[name] = Constant(one.fallback) if row is None else _believed(row, one.fallback)
    off = {name: Constant(inf) for name in gathered.switched_off if name in LIMITS}
    # Last, so that a limit that is switched off is off whatever is stated about it.
    return {**found, **off}


def _unlimited(gathered: Ingredients) -> frozenset[str]:
    """Limits that nobody had stated by the origin; those that a setting switches off are not among them."""
    return frozenset(
        limit for limit in LIMITS
        if ASSUMED[limit].assumption_id not in gathered.stated and limit not in gathered.switched_off
    )  # fmt: skip


def _alternatives(gathered: Ingredients, limit: str) -> dict[str, Distribution]:
    """What could stand in place of a limit, by name; without what nobody had stated by the origin."""
    stated, named = gathered.stated, ALTERNATIVES.get(limit, {})
    return {name: _believed(stated[one], inf) for name, one in named.items() if one in stated}


def of_today(stated: Mapping[str, Row]) -> dict[str, Row]:
    """What is stated of inputs today, by input id, where something else is assumed of them for the target date."""
    found = {name: stated[one] for name, one in OF_TODAY.items() if one in stated}
    return {name: row for name, row in found.items() if row["value"] is not None}


def actual_inputs(gathered: Ingredients) -> tuple[dict[str, float], dict[str, Reading]]:
    """What is measured today in place of forecasts, without limits: values by input id, and where they come from."""
    middle = {name: float(one.quantile(np.array([0.5]))[0]) for name, one in assumptions(gathered).items()}
    # What has been measured was not held back by a limit of 2030.
    values = {**DEFINITIONS, **middle, **dict.fromkeys(LIMITS, inf), "auto.months_ahead": 0.0}
    # Nor is a run of today as long as one of 2030: copies of today would be a third of what they are.
    values |= {name: row["value"] for name, row in of_today(gathered.stated).items()}
    values |= {name: one.value for name, one in gathered.readings.items()}
    values |= {name: one.value * MEASURED_INPUTS[name][1] for name, one in gathered.measured.items()}
    # Measured, it follows from its formula; else nothing is known of it: on the essay's own three days, hours between
    # check-ins would be told as what they are so far.
    del values["auto.horizon_days"]
    # A measured speed is not shrunk: the essay's range is a prior about 2030.
    if "speed.flagship_tps" in gathered.readings:
        values |= {"speed.prior_multiple": 1.0, "speed.trend_weight": 1.0}
    return values, {**gathered.readings, **gathered.measured}


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
    for name in {child, parent} - gathered.steps.keys():
        gathered.steps[name] = _steps(gathered, name)
    both = gathered.steps[child].join(gathered.steps[parent], on="half", how="inner", suffix="_parent").sort("half")
    if both.height < FEWEST:
        return float("nan"), both.height
    first, second = (both[name].rank().to_numpy().astype(float) for name in ("step", "step_parent"))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan"), both.height
    rank: FloatArray = np.corrcoef(first, second)
    # Spearman's to that of the Gaussian copula, which `propagation.following` draws with.
    return float(2 * np.sin(np.pi * rank[0, 1] / 6)), both.height


def _speed_prior(essay: Row, tokens_per_second: Distribution | None) -> dict[str, Distribution]:
    """The essay's range as prior, weighted against the trend by precision; alone where there is no trend."""
    prior = TwoPieceLogNormal.from_quartiles(essay["p25"], essay["p50"], essay["p75"])
    if tokens_per_second is None:
        # With weight 0 any positive number would do; without one the formula would lack an input.
        alone = {"speed.trend_multiple": Constant(1.0), "speed.trend_weight": Constant(0.0)}
        return {"speed.prior_multiple": prior, **alone}
    # Of the tokens: over a human speed that is taken as given, the multiple has the same spread on the log scale.
    variance = log_variance(tokens_per_second)
    weight = prior.log_variance / (prior.log_variance + variance)
    return {"speed.prior_multiple": prior, "speed.trend_weight": Constant(weight)}


def _believed(row: Row, fallback: float) -> Distribution:
    value, low, high = row["value"], row["low"], row["high"]
    # "range" says nothing about probability, so such an interval must not become one.
    tail = TAILS.get(row["interval"] or "")
    if tail is None or low is None or high is None:
        return Constant(fallback if value is None else value)
    if value is None:
        return TwoPieceLogNormal.around(low, high, tail=tail)
    return TwoPieceLogNormal.from_interval(low, value, high, tail=tail)


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
