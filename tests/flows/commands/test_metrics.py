"""`gpt2030 metrics`: what a monitor learns of a home, in a file that it never finds half written."""

import os
import stat
import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from prometheus_client.openmetrics.parser import text_string_to_metric_families as as_openmetrics
from prometheus_client.parser import text_string_to_metric_families as as_prometheus

from flows.cli import cli
from tests.warehouse.edition_frames import EDITION, frame, property_row
from tests.warehouse.fresh import fresh
from warehouse.contracts import out, raw
from warehouse.details import insert_properties
from warehouse.editions import EditionShelf
from warehouse.outbox import EVENTS_CHANNEL
from warehouse.store import READ_COPY_FILE

DAY = datetime(2026, 11, 22)
EDITION_ID = "2026-11-22-0a1b2c3d"
RUN = {
    "run_id": "2026-11-22/1", "run_number": 1, "started_at": DAY, "finished_at": DAY + timedelta(seconds=90),
    "origin_date": DAY.date(), "edition_id": EDITION_ID, "message": "m",
}  # fmt: skip
COUNTS = {name: 0 for name in out.RUN.column_names if name.endswith("_count")}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def publish(home):
    """A read copy with one run, one edition, and the rows given, table by table."""

    def write(*rows, outcome="published", facts_as_of=date(2026, 11, 22)):
        made = EDITION | {"edition_id": EDITION_ID, "origin_date": DAY.date(), "issued_at": DAY, "recorded_at": DAY}
        told = property_row(edition_id=EDITION_ID, inputs_as_of=facts_as_of, status="open")
        run = COUNTS | RUN | {"outcome": outcome}
        with fresh(home, now=DAY) as warehouse:
            insert_properties(warehouse, frame(out.PROPERTY, [told]))
            for table, row in ((out.EDITION, made), (out.RUN, run), *rows):
                warehouse.insert(table, frame(table, [dict.fromkeys(table.column_names) | row]))
            warehouse.write_copy(home / READ_COPY_FILE)

    return write


def metrics(*arguments, today="2026-11-23"):
    answer = CliRunner().invoke(cli, ["metrics", "--today", today, *arguments])
    assert answer.exit_code == 0, answer.stderr
    return answer.stdout


def values(text):
    return {
        (sample.name.removeprefix("gpt2030_"), *sample.labels.values()): sample.value
        for family in as_openmetrics(text)
        for sample in family.samples
    }


def look(source_id, at=DAY, outcome="changed"):
    row = {"look_id": f"1/{source_id}", "source_id": source_id, "feed": "f", "url": "u", "looked_at": at}
    return raw.LOOK, row | {"outcome": outcome, "snapshot_id": "a" * 64}


def alert(number, severity, state="raised"):
    row = {
        "alert_id": f"a{number}",
        "alert_number": number,
        "dedupe_key": f"k{number}",
        "kind": "k",
        "severity": severity,
    }
    return out.ALERT, row | {"subject": f"s{number}", "state": state, "title": "t", "body": "b", "fired_at": DAY}


def delivery(number, state, channel_id="json-1"):
    row = {"digest_key": f"d{number}", "channel_id": channel_id, "title": "t", "body": "b", "severity": 1}
    return out.DELIVERY, row | {"queued_at": DAY, "state": state, "attempts": 1}


def refusal(number):
    row = {name: "x" for name in raw.QUARANTINE.column_names if name not in {"line_number", "released_at"}}
    return raw.QUARANTINE, row | {
        "quarantine_id": f"q{number}",
        "source_id": "metr",
        "recorded_at": DAY,
        "row_json": "{}",
    }


def test_the_edition_and_the_run_have_an_age_an_outcome_and_a_duration(publish):
    publish(outcome="held")
    found = values(metrics())
    assert found["edition_age_seconds",] == 86400
    assert found["run_age_seconds",] == 86400 - 90
    assert found["run_duration_seconds",] == 90
    assert found["run_outcome", "held"] == 1
    assert found["run_outcome", "published"] == 0


def test_each_source_has_its_state_as_in_status(publish):
    publish(look("metr"), look("epoch_models", DAY - timedelta(days=9)), refusal(1), refusal(2))
    found = values(metrics())
    assert found["source_state", "metr", "live"] == 1
    assert found["source_state", "epoch_models", "stale"] == 1
    assert found["source_state", "metaculus", "not_asked"] == 1
    assert (found["source_fine", "metr"], found["source_fine", "epoch_models"]) == (1, 0)
    assert found["source_answer_age_seconds", "epoch_models"] == 10 * 86400
    assert found["source_rows", "metr"] == 0
    assert found["source_quarantine_rows", "metr"] == 2


def test_what_nobody_knows_of_a_source_is_no_number(publish):
    publish()
    assert [key for key in values(metrics()) if key[0].startswith("source_") and key[-1] == "metaculus"] == [
        ("source_fine", "metaculus")
    ]


def test_alerts_are_counted_by_severity_while_they_are_open(publish):
    publish(alert(1, 2), alert(2, 1), alert(3, 1), alert(4, 1, "acknowledged"), alert(5, 0, "cleared"))
    found = values(metrics())
    assert [found["alerts_open", one] for one in ("note", "warning", "critical")] == [0, 2, 1]


def test_deliveries_to_people_are_counted_while_they_wait_and_when_they_were_given_up(publish):
    rows = [delivery(1, "pending"), delivery(2, "dead"), delivery(3, "dead"), delivery(4, "delivered")]
    publish(*rows, delivery(5, "pending", EVENTS_CHANNEL))
    found = values(metrics())
    assert (found["deliveries", "waiting"], found["deliveries", "given_up"]) == (1, 2)


@pytest.mark.parametrize(("day", "count"), [(date(2026, 11, 1), 0), (date(2026, 6, 1), 1)])
def test_rows_that_rest_on_old_facts_are_counted(publish, day, count):
    publish(facts_as_of=day)
    assert values(metrics())["rows_on_old_facts",] == count


def test_the_home_is_weighed_by_part_and_what_editions_share_counts_once(publish, home):
    publish()
    shelf = EditionShelf(home)
    for name in ("one", "two"):
        shelf.write(name, {"same": bytes(1000)}, {})
        shelf.point_latest(name)
    (home / "snapshots" / "ab").mkdir(parents=True)
    (home / "snapshots" / "ab" / "abc").write_bytes(bytes(300))
    (home / "sql_history").write_bytes(bytes(20))
    found = values(metrics())
    assert found["home_bytes", "warehouse"] == (home / "warehouse.duckdb").stat().st_size
    assert found["home_bytes", "snapshots"] == 300
    assert 1000 <= found["home_bytes", "editions"] < 1900
    assert found["home_bytes", "prefect"] == 0


def test_the_older_format_of_prometheus_reads_the_same(publish):
    publish(look("metr"), alert(1, 2))
    text = metrics()
    older = {
        (sample.name.removeprefix("gpt2030_"), *sample.labels.values()): sample.value
        for family in as_prometheus(text)
        for sample in family.samples
    }
    assert older == values(text)
    assert {family.type for family in as_prometheus(text)} == {"gauge"}


def test_a_moment_that_is_still_to_come_is_no_negative_age(publish):
    publish()
    assert values(metrics(today="2026-11-21"))["edition_age_seconds",] == 0


class TestFile:
    """What a collector of text files finds."""

    def test_it_is_written_whole_and_nothing_else_is_left(self, publish, tmp_path):
        publish()
        (tmp_path / "textfile").mkdir()
        assert metrics("--out", "textfile/gpt2030.prom") == ""
        assert [path.name for path in (tmp_path / "textfile").iterdir()] == ["gpt2030.prom"]
        assert (tmp_path / "textfile" / "gpt2030.prom").read_text() == metrics()

    def test_a_collector_that_reads_meanwhile_keeps_the_old_file(self, publish, tmp_path):
        publish()
        (tmp_path / "gpt2030.prom").write_text("old")
        with (tmp_path / "gpt2030.prom").open() as reading:
            metrics("--out", "gpt2030.prom")
            assert reading.read() == "old"

    def test_it_can_be_read_by_the_user_of_the_collector(self, publish, tmp_path):
        publish()
        before = os.umask(0o022)
        try:
            metrics("--out", "gpt2030.prom")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "gpt2030.prom").stat().st_mode) == 0o644

    def test_a_folder_that_is_not_there_is_named(self, publish, tmp_path):
        publish()
        command = [sys.executable, "-m", "flows.cli", "metrics", "--out", "no/gpt2030.prom"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "no/" in done.stderr
        assert "Traceback" not in done.stderr


def test_before_the_first_publication_there_is_no_file(home, tmp_path):
    answer = CliRunner().invoke(cli, ["metrics", "--out", "gpt2030.prom"])
    assert answer.exit_code == 1
    assert not (tmp_path / "gpt2030.prom").exists()
