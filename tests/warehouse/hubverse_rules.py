"""What the hubverse's published schemas (v6.0.0) demand, told in our own words.

Read from https://github.com/hubverse-org/schemas; a shortened telling, as far as our hub uses it, not a copy.
"""

from __future__ import annotations


def only(properties, *, required):
    """An object with these properties and no others."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


TEXT = {"type": "string"}
DAYS = {"type": ["array", "null"], "uniqueItems": True, "items": {"type": "string", "format": "date"}}
TEXTS = {"type": ["array", "null"], "uniqueItems": True, "items": TEXT}
NUMBER = only(
    {"type": {"enum": ["double", "integer"]}, "minimum": {"type": "number"}, "maximum": {"type": "number"}},
    required=["type"],
)
SHARE = only(
    {"type": {"const": "double"}, "minimum": {"const": 0}, "maximum": {"const": 1}},
    required=["type", "minimum", "maximum"],
)


def output_type(ids, value):
    return only(
        {"output_type_id": only({"required": ids}, required=["required"]), "value": value, "is_required": {"type": "boolean"}},
        required=["output_type_id", "value", "is_required"],
    )  # fmt: skip


TARGET = {
    "type": "object",
    "properties": {
        "target_id": {"type": "string", "maxLength": 30},
        "target_name": {"type": "string", "maxLength": 100},
        "target_units": {"type": "string", "maxLength": 100},
        "target_keys": {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": TEXT},
        "description": TEXT,
        "target_type": {"enum": ["continuous", "discrete", "date", "binary", "nominal", "ordinal", "compositional"]},
        "is_step_ahead": {"type": "boolean"},
        "time_unit": {"enum": ["day", "week", "month"]},
    },
    "required": ["target_id", "target_name", "target_units", "target_type", "target_keys", "is_step_ahead"],
    "if": {"properties": {"is_step_ahead": {"const": True}}},
    "then": {"required": ["time_unit"]},
}
MODEL_TASK = only(
    {
        "task_ids": {
            "type": "object",
            "properties": {name: only({"required": kind, "optional": kind}, required=["required", "optional"])
                           for name, kind in (("origin_date", DAYS), ("target_date", DAYS), ("target", TEXTS))},
        },
        "output_type": only(
            {
                "median": output_type({"type": "null"}, NUMBER),
                "quantile": output_type(
                    {"type": "array", "uniqueItems": True, "items": {"type": "number", "minimum": 0, "maximum": 1}}, NUMBER
                ),
                "pmf": output_type({"type": "array", "uniqueItems": True, "items": TEXT}, SHARE),
            },
            required=[],
        ),
        "target_metadata": {"type": "array", "items": TARGET},
    },
    required=["task_ids", "output_type", "target_metadata"],
)  # fmt: skip
ROUND = {
    "type": "object",
    "properties": {
        "round_id_from_variable": {"type": "boolean"},
        "round_id": TEXT,
        "model_tasks": {"type": "array", "items": MODEL_TASK},
        "submissions_due": only(
            {"relative_to": TEXT, "start": {"type": "integer"}, "end": {"type": "integer"}}, required=["relative_to", "start", "end"]
        ),
    },
    "required": ["round_id_from_variable", "round_id", "model_tasks", "submissions_due"],
}  # fmt: skip
TASKS = only(
    {
        "schema_version": {"type": "string", "format": "uri"},
        "rounds": {"type": "array", "items": ROUND},
        "output_type_id_datatype": {"enum": ["auto", "character", "double", "integer", "logical", "Date"]},
        "derived_task_ids": TEXTS,
    },
    required=["rounds", "schema_version"],
)
ADMIN = only(
    {
        "schema_version": {"type": "string", "format": "uri"},
        "name": TEXT,
        "maintainer": TEXT,
        "contact": {"type": "object", "properties": {"name": TEXT, "email": TEXT}},
        "repository": only(
            {"host": {"enum": ["github"]}, "owner": TEXT, "name": TEXT}, required=["host", "owner", "name"]
        ),
        "file_format": {"type": "array", "items": {"enum": ["csv", "parquet", "arrow"]}},
        "timezone": {"type": "string", "pattern": "^(Africa|America|Asia|Europe|Indian|Pacific)/"},
    },
    required=["schema_version", "name", "maintainer", "contact", "repository", "file_format", "timezone"],
)
UNIT = {"type": "array", "uniqueItems": True, "items": TEXT}
TARGET_DATA = only(
    {
        "schema_version": {"type": "string", "format": "uri"},
        "observable_unit": UNIT,
        "date_col": TEXT,
        "versioned": {"type": "boolean"},
        "oracle-output": only({"observable_unit": UNIT, "has_output_type_ids": {"type": "boolean"}}, required=[]),
    },
    required=["schema_version", "observable_unit", "date_col"],
)
