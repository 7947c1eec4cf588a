"""Lone probabilities: Brier's score of P(at most a number) and of P(by a day), beside ours on the same thresholds."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from models.days import decimal_year
from models.forecasting.forecasters import FORECASTERS
from models.scoring.points import BRIER
from models.scoring.table import score
from tests.models.scoring.test_table import EMPTY, NOTHING, TODAY, evidence

ORIGIN, DAY = date(2023, 6, 7), date(2024, 6, 30)


def said(*rows):
    data = [("a-market", target, ORIGIN, day, "cdf", threshold, value) for target, day, threshold, value in rows]
    return pl.DataFrame(data, schema=EMPTY.schema, orient="row")


def briers(found, **key):
    return found.filter(metric=BRIER, **key)


class TestSeries:
    # By mid-2024 the frontier of the series has reached ten to the fourth and a half or so, and not the fifth.
    @pytest.mark.parametrize(("threshold", "outcome"), [("1e+06", 1.0), ("100", 0.0)])
    def test_it_is_the_squared_distance_from_what_came(self, threshold, outcome):
        (one,) = briers(score(evidence(stated=said(("flop", DAY, threshold, 0.7)))), basis="stated").to_dicts()
        assert one["value"] == pytest.approx((0.7 - outcome) ** 2)
        assert (one["scale"], one["horizon_months"]) == ("probability", 13)
        assert one["detail"].startswith("resolved to ")

    def test_ours_face_the_same_threshold_on_the_same_day(self):
        found = briers(score(evidence(stated=said(("flop", DAY, "1e+06", 0.7)))), basis="retrospective")
        assert set(found["forecaster_id"]) <= set(FORECASTERS)
        assert "gpt2030-pool" in set(found["forecaster_id"])
        assert set(found["origin_date"]) == {ORIGIN}
        # A frontier of ten thousand is far below a million: whoever gives it a chance says so.
        assert found["value"].max() < 0.1

    def test_several_thresholds_of_one_are_one_task(self):
        stated = said(("flop", DAY, "1e+06", 0.7), ("flop", DAY, "100", 0.7))
        (one,) = briers(score(evidence(stated=stated)), basis="stated").to_dicts()
        assert one["value"] == pytest.approx((0.3**2 + 0.7**2) / 2)

    def test_a_day_that_has_not_come_scores_nothing(self):
        stated = said(("flop", date(2024, 12, 31), "1e+06", 0.7))
        assert briers(score(evidence(stated=stated))).is_empty()

    def test_it_is_no_distribution_and_has_no_crps(self):
        found = score(evidence(stated=said(("flop", DAY, "1e+06", 0.7))))
        assert found.filter(pl.col("forecaster_id") == "a-market")["metric"].to_list() == [BRIER]


class TestEvents:
    HAPPENED = pl.DataFrame(
        [("math.imo_gold_date", decimal_year(date(2024, 2, 1)), date(2024, 2, 1), "some system")],
        schema=NOTHING.schema,
        orient="row",
    )

    def score_of(self, by, value, happened=NOTHING, target="math.imo_gold_date"):
        stated = said((target, None, by.isoformat(), value))
        return briers(score(evidence(stated=stated, happened=happened))).to_dicts()

    def test_what_happened_in_time_came_true(self):
        (one,) = self.score_of(date(2024, 12, 31), 0.7, self.HAPPENED)
        assert one["value"] == pytest.approx(0.3**2)
        assert one["detail"] == "happened on 2024-02-01, some system"

    def test_what_happened_too_late_did_not(self):
        (one,) = self.score_of(date(2023, 12, 31), 0.7, self.HAPPENED)
        assert one["value"] == pytest.approx(0.7**2)

    def test_what_has_not_happened_by_its_day_did_not_either(self):
        (one,) = self.score_of(date(2023, 12, 31), 0.7)
        assert one["value"] == pytest.approx(0.7**2)
        assert one["detail"] == "had not happened by then"

    def test_before_its_day_nothing_is_known(self):
        assert self.score_of(date(2025, 12, 31), 0.7) == []
        assert date(2025, 12, 31) > TODAY

    def test_the_last_day_itself_counts_and_is_over_only_when_it_is_over(self):
        on_the_day = self.HAPPENED.with_columns(truth_date=pl.date(2024, 3, 31))
        (one,) = self.score_of(date(2024, 3, 31), 0.7, on_the_day)
        assert one["value"] == pytest.approx(0.3**2)
        assert self.score_of(TODAY, 0.7) == []

    def test_what_was_said_after_its_day_is_no_forecast(self):
        assert self.score_of(ORIGIN, 0.99) == []

    def test_of_a_judgement_nobody_knows_that_it_has_not_come(self):
        assert self.score_of(date(2023, 12, 31), 0.9, target="math.beats_ucsd_faculty_p") == []
