"""A refresh as a user runs it: the command in a process of its own, against a real Prefect server on loopback."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from infra.sample import publish_sample
from warehouse.editions import EditionShelf

pytestmark = [pytest.mark.server, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
TODAY = ("--offline", "--today", "2026-11-22")


def query(home, sql):
    with duckdb.connect(str(home / "gpt2030.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def published(tmp_path_factory, prefect_server):
    """A home after one refresh for 2026-11-22, shared by the tests that only read it; with the run's summary."""
    import os

    folder = tmp_path_factory.mktemp("published")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GPT2030_")}
    variables = kept | {"GPT2030_HOME": str(folder / "home"), "PREFECT_API_URL": prefect_server}
    command = [sys.executable, "-m", "flows.cli", "refresh", *TODAY, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "home", json.loads(done.stdout)


@pytest.fixture
def home(published, environment):
    """A copy of that home to work in."""
    target = Path(environment["GPT2030_HOME"])
    shutil.copytree(published[0], target, symlinks=True)
    return target


def test_the_table_has_its_44_rows_in_six_sections(published):
    assert query(published[0], "SELECT count(*), count(DISTINCT section) FROM property_latest") == [(44, 6)]


def test_no_cell_is_empty_without_a_state(published):
    unexplained = query(
        published[0],
        """SELECT property_id FROM property_latest
           WHERE (p50 IS NULL AND value_state = 'value') OR (essay_p50 IS NULL AND essay_state = 'value')
              OR (actual_value IS NULL AND actual_date IS NULL AND actual_state = 'value') OR status_reason = ''""",
    )
    assert unexplained == []


def test_the_edition_verifies_and_is_what_latest_names(published):
    home, summary = published
    shelf = EditionShelf(home)
    assert shelf.latest() == summary["edition_id"]
    manifest = shelf.verify(summary["edition_id"])
    assert manifest["origin_date"] == "2026-11-22"
    assert {"properties.csv", "properties.json", "properties.parquet", "properties.md", "index.html", "feed.xml",
            "forecasts.parquet", "scores.csv", "changes.json", "checks.html"} <= set(manifest["files"])  # fmt: skip
    read = query(home, "SELECT DISTINCT source_id || '/' || feed, snapshot_id FROM raw.landing")
    assert manifest["snapshots"] == dict(read)


def test_sources_outside_are_named_as_not_asked(published):
    outcomes = {line["source_id"]: line["outcome"] for line in published[1]["sources"]}
    assert outcomes["epoch_models"] == "offline"
    assert outcomes["curated"] == "embedded"


def test_the_same_again_changes_nothing(gpt2030, home, published):
    again = gpt2030("refresh", *TODAY, "--json")
    summary = json.loads(again.stdout)
    assert summary["landed_rows"] == 0
    assert summary["outcome"] == "unchanged"
    assert summary["edition_id"] == published[1]["edition_id"]
    assert "nothing changed" in again.stderr
    assert len(query(home, "SELECT * FROM raw.look")) == 2 * len(query(published[0], "SELECT * FROM raw.look"))


def test_another_home_gets_the_same_digest_also_without_prefect(tmp_path, published):
    assert publish_sample(tmp_path, date(2026, 11, 22)) == published[1]["edition_id"]


def test_another_day_changes_only_what_depends_on_the_day(home):
    publish_sample(home, date(2026, 11, 23))
    moved = query(
        home,
        """SELECT a.property_id FROM out.property a JOIN out.property b USING (property_id)
           JOIN out.edition e ON e.edition_id = a.edition_id JOIN out.edition f ON f.edition_id = b.edition_id
           WHERE e.origin_date = '2026-11-22' AND f.origin_date = '2026-11-23'
             AND (a.essay_p50 IS DISTINCT FROM b.essay_p50 OR a.actual_value IS DISTINCT FROM b.actual_value
                  OR a.status IS DISTINCT FROM b.status
                  OR (a.basis = 'judgement' AND a.p50 IS DISTINCT FROM b.p50))""",
    )
    assert moved == []
    assert query(home, "SELECT sum(added_count + revised_count + deleted_count) FROM out.run WHERE run_number = 2") == [
        (0,)
    ]


def test_a_day_in_the_past_lands_nothing_and_sees_nothing_later(gpt2030, home):
    before = query(home, "SELECT count(*) FROM core.observation")
    publish_sample(home, date(2023, 6, 19))
    assert query(home, "SELECT count(*) FROM core.observation") == before
    said = json.loads(gpt2030("explain", "math.date_92pct", "--json").stdout)
    days = [row["observation_date"] for fit in said["fits"] for row in fit["observations"]]
    assert days
    assert max(days) <= "2023-06-19"
    assert "2023-07-01" <= said["row"]["value_date_p50"] <= "2025-06-30"


def test_today_the_threshold_is_passed_and_by_whom_is_said(gpt2030, home):
    row = json.loads(gpt2030("show", "math.date_92pct", "--json").stdout)
    row = row[0] if isinstance(row, list) else row
    assert row["status"] == "crossed"
    assert row["actual_date"].startswith("2024-09")
    assert "o1" in row["status_reason"] + row["actual_note"]


def test_a_dry_run_says_what_would_be_published_and_keeps_nothing(gpt2030, environment, published):
    said = json.loads(gpt2030("refresh", *TODAY, "--dry-run", "--json").stdout)
    assert said["edition_id"] == published[1]["edition_id"]
    assert not (Path(environment["GPT2030_HOME"]) / "editions").exists()
    assert not (Path(environment["GPT2030_HOME"]) / "gpt2030.duckdb").exists()


def test_explain_walks_down_to_verified_bytes(gpt2030, home):
    said = gpt2030("explain", "overhang.work_years").stdout
    assert "softmin(data.trend_tokens, data.stock_tokens, limit.sharpness)" in said
    assert "training-tokens/language" in said
    assert "bytes verified" in said


def test_explain_fails_when_the_bytes_were_changed(gpt2030, home):
    name = query(home, "SELECT snapshot_id FROM raw.snapshot WHERE feed LIKE 'training_tokens%'")[0][0]
    path = home / "snapshots" / name[:2] / name
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")
    done = gpt2030("explain", "overhang.work_years", check=False)
    assert done.returncode == 1
    assert name in done.stderr
    assert gpt2030("snapshots", "verify", check=False).returncode == 1


def test_what_a_crash_left_is_removed_and_a_damaged_edition_written_anew_as_it_was(gpt2030, home, published):
    shelf, identifier = EditionShelf(home), published[1]["edition_id"]
    manifest = shelf.verify(identifier)
    (shelf.path(identifier) / "properties.csv").write_text("damaged")
    (shelf.path(identifier) / "index.html").unlink()
    (home / ".gpt2030.duckdb.99999.tmp").write_bytes(b"half")  # as early versions left it
    (home / ".gpt2030.duckdb.99998.tmp").mkdir()
    (home / ".gpt2030.duckdb.99998.tmp" / "gpt2030.duckdb").write_bytes(b"half")
    (home / "editions" / ".2026-11-22-deadbeef.99999.tmp").mkdir()
    (home / "editions" / ".2026-11-22-0rphaned.unpublished.tmp").touch()
    (home / "editions" / "2026-11-22-0rphaned").mkdir()
    (home / "snapshots" / "ab").mkdir(exist_ok=True)
    (home / "snapshots" / "ab" / ".abc.99999.tmp").write_bytes(b"half")
    assert json.loads(gpt2030("refresh", *TODAY, "--json").stdout)["edition_id"] == identifier
    assert [path for path in home.rglob("*") if ".tmp" in path.name] == []
    assert not (home / "editions" / "2026-11-22-0rphaned").exists()
    again = shelf.verify(identifier)
    assert {key: again[key] for key in ("issued_at", "content_digest", "snapshots")} == {
        key: manifest[key] for key in ("issued_at", "content_digest", "snapshots")
    }


@pytest.fixture
def own_rows(tmp_path):
    """A copy of the embedded default, to spoil."""
    folder = tmp_path / "curated"
    shutil.copytree(ROOT / "sources" / "curated", folder)
    return folder


BAD = (
    ("value", "seventy", "a number"),
    ("observation_date", "2031-01-01", "2031-01-01"),
    ("value", "1.7", "between"),
    ("citation_title", "", "citation"),
)


def spoil(folder, column, text, number=1):
    """Repeat the last good row of math.csv with one cell replaced."""
    import csv

    path = folder / "math.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    good = next(row for row in reversed(rows) if not row["system"].startswith("Bad"))
    bad = good | {column: text, "system": f"Bad system {number}", "known_date": ""}
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, rows[0].keys(), lineterminator="\n").writerow(bad)
    return len(path.read_text(encoding="utf-8").splitlines())


def test_bad_rows_are_quarantined_with_their_place_and_the_edition_still_appears(gpt2030, own_rows):
    lines = [spoil(own_rows, column, text, number) for number, (column, text, _) in enumerate(BAD)]
    done = gpt2030("refresh", *TODAY, "--json", GPT2030_SOURCES__CURATED__URL=str(own_rows))
    assert json.loads(done.stdout)["outcome"] == "published"
    assert "4 refused" in done.stderr
    refused = json.loads(gpt2030("quarantine", "list", "--json").stdout)
    assert {row["line"] for row in refused} == set(lines)
    for column, text, reason in BAD:
        found = [row for row in refused if row["column"] == column and (row["value"] or "") == text]
        assert len(found) == 1, (column, text)
        assert reason in found[0]["reason"] + found[0]["rule"]
        assert "math" in found[0]["feed"]


def test_too_many_bad_rows_hold_even_a_first_edition(tmp_path, own_rows):
    for number in range(60):
        spoil(own_rows, "value", "many", number)
    publish_sample(tmp_path / "home", date(2026, 11, 22), sources={"curated": {"url": str(own_rows)}})
    assert EditionShelf(tmp_path / "home").latest() is None
    assert query(tmp_path / "home", "SELECT outcome FROM out.run") == [("held",)]


def test_a_held_edition_leaves_the_last_good_one_in_force(gpt2030, home, own_rows, published):
    for number in range(60):
        spoil(own_rows, "value", "many", number)
    done = gpt2030(
        "refresh", "--offline", "--today", "2026-11-24", check=False, GPT2030_SOURCES__CURATED__URL=str(own_rows)
    )
    assert done.returncode == 1
    assert "tolerance" in done.stderr
    assert EditionShelf(home).latest() == published[1]["edition_id"]
    assert query(home, "SELECT DISTINCT edition_id FROM property_latest") == [(published[1]["edition_id"],)]
    assert gpt2030("status", "--today", "2026-11-24", check=False).returncode == 1
