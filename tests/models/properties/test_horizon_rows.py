"""Rows of time horizons: quantiles as far as can be scored, declared courses beyond, days of marks."""

from __future__ import annotations

import json
from datetime import date

import pytest

from models.properties.declared_inputs import TAILS
from models.properties.horizon_rows import CAP_HOURS, HORIZONS, Scenario
from tests.models.world import observation, row, series, world

METR, METR_80 = "metr/v1.1/p50-horizon", "metr/v1.1/p80-horizon"
DAY = date(2026, 4, 7)
YEARS = (date(2027, 7, 1), date(2028, 7, 1), date(2029, 7, 1), date(2030, 7, 1))
KINDS = [series(METR, "minutes"), series(METR_80, "minutes")]
STATED = {
    "assumption_id": "auto.metr_last_p50_hours", "value": 16.0, "low": 8.5, "high": 55.0, "interval": "p025-p975",
    "as_of_date": date(2026, 5, 8), "source_id": "curated",
}  # fmt: skip


def horizon(**more):
    rows = [observation(METR, DAY, 1045.0, system="Mythos"), observation(METR_80, DAY, 186.0, system="Mythos")]
    draws = {METR: [3000.0, 6000.0, 9000.0], METR_80: [600.0, 900.0, 1200.0]}
    return row(world(rows, KINDS, draws, targets=YEARS, **more), "auto.metr_h")


def test_the_target_itself_has_no_point_and_is_compared_all_the_same():
    one = horizon()
    assert (one["status"], one["p50"], one["value_state"]) == ("beyond_range", None, "not_applicable")
    assert one["actual_value"] == pytest.approx(17.4, abs=0.1)
    assert one["actual_kind"] == "measured"


def test_the_years_that_can_be_scored_have_quantiles_at_50_and_at_80_percent():
    ahead = json.loads(horizon()["detail_json"])["ahead"]
    assert [(one["series"], one["date"]) for one in ahead] == [
        (METR, "2027-07-01"), (METR, "2028-07-01"), (METR_80, "2027-07-01"), (METR_80, "2028-07-01"),
    ]  # fmt: skip
    assert [ahead[0]["p50"], ahead[2]["p50"]] == [pytest.approx(100), pytest.approx(15)]
    assert "By 2027-07-01 100 h" in horizon()["status_reason"]


def test_what_is_not_known_of_the_last_horizon_is_not_known_of_the_next():
    sure, unsure = (json.loads(horizon(assumptions=stated)["detail_json"])["ahead"][0] for stated in ([], [STATED]))
    assert unsure["p50"] == pytest.approx(sure["p50"], rel=0.1)
    assert unsure["p05"] < sure["p05"] / 1.3
    assert unsure["p95"] > sure["p95"] * 1.5


def test_the_target_has_declared_courses_with_the_interval_of_the_last_measurement():
    courses = {one["name"]: one for one in json.loads(horizon(assumptions=[STATED])["detail_json"])["scenarios"]}
    slow = courses["slows to a year"]
    assert slow["hours"] == pytest.approx(17.42 * 2 ** (50.8 / 12), rel=0.01)
    assert (slow["low"] / slow["hours"], slow["high"] / slow["hours"]) == (
        pytest.approx(8.5 / 17.42, rel=0.01), pytest.approx(55 / 17.42, rel=0.01),
    )  # fmt: skip
    assert slow["interval_share"] == pytest.approx(1 - 2 * TAILS[STATED["interval"]])
    assert courses["goes on as since 2023"]["hours"] == CAP_HOURS
    assert courses["goes on as since 2023"]["is_capped"]


def test_a_course_that_bends_is_the_fast_one_until_then_and_the_slow_one_after():
    bends = Scenario("bends", 4, "declared", date(2028, 1, 1), 12)
    fast, slow = Scenario("fast", 4, "declared"), Scenario("slow", 12, "declared")
    turn, end = date(2028, 1, 1), date(2030, 7, 1)
    assert bends.reached(10, DAY, turn) == pytest.approx(fast.reached(10, DAY, turn))
    after = bends.reached(10, DAY, end) / bends.reached(10, DAY, turn)
    assert after == pytest.approx(slow.reached(10, turn, end) / 10)


def test_a_day_of_work_is_reached_and_a_month_has_days():
    reach = {(one["series"], one["mark"]): one for one in json.loads(horizon()["detail_json"])["reach"]}
    assert reach[METR, "a day"] == {"series": METR, "mark": "a day", "reached": "2026-04-07", "by": "Mythos"}
    month = reach[METR_80, "a month"]
    assert month["never_share"] == pytest.approx(1.0)
    assert month["p50"] is None
    assert reach[METR_80, "a day"]["p50"] <= "2027-07-01"


@pytest.mark.parametrize("minutes", range(1500, 3300, 150))
def test_days_of_marks_and_quantiles_of_days_say_the_same(minutes):
    """43 hours were the median of a day before the one on which 40 were reached: one knew the error, one did not."""
    rows = [observation(METR, DAY, 1045.0), observation(METR_80, DAY, 186.0)]
    draws = {METR: [minutes * 0.6, float(minutes), minutes * 1.7], METR_80: [300.0]}
    one = row(world(rows, KINDS, draws, targets=YEARS, assumptions=[STATED]), "auto.metr_h")
    detail = json.loads(one["detail_json"])
    week = next(each for each in detail["reach"] if (each["series"], each["mark"]) == (METR, "a week"))
    for near in (each for each in detail["ahead"] if each["series"] == METR):
        for hours, by in (("p75", "p25"), ("p50", "p50"), ("p25", "p75")):
            assert (near[hours] >= 40) == (week[by] is not None and week[by] <= near["date"]), (near, week)


@pytest.mark.parametrize(("hours", "is_said"), [(17.4, True), (0.01, False)])
def test_that_a_course_is_capped_is_said_where_one_is(hours, is_said):
    rows = [observation(METR, DAY, hours * 60)]
    one = row(world(rows, KINDS, {METR: [hours * 60]}, targets=YEARS), "auto.metr_h")
    detail = json.loads(one["detail_json"])
    assert ("capped" in detail["flags"]) is is_said
    assert any(each["is_capped"] for each in detail["scenarios"]) is is_said


def test_without_rows_nothing_is_known():
    assert row(world(), "auto.metr_h")["status"] == "unrefittable"
    assert row(world(), "cyber.horizon")["value_state"] == "missing"


def test_the_cyber_row_is_a_horizon_in_hours():
    lyptus = "cyber-horizon/p50/lyptus"
    one = row(world([observation(lyptus, DAY, 306.0)], [series(lyptus, "minutes")], {lyptus: [600.0]}), "cyber.horizon")
    assert (one["unit"], one["actual_value"]) == ("hours", pytest.approx(5.1))
    assert "UK AISI" in one["status_reason"]


def test_a_horizon_that_is_stated_as_a_floor_says_so():
    """The file has 17.4, its publisher says "at least 16": the number alone was more than METR states."""
    one = horizon(assumptions=[STATED])
    assert json.loads(one["detail_json"])["at_least"] == 16.0
    assert (
        "METR states its newest as at least 16 h; the number is the point estimate of its file." in one["status_reason"]
    )
    for stated in ([], [STATED | {"value": 20.0}], [STATED | {"high": 17.0}]):
        silent = horizon(assumptions=stated)
        assert "at_least" not in json.loads(silent["detail_json"])
        assert "at least" not in silent["status_reason"]


def test_a_forecast_of_days_ahead_is_none_of_the_coming_years():
    """An edition of 30 June said "By 2025-07-01 0.98 h (0.98–0.98)"."""
    rows = [observation(METR, DAY, 1045.0)]
    for day, first in ((date(2027, 6, 30), "2028-07-01"), (date(2027, 6, 1), "2027-07-01")):
        one = row(world(rows, KINDS, {METR: [3000.0]}, targets=YEARS, day=day), "auto.metr_h")
        assert json.loads(one["detail_json"])["ahead"][0]["date"] == first


def test_a_pace_of_another_instrument_is_named_as_one():
    sources = {one.name: one.source for one in HORIZONS["cyber.horizon"].scenarios}
    assert [name for name, source in sources.items() if "AISI" in name and "80 %" not in source] == []
