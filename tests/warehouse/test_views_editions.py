"""Views of what is published and of how fresh it is: the edition in force, and the health of the sources."""

from __future__ import annotations

from datetime import date

import pytest

from tests.warehouse.edition_frames import frame
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation, origin
from warehouse import views
from warehouse.contracts import TABLES, core, out, raw
from warehouse.contracts.change import CHANGE
from warehouse.details import insert_properties
from warehouse.spans import insert_scores
from warehouse.vintages import land

OF_AN_EDITION = ("change_latest", "forecast_latest", "property_latest", "score_latest")


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path / "home", now=START) as opened:
        yield opened


EDITION = {
    "origin_date": date(2024, 1, 1),
    "target_date": date(2030, 7, 1),
    "code_version": "1",
    "content_digest": "d",
    "settings_json": "{}",
    "inputs_json": "{}",
}
RUN = {"started_at": START, "finished_at": START, "origin_date": date(2024, 1, 1), "message": "m"} | dict.fromkeys(
    ("added_count", "revised_count", "deleted_count", "unchanged_count", "quarantined_count"), 0
)
PROPERTY = {
    "property_id": "math.sota_pct", "row_number": 1, "section": 1, "basis": "fit", "label_en": "l", "label_zh": "l",
    "unit": "share", "value_state": "value", "essay_state": "value", "actual_state": "not_yet", "status": "open",
    "status_reason": "r", "formula": "f",
}  # fmt: skip
FORECAST = {"forecaster_id": "f", "target": "t", "origin_date": date(2024, 1, 1), "target_date": date(2030, 7, 1)}


def publish(warehouse, edition_id, day, p50):
    """One edition with one row in each of its tables."""
    named = {"edition_id": edition_id}
    warehouse.insert(out.EDITION, frame(out.EDITION, [EDITION | named | {"issued_at": moment(day)}]))
    insert_properties(warehouse, frame(out.PROPERTY, [PROPERTY | named | {"p50": p50}]))
    quantile = {"output_type": "quantile", "output_type_id": "0.5", "value": p50}
    warehouse.insert(core.FORECAST, frame(core.FORECAST, [FORECAST | named | quantile]))
    score = {"basis": "published", "scale": "log", "horizon_months": 78, "metric": "crps", "value": p50}
    insert_scores(warehouse, edition_id, frame(out.SCORE, [FORECAST | named | score]))
    change = {"previous_edition_id": "x", "property_id": "math.sota_pct", "cause": "total", "amount": p50}
    warehouse.insert(CHANGE, frame(CHANGE, [change | named]))


def finish_run(warehouse, number, edition_id, outcome="published"):
    row = RUN | {"run_id": f"run-{number}", "run_number": number, "outcome": outcome, "edition_id": edition_id}
    warehouse.insert(out.RUN, frame(out.RUN, [row]))


class TestEditions:
    """The table in force is that of the newest run; as of a day, that last issued by then."""

    def in_force(self, warehouse):
        return {name: [one for (one,) in warehouse.rows(f"SELECT edition_id FROM {name}")] for name in OF_AN_EDITION}

    def test_before_the_first_edition_every_view_is_empty(self, warehouse):
        assert self.in_force(warehouse) == {name: [] for name in OF_AN_EDITION}
        assert warehouse.rows("SELECT * FROM property_as_of('2024-01-01')") == []

    def test_all_views_speak_of_the_edition_in_force(self, warehouse):
        for number, (edition, day) in enumerate((("e1", 0), ("e2", 5)), 1):
            publish(warehouse, edition, day, number / 10)
            finish_run(warehouse, number, edition)
        assert self.in_force(warehouse) == {name: ["e2"] for name in OF_AN_EDITION}

    def test_a_run_that_held_or_failed_leaves_the_edition_before_it_in_force(self, warehouse):
        publish(warehouse, "e1", 0, 0.1)
        finish_run(warehouse, 1, "e1")
        finish_run(warehouse, 2, None, "failed")
        assert warehouse.rows("SELECT edition_id, p50 FROM property_latest") == [("e1", 0.1)]

    def test_an_edition_that_no_run_stands_on_is_history_only(self, warehouse):
        publish(warehouse, "e1", 0, 0.1)
        finish_run(warehouse, 1, "e1")
        publish(warehouse, "candidate", 9, 0.9)
        assert warehouse.rows("SELECT edition_id FROM property_latest") == [("e1",)]
        assert warehouse.rows("SELECT edition_id, is_in_force FROM property_history") == [
            ("e1", True),
            ("candidate", False),
        ]

    def test_a_later_run_for_an_older_day_replaces_the_table(self, warehouse):
        publish(warehouse, "new-day", 9, 0.9)
        finish_run(warehouse, 1, "new-day")
        publish(warehouse, "old-day", 0, 0.1)
        finish_run(warehouse, 2, "old-day")
        assert warehouse.rows("SELECT edition_id FROM property_latest") == [("old-day",)]

    @pytest.mark.parametrize(
        ("when", "edition"),
        [
            ("DATE '2023-12-31'", None), ("DATE '2024-01-01'", "e1"), ("TIMESTAMP '2024-01-06 06:29:59'", "e1"),
            ("TIMESTAMP '2024-01-06 06:30:00'", "e3"), ("DATE '2030-01-01'", "e3"),
        ],
    )  # fmt: skip
    def test_as_of_a_day_the_edition_last_issued_by_then_stands(self, warehouse, when, edition):
        # e2 and e3 were issued for the same moment; the later run replaced the earlier one's table.
        for number, (name, day) in enumerate((("e1", 0), ("e2", 5), ("e3", 5)), 1):
            publish(warehouse, name, day, 0.5)
            finish_run(warehouse, number, name)
        finish_run(warehouse, 4, "e2", "unchanged")
        found = warehouse.rows(f"SELECT edition_id FROM property_as_of({when})")
        assert found == ([(edition,)] if edition else [])

    def test_rows_come_in_the_order_of_the_table(self, warehouse):
        publish(warehouse, "e1", 0, 0.1)
        second = PROPERTY | {"edition_id": "e1", "property_id": "a.first-by-name", "row_number": 2}
        insert_properties(warehouse, frame(out.PROPERTY, [second]))
        finish_run(warehouse, 1, "e1")
        assert warehouse.rows("SELECT row_number, origin_date, issued_at FROM property_latest") == [
            (1, date(2024, 1, 1), moment(0)), (2, date(2024, 1, 1), moment(0)),
        ]  # fmt: skip


def look(number, source, feed, day, outcome, snapshot=None, detail=None):
    return {
        "look_id": f"look-{number}", "source_id": source, "feed": feed, "url": "https://example.org", "detail": detail,
        "looked_at": moment(day), "outcome": outcome, "snapshot_id": snapshot,
    }  # fmt: skip


def snapshot(identifier, source, feed, day):
    return {
        "snapshot_id": identifier * 64, "source_id": source, "feed": feed, "url": "https://example.org", "bytes": 1,
        "retrieved_at": moment(day), "licence": "CC BY 4.0", "is_backfilled": False,
    }  # fmt: skip


class TestSourceHealth:
    """Per source: the newest look, the age of the bytes in force, what stands and what was refused."""

    @pytest.fixture
    def health(self, warehouse):
        """Two feeds of one source of which one fell behind, and one source that nobody could ask."""
        snapshots = [
            snapshot("a", "metr", "runs", 0),
            snapshot("b", "metr", "tasks", 4),
            snapshot("c", "epoch", "f", 1),
        ]
        looks = [
            look(1, "metr", "runs", 0, "changed", "a" * 64),
            look(2, "metr", "runs", 5, "unreachable", "a" * 64, "no route"),
            look(3, "metr", "tasks", 4, "changed", "b" * 64),
            look(4, "metr", "tasks", 5, "unchanged", "b" * 64),
            look(5, "models_dev", "*", 5, "offline"),
            look(6, "epoch", "f", 6, "changed", "c" * 64),
        ]
        warehouse.insert(raw.SNAPSHOT, frame(raw.SNAPSHOT, snapshots))
        warehouse.insert(raw.LOOK, frame(raw.LOOK, looks))
        arrive(warehouse, "metr", moment(0), [observation("a", 0.1), observation("b", 0.2)])
        arrive(warehouse, "metr", moment(4), [observation("a", 0.1)])
        refused = {
            "source_id": "metr", "feed": "runs", "snapshot_id": "a" * 64, "row_json": "{}", "check_name": "c",
            "reason": "r", "recorded_at": moment(0),
        }  # fmt: skip
        rows = [refused | {"quarantine_id": "1"}, refused | {"quarantine_id": "2", "released_at": moment(1)}]
        warehouse.insert(raw.QUARANTINE, frame(raw.QUARANTINE, rows))
        return {row["source_id"]: row for row in warehouse.frame("FROM source_health").iter_rows(named=True)}

    def test_the_newest_look_says_what_came_of_each_feed(self, health):
        row = health["metr"]
        assert (row["last_looked_at"], row["last_outcome"]) == (moment(5), "unchanged, unreachable")
        assert (row["state"], row["detail"]) == ("stale", "no route")

    def test_a_source_that_nobody_could_ask_is_not_asked_rather_than_missing(self, health):
        row = health["models_dev"]
        assert (row["state"], row["newest_outcome"], row["last_outcome"]) == ("not_asked", "offline", None)

    def test_one_fresh_feed_does_not_hide_a_stale_one(self, health):
        assert (health["metr"]["snapshot_retrieved_at"], health["metr"]["snapshot_age_days"]) == (moment(0), 6)
        assert (health["metr"]["last_changed_at"], health["metr"]["feed_count"]) == (moment(4), 2)

    def test_a_source_that_never_answered_has_no_age_rather_than_zero(self, health):
        row = health["models_dev"]
        assert (row["snapshot_age_days"], row["last_changed_at"]) == (None, None)
        assert (row["feed_count"], row["row_count"], row["quarantine_open_count"]) == (0, 0, 0)

    def test_it_counts_what_stands_and_what_is_still_refused(self, health):
        assert (health["metr"]["row_count"], health["metr"]["quarantine_open_count"]) == (1, 1)

    def test_released_rows_are_not_open(self, health, warehouse):
        assert warehouse.rows("SELECT quarantine_id FROM quarantine_open") == [("1",)]


def test_a_folder_in_place_of_the_program_s_files_is_named(warehouse):
    """Facts of somebody's own were said to have been shipped with the program."""
    snapshots = [snapshot(one, "curated", one, 0) for one in "ab"] + [snapshot("c", "essay", "c", 0)]
    urls = {"a": "/own/facts/a.csv", "b": "/own/facts/b.csv", "c": "embedded:essay/c.csv"}
    looks = [
        look(number, one["source_id"], one["feed"], 0, "embedded", one["snapshot_id"]) | {"url": urls[one["feed"]]}
        for number, one in enumerate(snapshots)
    ]
    warehouse.insert(raw.SNAPSHOT, frame(raw.SNAPSHOT, snapshots))
    warehouse.insert(raw.LOOK, frame(raw.LOOK, looks))
    found = dict(warehouse.rows("SELECT source_id, detail FROM source_health WHERE state = 'embedded'"))
    assert found == {"curated": "read from /own/facts in place of the program's own files", "essay": None}


def test_source_health_counts_every_bitemporal_table():
    """A table added to the contracts and not to the view would be missing from row_count in silence."""
    text = (views.HERE / "5_health.sql").read_text()
    assert all(f"FROM {table.full_name} WHERE" in text for table in TABLES if table.is_bitemporal)


def test_withdrawn_community_forecasts_are_not_latest(warehouse):
    row = {
        "platform": "metaculus",
        "question_id": "1",
        "source_row_id": "1",
        "state": "visible",
        "is_conditional": False,
    }
    columns = {column.name for column in core.COMMUNITY_FORECAST.arriving}
    full = frame(core.COMMUNITY_FORECAST, [row]).select(
        name for name in core.COMMUNITY_FORECAST.column_names if name in columns
    )
    for day, arriving in ((0, full), (1, full.clear())):
        with warehouse.transaction():
            land(warehouse, core.COMMUNITY_FORECAST, arriving, origin("metaculus", moment(day)))
        assert warehouse.rows("SELECT count(*) FROM community_latest") == [(1 - day,)]
