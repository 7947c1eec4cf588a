"""The formulas of the essay: a function whose argument names are the ids it depends on (`data_x` is `data.x`)."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

# A number, an array of draws or a pint quantity: formulas use nothing but arithmetic, so they take all three.
Value = Any
Compute = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Formula:
    """How one id follows from others; `unit` is an expression that pint reads; tests hold every formula to it.

    `text` is the formula in ids, read from the function itself so that the two cannot drift apart.
    """

    output_id: str
    unit: str
    inputs: tuple[str, ...]
    compute: Compute
    text: str = field(init=False)

    def __post_init__(self) -> None:
        """Freeze the text now: the file may change under a program that runs for months."""
        object.__setattr__(self, "text", _text(self.compute))


_REGISTRY: Final[dict[str, Formula]] = {}


def formula(output_id: str, *, unit: str) -> Callable[[Compute], Compute]:
    """Register a function as the formula of `output_id`; ValueError when the id has one already."""

    def register(compute: Compute) -> Compute:
        if output_id in _REGISTRY:
            raise ValueError(f"{output_id} has two formulas; keep one")
        inputs = tuple(id_of(name) for name in inspect.signature(compute).parameters)
        _REGISTRY[output_id] = Formula(output_id, unit, inputs, compute)
        # Whoever asked before this formula was registered has been answered without it.
        ancestors.cache_clear()
        _ordered.cache_clear()
        return compute

    return register


def formulas() -> Mapping[str, Formula]:
    """All formulas by output id, each after the ones it needs."""
    return _ordered(tuple(_REGISTRY))


@cache
def _ordered(output_ids: tuple[str, ...]) -> Mapping[str, Formula]:
    ordered: dict[str, Formula] = {}
    for output_id in output_ids:
        _place(output_id, ordered, path=())
    return ordered


@cache
def ancestors(output_id: str) -> frozenset[str]:
    """Every id that an output depends on, directly or not; empty for an id without formula."""
    found: set[str] = set()
    waiting = [output_id]
    while waiting:
        known = _REGISTRY.get(waiting.pop())
        new = set(known.inputs) - found if known else set()
        found |= new
        waiting += sorted(new)
    return frozenset(found)


def id_of(argument: str) -> str:
    """The id that an argument name stands for: `data_train_tokens` → `data.train_tokens`."""
    return argument.replace("_", ".", 1)


def argument_of(output_id: str) -> str:
    """The argument name of an id, the inverse of `id_of`."""
    return output_id.replace(".", "_", 1)


def _place(output_id: str, ordered: dict[str, Formula], path: tuple[str, ...]) -> None:
    if output_id in path:
        raise ValueError(f"formulas go round in a circle: {' -> '.join((*path, output_id))}")
    if output_id in ordered or output_id not in _REGISTRY:
        return
    for needed in _REGISTRY[output_id].inputs:
        _place(needed, ordered, (*path, output_id))
    ordered[output_id] = _REGISTRY[output_id]


def _text(compute: Compute) -> str:
    tree = ast.parse(textwrap.dedent(inspect.getsource(compute)))
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value]
    returned += [node.body for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    return ast.unparse(_InIds().visit(returned[0]))


class _InIds(ast.NodeTransformer):
    """Argument names to ids, `np.minimum` to `minimum`."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(node.id if node.id == softmin.__name__ else id_of(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> ast.Name:
        return ast.Name(node.attr)


def softmin(trend: Value, limit: Value, sharpness: Value) -> Value:
    """The smaller of two, approached smoothly: (trend^-s + limit^-s)^(-1/s); the trend where the limit is infinite."""
    # A hard minimum puts every trend beyond the limit on the limit itself, and a fifth of all draws on one number.
    # It lies below both, so also below what is reached where the trend starts there: of what cannot fall (a record)
    # a formula takes the larger of this and what is reached now.
    # Smaller over larger, never the reverse: a draw far beyond its limit would overflow when raised to a power.
    smaller, larger = np.minimum(trend, limit), np.maximum(trend, limit)
    return smaller / (1 + (smaller / larger) ** sharpness) ** (1 / sharpness)


# What formulas start from: assumptions, forecasts of series, and definitions. Each has its unit.
INPUT_UNITS: Final[Mapping[str, str]] = {
    "speed.human_wpm": "word / minute / human",
    "speed.tokens_per_word": "token / word",
    "speed.flagship_tps": "token / second",
    "speed.prior_multiple": "human",
    "speed.trend_weight": "",
    "speed.k": "",
    "compute.trend_flop": "flop",
    "compute.flop_now": "flop",
    "compute.feasible_flop": "flop",
    "compute.gpt3_flop": "flop",
    "data.trend_tokens": "token",
    "data.tokens_now": "token",
    "data.stock_tokens": "token",
    "data.gpt3_tokens": "token",
    "overhang.data_rule": "",
    "limit.sharpness": "",
    "know.context_trend": "token",
    "know.context_now": "token",
    "know.context_ceiling": "token",
    "learn.train_years": "year",
    "learn.weekly_trend": "user",
    "learn.weekly_now": "user",
    "learn.dau_share": "",
    "learn.users_ceiling": "user",
    "learn.messages_per_user": "message / user / day",
    "learn.tokens_per_message": "token / message",
    "learn.user_hours": "hour",
    "auto.p80_now": "human * day",
    "auto.months_ahead": "month",
    "auto.doubling_months": "month",
    "auto.working_life": "human * day",
    "auto.hours_per_workday": "hour / day",
    "impact.us_mathematicians": "human",
    "impact.window_days": "day",
    "task.human_day": "human * day",
    "task.human_year": "human * year",
    "task.agent_years": "year",
    "time.seconds_per_minute": "second / minute",
    "time.minutes_per_day": "minute / day",
    "time.minutes_per_year": "minute / year",
    "time.months_per_year": "month / year",
    "time.days_per_year": "day / year",
    "time.hours_per_year": "hour / year",
}

# Section 1: what a system can read at once


@formula("know.context_tokens", unit="token")
def _context_tokens(
    know_context_trend: Value, know_context_now: Value, know_context_ceiling: Value, limit_sharpness: Value
) -> Value:
    return np.maximum(know_context_now, softmin(know_context_trend, know_context_ceiling, limit_sharpness))


# Section 2: speed


@formula("speed.human_tpm", unit="token / minute / human")
def _human_tpm(speed_human_wpm: Value, speed_tokens_per_word: Value) -> Value:
    return speed_human_wpm * speed_tokens_per_word


@formula("speed.trend_multiple", unit="human")
def _trend_multiple(speed_flagship_tps: Value, speed_human_tpm: Value, time_seconds_per_minute: Value) -> Value:
    return speed_flagship_tps * time_seconds_per_minute / speed_human_tpm


@formula("speed.multiple", unit="human")
def _multiple(speed_trend_multiple: Value, speed_prior_multiple: Value, speed_trend_weight: Value) -> Value:
    # With the weight of precision, s0²/(s0²+s1²), this mean of independent draws has the median and the log variance
    # s0²·s1²/(s0²+s1²) of their precision-weighted combination: shrinkage without a fit of its own.
    return speed_trend_multiple**speed_trend_weight * speed_prior_multiple ** (1 - speed_trend_weight)


@formula("speed.tiling_gain", unit="")
def _tiling_gain(speed_k: Value) -> Value:
    return speed_k**2


@formula("speed.cost_multiple", unit="")
def _cost_multiple(speed_k: Value) -> Value:
    return speed_k


@formula("speed.boosted_multiple", unit="human")
def _boosted_multiple(speed_multiple: Value, speed_tiling_gain: Value) -> Value:
    return speed_multiple * speed_tiling_gain


@formula("speed.day_task_minutes", unit="minute")
def _day_task_minutes(task_human_day: Value, time_minutes_per_day: Value, speed_boosted_multiple: Value) -> Value:
    return task_human_day * time_minutes_per_day / speed_boosted_multiple


# Section 3: throughput. C = 6·N·D to train and 2·N for a forward pass, so training buys C / 2N = 3·D passes,
# whatever the number of parameters.


@formula("compute.train_flop", unit="flop")
def _train_flop(
    compute_trend_flop: Value, compute_flop_now: Value, compute_feasible_flop: Value, limit_sharpness: Value
) -> Value:
    return np.maximum(compute_flop_now, softmin(compute_trend_flop, compute_feasible_flop, limit_sharpness))


@formula("data.train_tokens", unit="token")
def _train_tokens(
    data_trend_tokens: Value, data_tokens_now: Value, data_stock_tokens: Value, limit_sharpness: Value
) -> Value:
    return np.maximum(data_tokens_now, softmin(data_trend_tokens, data_stock_tokens, limit_sharpness))


@formula("overhang.fwd_passes", unit="forward_pass")
def _fwd_passes(data_gpt3_tokens: Value) -> Value:
    return 3 * data_gpt3_tokens


@formula("overhang.gpt3_years", unit="human * year")
def _gpt3_years(overhang_fwd_passes: Value, speed_human_tpm: Value, time_minutes_per_year: Value) -> Value:
    return overhang_fwd_passes / (speed_human_tpm * time_minutes_per_year)


@formula("overhang.chinchilla_years", unit="human * year")
def _chinchilla_years(
    overhang_gpt3_years: Value, overhang_data_rule: Value, compute_train_flop: Value, compute_gpt3_flop: Value
) -> Value:
    # Data grow with the square root of compute; the rule of four says how far GPT-3 itself was from that.
    return overhang_gpt3_years * overhang_data_rule * np.sqrt(compute_train_flop / compute_gpt3_flop)


@formula("overhang.work_years", unit="human * year")
def _work_years(data_train_tokens: Value, speed_human_tpm: Value, time_minutes_per_year: Value) -> Value:
    return 3 * data_train_tokens / (speed_human_tpm * time_minutes_per_year)


@formula("overhang.months_to_finish", unit="month")
def _months_to_finish(task_human_year: Value, time_months_per_year: Value, speed_multiple: Value) -> Value:
    return task_human_year * time_months_per_year / speed_multiple


# Section 4: learning in parallel


@formula("learn.copies_compute", unit="human")
def _copies_compute(overhang_work_years: Value, learn_train_years: Value) -> Value:
    return overhang_work_years / learn_train_years


@formula("learn.weekly_users", unit="user")
def _weekly_users(learn_weekly_trend: Value, learn_weekly_now: Value, learn_users_ceiling: Value) -> Value:
    # Growth by factors from today's number becomes logistic growth to the ceiling: the same start, the same pace there.
    return learn_weekly_trend / (1 + (learn_weekly_trend - learn_weekly_now) / learn_users_ceiling)


@formula("learn.dau", unit="user")
def _dau(learn_weekly_users: Value, learn_dau_share: Value) -> Value:
    # The ceiling is on people reached in a week; on daily users it would let three times mankind sign up.
    return learn_weekly_users * learn_dau_share


@formula("learn.served_tokens", unit="token / day")
def _served_tokens(learn_weekly_users: Value, learn_messages_per_user: Value, learn_tokens_per_message: Value) -> Value:
    # From the same users as the row of daily users: a trend of messages of its own once had each send 83 a day.
    return learn_weekly_users * learn_messages_per_user * learn_tokens_per_message


@formula("learn.copies_market", unit="human")
def _copies_market(learn_served_tokens: Value, speed_human_tpm: Value, time_minutes_per_day: Value) -> Value:
    return learn_served_tokens / (speed_human_tpm * time_minutes_per_day)


@formula("learn.years_per_day", unit="human * year / day")
def _years_per_day(learn_copies_compute: Value, learn_copies_market: Value, time_days_per_year: Value) -> Value:
    # The smaller of both: copies that nobody can run, or that nobody asks, learn nothing.
    return np.minimum(learn_copies_compute, learn_copies_market) / time_days_per_year


@formula("learn.lifetime_hours", unit="year")
def _lifetime_hours(learn_user_hours: Value, time_hours_per_year: Value) -> Value:
    return learn_user_hours / time_hours_per_year


# Section 6: work. Finer tiling trades k³ copies for one that is k² faster; on a fixed budget only k is lost.


@formula("work.agents", unit="human")
def _agents(overhang_work_years: Value, task_agent_years: Value) -> Value:
    return overhang_work_years / task_agent_years


@formula("work.fast_agents", unit="human")
def _fast_agents(overhang_work_years: Value, task_agent_years: Value, speed_k: Value) -> Value:
    return overhang_work_years / task_agent_years / speed_k**3


@formula("work.fast_agent_days", unit="day")
def _fast_agent_days(task_human_year: Value, time_days_per_year: Value, speed_boosted_multiple: Value) -> Value:
    return task_human_year * time_days_per_year / speed_boosted_multiple


@formula("work.fast_agent_years_budget", unit="human * year")
def _fast_agent_years_budget(overhang_work_years: Value, speed_k: Value) -> Value:
    return overhang_work_years / speed_k


@formula("auto.horizon_days", unit="human * day")
def _horizon_days(
    auto_p80_now: Value,
    auto_months_ahead: Value,
    auto_doubling_months: Value,
    auto_working_life: Value,
    limit_sharpness: Value,
) -> Value:
    # Reliably, the essay says: what METR sees done in four of five tries is the nearest measurement.
    return softmin(auto_p80_now * 2 ** (auto_months_ahead / auto_doubling_months), auto_working_life, limit_sharpness)


@formula("auto.oversight_h", unit="hour")
def _oversight_h(auto_horizon_days: Value, auto_hours_per_workday: Value, speed_multiple: Value) -> Value:
    return auto_horizon_days * auto_hours_per_workday / speed_multiple


@formula("impact.math_output_x", unit="")
def _math_output_x(
    work_fast_agents: Value, impact_us_mathematicians: Value, impact_window_days: Value, work_fast_agent_days: Value
) -> Value:
    # Agents over mathematicians is the output of one batch; a window of three days holds as many as are done in it.
    return work_fast_agents / impact_us_mathematicians * impact_window_days / work_fast_agent_days
