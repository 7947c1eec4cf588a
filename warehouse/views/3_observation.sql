-- What is believed now, and how beliefs came to be.

CREATE OR REPLACE VIEW observation_latest AS
SELECT * FROM core.observation WHERE superseded_at IS NULL AND NOT is_deleted;
COMMENT ON VIEW observation_latest IS 'Measured values as believed now: one row per key, deleted ones left out.';
--@ observation_latest <- core.observation

CREATE OR REPLACE VIEW community_latest AS
SELECT * FROM core.community_forecast WHERE superseded_at IS NULL AND NOT is_deleted;
COMMENT ON VIEW community_latest IS 'What forecasting platforms say now: a typed state first, numbers only where they are shown.';
--@ community_latest <- core.community_forecast

-- A row that returns after its deletion counts as added again, so that added - deleted is what stands.
CREATE OR REPLACE VIEW revision_summary AS
WITH step AS (
    SELECT series_id, source_id, value, recorded_at, is_deleted, superseded_at,
           lag(value) OVER history AS value_before,
           coalesce(lag(is_deleted) OVER history, true) AS was_absent
    FROM core.observation
    WINDOW history AS (
        PARTITION BY source_id, feed, series_id, source_row_id ORDER BY recorded_at, superseded_at NULLS LAST
    )
)
SELECT series_id, source_id,
       count(*) FILTER (superseded_at IS NULL AND NOT is_deleted) AS in_force_count,
       count(DISTINCT recorded_at) AS vintage_count,
       min(recorded_at) AS first_recorded_at,
       max(recorded_at) AS last_recorded_at,
       count(*) FILTER (NOT is_deleted AND was_absent) AS added_count,
       count(*) FILTER (NOT is_deleted AND NOT was_absent) AS revised_count,
       count(*) FILTER (is_deleted) AS deleted_count,
       max(abs(value - value_before) / nullif(abs(value_before), 0)) FILTER (NOT is_deleted AND NOT was_absent)
           AS largest_change_share
FROM step
GROUP BY series_id, source_id
ORDER BY series_id, source_id;
COMMENT ON VIEW revision_summary IS 'How much each series was revised, by source: added - deleted is what stands, revisions come on top.';
--@ revision_summary <- core.observation: series_id, source_id
COMMENT ON COLUMN revision_summary.in_force_count IS 'rows believed now';
COMMENT ON COLUMN revision_summary.vintage_count IS 'moments at which something was recorded';
COMMENT ON COLUMN revision_summary.first_recorded_at IS 'UTC; first vintage';
COMMENT ON COLUMN revision_summary.last_recorded_at IS 'UTC; last vintage';
COMMENT ON COLUMN revision_summary.added_count IS 'rows that were new, or came back after a deletion';
COMMENT ON COLUMN revision_summary.revised_count IS 'rows that replaced one in force';
COMMENT ON COLUMN revision_summary.deleted_count IS 'rows the publisher took back';
COMMENT ON COLUMN revision_summary.largest_change_share IS 'largest revision of a value, as a share of the value it replaced; empty when none was revised from other than zero';
