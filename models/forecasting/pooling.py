"""How the members make one forecast: whom to listen to, how fast it goes on, and that it may have come to a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from models.forecasting.draws import DRAWS, LEVELS
from models.forecasting.record_process import record_process
from models.forecasting.scales import BOUNDED, LOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.forecasting.frontier import Histories
    from models.forecasting.priors import Priors
    from models.forecasting.scales import FloatArray, IntArray

CHALLENGERS_ID: Final = "member-challengers"
LINE_ID: Final = "member-frontier-line"
# Rows a year at which a series is half crowded: what comes next is then as likely one more variant as something new.
CROWD: Final = 10.0
# What the challengers count on a benchmark that hardly anybody reports, where the runners-up tell more than the leader
# does, and with which power of what is not crowded that falls: a busy board's runners-up are copies of its leader.
CHALLENGERS_WEIGHT: Final = 15.0
CHALLENGERS_FALL: Final = 2.0
# Runners-up at which half of that holds: of a list of records alone, however long, there are none.
RUNNERS_UP: Final = 3.0
# What the frontier's own line counts, by kind (bounded, log, linear): growth by factors bends away from its line.
LINE_WEIGHT: Final = np.array([1.0, 0.5, 1.0])
# The members' gains count so many times, by kind: of a benchmark that few report, the frontier that is seen lags
# behind the one that is there; growth by factors slows more often than not.
PACE: Final = np.array([1.3, 0.9, 1.0])
# With which power of what is not crowded a benchmark's pace falls when it is at a standstill: where many look, nothing
# lags, and what does not move there will hardly move soon.
CROWD_FALL: Final = 0.6
# How much of a crowd's doubt there is even where a benchmark keeps its promises; the rest comes with the lull.
DOUBT: Final = 0.5
# How uncertain the pace is: standard deviation of its logarithm, by kind.
PACE_SPREAD: Final = np.array([0.3, 0.1, 0.0])
# Since so many years ago a benchmark is held against what its records had promised, within these factors. Since several
# days at once: with one alone a forecast would leap on the day on which a record turns older than that.
LATELY: Final = np.array([0.25, 0.375, 0.5])
LEAST_MOMENTUM: Final = 0.22
MOST_MOMENTUM: Final = 1.65
FEWEST_ROWS: Final = 2
# Half a usual step is granted to both sides: without it, nothing gained would be no pace at all.
GRANTED: Final = 0.5
# P(the series has come to a stop) where there is no crowd, and in a standstill of nothing but a crowd, by kind; the
# years after which a stop has ended with a probability of 1 - 1/e.
STALLED: Final = np.array([0.0, 0.1, 0.0])
STALLED_CROWD: Final = np.array([0.6, 0.1, 0.0])
STALL_YEARS: Final = 5.0


def pooled(past: Histories, priors: Priors, horizon: FloatArray, gains: Mapping[str, FloatArray]) -> FloatArray:
    """The pool's gains (n, h, DRAWS) from those of every member, by its id; all ascending, before the floor is laid."""
    crowd = crowding(past)
    weights = member_weights(past, crowd, tuple(gains))
    # Draw by draw is level by level only because every member hands over its draws in order.
    total = np.zeros_like(next(iter(gains.values())))
    for name, weight in weights.items():
        total += gains[name] * weight[:, None, None]
    spread = np.exp(np.outer(PACE_SPREAD[past.scales.kind], ndtri(LEVELS)))
    recent = momentum(past, priors)
    faster = (pace(past.scales.kind, crowd, recent)[:, None] * spread)[:, None, :]
    # Gains below zero are below the floor: how far does not matter, but their order does.
    total *= np.where(total > 0, faster, 1.0)
    return with_stall(total, stall_share(past.scales.kind, crowd, recent, horizon))


def crowding(past: Histories) -> FloatArray:
    """How crowded each item is, shape (items): 0 without a row in the last year, 1/2 at CROWD rows, towards 1."""
    rows = past.total(past.years > -1)
    return rows / (rows + CROWD)


def member_weights(past: Histories, crowd: FloatArray, names: tuple[str, ...]) -> dict[str, FloatArray]:
    """What each member counts for every item, shape (items) each; they add up to 1."""
    kind, runners_up = past.scales.kind, past.total(~past.is_record)
    benchmark = CHALLENGERS_WEIGHT * (1 - crowd) ** CHALLENGERS_FALL * runners_up / (runners_up + RUNNERS_UP)
    challengers = np.where(kind == BOUNDED, benchmark, np.where(kind == LOG, 0.0, 1.0))
    chosen = {CHALLENGERS_ID: challengers, LINE_ID: LINE_WEIGHT[kind]}
    plain = {name: chosen.get(name, np.ones(len(kind))) for name in names}
    total = np.sum(list(plain.values()), axis=0)
    return {name: weight / total for name, weight in plain.items()}


def pace(kind: IntArray, crowd: FloatArray, recent: FloatArray) -> FloatArray:
    """By what the members' gains are multiplied, shape (items); of benchmarks it falls with the crowd and in a lull."""
    benchmark = (1 - crowd) ** (CROWD_FALL * _doubt(recent)) * recent**crowd
    return PACE[kind] * np.where(kind == BOUNDED, benchmark, 1.0)


def momentum(past: Histories, priors: Priors) -> FloatArray:
    """What the frontier gained lately over what its records before that had promised, shape (items).

    A day before which there were fewer than two rows to promise anything does not count; 1 where none counts.
    """
    gained, promised = np.zeros(past.count), np.zeros(past.count)
    for years in LATELY:
        seen = past.years <= -years
        is_able = past.total(seen) >= FEWEST_ROWS
        gained += np.where(is_able, past.frontier - past.highest(past.z, seen, np.nan), 0.0)
        promised += np.where(is_able, record_process(past, priors, years).drift * years, 0.0)
    granted = GRANTED * len(LATELY) * priors.step
    return np.clip((gained + granted) / (promised + granted), LEAST_MOMENTUM, MOST_MOMENTUM)


def stall_share(kind: IntArray, crowd: FloatArray, recent: FloatArray, horizon: FloatArray) -> FloatArray:
    """P(at a stop that lasts until each horizon), shape (items, h)."""
    doubt = np.where(kind == BOUNDED, _doubt(recent), 1.0)
    now = STALLED[kind] * (1 - crowd) + STALLED_CROWD[kind] * crowd * doubt
    return np.outer(now, np.exp(-horizon / STALL_YEARS))


def _doubt(recent: FloatArray) -> FloatArray:
    """How much of the crowd's doubt applies, from DOUBT (promises kept) to 1 (standstill), shape (items)."""
    lull = np.clip((1 - recent) / (1 - LEAST_MOMENTUM), 0, 1)
    return DOUBT + (1 - DOUBT) * lull


def with_stall(gains: FloatArray, share: FloatArray) -> FloatArray:
    """Mix gains (n, h, DRAWS) with no gain at all, which has probability `share` (n, h); ascending as before."""
    # The quantile at level u of the mixture is that at (u - share) / (1 - share) of what is mixed in.
    inner = (LEVELS - share[..., None]) / (1 - share[..., None])
    position = np.clip(inner * DRAWS - 0.5, 0, DRAWS - 1)
    low = np.minimum(position.astype(np.int64), DRAWS - 2)
    # Into the flat array: indexing along an axis takes twice as long, and this is run for every draw there is.
    flat, place = gains.reshape(-1), low + (np.arange(share.size) * DRAWS).reshape(*share.shape, 1)
    mixed = flat[place]
    mixed += (flat[place + 1] - mixed) * (position - low)
    # Where all that is mixed in is a gain, the lowest draws would be gains as well: at a stop there is none.
    return np.where(inner <= 0, np.minimum(mixed, 0.0), mixed)
