"""What is read from Epoch AI's timelines of large data centres."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from sources.epoch.data_centers import EMPTY, NO_DATE, PLANNED, QUANTITIES, TIMELINES, EpochDataCenters
from sources.errors import WrongContent
from tests.sources.parsing import FIXTURES, assert_conserved, parse, snapshot, upstream

SOURCE = EpochDataCenters()
COMPUTERS, POWER = (quantity.series_id for quantity in QUANTITIES)
TEXT = (FIXTURES / "epoch_data_centers" / TIMELINES).read_text()
HEADER = TEXT.partition("\n")[0]


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, TIMELINES, TEXT)


def taken_on(day, body=TEXT):
    """The timelines as taken on a day."""
    parsed = SOURCE.parse(replace(snapshot(SOURCE, TIMELINES, body), known_through=day))
    assert_conserved(parsed)
    return parsed


def numbers(parsed, series_id):
    rows = parsed.frames["core.observation"].filter(series_id=series_id)
    return dict(rows.select("source_row_id", "value").iter_rows())


def rows(*lines):
    return parse(SOURCE, TIMELINES, "\n".join([HEADER, *lines]) + "\n")


def test_computers_of_each_site_on_each_day_that_has_come(parsed):
    assert numbers(parsed, COMPUTERS) == {
        "Example Valley|2025-03-01": 80000.5,
        "Example Valley|2026-05-01": 200000.0,
        "Sample Plains|2026-01-15": 70000.0,
        "Sample Plains|2026-10-01": 140000.0,
    }


def test_megawatts_become_watts(parsed):
    assert numbers(parsed, POWER)["Example Valley|2025-04-01"] == 125.5e6


def test_a_row_without_one_figure_keeps_the_other(parsed):
    assert len(numbers(parsed, POWER)) == len(numbers(parsed, COMPUTERS)) + 1


def test_the_record_so_far_is_the_largest_site(parsed):
    assert parsed.frames["core.series"]["direction"].unique().to_list() == ["max"]
    newest = parsed.frames["core.observation"].filter(series_id=COMPUTERS).sort("value").tail(1)
    assert newest["system_id"].to_list() == ["example-valley"]


def test_every_other_record_is_counted_with_its_reason(parsed):
    assert parsed.skipped == {PLANNED: 2, EMPTY: 1, NO_DATE: 1}
    assert [(reject.line, reject.column, reject.rule) for reject in parsed.rejects] == [(12, "Power (MW)", "range")]


@pytest.mark.parametrize(("day", "planned"), [(date(2026, 9, 30), 3), (date(2026, 10, 2), 1), (date(2031, 1, 1), 0)])
def test_a_plan_is_an_observation_from_its_day_on(day, planned):
    assert taken_on(day).skipped.get(PLANNED, 0) == planned


def test_a_row_is_known_from_the_day_it_is_of(parsed):
    found = parsed.frames["core.observation"]
    assert found["known_date"].to_list() == found["observation_date"].to_list()
    assert found["known_date"].max() == date(2026, 10, 1)


def test_a_revised_row_keeps_its_key(parsed):
    revised = parse(SOURCE, TIMELINES, TEXT.replace("200000.0", "160000.0"))
    for name in ("core.observation", "core.system"):
        columns = pl.col("source_row_id")
        assert revised.frames[name].select(columns).equals(parsed.frames[name].select(columns))
    assert numbers(revised, COMPUTERS)["Example Valley|2026-05-01"] == 160000.0


def test_a_day_that_a_site_has_twice_is_refused_once():
    twice = ["2025-03-01,,1.0,90.0,120.0,80000.0,Example Valley,"] * 2
    assert [reject.rule for reject in rows(*twice).rejects] == ["unique-key"]


def test_a_site_without_a_name_is_refused():
    assert [reject.column for reject in rows("2025-03-01,,1.0,90.0,120.0,80000.0,,").rejects] == ["Data center"]


@pytest.mark.parametrize("figure", ["many", "NaN", "Infinity", "-1"])
def test_a_figure_that_cannot_be_is_refused(figure):
    [reject] = rows(f"2025-03-01,,1.0,90.0,120.0,{figure},Example Valley,").rejects
    assert (reject.line, reject.column, reject.value) == (2, "H100 equivalents", figure)


def test_a_renamed_column_is_named():
    with pytest.raises(WrongContent, match="missing column H100 equivalents"):
        parse(SOURCE, TIMELINES, TEXT.replace("H100 equivalents", "H200 equivalents"))


def test_a_page_where_the_timelines_were_due_is_refused():
    with pytest.raises(WrongContent, match="missing column"):
        parse(SOURCE, TIMELINES, "<!DOCTYPE html><html><head><title>Data</title></head><body></body></html>")


def test_no_row_of_the_real_timelines_is_lost():
    body = upstream(f"epoch_more/epoch_data_centers/2026-05-23/{TIMELINES}")
    parsed = taken_on(date(2026, 5, 23), body)
    assert parsed.record_count == 282
    assert not parsed.rejects
    assert max(numbers(parsed, COMPUTERS), key=numbers(parsed, COMPUTERS).get) == "Colossus 2|2026-05-13"
