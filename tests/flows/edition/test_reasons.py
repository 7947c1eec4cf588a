"""Rows in sentences: what is expected for a day is told from a day that is expected."""

import json
from datetime import date

import pytest

from flows.edition.cells import actual_cell
from flows.edition.reason_clauses import clauses_in
from flows.edition.reasons import changers, number_in_words, reason
from models.properties.formula_rows import HELD_BACK
from tests.warehouse.edition_frames import dated_row, property_row

TARGET = date(2030, 7, 1)
CAME = (date(2024, 8, 1), date(2024, 9, 1), date(2024, 9, 12), date(2024, 10, 1), date(2024, 11, 1))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_day_is_expected_and_not_expected_for_a_day(lang):
    for row, is_for_the_target in ((property_row(), True), (dated_row(CAME), False)):
        assert ("2030" in number_in_words(row, TARGET, lang)) is is_for_the_target


@pytest.mark.parametrize(("lang", "lent", "fixed"), [("en", "the essay's own number stands in", "on any day"),
                                                     ("zh", "暂以原文自己的数值代替", "任何一天都得出")])  # fmt: skip
def test_a_row_that_stands_on_the_essay_s_number_is_no_constant(lang, lent, fixed):
    """It said three days "on any day" of a row that gave fifty-nine with its first measurement."""
    one = {"status": "unrefittable", **dict.fromkeys(("p05", "p25", "p50", "p75", "p95"), 3.0)}
    stands_in = property_row(**one, detail_json=json.dumps({"essay_stands_in": ["auto.horizon_days"]}))
    constant = property_row(**one, detail_json="{}")
    assert lent in number_in_words(stands_in, TARGET, lang)
    assert fixed not in number_in_words(stands_in, TARGET, lang)
    assert fixed in number_in_words(constant, TARGET, lang)


@pytest.mark.parametrize(("lang", "said"), [("en", "in brackets its middle half"), ("zh", "括号内为中间一半")])
def test_what_a_range_in_brackets_is_stands_beside_it_and_not_beside_a_number_without_one(lang, said):
    ranged, constant = property_row(), property_row(p05=2.0, p25=2.0, p50=2.0, p75=2.0, p95=2.0)
    assert said in number_in_words(ranged, TARGET, lang)
    assert said not in number_in_words(constant, TARGET, lang)


def test_the_coming_years_and_the_courses_of_a_horizon_are_told_in_chinese_as_in_english():
    """In Chinese the row said that it is too far ahead and nothing else, and English what it knows instead."""
    ahead = [
        {"series": name, "date": "2027-07-01", "p25": middle / 2, "p50": middle, "p75": middle * 2}
        for name, middle in (("metr/v1.1/p50-horizon", 43.0), ("metr/v1.1/p80-horizon", 7.3))
    ]
    courses = [
        {"name": "as over all years", "hours": 2660.0, "is_capped": False, "source": "declared"},
        {"name": "goes on as since 2023", "hours": 80000.0, "is_capped": True, "source": "declared"},
    ]
    detail = {"series": ["metr/v1.1/p50-horizon", "metr/v1.1/p80-horizon"], "ahead": ahead, "scenarios": courses}
    row = property_row(status="beyond_range", unit="hours", detail_json=json.dumps(detail))
    said = reason(row, "zh")
    assert "至 2027年7月1日 为 43（22–86）小时。" in said
    assert "按历年平均速度，2,660 小时；按 2023 年以来的速度，超过 8万 小时" in said
    assert "7.3" not in said
    assert "2,660" not in reason(row | {"status": "open"}, "zh")


def test_how_far_a_row_looks_is_told_in_chinese_from_what_the_models_kept():
    far = {"key": "outlook_far", "months": 43, "scored": 24}
    beyond = {"key": "would_be_derived", "value": {"number": 4.44e8}, "essay": {"number": 2.5e8}}
    row = property_row(status="open", unit="users", detail_json=json.dumps({"clauses": [far, beyond]}))
    said = reason(row, "zh")
    assert said.startswith(
        "向前外推 43 个月，超出已检验的 24 个月。今日的实测值乘以假设得 4.44亿，已超出原文的 2.5亿；只有直接实测的数值才算越过。"
    )


def test_a_clause_about_a_day_or_a_chance_is_written_as_the_language_does():
    quiet = {"key": "quiet", "day": {"date": "2024-12-06", "precision": "month"}}
    chance = {"key": "chance_not", "chance": {"share": 0.347}, "target": {"date": "2030-07-01", "precision": "day"}}
    detail = {"clauses": [quiet, chance]}
    assert clauses_in(detail, "%", "zh") == [
        "不外推：自 2024年12月 起没有系统在其上的报告", "至 2030年7月1日 仍未达到的概率为 35%",
    ]  # fmt: skip
    assert clauses_in(detail, "%", "en")[1] == "a chance of 35 % that it is not by 2030-07-01"
    sure = {"clauses": [chance | {"chance": {"share": 1.0}}]}
    assert clauses_in(sure, "%", "en") == ["a chance of over 99 % that it is not by 2030-07-01"]
    assert clauses_in(sure, "%", "zh") == ["至 2030年7月1日 仍未达到的概率为 99% 以上"]


@pytest.mark.parametrize("detail", [{}, {"clauses": [{"key": "not_yet"}]}])
def test_the_number_so_far_stands_in_its_own_place_and_not_in_the_reason(detail):
    """Chinese repeated it behind the reason, English did not, and it stands a line above in both."""
    row = property_row(status="open", detail_json=json.dumps(detail), actual_value=987654.0, actual_kind="measured")
    assert "98.8万" in actual_cell(row, "zh").text
    assert "98.8" not in reason(row, "zh")


@pytest.mark.parametrize(("lang", "said"), [("en", "other by less than a fifth"), ("zh", "中位数相差也不足五分之一")])
def test_a_limit_that_holds_little_back_is_told_with_how_much_in_both_languages(lang, said):
    """That it holds nothing back is denied by what the row would be without it."""
    bound = {"key": "binds_only", "limit": "learn.users_ceiling", "binds": {"share": 0.82}}
    (told,) = clauses_in({"clauses": [bound]}, "users", lang)
    assert said in told
    assert "82" in told
    assert HELD_BACK == 0.2


def test_of_an_edition_that_kept_no_clauses_chinese_says_what_its_detail_does():
    detail = {"limits": {"data.stock_tokens": {"holds_back": True, "binding_share": 0.7, "without": {}}}}
    said = reason(property_row(status="open", detail_json=json.dumps(detail)), "zh")
    assert said.startswith("预测至目标日。")
    assert "在多数抽样中受 data.stock_tokens 限制。" in said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_arithmetic_on_constants_expects_nothing_for_a_day(lang):
    constant = dict.fromkeys(("p05", "p25", "p50", "p75", "p95"), 114.0)
    fixed = number_in_words(property_row(status="unrefittable", **constant), TARGET, lang)
    assert "114" in fixed
    assert "2030" not in fixed
    assert "2030" in number_in_words(property_row(status="open", **constant), TARGET, lang)


@pytest.mark.parametrize(
    ("lang", "status", "said"),
    [
        ("en", "crossed", "The crowd's day, on the stricter terms of its question: not asked."),
        ("en", "not_asked", "Day expected: not asked."),
        ("zh", "crossed", "众人按其问题更严条件所预期的日期：未查询。"),
    ],
)
def test_a_day_that_has_come_is_expected_no_more(lang, status, said):
    """Of a medal won in 2025 the page said "Day expected: not asked", as if it were still to come."""
    row = dated_row((None,) * 5, value_state="not_asked", status=status)
    assert said in number_in_words(row, TARGET, lang)


def test_arithmetic_on_stated_ranges_rests_on_no_data_of_today():
    """The finer tiling, a constant squared, was said to be what today's data give."""
    ranged = property_row(status="unrefittable", p05=12.0, p25=16.0, p50=25.0, p75=40.0, p95=52.0)
    for lang, data in (("en", "today's data"), ("zh", "今日数据")):
        assert "25" in number_in_words(ranged, TARGET, lang)
        assert data not in number_in_words(ranged, TARGET, lang)
        assert "2030" not in number_in_words(ranged, TARGET, lang)


@pytest.mark.parametrize(("lang", "said"), [("en", "new reading"), ("zh", "新读数")])
def test_a_level_which_knows_no_records_is_moved_by_a_reading(lang, said):
    assert said in changers(property_row(status="open"), lang)


@pytest.mark.parametrize(
    ("lang", "detail", "said"),
    [
        ("en", '{"is_used_up": true}', "leaves the status as it is"),
        ("en", '{"is_used_up": false}', "comes back"),
        # The pace of a test is told while the test is in use.
        ("en", None, "comes back"),
        ("zh", '{"is_used_up": true}', "状态不变"),
        ("zh", '{"is_used_up": false}', "恢复"),
    ],
)
def test_a_report_is_said_to_bring_back_only_a_test_that_is_not_used_up(lang, detail, said):
    """Six readings came after GPQA was used up; the page said that one would change its row."""
    assert said in changers(property_row(status="retired", basis="fit", detail_json=detail), lang)


@pytest.mark.parametrize(
    ("lang", "comes_to"), [("en", "What the essay of June 2023 says comes to"), ("zh", "原文所述折合")]
)
def test_what_follows_from_the_essay_is_not_told_as_its_words(lang, comes_to):
    """ "The essay said 14,400 agents (3,200–81,000)", where it says 14,000 and no range."""
    stated = {
        "essay_kind": "stated",
        "essay_state": "value",
        "essay_p50": 14_400.0,
        "essay_p25": 3_200.0,
        "essay_p75": 8e4,
    }
    row = property_row(basis="derived", unit="agents", **stated)
    assert comes_to in number_in_words(row, TARGET, lang)
    assert comes_to not in number_in_words(row | {"basis": "fit"}, TARGET, lang)
