-- The record so far by series.

-- A fact that several publishers state is read from whoever has the word on it, as in the fits, so that a stale copy never
-- competes with its origin. A series with members takes their rows too. Of several rows that reach a record on one day the
-- first by source and row id stands, so that a record is one row and always the same.
-- Where a logarithm is fitted, what is not positive cannot be part of the series.
--@ text places
definition AS (
    SELECT series_id, direction, scale, members FROM defined
    QUALIFY row_number() OVER (PARTITION BY series_id ORDER BY source_id = 'curated', source_id, feed) = 1
), place AS (
    SELECT series_id AS frontier_id, direction, scale,
           unnest(list_distinct(list_prepend(series_id, string_split(coalesce(members, series_id), '+')))) AS measured_as
    FROM definition
)
--@ end
--@ text records
record AS (
    SELECT *, max(value) OVER (earlier RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS value_before,
           direction <> 'max' OR value = max(value) OVER (PARTITION BY frontier_id) AS is_current
    FROM reading
    WHERE isfinite(value) AND (scale <> 'log' OR value > 0)
    WINDOW earlier AS (PARTITION BY frontier_id ORDER BY observation_date - DATE '1970-01-01')
    QUALIFY CASE direction
        WHEN 'max' THEN (value_before IS NULL OR value > value_before) AND value = max(value) OVER earlier
        ELSE observation_date > max(observation_date) OVER (PARTITION BY frontier_id) - 180 END
)
SELECT frontier_id AS series_id, observation_date, value, unit, system_id, direction, series_id AS measured_as,
       CASE direction WHEN 'max' THEN value_before END AS value_before, is_current,
       known_date, date_precision, setup, evidence, citation_title, citation_url, source_id, feed, source_row_id, snapshot_id,
       organization
FROM record LEFT JOIN maker USING (system_id)
QUALIFY direction <> 'max' OR row_number() OVER (
    PARTITION BY frontier_id, observation_date ORDER BY source_id, source_row_id, record.series_id, feed
) = 1
ORDER BY frontier_id, observation_date, value, source_id, source_row_id, measured_as, feed
--@ end

-- core.contender leaves out only what can be in no frontier at any moment, and no tombstone is in it. Windows are by series,
-- so that a filter on series_id reaches the table itself, and each row carries what is answered: looking rows up again
-- would cost more.
CREATE OR REPLACE MACRO frontier_as_of(t) AS TABLE
WITH defined AS (FROM series_as_of(t)), maker AS (SELECT system_id, organization FROM system_as_of(t)),
--@ put places
, reading AS (
    SELECT p.frontier_id, p.direction, p.scale, c.*
    FROM core.contender AS c JOIN place AS p ON c.series_id = p.measured_as
    WHERE is_believed(c.visible_at, c.superseded_at, false, t)
    QUALIFY precedence(c.source_id) = min(precedence(c.source_id)) OVER (PARTITION BY p.frontier_id, c.series_id, c.fact)
),
--@ put records
;
COMMENT ON MACRO TABLE frontier_as_of IS 'the frontier as the warehouse believed it at t (a DATE: its end; a TIMESTAMP: UTC); columns as in frontier';

-- Not from core.contender: before a feed's first look its oldest vintage stands in, which nobody believed then.
CREATE OR REPLACE MACRO frontier_known_on(t) AS TABLE
WITH defined AS (
--@ put series_known
), maker AS (SELECT system_id, organization FROM system_as_of('9999-12-31')),
--@ put places
, reading AS (
    SELECT p.frontier_id, p.direction, p.scale, o.*
    FROM observation_known_on(t) AS o JOIN place AS p ON o.series_id = p.measured_as
),
--@ put records
;
COMMENT ON MACRO TABLE frontier_known_on IS 'the frontier that somebody could have known on a day, as forecasts of that day read it: history from before our first look counts by the days of its facts; columns as in frontier';

CREATE OR REPLACE VIEW frontier AS SELECT * FROM frontier_as_of(TIMESTAMP '9999-12-31 00:00:00');
COMMENT ON VIEW frontier IS 'Record so far by series, records only, as believed now; of series whose level counts, the readings of the 180 days up to the newest of them, whose median is the level. Key: series_id, observation_date, measured_as, source_id, feed, source_row_id.';
--@ frontier <- core.series: series_id, direction
--@ frontier <- core.observation: observation_date, value, unit, system_id, known_date, date_precision, setup
--@ frontier <- core.observation: evidence, citation_title, citation_url, source_id, feed, source_row_id, snapshot_id
--@ frontier <- core.system: organization
COMMENT ON COLUMN frontier.measured_as IS 'the series the row was measured under: another one only where a series takes rows from members';
COMMENT ON COLUMN frontier.value_before IS 'the record it broke, in the same unit; empty for the first row of a series and for levels';
COMMENT ON COLUMN frontier.is_current IS 'true for the record (or the readings) that stand today';
