-- Written by the contracts once; a later change of a contract is a migration of its own.
CREATE TABLE core.contender (
  series_id VARCHAR NOT NULL,
  observation_date DATE NOT NULL,
  value DOUBLE NOT NULL,
  unit VARCHAR NOT NULL,
  system_id VARCHAR NOT NULL,
  known_date DATE NOT NULL,
  date_precision VARCHAR NOT NULL,
  setup VARCHAR,
  evidence VARCHAR NOT NULL,
  citation_title VARCHAR NOT NULL,
  citation_url VARCHAR,
  source_id VARCHAR NOT NULL,
  feed VARCHAR NOT NULL,
  source_row_id VARCHAR NOT NULL,
  snapshot_id VARCHAR NOT NULL,
  recorded_at TIMESTAMP NOT NULL,
  superseded_at TIMESTAMP,
  visible_at TIMESTAMP NOT NULL,
  series_row_count BIGINT NOT NULL,
  series_superseded_count BIGINT NOT NULL,
  is_level BOOLEAN NOT NULL
);
