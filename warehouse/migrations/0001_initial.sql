-- Every table as first declared; warehouse/contracts is the source, tests hold the two together.
CREATE SCHEMA IF NOT EXISTS raw;

CREATE SCHEMA IF NOT EXISTS core;

CREATE SCHEMA IF NOT EXISTS out;

CREATE TABLE raw.look (
  look_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  url VARCHAR NOT NULL,
  looked_at TIMESTAMP NOT NULL,
  outcome VARCHAR NOT NULL,
  http_status BIGINT,
  snapshot_id VARCHAR,
  detail VARCHAR
);

CREATE TABLE raw.snapshot (
  snapshot_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  url VARCHAR NOT NULL,
  bytes BIGINT NOT NULL,
  retrieved_at TIMESTAMP NOT NULL,
  etag VARCHAR,
  media_type VARCHAR,
  licence VARCHAR NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE raw.quarantine (
  quarantine_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  line_number BIGINT,
  column_name VARCHAR,
  cell_value VARCHAR,
  row_json VARCHAR NOT NULL,
  check_name VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  released_at TIMESTAMP
);

CREATE TABLE raw.landing (
  run_id VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  table_name VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  parser_digest VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  record_count BIGINT NOT NULL,
  added_count BIGINT NOT NULL,
  revised_count BIGINT NOT NULL,
  unchanged_count BIGINT NOT NULL,
  deleted_count BIGINT NOT NULL,
  quarantined_count BIGINT NOT NULL,
  skipped_count BIGINT NOT NULL,
  not_yet_count BIGINT NOT NULL,
  is_held BOOLEAN NOT NULL,
  detail VARCHAR
);

CREATE TABLE raw.migration (
  migration_id VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL,
  applied_at TIMESTAMP NOT NULL
);

CREATE TABLE core.system (
  system_id VARCHAR NOT NULL,
  source_row_id VARCHAR NOT NULL,
  system_name VARCHAR NOT NULL,
  organization VARCHAR,
  release_date DATE,
  domain VARCHAR,
  is_frontier BOOLEAN,
  confidence VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE core.series (
  series_id VARCHAR NOT NULL,
  label_en VARCHAR NOT NULL,
  label_zh VARCHAR NOT NULL,
  unit VARCHAR NOT NULL,
  scale VARCHAR NOT NULL,
  direction VARCHAR NOT NULL,
  chance_share DOUBLE,
  ceiling_share DOUBLE,
  benchmark VARCHAR NOT NULL,
  benchmark_version VARCHAR,
  variant VARCHAR,
  status VARCHAR NOT NULL,
  members VARCHAR,
  note VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE core.observation (
  series_id VARCHAR NOT NULL,
  source_row_id VARCHAR NOT NULL,
  system_id VARCHAR NOT NULL,
  observation_date DATE NOT NULL,
  date_kind VARCHAR NOT NULL,
  date_precision VARCHAR NOT NULL,
  known_date DATE NOT NULL,
  value DOUBLE NOT NULL,
  unit VARCHAR NOT NULL,
  std_error DOUBLE,
  setup VARCHAR,
  evidence VARCHAR NOT NULL,
  citation_title VARCHAR NOT NULL,
  citation_url VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE core.assumption (
  assumption_id VARCHAR NOT NULL,
  label_en VARCHAR NOT NULL,
  label_zh VARCHAR,
  unit VARCHAR NOT NULL,
  value DOUBLE,
  low DOUBLE,
  high DOUBLE,
  interval VARCHAR,
  as_of_date DATE NOT NULL,
  note VARCHAR,
  evidence VARCHAR NOT NULL,
  citation_title VARCHAR NOT NULL,
  citation_url VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE core.essay_number (
  property_id VARCHAR NOT NULL,
  section BIGINT NOT NULL,
  placement VARCHAR NOT NULL,
  basis VARCHAR NOT NULL,
  role VARCHAR NOT NULL,
  unit VARCHAR NOT NULL,
  label_en VARCHAR NOT NULL,
  label_zh VARCHAR NOT NULL,
  p25 DOUBLE,
  p50 DOUBLE,
  p75 DOUBLE,
  is_implied BOOLEAN NOT NULL,
  statement VARCHAR NOT NULL,
  formula VARCHAR,
  note VARCHAR,
  as_of_date DATE NOT NULL,
  evidence VARCHAR NOT NULL,
  citation_title VARCHAR NOT NULL,
  citation_url VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE core.inconsistency (
  inconsistency_id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  property_id VARCHAR,
  place VARCHAR NOT NULL,
  stated VARCHAR NOT NULL,
  correct VARCHAR NOT NULL,
  effect VARCHAR NOT NULL,
  stated_p25 DOUBLE,
  stated_p50 DOUBLE,
  stated_p75 DOUBLE,
  recomputed DOUBLE,
  is_refused BOOLEAN NOT NULL,
  as_of_date DATE NOT NULL,
  evidence VARCHAR NOT NULL,
  citation_title VARCHAR NOT NULL,
  citation_url VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

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
  is_conditional BOOLEAN NOT NULL,
  value_number DOUBLE,
  value_date DATE,
  value_text VARCHAR,
  forecaster_count BIGINT,
  scaling_json VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  is_deleted BOOLEAN NOT NULL,
  is_backfilled BOOLEAN NOT NULL
);

CREATE TABLE core.forecast (
  forecaster_id VARCHAR NOT NULL,
  target VARCHAR NOT NULL,
  origin_date DATE NOT NULL,
  target_date DATE,
  output_type VARCHAR NOT NULL,
  output_type_id VARCHAR,
  value DOUBLE NOT NULL,
  edition_id VARCHAR NOT NULL
);

CREATE TABLE core.fit (
  edition_id VARCHAR NOT NULL,
  forecaster_id VARCHAR NOT NULL,
  series_id VARCHAR NOT NULL,
  origin_date DATE NOT NULL,
  row_count BIGINT NOT NULL,
  record_count BIGINT NOT NULL,
  first_date DATE,
  last_date DATE,
  frontier_value DOUBLE,
  frontier_system_id VARCHAR,
  drift_per_year DOUBLE,
  drift_std_error DOUBLE,
  residual_sd DOUBLE,
  remembered_count BIGINT NOT NULL,
  status VARCHAR NOT NULL,
  reason VARCHAR
);

CREATE TABLE core.check_result (
  run_id VARCHAR NOT NULL,
  check_name VARCHAR NOT NULL,
  what VARCHAR NOT NULL,
  consequence VARCHAR NOT NULL,
  is_passed BOOLEAN NOT NULL,
  source_id VARCHAR,
  affected_count BIGINT NOT NULL,
  evidence VARCHAR,
  checked_at TIMESTAMP NOT NULL
);

CREATE TABLE out.edition (
  edition_id VARCHAR NOT NULL,
  origin_date DATE NOT NULL,
  issued_at TIMESTAMP NOT NULL,
  target_date DATE NOT NULL,
  code_version VARCHAR NOT NULL,
  content_digest VARCHAR NOT NULL,
  settings_json VARCHAR NOT NULL,
  inputs_json VARCHAR NOT NULL
);

CREATE TABLE out.property (
  edition_id VARCHAR NOT NULL,
  property_id VARCHAR NOT NULL,
  row_number BIGINT NOT NULL,
  section BIGINT NOT NULL,
  basis VARCHAR NOT NULL,
  label_en VARCHAR NOT NULL,
  label_zh VARCHAR NOT NULL,
  unit VARCHAR NOT NULL,
  p05 DOUBLE,
  p25 DOUBLE,
  p50 DOUBLE,
  p75 DOUBLE,
  p95 DOUBLE,
  value_state VARCHAR NOT NULL,
  essay_p25 DOUBLE,
  essay_p50 DOUBLE,
  essay_p75 DOUBLE,
  essay_state VARCHAR NOT NULL,
  essay_recomputed DOUBLE,
  actual_value DOUBLE,
  actual_date DATE,
  actual_state VARCHAR NOT NULL,
  actual_note VARCHAR,
  value_date_p05 DATE,
  value_date_p25 DATE,
  value_date_p50 DATE,
  value_date_p75 DATE,
  value_date_p95 DATE,
  never_share DOUBLE,
  status VARCHAR NOT NULL,
  status_reason VARCHAR NOT NULL,
  inputs_as_of DATE,
  formula VARCHAR NOT NULL,
  detail_json VARCHAR,
  previous_p50 DOUBLE,
  change_spreads DOUBLE
);

CREATE TABLE out.property_quantile (
  edition_id VARCHAR NOT NULL,
  property_id VARCHAR NOT NULL,
  level DOUBLE NOT NULL,
  value DOUBLE
);

CREATE TABLE out.score (
  edition_id VARCHAR NOT NULL,
  forecaster_id VARCHAR NOT NULL,
  target VARCHAR NOT NULL,
  origin_date DATE NOT NULL,
  target_date DATE NOT NULL,
  basis VARCHAR NOT NULL,
  scale VARCHAR NOT NULL,
  horizon_months BIGINT NOT NULL,
  metric VARCHAR NOT NULL,
  value DOUBLE NOT NULL,
  detail VARCHAR
);

CREATE TABLE out.change (
  edition_id VARCHAR NOT NULL,
  previous_edition_id VARCHAR NOT NULL,
  property_id VARCHAR NOT NULL,
  cause VARCHAR NOT NULL,
  amount DOUBLE NOT NULL,
  size_spreads DOUBLE,
  detail VARCHAR
);

CREATE TABLE out.alert (
  alert_id VARCHAR NOT NULL,
  alert_number BIGINT NOT NULL,
  dedupe_key VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  subject VARCHAR NOT NULL,
  edition_id VARCHAR,
  state VARCHAR NOT NULL,
  severity BIGINT NOT NULL,
  title VARCHAR NOT NULL,
  body VARCHAR NOT NULL,
  detail_json VARCHAR,
  digest_key VARCHAR,
  fired_at TIMESTAMP NOT NULL,
  delivered_at TIMESTAMP
);

CREATE TABLE out.delivery (
  digest_key VARCHAR NOT NULL,
  channel_id VARCHAR NOT NULL,
  edition_id VARCHAR,
  title VARCHAR NOT NULL,
  body VARCHAR NOT NULL,
  severity BIGINT NOT NULL,
  queued_at TIMESTAMP NOT NULL,
  state VARCHAR NOT NULL,
  attempts BIGINT NOT NULL,
  next_attempt_at TIMESTAMP,
  last_error VARCHAR,
  delivered_at TIMESTAMP
);

CREATE TABLE out.run (
  run_id VARCHAR NOT NULL,
  run_number BIGINT NOT NULL,
  started_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP NOT NULL,
  origin_date DATE NOT NULL,
  outcome VARCHAR NOT NULL,
  edition_id VARCHAR,
  added_count BIGINT NOT NULL,
  revised_count BIGINT NOT NULL,
  deleted_count BIGINT NOT NULL,
  unchanged_count BIGINT NOT NULL,
  quarantined_count BIGINT NOT NULL,
  message VARCHAR NOT NULL
);
