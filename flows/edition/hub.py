"""Editions as a hub of the hubverse: configuration, model metadata, model output and target data, ready to be read.

Layout and rules: https://docs.hubverse.io, schemas v6.0.0 (hub-config), hub directory structure.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import yaml

from flows.edition.site import handed_on

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

SCHEMAS: Final = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v6.0.0"
NEW_RECORD: Final = "new_record"
NO_NEW_RECORD: Final = "no_new_record"
# A probability and a quantity are two targets: the hubverse gives each target one statistical type.
RECORD_SUFFIX: Final = "|new-record"
LEVEL_COUNT: Final = 23
TEAM: Final = "gpt2030"
OUTPUT_COLUMNS: Final = ("origin_date", "target", "target_date", "output_type", "output_type_id", "value")
_ID_LENGTH: Final = 30
_NAME_LENGTH: Final = 100
_NOTHING_REQUIRED: Final = {"required": None}
_QUANTITY: Final = {"type": "double"}
_SHARE: Final = {"type": "double", "minimum": 0, "maximum": 1}


@dataclass(frozen=True, slots=True)
class HubContent:
    """What a hub shows: forecasts of some editions, and what came of them.

    `forecasts` has the columns of core.forecast; `targets` target, label, unit and is_series of everything forecast;
    `titles` says what each forecaster does. `time_series` has target, target_date, observation; `outcomes` the tasks
    that have resolved: target, origin_date, target_date, truth, is_new_record. `rounds` has origin_date, edition_id,
    recorded_at and is_replay of each edition: whether a round was spoken in its time or replayed later.
    """

    forecasts: pl.DataFrame
    targets: pl.DataFrame
    titles: Mapping[str, str]
    time_series: pl.DataFrame
    outcomes: pl.DataFrame
    rounds: pl.DataFrame


def write_hub(folder: Path, content: HubContent) -> list[Path]:
    """Write the hub into a folder that is new or empty (FileExistsError) and return every file written."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; name a folder that does not exist yet")
    series = content.targets.filter("is_series")["target"].to_list()
    output = model_output(content.forecasts, series)
    files = {
        "hub-config/admin.json": _json(admin_config()),
        "hub-config/tasks.json": _json(tasks_config(output, content.targets)),
        "hub-config/target-data.json": _json(target_data_config()),
        "hub-config/model-metadata-schema.json": _json(metadata_schema()),
        # Extra files of a hub have their place there.
        "auxiliary-data/rounds.csv": content.rounds.write_csv(),
        **{
            f"model-metadata/{model_id(name)}.yml": _yaml(metadata(name, content.titles.get(name, name)))
            for name in sorted(output["forecaster_id"].unique())
        },
    }
    frames = {
        **_output_files(output),
        "target-data/time-series.parquet": content.time_series.select("target", "target_date", "observation"),
        "target-data/oracle-output.parquet": oracle_output(content.outcomes),
    }
    for name, text in files.items():
        _place(folder, name).write_text(text, encoding="utf-8")
    for name, frame in frames.items():
        frame.write_parquet(_place(folder, name))
    return [folder / name for name in sorted([*files, *frames])]


def model_id(forecaster_id: str) -> str:
    """The hubverse's id, team and model joined by the only hyphen: member-rows-drift becomes member-rows_drift."""
    team, _, model = forecaster_id.partition("-")
    return f"{team}-{model.replace('-', '_')}" if model else f"{TEAM}-{team}"


def model_output(forecasts: pl.DataFrame, series: Collection[str]) -> pl.DataFrame:
    """Rows of core.forecast as model output: OUTPUT_COLUMNS and forecaster_id.

    Each forecaster speaks once per round (origin date) of each target and day. A hub takes all quantiles of a task or
    none: of a series forecast with fewer, the median stays. Forecasts without a day, which only dated questions have,
    have no place in a hub.
    """
    kept = handed_on(forecasts).filter(pl.col("target_date").is_not_null())
    once = kept.unique(["forecaster_id", *OUTPUT_COLUMNS[:-1]], keep="last", maintain_order=True)
    is_quantile = pl.col("output_type") == "quantile"
    count = is_quantile.sum().over("forecaster_id", "origin_date", "target", "target_date")
    is_sparse = is_quantile & pl.col("target").is_in(series) & (count < LEVEL_COUNT)
    whole = once.filter(~is_sparse | (pl.col("output_type_id") == "0.5")).with_columns(
        output_type=pl.when(is_sparse).then(pl.lit("median")).otherwise("output_type"),
        output_type_id=pl.when(is_sparse).then(None).otherwise("output_type_id"),
        target=pl.when(pl.col("output_type") == "pmf").then(pl.col("target") + RECORD_SUFFIX).otherwise("target"),
    )
    return whole.select("forecaster_id", *OUTPUT_COLUMNS).sort("forecaster_id", *OUTPUT_COLUMNS[:-1])


def admin_config() -> dict[str, Any]:
    """hub-config/admin.json."""
    return {
        "schema_version": f"{SCHEMAS}/admin-schema.json",
        "name": "GPT-2030: forecasts of AI progress",
        "maintainer": "The gpt2030 authors",
        "contact": {"name": "The gpt2030 authors"},
        "repository": {"host": "github", "owner": "gpt2030", "name": "gpt2030"},
        "file_format": ["parquet"],
        "timezone": "Africa/Abidjan",  # UTC all year; the schema's list has no UTC itself
    }


def tasks_config(output: pl.DataFrame, targets: pl.DataFrame) -> dict[str, Any]:
    """hub-config/tasks.json: one round per origin date; quantities in quantiles or a median, records as shares."""
    is_share = pl.col("output_type") == "pmf"
    series = targets.filter("is_series")["target"].implode()
    is_series = pl.col("target").is_in(series)
    shares, quantities = output.filter(is_share), output.filter(~is_share)
    groups = (
        (quantities.filter(is_series), "continuous"),
        (quantities.filter(~is_series), "continuous"),
        (shares, "nominal"),
    )
    return {
        "schema_version": f"{SCHEMAS}/tasks-schema.json",
        "rounds": [
            {
                "round_id_from_variable": True,
                "round_id": "origin_date",
                "model_tasks": [_model_task(rows, targets, kind) for rows, kind in groups if rows.height],
                # The export is made on the day, so nothing is ever due later.
                "submissions_due": {"relative_to": "origin_date", "start": 0, "end": 0},
            }
        ],
        "output_type_id_datatype": "character",
    }


def target_data_config() -> dict[str, Any]:
    """hub-config/target-data.json."""
    return {
        "schema_version": f"{SCHEMAS}/target-data-schema.json",
        "observable_unit": ["target", "target_date"],
        "date_col": "target_date",
        "versioned": False,
        # Whether a record was new depends on the day from which one asks.
        "oracle-output": {"observable_unit": ["origin_date", "target", "target_date"], "has_output_type_ids": True},
    }


def metadata_schema() -> dict[str, Any]:
    """hub-config/model-metadata-schema.json: what model-metadata/*.yml hold."""
    text = {"type": "string", "minLength": 1}
    names = ("team_name", "team_abbr", "model_name", "model_abbr", "methods")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Metadata of a forecaster",
        "type": "object",
        "properties": dict.fromkeys(names, text) | {"designated_model": {"type": "boolean"}},
        "required": [*names, "designated_model"],
        "additionalProperties": False,
    }


def metadata(forecaster_id: str, title: str) -> dict[str, Any]:
    """model-metadata/<model_id>.yml of one forecaster."""
    team, _, model = model_id(forecaster_id).partition("-")
    return {
        "team_name": team,
        "team_abbr": team,
        "model_name": forecaster_id,
        "model_abbr": model,
        "methods": title,
        "designated_model": forecaster_id == "gpt2030-pool",
    }


def oracle_output(outcomes: pl.DataFrame) -> pl.DataFrame:
    """What came of each task in the form of forecasts that knew it: the value, or 1 for what happened."""
    keys = ("origin_date", "target", "target_date")
    empty = pl.lit(None, dtype=pl.String)
    values = [
        outcomes.select(*keys, output_type=pl.lit(kind), output_type_id=empty, oracle_value="truth")
        for kind in ("quantile", "median")
    ]
    shares = [
        outcomes.drop_nulls("is_new_record").select(
            "origin_date", pl.col("target") + RECORD_SUFFIX, "target_date", output_type=pl.lit("pmf"),
            output_type_id=pl.lit(name), oracle_value=(pl.col("is_new_record") == is_new).cast(pl.Float64),
        )
        for name, is_new in ((NEW_RECORD, True), (NO_NEW_RECORD, False))
    ]  # fmt: skip
    return pl.concat([*values, *shares]).sort(*keys, "output_type", "output_type_id")


def _model_task(rows: pl.DataFrame, targets: pl.DataFrame, target_type: str) -> dict[str, Any]:
    names = sorted(rows["target"].unique())
    return {
        "task_ids": {
            name: {"required": None, "optional": _texts(rows[name])}
            for name in ("origin_date", "target", "target_date")
        },
        "output_type": _output_types(rows),
        "target_metadata": [_target(name, targets, target_type) for name in names],
    }


def _output_types(rows: pl.DataFrame) -> dict[str, Any]:
    """The output types in use, none of them required: a forecaster may name one number only."""
    types: dict[str, Any] = {}
    for kind in sorted(rows["output_type"].unique()):
        ids = rows.filter(output_type=kind)["output_type_id"].unique()
        if kind == "median":
            types[kind] = {"output_type_id": _NOTHING_REQUIRED, "value": _QUANTITY}
        elif kind == "quantile":
            types[kind] = {"output_type_id": {"required": sorted(float(level) for level in ids)}, "value": _QUANTITY}
        else:
            types[kind] = {"output_type_id": {"required": sorted(ids)}, "value": _SHARE}
        types[kind]["is_required"] = False
    return types


def _target(name: str, targets: pl.DataFrame, target_type: str) -> dict[str, Any]:
    about = targets.row(by_predicate=pl.col("target") == name.removesuffix(RECORD_SUFFIX), named=True)
    is_share = target_type == "nominal"
    label = f"New record: {about['label']}" if is_share else about["label"]
    is_step_ahead = bool(about["is_series"]) and not is_share
    return {
        "target_id": short_id(name),
        "target_name": label[:_NAME_LENGTH],
        "target_units": "new record or not" if is_share else about["unit"],
        "target_keys": {"target": name},
        "description": label,
        "target_type": target_type,
        "is_step_ahead": is_step_ahead,
        **({"time_unit": "day"} if is_step_ahead else {}),
    }


def short_id(target: str) -> str:
    """A target id of at most 30 characters; longer ones end in a digest, or two could become the same."""
    if len(target) <= _ID_LENGTH:
        return target
    digest = hashlib.sha256(target.encode()).hexdigest()[:8]
    return f"{target[: _ID_LENGTH - 9]}~{digest}"


def _output_files(output: pl.DataFrame) -> dict[str, pl.DataFrame]:
    files = {}
    for (name, day), rows in output.partition_by("forecaster_id", "origin_date", as_dict=True).items():
        model = model_id(str(name))
        files[f"model-output/{model}/{day}-{model}.parquet"] = rows.select(OUTPUT_COLUMNS)
    return files


def _texts(values: pl.Series) -> list[str]:
    return [str(value) for value in values.unique().sort()]


def _place(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _json(config: Mapping[str, Any]) -> str:
    return json.dumps(config, indent=2, ensure_ascii=False) + "\n"


def _yaml(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)
