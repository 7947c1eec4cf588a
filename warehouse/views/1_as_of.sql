-- What was believed at a moment: every as-of question is a filter on the interval [recorded_at, superseded_at).

-- A day means its whole: everything recorded on it counts. Without the case for time zones, a reader whose session
-- is not in UTC would silently be given the beliefs of some hours earlier or later.
CREATE OR REPLACE MACRO moment(t) AS CASE
    WHEN typeof(t) = 'TIMESTAMP WITH TIME ZONE' THEN timezone('UTC', CAST(t AS TIMESTAMPTZ))
    WHEN length(CAST(t AS VARCHAR)) = 10 THEN CAST(t AS TIMESTAMP) + INTERVAL '23:59:59.999999'
    ELSE CAST(t AS TIMESTAMP)
END;
COMMENT ON MACRO moment IS 'the moment (UTC) an as-of question means: a timestamp itself, a day its last microsecond';

-- `superseded_at IS NULL OR superseded_at > …` says the same and takes twice the time over many rows.
CREATE OR REPLACE MACRO is_believed(recorded_at, superseded_at, is_deleted, t) AS
    recorded_at <= moment(t) AND (superseded_at <= moment(t)) IS NOT TRUE AND NOT is_deleted;
COMMENT ON MACRO is_believed IS 'whether a row with this bookkeeping was in force at t; for any bitemporal table';

-- Each fact once: of a series that several publishers serve, the rows of whoever has the word on their fact. In two halves,
-- because a window over all rows would take twenty times as long, and few series are served by more than one.
CREATE OR REPLACE MACRO observation_as_of(t) AS TABLE
SELECT * FROM core.observation
WHERE is_believed(recorded_at, superseded_at, is_deleted, t)
    AND series_id NOT IN (SELECT series_id FROM core.series_state WHERE publisher_count > 1)
UNION ALL
SELECT * FROM core.observation
WHERE is_believed(recorded_at, superseded_at, is_deleted, t)
    AND series_id IN (SELECT series_id FROM core.series_state WHERE publisher_count > 1)
QUALIFY precedence(source_id) = min(precedence(source_id)) OVER (
    PARTITION BY series_id, fact_of(system_id, date_kind, observation_date));
COMMENT ON MACRO TABLE observation_as_of IS 'observations as the warehouse believed them at t (a DATE: its end; a TIMESTAMP: UTC), each fact once; columns as in core.observation';

-- The very text that forecasts are made from: `known` comes from warehouse.vintages.
CREATE OR REPLACE MACRO observation_known_on(t) AS TABLE
--@ put known
;
COMMENT ON MACRO TABLE observation_known_on IS 'observations that somebody could have known on a day, as forecasts of that day read them: each fact once, none dated or published later; history from before our first look counts by the days of its facts; columns as in core.observation';

CREATE OR REPLACE MACRO series_as_of(t) AS TABLE
SELECT * FROM core.series WHERE is_believed(recorded_at, superseded_at, is_deleted, t);
COMMENT ON MACRO TABLE series_as_of IS 'definitions of series as the warehouse believed them at t; columns as in core.series';

-- The newest run decides, not the newest issued_at: a run that looks back at an older day replaces the table too.
CREATE OR REPLACE MACRO edition_in_force() AS (SELECT arg_max(edition_id, run_number) FROM out.run WHERE edition_id IS NOT NULL);
COMMENT ON MACRO edition_in_force IS 'edition_id of the published set in force: that of the newest run that has one';

-- Two editions may be issued at one moment when the day is given; the one of the later run replaced the other.
CREATE OR REPLACE MACRO edition_as_of(t) AS (
    SELECT arg_max(e.edition_id, (e.issued_at, coalesce(r.run_number, 0)))
    FROM out.edition AS e
    LEFT JOIN (SELECT edition_id, min(run_number) AS run_number FROM out.run GROUP BY edition_id) AS r USING (edition_id)
    WHERE e.issued_at <= moment(t)
);
COMMENT ON MACRO edition_as_of IS 'edition_id of the published set that was in force at t, by issued_at';

CREATE OR REPLACE MACRO property_as_of(t) AS TABLE
SELECT p.*, e.origin_date, e.issued_at, e.is_replay
FROM out.property AS p JOIN out.edition AS e USING (edition_id)
WHERE p.edition_id = edition_as_of(t)
ORDER BY p.row_number;
COMMENT ON MACRO TABLE property_as_of IS 'the property table as published at t; columns as in property_latest';
