"""What is worth an alert: statuses that change, communities that move in real units, sources that go stale."""

import json
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.alerts import conditions
from flows.settings import AlertSettings, Clock, load_settings
from tests.warehouse.edition_frames import EDITION, dated_row, frame, properties, property_row
from tests.warehouse.fresh import fresh
from warehouse.contracts import core, out, raw
from warehouse.known import community_before, community_now

LIMITS = AlertSettings()
DAY = datetime(2026, 11, 22, 6, 17)


def changed(old, new):
    found = conditions.of_properties(properties([property_row(**old)]), properties([property_row(**new)]))
    return [(one.kind, one.is_cleared) for one in found]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("open", "open", []),
        ("open", "crossed", [("threshold_passed", False)]),
        ("crossed", "resolved", [("property_resolved", False)]),
        ("open", "withheld", [("status_changed", False)]),
        ("crossed", "open", [("status_changed", False), ("threshold_passed", True)]),
        ("resolved", "retired", [("status_changed", False), ("property_resolved", True)]),
    ],
)
def test_a_change_of_status_is_told_as_what_it_is(before, after, told):
    assert changed({"status": before}, {"status": after}) == told


def test_a_row_that_is_new_says_nothing():
    assert conditions.of_properties(properties([]), properties([property_row(status="crossed")])) == []


TODAY = date(2026, 11, 22)


def aged(days_before, days_after, **said):
    """What is told of a row whose newest fact was so many days old yesterday and is so many days old today."""
    yesterday = TODAY - timedelta(days=1)
    before = properties([property_row(inputs_as_of=yesterday - timedelta(days=days_before))])
    after = properties([property_row(inputs_as_of=TODAY - timedelta(days=days_after), **said)])
    return [(one.kind, one.is_cleared) for one in conditions.of_evidence((before, yesterday), (after, TODAY))]


@pytest.mark.parametrize(
    ("days", "said", "told"),
    [
        ((89, 90), {}, []),
        ((90, 91), {}, [("evidence_old", False)]),
        ((91, 92), {}, []),
        ((200, 3), {}, [("evidence_old", True)]),
        ((90, 91), {"status": "retired"}, []),
        ((200, 201), {"status": "retired"}, [("evidence_old", True)]),
    ],
)
def test_a_row_that_begins_to_rot_is_told_once_and_once_more_when_it_is_fed_again(days, said, told):
    assert aged(*days, **said) == told


def test_what_a_rehearsal_called_old_is_taken_back_by_an_edition_of_an_earlier_day():
    """Its day had not come: the alert stood in a home whose rows were fresh, and nothing ever cleared it."""
    rows, name = properties([property_row(inputs_as_of=TODAY - timedelta(days=30))]), property_row()["property_id"]
    eve = TODAY - timedelta(days=1)
    told = conditions.of_evidence((rows, eve), (rows, TODAY), raised=[name])
    assert [(one.kind, one.subject, one.is_cleared) for one in told] == [("evidence_old", name, True)]
    assert conditions.of_evidence((rows, eve), (rows, TODAY)) == []
    aged = properties([property_row(inputs_as_of=TODAY - timedelta(days=300))])
    assert conditions.of_evidence((aged, eve), (aged, TODAY), raised=[name]) == []


def test_a_first_edition_does_not_tell_of_what_was_old_before_it():
    after = properties([property_row(inputs_as_of=date(2020, 1, 1))])
    assert conditions.of_evidence((properties([]), TODAY), (after, TODAY)) == []


def test_a_rotting_row_names_its_newest_fact_and_where_to_look():
    yesterday, newest = TODAY - timedelta(days=1), TODAY - timedelta(days=91)
    rows = properties([property_row(inputs_as_of=newest, label_en="Work")])
    (one,) = conditions.of_evidence((rows, yesterday), (rows, TODAY))
    assert one.title == f"Work: nothing newer than {newest}, 91 days ago: the forecast rests on old facts"
    assert f"gpt2030 explain {one.subject}" in one.body
    assert json.loads(json.dumps(dict(one.detail)))["days"] == 91


def test_the_first_line_names_the_row_before_after_and_why():
    old = dated_row((None,) * 5, status="open", p50=2025.5)
    new = dated_row(
        (None,) * 5, status="crossed", p50=2024.7, actual_date=date(2024, 9, 12), actual_note="o1 94.8 %",
        label_en="Day MATH reaches 92 %", status_reason="o1 scored 94.8 %.",
    )  # fmt: skip
    (one,) = conditions.of_properties(properties([old]), properties([new]))
    assert one.title == "Day MATH reaches 92 %: open → crossed: o1 scored 94.8 %."
    assert "happened: 2024-09-12 o1 94.8 %" in one.body
    assert "median: Jul 2025 → Sep 2024" in one.body
    assert json.loads(json.dumps(dict(one.detail)))["actual_date"] == "2024-09-12"


def question(value, *, scaling="{}", **said):
    row = {
        "platform": "metaculus", "question_id": "3479", "source_row_id": "3479|m|0.5", "title": "AGI", "state": "visible",
        "aggregation": "recency_weighted", "is_conditional": False, "scaling_json": scaling, "source_id": "metaculus",
        "feed": "post-3479", "snapshot_id": "a" * 64, "recorded_at": DAY, "is_deleted": False, "is_backfilled": False,
    }  # fmt: skip
    kind = {"value_date": value, "quantile": 0.5} if isinstance(value, date) else {"value_number": value}
    return row | kind | said


def moved(before, after, limits=LIMITS):
    return conditions.of_community(
        frame(core.COMMUNITY_FORECAST, [before]), frame(core.COMMUNITY_FORECAST, [after]), limits
    )


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        (question(0.5), question(0.59), False),
        (question(0.5), question(0.6), True),
        (question(0.6), question(0.5), True),
        (question(date(2031, 1, 1)), question(date(2031, 6, 29)), False),
        (question(date(2031, 1, 1)), question(date(2031, 6, 30)), True),
        (question(100.0, quantile=0.5), question(124.0, quantile=0.5), False),
        (question(100.0, quantile=0.5), question(75.0, quantile=0.5), True),
        (question(0.0, quantile=0.5), question(1.0, quantile=0.5), True),
        (question(0.0, quantile=0.5), question(0.0, quantile=0.5), False),
    ],
)
def test_a_community_moved_when_it_did_by_the_stated_amount_in_the_questions_unit(before, after, is_told):
    assert [one.kind for one in moved(before, after)] == ["community_moved"] * is_told


def test_the_first_line_names_both_numbers():
    (one,) = moved(question(date(2031, 1, 1)), question(date(2033, 1, 1)))
    assert one.title == "AGI: the community moved from 2031-01-01 to 2033-01-01"
    assert one.subject == "metaculus/3479"


def test_another_scale_is_told_as_that_and_not_as_a_move():
    (one,) = moved(question(5.0, quantile=0.5), question(50.0, quantile=0.5, scaling='{"range_max": 1000}'))
    assert one.kind == "community_rescaled"


def test_the_same_scale_written_in_another_order_is_the_same():
    before, after = question(5.0, scaling='{"a": 1, "b": 2}'), question(5.0, scaling='{"b": 2, "a": 1}')
    assert moved(before, after) == []


@pytest.mark.parametrize(
    "said",
    [{"threshold_date": date(2030, 7, 1)}, {"is_conditional": True}, {"aggregation": "resolution"}, {"quantile": 0.9}],
)
def test_only_the_headline_of_a_question_counts(said):
    assert moved(question(0.1, **said), question(0.9, **said)) == []


def test_a_number_that_is_withheld_now_is_no_move():
    assert moved(question(0.1), question(None, state="withheld")) == []


class TestBefore:
    """What the community is compared with."""

    @pytest.fixture
    def warehouse(self, tmp_path):
        with fresh(tmp_path, now=DAY) as opened:
            yield opened

    def say(self, warehouse, day, value):
        """A new vintage on that day."""
        at = DAY + timedelta(days=day)
        warehouse.execute("UPDATE core.community_forecast SET superseded_at = ? WHERE superseded_at IS NULL", [at])
        row = question(value, recorded_at=at)
        warehouse.insert(core.COMMUNITY_FORECAST, frame(core.COMMUNITY_FORECAST, [row]))

    def publish(self, warehouse, day):
        at = DAY + timedelta(days=day)
        row = EDITION | {"edition_id": f"e{day}", "issued_at": at, "inputs_json": "{}"}
        warehouse.insert(out.EDITION, frame(out.EDITION, [row]))

    def seen(self, warehouse, day):
        clock = Clock(date(2026, 11, 22), DAY + timedelta(days=day), is_given=True)
        before = community_before(warehouse, clock, conditions.COMMUNITY_KINDS)
        assert before is not None
        found = conditions.of_community(before, community_now(warehouse, clock), LIMITS)
        return [one.title for one in found]

    def test_before_the_first_edition_there_is_nothing_to_compare_with(self, warehouse):
        self.say(warehouse, 0, 0.5)
        assert community_before(warehouse, Clock.read(date(2026, 11, 22)), conditions.COMMUNITY_KINDS) is None

    def test_a_slow_drift_is_told_when_it_adds_up(self, warehouse):
        self.say(warehouse, 0, 0.50)
        self.publish(warehouse, 0)
        self.say(warehouse, 1, 0.56)
        self.publish(warehouse, 1)
        assert self.seen(warehouse, 1) == []
        self.say(warehouse, 2, 0.61)
        assert self.seen(warehouse, 2) == ["AGI: the community moved from 50% to 61%"]

    def test_once_told_the_next_move_is_counted_from_there(self, warehouse):
        self.say(warehouse, 0, 0.50)
        self.publish(warehouse, 0)
        self.say(warehouse, 1, 0.65)
        alert = {
            "alert_id": "a", "alert_number": 1, "dedupe_key": "a", "kind": "community_moved", "severity": 1,
            "subject": "metaculus/3479", "state": "raised", "title": "t", "body": "b",
            "fired_at": DAY + timedelta(days=1),
        }  # fmt: skip
        warehouse.insert(out.ALERT, frame(out.ALERT, [alert]))
        assert self.seen(warehouse, 2) == []
        self.say(warehouse, 3, 0.50)
        assert self.seen(warehouse, 3) == ["AGI: the community moved from 65% to 50%"]

    def test_a_question_first_read_later_is_compared_with_its_first_reading(self, warehouse):
        self.publish(warehouse, 0)
        self.say(warehouse, 5, 0.5)
        assert self.seen(warehouse, 5) == []
        self.say(warehouse, 6, 0.7)
        assert self.seen(warehouse, 6) == ["AGI: the community moved from 50% to 70%"]


KEPT = "a" * 64


class TestSources:
    """Sources are judged as `status` judges them."""

    @pytest.fixture
    def found(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        def judge(*looks, held=()):
            only = {name: {"enabled": name == "metr"} for name in conditions_sources()}
            settings = load_settings(home=tmp_path, sources=only)
            with fresh(tmp_path, now=DAY) as warehouse:
                for number, look in enumerate(looks):
                    row = {"look_id": str(number), "source_id": "metr", "feed": "f", "url": "u", "looked_at": DAY}
                    warehouse.insert(raw.LOOK, frame(raw.LOOK, [row | look]))
                counts = {name: 0 for name in raw.LANDING.column_names if name.endswith("_count")}
                for detail in held:
                    row = {"run_id": "1", "source_id": "metr", "feed": "f", "table_name": "*", "snapshot_id": "a" * 64,
                           "parser_digest": "0", "recorded_at": DAY, "is_held": True, "detail": detail}  # fmt: skip
                    warehouse.insert(raw.LANDING, frame(raw.LANDING, [counts | row]))
                return [(one.kind, one.title) for one in conditions.of_sources(warehouse, settings, DAY)]

        return judge

    def test_a_fresh_source_is_no_news(self, found):
        assert found({"outcome": "changed"}) == []

    def test_a_look_that_failed_is_stale_and_says_why(self, found):
        ((kind, title),) = found({"outcome": "server_error", "detail": "answered 503", "snapshot_id": KEPT})
        assert (kind, title) == ("source_stale", "metr: stale: answered 503")

    def test_a_look_too_long_ago_is_stale(self, found):
        ((kind, _),) = found({"outcome": "changed", "snapshot_id": KEPT, "looked_at": DAY - timedelta(days=3)})
        assert kind == "source_stale"

    def test_a_source_that_was_read_once_is_stale_however_often_it_fails(self, found):
        read = {"outcome": "changed", "snapshot_id": KEPT, "looked_at": DAY - timedelta(days=1)}
        ((_, title),) = found(read, {"outcome": "unreachable", "detail": "no answer"})
        assert title == "metr: stale: no answer"

    @pytest.mark.parametrize("looks", [[], [{"outcome": "missing_key", "detail": "no token"}]])
    def test_a_source_that_was_never_read_is_missing_which_is_no_news(self, found, looks):
        assert found(*looks) == []

    def test_a_held_feed_is_its_own_kind(self, found):
        ((kind, title),) = found({"outcome": "changed", "snapshot_id": KEPT}, held=["60 of 177 rows were refused"])
        assert kind == "source_held"
        assert "60 of 177" in title


def conditions_sources():
    from sources.registry import SOURCES

    return SOURCES


def test_a_long_error_keeps_to_one_line():
    one = conditions.of_failure(ValueError("line\n" * 500), date(2026, 11, 22))
    assert "\n" not in one.title
    assert len(one.title) <= 300


def test_a_frame_without_rows_is_no_community(tmp_path):
    nothing = pl.DataFrame(schema=frame(core.COMMUNITY_FORECAST, [question(0.5)]).schema)
    assert conditions.of_community(nothing, frame(core.COMMUNITY_FORECAST, [question(0.5)]), LIMITS) == []
