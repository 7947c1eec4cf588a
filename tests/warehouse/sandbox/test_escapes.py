"""Attempts to get out of the sandbox: every one is refused or ended, with a clear error and nothing changed."""

from __future__ import annotations

import hashlib

import pytest

from tests.warehouse.vintages_made import START, arrive, observation
from warehouse.sandbox import LimitPassed, Limits, QueryFailed, ReadCopy, Refused, SandboxError, TimedOut, TooLarge
from warehouse.store import READ_COPY_FILE, Warehouse

SECRET = "the secret of this machine"
LIMITS = Limits(seconds=1.5, memory_bytes=256 * 2**20, result_bytes=16 * 2**20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A home with a read copy, and beside it files that a query must never reach."""
    folder = tmp_path_factory.mktemp("home")
    with Warehouse.open(folder, now=START) as warehouse:
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


# HERE stands for the folder of the read copy. Each attempt with the error it meets and a word of its message.
WRITES = [
    ("insert into core.system values (1)", Refused, "INSERT is refused"),
    ("update core.observation set value = 1", Refused, "UPDATE is refused"),
    ("delete from core.observation", Refused, "DELETE is refused"),
    ("truncate core.observation", Refused, "DELETE is refused"),
    ("drop table core.observation", Refused, "DROP is refused"),
    ("alter table core.observation add column x int", Refused, "ALTER is refused"),
    ("create table mine as select 1", Refused, "CREATE is refused"),
    ("create temp table mine as select 1", Refused, "CREATE is refused"),
    ("create or replace view frontier as select 1", Refused, "CREATE is refused"),
    ("create macro mine() as 1", Refused, "CREATE is refused"),
    ("create temp macro observation_as_of(t) as table select 1", Refused, "CREATE is refused"),
    ("create schema mine", Refused, "CREATE is refused"),
    ("comment on table core.observation is 'mine'", Refused, "ALTER is refused"),
    ("merge into core.observation using core.observation as o on true when matched then delete", Refused, "is refused"),
    ("with x as (insert into core.system values (1) returning *) from x", QueryFailed, "A CTE needs a SELECT"),
    ("with x as (delete from core.observation returning *) from x", QueryFailed, "A CTE needs a SELECT"),
    ("explain analyze delete from core.observation", Refused, "DELETE is refused"),
    ("explain analyze create table mine as select 1", Refused, "CREATE is refused"),
    ("begin transaction", Refused, "TRANSACTION is refused"),
    ("vacuum", Refused, "VACUUM is refused"),
    ("checkpoint", Refused, "is refused"),
    ("from force_checkpoint()", Refused, "force_checkpoint is closed"),
]  # fmt: skip
FILES = [
    ("copy core.observation to 'HERE/out.csv'", Refused, "COPY is refused"),
    ("copy (select 1) to 'HERE/out.parquet' (format parquet)", Refused, "COPY is refused"),
    ("explain analyze copy (select 1) to 'HERE/out.csv'", Refused, "COPY is refused"),
    ("copy core.system from 'HERE/secret.csv'", Refused, "COPY is refused"),
    ("copy from database memory to memory", Refused, "statements where one was expected"),
    ("export database 'HERE/out'", Refused, "EXPORT is refused"),
    ("import database 'HERE/out'", QueryFailed, "syntax error"),
    ("attach 'HERE/other.duckdb' as other", Refused, "ATTACH is refused"),
    ("attach ':memory:' as other", Refused, "ATTACH is refused"),
    ("detach memory", Refused, "DETACH is refused"),
    ("from read_csv('HERE/secret.csv')", Refused, "read_csv is closed"),
    ("from read_csv_auto(['HERE/secret.csv'])", Refused, "read_csv_auto is closed"),
    ("from READ_TEXT('HERE/secret.txt')", Refused, "read_text is closed"),
    ("from system.main.read_text('HERE/secret.txt')", Refused, "read_text is closed"),
    ('from "read_text"(\'HERE/secret.txt\')', Refused, "read_text is closed"),
    ("from read_blob('HERE/gpt2030.duckdb')", Refused, "read_blob is closed"),
    ("from read_duckdb('HERE/gpt2030.duckdb', table_name = 'system')", Refused, "read_duckdb is closed"),
    ("from read_json('HERE/secret.json')", Refused, "read_json is closed"),
    ("from read_parquet('HERE/*.parquet')", Refused, "read_parquet is closed"),
    ("from parquet_metadata('HERE/secret.parquet')", Refused, "parquet_metadata is closed"),
    ("from sniff_csv('HERE/secret.csv')", Refused, "sniff_csv is closed"),
    ("from glob('HERE/*')", Refused, "glob is closed"),
    ("from 'HERE/secret.csv'", Refused, "is not a table of the warehouse"),
    ("from 'secret.csv'", Refused, "is not a table of the warehouse"),
    ("from 'HERE/gpt2030.duckdb'", Refused, "is not a table of the warehouse"),
    ('from "HERE/secret.parquet"', Refused, "is not a table of the warehouse"),
    ("describe 'HERE/secret.csv'", Refused, "is not a table of the warehouse"),
    ("summarize 'HERE/secret.csv'", Refused, "is not a table of the warehouse"),
    ("select (select word from 'HERE/secret.csv')", Refused, "is not a table of the warehouse"),
    ("with x as (from 'HERE/secret.csv') from x", Refused, "is not a table of the warehouse"),
    ("pivot 'HERE/secret.csv' on word in ('a')", Refused, "is not a table of the warehouse"),
    ("from core.observation where value in (select 1 from read_text('/etc/passwd'))", Refused, "read_text is closed"),
    ("from query('from read_text(''/etc/passwd'')')", Refused, "query is closed"),
    ("from query_table('HERE/secret.csv')", Refused, "query_table is closed"),
    ("from query_table(['HERE/secret.csv'])", Refused, "query_table is closed"),
    ("from json_execute_serialized_sql(json_serialize_sql('select 1'))", Refused, "is closed"),
    ("select json_serialize_plan('from read_text(''/etc/passwd'')')", Refused, "json_serialize_plan is closed"),
    ("from histogram_values('HERE/secret.csv', word)", QueryFailed, "disabled by configuration"),
    ("explain from read_text('HERE/secret.txt')", Refused, "read_text is closed"),
    ("explain (format json) from 'HERE/secret.csv'", Refused, "is not a table of the warehouse"),
]  # fmt: skip
NETWORK = [
    ("install httpfs", Refused, "LOAD is refused"),
    ("load httpfs", Refused, "LOAD is refused"),
    ("from 'https://example.org/x.csv'", Refused, "is not a table of the warehouse"),
    ("from read_csv('https://example.org/x.csv')", Refused, "read_csv is closed"),
    ("from read_parquet('s3://bucket/x.parquet')", Refused, "read_parquet is closed"),
    ("create secret (type s3)", Refused, "is refused"),
    ("attach 'https://example.org/x.duckdb' as other", Refused, "ATTACH is refused"),
]
SETTINGS = [
    ("set enable_external_access = true", Refused, "SET is refused"),
    ("set lock_configuration = false", Refused, "SET is refused"),
    ("reset memory_limit", Refused, "SET is refused"),
    ("set variable x = 1", Refused, "SET is refused"),
    ("use memory", Refused, "SET is refused"),
    ("pragma database_list", Refused, "PRAGMA is refused"),
    ("pragma enable_profiling", Refused, "PRAGMA is refused"),
    ("/* a word first */ pragma version", Refused, "PRAGMA is refused"),
    ("call enable_logging()", Refused, "CALL is refused"),
    ("from enable_logging()", Refused, "enable_logging is closed"),
    ("from pragma_database_list", Refused, "'pragma_database_list' is not a table"),
    ('from "PRAGMA_DATABASE_LIST"', Refused, "is not a table"),
    ("from duckdb_databases", Refused, "'duckdb_databases' is not a table"),
    ("from duckdb_databases()", Refused, "duckdb_databases is closed"),
    ("from duckdb_settings()", Refused, "duckdb_settings is closed"),
    ("from pg_catalog.pg_settings", Refused, "'pg_settings' is not a table"),
    ("from duckdb_secrets()", Refused, "duckdb_secrets is closed"),
    ("from which_secret('s3://x', 's3')", Refused, "which_secret is closed"),
    ("from duckdb_extensions()", Refused, "duckdb_extensions is closed"),
    ("from duckdb_temporary_files()", Refused, "duckdb_temporary_files is closed"),
    ("from duckdb_logs", Refused, "is not a table"),
    ("select current_setting('temp_directory')", Refused, "current_setting is closed"),
    ("select getenv('HOME')", Refused, "getenv is closed"),
    ("select write_log('x')", Refused, "write_log is closed"),
    ("from arrow_scan(1, 2, 3)", Refused, "arrow_scan is closed"),
    ("from pandas_scan(1)", Refused, "pandas_scan is closed"),
    ("prepare x as select 1", Refused, "PREPARE is refused"),
    ("execute x", Refused, "EXECUTE is refused"),
]
TRICKS = [
    ("select 1; drop table core.observation", Refused, "2 statements where one was expected"),
    ("select 1; -- \n; delete from core.observation;", Refused, "2 statements where one was expected"),
    ("/* select 1 */ drop table core.observation -- select", Refused, "DROP is refused"),
    ("-- select 1\ndrop table core.observation", Refused, "DROP is refused"),
    ("select 1 /*; */; drop table core.observation /* ;*/", Refused, "2 statements where one was expected"),
    ("explain /* analyze */ copy (select 1) to 'HERE/out.csv'", Refused, "COPY is refused"),
    ("explain", QueryFailed, "syntax error at end of input"),
    ("select 'a\0b'; drop table core.observation", Refused, "zero byte"),
    ("select '\udcff'", Refused, "not Unicode text"),
    ("pivot core.observation on series_id using count(*)", Refused, "PIVOT without a list of values"),
    ("select 1; select 2", Refused, "2 statements where one was expected"),
    ("", Refused, "no statement"),
    ("-- only a comment", Refused, "no statement"),
    ("from mine", QueryFailed, "Table with name mine does not exist"),
    ("from os", QueryFailed, "does not exist"),
    ("select $1", QueryFailed, "prepared parameter"),
]
ENDLESS = [
    ("select count(*) from range(1000000) a, range(1000000) b, range(1000000) c", TimedOut, "not finished after"),
    ("with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t", TimedOut, "not finished"),
    ("with recursive t as (select 1 as n union all select n + 1 from t, range(2)) select sum(n) from t", LimitPassed, ""),
    ("from core.observation a, core.observation b, range(1000000000) c order by c.range desc, a.value", LimitPassed, ""),
    ("select pg_sleep(60)", TimedOut, "not finished after"),
    ("select sleep_ms(60000)", TimedOut, "not finished after"),
    ("select levenshtein(repeat('a', 300000), repeat('b', 300000))", TimedOut, "not finished after"),
    ("select repeat('x', 2000000000)", LimitPassed, ""),
    ("select repeat('x', 100000000) from range(1000)", LimitPassed, ""),
    ("select length(lpad('x', 2000000000, 'y'))", LimitPassed, ""),
    ("select range(400000000)", LimitPassed, ""),
    ("select list(a.range) from range(1000000000) a", LimitPassed, ""),
    ("select string_agg(range::varchar, '') from range(1000000000)", LimitPassed, ""),
    ("select repeat('x', 3000000) from range(10)", TooLarge, "the result has"),
    ("select " + "1, " * 16000 + "1", LimitPassed, ""),
    ("select " + "1 + " * 12000 + "1", QueryFailed, "expression depth"),
    ("select " + "(" * 20000 + "1" + ")" * 20000, QueryFailed, "memory exhausted"),
    ("select " + "not " * 12000 + "true", QueryFailed, "memory exhausted"),
    ("select '" + "x" * 60000 + "'", TooLarge, "characters, more than 50,000"),
    ("with a0 as (select 1 as x)" + "".join(f", a{n} as (select l.x from a{n - 1} l, a{n - 1} r)" for n in range(1, 30)) + " from a29", LimitPassed, ""),
]  # fmt: skip
ATTEMPTS = [*WRITES, *FILES, *NETWORK, *SETTINGS, *TRICKS, *ENDLESS]


def test_there_are_enough_attempts():
    assert len({query for query, _, _ in ATTEMPTS}) == len(ATTEMPTS) >= 60


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
