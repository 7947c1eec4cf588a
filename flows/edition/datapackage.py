"""Tells machines what the files of an edition hold: a Frictionless data package, and Croissant for search engines."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from warehouse.contracts import core as core_tables
from warehouse.contracts import out
from warehouse.contracts.living import LIVING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from warehouse.contracts import Column, Table

DATA_PACKAGE: Final = "datapackage.json"
CROISSANT: Final = "croissant.json"
TITLE: Final = "GPT-2030: the living table"
ABOUT: Final = (
    "The numbers of Jacob Steinhardt's 2023 essay “What will GPT-2030 look like?” as rows: what the essay said, what "
    "the same reasoning gives on today's data, and what has happened; with quantiles, forecasts and scores."
)
# Facts are quoted with citation; what their publishers ask for stands on the page of sources.
LICENCE: Final = "Facts and numbers, each with its citation; terms of each source as listed in sources.html"
_FRICTIONLESS: Final = {
    "VARCHAR": "string", "DOUBLE": "number", "BIGINT": "integer", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "datetime",
}  # fmt: skip
_SCHEMA_ORG: Final = {
    "VARCHAR": "sc:Text", "DOUBLE": "sc:Float", "BIGINT": "sc:Integer", "BOOLEAN": "sc:Boolean", "DATE": "sc:Date",
    "TIMESTAMP": "sc:DateTime",
}  # fmt: skip
_MEDIA: Final = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
# The name that its readers know: they take the registered one for a file they cannot open.
_CROISSANT_MEDIA: Final = {"csv": "text/csv", "parquet": "application/x-parquet"}
_CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/", "equivalentProperty": "cr:equivalentProperty",
    "samplingRate": "cr:samplingRate", "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform",
}  # fmt: skip


class Described(NamedTuple):
    """A file of the edition and the table whose columns it holds, in the order that they stand in it."""

    name: str
    table: Table
    columns: tuple[str, ...]

    def fields(self) -> Iterator[Column]:
        """The declarations of its columns."""
        for name in self.columns:
            yield self.table.column(name)


# What each file holds, and how.
TABLES: Final[Mapping[str, Table]] = {
    "properties.csv": out.PROPERTY,
    "properties.parquet": out.PROPERTY,
    "quantiles.parquet": out.PROPERTY_QUANTILE,
    "forecasts.parquet": core_tables.FORECAST,
    "living.csv": LIVING,
    "scores.csv": out.SCORE,
}


def described(columns: Mapping[str, tuple[str, ...]]) -> tuple[Described, ...]:
    """The files with rows in their order; `columns` names those of each, in order."""
    return tuple(Described(name, table, columns[name]) for name, table in TABLES.items())


def descriptions(
    edition: Mapping[str, Any], files: Mapping[str, bytes], named: Sequence[Described]
) -> dict[str, bytes]:
    """Both descriptions of the files named, as files."""
    return {
        DATA_PACKAGE: _text(_data_package(edition, files, named)),
        CROISSANT: _text(_croissant(edition, files, named)),
    }


def _data_package(edition: Mapping[str, Any], files: Mapping[str, bytes], named: Sequence[Described]) -> dict[str, Any]:
    return {
        "profile": "data-package",
        "name": f"gpt2030-{edition['edition_id']}",
        "title": f"{TITLE}, edition {edition['edition_id']}",
        "description": ABOUT,
        "version": str(edition["edition_id"]),
        "created": _moment(edition["issued_at"]),
        "resources": [_resource(one, files[one.name]) for one in named],
    }


def _resource(one: Described, body: bytes) -> dict[str, Any]:
    name, _, kind = one.name.partition(".")
    return {
        "name": f"{name}-{kind}",
        "path": one.name,
        "title": one.table.comment,
        "format": kind,
        "mediatype": _MEDIA[kind],
        **({"encoding": "utf-8"} if kind == "csv" else {}),
        "bytes": len(body),
        "hash": f"sha256:{hashlib.sha256(body).hexdigest()}",
        "schema": {"fields": [_field(column) for column in one.fields()], "missingValues": [""]},
    }


def _field(column: Column) -> dict[str, Any]:
    limits: dict[str, Any] = {} if column.nullable else {"required": True}
    if column.isin:
        limits["enum"] = list(column.isin)
    if column.ge is not None:
        limits["minimum"] = column.ge
    if column.le is not None:
        limits["maximum"] = column.le
    described = {"name": column.name, "type": _FRICTIONLESS[column.type], "description": column.comment}
    return {**described, **({"constraints": limits} if limits else {})}


def _croissant(edition: Mapping[str, Any], files: Mapping[str, bytes], named: Sequence[Described]) -> dict[str, Any]:
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": f"gpt2030-{edition['edition_id']}",
        "description": ABOUT,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "license": LICENCE,
        "creator": {"@type": "sc:Organization", "name": "The gpt2030 authors"},
        "citeAs": f"The gpt2030 authors, “{TITLE}”, edition {edition['edition_id']}.",
        "datePublished": _moment(edition["issued_at"])[:10],
        "version": str(edition["code_version"]),
        "distribution": [_file_object(one, files[one.name]) for one in named],
        # The same rows as CSV and as Parquet are one set of records.
        "recordSet": [_record_set(one) for one in named if one.name != "properties.parquet"],
    }


def _file_object(one: Described, body: bytes) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": one.name,
        "name": one.name,
        "contentUrl": one.name,
        "contentSize": f"{len(body)} B",
        "encodingFormat": _CROISSANT_MEDIA[one.name.rpartition(".")[2]],
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def _record_set(one: Described) -> dict[str, Any]:
    name = one.table.name
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": one.table.comment,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}",
                "name": column.name,
                "description": column.comment,
                "dataType": _SCHEMA_ORG[column.type],
                "source": {"fileObject": {"@id": one.name}, "extract": {"column": column.name}},
            }
            for column in one.fields()
        ],
    }


def _moment(value: object) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value).rstrip("Z") + "Z"


def _text(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
