"""`gpt2030 living`: the living rows of an edition as a table, CSV and JSON, the same numbers in each."""

from __future__ import annotations

import csv
import io
import json
import re

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.edition.living import living_view, rule
from models.properties.living import LIVING
from warehouse.contracts.living import HORIZON_SERIES


@pytest.fixture(scope="module")
def home(published):
    return published()


def run(home, *arguments):
    return CliRunner().invoke(cli, ["living", *arguments], env={"GPT2030_HOME": str(home), "COLUMNS": "160"})


def test_json_csv_and_sql_say_the_same(home):
    told = json.loads(run(home, "--json").stdout)
    lines = list(csv.DictReader(io.StringIO(run(home, "--format", "csv").stdout)))
    with duckdb.connect(home / "gpt2030.duckdb", read_only=True) as client:
        stored = dict(client.execute("SELECT living_id, p50_in_a_year FROM living ORDER BY row_number").fetchall())
    assert [one["living_id"] for one in told] == list(stored) == [one.living_id for one in LIVING]
    assert {one["living_id"]: one["p50_in_a_year"] for one in told} == stored
    assert {one["living_id"]: float(one["p50_in_a_year"] or 0) or None for one in lines} == stored


def test_the_embedded_default_has_a_record_for_every_living_row(home):
    told = json.loads(run(home, "--json").stdout)
    bare = [one["living_id"] for one in told if one["actual_value"] is None]
    assert not bare, f"{bare}: the embedded default (sources/curated/) has no row of their series"
    assert {one["value_state"] for one in told} == {"value", "beyond_range", "not_forecast"}


@pytest.mark.parametrize(("lang", "label"), [("en", "Epoch Capabilities Index"), ("zh", "Epoch 能力指数")])
def test_the_table_has_a_line_for_each(home, lang, label):
    shown = run(home, "--lang", lang)
    assert shown.exit_code == 0
    assert label in shown.stdout
    assert all(one.living_id in shown.stdout for one in LIVING)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_reason_of_each_row_without_a_number_is_true_of_it(home, lang):
    """Shares of any age have a number, and cyber none although half of its past reaches nearly to the target."""
    shown = "".join(run(home, "--lang", lang).stdout.split())
    assert "…" not in shown  # a reason that is cut short is none
    assert "".join(rule([{}], lang).split()) in shown
    for one in json.loads(run(home, "--json").stdout):
        is_horizon = one["series_id"] in HORIZON_SERIES
        assert one["value_state"] == "value" or one["unit"] != "share", one
        told = living_view(one | {"actual_date": None}, "en").ahead
        assert ("task horizon" in told) is is_horizon, one


@pytest.mark.parametrize(("lang", "ending", "said"), [("en", "", "measured no more"), ("zh", ".zh", "已停止更新")])
def test_terminal_and_page_mark_each_row_that_the_warehouse_calls_frozen(home, lang, ending, said):
    rows = json.loads(run(home, "--json").stdout)
    frozen = {one["living_id"] for one in rows if one["rot"] == "frozen"}
    page = (home / "editions" / "latest" / f"living{ending}.html").read_text(encoding="utf-8")
    lines = {name: line for line in page.split("<tr>") for name in re.findall(r'href="#(living\.\w+)"', line)}
    assert {"living.price", "living.cyber_minutes"} <= frozen
    assert {name for name, line in lines.items() if said in line} == frozen
    shown = run(home, "--lang", lang).stdout.lower().splitlines()
    # Down its column: a cell may be folded within a word.
    records = "".join(line.split("│")[2].strip() for line in shown if line.count("│") == 4)
    below = "".join(line for line in shown if "│" not in line)
    together = "".join(said.split())
    assert "".join(records.split()).count(together) == len(frozen)
    assert together in "".join(below.split())


def test_an_edition_that_is_none_is_named(home):
    asked = run(home, "--edition", "2001-01-01")
    assert asked.exit_code == 1
    assert "2001-01-01" in asked.stderr


def test_an_edition_from_before_there_were_living_rows_says_so(home, tmp_path):
    """Also where no refresh of this version has written yet, and the table itself is missing."""
    old = tmp_path / "gpt2030.duckdb"
    old.write_bytes((home / "gpt2030.duckdb").read_bytes())
    for change in ("DELETE FROM out.living", "DROP VIEW living; DROP TABLE out.living"):
        with duckdb.connect(old) as client:
            client.execute(change)
        asked = run(tmp_path)
        assert asked.exit_code == 1
        assert "has no living rows" in asked.stderr
