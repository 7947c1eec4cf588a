"""English that people and models wrote, told in Chinese, and what has none yet told to be there."""

from __future__ import annotations

import csv
import re
import tomllib
from datetime import date
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest

from flows.edition.authored import in_language, is_foreign, reading_in, remarks_in, setup_in, system_in
from flows.edition.words import words
from models.forecasting.fits import CLOSED, FitGrounds, verdict
from models.properties.belief_rows import EVIDENCE
from models.properties.benchmark_rows import BENCHMARKS
from models.properties.companions import BESIDE
from models.properties.declared_inputs import ASSUMED
from models.properties.flag_rows import TASKS, UNMEASURED_TASKS
from models.properties.table import _FOLLOWED_BY

UNTOLD = words("zh").detail["untold"]
SOURCES = Path(__file__).parents[3] / "sources"
HAN = re.compile(r"[\u4e00-\u9fff]")
# Words of English that a name or a unit is not made of.
PLAIN = re.compile(r"\b(?:the|of|about|only|and|by|million|billion|thousand|years?|readings?|author|times)\b")


def fits():
    """What a forecaster may say of a fit."""
    cases = product(
        (0, 1, 2, 40),
        (0, 1, 2, 9),
        (0.1, 0.999),
        (1.0, 500.0),
        (date(2024, 12, 6),),
        ("active", *CLOSED),
        (True, False),
        (True, False),
    )
    return {why for case in cases if (why := verdict(FitGrounds(*case))[1]) is not None}


def declared():
    """What models name in words that reach a reader."""
    yield from (one.label for companions in BESIDE.values() for one in companions)
    yield from (one.mark_name for one in BENCHMARKS.values() if one.mark_name)
    yield from (one.name for one in TASKS)
    yield from UNMEASURED_TASKS
    yield from EVIDENCE.values()
    yield from (one.why for one in ASSUMED.values())


@pytest.mark.parametrize("text", sorted({*fits(), *declared()}))
def test_what_the_models_say_has_chinese_words(text):
    told = setup_in(text, "zh")
    assert UNTOLD not in told
    assert not is_foreign(told, "zh")
    assert setup_in(text, "en") == text


# Labels that are the name of a benchmark and nothing else.
NAMES_ALONE = {"GPQA Diamond"}


def test_every_label_of_what_stands_beside_a_row_is_chinese():
    """Too short for a sentence, "METR, 50 % success" stood in English on a Chinese page."""
    labels = {one.label for companions in BESIDE.values() for one in companions}
    assert {one for one in labels if not HAN.search(setup_in(one, "zh"))} == NAMES_ALONE


def test_what_has_no_words_yet_is_told_to_be_there_and_keeps_who_and_on_whose_word():
    remark = "a remark that nobody has put into Chinese"
    assert in_language(remark, "zh") == UNTOLD
    note = f"Opus 9, board/new: {remark}; another one that is new as well; as a third party reports"
    assert reading_in(note, "zh") == f"Opus 9，board/new：{UNTOLD}；据第三方所述"
    assert reading_in(note, "en") == note


def test_names_and_numbers_stay_as_they_are():
    assert in_language("GPT-6 Astra", "zh") == "GPT-6 Astra"
    parts = "50 % time horizon, suite 1.1, issue of 2026-03-03; 95 % interval 1.96 to 7.907 min"
    assert setup_in(parts, "zh") == "50% 任务时长，第 1.1 版任务集，2026年3月3日 期；95% 区间 1.96 至 7.907 分钟"
    assert setup_in("95 % interval 114 to 406.7 min; n 6", "zh") == "95% 区间 114 至 406.7 分钟；n 6"
    assert (
        reading_in("Celia, imo/points/official: 42 of 42 points", "zh") == "Celia，imo/points/official：42 分中的 42 分"
    )


def written():
    """What the essay's table and the curated assumptions say of each number, apart and as pages join it."""
    with (SOURCES / "essay" / "numbers.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            said = [text for text in (row["statement"], row["note"]) if text]
            yield from said
            if row["placement"] == "assumption":
                yield "; ".join(said)
    with (SOURCES / "curated" / "assumptions.csv").open(encoding="utf-8") as file:
        yield from (row["note"] for row in csv.DictReader(file) if " " in row["note"])


@pytest.mark.parametrize("text", sorted(set(written())))
def test_what_stands_beside_a_number_of_the_essay_or_an_assumption_is_chinese_throughout(text):
    """Short remarks escaped the look for sentences, and stood in English: "only about 3,000"."""
    told = remarks_in(text, "zh")
    assert HAN.search(told)
    assert UNTOLD not in told
    assert not PLAIN.search(re.sub(r"《.*?》|Electronic Journal of Combinatorics", "", told))


def setups():
    """How every reading of the embedded default was measured: a replay may show any of them, the newest edition few."""
    for file in sorted((SOURCES / "curated").glob("*.csv")):
        with file.open(encoding="utf-8") as lines:
            yield from (row["setup"] for row in csv.DictReader(lines) if row.get("setup"))


# Short enough to be names: of a card, a mode, a metric.
NAMED = re.compile(r"(?:Grok|Opus)[ \w.]* Card|Instruct|Reasoner|medium|high|xHigh|pass@\d|agentic|n \d+")


def test_every_setup_of_the_embedded_default_is_told_in_chinese():
    """Two of AlphaCode's, which only a replay shows, were told as a remark in English."""
    parts = sorted({part for setup in setups() for part in setup.split("; ")})
    said = {part: setup_in(part, "zh") for part in parts}
    assert [part for part, told in said.items() if UNTOLD in told] == []
    plain = {
        part for part, told in said.items() if PLAIN.search(told) or (told == part and re.search(r"[a-z]{4}", part))
    }
    assert {part for part in plain if not NAMED.fullmatch(part)} == set()


def systems():
    """Every system of the embedded default, as its curator calls it."""
    for file in sorted((SOURCES / "curated").glob("*.csv")):
        with file.open(encoding="utf-8") as lines:
            yield from (row["system"] for row in csv.DictReader(lines) if row.get("system"))


# What their makers or papers call it: methods, sizes and editions of a name.
CALLED = {
    "GPT-4 (Progressive-Hint Prompting)", "GPT-4 Turbo (Cumulative Reasoning)", "Gemini Pro (OmegaPRM)",
    "NVIDIA B300 (Blackwell Ultra)",
}  # fmt: skip
DESCRIBED = re.compile(r"\([^)]*[a-z]{4,}|[a-z]{4,} [a-z]{3,}|\w (?!mini|nano)[a-z]{3,}|\([^)]*[A-Z][a-z]{2} \d{4}\)")


def test_what_describes_a_system_is_told_in_chinese():
    """ "o3 (early checkpoint)" and "Google all surfaces" are no names: they stood in English on Chinese pages."""
    described = {name for name in systems() if DESCRIBED.search(name)} - CALLED
    assert len(described) > 25
    assert {name for name in described if DESCRIBED.search(system_in(name, "zh"))} == set()
    assert {name for name in systems() if system_in(name, "en") != name} == set()
    assert {name: system_in(name, "zh") for name in CALLED} == {name: name for name in CALLED}
    assert system_in("Gemini 2.5 Pro (preview, Jun 2025)", "zh") == "Gemini 2.5 Pro（预览版，2025年6月）"
    assert reading_in("o3 (early checkpoint), codeforces/percentile/openai", "zh").startswith("o3（早期检查点），")


def test_what_feeds_write_of_a_setup_is_told_in_chinese():
    said = {
        "95 % interval 5.03 to 20.81 minutes": "95% 区间 5.03 至 20.81 分钟",
        "fit of the file of 2026-10-01, anchors Claude 3.5 Sonnet = 130 and GPT-5 = 150": (
            "2026年10月1日 文件的拟合，定标 Claude 3.5 Sonnet = 130、GPT-5 = 150"
        ),
        "median of 24 probes, quartiles 45.8 to 57.2": "24 次探测的中位数，四分位 45.8 至 57.2",
        "58 of 1103 answers, before weighting": "加权前 1103 份回答中的 58 份",
        "annualized revenue; media report; confidence likely": "年化收入；媒体报道；置信度：可能",
    }
    assert {text: setup_in(text, "zh") for text in said} == said


def test_a_remark_with_a_semicolon_of_its_own_is_told_beside_others():
    text = "2.3e27; quartiles 5M and 660M petaFLOP/s-days; a state of 2023, not a forecast"
    assert remarks_in(text, "zh") == "2.3e27；四分位数为 500万与 6.6亿 petaFLOP/s-day；2023 年的状况，并非预测"
    assert remarks_in(text, "en") == text
    assert remarks_in("about 1.33; a remark that nobody has told", "zh") == f"约 1.33；{UNTOLD}"


def test_a_median_of_readings_is_told():
    assert reading_in("median of 5 readings up to 2026-11-26, speed/flagship/p50", "zh") == (
        "截至 2026年11月26日 的 5 项读数的中位数，speed/flagship/p50"
    )


def test_great_numbers_are_counted_as_chinese_counts_them():
    """ "6 billion" and "13 百万" beside 万 and 亿 would be three ways of counting in one sentence."""
    text = files("flows").joinpath("edition", "authored.zh.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    told = [one for part in read.values() for one in part.values()]
    assert [one for one in told if re.search(r"\d ?(?:百万|十亿|million|billion)|\d M\b", one)] == []


def test_an_assumption_names_the_scale_of_both_numbers_that_it_divides():
    with (SOURCES / "curated" / "assumptions.csv").open(encoding="utf-8") as file:
        notes = [row["note"] for row in csv.DictReader(file)]
    scale = "million|billion|trillion"
    bare = re.compile(rf"\d over [\d.,]+ (?:{scale})")
    assert [one for one in notes if bare.search(one)] == []


def test_the_row_that_takes_anothers_place_has_the_name_of_its_own_page():
    with SOURCES.joinpath("essay", "numbers.csv").open(encoding="utf-8") as file:
        labels = {row["property_id"]: (row["label_en"], row["label_zh"]) for row in csv.DictReader(file)}
    for heir in set(_FOLLOWED_BY.values()):
        english, chinese = labels[heir]
        assert setup_in(english, "zh") == chinese
