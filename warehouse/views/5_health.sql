-- Whether what we believe is fresh, and what was refused.

CREATE OR REPLACE VIEW quarantine_open AS
SELECT * FROM raw.quarantine WHERE released_at IS NULL ORDER BY source_id, feed, line_number;
COMMENT ON VIEW quarantine_open IS 'Refused rows that nobody released and that have not come back good. Key: quarantine_id, recorded_at.';
--@ quarantine_open <- raw.quarantine

-- The one definition of freshness: `status`, alerts, checks and the page ask this macro and nothing else.
--
-- A look that asked nobody (offline, not chosen, without a key, switched off) says nothing about a publisher: what counts
-- is the newest look per feed that asked. A look at '*' stands for all feeds, until a later one names them. A feed that has
-- never been read does not make its source stale: it says so in `detail`. A source is as fresh as the worst of its others.
CREATE OR REPLACE MACRO source_health_at(t, stale_days) AS TABLE
WITH look AS (
    SELECT *, rowid AS written, outcome IN ('changed', 'unchanged', 'embedded') AS is_answer,
           outcome NOT IN ('offline', 'not_asked', 'missing_key', 'disabled') AS is_asked
    FROM raw.look WHERE looked_at <= moment(t)
), told AS (
    -- A run that asked nobody takes no key away and brings none: what a source wants stays said after it.
    SELECT *, outcome NOT IN ('offline', 'not_asked') OR coalesce(last_value(
               CASE WHEN outcome NOT IN ('offline', 'not_asked') THEN outcome END IGNORE NULLS
           ) OVER (PARTITION BY source_id ORDER BY looked_at, written ROWS UNBOUNDED PRECEDING) <> 'missing_key', true) AS is_telling
    FROM look
), source AS (
    SELECT source_id, arg_max(outcome, (looked_at, written)) FILTER (is_telling) AS newest_outcome,
           arg_max(detail, (looked_at, written)) FILTER (is_telling) AS newest_detail,
           max(looked_at) FILTER (is_asked) AS last_looked_at, max(looked_at) FILTER (is_answer) AS last_answered_at,
           max(looked_at) FILTER (outcome IN ('changed', 'embedded')) AS last_changed_at,
           max(looked_at) FILTER (is_asked AND feed <> '*') AS named_at,
           coalesce(bool_or(snapshot_id IS NOT NULL), false) AS was_ever_read,
           bool_or(outcome = 'embedded' OR starts_with(url, 'embedded:')) AS is_embedded
    FROM told GROUP BY source_id
), newest AS (
    SELECT look.* FROM look JOIN source USING (source_id)
    WHERE is_asked AND (feed <> '*' OR named_at IS NULL OR looked_at > named_at)
    QUALIFY row_number() OVER (PARTITION BY source_id, feed ORDER BY looked_at DESC, written DESC) = 1
), asked AS (
    SELECT source_id, string_agg(DISTINCT outcome, ', ' ORDER BY outcome) AS outcome,
           string_agg(DISTINCT detail, '; ' ORDER BY detail) AS detail,
           -- Files that a folder of somebody's own has in place of those that came with the program.
           max(regexp_replace(url, '/[^/]*$', '')) FILTER (is_answer AND NOT starts_with(url, 'embedded:')) AS folder,
           bool_and(is_answer) FILTER (snapshot_id IS NOT NULL) AS has_answered, bool_or(outcome = 'refused') AS was_refused
    FROM newest GROUP BY source_id
), held AS (
    SELECT source_id, string_agg(feed || ': ' || detail, '; ' ORDER BY feed) AS detail
    FROM (
        SELECT * FROM raw.landing WHERE recorded_at <= moment(t)
        QUALIFY recorded_at = max(recorded_at) OVER (PARTITION BY source_id, feed)
    )
    WHERE is_held GROUP BY source_id
), in_force AS (
    SELECT l.source_id, count(DISTINCT l.feed) AS feed_count, min(s.retrieved_at) AS retrieved_at
    FROM (
        SELECT * FROM look WHERE snapshot_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY source_id, feed ORDER BY looked_at DESC, written DESC) = 1
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
        SELECT source_id, count(*) AS row_count FROM core.stated_forecast WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
        UNION ALL BY NAME
        SELECT source_id, count(*) AS row_count FROM core.community_forecast WHERE superseded_at IS NULL AND NOT is_deleted GROUP BY ALL
    ) GROUP BY source_id
), refused AS (
    SELECT source_id, count(*) AS open_count FROM raw.quarantine WHERE released_at IS NULL GROUP BY source_id
), judged AS (
    SELECT source.*, asked.outcome, held.detail AS held_detail, asked.detail AS asked_detail, folder,
           CASE
               WHEN newest_outcome = 'disabled' THEN 'off'
               WHEN held.source_id IS NOT NULL THEN 'held'
               WHEN is_embedded AND has_answered THEN 'embedded'
               WHEN NOT was_ever_read AND asked.source_id IS NULL THEN 'not_asked'
               WHEN NOT was_ever_read THEN if(was_refused, 'withheld', 'missing')
               WHEN has_answered AND last_answered_at >= moment(t)::DATE - to_days(stale_days) THEN 'live'
               ELSE 'stale'
           END AS state
    FROM source LEFT JOIN asked USING (source_id) LEFT JOIN held USING (source_id)
)
SELECT source_id, state,
       CASE state
           WHEN 'off' THEN 'switched off'
           WHEN 'held' THEN held_detail
           WHEN 'not_asked' THEN newest_detail
           WHEN 'embedded' THEN 'read from ' || folder || ' in place of the program''s own files'
           WHEN 'live' THEN asked_detail
           ELSE coalesce(asked_detail, concat_ws('; ', 'last answer ' || strftime(last_answered_at, '%Y-%m-%d'), newest_detail))
       END AS detail,
       last_looked_at, last_answered_at, outcome AS last_outcome, newest_outcome, last_changed_at,
       in_force.retrieved_at AS snapshot_retrieved_at,
       date_diff('day', in_force.retrieved_at, moment(t)) AS snapshot_age_days,
       coalesce(in_force.feed_count, 0) AS feed_count,
       coalesce(landed.row_count, 0) AS row_count,
       coalesce(refused.open_count, 0) AS quarantine_open_count
FROM judged
LEFT JOIN in_force USING (source_id)
LEFT JOIN landed USING (source_id)
LEFT JOIN refused USING (source_id)
ORDER BY source_id;
COMMENT ON MACRO TABLE source_health_at IS 'per source its state at t, when one that has not answered on its day or the stale_days before is stale; columns as in source_health';

-- At the newest look of any source, not at the reader's clock: the same file gives the same answer.
CREATE OR REPLACE VIEW source_health AS SELECT * FROM source_health_at((SELECT max(looked_at) FROM raw.look), 2);
COMMENT ON VIEW source_health IS 'Per source: its state (one that has not answered for two days is stale), when it was asked and when it answered, how old the bytes in force are, what stands and what was refused. Key: source_id.';
COMMENT ON COLUMN source_health.source_id IS 'the publisher';
COMMENT ON COLUMN source_health.state IS 'live: answered lately; embedded: comes with the program, or from a folder in its place, which detail names; held: new bytes came and were held back, older rows stand; stale: read before, no answer lately; withheld: answers, and will not show it; missing: never read: not reached, or nothing came that could be read; not_asked: nobody has asked yet; off: switched off';
COMMENT ON COLUMN source_health.detail IS 'evidence in words for that state';
COMMENT ON COLUMN source_health.last_looked_at IS 'UTC; newest look that asked the publisher; empty when none did';
COMMENT ON COLUMN source_health.last_answered_at IS 'UTC; newest look that the publisher answered; empty when none was';
COMMENT ON COLUMN source_health.last_outcome IS 'what came of the newest looks that asked, as in raw.look; several when feeds differ';
COMMENT ON COLUMN source_health.newest_outcome IS 'what came of the newest look, also when it asked nobody: offline, not_asked, missing_key (which an offline run leaves said), disabled';
COMMENT ON COLUMN source_health.last_changed_at IS 'UTC; newest look that brought new bytes; empty when none did';
COMMENT ON COLUMN source_health.snapshot_retrieved_at IS 'UTC; when the oldest bytes in force were taken; empty when there are none';
COMMENT ON COLUMN source_health.snapshot_age_days IS 'days from then to the newest look of any source';
COMMENT ON COLUMN source_health.feed_count IS 'feeds with bytes in force';
COMMENT ON COLUMN source_health.row_count IS 'rows believed now, over all tables';
COMMENT ON COLUMN source_health.quarantine_open_count IS 'refused rows still open';
