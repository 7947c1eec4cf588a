"""Both languages say everything, and every code of the contracts has its word."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from flows.edition.words import LANGUAGES, words
from models.changes.size import DEX, MATERIALITY, POINTS, YEARS
from models.days import RESTS_ON
from models.properties.declared_inputs import ASSUMED
from models.properties.essay_arithmetic import DEFINITIONS
from models.properties.formulas import formulas
from models.properties.table import PROPERTY_IDS
from tests.warehouse import edition_frames
from warehouse.contracts import core, out, raw
from warehouse.health import STATES


def keys(table: dict[str, object], path: str = "") -> set[str]:
    """Every key of a nested table as a dotted path."""
    return {
        name
        for key, value in table.items()
        for name in (keys(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}"})
    }


def packaged(lang: str) -> dict[str, object]:
    return tomllib.loads(files("flows").joinpath("edition", f"words.{lang}.toml").read_text(encoding="utf-8"))


def test_what_a_row_rests_on_is_worded_as_it_is_kept():
    """The models, which may not read these words, keep the sentence with the reason; the pages must not add another."""
    assert {name: words("en").site[f"reason_{name}"] for name in RESTS_ON} == RESTS_ON


NAMES = {
    "today": ("Today", "今日预测", ("Expected", "预计")),
    "actual": ("So far", "截至目前", ("By now", "by now")),
}


@pytest.mark.parametrize("column", NAMES)
def test_a_column_has_one_name_on_every_page_and_command(column):
    """The page of a row headed "By now" and "Expected" what the table beside it called "So far" and "Today"."""
    *named, others = NAMES[column]
    for lang, name in zip(("en", "zh"), named, strict=True):
        w = words(lang)
        heads = {
            "today": (w.columns["today"], w.explain["today"], w.site["expected"], w.site["expected_day"]),
            "actual": (w.columns["actual"], w.explain["so_far"], w.site["by_now"], w.site["happened_short"],
                       w.site["so_far_value"], w.chart["so_far"]),
        }  # fmt: skip
        assert [one for one in heads[column] if not one.strip().lower().startswith(name.lower())] == []
        told = [text for section in (w.columns, w.site, w.page, w.chart, w.explain) for text in section.values()]
        assert [text for text in told if text.partition("{")[0].strip(" ,:，：（") in others] == []


def test_both_languages_have_the_same_keys():
    assert keys(packaged("en")) == keys(packaged("zh"))


def test_patterns_ask_for_the_same_fields_in_both_languages():
    """A pattern that lacks a field would silently drop a number from the sentence."""

    def fields(value: object) -> list[str]:
        if isinstance(value, dict):
            return [f"{key}:{field}" for key, item in sorted(value.items()) for field in fields(item)]
        return sorted(part.split("}")[0] for part in str(value).split("{")[1:]) if isinstance(value, str) else []

    english, chinese = ({k: fields(v) for k, v in packaged(lang).items() if k != "scales"} for lang in ("en", "zh"))
    assert english == chinese


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_input_of_a_formula_that_is_no_row_has_a_name(lang):
    """`explain` would print its id and nothing that says what it is."""
    used = {name for formula in formulas().values() for name in formula.inputs}
    # Rows have labels, but not every formula is a row.
    assert {*used, *ASSUMED, *DEFINITIONS} - set(PROPERTY_IDS) <= set(words(lang).inputs)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_the_contracts_has_a_word(lang):
    w = words(lang)
    assert set(out.CELL_STATES) - {"value"} == set(w.states)
    assert set(out.PROPERTY_STATUS) == set(w.status) == set(w.status_meaning)
    assert set(out.BASES) == set(w.basis)
    assert set(out.ACTUAL_KINDS) - {"measured"} == set(w.kinds)
    assert set(raw.LOOK_OUTCOMES) == set(w.outcomes)
    assert set(STATES) == set(w.freshness) == set(w.freshness_meaning)
    assert set(core.UNITS) <= set(w.units)
    assert not [word for word in w.units.values() if "_" in word]
    assert {"1", "2", "3", "4", "5", "6"} == set(w.sections)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_unit_of_the_table_and_every_source_has_a_word(lang):
    assert set(edition_frames.properties()["unit"]) <= set(words(lang).units)
    assert {"curated", "essay", "epoch_benchmarks", "metr", "metaculus", "models_dev"} <= set(words(lang).sources)


def test_what_has_no_word_yet_is_printed_as_the_contract_writes_it():
    assert words("zh").unit("furlongs") == "furlongs"
    assert words("zh").source("new_source") == "new_source"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_least_spread_is_told_as_it_is_counted(lang):
    """Of a point forecast half of q84 - q16 is nothing, and "49 up" had no unit."""
    told = words(lang).site["causes_spread"]
    glossary = Path(__file__).parents[3].joinpath("docs", "glossary.md").read_text(encoding="utf-8")
    assert MATERIALITY[POINTS] == 1
    for amount in (MATERIALITY[YEARS], MATERIALITY[DEX]):
        assert f"{amount:g}" in told
        assert f"{amount:g}" in glossary.partition("| **spread** |")[2].partition("\n")[0]


def test_two_tests_nobody_reports_on_differ_by_how_far_their_records_came():
    """MATH is retired and APPS unrefittable for the same silence: the meanings must tell the two apart."""
    meaning = {lang: words(lang).status_meaning for lang in ("en", "zh")}
    assert "passed its mark or came near its ceiling" in meaning["en"]["retired"]
    assert "fell short of its mark and of its ceiling" in meaning["en"]["unrefittable"]
    assert "已越过阈值或接近上限" in meaning["zh"]["retired"]
    assert "既未越过阈值也未接近上限" in meaning["zh"]["unrefittable"]
    assert "used up" not in meaning["en"]["retired"]
    assert "饱和" not in meaning["zh"]["retired"]


def test_what_a_report_alone_says_is_not_called_measured_where_passing_is_told():
    """The gold medal of 2025 is a report, on plainer terms than the question's, and is counted among what passed."""
    for lang, reported, plainer in (("en", "measured or reported", "plainer terms"), ("zh", "实测或报告", "宽松")):
        w = words(lang)
        assert reported in w.site["standing_sentence"]
        assert reported in w.status_meaning["crossed"]
        assert plainer in w.status_meaning["crossed"]
