-- The property table and what is published beside it, of the edition in force.

CREATE OR REPLACE VIEW property_latest AS
SELECT p.*, e.origin_date, e.issued_at, e.is_replay
FROM out.property AS p LEFT JOIN out.edition AS e USING (edition_id)
WHERE p.edition_id = edition_in_force()
ORDER BY p.row_number;
COMMENT ON VIEW property_latest IS 'The GPT-2030 property table in force: what the essay said, what today''s data say, what has happened. Key: property_id.';
--@ property_latest <- out.property
--@ property_latest <- out.edition: origin_date, issued_at, is_replay

CREATE OR REPLACE VIEW property_history AS
SELECT p.*, e.origin_date, e.issued_at, e.is_replay, p.edition_id = edition_in_force() AS is_in_force
FROM out.property AS p LEFT JOIN out.edition AS e USING (edition_id)
ORDER BY p.row_number, e.issued_at, p.edition_id;
COMMENT ON VIEW property_history IS 'Every row of the property table in every edition ever published. Key: edition_id, property_id.';
--@ property_history <- out.property
--@ property_history <- out.edition: origin_date, issued_at, is_replay
COMMENT ON COLUMN property_history.is_in_force IS 'true for the rows of the edition in force';

CREATE OR REPLACE VIEW forecast_latest AS
SELECT * FROM core.forecast WHERE edition_id = edition_in_force();
COMMENT ON VIEW forecast_latest IS 'Every forecaster''s forecasts in the edition in force, in the form of the hubverse: forecasts of series as the forecasters made them; which of them the table withholds is in property_latest.value_state. Key: forecaster_id, target, origin_date, target_date, output_type, output_type_id.';
--@ forecast_latest <- core.forecast

CREATE OR REPLACE VIEW property_input AS
SELECT * FROM out.property_input WHERE edition_id = edition_in_force() ORDER BY property_id, kind = 'series', depth, input_id;
COMMENT ON VIEW property_input IS 'What each row of the table in force rests on: the ids below its formula, and the series behind them (kind series). Key: property_id, input_id, kind.';
--@ property_input <- out.property_input

CREATE OR REPLACE VIEW living AS
SELECT l.*, e.origin_date, e.target_date FROM out.living AS l LEFT JOIN out.edition AS e USING (edition_id)
WHERE l.edition_id = edition_in_force() ORDER BY l.row_number;
COMMENT ON VIEW living IS 'What still moves, beside the table in force: each living row with its record so far and its forecast for the target date. Key: living_id.';
--@ living <- out.living
--@ living <- out.edition: origin_date, target_date

-- "What if data were no limit?" is a question of one line; any other assumption is asked of `gpt2030 whatif`.
CREATE OR REPLACE VIEW scenario AS
SELECT s.scenario, s.assumptions, s.property_id, p.label_en, s.unit, p.p50 AS edition_p50, s.p25, s.p50, s.p75, s.shift, s.shift_scale
FROM out.scenario AS s JOIN out.property AS p USING (edition_id, property_id)
WHERE s.edition_id = edition_in_force() ORDER BY s.scenario, p.row_number;
COMMENT ON VIEW scenario IS 'What if: each row of the table in force that has a number, under each named scenario, beside what the edition says. Key: scenario, property_id.';
--@ scenario <- out.scenario: scenario, assumptions, property_id, unit, p25, p50, p75, shift, shift_scale
--@ scenario <- out.property: label_en
COMMENT ON COLUMN scenario.edition_p50 IS 'the median that the edition itself gives';

-- Between two levels the probability is read off in a straight line. A row that may never come by the last day forecast has
-- empty values there: they lie beyond every x. Outside the 23 levels no more is known than that it is less (or more).
-- A name that is none fails: an empty answer would read as a row that publishes no distribution.
CREATE OR REPLACE MACRO probability_above(property, x) AS TABLE
WITH asked AS (
    SELECT if(
        (SELECT count(*) = 0 OR count(*) FILTER (property_id = property) > 0 FROM out.property
         WHERE edition_id = edition_in_force()), property,
        error('no row ' || property || ' in the edition in force; property_latest lists them')) AS property_id
), level AS (
    SELECT property_id, level, coalesce(value, 'infinity'::DOUBLE) AS value
    FROM out.property_quantile JOIN asked USING (property_id)
    WHERE edition_id = edition_in_force() AND is_published
), bracket AS (
    SELECT property_id, max(level) FILTER (value <= x) AS below, arg_max(value, level) FILTER (value <= x) AS below_value,
           min(level) FILTER (value > x) AS above, arg_min(value, level) FILTER (value > x) AS above_value
    FROM level GROUP BY property_id
)
SELECT property_id, x::DOUBLE AS x,
       1 - CASE
           WHEN below IS NULL THEN above
           WHEN above IS NULL THEN below
           WHEN isinf(above_value) THEN below
           ELSE below + (above - below) * (x - below_value) / (above_value - below_value) END AS probability,
       CASE WHEN below IS NULL THEN 'at least' WHEN above IS NULL THEN 'at most'
            WHEN isinf(above_value) THEN 'at most' ELSE 'about' END AS bound
FROM bracket;
COMMENT ON MACRO TABLE probability_above IS 'P(row > x) by the edition in force, read off its 23 quantiles: property_id, x, probability, bound (about; at least or at most where x lies outside them). Days are decimal years: P(later than x). No row for a property that publishes no distribution; an error for a name that is none. Columns of a table before it do as arguments: FROM property_latest AS p, probability_above(p.property_id, p.essay_p50) AS a; LEFT JOIN … ON true keeps the rows that have no answer';

-- Stored once for all editions in a row that say the same, see out.score_span.
CREATE OR REPLACE VIEW out.score AS
SELECT n.edition_id, s.* EXCLUDE (from_number, until_number)
FROM out.edition_number AS n JOIN out.score_span AS s
ON s.from_number <= n.edition_number AND (s.until_number IS NULL OR s.until_number > n.edition_number);
COMMENT ON VIEW out.score IS 'How good every forecaster was on what has resolved. Key: edition_id, forecaster_id, target, origin_date, target_date, basis, metric.';
--@ out.score <- out.score

-- The edition is chosen first: asked of out.score, the engine would list the scores of all editions before it finds one.
CREATE OR REPLACE VIEW score_latest AS
SELECT n.edition_id, s.* EXCLUDE (from_number, until_number)
FROM (SELECT * FROM out.edition_number WHERE edition_id = edition_in_force()) AS n JOIN out.score_span AS s
ON s.from_number <= n.edition_number AND (s.until_number IS NULL OR s.until_number > n.edition_number);
COMMENT ON VIEW score_latest IS 'How good every forecaster was on what has resolved, as of the edition in force. Key: forecaster_id, target, origin_date, target_date, basis, metric.';
--@ score_latest <- out.score

CREATE OR REPLACE VIEW change_latest AS
SELECT * FROM out.change WHERE edition_id = edition_in_force();
COMMENT ON VIEW change_latest IS 'What moved in the edition in force against the one before, split by cause. Key: previous_edition_id, property_id, cause.';
--@ change_latest <- out.change
