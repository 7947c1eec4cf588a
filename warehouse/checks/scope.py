"""What a check run has to look at: what changed since the last one that was published, or all, and why all."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from warehouse.checks.check import quoted, summary_sql
from warehouse.checks.relations import OF_EDITION, definitions, given, render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import duckdb

    from warehouse.checks.check import Check, CheckFacts, CheckMoment

# All rows are looked at once in so long: what no landing did, a damaged file or a hand, is seen then.
EVERY: Final = timedelta(days=7)
_TEXT: Final = re.compile(r"'[^']*'")
# What only the caller knows, and how fresh publishers are, which is read from tables that an excerpt has whole.
_GIVEN: Final = ("fact", "embedded", "correction", "corrected_row", "missing_snapshot", "source_state")
# What an excerpt has only a part of (warehouse.checks.excerpt): tables, and the views that read them.
_PARTIAL: Final = re.compile(
    r"\b(core\.(observation|forecast|fit|check_result)|source_change|out\.(score|score_span|property|property_row|property_quantile"
    r"|property_input|living|scenario|corrected_row|change))\b"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Since when rows count as changed (UTC; None: all are looked at) and `why`, in words.

    `changed_only` names the checks that look at the change; `full_at` says when each was last made over all rows.
    `before` is the edition that was checked then, on the day `day`.
    """

    definition: str
    why: str = ""
    since: datetime | None = None
    day: date | None = None
    before: str = ""
    changed_only: frozenset[str] = frozenset()
    full_at: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Standing:
    """The last run that was checked and published, or found that published already: what later changes are added to."""

    run_number: int
    edition_id: str
    checked_at: datetime
    definitions: frozenset[str | None]
    full_at: Mapping[str, datetime]
    clean: frozenset[str]


def scope_of(
    connection: duckdb.DuckDBPyConnection, checks: Sequence[Check], moment: CheckMoment, facts: CheckFacts
) -> Scope:
    """Decide, from an open candidate.

    A check that found nothing in the rows of then finds something now only where a row has changed, or one that it is
    compared with; one that did find something looks at all rows until it no longer does.
    """
    definition = _definition(checks, facts)
    standing = _standing(connection)
    why = _why_at_once(connection, facts) or _why_all(connection, standing, moment, definition)
    if why or standing is None:
        return Scope(definition, why)
    changed_only = {check.name for check in checks if check.name in standing.clean and is_partial(check)}
    day, since = _since(connection, standing, moment, facts)
    return Scope(
        definition, "", since, day, standing.edition_id, frozenset(changed_only),
        {name: standing.full_at[name] for name in changed_only},
    )  # fmt: skip


def _definition(checks: Sequence[Check], facts: CheckFacts) -> str:
    # A series that a correction touched is left out of some checks: with another list, others are in.
    corrected = [(one.state, one.series_ids) for one in facts.corrections]
    said = (facts.program, repr(checks), definitions(), repr(corrected), repr(facts.embedded_sources))
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:12]


def is_partial(check: Check) -> bool:
    """Whether the rows that a check looks at, or compares with, are in an excerpt only in part."""
    # What is said of one edition is there whole, wherever it lies.
    whole = dict.fromkeys((*OF_EDITION, *_GIVEN), "SELECT 1")
    asked = render(summary_sql(*check.rules), whole)
    # Evidence names tables, too.
    return bool(_PARTIAL.search(_TEXT.sub("''", asked)))


def _why_at_once(connection: duckdb.DuckDBPyConnection, facts: CheckFacts) -> str:
    """Why all rows are looked at whatever was looked at before, in words; empty where that counts."""
    if facts.is_full:
        return "asked for"
    [(rows,)] = connection.execute("SELECT count(*) FROM core.observation").fetchall()
    return f"fewer observations than {facts.least_rows:,}" if rows < facts.least_rows else ""


def _why_all(
    connection: duckdb.DuckDBPyConnection, standing: _Standing | None, moment: CheckMoment, definition: str
) -> str:
    """Why what was looked at before does not count, in words; empty where it does."""
    if standing is None:
        return "never before"
    if standing.definitions != {definition}:
        return "checks or program are others"
    if moment.now - min(standing.full_at.values()) >= EVERY:
        return "a week since the last time"
    return _why_moved(connection, standing, moment)


def _why_moved(connection: duckdb.DuckDBPyConnection, standing: _Standing, moment: CheckMoment) -> str:
    """Whether rows came in under a moment that tells nothing of when they came in; empty where none did."""
    [(newest,)] = connection.execute("SELECT max(recorded_at) FROM core.observation").fetchall()
    [(origin_date,)] = connection.execute(
        f"SELECT max(origin_date) FROM out.edition WHERE edition_id = {quoted(standing.edition_id)}"
    ).fetchall()
    is_back = origin_date is None or moment.now < standing.checked_at or moment.today < origin_date
    if is_back or (newest is not None and newest > moment.now):
        return "the clock went back"
    [(replayed,)] = connection.execute(
        f"""SELECT count(*) FROM out.run AS r LEFT JOIN raw.landing AS l USING (run_id)
            WHERE r.run_number > {standing.run_number}
                AND (l.recorded_at < {_at(standing.checked_at)} OR r.origin_date < DATE '{origin_date}')"""
    ).fetchall()
    return "days gone by were replayed" if replayed else ""


def _standing(connection: duckdb.DuckDBPyConnection) -> _Standing | None:
    rows = connection.execute(
        """SELECT r.run_number, r.edition_id, c.checked_at, c.check_name, c.definition, c.full_at, c.is_passed
           FROM core.check_result AS c JOIN out.run AS r USING (run_id)
           WHERE c.scope IS NOT NULL AND r.run_number = (
               SELECT max(run_number) FROM out.run SEMI JOIN core.check_result USING (run_id)
               WHERE outcome IN ('published', 'unchanged') AND edition_id IS NOT NULL)"""
    ).fetchall()
    if not rows:
        return None
    found: list[tuple[Any, ...]] = rows
    failed = {row[3] for row in found if not row[6]}
    return _Standing(
        run_number=found[0][0],
        edition_id=found[0][1],
        checked_at=min(row[2] for row in found),
        definitions=frozenset(row[4] for row in found),
        full_at={row[3]: row[5] for row in found},
        clean=frozenset(row[3] for row in found) - failed,
    )


def _since(
    connection: duckdb.DuckDBPyConnection, standing: _Standing, moment: CheckMoment, facts: CheckFacts
) -> tuple[date, datetime]:
    """The day and the moment from which on rows count: of the last run, or of the edition before, if that is earlier.

    What is said of the edition before (nothing fell, nothing was handed over since) asks for rows from its moment on.
    """
    asked = "SELECT min(origin_date), min(issued_at) FROM @previous"
    [(day, issued_at)] = connection.execute(render(asked, given(moment, facts))).fetchall()
    [(checked_day,)] = connection.execute(
        f"SELECT origin_date FROM out.edition WHERE edition_id = {quoted(standing.edition_id)}"
    ).fetchall()
    days, moments = [checked_day, *filter(None, [day])], [standing.checked_at, *filter(None, [issued_at])]
    return min(days), min(moments)


def _at(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"
