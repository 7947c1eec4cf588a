"""A forecast is told in two digits wherever it is told: one more is written anew every day, and nobody knows it."""

from __future__ import annotations

import json

import pytest

from flows.edition.details import detail_facts
from flows.edition.living import living_view
from tests.flows.edition.site_made import living


def test_a_living_row_has_the_digits_of_the_table_and_more_only_of_what_was_measured():
    """A range of 204 to 872 billion was 204 to 873 a day later."""
    row = living().to_dicts()[0]
    seen = {"actual_value": 1.234e27, "p50_in_a_year": 2.345e27, "p25_in_a_year": 1.234e27, "p50": 3.456e28}
    said = living_view(row | seen, "en")
    assert (said.so_far, said.in_a_year, said.in_a_year_range) == ("1.23e27", "2.3e27", "1.2e27–3e27")
    assert said.ahead == "3.5e28"


@pytest.mark.parametrize(
    ("key", "unit", "told"),
    [
        ("by_compute", "human-years", "3.7 M"),
        ("passes_in_2030", "forward passes", "3.7 M"),
        # Counted from the essay's own numbers, and no forecast.
        ("by_compute", "forward passes", "3.68 M"),
    ],
)
def test_another_road_to_a_forecast_has_the_digits_of_a_forecast(key, unit, told):
    (line,) = detail_facts(json.dumps({key: 3_681_234.0}), unit)
    assert line.text == told


def test_a_chance_that_is_forecast_has_the_digits_of_a_forecast():
    """53.1 % was 53 % a day later, and 52.9 % the day after."""
    (line,) = detail_facts(json.dumps({"tasks": [{"task": "coding", "state": "forecast", "probability": 0.531}]}), "")
    assert "53 %" in line.text
