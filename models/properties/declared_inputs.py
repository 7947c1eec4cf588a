"""What the inputs of the formulas are declared to be: series, measurements, assumptions, and which limit is whose."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    # Of the series that the trend goes on from, or a record of another kind would be the floor of the forecast.
    "compute.flop_now": (SERIES_INPUTS["compute.trend_flop"], 1.0),
    "data.tokens_now": (SERIES_INPUTS["data.trend_tokens"], 1.0),
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
# Of the essay's own rows: its range of speeds is a prior, its horizon stands where none is measured.
ESSAY_INPUTS: Final = ("speed.multiple", "auto.horizon_days")


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
    "learn.users_ceiling": Assumed(
        "learn.users_ceiling", inf, "no limit was known: more than there are people may come out"
    ),
    "know.context_ceiling": Assumed("know.context_ceiling", inf, "no limit was known"),
    "auto.doubling_months": Assumed("auto.doubling_months", 7.0, "METR 2025: 212 days"),
}
# Parts of a whole, which nothing can make more than it.
SHARES: Final = frozenset({"learn.dau_share"})
# What is assumed of the day of the target and is another today: input → the assumption that states today's.
OF_TODAY: Final[Mapping[str, str]] = {"learn.train_years": "train.run_years_now"}
TAILS: Final[Mapping[str, float]] = {"p25-p75": 0.25, "p10-p90": 0.1, "p05-p95": 0.05, "p025-p975": 0.025}
