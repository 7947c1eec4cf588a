"""Attempts to get out of the sandbox: every one is refused or ended, with a clear error and nothing changed."""

from __future__ import annotations

import hashlib

import pytest

from tests.warehouse.fresh import fresh
from tests.warehouse.sandbox.escapes import ATTEMPTS, OUTSIDE
from tests.warehouse.vintages_made import START, arrive, observation
from warehouse.sandbox import QueryFailed, QueryLimits, ReadCopy, SandboxError
from warehouse.sandbox.worker import QueryRequest, Worker, connect
from warehouse.store import READ_COPY_FILE

SECRET = "the secret of this machine"
LIMITS = QueryLimits(seconds=1.5, memory_bytes=256 * 2**20, result_bytes=16 * 2**20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A home with a read copy, and beside it files that a query must never reach."""
    folder = tmp_path_factory.mktemp("home")
    with fresh(folder, now=START) as warehouse:
        arrive(warehouse, "publisher", START, [observation("a", 0.1), observation("b", 0.2)])
        warehouse.write_copy(folder / READ_COPY_FILE)
    for name in ("secret.csv", "secret.json", "secret.parquet", "secret.txt"):
        (folder / name).write_text(f"word\n{SECRET}\n")
    return folder


@pytest.fixture(scope="module")
def copy(folder):
    with ReadCopy.open(folder / READ_COPY_FILE, LIMITS) as opened:
        yield opened


def contents(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_there_are_enough_attempts():
    assert len({query for query, _, _ in ATTEMPTS}) == len(ATTEMPTS)
    assert len(OUTSIDE) >= 120


@pytest.mark.parametrize(
    ("query", "kind", "says"), ATTEMPTS, ids=lambda value: value[:60] if isinstance(value, str) else ""
)
def test_the_attempt_fails_with_a_clear_error_and_changes_nothing(copy, folder, query, kind, says):
    before = contents(folder)
    with pytest.raises(SandboxError) as raised:
        copy.query(query.replace("HERE", str(folder)))
    assert isinstance(raised.value, kind), raised.value
    assert says in raised.value.message
    assert SECRET not in str(raised.value)
    assert contents(folder) == before


def test_after_all_of_them_the_same_copy_still_answers(copy):
    assert copy.query("select count(*) as n from core.observation").frame["n"].to_list() == [2]


@pytest.mark.parametrize(
    "query",
    [
        "show databases", "show all tables", "show tables", "from duckdb_tables()", "from duckdb_views()",
        "from duckdb_columns()", "from duckdb_schemas()", "from duckdb_functions()", "from information_schema.tables",
        "from information_schema.schemata", "from pg_catalog.pg_database", "from sqlite_master", "select current_database()",
        "explain from core.observation", "explain analyze select count(*) from core.observation", "describe core.observation",
        "select current_query()", "select current_schemas(true)", "from duckdb_types()", "from duckdb_keywords()",
    ],
)  # fmt: skip
def test_what_can_be_asked_about_the_file_does_not_tell_where_it_lies(copy, folder, query):
    answer = copy.query(query)
    text = "\n".join(str(cell) for row in answer.frame.iter_rows() for cell in row)
    assert str(folder) not in text
    assert folder.name not in text


@pytest.mark.parametrize("query", ["select b from core.observation", "from core.nothing", "selec", "select 'x'::int"])
def test_errors_do_not_tell_where_the_file_lies(copy, folder, query):
    with pytest.raises(QueryFailed) as raised:
        copy.query(query)
    assert str(folder) not in str(raised.value)


def test_an_error_about_a_damaged_file_does_not_tell_where_it_lies_either(folder, tmp_path):
    whole, told = (folder / READ_COPY_FILE).read_bytes(), []
    for part in range(1, 12):
        path = tmp_path / f"{part}.duckdb"
        path.write_bytes(whole[: len(whole) * part // 12])
        try:
            with connect(str(path), LIMITS.memory_bytes) as connection:
                Worker(connection).answer(QueryRequest("from core.observation, core.series", 10, 5.0, 2**20))
        except SandboxError as error:
            told.append(str(error))
    assert len(told) > 5
    assert str(tmp_path) not in "".join(told)
