"""The landing bench measures what it says: every row validated and landed, the stated share revised, fair ratios."""

from datetime import date

import polars as pl
import pytest

from infra.bench.landing import LoadMeasure, _verdicts
from infra.bench.landing_loads import SERIES, frames, insert, open_home, ours
from warehouse.contracts import core

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

ROWS = 2 * SERIES


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    frames(folder, ROWS)
    return {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("first", "revised")}


def test_the_three_loads_add_everything_then_nothing_then_revise_one_in_a_hundred(files, tmp_path):
    open_home(tmp_path)
    landed = [
        ours(files[name], tmp_path, date(2026, 11, day))[1]
        for name, day in (("first", 20), ("first", 21), ("revised", 22))
    ]
    assert [tuple(table.landing) for table in landed] == [
        (ROWS, 0, 0, 0), (0, 0, 0, ROWS), (0, ROWS // 100, 0, ROWS - ROWS // 100),
    ]  # fmt: skip
    assert {(table.record_count, table.quarantined_count) for table in landed} == {(ROWS, 0)}


def test_the_revised_file_differs_in_values_only(files):
    assert files["first"].drop("value").equals(files["revised"].drop("value"))
    assert (files["first"]["value"] != files["revised"]["value"]).sum() == ROWS // 100


def test_no_column_of_the_contract_is_left_out(files, tmp_path):
    assert {column.name for column in core.OBSERVATION.arriving} | {"line"} == set(files["first"].columns)
    assert insert(files["first"], tmp_path / "plain.duckdb") > 0


def test_ratios_are_taken_within_a_round_and_speak_only_of_what_was_measured():
    rounds = [
        {"plain insert": LoadMeasure(pace, 600, ()), "landing, first": LoadMeasure(2 * pace, 700, ()),
         "landing, unchanged": LoadMeasure(pace / 2, 650, ()), "dlt merge, unchanged": LoadMeasure(4 * pace, 1300, ())}
        for pace in (1.0, 10.0, 3.0)
    ]  # fmt: skip
    assert _verdicts(rounds) == [
        "first: 2.0 × the plain insert (target ≤ 4)",
        "unchanged: 8.0 × as fast as dlt (target ≥ 6)",
        "peak of landing: 700 MB (target < 800)",
    ]
