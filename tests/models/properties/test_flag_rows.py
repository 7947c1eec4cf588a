"""Tasks at or above the best people: counted over all that are named, what is claimed apart from what is measured."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.models.world import observation, row, series, world

GPQA, RATING = "gpqa/diamond/epoch", "codeforces/rating/deepseek"
KINDS = [series(GPQA)]


def test_flags_are_counted_over_all_tasks_named_and_the_unmeasured_count_as_not_reached():
    rows = [observation(RATING, date(2026, 5, 1), 3200.0, unit="rating"), observation(GPQA, date(2026, 5, 1), 0.8)]
    known = world(rows, [*KINDS, series(RATING, "rating")], {RATING: [3300.0] * 5 + [4100.0] * 5})
    flags = row(known, "cap.superhuman_flags")
    assert flags["actual_value"] == pytest.approx(1 / 6)
    assert flags["p05"] == pytest.approx(1 / 6)
    assert flags["p95"] == pytest.approx(2 / 6)
    assert flags["status"] == "open"
    assert "at least: 1 of 6, 4 not measured" in flags["status_reason"].lower()
    assert "which count as not reached; 1 measured and not reached (" in flags["status_reason"]
    tasks = {one["task"]: one for one in json.loads(flags["detail_json"])["tasks"]}
    assert tasks["competitive programming"]["probability"] == pytest.approx(0.5, abs=0.1)
    assert tasks["knowledge"]["state"] == "passed"
    assert tasks["mathematics"]["state"] == "unknown"


@pytest.mark.parametrize(
    ("setup", "is_claim"), [("IMO 2026, claimed official", True), ("graded by IMO coordinators", False)]
)
def test_what_is_reached_by_a_claim_alone_says_so(setup, is_claim):
    imo = "imo/points/official"
    known = world([observation(imo, date(2026, 7, 23), 1.0, setup=setup)], [*KINDS, series(imo)])
    flags = row(known, "cap.superhuman_flags")
    said = flags["status_reason"]
    assert (f"by a claim alone: mathematics ({imo}: {setup})" in said) == is_claim
    # A claim is no measurement: at least so many is said of what was measured, and with the claim it is one more.
    assert said.startswith(f"At least: {0 if is_claim else 1} of 6, 5 not measured")
    assert ("; 1 with what is reached by a claim alone: " in said) == is_claim
    assert flags["actual_value"] == pytest.approx(1 / 6)
    assert json.loads(flags["detail_json"]).get("claimed") == (["mathematics"] if is_claim else None)
    assert flags["actual_note"] == f"at or above{' by a claim alone' if is_claim else ''}: mathematics"


def test_beside_the_number_so_far_what_is_measured_stands_apart_from_what_is_claimed():
    imo = "imo/points/official"
    rows = [
        observation(imo, date(2026, 7, 23), 1.0, setup="claimed official"),
        observation(GPQA, date(2026, 5, 1), 0.8),
    ]
    flags = row(world(rows, [*KINDS, series(imo)]), "cap.superhuman_flags")
    assert flags["actual_note"] == "at or above as measured: knowledge; by a claim alone: mathematics"


def test_a_human_reference_may_be_corrected_by_a_reviewed_assumption():
    stated = {
        "assumption_id": "human.gpqa-diamond.expert",
        "value": 0.9,
        "as_of_date": date(2020, 9, 1),
        "source_id": "curated",
    }
    rows = [observation(GPQA, date(2026, 5, 1), 0.8)]
    assert row(world(rows, KINDS), "cap.superhuman_flags")["actual_value"] == pytest.approx(1 / 6)
    assert row(world(rows, KINDS, assumptions=[stated]), "cap.superhuman_flags")["value_state"] == "missing"
