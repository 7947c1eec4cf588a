-- The record so far by series.

-- A series served by a publisher is read (and defined) from there only: the embedded default steps back, as in the
-- fits, so that a stale copy never competes with its origin. A series with members takes their rows too. Of several rows that reach
-- a record on one day the first by source and row id stands, so that a record is one row and always the same.
CREATE OR REPLACE MACRO frontier_as_of(t) AS TABLE
WITH best_of_day AS (
    SELECT series_id AS measured_as, source_id <> 'curated' AS is_live, observation_date, max(value) AS value
    FROM observation_as_of(t)
    WHERE observation_date <= CAST(moment(t) AS DATE) AND known_date <= CAST(moment(t) AS DATE)
    GROUP BY series_id, is_live, observation_date
    QUALIFY is_live = bool_or(is_live) OVER (PARTITION BY measured_as)
), definition AS (
    SELECT series_id, direction, members FROM series_as_of(t)
    QUALIFY row_number() OVER (PARTITION BY series_id ORDER BY source_id = 'curated', source_id, feed) = 1
), place AS (
    SELECT series_id, direction,
           unnest(list_distinct(list_prepend(series_id, string_split(coalesce(members, series_id), '+')))) AS measured_as
    FROM definition
), by_day AS (
    SELECT series_id, direction, observation_date, max(value) AS value
    FROM best_of_day JOIN place USING (measured_as)
    GROUP BY ALL
), record AS (
    SELECT *, max(value) OVER (
        PARTITION BY series_id ORDER BY observation_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS value_before
    FROM by_day
    QUALIFY CASE direction
        WHEN 'max' THEN value_before IS NULL OR value > value_before
        ELSE observation_date = max(observation_date) OVER (PARTITION BY series_id)
    END
)
SELECT r.series_id, o.observation_date, o.value, o.unit, o.system_id, r.direction, o.series_id AS measured_as,
       CASE r.direction WHEN 'max' THEN r.value_before END AS value_before,
       o.observation_date = max(o.observation_date) OVER (PARTITION BY r.series_id) AS is_current,
       o.known_date, o.date_precision, o.setup, o.evidence, o.citation_title, o.citation_url,
       o.source_id, o.source_row_id, o.snapshot_id
FROM record AS r
JOIN place AS p USING (series_id)
JOIN best_of_day AS b ON b.measured_as = p.measured_as AND b.observation_date = r.observation_date
JOIN observation_as_of(t) AS o
    ON o.series_id = b.measured_as AND o.observation_date = b.observation_date
    AND (o.source_id <> 'curated') = b.is_live AND o.known_date <= CAST(moment(t) AS DATE)
WHERE r.direction <> 'max' OR o.value = r.value
QUALIFY r.direction <> 'max' OR row_number() OVER (
    PARTITION BY r.series_id, r.observation_date ORDER BY o.source_id, o.series_id, o.source_row_id
) = 1
ORDER BY r.series_id, o.observation_date, o.value, o.source_id, o.source_row_id;
COMMENT ON MACRO TABLE frontier_as_of IS 'the frontier as the warehouse believed it at t (a DATE: its end; a TIMESTAMP: UTC); columns as in frontier';

CREATE OR REPLACE VIEW frontier AS SELECT * FROM frontier_as_of(TIMESTAMP '9999-12-31 00:00:00');
COMMENT ON VIEW frontier IS 'Record so far by series, records only, as believed now; of series whose level counts, the readings of the newest day.';
--@ frontier <- core.series: series_id, direction
--@ frontier <- core.observation: observation_date, value, unit, system_id, known_date, date_precision, setup
--@ frontier <- core.observation: evidence, citation_title, citation_url, source_id, source_row_id, snapshot_id
COMMENT ON COLUMN frontier.measured_as IS 'the series the row was measured under: another one only where a series takes rows from members';
COMMENT ON COLUMN frontier.value_before IS 'the record it broke, in the same unit; empty for the first row of a series and for levels';
COMMENT ON COLUMN frontier.is_current IS 'true for the record (or the readings) that stand today';
