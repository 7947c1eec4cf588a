-- Whether a check was made over all rows or over the change only, and when last over all; of earlier runs nobody knows.
ALTER TABLE core.check_result ADD COLUMN scope VARCHAR;

ALTER TABLE core.check_result ADD COLUMN full_at TIMESTAMP;

ALTER TABLE core.check_result ADD COLUMN definition VARCHAR;
