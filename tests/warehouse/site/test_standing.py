"""What stands behind an edition: freshness by source, checks, scores."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from tests.warehouse.edition_frames import EDITION, checks, look, looks, scores
from warehouse.contracts import raw
from warehouse.site.standing import FRESHNESS, check_summary, freshness_of, moment_text, score_table, source_standings


@pytest.mark.parametrize(
    ("row", "freshness"),
    [
        (look("metr", "changed"), "live"),
        (look("metr", "unchanged"), "live"),
        (look("curated", "embedded", url="embedded:curated/a.csv"), "embedded"),
        (look("essay", "unchanged", url="embedded:essay/numbers.csv"), "embedded"),
        (look("metr", "unreachable"), "stale"),
        (look("metr", "unreachable", snapshot_id=None), "missing"),
        (look("metr", "offline"), "stale"),
        (look("metr", "held"), "stale"),
        (look("metaculus", "missing_key"), "stale"),
        (look("metaculus", "missing_key", snapshot_id=None), "missing"),
        (look("metaculus", "refused", snapshot_id=None), "withheld"),
        (look("artificial_analysis", "disabled", snapshot_id=None), "off"),
    ],
)
def test_withheld_stale_and_missing_are_told_apart(row, freshness):
    assert freshness_of(row) == freshness


@pytest.mark.parametrize("outcome", raw.LOOK_OUTCOMES)
def test_every_outcome_of_a_look_has_a_freshness(outcome):
    assert freshness_of(look("metr", outcome)) in FRESHNESS


def test_a_source_is_as_fresh_as_its_worst_feed():
    rows = [look("metr", "changed", feed="a.csv"), look("metr", "not_found", feed="b.csv")]
    (standing,) = source_standings(looks(rows))
    assert standing.freshness == "stale"
    assert standing.outcome == "the address is gone, answered, with something new"


def test_only_the_newest_look_at_a_feed_counts():
    before = EDITION["issued_at"] - timedelta(days=7)
    rows = [look("metr", "changed"), look("metr", "unreachable", looked_at=before, look_id="r0/metr")]
    (standing,) = source_standings(looks(rows))
    assert (standing.freshness, standing.looked_on) == ("live", "22 Nov 2026")


def test_sources_come_in_the_usual_order_and_unknown_ones_last():
    rows = [look("a_new_one", "changed"), look("metaculus", "changed"), look("curated", "embedded")]
    assert [one.name for one in source_standings(looks(rows))] == ["Curated facts", "Metaculus", "a_new_one"]


def test_an_embedded_source_is_not_said_to_have_answered():
    (standing,) = source_standings(looks([look("essay", "unchanged", url="embedded:essay/numbers.csv")]))
    assert standing.outcome == "read from the program itself"


def test_checks_are_counted_and_failures_listed():
    summary = check_summary(checks(failed=2))
    assert (summary.total, summary.passed) == (6, 4)
    assert [row["check_name"] for row in summary.failures] == ["check_0", "check_1"]


def test_no_checks_is_not_the_same_as_all_passed():
    assert check_summary(checks().clear()).total == 0


def test_each_forecaster_has_a_line_per_basis_and_a_metric_not_computed_stays_empty():
    table = score_table(scores())
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
    table = score_table(pl.concat([scores(), last, covered]))
    assert {name: values for _, name, _, values in table.rows} == {
        "gpt2030-pool": ("0.5", "0.5", "", "75 %", "", ""),
        "baseline-last-value": ("1", "1", "", "", "", ""),
        "essay-2023": ("2", "", "", "", "", ""),
    }


def test_no_scores_make_an_empty_table():
    assert score_table(scores().clear()).rows == ()


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
