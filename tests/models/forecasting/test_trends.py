"""Trends: the least squares line where rows speak, the prior where they do not."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from models.forecasting import priors
from models.forecasting.frontier import DAYS_PER_YEAR, histories
from models.forecasting.trends import through_frontier, through_recent, through_records, through_rows
from tests.models.histories_made import ORIGIN, rows_of, series_of


def seen(*points, scale="log", **fields):
    items = series_of("s", scale, **fields).with_columns(origin_date=pl.lit(ORIGIN))
    past = histories(rows_of("s", *points), items)
    return past, priors.usual(past, np.zeros(1, dtype=np.int64))


def along(slope, noise=0.0, count=40, days=60):
    """Rows every 60 days growing by `slope` dex a year, wobbling by `noise`."""
    offsets = [-days * k for k in range(count)]
    wobble = [noise * (-1) ** k for k in range(count)]
    return [
        (ORIGIN + timedelta(d), 10 ** (slope * d / DAYS_PER_YEAR + w)) for d, w in zip(offsets, wobble, strict=True)
    ]


@pytest.mark.parametrize("fit", [through_rows, through_records])
def test_the_line_of_many_rows_is_their_own(fit):
    line = fit(*seen(*along(0.6)))
    assert line.slope == pytest.approx([0.6], abs=0.01)
    assert line.level == pytest.approx([0.0], abs=0.03)
    assert line.plain_slope == pytest.approx([0.6])


def test_the_line_of_rows_matches_least_squares():
    points = along(0.4, noise=0.3)
    line = through_rows(*seen(*points))
    years = np.array([(day - ORIGIN).days / DAYS_PER_YEAR for day, _ in points])
    slope, level = np.polyfit(years, np.log10([value for _, value in points]), 1)
    assert line.plain_slope == pytest.approx([slope])
    assert line.plain_level == pytest.approx([level])


def test_rows_below_the_frontier_count_for_the_rows_and_not_for_the_records():
    low = [(day + timedelta(days=5), value / 1000) for day, value in along(0.6)]
    past, known = seen(*along(0.6), *low)
    assert through_rows(past, known).spread[0] > 1
    assert through_records(past, known).spread[0] < 0.2


def test_two_rows_of_one_week_do_not_claim_an_absurd_drift():
    past, known = seen((ORIGIN - timedelta(7), 1.0), (ORIGIN, 10.0))
    line = through_rows(past, known)
    assert line.plain_slope[0] > 50
    assert abs(line.slope[0]) < 5
    assert line.slope_error[0] > 0


def test_without_rows_the_line_is_the_prior():
    past, known = seen()
    for line in (through_rows(past, known), through_frontier(past, known, 3.0)):
        assert line.slope == pytest.approx(known.drift)
        assert np.isfinite(line.slope_error).all()


def test_the_frontier_line_follows_recent_growth():
    slow_then_fast = [(ORIGIN - timedelta(days=60 * k), 10 ** (-0.2 * k / 6)) for k in range(12, 40)]
    slow_then_fast += [(ORIGIN - timedelta(days=60 * k), 10 ** (1.0 - k / 6)) for k in range(12)]
    past, known = seen(*slow_then_fast)
    assert through_frontier(past, known, 1.0).slope[0] > through_frontier(past, known, 100.0).slope[0]


def test_a_frontier_reached_on_the_origins_own_day_still_has_its_level():
    past, known = seen((ORIGIN, 1e24))
    assert through_frontier(past, known, 3.0).level == pytest.approx([24.0], abs=0.1)


def test_a_level_drifts_towards_no_change_and_follows_the_recent_readings():
    readings = [(ORIGIN - timedelta(days=30 * k), 50.0) for k in range(6)]
    readings += [(ORIGIN - timedelta(days=3000 + 30 * k), 5.0) for k in range(6)]
    line = through_recent(*seen(*readings, direction="level"))
    assert line.level == pytest.approx([np.log10(50)], abs=0.1)
    assert abs(line.slope[0]) < 0.2


def test_beyond_measures_each_row_against_its_own_line():
    past, known = seen(*along(0.6, noise=0.2))
    line = through_rows(past, known)
    assert line.beyond(past).mean() == pytest.approx(0, abs=0.01)
    assert np.abs(line.beyond(past)).mean() == pytest.approx(0.2, abs=0.02)
