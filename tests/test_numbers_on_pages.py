"""Every number on the page of each of the 44 rows stands in the warehouse: in the row's own data or in what it rests on.

As in test_numbers_in_sentences.py nothing here knows how a number is printed. The pictures are left out: what they show
stands below each as a table, and in their words.
"""

import json
import re
from datetime import date
from html import unescape

import duckdb
import pytest

from flows.edition.causes import LEAST_SPREADS
from flows.edition.words import LANGUAGES, words
from infra.sample import SAMPLE_DAY
from models.changes.size import MATERIALITY
from models.properties.declared_inputs import OF_TODAY
from models.properties.table import PROPERTY_IDS
from tests.flows.ask.explanations import as_json, explaining
from tests.test_numbers_in_sentences import BEFORE, Known, spans
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

# What is not said of the row: style, pictures, where else to go, how to cite; its place in the table.
UNSAID = re.compile(
    r'(?s)<head>.*?</head>|<style>.*?</style>|<svg.*?</svg>|<nav.*?</nav>|<footer>.*?</footer>|<pre.*?</pre>|<p class="kicker">.*?</p>'
)
POWER = re.compile(r"×10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
SHARES = re.compile(r"(\d[\d.,]*)–(\d[\d.,]*) %")
# Which quantiles are meant, in words: no numbers of a row.
LEVELS = re.compile(r"\bp\d\d\b|\b\d+th\b")
# Rows in hours and days rest on series in minutes: the page of a row shows them in its own unit.
TARGET = date(2030, 7, 1)
MINUTES_IN = {"hours": 60.0, "days": 24 * 60.0}
SERIES = "SELECT input_id FROM property_input WHERE property_id = $row"
BEHIND = {
    "property_history": "property_id = $row",
    "change_latest": "property_id = $row",
    "core.essay_number": "property_id = $row",
    "core.assumption": "assumption_id IN (SELECT unnest([input_id, assumption_id]) FROM property_input WHERE property_id = $row)",
    "frontier": f"series_id IN ({SERIES})",
    "observation_latest": f"series_id IN ({SERIES})",
    "forecast_latest": f"target IN ({SERIES})",
    "stated_latest": f"target = $row OR target IN ({SERIES})",
    "scenario": "property_id = $row",
}


@pytest.fixture(scope="module")
def home(published):
    return published(BEFORE, SAMPLE_DAY)


@pytest.fixture(scope="module")
def data(home):
    """What the warehouse has on a row, as nested data: `explain --json`, and the rows of BEHIND."""
    with duckdb.connect() as client, explaining(home) as explain:
        client.execute(f"ATTACH '{home / 'gpt2030.duckdb'}' AS home (READ_ONLY); USE home")

        def rows(view, condition, **asked):
            found = client.execute(f"FROM {view} WHERE {condition}", asked)
            names = [one[0] for one in found.description]
            return [dict(zip(names, map(plain, row), strict=True)) for row in found.fetchall()]

        def of(property_id):
            return as_json(explain(property_id)), [rows(view, asked, row=property_id) for view, asked in BEHIND.items()]

        yield of


def plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


def in_unit_of_row(row, behind):
    """The numbers of series in minutes, in the unit of the row; numbers that are years, as months."""
    share = MINUTES_IN.get(row["unit"])
    lines = [one["value"] for rows in behind for one in rows if one.get("value") is not None]
    dated = [one["value"] for rows in behind for one in rows if one.get("unit") == "year" and "value" in one]
    years = [one for one in (*row.values(), *dated) if isinstance(one, float) and 2000 < one < 2200]
    months = [f"{int(one)}-{int(one % 1 * 12) + 1:02d}" for one in years] if row["unit"] == "year" else []
    return [one / share for one in lines] if share else months


def said_on(page):
    text = unescape(re.sub(r"(?s)<[^>]+>", " ", UNSAID.sub(" ", page)))
    # Tables have a hyphen for a minus, and pages one as in print.
    text = " ".join(text.split()).replace("−", "-")
    # What stands once at the end of a range is of both ends.
    text = SHARES.sub(r"\1 %–\2 %", text)
    return LEVELS.sub(" ", POWER.sub(lambda one: f"e{one[1].translate(DIGITS)}", text))


@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_every_number_of_a_page_stands_in_the_warehouse(home, data, property_id):
    found, behind = data(property_id)
    # Editions, the year in a label, how far a row has moved before its causes are told, and the least spreads.
    counted = [len(behind[0]), float(TARGET.year), LEAST_SPREADS, *MATERIALITY.values()]
    known = Known(found, behind, in_unit_of_row(found["row"], behind), counted, spans(found["row"]))
    page = (home / "editions" / "latest" / "p" / f"{property_id}.html").read_text(encoding="utf-8")
    assert known.missing(said_on(page)) == []


@pytest.mark.parametrize(("ending", "said"), [("", r"(\d+) still open"), (".zh", r"(\d+) 个仍在进行")])
def test_the_home_page_counts_as_open_what_the_table_calls_open(home, ending, said):
    """It said 23 where the table had 21: two beyond range were among them without a word."""
    with duckdb.connect() as client:
        client.execute(f"ATTACH '{home / 'gpt2030.duckdb'}' AS home (READ_ONLY); USE home")
        (open_rows,) = client.execute("SELECT count(*) FROM property_latest WHERE status = 'open'").fetchone()
    page = said_on((home / "editions" / "latest" / f"index{ending}.html").read_text(encoding="utf-8"))
    assert re.findall(said, page) == [str(open_rows)]


@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_an_assumption_has_the_same_value_and_source_wherever_it_stands(home, property_id):
    """The formula's line, the list of assumptions and core.assumption: an input may bear another name than its row."""
    folder = home / "editions" / "latest" / "p" / property_id
    row = json.loads((folder / "row.json").read_text(encoding="utf-8"))
    beneath = json.loads((folder / row["beneath"]).read_text(encoding="utf-8"))
    listed = {one["assumption"]: one for one in beneath["assumptions"]}
    assumed = [one for one in beneath["inputs"] if one["kind"] == "assumption"]
    # What is assumed of today stands behind what the forecast takes.
    assert [one["input_id"] for one in assumed] == [one for one in listed if one not in OF_TODAY.values()]
    for one in assumed:
        stated = listed[one["input_id"]]
        assert one["said"].startswith(stated["value"] or "no central value"), one
        assert stated["title"].rstrip("…") in one["said"], one


def test_a_number_that_stands_nowhere_is_found_on_a_page(data):
    found, behind = data("compute.train_flop")
    mantissa, _, power = f"{found['row']['p50']:.2e}".partition("e+")
    raised = power.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    page = f"<p>{mantissa}×10{raised}</p><svg>123456</svg><pre>98765</pre><td>9.87×10{raised} FLOP</td>"
    assert Known(found, behind).missing(said_on(page)) == [f"9.87e{power}"]


def lines_of_ours(table):
    """The lines of a table, without those on which stands the essay's number alone: it is of the target day."""
    heads, *lines = (
        re.findall(r"(?s)<t[hd]\b[^>]*>(.*?)</t[hd]>", one) for one in re.findall(r"(?s)<tr.*?</tr>", table)
    )
    essay = {words(lang).chart["essay"] for lang in LANGUAGES}
    for line in lines:
        named = list(zip(heads, line, strict=False))
        if any(cell for head, cell in named[1:] if head not in essay):
            yield " ".join(line)


@pytest.mark.parametrize("lang", ["", ".zh"])
def test_a_row_without_a_number_for_the_target_has_none_in_a_table_of_its_series_either(home, data, lang):
    for row in ("auto.metr_h", "cyber.horizon"):
        told = {one["date"] for one in data(row)[0]["row"]["detail_json"]["ahead"]}
        page = (home / "editions" / "latest" / "p" / f"{row}{lang}.html").read_text()
        tables = re.findall(r"(?s)<table.*?</table>", page)
        dated = [year for table in tables for line in lines_of_ours(table) for year in re.findall(r"\b20[2-9]\d", line)]
        assert dated
        assert max(map(int, dated)) <= max(int(day[:4]) for day in told) < TARGET.year


def test_every_question_that_a_page_prints_finds_rows(home):
    """Of a series that is pooled from others, `observation_latest` has no row: the list of all of them was empty."""
    asked = {
        unescape(one)
        for page in (home / "editions" / "latest").rglob("*.html")
        for one in re.findall(
            r'gpt2030 sql (?:&#34;|&quot;|")(.+?)(?:&#34;|&quot;|")', page.read_text(encoding="utf-8")
        )
    }
    assert any("observation_fitted" in one for one in asked)
    with Reader(home / READ_COPY_FILE) as reader:
        assert [one for one in sorted(asked) if not reader.rows(one)] == []


def test_no_trend_is_drawn_above_the_limit_that_the_row_below_it_sets(home):
    """Eighteen billion weekly users of one service stood in the picture beneath a row that allows for six."""
    page = (home / "editions" / "latest" / "p" / "learn.dau.html").read_text()
    beneath = unescape(page.partition("usage/chatgpt")[0].partition(words("en").site["picture_of_alone"])[2])
    beneath = beneath.partition("<section")[0]
    assert "the limit that the row sets" in beneath
    assert "median forecast" in beneath
    assert "1 Jul 2030" not in beneath


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_assumed_of_today_has_its_source_on_the_page(home, lang):
    """The page gave 0.3 years with the source of the 0.75 that the forecast takes."""
    page = (
        home / "editions" / "latest" / "p" / f"learn.copies_compute{'.zh' if lang == 'zh' else ''}.html"
    ).read_text()
    assert 'id="a-train.run_years_now"' in page
    assert "Epoch AI, Data on AI models" in page
