"""The property table as a whole: 44 rows, no silent gap, nothing from the future."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from models.days import RESTS_ON, SECOND_HAND
from models.properties.arguments import todays_inputs
from models.properties.formulas import INPUT_UNITS
from models.properties.inputs import gather
from models.properties.table import PROPERTY_IDS, Context, property_table
from tests.models.world import TODAY, essay, observation, row, series, shipped, world
from warehouse.contracts import out, pandera_schema, polars_schema

QUANTILES = ("p05", "p25", "p50", "p75", "p95")
LATER = {
    "edition_id": pl.lit("e"),
    "previous_p50": pl.lit(None, pl.Float64),
    "change_spreads": pl.lit(None, pl.Float64),
}
THEN = date(2023, 6, 19)


@pytest.fixture(scope="module", params=[TODAY, THEN], ids=str)
def table(request: pytest.FixtureRequest) -> pl.DataFrame:
    return property_table(shipped(request.param))


@pytest.fixture(scope="module")
def today() -> dict[str, dict]:
    return {r["property_id"]: r for r in property_table(shipped(TODAY)).iter_rows(named=True)}


def test_every_row_that_facts_feed_says_whether_they_still_do(table: pl.DataFrame, today):
    moving = table.filter(pl.col("status").is_in(["open", "beyond_range"]), pl.col("inputs_as_of").is_not_null())
    assert moving.filter(pl.col("rot").is_null()).is_empty()
    assert set(table.filter(pl.col("status") == "retired")["rot"]) <= {"frozen"}
    days = {
        row["property_id"]: (TODAY - row["newest_fact_date"]).days for row in today.values() if row["newest_fact_date"]
    }
    by_age = {name for name, row in today.items() if row["rot"] in {"fresh", "aging"}}
    assert {name for name in by_age if days[name] > 90} == {name for name in by_age if today[name]["rot"] == "aging"}
    assert [name for name, row in today.items() if row["rot"] == "frozen" and not row["successor"]] == []
    assert today["math.sota_pct"]["successor"].endswith("(math.successor_pct)")
    assert "used up itself" in today["math.sota_pct"]["successor"]  # it stands at 93.7 % of its ceiling
    assert today["auto.metr_h"]["rot"] == "frozen"
    assert today["auto.metr_h"]["successor"] == "SWE-bench Pro, public set, by the makers"


def test_whatever_rests_on_facts_is_fresh_or_decided_or_says_what_goes_on():
    """As the program is shipped: of APPS nothing had been heard for 971 days, and the row did not say so."""
    day = date(2026, 11, 28)
    rows = [row for row in property_table(shipped(day)).iter_rows(named=True) if row["newest_fact_date"]]
    old = {row["property_id"]: row for row in rows if (day - row["newest_fact_date"]).days > 90}
    assert {name for name, row in old.items() if row["rot"] != "frozen"} == {"math.date_92pct"}
    assert old["math.date_92pct"]["status"] == "crossed"
    assert old["code.apps_pct"]["successor"] == "SWE-bench Pro, public set, by the makers"


def test_what_is_known_so_far_goes_by_both_its_names(table: pl.DataFrame):
    assert table["so_far_kind"].equals(table["actual_kind"].alias("so_far_kind"))
    assert table["newest_fact_date"].equals(table["inputs_as_of"].alias("newest_fact_date"))


def test_the_table_keeps_its_contract(table: pl.DataFrame):
    whole = table.with_columns(**LATER).select(out.PROPERTY.column_names)
    pandera_schema(out.PROPERTY).validate(whole, lazy=True)
    assert whole.schema == pl.Schema(polars_schema(out.PROPERTY))


def test_it_has_the_44_rows_of_the_essay_in_order(table: pl.DataFrame):
    assert tuple(table["property_id"]) == PROPERTY_IDS
    assert table["row_number"].to_list() == list(range(1, 45))
    assert table["section"].is_sorted()
    published = essay()["core.essay_number"].filter(placement="table")["property_id"]
    assert set(PROPERTY_IDS) == set(published)


def test_an_empty_number_has_a_state_that_says_so(table: pl.DataFrame):
    forecast = table.filter(pl.col("value_state") == "value")
    assert forecast["p50"].null_count() == 0
    assert table.filter(pl.col("value_state") != "value")["p50"].null_count() == table.height - forecast.height
    for number, state in (("essay_p50", "essay_state"), ("actual_value", "actual_state")):
        assert (table[number].is_not_null() == (table[state] == "value")).all()
    assert table.filter(pl.col("essay_state") == "value")["essay_recomputed"].null_count() == 0
    assert table.filter(pl.col("actual_state") == "value")["actual_date"].null_count() == 0


def test_an_empty_quantile_beside_a_median_is_a_day_that_may_never_come(table: pl.DataFrame):
    gap = table.filter(pl.col("p50").is_not_null() & pl.any_horizontal(pl.col(QUANTILES).is_null()))
    assert set(gap["property_id"]) <= {"math.date_92pct"}
    assert (gap["never_share"] > 0.05).all()


def test_quantiles_ascend(table: pl.DataFrame):
    for lower, upper in itertools.pairwise(QUANTILES):
        known = table.filter(pl.col(lower).is_not_null() & pl.col(upper).is_not_null())
        assert (known[lower] <= known[upper]).all()
    essay_rows = table.filter(pl.col("essay_p25").is_not_null())
    assert (essay_rows["essay_p25"] <= essay_rows["essay_p50"]).all()
    assert (essay_rows["essay_p50"] <= essay_rows["essay_p75"]).all()


def test_every_row_says_why_in_one_sentence(table: pl.DataFrame):
    reasons = table["status_reason"]
    assert reasons.str.ends_with(".").all()
    assert reasons.str.contains("^[A-Z]").all()
    assert not reasons.str.contains(r"None|nan|\{|\}").any()


def test_values_beyond_24_months_say_that_they_are(table: pl.DataFrame):
    drawn = table.filter(pl.col("p05") < pl.col("p95"), pl.col("status") != "unrefittable")
    assert drawn.height >= 15
    assert drawn["status_reason"].str.contains("beyond the scored range of 24").all()


def test_details_are_json_that_names_the_series_of_fitted_rows(table: pl.DataFrame):
    for one in table.filter(pl.col("detail_json").is_not_null()).iter_rows(named=True):
        assert isinstance(json.loads(one["detail_json"]), dict)
    fitted = table.filter(pl.col("basis") == "fit", pl.col("value_state") == "value")
    assert all(json.loads(detail)["series"] for detail in fitted["detail_json"])


def test_the_same_context_gives_the_same_bytes():
    first, second = (property_table(shipped(TODAY)) for _ in range(2))
    assert first.write_json() == second.write_json()


def test_the_order_of_rows_does_not_show():
    rows = [observation("gpqa/diamond/epoch", date(2026, month, 1), 0.5 + month / 20) for month in range(1, 8)]
    kinds = [series("gpqa/diamond/epoch")]
    draws = {"gpqa/diamond/epoch": [0.9, 0.95]}
    forward, backward = (property_table(world(order, kinds, draws)) for order in (rows, rows[::-1]))
    assert forward.write_json() == backward.write_json()


def test_without_any_data_the_essay_and_the_constants_still_stand():
    table = property_table(world())
    assert table.height == 44
    assert set(table["status"]) == {"unrefittable", "not_asked", "open"}
    still_open = table.filter(status="open")
    assert still_open["status_reason"].str.contains("the essay's range stands alone").all()
    assert row(world(), "speed.multiple")["p50"] == pytest.approx(5, rel=1e-3)


def test_a_missing_essay_is_named():
    empty = world()
    with pytest.raises(KeyError, match="land the essay source first"):
        property_table(_with(empty, essay_numbers=empty.essay_numbers.clear()))


# The embedded default on two days


def test_in_june_2023_the_essays_own_rows_put_92_percent_between_mid_2023_and_mid_2025():
    then = row(shipped(THEN), "math.date_92pct")
    assert then["status"] == "open"
    assert then["inputs_as_of"] <= THEN
    assert date(2023, 7, 1) <= then["value_date_p50"] <= date(2025, 6, 30)


def test_today_that_row_says_when_by_which_system_and_under_which_protocol(today: dict[str, dict]):
    passed = today["math.date_92pct"]
    assert passed["status"] == "crossed"
    assert passed["actual_date"] == date(2024, 9, 12)
    assert "by o1" in passed["status_reason"]
    assert "math/500/single-sample" in passed["status_reason"]
    assert "on the full test set on 2024-09-18 by Qwen2.5-Math-72B" in passed["status_reason"]
    assert passed["never_share"] == 0


def test_nothing_known_later_enters_a_table_of_june_2023():
    for one in property_table(shipped(THEN)).iter_rows(named=True):
        assert one["inputs_as_of"] is None or one["inputs_as_of"] <= THEN, one["property_id"]
        assert one["actual_date"] is None or one["actual_date"] <= THEN, one["property_id"]
    assert "limits" not in json.loads(row(shipped(THEN), "overhang.work_years")["detail_json"])


def test_saturated_benchmarks_are_retired_with_the_day_their_mark_fell(today: dict[str, dict]):
    for property_id in ("math.sota_pct", "know.mmlu_pct", "code.codeforces_pctile"):
        one = today[property_id]
        assert (one["status"], one["value_state"], one["p50"]) == ("retired", "not_applicable", None)
        assert "passed" in one["status_reason"]
        assert one["actual_state"] == "value"


def test_apps_cannot_be_refitted_and_says_why(today: dict[str, dict]):
    assert today["code.apps_pct"]["status"] == "unrefittable"
    assert "no system has been reported" in today["code.apps_pct"]["status_reason"].lower()


def test_work_years_of_today_are_those_of_a_trend_that_meets_the_stock_of_data(today: dict[str, dict]):
    years = today["overhang.work_years"]
    # The stock alone gives 3.4 M (2.1 to 5.4 M); a trend as large as it leaves 71 % of that by the soft minimum.
    assert years["p50"] == pytest.approx(0.71 * 3.4e6, rel=0.15)
    assert years["p25"] == pytest.approx(0.71 * 2.1e6, rel=0.15)
    assert years["p75"] == pytest.approx(0.71 * 5.4e6, rel=0.15)
    assert years["essay_recomputed"] == pytest.approx(1.36e6, rel=0.01)
    assert years["essay_p50"] == 1.8e6


def test_the_market_estimate_for_2030_was_met_in_2025_if_a_message_is_as_long_as_assumed(today: dict[str, dict]):
    market = today["learn.copies_market"]
    assert (market["status"], market["actual_kind"]) == ("open", "derived")
    assert market["actual_value"] > market["essay_p50"]
    assert row(shipped(date(2025, 12, 31)), "learn.copies_market")["actual_value"] > 0.8e6


def test_both_counts_of_fast_agents_stand_side_by_side(today: dict[str, dict]):
    hardware, budget = today["work.fast_agents"], today["work.fast_agent_years_budget"]
    assert (hardware["essay_recomputed"], budget["essay_recomputed"]) == (14_400, 360_000)
    # 25 at the middle of k, which has a range.
    assert budget["p50"] == pytest.approx(25 * hardware["p50"], rel=0.1)


def test_time_horizons_by_2030_are_scenarios_and_never_a_point(today: dict[str, dict]):
    horizon = today["auto.metr_h"]
    assert horizon["status"] == "beyond_range"
    assert all(horizon[q] is None for q in QUANTILES)
    detail = json.loads(horizon["detail_json"])
    assert [one["doubling_months"] for one in detail["scenarios"]] == [4, 7, 12, 4]
    assert max(one["hours"] for one in detail["scenarios"]) <= detail["cap_hours"]
    assert detail["scenarios"][0]["is_capped"]
    assert {one["series"] for one in detail["ahead"]} == {"metr/v1.1/p50-horizon", "metr/v1.1/p80-horizon"}


def test_a_window_that_has_not_grown_since_2024_may_stay_the_longest(today: dict[str, dict]):
    window = today["know.context_tokens"]
    assert 5e6 < window["p50"] < 3e7
    assert 0.05 < json.loads(window["detail_json"])["no_record_share"] < 0.2
    assert "held back by know.context_ceiling" in window["status_reason"]


def test_worn_out_benchmarks_name_who_follows_them(today: dict[str, dict]):
    heirs = {"math.successor_pct": "FrontierMath v2, tier 4", "code.successor_pct": "SWE-bench Pro",
             "know.successor_pct": "Humanity's Last Exam", "code.codeforces_pctile": "Codeforces rating",
             "know.mmlu_pct": "GPQA", "code.apps_pct": "SWE-bench Pro"}  # fmt: skip
    for property_id, heir in heirs.items():
        assert f"followed by {heir}" in today[property_id]["status_reason"], property_id


def test_a_successor_that_is_used_up_itself_says_so(today: dict[str, dict]):
    assert today["know.mmlu_pct"]["successor"] == "GPQA Diamond (used up itself)"
    assert today["know.successor_pct"]["successor"] == "Humanity's Last Exam, no tools, by the makers"


def test_a_successor_is_named_once_in_a_reason(today: dict[str, dict]):
    assert max(one["status_reason"].count("followed by") for one in today.values()) == 1


def test_no_sentence_names_a_successor_without_saying_that_it_is_used_up(today: dict[str, dict]):
    """Tier 4 of FrontierMath stood at 100 % and was what "follows"; the column said so, the sentence did not."""
    worn = set()
    for property_id, one in today.items():
        detail, said = json.loads(one["detail_json"] or "{}"), one["status_reason"]
        heirs = [one for one in detail.get("beside", []) if one["is_successor"]]
        for heir in heirs:
            is_worn = heir["unit"] == "%" and heir["value"] >= 90
            assert heir.get("is_worn", False) is is_worn, property_id
            marked = f"{heir['label']} (used up itself)"
            for text in (said, one["successor"] or "", (detail.get("frozen") or {}).get("successor") or ""):
                assert (marked in text) is (is_worn and heir["label"] in text), (property_id, text)
            worn |= {property_id} if marked in said else set()
    assert worn == {"math.successor_pct", "know.mmlu_pct"}


def test_the_reason_that_is_kept_says_on_whose_word_an_input_rests(today: dict[str, dict]):
    """SQL and CSV had a reason that ended where that of `show` and of the pages went on."""
    ends = {name: [said for said in RESTS_ON.values() if said in row["status_reason"]] for name, row in today.items()}
    marked = {name for name, row in today.items() if SECOND_HAND["third_party"] in (row["actual_note"] or "")}
    implied = {name for name in marked if today[name]["actual_kind"] == "implied"}
    assert {name for name, said in ends.items() if said} >= implied
    assert implied
    assert ends["data.train_tokens"] == [], "its number so far says that itself"


def test_a_record_on_a_third_partys_word_says_so(today: dict[str, dict]):
    assert "as a third party reports" in today["data.train_tokens"]["actual_note"]


def test_a_later_row_changes_no_earlier_table():
    base = shipped(THEN)
    later = base.observations.filter(series_id="math/full/single-sample").head(1)
    later = later.with_columns(
        value=pl.lit(0.99),
        observation_date=pl.lit(THEN + timedelta(days=30)),
        known_date=pl.lit(THEN + timedelta(days=30)),
    )
    rows = pl.concat([base.observations, later])
    assert property_table(_with(base, observations=rows)).equals(property_table(base))


def _with(context: Context, **frames: pl.DataFrame) -> Context:
    """The same context, with other frames known."""
    return Context(replace(context.world, known=replace(context.world.known, **frames)), context.forecasts)


def test_every_input_of_every_formula_has_its_value_from_somewhere():
    """Without one its formulas were left out of the table in silence."""
    known = todays_inputs(gather(shipped(TODAY))).distributions
    lacking = sorted(set(INPUT_UNITS) - known.keys())
    assert not lacking, (
        f"{lacking}: say where it is read from in models/properties/declared_inputs.py (see CONTRIBUTING, a property)"
    )


def test_of_a_reading_that_is_known_to_the_month_no_row_tells_a_day():
    """In a look back the pace on MATH stood on 1 April, and the score it came from in April."""
    whole = shipped(TODAY)
    seen = whole.world.known.observations
    monthly = seen.with_columns(date_precision=pl.lit("month").cast(seen.schema["date_precision"]))
    context = Context(replace(whole.world, known=replace(whole.world.known, observations=monthly)), whole.forecasts)
    table = property_table(context).filter(actual_state="value").drop_nulls("actual_date")
    assert {"math.date_92pct", "math.imo_gold_date", "cap.superhuman_flags", "compute.train_flop"} <= set(
        table["property_id"]
    )
    assert table.filter(pl.col("actual_date_precision") != "month")["property_id"].to_list() == []
