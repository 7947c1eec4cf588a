"""The essay's arithmetic that is no row of the table: tiling laws, appendix B, footnotes, and its inputs."""

from __future__ import annotations

from datetime import date
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from models.properties.propagation import one_step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAYS_PER_YEAR: Final = 365.25
WORDS_PER_TOKEN: Final = 0.75
MINUTES_PER_DAY: Final = 1440

# Definitions and facts about GPT-3 that every mode shares (Brown 2020: 3.1e23 operations, 175e9 parameters, 300e9
# tokens). A year has 365.25 days throughout; the essay's 365 and 8,766 hours agree with it to 0.1 %.
DEFINITIONS: Final[Mapping[str, float]] = {
    "compute.gpt3_flop": 3.1e23,
    "data.gpt3_tokens": 3e11,
    "overhang.data_rule": 4.0,
    "learn.user_hours": 1e6,
    "auto.hours_per_workday": 8.0,
    "impact.window_days": 3.0,
    # A working life, beyond which the length of a task has no meaning left: 40 years of 250 days.
    "auto.working_life": 10_000.0,
    # How abruptly a limit takes hold: at 2, a trend that has reached its limit gets 71 % of it, one at a third 95 % of
    # itself. A convention, like the base of a logarithm: no data tell it, and 1 or 4 move the medians by a tenth.
    "limit.sharpness": 2.0,
    "task.human_day": 1.0,
    "task.human_year": 1.0,
    "task.agent_years": 1.0,
    "time.seconds_per_minute": 60.0,
    "time.minutes_per_day": 1440.0,
    "time.minutes_per_year": 525_960.0,
    "time.months_per_year": 12.0,
    "time.days_per_year": 365.25,
    "time.hours_per_year": 8766.0,
}
GPT3_PARAMETERS: Final = 1.75e11


class Accelerator(NamedTuple):
    """What bounds a forward pass on one kind of chip: operations per second, bytes per second from memory."""

    flop_per_second: float
    memory_bytes_per_second: float


# Appendix A as printed (H100 with sparsity), and the same chips like for like: dense 16-bit operations.
A100: Final = Accelerator(3.12e14, 2.0e12)
H100_DENSE: Final = Accelerator(9.89e14, 3.35e12)


def essay_inputs(assumptions: Mapping[str, float]) -> dict[str, float]:
    """The inputs of the formulas as the essay had them; `assumptions` are its constants by id.

    Where it reasons otherwise than the formulas of today, its numbers are brought into their form: training data of a
    hundred times those of a Chinchilla-optimal GPT-3 (four times GPT-3's own), text twenty times that of January 2023,
    no limit of data or feasibility, and a speed that is a judgement rather than a trend.
    """
    human_tpm = assumptions["speed.human_wpm"] * assumptions["speed.tokens_per_word"]
    chinchilla_tokens = DEFINITIONS["overhang.data_rule"] * DEFINITIONS["data.gpt3_tokens"]
    return {
        **DEFINITIONS,
        **assumptions,
        "speed.flagship_tps": assumptions["speed.observed_tpm"] / 60,
        "speed.trend_weight": 0.0,
        # What the essay reasons from was reached when it was written: GPT-3.
        "compute.flop_now": DEFINITIONS["compute.gpt3_flop"],
        "data.tokens_now": DEFINITIONS["data.gpt3_tokens"],
        "compute.trend_flop": geometric_mean(4.7e28, 2.3e27),
        "compute.feasible_flop": float("inf"),
        "data.trend_tokens": chinchilla_tokens * assumptions["overhang.factor"],
        "data.stock_tokens": float("inf"),
        "learn.served_tokens": 50_000 * 20 * MINUTES_PER_DAY * human_tpm,
    }


def essay_mode(stated: Mapping[str, float], assumptions: Mapping[str, float]) -> dict[str, float]:
    """Every formula on the essay's own inputs, by id.

    `stated` holds the medians that the essay states (not those implied), `assumptions` its constants. Each formula
    starts from stated numbers where there are any, as the essay carries on with its rounded results.
    """
    prior = {"speed.prior_multiple": stated["speed.multiple"]} if "speed.multiple" in stated else {}
    judged = {name: stated[name] for name in ("auto.horizon_days",) if name in stated}
    # The essay's "every three days" is its own batch of 2.92 days, rounded: it counts one batch and no part of a next.
    window = {"impact.window_days": stated["work.fast_agent_days"]} if "work.fast_agent_days" in stated else {}
    return one_step(stated, {**essay_inputs(assumptions), **prior, **judged, **window})


# Speed (section 2, appendix A)


def words_per_minute(tokens_per_second: float) -> float:
    """Speed in words a minute, at three words for four tokens."""
    return tokens_per_second * 60 * WORDS_PER_TOKEN


def matmul_seconds(chip: Accelerator) -> float:
    """Shortest time of one matrix product at full use: 54 C² / M³ (forward-pass post, memory-bound case)."""
    return 54 * chip.flop_per_second**2 / chip.memory_bytes_per_second**3


def matmul_seconds_network(chip: Accelerator, network_bytes_per_second: float, machines: float) -> float:
    """The same when the network is the limit: 8 C² N / (B² (M − B/√N)), for B below 2/3 · M · √N."""
    ratio = network_bytes_per_second / sqrt(machines)
    return 8 * chip.flop_per_second**2 / (ratio**2 * (chip.memory_bytes_per_second - ratio))


def forward_pass_ratio(chip: Accelerator) -> float:
    """Bandwidth cubed over compute squared, in thousands as in appendix A: what bounds serial speed from above."""
    return chip.memory_bytes_per_second**3 / chip.flop_per_second**2 / 1e3


def tiled(copies: float, speed: float, k: float) -> tuple[float, float]:
    """Copies and speed after finer tiling on the same hardware: k³ copies make room for one that is k² faster."""
    return copies / k**3, speed * k**2


def tiled_on_budget(copies: float, speed: float, k: float) -> tuple[float, float]:
    """The same on the same budget of operations, with k² times the hardware: only the price k of each is lost."""
    return copies / k, speed * k**2


# Throughput (section 3, appendix B)


def passes_from_compute(train_flop: float, parameters: float) -> float:
    """Forward passes that training compute would pay for: C / 2N, which is 3D as C = 6ND."""
    return train_flop / (2 * parameters)


def chinchilla_tokens(train_flop: float, tokens_per_parameter: float = 20) -> float:
    """Training tokens that make the best of a compute budget: D = sqrt(C · r / 6) (Hoffmann 2022)."""
    return sqrt(train_flop * tokens_per_parameter / 6)


def work_years(train_tokens: float, human_tpm: float) -> float:
    """Human-years of thought in the compute that trains on so many tokens: 3D passes, one token each."""
    return 3 * train_tokens / (human_tpm * DEFINITIONS["time.minutes_per_year"])


def geometric_mean(*numbers: float) -> float:
    """The mean on the log scale, with which appendix B combines two forecasts of compute."""
    return exp(sum(log(number) for number in numbers) / len(numbers))


def upper_bound_stretch() -> float:
    """How far appendix B stretches its estimate of 180 for an upper bound: the root of (2 + 32/5) / 3."""
    return sqrt((2 + 32 / 5) / 3)


def minutes_per_user(person_days: float, users: float) -> float:
    """Minutes of text each user is served a day, if that many human-days of text are served to all."""
    return person_days * MINUTES_PER_DAY / users


# Extrapolation (section 1) and time horizons (section 6)


def logit_line(points: Sequence[tuple[date, float]]) -> tuple[float, float]:
    """Least-squares line through the logits of dated shares: intercept at day 0, drift per year (365.25 days)."""
    years = [day.toordinal() / DAYS_PER_YEAR for day, _ in points]
    logits = [log(share / (1 - share)) for _, share in points]
    middle, height = sum(years) / len(years), sum(logits) / len(logits)
    covered = sum((t - middle) * (z - height) for t, z in zip(years, logits, strict=True))
    drift = covered / sum((t - middle) ** 2 for t in years)
    return height - drift * middle, drift


def crossing_date(points: Sequence[tuple[date, float]], threshold: float) -> date:
    """Day on which the line through the logits reaches a share."""
    start, drift = logit_line(points)
    years = (log(threshold / (1 - threshold)) - start) / drift
    return date.fromordinal(round(years * DAYS_PER_YEAR))


def doubled(value: float, days: float, doubling_days: float) -> float:
    """A quantity after so many days of doubling at a fixed pace."""
    return value * 2 ** (days / doubling_days)
