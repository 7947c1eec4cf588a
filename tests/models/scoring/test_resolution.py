"""What came of a forecast: the frontier or the level on the day, and silence where nobody measured."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from models.scoring.resolution import came_true
from tests.models.histories_made import rows_of


def ask(*days, series_id="s", direction="max"):
    return pl.DataFrame(
        {"series_id": series_id, "target_date": list(days), "direction": direction},
        schema_overrides={"target_date": pl.Date},
    )


RISING = rows_of(
    "s", (date(2024, 1, 1), 0.2), (date(2024, 3, 1), 0.5), (date(2024, 4, 1), 0.4), (date(2024, 9, 1), 0.7)
)


def test_a_record_series_answers_with_its_highest_value_by_the_day():
    answered = came_true(ask(date(2024, 4, 15), date(2024, 9, 1)), RISING)
    assert answered["truth"].to_list() == [0.5, 0.7]
    assert answered["truth_date"].to_list() == [date(2024, 3, 1), date(2024, 9, 1)]
    assert answered["truth_system_id"].to_list() == ["s-1", "s-3"]


def test_a_later_row_shows_that_nothing_had_changed_by_the_day():
    assert came_true(ask(date(2024, 8, 1)), RISING)["truth"].to_list() == [0.5]


@pytest.mark.parametrize(("day", "is_known"), [(date(2024, 10, 31), True), (date(2024, 11, 1), False)])
def test_a_series_nobody_has_measured_for_two_months_has_no_answer(day, is_known):
    assert came_true(ask(day), RISING).height == is_known


def test_days_before_the_first_row_or_after_today_have_no_answer():
    assert came_true(ask(date(2023, 12, 31)), RISING).is_empty()
    assert came_true(ask(date(2024, 9, 20)), RISING, today=date(2024, 9, 19)).is_empty()
    assert came_true(ask(date(2024, 9, 19)), RISING, today=date(2024, 9, 19)).height == 1


def test_of_two_records_of_one_day_the_higher_is_the_frontier():
    rows = rows_of("s", (date(2024, 1, 1), 0.3), (date(2024, 1, 1), 0.6))
    assert came_true(ask(date(2024, 1, 1)), rows)["truth"].to_list() == [0.6]


def test_a_level_answers_with_its_newest_reading_and_may_have_fallen():
    readings = rows_of("s", (date(2024, 1, 1), 90.0), (date(2024, 5, 1), 60.0), (date(2024, 5, 1), 40.0))
    answered = came_true(ask(date(2024, 5, 20), direction="level"), readings)
    assert answered["truth"].to_list() == [50.0]


def test_an_old_reading_is_not_the_level_of_today():
    readings = rows_of("s", (date(2024, 1, 1), 90.0), (date(2024, 12, 1), 60.0))
    assert came_true(ask(date(2024, 6, 1), direction="level"), readings).is_empty()


def test_a_series_without_rows_answers_nothing():
    assert came_true(ask(date(2024, 6, 1), series_id="other"), RISING).is_empty()
