-- The property table with detail_json put together again: a text that many editions share, and the numbers of each.

CREATE OR REPLACE VIEW out.property AS
SELECT r.edition_id, r.property_id, r.row_number, r.section, r.basis, r.label_en, r.label_zh, r.unit, r.p05, r.p25,
       r.p50, r.p75, r.p95, r.value_state, r.essay_p25, r.essay_p50, r.essay_p75, r.essay_state, r.essay_recomputed,
       r.actual_value, r.actual_date, r.actual_state, r.actual_note, r.value_date_p05, r.value_date_p25,
       r.value_date_p50, r.value_date_p75, r.value_date_p95, r.never_share, r.status, r.status_reason, r.inputs_as_of,
       r.formula,
       CASE WHEN r.detail_text_id IS NOT NULL THEN array_to_string(
           [one[1] || coalesce(one[2], '') FOR one IN list_zip(string_split(t.text, chr(1)), string_split(r.detail_values, ' '))],
           '') END AS detail_json,
       r.previous_p50, r.change_spreads, r.actual_kind, r.actual_date_precision, r.so_far_kind, r.newest_fact_date,
       r.rot, r.successor, r.essay_kind
FROM out.property_row AS r LEFT JOIN out.detail_text AS t ON r.detail_text_id = t.text_id;
COMMENT ON VIEW out.property IS 'The GPT-2030 property table: per row what the essay said, what today''s data say, what has happened. Key: edition_id, property_id.';
--@ out.property <- out.property
