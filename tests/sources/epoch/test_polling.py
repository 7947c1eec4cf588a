"""What is read from Epoch AI's polls on AI use: shares of all who were asked, and of nobody whom the file leaves open."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.curated import CuratedSource
from sources.epoch.polling import PART, POPULATION, REQUIRED, UNTOLD, EpochPolling
from sources.errors import WrongContent
from sources.reading.tabular import read_csv
from tests.sources.parsing import FIXTURES, parse, snapshot, values

SOURCE = EpochPolling()
# Rows of the real file of July 2026 as they stand there, all of the full sample and some of its parts: Epoch AI and Ipsos,
# Polling on AI usage, CC BY 4.0.
FEED = "polling_on_ai_usage_jul_2026.csv"
TEXT = (FIXTURES / "epoch_polling" / FEED).read_text()
WHOLE = {"demographic": "full_sample", "demographic_value": "All"}
ASKED = {"question": "q4_frequency", "question_number": "4", "question_verbatim": "On how many days?"}
GOOD = {**ASKED, **WHOLE, "response_verbatim": "1 day", "response": "1 day", "n": "20", "n_base": "100", "pct": "20.5",
        "se": "4.04", "ci_lo": "14.67", "ci_hi": "27.89"}  # fmt: skip


def group(value, base, **cells):
    return {**GOOD, "demographic": "employment", "demographic_value": value, "n": "1", "n_base": base, **cells}


WORKERS = (group("Full-time", "60"), group("Part-time", "40"))


def file_of(*rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, REQUIRED, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(*rows, feed=FEED):
    return parse(SOURCE, feed, file_of(*rows, *WORKERS))


def shares(parsed):
    """Question and answer → share."""
    rows = parsed.frames["core.observation"].select("series_id", "value").iter_rows()
    return {series_id.removeprefix(f"ai-poll/{POPULATION}/"): value for series_id, value in rows}


def setups(parsed, question):
    rows = parsed.frames["core.observation"].iter_rows(named=True)
    return [row["setup"] for row in rows if f"/{question}/" in row["series_id"]]


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, FEED, TEXT)


def test_every_answer_of_the_full_sample_is_a_share_and_parts_are_counted(parsed):
    assert parsed.frames["core.observation"].height == 103
    assert parsed.skipped == {PART: 33}
    assert not parsed.rejects
    assert not parsed.is_partial


def test_percent_are_read_as_the_fractions_they_are(parsed):
    stated = {row["pct"]: float(f"{row['pct']}e-2") for row in csv.DictReader(io.StringIO(TEXT))}
    assert set(shares(parsed).values()) <= set(stated.values())
    assert shares(parsed)["q4-frequency/7-days"] == 0.2194


def test_days_of_use_make_the_embedded_share_of_daily_users(parsed):
    found = shares(parsed)
    days = [found[f"q4-frequency/{day}-day{'s' * (day > 1)}"] for day in range(1, 8)]
    assert sum(days) == pytest.approx(1)
    average = sum(day / 7 * share for day, share in enumerate(days, 1))
    embedded = CuratedSource()
    answers = embedded.fetch(None, embedded.default_url, {})
    [answer] = [one for one in answers if one.feed == "assumptions"]
    rows = read_csv(answer.body, feed="assumptions").frame.rows_by_key("assumption_id", named=True, unique=True)
    row = rows["usage.daily_share_of_weekly_users"]
    # Its range goes from those who use AI on each day to those who do on an average one.
    assert (float(row["low"]), float(row["high"])) == (round(days[6], 2), round(average, 2))
    assert "605 of 1,103 employed adults" in row["note"]
    assert f"{days[6]:.1%}".replace("%", " %") in row["note"]


def test_a_share_is_of_its_month_and_known_when_its_file_was_taken(parsed):
    row = parsed.frames["core.observation"].row(0, named=True)
    assert (row["observation_date"], row["date_precision"], row["date_kind"]) == (
        date(2026, 7, 1),
        "month",
        "measurement",
    )
    assert row["known_date"] == date(2026, 10, 1)
    assert row["std_error"] == 0.0137
    assert row["source_row_id"] == "q1-job-tasks|maintaining-operational-records|2026-07"


def test_count_base_and_interval_stand_in_the_setup(parsed):
    assert setups(parsed, "q4-frequency")[6] == (
        "wave of 2026-07; 132 of 605 answers, before weighting; 90 % interval 0.1928 to 0.2485"
    )


def test_the_level_of_an_interval_is_said_only_where_its_error_tells_it(parsed):
    """People are asked up to question 8 and in 15; from 9 to 14 each of their tasks, with other intervals."""
    of_people = ["q1-job-tasks", "q2-services", "q3-interaction-modes", "q4-frequency", "q5-work-personal",
                 "q6a-work-tasks", "q7a-task-frequency", "q8-employer-ai", "q15-delegation"]  # fmt: skip
    of_tasks = [
        "q9-task-approach",
        "q10-ai-tenure",
        "q11-time-now",
        "q12-ai-time-share",
        "q13-time-before",
        "q14-editing",
    ]
    assert all("; 90 % interval" in said for question in of_people for said in setups(parsed, question))
    assert all("of a level that its standard error does not tell" in said
               for question in of_tasks for said in setups(parsed, question))  # fmt: skip


@given(
    share=st.floats(0.005, 0.995),
    people=st.integers(200, 5000),
    level=st.sampled_from([("90 %", 1.6449), ("95 %", 1.96)]),
)
def test_any_interval_of_wilson_says_its_level(share, people, level):
    words, z = level
    error, ratio = sqrt(share * (1 - share) / people), z * z / people
    middle, half = (
        (share + ratio / 2) / (1 + ratio),
        z * sqrt(share * (1 - share) / people + ratio / people / 4) / (1 + ratio),
    )
    cells = {name: f"{100 * value:.2f}" for name, value in
             {"pct": share, "se": error, "ci_lo": middle - half, "ci_hi": middle + half}.items()}  # fmt: skip
    [said] = setups(read({**GOOD, **cells}), "q4-frequency")
    assert f"; {words} interval" in said


def test_a_share_without_interval_or_error_stands_without_one():
    bare = {**GOOD, "se": "", "ci_lo": "", "ci_hi": ""}
    found = read(bare, {**bare, "response": "2 days"}, {**bare, "response": "3 days"})
    assert setups(found, "q4-frequency") == ["wave of 2026-07; 20 of 100 answers, before weighting"] * 3
    none = read({**GOOD, "n": "0", "pct": "0.0", "se": "0.0", "ci_lo": "0.0", "ci_hi": "2.6"})
    assert "interval 0.0 to 0.026, of a level" in setups(none, "q4-frequency")[0]


def test_the_newest_reading_counts_and_a_label_asks_the_question(parsed):
    series = (
        parsed.frames["core.series"].filter(series_id=f"ai-poll/{POPULATION}/q4-frequency/7-days").row(0, named=True)
    )
    assert (series["direction"], series["scale"]) == ("level", "bounded")
    asked = "On how many of the last 7 days have you used the following service or services? 7 days"
    assert series["label_en"] == f"Poll of employed US adults: {asked}"
    assert series["label_zh"] == "美国在职成年人调查：过去七天中有几天使用 AI——7 天"


def test_every_question_and_answer_seen_has_its_chinese_words_and_another_is_quoted(parsed):
    series = parsed.frames["core.series"]
    labels = dict(series.select("label_en", "label_zh").iter_rows())
    names = re.compile(r"AI|ChatGPT|Claude|Google Gemini|Microsoft Copilot|Grok|Meta|Perplexity")
    assert not [label for label in labels.values() if re.search("[A-Za-z]", names.sub("", label))]
    assert len(set(labels.values())) == series.height
    other = read({**GOOD, "response": "8 days"}).frames["core.series"]["label_zh"].to_list()
    assert other == ["美国在职成年人调查：On how many days? 8 days"]


@pytest.mark.parametrize("workers", [
    (), WORKERS[:1], (WORKERS[0], group("Part-time", "39")), (*WORKERS, group("Not working", "70")),
    (*WORKERS, group("Part-time", "41", response="2 days")),
])  # fmt: skip
def test_a_question_that_was_put_to_nobody_known_is_left_out_and_what_stood_stands(workers):
    others = [{**row, "question": "q2_services"} for row in workers]
    found = parse(SOURCE, FEED, file_of(GOOD, *WORKERS, {**GOOD, "question": "q2_services"}, *others))
    assert shares(found) == {"q4-frequency/1-day": 0.205}
    assert found.skipped[UNTOLD] == 1
    assert found.is_partial
    with pytest.raises(WrongContent, match="a wave that asked nobody known"):
        parse(SOURCE, FEED, file_of(GOOD, *workers))


def test_a_question_of_two_bases_is_left_out():
    with pytest.raises(WrongContent, match="groups by employment: Full-time, Part-time"):
        read(GOOD, {**GOOD, "response": "2 days", "n_base": "99"})


@pytest.mark.parametrize(("column", "text", "rule"), [
    ("pct", "101", "range"), ("pct", "-1", "range"), ("pct", "", "given"), ("pct", "20.5%", "number"), ("pct", "most", "number"),
    ("n", "101", "range"), ("n", "-1", "range"), ("n", "2.5", "whole-number"), ("n", "", "given"), ("n_base", "", "given"),
    ("n_base", "0", "range"), ("ci_lo", "20.6", "order"), ("ci_lo", "-1", "order"), ("ci_hi", "20.4", "order"),
    ("ci_hi", "100.1", "order"), ("ci_hi", "wide", "number"), ("se", "-1", "range"), ("question", "", "given"),
    ("question", "问题", "given"), ("response", "", "given"), ("response", "天", "given"), ("demographic", "", "given"),
    ("demographic_value", "", "given"),
])  # fmt: skip
def test_a_row_that_cannot_be_is_refused_alone(column, text, rule):
    found = read(GOOD, {**GOOD, "response": "2 days", column: text})
    assert (2 + 1, column, rule) in {(one.line, one.column, one.rule) for one in found.rejects}
    assert shares(found) == {"q4-frequency/1-day": 0.205}


@pytest.mark.parametrize("row", [GOOD, {**GOOD, "pct": "30", "ci_hi": "40"}, {**GOOD, "response": "1 Day!"}])
def test_an_answer_that_stands_there_twice_is_refused_the_second_time(row):
    found = read(GOOD, row)
    assert [(one.line, one.column, one.rule) for one in found.rejects] == [(3, "response", "unique-key")]
    assert shares(found) == {"q4-frequency/1-day": 0.205}


@pytest.mark.parametrize("name", REQUIRED)
def test_another_header_is_held_with_its_names(name):
    with pytest.raises(WrongContent) as caught:
        parse(
            SOURCE, FEED, TEXT.replace(name, "something_else", 1) if name != "n" else TEXT.replace(",n,", ",people,", 1)
        )
    assert "missing column" in str(caught.value)
    assert ("people" if name == "n" else "something_else") in str(caught.value)


@pytest.mark.parametrize(
    "feed", ["polling.csv", "polling_on_ai_usage_july_2026.csv", "polling_on_ai_usage_jul_2026_microdata.csv"]
)
def test_a_file_whose_name_says_no_wave_is_refused_with_its_name(feed):
    with pytest.raises(WrongContent, match="a file whose name says no wave") as caught:
        SOURCE.parse(snapshot(SOURCE, feed, TEXT))
    assert caught.value.where == feed


def test_a_wave_of_a_month_to_come_is_refused():
    with pytest.raises(WrongContent, match="a month that had not come"):
        read(GOOD, feed="polling_on_ai_usage_nov_2026.csv")


def test_another_wave_has_rows_of_its_own(parsed):
    earlier = parse(SOURCE, "polling_on_ai_usage_mar_2026.csv", TEXT)
    ids = [set(values(one, f"ai-poll/{POPULATION}/q4-frequency/7-days")) for one in (parsed, earlier)]
    assert ids == [{"q4-frequency|7-days|2026-07"}, {"q4-frequency|7-days|2026-03"}]
