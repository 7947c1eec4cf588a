-- What the table says in detail is the same text each day but for some numbers: the text is stored once, the numbers by row.
CREATE TABLE out.detail_text (
  text_id VARCHAR NOT NULL,
  text VARCHAR NOT NULL
);

INSERT INTO out.detail_text
SELECT md5(text) AS text_id, text FROM (
    SELECT DISTINCT regexp_replace(
        detail_json, ': (-?[0-9][0-9.eE+-]*|"[0-9]{4}-[0-9]{2}-[0-9]{2}")', ': ' || chr(1), 'g') AS text
    FROM out.property WHERE detail_json IS NOT NULL
) ORDER BY text_id;

CREATE TABLE out.property_row (
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
  previous_p50 DOUBLE,
  change_spreads DOUBLE,
  actual_kind VARCHAR,
  actual_date_precision VARCHAR,
  so_far_kind VARCHAR,
  newest_fact_date DATE,
  rot VARCHAR,
  successor VARCHAR,
  essay_kind VARCHAR,
  detail_text_id VARCHAR,
  detail_values VARCHAR
);

INSERT INTO out.property_row
SELECT edition_id, property_id, row_number, section, basis, label_en, label_zh, unit, p05, p25, p50, p75, p95,
       value_state, essay_p25, essay_p50, essay_p75, essay_state, essay_recomputed, actual_value, actual_date,
       actual_state, actual_note, value_date_p05, value_date_p25, value_date_p50, value_date_p75, value_date_p95,
       never_share, status, status_reason, inputs_as_of, formula, previous_p50, change_spreads, actual_kind,
       actual_date_precision, so_far_kind, newest_fact_date, rot, successor, essay_kind,
       md5(regexp_replace(
           detail_json, ': (-?[0-9][0-9.eE+-]*|"[0-9]{4}-[0-9]{2}-[0-9]{2}")', ': ' || chr(1), 'g')),
       array_to_string(regexp_extract_all(
           detail_json, ': (-?[0-9][0-9.eE+-]*|"[0-9]{4}-[0-9]{2}-[0-9]{2}")', 1), ' ')
FROM out.property ORDER BY rowid;

DROP TABLE out.property;
