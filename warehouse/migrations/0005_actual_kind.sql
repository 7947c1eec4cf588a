-- So far: measured, or what a formula gives on today's inputs. Editions of before are told apart by the rows' formulas.
-- Of a fact known to the month the first of it is no day that anybody stated; editions of before said days.
-- Both columns before anything is written: a table that was written to cannot be altered again in one transaction.
ALTER TABLE out.property ADD COLUMN actual_kind VARCHAR;

ALTER TABLE out.property ADD COLUMN actual_date_precision VARCHAR;

UPDATE out.property SET
    actual_date_precision = CASE WHEN actual_date IS NOT NULL THEN 'day' END,
    actual_kind = CASE
        WHEN property_id IN ('speed.multiple', 'learn.dau', 'learn.copies_market', 'auto.horizon_days') THEN 'derived'
        WHEN property_id IN (
            'speed.boosted_multiple', 'speed.day_task_minutes', 'overhang.chinchilla_years', 'overhang.work_years',
            'overhang.months_to_finish', 'learn.copies_compute', 'learn.years_per_day', 'work.agents',
            'work.fast_agents', 'work.fast_agent_days', 'work.fast_agent_years_budget', 'auto.oversight_h',
            'impact.math_output_x'
        ) THEN 'implied'
        ELSE 'measured'
    END
WHERE actual_state = 'value';
