-- The property table and what is published beside it, of the edition in force.

CREATE OR REPLACE VIEW property_latest AS
SELECT p.*, e.origin_date, e.issued_at
FROM out.property AS p LEFT JOIN out.edition AS e USING (edition_id)
WHERE p.edition_id = edition_in_force()
ORDER BY p.row_number;
COMMENT ON VIEW property_latest IS 'The GPT-2030 property table in force: what the essay said, what today''s data say, what has happened.';
--@ property_latest <- out.property
--@ property_latest <- out.edition: origin_date, issued_at

CREATE OR REPLACE VIEW property_history AS
SELECT p.*, e.origin_date, e.issued_at, p.edition_id = edition_in_force() AS is_in_force
FROM out.property AS p LEFT JOIN out.edition AS e USING (edition_id)
ORDER BY p.row_number, e.issued_at, p.edition_id;
COMMENT ON VIEW property_history IS 'Every row of the property table in every edition ever published.';
--@ property_history <- out.property
--@ property_history <- out.edition: origin_date, issued_at
COMMENT ON COLUMN property_history.is_in_force IS 'true for the rows of the edition in force';

CREATE OR REPLACE VIEW forecast_latest AS
SELECT * FROM core.forecast WHERE edition_id = edition_in_force();
COMMENT ON VIEW forecast_latest IS 'Every forecaster''s forecasts in the edition in force, in the form of the hubverse.';
--@ forecast_latest <- core.forecast

CREATE OR REPLACE VIEW score_latest AS
SELECT * FROM out.score WHERE edition_id = edition_in_force();
COMMENT ON VIEW score_latest IS 'How good every forecaster was on what has resolved, as of the edition in force.';
--@ score_latest <- out.score

CREATE OR REPLACE VIEW change_latest AS
SELECT * FROM out.change WHERE edition_id = edition_in_force();
COMMENT ON VIEW change_latest IS 'What moved in the edition in force against the one before, split by cause.';
--@ change_latest <- out.change
