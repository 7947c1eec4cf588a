"""How typed rows and refusals are put together so that no record is lost and none lands by halves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from sources.reading.assembly import OUR_OWN_LINE, ReadSoFar, assemble, series_rows, shared_definitions, typed
from sources.reading.tabular import read_csv
from sources.records import Reject
from tests.sources.parsing import assert_conserved
from warehouse.contracts import core

TABLE = read_csv(b"name,value\nA,1\nB,2\nC,\n", feed="f.csv")


def systems(names=("A", "B", "C")):
    frame = pl.DataFrame({"name": names, "line": [2, 3, 4]}, schema={"name": pl.String, "line": pl.Int64})
    return typed(core.SYSTEM, frame, system_id=pl.col("name"), source_row_id=pl.col("name"), system_name=pl.col("name"))


def observations(values=(1.0, 2.0)):
    frame = pl.DataFrame({"name": ["A", "B"], "value": values, "line": [2, 3]})
    texts = {
        "series_id": "x/y", "date_kind": "paper", "date_precision": "day", "unit": "tokens", "evidence": "paper",
        "citation_title": "a paper",
    }  # fmt: skip
    return typed(
        core.OBSERVATION, frame, source_row_id=pl.col("name"), system_id=pl.col("name"),
        observation_date=pl.lit(date(2026, 1, 1)), known_date=pl.lit(date(2026, 1, 1)),
        **{name: pl.lit(text) for name, text in texts.items()},
    )  # fmt: skip


def test_rows_of_all_tables_are_put_together():
    parsed = assemble(ReadSoFar(TABLE), systems(), observations())
    assert_conserved(parsed)
    assert {name: frame.height for name, frame in parsed.frames.items()} == {"core.system": 3, "core.observation": 2}


def test_a_refused_record_takes_its_numbers_with_it():
    parsed = assemble(ReadSoFar(TABLE), systems(names=(None, "B", "C")), observations())
    assert_conserved(parsed)
    assert parsed.frames["core.observation"]["source_row_id"].to_list() == ["B"]


def test_a_refused_number_leaves_its_record():
    parsed = assemble(ReadSoFar(TABLE), systems(), observations(values=(float("inf"), 2.0)))
    assert_conserved(parsed)
    assert parsed.frames["core.system"].height == 3
    assert [(reject.line, reject.rule, reject.row["name"]) for reject in parsed.rejects] == [(None, "finite", "A")]


@pytest.mark.parametrize(("error", "rule"), [(float("inf"), "finite"), (-1.0, "range"), (1e300, "plausible")])
@pytest.mark.parametrize("is_record", [True, False])
def test_an_error_that_cannot_be_is_refused_alone_and_its_number_stays(error, rule, is_record):
    rows = observations()
    rows = replace(rows, frame=rows.frame.with_columns(std_error=pl.Series([error, 0.5])))
    table = replace(TABLE, frame=TABLE.frame.head(2), record_count=2) if is_record else TABLE
    parsed = assemble(ReadSoFar(table), rows) if is_record else assemble(ReadSoFar(table), systems(), rows)
    assert_conserved(parsed)
    assert parsed.frames["core.observation"].select("value", "std_error").rows() == [(1.0, None), (2.0, 0.5)]
    (reject,) = parsed.rejects
    assert (reject.line, reject.within, reject.column, reject.rule) == (None, 2, "std_error", rule)
    assert (reject.value, reject.row["name"]) == (str(error), "A")
    assert reject.reason.startswith("std_error ")


def test_refusals_made_before_are_kept_and_obeyed():
    reject = Reject("f.csv", 3, "value", "2", "odd", "odd", {})
    parsed = assemble(ReadSoFar(TABLE, [reject]), systems(), observations())
    assert_conserved(parsed)
    assert reject in parsed.rejects
    assert parsed.frames["core.system"]["source_row_id"].to_list() == ["A", "C"]


def test_omissions_are_counted_only_where_there_are_some():
    parsed = assemble(ReadSoFar(TABLE, skipped={"none": 0, "one": 1}), systems())
    assert parsed.skipped == {"one": 1}


def test_definitions_stand_on_no_line_of_the_file():
    rows = series_rows([{"series_id": "a/b", "label_en": "A", "label_zh": "甲", "unit": "count", "scale": "log"}])
    assert rows.frame["line"].to_list() == [OUR_OWN_LINE]
    assert rows.frame.select("direction", "status").row(0) == ("max", "open")


def test_a_shared_series_is_described_as_the_embedded_default_does():
    mine = {"series_id": "gpqa/diamond/epoch", "label_en": "mine", "chance_share": 0.2, "ceiling_share": 0.9}
    row = series_rows([mine]).frame.row(0, named=True)
    assert row["label_en"] == shared_definitions()["gpqa/diamond/epoch"]["label_en"] != "mine"
    assert (row["chance_share"], row["ceiling_share"]) == (0.2, 0.9)


def test_a_column_we_forget_is_our_mistake_not_the_publishers():
    with pytest.raises(pl.exceptions.PolarsError):
        typed(core.SYSTEM, pl.DataFrame({"name": ["A"]}), system_id=pl.col("name"))
