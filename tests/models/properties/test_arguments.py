"""What the formulas are computed with: forecast, assumed, measured, and drawn together as closely as steps were."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from models.properties.arguments import SHRINKAGE, actual_inputs, assumptions, drivers, todays_inputs, together
from models.properties.declared_inputs import LIMITS
from models.properties.distributions import Constant, Sampled, TwoPieceLogNormal
from models.properties.inputs import gather
from tests.models.world import observation, row, series, world

COMPUTE, SPEED, TOKENS = "training-compute/language", "speed/flagship/any-method", "training-tokens/language"
DAY = date(2026, 7, 1)
MIDDLE = np.array([0.5])
PARENT, CHILD = "compute.trend_flop", "data.trend_tokens"
DRAWS = {COMPUTE: [1e27], TOKENS: [1e14]}
KINDS = [series(COMPUTE, "flop"), series(TOKENS, "tokens")]


def stock(**more: object) -> dict[str, object]:
    return {
        "assumption_id": "data.stock_tokens", "value": 3e14, "low": 1e14, "high": 1e15, "interval": "p05-p95",
        "as_of_date": date(2024, 6, 1), "source_id": "curated", **more,
    }  # fmt: skip


def test_a_forecast_series_becomes_its_draws():
    known = world([observation(COMPUTE, DAY, 5e26)], draws={COMPUTE: [1e27, 1e28, 1e29]})
    inputs = todays_inputs(gather(known))
    assert isinstance(inputs.distributions["compute.trend_flop"], Sampled)
    assert inputs.series_of == {"compute.trend_flop": COMPUTE, "compute.flop_now": COMPUTE}
    assert "data.trend_tokens" not in inputs.distributions


def test_the_crowds_compute_is_averaged_in_where_it_is_shown():
    shown = [
        {"platform": "metaculus", "question_id": "11558", "source_row_id": f"11558|{level}", "state": "visible",
         "quantile": level, "value_number": 1e26, "is_conditional": False}
        for level in (0.25, 0.5, 0.75)
    ]  # fmt: skip
    rows, draws = [observation(COMPUTE, DAY, 5e26)], {COMPUTE: [1e28]}
    alone = todays_inputs(gather(world(rows, draws=draws))).distributions["compute.trend_flop"]
    joined = todays_inputs(gather(world(rows, draws=draws, community=shown))).distributions["compute.trend_flop"]
    assert alone.quantile(MIDDLE)[0] == pytest.approx(1e28)
    assert joined.quantile(MIDDLE)[0] == pytest.approx(1e27)


def test_an_assumption_with_a_stated_interval_is_a_distribution_that_keeps_it():
    made = assumptions(gather(world(assumptions=[stock()])))["data.stock_tokens"]
    assert isinstance(made, TwoPieceLogNormal)
    assert made.quantile(np.array([0.05, 0.5, 0.95])) == pytest.approx([1e14, 3e14, 1e15])


def test_an_interval_without_middle_is_halved_on_the_log_scale():
    made = assumptions(gather(world(assumptions=[stock(value=None)])))["data.stock_tokens"]
    assert made.quantile(MIDDLE)[0] == pytest.approx(10**14.5)


def test_a_mere_range_is_no_distribution():
    assert assumptions(gather(world(assumptions=[stock(interval="range")])))["data.stock_tokens"] == Constant(3e14)


def test_a_limit_can_be_switched_off_by_name():
    off = world(assumptions=[stock()], switched_off=frozenset({"data.stock_tokens"}))
    assert assumptions(gather(off))["data.stock_tokens"] == Constant(np.inf)


def test_a_limit_nobody_had_stated_does_not_limit():
    for limit in LIMITS:
        assert assumptions(gather(world()))[limit] == Constant(np.inf)


def test_speed_is_shrunk_to_the_essays_range_by_precision():
    rows = [observation(SPEED, DAY, 60.0)]
    narrow = todays_inputs(gather(world(rows, draws={SPEED: [59.0, 60.0, 61.0, 62.0]}))).distributions[
        "speed.trend_weight"
    ]
    wide = todays_inputs(gather(world(rows, draws={SPEED: [0.1, 5.0, 500.0, 9000.0]}))).distributions[
        "speed.trend_weight"
    ]
    assert narrow.quantile(MIDDLE)[0] > 0.99
    assert wide.quantile(MIDDLE)[0] < 0.5


def test_without_any_speed_the_essays_range_stands_alone():
    found = todays_inputs(gather(world())).distributions
    assert found["speed.trend_weight"] == Constant(0.0)
    assert found["speed.prior_multiple"].quantile(np.array([0.25, 0.5, 0.75])) == pytest.approx([0.5, 5, 20])


def test_what_is_measured_knows_no_limit_and_no_prior():
    rows = [observation(SPEED, DAY, 60.0), observation(COMPUTE, DAY, 5e29)]
    kinds = [series(SPEED, "tokens_per_second"), series(COMPUTE, "flop")]
    values, readings = actual_inputs(gather(world(rows, kinds, assumptions=[stock()])))
    assert values["data.stock_tokens"] == np.inf
    assert (values["compute.trend_flop"], values["speed.flagship_tps"], values["speed.trend_weight"]) == (
        5e29,
        60.0,
        1.0,
    )
    assert set(readings) == {"compute.trend_flop", "compute.flop_now", "speed.flagship_tps"}


def test_no_more_people_can_be_reached_in_a_week_than_there_are():
    users = "usage/chatgpt/weekly-users"
    everybody = stock(assumption_id="learn.users_ceiling", value=8.5e9, low=None, high=None, interval=None)
    known = world([observation(users, DAY, 9e8)], draws={users: [1e11] * 5}, assumptions=[everybody])
    crowd = row(known, "learn.dau")
    assert crowd["p50"] == pytest.approx(1e11 / (1 + (1e11 - 9e8) / 8.5e9) * 0.2)
    assert crowd["p95"] <= 8.5e9 * 0.2
    assert crowd["actual_value"] == pytest.approx(1.8e8)
    assert "held back by learn.users_ceiling" in crowd["status_reason"]


def halves(series_id: str, steps: list[float]) -> list[dict]:
    """One row a half-year, each so many dex above the last."""
    heights = 20 + np.cumsum([0.0, *steps])
    days = [date(2018 + k // 2, 2 if k % 2 == 0 else 8, 1) for k in range(len(heights))]
    return [observation(series_id, day, 10.0**height) for day, height in zip(days, heights, strict=True)]


STEPS = [0.1, 0.5, 0.2, 0.9, 0.05, 0.4, 0.7, 0.3]


@pytest.mark.parametrize(("other", "wanted"), [(STEPS, 1.0), ([1 - step for step in STEPS], -1.0)])
def test_steps_in_one_order_are_together_and_in_the_other_against_each_other(other: list[float], wanted: float):
    known = gather(world([*halves(COMPUTE, STEPS), *halves(TOKENS, other)], KINDS))
    assert together(known, CHILD, PARENT) == (pytest.approx(wanted), 8)


def test_few_steps_count_for_little():
    known = gather(world([*halves(COMPUTE, STEPS), *halves(TOKENS, STEPS)], KINDS, draws=DRAWS))
    ((parent, correlation),) = drivers(known).values()
    assert parent == PARENT
    assert correlation == pytest.approx(8 / (8 + SHRINKAGE))


@pytest.mark.parametrize("steps", [STEPS[:3], [0.0] * 8])
def test_of_too_few_steps_or_none_nothing_is_said(steps: list[float]):
    known = gather(world([*halves(COMPUTE, STEPS), *halves(TOKENS, steps)], KINDS, draws=DRAWS))
    assert drivers(known) == {}


def test_a_half_year_without_a_record_is_a_step_of_nought():
    gap = [row for row in halves(TOKENS, STEPS) if row["observation_date"] != date(2019, 8, 1)]
    _, count = together(gather(world([*halves(COMPUTE, STEPS), *gap], KINDS)), CHILD, PARENT)
    assert count == 8


@pytest.mark.parametrize("forecast", [{TOKENS: [1e14]}, {COMPUTE: [1e27]}, {}])
def test_an_input_is_drawn_alone_unless_both_are_forecast(forecast: dict[str, list[float]]):
    known = gather(world([*halves(COMPUTE, STEPS), *halves(TOKENS, STEPS)], KINDS, draws=forecast))
    assert drivers(known) == {}
