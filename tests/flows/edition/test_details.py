"""What opens under a row: everything that is known about it beyond its numbers."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path

import pytest

from flows.edition.authored import is_foreign
from flows.edition.details import detail_facts, facts
from flows.edition.evidence import observed
from flows.edition.formats import format_date
from flows.edition.row_notes import notes_of
from flows.edition.words import words
from models.forecasting.fits import NO_CAP
from models.properties.horizon_rows import CAP_HOURS, HORIZONS
from tests.warehouse.edition_frames import dated_row, empty_row, property_row
from warehouse.checks import CHECKS
from warehouse.contracts.out import QUANTILES


def said(row: dict[str, object], lang: str = "en") -> dict[str, str]:
    return {fact.term: fact.text for fact in facts(row, lang)}


def detail(**parts: object) -> list[tuple[str, str]]:
    return [(fact.term, fact.text) for fact in detail_facts(json.dumps(parts), "hours")]


def test_formula_newest_input_and_outer_range_are_told():
    told = said(property_row())
    assert told["Formula"].startswith("3 * data.train_tokens")
    assert told["Newest reading of an input"] == "30 Oct 2026"
    assert told["5th to 95th percentile"] == "1.1–11 M"


@pytest.mark.parametrize(("lang", "term"), [("en", "An agent"), ("zh", "智能体")])
def test_a_row_that_counts_agents_says_what_one_is_and_no_other_row_does(lang, term):
    """A newcomer took them for copies that run at once, of which there are fewer by the speed of each."""
    assert "k³" in said(property_row(property_id="work.agents"), lang)[term]
    assert term not in said(property_row(), lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_share_of_tasks_without_a_range_says_why(lang):
    """Half of the tasks, at every level alike, read as a certainty that nobody had explained."""
    term = words(lang).detail["counted"]
    flags, same = {"property_id": "cap.superhuman_flags"}, dict.fromkeys(QUANTILES, 0.5)
    assert term in [one.term for one in facts(property_row(**flags, **same), lang)]
    assert term not in [one.term for one in facts(property_row(**flags, **same | {"p95": 0.6}), lang)]
    assert term not in [one.term for one in facts(property_row(**flags, **dict.fromkeys(QUANTILES)), lang)]
    assert term not in [one.term for one in facts(property_row(**same), lang)]


def test_a_recomputation_that_differs_from_the_essay_is_told():
    assert said(property_row())["Essay's formula on the essay's inputs"] == "1.36 M"


@pytest.mark.parametrize("again", [1.8e6, 1.81e6, None])
def test_a_recomputation_that_agrees_is_not(again):
    assert "Essay's formula on the essay's inputs" not in said(property_row(essay_recomputed=again))


def test_dates_that_differ_by_more_than_a_rounding_are_told():
    """Two per cent of a year like 2028 would be forty years."""
    row = dated_row((date(2027, 3, 1),) * 5, essay_recomputed=2026.5)
    assert said(row)["Essay's formula on the essay's inputs"] == "Jul 2026"


def test_the_chance_of_never_and_the_median_before_are_told():
    row = dated_row(
        (date(2029, 1, 1), None, None, None, None), value_state="not_yet", never_share=0.62, previous_p50=2029.5
    )
    told = said(row)
    assert told["Chance of not happening by the target date"] == "62 %"
    assert told["Median, last edition of an earlier day"] == "Jul 2029"


@pytest.mark.parametrize(
    ("successor", "en", "zh"),
    [
        ("Best score on FrontierMath v2, tiers 1 to 3, used up itself (math.successor_pct)",
         "Best score on FrontierMath v2, tiers 1 to 3, used up itself (math.successor_pct)",
         "FrontierMath 第 2 版（1–3 级）最佳得分（math.successor_pct）（本身也已用尽）"),
        ("The gain of a year (math.successor_pct)", "The gain of a year (math.successor_pct)", "math.successor_pct"),
        ("SWE-bench Pro, public set, by the makers", None, None),  # stands beside the row
        ("FrontierMath v2, tier 4 (used up itself)", None, None),
        (None, None, None),
    ],
)  # fmt: skip
def test_the_row_that_takes_a_row_s_place_is_named(successor, en, zh):
    """SQL and status named it, and the row itself did not."""
    row = property_row(successor=successor)
    assert said(row).get("What goes on in its place") == en
    assert {one.term: one.text for one in facts(row, "zh")}.get("接续者") == zh


def test_the_median_before_has_the_digits_of_todays():
    assert said(property_row(previous_p50=506.667))["Median, last edition of an earlier day"] == "510"
    constant = dict.fromkeys(("p05", "p25", "p50", "p75", "p95"), 506.667)
    assert said(property_row(**constant, previous_p50=506.667))["Median, last edition of an earlier day"] == "507"


def test_a_withheld_row_does_not_tell_its_range():
    assert "5th to 95th percentile" not in said(property_row(value_state="withheld"))
    assert "5th to 95th percentile" not in said(empty_row("missing"))


def test_limits_say_what_would_hold_without_them_and_how_often_they_bind():
    limits = {"data.stock_tokens": {"binding_share": 0.62, "without": {"p25": 2e6, "p50": 9e6, "p75": 4e7}}}
    assert detail(limits=limits) == [
        ("Without the limit data.stock_tokens", "9 M (2–40 M); it binds in 62 % of the draws")
    ]


def test_what_a_limit_may_be_replaced_by_is_told_in_chinese():
    """Its name was a sentence in English, and the Chinese row went without the line."""
    one = {"p25": 2.5e14, "p50": 5.9e14, "p75": 1.5e15}
    limit = {"without": one, "binding_share": 0.7, "instead": {"other modalities and synthetic data": one}}
    told = detail_facts(json.dumps({"limits": {"data.stock_tokens": limit}}), "tokens", "zh")
    assert "以其他模态与合成数据代替 data.stock_tokens" in [fact.term for fact in told]


def test_scenarios_say_when_they_are_capped():
    scenarios = [
        {"doubling_days": 212, "source": "METR 2025", "hours": 2730.0, "is_capped": False},
        {"doubling_days": 89, "source": "METR 2026", "hours": 80_000.0, "is_capped": True},
        {"doubling_days": 89, "source": "M", "hours": 80_000.0, "is_capped": True, "low": 56_500.0, "high": 80_000.0},
    ]
    assert detail(scenarios=scenarios) == [
        ("Doubling every 212 days", "2,730 hours (METR 2025)"),
        ("Doubling every 89 days", "more than 80,000 hours, cut off there (METR 2026)"),
        (
            "Doubling every 89 days",
            "more than 80,000 hours, cut off there; 56,500 from the low end of today's interval (M)",
        ),
    ]


@pytest.mark.parametrize(
    ("precision", "of", "said"),
    [
        ("month", date(2025, 3, 1), "Mar 2025"),
        ("year", date(2025, 3, 1), "2025"),
        ("day", date(2025, 3, 1), "1 Mar 2025"),
        # Of a newer row the precision is not that of the record.
        ("month", date(2025, 2, 1), "1 Mar 2025"),
    ],
)
def test_the_newest_input_is_told_no_more_exactly_than_its_day_is_known(precision, of, said):
    row = property_row(inputs_as_of=date(2025, 3, 1), actual_date=of, actual_date_precision=precision, rot="fresh")
    assert ("Newest reading of an input", said) in [(one.term, one.text) for one in facts(row)]


def test_a_course_with_a_name_and_an_interval_says_both():
    course = {"name": "bends in 2028", "doubling_months": 4, "source": "declared", "hours": 3632.0, "low": 1773.0,
              "high": 11_471.0, "is_capped": False}  # fmt: skip
    plain, wide = (detail(scenarios=[course | more]) for more in ({}, {"interval_share": 0.95}))
    assert plain == [("bends in 2028", "3,630 hours; 1,770–11,500 from the ends of today's interval (declared)")]
    assert wide == [("bends in 2028", "3,630 hours; 1,770–11,500 from the ends of today's 95 % interval (declared)")]


def test_the_interval_of_a_course_is_not_printed_as_a_middle_half():
    """1,300 to 8,410 hours is METR's 95 % drawn on, and stood in brackets like p25 to p75 a few lines above."""
    course = {"name": "x", "source": "s", "hours": 9e4, "low": 5e4, "high": 2e5, "interval_share": 0.95}
    for is_capped in (True, False):
        text = json.dumps({"scenarios": [course | {"is_capped": is_capped}]})
        assert "95 % interval" in detail_facts(text, "hours", "en")[0].text
        assert "95% 区间" in detail_facts(text, "hours", "zh")[0].text


def test_what_stands_beside_a_row_names_value_day_and_outlook():
    heir = {"series": "a/b", "label": "SWE-bench Pro", "unit": "%", "value": 89.9, "date": "2026-09-22", "by": "S, a/b",
            "is_successor": True, "p25": 97.9, "p50": 99.0, "p75": 99.5}  # fmt: skip
    other = {"series": "c/d", "label": "fast tier", "unit": "x human", "value": 118.0, "date": "2026-02-12", "by": "T",
             "is_successor": False}  # fmt: skip
    assert detail(beside=[heir, other]) == [
        (
            "Followed by: SWE-bench Pro",
            "89.9 %, 22 Sep 2026: S, a/b; by the target date 99 % (middle half 97.9–99.5 %)",
        ),
        ("Beside it: fast tier", "118 × human speed, 12 Feb 2026: T"),
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_stands_beside_a_row_is_printed_in_the_digits_of_its_evidence(lang):
    """A rating of 3,471 was one of 3,470 further down the same page."""
    one = {"series": "codeforces/rating/deepseek", "label": "Codeforces rating by DeepSeek", "unit": "rating",
           "value": 3471.0, "date": "2026-09-10", "by": "S", "is_successor": True}  # fmt: skip
    (told,) = detail_facts(json.dumps({"beside": [one]}), "percentile", lang)
    cited = {"citation_title": "", "citation_url": "", "observation_date": date(2026, 9, 10), "value": 3471.0,
             "source_row_id": "S"}  # fmt: skip
    assert told.text.startswith(observed(cited, "rating", lang).value)
    assert "3,471" in told.text


@pytest.mark.parametrize(
    ("lang", "heir", "goes_on"),
    [
        ("en", "Followed by: Tier 4 (used up itself)", "; what goes on in its place: Tier 4 (used up itself)"),
        ("zh", "后继：Tier 4（本身也已用尽）", "；接续者：Tier 4（本身也已用尽）"),
    ],
)
def test_a_successor_that_is_used_up_says_so_in_both_languages(lang, heir, goes_on):
    beside = {"label": "Tier 4", "series": "t/4", "unit": "%", "value": 100.0, "date": "2026-09-29", "by": "S",
              "is_successor": True, "is_worn": True}  # fmt: skip
    frozen = {"newest": "2026-04-07", "successor": "Tier 4 (used up itself)"}
    told, ended = detail_facts(json.dumps({"beside": [beside], "frozen": frozen}), "share", lang)
    assert told.term == heir
    assert ended.text.endswith(goes_on)


def test_marks_are_reached_expected_or_too_far():
    reach = [
        {"series": "a/b", "mark": "a day", "reached": "2026-02-05", "by": "S"},
        {"series": "a/b", "mark": "a month", "p25": "2027-10-12", "p50": "2028-01-23", "p75": None, "never_share": 0.3},
    ]
    assert detail(reach=reach) == [
        ("a day of work (a/b)", "reached on 5 Feb 2026 by S"),
        ("a month of work (a/b)", "Jan 2028 (Oct 2027 to after the last day forecast)"),
    ]


def test_an_audit_says_its_share_and_who_found_it():
    audit = {"share": 0.164, "what": "tests that reject", "source": "an audit", "note": "n"}
    assert detail(audits=[audit]) == [("Audit: tests that reject", "16.4 % (an audit)")]


def test_an_audit_that_counts_the_least_says_so():
    """16 % was printed of what the audit calls a lower bound."""
    audit = {
        "share": 0.16,
        "what": "METR, successes on long tasks that were cheating",
        "source": "METR",
        "note": "a lower bound",
    }
    assert detail(audits=[audit])[0][1] == "16 %, a lower bound (METR)"
    (chinese,) = detail_facts(json.dumps({"audits": [audit]}), "hours", "zh")
    assert (chinese.term, chinese.text) == ("核查：METR（另有英文说明）", "16%，下界（METR）")


def test_tasks_are_told_in_chinese_with_who_reached_them_and_those_nobody_measured():
    """Of six tasks the Chinese row named one: who had reached the others was an English sentence."""
    tasks = [
        {"task": "mathematics", "state": "passed", "by": "Celia, imo/points: 42 of 42 points; as a third party reports",
         "date": "2026-07-23"},
        {"task": "knowledge", "state": "passed", "by": "o1, gpqa: 0-shot, mean of repeats", "date": "2024-12-17"},
    ]  # fmt: skip
    text = json.dumps({"tasks": tasks, "unmeasured": ["coding", "protein engineering"]})
    told = [one.text for one in detail_facts(text, "", "zh")]
    assert [("数学" in one, "Celia" in one) for one in told[:1]] == [(True, True)]
    assert "o1" in told[1]
    assert told[2] == "编程，蛋白质工程"
    assert not any(is_foreign(one, "zh") for one in told)
    assert len(detail_facts(text, "", "en")) == 2  # there the reason of the status names them


def test_what_stands_beside_a_row_is_told_in_chinese_by_its_id():
    """A name that is an English sentence took its whole line away, and then its setup: who ran it, on which set."""
    beside = {
        "label": "SWE-bench Pro, public set, by the makers", "series": "swe-bench-pro/public/vendor", "unit": "%",
        "value": 89.9, "date": "2026-09-22", "by": "Opus 5.5, swe-bench-pro: vendor scaffold; as a third party reports",
        "is_successor": True,
    }  # fmt: skip
    (chinese,) = detail_facts(json.dumps({"beside": [beside]}), "hours", "zh")
    assert chinese.term == "后继：SWE-bench Pro 公开集，厂商自测"
    assert chinese.text == "89.9%，2026年9月22日：Opus 5.5，swe-bench-pro：厂商脚手架；据第三方所述"
    (unknown,) = detail_facts(json.dumps({"beside": [{**beside, "label": "a board that is new to us"}]}), "hours", "zh")
    assert unknown.term == "后继：swe-bench-pro/public/vendor"
    frozen = {"newest": "2026-04-07", "successor": "SWE-bench Pro, public set, by the makers"}
    (_, chinese) = detail_facts(json.dumps({"beside": [beside], "frozen": frozen}), "hours", "zh")
    assert chinese.text == "最新一条记录为 2026年4月7日；接续者：SWE-bench Pro 公开集，厂商自测"
    (chinese,) = detail_facts(json.dumps({"frozen": frozen}), "hours", "zh")
    assert chinese.text == "最新一条记录为 2026年4月7日；接续者：SWE-bench Pro 公开集，厂商自测"
    frozen["successor"] = "a board that is new to us"
    (chinese,) = detail_facts(json.dumps({"frozen": frozen}), "hours", "zh")
    assert chinese.text == "最新一条记录为 2026年4月7日"


def test_tasks_say_whether_they_are_reached_forecast_or_not_measured():
    tasks = [
        {"task": "mathematics", "state": "passed", "by": "o1", "date": "2024-09-12", "probability": 1.0},
        {"task": "coding", "state": "forecast", "probability": 0.8},
        {"task": "hacking", "state": "unknown"},
    ]
    assert [text for _, text in detail(tasks=tasks)] == [
        "mathematics: reached by o1, 12 Sep 2024",
        "coding: 80 % likely by the target date",
        "hacking: not measured",
    ]


@pytest.mark.parametrize(
    ("share", "english", "chinese"),
    [
        (1.0, "coding: over 99 % likely by the target date", "编程：到目标日期的概率为 99% 以上"),
        (0.998, "coding: over 99 % likely by the target date", "编程：到目标日期的概率为 99% 以上"),
        (0.99, "coding: 99 % likely by the target date", "编程：到目标日期的概率为 99%"),
        (0.0, "coding: under 1 % likely by the target date", "编程：到目标日期的概率为 1% 以下"),
    ],
)
def test_no_task_that_is_forecast_is_certain(share, english, chinese):
    """What all draws reach read "100 % likely": as sure as what has been reached."""
    text = json.dumps({"tasks": [{"task": "coding", "state": "forecast", "probability": share}]})
    assert [detail_facts(text, "share of tasks", lang)[0].text for lang in ("en", "zh")] == [english, chinese]


@pytest.mark.parametrize(("share", "told"), [(0.161377, "16 %"), (1.0, "over 99 %"), (0.0, "under 1 %")])
def test_a_chance_kept_with_a_row_is_told_in_per_cent(share, told):
    """It read 0.161 beside another chance of 0 %."""
    assert detail(no_record_share=share) == [("Chance that none is longer by then", told)]


def test_of_a_day_that_is_forecast_never_is_neither_certain_nor_impossible():
    term = "Chance of not happening by the target date"
    days = (date(2027, 1, 1), date(2028, 1, 1), date(2029, 1, 1), date(2029, 6, 1), date(2030, 1, 1))
    assert said(dated_row(days, never_share=0.0))[term] == "under 1 %"
    assert said(dated_row((None,) * 5, value_state="not_yet", never_share=1.0))[term] == "over 99 %"
    assert said(dated_row((date(2024, 9, 12),) * 5, never_share=0.0))[term] == "0 %"


@pytest.mark.parametrize("property_id", ["auto.metr_h", "cyber.horizon"])
def test_where_ranges_and_courses_start_is_said_of_each_row_that_has_both(property_id):
    (english,) = [one.text for one in facts(property_row(property_id=property_id), "en") if "start" in one.term]
    (chinese,) = [one.text for one in facts(property_row(property_id=property_id), "zh") if "起点" in one.term]
    for words_of in (
        ("from the day of the edition", "from the day on which the record was set"),
        ("本期日期", "创下该纪录之日"),
    ):
        assert all(word in (english if words_of[0].isascii() else chinese) for word in words_of)
    assert {name for name, one in HORIZONS.items() if one.scenarios} == {"auto.metr_h", "cyber.horizon"}


@pytest.mark.parametrize(("lang", "said_so"), [("en", "carry that interval along"), ("zh", "连同这一区间一并外推")])
def test_a_low_end_below_the_record_says_why_it_is(lang, said_so):
    """13.7 h stood below a record of 17.4 h on a page of checks by which no quantile lies below the record."""
    for p05, is_below in ((13.7, True), (17.4, False)):
        ahead = [{"series": "a", "p05": p05}, {"series": "stricter", "p05": 2.4}]
        parts = json.dumps({"series": ["a", "stricter"], "ahead": ahead})
        row = empty_row("not_applicable", status="beyond_range", actual_value=17.4, detail_json=parts)
        assert any(said_so in text for _, text in notes_of(row, lang)) is is_below
    (check,) = (one for one in CHECKS if one.name == "forecasts_above_the_frontier")
    assert "auto.metr_h adds the error" in check.what


def test_the_day_of_the_rate_of_131_days_is_one_and_the_same_everywhere():
    """It was of January in one place and of 3 March in another, which is the day of the file that it is drawn on from."""
    with (Path(__file__).parents[3] / "sources/curated/stated.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["forecaster_id"] == "metr-doubling-131-days"]
    day = date(2026, 1, 29)
    assert {row["known_date"] for row in rows} == {"2026-03-03"}
    for row in rows:
        assert f"on {day}; the numbers are drawn on here from its file of {row['known_date']}" in row["differs"]
        assert f"{day.day} {day:%B %Y}" in row["forecaster_title"]
        assert day.strftime("%Y-") + f"{day.month}-{day.day}" in row["citation_url"]
    for lang in ("en", "zh"):
        w, told = words(lang), format_date(day, lang)
        assert told in w.forecasters["metr-doubling-131-days"]
        assert told in w.detail["paces_is"]


def test_protocols_are_told_one_by_one():
    protocols = {"math/500": {"date": "2024-09-12", "value": 0.948, "by": "o1"}, "math/full": None}
    assert detail(protocols=protocols) == [("Under math/500", "12 Sep 2024, o1"), ("Under math/full", "not reached")]


def test_flags_are_put_into_words_and_unknown_ones_kept():
    assert detail(flags=["capped", "brand_new"]) == [
        ("Caveats", "a declared course cut off where a task is as long as a working life, brand_new")
    ]


def test_a_part_nobody_has_named_yet_is_shown_as_it_stands():
    assert detail(lower_end={"a": 1.23456789, "b": ["x", "y"]}) == [("Lower end", "a: 1.23; b: x, y")]


def test_empty_parts_and_those_said_elsewhere_are_left_out():
    assert detail(flags=[], missing=None, inputs=["a"], fit="fitted") == []
    assert detail_facts(None, "hours") == []


def test_the_lines_are_chinese_on_the_chinese_page():
    assert said(property_row(), "zh")["各输入的最新读数"] == "2026年10月30日"


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("property_id", "words_of"),
    [("auto.metr_h", ("131", "129", "212", "188")), ("auto.horizon_days", ("auto.doubling_months",)),
     ("auto.oversight_h", ("auto.doubling_months",)), ("cyber.horizon", ("Lyptus", "80"))],
)  # fmt: skip
def test_numbers_that_seem_to_contradict_each_other_are_told_apart(property_id, words_of, lang):
    told = [one.text for one in facts(property_row(property_id=property_id), lang)]
    assert any(all(word in text for word in words_of) for text in told)
    assert not any(is_foreign(text, lang) for text in told)


@pytest.mark.parametrize(("lang", "term"), [("en", "Copies at once"), ("zh", "同时运行的副本")])
def test_copies_at_once_say_how_they_are_computed_and_for_when(lang, term):
    """Below "counted are not copies that run at once" stood "Concurrent agents 192,000", and nothing else."""
    (line,) = detail_facts(json.dumps({"concurrent_agents": 192_000.0}), "agents", lang)
    assert line.term == term
    assert "learn.copies_compute / speed.multiple" in line.text
    assert {"en": "192,000 for the target date", "zh": "目标日为 19.2万"}[lang] in line.text


def test_a_chinese_row_keeps_its_formula_its_successor_and_whose_word_it_rests_on():
    formula = "metr/v1.1/p50-horizon / 60; beyond the scored range * 2 ** (months / doubling_months)"
    told = facts(property_row(formula=formula), "zh")[0].text
    assert told == "metr/v1.1/p50-horizon / 60; 超出检验范围后 * 2 ** (months / doubling_months)"
    assert facts(property_row(formula=formula))[0].text == formula


def test_the_sources_of_courses_are_told_in_chinese_and_in_english_as_the_models_cite_them():
    for course in (one for horizon in HORIZONS.values() for one in horizon.scenarios):
        key = f"source_{course.name.replace(' ', '_')}"
        assert words("en").detail[key] == course.source
        said = {"name": course.name, "source": course.source, "hours": 1.0, "is_capped": False}
        (chinese,) = detail_facts(json.dumps({"scenarios": [said]}), "hours", "zh")
        assert words("zh").detail[key] in chinese.text


def test_readings_say_of_how_long_they_are_and_that_the_median_counts():
    assert detail(readings=["8 S"])[0][0] == "Read in the half-year up to the newest; the value so far is their median"


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "GPT (a: b): 30 tokens a second, S 9: 1.2 B tokens a second (2026-06-15, speed/any: n 4)"),
        ("zh", "GPT (a: b)：30 词元/秒，S 9：12亿 词元/秒（2026年6月15日，speed/any：n 4）"),
    ],
)
def test_readings_of_one_day_are_told_together_with_how_they_were_read(lang, told):
    kept = "GPT (a: b): 30 tokens a second, S 9: 1.2 B tokens a second (2026-06-15, speed/any: n 4)"
    [fact] = detail_facts(json.dumps({"readings": [kept]}), "x human", lang)
    assert fact.text == told


@pytest.mark.parametrize(("lang", "term"), [("en", "Formula and fit"), ("zh", "公式与拟合")])
def test_a_row_that_is_extrapolated_no_more_says_that_its_formula_is_not_applied(lang, term):
    retired = property_row(status="retired", basis="fit", value_state="not_applicable")
    assert term in said(retired, lang)
    for other in ({"status": "beyond_range"}, {"basis": "derived"}, {"value_state": "value"}, {"formula": ""}):
        assert term not in said(retired | other, lang)


@pytest.mark.parametrize(("lang", "cap"), [("en", r"\bcap(ped)?\b"), ("zh", "封顶")])
def test_where_a_course_is_cut_off_is_not_called_as_the_cap_that_a_fit_has_none_of(lang, cap):
    """ "No cap" stood beside the fit and "capped" beside the courses of the same row: two things under one name."""
    assert NO_CAP.startswith("no cap")
    w = words(lang)
    told = [w.flags["capped"], w.detail["scenario_capped"], w.detail["scenario_capped_from"]]
    assert [one for one in told if re.search(cap, one)] == []
    # The length of a working life: 40 years of 2,000 hours.
    assert CAP_HOURS == 40 * 2000


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_rows_on_math_say_which_test_set_their_numbers_are_of(lang):
    """92.9 % stood beside a day six days earlier with 94.8 %, and a score of 98.8 %: of other problems."""
    w = words(lang).detail
    for property_id, key in (
        ("math.sota_pct", "full_set"),
        ("math.velocity_pp", "full_set"),
        ("math.date_92pct", "any_set"),
    ):
        told = [one.text for one in facts(property_row(property_id=property_id), lang)]
        assert w[f"{key}_is"] in told
        assert ("smaller split" if lang == "en" else "较小的子集") in w[f"{key}_is"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whether_a_test_is_used_up_is_told_by_what_would_change_the_row_and_not_as_true_or_false(lang):
    """ "Is used up: False" stood on the page of a test whose record is past its mark, in either language."""
    assert not detail_facts('{"is_used_up": false}', "%", lang)
    assert not detail_facts('{"is_used_up": true}', "%", lang)
