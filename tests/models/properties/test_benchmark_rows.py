"""Rows that are one series: extrapolated, passed, retired, or not to be had."""

from __future__ import annotations

import json
from datetime import date

import pytest

from models.properties.benchmark_rows import MATH
from tests.models.world import TODAY, observation, row, series, world

GPQA, HLE, RATING = "gpqa/diamond/epoch", "hle/no-tools/vendor", "codeforces/rating/deepseek"
MEMBERS = "math/full/single-sample+math/full/aided"
KINDS = [series(GPQA), series(MATH, members=MEMBERS), series("math/500/single-sample")]


def math_rows(*scores: tuple[date, float]) -> list[dict]:
    return [observation(name, day, score) for day, score in scores for name in (MATH, "math/full/aided")]


def test_an_open_series_is_forecast_in_the_unit_of_the_row():
    known = world([observation(GPQA, date(2026, 9, 1), 0.9, system="S")], KINDS, {GPQA: [0.9, 0.92, 0.94, 0.96, 0.98]})
    gpqa = row(known, "know.successor_pct")
    assert gpqa["p50"] == pytest.approx(94)
    assert (gpqa["status"], gpqa["value_state"], gpqa["essay_state"]) == ("open", "value", "not_stated")
    assert gpqa["actual_value"] == pytest.approx(90)
    assert gpqa["actual_note"] == "S, gpqa/diamond/epoch: plain"


def test_a_series_without_rows_is_missing_not_zero():
    gpqa = row(world(), "know.successor_pct")
    assert (gpqa["p50"], gpqa["value_state"], gpqa["actual_state"]) == (None, "missing", "missing")
    assert gpqa["status_reason"] == f"No cited row of gpqa/diamond/epoch is known on {TODAY}."


def test_a_series_nobody_reports_any_more_is_not_extrapolated_even_if_it_could_be():
    known = world(math_rows((date(2024, 9, 18), 0.929)), KINDS, {MATH: [0.93, 0.99]})
    score = row(known, "math.sota_pct")
    assert (score["status"], score["p50"], score["value_state"]) == ("retired", None, "not_applicable")
    assert "no system has been reported on it since 2024-09-18" in score["status_reason"]
    assert "passed 92 % with 92.9 % on 2024-09-18" in score["status_reason"]


def test_an_ended_series_far_from_its_ceiling_is_unrefittable_rather_than_retired():
    rows = [observation("apps/competition/any-protocol", date(2022, 12, 20), 0.255)]
    apps = row(world(rows, [series("apps/competition/any-protocol")]), "code.apps_pct")
    assert (apps["status"], apps["actual_value"]) == ("unrefittable", 25.5)


@pytest.mark.parametrize(("best", "status"), [(0.79, "unrefittable"), (0.81, "retired"), (0.95, "retired")])
def test_what_nobody_reports_any_more_is_retired_only_where_its_record_came_far(best, status):
    """As the meanings of both statuses say: past the mark (here 80 %) or near the ceiling, or short of both."""
    rows = [observation("apps/competition/any-protocol", date(2022, 12, 20), best)]
    assert row(world(rows, [series("apps/competition/any-protocol")]), "code.apps_pct")["status"] == status


def test_what_the_forecaster_refuses_is_refused_here_with_its_reason():
    known = world([observation(GPQA, date(2026, 9, 1), 0.99)], KINDS, {GPQA: []})
    gpqa = row(known, "know.successor_pct")
    assert gpqa["value_state"] == "not_applicable"
    assert "declared retired" in gpqa["status_reason"]


def test_the_newer_version_of_a_benchmark_takes_over_as_soon_as_it_has_rows():
    old, new = "frontiermath/tiers-1-3-v1/epoch", "frontiermath/tiers-1-3-v2/epoch"
    rows = [observation(old, date(2026, 1, 1), 0.4)]
    draws = {old: [0.5], new: [0.7]}
    before = row(world(rows, draws=draws), "math.successor_pct")
    assert before["p50"] == 50
    # The label of the row says version 2.
    assert "older_version" in json.loads(before["detail_json"])["flags"]
    both = [*rows, observation(new, date(2026, 3, 1), 0.6)]
    after = row(world(both, draws=draws), "math.successor_pct")
    assert after["p50"] == 70
    assert "older_version" not in json.loads(after["detail_json"]).get("flags", [])


def test_a_day_not_reached_yet_has_a_distribution_and_a_chance_of_never():
    targets = (date(2027, 1, 1), date(2028, 1, 1), date(2030, 7, 1))
    known = world(math_rows((date(2026, 5, 1), 0.7)), KINDS, {MATH: [0.8] * 2 + [0.95] * 8}, targets=targets)
    day = row(known, "math.date_92pct")
    assert (day["status"], day["actual_state"]) == ("open", "not_yet")
    assert day["never_share"] == pytest.approx(0.2)
    assert TODAY < day["value_date_p50"] <= targets[0]
    assert day["value_date_p95"] is None
    assert int(day["p50"]) == day["value_date_p50"].year
    assert "a chance of 20 % that it is not by 2030-07-01" in day["status_reason"]


def test_a_day_that_may_never_come_has_no_median_and_says_not_yet():
    known = world(math_rows((date(2026, 5, 1), 0.7)), KINDS, {MATH: [0.8] * 9 + [0.95]})
    day = row(known, "math.date_92pct")
    assert (day["p50"], day["value_state"]) == (None, "not_yet")
    assert day["never_share"] == pytest.approx(0.9)


def test_a_day_passed_names_both_problem_sets():
    rows = [
        *math_rows((date(2024, 5, 17), 0.911), (date(2024, 9, 18), 0.929)),
        observation("math/500/single-sample", date(2024, 9, 12), 0.948, system="o1"),
    ]
    day = row(world(rows, KINDS), "math.date_92pct")
    assert day["status"] == "crossed"
    assert day["value_date_p05"] == day["value_date_p95"] == day["actual_date"] == date(2024, 9, 18)
    assert "on the 500-problem split on 2024-09-12 by o1" in day["status_reason"]
    protocols = json.loads(day["detail_json"])["protocols"]
    assert protocols["math/full/aided"]["date"] == "2024-09-18"
    assert protocols["math/full/single-sample"] is None


def test_without_rows_the_day_is_unrefittable_and_the_essays_line_still_computed():
    day = row(world(), "math.date_92pct")
    assert (day["status"], day["value_state"]) == ("unrefittable", "missing")
    assert 2023 < day["essay_recomputed"] < 2025


def test_velocity_is_what_the_record_gained_in_the_year_before():
    known = world(math_rows((date(2025, 6, 1), 0.5), (date(2026, 6, 1), 0.85)), KINDS, {MATH: [0.9]})
    speed = row(known, "math.velocity_pp")
    assert speed["p50"] == speed["actual_value"] == pytest.approx(35)
    assert speed["essay_recomputed"] == pytest.approx(33, abs=0.5)
    assert row(world(), "math.velocity_pp")["value_state"] == "missing"


def test_a_worn_out_benchmark_is_retired_once_its_successor_has_rows():
    worn = observation(GPQA, date(2026, 9, 1), 0.93, system="S")
    kinds, draws = [*KINDS, series(HLE)], {GPQA: [0.95] * 5, HLE: [0.7] * 5}
    still = row(world([worn], kinds, draws), "know.successor_pct")
    assert still["status"] == "open"
    # Named as a successor it is "used up itself" on the same day.
    assert "near_ceiling" in json.loads(still["detail_json"])["flags"]
    retired = row(world([worn, observation(HLE, date(2026, 9, 2), 0.6)], kinds, draws), "know.successor_pct")
    assert (retired["status"], retired["value_state"], retired["actual_value"]) == (
        "retired", "not_applicable", pytest.approx(93),
    )  # fmt: skip
    assert "saturated: 93 % on 2026-09-01 (s" in retired["status_reason"].lower()
    # The record is higher by then: two numbers side by side need a word each.
    assert "was the first at 90% of its ceiling or more" in retired["status_reason"]
    assert "followed by Humanity's Last Exam" in retired["status_reason"]
    (heir,) = json.loads(retired["detail_json"])["beside"]
    assert (heir["is_successor"], heir["value"], heir["p50"]) == (True, pytest.approx(60), pytest.approx(70))


HEIR = observation(HLE, date(2026, 9, 2), 0.6)


@pytest.mark.parametrize(
    ("property_id", "rows", "newer", "is_used_up"),
    [
        # Its day of 92 % alone has come: what the test measures goes on.
        ("math.sota_pct", math_rows((date(2024, 9, 18), 0.929)), math_rows((date(2026, 9, 1), 0.93)), False),
        ("know.successor_pct", [HEIR, observation(GPQA, date(2026, 8, 1), 0.93)], [observation(GPQA, TODAY, 0.95)], True),
        # Silent and used up: that somebody reports on it again changes the reason alone.
        ("know.successor_pct", [HEIR, observation(GPQA, date(2024, 9, 1), 0.93)], [observation(GPQA, TODAY, 0.95)], True),
    ],
)  # fmt: skip
def test_a_report_brings_a_retired_row_back_unless_its_test_is_used_up(property_id, rows, newer, is_used_up):
    kinds, draws = [*KINDS, series(HLE)], {GPQA: [0.95] * 5, HLE: [0.7] * 5, MATH: [0.94] * 5}
    retired = row(world(rows, kinds, draws), property_id)
    assert (retired["status"], json.loads(retired["detail_json"])["is_used_up"]) == ("retired", is_used_up)
    assert (row(world([*rows, *newer], kinds, draws), property_id)["status"] == "retired") == is_used_up


def test_a_benchmark_far_from_its_ceiling_stays_whatever_follows_it():
    rows = [observation(GPQA, date(2026, 9, 1), 0.8), observation(HLE, date(2026, 9, 2), 0.6)]
    assert row(world(rows, [*KINDS, series(HLE)], {GPQA: [0.9] * 5}), "know.successor_pct")["status"] == "open"


def test_an_audit_stands_under_the_benchmark_it_is_about():
    verified = "swe-bench/verified/vendor"
    stated = {
        "assumption_id": "noise.swe-bench-verified", "value": 0.164, "as_of_date": date(2026, 2, 20), "label_en": "tests",
        "citation_title": "an audit", "source_id": "curated",
    }  # fmt: skip
    known = world([observation(verified, date(2026, 7, 1), 0.8)], [series(verified)], {verified: [0.9] * 5},
                  assumptions=[stated])  # fmt: skip
    (audit,) = json.loads(row(known, "code.successor_pct")["detail_json"])["audits"]
    assert (audit["share"], audit["source"]) == (0.164, "an audit")


@pytest.mark.parametrize(("score", "is_told"), [(0.85, True), (0.93, False)])
def test_a_worn_out_successor_is_shown_and_not_drawn_on(score, is_told):
    """Its own row says that nothing more can be read from it: a forecast beside another would say otherwise."""
    known = world([observation(GPQA, date(2026, 9, 1), score)], KINDS, {GPQA: [0.97] * 5})
    (gpqa,) = json.loads(row(known, "know.mmlu_pct")["detail_json"])["beside"]
    assert gpqa["value"] == pytest.approx(100 * score)
    assert ("p50" in gpqa) == is_told


def test_mathematics_has_not_stopped_because_its_test_is_worn_out():
    known = world(math_rows((date(2024, 9, 18), 0.929)), KINDS, {MATH: [0.93, 0.99]})
    pace = row(known, "math.velocity_pp")
    assert (pace["value_state"], pace["actual_state"], pace["status"]) == (
        "not_applicable",
        "not_applicable",
        "retired",
    )


def test_a_pace_is_dated_no_more_exactly_than_the_score_it_comes_from():
    rows = [one | {"date_precision": "month"} for one in math_rows((date(2025, 6, 1), 0.5), (date(2026, 6, 1), 0.85))]
    speed = row(world(rows, KINDS, {MATH: [0.9]}), "math.velocity_pp")
    assert (speed["actual_date"], speed["actual_date_precision"]) == (date(2026, 6, 1), "month")
