"""Years without change: simulated from what was estimated, the same for everybody, and hardly ever told."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from infra.studies.null_years import WEEKS, Field, null_forecasts, null_rows
from models.changes.judgement import LastChangeAlert, baseline_of, judge, raised_in
from models.changes.mixtures import units_of
from models.changes.size import MATERIALITY, news, scale_of
from models.forecasting.pool import ROW_COLUMNS
from tests.models.world import shipped

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

DAY = date(2026, 6, 1)
SERIES = "training-compute/language"


@pytest.fixture(scope="module")
def context():
    return shipped(DAY)


@pytest.fixture(scope="module")
def rows(context):
    return null_rows(context, 3, seed=7)


def test_a_year_begins_with_the_table_of_the_day(context, rows):
    """Week 0 is the real one, in every year the same."""
    for row in rows.values():
        assert (row[:, 0] == row[:1, 0]).all()
    draws = null_forecasts(context, [SERIES], 2, seed=7)[SERIES]
    np.testing.assert_allclose(draws[0, 0], context.forecasts.draws(SERIES, context.target_date))


def test_weeks_and_years_are_all_there(rows):
    assert {row.shape for row in rows.values()} == {(3, WEEKS + 1, 23)}
    assert {"compute.train_flop", "speed.multiple", "know.context_tokens"} <= rows.keys()
    assert "overhang.gpt3_years" not in rows  # arithmetic on constants cannot change


def test_the_same_seed_gives_the_same_years_whatever_else_is_simulated(context):
    alone = null_forecasts(context, [SERIES], 2, seed=7)[SERIES]
    beside = null_forecasts(context, [SERIES, "training-tokens/language"], 2, seed=7)[SERIES]
    np.testing.assert_array_equal(alone, beside)
    assert not np.array_equal(alone, null_forecasts(context, [SERIES], 2, seed=8)[SERIES])


def test_records_come_as_often_and_as_high_as_estimated(context):
    observed = context.observations.select(ROW_COLUMNS)
    field = Field.estimate(observed, context.series.filter(direction="max"), DAY, is_level=False)
    item = field.series_ids.index(SERIES)
    chance = np.random.default_rng(1)
    frontier = field.past.frontier_value[item]
    years = [field.year(item, chance)[1] for _ in range(800)]
    gains = [np.log10(max([frontier, *year]) / frontier) for year in years]
    expected = field.records_per_year[item] * field.mean_step[item]
    assert np.mean(gains) == pytest.approx(expected, rel=0.15)


def test_the_rules_for_many_years_are_the_rules_for_one(rows, context):
    """`raised_in` is `judge` with the state of every row kept in arrays."""
    units = units_of(context.essay_numbers)
    for threshold in (0.2, 0.4, 0.8):
        for name, row in rows.items():
            floor = MATERIALITY[scale_of(units[name])]
            expected = [judged(row[year], floor, threshold) for year in range(len(row))]
            assert raised_in({name: row}, {name: floor}, {name: threshold}).alerts.tolist() == expected, name


def judged(weeks, floor, threshold):
    """How often `judge` would raise an alert in one simulated year."""
    last, count = None, 0
    for week in range(1, len(weeks)):
        day = DAY + timedelta(weeks=week)
        baseline = int(baseline_of(last, day, "0"))
        verdict = judge(float(news(weeks[baseline], weeks[week], floor)), threshold, last, day)
        if verdict is None:
            continue
        if verdict.is_cleared:
            last = last.over(str(baseline))
        else:
            last, count = LastChangeAlert(day, verdict.severity, str(week), str(baseline)), count + 1
    return count


def test_rows_that_moved_alike_are_counted_once(rows):
    row = np.cumsum(np.ones((1, 5, 23)), axis=1)
    both = raised_in({"a": row, "b": row}, {"a": 0.1, "b": 0.1}, {"a": 0.5, "b": 0.5})
    alone = raised_in({"a": row}, {"a": 0.1}, {"a": 0.5})
    assert both.alerts.tolist() == alone.alerts.tolist()
    assert both.digests.tolist() == alone.digests.tolist()
    assert alone.alerts[0] >= 1
