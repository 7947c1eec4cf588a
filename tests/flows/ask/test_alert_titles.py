"""Alerts in Chinese: the same facts as the English first line, and no English sentence among them."""

import json
import re
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.alerts import conditions
from flows.ask.alert_titles import _SAYERS, title_of, wording_of
from flows.ask.sentences import ended, headline, told_range, way
from flows.edition.authored import is_foreign
from flows.edition.words import words
from flows.settings import AlertSettings
from models.alerts import KINDS, Condition
from tests.warehouse.edition_frames import properties, property_row
from warehouse.contracts import core, polars_schema

DAY = date(2026, 11, 22)
LABELS = {"math.sota_pct": "MATH 最高准确率"}
FORECAST = {
    "unit": "share", "size_spreads": 1.234, "direction": "up", "p50_before": 0.5, "p50": 0.75,
    "causes": dict.fromkeys(("elapsed_time", "revised_rows", "removed_rows", "changed_source", "settings", "method"), 0.0)
    | {"new_rows": 0.4},
    "rows": {"new_rows": [{"row": "Claude Opus 4.6 on math/full", "amount": 0.4}]},
}  # fmt: skip


def stored(one, state="raised"):
    return {"kind": one.kind, "subject": one.subject, "title": one.title, "detail": dict(one.detail), "state": state}


def told(one, state="raised", lang="zh"):
    return title_of(stored(one, state), LABELS, lang)


def community(value, scaling="{}"):
    row = {
        "platform": "metaculus", "question_id": "5121", "source_row_id": "5121|p50", "state": "visible", "quantile": 0.5,
        "title": "When will the first general AI be known?", "value_number": value, "scaling_json": scaling,
        "is_conditional": False,
    }  # fmt: skip
    return pl.DataFrame([row], schema=polars_schema(core.COMMUNITY_FORECAST, arriving=True))


def of_each_kind():
    """A condition of every kind, made by what makes them in a run, where that needs no warehouse."""
    row = property_row(property_id="math.sota_pct", status="open")
    before = properties([row])
    for status in ("crossed", "resolved", "withheld"):
        yield from conditions.of_properties(before, properties([row | {"status": status}]))
    aging, fed = (
        properties([row | dict.fromkeys(("inputs_as_of", "newest_fact_date"), DAY - timedelta(days=days))])
        for days in (91, 1)
    )
    eve = DAY - timedelta(days=1)
    yield from conditions.of_evidence((aging, eve), (aging, DAY))
    yield from conditions.of_evidence((aging, DAY), (fed, DAY))
    limits = AlertSettings()
    yield from conditions.of_community(community(10.0), community(20.0), limits)
    yield from conditions.of_community(community(10.0), community(10.0, '{"a": 1}'), limits)
    for state in ("stale", "held"):
        line = {
            "source_id": "metr", "state": state, "detail": "no answer within 20 s", "last_outcome": "unreachable",
            "last_answered_at": datetime(2026, 11, 1),
        }  # fmt: skip
        yield conditions._source_condition(line)
    yield from conditions.of_publication(["keys_unique: twice"], "2026-11-21-aaaaaaaa", DAY)
    yield conditions.of_failure(ValueError("no room is left on this disk"), DAY)
    yield Condition("forecast_changed", "math.sota_pct", 1, "moved", "", FORECAST)
    yield Condition("method_changed", "method", 0, "moved", "", {"edition_id": "x", "rows": {"a": 1.0, "b": 2.0}})


ALL = list(of_each_kind())


def test_every_kind_of_alert_can_be_told():
    assert {one.kind for one in ALL} == set(KINDS) == set(_SAYERS)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.kind)
def test_a_chinese_title_holds_no_english_sentence(one):
    said = told(one)
    assert re.search(r"[\u4e00-\u9fff]{2}", said)
    assert not is_foreign(said, "zh")
    over = told(one, "cleared")
    assert over.startswith("已解除：")
    assert not is_foreign(over, "zh")
    # What a status was is over; of all else what was said is over.
    assert one.kind in {"threshold_passed", "property_resolved", "status_changed"} or over == f"已解除：{said}"


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.kind)
def test_english_is_what_was_sent(one):
    assert told(one, lang="en") == one.title
    assert told(one, "cleared", "en") == one.title


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("threshold_passed", "MATH 最高准确率：状态 进行中 → 已越过"),
        ("evidence_old", "MATH 最高准确率：没有晚于 2026-08-23 的事实（91 天前）：预测依据的是旧事实"),
        ("community_moved", "metaculus/5121：社区预测由 10 变为 20"),
        ("source_stale", "METR，任务时长：曾读取，近期无可用应答；沿用先前的数据"),
        ("publication_held", "2026-11-22 的发布被扣留"),
        ("refresh_failed", "2026-11-22 的刷新失败"),
        ("method_changed", "方法或设置使 2 项预测变动"),
    ],
)
def test_the_facts_are_those_of_the_alert(kind, said):
    assert said in {told(one) for one in ALL if one.kind == kind}


@pytest.mark.parametrize("state", ["raised", "cleared"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("source_stale", "no answer within 20 s"), ("source_held", "no answer within 20 s"),
        ("publication_held", "keys_unique: twice"), ("refresh_failed", "ValueError: no room is left on this disk"),
    ],
)  # fmt: skip
def test_what_an_error_said_is_quoted_and_marked_as_its_own_wording(kind, said, state):
    one = next(one for one in ALL if one.kind == kind)
    assert said in one.title
    assert wording_of(stored(one, state), "zh") == f"原文：“{said}”"
    assert wording_of(stored(one, state), "en") == ""


def test_of_what_is_told_in_words_of_its_own_nothing_is_quoted():
    quoted = {"source_stale", "source_held", "publication_held", "refresh_failed"}
    assert {one.kind for one in ALL if wording_of(stored(one), "zh")} == quoted


def test_a_moved_forecast_tells_ends_size_and_causes():
    said = told(next(one for one in ALL if one.kind == "forecast_changed"))
    assert said.startswith("MATH 最高准确率：50% → 75%（1.2 个离散度单位，上升）：新数据 +0.4")
    assert "math/full 上的 Claude Opus 4.6" in said


@pytest.mark.parametrize(
    ("ends", "direction", "en", "zh"),
    [
        ((43.0, 55.0), "narrower", "up and narrower", "上升且变窄"),
        ((20_300.0, 18_800.0), "wider", "down and wider", "下降且变宽"),
        ((43.0, 55.0), "up", "up", "上升"),
        ((43.0, 43.0001), "narrower", "narrower", "变窄"),
        ((None, 55.0), "wider", "wider", "变宽"),
    ],
)
def test_what_moved_is_said_before_how_wide_it_grew(ends, direction, en, zh):
    """Beside 43 → 55, "narrower" alone seemed to deny the rise."""
    detail = FORECAST | {"unit": "hours", "p50_before": ends[0], "p50": ends[1], "direction": direction}
    assert (way(detail), way(detail, "zh")) == (en, zh)
    assert f"spreads, {en})" in headline("A row", detail)
    assert f"spreads, {en})" in headline("A row", detail, "steady again")


def test_what_moved_the_range_is_told_before_what_moved_the_median():
    """21,300 → 18,700 by 1.1 spreads stood beside time passing, which had moved it by a tenth of a spread."""
    detail = FORECAST | {
        "unit": "agents", "p50_before": 21_261.0, "p50": 18_711.0, "size_spreads": 1.14, "direction": "wider",
        "causes": dict.fromkeys(FORECAST["causes"], 0.0) | {"elapsed_time": -0.049, "new_rows": -0.0063}, "rows": {},
        "reaches": {"elapsed_time": 0.1, "new_rows": 1.13, "method": 0.0},
    }  # fmt: skip
    said = (
        "mostly its range moved; by new rows 1.1 spreads; of its median: time passing -0.049 dex; new rows -0.0063 dex"
    )
    assert f"(1.1 spreads, down and wider): {said}" in headline("A row", detail)
    assert "mostly" not in headline("A row", detail | {"direction": "down"})
    # The assumption that made it three times as wide had shifted its median by nothing, and was named nowhere.
    named = detail | {"reaching": {"new_rows": [{"row": "assumption speed.tiling_factor", "amount": 1.08}]}}
    assert "by new assumptions 1.1 spreads (assumption speed.tiling_factor 1.1); of its" in headline("A row", named)


def far_ahead():
    """A row that gives no number, and how it came to that."""
    series = "metr/v1.1/p50-horizon"
    detail = {
        "series": [series], "clauses": [{"key": "suite", "hours": 16}],
        "ahead": [{"series": series, "date": "2027-07-01", "p25": 33.0, "p50": 60.0, "p75": 130.0}],
        "scenarios": [{"name": "slows to a year", "hours": 327.0, "is_capped": False},
                      {"name": "goes on as since 2023", "hours": 80_000.0, "is_capped": True}],
    }  # fmt: skip
    row = property_row(property_id="auto.metr_h", unit="hours", status="unrefittable")
    after = row | {"status": "beyond_range", "detail_json": json.dumps(detail)}
    (one,) = conditions.of_properties(properties([row]), properties([after]))
    return one


def test_what_a_row_says_instead_of_a_number_is_told_in_chinese():
    """The English first line had the coming years and the courses, the Chinese one neither."""
    assert told(far_ahead()).endswith(
        "至 2027年7月1日 为 60（33–130）小时；到目标日按声明的走势：放缓至一年翻一倍，327 小时；"
        "按 2023 年以来的速度，超过 8万 小时；该任务集约可测到 16 小时"
    )


def test_an_alert_that_kept_none_of_that_says_that_there_is_more():
    kept = far_ahead()
    detail = {name: value for name, value in kept.detail.items() if name not in {"ahead", "scenarios", "series"}}
    assert words("zh").detail["untold"] in title_of(stored(kept) | {"detail": detail}, LABELS, "zh")


@pytest.mark.parametrize(
    ("over", "since", "said"),
    [
        ("it stands since 2026-09-01", "2026-09-01", "自 2026-09-01 起一直成立，50% → 75%（1.2 个离散度单位，上升）"),
        ("it stands since 2026-09-01", None, "自 2026-09-01 起一直成立，50% → 75%（1.2 个离散度单位，上升）"),
        ("it was taken back", None, "该变动已收回，50% → 75%（1.2 个离散度单位，上升）"),
    ],
)
def test_what_is_over_says_why_in_both_languages(over, since, said):
    """Without the reason a Chinese reader was told of a move, where the English one is told that nothing came after it."""
    title = headline("MATH", FORECAST, over)
    alert = {"kind": "forecast_changed", "subject": "math.sota_pct", "title": title, "state": "cleared"}
    assert title == f"Cleared: MATH: {ended(FORECAST, over)}"
    assert title_of(alert | {"detail": FORECAST | {"since": since}}, LABELS, "zh") == f"已解除：MATH 最高准确率：{said}"


def test_what_did_not_move_went_nowhere_and_nor_did_its_range():
    detail = FORECAST | {
        "size_spreads": 0.0,
        "direction": "down",
        "p50_before": 0.5,
        "p50": 0.5,
        "reaches": {"method": 0.0},
    }
    assert (way(detail), way(detail, "zh")) == ("unmoved", "未变动")
    assert headline("MATH", detail, "it stands since 2026-09-01").endswith("50 % → 50 % (0 spreads, unmoved)")
    assert told_range(detail) == []
    assert told_range(detail | {"size_spreads": 0.3}) == ["its range moved, not its median"]


def test_what_moves_no_more_does_not_rest_on_a_new_fact_in_either_language():
    """A test that was used up since said in Chinese that its forecast rests on a newer fact."""
    old, eve = DAY - timedelta(days=200), DAY - timedelta(days=1)
    aging = property_row(property_id="math.sota_pct", inputs_as_of=old, newest_fact_date=old, label_en="MATH")
    ended = properties([aging | {"status": "retired", "rot": "frozen"}])
    (one,) = conditions.of_evidence((properties([aging]), eve), (ended, DAY))
    assert one.title == "Cleared: MATH: is not expected to move any more"
    assert told(one, "cleared") == "已解除：MATH 最高准确率：预计不再变动"
    kept = stored(one, "cleared") | {"detail": {"days": None, "inputs_as_of": str(old)}}  # as of before December 2026
    assert title_of(kept, LABELS, "zh") == "已解除：MATH 最高准确率：预计不再变动"
    fed = properties([aging | dict.fromkeys(("inputs_as_of", "newest_fact_date"), eve) | {"rot": "fresh"}])
    (again,) = conditions.of_evidence((properties([aging]), eve), (fed, DAY))
    assert again.title == "Cleared: MATH: rests on a fact of 2026-11-21 again"
    assert told(again, "cleared") == "已解除：MATH 最高准确率：重新依据 2026-11-21 的事实"


def test_a_status_taken_back_says_what_is_over_and_does_not_repeat_what_is_raised_beside_it():
    row = property_row(property_id="math.sota_pct", status="crossed", label_en="MATH", status_reason="Used up.")
    raised, over = conditions.of_properties(properties([row]), properties([row | {"status": "retired"}]))
    assert (raised.kind, raised.is_cleared, over.kind, over.is_cleared) == (
        "status_changed", False, "threshold_passed", True,
    )  # fmt: skip
    assert raised.title == "MATH: crossed → retired: Used up."
    assert over.title == "Cleared: MATH: its status is no longer “crossed”, but “retired”"
    assert told(over, "cleared") == "已解除：MATH 最高准确率：状态不再是“已越过”，现为“已退役”"
