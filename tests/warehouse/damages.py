"""For every check, damage to the good warehouse that it must find, and the words by which a person finds the place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from tests.warehouse.good_warehouse import EDITIONS, FACTS, NOW
from warehouse.corrections import Correction, Outcome

if TYPE_CHECKING:
    from warehouse.checks import CheckFacts

OLD, NEW = (f"edition_id = '{edition_id}'" for edition_id in EDITIONS)
IN_FORCE = "superseded_at IS NULL AND NOT is_deleted"


@dataclass(frozen=True)
class Damage:
    """SQL (or facts) that break one thing, words the evidence must contain, and which other checks rightly see it."""

    sql: str
    evidence: str
    also: frozenset[str] = frozenset()
    facts: CheckFacts = FACTS


def damage(sql: str, evidence: str, *also: str, facts: CheckFacts = FACTS) -> Damage:
    return Damage(sql, evidence, frozenset(also), facts)


def observed(series_id: str, change: str) -> str:
    """Change the newest of the curated observations of a series that are in force."""
    return (
        f"UPDATE core.observation SET {change} WHERE series_id = '{series_id}' AND system_id = 'gpt-4' "
        f"AND source_id = 'curated' AND {IN_FORCE}"
    )


def row(number: int, change: str) -> str:
    """Change a row of the table about to be published."""
    return f"UPDATE out.property_row SET {change} WHERE property_id = 'row.{number}' AND {NEW}"


def fit(series_id: str, change: str) -> str:
    """Change a fit of the edition about to be published."""
    return f"UPDATE core.fit SET {change} WHERE series_id = '{series_id}' AND {NEW}"


def forecast(target: str, level: str, change: str) -> str:
    """Change one number of a forecast of the edition about to be published."""
    return f"UPDATE core.forecast SET {change} WHERE target = '{target}' AND output_type_id = '{level}' AND {NEW}"


def again(table: str, where: str) -> str:
    """Store rows a second time."""
    return f"INSERT INTO {table} SELECT * FROM {table} WHERE {where}"


_CORRECTION = Correction(
    1, "core.observation", {"series_id": "speed"}, "drop", "value", "typo", "https://x.org", date(2027, 1, 1), 1.0
)
_QUIET = "UPDATE raw.look SET looked_at = TIMESTAMP '2026-09-01' WHERE source_id = 'metaculus'"
_REFUSED = """
    INSERT INTO raw.quarantine SELECT 'q', 'curated', 'scores', snapshot_id, 7, 'value', '1.7', '{}', 'at most 1',
        'a share of 1.7 is above 1; correct the cell', retrieved_at, NULL
    FROM raw.snapshot WHERE feed = 'scores' LIMIT 1"""
# Back to the moment of the first edition: nothing was recorded since.
_NO_NEWS = "UPDATE out.edition SET issued_at = TIMESTAMP '2026-11-22 06:00:00'"

DAMAGES = {
    "one_row_in_force": damage(again("core.assumption", "true"), "core.assumption: more than one row"),
    "keys_unique": damage(
        again("core.fit", f"series_id = 'speed' AND {NEW}"), "core.fit: more than one row", "fitted_series_forecast"
    ),
    "declared_limits": damage(
        row(5, "status = 'unsure'") + ";" + fit("compute", "remembered_count = -1"), "unsure", "memory_is_admitted"
    ),
    "declared_patterns": damage(
        "UPDATE core.series SET series_id = 'Math Full' WHERE series_id = 'math/aided'",
        "core.series.series_id: Math Full",
        "series_defined",
        "forecast_targets_known",
    ),
    "numbers_finite": damage(observed("speed", "std_error = 'nan'"), "std_error"),
    "rows_have_snapshots": damage(
        "UPDATE core.assumption SET snapshot_id = 'abc'", "core.assumption: snapshot abc of curated/assumptions"
    ),
    "looks_have_snapshots": damage("UPDATE raw.look SET feed = 'other' WHERE feed = 'scores'", "names"),
    "snapshots_kept": damage("", "abc is gone", facts=replace(FACTS, missing_snapshots=("abc",))),
    "superseded_after_recorded": damage(
        f"UPDATE core.observation SET recorded_at = TIMESTAMP '2026-11-23' WHERE superseded_at = '{NOW}' AND value = 0.425",
        "core.observation math/full | math/full gpt-4: recorded 2026-11-23",
        "recorded_in_time",
    ),
    "history_unbroken": damage(
        "DELETE FROM core.observation WHERE is_deleted", "math/full typo: superseded 2026-11-22 06:00:00 by nothing"
    ),
    "tombstones_have_predecessors": damage(
        "DELETE FROM core.observation WHERE source_row_id LIKE '%typo' AND NOT is_deleted", "without having stood"
    ),
    "recorded_in_time": damage(
        "UPDATE core.assumption SET recorded_at = TIMESTAMP '2026-11-23'", "core.assumption k: recorded 2026-11-23"
    ),
    "landings_add_up": damage(
        "UPDATE raw.landing SET record_count = 9 WHERE feed = 'questions'", "9 records, accounted for 7"
    ),
    "every_row_cited": damage("UPDATE core.assumption SET citation_url = ' '", "core.assumption k: paper without"),
    "not_from_the_future": damage(
        observed("speed", "observation_date = DATE '2026-11-23', known_date = DATE '2026-11-23'"),
        "dated 2026-11-23",
    ),
    "known_after_it_happened": damage(observed("speed", "known_date = DATE '2020-01-01'"), "known 2020-01-01"),
    "series_defined": damage(
        "UPDATE core.series SET members = 'math/full+math/gone' WHERE members IS NOT NULL",
        "math/any pools math/gone",
        "frontier_is_the_record",
    ),
    "series_defined_alike": damage(
        "UPDATE core.series SET direction = 'level' WHERE source_id = 'epoch_benchmarks'", "gpqa/diamond: curated"
    ),
    "series_limits_alike": damage(
        "UPDATE core.series SET chance_share = 0.25 WHERE source_id = 'epoch_benchmarks'", "gpqa/diamond: curated"
    ),
    "unit_of_the_series": damage(observed("speed", "unit = 'tokens'"), "tokens, the series has tokens_per_second"),
    "systems_listed": damage("DELETE FROM core.system WHERE system_id = 'minerva'", "minerva of math/aided"),
    "scales_sound": damage("UPDATE core.series SET chance_share = 1 WHERE series_id = 'mmlu/full'", "chance 1.0"),
    "values_in_range": damage(
        observed("gpqa/diamond", "value = 1.7"), "gpqa/diamond gpt-4: 1.7 of 1.0", "publishers_agree"
    ),
    "positive_on_log_scales": damage(
        "UPDATE core.observation SET value = 0 WHERE series_id = 'compute' AND system_id = 'gpt-3'",
        "compute gpt-3: 0.0",
        "memory_is_admitted",
    ),
    "assumptions_ordered": damage("UPDATE core.assumption SET low = 5.5", "k: 5.5 to 5.0 to 6.0"),
    "withheld_stays_withheld": damage(
        "UPDATE core.community_forecast SET value_number = 0.3 WHERE state = 'withheld'", "withheld, yet a number"
    ),
    "shown_has_a_value": damage(
        "UPDATE core.community_forecast SET value_date = NULL WHERE state = 'resolved'", "resolved without a value"
    ),
    "community_quantiles_ordered": damage(
        "UPDATE core.community_forecast SET value_number = 90 WHERE quantile = 0.25", "50.0 after 90.0"
    ),
    "corrections_match": damage(
        "",
        "finds no row any more",
        facts=replace(FACTS, corrections=(Outcome(_CORRECTION, "row_gone", 0, "it finds no row any more"),)),
    ),
    "sources_fresh": damage(_QUIET, "metaculus is stale: last answer 2026-09-01"),
    "sources_answer": damage(
        "UPDATE raw.look SET outcome = 'refused', detail = 'answered 403', snapshot_id = NULL WHERE source_id = 'metaculus'",
        "metaculus is withheld: answered 403",
    ),
    "embedded_data_landed": damage(
        "UPDATE raw.landing SET is_held = true, detail = '9 of 9 rows refused' WHERE feed = 'numbers'",
        "held: numbers: 9 of 9 rows refused",
    ),
    "publishers_landed": damage(
        "UPDATE raw.landing SET is_held = true, detail = 'not CSV' WHERE feed = 'questions'",
        "held: questions: not CSV",
    ),
    "refusals_within_tolerance": damage(
        "UPDATE raw.landing SET quarantined_count = 20, record_count = 27 WHERE feed = 'questions'",
        "questions: 20 of 27 rows refused",
    ),
    "no_open_refusals": damage(_REFUSED, "scores line 7, value = 1.7: a share of 1.7 is above 1; correct the cell"),
    "publishers_changed": damage(
        f"UPDATE core.observation SET recorded_at = TIMESTAMP '{NOW}' WHERE source_id = 'epoch_benchmarks'",
        "gpqa/diamond: 1 facts, curated to epoch_benchmarks",
    ),
    "publishers_agree": damage(observed("gpqa/diamond", "value = 0.45"), "0.45 (curated), 0.36 (epoch_benchmarks)"),
    "edition_speaks_for_today": damage(
        f"UPDATE out.edition SET origin_date = DATE '2026-11-21' WHERE {NEW}", "origin 2026-11-21"
    ),
    "editions_known": damage(f"DELETE FROM out.edition WHERE {OLD}", f"out.property: {EDITIONS[0]}"),
    "table_complete": damage(
        f"DELETE FROM out.property_row WHERE property_id = 'row.44' AND {NEW}",
        "43 rows, expected 44",
        "rows_of_the_essay",
    ),
    "six_sections": damage(
        f"UPDATE out.property_row SET section = 5 WHERE section = 6 AND {NEW}", "section 6 has no row"
    ),
    "rows_of_the_essay": damage(row(10, "property_id = 'row.99'"), "row.10 is missing; row.99 is not of the essay"),
    "passed_is_measured": damage(
        row(1, "status = 'crossed', actual_kind = 'implied'"), "row.1: implied, value, crossed"
    ),
    "gaps_have_states": damage(row(3, "value_state = 'value'"), "row.3: p50 is empty but says value"),
    "spread_complete": damage(row(11, "p95 = NULL"), "row.11: 1.0 2.0 3.0 4.0"),
    "quantiles_ordered": damage(row(12, "p25 = 0.5"), "row.12: 1.0 0.5 3.0 4.0 5.0"),
    "essay_quantiles_ordered": damage(row(13, "essay_p75 = 1.5"), "row.13: 1.0 2.0 1.5"),
    "dates_are_their_numbers": damage(row(2, "value_date_p50 = DATE '2030-01-01'"), "row.2 p50: 2030-01-01, 2029.4983"),
    "actuals_have_happened": damage(row(1, "actual_date = DATE '2027-01-01'"), "row.1: actual 2027-01-01"),
    "labels_in_both_languages": damage(row(14, "label_zh = ' '"), "row.14 has no Chinese name"),
    "units_steady": damage(row(15, "unit = 'minutes'"), "row.15: x became minutes"),
    "medians_steady": damage(
        f"{_NO_NEWS}; " + row(16, "p50 = 300, p75 = 400, p95 = 500"), "row.16: 3.0 became 300.0 without new rows"
    ),
    "rows_rest_on_fresh_facts": damage(
        row(17, "status = 'open', inputs_as_of = inputs_as_of - 91"), "row.17: its newest fact is of"
    ),
    "medians_plausible": damage(row(17, "p50 = 300, p75 = 400, p95 = 500"), "row.17: 3.0 became 300.0 with"),
    "fits_not_fewer": damage(
        fit("speed", "status = 'no_rows', reason = 'no usable row known at the origin'"),
        "speed is no longer forecast: no_rows",
        "unfitted_says_why",
    ),
    "fits_saw_only_the_past": damage(fit("speed", "last_date = DATE '2026-12-01'"), "newest row 2026-12-01"),
    "unfitted_says_why": damage(fit("mmlu/full", "reason = NULL"), "mmlu/full: saturated without reason"),
    "frontier_is_the_record": damage(
        fit("math/any", "frontier_value = 0.55"), "fit says 0.55, the rows say 0.6", "frontier_does_not_fall"
    ),
    "frontier_does_not_fall": damage(
        f"UPDATE core.fit SET frontier_value = 0.9 WHERE series_id = 'math/aided' AND {OLD}",
        "math/aided: 0.9 fell to 0.6, no row revised",
    ),
    "memory_is_admitted": damage(fit("compute", "remembered_count = 0"), "compute: 1 remembered rows, fit says 0"),
    "fitted_series_forecast": damage(
        f"DELETE FROM core.forecast WHERE target = 'speed' AND output_type_id = '0.5' AND {NEW}",
        "speed: 22 of 23 quantiles",
    ),
    "forecast_quantiles_ordered": damage(
        forecast("speed", "0.5", "value = 50"), "gpt2030-pool speed 2030-07-01 at 0.5 : 50.0 below"
    ),
    "forecasts_in_range": damage(forecast("math/full", "0.99", "value = 1.2"), "math/full 2030-07-01 0.99 : 1.2"),
    "forecasts_above_the_frontier": damage(
        forecast("math/full", "0.01", "value = 0.5"), "math/full 2030-07-01 0.01 : 0.5 below 0.529"
    ),
    "forecasts_of_later_days": damage(
        f"UPDATE core.forecast SET origin_date = DATE '2026-12-01' WHERE target = 'speed' AND {NEW}",
        "gpt2030-pool speed from 2026-12-01 for 2030-07-01",
    ),
    "probabilities_add_up": damage(forecast("speed", "new_record", "value = 0.95"), "speed 2030-07-01 : sum 1.05"),
    "forecast_targets_known": damage(
        f"UPDATE core.forecast SET target = 'row.46' WHERE target = 'row.1' AND {NEW}", "essay-2023 forecasts row.46"
    ),
}

# Several damages at a time, but none that another one hides.
_SECOND = (
    "declared_patterns", "embedded_data_landed", "history_unbroken", "publishers_landed", "values_in_range",
    "memory_is_admitted", "forecast_quantiles_ordered", "edition_speaks_for_today", "table_complete",
    "recorded_in_time", "editions_known",
)  # fmt: skip
_THIRD = (
    "sources_fresh",
    "landings_add_up",
    "tombstones_have_predecessors",
    "medians_steady",
    "fitted_series_forecast",
)
_FIRST = tuple(name for name in DAMAGES if name not in _SECOND + _THIRD)
APART = (_FIRST, _SECOND, _THIRD)
