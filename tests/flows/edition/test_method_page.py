"""The page of the method: nothing of the table is left out, its figures are the program's, assumptions are cited."""

from __future__ import annotations

import re
from html import unescape

import duckdb
import pytest

from flows.edition.authored import formula_in_words
from flows.edition.words import words
from infra.sample import SAMPLE_DAY
from models.forecasting.forecasters import MEMBERS
from models.properties.propagation import DRAWS
from tests.flows.edition.site_made import COMPUTE, files
from tests.test_numbers_in_sentences import BEFORE
from tests.warehouse.edition_frames import properties, property_row

# Four words of English in a row, the first with or without a capital: a sentence, not an id.
PHRASE = re.compile(r"[A-Za-z]{2,}(?: [a-z]{2,}){1,}")


def seen(page: str) -> str:
    return " ".join(unescape(re.sub(r"(?s)<head>.*?</head>|<[^>]+>", " ", page)).split())


@pytest.fixture(scope="module", params=["en", "zh"])
def said(request):
    ending = "" if request.param == "en" else f".{request.param}"
    return request.param, seen(files()[f"method{ending}.html"].decode())


@pytest.fixture(scope="module")
def edition(published):
    """The tables of an edition of the embedded default, and its pages of the method."""
    home = published(BEFORE, SAMPLE_DAY)
    folder = home / "editions" / "latest"
    with duckdb.connect() as client:
        rows = client.sql(f"FROM '{folder / 'properties.parquet'}' ORDER BY row_number").pl()
    return rows, {lang: (folder / name).read_text() for lang, name in (("en", "method.html"), ("zh", "method.zh.html"))}


def test_it_names_every_member_of_the_pool_and_how_many_draws_a_formula_has(said):
    lang, text = said
    for member in MEMBERS:
        assert f"{member} {words(lang).method['member_' + member.replace('-', '_')]}" in text
    assert f" {DRAWS} " in text


def test_the_least_that_counts_is_told_once_and_in_one_sentence(said):
    """The page said it as seven per cent, and in the next sentence again as 0.03 powers of ten."""
    lang, text = said
    least = (
        ("0.03 powers of ten", "0.1 years", "seven per cent") if lang == "en" else ("0.03 次幂", "0.1 年", "百分之七")
    )
    (told,) = (sentence for sentence in re.split(r"\. |。", text) if any(one in sentence for one in least))
    assert all(told.count(one) == 1 for one in least)


def test_each_basis_and_status_stands_with_the_number_of_rows_that_have_it(said):
    lang, text = said
    table = properties()
    for column, names in (("basis", words(lang).basis), ("status", words(lang).status)):
        for code, count in table[column].value_counts().iter_rows():
            assert f"{names[code]} · {count} " in text
        for code in set(names) - set(table[column]):
            assert f"{names[code]} · 0" not in text


def test_estimates_are_counted_beside_what_was_measured():
    """Sixteen rows were all said to be measured, two of them marked as estimated where they stand."""
    guessed = {"actual_note": "Epoch, confidence: Speculative", "actual_kind": "measured"}
    rows = properties([property_row(**guessed), property_row(**guessed, property_id="speed.multiple", row_number=16)])
    made = files(rows=rows)
    for lang, ending in (("en", ""), ("zh", ".zh")):
        told = words(lang).method["actual_kind_measured"].format(estimated=2)
        assert told in seen(made[f"method{ending}.html"].decode())
        assert "{" not in told


def test_every_cause_that_a_change_may_have_is_told(said):
    lang, text = said
    method = words(lang).method
    told = [name for name in method if name.startswith("cause_")]
    assert len(told) == 7
    for name in told:
        assert f"{words(lang).ledger[name.removeprefix('cause_')]} {method[name]}" in text


def test_an_assumption_is_cited_with_its_range_and_the_rows_above_it(said):
    _, text = said
    row = next(one for one in properties().iter_rows(named=True) if one["property_id"] == "compute.train_flop")
    cited = text[text.index("compute.feasible_ flop") :]
    assert "Can scaling continue" in cited
    assert re.search(rf"\b{row['row_number']}\b", cited)
    assert "2×10²⁹ FLOP" in cited
    assert COMPUTE not in cited  # what is measured is no assumption


def test_every_formula_of_an_edition_is_on_it_and_each_row_has_its_page(edition):
    rows, pages = edition
    for lang, page in pages.items():
        ending = "" if lang == "en" else ".zh"
        for row in rows.iter_rows(named=True):
            assert f'href="p/{row["property_id"]}{ending}.html"' in page
            assert formula_in_words(row["formula"], lang) in seen(page)


def test_no_english_phrase_is_left_in_a_chinese_formula(edition):
    rows, _ = edition
    for formula in rows["formula"]:
        assert not PHRASE.search(formula_in_words(formula, "zh")), formula
        assert formula_in_words(formula, "en") == formula


def test_a_stated_range_is_shown_as_what_it_is(edition):
    _, pages = edition
    for lang, page in pages.items():
        of = "p10–p90" if lang == "en" else "p10–p90："
        assert of in seen(page), lang
        assert words(lang).method["interval_range"] in seen(page), lang


def test_an_assumption_stated_under_another_name_has_that_name_and_its_range(edition, published):
    """Five of them stood without the range that `explain` tells, and a cause named one that was on no page."""
    _, pages = edition
    with duckdb.connect() as client:
        client.execute(f"ATTACH '{published(BEFORE, SAMPLE_DAY) / 'gpt2030.duckdb'}' AS home (READ_ONLY); USE home")
        named = client.sql(
            """SELECT DISTINCT i.input_id, i.assumption_id, a.low IS NOT NULL AND a.high IS NOT NULL FROM property_input AS i
               JOIN core.assumption AS a USING (assumption_id) WHERE i.assumption_id <> i.input_id"""
        ).fetchall()
    assert {"speed.k", "learn.dau_share"} <= {name for name, _, has_range in named if has_range}
    for lang, page in pages.items():
        for name, stated_as, has_range in named:
            (entry,) = re.findall(rf'(?s)<tr id="a-{re.escape(name)}">(.*?)</tr>', page)
            assert f"{words(lang).method['stated_as']} {stated_as}" in seen(entry.replace("<wbr>", "")).replace(
                "_ ", "_"
            )
            assert ("–" in seen(entry.split('<td class="full">')[0])) == has_range, (lang, name)


def test_every_assumption_beneath_a_row_is_on_the_page_with_the_rows_that_rest_on_it(edition, published):
    _, pages = edition
    home = published(BEFORE, SAMPLE_DAY)
    with duckdb.connect() as client:
        client.execute(f"ATTACH '{home / 'gpt2030.duckdb'}' AS home (READ_ONLY); USE home")
        named = client.sql(
            """SELECT i.input_id, p.row_number FROM property_input AS i JOIN property_latest AS p USING (property_id)
               WHERE i.kind = 'assumption'"""
        ).fetchall()
    assert len(named) > 40
    for name, number in named:
        (entry,) = re.findall(rf'(?s)<tr id="a-{re.escape(name)}">(.*?)</tr>', pages["en"])
        assert f">{number}</a>" in entry, (name, number)
