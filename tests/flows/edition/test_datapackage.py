"""What machines are told of an edition's files: the columns that are in them, their sums, and where they lie."""

from __future__ import annotations

import hashlib
import json
from io import BytesIO

import polars as pl
import pytest

from flows.edition.datapackage import CROISSANT, DATA_PACKAGE, TABLES
from tests.flows.edition.site_made import files

TYPES = {
    "string": pl.String, "number": pl.Float64, "integer": pl.Int64, "boolean": pl.Boolean, "date": pl.Date,
    "datetime": pl.Datetime("us"),
}  # fmt: skip


@pytest.fixture(scope="module")
def edition():
    return files()


@pytest.fixture(scope="module")
def package(edition):
    return json.loads(edition[DATA_PACKAGE])


@pytest.fixture(scope="module")
def said(edition):
    return json.loads(edition[CROISSANT])


def columns_of(content: bytes, name: str) -> list[str]:
    body = BytesIO(content)
    return (pl.read_csv(body) if name.endswith(".csv") else pl.read_parquet(body)).columns


@pytest.mark.parametrize("path", TABLES)
def test_a_resource_has_the_sum_size_and_columns_of_its_file(path, package, edition):
    (resource,) = [one for one in package["resources"] if one["path"] == path]
    body = edition[path]
    assert resource["bytes"] == len(body)
    assert resource["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    assert [one["name"] for one in resource["schema"]["fields"]] == columns_of(body, path)
    assert all(one["description"] for one in resource["schema"]["fields"])


def test_the_types_told_are_those_that_parquet_has(package, edition):
    for resource in package["resources"]:
        if resource["format"] == "parquet":
            schema = pl.read_parquet_schema(BytesIO(edition[resource["path"]]))
            assert {one["name"]: TYPES[one["type"]] for one in resource["schema"]["fields"]} == dict(schema)


def test_every_described_file_is_in_both_descriptions(package, said):
    assert [one["path"] for one in package["resources"]] == list(TABLES)
    assert [one["contentUrl"] for one in said["distribution"]] == list(TABLES)


def test_every_field_of_a_record_set_is_a_column_of_a_file_that_is_listed(said, edition):
    listed = {one["@id"] for one in said["distribution"]}
    for record_set in said["recordSet"]:
        for one in record_set["field"]:
            source = one["source"]
            assert source["fileObject"]["@id"] in listed
            assert source["extract"]["column"] in columns_of(
                edition[source["fileObject"]["@id"]], source["fileObject"]["@id"]
            )


def test_the_sums_in_both_are_the_same(package, said):
    sums = {one["contentUrl"]: f"sha256:{one['sha256']}" for one in said["distribution"]}
    assert sums == {one["path"]: one["hash"] for one in package["resources"]}


def test_the_library_made_for_data_packages_finds_nothing_wrong(tmp_path, package, edition):
    import frictionless

    for name, body in edition.items():
        if "/" not in name:
            (tmp_path / name).write_bytes(body)
    # Parquet needs an extra of the library; its schema is held against the file above.
    plain = package | {"resources": [one for one in package["resources"] if one["format"] == "csv"]}
    (tmp_path / DATA_PACKAGE).write_text(json.dumps(plain))
    report = frictionless.Package(str(tmp_path / DATA_PACKAGE)).validate()
    assert report.valid, report.flatten(["title", "message"])[:5]


def test_the_library_made_for_croissant_finds_nothing_wrong(tmp_path, said, edition):
    import mlcroissant  # seconds, and pandas: not for every worker that only collects

    (tmp_path / CROISSANT).write_bytes(edition[CROISSANT])
    assert mlcroissant.Dataset(jsonld=str(tmp_path / CROISSANT)).metadata.name == said["name"]
