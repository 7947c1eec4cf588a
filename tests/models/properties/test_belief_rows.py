"""Rows of belief: a community's numbers where shown, the author's judgement as it stands."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.properties.community import answer, probability_by
from tests.models.world import observation, row, world


def said(question_id: str, state: str, **more: Any) -> dict[str, Any]:
    key = more.pop("key", "state")
    return {
        "platform": "metaculus", "question_id": question_id, "source_row_id": f"{question_id}|{key}", "state": state,
        "is_conditional": False, **more,
    }  # fmt: skip


def dated(question_id: str, years: tuple[int, int, int], state: str = "visible", **more: Any) -> list[dict[str, Any]]:
    levels = zip((0.25, 0.5, 0.75), years, strict=True)
    return [
        said(question_id, state, key=f"{more}{level}", quantile=level, value_date=date(year, 1, 1), **more)
        for level, year in levels
    ]


@pytest.mark.parametrize(
    ("source", "state", "status", "words"),
    [
        ("not_asked", "not_asked", "not_asked", "Nobody has asked for Metaculus question 6728"),
        ("off", "not_asked", "not_asked", "Nobody has asked for Metaculus question 6728"),
        ("withheld", "withheld", "withheld", "only to accounts with access"),
        ("missing", "missing", "unrefittable", "has never answered"),
        # It answers, and this question is none of those that it is asked for.
        ("live", "not_asked", "not_asked", "Nobody has asked for Metaculus question 6728"),
    ],
)
def test_a_question_never_read_says_why_with_the_essays_number_beside(source: str, state: str, status: str, words: str):
    gold = row(world(community_state=source), "math.imo_gold_date")
    assert (gold["p50"], gold["value_state"], gold["status"]) == (None, state, status)
    assert gold["essay_p50"] == gold["essay_recomputed"] == 2028
    assert words in gold["status_reason"]


@pytest.mark.parametrize(
    ("state", "words", "cell"),
    [
        ("withheld", "does not show to this account", "withheld"),
        ("hidden_until", "hides its forecast for now", "withheld"),
        ("no_forecasts", "Nobody has forecast", "missing"),
        ("withdrawn", "was withdrawn", "missing"),
        ("annulled", "closed without an answer", "missing"),
        ("error", "could not be read: error", "missing"),
    ],
)
def test_each_way_of_showing_nothing_has_its_own_words(state: str, words: str, cell: str):
    apps = row(world(community=[said("7398", state, state_detail="evidence")]), "code.apps80_date")
    assert apps["value_state"] == cell
    assert words in apps["status_reason"]
    assert "evidence" in apps["status_reason"]


def test_a_visible_question_gives_its_quantiles_as_days():
    agi = row(world(community=dated("5121", (2029, 2032, 2040))), "act.agi_date")
    assert (agi["status"], agi["value_state"]) == ("open", "value")
    assert (agi["value_date_p25"], agi["value_date_p50"]) == (date(2029, 1, 1), date(2032, 1, 1))
    assert agi["p75"] == 2040


def test_only_who_has_asked_may_say_that_a_question_is_not_resolved():
    unread = row(world(community_state="not_asked"), "act.agi_date")
    assert (unread["actual_state"], unread["status"]) == ("not_asked", "not_asked")
    assert unread["actual_note"] == "whether question 5121 has been resolved is not known here"
    answers = [one | {"recorded_at": datetime(2026, 11, 20, tzinfo=UTC)} for one in dated("5121", (2029, 2032, 2040))]
    read = row(world(community=answers), "act.agi_date")
    assert read["actual_state"] == "not_yet"
    assert read["actual_note"] == "question 5121 had not been resolved when it was read on 2026-11-20"


def test_numbers_kept_back_and_conditional_ones_are_not_taken():
    rows = [
        *dated("5121", (2029, 2032, 2040), state="withheld"),
        *dated("5121", (2030, 2033, 2041), is_conditional=True),
    ]
    assert answer(world(community=rows), "5121").quantiles is None


def test_another_question_with_the_same_beginning_is_another_question():
    assert answer(world(community=dated("51210", (2029, 2032, 2040))), "5121").state == "not_asked"
    assert answer(world(community=dated("5121/77", (2029, 2032, 2040))), "5121").state == "visible"


def test_a_resolved_question_is_certain():
    closed = [said("6728", "resolved", key="resolution", aggregation="resolution", value_date=date(2027, 7, 20))]
    gold = row(world(community=closed), "math.imo_gold_date")
    assert gold["status"] == "resolved"
    assert gold["value_date_p05"] == gold["value_date_p95"] == gold["actual_date"] == date(2027, 7, 20)
    assert gold["never_share"] == 0


def test_gold_by_official_grading_counts_although_the_question_asks_for_more():
    rows = [
        observation("imo/points/official", date(2024, 7, 25), 0.666667),
        observation("imo/points/official", date(2025, 7, 21), 0.833333, system="Deep Think"),
        observation("imo/points/lab-graded", date(2025, 7, 19), 0.833333),
    ]
    gold = row(world(rows), "math.imo_gold_date")
    assert (gold["status"], gold["actual_date"], gold["value_state"]) == ("crossed", date(2025, 7, 21), "not_asked")
    assert "Deep Think" in gold["actual_note"]
    silver = row(world(rows[:1]), "math.imo_gold_date")
    assert (silver["status"], silver["actual_state"]) == ("not_asked", "not_yet")
    assert "28" in silver["actual_note"]


def test_compute_of_the_crowd_is_in_operations_beside_the_largest_run_so_far():
    levels = ((0.25, 4.3e26), (0.5, 2.3e27), (0.75, 5.7e28))
    shown = [said("11558", "visible", key=str(level), quantile=level, value_number=value) for level, value in levels]
    rows = [observation("training-compute/language", date(2025, 7, 9), 5e26, system="G")]
    compute = row(world(rows, community=shown), "compute.metaculus_flop")
    assert compute["p50"] == compute["essay_p50"] == 2.3e27
    assert (compute["actual_value"], compute["actual_state"]) == (5e26, "value")


@pytest.mark.parametrize(("property_id", "said"), [("math.beats_ucsd_faculty_p", 0.5), ("act.ferrari_p", 0.4)])
def test_a_judgement_of_2023_is_the_essays_and_not_todays(property_id: str, said: float):
    judged = row(world(), property_id)
    assert [judged[q] for q in ("p05", "p50", "p95")] == [None] * 3
    assert (judged["essay_p50"], judged["value_state"]) == (said, "not_applicable")
    assert judged["status"] == "unrefittable"
    assert "judgement of 2023" in judged["status_reason"]
    assert "Evidence would be" in judged["status_reason"]


def test_the_crowd_bounds_the_ferrari_from_below_and_never_replaces_it():
    ferrari = row(world(community=dated("5121", (2029, 2031, 2040))), "act.ferrari_p")
    assert (ferrari["p50"], ferrari["essay_p50"]) == (None, 0.4)
    assert json.loads(ferrari["detail_json"])["lower_bound"] == pytest.approx(0.5, abs=0.01)
    assert json.loads(row(world(), "act.ferrari_p")["detail_json"])["lower_bound"] is None


def test_probability_by_a_day_is_read_between_quantiles():
    known = world(community=dated("5121", (2029, 2031, 2033)))
    assert probability_by(known, "5121", date(2030, 1, 1)) == pytest.approx(0.375, abs=0.01)
    assert probability_by(known, "5121", date(2020, 1, 1)) == 0
    assert probability_by(known, "5121", date(2090, 1, 1)) == 0.75


def test_days_before_a_reset_grow_from_what_metr_measures_at_80_percent():
    known = world([observation("metr/v1.1/p80-horizon", date(2026, 2, 5), 240.0)])
    days = row(known, "auto.horizon_days")
    # 52.8 months from the record at a doubling every seven.
    assert days["p50"] == pytest.approx(0.5 * 2 ** (52.8 / 7), rel=0.01)
    assert (days["actual_kind"], days["essay_p50"]) == ("derived", 3)
    assert days["actual_value"] == pytest.approx(0.5)
    assert "not by a fit" in days["status_reason"]


def test_without_a_measured_horizon_the_essays_days_stand():
    days = row(world(), "auto.horizon_days")
    assert (days["p50"], days["actual_state"]) == (3, "missing")


def test_check_ins_follow_the_refitted_horizon():
    rows = [observation("metr/v1.1/p80-horizon", date(2026, 2, 5), 240.0),
            observation("speed/flagship/any-method", date(2026, 7, 1), 60.0)]  # fmt: skip
    known = world(rows, draws={"speed/flagship/any-method": [60.0] * 5})
    check_ins, days, speed = (row(known, name) for name in ("auto.oversight_h", "auto.horizon_days", "speed.multiple"))
    assert check_ins["actual_value"] == pytest.approx(8 * days["actual_value"] / speed["actual_value"])
    assert check_ins["p50"] == pytest.approx(8 * days["p50"] / speed["p50"], rel=0.05)
