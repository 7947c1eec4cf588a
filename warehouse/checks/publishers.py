"""The checks of publishers: fresh, answering, not held back, within tolerance, and in agreement with each other."""

from __future__ import annotations

from typing import Final

from warehouse.checks.acceptances import HELD_ID
from warehouse.checks.check import Check

CHECKS: Final = (
    Check(
        "sources_fresh",
        "every publisher that was ever read has answered lately (alerts.stale_days)",
        "note",
        "SELECT source_id, source_id || ' is stale: ' || detail AS evidence FROM @source_state WHERE state = 'stale'",
        by_source=True,
        judged="FROM @source_state WHERE state IN ('live', 'held', 'stale')",
        idle="nothing to judge: no publisher was ever read here",
    ),
    Check(
        "sources_answer",
        "every publisher that a run went for was reached and read at some time, and shows what we ask for",
        "note",
        """SELECT source_id, source_id || ' is ' || state || ': ' || detail AS evidence FROM @source_state
           WHERE state IN ('missing', 'withheld')""",
        by_source=True,
        judged="FROM @source_state WHERE state NOT IN ('embedded', 'off', 'not_asked')",
        idle="nothing to judge: no run went for a publisher here",
    ),
    Check(
        "embedded_data_landed",
        "nothing of the data that comes with the program was held back",
        "hold",
        """SELECT source_id, 'held: ' || coalesce(detail, 'no reason given') AS evidence FROM @source_state
           WHERE state = 'held' AND source_id IN (SELECT source_id FROM @embedded)""",
        by_source=True,
        remedy="mend the curated folder as the reason says: docs/data.md has its layout",
    ),
    Check(
        "publishers_landed",
        "nothing that a publisher sent was held back; where it was, its last good snapshot stands in",
        "note",
        """SELECT source_id, 'held: ' || coalesce(detail, 'no reason given') AS evidence FROM @source_state
           WHERE state = 'held' AND source_id NOT IN (SELECT source_id FROM @embedded)""",
        by_source=True,
    ),
    Check(
        "refusals_within_tolerance",
        "of what landed, no file lost more rows to quarantine than the tolerance allows",
        "hold",
        f"""SELECT l.source_id, l.feed || ': ' || l.quarantined_count || ' of ' || l.record_count || ' rows refused'
               AS evidence
           FROM @newest_landing AS l CROSS JOIN @fact AS f
           WHERE NOT l.is_held
               AND {HELD_ID} NOT IN (SELECT finding_id FROM core.acceptance WHERE until_date >= f.today)
               AND l.quarantined_count > greatest(f.quarantined_share * l.record_count, f.quarantined_rows)""",
        by_source=True,
        remedy="read `gpt2030 quarantine list`; mend the rows, or raise tolerance.* with a reason",
    ),
    Check(
        "no_open_refusals",
        "no row stands refused",
        "note",
        """SELECT source_id, feed || coalesce(' line ' || line_number, '') || ', ' || coalesce(column_name, 'row')
               || ' = ' || coalesce(cell_value, 'empty') || ': ' || reason AS evidence
           FROM raw.quarantine WHERE released_at IS NULL""",
        by_source=True,
    ),
    Check(
        "publishers_changed",
        "no fact is read from another publisher than in the last edition",
        "note",
        """SELECT to_source_id AS source_id, series_id || ': ' || count(*) || ' facts, ' || from_source_id || ' to '
               || to_source_id AS evidence
           FROM @handed_over GROUP BY series_id, from_source_id, to_source_id""",
        by_source=True,
    ),
    Check(
        "publishers_agree",
        "where two publishers report one system on one series, they agree: within 5 points of the range, or 1.5 times",
        "note",
        """WITH best AS (
               SELECT o.series_id, o.system_id, o.source_id, max(o.value) AS value, any_value(s.top) AS top
               FROM @believed_observation AS o JOIN @series AS s USING (series_id) GROUP BY ALL)
           SELECT a.series_id || ' of ' || a.system_id || ': ' || a.value || ' (' || a.source_id || '), '
               || b.value || ' (' || b.source_id || ')' AS evidence
           FROM best AS a JOIN best AS b USING (series_id, system_id)
           WHERE a.source_id < b.source_id
               AND CASE WHEN a.top IS NOT NULL THEN abs(a.value - b.value) > 0.05 * a.top
                        ELSE greatest(a.value, b.value) > 1.5 * least(a.value, b.value) END""",
    ),
)
