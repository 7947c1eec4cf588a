"""Reading rows, records and levels out of what was known on the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.properties import context
from tests.models.world import TODAY, observation, series, world

MEMBERS = "math/full/single-sample+math/full/aided"


def test_rows_of_the_future_are_not_seen():
    rows = [
        observation("a/b", date(2026, 1, 1), 0.5),
        observation("a/b", TODAY + timedelta(days=1), 0.9),
        observation("a/b", date(2026, 2, 1), 0.8, known_date=TODAY + timedelta(days=1)),
    ]
    assert context.rows_of(world(rows), "a/b")["value"].to_list() == [0.5]


def test_the_record_belongs_to_who_reached_it_first():
    rows = [
        observation("a/b", date(2025, 1, 1), 0.9, system="late"),
        observation("a/b", date(2024, 1, 1), 0.9, system="early"),
    ]
    held = context.record(world(rows, [series("a/b")]), "a/b")
    assert held is not None
    assert (held.system, held.day) == ("early", date(2024, 1, 1))
    assert held.note == "early, a/b: plain"


def test_a_level_is_what_was_read_lately_not_the_fastest_ever():
    days = {date(2024, 1, 1): 500.0, date(2026, 5, 1): 60.0, date(2026, 7, 1): 100.0, date(2026, 7, 2): 80.0}
    rows = [observation("speed/x/y", day, value) for day, value in days.items()]
    level = context.current(world(rows, [series("speed/x/y", "tokens_per_second")]), "speed/x/y")
    assert level is not None
    assert (level.value, level.count, level.day) == (80.0, 3, date(2026, 7, 2))
    assert "median of 3 readings" in level.note


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        (("paper", "third_party", "paper"), "; as a third party reports"),
        (("third_party", "paper", "third_party"), ""),
        (("paper", "third_party", "paper", "paper"), "; as a third party reports"),
        (("third_party", "paper", "paper", "third_party"), ""),
        (("paper", "remembered", "paper"), "; from memory"),
    ],
)
def test_a_median_says_on_whose_word_its_middle_rests(words, mark):
    """One of two middle readings is enough: the number is made of both."""
    rows = [
        observation("speed/x/y", date(2026, 7, 1 + place), 50.0 + place, evidence=evidence, system=f"s{place}")
        for place, evidence in enumerate(words)
    ]
    level = context.current(world(rows, [series("speed/x/y", "tokens_per_second")]), "speed/x/y")
    assert level is not None
    assert level.note == f"median of {len(words)} readings up to {level.day}, speed/x/y{mark}"


def test_what_a_level_stands_for_is_read_one_by_one_and_of_a_record_nothing_is():
    days = {date(2024, 1, 1): 500.0, date(2026, 5, 1): 60.0, date(2026, 7, 1): 100.0}
    rows = [observation(name, day, value) for name in ("speed/x/y", "a/b", "a/c") for day, value in days.items()]
    known = world(rows, [series("speed/x/y", "tokens_per_second"), series("a/b")])
    assert [one.value for one in context.lately_read(known, "speed/x/y")] == [60.0, 100.0]
    assert [context.lately_read(known, name) for name in ("a/b", "a/c", "a/d")] == [[], [], []]
    assert [context.is_level(known, name) for name in ("speed/x/y", "a/b", "a/c")] == [True, False, False]


def test_a_whole_number_that_was_read_is_not_rounded_away():
    """As its row in the evidence says it: a window of 2,048 tokens is not one of 2,050."""
    known = world([observation("window/x", date(2019, 2, 14), 2048.0)], [series("window/x", "tokens")])
    held = context.current(known, "window/x")
    assert held is not None
    assert context.told_in_its_unit(known, held) == "2,048 tokens"


def test_a_record_series_is_read_as_its_record():
    rows = [observation("a/b", date(2024, 1, 1), 0.9), observation("a/b", date(2026, 1, 1), 0.7)]
    held = context.current(world(rows, [series("a/b")]), "a/b")
    assert held is not None
    assert held.value == 0.9


def test_the_first_at_a_threshold_is_the_best_of_that_day():
    rows = [
        observation("a/b", date(2024, 5, 1), 0.93, system="good"),
        observation("a/b", date(2024, 5, 1), 0.95, system="better"),
        observation("a/b", date(2024, 1, 1), 0.91, system="not yet"),
        observation("a/b", date(2025, 1, 1), 0.99, system="later"),
    ]
    first = context.first_at_or_above(world(rows, [series("a/b")]), "a/b", 0.92)
    assert first is not None
    assert (first.system, first.day) == ("better", date(2024, 5, 1))
    assert context.first_at_or_above(world(rows), "a/b", 0.999) is None
    assert context.first_at_or_above(world(rows), "no/rows", 0.1) is None


def pooled(value, member, **more):
    """A row of a member as the series that pools it holds it."""
    day = date(2024, 9, 18)
    return observation("math/full/any-protocol", day, value, system="Q", **more) | {"measured_as": member}


def test_a_pooled_row_names_the_protocol_it_was_measured_under():
    rows = [
        observation("math/full/aided", date(2024, 9, 18), 0.929, system="Q", setup="best of 8"),
        observation("math/full/single-sample", date(2024, 9, 18), 0.85, system="Q", setup="greedy"),
        pooled(0.929, "math/full/aided", setup="best of 8"),
        pooled(0.85, "math/full/single-sample", setup="greedy"),
    ]
    # The same paper may state both under one row id: only value and setup tell the protocols apart.
    rows = [{**one, "source_row_id": "Q|2024-09-18"} for one in rows]
    held = context.record(world(rows, [series("math/full/any-protocol", members=MEMBERS)]), "math/full/any-protocol")
    assert held is not None
    assert held.protocol == "math/full/aided: best of 8"


@pytest.mark.parametrize(
    ("precision", "said"), [("month", "in 2026-01"), ("year", "in 2026"), ("day", "on 2026-01-01")]
)
def test_a_month_is_told_as_a_month(precision: str, said: str):
    held = context.record(world([observation("a/b", date(2026, 1, 1), 0.5, date_precision=precision)]), "a/b")
    assert held is not None
    assert held.said(50).startswith(f"50 {said} (")


@pytest.mark.parametrize(
    ("evidence", "said"),
    [("paper", ""), ("third_party", "; as a third party reports"), ("remembered", "; from memory")],
)
def test_a_record_says_when_it_rests_on_a_report_or_on_memory(evidence: str, said: str):
    held = context.record(world([observation("a/b", date(2026, 1, 1), 0.5, evidence=evidence)]), "a/b")
    assert held is not None
    assert held.protocol == f"a/b: plain{said}"


def test_the_first_candidate_with_rows_is_chosen():
    known = world([observation("cybench/unguided/x", date(2026, 1, 1), 0.5), observation("b/b", date(2026, 1, 1), 0.5)])
    assert context.choose(known, ("a/a", "b/b")) == "b/b"
    assert context.choose(known, ("cybench/", "b/b")) == "cybench/unguided/x"
    assert context.choose(known, ("a/a",)) is None


@pytest.mark.parametrize(("days", "expected"), [(548, False), (549, True)])
def test_a_series_is_quiet_after_a_year_and_a_half(days: int, expected: bool):
    known = world([observation("a/b", TODAY - timedelta(days=days), 0.5)])
    assert context.is_quiet(known, "a/b") is expected


def test_draws_are_read_for_the_target_date():
    known = world([observation("a/b", date(2026, 1, 1), 0.5)], draws={"a/b": [0.5, 0.7]})
    assert context.at_target(known, "a/b").tolist() == [0.5, 0.7]
    assert context.at_target(known, "b/b") is None


def test_once_the_target_has_passed_what_was_reached_by_it_stands():
    rows = [observation("a/b", date(2024, 1, 1), 0.5), observation("a/b", date(2026, 1, 1), 0.9)]
    known = world(rows, draws={"a/b": [0.95]}, target_date=date(2025, 1, 1))
    assert context.at_target(known, "a/b").tolist() == [0.5]


def test_an_assumption_is_not_known_before_it_was_stated():
    stated = {
        "assumption_id": "data.stock_tokens",
        "value": 3e14,
        "as_of_date": date(2024, 6, 1),
        "source_id": "curated",
    }
    assert "data.stock_tokens" in context.assumed(world(assumptions=[stated]))
    assert "data.stock_tokens" not in context.assumed(world(assumptions=[stated], day=date(2023, 6, 19)))


def test_the_essays_constants_never_drift_whoever_else_states_them():
    other = {"assumption_id": "speed.human_wpm", "value": 250.0, "as_of_date": date(2020, 1, 1), "source_id": "curated"}
    assert context.assumed(world(assumptions=[other]))["speed.human_wpm"]["value"] == 380


def test_a_fit_that_nobody_made_is_empty():
    assert context.fit_of(world(), "a/b") == {}
    assert context.fit_of(world(draws={"a/b": []}), "a/b")["status"] == "frozen"


def test_names_of_a_page_s_length_leave_room_for_the_others():
    endless = observation("a/b", date(2026, 1, 1), 0.5, system="W" * 10_000, setup="x " * 5_000)
    held = context.record(world([endless]), "a/b")
    assert held.note.startswith("WWWW")
    assert len(held.note) < 400
