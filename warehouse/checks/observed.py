"""The checks of what rows say: dates, definitions, units, ranges, and what a crowd shows or withholds."""

from __future__ import annotations

from typing import Final

from warehouse.checks.check import OWN_FAULT, ROWS_AT_FAULT, Check

CHECKS: Final = (
    Check(
        "not_from_the_future",
        "nothing that the edition goes by happened, or became known, after its day",
        "stop",
        """SELECT 'core.observation ' || series_id || ' | ' || source_row_id || ': dated ' || observation_date
               || ', known ' || known_date AS evidence
           FROM @believed_observation AS o CROSS JOIN @fact AS f
           WHERE greatest(observation_date, known_date) > f.today AND o.recorded_at <= f.now
           UNION ALL
           SELECT 'core.assumption ' || assumption_id || ': as of ' || as_of_date
           FROM core.assumption AS a CROSS JOIN @fact AS f
           WHERE superseded_at IS NULL AND as_of_date > f.today AND a.recorded_at <= f.now""",
        remedy=ROWS_AT_FAULT,
    ),
    Check(
        "known_after_it_happened",
        "no value was known before it happened",
        "hold",
        """SELECT series_id || ' | ' || source_row_id || ': dated ' || observation_date || ' (' || date_kind
               || '), known ' || known_date AS evidence
           FROM @believed_observation WHERE known_date < observation_date""",
        remedy=ROWS_AT_FAULT,
    ),
    Check(
        "series_defined",
        "every observation belongs to a defined series, and every series that pools others pools defined ones",
        "stop",
        """SELECT 'observations of ' || series_id AS evidence FROM @believed_observation
           WHERE series_id NOT IN (SELECT series_id FROM @series)
           UNION ALL
           SELECT series_id || ' pools ' || member_id FROM @member
           WHERE member_id NOT IN (SELECT series_id FROM @series)""",
        remedy="define the series in series.csv of the curated folder, or take its rows out",
    ),
    Check(
        "series_defined_alike",
        "a series that several publishers serve has one unit, scale and direction",
        "hold",
        """SELECT series_id || ': ' || string_agg(DISTINCT concat_ws(' ', source_id, unit, scale, direction), '; '
               ORDER BY concat_ws(' ', source_id, unit, scale, direction)) AS evidence
           FROM @believed_series GROUP BY series_id HAVING count(DISTINCT (unit, scale, direction)) > 1""",
        remedy="give the series one unit, scale and direction in series.csv of the curated folder",
    ),
    Check(
        "series_limits_alike",
        "a series that several publishers serve has one chance and ceiling: the publisher's own counts",
        "note",
        """SELECT series_id || ': ' || string_agg(DISTINCT concat_ws(' ', source_id, chance_share, ceiling_share), '; '
               ORDER BY concat_ws(' ', source_id, chance_share, ceiling_share)) AS evidence
           FROM @believed_series GROUP BY series_id HAVING count(DISTINCT (chance_share, ceiling_share)) > 1""",
    ),
    Check(
        "unit_of_the_series",
        "every observation is in the unit of its series",
        "stop",
        """SELECT o.series_id || ' | ' || o.source_row_id || ': ' || o.unit || ', the series has ' || s.unit
               AS evidence
           FROM @believed_observation AS o JOIN @series AS s USING (series_id) WHERE o.unit <> s.unit""",
        remedy=ROWS_AT_FAULT,
    ),
    Check(
        "systems_listed",
        "every observation is of a system that core.system lists",
        "note",
        """SELECT DISTINCT o.system_id || ' of ' || o.series_id AS evidence, o.source_id
           FROM @believed_observation AS o
           WHERE o.system_id NOT IN (SELECT system_id FROM core.system WHERE superseded_at IS NULL)""",
        by_source=True,
    ),
    Check(
        "scales_sound",
        "bounded series have 0 <= chance < ceiling <= 1 (100 for percentiles); others have neither",
        "stop",
        """SELECT series_id || ': ' || scale || ', ' || unit || ', chance ' || coalesce(chance_share, 0)
               || ', ceiling ' || coalesce(top, 0) AS evidence
           FROM @series
           WHERE CASE scale
               WHEN 'bounded' THEN coalesce(chance_share, 0) < 0 OR coalesce(chance_share, 0) >= top
                   OR top > CASE unit WHEN 'share' THEN 1 WHEN 'percentile' THEN 100 ELSE 'infinity'::DOUBLE END
               ELSE chance_share IS NOT NULL OR ceiling_share IS NOT NULL END""",
        remedy="correct the series in series.csv of the curated folder",
    ),
    Check(
        "values_in_range",
        "every value of a bounded series lies between 0 and its ceiling",
        "hold",
        """SELECT o.series_id || ' | ' || o.source_row_id || ': ' || o.value || ' of ' || s.top AS evidence
           FROM @believed_observation AS o JOIN @series AS s USING (series_id)
           WHERE s.scale = 'bounded' AND NOT o.value BETWEEN 0 AND s.top""",
        remedy=ROWS_AT_FAULT,
    ),
    Check(
        "positive_on_log_scales",
        "every value of a series that grows by factors is above zero",
        "hold",
        """SELECT o.series_id || ' | ' || o.source_row_id || ': ' || o.value AS evidence
           FROM @believed_observation AS o JOIN @series AS s USING (series_id)
           WHERE s.scale = 'log' AND o.value <= 0""",
        remedy=ROWS_AT_FAULT,
    ),
    Check(
        "assumptions_ordered",
        "low <= value <= high, and whoever gives low and high says which interval they span",
        "hold",
        """SELECT assumption_id || ': ' || concat_ws(' to ', low, value, high) || ', interval '
               || coalesce(interval, 'not named') AS evidence
           FROM core.assumption WHERE superseded_at IS NULL AND NOT is_deleted
               AND (low > value OR value > high OR low > high
                    OR (interval IS NULL) <> (low IS NULL AND high IS NULL))""",
        remedy="correct the row in assumptions.csv",
    ),
    Check(
        "withheld_stays_withheld",
        "a question whose numbers are not shown has none here",
        "stop",
        """SELECT source_row_id || ': ' || state || ', yet a number is stored' AS evidence
           FROM core.community_forecast
           WHERE superseded_at IS NULL AND NOT is_deleted
               AND state IN ('withheld', 'hidden_until', 'no_forecasts', 'error')
               AND (value_number IS NOT NULL OR value_date IS NOT NULL)""",
        remedy=OWN_FAULT,
    ),
    Check(
        "shown_has_a_value",
        "a question whose numbers are shown has one",
        "hold",
        # Of a question, not of a row: the row of its state never has one, nor have quantiles shown to nobody.
        """SELECT question_id || ': ' || state || ' without a value' AS evidence FROM core.community_forecast
           WHERE superseded_at IS NULL AND NOT is_deleted AND state IN ('visible', 'resolved')
           GROUP BY source_id, platform, question_id, state
           HAVING bool_and(value_number IS NULL AND value_date IS NULL AND value_text IS NULL)""",
        remedy=ROWS_AT_FAULT,
    ),
    Check(
        "community_quantiles_ordered",
        "a crowd's quantiles do not cross",
        "hold",
        """SELECT source_row_id || ': ' || coalesce(number::VARCHAR, day::VARCHAR) || ' after ' || coalesce(
               number_before::VARCHAR, day_before::VARCHAR) AS evidence
           FROM (SELECT source_row_id, value_number AS number, value_date AS day,
                        lag(value_number) OVER rising AS number_before, lag(value_date) OVER rising AS day_before
                 FROM core.community_forecast
                 WHERE superseded_at IS NULL AND NOT is_deleted AND quantile IS NOT NULL
                 WINDOW rising AS (PARTITION BY source_id, feed, platform, question_id, aggregation, is_conditional,
                                                value_text -- the option that the number is of
                                   ORDER BY quantile))
           WHERE number < number_before OR day < day_before""",
        remedy=ROWS_AT_FAULT,
    ),
    Check(
        "corrections_match",
        "every declared correction still finds the published value it corrects",
        "hold",
        "SELECT message AS evidence FROM @correction WHERE state <> 'applied'",
        remedy="renew or delete the entry in corrections.toml",
    ),
)
