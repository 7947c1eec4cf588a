"""The inputs of the formulas: where each comes from, and all of it read once out of what was known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

from models.properties.community import quantiles_of
from models.properties.context import assumed, at_target, choose, current, essay_row, is_level, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context, Reading, Row
    from models.properties.distributions import Interpolated

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
TAILS: Final[Mapping[str, float]] = {"p25-p75": 0.25, "p10-p90": 0.1, "p05-p95": 0.05, "p025-p975": 0.025}


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that the inputs are made of, as it was known on the day of a table; nothing after this asks for more.

    By input id: `series_of` and `rows` (oldest first) of SERIES_INPUTS, which of them are `levels`, their `readings` of
    today and their `draws` for the target date, and in `measured` the readings of MEASURED_INPUTS. `essay` holds rows
    by property id, `stated` by assumption id, `crowd` what the platform shows of COMPUTE_QUESTION.
    """

    target_date: date
    switched_off: frozenset[str]
    essay: Mapping[str, Row]
    stated: Mapping[str, Row]
    series_of: Mapping[str, str]
    rows: Mapping[str, pl.DataFrame]
    levels: frozenset[str]
    readings: Mapping[str, Reading]
    measured: Mapping[str, Reading]
    draws: Mapping[str, FloatArray]
    crowd: Interpolated | None
    # Filled by who works them out: rises from one half-year to the next, the same under any assumptions.
    steps: dict[str, pl.DataFrame]


def gather(context: Context) -> Ingredients:
    """Read everything that an input may be made of; what nothing is known of is absent.

    KeyError names what is missing from core.essay_number.
    """
    series_of = {name: one for name, series_ids in SERIES_INPUTS.items() if (one := choose(context, series_ids))}
    measured = {name: one for name, (series_ids, _) in MEASURED_INPUTS.items() if (one := choose(context, series_ids))}
    return Ingredients(
        target_date=context.target_date,
        switched_off=context.world.switched_off,
        essay={property_id: essay_row(context, property_id) for property_id in ESSAY_INPUTS},
        stated=assumed(context),
        series_of=series_of,
        rows={name: rows_of(context, one) for name, one in series_of.items()},
        levels=frozenset(name for name, one in series_of.items() if is_level(context, one)),
        readings={name: held for name, one in series_of.items() if (held := current(context, one))},
        measured={name: held for name, one in measured.items() if (held := current(context, one))},
        draws={name: told for name, one in series_of.items() if (told := at_target(context, one)) is not None},
        crowd=quantiles_of(context, COMPUTE_QUESTION),
        steps=context.steps,
    )
