"""English that people and models wrote, told in Chinese, and what has none yet told to be there."""

from __future__ import annotations

from itertools import product

import pytest

from flows.edition.authored import in_language, is_foreign, reading_in, setup_in
from flows.edition.words import words
from models.forecasting.fits import CLOSED, FitGrounds, verdict
from models.properties.belief_rows import EVIDENCE
from models.properties.benchmark_rows import BENCHMARKS, TASKS, UNMEASURED_TASKS
from models.properties.companions import BESIDE
from models.properties.inputs import ASSUMED

UNTOLD = words("zh").detail["untold"]


def fits():
    """What a forecaster may say of a fit."""
    cases = product(
        (0, 2, 40), (0, 2, 9), (0.1, 0.999), (1.0, 500.0), ("active", *CLOSED), (True, False), (True, False)
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


def test_what_has_no_words_yet_is_told_to_be_there_and_keeps_who_and_on_whose_word():
    remark = "a remark that nobody has put into Chinese"
    assert in_language(remark, "zh") == UNTOLD
    note = f"Opus 9, board/new: {remark}; another one that is new as well; as a third party reports"
    assert reading_in(note, "zh") == f"Opus 9，board/new：{UNTOLD}；据第三方所述"
    assert reading_in(note, "en") == note


def test_names_and_numbers_stay_as_they_are():
    assert in_language("GPT-6 Astra", "zh") == "GPT-6 Astra"
    parts = "50 % time horizon, suite 1.1, issue of 2026-03-03; 95 % interval 1.96 to 7.907 min"
    assert setup_in(parts, "zh") == "50% 任务时长，第 1.1 版任务集，2026-03-03 期；95% 区间 1.96 至 7.907 分钟"
    assert setup_in("95 % interval 114 to 406.7 min; n 6", "zh") == "95% 区间 114 至 406.7 分钟；n 6"
    assert (
        reading_in("Celia, imo/points/official: 42 of 42 points", "zh") == "Celia，imo/points/official：42 分中的 42 分"
    )
