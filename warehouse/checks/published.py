"""The checks of the property table about to be published: complete, consistent, and plausible beside the last one."""

from __future__ import annotations

from typing import Final

from warehouse.checks.check import OWN_FAULT, Between, Check, RowCount, Unique
from warehouse.checks.relations import each
from warehouse.contracts import core, out
from warehouse.contracts.change import CHANGE
from warehouse.contracts.facts import FRESH_DAYS, MOVING
from warehouse.contracts.kept import FORECAST_FILE
from warehouse.contracts.living import LIVING
from warehouse.contracts.scenario import SCENARIO

PROPERTY_COUNT: Final = 44
SECTION_COUNT: Final = 6
PROPERTY: Final = "current_out_property"


def _readable(number: str) -> str:
    """A number in a sentence: seventeen digits of a forecast say nothing that three do not."""
    return f"if(abs({number}) BETWEEN 1e-3 AND 1e6, round({number}, 3)::VARCHAR, format('{{:.3g}}', {number}))"


_OF_EDITIONS: Final = (
    out.PROPERTY, out.PROPERTY_INPUT, LIVING, SCENARIO, core.FORECAST, FORECAST_FILE, core.FIT, CHANGE,
)  # fmt: skip

_ORDERED: Final = """
    SELECT property_id || ': ' || concat_ws(' ', {columns}) AS evidence FROM @property
    WHERE list_filter([{columns}], lambda x: x IS NOT NULL)
        <> list_sort(list_filter([{columns}], lambda x: x IS NOT NULL))"""

CHECKS: Final = (
    Check(
        "edition_speaks_for_today",
        "the edition exists, speaks for the day of the run, and was not issued ahead of time",
        "stop",
        """SELECT 'edition ' || f.edition_id || ': ' || CASE WHEN e.edition_id IS NULL THEN 'not in out.edition'
               ELSE 'origin ' || e.origin_date || ', issued ' || e.issued_at END
               AS evidence
           FROM @fact AS f LEFT JOIN @edition AS e USING (edition_id)
           WHERE e.edition_id IS NULL OR e.origin_date <> f.today OR e.issued_at > f.now""",
        remedy=OWN_FAULT,
    ),
    Check(
        "editions_known",
        "everything published belongs to an edition that exists",
        "stop",
        each(
            _OF_EDITIONS,
            """SELECT DISTINCT '{table}: ' || edition_id AS evidence FROM {table}
               WHERE edition_id NOT IN (SELECT edition_id FROM out.edition)""",
        )
        # Scores edition by edition are millions of rows; who says any is numbered.
        + """
            UNION ALL SELECT DISTINCT 'out.score: ' || edition_id AS evidence FROM out.edition_number
            WHERE edition_id NOT IN (SELECT edition_id FROM out.edition)""",
        remedy=OWN_FAULT,
    ),
    Check(
        "table_complete",
        "the property table has its 44 rows, numbered without gaps",
        "stop",
        declared=(
            RowCount(PROPERTY, PROPERTY_COUNT),
            Unique(PROPERTY, ("row_number",)),
            Between(PROPERTY, "row_number", 1, PROPERTY_COUNT),
        ),
        remedy=OWN_FAULT,
    ),
    Check(
        "six_sections",
        "each of the essay's six sections has rows",
        "stop",
        f"""SELECT 'section ' || n || ' has no row' AS evidence FROM range(1, {SECTION_COUNT + 1}) AS r(n)
            WHERE n NOT IN (SELECT section FROM @property)""",
        remedy=OWN_FAULT,
    ),
    Check(
        "rows_of_the_essay",
        "the property table has exactly the rows that core.essay_number places in it",
        "stop",
        """SELECT coalesce(p.property_id, e.property_id) || CASE WHEN p.property_id IS NULL THEN ' is missing'
               ELSE ' is not of the essay' END AS evidence
           FROM (SELECT property_id FROM core.essay_number
                 WHERE superseded_at IS NULL AND NOT is_deleted AND placement = 'table') AS e
           FULL JOIN @property AS p USING (property_id)
           WHERE p.property_id IS NULL OR e.property_id IS NULL""",
        remedy="restore the essay source: its folder must hold all its rows",
    ),
    Check(
        "gaps_have_states",
        "a cell says 'value' exactly when it holds one; every gap says why it is one",
        "stop",
        """SELECT property_id || ': ' || cell || ' is ' || coalesce(number, 'empty') || ' but says ' || state
               AS evidence
           FROM (SELECT property_id, 'p50' AS cell, p50::VARCHAR AS number, value_state AS state FROM @property
                 UNION ALL
                 SELECT property_id, 'essay_p50', essay_p50::VARCHAR, essay_state FROM @property
                 UNION ALL
                 SELECT property_id, 'actual_value', coalesce(actual_value::VARCHAR, actual_date::VARCHAR),
                        actual_state FROM @property)
           WHERE state <> 'stale' AND (number IS NULL) = (state = 'value')""",
        remedy=OWN_FAULT,
    ),
    Check(
        "passed_is_measured",
        "what is known so far says of which kind it is, and only a measured row is passed",
        "stop",
        """SELECT property_id || ': ' || coalesce(actual_kind, 'no kind') || ', ' || actual_state || ', ' || status
               AS evidence
           FROM @property
           WHERE (actual_kind IS NULL) = (actual_state = 'value')
               OR (status = 'crossed' AND actual_kind IN ('derived', 'implied'))""",
        remedy=OWN_FAULT,
    ),
    Check(
        "spread_complete",
        "a row with a median has all five quantiles; a dated one may leave days beyond the last forecast empty",
        "stop",
        """SELECT property_id || ': ' || concat_ws(' ', p05, p25, p50, p75, p95) AS evidence FROM @property
           WHERE p50 IS NOT NULL AND never_share IS NULL
               AND (p05 IS NULL OR p25 IS NULL OR p75 IS NULL OR p95 IS NULL)""",
        remedy=OWN_FAULT,
    ),
    Check(
        "quantiles_ordered",
        "p05 <= p25 <= p50 <= p75 <= p95 in every row of the table",
        "stop",
        _ORDERED.format(columns="p05, p25, p50, p75, p95"),
        remedy=OWN_FAULT,
    ),
    Check(
        "essay_quantiles_ordered",
        "the essay's p25 <= p50 <= p75: the test that caught the 0.4M to 1.0M of its translation",
        "stop",
        _ORDERED.format(columns="essay_p25, essay_p50, essay_p75"),
        remedy="correct the numbers of the essay source",
    ),
    Check(
        "dates_are_their_numbers",
        "dated rows say the same day as date and as decimal year, and their days do not cross",
        "stop",
        """SELECT property_id || ' ' || level || ': ' || coalesce(day::VARCHAR, 'no day') || ', '
               || coalesce(number::VARCHAR, 'no year') AS evidence
           FROM (SELECT property_id, unnest(['p05', 'p25', 'p50', 'p75', 'p95']) AS level,
                        unnest([p05, p25, p50, p75, p95]) AS number,
                        unnest([value_date_p05, value_date_p25, value_date_p50, value_date_p75, value_date_p95])
                            AS day
                 FROM @property
                 WHERE coalesce(value_date_p05, value_date_p25, value_date_p50, value_date_p75, value_date_p95)
                     IS NOT NULL)
           WHERE (number IS NULL) <> (day IS NULL)
               OR abs(number - (year(day) + (dayofyear(day) - 1) / 365.25)) > 0.01""",
        remedy=OWN_FAULT,
    ),
    Check(
        "actuals_have_happened",
        "what is said to have happened, and every input, is dated on the day of the edition or before",
        "stop",
        """SELECT property_id || ': actual ' || coalesce(actual_date::VARCHAR, '–') || ', inputs as of '
               || coalesce(inputs_as_of::VARCHAR, '–') AS evidence
           FROM @property CROSS JOIN @fact AS f WHERE actual_date > f.today OR inputs_as_of > f.today""",
        remedy=OWN_FAULT,
    ),
    Check(
        "labels_in_both_languages",
        "every row and every series has a name in English and in Chinese",
        "hold",
        """SELECT id || ' has no ' || CASE WHEN trim(label_en) = '' THEN 'English' ELSE 'Chinese' END || ' name'
               AS evidence
           FROM (SELECT property_id AS id, label_en, label_zh FROM @property
                 UNION ALL SELECT series_id, label_en, label_zh FROM @series)
           WHERE trim(label_en) = '' OR trim(label_zh) = ''""",
        remedy="add the missing name",
    ),
    Check(
        "units_steady",
        "no row changed its unit since the last edition",
        "hold",
        """SELECT property_id || ': ' || q.unit || ' became ' || p.unit AS evidence
           FROM @property AS p JOIN @previous_property AS q USING (property_id) WHERE p.unit <> q.unit""",
        remedy="if the unit was meant to change, accept it: comparisons start anew",
    ),
    Check(
        "medians_steady",
        "without new rows, other settings or other code, no median moves tenfold within a year, no date by ten years",
        "hold",
        """SELECT property_id || ': ' || before || ' became ' || after || ' without new rows' AS evidence
           FROM @jump CROSS JOIN @news AS n WHERE n.row_count = 0 AND NOT n.is_other_program""",
        remedy="read `gpt2030 diff`; if the new number is right, accept it",
    ),
    Check(
        "medians_plausible",
        "with new rows, other settings or other code, a median that moves tenfold within a year is pointed out",
        "note",
        f"""SELECT property_id || ': ' || {_readable("before")} || ' became ' || {_readable("after")}
               || format(' with {{:,}} new or revised rows', n.row_count)
               || CASE WHEN n.is_other_program THEN ', other code or settings' ELSE '' END AS evidence
           FROM @jump CROSS JOIN @news AS n WHERE n.row_count > 0 OR n.is_other_program""",
    ),
    Check(
        "rows_rest_on_fresh_facts",
        f"each row of the table that moves rests on a fact of the last {FRESH_DAYS} days, or says its publisher ended",
        "note",
        f"""SELECT property_id || ': its newest fact is of ' || inputs_as_of || ', ' || (f.today - inputs_as_of)
               || ' days ago' AS evidence
           FROM @property CROSS JOIN @fact AS f
           WHERE status IN {MOVING} AND f.today - inputs_as_of > {FRESH_DAYS}
               AND rot IS DISTINCT FROM 'frozen'
           ORDER BY inputs_as_of, row_number""",
    ),
)
