"""`gpt2030 warehouse`: shared from a home, read by anybody's DuckDB, and carried back into an empty home."""

import json

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import WRITING, cli
from infra.sample import SAMPLE_DAY
from warehouse.lake import extensions
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

TABLE = "SELECT property_id, p50 FROM property_latest ORDER BY property_id"
SAID = "SELECT output_type_id, value FROM forecast_latest ORDER BY ALL LIMIT 100"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["warehouse", *arguments])


@pytest.fixture
def url(tmp_path):
    return f"ducklake:sqlite:{tmp_path / 'team.sqlite'}"


def answer(home, sql):
    with Reader(home / READ_COPY_FILE) as reader:
        return reader.rows(sql)


def client(script):
    """What somebody else's DuckDB answers after the printed SQL; its extensions come from our installation."""
    connection = duckdb.connect()
    extensions.load(connection, "sqlite")
    for statement in script.split(";")[2:]:
        connection.execute(statement)
    return connection


def test_it_ends_in_an_orderly_way():
    assert "warehouse" in WRITING


@pytest.mark.parametrize("command", [["move", "postgres:x"], ["editions"], ["attach"], ["move", "embedded"]])
def test_without_a_place_it_says_what_to_set(run, command):
    said = run(*command)
    assert said.exit_code == 2
    assert "GPT2030_WAREHOUSE__URL" in said.stderr or "ducklake:postgres:" in said.stderr


def test_a_password_in_an_address_is_refused_and_not_repeated(run):
    said = run("move", "ducklake:postgres:dbname=x password=hunter2")
    assert said.exit_code == 2
    assert "PGPASSWORD" in said.stderr
    assert "hunter2" not in said.output


def test_nothing_to_share_says_what_to_run(run, url):
    said = run("move", url)
    assert (said.exit_code, "gpt2030 refresh" in said.stderr) == (1, True)


def test_a_move_to_an_address_starts_from_this_home(run, url):
    said = run("move", url, "--from", url)
    assert said.exit_code == 2
    assert "move embedded" in said.stderr


@pytest.mark.slow
def test_a_home_goes_over_is_read_by_others_and_comes_back_row_for_row(run, url, published_copy, tmp_path, monkeypatch):
    home = published_copy(tmp_path / "home")
    made = run("move", url, "--json")
    assert made.exit_code == 0, made.output
    moved = json.loads(made.stdout)
    assert moved["rows"] == moved["added"] > 40_000
    assert "nothing differed" in run("move", url).stdout

    (shared,) = json.loads(run("editions", "--from", url, "--json").stdout)
    assert shared["edition_id"] == moved["edition_id"]
    assert shared["edition_id"].startswith(str(SAMPLE_DAY))
    for pinned in ([], ["--edition", shared["edition_id"]]):
        others = client(run("attach", "--from", url, *pinned).stdout)
        assert others.execute(TABLE).fetchall() == answer(home, TABLE)
        assert others.execute(SAID).fetchall() == answer(home, SAID)
        with pytest.raises(duckdb.Error, match="read-only"):
            others.execute("DELETE FROM gpt2030.raw.look")
    unknown = run("attach", "--from", url, "--edition", "2020-01-01-aaaaaaaa")
    assert (unknown.exit_code, shared["edition_id"] in unknown.stderr) == (1, True)

    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "other"))
    back = run("move", "embedded", "--from", url, "--json")
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["rows"] == moved["rows"]
    assert answer(tmp_path / "other", TABLE) == answer(home, TABLE)
    again = run("move", "embedded", "--from", url)
    assert (again.exit_code, "holds a warehouse already" in again.stderr) == (1, True)
