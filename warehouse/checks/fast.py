"""The fast runner: every check by one DuckDB connection, in the time of a few queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from warehouse.checks.check import Finding, summary_sql
from warehouse.checks.relations import render
from warehouse.store import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from warehouse.checks.check import Check


# Relations that many checks rest on and that take long: worked out once, not once for each of them.
SHARED: Final = ("source_state", "believed_series", "series", "believed_observation")


def findings(candidate: Path, checks: Sequence[Check], known: Mapping[str, str]) -> dict[str, list[Finding]]:
    """The offending rows of every check, by its name; a check that passes has none.

    `known` holds the relations that only the caller can give, see `warehouse.checks.relations.given`.
    """
    with duckdb.connect(str(candidate), read_only=True, config=CONFIG) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        given = dict(known)
        asked = "\n".join(query(check, known) for check in checks)
        for name in (name for name in SHARED if f"{name} AS (" in asked):
            connection.execute(f"CREATE TEMP TABLE shared_{name} AS {render(f'SELECT * FROM @{name}', given)}")
            given[name] = f"SELECT * FROM shared_{name}"
        return {
            check.name: [Finding(*row) for row in connection.execute(query(check, given)).fetchall()]
            for check in checks
        }


def idle(candidate: Path, checks: Sequence[Check], known: Mapping[str, str]) -> dict[str, str]:
    """What is said of the checks that had nothing to judge, by name: one that passes so has verified nothing."""
    with duckdb.connect(str(candidate), read_only=True, config=CONFIG) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        asked = {check.name: render(f"SELECT 1 FROM ({check.judged})", known) for check in checks if check.judged}
        empty = {name for name, sql in asked.items() if connection.execute(sql).fetchone() is None}
    return {check.name: check.idle for check in checks if check.name in empty}


def query(check: Check, known: Mapping[str, str]) -> str:
    """The whole query of a check: source_id, affected_count and evidence per publisher concerned."""
    return render(summary_sql(*check.rules), known)
