"""Alarms about forecasts: once over the threshold, again at twice it, cleared when taken back or settled."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.alerts import CRITICAL, WARNING
from models.changes.judgement import REARM, Judgement, LastChangeAlert, baseline_of, judge

T = 0.7
DAY = date(2026, 6, 1)
sizes = st.floats(0, 5)


def raised(days_ago, severity=WARNING, *, is_open=True):
    return LastChangeAlert(DAY - timedelta(days=days_ago), severity, "told", "before", is_open)


@pytest.mark.parametrize(
    ("size", "said"), [(0.69, None), (0.7, WARNING), (1.39, WARNING), (1.4, CRITICAL), (float("nan"), None)]
)
def test_the_first_alert_comes_at_the_threshold_and_is_critical_at_twice_it(size, said):
    verdict = judge(size, T, None, DAY)
    assert (verdict.severity if verdict else None) == said


def test_what_was_never_told_is_compared_with_the_first_edition():
    assert baseline_of(None, DAY, "first") == "first"


def test_after_an_alert_what_was_told_is_the_baseline():
    assert baseline_of(raised(REARM.days), DAY, "first") == "told"


def test_while_it_settles_it_is_compared_with_what_it_was_told_against():
    assert baseline_of(raised(3), DAY, "first") == "before"
    assert baseline_of(raised(3, is_open=False), DAY, "first") == "told"


@given(st.floats(0.351, 1.399))
def test_while_it_settles_nothing_is_said_twice(size):
    assert judge(size, T, raised(3), DAY) is None


def test_while_it_settles_the_next_level_is_told():
    assert judge(1.4, T, raised(3), DAY) == Judgement(CRITICAL)
    assert judge(1.4, T, raised(3, CRITICAL), DAY) is None


def test_what_is_taken_back_is_cleared():
    verdict = judge(0.3, T, raised(3), DAY)
    assert verdict.is_cleared
    assert "taken back" in verdict.reason


def test_what_has_settled_is_cleared_and_can_be_raised_again():
    assert judge(0.1, T, raised(20), DAY).is_cleared
    assert judge(0.1, T, raised(20), DAY).since == raised(20).day
    assert judge(0.3, T, raised(3), DAY).since is None
    assert judge(0.1, T, raised(20, is_open=False), DAY) is None
    assert judge(0.8, T, raised(20), DAY) == Judgement(WARNING)


@given(sizes, st.integers(0, 40), st.booleans())
def test_nothing_is_cleared_that_does_not_stand(size, days_ago, is_open):
    verdict = judge(size, T, raised(days_ago, is_open=is_open), DAY)
    assert not (verdict and verdict.is_cleared and not is_open)
