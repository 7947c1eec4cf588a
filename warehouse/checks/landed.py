"""The checks of how rows came in: each cites bytes that are kept, and no vintage is missing its neighbours."""

from __future__ import annotations

from typing import Final

from warehouse.checks.check import OWN_FAULT, Check
from warehouse.checks.relations import BITEMPORAL, each
from warehouse.contracts import core, raw

_CITING: Final = (*BITEMPORAL, raw.QUARANTINE, raw.LANDING)
_CITED: Final = (core.OBSERVATION, core.ASSUMPTION, core.ESSAY_NUMBER, core.INCONSISTENCY, core.STATED_FORECAST)

CHECKS: Final = (
    Check(
        "rows_have_snapshots",
        "every landed, refused or counted row names bytes that raw.snapshot knows",
        "stop",
        each(
            _CITING,
            """SELECT DISTINCT '{table}: snapshot ' || snapshot_id || ' of ' || source_id || '/' || feed
                   || ' is not in raw.snapshot' AS evidence
               FROM {table} WHERE snapshot_id NOT IN (SELECT snapshot_id FROM raw.snapshot)""",
        ),
        remedy=OWN_FAULT,
    ),
    Check(
        "looks_have_snapshots",
        "every look that ended with bytes names bytes that raw.snapshot knows, of the same feed",
        "stop",
        """SELECT 'look ' || look_id || ' names ' || snapshot_id AS evidence FROM raw.look AS l
           WHERE snapshot_id IS NOT NULL AND NOT EXISTS (FROM raw.snapshot AS s
               WHERE s.snapshot_id = l.snapshot_id AND s.source_id = l.source_id AND s.feed = l.feed)""",
        remedy=OWN_FAULT,
    ),
    Check(
        "snapshots_kept",
        "the bytes of every snapshot in force are still on disk",
        "stop",
        "SELECT 'snapshot ' || snapshot_id || ' is gone from snapshots/' AS evidence FROM @missing_snapshot",
        remedy="restore data/snapshots from a backup; `gpt2030 snapshots verify` names what is missing",
    ),
    Check(
        "superseded_after_recorded",
        "no row was replaced before it was recorded",
        "stop",
        each(
            BITEMPORAL,
            """SELECT '{table} ' || {key} || ': recorded ' || recorded_at || ', superseded ' || superseded_at
                   AS evidence
               FROM {table} AS t WHERE superseded_at < recorded_at""",
        ),
        remedy=OWN_FAULT,
    ),
    Check(
        "history_unbroken",
        "every replaced row has the row that replaced it, recorded at that moment",
        "stop",
        each(
            BITEMPORAL,
            """SELECT '{table} ' || {key} || ': superseded ' || superseded_at || ' by nothing' AS evidence
               FROM {table} AS t WHERE superseded_at IS NOT NULL AND NOT EXISTS (
                   FROM {table} AS o WHERE {on} AND o.recorded_at = t.superseded_at)""",
        ),
        remedy=OWN_FAULT,
    ),
    Check(
        "tombstones_have_predecessors",
        "every recorded deletion deletes a row that stood",
        "stop",
        each(
            BITEMPORAL,
            """SELECT '{table} ' || {key} || ': deleted ' || recorded_at || ' without having stood' AS evidence
               FROM {table} AS t WHERE is_deleted AND NOT EXISTS (
                   FROM {table} AS o WHERE {on} AND NOT o.is_deleted AND o.superseded_at = t.recorded_at)""",
        ),
        remedy=OWN_FAULT,
    ),
    Check(
        "recorded_in_time",
        "nothing was recorded after the moment of this run: if so, it looks back, or a clock was wrong",
        "note",
        each(
            BITEMPORAL,
            """SELECT '{table} ' || {key} || ': recorded ' || recorded_at AS evidence
               FROM {table} AS t WHERE recorded_at > (SELECT now FROM @fact)""",
        ),
    ),
    Check(
        "landings_add_up",
        "each record of a file that was read is accounted for: landed, unchanged, refused, skipped or not yet",
        "hold",
        """SELECT run_id || ' ' || source_id || '/' || feed || ' ' || table_name || ': ' || record_count
               || ' records, accounted for ' || counted AS evidence
           FROM (SELECT *, added_count + revised_count + unchanged_count + quarantined_count + skipped_count
                           + not_yet_count AS counted FROM @newest_landing)
           WHERE NOT is_held AND counted <> record_count""",
        remedy=OWN_FAULT,
    ),
    Check(
        "every_row_cited",
        "every row that is not marked as remembered says where it is stated",
        "hold",
        each(
            _CITED,
            """SELECT '{table} ' || {key} || ': ' || evidence || ' without citation' AS evidence
               FROM {table} AS t WHERE superseded_at IS NULL AND NOT is_deleted
                   AND evidence <> 'remembered' AND trim(coalesce(citation_url, '')) = ''""",
        ),
        remedy="add the citation to the row, or mark it as remembered",
    ),
)
