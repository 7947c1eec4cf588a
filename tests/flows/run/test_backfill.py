"""Replaying dated files: every record accounted for, day by day, and history never rewritten."""

import csv
import json
import re
import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.run.backfill import BackfillError, DatedFile, dated_files, replay
from flows.settings import load_settings
from sources.records import Snapshot
from sources.registry import SOURCES
from tests.warehouse.fresh import furnished

ROOT = Path(__file__).parents[3]
UPSTREAM = ROOT.parent / "shared" / "upstream"
HEADER = (
    "Model,Organization,Publication date,Domain,Task,Parameters,Training compute (FLOP),"
    "Training dataset size (total),Confidence,Link,Frontier model,Training compute cost (2023 USD)"
)


def notable(*rows):
    lines = [
        f"{name},Lab,{day},Language,Chat,1e9,{flop},,Confident,https://example.org/{name},," for name, day, flop in rows
    ]
    return "\n".join([HEADER, *lines]) + "\n"


def two_vintages(place):
    """One row revised, one gone, one new."""
    for day, rows in {
        "2025-04-14": (("A", "2023-01-01", "1e24"), ("B", "2024-01-01", "2e25"), ("C", "2024-06-01", "3e25"),
                       ("D", "2024-07-01", "1e25"), ("E", "2024-08-01", "1e25")),
        "2025-12-02": (("A", "2023-01-01", "1e24"), ("B", "2024-01-01", "4e25"), ("C", "2024-06-01", "3e25"),
                       ("D", "2024-07-01", "1e25"), ("F", "2025-08-01", "5e26")),
    }.items():  # fmt: skip
        path = place / "dated" / "epoch_models" / day / "notable_ai_models.csv"
        path.parent.mkdir(parents=True)
        path.write_text(notable(*rows))
    return place / "dated"


@pytest.fixture
def folder(tmp_path):
    return two_vintages(tmp_path)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GPT2030_HOME", str(furnished(tmp_path / "home")))
    return load_settings()


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """The two vintages replayed, to read: the settings of their home, its folder and the accounts."""
    place = tmp_path_factory.mktemp("history")
    settings, folder = load_settings(home=furnished(place / "home")), two_vintages(place)
    return settings, folder, replayed(settings, folder)


def replayed(settings, folder):
    return list(replay(settings, dated_files(folder), editions=False))


def query(settings, sql):
    with duckdb.connect(str(settings.home / "gpt2030.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_each_record_is_added_revised_unchanged_or_quarantined(history):
    _, _, (first, second) = history
    assert first.is_balanced
    assert second.is_balanced
    assert first.record_table.landing == (5, 0, 0, 0)
    assert (second.record_table.landing.added, second.record_table.landing.deleted) == (1, 1)


def test_the_accounts_are_printed(settings, folder):
    answer = CliRunner().invoke(cli, ["backfill", str(folder)])
    assert answer.exit_code == 0, answer.output
    assert re.search(r"2025-12-02 epoch_models/notable_ai_models.csv: 5 rows = 1 added \+", answer.stdout)


def test_a_vintage_is_read_back_as_it_was(history):
    settings, *_ = history
    compute = (
        "SELECT value FROM observation_as_of(TIMESTAMP '{}') WHERE series_id = 'training-compute/language' ORDER BY 1"
    )
    assert query(settings, compute.format("2025-06-01")) == [(1e24,), (1e25,), (1e25,), (2e25,), (3e25,)]
    assert query(settings, compute.format("2026-01-01")) == [(1e24,), (1e25,), (3e25,), (4e25,), (5e26,)]


def test_rows_are_marked_backfilled_and_dated_by_their_folder(history):
    settings, *_ = history
    found = query(settings, "SELECT DISTINCT is_backfilled, recorded_at::DATE FROM core.observation ORDER BY 2")
    assert found == [(True, date(2025, 4, 14)), (True, date(2025, 12, 2))]


def test_replaying_older_files_after_newer_ones_is_refused(history):
    settings, folder, _ = history
    with pytest.raises(BackfillError, match="history is not rewritten"):
        replayed(settings, folder)


def test_a_folder_named_for_no_source_is_refused(settings, tmp_path):
    (tmp_path / "dated" / "epoch" / "2025-04-14").mkdir(parents=True)
    with pytest.raises(BackfillError, match="epoch_models"):
        dated_files(tmp_path / "dated")


def test_a_folder_named_for_no_day_is_refused(settings, tmp_path):
    (tmp_path / "dated" / "metr" / "2025-04").mkdir(parents=True)
    with pytest.raises(BackfillError, match="2025-04"):
        dated_files(tmp_path / "dated")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(BackfillError, match="no files"):
        dated_files(tmp_path)


@pytest.mark.parametrize(
    ("source_id", "name", "feed"),
    [
        ("curated", "math.csv", "math"),
        ("metaculus", "post_3479_plain.json", "post-3479"),
        ("llm_bench", "2026-07-20.jsonl", "2026-07.jsonl"),
        ("llm_bench", "2026-06-30.jsonl", "2026-06.jsonl"),
        ("llm_bench", "probes.jsonl", "2026-07.jsonl"),
        ("epoch_benchmarks", "benchmarks_runs.csv", "benchmarks.csv"),
        ("metr", "benchmark_results_1_1.yaml", "benchmark_results_1_1.yaml"),
    ],
)
def test_a_file_lands_under_the_feed_of_a_live_look(source_id, name, feed):
    assert DatedFile(source_id, date(2026, 7, 20), Path(name)).feed == feed


def probes(speed, day, count=24):
    told = {"provider": "x", "model": "openai/gpt-9", "status": "healthy", "tokens_per_sec": speed}
    lines = (told | {"ttft_ms": 400 + k, "timestamp": f"{day}T{k % 24:02}:00:03.000Z"} for k in range(count))
    return "".join(json.dumps(line) + "\n" for line in lines)


def dated(folder, files):
    """Lay files out as `llm_bench/<day>/<name>`."""
    for (day, name), text in files.items():
        path = folder / "llm_bench" / day / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def medians(settings):
    return query(settings, "SELECT source_row_id, value FROM core.observation WHERE superseded_at IS NULL ORDER BY 1")


FAST, SLOW = probes(100, "2026-07-20"), probes(50, "2026-07-21")
JULY = "openai/gpt-9|2026-07"


@pytest.mark.parametrize(
    "files",
    [
        {("2026-07-21", "2026-07-20.jsonl"): FAST, ("2026-07-22", "2026-07-21.jsonl"): SLOW},
        {("2026-07-22", "2026-07-20.jsonl"): FAST, ("2026-07-22", "2026-07-21.jsonl"): SLOW},
        {("2026-07-21", "2026-07-20.jsonl"): FAST, ("2026-07-22", "2026-07.jsonl"): FAST + SLOW},
        {("2026-07-21", "2026-07-20.jsonl"): FAST[:500], ("2026-07-22", "2026-07-20.jsonl"): FAST,
         ("2026-07-23", "2026-07-21.jsonl"): SLOW},
        {("2026-07-21", "2026-07-20.jsonl"): "\ufeff" + FAST, ("2026-07-22", "2026-07-21.jsonl"): SLOW.replace("\n", "\r\n")},
    ],
    ids=["a day each", "on one day", "then the month", "one cut off at first", "marked"],
)  # fmt: skip
def test_files_that_are_parts_of_a_month_are_put_together(settings, tmp_path, files):
    replayed(settings, dated(tmp_path / "dated", files))
    assert medians(settings) == [(JULY, 75.0)]


def test_later_days_join_those_of_an_earlier_replay(settings, tmp_path):
    replayed(settings, dated(tmp_path / "one", {("2026-07-21", "2026-07-20.jsonl"): FAST}))
    assert medians(settings) == [(JULY, 100.0)]
    replayed(settings, dated(tmp_path / "two", {("2026-07-22", "2026-07-21.jsonl"): SLOW}))
    assert medians(settings) == [(JULY, 75.0)]


def test_a_file_belongs_to_the_month_it_is_named_for(settings, tmp_path):
    last, first = probes(100, "2026-07-31"), probes(50, "2026-08-01")
    files = {("2026-08-02", "2026-07-31.jsonl"): last, ("2026-08-02", "2026-08-01.jsonl"): first}
    replayed(settings, dated(tmp_path / "dated", files))
    assert medians(settings) == [(JULY, 100.0), ("openai/gpt-9|2026-08", 50.0)]


def test_the_accounts_name_every_file_and_what_it_was_put_together_with(settings, tmp_path):
    files = {("2026-07-21", "2026-07-20.jsonl"): FAST, ("2026-07-22", "2026-07-21.jsonl"): SLOW,
             ("2026-07-22", "2026-07-22.jsonl"): probes(60, "2026-07-22")}  # fmt: skip
    one, two = [account.sentence() for account in replayed(settings, dated(tmp_path / "dated", files))]
    assert one.startswith("2026-07-21 llm_bench/2026-07-20.jsonl: 24 rows = 1 added")
    assert two.startswith(
        "2026-07-22 llm_bench/2026-07-21.jsonl + 2026-07-22.jsonl (with 24 lines replayed before): 72 rows"
    )


def test_two_files_of_one_feed_and_day_are_refused(tmp_path):
    for name in ("post_7_plain.json", "post-7.json"):
        path = tmp_path / "metaculus" / "2026-07-20" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    with pytest.raises(BackfillError, match=r"are both post-7 of 2026-07-20; keep one of them"):
        dated_files(tmp_path)


def test_a_file_too_large_to_be_read_is_a_sentence(settings, tmp_path):
    path = tmp_path / "dated" / "metr" / "2026-07-20" / "x.yaml"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(40 << 20)
    with pytest.raises(BackfillError, match="41,943,040 bytes, more than 33,554,432"):
        replayed(settings, tmp_path / "dated")


def test_cells_that_were_refused_alone_are_told(settings, folder):
    path = folder / "epoch_models" / "2025-04-14" / "notable_ai_models.csv"
    path.write_text(path.read_text().replace("2e25", "lots"))
    first, *_ = replayed(settings, folder)
    assert "; 1 refused alone, its record stands" in first.sentence()


@pytest.mark.slow
def test_an_edition_per_day_speaks_for_its_day(settings, folder):
    list(replay(settings, dated_files(folder), editions=True))
    found = query(settings, "SELECT origin_date FROM out.edition ORDER BY issued_at")
    assert found == [(date(2025, 4, 14),), (date(2025, 12, 2),)]
    later = query(
        settings,
        """SELECT count(*) FROM core.fit f JOIN out.edition e USING (edition_id) WHERE f.last_date > e.origin_date""",
    )
    assert later == [(0,)]


@pytest.fixture
def upstream(tmp_path):
    """The real vintages beside the checkout, laid out by source and day."""
    if not UPSTREAM.exists():
        pytest.skip("the publishers' real files are not beside this checkout")
    layout = {
        f"epoch/{month}": ("epoch_models", f"{month}-28") for month in ("2024-12", "2025-02", "2025-04", "2025-12")
    }
    layout |= {f"epoch/{month}": ("epoch_benchmarks", f"{month}-30") for month in ("2026-01", "2026-03")}
    layout |= {"epoch/2026-04": ("epoch_hardware", "2026-04-28"), "metr/2026-01-30": ("metr", "2026-01-30")}
    layout |= {"llm_bench/2026-07-20": ("llm_bench", "2026-07-20")}
    for place, (source_id, day) in layout.items():
        shutil.copytree(UPSTREAM / place, tmp_path / "real" / source_id / day)
    return tmp_path / "real"


def believed_by_hand(files):
    """Day → what a reader of every file believes at its end: of each feed the rows of its newest file, in plain Python."""
    feeds, by_day = {}, {}
    for file in files:
        source, now = SOURCES[file.source_id](), datetime(file.day.year, file.day.month, file.day.day)
        parsed = source.parse(Snapshot(file.source_id, file.feed, "file", file.path.read_bytes(), now, file.day))
        refused = {reject.line for reject in parsed.rejects}
        rows = parsed.frames["core.observation"].to_dicts() if "core.observation" in parsed.frames else []
        mine = {
            (file.source_id, file.feed, row["series_id"], row["source_row_id"]): (row["value"], row["observation_date"])
            for row in rows
            if row["line"] not in refused and max(row["observation_date"], row["known_date"]) <= file.day
        }
        before = feeds.get((file.source_id, file.feed), {}) if parsed.is_partial else {}
        feeds[file.source_id, file.feed] = before | mine
        by_day[file.day] = {key: value for feed in feeds.values() for key, value in feed.items()}
    return by_day


def assert_every_day_reads_back(settings, folder):
    files = dated_files(folder)
    replayed(settings, folder)
    for day, expected in believed_by_hand(files).items():
        found = query(
            settings,
            f"""SELECT source_id, feed, series_id, source_row_id, value, observation_date
                FROM observation_as_of(DATE '{day}')""",
        )
        assert len(found) == len(expected) > 0
        # To twelve digits: a number that was only spelled anew stays as it was first written.
        assert {tuple(row[:4]): (pytest.approx(row[4], rel=1e-12), row[5]) for row in found} == expected, day


def test_each_day_reads_back_as_worked_out_by_hand(settings, folder):
    assert_every_day_reads_back(settings, folder)


@pytest.mark.slow
def test_each_real_day_reads_back_as_worked_out_by_hand(settings, upstream):
    assert_every_day_reads_back(settings, upstream)


@pytest.mark.slow
def test_real_vintages_are_accounted_for_and_reproduce_measured_facts(settings, upstream):
    accounts = replayed(settings, upstream)
    assert all(one.is_balanced and not one.landed.is_held for one in accounts), [one.sentence() for one in accounts]
    [december] = [one for one in accounts if one.file.day == date(2025, 12, 28) and "notable" in one.file.path.name]
    assert (december.record_table.landing.deleted, december.record_table.landing.added) == (165, 203)
    revised = query(
        settings,
        """SELECT count(*) FROM core.observation a JOIN core.observation b USING (series_id, source_row_id, feed)
           WHERE a.series_id = 'training-compute/all' AND feed = 'notable_ai_models.csv'
             AND a.superseded_at = b.recorded_at AND b.recorded_at::DATE = '2025-12-28' AND NOT b.is_deleted
             AND abs(b.value / a.value - 1) > 0.01""",
    )
    assert revised == [(57,)]
    assert query(settings, "SELECT DISTINCT series_id FROM core.observation WHERE source_id = 'metr' ORDER BY 1") == [
        ("metr/v1.0/p50-horizon",), ("metr/v1.1/p50-horizon",),
    ]  # fmt: skip


# Place below epoch_more, day and file of the real copies of Epoch's younger lists; of its others none is at hand.
YOUNGER = {
    "epoch_ai_companies_usage/2025-12-14/ai_companies_usage_reports.csv": "epoch_usage",
    "epoch_ai_companies_usage/2026-01-16/ai_companies_usage_reports.csv": "epoch_usage",
    "epoch_ai_companies/2026-01-16/ai_companies_revenue_reports.csv": "epoch_revenue",
    "epoch_data_centers/2026-05-23/data_center_timelines.csv": "epoch_data_centers",
}


def test_real_lists_of_reports_and_sites_land_untouched_with_every_record_accounted_for(settings, tmp_path):
    counts = {}
    for place, source_id in YOUNGER.items():
        _, day, name = place.split("/")
        if not (UPSTREAM / "epoch_more" / place).exists():
            pytest.skip(f"the real file {place} is not beside this checkout")
        file = tmp_path / "real" / source_id / day / name
        file.parent.mkdir(parents=True)
        file.write_bytes((UPSTREAM / "epoch_more" / place).read_bytes())
        # By another reader than ours: fields hold line breaks, so that lines are no records.
        with file.open(encoding="utf-8-sig", newline="") as text:
            counts[source_id, date.fromisoformat(day)] = sum(1 for _ in csv.DictReader(text))
    accounts = replayed(settings, tmp_path / "real")
    assert all(one.is_balanced and not one.landed.is_held for one in accounts), [one.sentence() for one in accounts]
    tables = {(one.file.source_id, one.file.day): one.record_table for one in accounts}
    assert {key: table.record_count for key, table in tables.items()} == counts
    assert {key[0]: table.quarantined_count for key, table in tables.items()} == dict.fromkeys(YOUNGER.values(), 0)
    assert [one.landed.refused_cells for one in accounts] == [0] * len(YOUNGER)


GROWTH = """
    SELECT pow(10, regr_slope(log10(o.value), date_diff('day', DATE '2010-01-01', o.observation_date) / 365.25)), count(*)
    FROM observation_as_of(TIMESTAMP '2025-12-31') o
    LEFT JOIN (SELECT * FROM core.system WHERE superseded_at IS NULL) s
      ON s.source_row_id = o.source_row_id AND s.source_id = o.source_id AND s.feed = o.feed
    WHERE o.source_id = 'epoch_models' AND o.feed = 'notable_ai_models.csv' AND {}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "factor", "count"),
    [
        ("o.series_id = 'training-compute/all' AND o.observation_date >= '2010-01-01'", 4.29, 448),
        ("o.series_id = 'training-compute/all' AND s.is_frontier AND o.observation_date >= '2018-01-01'", 4.74, 43),
        ("o.series_id = 'training-compute/language' AND o.observation_date >= '2018-01-01'", 7.61, 241),
    ],
)
def test_real_growth_of_training_compute_is_reproduced_in_sql(settings, upstream, where, factor, count):
    files = [file for file in dated_files(upstream) if "notable" in file.path.name and file.day == date(2025, 12, 28)]
    list(replay(settings, files, editions=False))
    [(found, rows)] = query(settings, GROWTH.format(where))
    assert rows == count
    assert found == pytest.approx(factor, rel=0.01)


GOLDEN = ROOT / "tests" / "golden" / "backfill.csv"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_editions_of_real_vintages_say_what_they_said(settings, upstream):
    """Where this fails on purpose (a feed is read otherwise, a forecast changed), write the lines down and say why."""
    list(replay(settings, dated_files(upstream), editions=True))
    rows = query(settings, "SELECT origin_date::VARCHAR, content_digest FROM out.edition ORDER BY origin_date")
    told = "\n".join(["origin_date,content_digest", *(",".join(row) for row in rows)]) + "\n"
    assert told == GOLDEN.read_text(encoding="utf-8"), f"meant to change? then tests/golden/backfill.csv is\n{told}"
