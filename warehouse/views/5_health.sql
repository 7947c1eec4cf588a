-- Whether what we believe is fresh, and what was refused.

CREATE OR REPLACE VIEW quarantine_open AS
SELECT * FROM raw.quarantine WHERE released_at IS NULL ORDER BY source_id, feed, line_number;
COMMENT ON VIEW quarantine_open IS 'Refused rows that nobody released and that have not come back good.';
--@ quarantine_open <- raw.quarantine

-- Ages are counted at the newest look of any source, not at the reader's clock: the same file gives the same answer.
-- The oldest bytes among the feeds of a source count, or one fresh feed would hide a stale one.
CREATE OR REPLACE VIEW source_health AS
WITH newest_look AS (
    SELECT * FROM raw.look
    QUALIFY row_number() OVER (PARTITION BY source_id, feed ORDER BY looked_at DESC, rowid DESC) = 1
), look AS (
    SELECT source_id, max(looked_at) AS looked_at,
           string_agg(DISTINCT outcome, ', ' ORDER BY outcome) FILTER (looked_at = source_looked_at) AS outcome,
           string_agg(DISTINCT detail, '; ' ORDER BY detail) FILTER (looked_at = source_looked_at) AS detail
    FROM (SELECT *, max(looked_at) OVER (PARTITION BY source_id) AS source_looked_at FROM newest_look)
    GROUP BY source_id
), change AS (
    SELECT source_id, max(looked_at) AS last_changed_at FROM raw.look
    WHERE outcome IN ('changed', 'embedded') GROUP BY source_id
), in_force AS (
    SELECT l.source_id, count(DISTINCT l.feed) AS feed_count, min(s.retrieved_at) AS retrieved_at
    FROM (
        SELECT * FROM raw.look WHERE outcome <> 'held' AND snapshot_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY source_id, feed ORDER BY looked_at DESC, rowid DESC) = 1
    ) AS l
    JOIN raw.snapshot AS s USING (snapshot_id, source_id, feed)
    GROUP BY l.source_id
), landed AS (
    SELECT source_id, sum(row_count)::BIGINT AS row_count FROM (
        SELECT source_id, count(*) AS row_count FROM core.system WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
        UNION ALL BY NAME
        SELECT source_id, count(*) AS row_count FROM core.series WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
        UNION ALL BY NAME
        SELECT source_id, count(*) AS row_count FROM core.observation WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
        UNION ALL BY NAME
        SELECT source_id, count(*) AS row_count FROM core.assumption WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
        UNION ALL BY NAME
        SELECT source_id, count(*) AS row_count FROM core.essay_number WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
        UNION ALL BY NAME
        SELECT source_id, count(*) AS row_count FROM core.inconsistency WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
        UNION ALL BY NAME
        SELECT source_id, count(*) AS row_count FROM core.community_forecast WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
    ) GROUP BY source_id
), refused AS (
    SELECT source_id, count(*) AS open_count FROM quarantine_open GROUP BY source_id
)
SELECT look.source_id, look.looked_at AS last_looked_at, look.outcome AS last_outcome, look.detail AS last_detail,
       change.last_changed_at, in_force.retrieved_at AS snapshot_retrieved_at,
       date_diff('day', in_force.retrieved_at, max(look.looked_at) OVER ()) AS snapshot_age_days,
       coalesce(in_force.feed_count, 0) AS feed_count,
       coalesce(landed.row_count, 0) AS row_count,
       coalesce(refused.open_count, 0) AS quarantine_open_count
FROM look
LEFT JOIN change USING (source_id)
LEFT JOIN in_force USING (source_id)
LEFT JOIN landed USING (source_id)
LEFT JOIN refused USING (source_id)
ORDER BY look.source_id;
COMMENT ON VIEW source_health IS 'Per source: when we looked, what came of it, how old the bytes in force are, what stands and what was refused.';
COMMENT ON COLUMN source_health.source_id IS 'the publisher';
COMMENT ON COLUMN source_health.last_looked_at IS 'UTC; newest attempt to fetch';
COMMENT ON COLUMN source_health.last_outcome IS 'what came of it, as in raw.look; several when feeds differ';
COMMENT ON COLUMN source_health.last_detail IS 'evidence in words for that outcome';
COMMENT ON COLUMN source_health.last_changed_at IS 'UTC; newest look that brought new bytes; empty when none did';
COMMENT ON COLUMN source_health.snapshot_retrieved_at IS 'UTC; when the oldest bytes in force were taken; empty when there are none';
COMMENT ON COLUMN source_health.snapshot_age_days IS 'days from then to the newest look of any source';
COMMENT ON COLUMN source_health.feed_count IS 'feeds with bytes in force';
COMMENT ON COLUMN source_health.row_count IS 'rows believed now, over all tables';
COMMENT ON COLUMN source_health.quarantine_open_count IS 'refused rows still open';
