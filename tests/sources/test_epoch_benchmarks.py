"""What is read from Epoch AI's archive of benchmark results and its list of runs, and what of them is refused."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from sources.epoch_benchmarks import ARCHIVE, EpochBenchmarks
from sources.epoch_policy import our_policies
from sources.epoch_runs import EARLIER, IN_ARCHIVE, RUNS, UNSUCCESSFUL
from sources.epoch_scores import NO_DATE, NO_SCORE, NO_SERIES
from sources.source import WrongContent
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
    with pytest.raises(WrongContent, match="too much"):
        parse(SOURCE, ARCHIVE, zip_of({f"{k}.csv": b"" for k in range(2500)}))


def test_of_many_runs_the_newest_successful_one_counts_not_the_best():
    parsed = parse(SOURCE, RUNS, (FOLDER / RUNS).read_bytes())
    assert values(parsed, "frontiermath/tiers-1-3-v2/epoch") == {"r2": 0.5}
    assert values(parsed, "frontiermath/tier-4-v2/epoch") == {"r5": 0.25}
    assert (parsed.skipped[EARLIER], parsed.skipped[UNSUCCESSFUL], parsed.skipped[IN_ARCHIVE]) == (1, 1, 1)
    assert row(parsed, "r2")["setup"] == "setting high; task version 2.0.0"


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
