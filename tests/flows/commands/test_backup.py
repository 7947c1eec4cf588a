"""`gpt2030 backup` and `restore`: a home goes into one file and comes out of it, answers alike and goes on alike."""

import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from flows.cli import WRITING, cli
from infra.sample import SAMPLE_DAY, publish_sample
from warehouse.lock import Claim, locked
from warehouse.published import edition_in_force
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE, Warehouse

TABLE = "FROM property_latest ORDER BY property_id"


@pytest.fixture(scope="module")
def sample(published_copy, tmp_path_factory):
    home = published_copy(tmp_path_factory.mktemp("sample") / "home")
    with Reader(home / READ_COPY_FILE) as reader:
        return home, edition_in_force(reader)


@pytest.fixture
def run(tmp_path, monkeypatch):
    before = os.umask(0o022)
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    yield lambda *arguments: CliRunner().invoke(cli, list(arguments))
    os.umask(before)


@pytest.fixture
def home(tmp_path):
    """A home without an edition."""
    Warehouse.open(tmp_path / "home", now=datetime(2026, 11, 26)).close()
    return tmp_path / "home"


def answer(home, sql):
    with Reader(home / READ_COPY_FILE) as reader:
        return reader.rows(sql)


@pytest.mark.slow
def test_a_restored_home_answers_alike_and_goes_on_alike(sample, run, tmp_path, monkeypatch):
    home, edition_id = sample
    monkeypatch.setenv("GPT2030_HOME", str(home))
    made = json.loads(run("backup", "file", "--json").stdout)
    assert made["edition_id"] == edition_id
    put = run("restore", "file", "--home", "elsewhere", "--json")
    assert put.exit_code == 0, put.output
    assert json.loads(put.stdout)["home"] == str(tmp_path / "elsewhere")
    assert answer(tmp_path / "elsewhere", TABLE) == answer(home, TABLE)
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "elsewhere"))
    assert "every sha256 holds" in run("snapshots", "verify").stdout
    other = tmp_path / "as it was"
    shutil.copytree(home, other, symlinks=True)
    day = SAMPLE_DAY + timedelta(days=1)
    assert publish_sample(tmp_path / "elsewhere", day) == publish_sample(other, day)


@pytest.mark.parametrize(("sharing", "file", "folder"), [("private", 0o600, 0o700), ("group", 0o640, 0o750)])
def test_who_may_read_it_is_who_may_read_the_home(home, run, tmp_path, monkeypatch, sharing, file, folder):
    monkeypatch.setenv("GPT2030_SHARING", sharing)
    assert run("backup", "file").exit_code == 0
    assert run("restore", "file", "--home", "elsewhere").exit_code == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "elsewhere").iterdir()}
    assert modes["warehouse.duckdb"] == file
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == file
    assert stat.S_IMODE((tmp_path / "elsewhere").stat().st_mode) == folder
    assert modes["prefect"] == 0o700


def test_people_are_told_what_went_where(home, run, tmp_path):
    assert f"{home} → {tmp_path / 'file'}: 1 file," in run("backup", "file").stdout
    assert f"{tmp_path / 'file'} → {tmp_path / 'b'}: 1 file," in run("restore", "file", "--home", "b").stdout


def test_a_home_that_is_there_is_not_touched(home, run):
    run("backup", "file")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    refused = run("restore", "file")
    assert refused.exit_code == 1
    assert "is not empty" in refused.stderr
    assert "--home" in refused.stderr
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


def test_a_damaged_file_is_named_and_makes_nothing(home, run, tmp_path):
    run("backup", "file")
    (tmp_path / "file").write_bytes((tmp_path / "file").read_bytes()[:-50])
    refused = run("restore", "file", "--home", "elsewhere")
    assert refused.exit_code == 1
    assert "cannot restore file" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "home"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup", "home/file"), "lies under"),
        (("backup", "no/file"), "no folder"),
        (("restore", "nothing"), "nothing"),
    ],
)
def test_misuse_is_told(home, run, arguments, said):
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr


def test_without_a_home_a_backup_says_what_to_do_and_makes_none(run, tmp_path):
    refused = run("backup", "file")
    assert refused.exit_code == 1
    assert "gpt2030 refresh" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_backup_waits_for_whoever_writes_and_says_who_it_was(home, tmp_path):
    variables = os.environ | {"GPT2030_HOME": str(home)}
    command = [sys.executable, "-m", "flows.cli", "backup", "file", "--wait", "0.2"]
    with locked(home, Claim("gpt2030 refresh", datetime(2026, 11, 26))):
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "`gpt2030 refresh`" in done.stderr
    assert not (tmp_path / "file").exists()


def test_both_are_stopped_in_an_orderly_way():
    assert {"backup", "restore"} <= WRITING
