"""A small warehouse with what changed and all that checks compare it with, to be checked in the place of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from warehouse.checks.check import quoted
from warehouse.contracts import TABLES, core, out
from warehouse.contracts.change import CHANGE
from warehouse.contracts.kept import PROPERTY_ROW, SCORE_SPAN
from warehouse.contracts.living import LIVING
from warehouse.contracts.scenario import SCENARIO
from warehouse.store import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from warehouse.checks.check import CheckFacts, CheckMoment
    from warehouse.checks.scope import Scope
    from warehouse.contracts import Table

FOLDER: Final = "excerpt"
_OF_EDITIONS: Final = (
    PROPERTY_ROW, out.PROPERTY_QUANTILE, out.PROPERTY_INPUT, out.CORRECTED_ROW, CHANGE, core.FORECAST, core.FIT,
    LIVING, SCENARIO,
)  # fmt: skip


def take_out(candidate: Path, scope: Scope, moment: CheckMoment, facts: CheckFacts) -> Path:
    """Write the excerpt beside the candidate and return its path; whoever asks removes its folder.

    It has every row of the series that were touched, of those they are pooled with, of the editions compared, and
    nearly all other tables whole. It has the candidate's name: macros name their database.
    """
    folder = candidate.parent / FOLDER
    folder.mkdir(exist_ok=True)
    target = folder / candidate.name
    target.unlink(missing_ok=True)
    with duckdb.connect(config=CONFIG) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        whole = f'"{candidate.stem}"'
        connection.execute(f"ATTACH {quoted(str(candidate))} AS {whole} (READ_ONLY)")
        connection.execute(f"ATTACH {quoted(str(target))} AS excerpt")
        connection.execute(f"COPY FROM DATABASE {whole} TO excerpt (SCHEMA)")
        connection.execute(f"USE {whole}")
        _note_touched(connection, scope, moment, facts)
        for table in TABLES:
            which = _which(table, scope, facts)
            connection.execute(f"INSERT INTO excerpt.{table.full_name} SELECT * FROM {whole}.{table.full_name} {which}")
    return target


def _which(table: Table, scope: Scope, facts: CheckFacts) -> str:
    """Which rows of a table are taken."""
    if table == core.OBSERVATION:
        return "WHERE series_id IN (SELECT series_id FROM memory.touched)"
    if table == core.CONTENDER:
        return "WHERE false"
    if table in _OF_EDITIONS:
        named = ", ".join(quoted(name) for name in (scope.before, facts.edition_id))
        # By its day: an edition that nobody knows would be found by its rows alone.
        return f"WHERE edition_id >= '{scope.day}' OR edition_id IN ({named})"
    if table == SCORE_SPAN:
        newest = f"(SELECT min(edition_number) FROM out.edition_number WHERE edition_id = {quoted(facts.edition_id)})"
        return f"WHERE until_number IS NULL OR until_number > {newest}"
    if table == core.CHECK_RESULT:
        return f"WHERE checked_at >= TIMESTAMP '{scope.since}'"
    return ""


def _note_touched(connection: duckdb.DuckDBPyConnection, scope: Scope, moment: CheckMoment, facts: CheckFacts) -> None:
    """Make the table of the series that rows came, went or became known for, or that are fitted otherwise."""
    since = f"TIMESTAMP '{scope.since}'"
    of_days = " UNION ALL ".join(
        f"SELECT series_id FROM core.observation WHERE {day} > DATE '{scope.day}' AND {day} <= DATE '{moment.today}'"
        for day in ("known_date", "observation_date")
    )
    moved = " UNION ALL ".join(
        f"SELECT series_id FROM {table} WHERE {moment_at} >= {since}"
        for table in ("core.observation", "core.series")
        for moment_at in ("recorded_at", "superseded_at")
    )
    found = connection.execute(
        f"""SELECT DISTINCT series_id FROM ({moved} UNION ALL {of_days} UNION ALL {_fitted_otherwise(scope, facts)}
                UNION ALL {_of_systems_gone(connection, since)})"""
    ).fetchall()
    pools = connection.execute("SELECT series_id, members FROM core.series WHERE members IS NOT NULL").fetchall()
    touched = _with_pools({str(name) for (name,) in found}, [{pool, *members.split("+")} for pool, members in pools])
    connection.execute("CREATE TABLE memory.touched (series_id VARCHAR)")
    if touched:
        rows = ", ".join(f"({quoted(name)})" for name in sorted(touched))
        connection.execute(f"INSERT INTO memory.touched VALUES {rows}")


def _fitted_otherwise(scope: Scope, facts: CheckFacts) -> str:
    """The series whose fit says other things of their rows than that of the edition checked before."""
    said = "forecaster_id, series_id, frontier_value, remembered_count, last_date, status"
    return f"""
        SELECT series_id FROM (
            SELECT {said} FROM core.fit WHERE edition_id = {quoted(facts.edition_id)}
            EXCEPT SELECT {said} FROM core.fit WHERE edition_id = {quoted(scope.before)})"""


def _of_systems_gone(connection: duckdb.DuckDBPyConnection, since: str) -> str:
    """The series with rows of a system that was listed when last looked at, and no longer is."""
    gone = connection.execute(
        f"""SELECT DISTINCT system_id FROM core.system WHERE superseded_at >= {since}
                AND system_id NOT IN (SELECT system_id FROM core.system WHERE superseded_at IS NULL)"""
    ).fetchall()
    names = ", ".join(quoted(str(name)) for (name,) in gone)
    return f"SELECT series_id FROM core.observation WHERE {f'system_id IN ({names})' if names else 'false'}"


def _with_pools(touched: set[str], pools: Iterable[set[str]]) -> set[str]:
    """With every series that a touched one is pooled with, and what that is pooled with: their best is of all."""
    known, left = set(touched), list(pools)
    while True:
        joined = [pool for pool in left if pool & known]
        if not joined:
            return known
        left = [pool for pool in left if not pool & known]
        known.update(*joined)
