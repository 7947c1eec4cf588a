-- Whether the essay states a number or it is worked back from others of it, and which assumption an input takes its value from.
ALTER TABLE out.property ADD COLUMN essay_kind VARCHAR;

ALTER TABLE out.property_input ADD COLUMN assumption_id VARCHAR;
