"""What may be asked: one statement that only reads, of tables and functions that lead to no file, setting or network.

The engine's own locks (read-only, no external access, locked configuration) stand behind this gate. The gate is for
what they leave open: the engine reads its own file as bytes, tells paths and settings, and takes several statements.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from warehouse.sandbox.errors import Refused

if TYPE_CHECKING:
    import duckdb

# Of the engine's table functions only these; one that a later version adds stays closed until it is listed here.
TABLE_FUNCTIONS: Final = frozenset(
    {
        "duckdb_columns", "duckdb_constraints", "duckdb_functions", "duckdb_indexes", "duckdb_keywords",
        "duckdb_schemas", "duckdb_sequences", "duckdb_tables", "duckdb_types", "duckdb_views", "generate_series",
        "histogram", "histogram_values", "icu_calendar_names", "json_each", "json_tree", "pg_timezone_names",
        "range", "repeat", "repeat_row", "summary", "test_all_types", "unnest",
    }
)  # fmt: skip
# Scalar functions that tell settings or paths, run text as SQL, or write to the engine's log.
CLOSED_FUNCTIONS: Final = frozenset(
    {
        "current_setting", "getenv", "json_execute_serialized_sql", "json_serialize_plan", "query", "query_table",
        "write_log",
    }
)  # fmt: skip
CLOSED_VIEWS: Final = frozenset({"duckdb_databases", "duckdb_logs", "pg_settings", "pragma_database_list"})

_NAMED: Final = re.compile(r'"(function_name|table_name)":("(?:[^"\\]|\\.)*")')
_BLANK: Final = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_FIRST_WORD: Final = re.compile(_BLANK + r"(\w*)", re.DOTALL)
_EXPLAIN: Final = re.compile(
    _BLANK + r"EXPLAIN\b\s*(?:ANALYZE\b\s*)?(?:\(\s*(?:ANALYZE|FORMAT)\b[^()]*\)\s*)?",
    re.IGNORECASE | re.DOTALL,
)
# A name that holds one of these is looked for as a file when no table has it.
_OF_A_FILE: Final = re.compile(r"[./\\:*?\[]")
_ADVICE: Final = "ask with SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW TABLES, SUMMARIZE or EXPLAIN"


def closed_table_functions(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The engine's own table functions, pragmas and table macros that are not on the list of open ones."""
    rows = connection.execute(
        "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
        "WHERE internal AND function_type IN ('table', 'pragma', 'table_macro')"
    ).fetchall()
    return frozenset(str(name) for (name,) in rows) - TABLE_FUNCTIONS | CLOSED_FUNCTIONS


def admit(connection: duckdb.DuckDBPyConnection, query: str, closed: frozenset[str]) -> None:
    """Return when the query may run; Refused says what it tried. A syntax error is the engine's to report."""
    statements = connection.extract_statements(query)
    kinds = [statement.type.name for statement in statements]
    # The engine makes two statements of such a PIVOT: one that collects the values, one that asks.
    if kinds == ["CREATE", "SELECT"] and re.search(r"\bpivot\b", query, re.IGNORECASE):
        raise Refused("PIVOT without a list of values", advice="name them: PIVOT … ON column IN ('a', 'b')")
    if len(kinds) != 1:
        found = f"{len(kinds)} statements" if kinds else "no statement"
        raise Refused(f"{found} where one was expected", advice="ask one question at a time")
    # EXPLAIN ANALYZE runs what it explains: what stands behind it is judged like a question.
    if kinds[0] == "EXPLAIN":
        admit(connection, _without_explain(query), closed)
        return
    if kinds[0] != "SELECT":
        raise Refused(f"{kinds[0]} is refused: this copy is only read", advice=_ADVICE)
    _admit_names(_syntax_tree(connection, query), closed)


def _without_explain(query: str) -> str:
    prefix = _EXPLAIN.match(query)
    if prefix is None or not query[prefix.end() :].strip():
        raise Refused("this form of EXPLAIN is refused", advice="write EXPLAIN or EXPLAIN ANALYZE before a SELECT")
    return query[prefix.end() :]


def _syntax_tree(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The parsed statement as JSON text; it is never loaded, so that its depth cannot exhaust anything."""
    # As a literal, because the client imports pandas for its first parameter: a second of waiting.
    literal = "'" + query.replace("'", "''") + "'"
    tree = str(connection.execute(f"SELECT json_serialize_sql({literal})").fetchall()[0][0])
    # PRAGMA and CALL count as SELECT for the engine, but have no tree of one.
    if tree.startswith('{"error":true'):
        word = _FIRST_WORD.match(query)
        raise Refused(f"{word[1].upper() if word else 'this'} is refused: this copy is only read", advice=_ADVICE)
    return tree


def _admit_names(tree: str, closed: frozenset[str]) -> None:
    # Quotes inside literals are escaped in JSON, so this pattern can only match keys of the tree itself.
    for kind, quoted_name in _NAMED.findall(tree):
        name = json.loads(quoted_name)
        if kind == "function_name" and name.lower() in closed:
            raise Refused(
                f"function {name} is closed: it leads out of the warehouse",
                advice="`gpt2030 tables` lists what can be read",
            )
        if kind == "table_name" and (name.lower() in CLOSED_VIEWS or _OF_A_FILE.search(name)):
            raise Refused(
                f"{name!r} is not a table of the warehouse; files, addresses and settings cannot be read",
                advice="`gpt2030 tables` lists what can be read",
            )
