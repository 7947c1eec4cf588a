"""The community as a forecaster: only what was visible when it was recorded, in our targets and units."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from models.scoring.community import COMMUNITY_ID, community_hub, target_of
from warehouse.contracts import core, polars_schema

JANUARY, FEBRUARY, MAY = datetime(2026, 1, 5), datetime(2026, 2, 5), datetime(2026, 5, 5)


def vintages(*rows):
    schema = polars_schema(core.COMMUNITY_FORECAST)
    usual = {
        "platform": "metaculus", "question_id": "6728", "title": "gold", "state": "visible", "quantile": 0.5,
        "is_conditional": False, "is_deleted": False, "recorded_at": JANUARY, "value_date": date(2028, 1, 1),
    }  # fmt: skip
    filled = [dict.fromkeys(schema) | usual | row for row in rows]
    return pl.DataFrame(filled, schema=schema, orient="row")


def said(*rows, is_newest_only=True):
    return community_hub(vintages(*rows), is_newest_only=is_newest_only).to_dicts()


def test_a_dated_question_forecasts_its_row_of_the_table_in_decimal_years():
    (row,) = said({})
    assert row == {
        "forecaster_id": COMMUNITY_ID, "target": "math.imo_gold_date", "origin_date": date(2026, 1, 5),
        "target_date": None, "output_type": "quantile", "output_type_id": "0.5", "value": 2028.0,
    }  # fmt: skip


def test_best_scores_by_year_forecast_the_series_as_shares():
    (row,) = said({"question_id": "11675/11903", "title": "MATH: 2026", "value_date": None, "value_number": 92.0})
    assert (row["target"], row["target_date"]) == ("math/best-reported/any-protocol", date(2026, 6, 30))
    assert row["value"] == pytest.approx(0.92)


def test_a_year_that_has_passed_is_no_longer_forecast():
    assert said({"question_id": "11675/11901", "title": "MATH: 2023", "value_date": None, "value_number": 92.0}) == []


@pytest.mark.parametrize(
    "hidden",
    [
        {"state": "withheld", "value_date": None},
        {"state": "resolved"},
        {"quantile": None},
        {"is_conditional": True},
        {"is_deleted": True},
        {"value_date": None},
        {"question_id": "19356"},
        {"question_id": "67280"},
    ],
)
def test_what_was_not_shown_or_speaks_for_nothing_here_is_not_forecast(hidden):
    assert said(hidden) == []


def test_of_every_quarter_the_first_vintage_counts():
    rows = [
        {"superseded_at": FEBRUARY},
        {"recorded_at": FEBRUARY, "superseded_at": MAY, "value_date": date(2027, 1, 1)},
        {"recorded_at": MAY, "value_date": date(2029, 1, 1)},
    ]
    assert [(r["origin_date"], r["value"]) for r in said(*rows, is_newest_only=False)] == [
        (JANUARY.date(), 2028.0), (MAY.date(), 2029.0),
    ]  # fmt: skip
    assert [r["value"] for r in said(*rows)] == [2029.0]


def test_a_quantile_that_did_not_change_since_is_part_of_the_newest():
    rows = [{"quantile": 0.25, "value_date": date(2027, 1, 1)}, {"superseded_at": MAY},
            {"recorded_at": MAY, "value_date": date(2029, 1, 1)}]  # fmt: skip
    assert [(r["output_type_id"], r["value"]) for r in said(*rows)] == [("0.25", 2027.0), ("0.5", 2029.0)]
    assert {r["origin_date"] for r in said(*rows)} == {MAY.date()}


def test_what_was_withdrawn_since_is_not_what_the_community_says_now():
    assert said({"superseded_at": MAY}) == []
    assert len(said({"superseded_at": MAY}, is_newest_only=False)) == 1


def test_compute_before_2031_is_for_the_last_day_of_2030():
    assert target_of("11558", None) == ("compute.metaculus_flop", date(2030, 12, 31), 1.0)
    assert target_of("11675/1", "no year here") is None
