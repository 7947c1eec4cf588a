"""From a run to its alerts: what is told, when, and as which bytes to which channel."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from flows.run import telling
from flows.run.run import Request, Run
from flows.settings import Clock, load_settings
from models.alerts import Condition
from tests.warehouse.edition_frames import EDITION, frame, properties, property_row
from tests.warehouse.fresh import fresh
from warehouse import outbox
from warehouse.contracts import out, raw
from warehouse.details import insert_properties
from warehouse.outbox import EVENTS_CHANNEL
from warehouse.snapshots import SnapshotStore

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 23)
MOVED = Condition("forecast_changed", "overhang.work_years", 1, "work-years: 3.1 M → 3.4 M: new rows", "why")
BEFORE = "2026-11-22-0badcafe"
NOW = "2026-11-23-cafebabe"


@dataclass
class Fake:
    """A channel that nothing is sent to here."""

    channel_id: str = "fake-00000000"
    scheme: str = "fake"
    form: str = "text"


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=MIDNIGHT) as opened:
        yield opened


@pytest.fixture
def run(tmp_path, warehouse, monkeypatch):
    """A run of 2026-11-23 over a home whose edition of the day before is published."""
    monkeypatch.chdir(tmp_path)

    def make(*, channels=(), request=None, day=TODAY, outcome="published", **said):
        run = Run(
            load_settings(home=tmp_path, alerts=said.pop("alerts", {})), request or Request(is_offline=True),
            Clock.read(day), tmp_path, warehouse, SnapshotStore(tmp_path), 1, said.pop("is_looking_back", False),
        )  # fmt: skip
        run.channels, run.outcome = tuple(channels), outcome
        for name, value in said.items():
            setattr(run, name, value)
        return run

    return make


def publish(warehouse, edition_id, rows, at=MIDNIGHT):
    named = {"edition_id": edition_id, "origin_date": at.date(), "issued_at": at, "inputs_json": "{}"}
    warehouse.insert(out.EDITION, frame(out.EDITION, [EDITION | named]))
    insert_properties(warehouse, frame(out.PROPERTY, [row | {"edition_id": edition_id} for row in rows]))


def content(*rows):
    return SimpleNamespace(edition_id=NOW, properties=properties(list(rows)))


def look(warehouse, look_id, at):
    row = {"look_id": look_id, "source_id": "metr", "feed": "f", "url": "u", "looked_at": at, "outcome": "changed"}
    warehouse.insert(raw.LOOK, frame(raw.LOOK, [row | {"snapshot_id": "a" * 64}]))


def post(warehouse, mail):
    with warehouse.transaction():
        outbox.post(warehouse, mail.alerts, mail.deliveries)


def told(mail):
    return [(row["kind"], row["state"]) for row in mail.alerts.to_dicts()]


class TestEnded:
    """What a run has to say when it ends."""

    def test_a_first_edition_tells_nothing_of_history(self, run):
        assert told(telling.ended(run(), content(property_row(status="crossed")))) == []

    def test_a_row_that_passed_since_the_edition_before_is_told_with_its_edition(self, run, warehouse):
        publish(warehouse, BEFORE, [property_row()], MIDNIGHT - timedelta(days=1))
        mail = telling.ended(run(), content(property_row(status="crossed")))
        assert told(mail) == [("threshold_passed", "raised")]
        assert mail.alerts["edition_id"].to_list() == [NOW]

    def test_what_comparing_found_is_told_with_it(self, run, warehouse):
        publish(warehouse, BEFORE, [property_row()], MIDNIGHT - timedelta(days=1))
        mail = telling.ended(run(conditions=[MOVED]), content(property_row()))
        assert told(mail) == [("forecast_changed", "raised")]

    @pytest.mark.parametrize("outcome", ["held", "unchanged"])
    def test_nothing_is_told_of_an_edition_that_is_not_published(self, run, warehouse, outcome):
        publish(warehouse, BEFORE, [property_row()], MIDNIGHT - timedelta(days=1))
        made = run(conditions=[MOVED], outcome=outcome, messages=["stop: x"])
        mail = telling.ended(made, content(property_row(status="crossed")))
        assert {kind for kind, _ in told(mail)} <= {"publication_held"}
        assert mail.alerts["edition_id"].null_count() == mail.alerts.height

    def test_a_hold_is_told_once_and_cleared_by_the_next_publication(self, run, warehouse):
        held = run(outcome="held", messages=["stop: numbers_finite"])
        first = telling.ended(held, content())
        assert told(first) == [("publication_held", "raised")]
        post(warehouse, first)
        assert told(telling.ended(held, content())) == []
        assert told(telling.ended(run(), content())) == [("publication_held", "cleared")]

    def test_a_failure_is_told_once_and_cleared_by_the_next_run_that_ends(self, run, warehouse):
        first = telling.failed(run(), ValueError("no such file"))
        assert told(first) == [("refresh_failed", "raised")]
        assert "no such file" in first.alerts["title"][0]
        post(warehouse, first)
        assert told(telling.failed(run(), OSError("other"))) == []
        assert told(telling.ended(run(outcome="unchanged"), content())) == [("refresh_failed", "cleared")]

    def test_a_run_that_somebody_stopped_is_no_failure(self, run):
        assert told(telling.failed(run(), KeyboardInterrupt())) == []

    def test_sources_are_judged_unless_nobody_was_asked(self, run, warehouse):
        look(warehouse, "1", MIDNIGHT - timedelta(days=9))
        asked = run(request=Request(), alerts={"stale_days": 2})
        assert ("source_stale", "raised") in told(telling.ended(asked, content()))
        assert told(telling.ended(run(), content())) == []

    def test_a_source_that_is_fresh_again_is_cleared(self, run, warehouse):
        look(warehouse, "1", MIDNIGHT - timedelta(days=9))
        asked = run(request=Request())
        post(warehouse, telling.ended(asked, content()))
        look(warehouse, "2", MIDNIGHT)
        mail = telling.ended(asked, content())
        assert [(row["subject"], row["state"]) for row in mail.alerts.to_dicts()] == [("metr", "cleared")]

    def test_a_look_back_says_nothing(self, run, warehouse):
        publish(warehouse, BEFORE, [property_row()], MIDNIGHT - timedelta(days=1))
        back = run(is_looking_back=True, request=Request(), conditions=[MOVED])
        assert told(telling.ended(back, content(property_row(status="crossed")))) == []

    def test_a_replayed_day_is_judged_and_nobody_is_told(self, run, warehouse):
        publish(warehouse, BEFORE, [property_row()], MIDNIGHT - timedelta(days=1))
        replayed = run(is_backfill=True, request=Request(), channels=[Fake()])
        mail = telling.ended(replayed, content(property_row(status="crossed")))
        assert told(mail) == [("threshold_passed", "raised")]
        assert mail.deliveries.is_empty()

    def test_a_dry_run_puts_nothing_in_the_outbox(self, run):
        dry = run(request=Request(is_dry_run=True, is_offline=True), outcome="held", messages=["x"], channels=[Fake()])
        mail = telling.ended(dry, content())
        assert mail.alerts.height == 1
        assert mail.deliveries.is_empty()

    def test_the_same_edition_after_a_look_back_is_not_told_again(self, run, warehouse):
        publish(warehouse, BEFORE, [property_row()], MIDNIGHT - timedelta(days=1))
        crossed = content(property_row(status="crossed"))
        post(warehouse, telling.ended(run(), crossed))
        publish(warehouse, NOW, [property_row(status="crossed")])
        assert told(telling.ended(run(), crossed)) == []


class TestCompose:
    """What is written for which channel."""

    @pytest.fixture
    def found(self, run):
        """Three alerts of a run, one of them a note."""
        note = Condition("forecast_changed", "a", 0, "a: method", "only the method changed")
        return lambda channels: telling.ended(
            run(conditions=[MOVED, note, Condition("status_changed", "b", 2, "b: open → retired", "")],
                channels=channels), content()
        )  # fmt: skip

    def test_all_alerts_of_a_run_are_one_message(self, found):
        (row,) = found([Fake()]).deliveries.to_dicts()
        assert row["title"] == "b: open → retired (and 1 more)"
        assert "3.1 M → 3.4 M" in row["body"]

    def test_notes_are_kept_and_go_to_prefect_but_not_to_people(self, found):
        mail = found([Fake(), Fake(EVENTS_CHANNEL, form="events")])
        to_people, to_prefect = mail.deliveries.to_dicts()
        assert "only the method" not in to_people["body"]
        assert [event["event"] for event in json.loads(to_prefect["body"])] == [
            "gpt2030.status.changed", "gpt2030.forecast.changed", "gpt2030.forecast.changed",
        ]  # fmt: skip
        keys = dict(zip(mail.alerts["subject"], mail.alerts["digest_key"], strict=True))
        assert keys["a"] is None
        assert keys["b"] == keys["overhang.work_years"] == to_people["digest_key"]

    def test_a_webhook_gets_everything_as_values(self, found):
        (row,) = found([Fake(form="json")]).deliveries.to_dicts()
        said = json.loads(row["body"])
        assert said["type"] == "gpt2030.digest"
        assert said["data"]["digest_key"] == row["digest_key"]
        assert said["data"]["edition_id"] == NOW
        assert [one["subject"] for one in said["data"]["alerts"]] == ["b", "overhang.work_years"]

    def test_an_event_is_about_its_property_and_its_id_is_the_same_again(self, found):
        channels = [Fake(EVENTS_CHANNEL, form="events")]
        first, again = (json.loads(found(channels).deliveries["body"][0]) for _ in range(2))
        assert first[0]["resource"]["prefect.resource.id"] == "gpt2030.property.b"
        assert [event["id"] for event in first] == [event["id"] for event in again]

    def test_without_channels_alerts_are_recorded_and_nothing_is_to_be_sent(self, found):
        mail = found([])
        assert mail.alerts.height == 3
        assert mail.deliveries.is_empty()
        assert mail.alerts["digest_key"].null_count() == 3
