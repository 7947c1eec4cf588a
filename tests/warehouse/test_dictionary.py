"""The data dictionary: nothing in the file goes without an explanation, and the page about it is up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.pages.tables import render
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, observation
from warehouse.contracts import TABLES, core
from warehouse.dictionary import UnknownTable, tables
from warehouse.sandbox import ReadCopy
from warehouse.store import READ_COPY_FILE

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with fresh(home, now=START) as warehouse:
        arrive(warehouse, "publisher", START, [observation("a", 0.1), observation("b", 0.2)])
        warehouse.write_copy(home / READ_COPY_FILE)
    with ReadCopy.open(home / READ_COPY_FILE) as opened:
        yield opened


@pytest.fixture(scope="module")
def entries(copy):
    return {entry.name: entry for entry in tables(copy)}


def test_every_declared_table_and_every_view_is_in_it(entries):
    assert {table.full_name for table in TABLES} <= set(entries)
    assert {"property_latest", "frontier", "source_health", "quarantine_open", "revision_summary"} <= set(entries)
    assert {"observation_as_of", "property_as_of", "frontier_as_of"} <= set(entries)


def test_nothing_goes_without_an_explanation(entries):
    assert [name for name, entry in entries.items() if not entry.comment] == []
    silent = [(name, column.name) for name, entry in entries.items() for column in entry.columns if not column.comment]
    assert silent == []


def test_columns_are_those_of_the_contract_in_order(entries):
    found = [(c.name, c.type, c.is_nullable, c.comment) for c in entries["core.observation"].columns]
    assert found == [(c.name, c.type, c.nullable, c.comment) for c in core.OBSERVATION.columns]


def test_a_macro_shows_its_parameters_and_the_columns_of_its_answer(copy, entries):
    for name in ("observation_as_of", "property_as_of", "frontier_as_of", "series_as_of"):
        answered = copy.query(f"FROM {name}(DATE '2024-01-01')").frame.columns
        assert [column.name for column in entries[name].columns] == answered
        assert entries[name].heading == f"{name}(t)"
    assert entries["moment"].columns == ()


def test_what_is_for_people_comes_first(copy):
    kinds = [entry.kind for entry in tables(copy, with_counts=False)]
    assert kinds == sorted(kinds, key=["view", "macro", "table"].index)


def test_rows_of_tables_and_views_are_counted(entries):
    assert (entries["core.observation"].row_count, entries["observation_latest"].row_count) == (2, 2)
    assert (entries["out.run"].row_count, entries["observation_as_of"].row_count) == (0, None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("frontier", "frontier"), ("core.observation", "core.observation"), ("observation", "core.observation"),
        ("OBSERVATION", "core.observation"), ("main.frontier", "frontier"), ("observation_as_of", "observation_as_of"),
        ("observation_as_of(t)", "observation_as_of"), ("property", "out.property"),
    ],
)  # fmt: skip
def test_one_can_be_asked_for_by_name(copy, asked, found):
    assert [entry.name for entry in tables(copy, asked)] == [found]


@pytest.mark.parametrize(
    ("asked", "advice"),
    [("propety", "property"), ("observaton_latest", "observation_latest"), ("zzz", "`gpt2030 tables` lists all")],
)
def test_a_name_that_nothing_has_is_answered_with_those_that_resemble_it(copy, asked, advice):
    with pytest.raises(UnknownTable, match=f"no table, view or macro {asked}; .*{advice}"):
        tables(copy, asked)


def test_the_page_is_what_the_file_says():
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"
