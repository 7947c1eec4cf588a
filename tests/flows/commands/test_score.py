"""`score` and `backtest` as a user runs them, and what they say when a file or an argument is wrong."""

import json
from datetime import date

import duckdb
import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.commands.score import LEGEND, SCALES
from models.days import SCORED_MONTHS, months_between
from models.forecasting.forecasters import FORECASTERS
from models.scoring.rules import log_score
from tests.warehouse.edition_frames import EDITION, frame, scores
from tests.warehouse.fresh import fresh
from warehouse.contracts import out
from warehouse.spans import insert_scores
from warehouse.store import publish_read_copy

HEADER = "series,kind,chance,ceiling,date,value"
CUTOFFS = ("--cutoffs", "2021-06-30:2022-06-30:6M")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def publish(tmp_path):
    """Publish an edition with these scores under the home."""

    def into(home, rows):
        edition = EDITION | {"settings_json": "{}", "inputs_json": "{}"}
        with fresh(home, now=EDITION["issued_at"]) as warehouse:
            warehouse.insert(out.EDITION, frame(out.EDITION, [edition]))
            insert_scores(warehouse, edition["edition_id"], rows)
            ended = {name: 0 for name in out.RUN.column_names if name.endswith("_count")} | {
                "run_id": "r", "run_number": 1, "started_at": EDITION["issued_at"], "finished_at": EDITION["issued_at"],
                "origin_date": EDITION["origin_date"], "outcome": "published", "message": "",
                "edition_id": EDITION["edition_id"],
            }  # fmt: skip
            warehouse.insert(out.RUN, frame(out.RUN, [ended]))
            warehouse.write_copy(tmp_path / "copy.duckdb")
        publish_read_copy(tmp_path / "copy.duckdb", home)

    return lambda rows: into(tmp_path / "home", rows)


def lines(name="flop", kind="log", factor=1.0):
    days = [date(2018 + m // 12, m % 12 + 1, 1) for m in range(0, 72, 2)]
    return [f"{name},{kind},,,{day},{factor * 10 ** (k / 6):.6g}" for k, day in enumerate(days)]


@pytest.fixture
def backtest(run, tmp_path):
    def of(rows, *arguments, header=HEADER):
        path = tmp_path / "mine.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        options = arguments or CUTOFFS
        return run("backtest", "--series", str(path), "--out", str(tmp_path / "deep" / "tasks.parquet"), *options)

    return of


# --- score ----------------------------------------------------------------------------------------------------------


def test_scores_are_shown_by_what_they_rest_on(run, publish):
    last = (
        scores()
        .filter(forecaster_id="gpt2030-pool")
        .with_columns(forecaster_id=pl.lit("baseline-last-value"), value=pl.col("value") * 4)
    )
    stated = scores().filter(forecaster_id="essay-2023").with_columns(basis=pl.lit("stated"))
    publish(pl.concat([scores().filter(forecaster_id="gpt2030-pool"), last, stated]))
    answer = run("score")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.index("Published here before it came true") < answer.stdout.index("Stated by others")
    (pool,) = (line for line in answer.stdout.splitlines() if line.startswith("gpt2030-pool"))
    assert [cell.strip() for cell in pool.split("│")][1:5] == ["2", "2", "0.250", "0.250"]
    told = " ".join(answer.stdout.split())
    assert "spread/under/over: shares of WIS, the width of the intervals, truth above them, truth below them" in told
    assert "baseline-reasonable: one more record of the usual step" in told


def test_where_all_faced_the_same_each_scale_stands_alone(run, publish):
    """The pool stood first and nothing said that it is fourth on shares."""
    pool = scores().filter(forecaster_id="gpt2030-pool")
    last = pool.with_columns(forecaster_id=pl.lit("baseline-last-value"), value=pl.col("value") * 4)
    both = pl.concat([pool, last]).with_columns(scale=pl.lit("log"))
    shares = both.with_columns(scale=pl.lit("bounded"), target=pl.format("{}-share", "target"))
    publish(pl.concat([both, shares]))
    told = run("score").stdout
    (line,) = (line for line in told.partition(SCALES)[2].splitlines() if line.startswith("gpt2030-pool"))
    assert [cell.strip() for cell in line.split("│")][1:] == ["0.250 (2)", "0.250 (2)"]
    assert {row["scale"] for row in json.loads(run("score", "--json").stdout)["by_scale"]} == {"bounded", "log"}


def test_a_ratio_says_how_many_of_the_tasks_it_is_of(run, publish):
    essay = [scores().filter(forecaster_id="essay-2023").with_columns(target=pl.lit(name)) for name in "abc"]
    publish(pl.concat([*essay, essay[0].with_columns(forecaster_id=pl.lit("baseline-last-value"))]))
    (line,) = (line for line in run("score").stdout.splitlines() if line.startswith("essay-2023"))
    tasks = int(line.split("│")[1])
    assert f"1.000 ({tasks // 3}/{tasks})" in line


@pytest.mark.parametrize("basis", ["published", "replayed"])
def test_what_was_made_afterwards_is_no_track_record(run, publish, basis):
    publish(scores().filter(forecaster_id="gpt2030-pool").with_columns(basis=pl.lit(basis)))
    said = run("score").stdout
    assert ("nobody could have read it then" in said) == (basis == "replayed")
    assert ("Published here before it came true" in said) == (basis == "published")


def test_scores_as_json_have_standings_and_cells(run, publish):
    publish(scores())
    said = json.loads(run("score", "--json").stdout)
    assert {row["forecaster_id"] for row in said["standings"]} == {"essay-2023", "gpt2030-pool"}
    assert {"scale", "band", "tasks", "crps"} <= set(said["by_cell"][0])


def test_an_edition_in_which_nothing_has_resolved_says_so(run, publish):
    publish(scores().clear())
    answer = run("score")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "nothing that was forecast has resolved yet" in answer.stderr
    assert json.loads(run("score", "--json").stdout) == {"standings": [], "by_scale": [], "by_cell": []}


def test_an_unknown_edition_is_named(run, publish):
    publish(scores())
    answer = run("score", "--edition", "nope")
    assert answer.exit_code == 1
    assert "there is no edition 'nope'" in answer.output


def test_without_anything_published_the_way_forward_is_named(run):
    answer = run("score")
    assert answer.exit_code == 1
    assert "gpt2030 refresh" in answer.output


# --- backtest -------------------------------------------------------------------------------------------------------


def test_every_forecaster_is_scored_on_the_users_series(backtest, tmp_path):
    answer = backtest(lines())
    assert answer.exit_code == 0, answer.output
    assert "By kind and horizon" in answer.stdout
    assert "In total" in answer.stdout
    total = answer.stdout[answer.stdout.index("In total") :]
    assert all(name in total for name in FORECASTERS)
    tasks = pl.read_parquet(tmp_path / "deep" / "tasks.parquet")
    assert tasks.group_by("forecaster_id").len()["len"].unique().to_list() == [8]
    assert {"series_id", "origin_date", "target_date", "crps", "wis_dispersion", "coverage_80", "truth"} <= set(
        tasks.columns
    )


def test_a_series_that_is_never_judged_is_named(backtest):
    """Of two series one was left out without a word."""
    answer = backtest([*lines(), "short,log,,,2024-01-01,10", "short,log,,,2025-01-01,30"])
    assert answer.exit_code == 0
    assert "not judged at any of these cutoffs: short: a task needs 3 records" in answer.stderr
    assert "not judged" not in backtest(lines()).stderr


def test_the_ratio_to_the_last_value_is_one_for_itself(backtest):
    total = backtest(lines()).stdout.split("In total")[1]
    (last,) = (line for line in total.splitlines() if line.startswith("baseline-last-value"))
    assert last.split("│")[2].strip() == "1.000"


def test_horizons_may_be_chosen(backtest, tmp_path):
    backtest(lines(), *CUTOFFS, "--horizons", "18,3")
    assert sorted(pl.read_parquet(tmp_path / "deep" / "tasks.parquet")["horizon_months"].unique()) == [3, 18]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("flop,log,,,2020-13-01,1", "line 38, column date: '2020-13-01'; a date is written 2024-06-30"),
        ("flop,log,,,,1", "line 38, column date: ''"),
        ("flop,log,,,2020-01-01,many", "line 38, column value: 'many'; a value is a number"),
        ("flop,log,,,2020-01-01,nan", "line 38, column value: 'nan'"),
        ("flop,log,,,2020-01-01,", "line 38, column value: ''"),
        ("flop,curve,,,2020-01-01,1", "line 38, column kind: 'curve'; a kind is one of bounded, log, linear"),
        (",log,,,2020-01-01,1", "line 38, column series: ''; a series needs a name"),
        ("flop,log,low,,2020-01-01,1", "line 38, column chance: 'low'; a chance is a number, or empty"),
        ("flop,log,,inf,2020-01-01,1", "line 38, column ceiling: 'inf'"),
        ("flop,linear,,,2020-01-01,1", "series flop change kind, chance or ceiling between rows"),
        ("flop,log,,,2020-01-01,1,9", "not a table of comma-separated values"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_read_is_named_with_file_line_and_column(backtest, row, says):
    answer = backtest([*lines(), row])
    assert answer.exit_code == 1
    assert "mine.csv: " in answer.output
    assert says in answer.output


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("mmlu2,bounded,1,0.25,2020-01-01,0.2", "column chance: '1'; a chance lies below its ceiling"),
        (
            "mmlu2,bounded,1,,2020-01-01,0.2",
            "column chance: '1'; a chance lies below its ceiling (1 where none is given)",
        ),
        ("mmlu2,bounded,0.25,1,2020-01-01,1.04", "column value: '1.04'; a value lies at its ceiling or below"),
        ("mmlu2,bounded,,,2020-01-01,26", "column value: '26'; a value lies at its ceiling or below"),
        ("flop2,log,,,2020-01-01,-1", "column value: '-1'; a value on a log scale is above zero"),
    ],
)
def test_limits_are_held_against_each_other_and_against_values(backtest, row, says):
    answer = backtest([*lines(), row])
    assert answer.exit_code == 1
    assert f"line 38, {says}" in answer.output


def test_a_measured_zero_on_a_log_scale_is_left_out_by_name_and_stops_nothing(backtest, tmp_path):
    """One zero of 2019 among 2,700 readings of others kept a whole file from being judged."""
    assert backtest(lines()).exit_code == 0
    without = pl.read_parquet(tmp_path / "deep" / "tasks.parquet")
    answer = backtest([*lines(), "flop,log,,,2020-01-05,0.0"])
    assert (answer.exit_code, "line 38, flop: 0 has no place on a log scale and is left out" in answer.stderr) == (
        0,
        True,
    )
    assert pl.read_parquet(tmp_path / "deep" / "tasks.parquet").equals(without)


def test_what_lies_within_its_limits_is_taken(backtest):
    rows = ["mmlu2,bounded,0.25,1,2020-01-01,1", "pct,bounded,25,100,2020-01-01,99", "change,linear,,,2020-01-01,-3"]
    assert backtest([*lines(), *rows]).exit_code == 0


def test_what_was_forecast_is_written_as_model_output_of_a_hub(backtest, tmp_path):
    said = tmp_path / "more" / "said.parquet"
    assert backtest(lines(), *CUTOFFS, "--forecasts", str(said)).exit_code == 0
    tasks = pl.read_parquet(tmp_path / "deep" / "tasks.parquet")
    rows = pl.read_parquet(said)
    keys = ["forecaster_id", "origin_date", "target", "target_date"]
    whole = rows.group_by(keys).agg(
        quantiles=(pl.col("output_type") == "quantile").sum(),
        share=pl.col("value").filter(pl.col("output_type") == "pmf").sum(),
        median=pl.col("value").filter(pl.col("level") == 0.5).first(),
        is_ascending=pl.col("value").filter(pl.col("output_type") == "quantile").diff().drop_nulls().min() >= 0,
    )
    assert whole["quantiles"].unique().to_list() == [23]
    assert whole["share"].to_list() == pytest.approx([1] * whole.height)
    assert whole["is_ascending"].all()
    joined = whole.join(tasks.rename({"series_id": "target"}), on=keys, how="inner", suffix="_scored")
    assert joined.height == tasks.filter(pl.col("median").is_finite()).height == whole.height
    assert joined["median"].to_list() == pytest.approx(joined["median_scored"].to_list())
    assert "quantiles" not in tasks.columns


def test_a_missing_column_is_named(backtest):
    answer = backtest(["flop,log,2020-01-01,1"], header="series,kind,date,value")
    assert answer.exit_code == 1
    assert "line 1: no column chance, ceiling" in answer.output


def test_an_empty_file_is_no_table(run, tmp_path):
    (tmp_path / "empty.csv").touch()
    answer = run("backtest", "--series", "empty.csv", "--out", "x.parquet", *CUTOFFS)
    assert answer.exit_code == 1
    assert "not a table" in answer.output


def test_series_that_cannot_be_judged_are_told_what_it_takes(backtest, tmp_path):
    answer = backtest(lines()[:4])
    assert answer.exit_code == 1
    assert "3 records on 5 dates" in answer.output
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--cutoffs", "2021-06-30"), ("--cutoffs", "2021-06-30:2022-06-30:6"), ("--cutoffs", "2021-06-30:2022-06-30:0M"),
        ("--cutoffs", "June:July:6M"), ("--cutoffs", "2022-06-30:2021-06-30:6M"), (*CUTOFFS, "--horizons", "0"),
        (*CUTOFFS, "--horizons", "six"), (*CUTOFFS, "--horizons", ""), (),
    ],
)  # fmt: skip
def test_cutoffs_and_horizons_that_make_no_sense_are_misuse(run, tmp_path, arguments):
    (tmp_path / "mine.csv").write_text(HEADER + "\n")
    answer = run("backtest", "--series", "mine.csv", "--out", "x.parquet", *arguments)
    assert answer.exit_code == 2


def test_a_file_that_is_not_there_is_misuse(run):
    assert run("backtest", "--series", "none.csv", "--out", "x.parquet", *CUTOFFS).exit_code == 2


def test_beyond_two_years_nothing_is_scored_but_what_somebody_stated(published):
    """The page said that nothing but thresholds is, and its own scores had MATH and MMLU at 45 months."""
    with duckdb.connect(published() / "gpt2030.duckdb", read_only=True) as client:
        asked = "SELECT DISTINCT target, origin_date, target_date FROM score_latest WHERE horizon_months > ? AND "
        stated = set(client.execute(f"{asked} basis = 'stated'", [max(SCORED_MONTHS)]).fetchall())
        others = set(client.execute(f"{asked} basis <> 'stated'", [max(SCORED_MONTHS)]).fetchall())
    far = sorted((target, months_between(origin, day)) for target, origin, day in others)
    assert others <= stated
    # As docs/forecasting.md counts them.
    math, mmlu = "math/best-reported/any-protocol", "mmlu/full/any-protocol"
    assert far == [(math, 25), (math, 33), (math, 45), (mmlu, 45)]


def test_the_legend_explains_every_mark_of_the_table_and_which_way_is_better(run):
    """(1/3), a dash and the log score stood there, and nothing said what they are or whether more is better."""
    for mark in ("(1/3)", "–:", "n:", "coverage:", "log score: minus the log of the chance"):
        assert mark in LEGEND
    told = " ".join(run("score", "--help").output.split())
    assert "of the log score (minus the log of the chance given to about what came) smaller is better" in told
    near, far = (log_score(np.array([[1.0, 1.1, 0.9]]), np.array([came]), np.array([0.2])) for came in (1.0, 9.0))
    assert near < far
    said = next(one.comment for one in out.SCORE.columns if one.name == "metric")
    assert "of all these smaller is better" in said


# --- backtest of a file of Parquet ----------------------------------------------------------------------------------


def frame_of(rows):
    text = pl.read_csv("\n".join([HEADER, *rows]).encode(), infer_schema=False)
    return text.with_columns(pl.col("date").str.to_date(), pl.col("chance", "ceiling", "value").cast(pl.Float64))


@pytest.fixture
def of_parquet(run, tmp_path):
    def of(frame, *arguments):
        frame.write_parquet(tmp_path / "mine.parquet")
        return run("backtest", "--series", "mine.parquet", "--out", "from-parquet.parquet", *CUTOFFS, *arguments)

    return of


@pytest.mark.parametrize(
    "other",
    [
        {}, {"date": pl.col("date").cast(pl.Datetime)}, {"date": pl.col("date").cast(pl.String)},
        {"value": pl.col("value").cast(pl.Float32)}, {"series": pl.col("series").cast(pl.Categorical)},
        {"chance": pl.lit(None), "more": pl.lit(1)},
    ],
)  # fmt: skip
def test_a_file_of_parquet_says_the_same_as_one_of_text(backtest, of_parquet, tmp_path, other):
    rows = [row.replace(row.rsplit(",", 1)[1], f"{k + 1}") for k, row in enumerate(lines())]
    assert backtest(rows).exit_code == 0
    answer = of_parquet(frame_of(rows).with_columns(**other))
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / "from-parquet.parquet").read_bytes() == (tmp_path / "deep" / "tasks.parquet").read_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"value": float("nan")}, "row 2, column value: 'nan'; a value is a number"),
        ({"value": None}, "row 2, column value: ''; a value is a number"),
        ({"value": -1.0}, "row 2, column value: '-1.0'; a value on a log scale is above zero"),
        ({"date": None}, "row 2, column date: ''; a date is written"),
        ({"kind": "curve"}, "row 2, column kind: 'curve'; a kind is one of"),
        ({"series": None}, "row 2, column series: ''; a series needs a name"),
        ({"chance": float("inf")}, "row 2, column chance: 'inf'"),
        ({"value": 0.0}, "row 2, flop: 0 has no place on a log scale and is left out"),
    ],
)
def test_a_cell_of_parquet_is_named_with_its_row(of_parquet, change, says):
    rows = [*lines()[:2], *lines()]
    frame = frame_of(rows).with_row_index("at")
    ((name, value),) = change.items()
    put = pl.when(pl.col("at") == 1).then(pl.lit(value)).otherwise(name).alias(name)
    answer = of_parquet(frame.with_columns(put).drop("at"))
    assert answer.exit_code == int("left out" not in says)
    assert says in answer.output


def test_a_day_as_a_number_is_no_date(of_parquet):
    numbered = frame_of(lines()).with_columns(date=pl.lit(20240630))
    assert "row 1, column date: '20240630'; a date is written" in of_parquet(numbered).output


def test_what_is_no_table_of_parquet_or_lacks_a_column_is_told(run, of_parquet, tmp_path):
    (tmp_path / "text.parquet").write_text(HEADER)
    assert (
        "not a table of Parquet" in run("backtest", "--series", "text.parquet", "--out", "x.parquet", *CUTOFFS).output
    )
    assert "mine.parquet: no column chance (there are series, " in of_parquet(frame_of(lines()).drop("chance")).output


def test_a_task_runner_that_is_not_set_up_is_told_with_what_does_it(of_parquet, monkeypatch):
    monkeypatch.setenv("GPT2030_TASK_RUNNER", "dask")
    monkeypatch.setattr("flows.cluster.find_spec", lambda _name: None)
    answer = of_parquet(frame_of(lines()))
    assert answer.exit_code == 1
    assert "`make cluster` sets it up" in answer.output
