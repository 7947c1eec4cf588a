-- What a row rests on, by its public names, and whether it is still fed; editions of before did not say who had stopped.
ALTER TABLE out.property ADD COLUMN so_far_kind VARCHAR;

ALTER TABLE out.property ADD COLUMN newest_fact_date DATE;

ALTER TABLE out.property ADD COLUMN rot VARCHAR;

ALTER TABLE out.property ADD COLUMN successor VARCHAR;

UPDATE out.property SET so_far_kind = actual_kind, newest_fact_date = inputs_as_of;
