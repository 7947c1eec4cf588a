-- Named scenarios stand beside the table, what markets ask says which of our targets it speaks for, and forecasts that others stated once have a table.
ALTER TABLE core.community_forecast ADD COLUMN threshold_value DOUBLE;

ALTER TABLE core.community_forecast ADD COLUMN target VARCHAR;

ALTER TABLE core.community_forecast ADD COLUMN target_date DATE;

ALTER TABLE core.community_forecast ADD COLUMN differs VARCHAR;

CREATE TABLE core.stated_forecast (
  statement_id VARCHAR NOT NULL,
  forecaster_id VARCHAR NOT NULL,
  forecaster_title VARCHAR NOT NULL,
  target VARCHAR NOT NULL,
  unit VARCHAR NOT NULL,
  known_date DATE NOT NULL,
  target_date DATE,
  level DOUBLE,
  value DOUBLE NOT NULL,
  statement VARCHAR NOT NULL,
  differs VARCHAR,
  evidence VARCHAR NOT NULL,
  citation_title VARCHAR NOT NULL,
  citation_url VARCHAR,
  note VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE out.scenario (
  edition_id VARCHAR NOT NULL,
  scenario VARCHAR NOT NULL,
  assumptions VARCHAR NOT NULL,
  property_id VARCHAR NOT NULL,
  unit VARCHAR NOT NULL,
  p25 DOUBLE NOT NULL,
  p50 DOUBLE NOT NULL,
  p75 DOUBLE NOT NULL,
  shift DOUBLE NOT NULL,
  shift_scale VARCHAR NOT NULL
);
