"""Common random numbers: what an input draws depends on its name alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from models.properties.distributions import Constant, TwoPieceLogNormal
from models.properties.propagation import (
    DRAWS,
    complete,
    draws_of,
    evaluate,
    following,
    levels,
    missing,
    one_step,
    quantiles,
)
from tests.models.properties.test_formulas import GIVEN

FIVE = (0.05, 0.25, 0.5, 0.75, 0.95)
SPEED = TwoPieceLogNormal.from_quartiles(2.0, 8.0, 20.0)
STOCK = TwoPieceLogNormal.around(1e14, 1e15, tail=0.05)
CONSTANTS = {name: Constant(value) for name, value in GIVEN.items()}


@given(st.text(min_size=1))
def test_levels_are_a_permutation_of_the_strata(name: str):
    assert np.sort(levels(name, 64)).tolist() == [(k + 0.5) / 64 for k in range(64)]


def test_adding_an_input_changes_no_other_draw():
    few = evaluate({**CONSTANTS, "data.stock_tokens": STOCK})
    many = evaluate({"a.new_input": SPEED, **CONSTANTS, "speed.multiple": SPEED, "data.stock_tokens": STOCK})
    assert (few["overhang.work_years"] == many["overhang.work_years"]).all()


def test_two_inputs_are_not_in_step():
    assert abs(spearmanr(levels("speed.multiple"), levels("data.stock_tokens"))[0]) < 0.05


def test_constants_and_what_follows_from_them_stay_plain_numbers():
    values = evaluate({**CONSTANTS, "speed.multiple": SPEED})
    assert np.ndim(values["speed.human_tpm"]) == 0
    assert values["overhang.gpt3_years"] == pytest.approx(3377.28, abs=0.01)
    assert np.shape(values["speed.boosted_multiple"]) == (DRAWS,)


@pytest.mark.parametrize(
    ("output_id", "analytic"),
    [
        ("speed.boosted_multiple", lambda at: SPEED.quantile(at) * 25),
        ("overhang.months_to_finish", lambda at: 12 / SPEED.quantile(1 - at)),
        ("auto.oversight_h", lambda at: 24 / SPEED.quantile(1 - at)),
    ],
)
def test_a_monotone_row_of_one_input_is_its_analytic_map(output_id, analytic):
    given = {**CONSTANTS, "speed.multiple": SPEED, "auto.horizon_days": Constant(3.0)}
    drawn = quantiles(evaluate(given)[output_id], FIVE)
    assert drawn == pytest.approx(analytic(np.array(FIVE)), rel=2e-3)


def test_a_minimum_of_two_inputs_lies_below_both():
    trend = {"data.trend_tokens": TwoPieceLogNormal(5e14, 1, 1), "data.tokens_now": Constant(1e9)}
    values = evaluate({**CONSTANTS, **trend, "data.stock_tokens": STOCK})
    tokens = values["data.train_tokens"]
    assert (tokens <= values["data.trend_tokens"]).all()
    assert (tokens <= values["data.stock_tokens"]).all()
    assert quantiles(tokens, (0.5,))[0] < min(5e14, STOCK.median)


@pytest.mark.parametrize("wanted", [-0.6, 0.0, 0.5, 0.9])
def test_a_driver_sets_the_rank_correlation_and_leaves_the_margin(wanted: float):
    parent, child = levels("compute.trend_flop"), levels("data.trend_tokens")
    joined = following(child, parent, wanted)
    assert np.sort(joined) == pytest.approx(np.sort(child))
    assert spearmanr(parent, joined)[0] == pytest.approx(6 / np.pi * np.arcsin(wanted / 2), abs=0.04)


def test_a_driver_disturbs_nobody_else():
    inputs = {"compute.trend_flop": SPEED, "data.trend_tokens": SPEED, "speed.multiple": SPEED}
    alone = draws_of(inputs)
    driven = draws_of(inputs, drivers={"data.trend_tokens": ("compute.trend_flop", 0.7)})
    assert (alone["compute.trend_flop"] == driven["compute.trend_flop"]).all()
    assert (alone["speed.multiple"] == driven["speed.multiple"]).all()
    assert (alone["data.trend_tokens"] != driven["data.trend_tokens"]).any()


def test_what_lacks_an_input_is_left_out_and_named():
    values = complete({name: value for name, value in GIVEN.items() if name != "learn.messages_per_user"})
    assert "learn.copies_market" not in values
    assert "learn.copies_compute" in values
    assert missing("learn.years_per_day", values) == ("learn.messages_per_user",)
    assert missing("learn.copies_compute", values) == ()


def test_an_id_given_as_input_is_taken_as_given_although_it_has_a_formula():
    assert complete({**GIVEN, "speed.multiple": 8.0})["speed.multiple"] == 8.0


def test_one_step_prefers_stated_numbers_over_recomputed_ones():
    stated = one_step({"overhang.work_years": 1.8e6}, GIVEN)
    assert stated["overhang.work_years"] != 1.8e6
    assert stated["work.agents"] == 1.8e6
    assert stated["learn.copies_compute"] == 1.5e6


def test_the_same_inputs_give_the_same_bytes():
    first, second = (evaluate({**CONSTANTS, "data.stock_tokens": STOCK}) for _ in range(2))
    assert first["overhang.work_years"].tobytes() == second["overhang.work_years"].tobytes()
