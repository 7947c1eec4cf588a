-- What was raised and stands, and what waits to be sent.

CREATE OR REPLACE VIEW alert_open AS
SELECT * FROM (
    SELECT * FROM out.alert QUALIFY row_number() OVER (PARTITION BY kind, subject ORDER BY alert_number DESC) = 1
) WHERE state = 'raised' ORDER BY severity DESC, alert_number DESC;
COMMENT ON VIEW alert_open IS 'Alerts that were raised, and neither cleared nor acknowledged since. Key: kind, subject.';
--@ alert_open <- out.alert
