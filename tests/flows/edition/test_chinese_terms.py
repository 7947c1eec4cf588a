"""In Chinese one thing has one name: the second ones that crept in are forbidden wherever words are kept."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from flows.edition.words import words

SOURCES = Path(__file__).parents[3] / "sources"
# What each is called, and what it was called beside that; where the same signs are part of another word, that word.
TERMS = {
    "离散度单位": ("散布",),
    "未开放": ("未公开", "不公开其数值"),
    "陈旧": ("过时",),
    "期": ("版次", "本版"),
    "检验": ("评分", "评过分"),
    "任务时长": ("时间跨度",),
    "并行平铺": ("细分并行", "分块"),
    "今日预测": ("当前",),
    "活动行": ("活行",),
    "截至目前": ("“迄今”", "迄今值", "迄今所知"),
}
OTHERWISE = ("未公开题集", "官方评分", "协调员评分", "第三方评分", "专家评分")


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)


def written():
    """All Chinese that is kept: words, columns, what people wrote, labels of rows, series and assumptions."""
    for name in ("words", "columns", "authored"):
        read = files("flows").joinpath("edition", f"{name}.zh.toml").read_text(encoding="utf-8")
        yield from texts(tomllib.loads(read))
    for name in ("essay/numbers.csv", "curated/assumptions.csv", "curated/series.csv"):
        with SOURCES.joinpath(name).open(encoding="utf-8") as file:
            yield from (row["label_zh"] or "" for row in csv.DictReader(file))


WRITTEN = sorted(set(written()))


@pytest.mark.parametrize("term", TERMS)
def test_a_thing_has_one_name(term):
    assert any(term in text for text in WRITTEN)
    assert [text for text in WRITTEN for second in TERMS[term] if second in _without(text)] == []


def _without(text):
    for word in OTHERWISE:
        text = text.replace(word, "")
    return text


def test_derived_is_no_name_for_what_is_worked_out():
    """The page of the method defines 推算 as a measured number times an assumption."""
    w = words("zh")
    assert w.kinds["derived"] == "推算"
    assert w.site["kind_derived"] != w.kinds["derived"]


def test_human_years_of_thought_are_named_alike_in_both_rows_that_count_them():
    with (SOURCES / "essay" / "numbers.csv").open(encoding="utf-8") as file:
        labels = {row["label_en"]: row["label_zh"] for row in csv.DictReader(file)}
    thought = [chinese for english, chinese in labels.items() if english.startswith("Human-years of thought")]
    assert len(thought) == 3
    assert all("人类思考年数" in label for label in thought)
