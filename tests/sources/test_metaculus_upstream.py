"""Answers of a real Metaculus server, held against the documented formulas written out once more in plain Python."""

from __future__ import annotations

import bisect
import json
import math
from datetime import UTC, date, datetime, timedelta

import pytest

from sources.errors import WrongContent
from sources.metaculus.scaling import LEVELS
from tests.sources.metaculus_posts import parsed, rows, value
from tests.sources.parsing import upstream

SEEN = datetime(2026, 11, 22, 20, tzinfo=UTC)


def ppf(cdf, p):
    """Metaculus's percent_point_function, clamps included."""
    if p < cdf[0] or p >= cdf[-1]:
        return 0.0 if p < cdf[0] else 1.0
    k = bisect.bisect_right(cdf, p) - 1
    return (k + (p - cdf[k]) / (cdf[k + 1] - cdf[k])) / (len(cdf) - 1)


def scaled(scaling, u):
    low, high, zero = scaling["range_min"], scaling["range_max"], scaling["zero_point"]
    if zero is None:
        return low + (high - low) * u
    ratio = (high - zero) / (low - zero)
    return low + (high - low) * (ratio**u - 1) / (ratio - 1)


def share_at(cdf, scaling, seconds):
    low, high, zero = scaling["range_min"], scaling["range_max"], scaling["zero_point"]
    u = (seconds - low) / (high - low)
    if zero is not None:
        ratio = (high - zero) / (low - zero)
        u = math.log((seconds - low) * (ratio - 1) / (high - low) + 1) / math.log(ratio)
    k = min(int(u * (len(cdf) - 1)), len(cdf) - 2)
    return cdf[k] + (u * (len(cdf) - 1) - k) * (cdf[k + 1] - cdf[k])


def real(name):
    body = json.loads(upstream(f"metaculus/{name}"))
    return body, rows(body, at=SEEN)


class TestRealAnswers:
    @pytest.mark.parametrize("name", ["post_40002_plain.json", "gated/post_40002.json"])
    def test_a_numeric_question_equals_the_formulas(self, name):
        body, found = real(name)
        question = body["question"]
        latest = question["aggregations"]["recency_weighted"]["latest"]
        expected = {level: scaled(question["scaling"], ppf(latest["forecast_values"], level)) for level in LEVELS}
        got = {level: found[f"recency_weighted|{level:g}"]["value_number"] for level in LEVELS}
        assert got == pytest.approx(expected, rel=1e-9)
        stated = scaled(question["scaling"], latest["centers"][0])
        assert got[0.5] == pytest.approx(stated, rel=1e-9)

    def test_a_group_equals_the_formulas_and_its_answers(self):
        body, found = real("post_11675_plain.json")
        for question in body["group_of_questions"]["questions"]:
            cdf = question["aggregations"]["recency_weighted"]["latest"]["forecast_values"]
            for level in LEVELS:
                row = found[f"11675/{question['id']}|recency_weighted|{level:g}"]
                assert row["value_number"] == pytest.approx(scaled(question["scaling"], ppf(cdf, level)), rel=1e-9)
        assert found["11675/11901|resolution"]["value_number"] == 69.6
        assert found["11675/11902|resolution"]["value_number"] == 87.92

    def test_a_date_question_equals_the_formulas_and_its_answer(self):
        body, found = real("post_6728_plain.json")
        question = body["question"]
        cdf = question["aggregations"]["recency_weighted"]["latest"]["forecast_values"]
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        for level in LEVELS:
            expected = epoch + timedelta(seconds=scaled(question["scaling"], ppf(cdf, level)))
            assert found[f"recency_weighted|{level:g}"]["value_date"] == expected.date()
        for day in (date(2026, 12, 31), date(2028, 1, 1), date(2030, 7, 1), date(2030, 12, 31)):
            seconds = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
            share = found[f"recency_weighted|by {day}"]["value_number"]
            assert share == pytest.approx(share_at(cdf, question["scaling"], seconds), rel=1e-9)
        assert found["resolution"]["value_date"] == date(2025, 7, 19)

    def test_an_unresolved_date_question_is_conditioned_on_the_day_seen(self):
        body = json.loads(upstream("metaculus/post_6728_plain.json"))
        body["question"] |= {"status": "open", "resolution": None, "actual_close_time": "2031-01-01T00:00:00Z"}
        found = rows(body, at=SEEN)
        cdf = body["question"]["aggregations"]["recency_weighted"]["latest"]["forecast_values"]
        now, then = (
            share_at(cdf, body["question"]["scaling"], datetime(*day, tzinfo=UTC).timestamp())
            for day in ((2026, 11, 22), (2030, 12, 31))
        )
        given = found["recency_weighted|by 2030-12-31|not yet"]["value_number"]
        assert given == pytest.approx((then - now) / (1 - now), rel=1e-9)

    def test_probabilities_and_options_are_as_stated(self):
        body, found = real("gated/post_40001.json")
        latest = body["question"]["aggregations"]["recency_weighted"]["latest"]
        assert found["recency_weighted|share"]["value_number"] == latest["centers"][0]
        body, found = real("post_40003_plain.json")
        shares = {row["value_text"]: row["value_number"] for key, row in found.items() if key.endswith("|share")}
        centers = body["question"]["aggregations"]["recency_weighted"]["latest"]["centers"]
        assert shares == {"OpenAI": centers[0], "Anthropic": centers[1], "Other": centers[3]}

    @pytest.mark.parametrize(
        ("name", "state", "has_number"),
        [
            ("post_40001_plain.json", "visible", True),
            ("gated/post_40003.json", "withheld", False),
            ("gated/post_40020.json", "hidden_until", False),
            ("post_40020_plain.json", "hidden_until", False),
            ("post_40021_plain.json", "no_forecasts", False),
            ("post_40023_plain.json", "withdrawn", False),
            ("post_40024_plain.json", "visible", True),
            ("post_40028_plain.json", "error", False),
            ("post_6728_plain.json", "resolved", True),
            ("gated/post_6728.json", "withheld", False),
        ],
    )
    def test_each_real_shape_has_its_state(self, name, state, has_number):
        _, found = real(name)
        assert found["state"]["state"] == state
        assert any(value(row) is not None for row in found.values()) == has_number

    @pytest.mark.parametrize(
        "name",
        [
            "post_40022_plain.json", "q_11914_post_plain.json", "list_page1_plain.json", "list_page4_plain.json",
            "list_ids_comma_plain.json", "gated/anon.txt",
        ],
    )  # fmt: skip
    def test_real_answers_that_are_no_post_are_refused_whole(self, name):
        with pytest.raises(WrongContent):
            parsed(upstream(f"metaculus/{name}"), feed=name)

    def test_the_real_account_is_reduced_to_its_tier(self):
        found = parsed(upstream("metaculus/me_plain.json"), feed="me")
        assert found.skipped == {"account of access tier restricted": 1}
