"""Values of JSON one by one: what is read, what is none, and what is named as a flaw."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from sources.reading.json_values import (
    MOST_CHARACTERS,
    Flaw,
    at_seconds,
    count,
    given,
    mapping,
    moment,
    number,
    shown,
    text,
    truth,
)

letters = st.text(st.characters())
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | letters,
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(letters, inner, max_size=30),
    max_leaves=60,
)


@pytest.mark.parametrize("value", [True, False, None, "1", [1], {}, float("nan"), float("inf"), 10**400, -(10**400)])
def test_what_is_no_finite_number_is_none(value):
    assert number(value) is None


@for_any(st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False))
def test_every_other_number_is_itself(value):
    assert number(value) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 0), (7.0, 7), (2**62, 2**62), (-1, None), (0.5, None), (2**63, None), (True, None), ("3", None)],
)
def test_a_count_is_whole_not_negative_and_fits_its_column(value, expected):
    assert count(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (1, None), (0, None), ("true", None)])
def test_a_truth_is_no_number_and_no_word(value, expected):
    assert truth(value) is expected


@pytest.mark.parametrize("body", [{}, {"n": None}])
def test_what_is_not_given_is_none(body):
    assert given(body, "n", number) is None


def test_false_and_nought_are_given():
    assert given({"n": 0}, "n", number) == 0
    assert given({"n": False}, "n", truth) is False


@pytest.mark.parametrize("value", ["", [], {}, False])
def test_nothing_in_another_shape_is_given_too(value):
    with pytest.raises(Flaw):
        given({"n": value}, "n", number)


def test_what_is_given_and_cannot_be_read_is_a_flaw_that_names_it():
    with pytest.raises(Flaw, match="n: given") as caught:
        given({"n": ["a", "b"]}, "n", number)
    assert (caught.value.column, caught.value.value) == ("n", "2 values: a, b")


@for_any(letters)
def test_a_text_can_be_stored_and_is_short(value):
    found = text(value)
    if found is not None:
        assert found.encode().decode() == found == found.strip()
        assert 0 < len(found) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    ("value", "expected"), [("  a b\n", "a b"), ("\ud800x", "?x"), ("", None), (" \t", None), (5, None), (None, None)]
)
def test_a_text_is_trimmed_and_a_blank_is_none(value, expected):
    assert text(value) == expected


@for_any(anything)
def test_whatever_stood_there_is_shown_in_a_few_words(value):
    assert len(shown(value)) <= MOST_CHARACTERS


@for_any(anything)
def test_of_anything_else_than_an_object_nothing_is_in_it(value):
    assert mapping(value) == (value if isinstance(value, dict) else {})


@pytest.mark.parametrize(
    "said",
    [
        "2025-07-19T00:00:00Z", "2025-07-19 00:00:00+00:00", "2025-07-19 02:00:00+02:00", "2025-07-18T19:00:00-05:00",
        "2025-07-19T00:00:00",
    ],
)  # fmt: skip
def test_a_moment_is_told_in_utc_however_it_is_written(said):
    assert moment(said) == datetime(2025, 7, 19, tzinfo=UTC)
    assert moment(said).tzinfo is UTC


@pytest.mark.parametrize(
    "said", ["", "soon", "2025-13-01", "0001-01-01T00:00:00+02:00", "9999-12-31T23:00:00-02:00", 20250719, None]
)
def test_what_is_no_moment_of_the_years_1_to_9999_is_none(said):
    assert moment(said) is None


@for_any(st.datetimes(timezones=st.just(UTC)).map(lambda one: one.replace(microsecond=0)))
def test_seconds_lead_back_to_their_moment(at):
    seconds = (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    assert at_seconds(seconds) == at


@pytest.mark.parametrize("seconds", [1e12, -1e12, 1e300, float("inf"), float("nan")])
def test_seconds_beyond_the_calendar_are_none(seconds):
    assert at_seconds(seconds) is None
