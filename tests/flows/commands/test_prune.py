"""`gpt2030 prune`: says what would go, thins it, and everything that reads the home goes on as before."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date, datetime, time

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from flows.ask.site import check_site
from flows.cli import cli
from tests.conftest import ROOT
from tests.warehouse.edition_frames import frame
from warehouse.contracts import out
from warehouse.editions import FORECASTS_FILE, EditionShelf
from warehouse.lock import Claim, locked
from warehouse.publication import publish_copy
from warehouse.store import READ_COPY_FILE, Warehouse

FIRST, SECOND, LAST = date(2025, 10, 2), date(2025, 10, 5), date(2026, 11, 26)


@pytest.fixture
def home(published_copy, tmp_path, monkeypatch):
    """A home with the edition of LAST, and two of an earlier month that are the same under other names."""
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    home = published_copy(tmp_path / "home", LAST)
    shelf = EditionShelf(home)
    with Warehouse.open(home, now=datetime(2026, 11, 27)) as warehouse:
        (row,) = warehouse.frame("FROM out.edition").to_dicts()
        for day in (FIRST, SECOND):
            edition_id = f"{day}-cafecafe"
            named = {"edition_id": edition_id, "origin_date": day, "issued_at": datetime.combine(day, time(6))}
            warehouse.insert(out.EDITION, frame(out.EDITION, [row | named]))
            shutil.copytree(shelf.path(row["edition_id"]), shelf.path(edition_id))
        publish_copy(warehouse, home)
    return home


def run(*arguments):
    return CliRunner().invoke(cli, ["prune", *arguments])


def folder_of(home, day):
    return next((home / "editions").glob(f"{day}-*"))


def test_a_dry_run_says_what_would_go_and_leaves_it(home):
    said = json.loads(run("--older-than", "30", "--dry-run", "--json").stdout)
    assert [one["origin_date"] for one in said["editions"]] == [str(SECOND)]
    assert said["bytes"] > 3e6
    assert not said["is_done"]
    assert (folder_of(home, SECOND) / "scores.html").exists()
    assert "1 edition would be thinned" in run("--older-than", "30", "--dry-run").output


def test_thinned_editions_leave_pages_tables_and_all_answers(home):
    def answers():
        with duckdb.connect(str(home / READ_COPY_FILE), read_only=True) as client:
            return client.execute("FROM property_history ORDER BY ALL").fetchall()

    before = answers()
    done = run("--older-than", "30")
    assert done.exit_code == 0, done.output
    thin = folder_of(home, SECOND)
    assert not (thin / "scores.html").exists()
    assert answers() == before
    for name, words in (("index.html", "were removed on"), ("index.zh.html", "以腾出空间")):
        assert words in (thin / name).read_text()
        # Its own style: that of `latest` may one day be for other pages.
        assert '<link rel="stylesheet" href="site.css">' in (thin / name).read_text()
    assert check_site(thin).problems == ()
    assert check_site(folder_of(home, LAST)).problems == ()
    read = (
        f"SELECT count(DISTINCT filename) FROM read_parquet('{home}/editions/20*/properties.parquet', filename = true)"
    )
    assert duckdb.sql(read).fetchone() == (3,)
    # Forecasts of old editions lie nowhere else. All that is left beside them is small.
    assert pl.read_parquet(thin / FORECASTS_FILE).height > 20_000
    left = [path for path in thin.rglob("*") if path.name != FORECASTS_FILE]
    assert sum(path.stat().st_size for path in left) < 100_000
    assert json.loads(run("--older-than", "30", "--json").stdout)["editions"] == []


def test_it_waits_for_whoever_writes_and_a_dry_run_does_not(home):
    command = [sys.executable, "-m", "flows.cli", "prune", "--older-than", "30"]
    variables = os.environ | {"PYTHONPATH": str(ROOT)}
    with locked(home, Claim("gpt2030 refresh", datetime(2026, 11, 26))):
        waited = subprocess.run([*command, "--wait", "0.2"], env=variables, capture_output=True, text=True, check=False)
        dry = subprocess.run([*command, "--dry-run"], env=variables, capture_output=True, text=True, check=False)
    assert waited.returncode == 1
    assert "`gpt2030 refresh`" in waited.stderr
    assert (dry.returncode, dry.stderr) == (0, "")
    assert (folder_of(home, SECOND) / "scores.html").exists()


@pytest.mark.parametrize("arguments", [(), ("--older-than", "0"), ("--older-than", "soon")])
def test_how_old_has_to_be_said(home, arguments):
    assert run(*arguments).exit_code == 2
