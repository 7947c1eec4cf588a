"""Refused rows: none is lost, none is counted twice, and each says why."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.warehouse.fresh import fresh
from tests.warehouse.refusals import open_refusals
from tests.warehouse.vintages_made import START, moment
from warehouse.contracts import raw
from warehouse.quarantine import quarantine_id, refuse, release, row_as_json


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with fresh(tmp_path_factory.mktemp("home"), now=START) as opened:
        yield opened


@pytest.fixture
def warehouse(shared):
    shared.execute("DELETE FROM raw.quarantine")
    return shared


def refusal(cell, day=0, feed="math.csv", line=2):
    return {
        "quarantine_id": quarantine_id(("curated", feed, "value", cell)), "source_id": "curated", "feed": feed,
        "snapshot_id": "0" * 64, "line_number": line, "column_name": "value", "cell_value": cell, "row_json": "{}",
        "check_name": "at most 1", "reason": f"{cell} is no share", "recorded_at": moment(day), "released_at": None,
    }  # fmt: skip


def refused(warehouse, cells, day=0, feed="math.csv"):
    with warehouse.transaction():
        return refuse(warehouse, "curated", feed, [refusal(cell, day, feed) for cell in cells], moment(day))


def open_cells(warehouse):
    return sorted(open_refusals(warehouse)["cell_value"])


@law(20)
@given(st.lists(st.lists(st.sampled_from(["1.7", "-1", "x", ""]), max_size=5), min_size=1, max_size=5))
def test_what_is_open_is_what_the_newest_file_has_wrong(shared, files):
    shared.execute("DELETE FROM raw.quarantine")
    for day, cells in enumerate(files):
        assert refused(shared, cells, day) == len(set(cells))
        assert open_cells(shared) == sorted(set(cells))
    key = ", ".join(raw.QUARANTINE.key)
    twins = shared.rows(f"SELECT {key} FROM raw.quarantine GROUP BY ALL HAVING count(*) > 1")
    assert twins == [], "what contradicts its key stops every publication"


def test_a_refusal_that_stays_keeps_the_day_it_was_first_made(warehouse):
    refused(warehouse, ["1.7"], day=0)
    refused(warehouse, ["1.7", "-1"], day=1)
    days = dict(open_refusals(warehouse).select("cell_value", "recorded_at").iter_rows())
    assert days == {"1.7": moment(0), "-1": moment(1)}


def test_a_row_that_comes_back_good_is_released_and_stays_on_record(warehouse):
    refused(warehouse, ["1.7"], day=0)
    refused(warehouse, [], day=3)
    assert warehouse.rows("SELECT cell_value, released_at FROM raw.quarantine") == [("1.7", moment(3))]


def test_other_feeds_are_left_alone(warehouse):
    refused(warehouse, ["1.7"], feed="math.csv")
    refused(warehouse, [], day=1, feed="gpqa.csv")
    assert open_cells(warehouse) == ["1.7"]


def test_a_person_can_release_one_refusal_once(warehouse):
    refused(warehouse, ["1.7", "-1"])
    identifier = quarantine_id(("curated", "math.csv", "value", "1.7"))
    assert release(warehouse, identifier, moment(1))
    assert not release(warehouse, identifier, moment(2))
    assert open_cells(warehouse) == ["-1"]
    assert not release(warehouse, "no such id", moment(1))


def test_open_refusals_come_in_the_order_of_the_file(warehouse):
    rows = [refusal("a", line=12), refusal("b", line=3), refusal("c", line=None)]
    with warehouse.transaction():
        refuse(warehouse, "curated", "math.csv", rows, START)
    assert open_refusals(warehouse)["cell_value"].to_list() == ["b", "a", "c"]


def test_the_same_cell_has_the_same_id_and_any_difference_another():
    assert quarantine_id(("a", 1, None)) == quarantine_id(("a", 1, None))
    ids = {quarantine_id(parts) for parts in (("a", "b"), ("ab", ""), ("a", "b", ""), ("b", "a"))}
    assert len(ids) == 4


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.none(), st.dates(), st.floats(allow_nan=False))))
def test_a_row_is_kept_as_json_that_reads_back(row):
    kept = json.loads(row_as_json(row))
    assert kept == {name: str(cell) if isinstance(cell, date) else cell for name, cell in row.items()}
