"""The steps of a refresh, without Prefect: what lands on which day, and what a hold and a second thought do to it."""

import csv
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.run import intake, steps
from flows.run.program import program_digest
from flows.run.run import NothingToPublish, Request
from flows.settings import Clock, load_settings
from sources.errors import WrongContent
from sources.reading.process import ReadingLimits
from tests.warehouse.fresh import fresh
from warehouse.store import Warehouse

EMBEDDED = Path(__file__).parents[3] / "sources" / "curated"
DAY = date(2026, 11, 22)


class ReadsHere:
    """Reads in this process; as the test says, it gives up on one feed or finds a fault in our own code there."""

    def __init__(self, feed=None, *, fault=None, limits=None):
        self.feed, self.fault, self.limits, self.asked = feed, fault, limits or ReadingLimits(), []

    def read(self, source, snapshot):
        self.asked.append(snapshot.feed)
        if snapshot.feed != self.feed:
            return source.parse(snapshot)
        raise self.fault or WrongContent(self.limits.given_up, where=self.feed, evidence="out of time")


@pytest.fixture
def folder(tmp_path):
    """An own folder of curated files: the definitions and the scores on MATH."""
    target = tmp_path / "curated"
    target.mkdir()
    for name in ("series.csv", "math.csv"):
        shutil.copy(EMBEDDED / name, target)
    return target


@pytest.fixture
def landed(tmp_path, folder):
    """Look at the folder and land it, as a refresh of that day would; returns the run."""

    def look_and_land(day=DAY, *, meanwhile=None, reader=None, **tolerance):
        settings = load_settings(home=tmp_path / "home", sources={"curated": {"url": str(folder)}}, tolerance=tolerance)
        clock = Clock.read(day)
        with fresh(settings.home, now=clock.now) as warehouse:
            run = steps.begin(settings, Request(is_offline=True), clock, settings.home, warehouse)
            source = steps.build_source("curated", settings)
            looks = steps.lookout(run, "curated", None).look(source, str(folder), {})
            steps.keep(run, looks, {"curated": source.licence})
            if meanwhile:
                meanwhile(run)
            run.reader = reader or ReadsHere()
            if intake.has_news(run, "curated"):
                intake.land_source(run, source)
            return run

    return look_and_land


@pytest.fixture
def query(tmp_path):
    def ask(sql):
        with Warehouse.open_file(tmp_path / "home" / "warehouse.duckdb") as warehouse:
            return warehouse.rows(sql)

    return ask


def score(folder, value):
    """Let the first row of math.csv say `value`."""
    path = folder / "math.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[0]["value"] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return rows[0]


def spoil(folder, count):
    """Append rows whose value is no number."""
    path = folder / "math.csv"
    last = path.read_text(encoding="utf-8").splitlines()[-1]
    cells = next(csv.reader([last]))
    head = next(csv.reader(path.open(encoding="utf-8")))
    cells[head.index("value")] = "many"
    with path.open("a", newline="", encoding="utf-8") as file:
        for number in range(count):
            cells[head.index("system")] = f"Bad {number}"
            csv.writer(file, lineterminator="\n").writerow(cells)


def in_force(query, row):
    return query(
        f"""SELECT value FROM core.observation WHERE superseded_at IS NULL AND NOT is_deleted
            AND series_id = '{row["series_id"]}' AND citation_url = '{row["citation_url"]}'
            AND observation_date = '{row["observation_date"]}'"""
    )


def test_a_change_taken_back_on_the_same_day_is_taken_back_in_the_warehouse(landed, folder, query):
    row = score(folder, "0.111")
    landed()
    score(folder, "0.222")
    landed()
    score(folder, "0.111")
    assert landed().count("revised") == 1
    assert (0.111,) in in_force(query, row)


def test_every_vintage_of_a_given_day_was_believed_for_a_time(landed, folder, query):
    for value in ("0.111", "0.222", "0.333"):
        score(folder, value)
        landed()
    assert query("SELECT count(*) FROM core.observation WHERE superseded_at IS NOT NULL") == [(2,)]
    assert query("SELECT count(*) FROM core.observation WHERE superseded_at <= recorded_at") == [(0,)]


def test_the_same_bytes_are_read_once(landed):
    assert landed().changed_rows > 0
    assert landed().landed == []


def test_a_hold_does_not_wear_off(landed, folder):
    landed()
    spoil(folder, 60)
    first, second = landed(), landed(date(2026, 11, 23))
    assert [one.is_held for one in (*first.landed, *second.landed)] == [True, True]


def test_a_raised_limit_is_heeded_without_new_bytes(landed, folder):
    landed()
    spoil(folder, 60)
    assert landed().landed[0].is_held
    allowed = landed(quarantined_share=0.6).landed
    assert [(one.feed, one.is_held, one.refused_count) for one in allowed] == [("math", False, 60)]


def test_a_reading_that_comes_to_no_end_holds_its_feed_and_not_the_run(landed):
    reasons = {one.feed: one.reason for one in landed(reader=ReadsHere("math")).landed}
    assert reasons["series"] is None
    assert "reading given up within 10 s" in reasons["math"]


def test_such_bytes_are_tried_three_times_and_the_hold_stays(landed):
    tries = [ReadsHere("math") for _ in range(5)]
    runs = [landed(date(2026, 11, 22 + number), reader=reader) for number, reader in enumerate(tries)]
    assert ["math" in reader.asked for reader in tries] == [True, True, True, False, False]
    assert all(one.is_held for run in runs for one in run.landed if one.feed == "math")


def test_with_other_limits_such_bytes_are_tried_again(landed):
    for number in range(4):
        landed(date(2026, 11, 22 + number), reader=ReadsHere("math"))
    patient = ReadsHere(limits=ReadingLimits(seconds=60))
    assert [(one.feed, one.is_held) for one in landed(date(2026, 11, 27), reader=patient).landed] == [("math", False)]


def test_what_landed_before_a_failure_is_on_record(landed, query):
    with pytest.raises(ZeroDivisionError):
        landed(reader=ReadsHere("math", fault=ZeroDivisionError("math")))
    assert query("SELECT DISTINCT feed FROM raw.landing") == [("series",)]
    assert [one.feed for one in landed().landed] == ["math"]


def test_lost_evidence_holds_its_feed_and_not_the_run(landed):
    def lose_math(run):
        lost = next(one.snapshot.snapshot_id for one in run.looks if one.feed == "math")
        run.store.path(lost).unlink()

    reasons = {one.feed: one.reason for one in landed(meanwhile=lose_math).landed}
    assert reasons["series"] is None
    assert "is missing" in reasons["math"]


def test_checks_are_told_of_the_program_and_of_the_wish_to_look_at_all_rows(landed):
    run = landed()
    content = SimpleNamespace(edition_id="2026-11-22-0a1b2c3d", snapshot_ids={})
    asked_for = []
    for wish in (False, True):
        run.request = Request(is_checked_whole=wish)
        facts = steps.facts_of(run, content)
        asked_for.append(facts.is_full)
        assert facts.program == program_digest()
    assert asked_for == [False, True]


def test_without_the_essay_there_is_nothing_to_compare_with(landed):
    def read_all(run):
        with pytest.raises(NothingToPublish, match=f"essay, .* is known on {run.clock.today}.*choose a later day"):
            steps.known(run)

    landed(meanwhile=read_all)


def test_a_run_for_an_earlier_day_lands_nothing(landed, folder, query):
    landed()
    score(folder, "0.111")
    before = query("SELECT * FROM core.observation ORDER BY ALL")
    run = landed(date(2026, 11, 21))
    assert run.is_looking_back
    assert query("SELECT * FROM core.observation ORDER BY ALL") == before
