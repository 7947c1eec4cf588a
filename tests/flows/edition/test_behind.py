"""What stands behind an edition: freshness by source, checks, scores."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.edition.behind import (
    BOTH_RUNNERS,
    check_summary,
    moment_text,
    read_of,
    score_table,
    source_standings,
    told_of_checks,
    unread_by_state,
)
from flows.edition.scoreboard import Scoreboard
from flows.edition.words import words
from sources.registry import SOURCES
from tests.warehouse.edition_frames import SOURCE_STATES, checks, health, scores, source
from warehouse.checks.report import AGREED


def found(name, *consequences):
    """What one check found: a line each, or one that says it passed."""
    lines = [{"check_name": name, "is_passed": False, "consequence": one, "evidence": "seen"} for one in consequences]
    return lines or [{"check_name": name, "is_passed": True, "consequence": "note", "evidence": None}]


def test_findings_add_up_to_the_checks_that_did_not_pass():
    clean = [line for number in range(67) for line in found(f"check {number}")] + found(BOTH_RUNNERS)
    assert told_of_checks(pl.DataFrame(clean)) == "all 68 checks passed"
    noted = clean + found("sources_answer", *["note"] * 13)
    assert told_of_checks(pl.DataFrame(noted)) == "68 of 69 checks passed; the other 1 found 13 notes"
    held = noted + found("frontier", "hold", "note")
    assert told_of_checks(pl.DataFrame(held)) == "68 of 70 checks passed; the other 2 found 1 hold, 14 notes"
    assert told_of_checks(pl.DataFrame(clean).clear()) == "no check has been run"


def test_a_check_that_had_nothing_to_look_at_is_told_apart_from_those_that_found_nothing():
    idle = found("publishers")[0] | {"evidence": "nothing to judge: no publisher was ever read here"}
    lines = [*found("frontier"), *found(BOTH_RUNNERS), idle]
    frame = pl.DataFrame(lines, infer_schema_length=None)
    assert told_of_checks(frame) == "all 3 checks passed; 1 of the passed had nothing to judge"
    # Of one publisher there was nothing, of another there was.
    partly = pl.DataFrame([*lines, *found("publishers")], infer_schema_length=None)
    assert told_of_checks(partly) == "all 3 checks passed"


def test_a_run_that_found_its_edition_published_says_which_check_it_did_not_make():
    assert AGREED.name == BOTH_RUNNERS
    said = told_of_checks(pl.DataFrame(found("frontier")))
    assert said == "all 1 checks passed; not among them runners_agree, which is asked of new editions only"
    assert "runners_agree" in told_of_checks(pl.DataFrame(found("frontier", "note")))


def test_checks_that_looked_at_the_change_only_say_so_and_when_they_looked_at_all():
    full, then = datetime(2026, 11, 26, 6), datetime(2026, 11, 20, 6)
    lines = [line | {"scope": "full", "full_at": full} for line in (*found("frontier"), *found(BOTH_RUNNERS))]
    told = "looked only at what has changed since they last looked at all rows"
    assert told not in told_of_checks(pl.DataFrame(lines))

    part = [line | {"scope": "change", "full_at": then} for line in (*found("units"), *found("keys"))]
    assert told_of_checks(pl.DataFrame(lines + part)) == f"all 4 checks passed; 2 {told}, on 2026-11-20"
    later = part[0] | {"check_name": "dates", "full_at": datetime(2026, 11, 22)}
    said = told_of_checks(pl.DataFrame([*lines, *part, later]))
    assert said == f"all 5 checks passed; 3 {told}, between 2026-11-20 and 2026-11-22"


def test_every_source_is_in_the_state_that_the_warehouse_says():
    standings = source_standings(health())
    assert [one.freshness for one in standings] == list(SOURCE_STATES.values())


def test_sources_that_are_switched_off_are_not_counted_as_unread():
    assert read_of(["live", "embedded", "off", "missing", "not_asked"]) == (1, 3, 1)


@pytest.mark.parametrize(
    ("states", "lang", "said"),
    [
        (["live", "missing", "embedded", "not_asked", "missing", "off"], "en", "2 missing, 1 not asked"),
        (["live", "missing", "embedded", "not_asked", "missing", "off"], "zh", "缺失 2 个，未查询 1 个"),
        (["live", "held"], "en", "1 held"),
        (["live", "embedded", "off"], "en", ""),
    ],
)
def test_sources_that_were_not_read_are_counted_for_the_reader_state_by_state(states, lang, said):
    assert unread_by_state(states, lang) == said


def test_feeds_of_a_source_that_fared_differently_are_all_told():
    (standing,) = source_standings(health([source("metr", "stale", last_outcome="changed, not_found")]))
    assert standing.outcome == "answered, with something new, the address is gone"


def test_a_source_that_nobody_asked_has_no_day():
    (standing,) = source_standings(health([source("metr", "not_asked")]))
    assert (standing.looked_on, standing.outcome) == ("", words("en").outcomes["not_asked"])


def test_sources_come_in_the_usual_order_and_unknown_ones_last():
    rows = [source("a_new_one", "live"), source("metaculus", "live"), source("curated", "embedded")]
    assert [one.name for one in source_standings(health(rows))] == ["Curated facts", "Metaculus", "a_new_one"]


def test_a_source_without_words_goes_by_what_it_says_of_itself():
    rows = health([source("a_new_one", "live"), source("metr", "live")])
    told = rows.with_columns(title=pl.lit("A New One"), licence=pl.lit("CC0"))
    metr, new = source_standings(told)
    assert (new.name, new.licence) == ("A New One", "CC0")
    assert metr.name == words("en").source("metr")


def test_an_embedded_source_is_not_said_to_have_answered():
    (standing,) = source_standings(health([source("essay", "embedded", last_outcome="unchanged")]))
    assert standing.outcome == "read from the program itself"


def test_facts_of_a_folder_are_not_said_to_come_from_the_program():
    own = source("curated", "embedded", detail="read from /own/facts in place of the program's own files")
    (standing,) = source_standings(health([own]))
    assert standing.outcome == "read from a folder set in place of the program's own files"


# A source that has no words yet goes by its own title and licence.
@pytest.mark.parametrize("source_id", [one for one in SOURCES if one in words("en").sources])
def test_a_licence_is_said_one_way_on_the_page_and_in_the_snapshot(source_id):
    declared = SOURCES[source_id].licence
    for name in ("CC BY 4.0", "CC0", "MIT"):
        assert (name in declared) == (name in words("en").sources[source_id]["licence"])


def test_checks_are_counted_and_failures_listed():
    summary = check_summary(checks(failed=2))
    assert (summary.total, summary.passed) == (6, 4)
    assert [row["check_name"] for row in summary.failures] == ["check_0", "check_1"]


def test_no_checks_is_not_the_same_as_all_passed():
    assert check_summary(checks().clear()).total == 0


def test_each_forecaster_has_a_line_per_basis_and_a_metric_not_computed_stays_empty():
    table = score_table(Scoreboard(scores()))
    assert table.metrics == ("crps_ratio", "wis_ratio", "coverage_50", "coverage_80", "coverage_90", "log_score")
    assert [row[:3] for row in table.rows] == [("published", "essay-2023", 2), ("published", "gpt2030-pool", 2)]
    assert all(values == ("", "", "", "", "", "") for *_, values in table.rows)


def test_errors_are_told_relative_to_those_of_the_last_value():
    last = (
        scores()
        .filter(forecaster_id="gpt2030-pool")
        .with_columns(forecaster_id=pl.lit("baseline-last-value"), value=pl.col("value") * 2)
    )
    covered = scores().filter(metric="wis").with_columns(metric=pl.lit("coverage_80"), value=pl.lit(0.75))
    table = score_table(Scoreboard(pl.concat([scores(), last, covered])))
    assert {name: values for _, name, _, values in table.rows} == {
        "gpt2030-pool": ("0.5", "0.5", "", "75 %", "", ""),
        "baseline-last-value": ("1", "1", "", "", "", ""),
        "essay-2023": ("2", "", "", "", "", ""),
    }


def test_a_ratio_tells_on_how_many_tasks_the_last_value_stood_beside():
    """Of three statements one could be compared: the ratio of that one was told as if it were that of all."""
    essay = [scores().filter(forecaster_id="essay-2023").with_columns(target=pl.lit(name)) for name in "abc"]
    last = essay[0].with_columns(forecaster_id=pl.lit("baseline-last-value"), value=pl.col("value") * 4)
    table = score_table(Scoreboard(pl.concat([*essay, last])))
    values = {name: (count, cells[0]) for _, name, count, cells in table.rows}
    tasks = values["essay-2023"][0]
    assert values["essay-2023"] == (tasks, f"0.25 ({tasks // 3}/{tasks})")
    assert "(" not in values["baseline-last-value"][1]


def test_no_scores_make_an_empty_table():
    assert score_table(Scoreboard(scores().clear())).rows == ()


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (date(2026, 11, 22), "22 Nov 2026"),
        ("2026-11-22", "22 Nov 2026"),
        (datetime(2026, 11, 22), "22 Nov 2026"),
        (datetime(2026, 11, 22, 6, 30), "22 Nov 2026, 06:30 UTC"),
        ("2026-11-22T06:30:00Z", "22 Nov 2026, 06:30 UTC"),
    ],
)
def test_days_and_moments_are_printed_alike_however_they_come(moment, text):
    assert moment_text(moment, "en") == text
