"""The forecasters: each turns what many series have shown into draws of their gains, vectorised over series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from models.forecasting import pooling
from models.forecasting.draws import (
    DRAWS,
    LEVELS,
    SPREAD,
    T_LEVELS,
    T_SPREAD,
    gamma_quantiles,
    record_counts,
    step_sums,
    t_quantiles,
)
from models.forecasting.record_process import record_process
from models.forecasting.scales import BOUNDED
from models.forecasting.trends import PRIOR_SPREAD, through_frontier, through_recent, through_records, through_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.forecasting.frontier import Histories
    from models.forecasting.priors import Priors
    from models.forecasting.regression import Trend
    from models.forecasting.scales import FloatArray

POOL_ID: Final = "gpt2030-pool"
LAST_VALUE_ID: Final = "baseline-last-value"

# Years after which the frontier's own line has faded to 1/e: longer than this, and it misses that growth has changed.
TREND_MEMORY: Final = 3.0
# Where tails begin, in spreads above a line, by kind (bounded, log, linear): of all rows the best sixth, of benchmarks,
# where a few weak systems widen the spread, two in five; of the frontier's line half a spread below it, so that
# near-records count too.
ROWS_TAIL: Final = np.array([0.25, 1.0, 1.0])
FRONTIER_TAIL: Final = np.array([-0.5, -0.5, -0.5])
# Progress in logits slows towards the top of the range: labels are wrong there and what is left is harder.
SLOWDOWN: Final = 0.3


class Gains(Protocol):
    """Draws of the gain over today's frontier: items (n) at horizons in years (h) → (n, h, DRAWS), ascending.

    Gains are on the fitted scale. A negative gain means that the best of what is to come stays below the frontier;
    whoever publishes it lays the floor. NaN means that the forecaster needs more rows than the item has.
    """

    def __call__(self, past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
        """Forecast every item at every horizon."""
        ...


@dataclass(frozen=True, slots=True)
class Forecaster:
    """A way to forecast: its gains, what it does in a few words, and whether its values stop at the frontier.

    `has_records` is false where there are no records to speak of: for levels. `is_point` is true where it
    names one number and no distribution. `knows_label_noise` is true where some of what is left to gain is taken as
    out of reach.
    """

    gains: Gains
    title: str
    has_floor: bool = True
    has_records: bool = True
    is_point: bool = False
    knows_label_noise: bool = False


def records(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """Records come at a rate and each adds a step: negative binomial count of exponential steps of unknown mean.

    Conjugate: the rate is Gamma, the mean step inverse Gamma, both around what comparable series did; a stall lowers
    the rate because time without a record counts.
    """
    process = record_process(past, priors)
    number, none, batch = record_counts(process.shape, process.exposure, horizon)
    # An inverse Gamma's mean is scale / (shape - 1): with one more in the shape, it is the average step.
    step = process.sum[:, None] / gamma_quantiles(process.weight + 1, SPREAD[1])
    gain = step_sums(number) * batch[..., None] * step[:, None, :]
    # Without a record there is still an order: half a step is shared out below the frontier over P(no record), so
    # that averaging with the other members does not see a cliff.
    depth = np.clip(none[..., None] - LEVELS, 0, None) / np.maximum(none, 1e-300)[..., None]
    missing = -0.5 * step.mean(axis=-1)[:, None, None] * depth
    return _settled(past, np.where(number > 0, gain, missing))


def challengers(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """New rows arrive around the line of all rows; the best of them may pass the frontier."""
    line = through_rows(past, priors)
    # A line that has come to lie above every row has bent since: taken at its word, a record would be overdue today.
    return _exceedances(past, replace(line, level=np.minimum(line.level, past.frontier)), ROWS_TAIL, horizon)


def frontier_line(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """New records arrive around the line of the recent frontier."""
    return _exceedances(past, through_frontier(past, priors, TREND_MEMORY), FRONTIER_TAIL, horizon)


def rows_drift(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """From today's frontier along the slope of all rows, with the scatter of the records, t-distributed."""
    line = through_rows(past, priors)
    scatter = through_records(past, priors).spread
    return _settled(past, _never_falling(line, scatter, horizon))


def pooled(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """The pool: quantiles of the members' gains averaged, slowed where it stalls, before the floor is laid.

    Averaging quantiles keeps the members' sharpness where a mixture would be too wide (Lichtendahl, Grushka-Cockayne
    & Winkler 2013); doing it below the floor keeps P(no new record), which averaging floored forecasts destroys.
    """
    gains = {name: member.gains(past, priors, horizon) for name, member in MEMBERS.items()}
    return pooling.pooled(past, priors, horizon, gains)


def every_gain(
    forecasters: Mapping[str, Forecaster], past: Histories, priors: Priors, horizon: FloatArray
) -> Iterator[tuple[str, FloatArray]]:
    """The gains of several forecasters, one after the other; the pool's members are computed once, not twice."""
    shared: dict[str, FloatArray] = {}
    if any(way.gains is pooled for way in forecasters.values()):
        shared = {name: member.gains(past, priors, horizon) for name, member in MEMBERS.items()}
    for name, way in forecasters.items():
        if way.gains is pooled:
            yield name, pooling.pooled(past, priors, horizon, shared)
        elif MEMBERS.get(name) is way and name in shared:
            # Not a copy: whoever changed it in place would change the pool's average as well.
            yield name, shared[name]
        else:
            yield name, way.gains(past, priors, horizon)


def random_walk(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """Random walk whose drift is estimated from first to latest record, with the uncertainty of that estimate."""
    span = np.maximum(past.span, 0.25)
    drift = np.nan_to_num(past.frontier - past.first_z) / span
    variance = (past.total(past.steps**2) + priors.step**2) / (span + 1 / priors.rate)
    prior = (PRIOR_SPREAD[past.scales.kind] * priors.drift) ** 2
    trust = prior / (prior + variance / span)
    mean, error = trust * drift + (1 - trust) * priors.drift, trust * variance / span
    sd = np.sqrt(np.outer(variance, horizon) + np.outer(error, horizon**2))
    return np.outer(mean, horizon)[..., None] + sd[..., None] * T_LEVELS


def ols_on_records(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """Published practice: least squares through the records, t prediction interval, neither anchored nor floored."""
    line = through_records(past, priors)
    count = np.round(line.count)
    freedom = np.where(count > 2, count - 2, np.nan)
    distance = (horizon - line.mean_time[:, None]) ** 2 / np.maximum(line.time_squares, 1e-9)[:, None]
    sd = (line.plain_spread / np.sqrt(freedom))[:, None] * np.sqrt(1 + 1 / np.maximum(count, 1)[:, None] + distance)
    mean = line.plain_level[:, None] + np.outer(line.plain_slope, horizon) - past.frontier[:, None]
    return mean[..., None] + sd[..., None] * t_quantiles(freedom)[:, None, :]


def feels_reasonable(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """Zeroth order: one more step of the usual size, whatever the horizon."""
    step = np.where(past.total(past.is_step) > 0, past.median_step, priors.step)
    return np.broadcast_to(step[:, None, None], (past.count, len(horizon), DRAWS)).copy()


def last_value(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:  # noqa: ARG001
    """Nothing changes."""
    return np.zeros((past.count, len(horizon), DRAWS))


def recent_level(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """For series that are a level and not a record: a fading line through the readings, with their scatter."""
    line = through_recent(past, priors)
    sd = np.sqrt(line.spread[:, None] ** 2 + np.outer(line.slope_error**2, horizon**2))
    centre = (line.level - past.frontier)[:, None] + np.outer(line.slope, horizon)
    return centre[..., None] + sd[..., None] * T_LEVELS


def last_level(past: Histories, priors: Priors, horizon: FloatArray) -> FloatArray:
    """The fading mean of the readings stays where it is."""
    gap = through_recent(past, priors).level - past.frontier
    return np.broadcast_to(gap[:, None, None], (past.count, len(horizon), DRAWS)).copy()


MEMBERS: Final[Mapping[str, Forecaster]] = {
    "member-records": Forecaster(records, "records come at a rate, each adds a step", knows_label_noise=True),
    "member-challengers": Forecaster(
        challengers,
        "the best of new rows around the line of all rows",
        knows_label_noise=True,
    ),
    "member-frontier-line": Forecaster(
        frontier_line, "new records around the line of the recent frontier", knows_label_noise=True
    ),
    "member-rows-drift": Forecaster(
        rows_drift, "from the frontier along the slope of all rows", knows_label_noise=True
    ),
}
FORECASTERS: Final[Mapping[str, Forecaster]] = {
    POOL_ID: Forecaster(
        pooled, "the four members, quantiles averaged, slowed where the series stalls", knows_label_noise=True
    ),
    **MEMBERS,
    "baseline-random-walk": Forecaster(random_walk, "random walk with estimated drift"),
    "baseline-ols-records": Forecaster(ols_on_records, "plain least squares on the records", has_floor=False),
    "baseline-reasonable": Forecaster(feels_reasonable, "feels reasonable: one more usual step", is_point=True),
    LAST_VALUE_ID: Forecaster(last_value, "nothing changes", is_point=True),
}
# Series that are levels know no records: whatever the forecaster is called, a level is drawn from its readings.
_LEVEL: Final = Forecaster(recent_level, "fading line through recent readings", has_floor=False, has_records=False)
_LAST_LEVEL: Final = Forecaster(last_level, "the recent level stays", has_floor=False, has_records=False)
LEVEL_FORECASTERS: Final[Mapping[str, Forecaster]] = {
    name: _LAST_LEVEL if name == LAST_VALUE_ID else _LEVEL for name in FORECASTERS
}


def _exceedances(past: Histories, line: Trend, tail: FloatArray, horizon: FloatArray) -> FloatArray:
    """Highest of what is to come around a line: Poisson arrivals beyond a threshold, exponential excess (Gumbel).

    With arrivals at rate r, mean excess s and slope b, P(max <= x) = exp(-r·exp(-(x - u)/s)·h·(e^{bh/s} - 1)/(bh/s)),
    u being the threshold at the origin. The rate is Gamma and integrated out; s and b are drawn from what is known.
    """
    fading = np.exp(past.years / line.memory_years)
    threshold = tail[past.scales.kind] * line.spread
    beyond = line.beyond(past) - threshold[past.item]
    counted = fading * (beyond > 0)
    count, excess = past.total(counted), past.total(counted * beyond)
    # Half an exceedance of 0.6 spreads is assumed before any is seen: without one the mean excess would be 0 / 0.
    scale = (excess + 0.3 * line.spread)[:, None] / gamma_quantiles(count + 1.5, SPREAD[1])
    slope = line.slope[:, None] + line.slope_error[:, None] * T_SPREAD
    # Rows of the origin's own day alone were watched for no time, and the logarithm below would be of 0.
    exposure = np.maximum(past.exposure(line.memory_years), 0.2)
    # The rate integrated out, P(max <= x) = (E / (E + a))^(count + 1/2): E is the exposure, a what would arrive above x
    # at rate 1. Solved for a at the levels drawn.
    arrivals = exposure[:, None] * np.expm1(-np.log(SPREAD[2]) / (count + 0.5)[:, None])
    base = (line.level + threshold - past.frontier)[:, None] - scale * np.log(arrivals)
    # (e^bh - 1)/b is 0/0 at no growth and overflows at absurd growth; both ends are far outside what matters.
    pace = slope / scale
    pace = np.where(np.abs(pace) < 1e-6, 1e-6, pace)[:, None, :]
    waited = np.log(np.expm1(np.clip(pace * horizon[:, None], -600, 600)) / pace)
    return _settled(past, base[:, None, :] + scale[:, None, :] * waited)


def _never_falling(line: Trend, scatter: FloatArray, horizon: FloatArray) -> FloatArray:
    """Quantiles of drift·h + t·sqrt(scatter² + error²·h²), each at the highest it has been up to the horizon.

    Low quantiles turn down where t·error outweighs the drift, but a frontier does not fall: from the top of their
    curve (t < 0) or from where they began (t >= 0) they stay.
    """
    drift, error, start = line.slope[:, None], line.slope_error[:, None], scatter[:, None] * T_LEVELS
    outweighed = np.maximum((T_LEVELS * error) ** 2 - drift**2, 0)
    is_falling = (T_LEVELS < 0) & ((outweighed > 0) | (drift <= 0))
    peak = np.maximum(drift, 0) * scatter[:, None] / (error * np.sqrt(np.maximum(outweighed, 1e-12)))
    years = np.minimum(horizon[:, None], np.where(is_falling, peak, np.inf)[:, None, :])
    spread = np.sqrt((scatter**2)[:, None, None] + (error**2)[:, None] * years**2)
    quantiles = drift[:, None] * years + T_LEVELS * spread
    return np.asarray(np.maximum(quantiles, np.where(T_LEVELS < 0, -np.inf, start)[:, None, :]))


def _settled(past: Histories, gain: FloatArray) -> FloatArray:
    """Slow bounded items towards the top of their range, and put the draws in order."""
    share = np.clip(np.nan_to_num(past.scales.share(past.frontier_value)), 0, 1)
    slower = np.where(past.scales.kind == BOUNDED, 1 - SLOWDOWN * share, 1.0)
    gain *= slower[:, None, None]
    gain.sort(axis=-1)
    return gain
