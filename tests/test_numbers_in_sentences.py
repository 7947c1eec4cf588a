"""Every number in a sentence about a row stands in the row's own data: reasons, notes, alerts, differences and the feed.

Nothing here knows how a number is printed: what reads as a number in a text is looked for, at the digits it shows,
among the numbers of `explain --json`, of out.change and of the edition, and in the words of the cited rows.
"""

import json
import math
import re
import xml.etree.ElementTree as ET
from datetime import date
from functools import cache

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.commands.explain import lines
from infra.sample import SAMPLE_DAY
from models.properties.benchmark_rows import BENCHMARKS
from models.properties.table import PROPERTY_IDS
from tests.conftest import ROOT
from tests.flows.ask.explanations import as_json, explaining

BEFORE = date(2026, 6, 1)
ATOM = "{http://www.w3.org/2005/Atom}"
SUFFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
# Not within a word, a path, a date or another number; a suffix only where no word goes on behind it.
NUMBER = re.compile(r"(?<![\w./:-])[-+]?(\d[\d,]*\d|\d)(\.\d+)?(e[+-]?\d+)?(?: ?([kMBT])(?![\w-]))?( ?%)?(?!\d|:\d)")
DAY = re.compile(r"(?<!\d)\d{4}-\d{2}(?:-\d{2})?(?!\d)")
# 3.2–16 M: millions at both ends; not so 800,000–9 M.
RANGE = re.compile(r"(?<![\d.,])(\d+(?:\.\d+)?)–(\d[\d.,]*) ([kMBT])(?![\w-])")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WORDED_DAY = re.compile(rf"(?:(?<!\d)(\d{{1,2}}) )?\b({'|'.join(MONTHS)}) (\d{{4}})")
# Thresholds that rows of the table wait for, in the unit of the row, as declared.
MARKS = [one.mark * one.factor for one in BENCHMARKS.values() if one.mark is not None]
# What every sentence may count by: how far forecasts have been scored, and the day they are of.
SCORED_MONTHS = 24.0
ESSAY_YEAR = 2023


def numbers_in(text):
    """What reads as a number in a text: (as printed, value, half a unit of its last digit, is in per cent)."""
    for found in NUMBER.finditer(RANGE.sub(r"\1 \3 – \2 \3", DAY.sub(" ", text))):
        whole, fraction, power, suffix, percent = found.groups()
        scale = SUFFIXES[suffix or ""] * float(f"1{power}" if power else 1)
        digits = whole.replace(",", "")
        value = float(digits + (fraction or "")) * scale
        # 670,000 may be rounded to two digits: trailing zeros tell of no more than they have to.
        zeros = len(digits) - len(digits.rstrip("0")) if not fraction and len(digits) > 2 else 0
        step = 10.0 ** (zeros - len((fraction or ".")[1:])) * scale
        yield found[0].strip(), value, step / 2, bool(percent)


def with_plain_days(text):
    """12 Sep 2024 as 2024-09-12, Sep 2024 as 2024-09."""

    def plain(found):
        day, month, year = found.groups()
        return f"{year}-{MONTHS.index(month) + 1:02d}" + (f"-{int(day):02d}" if day else "")

    return WORDED_DAY.sub(plain, text)


def leaves(value):
    """Every number, day and text of nested data, as (numbers, texts)."""
    numbers, texts, ahead = [], [], [value]
    while ahead:
        one = ahead.pop()
        if isinstance(one, dict):
            ahead += [
                item for key, item in one.items() if key not in {"status_reason", "clauses", "row_number", "section"}
            ]
        elif isinstance(one, list | tuple):
            ahead += one
        elif isinstance(one, str):
            texts.append(one)
        elif isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one):
            numbers.append(abs(float(one)))
    return numbers, texts


class Known:
    """What is known of one row: the numbers and the words in which a sentence about it may be written."""

    def __init__(self, *data):
        found = [leaves(one) for one in data]
        self.texts = {text for _, texts in found for text in texts}
        days = {day for text in self.texts for day in DAY.findall(text)}
        self.days = days | {day[:7] for day in days}
        self.numbers = [number for numbers, _ in found for number in numbers]
        self.printed = {said for text in self.texts for said, *_ in numbers_in(text)}

    def missing(self, sentence):
        """The numbers and days of a sentence that stand nowhere in what is known."""
        # Words that are quoted as they are (names, setups, series) tell no number of ours; the longest first.
        for text in sorted((one for one in self.texts if len(one) > 2 and one in sentence), key=len, reverse=True):
            sentence = sentence.replace(text, " ") if not NUMBER.fullmatch(text) else sentence
        sentence = with_plain_days(sentence)
        lost = [day for day in DAY.findall(sentence) if day not in self.days]
        return lost + [said for said, *told in numbers_in(sentence) if not self._stands(said, *told)]

    def _stands(self, said, value, half, is_percent):
        if said in self.printed:
            return True
        factors = (1.0, 100.0) if is_percent else (1.0,)
        slack = half * (1 + 1e-9)
        return any(abs(number * factor - value) <= slack for number in self.numbers for factor in factors)


@pytest.fixture(scope="module")
def home(published):
    return published(BEFORE, SAMPLE_DAY)


@pytest.fixture(scope="module")
def said(home):
    def run(*arguments):
        done = CliRunner().invoke(cli, list(arguments), env={"GPT2030_HOME": str(home), "COLUMNS": "400"})
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


@pytest.fixture(scope="module")
def explanation(home):
    with explaining(home) as explain:
        yield cache(explain)


@pytest.fixture(scope="module")
def explained(explanation):
    """What `explain --json` has on a row: only records and what stands today of its observations."""

    @cache
    def of(property_id):
        found = as_json(explanation(property_id))
        for fit in found["fits"]:
            fit["observations"] = [row for row in fit["observations"] if row["is_record"] or row["is_standing"]]
        del found["evidence"]
        return found

    return of


def spans(row, target=date(2030, 7, 1)):
    """Spans of time that a sentence may tell: months to the day forecast, days since the newest row."""
    months = (target.year - SAMPLE_DAY.year) * 12 + target.month - SAMPLE_DAY.month - (target.day < SAMPLE_DAY.day)
    since = [(SAMPLE_DAY - date.fromisoformat(row["inputs_as_of"])).days] if row["inputs_as_of"] else []
    return [float(months), SCORED_MONTHS, *map(float, since), target.isoformat(), *MARKS, float(ESSAY_YEAR)]


@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_the_reason_of_a_status_tells_numbers_of_the_row(explained, property_id):
    found = explained(property_id)
    assert Known(found, spans(found["row"])).missing(found["row"]["status_reason"]) == []


@pytest.fixture(scope="module")
def changes(home):
    """out.change of the newer edition by row."""
    with duckdb.connect() as client:
        client.execute(f"ATTACH '{home / 'gpt2030.duckdb'}' (READ_ONLY)")
        columns = "property_id, cause, amount, size_spreads, detail, reach_spreads"
        rows = client.execute(f"SELECT {columns} FROM gpt2030.change_latest").fetchall()
        alerts = client.execute("SELECT subject, title, body, detail_json FROM gpt2030.out.alert").fetchall()
    return {name: [row for row in rows if row[0] == name] for name in {row[0] for row in rows}}, alerts


def test_alerts_tell_numbers_of_their_row_and_of_its_change(explained, changes):
    by_row, alerts = changes
    assert len(alerts) >= 3
    for subject, title, body, detail in alerts:
        found = explained(subject)
        known = Known(found, by_row.get(subject, []), json.loads(detail or "{}"), spans(found["row"]))
        assert known.missing(f"{title}\n{body}") == [], subject


def test_a_difference_tells_numbers_of_both_editions(explained, changes, said):
    rows = []
    for line in said("diff", BEFORE.isoformat(), "latest").splitlines():
        cells = [cell.strip() for cell in line.split("│")]
        if len(cells) > 1:
            # A row begins where its size stands, or its new status; its id stands on a later line.
            rows += [[]] if cells[2] or cells[3].startswith("status ") else []
            rows[-1].append(cells)
    told = {cells[0]: [" ".join(one[1:]) for one in row] for row in rows for cells in row if cells[0] in PROPERTY_IDS}
    assert len(told) == len(rows) > 10
    # What moved a range is no part of out.change: the difference itself says it to scripts.
    given = json.loads(said("diff", BEFORE.isoformat(), "latest", "--json"))["properties"]
    moved = {one["property_id"]: one for one in given}
    for name, sentences in told.items():
        found = explained(name)
        known = Known(found, changes[0].get(name, []), spans(found["row"]), moved[name].get("reaches", {}))
        assert known.missing(" ".join(sentences)) == [], name


def test_the_feed_tells_numbers_of_its_rows(home, explained, changes):
    entries = ET.parse(home / "editions" / "latest" / "feed.xml").getroot().findall(f"{ATOM}entry")
    rows = [one for one in entries if not one.find(f"{ATOM}id").text.rpartition(":")[2].startswith("alert/")]
    assert rows
    for entry in rows:
        name = entry.find(f"{ATOM}id").text.rpartition("/")[2]
        found = explained(name)
        known = Known(found, changes[0].get(name, []), spans(found["row"]))
        text = f"{entry.find(f'{ATOM}title').text}\n{entry.find(f'{ATOM}content').text}"
        assert known.missing(text) == [], name


@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_what_is_printed_of_a_row_tells_its_numbers(explained, explanation, property_id):
    """The head of `explain`: today, essay, so far, status."""
    found = explained(property_id)
    head = "\n".join(lines(explanation(property_id))).split("\n\n")[0].partition("\n")[2]
    assert Known(found, spans(found["row"])).missing(head) == []


@pytest.mark.parametrize("wrong", ["93.1 % on 2024-09-12", "94.8 % on 2024-09-13", "4.9 spreads"])
def test_a_number_or_day_that_stands_nowhere_is_found(explained, wrong):
    assert Known(explained("math.date_92pct")).missing(f"Passed with {wrong}.") != []


def test_the_docs_count_the_tasks_beyond_two_years_as_they_are_scored(published):
    """Four were told of, and the essay's day of gold at the IMO made five."""
    asked = "SELECT DISTINCT target, horizon_months FROM out.score WHERE basis = 'stated' AND horizon_months > 24"
    with duckdb.connect(published(SAMPLE_DAY) / "gpt2030.duckdb", read_only=True) as client:
        tasks = client.execute(asked).fetchall()
    text = (ROOT / "docs" / "forecasting.md").read_text(encoding="utf-8")
    told = " ".join(text.partition("Further ahead `out.score` has")[2].partition("tell nothing of 2030")[0].split())
    counted = ("no", "one", "two", "three", "four", "five", "six", "seven")
    assert told.startswith(f"the {counted[len(tasks)]} tasks")
    assert set(re.findall(r"\b\d\d\b", told)) == {str(months) for _, months in tasks}
    named = {"math": "MATH", "mmlu": "MMLU", "math.imo_gold_date": "IMO"}
    assert {named[target.partition("/")[0]] for target, _ in tasks} == set(re.findall(r"MATH|MMLU|IMO", told))
