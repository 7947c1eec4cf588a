"""What a platform says of a question: its numbers where it shows them, and else which kind of nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.properties.community import UNREAD, answer, probability_by, quantiles_of, why_empty
from tests.models.world import world

QUESTION = "5121"


def said(question_id=QUESTION, **more):
    level = more.get("quantile")
    return {
        "platform": "metaculus", "question_id": question_id, "source_row_id": f"{question_id}|{level}",
        "state": "visible", "is_conditional": False, **more,
    }  # fmt: skip


def shown(*pairs, **more):
    return [said(quantile=level, value_number=value, **more) for level, value in pairs]


def test_quantiles_come_in_the_order_of_their_levels():
    found = quantiles_of(world(community=shown((0.75, 9.0), (0.25, 1.0), (0.5, 3.0))), QUESTION)
    assert (found.levels, found.values) == ((0.25, 0.5, 0.75), (1.0, 3.0, 9.0))


def test_a_quantile_that_is_kept_back_is_left_out_and_the_rest_are_shown():
    kept = said(quantile=0.75, state="withheld")
    found = answer(world(community=[*shown((0.25, 1.0), (0.5, 3.0)), kept]), QUESTION)
    assert (found.state, found.quantiles.levels) == ("visible", (0.25, 0.5))


def test_a_question_whose_number_begins_alike_is_another_one():
    others = [*shown((0.5, 7.0), question_id=f"{QUESTION}0"), *shown((0.5, 8.0), question_id=f"1{QUESTION}")]
    assert quantiles_of(world(community=others), QUESTION) is None


def test_its_own_sub_question_is_part_of_it_and_can_be_asked_by_itself():
    rows = shown((0.5, 7.0), question_id=f"{QUESTION}/51")
    rows += shown((0.5, 8.0), question_id=f"{QUESTION}/512")
    assert quantiles_of(world(community=rows), QUESTION) is not None
    assert quantiles_of(world(community=rows), f"{QUESTION}/51").values == (7.0,)


def test_what_is_said_under_a_condition_or_elsewhere_is_not_its_answer():
    rows = [*shown((0.5, 7.0), is_conditional=True), *shown((0.5, 8.0), platform="manifold")]
    assert answer(world(community=rows), QUESTION).state == "not_asked"


@pytest.mark.parametrize(("state", "expected"), [*UNREAD.items(), ("live", "not_asked"), ("off", "not_asked")])
def test_of_what_was_never_read_the_state_is_that_of_its_source(state, expected):
    found = answer(world(community_state=state), QUESTION)
    assert (found.state, found.quantiles) == (expected, None)
    assert QUESTION in why_empty(found).text


@pytest.mark.parametrize(
    ("state", "emptiness"),
    [
        ("withheld", "withheld"), ("hidden_until", "withheld"), ("refused", "withheld"), ("visible", "withheld"),
        ("not_asked", "not_asked"), ("missing", "missing"), ("annulled", "missing"), ("no_forecasts", "missing"),
    ],
)  # fmt: skip
def test_what_is_kept_back_is_told_from_what_is_not_there(state, emptiness):
    found = answer(world(community=[said(state=state, state_detail="until May")]), QUESTION)
    assert found.emptiness == emptiness
    assert (found.state, found.detail, found.quantiles) == (state, "until May", None)


days = st.integers(0, 9000).map(lambda after: date(2025, 1, 1) + timedelta(after))


@given(st.lists(days, min_size=3, max_size=3).map(sorted), days, days)
def test_a_later_day_is_no_less_probable_and_none_is_certain(known, one, other):
    rows = [said(quantile=level, value_date=day) for level, day in zip((0.25, 0.5, 0.75), known, strict=True)]
    early, late = (probability_by(world(community=rows), QUESTION, day) for day in sorted((one, other)))
    assert 0 <= early <= late <= 0.75
    if max(one, other) < known[0]:
        assert late == 0
    if min(one, other) > known[2]:
        assert early == 0.75


def test_without_quantiles_there_is_no_probability():
    assert probability_by(world(), QUESTION, date(2030, 7, 1)) is None
