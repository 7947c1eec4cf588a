"""core.contender: the few observations that can be a record at some moment, so that a frontier reads them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warehouse.contracts import core

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
            warehouse.execute("DELETE FROM core.contender WHERE series_id IN (SELECT series_id FROM stale)")
            warehouse.execute(_REFILL)
        warehouse.execute("DROP TABLE stale")
    return stale


# What settles a series, and what has been settled. A definition that once counted levels counts for good: moments at
# which it held can still be asked for.
_STATE: Final = "series_id, series_row_count, series_superseded_count, is_level"
_STALE: Final = f"""
    CREATE TEMP TABLE stale AS
    WITH level AS (
        SELECT DISTINCT unnest(list_prepend(series_id, string_split(coalesce(members, series_id), '+'))) AS series_id
        FROM core.series WHERE direction <> 'max'
    ), state AS (
        SELECT series_id, count(*) AS series_row_count, count(superseded_at) AS series_superseded_count,
               series_id IN (FROM level) AS is_level
        FROM core.observation GROUP BY series_id
    )
    SELECT {_STATE} FROM state EXCEPT SELECT DISTINCT {_STATE} FROM core.contender"""

# An observation is seen from `visible_at` until `stands_until`. It can be a record at no moment when another of its
# series and kind of publisher was as good on an earlier day, is seen no later and stands as long. Of all that were
# better only the best is asked: among those that end with the row, and among those that stand for good. So a row too
# many may stay, where the best was seen later and another was not, and never one too few.
#
# The best of each year come first, so that few rows have to be put in order. Nothing is materialized: a table of all
# rows would not fit where the file itself has to be read through a small memory.
_BEATEN: Final = """(coalesce(own_best >= value AND own_from <= visible_at, false)
        OR coalesce(lasting_best >= value AND lasting_from <= visible_at, false))"""
_REFILL: Final = f"""
    INSERT INTO core.contender ({", ".join(core.CONTENDER.column_names)})
    WITH row AS NOT MATERIALIZED (
        SELECT o.rowid AS stored_row, series_id, o.source_id <> 'curated' AS is_live, o.observation_date, o.value,
               year(o.observation_date) AS year, o.observation_date - DATE '1970-01-01' AS day, s.is_level,
               greatest(o.recorded_at, o.observation_date, o.known_date) AS visible_at,
               coalesce(o.superseded_at, TIMESTAMP 'infinity') AS stands_until
        FROM core.observation AS o JOIN stale AS s USING (series_id) WHERE NOT o.is_deleted
    ), best_of_year AS (
        SELECT series_id, is_live, stands_until, year, max(value) AS best, arg_max(visible_at, value) AS seen_from
        FROM row GROUP BY ALL
    ), bar AS (
        SELECT series_id, is_live, stands_until, year,
               max(best) OVER own AS own_best, arg_max(seen_from, best) OVER own AS own_from,
               max(best) FILTER (stands_until = TIMESTAMP 'infinity') OVER every AS lasting_best,
               arg_max(seen_from, best) FILTER (stands_until = TIMESTAMP 'infinity') OVER every AS lasting_from
        FROM best_of_year
        WINDOW own AS (PARTITION BY series_id, is_live, stands_until ORDER BY year
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
               every AS (PARTITION BY series_id, is_live ORDER BY year
                         RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), candidate AS (
        SELECT row.* FROM row JOIN bar USING (series_id, is_live, stands_until, year)
        WHERE is_level OR NOT {_BEATEN}
    ), placed AS (
        SELECT stored_row, value, visible_at, is_level,
               max(value) OVER own AS own_best, arg_max(visible_at, value) OVER own AS own_from,
               max(value) FILTER (stands_until = TIMESTAMP 'infinity') OVER every AS lasting_best,
               arg_max(visible_at, value) FILTER (stands_until = TIMESTAMP 'infinity') OVER every AS lasting_from
        FROM candidate
        WINDOW own AS (PARTITION BY series_id, is_live, stands_until ORDER BY day
                       RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
               every AS (PARTITION BY series_id, is_live ORDER BY day
                         RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), chosen AS (
        SELECT stored_row, visible_at FROM placed WHERE is_level OR NOT {_BEATEN}
    )
    SELECT {", ".join(core.CONTENDER.column_names)}
    FROM core.observation AS o JOIN chosen ON o.rowid = chosen.stored_row JOIN stale USING (series_id)
    ORDER BY series_id, observation_date"""
