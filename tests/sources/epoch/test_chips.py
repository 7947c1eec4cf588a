"""What is read from Epoch AI's owners of AI chips: sums of whole quarters, and none of a quarter that lacks a stock."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.epoch.chips import NOT_WHOLE, OF_ALL, OF_COMPANY, OWNERS, SMUGGLED, UNFINISHED, EpochChips
from sources.errors import WrongContent
from tests.sources.parsing import FIXTURES, parse, values

SOURCE = EpochChips()
TEXT = (FIXTURES / "epoch_chips" / OWNERS).read_text()
HEADER = "Chip manufacturer,Owner,End date,Compute estimate in H100e (median),Incomplete"
WORLD = "all-owners-of-ai-chips"


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, OWNERS, TEXT)


def read(*rows, header=HEADER):
    return parse(SOURCE, OWNERS, "\n".join([header, *rows]) + "\n")


def world(parsed):
    return {name.removeprefix(f"{WORLD}|"): value for name, value in values(parsed, OF_ALL.series_id).items()}


THIRD = ("Nvidia,Company,2025-09-30,100,", "AMD,Company,2025-09-30,10,", "Google,Other,2025-09-30,1000,")
FOURTH = ("Nvidia,Company,2025-12-31,200,", "AMD,Company,2025-12-31,20,", "Google,Other,2025-12-31,2000,")


def test_the_world_is_the_sum_over_owners_and_designers_without_smuggled_chips(parsed):
    assert world(parsed) == {"2025-09-30": 4900000.5, "2025-12-31": 6170000.0}


def test_a_company_is_the_sum_over_designers_and_many_owners_are_none(parsed):
    assert values(parsed, OF_COMPANY.series_id) == {
        "example-cloud|2025-09-30": 1100000.5, "sample-search|2025-09-30": 1500000.0,
        "example-cloud|2025-12-31": 1450000.0, "sample-search|2025-12-31": 1920000.0,
    }  # fmt: skip


def test_the_record_so_far_is_the_largest_owner(parsed):
    assert parsed.frames["core.series"]["direction"].unique().to_list() == ["max"]


def test_every_other_record_is_counted_with_its_reason(parsed):
    assert parsed.skipped == {SMUGGLED: 1, UNFINISHED: 2}
    assert not parsed.rejects
    assert not parsed.is_partial


def test_a_sum_is_of_its_quarters_end(parsed):
    found = parsed.frames["core.observation"]
    assert set(found["observation_date"]) == {date(2025, 9, 30), date(2025, 12, 31)}
    assert found["known_date"].to_list() == found["observation_date"].to_list()


def test_the_names_agreed_on_in_september_are_read_alike(parsed):
    renamed = TEXT.replace("Chip manufacturer", "Designer").replace("Compute estimate in H100e", "H100e")
    assert (
        parse(SOURCE, OWNERS, renamed.replace("Start date", "Series start date"))
        .frames["core.observation"]
        .equals(parsed.frames["core.observation"])
    )


@pytest.mark.parametrize(
    "name", ["Chip manufacturer", "Owner", "End date", "Compute estimate in H100e (median)", "Incomplete"]
)
def test_any_other_name_is_held_with_the_names(name):
    with pytest.raises(WrongContent) as caught:
        parse(SOURCE, OWNERS, TEXT.replace(name, "Something else", 1))
    assert f"missing column {name}" in str(caught.value)
    assert "Something else" in str(caught.value)


def test_the_sister_file_by_chip_is_not_taken_for_it():
    with pytest.raises(WrongContent, match="a table by Chip type"):
        read("Nvidia,Company,2025-12-31,5,,H100", header=f"{HEADER},Chip type")


def test_a_quarter_that_lacks_a_stock_of_before_is_not_summed_and_what_stood_stands():
    found = read(*THIRD, *FOURTH[:2])
    assert world(found) == {"2025-09-30": 1110}
    assert found.skipped == {NOT_WHOLE: 2}
    assert found.is_partial


def test_a_stock_that_begins_later_is_missed_only_from_then_on():
    found = read(*THIRD[:2], *FOURTH)
    assert world(found) == {"2025-09-30": 110, "2025-12-31": 2220}


@pytest.mark.parametrize("word", ["True", "true"])
def test_one_row_marked_incomplete_leaves_out_its_quarter(word):
    assert world(read(*THIRD, *FOURTH[:2], FOURTH[2] + word)) == {"2025-09-30": 1110}


def test_a_smuggled_stock_decides_nothing():
    found = read(*THIRD, "Nvidia,China(Smuggled),2025-09-30,7,True", *FOURTH)
    assert world(found) == {"2025-09-30": 1110, "2025-12-31": 2220}


@pytest.mark.parametrize(("row", "column", "rule"), [
    ("Nvidia,New,2025-12-31,many,", "Compute estimate in H100e (median)", "number"),
    ("Nvidia,New,2025-12-31,-1,", "Compute estimate in H100e (median)", "range"),
    ("Nvidia,New,2025-12-31,,", "Compute estimate in H100e (median)", "given"),
    ("Nvidia,,2025-12-31,1,", "Owner", "given"), (",New,2025-12-31,1,", "Chip manufacturer", "given"),
    ("Nvidia,小米,2025-12-31,1,", "Owner", "given"), ("Nvidia,New,2025-12-31,1,perhaps", "Incomplete", "flag"),
    ("Nvidia,Company,2025-12-31,1,", "Owner", "unique-key"),
])  # fmt: skip
def test_a_row_that_cannot_be_is_refused_with_its_quarter(row, column, rule):
    found = read(*THIRD, *FOURTH, row)
    assert [(one.line, one.column, one.rule) for one in found.rejects] == [(8, column, rule)]
    assert world(found) == {"2025-09-30": 1110}
    assert found.is_partial


@pytest.mark.parametrize("end", ["2025-12-30", "2025-11-30", "2026-12-31", "31/12/2025"])
def test_a_day_that_is_no_end_of_a_quarter_that_is_over_is_refused(end):
    found = read(*THIRD, f"Nvidia,Company,{end},200,")
    assert [one.column for one in found.rejects] == ["End date"]
    assert world(found) == {"2025-09-30": 1110}


def test_a_file_without_a_whole_quarter_is_refused_as_a_whole():
    for rows in ((*THIRD[:2], THIRD[2] + "True"), ("Nvidia,China (smuggled),2025-09-30,5,",), ()):
        with pytest.raises(WrongContent, match="no quarter is whole"):
            read(*rows)


def test_a_page_where_the_owners_were_due_is_refused():
    with pytest.raises(WrongContent, match="missing column"):
        parse(SOURCE, OWNERS, "<!DOCTYPE html><html><head><title>Data</title></head><body></body></html>")


@given(st.dictionaries(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["Nvidia", "AMD", "Google"])), st.integers(1, 10**9), min_size=1
))  # fmt: skip
def test_any_stocks_sum_to_their_rows(stocks):
    found = read(*(f"{designer},{owner},2025-12-31,{count}," for (owner, designer), count in stocks.items()))
    assert world(found) == {"2025-12-31": sum(stocks.values())}
    assert sum(values(found, OF_COMPANY.series_id).values()) == sum(stocks.values())
