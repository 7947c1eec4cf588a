"""The inputs of the formulas, three times over: forecasts for the target date, what is measured, what was assumed."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from models.properties.community import quantiles_of
from models.properties.context import assumed, at_target, choose, current, essay_row
from models.properties.distributions import Constant, GeometricMean, Sampled, TwoPieceLogNormal, log_variance
from models.properties.essay_arithmetic import DEFINITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.properties.context import Context, Reading, Row
    from models.properties.distributions import Distribution

# Forecast series behind each input, the preferred one first.
SERIES_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "compute.trend_flop": ("training-compute/language", "training-compute/all"),
    "data.trend_tokens": ("training-tokens/processed/language", "training-tokens/language", "training-tokens/all"),
    "speed.flagship_tps": ("speed/flagship/any-method", "speed/flagship/decode-slope", "speed/flagship/end-to-end"),
    "learn.weekly_trend": ("usage/chatgpt/weekly-users",),
    "know.context_trend": ("context-window/advertised/generally-available",),
}

# What is measured now and enters a forecast as it stands: candidates, and the factor to the unit of the input.
MEASURED_INPUTS: Final[Mapping[str, tuple[tuple[str, ...], float]]] = {
    "learn.weekly_now": (("usage/chatgpt/weekly-users",), 1.0),
    "know.context_now": (("context-window/advertised/generally-available",), 1.0),
    # Minutes to days of eight hours.
    "auto.p80_now": (("metr/v1.1/p80-horizon",), 1 / 480),
}

# Declared slow-downs, each a named assumption that can be switched off: limit → the trend it limits.
LIMITS: Final[Mapping[str, str]] = {
    "compute.feasible_flop": "compute.trend_flop",
    "data.stock_tokens": "data.trend_tokens",
    "learn.users_ceiling": "learn.weekly_trend",
    "know.context_ceiling": "know.context_trend",
}

# Another bound in place of a limit, shown as a scenario: limit → name → the assumption that states it.
ALTERNATIVES: Final[Mapping[str, Mapping[str, str]]] = {
    "data.stock_tokens": {"other modalities and synthetic data": "data.multimodal_tokens_2030"},
}

COMPUTE_QUESTION: Final = "11558"


class Assumed(NamedTuple):
    """An input that is assumed: where core.assumption states it, and what stands in when it does not."""

    assumption_id: str
    fallback: float
    why: str


ASSUMED: Final[Mapping[str, Assumed]] = {
    "speed.human_wpm": Assumed("speed.human_wpm", 380.0, "the essay, after Korba 1990"),
    "speed.tokens_per_word": Assumed("speed.tokens_per_word", 4 / 3, "the essay"),
    # Of today: the essay's own constants (speed.k, learn.train_years) stay with the essay and never drift.
    "speed.k": Assumed("speed.tiling_factor", 5.0, "the essay"),
    "learn.train_years": Assumed("train.run_years", 1.2, "the essay, after Sevilla 2022"),
    "impact.us_mathematicians": Assumed("impact.us_mathematicians", 3000.0, "the essay"),
    "compute.feasible_flop": Assumed("compute.feasible_flop", inf, "no limit was known"),
    "data.stock_tokens": Assumed("data.stock_tokens", inf, "no limit was known"),
    "learn.messages_per_user": Assumed("usage.messages_per_weekly_user", 3.0, "our estimate"),
    "learn.tokens_per_message": Assumed("usage.tokens_per_message", 300.0, "our estimate of a reply's length"),
    "learn.dau_share": Assumed("usage.daily_share_of_weekly_users", 0.2, "our estimate"),
    "learn.users_ceiling": Assumed("learn.users_ceiling", inf, "no limit was known"),
    "know.context_ceiling": Assumed("know.context_ceiling", inf, "no limit was known"),
    "auto.doubling_months": Assumed("auto.doubling_months", 7.0, "METR 2025: 212 days"),
}
# Parts of a whole, which nothing can make more than it.
SHARES: Final = frozenset({"learn.dau_share"})
DAYS_PER_MONTH: Final = 30.4375
TAILS: Final[Mapping[str, float]] = {"p25-p75": 0.25, "p10-p90": 0.1, "p05-p95": 0.05, "p025-p975": 0.025}


@dataclass(frozen=True, slots=True)
class Inputs:
    """Distributions by input id, and for those that come from a series: which one."""

    distributions: Mapping[str, Distribution]
    series_of: Mapping[str, str]


def todays_inputs(context: Context) -> Inputs:
    """Forecasts for the target date and assumptions; inputs without a forecast are absent."""
    found: dict[str, Distribution] = {name: Constant(value) for name, value in DEFINITIONS.items()}
    found |= assumptions(context)
    series_of = {}
    for name, series_id in _chosen(context).items():
        draws = at_target(context, series_id)
        if draws is not None:
            found[name] = Sampled(draws)
            series_of[name] = series_id
    for name, one in _measured(context).items():
        found[name] = Constant(one.value * MEASURED_INPUTS[name][1])
        series_of[name] = one.series_id
        if name == "auto.p80_now":
            # From the day of the record: each day without one would put the path off by another.
            found["auto.months_ahead"] = Constant(max(0, (context.target_date - one.day).days) / DAYS_PER_MONTH)
            del found["auto.horizon_days"]
    if "compute.trend_flop" in found:
        found["compute.trend_flop"] = _with_crowd(context, found["compute.trend_flop"])
    found |= _speed_prior(context, found.get("speed.flagship_tps"))
    return Inputs(found, series_of)


def assumptions(context: Context) -> dict[str, Distribution]:
    """Assumed inputs as constants, or as distributions where a range is stated; switched-off limits as infinity."""
    stated = assumed(context)
    found: dict[str, Distribution] = {"auto.horizon_days": Constant(essay_median(context, "auto.horizon_days"))}
    for name, one in ASSUMED.items():
        row = stated.get(one.assumption_id)
        found[name] = Constant(one.fallback) if row is None else _believed(row, one.fallback)
    off = {name: Constant(inf) for name in context.world.switched_off if name in LIMITS}
    # Last, so that a limit that is switched off is off whatever is stated about it.
    return {**found, **off}


def unlimited(context: Context) -> frozenset[str]:
    """Limits that nobody had stated by the origin; those that a setting switches off are not among them."""
    stated = assumed(context)
    return frozenset(
        limit for limit in LIMITS
        if ASSUMED[limit].assumption_id not in stated and limit not in context.world.switched_off
    )  # fmt: skip


def alternatives(context: Context, limit: str) -> dict[str, Distribution]:
    """What could stand in place of a limit, by name; without what nobody had stated by the origin."""
    stated = assumed(context)
    named = ALTERNATIVES.get(limit, {})
    return {name: _believed(stated[one], inf) for name, one in named.items() if one in stated}


def actual_inputs(context: Context) -> tuple[dict[str, float], dict[str, Reading]]:
    """What is measured today in place of forecasts, without limits: values by input id, and where they come from."""
    middle = {name: float(one.quantile(np.array([0.5]))[0]) for name, one in assumptions(context).items()}
    # What has been measured was not held back by a limit of 2030.
    values = {**DEFINITIONS, **middle, **dict.fromkeys(LIMITS, inf), "auto.months_ahead": 0.0}
    found = {name: current(context, series_id) for name, series_id in _chosen(context).items()}
    readings = {name: one for name, one in found.items() if one is not None}
    values |= {name: one.value for name, one in readings.items()}
    for name, one in _measured(context).items():
        readings[name] = one
        values[name] = one.value * MEASURED_INPUTS[name][1]
    if "auto.p80_now" in readings:
        # Measured, it is refitted; else the essay's own number would stand before the formula.
        del values["auto.horizon_days"]
    # A measured speed is not shrunk: the essay's range is a prior about 2030.
    if "speed.flagship_tps" in readings:
        values |= {"speed.prior_multiple": 1.0, "speed.trend_weight": 1.0}
    return values, readings


def essay_median(context: Context, property_id: str) -> float:
    """The essay's median of one id."""
    return float(essay_row(context, property_id)["p50"])


def _chosen(context: Context) -> dict[str, str]:
    """The series behind each input that has rows."""
    chosen = {name: choose(context, candidates) for name, candidates in SERIES_INPUTS.items()}
    return {name: series_id for name, series_id in chosen.items() if series_id is not None}


def _measured(context: Context) -> dict[str, Reading]:
    found = {name: choose(context, series_ids) for name, (series_ids, _) in MEASURED_INPUTS.items()}
    readings = {name: current(context, series_id) for name, series_id in found.items() if series_id is not None}
    return {name: one for name, one in readings.items() if one is not None}


def _with_crowd(context: Context, trend: Distribution) -> Distribution:
    crowd = quantiles_of(context, COMPUTE_QUESTION)
    return trend if crowd is None else GeometricMean(trend, crowd)


def _speed_prior(context: Context, tokens_per_second: Distribution | None) -> dict[str, Distribution]:
    """The essay's range as prior, weighted against the trend by precision; alone where there is no trend."""
    row = essay_row(context, "speed.multiple")
    prior = TwoPieceLogNormal.from_quartiles(row["p25"], row["p50"], row["p75"])
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
