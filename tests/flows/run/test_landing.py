"""Landing a snapshot: good rows land, bad ones are quarantined with their place, and too much wrong holds it all."""

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from flows.run.landing import Ground, land_snapshot
from flows.settings import Clock, ToleranceSettings
from sources.errors import WrongContent
from sources.records import Parsed, Reject, Snapshot
from tests.warehouse.fresh import fresh
from tests.warehouse.refusals import open_refusals
from warehouse.contracts import core, polars_schema

TODAY = date(2026, 11, 22)


def observation(number, value, *, day=date(2024, 1, 1), series_id="math/full/single-sample", unit="share", known=None):
    return {
        "series_id": series_id,
        "source_row_id": f"system-{number}|{day}",
        "system_id": f"system-{number}",
        "observation_date": day,
        "date_kind": "paper",
        "date_precision": "day",
        "known_date": known or day,
        "value": value,
        "unit": unit,
        "std_error": None,
        "setup": None,
        "evidence": "paper",
        "citation_title": "A paper",
        "citation_url": "https://example.org/paper",
        "line": number + 1,
    }


SERIES = {
    "series_id": "math/full/single-sample", "label_en": "MATH", "label_zh": "MATH", "unit": "share", "scale": "bounded",
    "direction": "max", "chance_share": 0.0, "ceiling_share": 1.0, "benchmark": "math", "benchmark_version": "full",
    "variant": "single-sample", "status": "open", "members": None, "note": None, "line": 1,
}  # fmt: skip


class FakeSource:
    """A source whose parse returns what the test gives it."""

    source_id, title, licence, default_url, is_redistributable = "curated", "t", "l", "embedded:x", True
    record_table = "core.observation"

    def __init__(self, rows, rejects=(), *, failure=None, is_partial=False):
        self.rows, self.rejects, self.failure, self.is_partial = rows, rejects, failure, is_partial

    def parse(self, snapshot):
        if self.failure:
            raise self.failure
        schema = {**polars_schema(core.OBSERVATION, arriving=True), "line": pl.Int64}
        frame = pl.DataFrame(self.rows, schema=schema).with_columns(feed=pl.lit(snapshot.feed))
        series_schema = {**polars_schema(core.SERIES, arriving=True), "line": pl.Int64}
        series = pl.DataFrame([SERIES], schema=series_schema).with_columns(feed=pl.lit(snapshot.feed))
        return Parsed(
            {"core.observation": frame, "core.series": series},
            self.rejects,
            record_count=len(self.rows) + len(self.rejects),
            record_table=self.record_table,
            is_partial=self.is_partial,
        )


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=datetime(2026, 11, 22)) as opened:
        yield opened


def land(warehouse, source, *, today=TODAY, through=TODAY, source_id="curated", **tolerance):
    ground = Ground(warehouse, Clock.read(today), ToleranceSettings(**tolerance))
    snapshot = Snapshot(source_id, "math.csv", "embedded:x", b"bytes", datetime(2026, 11, 22), known_through=through)
    return land_snapshot(ground, source, snapshot)


def observations(landed):
    return next(table for table in landed.tables if table.table_name == "core.observation")


def rows(count):
    return [observation(number, number / 100) for number in range(1, count + 1)]


def test_every_record_of_the_file_is_accounted_for(warehouse):
    reject = Reject("math.csv", 99, "value", "n/a", "number", "value must be a number", {"value": "n/a"})
    landed = observations(land(warehouse, FakeSource(rows(10), [reject])))
    assert landed.record_count == 11
    assert landed.landing.added + landed.landing.revised + landed.landing.unchanged + landed.quarantined_count == 11


def test_a_refused_row_keeps_its_place_and_reason(warehouse):
    reject = Reject("math.csv", 7, "value", "n/a", "number", "value must be a number", {"value": "n/a"})
    land(warehouse, FakeSource(rows(10), [reject]))
    refused = open_refusals(warehouse).row(0, named=True)
    assert (refused["feed"], refused["line_number"], refused["column_name"], refused["cell_value"]) == (
        "math.csv", 7, "value", "n/a",
    )  # fmt: skip
    assert refused["check_name"] == "number"


def test_a_date_after_the_file_is_refused(warehouse):
    late = observation(50, 0.5, day=date(2027, 3, 1))
    land(warehouse, FakeSource([*rows(10), late]))
    refused = open_refusals(warehouse).row(0, named=True)
    assert refused["column_name"] == "observation_date"
    assert "2027-03-01" in refused["reason"]


def test_a_row_known_after_the_day_waits_and_is_not_wrong(warehouse):
    source = FakeSource([*rows(3), observation(4, 0.4, day=date(2025, 5, 5))])
    early = observations(land(warehouse, source, today=date(2024, 6, 1)))
    assert (early.landing.added, early.not_yet_count) == (3, 1)
    assert open_refusals(warehouse).is_empty()
    later = observations(land(warehouse, source, today=date(2025, 6, 1)))
    assert (later.landing.added, later.landing.unchanged) == (1, 3)


def test_an_observation_of_an_undefined_series_is_refused(warehouse):
    land(warehouse, FakeSource([*rows(10), observation(50, 0.5, series_id="nobody/knows")]))
    assert open_refusals(warehouse)["check_name"].to_list() == ["known series"]


def test_an_observation_in_another_unit_than_its_series_is_refused(warehouse):
    land(warehouse, FakeSource([*rows(10), observation(50, 50.0, unit="rating")]))
    assert open_refusals(warehouse)["check_name"].to_list() == ["unit of the series"]


def test_too_many_refused_rows_hold_the_whole_snapshot(warehouse):
    rejects = [Reject("math.csv", 100 + n, "value", "x", "number", "bad", {"n": n}) for n in range(10)]
    landed = land(warehouse, FakeSource(rows(10), rejects))
    assert landed.is_held
    assert "10 of 20" in landed.reason
    assert warehouse.rows("SELECT count(*) FROM core.observation") == [(0,)]
    assert open_refusals(warehouse).height == 10


def test_too_many_refused_cells_hold_it_too(warehouse):
    rejects = [Reject("math.csv", None, "value", "x", "number", "bad", {"n": n}) for n in range(6)]
    landed = land(warehouse, FakeSource(rows(10), rejects))
    assert landed.is_held
    assert "6 cells of 16 rows were refused, more than the 20% allowed" in landed.reason


def test_a_refused_cell_tells_in_which_line_to_look_and_refuses_no_row(warehouse):
    cell = Reject("math.csv", None, "value", "x", "number", "bad", {"n": 1}, within=42)
    landed = land(warehouse, FakeSource(rows(10), [cell]))
    assert observations(landed).quarantined_count == 0
    assert open_refusals(warehouse)["line_number"].to_list() == [42]
    held = land(warehouse, FakeSource(rows(10), [replace(cell, row={"n": n}, within=n) for n in range(40, 50)]))
    assert "first: line 40, value: bad" in held.reason


def test_a_few_refused_cells_are_counted_beside_their_rows(warehouse):
    rejects = [Reject("math.csv", None, "value", "x", "number", "bad", {"n": n}) for n in range(3)]
    landed = land(warehouse, FakeSource(rows(10), rejects))
    assert (landed.is_held, landed.refused_cells, landed.refused_count) == (False, 3, 0)


def test_a_file_of_nothing_but_the_future_is_held_and_does_not_fill_the_quarantine(warehouse):
    late = [observation(number, 0.5, day=date(2027, 3, 1)) for number in range(10_001)]
    landed = land(warehouse, FakeSource(late))
    assert "10,001 rows of 16 cells refused, more than 10,000" in landed.reason
    assert open_refusals(warehouse).is_empty()


def test_how_a_snapshot_is_read_is_the_callers_affair(warehouse):
    def gives_up(source, snapshot):
        raise WrongContent("reading given up", where=snapshot.feed)

    ground = Ground(warehouse, Clock.read(TODAY), ToleranceSettings(), gives_up)
    snapshot = Snapshot("curated", "math.csv", "embedded:x", b"bytes", datetime(2026, 11, 22), known_through=TODAY)
    assert land_snapshot(ground, FakeSource(rows(3)), snapshot).reason.startswith("reading given up")


def test_a_few_refused_rows_of_a_small_file_do_not_hold_it(warehouse):
    rejects = [Reject("math.csv", 100 + n, "value", "x", "number", "bad", {"n": n}) for n in range(4)]
    assert not land(warehouse, FakeSource(rows(2), rejects)).is_held


def test_a_snapshot_that_lost_many_rows_is_held(warehouse):
    land(warehouse, FakeSource(rows(100)))
    landed = land(warehouse, FakeSource(rows(70)))
    assert landed.is_held
    assert "30.0%" in landed.reason
    assert warehouse.rows("SELECT count(*) FROM core.observation WHERE superseded_at IS NULL") == [(100,)]


def test_a_list_that_keeps_its_records_and_loses_their_numbers_is_held(warehouse):
    source = FakeSource(rows(10))
    definitions = "core.series"  # any other table than that of the numbers
    source.record_table = definitions
    land(warehouse, source)
    emptied = FakeSource([], [Reject("math.csv", None, "value", "5%", "number", "value must be a number", {})])
    emptied.record_table = definitions
    landed = land(warehouse, emptied)
    assert landed.is_held
    assert "100.0%" in landed.reason
    assert "value must be a number" in landed.reason


def test_a_snapshot_that_lost_some_rows_lands_with_a_note(warehouse):
    land(warehouse, FakeSource(rows(100)))
    landed = land(warehouse, FakeSource(rows(90)), today=TODAY)
    assert not landed.is_held
    assert "10.0%" in landed.note
    assert observations(landed).landing.deleted == 10


@pytest.mark.parametrize("before", [0, 10])
@pytest.mark.parametrize("is_partial", [True, False])
def test_a_publishers_file_without_a_record_is_held_the_first_like_any_later(warehouse, before, is_partial):
    if before:
        land(warehouse, FakeSource(rows(before)), source_id="metr")
    landed = land(warehouse, FakeSource([], is_partial=is_partial), source_id="metr")
    assert landed.is_held
    assert "no record in the file, of 5 bytes" in landed.reason
    assert warehouse.rows("SELECT count(*) FROM core.observation WHERE superseded_at IS NULL") == [(before,)]


def test_a_file_of_ones_own_may_be_empty_and_says_so(warehouse):
    landed = land(warehouse, FakeSource([]))
    assert (landed.is_held, landed.note) == (False, "no row in the file")


def test_a_partial_feed_deletes_nothing(warehouse):
    land(warehouse, FakeSource(rows(10)))
    landed = observations(land(warehouse, FakeSource(rows(1), is_partial=True)))
    assert (landed.landing.deleted, landed.landing.unchanged) == (0, 1)


def test_bytes_that_are_not_the_source_land_nothing(warehouse):
    landed = land(warehouse, FakeSource([], failure=WrongContent("HTML where CSV was due", where="math.csv")))
    assert landed.is_held
    assert "HTML" in landed.reason


def test_a_row_that_comes_back_good_closes_its_refusal(warehouse):
    reject = Reject("math.csv", 7, "value", "n/a", "number", "value must be a number", {"value": "n/a"})
    land(warehouse, FakeSource(rows(10), [reject]))
    land(warehouse, FakeSource(rows(11)))
    assert open_refusals(warehouse).is_empty()
    assert warehouse.rows("SELECT count(*) FROM raw.quarantine WHERE released_at IS NOT NULL") == [(1,)]


def test_the_same_bad_row_is_refused_once(warehouse):
    reject = Reject("math.csv", 7, "value", "n/a", "number", "value must be a number", {"value": "n/a"})
    for _ in range(3):
        land(warehouse, FakeSource(rows(10), [reject]))
    assert warehouse.rows("SELECT count(*) FROM raw.quarantine") == [(1,)]
