"""What the inputs are made of is read once, and nothing of it is lost or invented on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from models.properties.context import Context
from models.properties.declared_inputs import ASSUMED, COMPUTE_QUESTION, MEASURED_INPUTS, SERIES_INPUTS
from models.properties.inputs import gather
from tests.models.world import TODAY, observation, series, shipped, world

COMPUTE, ANY_COMPUTE, SPEED = "training-compute/language", "training-compute/all", "speed/flagship/any-method"
DAY = date(2026, 7, 1)


def test_of_what_nobody_knows_nothing_is_there():
    found = gather(world())
    assert (found.series_of, found.rows, found.readings, found.measured, found.draws) == ({}, {}, {}, {}, {})
    assert (found.crowd, found.levels) == (None, frozenset())


def test_the_preferred_series_with_rows_is_read_and_the_next_one_in_its_absence():
    both = [observation(ANY_COMPUTE, DAY, 9e26), observation(COMPUTE, DAY, 5e26)]
    draws = {COMPUTE: [1e27], ANY_COMPUTE: [3e27]}
    preferred, other = gather(world(both, draws=draws)), gather(world(both[:1], draws=draws))
    assert (preferred.series_of, preferred.draws["compute.trend_flop"].tolist()) == (
        {"compute.trend_flop": COMPUTE},
        [1e27],
    )
    assert (other.series_of, other.draws["compute.trend_flop"].tolist()) == (
        {"compute.trend_flop": ANY_COMPUTE},
        [3e27],
    )


def test_a_series_that_is_not_forecast_is_measured_all_the_same():
    found = gather(world([observation(COMPUTE, DAY, 5e26)], draws={COMPUTE: []}))
    assert found.draws == {}
    assert found.readings["compute.trend_flop"].value == 5e26
    assert found.rows["compute.trend_flop"]["value"].to_list() == [5e26]


def test_once_the_day_has_come_what_was_reached_stands_in_place_of_draws():
    rows = [observation(COMPUTE, DAY, 5e26), observation(COMPUTE, DAY + timedelta(days=9), 7e26)]
    found = gather(world(rows, draws={COMPUTE: [1e28]}, target_date=DAY))
    assert found.draws["compute.trend_flop"].tolist() == [5e26]


def test_levels_are_told_from_records():
    rows = [observation(SPEED, DAY, 60.0), observation(COMPUTE, DAY, 5e26)]
    kinds = [series(SPEED, "tokens_per_second"), series(COMPUTE, "flop")]
    assert gather(world(rows, kinds)).levels == {"speed.flagship_tps"}


def test_what_the_crowd_says_of_another_question_is_not_taken():
    said = {
        "platform": "metaculus", "question_id": "1" + COMPUTE_QUESTION, "source_row_id": "1|0.5", "state": "visible",
        "quantile": 0.5, "value_number": 1e26, "is_conditional": False,
    }  # fmt: skip
    right = said | {"question_id": COMPUTE_QUESTION}
    assert gather(world(community=[said])).crowd is None
    assert gather(world(community=[said, right])).crowd.values == (1e26,)


def test_without_the_essays_rows_it_says_what_to_land():
    context = world()
    known = replace(context.world.known, essay_numbers=context.essay_numbers.filter(pl.col("property_id") == "x"))
    with pytest.raises(KeyError, match="land the essay source first"):
        gather(Context(replace(context.world, known=known), context.forecasts))


def test_of_the_embedded_default_every_input_is_there():
    """An input that is renamed in one place only would leave its rows out of the table in silence."""
    found = gather(shipped(TODAY))
    assert found.series_of.keys() == found.draws.keys() == found.readings.keys() == SERIES_INPUTS.keys()
    assert found.measured.keys() == MEASURED_INPUTS.keys()
    assert {one.assumption_id for one in ASSUMED.values()} <= found.stated.keys()
    assert all(np.isfinite(draws).all() for draws in found.draws.values())
