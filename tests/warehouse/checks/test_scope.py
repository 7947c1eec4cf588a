"""Checks of the change find what checks of all rows find, whatever a landing damages, and look at all when they must."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
import polars as pl
import pytest

from tests.warehouse.damages import APART, DAMAGES
from tests.warehouse.good_warehouse import FACTS, NOW, build, damaged
from tests.warehouse.much_old import BEFORE, THEN, checked_then, on_old
from warehouse.checks import CHECKS, run_checks
from warehouse.checks.check import CheckMoment
from warehouse.checks.excerpt import FOLDER, _which
from warehouse.checks.scope import EVERY, Scope, is_partial, scope_of
from warehouse.contracts import TABLES, core
from warehouse.store import CONFIG

NAMES = [check.name for check in CHECKS]
EVEN_FEW = replace(FACTS, least_rows=0)
SCOPED = ["scope", "full_at", "definition"]
WITHOUT = "UPDATE core.check_result SET is_passed = false, affected_count = 1 WHERE check_name = '{}'"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return build(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def rows(good, tmp_path_factory):
    """What the checks said when all rows were looked at: nothing was amiss."""
    first = run(on_old(good, tmp_path_factory.mktemp("first")))
    assert (first.why_full, first.rows["is_passed"].all()) == ("never before", True)
    return first.rows


@pytest.fixture(scope="module")
def old(good, rows, tmp_path_factory):
    return checked_then(on_old(good, tmp_path_factory.mktemp("old")), rows)


def run(candidate, *, facts=EVEN_FEW, now=NOW, is_gated=False):
    return run_checks(candidate, run_id="now", today=now.date(), now=now, facts=facts, is_gated=is_gated)


def both(candidate, facts=EVEN_FEW):
    """The findings over the change and those over all rows."""
    part, whole = run(candidate, facts=facts), run(candidate, facts=replace(facts, is_full=True))
    assert (part.why_full, whole.why_full) == ("", "asked for")
    return part.rows, whole.rows


def found(rows, name):
    return rows.filter(check_name=name).drop(SCOPED).to_dicts()


@pytest.fixture(scope="module")
def untouched(old):
    """What both find in a change without harm."""
    return both(old)


def test_nothing_is_found_in_a_good_change(untouched):
    part, whole = untouched

    assert part["is_passed"].all()
    assert part.drop(SCOPED).equals(whole.drop(SCOPED))


# Corrections are told by whoever reads them, and rows of another time by the clock: both ask for all rows.
TOLD_BEFORE = ("corrections_match", "superseded_after_recorded")


@pytest.mark.parametrize("names", APART, ids=["first", "second", "third"])
def test_on_a_landing_that_does_damage_both_find_the_same(names, good, rows, tmp_path):
    """Every check has its damage, beneath which lies twelve times as much that is old."""
    names = [name for name in names if name not in TOLD_BEFORE]
    facts = replace(EVEN_FEW, missing_snapshots=DAMAGES["snapshots_kept"].facts.missing_snapshots)
    harmed = checked_then(on_old(good, tmp_path, *(DAMAGES[name].sql for name in names)), rows)

    part, whole = both(harmed, facts)

    assert part.drop(SCOPED).equals(whole.drop(SCOPED))
    assert not [name for name in names if part.filter(check_name=name)["is_passed"].all()]
    assert part["scope"].to_list().count("change") >= 20


@pytest.mark.parametrize("name", TOLD_BEFORE)
def test_some_damage_asks_for_all_rows(name, good, rows, tmp_path):
    harmed = checked_then(on_old(good, tmp_path, DAMAGES[name].sql), rows)

    report = run(harmed, facts=replace(EVEN_FEW, corrections=DAMAGES[name].facts.corrections))

    assert report.why_full
    assert not report.rows.filter(check_name=name)["is_passed"].any()


def test_both_runners_find_the_same_in_a_change(good, rows, tmp_path):
    told = (DAMAGES["medians_plausible"].sql, DAMAGES["publishers_agree"].sql)
    harmed = checked_then(on_old(good, tmp_path, *told), rows)

    report = run(harmed, is_gated=True)

    assert report.why_full == ""
    assert {row["check_name"] for row in report.rows.to_dicts() if not row["is_passed"]} == {
        "medians_plausible", "publishers_agree",
    }  # fmt: skip
    assert not (harmed.parent / FOLDER).exists()


def test_what_is_old_is_not_looked_at_again_until_all_is(old, tmp_path):
    """What no landing did, a hand or a damaged file, is what the weekly look at all rows is for."""
    harmed = damaged(old, tmp_path, "UPDATE core.observation SET value = 1.7 WHERE series_id = 'old3-gpqa/diamond'")

    part, whole = both(harmed)

    assert part.filter(check_name="values_in_range")["is_passed"].all()
    assert not whole.filter(check_name="values_in_range")["is_passed"].any()


def test_each_line_says_what_it_looked_at_and_when_all_was(untouched):
    part, whole = untouched

    said = {row["check_name"]: row for row in part.to_dicts()}
    assert (said["values_in_range"]["scope"], said["values_in_range"]["full_at"]) == ("change", THEN)
    assert (said["quantiles_ordered"]["scope"], said["quantiles_ordered"]["full_at"]) == ("full", NOW)
    # That no declared suppression is past its day is no question to rows.
    assert said["suppressions_current"]["scope"] is None
    asked = whole.filter(pl.col("scope").is_not_null())
    assert set(asked["scope"]) == {"full"}
    assert set(asked["full_at"]) == {NOW}
    assert asked.height == whole.height - 1


def test_a_check_that_found_something_looks_at_all_rows_until_it_does_not(good, rows, tmp_path):
    harm = "DELETE FROM core.system WHERE system_id = 'old-minerva';" + WITHOUT.format("systems_listed")
    candidate = checked_then(on_old(good, tmp_path), rows, harm)

    part, whole = both(candidate)

    assert found(part, "systems_listed") == found(whole, "systems_listed")
    assert part.filter(check_name="systems_listed")["scope"].unique().to_list() == ["full"]
    assert not part.filter(check_name="systems_listed")["is_passed"].any()


def revised(table, which, change):
    """SQL that revises rows in force as a landing does: the old one ends, and the new one is as before but for `change`."""
    return f"""
        UPDATE core.{table} SET superseded_at = TIMESTAMP '{NOW}' WHERE superseded_at IS NULL AND {which};
        INSERT INTO core.{table} SELECT * REPLACE (TIMESTAMP '{NOW}' AS recorded_at, NULL AS superseded_at, {change})
        FROM core.{table} WHERE superseded_at = TIMESTAMP '{NOW}' AND {which};"""


# What touches an old series, the check that is to find it there, and what it says.
TOUCHED = {
    "a row of it is revised": (
        revised("observation", "series_id = 'old2-math/full' AND system_id = 'old-gpt-4'", "0.9 AS value"),
        "frontier_is_the_record", "old2-math/full: fit says 0.529, the rows say 0.9",
    ),
    "a row of one that it is pooled with is revised": (
        "", "frontier_is_the_record", "old2-math/any: fit says 0.6, the rows say 0.9",
    ),
    "its definition changes": (
        revised("series", "series_id = 'old5-speed'", "'tokens' AS unit"),
        "unit_of_the_series", "old5-speed",
    ),
    "a system is no longer listed": (
        f"UPDATE core.system SET superseded_at = TIMESTAMP '{NOW}' WHERE system_id = 'old-minerva'",
        "systems_listed", "old-minerva of old0-math/aided",
    ),
    "a row of it waited for its day": (
        """UPDATE core.observation SET known_date = DATE '2026-11-22', value = 0.995
           WHERE series_id = 'old1-mmlu/full' AND superseded_at IS NULL""",
        "frontier_is_the_record", "old1-mmlu/full: fit says 0.99, the rows say 0.995",
    ),
    "it is fitted otherwise than then": (
        f"""UPDATE core.fit SET remembered_count = 0
            WHERE series_id = 'old4-compute' AND edition_id = '{FACTS.edition_id}'""",
        "memory_is_admitted", "old4-compute: 1 remembered rows, fit says 0",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def touched(old, tmp_path_factory):
    sql = [statement for statement, _, _ in TOUCHED.values() if statement]
    return both(damaged(old, tmp_path_factory.mktemp("touched"), *sql))


@pytest.mark.parametrize("how", TOUCHED)
def test_what_touches_an_old_series_is_found_in_it(how, touched):
    part, whole = touched
    _, name, said = TOUCHED[how]

    (row,) = found(part, name)
    assert said in row["evidence"]
    assert part.drop(SCOPED).equals(whole.drop(SCOPED))


def test_a_series_that_is_pooled_is_looked_at_with_all_it_is_pooled_with(old, tmp_path):
    """Were the others missing, the record of the pool would seem to be too high for its rows."""
    lower = revised("observation", "series_id = 'old2-math/full' AND system_id = 'old-minerva'", "0.502 AS value")

    report = run(damaged(old, tmp_path, lower))

    assert (report.why_full, report.messages) == ("", ())


class TestWhyAll:
    """All rows are looked at when what was looked at before does not count."""

    @pytest.mark.parametrize(
        ("facts", "now", "why"),
        [
            ({"is_full": True}, NOW, "asked for"),
            ({"least_rows": 10_000}, NOW, "fewer observations than 10,000"),
            ({"program": "another"}, NOW, "checks or program are others"),
            ({"corrections": DAMAGES["corrections_match"].facts.corrections}, NOW, "checks or program are others"),
            ({}, THEN + EVERY, "a week since the last time"),
            ({}, NOW - timedelta(minutes=1), "the clock went back"),
            ({}, THEN - timedelta(days=1), "the clock went back"),
            ({}, THEN + EVERY - timedelta(seconds=1), ""),
        ],
    )
    def test_for_a_reason_that_is_told(self, facts, now, why, old):
        assert why_full(old, replace(EVEN_FEW, **facts), now) == why

    def test_after_days_gone_by_were_replayed(self, old, tmp_path):
        replay = """INSERT INTO out.run BY NAME SELECT * REPLACE ('replay' AS run_id, 2 AS run_number, 'held' AS outcome,
                        DATE '2026-05-01' AS origin_date) FROM out.run"""

        assert why_full(damaged(old, tmp_path, replay)) == "days gone by were replayed"

    def test_in_a_home_of_a_version_that_did_not_say_what_it_looked_at(self, old, tmp_path):
        earlier = "UPDATE core.check_result SET scope = NULL, full_at = NULL, definition = NULL"

        assert why_full(damaged(old, tmp_path, earlier)) == "never before"

    def test_a_run_that_held_its_edition_is_not_what_changes_are_added_to(self, old, tmp_path):
        held = f"UPDATE out.run SET outcome = 'held', edition_id = '{BEFORE}'"

        assert why_full(damaged(old, tmp_path, held)) == "never before"

    def test_where_a_row_is_of_a_later_moment(self, old, tmp_path):
        later = f"UPDATE core.observation SET recorded_at = TIMESTAMP '{NOW + timedelta(days=1)}' WHERE value = 0.36"

        assert why_full(damaged(old, tmp_path, later)) == "the clock went back"


def why_full(candidate, facts=EVEN_FEW, now=NOW):
    with duckdb.connect(str(candidate), read_only=True, config=CONFIG) as connection:
        return scope_of(connection, CHECKS, CheckMoment(now.date(), now), facts).why


def test_whatever_is_in_an_excerpt_only_in_part_is_known_to_be(old):
    """A check that reads such a table, or a view on it, would otherwise say it had looked at all rows."""
    scope = Scope("", since=THEN, day=THEN.date(), before=BEFORE)
    partial = {table.full_name for table in TABLES if _which(table, scope, FACTS)} - {core.CONTENDER.full_name}
    with duckdb.connect(str(old), read_only=True, config=CONFIG) as connection:
        views = connection.execute(
            "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal UNION ALL "
            "SELECT function_name, macro_definition FROM duckdb_functions() WHERE NOT internal"
        ).fetchall()
    read = {str(name) for name, sql in views if any(table in str(sql) for table in partial)}
    whole = [check for check in CHECKS if not is_partial(check)]

    asked = "\n".join(check.sql or "" for check in whole)

    assert not [table for table in partial if table in asked]
    assert not [name for name in read if f"{name}(" in asked or f" {name} " in asked]
    assert {check.name for check in whole} >= {"quantiles_ordered", "sources_fresh", "table_complete"}
    assert {check.name for check in CHECKS} - {check.name for check in whole} >= {"values_in_range", "editions_known"}
