-- What is believed now, and how beliefs came to be.

CREATE OR REPLACE VIEW observation_latest AS
SELECT * FROM observation_as_of(TIMESTAMP '9999-12-31 00:00:00');
COMMENT ON VIEW observation_latest IS 'Measured values as believed now: each fact once, as whoever comes first of its publishers states it; what others say of it is in core.observation. Key: series_id, source_id, feed, source_row_id.';
--@ observation_latest <- core.observation

-- Per fact that more than one publisher has ever stated: who had the word, from when on. Moments at which nothing was
-- handed over are left out.
CREATE OR REPLACE VIEW source_change AS
WITH stated AS (
    SELECT series_id, system_id, fact_of(system_id, date_kind, observation_date) AS fact, source_id, value,
           recorded_at, coalesce(superseded_at, TIMESTAMP 'infinity') AS until
    FROM core.observation
    WHERE NOT is_deleted AND series_id IN (SELECT series_id FROM core.series_state WHERE publisher_count > 1)
), shared AS (
    SELECT series_id, fact FROM stated GROUP BY ALL HAVING count(DISTINCT source_id) > 1
), boundary AS (
    SELECT DISTINCT series_id, fact, changed_at
    FROM (
        SELECT series_id, fact, unnest([recorded_at, until]) AS changed_at
        FROM stated SEMI JOIN shared USING (series_id, fact)
    )
    WHERE isfinite(changed_at)
), believed AS (
    SELECT b.changed_at, s.*, rank() OVER (PARTITION BY b.series_id, b.fact, b.changed_at ORDER BY precedence(s.source_id)) AS place
    FROM boundary AS b JOIN stated AS s
        ON s.series_id = b.series_id AND s.fact = b.fact AND s.recorded_at <= b.changed_at AND s.until > b.changed_at
), word AS (
    SELECT series_id, fact, changed_at, min(system_id) AS system_id, min(source_id) AS source_id, max(value) AS value
    FROM believed WHERE place = 1 GROUP BY ALL
), told AS (
    SELECT *, lag(source_id) OVER history AS source_id_before, lag(value) OVER history AS value_before
    FROM word WINDOW history AS (PARTITION BY series_id, fact ORDER BY changed_at)
)
SELECT changed_at, series_id, system_id, fact, source_id_before AS from_source_id, source_id AS to_source_id,
       value_before, value
FROM told WHERE source_id_before <> source_id
ORDER BY changed_at, series_id, fact;
COMMENT ON VIEW source_change IS 'Facts that another publisher has the word on since a moment: a change of source, no revision. Key: changed_at, series_id, fact.';
COMMENT ON COLUMN source_change.changed_at IS 'UTC; when the warehouse first believed the other publisher';
COMMENT ON COLUMN source_change.series_id IS 'the series';
COMMENT ON COLUMN source_change.system_id IS 'the system that the fact is of';
COMMENT ON COLUMN source_change.fact IS 'what both state: the system, and of repeated measurements its month';
COMMENT ON COLUMN source_change.from_source_id IS 'who had the word before';
COMMENT ON COLUMN source_change.to_source_id IS 'who has it from then on';
COMMENT ON COLUMN source_change.value_before IS 'the best value that the one before stated, in the unit of the series';
COMMENT ON COLUMN source_change.value IS 'the best value that the other states';

-- A system that several publishers list, or one under several names: as whoever comes first of those that name its maker.
CREATE OR REPLACE MACRO system_as_of(t) AS TABLE
SELECT * FROM core.system WHERE is_believed(recorded_at, superseded_at, is_deleted, t)
QUALIFY row_number() OVER (
    PARTITION BY system_id ORDER BY organization IS NULL, precedence(source_id), source_row_id, feed) = 1;
COMMENT ON MACRO TABLE system_as_of IS 'AI systems as the warehouse believed them at t, one row each; columns as in core.system';

CREATE OR REPLACE VIEW system_latest AS
SELECT * FROM system_as_of(TIMESTAMP '9999-12-31 00:00:00') ORDER BY system_id;
COMMENT ON VIEW system_latest IS 'AI systems as believed now, one row per system_id; every publisher''s own record is in core.system. Key: system_id.';
--@ system_latest <- core.system

-- The day and moment of the edition in force: its fits read what was known then. Corrections were applied as declared.
CREATE OR REPLACE VIEW observation_fitted AS
WITH edition AS (SELECT edition_id, origin_date, issued_at FROM out.edition WHERE edition_id = edition_in_force()),
known AS (
--@ put fitted
), read AS (
    SELECT known.* REPLACE (
               if(c.source_id IS NULL, known.system_id, c.system_id) AS system_id,
               if(c.source_id IS NULL, known.observation_date, c.observation_date) AS observation_date,
               if(c.source_id IS NULL, known.known_date, c.known_date) AS known_date,
               if(c.source_id IS NULL, known.value, c.value) AS value),
           c.reason AS correction_reason
    FROM known LEFT JOIN out.corrected_row AS c
        ON c.edition_id = (SELECT edition_id FROM edition) AND c.source_id = known.source_id AND c.feed = known.feed
            AND c.series_id = known.series_id AND c.source_row_id = known.source_row_id
    WHERE c.is_dropped IS NOT TRUE
), definition AS (
    SELECT series_id, members FROM (
--@ put series_fitted
    )
    QUALIFY row_number() OVER (PARTITION BY series_id ORDER BY source_id = 'curated', source_id, feed) = 1
), place AS (
    SELECT series_id AS fitted_id,
           unnest(list_distinct(list_prepend(series_id, string_split(coalesce(members, series_id), '+')))) AS measured_as
    FROM definition
)
SELECT read.* REPLACE (place.fitted_id AS series_id), place.measured_as
FROM read JOIN place ON read.series_id = place.measured_as
ORDER BY fitted_id, observation_date, source_id, source_row_id;
COMMENT ON VIEW observation_fitted IS 'Observations as the fits of the edition in force read them: known on its day, each fact once, corrections applied, under every series that takes them. Key: series_id, measured_as, source_id, feed, source_row_id.';
--@ observation_fitted <- core.observation
COMMENT ON COLUMN observation_fitted.series_id IS 'the series fitted';
COMMENT ON COLUMN observation_fitted.measured_as IS 'the series the row was measured under: another one only where a series takes rows from members';
COMMENT ON COLUMN observation_fitted.correction_reason IS 'why the row differs from what its publisher says; empty where it does not';

CREATE OR REPLACE VIEW community_latest AS
SELECT * FROM core.community_forecast WHERE superseded_at IS NULL AND NOT is_deleted;
COMMENT ON VIEW community_latest IS 'What forecasting platforms say now: a typed state first, numbers only where they are shown. Key: source_id, feed, source_row_id.';
--@ community_latest <- core.community_forecast

CREATE OR REPLACE VIEW stated_latest AS
SELECT * FROM core.stated_forecast WHERE superseded_at IS NULL AND NOT is_deleted;
COMMENT ON VIEW stated_latest IS 'What others forecast once and never changed, with what differs and where they said so. Key: source_id, feed, statement_id.';
--@ stated_latest <- core.stated_forecast

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
COMMENT ON VIEW revision_summary IS 'How much each series was revised, by source: added - deleted is what stands, revisions come on top. Key: series_id, source_id.';
--@ revision_summary <- core.observation: series_id, source_id
COMMENT ON COLUMN revision_summary.in_force_count IS 'rows believed now';
COMMENT ON COLUMN revision_summary.vintage_count IS 'moments at which something was recorded';
COMMENT ON COLUMN revision_summary.first_recorded_at IS 'UTC; first vintage';
COMMENT ON COLUMN revision_summary.last_recorded_at IS 'UTC; last vintage';
COMMENT ON COLUMN revision_summary.added_count IS 'rows that were new, or came back after a deletion';
COMMENT ON COLUMN revision_summary.revised_count IS 'rows that replaced one in force';
COMMENT ON COLUMN revision_summary.deleted_count IS 'rows the publisher took back';
COMMENT ON COLUMN revision_summary.largest_change_share IS 'largest revision of a value, as a share of the value it replaced; empty when none was revised from other than zero';
