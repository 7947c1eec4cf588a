"""Rows with a formula: forecast, measured and recomputed by one graph."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from models.properties.declared_inputs import MEASURED_INPUTS, SERIES_INPUTS
from models.properties.formula_rows import FALLING, essay_results, graph
from models.properties.formulas import ancestors, formulas
from models.properties.table import PROPERTY_IDS, property_table
from tests.conftest import ROOT
from tests.models.world import TODAY, observation, row, series, shipped, world

TOKENS, SPEED, COMPUTE = "training-tokens/language", "speed/flagship/any-method", "training-compute/language"
DAY = date(2026, 7, 1)
KINDS = [series(TOKENS, "tokens"), series(SPEED, "tokens_per_second"), series(COMPUTE, "flop")]
STOCK = {"assumption_id": "data.stock_tokens", "value": 3e14, "as_of_date": date(2024, 6, 1), "source_id": "curated"}
HUMAN_TPM = 380 * 4 / 3


@pytest.fixture(scope="module")
def today_by_kind() -> dict[str, set[str]]:
    """The rows of today's table by the kind of what is known so far."""
    table = property_table(shipped(TODAY)).filter(pl.col("actual_kind").is_not_null())
    return {kind: set(rows["property_id"]) for (kind,), rows in table.partition_by("actual_kind", as_dict=True).items()}


def test_the_draws_pass_the_eight_rooms_that_the_docs_name():
    """They passed two more, of which one measures what is drawn together and one works out the essay's own numbers."""
    context = shipped(TODAY)
    essay, passed = essay_results(context), set[str]()

    def note(frame, event, _):
        passed.add(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        graph(context, essay)
    finally:
        sys.setprofile(before)
    ours = {str(Path(file).relative_to(ROOT)) for file in passed if Path(file).is_relative_to(ROOT / "models")}
    # What they are put into, the day's world that their context holds, and words, which hold no draw.
    rooms = ours - {"models/properties/formulas.py", "models/properties/world.py", "models/days.py"}
    places = {"forecasts": "forecasting"}
    named = ("inputs", "context", "forecasts", "community", "arguments", "distributions", "propagation", "formula_rows")
    assert rooms == {f"models/{places.get(name, 'properties')}/{name}.py" for name in named}
    told = (ROOT / "docs" / "why.md").read_text(encoding="utf-8").partition("**What formulas start from")[2][:1500]
    assert [name for name in named if f"`{name}.py`" not in told] == []


def test_work_years_follow_tokens_three_to_one():
    known = world([observation(TOKENS, DAY, 3.6e13, system="Q")], KINDS, {TOKENS: [1e14] * 5})
    years = row(known, "overhang.work_years")
    assert years["p50"] == pytest.approx(3e14 / (HUMAN_TPM * 525_960))
    assert years["actual_value"] == pytest.approx(3 * 3.6e13 / (HUMAN_TPM * 525_960))
    assert years["actual_date"] == DAY
    assert "Q, training-tokens/language" in years["actual_note"]
    assert years["inputs_as_of"] == DAY
    assert (years["essay_p50"], years["essay_p25"], years["essay_p75"]) == (1.8e6, 4e5, 1e7)


# What so far stands above in part of the forecast: a level may fall, and an assumption has a range of its own.
MAY_BE_LESS = {
    "speed.multiple": "speed.flagship_tps", "speed.boosted_multiple": "speed.flagship_tps",
    "auto.oversight_h": "speed.flagship_tps", "learn.copies_market": "learn.messages_per_user",
    "learn.years_per_day": "learn.messages_per_user", "learn.copies_compute": "learn.train_years",
    "learn.dau": "learn.dau_share", "work.fast_agents": "speed.k", "work.fast_agent_years_budget": "speed.k",
    "impact.math_output_x": "speed.k",
}  # fmt: skip


def test_no_quantile_takes_back_what_has_been_reached():
    """A limit that held the trend below today's record had a run of 2030 train on fewer tokens than one of 2026 did."""
    context = shipped(TODAY)
    evaluated = graph(context, essay_results(context))
    below = {
        name
        for name in formulas()
        if name in PROPERTY_IDS and name not in FALLING
        and {*SERIES_INPUTS, *MEASURED_INPUTS} & ancestors(name)
        and name in evaluated.actual and np.min(evaluated.today[name]) < float(evaluated.actual[name]) * (1 - 1e-12)
    }  # fmt: skip
    assert below <= MAY_BE_LESS.keys()
    assert {name: why for name, why in MAY_BE_LESS.items() if why not in ancestors(name)} == {}
    cannot = {"compute.train_flop", "data.train_tokens", "overhang.work_years", "work.agents", "know.context_tokens"}
    table = {line["property_id"]: line for line in property_table(context).iter_rows(named=True)}
    for name in cannot | {"overhang.chinchilla_years"}:
        assert table[name]["p05"] >= table[name]["actual_value"], name


def test_a_record_that_stands_in_the_forecast_keeps_all_its_digits():
    """Rounded to nine, it would lie below what has been reached."""
    reached = 3.600000009e13
    known = world([observation(TOKENS, DAY, reached)], KINDS, {TOKENS: [reached] * 5}, assumptions=[STOCK])
    tokens = row(known, "data.train_tokens")
    assert tokens["p05"] == tokens["actual_value"] == reached


def test_without_its_series_a_row_says_once_what_it_lacks():
    """Where the trend stands now comes from the series of the trend."""
    lacking = row(world(), "data.train_tokens")
    assert json.loads(lacking["detail_json"])["missing"] == ["data.tokens_now", "data.trend_tokens"]
    assert "data.trend_tokens (training-tokens/processed/language or" in lacking["status_reason"]
    assert "data.tokens_now" not in lacking["status_reason"]


def test_a_limit_that_binds_is_named_and_shown_without():
    known = world([observation(TOKENS, DAY, 3.6e13)], KINDS, {TOKENS: [1e15] * 5}, assumptions=[STOCK])
    tokens = row(known, "data.train_tokens")
    assert tokens["p50"] == pytest.approx(1 / np.hypot(1 / 3e14, 1 / 1e15))
    assert "held back by data.stock_tokens, which binds in 100 % of the draws" in tokens["status_reason"]
    limit = json.loads(tokens["detail_json"])["limits"]["data.stock_tokens"]
    assert limit["binding_share"] == 1
    assert limit["without"]["p50"] == 1e15
    assert limit["holds_back"]


def test_a_state_of_2023_that_is_left_behind_is_no_forecast_that_came_true():
    series_id = "context-window/advertised/generally-available"
    known = world([observation(series_id, DAY, 2e6)], [*KINDS, series(series_id, "tokens")], {series_id: [8e6] * 5})
    window = row(known, "know.context_tokens")
    assert (window["status"], window["actual_value"], window["essay_p50"]) == ("open", 2e6, 1e5)
    assert "the essay's 100 k was the state of 2023, not a forecast" in window["status_reason"].replace(
        "100,000", "100 k"
    )


def test_another_bound_in_place_of_a_limit_is_shown_as_a_scenario():
    other = {**STOCK, "assumption_id": "data.multimodal_tokens_2030", "value": 3e15}
    known = world([observation(TOKENS, DAY, 3.6e13)], KINDS, {TOKENS: [1e16] * 5}, assumptions=[STOCK, other])
    limit = json.loads(row(known, "data.train_tokens")["detail_json"])["limits"]["data.stock_tokens"]
    (scenario,) = limit["instead"].values()
    assert scenario["p50"] == pytest.approx(1 / np.hypot(1 / 3e15, 1 / 1e16), rel=1e-5)


def test_tokens_processed_go_before_distinct_ones():
    processed = "training-tokens/processed/language"
    kinds = [*KINDS, series(processed, "tokens")]
    rows = [observation(TOKENS, DAY, 5e12), observation(processed, DAY, 1e13)]
    assert row(world(rows, kinds, {processed: [1e14]}), "data.train_tokens")["actual_value"] == 1e13
    years = row(world(rows, kinds, {processed: [1e14]}), "overhang.work_years")
    assert years["actual_value"] == pytest.approx(3e13 / (HUMAN_TPM * 525_960))
    (distinct,) = json.loads(row(world(rows, kinds, {processed: [1e14]}), "data.train_tokens")["detail_json"])["beside"]
    assert distinct["value"] == 5e12


def test_the_rows_behind_a_median_are_listed():
    rows = [observation(SPEED, DAY, tps, system=f"S{tps:g}") for tps in (30.0, 60.0, 90.0)]
    readings = json.loads(row(world(rows, KINDS, {SPEED: [60.0] * 5}), "speed.multiple")["detail_json"])["readings"]
    # Read alike on one day: how is said once.
    assert [one.split(" (")[0] for one in readings] == [
        ", ".join(f"S{tps}: {tps} tokens a second" for tps in (90, 60, 30))
    ]
    assert readings[0].count(str(DAY)) == 1


def test_agents_say_how_many_could_think_at_once():
    rows = [observation(TOKENS, DAY, 3.6e13), observation(SPEED, DAY, 60.0)]
    known = world(rows, KINDS, {TOKENS: [1e14] * 5, SPEED: [60.0] * 5})
    at_once = json.loads(row(known, "work.agents")["detail_json"])["concurrent_agents"]
    copies, speed = row(known, "learn.copies_compute")["p50"], row(known, "speed.multiple")["p50"]
    assert at_once == pytest.approx(copies / speed, rel=0.02)


def test_a_limit_that_nobody_had_stated_yet_is_told():
    """A replay of mid-2025 had 12 billion users a day, and no word of why nothing held them back."""
    weekly = "usage/chatgpt/weekly-users"
    kinds = [series(weekly, "users_per_week")]
    users = {
        "assumption_id": "learn.users_ceiling",
        "value": 6e9,
        "as_of_date": date(2025, 11, 1),
        "source_id": "curated",
    }
    rows = [observation(weekly, DAY, 5e8)]
    free, held = (
        row(world(rows, kinds, {weekly: [6e10] * 5}, assumptions=stated), "learn.dau") for stated in ([], [users])
    )
    assert (
        "nothing holds the trend back: on this day there was no learn.users_ceiling on record here"
        in free["status_reason"]
    )
    assert json.loads(free["detail_json"])["unlimited"] == ["learn.users_ceiling"]
    assert "on record" not in held["status_reason"]
    assert "unlimited" not in json.loads(held["detail_json"])


def test_the_essay_s_own_number_in_place_of_a_formula_is_called_so():
    """Called arithmetic on constants, it passed for what the same reasoning gives on today's data."""
    alone = world()
    assert "The essay's own number: no row of metr/v1.1/p80-horizon" in row(alone, "auto.horizon_days")["status_reason"]
    assert json.loads(row(alone, "auto.horizon_days")["detail_json"])["essay_stands_in"] == "auto.horizon_days"
    fast = world([observation(SPEED, DAY, 100.0)], KINDS, {SPEED: [400.0] * 5})
    assert "auto.horizon_days is the essay's own number" in row(fast, "auto.oversight_h")["status_reason"]
    metr = "metr/v1.1/p80-horizon"
    measured = world([observation(metr, DAY, 186.0)], [series(metr, "minutes")], {metr: [600.0] * 5})
    assert "essay's own" not in row(measured, "auto.horizon_days")["status_reason"]
    assert "essay_stands_in" not in json.loads(row(measured, "auto.horizon_days")["detail_json"])


def test_a_limit_switched_off_is_gone():
    off = frozenset({"data.stock_tokens"})
    known = world([observation(TOKENS, DAY, 1e13)], KINDS, {TOKENS: [1e15] * 5}, assumptions=[STOCK], switched_off=off)
    tokens = row(known, "data.train_tokens")
    assert tokens["p50"] == 1e15
    assert "limits" not in json.loads(tokens["detail_json"])


def test_the_row_names_inputs_steps_series_and_assumptions():
    known = world([observation(SPEED, DAY, 60.0)], KINDS, {SPEED: [60.0] * 5})
    detail = json.loads(row(known, "speed.boosted_multiple")["detail_json"])
    assert set(detail["inputs"]) == {"speed.multiple", "speed.tiling_gain"}
    assert detail["inputs"]["speed.tiling_gain"] == 25
    assert "speed.trend_multiple" in detail["steps"]
    assert detail["step_medians"].keys() == detail["steps"].keys()
    assert detail["step_medians"]["speed.trend_multiple"] == pytest.approx(60 * 60 / 507, rel=0.05)
    assert detail["series"] == [SPEED]
    assert "speed.tiling_factor" in detail["assumptions"]


@pytest.mark.parametrize(("flop", "status"), [(5e27, "open"), (2e28, "crossed")])
def test_a_row_is_crossed_when_what_is_measured_has_passed_the_essay(flop: float, status: str):
    compute = row(world([observation(COMPUTE, DAY, flop)], KINDS, {COMPUTE: [2e28] * 5}), "compute.train_flop")
    assert (compute["actual_kind"], compute["actual_value"], compute["status"]) == ("measured", flop, status)


@pytest.mark.parametrize("property_id", ["speed.multiple", "speed.boosted_multiple", "overhang.months_to_finish"])
def test_what_only_a_formula_gives_is_never_passed_and_says_so(property_id: str):
    one = row(world([observation(SPEED, DAY, 60.0)], KINDS, {SPEED: [60.0] * 5}), property_id)
    assert one["status"] == "open"
    assert one["actual_kind"] == ("derived" if property_id == "speed.multiple" else "implied")
    assert "beyond the essay's" in one["status_reason"]
    assert ("times what is assumed" if property_id == "speed.multiple" else "not measured itself") in one[
        "status_reason"
    ]
    # What it starts from is measured, and stands behind that very word.
    assert "none of it measured" not in one["status_reason"] + one["actual_note"]


def test_short_of_the_essay_nothing_is_said_to_lie_beyond_it():
    # Less is more here: 12 / multiple months.
    one = row(world([observation(SPEED, DAY, 30.0)], KINDS, {SPEED: [30.0] * 5}), "overhang.months_to_finish")
    assert one["actual_value"] > one["essay_p50"]
    assert "beyond the essay" not in one["status_reason"]


def test_more_frequent_check_ins_are_no_progress():
    check_ins = row(world([observation(SPEED, DAY, 60.0)], KINDS, {SPEED: [60.0] * 5}), "auto.oversight_h")
    assert check_ins["status"] == "open"
    assert "beyond the essay" not in check_ins["status_reason"]


def test_every_number_so_far_says_of_which_kind_it_is(today_by_kind):
    assert {"compute.train_flop", "data.train_tokens", "know.context_tokens"} <= today_by_kind["measured"]
    assert {"speed.multiple", "learn.dau", "learn.copies_market"} <= today_by_kind["derived"]
    implied = today_by_kind["implied"]
    assert {"overhang.work_years", "work.agents", "work.fast_agents", "impact.math_output_x"} <= implied


def test_a_constant_row_is_not_refitted_and_has_no_spread():
    tpm = row(world(), "speed.human_tpm")
    assert (tpm["p05"], tpm["p95"]) == (tpm["p50"], tpm["p50"]) == (pytest.approx(506.67, abs=0.01),) * 2
    assert tpm["status"] == "unrefittable"
    assert tpm["actual_state"] == "not_applicable"


def test_a_row_that_lacks_an_input_says_which():
    market = row(world(), "learn.copies_market")
    assert (market["value_state"], market["status"], market["p50"]) == ("missing", "unrefittable", None)
    assert "learn.weekly_trend (usage/chatgpt/weekly-users)" in market["status_reason"]
    assert market["essay_recomputed"] == pytest.approx(1e6, rel=1e-4)


def test_an_infinite_limit_is_no_number_in_the_detail():
    known = world([observation(COMPUTE, DAY, 5e26)], KINDS, {COMPUTE: [1e28] * 5})
    detail = row(known, "compute.train_flop")["detail_json"]
    assert json.loads(detail)["inputs"]["compute.feasible_flop"] is None
    assert "Infinity" not in detail


def test_flags_warn_of_thin_and_remembered_evidence():
    known = world([observation(COMPUTE, DAY, 5e26)], KINDS, {COMPUTE: [1e28, 2e28]})
    known.forecasts.fits[0, "status"] = "prior_driven"
    known.forecasts.fits[0, "remembered_count"] = 2
    flags = json.loads(row(known, "compute.train_flop")["detail_json"])["flags"]
    assert set(flags) == {"beyond_scored_range", "prior_driven", "uses_remembered_rows"}


def test_within_two_years_nothing_is_called_out_of_range():
    target = date(2028, 6, 1)
    known = world(
        [observation(COMPUTE, DAY, 5e26)], KINDS, {COMPUTE: [1e27, 2e27]}, target_date=target, targets=(target,)
    )
    compute = row(known, "compute.train_flop")
    assert compute["status_reason"] == "Forecast 18 months ahead."
    assert json.loads(compute["detail_json"])["flags"] == []


def test_the_passes_of_gpt_3_are_cross_checked_by_compute_and_told_for_2030():
    known = world([observation(TOKENS, DAY, 3.6e13)], KINDS, {TOKENS: [1e14] * 5})
    passes = row(known, "overhang.fwd_passes")
    detail = json.loads(passes["detail_json"])
    assert passes["p50"] == 9e11
    assert detail["by_compute"] == pytest.approx(8.857e11, rel=1e-3)
    assert detail["passes_in_2030"] == pytest.approx(3e14)


def test_work_years_are_cross_checked_by_optimal_data_for_the_compute():
    known = world(
        [observation(TOKENS, DAY, 3.6e13), observation(COMPUTE, DAY, 5e26)],
        KINDS,
        {TOKENS: [1e14] * 5, COMPUTE: [2e29] * 5},
    )
    assert json.loads(row(known, "overhang.work_years")["detail_json"])["by_compute"] == pytest.approx(9.2e6, rel=0.01)


def test_a_target_in_the_past_is_what_was_reached_by_it():
    rows = [observation(COMPUTE, date(2024, 12, 1), 5e25), observation(COMPUTE, DAY, 5e26)]
    known = world(rows, KINDS, {COMPUTE: [1e28] * 5}, target_date=date(2025, 1, 1))
    compute = row(known, "compute.train_flop")
    assert (compute["status"], compute["p50"], compute["actual_value"]) == ("resolved", None, 5e25)


def test_chinchilla_years_grow_with_the_root_of_compute():
    small, large = (
        row(world([observation(COMPUTE, DAY, 5e26)], KINDS, {COMPUTE: [flop] * 5}), "overhang.chinchilla_years")["p50"]
        for flop in (1e28, 4e28)
    )
    assert large == pytest.approx(2 * small)
    assert small == pytest.approx(3377.28 * 4 * np.sqrt(1e28 / 3.1e23), rel=1e-4)


def test_what_is_so_far_takes_what_is_assumed_of_today_and_says_so():
    """Copies of today were reckoned with a run of 2030, three times as long: a comparison with the essay turned round."""
    run = {**STOCK, "assumption_id": "train.run_years", "value": 0.75, "unit": "years"}
    of_now = {**run, "assumption_id": "train.run_years_now", "value": 0.3}
    rows, draws = [observation(TOKENS, DAY, 4.8e13)], {TOKENS: [1e15] * 5}
    before, now = (world(rows, KINDS, draws, assumptions=[STOCK, *stated]) for stated in ([run], [run, of_now]))
    then, copies = (row(one, "learn.copies_compute") for one in (before, now))
    assert copies["actual_value"] == pytest.approx(then["actual_value"] * 0.75 / 0.3, rel=1e-6)
    assert copies["actual_note"].endswith("; 0.3 years (assumed of today, train.run_years_now)")
    assert copies["p50"] == then["p50"]
    assert "assumed of today" not in row(now, "overhang.work_years")["actual_note"]
