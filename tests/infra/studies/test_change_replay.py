"""The replay of past years: a leap is told in its week, steady growth is not, and nothing later is seen."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from infra.studies.change_replay import Replay, naive, told
from tests.models.histories_made import series_of

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

FIRST, LAST = date(2024, 1, 1), date(2024, 6, 24)
TARGET = date(2030, 7, 1)


def replay(*extra, threshold=0.8):
    """A log series with a record every quarter, doubling each time, and whatever is added."""
    steady = [(date(2016, 1, 15) + timedelta(days=91 * k), 2.0**k) for k in range(34)]
    dated = sorted([*steady, *extra])
    rows = pl.DataFrame(
        {"series_id": ["s"] * len(dated), "system_id": ["x"] * len(dated), "observation_date": [d for d, _ in dated],
         "known_date": [d for d, _ in dated], "value": [v for _, v in dated], "evidence": ["paper"] * len(dated)}
    )  # fmt: skip
    return Replay(rows, series_of("s", "log"), ("s",), TARGET, threshold)


LEAP = (date(2024, 3, 6), 2.0**50)


def test_steady_growth_is_not_told():
    assert told(replay(), FIRST, LAST) == []


def test_a_leap_is_told_in_its_week_and_once():
    (one,) = told(replay(LEAP), FIRST, LAST)
    assert one.day == date(2024, 3, 11)
    assert one.size >= 0.8
    assert one.after - one.before == pytest.approx(sum(one.causes.values()), abs=1e-9)
    assert one.causes["new_rows"] > abs(one.causes["elapsed_time"])


class Swaying(Replay):
    """A forecast that leaps for a week and comes back, again and again."""

    def quantiles(self, day, rows=None):
        week = (day - FIRST).days // 7
        return np.linspace(0, 1, 23)[None] + (5.0 if week in LEAPS else 0.0)


LEAPS = {1, 3}


def test_what_is_taken_back_can_be_told_again_at_once():
    steady = replay()
    swaying = Swaying(steady.rows, steady.series, steady.asked, TARGET, steady.threshold)
    days = [FIRST + timedelta(days=7 * week) for week in sorted(LEAPS)]
    assert [one.day for one in told(swaying, FIRST, LAST)] == days


def test_what_comes_later_changes_nothing_before():
    early = told(replay(LEAP), FIRST, date(2024, 4, 29))
    with_later = told(replay(LEAP, (date(2024, 5, 20), 2.0**90)), FIRST, date(2024, 4, 29))
    assert early == with_later


def test_a_naive_rule_cries_more_often():
    assert naive(replay(), FIRST, LAST) >= len(told(replay(), FIRST, LAST)) + 2
    assert np.isfinite(replay().quantiles(FIRST)).all()
