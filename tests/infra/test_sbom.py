"""The bill of materials: everything that the lock names and nothing else, with hashes and licences, valid to its schema."""

from __future__ import annotations

import json
from email.message import Message
from importlib.metadata import version
from types import SimpleNamespace

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra import sbom

HASH = "0" * 64


def lock(*lines: str) -> str:
    return "".join(f"{line} \\\n    --hash=sha256:{HASH}\n" for line in lines)


def test_what_the_lock_names_and_is_installed_is_listed_with_its_hashes():
    here = version("requests")
    text = lock(f"requests=={here}", "no-such-thing==1.0", "colorama==0.4 ; sys_platform == 'win32'")
    (found,) = sbom.locked(text)
    assert (found.name, found.version, found.licence, found.hashes) == ("requests", here, "Apache-2.0", (HASH,))


def test_another_version_than_the_locked_one_is_refused():
    with pytest.raises(ValueError, match=r"requests .* is installed, the lock says ==0\.1: make setup"):
        list(sbom.locked(lock("requests==0.1")))


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT OR ISC"), ("License", "MIT")], "MIT OR ISC"),
        ([("Classifier", "License :: OSI Approved :: MIT License"), ("License", "x")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License"), ("Classifier", "Topic :: x")], "BSD License"),
        ([("License", "Apache Software License")], "Apache-2.0"),
        ([("License", "Permission is hereby granted, free of charge, to any person")], ""),
        ([("License", "UNKNOWN")], ""),
        ([], ""),
    ],
)
def test_a_licence_is_what_the_distribution_states(fields, licence):
    said = Message()
    for name, value in fields:
        said[name] = value
    assert sbom.licence_of(SimpleNamespace(metadata=said)) == licence


def test_everything_that_is_locked_states_a_licence(capsys):
    assert sbom.main(["--licences"]) == 0
    table = capsys.readouterr().out
    assert "| duckdb |" in table
    assert "pytest" not in table
    assert table.count("\n") > 100


def test_what_states_none_is_named_with_exit_1(monkeypatch, capsys):
    monkeypatch.setattr(sbom, "locked", lambda _: iter([sbom.Locked("mystery", "1", "", ())]))
    assert sbom.main(["--licences"]) == 1
    said = capsys.readouterr()
    assert "| mystery | 1 | **not stated** |" in said.out
    assert said.err.startswith("mystery states no licence")


def test_the_bill_is_what_the_schema_of_cyclonedx_asks_for():
    text = sbom.bill(sbom.locked(sbom.LOCK.read_text()))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    parts = {one["name"]: one for one in json.loads(text)["components"]}
    assert parts["polars"]["purl"] == f"pkg:pypi/polars@{version('polars')}"
    assert parts["polars"]["hashes"][0]["alg"] == "SHA-256"
    assert len(parts) > 100
