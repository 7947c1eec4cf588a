"""core.contender: the few observations that can be a record at some moment, so that a frontier reads them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warehouse.contracts import core
from warehouse.contracts.facts import FACT, PRECEDENCE

if TYPE_CHECKING:
    from warehouse.store import Warehouse


def settle_contenders(warehouse: Warehouse) -> int:
    """Work out anew the contenders of every series whose rows have changed; returns how many series those were.

    Rows are only ever appended, and superseded once: the two counts of a series say whether it has changed. To be
    called before the file is copied for readers; only then is a frontier asked for.
    """
    with warehouse.transaction():
        warehouse.execute(_STALE)
        stale = int(str(warehouse.rows("SELECT count(*) FROM stale")[0][0]))
        if stale:
            for table in (core.CONTENDER, core.SERIES_STATE):
                warehouse.execute(f"DELETE FROM {table.full_name} WHERE series_id IN (SELECT series_id FROM stale)")
            warehouse.execute(f"INSERT INTO {core.SERIES_STATE.full_name} SELECT {_STATE} FROM stale")
            warehouse.execute(_REFILL)
        warehouse.execute("DROP TABLE stale")
    return stale


# What settles a series, and what has been settled. A definition that once counted levels counts for good: moments at
# which it held can still be asked for.
_STATE: Final = ", ".join(core.SERIES_STATE.column_names)
_STALE: Final = f"""
    CREATE TEMP TABLE stale AS
    WITH level AS (
        SELECT DISTINCT unnest(list_prepend(series_id, string_split(coalesce(members, series_id), '+'))) AS series_id
        FROM core.series WHERE direction <> 'max'
    ), state AS (
        SELECT series_id, count(*) AS row_count, count(superseded_at) AS superseded_count,
               count(DISTINCT source_id) AS publisher_count, series_id IN (FROM level) AS is_level
        FROM core.observation GROUP BY series_id
    )
    SELECT {_STATE} FROM state EXCEPT SELECT {_STATE} FROM core.series_state"""

# An observation is seen from `visible_at` until `stands_until`, unless another publisher has the word on its fact for a
# time: then it is *contested*. It can be a record at no moment when an uncontested one of its series was as good on an
# earlier day, is seen no later and stands as long. Not every other is asked, only three: the best earlier one among
# those seen just as long, the best earlier one that stands for good (if it was seen by then), and the best one seen by
# then that stands for good (if it is earlier). So a row too many may stay, and never one too few. `bar` is the value of
# uncontested rows.
_LASTING: Final = "FILTER (stands_until = TIMESTAMP 'infinity') OVER"
_BARS: Final = f"""
    max(bar) OVER alike AS alike_best,
    max(bar) {_LASTING} earlier AS earlier_best, arg_max(visible_at, bar) {_LASTING} earlier AS earlier_visible_at,
    max(bar) {_LASTING} seen AS seen_best, arg_max(observation_date, bar) {_LASTING} seen AS seen_date"""
_WINDOWS: Final = """
    WINDOW alike AS (PARTITION BY series_id, visible_at, stands_until ORDER BY place
                     RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           earlier AS (PARTITION BY series_id ORDER BY place
                       RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           seen AS (PARTITION BY series_id ORDER BY visible_at)"""
_BEATEN: Final = """(coalesce(alike_best >= value, false)
        OR coalesce(earlier_best >= value AND earlier_visible_at <= visible_at, false)
        OR coalesce(seen_best >= value AND seen_date < observation_date, false))"""
# Twice: against the best of each year first, so that few rows have to be put in the order of their days. Nothing is
# materialized: a table of all rows would not fit where the file itself is read through a small memory. Beside a
# contested row stand those that contest it, however low: without them nobody could tell when it has the word.
_REFILL: Final = f"""
    INSERT INTO core.contender ({", ".join(core.CONTENDER.column_names)})
    WITH stated AS NOT MATERIALIZED (
        SELECT o.rowid AS stored_row, series_id, {FACT} AS fact, {PRECEDENCE} AS precedence,
               o.observation_date, o.value,
               is_level, publisher_count,
               greatest(o.recorded_at, o.observation_date, o.known_date) AS visible_at,
               coalesce(o.superseded_at, TIMESTAMP 'infinity') AS stands_until
        FROM core.observation AS o JOIN stale USING (series_id) WHERE NOT o.is_deleted
    ), shared AS (
        SELECT series_id, fact, min(precedence) AS first FROM stated WHERE publisher_count > 1
        GROUP BY ALL HAVING min(precedence) < max(precedence)
    ), row AS NOT MATERIALIZED (
        SELECT stated.*, year(observation_date) AS place, coalesce(precedence > first, false) AS is_contested,
               CASE WHEN NOT is_contested THEN value END AS bar
        FROM stated LEFT JOIN shared USING (series_id, fact)
    ), year AS (
        SELECT series_id, visible_at, stands_until, place,
               max(bar) AS bar, arg_max(observation_date, bar) AS observation_date
        FROM row GROUP BY ALL
    ), year_bar AS (
        SELECT series_id, visible_at, stands_until, place, {_BARS} FROM year {_WINDOWS}
    ), candidate AS (
        SELECT row.* REPLACE (observation_date - DATE '1970-01-01' AS place)
        FROM row JOIN year_bar USING (series_id, visible_at, stands_until, place)
        WHERE is_level OR NOT {_BEATEN}
    ), barred AS (
        SELECT *, {_BARS} FROM candidate {_WINDOWS}
    ), chosen AS (
        SELECT stored_row, visible_at, series_id, fact, is_contested FROM barred WHERE is_level OR NOT {_BEATEN}
    ), kept AS (
        SELECT stored_row, visible_at, fact FROM chosen
        UNION
        SELECT stored_row, visible_at, fact FROM row
        WHERE (series_id, fact) IN (SELECT (series_id, fact) FROM chosen WHERE is_contested)
    )
    SELECT {", ".join(core.CONTENDER.column_names)}
    FROM core.observation AS o JOIN kept ON o.rowid = kept.stored_row JOIN stale USING (series_id)
    ORDER BY series_id, observation_date"""
