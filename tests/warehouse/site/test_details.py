"""What opens under a row: everything that is known about it beyond its numbers."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.warehouse.edition_frames import dated_row, empty_row, property_row
from warehouse.site.details import detail_facts, facts


def said(row: dict[str, object], lang: str = "en") -> dict[str, str]:
    return {fact.term: fact.text for fact in facts(row, lang)}


def detail(**parts: object) -> list[tuple[str, str]]:
    return [(fact.term, fact.text) for fact in detail_facts(json.dumps(parts), "hours")]


def test_formula_newest_input_and_outer_range_are_told():
    told = said(property_row())
    assert told["Formula"].startswith("3 * data.train_tokens")
    assert told["Newest input"] == "30 Oct 2026"
    assert told["5th to 95th percentile"] == "1.1–11 M"


def test_a_recomputation_that_differs_from_the_essay_is_told():
    assert said(property_row())["Essay's formula on the essay's inputs"] == "1.36 M"


@pytest.mark.parametrize("again", [1.8e6, 1.81e6, None])
def test_a_recomputation_that_agrees_is_not(again):
    assert "Essay's formula on the essay's inputs" not in said(property_row(essay_recomputed=again))


def test_dates_that_differ_by_more_than_a_rounding_are_told():
    """Two per cent of a year like 2028 would be forty years."""
    row = dated_row((date(2027, 3, 1),) * 5, essay_recomputed=2026.5)
    assert said(row)["Essay's formula on the essay's inputs"] == "Jul 2026"


def test_the_chance_of_never_and_the_median_before_are_told():
    row = dated_row(
        (date(2029, 1, 1), None, None, None, None), value_state="not_yet", never_share=0.62, previous_p50=2029.5
    )
    told = said(row)
    assert told["Chance of not happening by the target date"] == "62 %"
    assert told["Median, last edition of an earlier day"] == "Jul 2029"


def test_a_withheld_row_does_not_tell_its_range():
    assert "5th to 95th percentile" not in said(property_row(value_state="withheld"))
    assert "5th to 95th percentile" not in said(empty_row("missing"))


def test_limits_say_what_would_hold_without_them_and_how_often_they_bind():
    limits = {"data.stock_tokens": {"binding_share": 0.62, "without": {"p25": 2e6, "p50": 9e6, "p75": 4e7}}}
    assert detail(limits=limits) == [
        ("Without the limit data.stock_tokens", "9 M (2–40 M); it binds in 62 % of the draws")
    ]


def test_scenarios_say_when_they_are_capped():
    scenarios = [
        {"doubling_days": 212, "source": "METR 2025", "hours": 2730.0, "is_capped": False},
        {"doubling_days": 89, "source": "METR 2026", "hours": 80_000.0, "is_capped": True},
    ]
    assert detail(scenarios=scenarios) == [
        ("Doubling every 212 days", "2,730 hours (METR 2025)"),
        ("Doubling every 89 days", "more than 80,000 hours, capped (METR 2026)"),
    ]


def test_tasks_say_whether_they_are_reached_forecast_or_not_measured():
    tasks = [
        {"task": "mathematics", "state": "passed", "by": "o1", "date": "2024-09-12", "probability": 1.0},
        {"task": "coding", "state": "forecast", "probability": 0.8},
        {"task": "hacking", "state": "unknown"},
    ]
    assert [text for _, text in detail(tasks=tasks)] == [
        "mathematics: reached by o1, 12 Sep 2024",
        "coding: 80 % likely by the target date",
        "hacking: not measured",
    ]


def test_protocols_are_told_one_by_one():
    protocols = {"math/500": {"date": "2024-09-12", "value": 0.948, "by": "o1"}, "math/full": None}
    assert detail(protocols=protocols) == [("Under math/500", "12 Sep 2024, o1"), ("Under math/full", "not reached")]


def test_flags_are_put_into_words_and_unknown_ones_kept():
    assert detail(flags=["capped", "brand_new"]) == [("Caveats", "capped, brand_new")]


def test_a_part_nobody_has_named_yet_is_shown_as_it_stands():
    assert detail(lower_end={"a": 1.23456789, "b": ["x", "y"]}) == [("Lower end", "a: 1.23; b: x, y")]


def test_empty_parts_and_those_said_elsewhere_are_left_out():
    assert detail(flags=[], missing=None, inputs=["a"], fit="fitted") == []
    assert detail_facts(None, "hours") == []


def test_the_lines_are_chinese_on_the_chinese_page():
    assert said(property_row(), "zh")["最新输入"] == "2026年10月30日"
