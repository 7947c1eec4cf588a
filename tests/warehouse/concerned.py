"""Which checks a damage can concern: those that read a table it names, as the engine plans them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.checks import CHECKS, fast
from warehouse.store import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from warehouse.checks import Check

_TABLE = re.compile(r"\b(?:core|out|raw)\.\w+")


def tables_read(good: Path, known: Mapping[str, str]) -> dict[str, set[str]]:
    """The tables behind every check, through relations, views and macros."""
    with duckdb.connect(str(good), read_only=True, config=CONFIG) as connection:
        # Or a table would be left out of the plan because it has no row yet.
        connection.execute("PRAGMA disable_optimizer")
        plans = {
            check.name: connection.execute(f"EXPLAIN (FORMAT json) {fast.query(check, known)}").fetchall()[0][1]
            for check in CHECKS
        }
    return {name: {table for node in json.loads(plan) for table in _scanned(node)} for name, plan in plans.items()}


def _scanned(node: Mapping[str, Any]) -> Iterator[str]:
    named = node["extra_info"].get("Table")
    if named:
        yield ".".join(named.replace('"', "").split(".")[-2:])
    for child in node["children"]:
        yield from _scanned(child)


def concerned(sql: str, reads: Mapping[str, set[str]]) -> list[Check]:
    """The checks whose answer this damage can change; all of them where it names no table, as one of facts alone."""
    touched = set(_TABLE.findall(sql))
    return [check for check in CHECKS if not touched or reads[check.name] & touched]
