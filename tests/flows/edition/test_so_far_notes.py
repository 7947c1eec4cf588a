"""What stands beside the number so far is told in Chinese as whole as in English."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from flows.edition.authored import is_foreign
from flows.edition.formats import format_value
from flows.edition.page import render_page
from flows.edition.reasons import reason
from flows.edition.scoreboard import Scoreboard
from flows.edition.so_far_notes import amount_in, note_in
from flows.edition.words import words
from infra.sample import SAMPLE_DAY
from models.days import READING_UNITS, RESTS_ON
from tests.warehouse import edition_frames
from warehouse.contracts import out
from warehouse.published import edition_in_force, properties_of
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

UNTOLD = words("zh").detail["untold"]


@pytest.mark.parametrize(
    ("note", "told"),
    [
        (
            "the record stands at 92.9 on 2024-09-18 (Celia, math/full/aided: no tools)",
            "纪录为 92.9（2024年9月18日，Celia，math/full/aided：不用工具）",
        ),
        ("record so far: 91.1 % in 2024-05 (Celia, math/full: no tools)", "迄今纪录：91.1%（2024年5月，Celia，math/full：不用工具）"),
        (
            ("best on competition problems: 25.5 in 2022 (Parsel, apps/any: single sample; as a third party reports);"
            " which split the question means was not found"),
            "竞赛题上的最高得分：25.5（2022年，Parsel，apps/any：单次采样；据第三方所述）；未找到该题所指的子集",
        ),
        ("question 5121 had not been resolved by 2026-11-28", "问题 5121 至 2026年11月28日 尚未判定"),  # of older editions
        ("question 5121 had not been resolved when it was read on 2026-11-28", "问题 5121 于 2026年11月28日 读取时尚未判定"),
        ("whether question 5121 has been resolved is not known here", "问题 5121 是否已判定，此处不知"),
        ("at or above: mathematics, knowledge", "已达到或超过：数学、知识"),
        (
            "at or above as measured: knowledge; by a claim alone: mathematics",
            "实测已达到或超过：知识；仅凭声称：数学",
        ),
        ("at or above by a claim alone: mathematics", "仅凭声称达到或超过：数学"),
        ("at or above: none", "尚无达到或超过者"),
        ("94.8 %: o1 (work in progress), math/500: no tools", "94.8%：o1（开发中），math/500：不用工具"),
        (
            ("not measured itself, the formula on today's inputs: 48 T tokens (MiMo (2), tokens/processed: repeats not stated;"
            " as a third party reports); 69.7 tokens a second (median of 8 readings up to 2026-11-26, speed/any-method)"),
            ("其本身并非实测，由公式代入今日输入得出：48万亿 词元（MiMo (2)，tokens/processed：未说明重复次数；据第三方所述）；"
            "69.7 词元/秒（截至 2026年11月26日 的 8 项读数的中位数，speed/any-method）"),
        ),
        ("the formula on today's inputs, none of it measured: 5 (A, b/c: no tools)",  # of an older edition
         "其本身并非实测，由公式代入今日输入得出：5（A，b/c：不用工具）"),
        ("nothing measured yet for learn.weekly_now, auto.p80_now", "尚无实测：learn.weekly_now、auto.p80_now"),
        ("1e27 FLOP (GPT-6, training-compute: confidence: Likely)", "1×10²⁷ FLOP（GPT-6，training-compute：置信度：可能）"),
        ("1e27 (GPT-6, training-compute: confidence: Likely)", "1×10²⁷（GPT-6，training-compute：置信度：可能）"),
        ("record so far: 92.9 % on 2024-09-18 (B, m/f: no tools)", "迄今纪录：92.9%（2024年9月18日，B，m/f：不用工具）"),
        ("Celia, math/full: a remark that nobody has told yet", f"Celia，math/full：{UNTOLD}"),
        ("", ""),
        (None, ""),
    ],
)  # fmt: skip
def test_a_note_is_told_with_its_numbers_its_day_and_whose_word_it_is(note, told):
    assert note_in(note, "zh") == told
    assert note_in(note, "en") == (note or "")


@pytest.fixture(scope="module")
def sample(published):
    with Reader(published(SAMPLE_DAY) / READ_COPY_FILE) as reader:
        return properties_of(reader, edition_in_force(reader))


def test_every_note_of_the_sample_has_its_words(sample):
    notes = sample["actual_note"].drop_nulls().to_list()
    assert len(notes) > 20
    for note in notes:
        told = note_in(note, "zh")
        assert UNTOLD not in told, note
        assert not is_foreign(told, "zh"), note


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_shows_the_note_in_both_languages(lang):
    note = "question 5121 had not been resolved by 2026-11-28"
    row = edition_frames.property_row(actual_note=note)
    table = edition_frames.frame(out.PROPERTY, [row])
    frames = edition_frames.checks(), edition_frames.health(), Scoreboard(edition_frames.scores())
    assert note_in(note, lang) in render_page(edition_frames.EDITION, table, *frames, lang=lang)


def test_a_report_says_of_what_it_is_one():
    """“据第三方所述。” by itself stood behind a sentence that no third party had said."""
    row = {"property_id": "work.agents", "unit": "agents", "status": "open", "inputs_as_of": None, "basis": "fit",
           "detail_json": json.dumps({"clauses": [{"key": "not_yet"}]}), "actual_kind": "implied", "actual_value": 5.0,
           "actual_date": None, "actual_date_precision": "day", "actual_state": "value",
           "actual_note": "5 (A, b/c: no tools; as a third party reports)"}  # fmt: skip
    told = reason(row, "zh")
    assert told.endswith("截至目前所依的读数中有据第三方所述者。")
    assert "。据第三方所述" not in told


def test_pages_and_tables_give_one_reason(sample):
    """The pages add nothing to the reason that SQL and CSV have, and of an edition of before, which kept less, once."""
    rows = sample.to_dicts()
    assert [row["property_id"] for row in rows if reason(row, "en") != row["status_reason"]] == []
    kept = [row for row in rows if row["status_reason"].endswith(tuple(RESTS_ON.values()))]
    assert kept
    for row in kept:
        (said,) = [one for one in RESTS_ON.values() if row["status_reason"].endswith(one)]
        assert reason(row | {"status_reason": row["status_reason"].removesuffix(said)}, "en") == row["status_reason"]


@pytest.mark.parametrize("unit", sorted(READING_UNITS))
def test_a_reading_names_its_unit_as_the_pages_do(unit):
    assert words("en").unit(unit) == READING_UNITS[unit]
    assert amount_in(f"48 {READING_UNITS[unit]}", "zh") == format_value(48, unit, "zh")


def test_a_whole_number_that_was_read_is_not_rounded_away():
    """As its row in the evidence says it: a window of 2,048 tokens is not one of 2,050."""
    assert amount_in("2,048 tokens", "zh") == f"2,048 {words('zh').unit('tokens')}"


def test_no_number_of_the_sample_stands_without_what_it_counts(sample):
    """186 of a horizon and 69.7 of a speed could be anything: only a record in the unit of its row needs none."""
    for row in sample.filter(pl.col("actual_kind") != "measured").iter_rows(named=True):
        bare = re.findall(r"(?:^|: |; )(-?[\d.,]+(?:e\d+)?(?: [TBM])?) \(", row["actual_note"] or "")
        assert not bare, (row["property_id"], bare)
