"""The sources by id: all of them named, none imported before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sources.registry import SOURCES
from tests.conftest import ROOT


def test_every_source_is_documented():
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    missing = [source_id for source_id in SOURCES if f"`{source_id}`" not in page]
    assert not missing, f"give {missing} a line in the table of docs/data.md: what it has, on which terms"


@pytest.mark.parametrize("source_id", SOURCES)
def test_each_source_says_who_it_is(source_id):
    source = SOURCES[source_id]
    assert source.source_id == source_id
    assert all((source.title, source.licence, source.default_url))
    assert isinstance(source.is_redistributable, bool)


def test_an_unknown_id_is_a_key_error():
    with pytest.raises(KeyError):
        SOURCES["nobody"]


def test_listing_imports_no_source():
    code = "import sys; from sources.registry import SOURCES; list(SOURCES); print('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
