"""Every number of the 44 rows: the same on every surface, and followed to the rows of data behind it.

Nothing here knows how a number is printed: surfaces are held against one another, and dates against rows of data.
"""

import json
import re
from functools import cache
from html.parser import HTMLParser

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.commands.explain import lines
from models.properties.table import PROPERTY_IDS
from tests.flows.ask.explanations import as_json, explaining

POWER = re.compile(r"×10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


class Cells(HTMLParser):
    """The cells of each row of the page by their label, as `value (aside)`."""

    def __init__(self, text):
        super().__init__()
        self.rows, self._row, self._cell, self._part = {}, None, None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "tr" and said.get("id") in PROPERTY_IDS:
            self._row = self.rows.setdefault(said["id"], {})
        elif tag == "td":
            name = said.get("data-label") or ("status" if said.get("class") == "s" else None)
            self._cell = self._row.setdefault(name, {}) if self._row is not None and name else None
        elif tag == "span" and self._cell is not None:
            self._part = (said.get("class") or "").split()[0]

    def handle_endtag(self, tag):
        if tag == "span":
            self._part = None
        elif tag == "tr":
            self._row = self._cell = None

    def handle_data(self, data):
        if self._cell is not None and self._part:
            self._cell[self._part] = self._cell.get(self._part, "") + data

    def of(self, property_id):
        row = self.rows[property_id]
        named = (("today", "Today"), ("essay", "Essay, 2023"), ("so far", "So far"))
        cells = {name: joined(row[label]) for name, label in named}
        return cells | {"status": row["status"]["badge"]}


def joined(cell):
    text = plain(cell["v"]) if "v" in cell else plain(cell.get("word", ""))
    return f"{text} ({plain(cell['aside'])})" if cell.get("aside") else text


def plain(text):
    """Powers and spaces as on a terminal: 4.6×10²⁶ is 4.6e26, and a page keeps a number and its per cent together."""
    return POWER.sub(lambda found: f"e{found[1].translate(DIGITS)}", text).replace("\u00a0", " ").strip()


@pytest.fixture(scope="module")
def home(published):
    return published()


@pytest.fixture(scope="module")
def said(home):
    """What a command says of this home."""

    def run(*arguments):
        done = CliRunner().invoke(cli, list(arguments), env={"GPT2030_HOME": str(home)})
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


@pytest.fixture(scope="module")
def explained(home):
    """What `explain` tells of a row; the home is read once."""
    with explaining(home) as explanation_of:
        yield cache(explanation_of)


@pytest.fixture(scope="module")
def page(home):
    return Cells((home / "editions" / "latest" / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def markdown(said):
    rows = [line.strip("| \n").split(" | ") for line in said("show", "--format", "md").splitlines() if "`" in line]
    found = {re.search(r"`([^`]+)`", cells[0])[1]: cells[1:] for cells in rows}
    return {
        name: dict(zip(("today", "essay", "so far", "status"), cells, strict=True)) for name, cells in found.items()
    }


def lines_of(text, names):
    """The lines `name   value` of a text, whatever stands between."""
    return {name: re.search(rf"^ *{name} {{2,}}(.+)$", text, re.MULTILINE)[1].strip() for name in names}


@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_a_number_is_printed_one_way_everywhere(page, markdown, said, explained, property_id):
    seen = page.of(property_id)
    assert markdown[property_id] == seen
    told = lines_of("\n".join(lines(explained(property_id))), ("today", "essay", "so far", "status"))
    assert {**told, "status": told["status"].split(":")[0]} == seen
    shown = lines_of(said("show", property_id), ("today", "essay 2023", "so far", "status"))
    assert {**seen, "status": shown["status"].split(":")[0]} == seen
    assert (shown["today"], shown["essay 2023"], shown["so far"]) == (seen["today"], seen["essay"], seen["so far"])


def test_the_command_prints_the_explanation_that_these_tests_read(said, explained):
    found = explained("math.sota_pct")
    assert said("explain", "math.sota_pct") == "\n".join(lines(found)) + "\n"
    printed = json.loads(said("explain", "math.sota_pct", "--json"))
    printed["row"]["detail_json"] = json.loads(printed["row"]["detail_json"])
    assert printed == as_json(found)


@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_what_has_happened_stands_on_a_row_of_its_day(explained, property_id):
    found = as_json(explained(property_id))
    row = found["row"]
    if row["actual_state"] != "value" or not found["fits"]:
        return
    rows = [one for fit in found["fits"] for one in fit["observations"]]
    behind = {one["observation_date"] for one in rows if one["is_record"] or one["is_standing"]}
    assert row["actual_date"] in behind, (row["actual_value"], row["actual_note"])


def test_the_files_of_an_edition_hold_the_numbers_of_the_warehouse(home, said):
    rows = {one["property_id"]: one for one in json.loads(said("show", "--format", "json"))}
    assert list(rows) == list(PROPERTY_IDS)
    with duckdb.connect() as client:
        client.execute(f"ATTACH '{home / 'gpt2030.duckdb'}' (READ_ONLY)")
        numbers = "property_id, p05, p25, p50, p75, p95, actual_value, essay_p50, essay_recomputed"
        asked = f"SELECT {numbers} FROM {{}} ORDER BY property_id"
        of_warehouse = client.execute(asked.format("gpt2030.property_latest")).fetchall()
        csv = f"read_csv('{home / 'editions' / 'latest' / 'properties.csv'}')"
        parquet = f"read_parquet('{home / 'editions' / '20*' / 'properties.parquet'}')"
        assert client.execute(asked.format(parquet)).fetchall() == of_warehouse
        assert client.execute(asked.format(csv)).fetchall() == of_warehouse
