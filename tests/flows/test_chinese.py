"""Chinese says what English says: line by line, number by number, day by day, and without leaving out a remark."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from datetime import date
from functools import cache
from html import unescape

import pytest
from rich.console import Console

from flows.ask.alert_titles import title_of
from flows.ask.explain import Grounds
from flows.commands.common import edition_meant
from flows.commands.diff import _cells, _compared
from flows.commands.explain import lines
from flows.commands.show import draw_row
from flows.edition.formats import typeset
from flows.edition.living import lede, living_view, rule
from flows.edition.reason_clauses import clauses_in
from flows.edition.reasons import reason
from flows.edition.tables import terminal_rows
from flows.edition.words import words
from infra.sample import SAMPLE_DAY
from models.days import RESTS_ON
from models.properties.table import PROPERTY_IDS
from warehouse.outbox import listed_alerts
from warehouse.published import edition_in_force, living_of, properties_of
from warehouse.reader import Reader
from warehouse.snapshots import SnapshotStore
from warehouse.store import READ_COPY_FILE

BEFORE, TARGET = date(2026, 6, 1), date(2030, 7, 1)

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ENGLISH_DAY = re.compile(rf"(?:\b(\d{{1,2}}) )?\b({'|'.join(MONTHS)})[a-z]* (\d{{4}})")
CHINESE_DAY = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月(?: ?(\d{1,2}) ?日)?")
ISO_DAY = re.compile(r"(?<![\d-])(\d{4})-(\d{2})(?:-(\d{2}))?(?![\d-])")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
POWER = re.compile(r"×10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
UNSAID = words("zh").detail["untold"]


def told_numbers(text):
    """Days, and the significant digits of all other numbers: 1.6 B and 16亿 have the same."""
    found = Counter()

    def taken(year, month, day):
        found[f"{year}-{int(month or 0)}-{int(day or 0)}"] += 1
        return " "

    text = POWER.sub(lambda one: f"e{one[1].translate(RAISED)}", text)
    text = ENGLISH_DAY.sub(lambda one: taken(one[3], MONTHS.index(one[2]) + 1, one[1]), text)
    text = CHINESE_DAY.sub(lambda one: taken(one[1], one[2], one[3]), text)
    text = ISO_DAY.sub(lambda one: taken(one[1], one[2], one[3]), text)
    for number in NUMBER.findall(text):
        digits = number.replace(",", "").replace(".", "").strip("0")
        found[digits or "0"] += 1
    return found


@pytest.fixture(scope="module")
def home(published):
    return published(SAMPLE_DAY)


@pytest.fixture(scope="module")
def rows(home):
    with Reader(home / READ_COPY_FILE) as reader:
        found = properties_of(reader, edition_in_force(reader))
    return {row["property_id"]: row for row in found.iter_rows(named=True)}


@pytest.fixture(scope="module")
def told(home, rows):
    """The lines of a command on a row in a language, each in one piece."""
    with Reader(home / READ_COPY_FILE) as reader:
        edition_id = edition_in_force(reader)
        grounds = {lang: Grounds.read(reader, SnapshotStore(home), edition_id, lang=lang) for lang in ("en", "zh")}

        def said(command, property_id, lang):
            row = rows[property_id]
            if command == "explain":
                return list(lines(grounds[lang].explain(row), lang))
            out = Console(file=io.StringIO(), width=9000)
            draw_row(out, row, lang, TARGET)
            return [line.rstrip() for line in out.file.getvalue().splitlines()]

        yield cache(said)


@pytest.mark.parametrize("command", ["show", "explain"])
@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_every_line_has_its_counterpart_with_all_its_numbers(told, command, property_id):
    english, chinese = (told(command, property_id, lang) for lang in ("en", "zh"))
    assert len(english) == len(chinese)
    pairs = zip(english, chinese, strict=True)
    lost = [(said, other) for said, other in pairs if told_numbers(said) - told_numbers(other)]
    assert lost == []


# On whose word something stands, as either language has it.
THIRD_PARTY = (re.compile("third[-_ ]part(?:y|ies)"), re.compile("第三方|third_party"))
MEMORY = (re.compile("(?:from|on) memory|remembered"), re.compile("凭记忆"))


@pytest.mark.parametrize("command", ["show", "explain"])
@pytest.mark.parametrize("property_id", PROPERTY_IDS)
def test_on_whose_word_a_line_stands_is_said_in_both_languages(told, command, property_id):
    """Of 7 rows whose number so far follows from a report, Chinese said so and English did not."""
    english_lines, chinese_lines = (told(command, property_id, lang) for lang in ("en", "zh"))
    pairs = list(zip(english_lines, chinese_lines, strict=True))
    for english, chinese in (THIRD_PARTY, MEMORY):
        assert [both for both in pairs if bool(english.search(both[0])) != bool(chinese.search(both[1]))] == []


def test_a_number_that_follows_from_a_report_says_so(told):
    for property_id in ("overhang.work_years", "work.agents", "learn.copies_compute", "code.apps80_date"):
        assert any("third-party report" in line for line in told("show", property_id, "en")), property_id


@pytest.mark.parametrize("command", ["show", "explain"])
def test_nothing_of_the_embedded_default_is_merely_told_to_be_there(told, command):
    untold = [line for one in PROPERTY_IDS for line in told(command, one, "zh") if UNSAID in line]
    assert untold == []


# What is written without a space on either side: a bracket holds its own.
SPACED = re.compile(r"[）］》”，。；：、！？] +(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) +[（［《“，。；：、！？]")
# A column of a listing or of a name and what is said of it has its own gap, of two or more.
COLUMN = re.compile(r" {2,}")


@pytest.mark.parametrize("command", ["show", "explain"])
def test_a_full_width_sign_has_no_space_beside_it(told, command):
    """ "43（25–85） 小时": the bracket is as wide as a sign, and the space opened a hole after it."""
    spaced = [
        (one, part)
        for one in PROPERTY_IDS
        for line in told(command, one, "zh")
        for part in COLUMN.split(line.strip())
        if SPACED.search(part)
    ]
    assert spaced == []


def test_no_reason_repeats_the_number_so_far(rows):
    assert [name for name, row in rows.items() if "截至目前：" in reason(row, "zh")] == []


def test_a_reason_is_kept_whole_as_values(rows):
    """What the values lack, Chinese would lack: filled into the English patterns, they give the English reason."""
    for row in rows.values():
        detail, kept = json.loads(row["detail_json"] or "{}"), row["status_reason"]
        for said in RESTS_ON.values():  # which follows from the note and its kind, and is no clause
            kept = kept.removesuffix(said)
        clauses = clauses_in(detail, row["unit"], "en")
        assert clauses, row["property_id"]
        # Alike but for the capital of a sentence and the space before a sign of per cent.
        left = kept.lower().replace(" %", "%")
        for one in clauses:
            told = one.lower().replace(" %", "%")
            assert told in left, (row["property_id"], one)
            left = left.replace(told, "", 1)
        if row["status"] != "beyond_range":  # whose years and courses stand in its detail
            assert set(left) <= set("; ."), (row["property_id"], left)


@pytest.mark.parametrize("property_id", ["learn.dau", "overhang.work_years", "speed.multiple", "auto.oversight_h"])
def test_a_page_tells_inputs_as_explain_does(home, rows, property_id):
    """What stands below another row stands on the page of that row, to which the tree leads."""
    with Reader(home / READ_COPY_FILE) as reader:
        grounds = Grounds.read(reader, SnapshotStore(home), edition_in_force(reader), lang="zh")
        found = grounds.explain(rows[property_id])
    assert found.inputs

    def page_of(name):
        return (home / "editions" / "latest" / "p" / f"{name}.zh.html").read_text(encoding="utf-8")

    above = [property_id]
    for one in found.inputs:
        del above[one.depth :]
        page = page_of(above[-1])
        seen = unescape(re.sub(r"<[^>]+>", "", page))
        # Without the title of what is cited, which stands in the evidence.
        told = one.said.split(" <")[0].rpartition("：")[0] if one.kind == "assumption" else one.said
        if one.input_id in rows:
            # The median of a row stands once, on the page of the row.
            told, _, median = told.partition(words("zh").explain["median"].partition("{}")[0])
            assert typeset(median) in unescape(re.sub(r"<[^>]+>", "", page_of(one.input_id))), one.input_id
            told = "" if one.kind == "property" else told
        assert typeset(told) in seen, (one.input_id, above)
        above.append(one.input_id if one.input_id in rows else above[-1])
        assert one.input_id not in rows or f'href="{one.input_id}.zh.html"' in page


def of_the_table(reader, lang):
    rows = properties_of(reader, edition_in_force(reader))
    return terminal_rows(rows, lang)


def of_the_living_rows(reader, lang):
    rows = living_of(reader, edition_in_force(reader)).to_dicts()
    yield from (living_view(row, lang) for row in rows)
    yield lede(rows, lang), rule(rows, lang)


def of_the_difference(reader, lang):
    old, new = edition_meant(reader, BEFORE.isoformat()), edition_in_force(reader)
    return [_cells(row, lang) for row in _compared(reader, old, new, None, lang)["properties"]]


def of_the_alerts(reader, lang):
    rows = properties_of(reader, edition_in_force(reader))
    labels = dict(zip(rows["property_id"], rows[f"label_{lang}"], strict=True))
    for alert in listed_alerts(reader).iter_rows(named=True):
        yield (title_of(alert | {"detail": json.loads(alert["detail_json"])}, labels, lang),)


@pytest.mark.parametrize("told_by", [of_the_table, of_the_living_rows, of_the_difference, of_the_alerts])
def test_what_spans_rows_says_in_chinese_what_it_says_in_english(published, told_by):
    with Reader(published(BEFORE, SAMPLE_DAY) / READ_COPY_FILE) as reader:
        english, chinese = (list(told_by(reader, lang)) for lang in ("en", "zh"))
    assert english
    pairs = [both for rows in zip(english, chinese, strict=True) for both in zip(*rows, strict=True)]
    assert [(said, other) for said, other in pairs if told_numbers(said) - told_numbers(other)] == []
    assert [other for _, other in pairs if UNSAID in other] == []


def test_after_a_chinese_character_stands_a_colon_of_full_width(home):
    """The template of English writes its colon itself: on a Chinese page it was half as wide as its neighbours."""
    pages = sorted((home / "editions" / "latest").resolve().rglob("*.zh.html"))
    assert len(pages) > len(PROPERTY_IDS)
    for page in pages:
        text = unescape(re.sub(r"(?s)<(head|svg)\b.*?</\1>|<[^>]+>", "", page.read_text(encoding="utf-8")))
        assert re.findall(r".{,9}[\u4e00-\u9fff] ?:(?!//)", text) == [], page.name
