"""What moved a row is named in the language of the reader."""

from __future__ import annotations

import pytest

from flows.ask.movers import named
from flows.ask.sentences import otherwise
from flows.edition.causes import (
    LEAST_SPREADS,
    cause_line,
    is_range_alone,
    kept_as,
    mostly_range,
    reach_lines,
    row_in,
    rows_in,
    told_as,
)
from flows.edition.words import words


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("assumption usage.daily_share +0.24", "假设 usage.daily_share +0.24"),
        ("ChatGPT on usage/chatgpt/weekly-users -1e-05", "usage/chatgpt/weekly-users 上的 ChatGPT -1e-05"),
        ("Opus on Bedrock on math/full", "math/full 上的 Opus on Bedrock"),
        ("a row of another kind", "a row of another kind"),
    ],
)
def test_a_changed_row_is_named_in_chinese(text, chinese):
    assert row_in(text, "zh") == chinese
    assert row_in(text, "en") == text


def test_rows_behind_a_cause_are_named_in_chinese_wherever_the_cause_is_told():
    rows = [("assumption usage.share", 0.24), ("Leap on math/full", -0.1)]
    assert cause_line("new_rows", 0.4, "FLOP", rows, "zh") == (
        "新数据与新假设 +0.4 个数量级（假设 usage.share +0.24，math/full 上的 Leap -0.1）"
    )
    assert cause_line("new_rows", 0.4, "FLOP", rows) == (
        "new rows and assumptions +0.4 dex (assumption usage.share +0.24, Leap on math/full -0.1)"
    )
    assert reach_lines({"new_rows": 6.2}, "zh", {"new_rows": [("Leap on math/full", 6.2)]}) == [
        "新数据使之移动 6.2 个离散度单位（math/full 上的 Leap 6.2）"
    ]
    assert rows_in("assumption a.b +1; Leap on math/full -2", "zh") == "假设 a.b +1；math/full 上的 Leap -2"


@pytest.mark.parametrize(
    ("cause", "rows", "english", "chinese"),
    [
        ("new_rows", [], "new rows", "新数据"),
        ("new_rows", ["Leap on math/full"], "new rows", "新数据"),
        ("new_rows", ["assumption a.b"], "new assumptions", "新假设"),
        ("revised_rows", ["assumption a.b", "assumption a.c"], "revised assumptions", "假设修订"),
        ("removed_rows", ["assumption a.b"], "removed assumptions", "假设删除"),
        ("removed_rows", ["assumption a.b", "Leap on m/n"], "removed rows and assumptions", "数据与假设删除"),
        ("revised_rows", ["Leap on m/n", "assumption a.b"], "revised rows and assumptions", "数据与假设修订"),
        ("elapsed_time", ["assumption a.b"], "time passing", "时间推移"),
    ],
)
def test_an_assumption_is_no_new_row(cause, rows, english, chinese):
    """The limit of users that somebody had stated in between was told as "new rows", of which there were none."""
    moved = [(text, 1.0) for text in rows]
    change = {"cause": cause, "detail": "; ".join(f"{text} +1" for text in rows) or None}
    for lang, said in (("en", english), ("zh", chinese)):
        assert words(lang).ledger[told_as(cause, rows)] == said
        assert words(lang).ledger[kept_as(change)] == said
        assert cause_line(cause, 0.4, "FLOP", moved, lang).startswith(f"{said} +0.4")
        assert reach_lines({cause: 2.0}, lang, {cause: moved})[0].replace("by ", "", 1).startswith(said)


def test_another_formula_is_told_in_chinese():
    row = {"formula": "forecast of math/full", "detail_json": None}
    said = otherwise(row, row | {"formula": None}, "zh")
    assert "预测：" in said
    assert "forecast of" not in said
    assert "forecast of math/full" in otherwise(row, row | {"formula": None})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_move_that_is_not_told_is_not_denied(lang):
    """Of a row that had moved by .14 spreads its page said that nothing had moved it, and the home page that it had."""
    assert str(LEAST_SPREADS) in words(lang).site["causes_none"]


def test_a_total_of_parts_too_small_for_a_word_is_no_cause():
    """From 99 % to 99 % a page drew bars of -0.009 and -0.009 where `diff` said that the range had moved."""
    parts = {"total": -0.0171, "new_rows": -0.0086, "elapsed_time": -0.0085}
    changes = [{"cause": cause, "amount": amount} for cause, amount in parts.items()]
    assert is_range_alone(changes, "%")
    assert not is_range_alone([*changes, {"cause": "revised_rows", "amount": 0.02}], "%")


WIDER = [
    {"cause": "total", "amount": -0.03, "direction": "wider", "reach_spreads": 1.2},
    {"cause": "elapsed_time", "amount": -0.02, "direction": "wider", "reach_spreads": 0.04},
    {
        "cause": "new_rows",
        "amount": -0.01,
        "direction": "wider",
        "reach_spreads": 1.2,
        "detail": "assumption a.b -0.02",
    },
    {"cause": "settings", "amount": 0.0, "direction": "wider", "reach_spreads": None},
]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["mostly its range moved", "by new assumptions 1.2 spreads"]),
        ("zh", ["变动的主要是区间", "新假设使之移动 1.2 个离散度单位"]),
    ],
)
def test_what_moved_a_range_stands_before_the_parts_of_a_median_that_moved_less(lang, said):
    """Pages named time passing, which had moved the median by a twentieth, for a range that an assumption made wider."""
    assert mostly_range(WIDER, lang) == said
    assert mostly_range([one | {"direction": "down"} for one in WIDER], lang) == []
    older = [{key: one[key] for key in ("cause", "amount")} for one in WIDER]
    assert mostly_range(older, lang) == []


def test_a_system_that_is_called_like_an_assumption_is_none():
    """A record of "assumption fake.thing" made new rows out to be new assumptions on every page."""
    assert told_as("new_rows", ["assumption fake.thing on math/full +0.02"]) == "new_rows"
    assert told_as("new_rows", ["assumption a.b +0.02", "assumption a.b (2026-01-02)"]) == "new_assumptions"


def test_a_name_with_a_semicolon_or_a_line_break_stays_one_row():
    row = {"system_name": "Q on math/full +9.9; R\nline two", "series_id": "m/n"}
    assert named(row) == "Q on math/full +9.9, R line two on m/n"
