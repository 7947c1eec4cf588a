"""Runs: on record from their first moment, never two of one number, and what a kill left behind is told apart."""

from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.warehouse.fresh import fresh
from warehouse import runs, store
from warehouse.contracts import out, raw
from warehouse.store import WRITER_FILE, Warehouse

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 6, 17)
ENDED = {
    "finished_at": NOW, "outcome": "published", "edition_id": "2026-11-26-0a1b2c3d", "added_count": 3,
    "revised_count": 0, "deleted_count": 0, "unchanged_count": 7, "quarantined_count": 1, "message": "published",
}  # fmt: skip


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=NOW) as opened:
        yield opened


def outcomes(warehouse):
    return warehouse.rows("SELECT run_id, outcome FROM out.run ORDER BY run_number")


def finish(warehouse, number):
    with warehouse.transaction():
        runs.finish(warehouse, number, ENDED)


def test_a_run_is_on_record_while_it_works(warehouse):
    number = runs.start(warehouse, TODAY, NOW)
    assert outcomes(warehouse) == [(runs.run_id(TODAY, number), "running")]
    assert warehouse.rows("SELECT edition_in_force()") == [(None,)], "a run at work publishes nothing yet"


def test_one_that_ended_says_how(warehouse):
    finish(warehouse, runs.start(warehouse, TODAY, NOW))
    row = warehouse.frame("FROM out.run").row(0, named=True)
    assert {name: row[name] for name in ENDED} == ENDED


def test_one_that_was_killed_keeps_its_number_and_is_called_interrupted(warehouse):
    runs.start(warehouse, TODAY, NOW)
    again = runs.start(warehouse, TODAY, NOW + timedelta(minutes=1))
    assert again == 2
    assert outcomes(warehouse) == [("2026-11-26/1", "interrupted"), ("2026-11-26/2", "running")]


def test_one_that_ended_is_not_called_interrupted(warehouse):
    finish(warehouse, runs.start(warehouse, TODAY, NOW))
    runs.start(warehouse, TODAY, NOW)
    assert outcomes(warehouse)[0] == ("2026-11-26/1", "published")


def test_a_home_that_holds_two_of_one_name_heals_when_it_is_opened(tmp_path, monkeypatch):
    """What a kill and a retry on the same day left behind before: nothing could be published any more."""
    blocked(tmp_path)
    with Warehouse.open(tmp_path, now=NOW) as warehouse:
        for table in (raw.LOOK, raw.LANDING):
            key = ", ".join(table.key)
            twins = warehouse.rows(f"SELECT {key} FROM {table.full_name} GROUP BY ALL HAVING count(*) > 1")
            assert twins == [], table.full_name
        assert warehouse.rows("SELECT count(*) FROM raw.look") == [(4,)]
        assert warehouse.rows("SELECT count(DISTINCT run_id) FROM raw.landing") == [(2,)]
        assert warehouse.rows("SELECT look_id FROM raw.look ORDER BY rowid")[0] == ("2026-11-26/1/000",)


def blocked(home):
    """A home as the schema of before made it: the looks and a hold of a killed run, and again those of its retry."""
    with duckdb.connect(str(home / WRITER_FILE)) as connection:
        for name in ("0001_initial", "0002_contender"):
            connection.execute((store.HERE / "migrations" / f"{name}.sql").read_text(encoding="utf-8"))
            connection.execute("INSERT INTO raw.migration VALUES (?, ?, ?)", [name, "0" * 64, NOW])
        for minute in (0, 5):
            at = NOW + timedelta(minutes=minute)
            for number in range(2):
                connection.execute(
                    "INSERT INTO raw.look VALUES (?, 'curated', ?, 'embedded:', ?, 'embedded', NULL, NULL, NULL)",
                    [f"2026-11-26/1/{number:03d}", f"feed-{number}", at],
                )
            counts = ", ".join("0" for name in raw.LANDING.column_names if name.endswith("_count"))
            connection.execute(
                f"""INSERT INTO raw.landing VALUES ('2026-11-26/1', 'curated', 'math', '*', ?, 'digest', ?, {counts},
                    true, 'held')""",
                ["0" * 64, at],
            )


def test_the_contract_allows_what_runs_say():
    known = out.RUN.column("outcome").isin
    assert {runs.RUNNING, runs.INTERRUPTED} <= set(known)
