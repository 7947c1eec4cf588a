"""The community as a forecaster: only what was visible when it was recorded, in our targets and units."""

from __future__ import annotations

import math
from datetime import date, datetime

import polars as pl
import pytest

from models.scoring.community import COMMUNITY_ID, MARKETS_ID, community_hub, target_of
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


MARKET = {
    "platform": "manifold", "question_id": "a-market", "value_date": None, "value_number": 900.0,
    "target": "metr/v1.1/p50-horizon", "target_date": date(2026, 12, 31), "forecaster_count": 20,
}  # fmt: skip


class TestMarkets:
    def test_a_market_speaks_for_what_it_declares_in_our_unit(self):
        (row,) = said(MARKET)
        assert (row["forecaster_id"], row["target"]) == (MARKETS_ID, "metr/v1.1/p50-horizon")
        assert (row["target_date"], row["output_type"], row["value"]) == (date(2026, 12, 31), "quantile", 900.0)

    def test_a_lone_probability_above_a_number_is_the_share_at_most_it(self):
        lone = MARKET | {"quantile": None, "value_number": 0.3, "threshold_value": 1000.0}
        (row,) = said(lone)
        assert (row["output_type"], row["output_type_id"], row["value"]) == ("cdf", "1000", pytest.approx(0.7))

    def test_a_lone_probability_by_a_day_is_the_share_by_it(self):
        lone = MARKET | {"quantile": None, "value_number": 0.3, "threshold_date": date(2029, 12, 31),
                              "target": "act.agi_date", "target_date": None}  # fmt: skip
        (row,) = said(lone)
        assert (row["target"], row["output_type"], row["value"]) == ("act.agi_date", "cdf", 0.3)
        assert row["output_type_id"] == "2029-12-31"

    def test_after_its_day_a_probability_forecasts_nothing(self):
        lone = MARKET | {"quantile": None, "value_number": 0.3, "threshold_date": JANUARY.date(), "target_date": None}
        assert said(lone) == []

    def test_at_least_all_of_it_is_not_more_than_all_of_it(self):
        (row,) = said(MARKET | {"quantile": None, "value_number": 0.3, "threshold_value": math.nextafter(1.0, 0.0)})
        assert float(row["output_type_id"]) < 1.0

    def test_of_two_markets_on_the_same_the_one_with_more_traders_speaks(self):
        thin = MARKET | {"question_id": "b-market", "value_number": 5.0, "forecaster_count": 3}
        uncounted = MARKET | {"question_id": "0-market", "value_number": 6.0, "forecaster_count": None}
        assert [row["value"] for row in said(thin, MARKET, uncounted)] == [900.0]
        # Also when the thin one moved last.
        later = thin | {"recorded_at": FEBRUARY}
        assert [row["value"] for row in said(later, MARKET)] == [900.0]
        assert [row["value"] for row in said(later, MARKET, is_newest_only=False)] == [900.0]

    def test_answers_of_several_and_days_of_passing_a_number_are_no_values(self):
        answer = MARKET | {"quantile": None, "value_number": 0.3, "value_text": ">16h", "threshold_value": 960.0}
        passing = MARKET | {"value_number": None, "value_date": date(2028, 1, 1), "threshold_value": 0.95}
        assert said(answer) == []
        assert said(passing) == []

    def test_what_is_resolved_is_forecast_no_more(self):
        assert said(MARKET | {"state": "resolved"}) == []
