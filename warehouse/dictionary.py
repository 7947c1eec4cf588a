"""The data dictionary, read from the file itself: what its tables, views and macros and their columns say they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from warehouse.sandbox.spelling import advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warehouse.sandbox import ReadCopy

Kind = Literal["view", "macro", "table"]
# Views and macros are for people and come first; then what is published, what is believed, what came in.
ORDER: Final = {
    ("view", "main"): 0,
    ("view", "out"): 0,
    ("macro", "main"): 1,
    ("table", "out"): 2,
    ("table", "core"): 3,
}
# A table macro says in its comment which relation it has the columns of.
_SHAPED_LIKE: Final = re.compile(r"columns as in ([\w.]+)")

_RELATIONS: Final = """
    SELECT 'table' AS kind, schema_name, table_name AS name, [] AS parameters, comment
    FROM duckdb_tables() WHERE NOT internal
    UNION ALL BY NAME
    SELECT 'view' AS kind, schema_name, view_name AS name, [] AS parameters, comment
    FROM duckdb_views() WHERE NOT internal
    UNION ALL BY NAME
    SELECT 'macro' AS kind, schema_name, function_name AS name, parameters, comment
    FROM duckdb_functions() WHERE NOT internal
    ORDER BY name
"""
_COLUMNS: Final = """
    SELECT schema_name, table_name, column_name, data_type, is_nullable, comment
    FROM duckdb_columns() WHERE NOT internal ORDER BY schema_name, table_name, column_index
"""


class UnknownTable(LookupError):
    """No table, view or macro has that name; the message says which names resemble it."""


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """One column as the file describes it."""

    name: str
    type: str
    is_nullable: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One table, view or macro; `name` is written as a query writes it, without the parameters of a macro."""

    name: str
    kind: Kind
    comment: str
    columns: tuple[ColumnEntry, ...]
    parameters: tuple[str, ...] = ()
    row_count: int | None = None

    @property
    def heading(self) -> str:
        """The name, for a macro with its parameters."""
        return f"{self.name}({', '.join(self.parameters)})" if self.kind == "macro" else self.name


def tables(copy: ReadCopy, name: str | None = None, *, with_counts: bool = True) -> list[Entry]:
    """Every table, view and macro with its columns, those for people first; with a name only that one.

    `with_counts` counts the rows of tables and views. UnknownTable when nothing has the name; a name without schema
    is enough where only one table has it, e.g. `observation` for `core.observation`.
    """
    entries = _entries(copy)
    if name is not None:
        entries = [_named(entries, name)]
    return _counted(copy, entries) if with_counts else entries


def _entries(copy: ReadCopy) -> list[Entry]:
    columns = _columns(copy.query(_COLUMNS, limit=100_000).frame.to_dicts())
    relations = copy.query(_RELATIONS, limit=100_000).frame.to_dicts()
    relations.sort(key=lambda row: ORDER.get((row["kind"], row["schema_name"]), len(ORDER)))
    return [_entry(row, columns) for row in relations]


def _columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[ColumnEntry, ...]]:
    by_name: dict[str, list[ColumnEntry]] = {}
    for row in rows:
        column = ColumnEntry(row["column_name"], row["data_type"], row["is_nullable"], row["comment"] or "")
        by_name.setdefault(_full_name(row["schema_name"], row["table_name"]), []).append(column)
    return {name: tuple(columns) for name, columns in by_name.items()}


def _entry(row: Mapping[str, Any], columns: Mapping[str, tuple[ColumnEntry, ...]]) -> Entry:
    name, comment = _full_name(row["schema_name"], row["name"]), row["comment"] or ""
    shape = _SHAPED_LIKE.search(comment) if row["kind"] == "macro" else None
    described = columns.get(shape[1] if shape else name, ())
    return Entry(name, row["kind"], comment, described, tuple(row["parameters"]))


def _full_name(schema: str, name: str) -> str:
    return name if schema == "main" else f"{schema}.{name}"


def _named(entries: Sequence[Entry], name: str) -> Entry:
    wanted = name.lower().partition("(")[0].removeprefix("main.")
    for entry in entries:
        if entry.name == wanted:
            return entry
    bare = [entry for entry in entries if entry.name.partition(".")[2] == wanted]
    if len(bare) == 1:
        return bare[0]
    raise UnknownTable(f"there is no table, view or macro {name}; {advice(wanted, (entry.name for entry in entries))}")


def _counted(copy: ReadCopy, entries: Sequence[Entry]) -> list[Entry]:
    countable = [entry.name for entry in entries if entry.kind != "macro"]
    if not countable:
        return list(entries)
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in countable)  # names of the file
    by_name = dict(copy.query(counts).frame.iter_rows())
    return [
        Entry(e.name, e.kind, e.comment, e.columns, e.parameters, row_count=by_name.get(e.name)) for e in entries
    ]  # fmt: skip
