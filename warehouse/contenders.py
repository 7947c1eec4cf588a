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


_STALE: Final = """
    CREATE TEMP TABLE stale AS
    SELECT series_id, count(*) AS series_row_count, count(superseded_at) AS series_superseded_count
    FROM core.observation GROUP BY series_id
    EXCEPT
    SELECT DISTINCT series_id, series_row_count, series_superseded_count FROM core.contender"""

_CHOSEN: Final = ", ".join(
    f"{'s' if name.startswith('series_') else 'o'}.{name}" for name in core.CONTENDER.column_names
)
# A row that lasts is seen at every moment at which any row of its series and kind of publisher can be: it came with the
# first of them, still stands, and states nothing that was known later.
_LASTS: Final = """(o.recorded_at = g.first_recorded_at AND o.superseded_at IS NULL AND NOT o.is_deleted
        AND greatest(o.observation_date, o.known_date) <= CAST(o.recorded_at AS DATE))"""

# So a row can be no record once a row that lasts was as good on an earlier day, and is never among the newest once one
# that lasts is newer; what is neither is left out, and tombstones are. The best of each year is found first, so
# that few rows have to be put in order.
_REFILL: Final = f"""
    INSERT INTO core.contender ({", ".join(core.CONTENDER.column_names)})
    WITH origin AS (
        SELECT o.series_id, o.source_id <> 'curated' AS is_live, min(o.recorded_at) AS first_recorded_at
        FROM core.observation AS o SEMI JOIN stale USING (series_id) GROUP BY ALL
    ), best_of_year AS (
        SELECT g.series_id, g.is_live, g.first_recorded_at, year(o.observation_date) AS year,
               max(o.value) FILTER (WHERE {_LASTS}) AS best,
               max(o.observation_date) FILTER (WHERE {_LASTS}) AS newest_date
        FROM core.observation AS o JOIN origin AS g
            ON o.series_id = g.series_id AND (o.source_id <> 'curated') = g.is_live
        GROUP BY ALL
    ), bar AS (
        SELECT series_id, is_live, first_recorded_at, year, max(best) OVER (
            PARTITION BY series_id, is_live ORDER BY year ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS best_before, max(newest_date) OVER (PARTITION BY series_id, is_live) AS newest_date
        FROM best_of_year
    ), candidate AS (
        SELECT o.rowid AS stored_row, g.series_id, g.is_live, o.observation_date, o.value, {_LASTS} AS lasts,
               coalesce(o.observation_date >= g.newest_date, true) AS can_be_newest
        FROM core.observation AS o JOIN bar AS g
            ON o.series_id = g.series_id AND (o.source_id <> 'curated') = g.is_live
            AND year(o.observation_date) = g.year
        WHERE NOT o.is_deleted
            AND (g.best_before IS NULL OR o.value > g.best_before OR o.observation_date >= g.newest_date)
    ), chosen AS (
        SELECT stored_row, max(value) FILTER (WHERE lasts) OVER (
            PARTITION BY series_id, is_live ORDER BY observation_date - DATE '1970-01-01'
            RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS best_before
        FROM candidate
        QUALIFY best_before IS NULL OR value > best_before OR can_be_newest
    )
    SELECT {_CHOSEN}
    FROM core.observation AS o JOIN chosen ON o.rowid = chosen.stored_row JOIN stale AS s ON o.series_id = s.series_id
    ORDER BY o.series_id, o.observation_date"""
