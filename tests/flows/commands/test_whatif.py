"""`gpt2030 whatif` as a user meets it: a list, a table, JSON, an id that gives the same again, and plain refusals."""

import csv
import json
import re

import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.commands.whatif import _measured_against
from infra.sample import SAMPLE_DAY
from warehouse.reader import Reader

DAY = SAMPLE_DAY.isoformat()


@pytest.fixture(scope="module")
def home(published):
    return published()


@pytest.fixture
def whatif(home):
    return lambda *arguments: CliRunner().invoke(cli, ["whatif", *arguments], env={"GPT2030_HOME": str(home)})


def test_without_assumptions_it_lists_them_with_their_source(whatif):
    said = whatif().stdout
    assert "data.stock_tokens" in said
    assert "--scenario no-data-limit: data.stock_tokens=inf" in said
    listed = json.loads(whatif("--json").stdout)
    assert all(row["source"] for row in listed["assumptions"])


def test_the_list_names_units_in_words(whatif):
    """Of a ratio the unit stood as 1, of messages as messages_per_user_day."""
    said = whatif().stdout
    assert "messages a day per user" in said
    assert not re.search(r"messages_per_user_day|[│|] 1 +[│|]", said)


def test_what_moves_is_shown_with_what_moved_it(whatif):
    said = whatif("data.stock_tokens=inf").stdout
    assert "data.train_tokens" in said
    assert "data.stock_tokens +" in said
    assert "speed.human_tpm" not in said
    assert "speed.human_tpm" in whatif("data.stock_tokens=inf", "--all").stdout


@pytest.mark.parametrize(
    ("asked", "is_told"),
    [("learn.dau_share=0.37", True), ("learn.dau_share=0.3..0.4", False), ("data.stock_tokens=inf", False)],
)
def test_that_a_number_has_no_range_is_told_where_one_is_given(whatif, asked, is_told):
    assert ("an assumption has no range" in whatif(asked).stderr) is is_told


def test_how_many_rows_move_is_said_of_how_many_could(whatif):
    listed = json.loads(whatif("learn.dau_share=0.37", "--json").stdout)["properties"]
    moved = sum(bool(row["total"]) for row in listed)
    said = whatif("learn.dau_share=0.37").stdout
    assert f"{moved} of {len(listed)} rows move; the other {44 - len(listed)} of 44 have no number" in said


def test_the_left_side_is_the_edition_in_force(whatif, home):
    found = json.loads(whatif("speed.k=5", "--json").stdout)
    assert found["is_as_published"]
    with Reader(home / "gpt2030.duckdb") as reader:
        published = dict(reader.frame("SELECT property_id, p50 FROM property_latest").iter_rows())
    both = {row["property_id"]: row["before"]["p50"] for row in found["properties"]}
    compared = {name: value for name, value in both.items() if published[name] is not None}
    assert len(compared) >= 25
    for name, value in compared.items():
        assert value == pytest.approx(published[name], rel=1e-9), name


def test_a_row_that_the_edition_gives_no_number_for_has_none_here(whatif, home):
    """`auto.metr_h` has draws and no point: told in either column, they would be the number that the page refuses."""
    told = {row["property_id"] for row in json.loads(whatif("data.stock_tokens=inf", "--json").stdout)["properties"]}
    with Reader(home / "gpt2030.duckdb") as reader:
        refused = {
            name
            for (name,) in reader.rows(
                "SELECT property_id FROM property_latest WHERE value_state NOT IN ('value', 'not_yet')"
            )
        }
    assert "auto.metr_h" in refused
    assert not told & refused
    assert "METR" not in whatif("data.stock_tokens=inf", "--all").stdout


def test_an_assumption_goes_by_the_id_of_its_evidence_too(whatif):
    """`show` and the page name it so."""
    named, other = (json.loads(whatif(f"{name}=6", "--json").stdout) for name in ("speed.tiling_factor", "speed.k"))
    assert named == other


def test_its_id_gives_the_same_again(whatif):
    first = whatif("learn.train_years=0.5..1.5", "data.stock_tokens=inf", "--json").stdout
    identifier = json.loads(first)["whatif_id"]
    assert whatif("--id", identifier, "--json").stdout == first


def test_a_spreadsheet_has_every_row_and_a_column_for_each_assumption(whatif):
    asked = ("learn.train_years=0.5", "data.stock_tokens=inf")
    found = json.loads(whatif(*asked, "--format", "json").stdout)
    lines = list(csv.DictReader(whatif(*asked, "--format", "csv").stdout.splitlines()))
    assert [line["property_id"] for line in lines] == [row["property_id"] for row in found["properties"]]
    for line, row in zip(lines, found["properties"], strict=True):
        parts = [float(line["learn.train_years"]), float(line["data.stock_tokens"])]
        assert sum(parts) == pytest.approx(float(line["total"]), abs=1e-9)
        assert float(line["after_p50"]) == row["after"]["p50"]
        assert line["whatif_id"] == found["whatif_id"]


def test_the_assumptions_themselves_are_a_spreadsheet_too(whatif):
    lines = list(csv.DictReader(whatif("--format", "csv").stdout.splitlines()))
    assert {"data.stock_tokens", "speed.k"} <= {line["input_id"] for line in lines}


def test_a_scenario_is_its_assumptions(whatif):
    assert whatif("--scenario", "no-data-limit", "--json").stdout == whatif("data.stock_tokens=inf", "--json").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["data.stock=1"], 1, "'data.stock' is no assumption of a formula; did you mean data.stock_tokens?"),
        (["data.stock_token=inf"], 1, "did you mean data.stock_tokens?"),
        (["usage.daily_share=0.3"], 1, "did you mean usage.daily_share_of_weekly_users?"),
        (["zzzz=1"], 1, "'zzzz' is no assumption of a formula; there are "),
        (["--id", "1999~data.stok_tokens=2"], 1, "did you mean data.stock_tokens?"),
        (["--scenario", "horizon-bend"], 1, "no scenario 'horizon-bend'; did you mean horizons-bend?"),
        (["--scenario", "zzzz"], 1, "no scenario 'zzzz'; there are"),
        (["speed.k=1", "--edition", "1999"], 1, "there is no edition '1999'"),
        (["speed.k=1", "--id", "x~speed.k=2"], 2, "give no others with it"),
        (["--id", "1999~speed.k=2"], 1, "there is no edition '1999'"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(whatif, arguments, code, why):
    done = whatif(*arguments)
    assert done.exit_code == code
    assert why in done.output


def test_before_the_first_edition_it_says_so(tmp_path):
    done = CliRunner().invoke(cli, ["whatif", "speed.k=1"], env={"GPT2030_HOME": str(tmp_path)})
    assert done.exit_code == 1
    assert "gpt2030 refresh" in done.output


def test_the_edition_on_the_left_is_told_with_its_day_also_where_it_is_a_replay(whatif, home):
    """After a replay the table spoke of a past day, and nothing said so."""
    found = json.loads(whatif("speed.k=5", "--json").stdout)
    assert (found["origin_date"], found["target_date"]) == (DAY, "2030-07-01")
    for arguments in (("speed.k=5",), (), ("speed.k=5", "--format", "csv")):
        said = whatif(*arguments).stderr
        # The home of the tests is made later than the day it is for.
        of = f"edition {found['edition_id']}, a replay of {DAY} made on {found['made_on']}"
        assert f"measured against {of}, which forecasts 2030-07-01" in said
    real = {**found, "is_replay": False, "made_on": DAY}
    assert f"measured against edition x, for {DAY}, which forecasts 2030-07-01;" in _measured_against("x", real)
    replay = {**found, "is_replay": True, "made_on": "2026-11-28"}
    assert f"a replay of {DAY} made on 2026-11-28, which" in _measured_against("x", replay)
    ahead = {**found, "is_replay": False, "made_on": "2026-11-01"}
    assert f"a rehearsal of {DAY} made on 2026-11-01" in _measured_against("x", ahead)
