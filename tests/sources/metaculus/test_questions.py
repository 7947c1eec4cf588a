"""Which questions are asked for, and how entries of users are held to account."""

from __future__ import annotations

import pytest

from sources.metaculus.questions import Question, load_questions


def by_post():
    return {question.post_id: question for question in load_questions()}


def test_the_questions_of_the_essay_are_shipped_with_the_property_they_speak_for():
    properties = {post_id: question.property_id for post_id, question in by_post().items()}
    assert properties[6728] == "math.imo_gold_date"
    assert properties[7398] == "code.apps80_date"
    assert properties[11675] == "math.sota_pct"
    assert properties[11558] == "compute.metaculus_flop"
    assert properties[5121] == "act.agi_date"
    assert {3479, 11676, 4518, 19356, 11861, 9062, 12467} <= set(properties)


def test_petaflop_days_become_flop():
    assert by_post()[11558].multiplier == pytest.approx(1e15 * 24 * 60 * 60)
    assert by_post()[11558].unit == "flop"


def test_questions_of_the_user_come_after_the_shipped_ones_and_replace_them_by_post():
    questions = load_questions([{"post_id": 40001, "type": "binary"}, {"post_id": 9062, "type": "date"}])
    assert questions[-1] == Question(40001, "binary")
    assert [question.type for question in questions if question.post_id == 9062] == ["date"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"type": "binary"}, "post_id None"),
        ({"post_id": "5121", "type": "date"}, "post_id '5121'"),
        ({"post_id": True, "type": "date"}, "post_id True"),
        ({"post_id": 5121}, "question 5121 .* type None"),
        ({"post_id": 5121, "type": "dates"}, "question 5121 .* type 'dates'"),
        ({"post_id": 5121, "type": "date", "id": 4}, "unknown key 'id'"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_named(entry, says):
    with pytest.raises(ValueError, match=says):
        load_questions([entry])


def test_the_shipped_types_and_units_are_of_use():
    for question in load_questions():
        assert question.type in {"date", "numeric"}
        assert question.feed == f"post-{question.post_id}"
        assert question.multiplier == 1 or question.range_max_between
