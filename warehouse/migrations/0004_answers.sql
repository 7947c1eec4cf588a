-- What an analyst asks for: levels as numbers, what a row rests on, what corrections changed.
-- `output_type_id = 0.5` compares text with a number of one digit, and finds '0.45' too.
ALTER TABLE core.forecast ADD COLUMN level DOUBLE;

UPDATE core.forecast SET level = CASE output_type WHEN 'median' THEN 0.5 ELSE try_cast(output_type_id AS DOUBLE) END
WHERE output_type IN ('quantile', 'median');

ALTER TABLE out.property_quantile ADD COLUMN is_published BOOLEAN DEFAULT true;

UPDATE out.property_quantile SET is_published = false
FROM out.property AS p
WHERE p.edition_id = property_quantile.edition_id AND p.property_id = property_quantile.property_id
    AND p.value_state NOT IN ('value', 'not_yet');

ALTER TABLE out.property_quantile ALTER COLUMN is_published SET NOT NULL;

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
