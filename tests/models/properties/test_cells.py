"""One row before it is a row: numbers with states, and JSON that any reader can read."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from models.properties.cells import GRID, LEVELS, NOT_APPLICABLE, Actual, Cells, Forecasted, flags, outlook
from models.properties.context import Reading
from tests.models.world import TODAY, world

ESSAY = {
    "property_id": "a.b", "section": 1, "basis": "fit", "label_en": "A", "label_zh": "甲", "unit": "%",
    "p25": None, "p50": 5.0, "p75": None, "note": None, "is_implied": False, "role": "forecast",
}  # fmt: skip


def cells(**more: object) -> Cells:
    return Cells(Forecasted("missing"), NOT_APPLICABLE, "open", "Because.", "x", **more)  # type: ignore[arg-type]


def test_a_point_of_the_essay_says_that_it_has_no_range():
    row = cells().row(1, ESSAY)
    assert (row["essay_p25"], row["essay_state"]) == (None, "value")
    assert json.loads(row["detail_json"])["essay_range"] == "not_stated"


def test_a_range_of_the_essay_needs_no_such_word():
    row = cells().row(1, {**ESSAY, "p25": 1.0, "p75": 9.0})
    assert row["detail_json"] is None
    assert (row["essay_p25"], row["essay_p75"]) == (1.0, 9.0)


def test_what_the_essay_does_not_state_is_not_stated_and_not_zero():
    row = cells().row(1, {**ESSAY, "p50": None})
    assert (row["essay_p50"], row["essay_state"], row["essay_recomputed"]) == (None, "not_stated", None)


def test_without_a_formula_the_essay_recomputes_to_itself():
    assert cells().row(1, ESSAY)["essay_recomputed"] == 5.0
    assert cells(essay_recomputed=7.0).row(1, ESSAY)["essay_recomputed"] == 7.0


@pytest.mark.parametrize(
    ("role", "is_implied", "kind"),
    [
        ("forecast", False, "stated"),
        ("anchor", False, "anchor"),
        ("forecast", True, "implied"),
        ("constant", False, "stated"),
    ],
)
def test_what_the_essay_said_is_told_from_what_follows_from_it(role, is_implied, kind):
    essay = {**ESSAY, "role": role, "is_implied": is_implied}
    assert cells().row(1, essay)["essay_kind"] == kind
    assert cells().row(1, {**essay, "p50": None})["essay_kind"] is None


def test_a_factor_adds_no_digits():
    assert Actual.read(Reading("a/b", 0.936842, date(2026, 1, 1), "S", "plain"), 100.0).value == 93.6842


def test_notes_of_the_essay_travel_with_the_row():
    assert json.loads(cells().row(1, {**ESSAY, "note": "rounded"})["detail_json"])["essay_note"] == "rounded"


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_what_json_cannot_say_becomes_null(number: float):
    row = cells(detail={"limits": {"a": number}, "list": [number, 1.0]}).row(1, ESSAY)
    detail = json.loads(row["detail_json"], parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert detail["limits"] == {"a": None}
    assert detail["list"] == [None, 1.0]


def test_details_are_rounded_and_sorted_so_that_they_compare():
    detail = cells(detail={"b": 1 / 3, "a": 2e14}).row(1, ESSAY)["detail_json"]
    assert detail == '{"a": 200000000000000.0, "b": 0.333333, "essay_range": "not_stated"}'


def by_level(*five):
    """Something at every level of the grid: the last of the five that begins at or below it."""
    starts = (0.0, 0.25, 0.5, 0.75, 0.95)
    return [five[max(k for k, start in enumerate(starts) if start <= level + 1e-12)] for level in GRID]


def test_the_published_levels_are_levels_of_the_grid():
    assert Forecasted.of(GRID).values == pytest.approx(tuple(LEVELS.values()))
    assert len(GRID) == 23


def test_days_after_the_last_one_forecast_are_empty():
    made = Forecasted.dated(tuple(by_level(date(2027, 1, 1), date(2028, 1, 1), date(2029, 1, 1), None, None)), 0.4)
    assert made.state == "value"
    assert made.values == (2027.0, 2028.0, 2029.0, None, None)
    assert np.isinf(made.grid).mean() == pytest.approx(7 / 23)
    assert Forecasted.dated(tuple(by_level(date(2027, 1, 1), None, None, None, None)), 0.8).state == "not_yet"


def test_what_has_happened_is_the_same_day_at_every_level():
    made = Forecasted.happened(date(2027, 1, 1))
    assert set(made.grid) == {2027.0}
    assert made.never_share == 0


def test_decimal_years_get_their_days_back():
    made = Forecasted.dated_years(np.array(by_level(2027.0, 2027.5, 2028.0, 2029.0, 2030.0)), None)
    assert made.dates[0] == date(2027, 1, 1)
    assert made.dates[1] == date(2027, 7, 2)


def test_a_measurement_is_told_in_the_unit_of_the_row():
    read = Actual.read(Reading("a/b", 0.93, date(2026, 1, 1), "S", "plain"), 100.0)
    assert (read.state, read.value, read.note) == ("value", pytest.approx(93), "S, plain")
    assert Actual.read(None).state == "missing"


@pytest.mark.parametrize(
    ("target", "words", "raised"),
    [
        (date(2030, 7, 1), "extrapolated 43 months ahead, beyond the scored range of 24", ["beyond_scored_range"]),
        (date(2028, 11, 22), "forecast 24 months ahead", []),
        (date(2027, 5, 22), "forecast 6 months ahead", []),
        (TODAY, "the target date 2026-11-22 has passed", []),
    ],
)
def test_how_far_a_row_looks_ahead_is_said(target: date, words: str, raised: list[str]):
    known = world(target_date=target, targets=(date(2031, 1, 1),))
    assert outlook(known).text == words
    assert flags(known) == raised
