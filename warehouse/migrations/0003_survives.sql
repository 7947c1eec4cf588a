-- Runs are on record from their first moment on; what a kill left behind under one name twice is told apart.
ALTER TABLE out.run ALTER COLUMN finished_at DROP NOT NULL;

-- A run was numbered at its end: one that was killed left its number, and the ids of its looks, to the next of the day.
UPDATE raw.look SET look_id = concat(look_id, '/', twin.nth)
FROM (SELECT rowid AS place, row_number() OVER (PARTITION BY look_id ORDER BY rowid) AS nth FROM raw.look) AS twin
WHERE raw.look.rowid = twin.place AND twin.nth > 1;

UPDATE raw.landing SET run_id = concat(run_id, '/', twin.nth)
FROM (
    SELECT rowid AS place,
           dense_rank() OVER (PARTITION BY run_id, source_id, feed ORDER BY recorded_at) AS nth
    FROM raw.landing
) AS twin
WHERE raw.landing.rowid = twin.place AND twin.nth > 1;

-- What was found has a name, and a person may accept it.
ALTER TABLE core.check_result ADD COLUMN finding_id VARCHAR;

CREATE TABLE core.acceptance (
  finding_id VARCHAR NOT NULL,
  subject VARCHAR NOT NULL,
  evidence VARCHAR NOT NULL,
  reason VARCHAR NOT NULL,
  until_date DATE NOT NULL,
  accepted_at TIMESTAMP NOT NULL
);

-- Of a fact that several publishers state one has the word: what can be a record is settled anew.
DROP TABLE core.contender;

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
  fact VARCHAR NOT NULL,
  visible_at TIMESTAMP NOT NULL
);

CREATE TABLE core.series_state (
  series_id VARCHAR NOT NULL,
  row_count BIGINT NOT NULL,
  superseded_count BIGINT NOT NULL,
  publisher_count BIGINT NOT NULL,
  is_level BOOLEAN NOT NULL
);
