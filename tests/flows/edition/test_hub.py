"""A hub of the hubverse: its configuration keeps the published rules, and every file says what the configuration allows."""

from __future__ import annotations

import json
from datetime import date, datetime

import jsonschema
import polars as pl
import pytest
import yaml

from flows.edition.hub import HubContent, model_id, model_output, short_id, write_hub
from tests.warehouse.hubverse_rules import ADMIN, TARGET_DATA, TASKS

ORIGIN, EARLIER, DAY = date(2026, 11, 22), date(2026, 1, 5), date(2027, 5, 22)
LEVELS = [0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99]
LONG = "math/best-reported/any-protocol"
TARGETS = pl.DataFrame(
    {
        "target": [LONG, "flop", "overhang.work_years"],
        "label": ["Best score on MATH " * 9, "Training compute", "Work-years"],
        "unit": ["share", "flop", "human-years"],
        "is_series": [True, True, False],
    }
)


def said(forecaster, target, kind, ids, *, origin=ORIGIN, day=DAY, value=0.9):
    return [
        {"forecaster_id": forecaster, "target": target, "origin_date": origin, "target_date": day, "output_type": kind,
         "output_type_id": one, "value": value} for one in ids
    ]  # fmt: skip


def forecasts(*rows):
    schema = {"forecaster_id": pl.String, "target": pl.String, "origin_date": pl.Date, "target_date": pl.Date,
              "output_type": pl.String, "output_type_id": pl.String, "value": pl.Float64}  # fmt: skip
    return pl.DataFrame([row for several in rows for row in several], schema=schema, orient="row")


FULL = [f"{level:g}" for level in LEVELS]
RECORDS = ["new_record", "no_new_record"]
EVERYBODY = forecasts(
    said("gpt2030-pool", LONG, "quantile", FULL), said("gpt2030-pool", LONG, "pmf", RECORDS, value=0.5),
    said("gpt2030-pool", "flop", "quantile", FULL, origin=EARLIER), said("member-rows-drift", LONG, "quantile", FULL),
    said("baseline-last-value", LONG, "median", [None]),
    said("essay-2023", "flop", "quantile", ["0.25", "0.5", "0.75"], origin=date(2023, 6, 7)),
    said("essay-2023", "overhang.work_years", "quantile", ["0.25", "0.5", "0.75"], origin=date(2023, 6, 7)),
    said("metaculus-community", LONG, "quantile", FULL),
    said("essay-2023", "overhang.work_years", "median", [None], day=None),
)  # fmt: skip
OUTCOMES = pl.DataFrame(
    {
        "target": ["flop"],
        "origin_date": [EARLIER],
        "target_date": [date(2026, 7, 5)],
        "truth": [2e26],
        "is_new_record": [True],
    }
)
HISTORY = pl.DataFrame({"target": ["flop"], "target_date": [date(2025, 1, 1)], "observation": [1e26]})


ROUNDS = pl.DataFrame(
    {
        "origin_date": [date(2025, 1, 1), date(2026, 1, 1)],
        "edition_id": ["2025-01-01-0a", "2026-01-01-0b"],
        "recorded_at": [datetime(2026, 1, 1, 6), datetime(2026, 1, 1, 7)],
        "is_replay": [True, False],
    }
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "new"
    write_hub(folder, HubContent(EVERYBODY, TARGETS, {"gpt2030-pool": "the pool"}, HISTORY, OUTCOMES, ROUNDS))
    return folder


def test_rounds_that_nobody_spoke_in_their_time_are_told(hub):
    rounds = pl.read_csv(hub / "auxiliary-data/rounds.csv", try_parse_dates=True)
    assert rounds.select("origin_date", "is_replay").rows() == [(date(2025, 1, 1), True), (date(2026, 1, 1), False)]


def config(hub, name):
    return json.loads((hub / "hub-config" / f"{name}.json").read_text(encoding="utf-8"))


def outputs(hub):
    return {path: pl.read_parquet(path) for path in sorted(hub.glob("model-output/*/*.parquet"))}


@pytest.mark.parametrize(("name", "rules"), [("admin", ADMIN), ("tasks", TASKS), ("target-data", TARGET_DATA)])
def test_configurations_keep_the_published_rules(hub, name, rules):
    jsonschema.validate(config(hub, name), rules, format_checker=jsonschema.FormatChecker())


def test_all_configurations_name_the_same_version_of_the_rules(hub):
    versions = {config(hub, name)["schema_version"].split("/")[-2] for name in ("admin", "tasks", "target-data")}
    assert versions == {"v6.0.0"}


def test_every_forecaster_has_metadata_that_the_hubs_own_schema_takes(hub):
    schema = config(hub, "model-metadata-schema")
    jsonschema.Draft202012Validator.check_schema(schema)
    described = {path.stem for path in hub.glob("model-metadata/*.yml")}
    assert described == {path.name for path in hub.glob("model-output/*")}
    for path in hub.glob("model-metadata/*.yml"):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        jsonschema.validate(said, schema)
        assert f"{said['team_abbr']}-{said['model_abbr']}" == path.stem


def test_files_are_named_by_round_and_model_and_hold_only_that_round(hub):
    for path, rows in outputs(hub).items():
        assert path.stem == f"{rows['origin_date'].unique().item()}-{path.parent.name}"
        assert rows.columns == ["origin_date", "target", "target_date", "output_type", "output_type_id", "value"]
        assert rows["output_type_id"].dtype == pl.String


def test_every_row_is_one_that_the_tasks_allow(hub):
    """What hubValidations checks of a submission: values of task ids, all output type ids of a task, no doubles."""
    tasks = config(hub, "tasks")["rounds"][0]["model_tasks"]
    task_of = {name: task for task in tasks for name in task["task_ids"]["target"]["optional"]}
    keys = ["origin_date", "target", "target_date"]
    for rows in outputs(hub).values():
        assert rows.select(pl.exclude("value")).is_unique().all()
        for (*ids, kind), part in rows.group_by([*keys, "output_type"]):
            task = task_of[ids[1]]
            assert all(str(value) in task["task_ids"][key]["optional"] for key, value in zip(keys, ids, strict=True))
            wanted = task["output_type"][kind]["output_type_id"]["required"]
            given = part["output_type_id"].to_list()
            assert (
                given == [None]
                if wanted is None
                else {str(one) for one in wanted} == {_as(one, wanted) for one in given}
            )


def _as(identifier, wanted):
    return str(float(identifier)) if isinstance(wanted[0], float) else identifier


def test_every_target_is_described_once_with_an_id_of_its_own(hub):
    described = [one for task in config(hub, "tasks")["rounds"][0]["model_tasks"] for one in task["target_metadata"]]
    names = [one["target_keys"]["target"] for one in described]
    assert sorted(names) == ["flop", LONG, f"{LONG}|new-record", "overhang.work_years"]
    assert len({one["target_id"] for one in described}) == len(described)
    assert [one["target_type"] for one in described if one["target_keys"]["target"].endswith("new-record")] == [
        "nominal"
    ]


def test_what_metaculus_shows_is_not_handed_on(hub):
    assert not list(hub.glob("*/metaculus*"))


def test_of_a_series_forecast_in_three_quantiles_the_median_stays():
    rows = model_output(EVERYBODY.filter(forecaster_id="essay-2023"), ["flop"])
    flop, own = rows.filter(target="flop"), rows.filter(target="overhang.work_years")
    assert flop.select("output_type", "output_type_id").rows() == [("median", None)]
    assert own["output_type_id"].to_list() == ["0.25", "0.5", "0.75"]


def test_of_two_editions_the_later_speaks():
    twice = forecasts(
        said("a-b", "flop", "median", [None], value=1.0), said("a-b", "flop", "median", [None], value=2.0)
    )
    assert model_output(twice, ["flop"])["value"].to_list() == [2.0]


def test_target_data_are_what_came_true(hub):
    series = pl.read_parquet(hub / "target-data" / "time-series.parquet")
    assert series.rows() == [("flop", date(2025, 1, 1), 1e26)]
    oracle = pl.read_parquet(hub / "target-data" / "oracle-output.parquet")
    assert oracle.select("target", "output_type", "output_type_id", "oracle_value").rows() == [
        ("flop", "median", None, 2e26),
        ("flop", "quantile", None, 2e26),
        ("flop|new-record", "pmf", "new_record", 1.0),
        ("flop|new-record", "pmf", "no_new_record", 0.0),
    ]


def test_a_level_has_no_record_to_come_true(tmp_path):
    level = OUTCOMES.with_columns(is_new_record=pl.lit(None, dtype=pl.Boolean))
    write_hub(tmp_path / "hub", HubContent(EVERYBODY, TARGETS, {}, HISTORY, level, ROUNDS))
    oracle = pl.read_parquet(tmp_path / "hub" / "target-data" / "oracle-output.parquet")
    assert set(oracle["output_type"]) == {"median", "quantile"}


def test_a_folder_with_something_in_it_is_not_written_to(tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(FileExistsError, match="is not empty"):
        write_hub(tmp_path, HubContent(EVERYBODY, TARGETS, {}, HISTORY, OUTCOMES, ROUNDS))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("forecaster", "model"),
    [("gpt2030-pool", "gpt2030-pool"), ("member-rows-drift", "member-rows_drift"), ("alone", "gpt2030-alone")],
)
def test_ids_of_models_have_one_hyphen(forecaster, model):
    assert model_id(forecaster) == model


def test_long_targets_get_short_ids_that_differ():
    ids = {short_id(name) for name in (LONG, LONG + "|new-record", LONG[:-1] + "x")}
    assert len(ids) == 3
    assert all(len(one) <= 30 for one in ids)
    assert short_id("flop") == "flop"


def test_the_python_client_of_the_hubverse_reads_it(hub):
    import hubdata  # a second, and pandas: not for every worker that only collects
    from hubdata.create_target_data_schema import TargetType

    read = pl.from_arrow(hubdata.connect_hub(hub.absolute()).to_table())
    assert read.height == sum(len(rows) for rows in outputs(hub).values())
    assert set(read["model_id"]) == {path.parent.name for path in outputs(hub)}
    for kind, name in ((TargetType.TIME_SERIES, "time-series"), (TargetType.ORACLE_OUTPUT, "oracle-output")):
        target = pl.from_arrow(hubdata.connect_target_data(hub.absolute(), kind).get_dataset().to_table())
        kept = pl.read_parquet(hub / "target-data" / f"{name}.parquet")
        assert target.select(kept.columns).equals(kept)
