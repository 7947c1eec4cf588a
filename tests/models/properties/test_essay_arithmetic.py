"""The essay's laws: tiling, compute to data, lines through logits."""

from __future__ import annotations

from datetime import date
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.properties import essay_arithmetic as essay
from models.properties.essay_arithmetic import A100, H100_DENSE, Accelerator

positive = st.floats(1e-3, 1e3)
HUMAN_TPM = 380 * 4 / 3


@given(positive, positive, st.floats(1.01, 50))
def test_tiling_on_the_same_hardware_costs_throughput_by_k(copies: float, speed: float, k: float):
    fewer, faster = essay.tiled(copies, speed, k)
    assert fewer * faster == pytest.approx(copies * speed / k)
    assert faster == pytest.approx(speed * k**2)


@given(positive, positive, st.floats(1.01, 50))
def test_tiling_on_the_same_budget_needs_k_squared_times_the_hardware(copies: float, speed: float, k: float):
    on_budget, faster = essay.tiled_on_budget(copies, speed, k)
    on_hardware, same = essay.tiled(copies, speed, k)
    assert faster == same
    assert on_budget == pytest.approx(on_hardware * k**2)


@given(st.floats(1e22, 1e30), st.floats(1e9, 1e14))
def test_training_pays_for_three_passes_a_token(flop: float, parameters: float):
    tokens = flop / (6 * parameters)
    assert essay.passes_from_compute(flop, parameters) == pytest.approx(3 * tokens)


@given(st.floats(1e22, 1e30), st.floats(1, 200))
def test_optimal_data_use_up_the_budget(flop: float, ratio: float):
    tokens = essay.chinchilla_tokens(flop, ratio)
    assert 6 * tokens * (tokens / ratio) == pytest.approx(flop)


def test_four_times_the_compute_doubles_the_data():
    assert essay.chinchilla_tokens(4e28) == pytest.approx(2 * essay.chinchilla_tokens(1e28))


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=6))
def test_a_geometric_mean_lies_between_its_numbers(numbers: list[float]):
    mean = essay.geometric_mean(*numbers)
    assert min(numbers) * (1 - 1e-9) <= mean <= max(numbers) * (1 + 1e-9)


def test_a_faster_memory_shortens_a_product_by_its_cube():
    twice = Accelerator(A100.flop_per_second, 2 * A100.memory_bytes_per_second)
    assert essay.matmul_seconds(twice) == pytest.approx(essay.matmul_seconds(A100) / 8)


def test_like_for_like_the_bound_on_speed_falls_by_half_not_by_ten():
    # With sparsity counted for one chip only, the appendix sees a decline from 87,000 to 7,200.
    assert essay.forward_pass_ratio(H100_DENSE) / essay.forward_pass_ratio(A100) == pytest.approx(0.47, abs=0.02)


def test_a_slow_network_takes_longer_than_memory():
    threshold = 2 / 3 * A100.memory_bytes_per_second
    assert essay.matmul_seconds_network(A100, threshold, 1) == pytest.approx(essay.matmul_seconds(A100), rel=0.01)
    assert essay.matmul_seconds_network(A100, threshold / 2, 1) > essay.matmul_seconds(A100)


@given(st.floats(-3, 3), st.floats(0.1, 3))
def test_a_line_through_logits_is_found_again(start: float, drift: float):
    days = [date(2021, 1, 1), date(2022, 1, 1), date(2023, 7, 1)]
    first = days[0].toordinal() / essay.DAYS_PER_YEAR
    shares = [1 / (1 + exp(-(start + drift * (day.toordinal() / essay.DAYS_PER_YEAR - first)))) for day in days]
    found = essay.logit_line(list(zip(days, shares, strict=True)))
    assert found[1] == pytest.approx(drift, rel=1e-6)
    assert found[0] + drift * first == pytest.approx(start, abs=1e-6)


def test_a_line_crosses_its_own_points():
    points = [(date(2021, 3, 5), 0.069), (date(2022, 6, 30), 0.503)]
    for day, share in points:
        assert abs((essay.crossing_date(points, share) - day).days) <= 1


def test_a_quantity_doubles_in_its_doubling_time():
    assert essay.doubled(12, 212, 212) == 24
    assert essay.doubled(12, 0, 212) == 12
    assert essay.doubled(12, -212, 212) == 6


def test_speed_in_words_is_three_quarters_of_tokens():
    assert essay.words_per_minute(12) == 540
    assert essay.minutes_per_user(1, 1440) == 1


def test_the_essays_inputs_knew_no_limits_and_no_trend_of_speed():
    inputs = essay.essay_inputs(
        {"speed.human_wpm": 380, "speed.tokens_per_word": 4 / 3, "speed.observed_tpm": 493, "overhang.factor": 100}
    )
    assert inputs["data.stock_tokens"] == inputs["compute.feasible_flop"] == float("inf")
    assert inputs["speed.trend_weight"] == 0
    assert inputs["data.trend_tokens"] == 1.2e14
    assert inputs["learn.served_tokens"] / (HUMAN_TPM * 1440) == pytest.approx(1e6)
