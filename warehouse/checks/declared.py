"""The checks that follow from the contracts: keys, limits, vocabularies, patterns, and numbers that are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warehouse.checks.check import OWN_FAULT, Between, Check, OneOf, Unique, quoted, rule_sql
from warehouse.checks.relations import BITEMPORAL, CHECKED_TABLES, current, union
from warehouse.contracts import out

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.contracts import Column, Table


# The rows computed for this edition go to the gate column by column; landed rows were held to their contract, cell by
# cell, when they arrived, and are asked again in one query.
_COMPUTED: Final = (out.PROPERTY,)


def _key(table: Table) -> Unique:
    return Unique(current(table), ("source_id", "feed", *table.key) if table.is_bitemporal else table.key)


def _limits(table: Table, column: Column) -> list[Between | OneOf]:
    rules: list[Between | OneOf] = []
    if column.ge is not None or column.le is not None:
        rules.append(Between(current(table), column.name, column.ge, column.le))
    if column.isin:
        rules.append(OneOf(current(table), column.name, column.isin))
    return rules


def _pattern(table: Table, column: Column) -> str:
    return (
        f"SELECT '{table.full_name}.{column.name}: ' || left({column.name}, 80) AS evidence FROM @{current(table)} "
        f"WHERE NOT regexp_full_match({column.name}, {quoted(column.matches or '')})"
    )


def _not_finite(table: Table) -> str:
    """Rows of a table whose numbers include NaN or an infinity, whatever the column."""
    names = [column.name for column in table.columns if column.type == "DOUBLE"]
    key = ", ".join(f"{name}::VARCHAR" for name in table.key)
    listed = ", ".join(f"CASE WHEN NOT isfinite({name}) THEN '{name}' END" for name in names)
    return (
        f"SELECT concat('{table.full_name} ', concat_ws(' | ', {key}), ': ', concat_ws(', ', {listed})) AS evidence "
        f"FROM @{current(table)} WHERE {' OR '.join(f'NOT isfinite({name})' for name in names)}"
    )


def _in_sql(rules: Iterable[Unique | Between | OneOf]) -> str:
    return union(f"SELECT evidence FROM ({rule_sql(rule)})" for rule in rules)


_COLUMNS: Final = [(table, column) for table in CHECKED_TABLES for column in table.columns]
_LIMITS: Final = [(table, rule) for table, column in _COLUMNS for rule in _limits(table, column)]

CHECKS: Final = (
    Check(
        "one_row_in_force",
        "each publisher's feed has at most one row in force per key",
        "stop",
        _in_sql(_key(table) for table in BITEMPORAL),
        remedy=OWN_FAULT,
    ),
    Check(
        "keys_unique",
        "the key of every other table identifies one row",
        "stop",
        _in_sql(_key(table) for table in CHECKED_TABLES if not table.is_bitemporal and table != out.PROPERTY),
        declared=(_key(out.PROPERTY),),
        remedy=OWN_FAULT,
    ),
    Check(
        "declared_limits",
        "every cell lies within the limits and the vocabulary its contract declares",
        "stop",
        _in_sql(rule for table, rule in _LIMITS if table not in _COMPUTED),
        declared=tuple(rule for table, rule in _LIMITS if table in _COMPUTED),
        remedy=OWN_FAULT,
    ),
    Check(
        "declared_patterns",
        "every id and hash has the form its contract declares, and no citation is blank",
        "stop",
        union(_pattern(table, column) for table, column in _COLUMNS if column.matches),
        remedy=OWN_FAULT,
    ),
    Check(
        "numbers_finite",
        "no number is NaN or infinite",
        "stop",
        union(_not_finite(t) for t in CHECKED_TABLES if any(c.type == "DOUBLE" for c in t.columns)),
        remedy=OWN_FAULT,
    ),
)
