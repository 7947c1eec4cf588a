"""Inputs that move together are drawn together, as closely as their own steps did."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from models.properties.drivers import SHRINKAGE, drivers, together
from models.properties.inputs import gather
from tests.models.world import observation, series, world

COMPUTE, TOKENS = "training-compute/language", "training-tokens/language"
PARENT, CHILD = "compute.trend_flop", "data.trend_tokens"
DRAWS = {COMPUTE: [1e27], TOKENS: [1e14]}
KINDS = [series(COMPUTE, "flop"), series(TOKENS, "tokens")]


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
