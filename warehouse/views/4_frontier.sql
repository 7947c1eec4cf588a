-- The record so far by series.

-- A series served by a publisher is read (and defined) from there only: the embedded default steps back, as in the
-- fits, so that a stale copy never competes with its origin. A series with members takes their rows too. Of several rows that reach
-- a record on one day the first by source and row id stands, so that a record is one row and always the same.
--
-- A row can be a record only if it beats every earlier year. The best of each year is found first, so that few rows
-- have to be put in order; and each window is by series, so that a filter on series_id reaches the table itself.
CREATE OR REPLACE MACRO frontier_as_of(t) AS TABLE
WITH definition AS (
    SELECT series_id, direction, members FROM series_as_of(t)
    QUALIFY row_number() OVER (PARTITION BY series_id ORDER BY source_id = 'curated', source_id, feed) = 1
), place AS (
    SELECT series_id, direction,
           unnest(list_distinct(list_prepend(series_id, string_split(coalesce(members, series_id), '+')))) AS measured_as
    FROM definition
), best_of_year AS (
    SELECT p.series_id, p.direction, p.measured_as, o.source_id <> 'curated' AS is_live,
           year(o.observation_date) AS year, max(o.value) AS value, max(o.observation_date) AS newest_date
    FROM core.observation AS o JOIN place AS p ON o.series_id = p.measured_as
    WHERE is_believed(o.recorded_at, o.superseded_at, o.is_deleted, t)
        AND o.observation_date <= CAST(moment(t) AS DATE) AND o.known_date <= CAST(moment(t) AS DATE)
    GROUP BY ALL
), origin AS (
    -- The order within the windows decides nothing; without it DuckDB would compute everything above a second time.
    SELECT * FROM best_of_year
    QUALIFY is_live = bool_or(is_live) OVER (
        PARTITION BY series_id, measured_as ORDER BY year RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
), bar AS (
    SELECT *, max(value) OVER (
        PARTITION BY series_id ORDER BY year RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS best_before, max(newest_date) OVER (
        PARTITION BY series_id ORDER BY year RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS level_date
    FROM origin
    QUALIFY CASE direction
        WHEN 'max' THEN best_before IS NULL OR value > best_before
        ELSE newest_date = level_date
    END
), candidate AS (
    SELECT b.series_id, b.direction, o.rowid AS stored_row, o.observation_date, o.value
    FROM core.observation AS o
    JOIN bar AS b ON o.series_id = b.measured_as AND year(o.observation_date) = b.year
        AND (o.source_id <> 'curated') = b.is_live
    WHERE is_believed(o.recorded_at, o.superseded_at, o.is_deleted, t)
        AND o.observation_date <= CAST(moment(t) AS DATE) AND o.known_date <= CAST(moment(t) AS DATE)
        AND CASE b.direction
            WHEN 'max' THEN b.best_before IS NULL OR o.value > b.best_before
            ELSE o.observation_date = b.level_date
        END
), record AS (
    SELECT *, max(value) OVER (earlier RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS value_before
    FROM candidate
    WINDOW earlier AS (PARTITION BY series_id ORDER BY observation_date - DATE '1970-01-01')
    QUALIFY direction <> 'max'
        OR (value_before IS NULL OR value > value_before) AND value = max(value) OVER earlier
)
SELECT r.series_id, o.observation_date, o.value, o.unit, o.system_id, r.direction, o.series_id AS measured_as,
       CASE r.direction WHEN 'max' THEN r.value_before END AS value_before,
       o.observation_date = max(o.observation_date) OVER (PARTITION BY r.series_id) AS is_current,
       o.known_date, o.date_precision, o.setup, o.evidence, o.citation_title, o.citation_url,
       o.source_id, o.source_row_id, o.snapshot_id
FROM record AS r JOIN core.observation AS o ON o.rowid = r.stored_row
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
