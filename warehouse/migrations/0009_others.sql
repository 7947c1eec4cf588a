-- What others forecast stands beside ours: markets say which of our targets they speak for, and what was stated once
-- has a table. So have named scenarios.
ALTER TABLE core.community_forecast RENAME TO community_forecast_before;

CREATE TABLE core.community_forecast (
  platform VARCHAR NOT NULL,
  question_id VARCHAR NOT NULL,
  source_row_id VARCHAR NOT NULL,
  title VARCHAR,
  state VARCHAR NOT NULL,
  state_detail VARCHAR,
  aggregation VARCHAR,
  quantile DOUBLE,
  threshold_date DATE,
  threshold_value DOUBLE,
  is_conditional BOOLEAN NOT NULL,
  value_number DOUBLE,
  value_date DATE,
  value_text VARCHAR,
  forecaster_count BIGINT,
  scaling_json VARCHAR,
  target VARCHAR,
  target_date DATE,
  differs VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

INSERT INTO core.community_forecast BY NAME SELECT * FROM core.community_forecast_before;

DROP TABLE core.community_forecast_before;

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
