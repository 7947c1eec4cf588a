"""`gpt2030 show` on a screen: whatever its width, no id and no number is cut."""

import io
import json
import re
import shutil

import duckdb
import pytest
from click.testing import CliRunner
from rich.cells import cell_len
from rich.console import Console

from flows.cli import cli
from flows.commands.common import Failure
from flows.commands.show import draw_row, draw_table, edition_rows
from flows.edition.authored import is_foreign
from flows.edition.row_notes import basis_of
from flows.edition.tables import terminal_rows
from flows.edition.words import words
from models.properties.horizon_rows import HORIZONS
from models.properties.table import PROPERTY_IDS
from warehouse.reader import Reader


@pytest.fixture(scope="module")
def copy(published):
    return published() / "gpt2030.duckdb"


@pytest.fixture(scope="module")
def rows(copy):
    return edition_rows(copy, None)


def test_a_home_of_before_the_newest_columns_is_read_as_it_is(copy, tmp_path):
    """Whoever has just upgraded asks before the next refresh brings the file up to date."""
    old = shutil.copytree(copy.parent, tmp_path / "home", symlinks=True)
    with duckdb.connect(str(old / "gpt2030.duckdb")) as client:
        # A table then, and a view by now.
        lacking = "essay_kind, rot, successor, so_far_kind, newest_fact_date"
        client.execute(f"CREATE TABLE out.of_before AS SELECT * EXCLUDE ({lacking}) FROM out.property")
        client.execute("DROP VIEW out.property")
        client.execute("ALTER TABLE out.of_before RENAME TO property")
    for asked in (["show"], ["show", "math.sota_pct"], ["show", "--lang", "zh"], ["explain", "speed.multiple"]):
        done = CliRunner().invoke(cli, asked, env={"GPT2030_HOME": str(old)})
        assert done.exit_code == 0, done.output


def test_the_screen_says_which_day_the_number_of_today_is_for(copy):
    at = {"GPT2030_HOME": str(copy.parent), "COLUMNS": "100"}
    assert "forecast for" in CliRunner().invoke(cli, ["show", "speed.multiple"], env=at).stdout
    assert "what the same reasoning gives for 1 Jul 2030" in CliRunner().invoke(cli, ["show"], env=at).stdout


def test_a_row_without_a_forecast_is_forecast_for_no_day(copy, rows):
    at = {"GPT2030_HOME": str(copy.parent), "COLUMNS": "100"}
    for row in rows.sample(fraction=1, seed=1).group_by("value_state", maintain_order=True).head(1).to_dicts():
        said = CliRunner().invoke(cli, ["show", row["property_id"]], env=at).stdout
        is_forecast = row["value_state"] == "value" and row["unit"] != "year"
        assert ("forecast for" in said) is is_forecast, row["property_id"]


@pytest.mark.parametrize("command", ["show", "explain", "chart"])
def test_a_row_may_be_asked_for_by_its_number(copy, rows, command):
    """The number stands first in each line of the table, and "no property '28'" was all that came of it."""
    at = {"GPT2030_HOME": str(copy.parent)}
    for number in (23, 44):
        name = rows.filter(row_number=number)["property_id"].item()
        by_number, by_name = (CliRunner().invoke(cli, [command, one], env=at) for one in (f"{number}", name))
        assert (by_number.exit_code, by_number.stdout_bytes) == (by_name.exit_code, by_name.stdout_bytes)
    for none in ("0", "45", "9" * 40):
        done = CliRunner().invoke(cli, [command, none], env=at)
        assert done.exit_code == 1
        assert none in done.stderr


def test_an_edition_is_found_by_its_day(copy, rows):
    edition_id = rows["edition_id"][0]
    for said in (edition_id, edition_id[:10], "latest"):
        assert edition_rows(copy, said).equals(rows)
    with pytest.raises(Failure, match=f"there is no edition '1999'; the newest are {edition_id}"):
        edition_rows(copy, "1999")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 100, 160])
def test_ids_and_numbers_are_whole_at_any_width(rows, width, lang):
    out = Console(file=io.StringIO(), width=width)
    draw_table(out, rows, lang)
    printed = out.file.getvalue()
    assert "…" not in printed
    assert [name for name in PROPERTY_IDS if f" {name} " not in printed] == []
    assert max(len(line) for line in printed.splitlines()) <= width


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 60, 79])
def test_below_eighty_columns_every_number_is_still_in_one_piece(rows, width, lang):
    out = Console(file=io.StringIO(), width=width)
    draw_table(out, rows, lang)
    printed = out.file.getvalue()
    lines = printed.splitlines()
    assert max(cell_len(line) for line in lines) <= width
    whole = set(printed.split())
    assert [name for name in PROPERTY_IDS if name not in whole] == []
    wanted = {
        word for cells in terminal_rows(rows, lang) for cell in cells[3:6] for word in re.findall(r"[\d.,]+", cell)
    }
    assert [word for word in wanted if word not in printed] == []


@pytest.mark.parametrize(
    ("property_id", "parts"),
    [
        ("math.sota_pct", ()),
        ("overhang.work_years", ()),
        ("speed.multiple", ("mixed with a judgement", "the fit counts 9", "speed.human_wpm")),
        ("learn.dau", ("a stated limit (learn.users_ceiling)", "fit moves (usage.daily_share_of_weekly_users)")),
    ],
)
def test_a_fit_names_the_judgement_the_limit_and_the_assumptions_beside_it(rows, property_id, parts):
    """ "Fitted to observations" claimed the whole of a number that a judgement, a share or a limit is part of."""
    row = rows.filter(property_id=property_id).row(0, named=True)
    said, chinese = basis_of(row, "en"), basis_of(row, "zh")
    assert said.startswith(words("en").basis[row["basis"]])
    assert [part in said for part in parts] == [True] * len(parts)
    assert (said == words("en").basis[row["basis"]]) is not bool(parts)
    assert len(chinese.split("；")) == len(said.split("; "))
    out = Console(file=io.StringIO(), width=2000)
    draw_row(out, row, "en")
    assert said in out.file.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_one_row_is_told_in_words(rows, property_id, lang):
    out = Console(file=io.StringIO(), width=160)
    draw_row(out, rows.filter(property_id=property_id).row(0, named=True), lang)
    printed = out.file.getvalue()
    for raw in ('{"', '":', "_json", "beyond_scored_range", "not_asked", "does_not_apply"):
        assert raw not in printed, printed
    if lang == "zh":
        # What an audit is called by its publisher is cited as it is.
        audits = json.loads(rows.filter(property_id=property_id)["detail_json"].item() or "{}").get("audits", [])
        # So is a work, by its title.
        own = re.sub("《[^》]*》", "", " ".join(printed.split()))
        for cited in (one["source"] for one in audits):
            own = own.replace(cited, "")
        assert not is_foreign(own, lang), printed


def test_the_chance_of_a_row_that_is_none_is_no_empty_answer(copy):
    with Reader(copy) as reader:
        assert reader.rows("SELECT count(*) FROM probability_above('work.agents', 1)") == [(1,)]
        with pytest.raises(duckdb.Error, match="no row nosuch in the edition in force; property_latest lists them"):
            reader.rows("FROM probability_above('nosuch', 1)")


def test_the_chance_of_a_row_may_be_asked_of_columns(copy):
    """Its comment said that arguments are constants, and a question for all rows seemed to need 44 of them."""
    with Reader(copy) as reader:
        asked = "SELECT p.property_id, p.essay_p50, a.probability, a.bound FROM property_latest AS p, "
        found = reader.rows(f"{asked} probability_above(p.property_id, p.essay_p50) AS a WHERE p.essay_p50 > 0")
        assert len(found) >= 20
        for name, mark, *answer in found:
            alone = reader.rows(f"SELECT probability, bound FROM probability_above('{name}', {mark!r})")
            assert alone == [tuple(answer)], name
        kept = reader.rows("SELECT 1 FROM property_latest AS p LEFT JOIN probability_above(p.property_id, 5) ON true")
        assert len(kept) == 44
        said = "SELECT comment FROM duckdb_functions() WHERE function_name = 'probability_above'"
        assert "not columns" not in reader.rows(said)[0][0]


def test_an_empty_name_is_no_row(copy, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(copy.parent))
    answer = CliRunner().invoke(cli, ["show", ""])
    assert answer.exit_code == 1
    assert "no property ''" in answer.stderr


@pytest.mark.parametrize("command", ["show", "explain"])
def test_a_living_row_is_sent_to_where_it_stands(copy, monkeypatch, command):
    monkeypatch.setenv("GPT2030_HOME", str(copy.parent))
    answer = CliRunner().invoke(cli, [command, "living.hle"])
    assert answer.exit_code == 1
    assert "it is a living row: `gpt2030 living` shows it, `gpt2030 chart hle/" in answer.stderr


def test_every_declared_course_has_chinese_words():
    names = [course.name for horizon in HORIZONS.values() for course in horizon.scenarios]
    assert [name for name in names if f"course_{name.replace(' ', '_')}" not in words("zh").detail] == []
