"""What machines are told of an edition's files: the columns that are in them, their sums, and where they lie."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO

import frictionless
import mlcroissant
import polars as pl
import pytest

from flows.edition.datapackage import CROISSANT, DATA_PACKAGE, TABLES
from tests.flows.edition.site_made import files

FILES = files()
PACKAGE = json.loads(FILES[DATA_PACKAGE])
SAID = json.loads(FILES[CROISSANT])
TYPES = {
    "string": pl.String, "number": pl.Float64, "integer": pl.Int64, "boolean": pl.Boolean, "date": pl.Date,
    "datetime": pl.Datetime("us"),
}  # fmt: skip


def columns_of(name: str) -> list[str]:
    body = BytesIO(FILES[name])
    return (pl.read_csv(body) if name.endswith(".csv") else pl.read_parquet(body)).columns


@pytest.mark.parametrize("resource", PACKAGE["resources"], ids=lambda one: one["path"])
def test_a_resource_has_the_sum_size_and_columns_of_its_file(resource):
    body = FILES[resource["path"]]
    assert resource["bytes"] == len(body)
    assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert [one["name"] for one in resource["schema"]["fields"]] == columns_of(resource["path"])
    assert all(one["description"] for one in resource["schema"]["fields"])


def test_the_types_told_are_those_that_parquet_has():
    for resource in PACKAGE["resources"]:
        if resource["format"] == "parquet":
            schema = pl.read_parquet_schema(BytesIO(FILES[resource["path"]]))
            assert {one["name"]: TYPES[one["type"]] for one in resource["schema"]["fields"]} == dict(schema)


def test_every_described_file_is_in_both_descriptions():
    assert [one["path"] for one in PACKAGE["resources"]] == list(TABLES)
    assert [one["contentUrl"] for one in SAID["distribution"]] == list(TABLES)


def test_every_field_of_a_record_set_is_a_column_of_a_file_that_is_listed():
    listed = {one["@id"] for one in SAID["distribution"]}
    for record_set in SAID["recordSet"]:
        for one in record_set["field"]:
            source = one["source"]
            assert source["fileObject"]["@id"] in listed
            assert source["extract"]["column"] in columns_of(source["fileObject"]["@id"])


def test_the_sums_in_both_are_the_same():
    sums = {one["contentUrl"]: f"sha256:{one['sha256']}" for one in SAID["distribution"]}
    assert sums == {one["path"]: one["hash"] for one in PACKAGE["resources"]}


def test_the_library_made_for_data_packages_finds_nothing_wrong(tmp_path):
    for name, body in FILES.items():
        if "/" not in name:
            (tmp_path / name).write_bytes(body)
    # Parquet needs an extra of the library; its schema is held against the file above.
    plain = PACKAGE | {"resources": [one for one in PACKAGE["resources"] if one["format"] == "csv"]}
    (tmp_path / DATA_PACKAGE).write_text(json.dumps(plain))
    report = frictionless.Package(str(tmp_path / DATA_PACKAGE)).validate()
    assert report.valid, report.flatten(["title", "message"])[:5]


def test_the_library_made_for_croissant_finds_nothing_wrong(tmp_path):
    (tmp_path / CROISSANT).write_bytes(FILES[CROISSANT])
    assert mlcroissant.Dataset(jsonld=str(tmp_path / CROISSANT)).metadata.name == SAID["name"]
