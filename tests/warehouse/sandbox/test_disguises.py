"""Attempts in disguise: whatever stands before, between and behind an attempt, nothing is told and nothing is left."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.warehouse.fresh import fresh
from tests.warehouse.sandbox.escapes import OUTSIDE
from tests.warehouse.vintages_made import START, arrive, observation
from warehouse.sandbox import QueryRefused, SandboxError
from warehouse.sandbox.gate import SandboxGate
from warehouse.sandbox.worker import QueryRequest, Worker, connect
from warehouse.store import READ_COPY_FILE

SECRET = "the secret of this machine"
PAYLOADS = [query for query, _, _ in OUTSIDE if query and "\0" not in query and "\udcff" not in query]
# One of each kind, for the product with every disguise.
FEW = [
    "create temp table observation_latest as select 1",
    "explain analyze create temp table observation_latest as select 1",
    "set variable x = 1",
    "prepare x as select 1",
    "attach ':memory:' as other",
    "copy (select 1) to 'HERE/out.csv'",
    "from read_text('HERE/secret.csv')",
    "from 'HERE/secret.csv'",
    "from pragma_database_list",
    "from duckdb_settings()",
    "select current_setting('threads')",
    "pragma database_list",
    "call enable_logging()",
]
BEFORE = [
    "", " ", "\n\t", "\r\n", "\f\v", "\u00a0", "\u2003", "\u3000", "\ufeff", ";", ";;", "; ;",
    "-- a\n", "-- a\r\n", "--\n", "-- ' \n", "-- $$ \n", "-- /* \n", "/**/", "/* a */", "/* ' */", '/* " */', "/* $$ */",
    "/* -- */", "/* ; */", "/* \n */", "/* /* */ */", "/*/**/*/", "/* /* /* */ */ */", "/* /* */ select 1 -- */",
    "/* /* */ explain select 1 -- */ ", "/* /* */ select 1 -- */ explain ", "/* /* */ select 1 -- */ explain analyze ",
    "explain ", "EXPLAIN\n", "eXpLaIn/**/", "explain /* analyze */ ", "explain -- a\n", "explain analyze ", "explain analyse ",
    "explain(analyze)", "explain (analyze) ", "explain ( /* a */ analyze ) ", "explain (format json) ",
    "explain (format json, analyze) ", "explain (analyze, format text) ", "explain (verbose) ", "explain verbose ",
    "explain (costs off) ", "explain (analyze on) ", "explain\u00a0", "explain\u2003analyze\u00a0", "\ufeffexplain ",
    "analyze ", "describe ", "describe table ", "summarize ", "show ", "with x as (select 1) ", "with x as materialized (",
    "select 1; ", "select 1 -- \n; ", "select ';' /* ; */; ", "begin; ", "(", "((", "from (", "select * from (", "values (",
    "select (", "/* ", "/* /* */ ", "' ", "$$ ", '" ', "e'\\' ", "explain explain ", "call ", "pragma ", "execute ",
    "prepare y as ", "prepare y as explain analyze ", "create temp table y as ", "insert into core.system ",
]  # fmt: skip
BEHIND = [
    "", ";", ";;", " -- a", " --", " /* a */", " /* /* */ */", "; -- a", "\n", "\u00a0", ")", "))", ") x", " */", "; select 1",
    "; explain select 1", " limit 1", " union all select 1", " '", " $$",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with fresh(folder, now=START) as warehouse:
        arrive(warehouse, "publisher", START, [observation("a", 0.1), observation("b", 0.2)])
        warehouse.write_copy(folder / READ_COPY_FILE)
    for name in ("secret.csv", "secret.json", "secret.parquet", "secret.txt"):
        (folder / name).write_text(f"word\n{SECRET}\n")
    return folder


@pytest.fixture(scope="module")
def connection(folder):
    opened = connect(str(folder / READ_COPY_FILE), 256 * 2**20)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def attempt(folder, connection):
    """Ask, and hold every answer and every error to the same laws."""
    worker = Worker(connection)
    files = contents(folder)

    def ask(query):
        query = query.replace("HERE", str(folder))
        try:
            said = str(worker.answer(QueryRequest(query, 10, 5.0, 2**20))[0].to_pylist())
        except SandboxError as error:
            # An error shows the line of the query that it points at; what it says itself is its message and advice.
            said = f"{error.message.replace(query, '')} {error.advice}"
            answered = False
        else:
            answered = True
            assert str(folder) not in said.replace(query, ""), query
        assert SECRET not in said, query
        assert contents(folder) == files, query
        # The cheapest that tells a temporary table, view or macro, a variable and a prepared statement.
        assert connection.execute(MADE).fetchall() == [], query
        return answered

    session = state(connection)
    yield ask
    assert state(connection) == session


MADE = """
    SELECT table_name FROM duckdb_tables() WHERE temporary UNION ALL
    SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal UNION ALL
    SELECT name FROM duckdb_variables() UNION ALL SELECT name FROM duckdb_prepared_statements() UNION ALL
    SELECT database_name FROM duckdb_databases() WHERE NOT internal AND database_name <> 'gpt2030'
"""


def contents(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def state(connection):
    """All that a session can have made or changed."""
    asked = [
        "SELECT database_name, schema_name, table_name FROM duckdb_tables() WHERE NOT internal",
        "SELECT database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal",
        "SELECT database_name, schema_name, function_name FROM duckdb_functions() WHERE NOT internal",
        "SELECT database_name, schema_name, type_name FROM duckdb_types() WHERE NOT internal",
        "FROM duckdb_sequences() SELECT sequence_name",
        "FROM duckdb_databases() SELECT database_name",
        "FROM duckdb_variables()",
        "FROM duckdb_prepared_statements()",
        "FROM duckdb_settings() SELECT name, value",
    ]
    return [connection.execute(f"{sql} ORDER BY ALL").fetchall() for sql in asked]


@pytest.mark.parametrize("payload", FEW)
def test_no_disguise_lets_one_of_each_kind_through(attempt, payload):
    # What begins a comment or a text, or names a view of one's own, may well be answered; the laws hold all the same.
    harmless = {"/* /* */ select 1 -- */", "show "}
    for before in BEFORE:
        for behind in ("", ")"):
            answered = attempt(before + payload + behind)
            assert not answered or before in harmless, before + payload + behind


def spelled(draw, text):
    """The words of an attempt in other letters, with other blanks between them; what is quoted stays."""
    parts = re.split(r"('[^']*')", text)
    blank = draw(st.sampled_from([" ", "\n", "\t", "  ", "/**/", " /* /* */ */ ", " -- a\n", "\u00a0", "\u3000"]))
    case = draw(st.sampled_from([str.lower, str.upper, str.title, str]))
    return "".join(part if part.startswith("'") else case(part).replace(" ", blank) for part in parts)


@st.composite
def disguised(draw):
    before = "".join(draw(st.lists(st.sampled_from(BEFORE), max_size=3)))
    return before + spelled(draw, draw(st.sampled_from(PAYLOADS))) + draw(st.sampled_from(BEHIND))


@law(400)
@given(disguised())
def test_whatever_is_put_together_from_them_tells_nothing_and_leaves_nothing(attempt, query):
    attempt(query.replace("here", "HERE").replace("Here", "HERE"))


COMMENTS = st.recursive(
    st.text("ab '\"$-;\n", max_size=5).map(lambda text: text.replace("*/", "")),
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: "/*" + " ".join(parts) + "*/"),
    max_leaves=8,
)


@law(150)
@given(COMMENTS, COMMENTS)
def test_comments_however_nested_change_no_judgement(attempt, one, other):
    hidden = f"/*{one}*/ explain /*{other}*/ analyze /*{one}*/ create temp table observation_latest as select 1"
    assert not attempt(hidden)
    assert attempt(f"/*{one}*/ explain /*{other}*/ analyze /*{one}*/ select 1 /*{other}*/")


def test_a_question_that_makes_something_all_the_same_leaves_nothing(folder, connection):
    # Behind the gate: were it to let a temporary table through, the next question would still see the view.
    worker = Worker(connection)
    question = connection.extract_statements("create temp table observation_latest as select 7 as value")[0]
    with worker._nothing_kept():
        connection.execute(question)
        assert connection.execute("select value from observation_latest").fetchall() == [(7,)]
    assert connection.execute("select count(*) from observation_latest").fetchall() == [(2,)]


class OtherEngine:
    """A connection whose engine writes its syntax trees with blanks, or has no field for the names of functions."""

    def __init__(self, connection, change):
        self._connection, self._change = connection, change

    def extract_statements(self, query):
        return self._connection.extract_statements(query)

    def execute(self, sql):
        result = self._connection.execute(sql)
        return Changed(result, self._change) if "json_serialize_sql" in sql else result


class Changed:
    """Rows of text in which something was replaced."""

    def __init__(self, result, change):
        self._result, self._change = result, change

    def fetchall(self):
        return [(row[0].replace(*self._change),) for row in self._result.fetchall()]


@pytest.mark.parametrize(
    "change",
    [
        ('":', '": '), ('"function_name"', '"name"'), ('"table_name"', '"relation"'), ('"class"', '"kind"'),
        ('"SELECT_NODE"', '"SELECT_STATEMENT"'), ('"cte_map"', '"ctes"'), ('"sample"', '"sampled"'),
        ('"BASE_TABLE"', '"TABLE"'), ('"CONSTANT"', '"LITERAL"'),
    ],
    ids=lambda change: change[1],
)  # fmt: skip
def test_an_engine_that_is_not_understood_is_asked_nothing(connection, change):
    with pytest.raises(QueryRefused, match="nothing is answered: this version of DuckDB is not understood"):
        SandboxGate(OtherEngine(connection, change))


def test_the_same_engine_by_way_of_the_fake_is_understood():
    SandboxGate(OtherEngine(duckdb.connect(), ("nothing", "nothing")))
