"""A formula is a function whose argument names are ids; the graph, the text and the laws follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.properties import formulas as module
from models.properties.essay_arithmetic import DEFINITIONS
from models.properties.formulas import INPUT_UNITS, ancestors, argument_of, formula, formulas, id_of, softmin
from models.properties.propagation import complete

GIVEN = {
    **DEFINITIONS, "speed.human_wpm": 380.0, "speed.tokens_per_word": 4 / 3, "speed.k": 5.0, "speed.flagship_tps": 60.0,
    "speed.prior_multiple": 5.0, "speed.trend_weight": 0.9, "compute.trend_flop": 1e29, "compute.feasible_flop": 2e29,
    "compute.flop_now": 1e27, "data.tokens_now": 5e13,
    "data.trend_tokens": 1e15, "data.stock_tokens": 3e14, "learn.train_years": 1.2, "learn.weekly_trend": 1e9, "learn.weekly_now": 5e8,
    "learn.dau_share": 0.2, "learn.users_ceiling": 8.5e9, "learn.messages_per_user": 3.0, "learn.tokens_per_message": 300.0,
    "know.context_trend": 1e8, "know.context_now": 2e6, "know.context_ceiling": 1e7, "auto.p80_now": 0.5,
    "auto.months_ahead": 40.0, "auto.doubling_months": 7.0, "impact.us_mathematicians": 3000.0,
}  # fmt: skip
positive = st.floats(1e-3, 1e3)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of its own, so that a test's formulas stay in the test."""
    monkeypatch.setattr(module, "_REGISTRY", {})


def test_the_first_underscore_of_an_argument_is_the_dot_of_its_id():
    assert id_of("data_train_tokens") == "data.train_tokens"
    assert argument_of("data.train_tokens") == "data_train_tokens"


def test_the_text_of_a_formula_is_its_code_in_ids():
    assert formulas()["overhang.work_years"].text == (
        "3 * data.train_tokens / (speed.human_tpm * time.minutes_per_year)"
    )
    assert formulas()["data.train_tokens"].text == (
        "maximum(data.tokens_now, softmin(data.trend_tokens, data.stock_tokens, limit.sharpness))"
    )


def test_formulas_come_after_what_they_need():
    seen: set[str] = set(INPUT_UNITS)
    for output_id, one in formulas().items():
        assert set(one.inputs) <= seen, output_id
        seen.add(output_id)


def test_every_input_has_a_unit_and_no_unit_is_idle():
    needed = {name for one in formulas().values() for name in one.inputs} - formulas().keys()
    assert needed == set(INPUT_UNITS), "an input has its unit in INPUT_UNITS of models/properties/formulas.py"


def test_every_input_has_a_number_to_try_the_formulas_on():
    # Without one its formulas are left out below, and the tests stop at a KeyError that names another id.
    assert set(INPUT_UNITS) <= set(GIVEN), "give the new input a number in GIVEN, above"


def test_ancestors_reach_down_to_the_inputs():
    assert {"overhang.work_years", "data.train_tokens", "data.stock_tokens"} <= ancestors("learn.years_per_day")
    assert "speed.k" not in ancestors("learn.years_per_day")
    assert ancestors("speed.k") == frozenset()


@pytest.mark.usefixtures("registry")
def test_a_circle_is_refused_with_its_path():
    formula("a.one", unit="")(lambda b_two: b_two)
    formula("b.two", unit="")(lambda a_one: a_one)
    with pytest.raises(ValueError, match=r"a\.one -> b\.two -> a\.one"):
        formulas()


@pytest.mark.usefixtures("registry")
def test_one_id_has_one_formula():
    formula("a.one", unit="")(lambda b_two: b_two)
    with pytest.raises(ValueError, match=r"a\.one has two formulas"):
        formula("a.one", unit="")(lambda c_three: c_three)


@given(positive, positive)
def test_more_training_data_means_more_years_of_work(tokens: float, more: float):
    few, many = (
        complete({**GIVEN, "data.train_tokens": 1e12 * amount})["overhang.work_years"]
        for amount in (tokens, tokens + more)
    )
    assert many > few


@given(positive, positive)
def test_a_faster_system_finishes_earlier_on_every_row_of_time(speed: float, more: float):
    slow, fast = (complete({**GIVEN, "speed.multiple": amount}) for amount in (speed, speed + more))
    for row in ("overhang.months_to_finish", "speed.day_task_minutes", "work.fast_agent_days", "auto.oversight_h"):
        assert fast[row] < slow[row]
    assert fast["speed.boosted_multiple"] > slow["speed.boosted_multiple"]


@given(st.floats(1, 50), positive)
def test_finer_tiling_never_changes_the_speed_multiple_itself(k: float, speed: float):
    values = complete({**GIVEN, "speed.multiple": speed, "speed.k": k})
    assert values["speed.boosted_multiple"] == pytest.approx(speed * k**2)
    assert values["work.fast_agents"] * k**3 == pytest.approx(values["work.agents"])
    assert values["work.fast_agent_years_budget"] * k == pytest.approx(values["overhang.work_years"])
    # k² as fast with k³ fewer copies: the throughput of the hardware falls by k.
    assert values["work.fast_agents"] * values["speed.tiling_gain"] * k == pytest.approx(values["work.agents"])


@given(st.floats(0.1, 10), st.floats(1.5, 20))
def test_batches_that_are_done_sooner_leave_more_output_in_three_days(days: float, times: float):
    slow, fast = (
        complete({**GIVEN, "work.fast_agent_days": days / pace})["impact.math_output_x"] for pace in (1, times)
    )
    assert fast == pytest.approx(times * slow)


@given(positive, positive)
def test_learning_is_bounded_by_the_scarcer_of_copies_and_demand(copies: float, demand: float):
    values = complete({**GIVEN, "learn.copies_compute": copies, "learn.copies_market": demand})
    assert values["learn.years_per_day"] == pytest.approx(min(copies, demand) / 365.25)


@given(positive, positive)
def test_a_limit_that_is_infinite_does_not_limit(trend: float, limit: float):
    given_ = {**GIVEN, "data.trend_tokens": trend, "data.tokens_now": 1e-9}
    limited = complete({**given_, "data.stock_tokens": limit})["data.train_tokens"]
    free = complete({**given_, "data.stock_tokens": np.inf})["data.train_tokens"]
    # Softly: never above the smaller, and at worst the root of two below it, where both are the same.
    assert min(trend, limit) / np.sqrt(2) * (1 - 1e-12) <= limited <= min(trend, limit)
    assert free == trend


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_a_soft_limit_is_finite_and_ascends_with_both(trend: float, limit: float):
    reached = softmin(trend, limit, 2.0)
    assert np.isfinite(reached)
    assert softmin(limit, trend, 2.0) == reached
    assert softmin(trend * 2, limit, 2.0) >= reached * (1 - 1e-12)


@given(st.floats(1, 1e6), st.floats(1.01, 100))
def test_users_grow_from_todays_number_and_never_beyond_the_people_there_are(growth: float, room: float):
    now, ceiling = 1e9, 1e9 * room
    given_ = {**GIVEN, "learn.weekly_now": now, "learn.weekly_trend": now * growth, "learn.users_ceiling": ceiling}
    users = complete(given_)["learn.weekly_users"]
    assert now * (1 - 1e-12) <= users <= ceiling * (1 + 1e-12)
    assert complete({**given_, "learn.weekly_trend": now})["learn.weekly_users"] == pytest.approx(now)
    assert complete({**given_, "learn.users_ceiling": np.inf})["learn.weekly_users"] == now * growth


@given(positive, positive)
def test_served_tokens_follow_the_users_and_cannot_contradict_them(users: float, more: float):
    few, many = (complete({**GIVEN, "learn.weekly_users": amount}) for amount in (users, users + more))
    assert many["learn.served_tokens"] / few["learn.served_tokens"] == pytest.approx(
        many["learn.dau"] / few["learn.dau"]
    )
    per_user = few["learn.served_tokens"] / few["learn.weekly_users"]
    assert per_user == pytest.approx(GIVEN["learn.messages_per_user"] * GIVEN["learn.tokens_per_message"])


RECORDS = {
    "know.context_tokens": ("know.context_now", "know.context_trend", "know.context_ceiling"),
    "compute.train_flop": ("compute.flop_now", "compute.trend_flop", "compute.feasible_flop"),
    "data.train_tokens": ("data.tokens_now", "data.trend_tokens", "data.stock_tokens"),
}


@given(st.sampled_from(sorted(RECORDS)), positive, positive, positive)
def test_what_is_reached_stays_reached_whatever_limits_the_next_one(record: str, now: float, rise: float, limit: float):
    """A soft minimum lies below both its arguments: alone it would take back what has happened."""
    names = RECORDS[record]
    value = complete({**GIVEN, **dict(zip(names, (now, now * (1 + rise), limit), strict=True))})[record]
    assert value >= now
    assert value == pytest.approx(max(now, softmin(now * (1 + rise), limit, GIVEN["limit.sharpness"])))


@given(positive, positive)
def test_what_has_been_sold_once_stays_the_longest_window(trend: float, ceiling: float):
    values = complete({**GIVEN, "know.context_trend": trend, "know.context_ceiling": ceiling, "know.context_now": 1.0})
    assert values["know.context_tokens"] >= 1.0


def test_a_horizon_doubles_as_often_as_declared_until_a_working_life():
    once = complete({**GIVEN, "auto.months_ahead": 7.0})["auto.horizon_days"]
    assert once == pytest.approx(1.0, rel=1e-6)
    assert complete({**GIVEN, "auto.months_ahead": 7e3})["auto.horizon_days"] == pytest.approx(10_000)


@given(st.floats(0.05, 3), st.floats(0.05, 3))
def test_weighting_by_precision_gives_the_variance_of_the_combination(trend_sd: float, prior_sd: float):
    weight = prior_sd**2 / (prior_sd**2 + trend_sd**2)
    rng = np.random.default_rng(0)
    trend, prior = np.exp(rng.normal(np.log(8), trend_sd, 40_000)), np.exp(rng.normal(np.log(5), prior_sd, 40_000))
    values = complete(
        {**GIVEN, "speed.trend_multiple": trend, "speed.prior_multiple": prior, "speed.trend_weight": weight}
    )
    spread = np.log(values["speed.multiple"])
    assert spread.var() == pytest.approx(1 / (1 / trend_sd**2 + 1 / prior_sd**2), rel=0.05)
    assert spread.mean() == pytest.approx(weight * np.log(8) + (1 - weight) * np.log(5), abs=0.05)


def test_arrays_and_numbers_go_through_the_same_formulas():
    alone = complete(GIVEN)
    arrays = complete({name: np.full(3, value) for name, value in GIVEN.items()})
    for output_id in formulas():
        assert arrays[output_id] == pytest.approx(np.full(3, alone[output_id])), output_id
