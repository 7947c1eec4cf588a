"""The outbox: written with the edition or not at all, due when it should be, and honest about what came of it."""

from datetime import datetime, timedelta

import pytest

from tests.warehouse.edition_frames import EDITION, frame
from tests.warehouse.fresh import fresh
from warehouse import outbox
from warehouse.contracts import out
from warehouse.outbox import EVENTS_CHANNEL

NOW = datetime(2026, 11, 22, 6, 30)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=NOW) as opened:
        yield opened


def alert(number=1, **said):
    row = {
        "alert_id": f"a{number}", "alert_number": number, "dedupe_key": f"key-{number}", "kind": "source_stale",
        "subject": "metr", "state": "raised", "severity": 1, "title": "t", "body": "b", "digest_key": "d1",
        "fired_at": NOW,
    }  # fmt: skip
    return row | said


def delivery(channel_id="slack-0a1b2c3d", **said):
    row = {
        "digest_key": "d1", "channel_id": channel_id, "title": "t", "body": "b", "severity": 1, "queued_at": NOW,
        "state": "pending", "attempts": 0,
    }  # fmt: skip
    return row | said


def post(warehouse, alerts=(), deliveries=()):
    with warehouse.transaction():
        outbox.post(warehouse, frame(out.ALERT, list(alerts)), frame(out.DELIVERY, list(deliveries)))


def states(warehouse):
    return dict(warehouse.rows("SELECT channel_id, state FROM out.delivery"))


def delivered_at(warehouse):
    return warehouse.rows("SELECT delivered_at FROM out.alert")[0][0]


def test_a_transaction_that_fails_leaves_no_alert_and_nothing_to_send(warehouse):
    with pytest.raises(RuntimeError), warehouse.transaction():
        outbox.post(warehouse, frame(out.ALERT, [alert()]), frame(out.DELIVERY, [delivery()]))
        raise RuntimeError("killed")
    assert warehouse.rows("SELECT * FROM out.alert") == []
    assert outbox.due(warehouse, LATER) == []


def test_what_is_pending_is_due_oldest_first(warehouse):
    post(warehouse, deliveries=[delivery(digest_key="d2", queued_at=LATER), delivery()])
    assert [letter.digest_key for letter in outbox.due(warehouse, LATER)] == ["d1", "d2"]


def test_nothing_of_an_edition_that_was_not_published_is_due(warehouse):
    post(warehouse, deliveries=[delivery(edition_id=EDITION["edition_id"])])
    assert outbox.due(warehouse, LATER) == []
    warehouse.insert(out.EDITION, frame(out.EDITION, [EDITION | {"inputs_json": "{}"}]))
    assert [letter.edition_id for letter in outbox.due(warehouse, LATER)] == [EDITION["edition_id"]]


def test_what_failed_waits_for_its_time_and_is_then_sent_with_the_same_bytes(warehouse):
    post(warehouse, deliveries=[delivery(body="ünïcode\n")])
    (letter,) = outbox.due(warehouse, NOW)
    outbox.record_failed(warehouse, letter, "answered 500", LATER)
    assert outbox.due(warehouse, NOW) == []
    (again,) = outbox.due(warehouse, LATER)
    assert (again.digest_key, again.body, again.attempts) == (letter.digest_key, "ünïcode\n", 1)


def test_what_is_given_up_is_kept_with_its_reason_and_never_due(warehouse):
    post(warehouse, deliveries=[delivery()])
    (letter,) = outbox.due(warehouse, NOW)
    outbox.record_failed(warehouse, letter, "answered 410", None)
    assert outbox.due(warehouse, datetime(2100, 1, 1)) == []
    assert warehouse.rows("SELECT state, attempts, last_error FROM out.delivery") == [("dead", 1, "answered 410")]


def test_what_was_delivered_is_not_due_again(warehouse):
    post(warehouse, [alert()], [delivery()])
    (letter,) = outbox.due(warehouse, NOW)
    outbox.record_delivered(warehouse, letter, LATER)
    assert outbox.due(warehouse, LATER) == []
    assert delivered_at(warehouse) == LATER


def test_an_alert_is_delivered_when_every_channel_has_taken_it(warehouse):
    post(warehouse, [alert()], [delivery("a"), delivery("b")])
    first, second = outbox.due(warehouse, NOW)
    outbox.record_delivered(warehouse, first, NOW)
    assert delivered_at(warehouse) is None
    outbox.record_delivered(warehouse, second, LATER)
    assert delivered_at(warehouse) == LATER


def test_events_do_not_count_as_delivery_to_people(warehouse):
    post(warehouse, [alert()], [delivery("a"), delivery(EVENTS_CHANNEL)])
    letters = {letter.channel_id: letter for letter in outbox.due(warehouse, NOW)}
    outbox.record_delivered(warehouse, letters[EVENTS_CHANNEL], NOW)
    assert delivered_at(warehouse) is None
    outbox.record_delivered(warehouse, letters["a"], LATER)
    assert delivered_at(warehouse) == LATER


def test_the_newest_alert_of_a_subject_is_what_stands(warehouse):
    post(warehouse, [alert(1), alert(2, state="cleared"), alert(3, subject="epoch_models")])
    newest = outbox.newest_alerts(warehouse)
    assert dict(zip(newest["subject"], newest["state"], strict=True)) == {"metr": "cleared", "epoch_models": "raised"}
    assert outbox.next_number(warehouse) == 4


def test_the_view_of_open_alerts_leaves_out_what_was_cleared_or_acknowledged(warehouse):
    post(
        warehouse,
        [alert(1), alert(2, state="cleared"), alert(3, subject="a"), alert(4, subject="b"), alert(5, subject="b")],
    )
    assert outbox.acknowledge(warehouse, "a3")
    assert warehouse.rows("SELECT alert_id FROM alert_open") == [("a5",)]


def test_only_a_raised_alert_can_be_acknowledged(warehouse):
    post(warehouse, [alert(1, state="cleared")])
    assert not outbox.acknowledge(warehouse, "a1")
    assert not outbox.acknowledge(warehouse, "a9")


def test_known_keys_are_those_recorded(warehouse):
    post(warehouse, [alert(1)])
    assert outbox.known_keys(warehouse, ["key-1", "key-2"]) == {"key-1"}
    assert outbox.known_keys(warehouse, []) == set()


def test_the_alerts_of_an_edition_come_in_their_order(warehouse):
    post(warehouse, [alert(2, edition_id="e"), alert(1, edition_id="e"), alert(3)])
    assert outbox.alerts_of(warehouse, "e")["alert_id"].to_list() == ["a1", "a2"]
