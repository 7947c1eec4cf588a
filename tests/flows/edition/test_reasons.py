"""Rows in sentences: what is expected for a day is told from a day that is expected."""

import json
from datetime import date

import pytest

from flows.edition.reasons import number_in_words, reason
from tests.warehouse.edition_frames import dated_row, property_row

TARGET = date(2030, 7, 1)
CAME = (date(2024, 8, 1), date(2024, 9, 1), date(2024, 9, 12), date(2024, 10, 1), date(2024, 11, 1))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_day_is_expected_and_not_expected_for_a_day(lang):
    for row, is_for_the_target in ((property_row(), True), (dated_row(CAME), False)):
        assert ("2030" in number_in_words(row, TARGET, lang)) is is_for_the_target


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
    assert "至 2027年7月1日 为 43（22–86） 小时。" in said
    assert "按历年平均速度，2,660 小时；按 2023 年以来的速度，超过 8万 小时" in said
    assert "7.3" not in said
    assert "2,660" not in reason(row | {"status": "open"}, "zh")


def test_how_far_a_row_looks_and_how_often_a_limit_binds_is_told_in_chinese():
    detail = {"limits": {"data.stock_tokens": {"holds_back": True, "binding_share": 0.7, "without": {}}}}
    said = reason(property_row(status="open", detail_json=json.dumps(detail)), "zh")
    assert "向前外推 43 个月，超出已检验的 24 个月。" in said
    assert "在多数抽样中受 data.stock_tokens 限制。" in said
    assert "43" not in reason(property_row(status="open", status_reason="Forecast 12 months ahead."), "zh")
