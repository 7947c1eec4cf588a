"""What is read from Epoch AI's archive of benchmark results and its list of runs, and what of them is refused."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from infra.trials.fuzz_parsers import loss
from sources.epoch.benchmarks import ARCHIVE, EpochBenchmarks
from sources.epoch.policy import our_policies
from sources.epoch.runs import EARLIER, OTHER_TASK, RUNS, UNSUCCESSFUL
from sources.epoch.scores import NO_DATE, NO_SCORE, NO_SERIES
from sources.errors import WrongContent
from tests.publisher import BAD_GATEWAY_PAGE, zip_of
from tests.sources.parsing import FIXTURES, parse, refused_lines, upstream, values

SOURCE = EpochBenchmarks()
FOLDER = FIXTURES / "epoch_benchmarks"
KNOWN = ("gpqa_diamond.csv", "aider_polyglot_external.csv", "mmlu_external.csv", "metr_time_horizons_external.csv")
POLICY_TABLE = ("benchmark_metadata.csv", "new_bench_external.csv")


def members(*names: str) -> dict[str, bytes]:
    return {"README.md": b"# Licensing\n", **{name: (FOLDER / name).read_bytes() for name in names}}


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, ARCHIVE, zip_of(members(*KNOWN)))


def row(parsed, source_row_id: str) -> dict:
    return parsed.frames["core.observation"].filter(source_row_id=source_row_id).row(0, named=True)


def series(parsed) -> dict[str, dict]:
    return {entry["series_id"]: entry for entry in parsed.frames["core.series"].iter_rows(named=True)}


def test_each_file_is_a_series_of_its_own_with_its_own_unit_chance_and_ceiling(parsed):
    assert values(parsed, "gpqa/diamond/epoch") == {"a" * 22: 0.81, "b" * 22: 0.7, "c" * 22: 0.5}
    gpqa = series(parsed)["gpqa/diamond/epoch"]
    assert (gpqa["unit"], gpqa["scale"], gpqa["chance_share"], gpqa["ceiling_share"]) == ("share", "bounded", 0.25, 1)
    copy = series(parsed)["metr/v1.1/p50-horizon-epoch-copy"]
    assert (copy["unit"], copy["scale"], copy["chance_share"]) == ("minutes", "log", None)


def test_the_setting_is_told_apart_from_the_system(parsed):
    first = row(parsed, "a" * 22)
    assert (first["system_id"], first["setup"]) == ("alpha-2", "setting high")
    assert row(parsed, "c" * 22)["setup"] == "setting 16K"
    assert set(parsed.frames["core.system"]["system_name"]) >= {"alpha-2", "beta", "gpt-x"}


def test_a_result_counts_from_its_release_but_is_known_only_from_its_run(parsed):
    late, early = row(parsed, "a" * 22), row(parsed, "b" * 22)
    assert (late["observation_date"], late["known_date"]) == (date(2026, 2, 17), date(2026, 3, 1))
    assert early["known_date"] == date(2026, 2, 17)
    assert late["date_kind"] == "model_release"


def test_percent_becomes_a_share_and_is_never_guessed(parsed):
    assert values(parsed, "aider/polyglot/epoch-external") == {
        "rec01": pytest.approx(0.88),
        "rec02": pytest.approx(0.418),
    }
    refused = {(reject.row["id"], reject.rule) for reject in parsed.rejects if reject.column == "Percent correct"}
    assert refused == {("rec03", "range"), ("rec04", "number")}


def test_versions_mixed_in_one_file_are_not_mixed_in_one_series(parsed):
    assert values(parsed, "metr/v1.0/p50-horizon-epoch-copy") == {"rec21": 30.5}
    assert values(parsed, "metr/v1.1/p50-horizon-epoch-copy") == {"rec22": 288.9}
    assert parsed.skipped[NO_SERIES] == 1


def test_a_record_of_two_versions_is_refused_and_counted_once():
    header = "Model version,Time horizon,Release date,METR version,id"
    rows = ("alpha-1,30.5,2024-06-01,1.0 and 1.1,r0", "alpha-2,,2024-07-01,1.1.0,r1", "alpha-3,9,2024-08-01,1.1,r2")
    parsed = results(*rows, name="metr_time_horizons_external.csv", header=header)
    assert values(parsed, "metr/v1.1/p50-horizon-epoch-copy") == {"r2": 9.0}
    assert [(one.column, one.value, one.rule) for one in parsed.rejects] == [
        ("METR version", "1.0 and 1.1", "one-series"), ("METR version", "1.1.0", "one-series"),
    ]  # fmt: skip
    assert loss(parsed) is None


def test_what_carries_nothing_is_counted_not_quarantined(parsed):
    assert (parsed.skipped[NO_SCORE], parsed.skipped[NO_DATE]) == (1, 1)


def test_results_gathered_from_others_cite_them(parsed):
    cited = row(parsed, "rec12")
    assert (cited["evidence"], cited["citation_title"]) == ("third_party", "Another report")
    assert cited["setup"] == "shots 0"
    assert row(parsed, "a" * 22)["evidence"] == "publisher_file"


def test_a_repeated_row_id_is_refused(parsed):
    assert [reject.row["id"] for reject in parsed.rejects if reject.rule == "unique-key"] == ["rec11"]


def test_a_refusal_names_file_and_record(parsed):
    reject = next(reject for reject in parsed.rejects if reject.rule == "unique-key")
    assert reject.row["file"] == "mmlu_external.csv"
    assert reject.line in refused_lines(parsed)


def test_a_negative_standard_error_does_not_cost_the_result(parsed):
    assert row(parsed, "c" * 22)["std_error"] is None
    assert ("stderr", "-1", None) in {(reject.column, reject.value, reject.line) for reject in parsed.rejects}


@pytest.mark.parametrize("odd", ["1.7", "170%", "1e300", "Infinity", "-0.1"])
def test_a_standard_error_that_cannot_be_costs_itself_and_not_the_score(odd):
    rows = (f"alpha,0.5,{odd},2024-06-01,r0", "beta,0.6,0.02,2024-06-01,r1")
    parsed = results(*rows, header="Model version,mean_score,stderr,Release date,id", name="gpqa_diamond.csv")
    found = parsed.frames["core.observation"].select("value", "std_error").rows()
    assert found == [(0.5, None), (0.6, 0.02)]
    assert [(one.line, one.within, one.row["stderr"]) for one in parsed.rejects] == [(None, 2, odd)]


def test_the_publishers_policy_table_has_the_last_word_on_shares():
    parsed = parse(SOURCE, ARCHIVE, zip_of(members(*KNOWN, *POLICY_TABLE)))
    assert values(parsed, "gpqa/diamond/epoch")["a" * 22] == 0.8
    assert series(parsed)["gpqa/diamond/epoch"]["ceiling_share"] == 0.98
    assert values(parsed, "metr/v1.0/p50-horizon-epoch-copy") == {"rec21": 30.5}


def test_a_file_we_do_not_know_is_read_by_the_publishers_policy_table():
    parsed = parse(SOURCE, ARCHIVE, zip_of(members(*KNOWN, *POLICY_TABLE)))
    assert values(parsed, "new-bench/full/epoch-external") == {"rec31": pytest.approx(0.55)}
    assert series(parsed)["new-bench/full/epoch-external"]["chance_share"] == 0.1


def test_a_file_nobody_defines_is_a_series_in_its_own_unit():
    parsed = parse(SOURCE, ARCHIVE, zip_of(members("gpqa_diamond.csv", "new_bench_external.csv")))
    assert values(parsed, "new-bench/full/epoch-external") == {"rec31": 55}
    entry = series(parsed)["new-bench/full/epoch-external"]
    assert (entry["unit"], entry["scale"], entry["chance_share"]) == ("index", "linear", None)


def test_a_new_file_of_epochs_own_runs_holds_shares():
    new = {"gpqa_diamond.csv": members("gpqa_diamond.csv")["gpqa_diamond.csv"]}
    new["novel_bench.csv"] = new["gpqa_diamond.csv"]
    parsed = parse(SOURCE, ARCHIVE, zip_of(new))
    assert values(parsed, "novel-bench/full/epoch") == values(parsed, "gpqa/diamond/epoch")
    assert series(parsed)["novel-bench/full/epoch"]["unit"] == "share"


def test_tables_without_results_are_counted():
    extra = {"folder/model_metadata.csv": b"model_version,model_group\na,A\nb,B\n"}
    parsed = parse(SOURCE, ARCHIVE, zip_of(members("gpqa_diamond.csv") | extra))
    assert parsed.skipped["folder/model_metadata.csv: holds no results of its own"] == 2


def test_a_damaged_file_costs_only_itself_and_its_rows_are_not_deleted():
    damaged = members(*KNOWN)
    damaged["mmlu_external.csv"] = damaged["mmlu_external.csv"].replace(b"EM", b"Exact match")
    parsed = parse(SOURCE, ARCHIVE, zip_of(damaged))
    assert parsed.is_partial
    assert values(parsed, "gpqa/diamond/epoch")
    [reject] = [reject for reject in parsed.rejects if reject.rule == "file"]
    assert "missing column EM" in reject.reason
    assert "mmlu_external.csv" in reject.reason


def test_a_whole_archive_is_complete(parsed):
    assert not parsed.is_partial


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (zip_of(members(*KNOWN))[:-400], "broken zip"),
        (zip_of({"photo.jpg": b"x", "other.csv": b"a,b\n1,2\n"}), "no benchmark file"),
        (zip_of(dict.fromkeys(KNOWN, BAD_GATEWAY_PAGE)), "cannot be read"),
        (BAD_GATEWAY_PAGE, "broken zip"),
        (b"", "broken zip"),
    ],
)
def test_what_is_no_archive_of_benchmarks_is_refused_whole(body, seen):
    with pytest.raises(WrongContent, match=seen):
        parse(SOURCE, ARCHIVE, body)


def test_a_zip_bomb_is_not_unpacked():
    with pytest.raises(WrongContent, match="too much"):
        parse(SOURCE, ARCHIVE, zip_of({"gpqa_diamond.csv": bytes(40 << 20)}))


def test_a_bomb_of_many_names_is_not_unpacked():
    with pytest.raises(WrongContent, match="2,500 files, more than 250"):
        parse(SOURCE, ARCHIVE, zip_of({f"{k}.csv": b"" for k in range(2500)}))


def test_of_many_runs_the_newest_successful_one_counts_not_the_best():
    parsed = parse(SOURCE, RUNS, (FOLDER / RUNS).read_bytes())
    assert values(parsed, "frontiermath/tiers-1-3-v2/epoch") == {"r2": 0.5}
    assert values(parsed, "frontiermath/tier-4-v2/epoch") == {"r5": 0.25}
    assert (parsed.skipped[EARLIER], parsed.skipped[UNSUCCESSFUL], parsed.skipped[OTHER_TASK]) == (1, 1, 1)
    assert row(parsed, "r2")["setup"] == "setting high; task version 2.0.0"


def test_a_run_that_names_no_task_is_refused_and_one_that_ended_well_counts_however_it_says_so():
    body = (FOLDER / RUNS).read_text()
    assert values(parse(SOURCE, RUNS, body.replace("Success", "SUCCESS")), "frontiermath/tier-4-v2/epoch")
    parsed = parse(SOURCE, RUNS, body.replace("FrontierMath-Tier-4-v2-Private", ""))
    assert [(odd.column, odd.rule) for odd in parsed.rejects] == [("task", "given")]
    assert parsed.skipped[OTHER_TASK] == 1


def test_the_address_of_a_score_is_kept_without_user_and_password():
    files = members(*KNOWN)
    files["mmlu_external.csv"] = files["mmlu_external.csv"].replace(b"https://", b"https://me:hidden@")
    found = parse(SOURCE, ARCHIVE, zip_of(files)).frames["core.observation"]["citation_url"]
    assert (
        found.to_list()
        == parse(SOURCE, ARCHIVE, zip_of(members(*KNOWN))).frames["core.observation"]["citation_url"].to_list()
    )
    assert b"hidden" in files["mmlu_external.csv"]


def test_versions_of_a_benchmark_are_different_series():
    ids = {policy.series_id for policy in our_policies()}
    assert {f"frontiermath/tiers-1-3-{v}/epoch" for v in ("v1", "v2")} <= ids


def test_every_series_has_a_chinese_name_and_fitting_bounds():
    for policy in our_policies():
        assert (policy.scale == "bounded") == (policy.unit == "share") == (policy.ceiling is not None)
        assert policy.chance is None or 0 <= policy.chance < policy.ceiling <= 1
    chinese = [any("\u4e00" <= sign <= "\u9fff" for sign in policy.label_zh) for policy in our_policies()]
    assert sum(chinese) / len(chinese) > 0.9


@pytest.mark.parametrize(("vintage", "count", "files"), [("2026-01", 440, 7), ("2026-03", 3955, 48)])
def test_no_record_of_a_real_archive_is_lost(vintage, count, files):
    parsed = parse(SOURCE, ARCHIVE, upstream(f"epoch/{vintage}/benchmark_data.zip"))
    assert parsed.record_count == count
    assert parsed.frames["core.observation"]["series_id"].n_unique() == files
    assert not parsed.is_partial


def test_the_real_archive_of_march_2026_says_what_was_measured():
    parsed = parse(SOURCE, ARCHIVE, upstream("epoch/2026-03/benchmark_data.zip"))
    best = dict(parsed.frames["core.observation"].group_by("series_id").agg(pl.col("value").max()).iter_rows())
    assert best["mmlu/full/epoch-external"] == 0.881
    assert best["math/level-5/epoch"] == pytest.approx(0.9813, abs=1e-4)
    assert best["swe-bench/verified/epoch"] == pytest.approx(0.787, abs=1e-3)
    assert best["osworld/v1/epoch-external"] == pytest.approx(0.663)


HEADER = "Model version,Best score (across scorers),Release date,Organization,Started at,stderr,id"


def results(*rows, name="gpqa_diamond.csv", header=HEADER):
    return parse(SOURCE, ARCHIVE, zip_of({name: "\n".join([header, *rows, ""]).encode()}))


def placed(parsed):
    columns = ("source_row_id", "observation_date", "date_kind", "known_date")
    return parsed.frames["core.observation"].select(columns).rows()


@pytest.mark.parametrize(
    "written", ["2023-01-15 00:00:00", "January 15, 2023 12:01pm", "15 January 2023", "2023/01/15"]
)
def test_a_release_that_is_spelled_otherwise_is_the_same_day(written):
    parsed = results(f'toy_high,0.26,"{written}",Lab,2026-04-01T05:00:00.000Z,0.02,r0')
    assert placed(parsed) == [("r0", date(2023, 1, 15), "model_release", date(2026, 4, 1))]


@pytest.mark.parametrize("written", ["15/01/2023", "01/02/2023", "Q1 2023", "soon", "2023-02-30"])
def test_a_release_that_cannot_be_read_is_refused_and_the_run_does_not_take_its_place(written):
    parsed = results(f"toy_high,0.26,{written},Lab,2026-04-01T05:00:00.000Z,0.02,r0", "b,0.3,,Lab,2026-04-02,,r1")
    assert placed(parsed) == [("r1", date(2026, 4, 2), "run", date(2026, 4, 2))]
    [reject] = parsed.rejects
    assert (reject.line is not None, reject.column, reject.value, reject.rule) == (
        True,
        "Release date",
        written,
        "date",
    )


def test_a_run_that_cannot_be_dated_is_refused_for_nobody_knows_when_it_was_known():
    parsed = results("toy_high,0.26,2023-01-15,Lab,yesterday,0.02,r0")
    assert [(reject.column, reject.value) for reject in parsed.rejects] == [("Started at", "yesterday")]


@pytest.mark.parametrize(
    "header",
    [
        HEADER.replace("Release date", "Release Date"),
        HEADER.replace("Release date", "release_date"),
        HEADER.replace("Release date", "Model release date"),
        HEADER.replace("Model version", "model version").replace("Started at", "Started At"),
        HEADER.replace("Best score (across scorers)", "best score (Across Scorers)").replace("stderr", "Stderr"),
    ],
)
def test_columns_are_found_by_other_spellings(header):
    parsed = results("toy_high,0.26,2023-01-15,Lab,2026-04-01,0.02,r0", header=header)
    assert placed(parsed) == [("r0", date(2023, 1, 15), "model_release", date(2026, 4, 1))]
    assert parsed.frames["core.observation"].select("system_id", "value", "std_error").rows() == [("toy", 0.26, 0.02)]


def test_a_file_that_lost_its_release_dates_is_left_out_by_name():
    lost = HEADER.replace("Release date", "Debut")
    body = f"{lost}\ntoy_high,0.26,2023-01-15,Lab,2026-04-01,0.02,r0\n".encode()
    other = f"{HEADER}\ntoy_high,0.3,2023-01-15,Lab,,,r1\n".encode()
    parsed = parse(SOURCE, ARCHIVE, zip_of({"gpqa_diamond.csv": body, "math_level_5.csv": other}))
    assert placed(parsed) == [("r1", date(2023, 1, 15), "model_release", date(2023, 1, 15))]
    assert parsed.is_partial
    assert ["missing column Release date" in reject.reason for reject in parsed.rejects] == [True]


def test_a_date_without_a_score_is_nobodys_concern():
    assert results("toy_high,,soon,Lab,,,r0").skipped == {NO_SCORE: 1}


def test_a_release_of_a_month_is_known_at_its_end():
    parsed = results("toy_high,0.26,2023-02,Lab,,,r0")
    assert placed(parsed) == [("r0", date(2023, 2, 1), "model_release", date(2023, 2, 28))]
    assert parsed.frames["core.observation"]["date_precision"].to_list() == ["month"]


def test_an_error_in_percent_is_a_share_like_its_score():
    parsed = results("toy_high,26%,2023-01-15,Lab,,2%,r0")
    assert parsed.frames["core.observation"].select("value", "std_error").rows() == [(0.26, 0.02)]


@pytest.mark.parametrize("word", ["nan", "None"])
def test_a_word_for_nothing_names_nobody(word):
    parsed = results(f"{word},0.26,2023-01-15,Lab,,,r0,Alpha", header=HEADER + ",Name")
    assert parsed.frames["core.system"]["system_name"].to_list() == ["Alpha"]


@pytest.mark.parametrize(
    "name", ["benchmark_data\\gpqa_diamond.csv", "a/b/gpqa_diamond.csv", "GPQA\\..\\gpqa_diamond.csv"]
)
def test_folders_of_the_archive_are_told_apart_by_either_slash(name):
    assert values(results("toy_high,0.26,2023-01-15,Lab,,,r0", name=name), "gpqa/diamond/epoch") == {"r0": 0.26}


def test_what_a_mac_adds_is_no_file_of_the_publisher():
    good = f"{HEADER}\ntoy_high,0.26,2023-01-15,Lab,,,r0\n".encode()
    added = {"__MACOSX/._gpqa_diamond.csv": b"\x00\x05\x16\x07", "._gpqa_diamond.csv": b"\x00"}
    parsed = parse(SOURCE, ARCHIVE, zip_of({"gpqa_diamond.csv": good, **added}))
    assert (parsed.record_count, list(parsed.rejects)) == (1, [])


OLD_RUNS = "id,task,model,Best score (across scorers),Scores,log viewer,logs,started_at,Status"


def runs(*rows, header=OLD_RUNS, feed=RUNS):
    return parse(SOURCE, feed, "\n".join([header, *rows, ""]))


def test_the_list_of_2025_is_read_by_its_best_scores_and_spelled_out_times():
    parsed = runs('r0,FrontierMath-Tiers-1-3-v2-Private,toy_high,0.1,,,,"April 24, 2025 12:01pm",Success')
    assert placed(parsed) == [("r0", date(2025, 4, 24), "run", date(2025, 4, 24))]


def test_the_newest_run_is_found_by_time_and_not_by_spelling():
    task = "FrontierMath-Tiers-1-3-v2-Private"
    parsed = runs(
        f"r0,{task},toy,0.1,,,,9 January 2025 3:00pm,Success", f"r1,{task},toy,0.2,,,,10 April 2025 3:00pm,Success"
    )
    assert values(parsed, "frontiermath/tiers-1-3-v2/epoch") == {"r1": 0.2}


def test_a_run_whose_time_cannot_be_read_is_refused_and_the_others_are_compared():
    task = "FrontierMath-Tiers-1-3-v2-Private"
    parsed = runs(f"r0,{task},toy,0.1,,,,2025-01-09,Success", f"r1,{task},toy,0.2,,,,09/01/2025,Success")
    assert values(parsed, "frontiermath/tiers-1-3-v2/epoch") == {"r0": 0.1}
    assert [(reject.line, reject.column) for reject in parsed.rejects] == [(3, "started_at")]


def test_a_list_of_runs_without_any_score_is_told_which_columns_it_lacks():
    with pytest.raises(WrongContent, match=r"missing column Best score \(across scorers\), mean_score"):
        runs("r0,x,toy,0.1", header="id,task,model,started_at")


def test_a_list_that_is_replayed_under_its_old_name_is_read_as_what_it_is():
    assert runs("r0,EBR-bench,toy,0.1,,,,2025-01-09,Success", feed="benchmarks_runs.csv").record_count == 1


POLICY = "benchmark,source_file,score_column,scale,random_baseline,score_ceiling\n"


def with_policy(row, *, file="gpqa_diamond.csv"):
    body = f"{HEADER}\ntoy_high,26,2023-01-15,Lab,,,r0\n".encode()
    other = f"{HEADER}\ntoy_high,0.3,2023-01-15,Lab,,,r0\n".encode()
    files = {file: body, "math_level_5.csv": other, "benchmark_metadata.csv": (POLICY + row + "\n").encode()}
    return parse(SOURCE, ARCHIVE, zip_of(files))


@pytest.mark.parametrize(
    "cells", ["a hundredth,0,1", "0.01,lots,1", "0.01,0,n.a.", "0.01,1,1", "-1,0,1"], ids=lambda cells: cells
)
def test_a_file_whose_scale_is_given_and_cannot_be_told_is_left_out_by_name(cells):
    parsed = with_policy(f"GPQA,gpqa_diamond.csv,Best score (across scorers),{cells}")
    assert list(values(parsed, "math/level-5/epoch").values()) == [0.3]
    assert values(parsed, "gpqa/diamond/epoch") == {}
    assert parsed.is_partial
    assert ["gpqa_diamond.csv" in reject.reason for reject in parsed.rejects if reject.rule == "file"] == [True]


@pytest.mark.parametrize("path", ["gpqa_diamond.csv", "data/gpqa_diamond.csv", "data\\gpqa_diamond.csv"])
def test_the_publishers_policy_is_found_whatever_folder_it_names(path):
    parsed = with_policy(f"GPQA,{path},Other score,0.01,0.2,0.9")
    assert "missing column Other score" in " ".join(reject.reason for reject in parsed.rejects)


def test_a_policy_table_of_another_layout_is_named_and_ours_stands_in():
    body = f"{HEADER}\ntoy_high,0.26,2023-01-15,Lab,,,r0\n".encode()
    files = {"gpqa_diamond.csv": body, "benchmark_metadata.csv": b"name,file\nGPQA,gpqa_diamond.csv\n"}
    parsed = parse(SOURCE, ARCHIVE, zip_of(files))
    assert list(values(parsed, "gpqa/diamond/epoch").values()) == [0.26]
    assert ["our own list stands in for it: missing column" in reject.reason for reject in parsed.rejects] == [True]
    assert not parsed.is_partial


def test_a_policy_that_says_nothing_leaves_ours():
    parsed = with_policy("GPQA,gpqa_diamond.csv,Best score (across scorers),,,")
    assert [reject.rule for reject in parsed.rejects] == ["range"]  # 26 read as ours says: a fraction


def test_of_several_policies_for_one_file_ours_is_the_one_that_names_our_column():
    rows = "GPQA,gpqa_diamond.csv,Best score (across scorers),1,0.3,1\nOther,gpqa_diamond.csv,stderr,0.01,0.4,1"
    assert series(with_policy(rows))["gpqa/diamond/epoch"]["chance_share"] == 0.3
