"""The essay as a source: 58 numbers and the list of contradictions, read strictly."""

from __future__ import annotations

import csv
import re
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from sources.errors import WrongContent
from sources.essay import INCONSISTENCIES, NUMBERS, EssaySource
from sources.records import Snapshot

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def snapshot(feed: str, body: bytes) -> Snapshot:
    return Snapshot("essay", feed, f"embedded:essay/{feed}", body, NOW, date(2026, 11, 22))


def embedded(feed: str) -> bytes:
    answers = {answer.feed: answer.body for answer in EssaySource().fetch(None, "", {})}  # type: ignore[arg-type]
    body = answers[feed]
    assert body is not None
    return body


@pytest.fixture(scope="module")
def numbers() -> pl.DataFrame:
    return EssaySource().parse(snapshot(NUMBERS, embedded(NUMBERS))).frames["core.essay_number"]


def test_the_embedded_files_are_read_whole_without_rejects():
    for feed in (NUMBERS, INCONSISTENCIES):
        parsed = EssaySource().parse(snapshot(feed, embedded(feed)))
        assert parsed.rejects == ()
        assert parsed.frames[parsed.record_table].height == parsed.record_count > 0


def test_the_table_has_44_rows_in_six_sections_and_14_assumptions(numbers: pl.DataFrame):
    table = numbers.filter(placement="table")
    assert dict(table.group_by("section").len().iter_rows()) == {1: 15, 2: 6, 3: 8, 4: 5, 5: 2, 6: 8}
    assert numbers.filter(placement="assumption").height == 14


def test_every_row_has_a_short_label_in_both_languages(numbers: pl.DataFrame):
    assert numbers["label_en"].str.len_chars().max() <= 75
    assert numbers["label_zh"].str.contains(r"\p{Han}").all()
    assert numbers["label_en"].is_unique().all()
    assert numbers["label_zh"].is_unique().all()


def test_assumptions_also_arrive_where_formulas_look_for_constants():
    frames = EssaySource().parse(snapshot(NUMBERS, embedded(NUMBERS))).frames
    assumed = {row["assumption_id"]: row for row in frames["core.assumption"].iter_rows(named=True)}
    assert len(assumed) == 14
    assert assumed["speed.human_wpm"]["value"] == 380
    assert assumed["speed.human_wpm"]["interval"] is None
    factor = assumed["overhang.factor"]
    assert (factor["low"], factor["value"], factor["high"], factor["interval"]) == (12, 100, 200, "range")


def test_the_translations_range_of_work_years_is_refused_because_it_excludes_its_own_median():
    body = embedded(NUMBERS).decode().replace("400000.0,1800000.0,10000000.0,false", "400000,1800000,1000000,false", 1)
    parsed = EssaySource().parse(snapshot(NUMBERS, body.encode()))
    (reject,) = parsed.rejects
    assert (reject.rule, reject.row["property_id"]) == ("quantile-order", "overhang.work_years")
    assert "p25 <= p50 <= p75" in reject.reason
    assert "overhang.work_years" not in parsed.frames["core.essay_number"]["property_id"]
    assert parsed.record_count == parsed.frames["core.essay_number"].height + 1


def test_that_range_is_kept_as_a_refused_inconsistency():
    parsed = EssaySource().parse(snapshot(INCONSISTENCIES, embedded(INCONSISTENCIES)))
    row = parsed.frames["core.inconsistency"].row(
        by_predicate=pl.col("inconsistency_id") == "summary-work-years-range", named=True
    )
    assert (row["stated_p25"], row["stated_p50"], row["stated_p75"]) == (4e5, 1.8e6, 1e6)
    assert row["stated_p50"] > row["stated_p75"]
    assert row["is_refused"]


def test_inconsistencies_speak_of_rows_that_exist(numbers: pl.DataFrame):
    rows = EssaySource().parse(snapshot(INCONSISTENCIES, embedded(INCONSISTENCIES))).frames["core.inconsistency"]
    assert set(rows["property_id"].drop_nulls()) <= set(numbers["property_id"])


@pytest.mark.parametrize(
    ("old", "new", "rule", "column"),
    [
        (",380,", ",about 380,", "number", "p50"),
        ("speed.human_wpm,2,", "speed.human_wpm,two,", "whole-number", "section"),
        ("speed.human_wpm,2,", "speed.human_wpm,7,", "range", "section"),
        ("人类思考速度,,380,,false", "人类思考速度,,380,,maybe", "given", "is_implied"),
    ],
)
def test_a_bad_cell_is_refused_with_line_column_and_rule(old: str, new: str, rule: str, column: str):
    body = embedded(NUMBERS).decode()
    assert old in body
    parsed = EssaySource().parse(snapshot(NUMBERS, body.replace(old, new, 1).encode()))
    (reject,) = parsed.rejects
    assert (reject.rule, reject.column, reject.line) == (rule, column, 17)


def test_a_file_that_is_not_the_essays_is_wrong_content():
    with pytest.raises(WrongContent, match=r"unknown feed other\.csv"):
        EssaySource().parse(snapshot("other.csv", b"a\n1\n"))


def test_a_lost_column_is_wrong_content():
    with pytest.raises(WrongContent, match="missing column label_zh"):
        EssaySource().parse(snapshot(NUMBERS, embedded(NUMBERS).replace(b"label_zh", b"label", 1)))


def _told() -> list[tuple[str, str]]:
    """Every note and title of the embedded files that is printed beside a number, with the file it is of."""
    printed = {"note", "differs", "statement", "citation_title", "setup", "measured_as"}
    folder = Path(__file__).parents[2] / "sources"
    found = []
    for path in (*sorted((folder / "curated").glob("*.csv")), folder / "essay" / "numbers.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            found += [
                (path.name, row[name]) for row in csv.DictReader(file) for name in printed & row.keys() if row[name]
            ]
    return found


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("a slug of an address instead of a name", r"(?<![/.\w-])[a-z]+(?:-[a-z]+){3,}\b(?![/.])"),
        ("arithmetic of numbers that are called nothing", r"^\(?\d[\d,.e]* [*/+=] \d"),
        ("a question of a platform that is not named", r"(?<!Metaculus )(?<!Metaculus, )\bquestion(?: group)? \d"),
    ],
)
def test_no_note_leaves_a_reader_with(kind, pattern):
    """`250 / 13 is 19.2` stood beside the daily users, and `how-fast-can-we-…` as the name of a cited work."""
    told = [(name, text) for name, text in _told() if not text.startswith("system described at https://")]
    assert len(told) > 1000
    assert [one for one in told if re.search(pattern, one[1])] == [], kind
