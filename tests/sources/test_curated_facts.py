"""What the shipped facts must hold: coverage, one protocol per series, and every known trap of their sources."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime

import polars as pl
import pytest

from sources.curated import FOLDER, CuratedSource
from sources.records import Snapshot
from warehouse.contracts import core

SOURCE = CuratedSource()
ESSAY_DAY = date(2023, 6, 19)


def _parsed():
    for fetched in SOURCE.fetch(None, SOURCE.default_url, {}):
        taken = datetime(2026, 11, 26)
        yield SOURCE.parse(Snapshot("curated", fetched.feed, fetched.url, fetched.body, taken, SOURCE.known_through))


PARSED = list(_parsed())


def frame(table: str) -> pl.DataFrame:
    return pl.concat([parsed.frames[table] for parsed in PARSED if table in parsed.frames])


ROWS = frame("core.observation")
SERIES = frame("core.series")
ASSUMPTIONS = frame("core.assumption")


def of(*prefixes: str) -> pl.DataFrame:
    return ROWS.filter(pl.any_horizontal(pl.col("series_id").str.starts_with(prefix) for prefix in prefixes))


def best(series_id: str, by: str = "2026-11-26") -> float:
    known = ROWS.filter(pl.col("known_date") <= date.fromisoformat(by), series_id=series_id)
    return round(known["value"].max(), 4)


def value(series_id: str, system_id: str, setup: str = "") -> list[float]:
    rows = ROWS.filter(pl.col("setup").fill_null("").str.contains(setup, literal=True), series_id=series_id)
    return rows.filter(system_id=system_id)["value"].round(4).sort().to_list()


def pooled(series_id: str) -> pl.DataFrame:
    members = SERIES.filter(series_id=series_id)["members"].item().split("+")
    return ROWS.filter(pl.col("series_id").is_in(members))


class TestEveryRow:
    def test_nothing_shipped_is_refused(self):
        refused = [(r.feed, r.line, r.column, r.value, r.reason) for parsed in PARSED for r in parsed.rejects]
        assert refused == []

    def test_every_row_belongs_to_a_defined_series_of_its_unit(self):
        joined = ROWS.join(SERIES.select("series_id", defined="unit"), on="series_id", how="left")
        assert joined.filter(pl.col("defined").is_null() | (pl.col("defined") != pl.col("unit"))).height == 0

    def test_every_series_has_rows_or_members_and_every_member_rows(self):
        filled = set(ROWS["series_id"])
        pools = SERIES.filter(pl.col("members").is_not_null())
        assert set(SERIES["series_id"]) == filled | set(pools["series_id"])
        assert filled.isdisjoint(pools["series_id"])
        assert set(pools["members"].str.split("+").explode()) <= filled

    def test_every_pool_has_one_unit_and_one_direction(self):
        for pool in SERIES.filter(pl.col("members").is_not_null()).iter_rows(named=True):
            members = SERIES.filter(pl.col("series_id").is_in(pool["members"].split("+")))
            assert members.select("unit", "direction", "scale").unique().rows() == [
                (pool["unit"], pool["direction"], pool["scale"])
            ]

    def test_series_ids_are_unique_across_all_files(self):
        assert ROWS.select("series_id", "source_row_id").is_duplicated().sum() == 0

    def test_every_row_is_cited_with_an_address_unless_remembered(self):
        uncited = ROWS.filter(pl.col("citation_url").is_null() & (pl.col("evidence") != "remembered"))
        assert uncited.height == 0
        assert ROWS["citation_title"].str.strip_chars().str.len_chars().min() > 3

    def test_a_copy_of_a_publishers_data_file_names_who_copied_it(self):
        is_file = pl.col("citation_url").str.contains(r"\.(csv|json|yaml|zip|parquet)$")
        copied = ROWS.filter(is_file, evidence="third_party")
        assert copied.height >= 53
        assert copied.filter(~pl.col("citation_title").str.contains(" as (copied|listed|quoted|read) by ")).is_empty()

    def test_remembered_rows_are_few_marked_and_never_a_newest_record(self):
        remembered = ROWS.filter(evidence="remembered")
        assert remembered.height < 0.02 * ROWS.height
        assert set(remembered["series_id"]) == {
            "codeforces/rating/openai",
            "context-window/advertised/generally-available",
            "metr/v1.0/p50-horizon",
        }
        for series_id in remembered["series_id"].unique():
            newest = ROWS.filter(series_id=series_id).sort("value").tail(1)
            assert newest["evidence"].item() != "remembered"

    def test_nothing_is_known_before_it_happened_or_after_the_curation(self):
        assert ROWS.filter(pl.col("known_date") < pl.col("observation_date")).height == 0
        assert ROWS.filter(pl.col("known_date") > SOURCE.known_through).height == 0
        assert ASSUMPTIONS.filter(pl.col("as_of_date") > SOURCE.known_through).height == 0

    def test_coarse_dates_are_known_only_after_their_period(self):
        coarse = ROWS.filter(pl.col("date_precision") == "month")
        assert coarse.height > 10
        # The essay of 7 June 2023 speaks of June.
        early = coarse.filter(pl.col("known_date") < pl.col("observation_date").dt.month_end())
        assert set(early["series_id"]) <= {"speed/flagship/essay-text"}

    def test_chinese_labels_are_chinese(self):
        labels = pl.concat([SERIES["label_zh"], ASSUMPTIONS["label_zh"]])
        assert labels.str.contains(r"\p{Han}").sum() >= 0.99 * len(labels)
        assert not labels.str.contains(r"[,;()]").any()

    def test_shares_lie_between_chance_and_one_and_no_percent_slipped_in(self):
        shares = ROWS.filter(unit="share")
        assert shares["value"].is_between(0, 1).all()
        assert SERIES.filter(scale="bounded", unit="share")["ceiling_share"].unique().to_list() == [1.0]


class TestTerms:
    def test_no_figure_of_artificial_analysis_is_in_any_file(self):
        for path in FOLDER.iterdir():
            assert not re.search(
                r"artificial\s*analysis|artificialanalysis", path.read_text(encoding="utf-8"), re.IGNORECASE
            )

    def test_metr_rows_come_from_statements_and_not_from_its_file(self):
        """Its file states no licence; a copied row would show eight decimals."""
        rows = of("metr/")
        assert not rows["citation_url"].str.contains(r"\.ya?ml").any()
        decimals = rows["value"].cast(pl.String).str.extract(r"\.(\d+)").str.len_chars()
        assert rows.filter(decimals > 1, pl.col("value") > 1).height == 0

    def test_how_the_facts_were_gathered_is_not_shipped(self):
        for path in FOLDER.glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as lines:
                assert "seen_in" not in next(csv.reader(lines))

    def test_rows_of_epoch_ai_name_its_licence(self):
        epoch = ROWS.filter(pl.col("citation_url").str.contains("epoch.ai/data|epoch.ai/benchmarks"))
        assert epoch.height > 500
        assert epoch["citation_title"].str.contains("CC BY 4.0").all()


class TestCoverage:
    @pytest.mark.parametrize(
        ("series_id", "rows"),
        [
            ("math/full/single-sample", 25),
            ("math/full/aided", 10),
            ("math/500/single-sample", 25),
            ("math/level-5/epoch", 30),
            ("mmlu/full/5-shot", 35),
            ("mmlu/full/0-shot-cot", 12),
            ("gpqa/diamond/epoch", 60),
            ("frontiermath/tiers-1-3-v1/epoch", 25),
            ("frontiermath/tiers-1-3-v2/epoch", 25),
            ("frontiermath/tier-4-v1/epoch", 15),
            ("swe-bench/verified/epoch", 20),
            ("metr/v1.0/p50-horizon", 10),
            ("metr/v1.1/p50-horizon", 10),
            ("codeforces/rating/openai", 8),
            ("codeforces/rating/deepseek", 12),
            ("hardware/price-performance/all", 30),
            ("training-compute/language", 60),
            ("training-tokens/language", 60),
            ("parameters/language", 60),
            ("training-cost/language", 40),
        ],
    )
    def test_each_quantity_has_enough_rows(self, series_id, rows):
        assert ROWS.filter(series_id=series_id).height >= rows

    def test_apps_is_split_by_level_and_protocol(self):
        assert {tuple(one.split("/")[1:]) for one in of("apps/")["series_id"].unique()} >= {
            (split, protocol)
            for split in ("introductory", "interview", "competition")
            for protocol in ("strict-pass-1", "strict-pass-5", "n-at-k", "pass-1-xwin", "pass-1-motcoder")
        }

    def test_sixty_language_systems_from_2018_on_have_training_figures(self):
        training = of("training-", "parameters/")
        assert training["system_id"].n_unique() >= 60
        assert training["observation_date"].dt.year().unique().sort().to_list() == [*range(2018, 2027)]
        stated = training.filter(~pl.col("setup").str.contains(r"^confidence: (?:Confident|Likely|Speculative)"))
        # What is no estimate of Epoch AI says whose statement it is.
        assert stated["evidence"].is_in(["model_card", "paper", "third_party"]).all()

    def test_forty_readings_of_speed_from_april_2023_on(self):
        speeds = of("speed/")
        assert speeds.height >= 40
        assert speeds["observation_date"].min() == date(2023, 4, 1)
        assert pooled("speed/flagship/any-method").height >= 40

    def test_twenty_five_generally_available_context_windows(self):
        assert ROWS.filter(series_id="context-window/advertised/generally-available").height >= 25

    def test_usage_has_daily_users_messages_and_tokens(self):
        units = set(of("usage/")["unit"])
        assert units >= {"users_per_day", "users_per_week", "messages_per_day", "tokens_per_day", "tokens_per_month"}

    def test_people_are_measured_too(self):
        people = ASSUMPTIONS.filter(pl.col("assumption_id").str.starts_with("human."), pl.col("unit") == "share")
        assert people.height >= 15
        assert people["value"].is_between(0, 1).all()

    def test_the_assumptions_that_formulas_name_are_there(self):
        known = dict(ASSUMPTIONS.select("assumption_id", "value").iter_rows())
        assert known["data.stock_tokens"] == 3e14
        assert known["compute.feasible_flop"] == 2e29
        assert known["usage.tokens_per_message"] == 400
        assert known["learn.users_ceiling"] == 6e9
        assert known["train.run_years"] == 0.75

    def test_what_formulas_assume_of_today_has_a_stated_interval(self):
        assumed = ["data.stock_tokens", "compute.feasible_flop", "learn.users_ceiling", "know.context_ceiling",
                   "train.run_years", "speed.tiling_factor", "usage.tokens_per_message", "auto.doubling_months",
                   "usage.messages_per_weekly_user", "usage.daily_share_of_weekly_users"]  # fmt: skip
        rows = ASSUMPTIONS.filter(pl.col("assumption_id").is_in(assumed))
        assert rows.height == len(assumed)
        # A mere range says nothing about probability, and would be a constant in the formulas.
        assert rows["interval"].is_in(["p25-p75", "p10-p90", "p05-p95", "p025-p975"]).all()
        assert rows.select((pl.col("low") < pl.col("value")) & (pl.col("value") < pl.col("high"))).to_series().all()

    def test_no_limit_of_the_table_rests_on_memory(self):
        limits = ASSUMPTIONS.filter(
            pl.col("assumption_id").is_in(
                ["data.stock_tokens", "compute.feasible_flop", "learn.users_ceiling", "know.context_ceiling"]
            )
        )
        assert limits.height == 4
        assert limits.select(
            (pl.col("evidence") != "remembered").all() & pl.col("citation_url").is_not_null().all()
        ).item()

    def test_every_evidence_class_is_used(self):
        assert set(ROWS["evidence"]) == set(core.EVIDENCE)


class TestMathTraps:
    def test_no_system_from_o1_on_is_on_the_full_set(self):
        """simple-evals says so in footnote 6; trackers file them under MATH."""
        full = set(of("math/full/")["system_id"])
        assert not [name for name in full if re.match(r"o\d|deepseek-r1|gpt-5|gemini-[23]", name)]
        assert {"o1-preview", "o1", "o3-mini", "o3", "o4-mini"} <= set(of("math/500/")["system_id"])

    def test_minerva_is_33_6_alone_and_50_3_with_votes_in_two_series(self):
        assert value("math/full/single-sample", "minerva-540b") == [0.336]
        assert value("math/full/aided", "minerva-540b") == [0.503]

    def test_votes_tools_and_reward_models_stay_out_of_single_sample(self):
        setups = ROWS.filter(pl.col("series_id").is_in(["math/full/single-sample", "math/500/single-sample"]))["setup"]
        assert not setups.str.contains(r"(?i)vote|maj|rm@|reward|best of|code|tool-int").any()

    def test_gpt_4_5_and_4_1_are_marked_ambiguous(self):
        for system in ("gpt-4.5", "gpt-4.1"):
            assert len(value("math/500/single-sample", system, "ambiguous")) == 1

    def test_googles_math_of_unstated_set_is_kept_apart(self):
        assert value("math/set-unstated/vendor", "gemini-2.0-flash-experimental") == [0.897]
        assert value("math/full/single-sample", "gemini-2.0-flash-experimental") == []

    def test_the_frontier_of_each_protocol_is_as_published(self):
        assert best("math/full/single-sample") == 0.859
        assert best("math/full/aided") == 0.929
        assert best("math/500/single-sample") == 0.996
        assert best("math/level-5/epoch") == 0.9813

    def test_a_person_in_june_2023_knew_these_rows(self):
        known = pooled("math/full/any-protocol").filter(pl.col("known_date") <= ESSAY_DAY)
        found = {(row["system_id"], round(row["value"], 3)) for row in known.iter_rows(named=True)}
        assert found >= {("gpt-2-1.5b", 0.069), ("minerva-540b", 0.336), ("minerva-540b", 0.503), ("gpt-4", 0.425)}
        assert known["value"].max() == 0.539
        assert not {"gpt-4-code-interpreter", "gpt-4-turbo-nov-2023"} & set(known["system_id"])

    def test_scores_first_printed_in_april_2024_were_not_known_before(self):
        for system in ("gpt-4-turbo-nov-2023", "gpt-4-turbo-jan-2024"):
            row = ROWS.filter(series_id="math/full/single-sample", system_id=system)
            assert row["known_date"].item() >= date(2024, 4, 9)


class TestMmluTraps:
    def test_gemini_ultra_has_90_0_and_83_7_in_two_series(self):
        assert value("mmlu/full/cot-32", "gemini-1.0-ultra") == [0.9]
        assert value("mmlu/full/5-shot", "gemini-1.0-ultra") == [0.837]
        assert value("mmlu/full/5-shot", "gpt-4") == [0.864]

    def test_92_3_belongs_to_a_checkpoint_nobody_could_use(self):
        assert value("mmlu/full/0-shot-cot", "o1") == [0.918]
        assert value("mmlu/full/0-shot-cot", "o1-preview") == [0.908]
        assert value("mmlu/full/0-shot-cot", "o1-work-in-progress", "nobody could use") == [0.923]

    def test_the_system_message_of_gpt_4o_is_part_of_the_setup(self):
        assert value("mmlu/full/0-shot-cot", "gpt-4o", "chatgpt") == [0.887]
        assert value("mmlu/full/0-shot-cot", "gpt-4o", "assistant") == [0.872]
        assert value("mmlu/full/5-shot", "gpt-4o", "HELM") == [0.842]

    def test_claude_3_5_sonnet_has_three_scores_under_three_protocols(self):
        scores = [value(f"mmlu/full/{name}", "claude-3.5-sonnet") for name in ("5-shot", "unstated", "5-shot-cot")]
        assert scores == [[0.865], [0.883], [0.904]]

    def test_flan_palm_is_not_plain_five_shot_and_chinchilla_is_67_5(self):
        assert value("mmlu/full/5-shot-cot", "flan-palm-540b") == [0.752]
        assert value("mmlu/full/5-shot", "flan-palm-540b") == []
        assert value("mmlu/full/5-shot", "chinchilla") == [0.675]

    def test_no_tracker_page_gets_in_above_93_3(self):
        assert pooled("mmlu/full/any-protocol")["value"].max() == 0.933


class TestCodeTraps:
    def test_gpt_neo_has_strict_accuracy_and_no_test_case_average(self):
        """The MoTCoder README prints 14.68, 9.85 and 6.54 for it: averages over test cases."""
        neo = of("apps/").filter(system_id="gpt-neo-2.7b")
        assert neo["value"].max() == 0.055
        assert value("apps/introductory/strict-pass-1", "gpt-neo-2.7b") == [0.039]
        motcoder = of("apps/").filter(pl.col("series_id").str.ends_with("motcoder"))
        assert not motcoder["system_id"].str.contains("gpt-2|gpt-3|gpt-neo").any()

    def test_one_model_under_two_prompts_is_in_two_series(self):
        assert value("apps/competition/pass-1-xwin", "gpt-4") == [0.102]
        assert value("apps/competition/pass-1-motcoder", "gpt-4") == [0.1452]

    def test_parsel_is_any_of_many_and_known_from_the_essay(self):
        row = ROWS.filter(series_id="apps/competition/any-of-many").row(0, named=True)
        assert (row["system_id"], row["value"], row["known_date"]) == ("parsel", 0.255, date(2023, 6, 7))
        assert row["observation_date"] == date(2022, 12, 20)

    def test_alphacode_s_five_of_fifty_thousand_is_beside_its_unfiltered_score(self):
        assert best("apps/competition/n-at-k") == 0.0775
        assert value("apps/competition/strict-pass-1000", "alphacode-1b") == [0.0706]
        assert value("apps/competition/strict-pass-5", "code-llama-34b-ppo", "inferred") == [0.091]

    def test_lpw_is_remembered_only_and_not_published(self):
        assert not of("apps/")["system_id"].str.contains("lpw").any()

    def test_alphacode_beat_45_7_percent(self):
        assert value("codeforces/percentile/alphacode", "alphacode") == [45.7]

    def test_percentiles_and_ratings_keep_their_evaluator(self):
        assert value("codeforces/percentile/openai", "gpt-4o") == [11.0]
        assert value("codeforces/percentile/deepseek", "gpt-4o") == [23.6]
        assert value("codeforces/rating/openai", "o1") == [1673.0]
        assert value("codeforces/rating/deepseek", "o1") == [2061.0]
        assert best("codeforces/rating/google") == 3455

    def test_ratings_are_ratings_and_no_fraction_of_3000(self):
        assert ROWS.filter(unit="rating")["value"].min() > 200

    def test_o1_ioi_names_its_strategy(self):
        strategies = ROWS.filter(series_id="codeforces/rating/openai", system_id="o1-ioi").sort("value")["setup"]
        assert [text.rsplit("; ")[-1] for text in strategies] == [
            "no test-time strategy",
            "public-test filtering",
            "full test-time strategy",
        ]

    def test_swe_bench_takes_the_latest_run_of_a_version_not_the_best(self):
        assert value("swe-bench/verified/epoch", "gpt-5.1") == [0.6798]
        assert ROWS.filter(series_id="swe-bench/verified/epoch")["system_id"].is_duplicated().sum() == 0


class TestImoTraps:
    def test_each_grading_is_a_series_and_points_stand_in_the_setup(self):
        rows = of("imo/")
        points = rows["setup"].str.extract(r"^(\d+) of 42 points").cast(pl.Float64)
        assert (points / 42 - rows["value"]).abs().max() < 1e-5
        assert set(rows["series_id"]) == {
            f"imo/points/{grading}" for grading in ("official", "lab-graded", "third-party-graded", "self-graded")
        }

    def test_in_2025_only_two_were_graded_by_the_imo(self):
        official = ROWS.filter(pl.col("observation_date").dt.year() == 2025, series_id="imo/points/official")
        assert set(official["system_id"]) == {"gemini-deep-think-advanced", "seed-prover"}

    def test_the_42s_of_2026_say_whose_receipt_they_are(self):
        full = of("imo/").filter(value=1.0)
        official = full.filter(series_id="imo/points/official")
        assert official["setup"].str.contains("claimed official").all()
        assert {"claude-opus-5"} == set(full.filter(series_id="imo/points/lab-graded")["system_id"])
        assert full.filter(series_id="imo/points/self-graded").height == 4


class TestVersionTraps:
    def test_frontiermath_versions_never_share_a_series(self):
        v1, v2 = (value(f"frontiermath/tiers-1-3-{v}/epoch", "gpt-5.4-pro") for v in ("v1", "v2"))
        assert (v1, v2) == ([0.5], [0.8246])

    def test_metr_suites_never_share_a_series_and_hand_added_rows_are_absent(self):
        assert value("metr/v1.0/p50-horizon", "gpt-5") == [137.0]
        # The issue of March 2026: 214, 320 and 121 are of January and never stand beside it.
        assert value("metr/v1.1/p50-horizon", "gpt-5") == [203.0]
        assert value("metr/v1.1/p50-horizon", "claude-opus-4.5") == [293.0]
        assert value("metr/v1.1/p50-horizon", "o3") == [119.7]
        assert value("metr/v1.1/p80-horizon", "gpt-5") == [38.3]
        issues = of("metr/v1.1/")["setup"]
        assert issues.str.contains("issue of 2026-03-03|at least 16 h").all()
        assert of("metr/v1.1/")["known_date"].min() == date(2026, 3, 3)

    def test_the_horizon_that_metr_itself_doubts_is_in_no_series(self):
        assert "gpt-5.6-sol" not in set(of("metr/")["system_id"])

    def test_horizons_above_sixteen_hours_carry_the_warning(self):
        long = of("metr/").filter(pl.col("value") > 16 * 60)
        assert long["setup"].str.contains("unreliable").all()
        assert long.height == 1

    def test_todays_frontiers_are_the_ones_read(self):
        assert best("gpqa/diamond/epoch") == 0.9577
        assert best("frontiermath/tiers-1-3-v2/epoch") == 0.9368
        assert best("swe-bench/verified/epoch") == 0.8347
        assert best("swe-bench/verified/vendor") == 0.96
        assert best("swe-bench-pro/public/vendor") == 0.899
        assert best("swe-bench-pro/public/scale") == 0.615


class TestSpeedTraps:
    def test_each_method_is_its_own_series(self):
        methods = {one.split("/")[2] for one in of("speed/")["series_id"].unique()}
        assert methods == {
            "decode-slope", "end-to-end", "end-to-end-total", "short-probe", "essay-text", "openrouter-p50", "vendor-claim",
        }  # fmt: skip

    def test_vendor_claims_and_weak_reports_are_left_out(self):
        measured = of("speed/").filter(~pl.col("series_id").str.ends_with("vendor-claim"))
        assert measured["value"].max() < 350
        assert "speed/fast-tier/vendor-claim" not in set(pooled("speed/flagship/any-method")["series_id"])
        assert not of("speed/")["citation_title"].str.contains("(?i)groq|cerebras|crazyrouter|aimultiple").any()

    def test_prompt_tokens_are_never_pooled_with_completions(self):
        assert "speed/flagship/end-to-end-total" not in set(pooled("speed/flagship/any-method")["series_id"])

    def test_flagships_are_not_open_weights_on_somebody_s_chips(self):
        flagships = of("speed/flagship/")
        assert not flagships["system_id"].str.contains("llama|mixtral").any()

    def test_a_quarter_s_median_is_known_at_its_end(self):
        slopes = of("speed/flagship/decode-slope", "speed/other/decode-slope")
        assert (slopes["known_date"] > slopes["observation_date"]).all()
        assert slopes["setup"].str.contains("p25").all()

    def test_the_essay_s_own_readings_are_known_with_the_essay(self):
        essay = of("speed/flagship/essay-text")
        assert essay["known_date"].unique().to_list() == [date(2023, 6, 7)]
        assert sorted(essay["value"].to_list()) == [8.2, 12.0, 26.6]


class TestUsageTraps:
    def test_weekly_monthly_and_daily_users_never_mix(self):
        users = ROWS.filter(pl.col("unit").str.starts_with("users_per_")).select("unit", "series_id").unique()
        spans = {
            "users_per_day": "/daily-users",
            "users_per_week": "/weekly-users",
            "users_per_month": "/monthly-users",
        }
        assert all(spans[unit] in series_id for unit, series_id in users.iter_rows())
        assert best("usage/chatgpt/weekly-users", by="2026-05-31") == 9e8
        assert best("usage/chatgpt/weekly-users", by="2026-11-26") == 1.2e9

    def test_an_outside_estimate_of_a_billion_is_not_openai_s(self):
        assert best("usage/chatgpt/monthly-users") == 1e8
        assert best("usage/chatgpt/monthly-users-app") == 1e9

    def test_messages_of_all_plans_and_of_consumers_are_two_series(self):
        assert best("usage/chatgpt/daily-messages") == 3e9
        assert best("usage/chatgpt/daily-messages-consumer") == 2.6e9

    def test_slips_of_the_press_are_corrected(self):
        assert best("usage/gemini-api/tokens-per-minute", by="2026-02-28") == 1e10
        assert best("usage/azure-ai-foundry/tokens-per-month") == 5e13


class TestContextTraps:
    GA = "context-window/advertised/generally-available"

    def test_claims_that_nobody_serves_are_not_generally_available(self):
        assert best(self.GA) == 2e6
        assert best("context-window/advertised/announced") == 1e8
        assert value(self.GA, "llama-4-scout") == [327_680]

    def test_gpt_4_is_of_march_2023(self):
        row = ROWS.filter(series_id=self.GA, system_id="gpt-4").row(0, named=True)
        assert (row["value"], row["observation_date"]) == (8192, date(2023, 3, 14))

    def test_by_the_essay_s_day_the_record_was_100000(self):
        assert best(self.GA, by="2023-06-19") == 1e5


class TestTrainingTraps:
    def test_estimates_are_not_known_on_the_day_of_publication(self):
        """GPT-4's compute was published by nobody; it was estimated later."""
        compute = ROWS.filter(series_id="training-compute/language")
        guessed = compute.filter(~pl.col("setup").str.contains("Confident"))
        assert (guessed["known_date"] > guessed["observation_date"]).all()
        assert best("training-compute/language", by="2023-06-19") == 2.7415e24

    def test_data_added_in_continued_training_is_no_dataset(self):
        small = ROWS.filter(pl.col("value") < 3e10, series_id="training-tokens/language")
        assert (small["observation_date"] < date(2020, 1, 1)).all()

    def test_tails_of_estimates_are_rounded_away(self):
        assert value("training-compute/language", "grok-4") == [5e26]

    def test_a_re_release_of_the_same_training_run_stands_once(self):
        for system in ("gpt-4-jun-2023", "deepseek-v3-mar-2025"):
            assert value("training-compute/language", system) == []

    def test_a_run_that_goes_on_is_a_fact_and_one_that_is_used_again_is_none(self):
        """MiMo-V2.6-Pro adds 3 trillion to the 27 of V2.5-Pro; V2.6-Flash states the 48 of V2.5 once more."""
        processed = "training-tokens/processed/language"
        assert value(processed, "mimo-v2.5-pro") + value(processed, "mimo-v2.6-pro") == [2.7e13, 3e13]
        assert value(processed, "mimo-v2.6-flash") == []
        added = ROWS.filter(series_id=processed, system_id="mimo-v2.6-pro").row(0, named=True)
        assert (added["evidence"], added["known_date"]) == ("third_party", date(2026, 10, 8))


class TestCyberTraps:
    LYPTUS, GYM = "cyber-horizon/p50/lyptus", "exploitgym/no-time-limit/openai"

    def test_a_horizon_with_more_tokens_is_another_protocol(self):
        """GPT-5.3 Codex has 186 minutes with two million tokens and 630 with ten."""
        assert value(self.LYPTUS, "gpt-5.3-codex") == [186]
        assert ROWS.filter(series_id=self.LYPTUS)["setup"].str.contains("2M tokens").all()

    def test_the_publisher_s_own_numbers_say_so_and_the_one_that_a_reader_gave_too(self):
        kinds = dict(ROWS.filter(series_id=self.LYPTUS).select("system_id", "evidence").iter_rows())
        assert kinds.pop("gpt-5.5") == "third_party"
        assert (len(kinds), set(kinds.values())) == (15, {"publisher_file"})

    def test_only_runs_without_a_limit_of_time_by_one_maker_are_in(self):
        """Z.ai counts 130 of 869 within six hours, Xiaomi 17.8 %: other harnesses and limits."""
        rows = ROWS.filter(series_id=self.GYM)
        assert rows["system_id"].str.starts_with("gpt-").all()
        assert rows["setup"].str.contains("no limit of time").all()
        assert best(self.GYM) == 0.424

    def test_no_cyber_fact_is_known_before_2026(self):
        assert of("cyber-horizon/", "exploitgym/")["known_date"].min() == date(2026, 4, 5)


class TestLivingTraps:
    def test_a_run_rate_is_not_what_was_taken_in(self):
        """11.5 billion of the second quarter are 46 a year, and the run rate of July is 65."""
        assert best("revenue/anthropic/run-rate") == 6.5e10
        assert best("revenue/openai/run-rate") == 4e10
        rates = of("revenue/")
        assert rates["setup"].str.contains("run rate").all()

    def test_a_statement_without_an_address_does_not_ship(self):
        assert of("revenue/", "data-center/", "eci/", "inference-price/")["citation_url"].null_count() == 0

    def test_what_was_revised_away_is_no_record(self):
        assert best("data-center/h100-equivalents/site") == 1_112_000
        assert best("data-center/power/site") == 1.494e9

    def test_no_plan_is_a_site(self):
        assert of("data-center/")["observation_date"].max() < date(2026, 11, 26)

    def test_each_score_of_the_index_names_its_fit(self):
        scores = of("eci/")
        assert set(scores["setup"].str.extract(r"fit of ([\d-]+)")) == {"2026-08-11", "2026-09-28"}
        assert (scores["known_date"].cast(pl.String) == scores["setup"].str.extract(r"fit of ([\d-]+)")).all()
        assert value("eci/score/epoch", "gpt-6-astra") == [166.6]
        assert value("eci/score/epoch", "gpt-5") == [150.0]
        assert scores.group_by("system_id").len()["len"].max() == 1

    def test_a_price_is_a_level(self):
        assert SERIES.filter(series_id="inference-price/gpt-4-level/gpqa")["direction"].item() == "level"
