"""What a person has looked at and accepted: findings of checks and feeds held back, with a reason and a last day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from warehouse.checks.check import finding_id
from warehouse.contracts import core, polars_schema

if TYPE_CHECKING:
    from datetime import date, datetime

    from warehouse.store import Warehouse
    from warehouse.vintages import Queries


# The same as `held_id`, over rows of raw.landing.
HELD_ID: Final = "left(sha256(concat_ws(chr(31), 'held', source_id, feed, snapshot_id)), 12)"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One thing accepted: what, about whom, why, and until when (inclusive)."""

    finding_id: str
    subject: str
    evidence: str
    reason: str
    until_date: date


def held_id(source_id: str, feed: str, snapshot_id: str) -> str:
    """The id of a feed held back: the same bytes of the same feed, in every run."""
    return finding_id(("held", source_id, feed, snapshot_id))


def accepted(queries: Queries, today: date) -> dict[str, Acceptance]:
    """What is accepted on a day, by id; of several about one thing the newest."""
    rows = queries.frame(
        """SELECT finding_id, subject, evidence, reason, until_date FROM core.acceptance
           QUALIFY row_number() OVER (PARTITION BY finding_id ORDER BY accepted_at DESC, rowid DESC) = 1"""
    )
    found = [Acceptance(**row) for row in rows.iter_rows(named=True)]
    return {one.finding_id: one for one in found if one.until_date >= today}


def accept(warehouse: Warehouse, acceptance: Acceptance, now: datetime) -> None:
    """Record that somebody has accepted something; what was accepted before stays on record."""
    row = {name: getattr(acceptance, name) for name in Acceptance.__slots__} | {"accepted_at": now}
    with warehouse.transaction():
        warehouse.insert(core.ACCEPTANCE, pl.DataFrame([row], schema=polars_schema(core.ACCEPTANCE)))


def newest_results(queries: Queries) -> pl.DataFrame:
    """Of the newest run that was checked, each line of core.check_result.

    A home of an early version does not say what was looked at: columns may be missing.
    """
    return queries.frame(
        f"""WITH newest AS ({_NEWEST})
            FROM core.check_result SEMI JOIN newest USING (run_id)"""
    )


def standing(queries: Queries) -> pl.DataFrame:
    """What the newest run found amiss and what is held back, gravest first.

    Columns: finding_id, consequence, subject, what (should hold), affected_count (rows), evidence, since.
    A feed held back has consequence `held`; `since` (UTC) is when the same was first found.
    """
    return queries.frame(_STANDING.format(held_id=HELD_ID, newest=_NEWEST))


# The newest by the order of the runs: a rehearsal of another year is checked at a moment of that year.
_NEWEST: Final = """
        SELECT run_id FROM core.check_result LEFT JOIN out.run USING (run_id)
        ORDER BY run_number DESC NULLS LAST, checked_at DESC, run_id DESC LIMIT 1"""
# A finding that stood in every run since has been there since the first of them; a gap in between does not matter.
_STANDING = """
    WITH newest AS ({newest}
    ),
    first_seen AS (
        SELECT finding_id, min(checked_at) AS since FROM core.check_result WHERE finding_id IS NOT NULL GROUP BY ALL
    ), found AS (
        SELECT finding_id, consequence, check_name || coalesce(' [' || source_id || ']', '') AS subject, what,
               affected_count, evidence, since
        FROM core.check_result JOIN newest USING (run_id) JOIN first_seen USING (finding_id) WHERE NOT is_passed
    ), landed AS (
        SELECT *, min(recorded_at) FILTER (is_held) OVER (PARTITION BY source_id, feed, snapshot_id) AS since
        FROM raw.landing QUALIFY recorded_at = max(recorded_at) OVER (PARTITION BY source_id, feed)
    ), held AS (
        SELECT {held_id} AS finding_id, 'held' AS consequence, source_id || '/' || feed AS subject,
               'what a publisher sends is like what it sent before' AS what,
               NULL AS affected_count, detail AS evidence, since
        FROM landed WHERE is_held
    )
    FROM (FROM found UNION ALL BY NAME FROM held)
    ORDER BY list_position(['stop', 'held', 'hold', 'note'], consequence), subject, finding_id"""
