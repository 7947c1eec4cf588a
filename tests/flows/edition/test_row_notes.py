"""The notes below a row's number: that it lies further ahead than forecasts have been put to the test."""

from __future__ import annotations

import json

import pytest

from flows.edition.row_notes import how_far

FAR = {"key": "outlook_far", "months": 43, "scored": 24}


def row(*clauses, p50=1.0):
    return {"p50": p50, "detail_json": json.dumps({"clauses": clauses})}


@pytest.mark.parametrize(("lang", "told"), [("en", "43 months ahead. Forecasts are scored as a rule up to 24 months"),
                                            ("zh", "43 个月之后，而预测通常只检验至 24 个月")])  # fmt: skip
def test_a_number_beyond_the_scored_range_says_so_beside_its_range(lang, told):
    """A reader found it five thousand pixels further down, by the status."""
    assert told in how_far(row(FAR), lang)


@pytest.mark.parametrize("one", [row({"key": "outlook_near", "months": 12}), row(FAR, p50=None), row(),
                                 {"p50": 1.0, "detail_json": None}])  # fmt: skip
def test_of_a_nearer_day_and_of_no_number_nothing_is_said(one):
    assert how_far(one, "en") == ""
