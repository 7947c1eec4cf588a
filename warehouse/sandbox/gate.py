"""What may be asked: one statement that only reads, of tables and functions that lead to no file, setting or network.

The engine's own locks (read-only, no external access, locked configuration) stand behind this gate. The gate is for
what they leave open: the engine reads its own file as bytes, tells paths and settings, makes temporary tables that
take the place of ours, and takes several statements. It judges the syntax tree that the engine made, and whatever
it does not know in there is refused: what is run is what was judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

from warehouse.sandbox import syntax
from warehouse.sandbox.errors import Place, QueryRefused

if TYPE_CHECKING:
    from warehouse.sandbox.syntax import Node

# Of the engine's table functions only these; one that a later version adds stays closed until it is listed here.
# `histogram` and `histogram_values` are not: they read a table whose name they are given as text.
TABLE_FUNCTIONS: Final = frozenset(
    {
        "duckdb_columns", "duckdb_constraints", "duckdb_dependencies", "duckdb_functions", "duckdb_indexes",
        "duckdb_keywords", "duckdb_schemas", "duckdb_sequences", "duckdb_tables", "duckdb_types", "duckdb_views",
        "generate_series", "icu_calendar_names", "json_each", "json_tree", "pg_timezone_names", "range", "repeat",
        "repeat_row", "summary", "test_all_types", "unnest",
    }
)  # fmt: skip
# Functions that tell settings or paths, run text as SQL, or write to the engine's log.
CLOSED_FUNCTIONS: Final = frozenset(
    {
        "current_setting", "getenv", "getvariable", "json_execute_serialized_sql", "json_serialize_plan", "query",
        "query_table", "write_log",
    }
)  # fmt: skip
# Of the functions whose answer is not made of their arguments alone only these: the others change the session, or
# belong to a version that nobody here has looked at.
OPEN_VOLATILE: Final = frozenset(
    {
        "current_database", "current_date", "current_localtime", "current_localtimestamp", "current_query",
        "current_schema", "current_schemas", "error", "gen_random_uuid", "get_current_time", "get_current_timestamp",
        "in_search_path", "now", "random", "sleep_ms", "stats", "today", "transaction_timestamp", "uuid", "uuidv4",
        "uuidv7",
    }
)  # fmt: skip
# Views of the engine that are made of a closed function and yet tell nothing of this machine.
OPEN_VIEWS: Final = frozenset({"pg_database"})
CLOSED_VIEWS: Final = frozenset({'"variables"'})

QUERY_NODES: Final = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
TABLE_NODES: Final = frozenset(
    {
        "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT", "SHOW_REF",
        "COLUMN_DATA",
    }
)  # fmt: skip
NAMED: Final = frozenset({"BASE_TABLE", "SHOW_REF"})
CALLS: Final = frozenset({"FUNCTION", "WINDOW"})
EXPRESSIONS: Final = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT",
        "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "PARAMETER", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE",
        "WINDOW",
    }
)  # fmt: skip

# A name that holds one of these is looked for as a file when no table has it.
_OF_A_FILE: Final = re.compile(r"[./\\:*?\[]")
_CALL: Final = re.compile(r'(\w+)"?\(')
_NOWHERE: Final = 2**63
ADVICE: Final = "ask with SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW TABLES, SUMMARIZE or EXPLAIN"
ADVICE_EXPLAIN: Final = "write EXPLAIN, EXPLAIN ANALYZE or EXPLAIN (FORMAT json) before a SELECT, with plain blanks"
ADVICE_NAMES: Final = "`gpt2030 tables` lists what can be read"
# What a gate that understands its engine refuses, and what it lets through.
_REFUSED: Final = (
    "create temp table a as select 1", "explain analyze create temp table a as select 1", "select 1; select 2",
    "from read_text('a')", "from 'a.csv'", "from a.csv", "from duckdb_settings()", "from pragma_database_list",
    "select current_setting('a')", "set variable a = 1", "pragma version",
)  # fmt: skip
_ADMITTED: Final = ("select count(*) from range(3)", "explain (select 1)", "from duckdb_tables")


@dataclass(frozen=True, slots=True)
class AdmittedStatement:
    """A statement that may run, and the reading part of it, which is all of it but for an EXPLAIN."""

    statement: duckdb.Statement
    reads: str
    offset: int
    """Add it to a place in the statement (bytes) to have the place in the query as it was typed."""

    reads_at: int
    """The same for a place in the reading part."""

    relations: frozenset[str]
    """What it reads: tables, views and table macros (and its own CTEs), in small letters and without schema."""


class SandboxGate:
    """The rules for one engine and one file."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Ask the engine what it has; QueryRefused when it is one whose statements are not understood here."""
        self._connection = connection
        self._table_functions, self._functions, self._views = _closed(connection)
        self._places = _names(
            connection, "SELECT schema_name FROM duckdb_schemas() UNION SELECT database_name FROM duckdb_schemas()"
        )
        self._try_itself()

    def admit(self, query: str) -> AdmittedStatement:
        """The statement, when it may run; QueryRefused says what it tried. Syntax errors are the engine's to report."""
        statement = self._one_statement(query)
        # EXPLAIN ANALYZE runs what it explains: what stands behind it is judged like a question, and run behind an
        # EXPLAIN of our own.
        if statement.type.name == "EXPLAIN":
            return self._admit_explained(query)
        return AdmittedStatement(statement, query, 0, 0, self._judge(statement, query))

    def _admit_explained(self, query: str) -> AdmittedStatement:
        found = syntax.explained(query)
        if found is None:
            raise QueryRefused("this form of EXPLAIN is refused", advice=ADVICE_EXPLAIN)
        reads = query.encode()[found.begins_at :].decode()
        relations = self._judge(self._one_statement(reads), query, found.begins_at)
        statement = self._one_statement(found.prefix + reads)
        if statement.type.name != "EXPLAIN":
            raise QueryRefused("this form of EXPLAIN is refused", advice=ADVICE_EXPLAIN)
        return AdmittedStatement(statement, reads, found.begins_at - len(found.prefix), found.begins_at, relations)

    def _one_statement(self, query: str) -> duckdb.Statement:
        statements = self._connection.extract_statements(query)
        kinds = [statement.type.name for statement in statements]
        # The engine makes several statements of such a PIVOT: some that collect the values, one that asks.
        if kinds[1:] and {*kinds[:-1]} == {"CREATE"} and re.search(r"\bpivot\b", query, re.IGNORECASE):
            raise QueryRefused("PIVOT without a list of values", advice="name them: PIVOT … ON column IN ('a', 'b')")
        if len(kinds) != 1:
            found = f"{len(kinds)} statements" if kinds else "no statement"
            raise QueryRefused(f"{found} where one was expected", advice="ask one question at a time")
        return statements[0]

    def _judge(self, statement: duckdb.Statement, query: str, begins_at: int = 0) -> frozenset[str]:
        """The relations read by a statement that begins at that byte of the query; QueryRefused when it does more."""
        kind, reads = statement.type.name, query.encode()[begins_at:].decode()
        tree = syntax.tree_of(self._connection, reads) if kind == "SELECT" else None
        if tree is None:
            word = (syntax.first_word(reads) if kind == "SELECT" else kind) or "this"
            raise QueryRefused(f"{word} is refused: this copy is only read", advice=ADVICE)
        is_read, relations = False, set()
        for node in syntax.nodes(tree):
            is_read = is_read or "cte_map" in node
            relations |= {
                node.get("table_name", ""),
                node.get("function_name", "") if "is_table_function" in node else "",
            }
            said = self._objection(node)
            if said:
                place = int(node.get("query_location") or _NOWHERE)
                shown = Place.at(query, begins_at + place) if place < _NOWHERE else None
                raise QueryRefused(said, place=shown, advice=ADVICE_NAMES)
        if not is_read:
            raise QueryRefused("this is refused: it reads nothing", advice=ADVICE)
        return frozenset(name.lower() for name in relations if name)

    def _objection(self, node: Node) -> str | None:
        """What is wrong with one node of the tree; None when nothing is."""
        kind = node.get("class") or node.get("type", "")
        is_call, is_named = kind in CALLS, kind in NAMED
        if "cte_map" in node:
            is_known = node.get("type") in QUERY_NODES
        elif "class" in node:
            is_known = kind in EXPRESSIONS and is_call == ("function_name" in node)
        elif "sample" in node:
            is_known = kind in TABLE_NODES and is_named == ("table_name" in node)
        else:
            is_known = not (is_call or is_named or kind.endswith("_NODE") or {"function_name", "table_name"} & {*node})
        if not is_known:
            return f"{kind.replace('_', ' ').lower()} is refused: not known to only read"
        if is_call:
            return self._call(node)
        return self._table(node) if is_named else None

    def _call(self, node: Node) -> str | None:
        closed = self._table_functions if "is_table_function" in node else self._functions
        name = node["function_name"]
        if name.lower() not in closed:
            return None
        aside = "; files are read by a DuckDB client of your own" if name.lower().startswith("read_") else ""
        return f"function {name} is closed: it leads out of the warehouse{aside}"

    def _table(self, node: Node) -> str | None:
        name, places = node["table_name"], [node.get("catalog_name", ""), node.get("schema_name", "")]
        # A place that is not one of the file is, together with the name, the path of a file: `from secret.csv`.
        is_elsewhere = any(place and place.lower() not in self._places for place in places)
        if not is_elsewhere and name.lower() not in self._views and not _OF_A_FILE.search(name):
            return None
        full = ".".join(part for part in (*places, name) if part)
        return f"{full!r} is not a table of the warehouse; files, addresses and settings cannot be read"

    def _try_itself(self) -> None:
        """Another engine may write its trees otherwise: then nothing is answered rather than everything."""
        for query in (*_ADMITTED, *_REFUSED):
            try:
                self.admit(query)
                is_admitted = True
            except (QueryRefused, duckdb.Error):
                is_admitted = False
            if is_admitted != (query in _ADMITTED):
                raise QueryRefused(
                    f"nothing is answered: this version of DuckDB is not understood (it has misread {query!r})",
                    advice="install the version of DuckDB that requirements.lock names",
                )


def _closed(connection: duckdb.DuckDBPyConnection) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The names that may not be asked for: table functions, other functions, views."""
    functions = connection.execute(
        "SELECT lower(function_name), function_type, stability, macro_definition FROM duckdb_functions() WHERE internal"
    ).fetchall()
    of_tables = {name for name, kind, _, _ in functions if kind in {"table", "pragma", "table_macro"}} - TABLE_FUNCTIONS
    volatile = {name for name, _, stability, _ in functions if stability not in {None, "CONSISTENT"}}
    others = (volatile - OPEN_VOLATILE) | CLOSED_FUNCTIONS
    closed = of_tables | others
    macros = {name for name, kind, _, sql in functions if kind == "macro" and not closed.isdisjoint(_calls(sql))}
    views = connection.execute("SELECT lower(view_name), sql FROM duckdb_views() WHERE internal").fetchall()
    leading = {name for name, sql in views if not closed.isdisjoint(_calls(sql))}
    return frozenset(of_tables | CLOSED_FUNCTIONS), frozenset(others | macros), CLOSED_VIEWS | (leading - OPEN_VIEWS)


def _calls(sql: str) -> list[str]:
    return _CALL.findall(sql.lower())


def _names(connection: duckdb.DuckDBPyConnection, sql: str) -> frozenset[str]:
    return frozenset(str(name).lower() for (name,) in connection.execute(sql).fetchall())
