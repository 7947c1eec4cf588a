"""What is read from Epoch AI's Capabilities Index: one fit on one scale, known from the day it was taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from models.properties.living import LIVING_SERIES
from sources.epoch.capabilities import NO_DATE, NO_SCORE, REQUIRED, SCORES, SERIES, EpochCapabilities
from sources.errors import WrongContent
from sources.reading.assembly import shared_definitions
from tests.sources.parsing import FIXTURES, assert_conserved, parse, snapshot, values

SOURCE = EpochCapabilities()
TEXT = (FIXTURES / "epoch_capabilities" / SCORES).read_text()
HEADER = TEXT.partition("\n")[0]


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, SCORES, TEXT)


def read(*rows):
    return parse(SOURCE, SCORES, "\n".join([HEADER, *rows]) + "\n")


def test_each_system_has_its_score(parsed):
    assert values(parsed, SERIES) == {
        "Example 6": 166.31, "Sample 5.1, open": 151.5, "GPT-5": 150.0, "Claude 3.5 Sonnet": 130.0, "Old 1": 98.75,
    }  # fmt: skip
    assert parsed.skipped == {NO_DATE: 1, NO_SCORE: 1}
    assert not parsed.rejects


def test_rows_of_two_real_copies_are_taken_as_they_stand():
    """Of January and August 2026 (Epoch AI, CC BY 4.0): an anchor has no interval, and some rows have no lab."""
    january = read(
        "GPT-5,GPT-5 (high),150.0,,,2025-08-07,OpenAI,United States of America,API access,Closed weights,",
        "Claude 3.5 Sonnet,Claude 3.5 Sonnet (Jun 2024),130.0,,,2024-06-20,Anthropic,United States of America,API access,Closed weights,",
        "Claude Instant,Claude Instant,121.10539353900039,111.40650881787333,125.00282126403519,,Anthropic,United States of America,API access,Closed weights,",
    )
    assert values(january, SERIES) == {"GPT-5": 150.0, "Claude 3.5 Sonnet": 130.0}
    assert (january.skipped, january.rejects) == ({NO_DATE: 1}, ())
    august = read(
        "GPT-5,GPT-5,150.0,,,2025-08-07,OpenAI,United States of America,API access,Closed weights,",
        '"DeepSeek-V2 (MoE-236B, May 2024)","DeepSeek-V2 (MoE-236B, May 2024)",124.26,118.51,127.47,2024-05-07,DeepSeek,China,Open weights (restricted use),Open weights,',
        'StarCoder 2 15B,StarCoder 2 15B,103.91,92.83,111.31,2024-02-29,"Hugging Face,ServiceNow,NVIDIA,BigCode",United States of America,Open weights (restricted use),Open weights,',
        "open_llama_7b,open_llama_7b,90.19,76.62,98.96,2023-06-07,,,Unknown,Other,",
    )
    assert list(values(august, SERIES).values()) == [150.0, 124.26, 103.91, 90.19]
    assert (august.skipped, august.rejects) == ({}, ())


def test_a_score_is_known_from_the_day_its_fit_was_taken(parsed):
    """Known from the release of its system, a fit of today would let a look back see the future."""
    found = parsed.frames["core.observation"]
    assert set(found["known_date"]) == {date(2026, 10, 1)}
    later = SOURCE.parse(replace(snapshot(SOURCE, SCORES, TEXT), known_through=date(2026, 11, 5)))
    assert_conserved(later)
    assert set(later.frames["core.observation"]["known_date"]) == {date(2026, 11, 5)}
    assert later.frames["core.observation"]["source_row_id"].equals(found["source_row_id"])


def test_a_row_says_its_fit_and_its_interval_where_one_is_given(parsed):
    setups = dict(parsed.frames["core.observation"].select("source_row_id", "setup").iter_rows())
    fit = "fit of the file of 2026-10-01, anchors Claude 3.5 Sonnet = 130 and GPT-5 = 150"
    assert setups["Example 6"] == f"{fit}; 90 % interval 163.0 to 171.88"
    assert setups["Old 1"] == fit


def test_it_feeds_the_living_row_and_is_defined_as_in_the_embedded_default(parsed):
    assert LIVING_SERIES["living.eci"] == SERIES
    [defined] = parsed.frames["core.series"].rows(named=True)
    shared = shared_definitions()[SERIES]
    assert {name: defined[name] for name in shared if name in defined} == shared


@pytest.mark.parametrize(("old", "new", "said"), [
    ("GPT-5,GPT-5,150.0", "GPT-5,GPT-5,151.0", "GPT-5 at 151 where 150 was due"),
    ("Sonnet,130.0", "Sonnet,1300", "Claude 3.5 Sonnet at 1300 where 130 was due"),
])  # fmt: skip
def test_scores_on_another_scale_are_held(old, new, said):
    assert old in TEXT
    with pytest.raises(WrongContent, match=f"another scale at {SCORES}; seen: {said}"):
        parse(SOURCE, SCORES, TEXT.replace(old, new))


def test_an_anchor_may_be_rounded_or_lacking():
    rows = ("GPT-5,,149.98,,,2025-08-07,OpenAI,,,,", "New,,160.5,,,2026-08-07,Lab,,,,")
    assert values(read(*rows), SERIES) == {"GPT-5": 149.98, "New": 160.5}


@pytest.mark.parametrize(("row", "column", "rule"), [
    ("New,,many,1,2,2026-08-07,Lab,,,,", "eci", "number"), ("New,,160.5,158,163,soon,Lab,,,,", "date", "date"),
    ("New,,160.5,158,163,2026-10-02,Lab,,,,", "date", "range"), (",,160.5,158,163,2026-08-07,Lab,,,,", "Model", "given"),
    ("Example 6,,160.5,158,163,2026-08-07,Lab,,,,", "series_id|source_row_id", "unique-key"),
])  # fmt: skip
def test_a_row_that_cannot_be_is_refused(row, column, rule):
    found = parse(SOURCE, SCORES, TEXT + row + "\n")
    assert [(one.line, one.column, one.rule) for one in found.rejects] == [(9, column, rule)]
    assert len(values(found, SERIES)) == 5


@pytest.mark.parametrize(("low", "high"), [("0", "0"), ("161", "165"), ("150", "160.4"), ("", "100"), ("170", "")])
def test_an_interval_that_its_score_is_not_in_costs_itself_alone(low, high):
    found = read(f"New,,160.5,{low},{high},2026-08-07,Lab,,,,")
    assert values(found, SERIES)["New"] == 160.5
    assert "interval" not in found.frames["core.observation"].filter(source_row_id="New")["setup"][0]
    assert [(one.line, one.within, one.column, one.rule) for one in found.rejects] == [(None, 2, "eci_ci_low", "range")]


def test_a_bound_that_cannot_be_read_costs_the_interval_alone():
    found = read("New,,160.5,low,162,2026-08-07,Lab,,,,")
    assert [(one.line, one.within, one.column) for one in found.rejects] == [(None, 2, "eci_ci_low")]
    assert found.frames["core.observation"]["setup"].str.contains("interval").to_list() == [False]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_renamed_column_is_named(name):
    names = [f"new {one}" if one == name else one for one in HEADER.split(",")]
    with pytest.raises(WrongContent, match=f"missing column {name}"):
        parse(SOURCE, SCORES, TEXT.replace(HEADER, ",".join(names)))


def test_a_page_where_the_scores_were_due_is_refused():
    with pytest.raises(WrongContent, match="missing column"):
        parse(SOURCE, SCORES, "<!DOCTYPE html><html><head><title>Data</title></head><body></body></html>")
