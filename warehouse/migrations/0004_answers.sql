-- What an analyst asks for: levels as numbers, what a row rests on, what corrections changed.
-- Every table is altered before any is written to: the engine cannot do it afterwards in one transaction.
-- `output_type_id = 0.5` compares text with a number of one digit, and finds '0.45' too.
ALTER TABLE core.forecast ADD COLUMN level DOUBLE;

-- An edition made today for a day in 2023 is no witness of 2023.
ALTER TABLE out.edition ADD COLUMN recorded_at TIMESTAMP;

ALTER TABLE out.edition ADD COLUMN is_replay BOOLEAN;

CREATE TABLE out.property_input (
  edition_id VARCHAR NOT NULL,
  property_id VARCHAR NOT NULL,
  input_id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  depth BIGINT NOT NULL,
  said VARCHAR
);

CREATE TABLE out.corrected_row (
  edition_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  series_id VARCHAR NOT NULL,
  source_row_id VARCHAR NOT NULL,
  is_dropped BOOLEAN NOT NULL,
  system_id VARCHAR,
  observation_date DATE,
  known_date DATE,
  value DOUBLE,
  reason VARCHAR
);

UPDATE core.forecast SET level = CASE output_type WHEN 'median' THEN 0.5 ELSE try_cast(output_type_id AS DOUBLE) END
WHERE output_type IN ('quantile', 'median');

-- Made anew: a column that was added cannot be declared never empty in the same transaction.
CREATE TABLE out.property_quantile_anew (
  edition_id VARCHAR NOT NULL,
  property_id VARCHAR NOT NULL,
  level DOUBLE NOT NULL,
  value DOUBLE,
  is_published BOOLEAN NOT NULL
);

INSERT INTO out.property_quantile_anew
SELECT q.edition_id, q.property_id, q.level, q.value, coalesce(p.value_state IN ('value', 'not_yet'), true)
FROM out.property_quantile AS q LEFT JOIN out.property AS p USING (edition_id, property_id);

DROP TABLE out.property_quantile;

ALTER TABLE out.property_quantile_anew RENAME TO property_quantile;
