-- What editions say again and again is written once: scores by the editions that say them, in the order of writing.
CREATE TABLE out.edition_number (
  edition_id VARCHAR NOT NULL,
  edition_number BIGINT NOT NULL
);

-- Those that out.edition does not know, should there be any, keep their scores, too.
INSERT INTO out.edition_number
SELECT edition_id, row_number() OVER (ORDER BY is_unknown, place) FROM (
    SELECT edition_id, false AS is_unknown, min(rowid) AS place FROM out.edition GROUP BY edition_id
    UNION ALL
    SELECT edition_id, true AS is_unknown, min(rowid) AS place FROM out.score
    WHERE edition_id NOT IN (SELECT edition_id FROM out.edition) GROUP BY edition_id
);

CREATE TABLE out.score_span (
  forecaster_id VARCHAR NOT NULL,
  target VARCHAR NOT NULL,
  origin_date DATE NOT NULL,
  target_date DATE NOT NULL,
  basis VARCHAR NOT NULL,
  scale VARCHAR NOT NULL,
  horizon_months BIGINT NOT NULL,
  metric VARCHAR NOT NULL,
  value DOUBLE NOT NULL,
  detail VARCHAR,
  from_number BIGINT NOT NULL,
  until_number BIGINT
);

-- A row that editions with successive numbers say is one span; said several times by each, it is as many.
INSERT INTO out.score_span
SELECT forecaster_id, target, origin_date, target_date, basis, scale, horizon_months, metric, value, detail,
       from_number, CASE WHEN last_number < (SELECT max(edition_number) FROM out.edition_number) THEN last_number + 1 END
FROM (
    SELECT forecaster_id, target, origin_date, target_date, basis, scale, horizon_months, metric, value, detail, times,
           min(edition_number) AS from_number, max(edition_number) AS last_number
    FROM (
        SELECT *, edition_number - row_number() OVER (
            PARTITION BY forecaster_id, target, origin_date, target_date, basis, scale, horizon_months, metric, value,
                         detail, times
            ORDER BY edition_number) AS island
        FROM (
            SELECT s.* EXCLUDE (edition_id), n.edition_number, count(*) AS times
            FROM out.score AS s JOIN out.edition_number AS n USING (edition_id) GROUP BY ALL
        )
    ) GROUP BY forecaster_id, target, origin_date, target_date, basis, scale, horizon_months, metric, value, detail, times,
               island
), range(times)
ORDER BY from_number, basis, forecaster_id, target, origin_date, target_date, metric;

DROP TABLE out.score;

-- Forecasts move with every day. Those of old editions lie in the files of these, and leave the warehouse.
CREATE TABLE core.forecast_file (
  edition_id VARCHAR NOT NULL,
  row_count BIGINT NOT NULL,
  sha256 VARCHAR NOT NULL
);

CREATE TABLE core.forecast_task (
  target VARCHAR NOT NULL,
  target_date DATE NOT NULL
);
