"""Once the day that was forecast has come: what was measured by then is the row, and nothing is forecast any more."""

from datetime import date

import pytest

from models.properties.declared_inputs import SERIES_INPUTS
from models.properties.table import PROPERTY_IDS, property_cells, property_quantiles, property_table
from tests.models.world import TARGET, observation, row, series, world

AFTER = date(2030, 7, 2)
COMPUTE = SERIES_INPUTS["compute.trend_flop"][0]
SWE = "swe-bench/verified/epoch"


def due(rows, *kinds, day=AFTER, **more):
    return world(rows, kinds, {kind["series_id"]: [] for kind in kinds}, day=day, **more)


def test_a_quantity_is_what_had_been_measured_by_then_and_not_later():
    rows = [
        observation(COMPUTE, date(2030, 6, 1), 1e28, unit="flop"),
        observation(COMPUTE, AFTER, 5e28, unit="flop", system="too late"),
    ]
    found = row(due(rows, series(COMPUTE, "flop")), "compute.train_flop")
    assert (found["status"], found["value_state"], found["p50"]) == ("resolved", "not_applicable", None)
    assert found["actual_value"] == 1e28
    assert "GPT2030_TARGET_DATE" in found["status_reason"]


def test_on_the_very_day_it_has_come():
    rows = [observation(SWE, TARGET, 0.97)]
    assert row(due(rows, series(SWE), day=TARGET), "code.successor_pct")["status"] == "resolved"


def test_what_nobody_measured_any_more_is_unknown():
    rows = [observation(SWE, date(2029, 1, 1), 0.97)]
    found = row(due(rows, series(SWE)), "code.successor_pct")
    assert found["status"] == "unrefittable"
    assert "nothing known measured it after 2029-01-01" in found["status_reason"]


def test_an_event_that_came_is_resolved_however_long_ago():
    found = row(
        due([observation("math/full/any-protocol", date(2024, 9, 12), 0.948)], series("math/full/any-protocol")),
        "math.date_92pct",
    )
    assert (found["status"], found["actual_date"]) == ("resolved", date(2024, 9, 12))


def test_what_was_passed_stays_passed_when_nobody_measures_it_any_more():
    """With the target date, the day on which an AI won gold became "nothing known measured it"."""
    gold = [observation("imo/points/official", date(2025, 7, 21), 0.833333, system="Deep Think")]
    found = row(due(gold, series("imo/points/official")), "math.imo_gold_date")
    assert (found["status"], found["actual_date"], found["p50"]) == ("crossed", date(2025, 7, 21), None)
    assert "GPT2030_TARGET_DATE" in found["status_reason"]


@pytest.mark.parametrize("property_id", ["act.agi_date", "code.apps80_date"])
def test_a_question_that_nobody_asked_is_not_answered_with_no(property_id):
    found = row(due([]), property_id)
    assert (found["status"], found["value_state"]) == ("not_asked", "not_asked")
    assert "Not by" not in found["status_reason"]


def test_constants_and_judgements_never_spoke_of_that_day():
    context = due([], series(COMPUTE, "flop"))
    for property_id in ("speed.human_tpm", "overhang.gpt3_years"):
        assert row(context, property_id)["p50"] is not None
    assert row(context, "math.beats_ucsd_faculty_p")["status"] == "unrefittable"


@pytest.mark.parametrize("target", [date(1990, 1, 1), date(2020, 1, 1), TARGET])
def test_any_day_of_the_past_gives_a_whole_table(target):
    context = due([observation(SWE, date(2026, 1, 1), 0.7)], series(SWE), target_date=target)
    assert property_table(context)["property_id"].to_list() == list(PROPERTY_IDS)
    assert property_quantiles(property_cells(context)).filter(property_id="code.successor_pct").is_empty()
