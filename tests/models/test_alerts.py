"""Alerts: said once, told when worse or well again, the same key whenever the same news is told again."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.alerts import KINDS, MOMENTARY, STANDING, Alert, Condition, LastAlert, Occasion, digest, messages

DAY = Occasion(date(2026, 11, 22))
EDITION = Occasion(date(2026, 11, 22), "2026-11-22-0badcafe")


def condition(kind="source_stale", subject="metr", severity=1, **said):
    return Condition(kind, subject, severity, f"{subject}: {kind}", "why", **said)


def heard(found, before=()):
    """What a person was told last, after these messages."""
    newest = {(one.kind, one.subject): one for one in before}
    for one in found:
        newest[one.kind, one.subject] = LastAlert(
            one.kind, one.subject, one.state, one.severity, one.title, one.dedupe_key
        )
    return list(newest.values())


severities = st.integers(0, 2)
standing = st.lists(
    st.builds(condition, st.sampled_from(STANDING), st.sampled_from("abc"), severities),
    unique_by=lambda one: (one.kind, one.subject),
)
anything = st.lists(
    st.builds(condition, st.sampled_from(KINDS), st.sampled_from("abc"), severities, is_cleared=st.booleans())
)


def test_what_is_new_is_raised():
    (one,) = messages([condition()], [], DAY)
    assert (one.state, one.kind, one.subject, one.severity) == ("raised", "source_stale", "metr", 1)


def test_what_still_holds_is_not_said_again():
    assert messages([condition()], heard(messages([condition()], [], DAY)), DAY) == []


def test_what_got_worse_is_said_at_the_next_level():
    before = heard(messages([condition()], [], DAY))
    (one,) = messages([condition(severity=2)], before, DAY)
    assert (one.state, one.severity) == ("raised", 2)


def test_what_got_a_little_better_stands_at_its_highest_level():
    before = heard(messages([condition(severity=2)], [], DAY))
    assert messages([condition(severity=1)], before, DAY) == []


def test_what_no_longer_holds_is_cleared_once():
    before = heard(messages([condition()], [], DAY))
    (one,) = messages([], before, DAY)
    assert (one.state, one.severity) == ("cleared", 1)
    assert one.title == "Cleared: metr: source_stale"
    assert messages([], heard([one], before), DAY) == []


def test_what_a_run_did_not_judge_it_does_not_clear():
    before = heard(messages([condition()], [], DAY))
    assert messages([], before, DAY, judged=("refresh_failed",)) == []


def test_an_acknowledged_alert_is_not_repeated_and_still_cleared():
    (one,) = heard(messages([condition()], [], DAY))
    seen = LastAlert(one.kind, one.subject, "acknowledged", one.severity, one.title, one.dedupe_key)
    assert messages([condition()], [seen], DAY) == []
    assert [found.state for found in messages([], [seen], DAY)] == ["cleared"]


@pytest.mark.parametrize("kind", MOMENTARY)
def test_what_happens_is_not_cleared_by_its_absence(kind):
    before = heard(messages([condition(kind)], [], EDITION))
    assert messages([], before, DAY, judged=KINDS) == []


@pytest.mark.parametrize("kind", MOMENTARY)
def test_what_happens_again_in_another_edition_is_news(kind):
    before = heard(messages([condition(kind)], [], EDITION))
    other = Occasion(date(2026, 12, 22), "2026-12-22-0badcafe")
    assert [one.state for one in messages([condition(kind)], before, other)] == ["raised"]


@pytest.mark.parametrize("kind", MOMENTARY)
def test_the_same_edition_judged_again_says_nothing(kind):
    before = heard(messages([condition(kind)], [], EDITION))
    assert messages([condition(kind)], before, EDITION) == []


def test_only_what_was_raised_is_taken_back():
    taken_back = condition("threshold_passed", "math", is_cleared=True)
    assert messages([taken_back], [], EDITION) == []
    before = heard(messages([condition("threshold_passed", "math")], [], EDITION))
    assert [one.state for one in messages([taken_back], before, EDITION)] == ["cleared"]


def test_a_rise_and_a_fall_in_one_edition_are_two_keys():
    up, down = (
        messages([condition("forecast_changed", detail={"direction": way})], [], EDITION)[0] for way in ("up", "down")
    )
    assert up.dedupe_key != down.dedupe_key


@given(standing)
def test_a_repeat_after_a_crash_has_the_same_keys_whatever_the_order(holding):
    first = messages(holding, [], DAY)
    assert messages(list(reversed(holding)), [], DAY) == first


@given(standing, standing)
def test_nothing_is_said_twice_and_all_that_stands_has_been_said(earlier, now):
    before = heard(messages(earlier, [], DAY))
    told = messages(now, before, EDITION)
    after = heard(told, before)
    assert messages(now, after, EDITION) == []
    stands = {(one.kind, one.subject) for one in after if one.is_open}
    assert stands == {(one.kind, one.subject) for one in now}


UPS_AND_DOWNS = [[condition(severity=1)], [condition(severity=2)], []] * 2


@given(st.lists(anything, max_size=6))
@example(UPS_AND_DOWNS)
def test_no_key_is_ever_used_for_two_messages(runs):
    """Also when a condition comes and goes within one day: a receiver would take the second for a repeat."""
    before, keys = [], []
    for holding in runs:
        told = messages(holding, before, DAY)
        keys += [one.dedupe_key for one in told if one.kind in STANDING]
        before = heard(told, before)
    assert len(keys) == len(set(keys))


@given(anything)
def test_the_heaviest_comes_first_and_the_raised_before_the_cleared(conditions):
    told = messages(conditions, [], EDITION)
    order = [(one.state != "raised", -one.severity) for one in told]
    assert order == sorted(order)
    assert len({(one.kind, one.subject) for one in told}) == len(told)


def test_a_digest_has_the_weightiest_first_line_and_counts_the_rest():
    told = messages([condition(), condition(subject="essay", severity=2), condition(subject="x")], [], DAY)
    whole = digest(told)
    assert whole.title == "essay: source_stale (and 2 more)"
    assert whole.severity == 2
    assert whole.body.count("why") == 3
    # Below its title, that line said the same again.
    assert whole.body.splitlines()[0] == "why"
    assert "essay: source_stale" not in whole.body
    assert whole.body.count("metr: source_stale") == whole.body.count("x: source_stale") == 1


def test_a_digest_of_one_says_its_title_once():
    whole = digest(messages([condition()], [], DAY))
    assert (whole.title, whole.body) == ("metr: source_stale", "why")


@given(standing.filter(bool))
def test_a_digest_depends_on_its_alerts_and_not_on_their_order(holding):
    told = messages(holding, [], DAY)
    assert digest(told) == digest(list(reversed(told)))


@given(standing.filter(lambda one: len(one) > 1))
def test_another_set_of_alerts_has_another_key(holding):
    told = messages(holding, [], DAY)
    assert digest(told).key != digest(told[1:]).key


def test_good_news_is_no_alarm():
    before = heard(messages([condition(severity=2)], [], DAY))
    assert digest(messages([], before, DAY)).severity == 0


@pytest.mark.parametrize(
    ("kind", "state", "event"),
    [
        ("forecast_changed", "raised", "gpt2030.forecast.changed"),
        ("source_stale", "raised", "gpt2030.source.stale"),
        ("source_stale", "cleared", "gpt2030.source.stale.cleared"),
        ("publication_held", "raised", "gpt2030.publication.held"),
    ],
)
def test_events_are_named_after_their_kind(kind, state, event):
    assert Alert(kind, "x", state, 1, "t", "b", {}, "k").event == event


def test_a_kind_or_severity_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no kind"):
        condition("source_stall")
    with pytest.raises(ValueError, match="severity 3"):
        condition(severity=3)
