"""The checks of the fits and forecasts behind the table: they saw only the past, and stay within what is possible."""

from __future__ import annotations

from typing import Final

from warehouse.checks.check import OWN_FAULT, Check

LEVEL_COUNT: Final = 23  # the quantile levels of the hubverse's forecast hubs

CHECKS: Final = (
    Check(
        "fits_not_fewer",
        "at least nine tenths of the series forecast in the last edition are forecast again, or have ended",
        "hold",
        """WITH lost AS (
               SELECT q.series_id, p.status FROM @previous_fit AS q LEFT JOIN @fit AS p USING (forecaster_id, series_id)
               WHERE q.status IN ('fitted', 'prior_driven')
                   AND coalesce(p.status, 'gone') NOT IN ('fitted', 'prior_driven', 'saturated', 'frozen'))
           SELECT series_id || ' is no longer forecast: ' || coalesce(status, 'gone') AS evidence FROM lost
           WHERE (SELECT count(*) FROM lost) > 0.1 * (SELECT count(*) FROM @previous_fit
               WHERE status IN ('fitted', 'prior_driven'))""",
        remedy="look at the publishers whose rows are gone; if they are gone for good, accept it",
    ),
    Check(
        "fits_saw_only_the_past",
        "every fit starts from the day of the edition and saw no later row",
        "stop",
        """SELECT series_id || ': origin ' || origin_date || ', newest row ' || coalesce(last_date::VARCHAR, '–')
               AS evidence
           FROM @fit CROSS JOIN @fact AS f WHERE origin_date <> f.today OR last_date > origin_date""",
        remedy=OWN_FAULT,
    ),
    Check(
        "unfitted_says_why",
        "every series without a forecast says why, and has none",
        "stop",
        """SELECT series_id || ': ' || status || ' without reason' AS evidence FROM @fit
           WHERE status <> 'fitted' AND trim(coalesce(reason, '')) = ''
           UNION ALL
           SELECT DISTINCT series_id || ': ' || status || ', yet forecast' FROM @fit AS t
           WHERE status NOT IN ('fitted', 'prior_driven') AND EXISTS (
               FROM @forecast AS o WHERE o.forecaster_id = t.forecaster_id AND o.target = t.series_id)""",
        remedy=OWN_FAULT,
    ),
    Check(
        "frontier_is_the_record",
        "the frontier a fit starts from is the highest value among the rows it could see",
        "stop",
        """SELECT t.series_id || ': fit says ' || t.frontier_value || ', the rows say ' || max(o.value) AS evidence
           FROM @fit AS t JOIN @series AS s USING (series_id) JOIN @fitted AS o USING (series_id)
           WHERE s.direction = 'max' AND (s.scale <> 'log' OR o.value > 0)
               AND t.series_id NOT IN (SELECT series_id FROM @corrected)
           GROUP BY t.series_id, t.forecaster_id, t.frontier_value
           HAVING abs(t.frontier_value - max(o.value)) > 1e-9 * abs(max(o.value))""",
        remedy=OWN_FAULT,
    ),
    Check(
        "frontier_does_not_fall",
        "no record is lower than in the last edition unless a row of its series was revised, withdrawn or handed over",
        "hold",
        """SELECT t.series_id || ': ' || q.frontier_value || ' fell to ' || coalesce(t.frontier_value, 0)
               || ', no row revised' AS evidence
           FROM @previous_fit AS q JOIN @fit AS t USING (forecaster_id, series_id)
           JOIN @series AS s USING (series_id) CROSS JOIN @previous AS p
           WHERE s.direction = 'max' AND coalesce(t.frontier_value, 0) < q.frontier_value - 1e-9 * abs(q.frontier_value)
               AND t.series_id NOT IN (SELECT series_id FROM @corrected)
               AND NOT EXISTS (
                   FROM (SELECT series_id FROM core.observation WHERE superseded_at > p.issued_at
                         UNION ALL SELECT series_id FROM @handed_over) AS o
                   WHERE o.series_id = t.series_id OR o.series_id IN (
                       SELECT member_id FROM @member AS m WHERE m.series_id = t.series_id))""",
        remedy="look up the rows of the series; if the lower record is right, accept it",
    ),
    Check(
        "memory_is_admitted",
        "every fit counts the rows it uses that rest on memory alone",
        "hold",
        """SELECT t.series_id || ': ' || count(*) FILTER (o.evidence = 'remembered') || ' remembered rows, fit says '
               || t.remembered_count AS evidence
           FROM @fit AS t JOIN @series AS s USING (series_id) JOIN @fitted AS o USING (series_id)
           WHERE (s.scale <> 'log' OR o.value > 0) AND t.series_id NOT IN (SELECT series_id FROM @corrected)
           GROUP BY t.series_id, t.forecaster_id, t.remembered_count
           HAVING count(*) FILTER (o.evidence = 'remembered') <> t.remembered_count""",
        remedy=OWN_FAULT,
    ),
    Check(
        "fitted_series_forecast",
        "every fitted series has all 23 quantiles for the day the edition forecasts, while that day is to come",
        "stop",
        f"""SELECT t.series_id || ': ' || count(o.value) || ' of {LEVEL_COUNT} quantiles' AS evidence
            FROM @fit AS t CROSS JOIN @edition AS e
            LEFT JOIN @forecast AS o ON o.forecaster_id = t.forecaster_id AND o.target = t.series_id
                AND o.target_date = e.target_date AND o.output_type = 'quantile'
            WHERE t.status IN ('fitted', 'prior_driven') AND e.target_date > e.origin_date
            GROUP BY t.series_id, t.forecaster_id HAVING count(o.value) <> {LEVEL_COUNT}""",
        remedy=OWN_FAULT,
    ),
    Check(
        "forecast_quantiles_ordered",
        "no forecast's quantiles cross",
        "stop",
        """SELECT concat_ws(' ', forecaster_id, target, target_date, 'at', level, ':', value, 'below', before)
               AS evidence
           FROM (SELECT *, output_type_id::DOUBLE AS level, lag(value) OVER (
                     PARTITION BY forecaster_id, target, origin_date, target_date ORDER BY output_type_id::DOUBLE)
                     AS before
                 FROM @forecast WHERE output_type = 'quantile')
           WHERE value < before""",
        remedy=OWN_FAULT,
    ),
    Check(
        "forecasts_in_range",
        "forecasts of bounded series stay between 0 and the ceiling, of growing ones above zero",
        "stop",
        """SELECT concat_ws(' ', o.target, o.target_date, o.output_type_id, ':', o.value) AS evidence
           FROM @forecast AS o JOIN @series AS s ON s.series_id = o.target
           WHERE o.output_type IN ('quantile', 'median', 'mean')
               AND CASE s.scale WHEN 'bounded' THEN NOT o.value BETWEEN 0 AND s.top * (1 + 1e-9)
                                WHEN 'log' THEN o.value <= 0 ELSE false END""",
        remedy=OWN_FAULT,
    ),
    Check(
        "forecasts_above_the_frontier",
        "where a record of a series is forecast, no quantile lies below the record that stands; the row auto.metr_h "
        "adds the error stated of its record, and may",
        "stop",
        """SELECT concat_ws(' ', o.target, o.target_date, o.output_type_id, ':', o.value, 'below', t.frontier_value)
               AS evidence
           FROM @forecast AS o JOIN @fit AS t ON t.series_id = o.target AND t.forecaster_id = o.forecaster_id
           JOIN @series AS s USING (series_id)
           WHERE s.direction = 'max' AND o.output_type = 'quantile'
               AND o.value < t.frontier_value - 1e-9 * abs(t.frontier_value)""",
        remedy=OWN_FAULT,
    ),
    Check(
        "forecasts_of_later_days",
        "every forecast of a series is for a day after its origin, and the origin is not ahead of the edition",
        "stop",
        """SELECT DISTINCT concat_ws(' ', forecaster_id, target, 'from', origin_date, 'for', target_date) AS evidence
           FROM @forecast CROSS JOIN @fact AS f
           WHERE origin_date > f.today
               OR (target_date <= origin_date AND target IN (SELECT series_id FROM @series))""",
        remedy=OWN_FAULT,
    ),
    Check(
        "probabilities_add_up",
        "the probabilities of one question lie in 0..1 and sum to one",
        "stop",
        """SELECT concat_ws(' ', forecaster_id, target, target_date, ': sum', sum(value)) AS evidence
           FROM @forecast WHERE output_type = 'pmf'
           GROUP BY forecaster_id, target, origin_date, target_date
           HAVING abs(sum(value) - 1) > 1e-6 OR min(value) < 0 OR max(value) > 1""",
        remedy=OWN_FAULT,
    ),
    Check(
        "forecast_targets_known",
        "every forecast is of a series or a row of the table",
        "stop",
        """SELECT DISTINCT forecaster_id || ' forecasts ' || target AS evidence FROM @forecast
           WHERE target NOT IN (SELECT series_id FROM @series)
               AND target NOT IN (SELECT property_id FROM core.essay_number WHERE superseded_at IS NULL)""",
        remedy=OWN_FAULT,
    ),
)
