"""The editions of a warehouse: which stands, what each says and from when it speaks, and their rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from warehouse.as_of import looks_back
from warehouse.contracts import core, out, polars_schema
from warehouse.contracts.change import CHANGE
from warehouse.contracts.content import SAID, nothing_of, with_edition, with_levels
from warehouse.contracts.living import LIVING
from warehouse.contracts.scenario import SCENARIO
from warehouse.details import insert_properties
from warehouse.spans import insert_scores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from warehouse.contracts.content import Content
    from warehouse.known import Moment
    from warehouse.store import Warehouse
    from warehouse.vintages import Queries


@dataclass(frozen=True, slots=True)
class Issue:
    """The day and the moment that an edition speaks from, and when it was made, where that is known (UTC)."""

    today: date
    now: datetime
    wall: datetime | None

    @property
    def is_replay(self) -> bool | None:
        """Whether the day had gone already when the edition was made; None where that is not known."""
        return self.wall.date() > self.today if self.wall else None


@dataclass(frozen=True, slots=True)
class Edition:
    """The rows of an edition: its content, when it is issued and made, what moved since the one before, its inputs.

    `inputs`, `corrected`, `living` and `scenarios` are out.property_input, out.corrected_row, out.living and
    out.scenario without edition_id.
    """

    content: Content
    issue: Issue
    changes: pl.DataFrame
    inputs: pl.DataFrame
    corrected: pl.DataFrame
    living: pl.DataFrame = field(default_factory=lambda: nothing_of(LIVING))
    scenarios: pl.DataFrame = field(default_factory=lambda: nothing_of(SCENARIO))


def every_edition(queries: Queries) -> list[str]:
    """The ids of all editions, by day and moment of issue."""
    return queries.frame("SELECT edition_id FROM out.edition ORDER BY origin_date, issued_at")["edition_id"].to_list()


def edition_in_force(queries: Queries) -> str | None:
    """The edition that the newest run stands on; None before the first publication."""
    rows = queries.frame("SELECT edition_id FROM out.run WHERE edition_id IS NOT NULL ORDER BY run_number DESC LIMIT 1")
    return str(rows.item()) if len(rows) else None


def earlier_editions(queries: Queries, day: date, besides: str | None = None) -> list[str]:
    """The editions of the days before a day, oldest first; with `besides`, also that day's others than this one.

    Without looks back, made when a later one of these days was there already.
    """
    rows = queries.frame(
        f"""SELECT edition_id FROM out.edition AS e
           WHERE (origin_date < ? OR (origin_date = ? AND edition_id <> ?)) AND NOT {looks_back("e", "?")}
           ORDER BY origin_date, issued_at""",
        [day, day, besides, day],
    )
    return rows["edition_id"].to_list()


def edition_before(queries: Queries, day: date, besides: str | None = None) -> str | None:
    """The newest of `earlier_editions`; None before the first."""
    earlier = earlier_editions(queries, day, besides)
    return earlier[-1] if earlier else None


def properties_of(queries: Queries, edition_id: str | None) -> pl.DataFrame:
    """The property rows of an edition, in the order of the table; no rows for None.

    Columns that a file of before them lacks are empty: whoever has just upgraded can read on before the next refresh.
    """
    rows = queries.frame("SELECT * FROM out.property WHERE edition_id = ? ORDER BY row_number", [edition_id])
    lacking = {name: kind for name, kind in polars_schema(out.PROPERTY).items() if name not in rows.columns}
    return rows.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in lacking.items())


def history_before(queries: Queries, issue: Issue) -> pl.DataFrame:
    """The rows of the table in the last edition of each day before that of an issue, as they stood when it was made.

    Columns: those of out.HISTORY, formula, origin_date, issued_at, is_replay, recorded_at; by row and day. A replay
    made later for an earlier day is no part of what an edition was made from, or writing it anew would give other
    bytes.
    """
    return queries.frame(
        f"""SELECT {", ".join(f"p.{name}" for name in out.HISTORY)},
                   p.formula, e.origin_date, e.issued_at, e.is_replay, e.recorded_at
            FROM out.property AS p JOIN (
                SELECT edition_id, origin_date, issued_at, is_replay, recorded_at FROM out.edition
                WHERE origin_date < ? AND (recorded_at IS NULL OR ?::TIMESTAMP IS NULL OR recorded_at <= ?)
                QUALIFY row_number() OVER (PARTITION BY origin_date ORDER BY issued_at DESC, edition_id) = 1
            ) AS e USING (edition_id)
            ORDER BY p.row_number, e.origin_date""",
        [issue.today, issue.wall, issue.wall],
    )


def last_moves(queries: Queries, issue: Issue, least: float) -> pl.DataFrame:
    """Of each row its lines of out.change in the last edition before an issue in which it moved by `least` spreads.

    Of a row without spreads, in which its number was another. With origin_date and status, p50 and previous_p50 of the
    row in that edition; of the day of the issue itself too, where an edition had been made of it before.
    """
    return queries.frame(
        """SELECT c.*, m.origin_date, p.status, p.p50, p.previous_p50
           FROM out.change AS c
           JOIN (
               SELECT t.edition_id, t.previous_edition_id, t.property_id, e.origin_date
               FROM out.change AS t JOIN out.edition AS e USING (edition_id)
               WHERE t.cause = 'total' AND (t.size_spreads >= ? OR (t.size_spreads IS NULL AND t.amount <> 0))
                 AND (e.origin_date < ? OR (e.origin_date = ? AND e.issued_at < ?))
                 AND (e.recorded_at IS NULL OR ?::TIMESTAMP IS NULL OR e.recorded_at <= ?)
               QUALIFY row_number() OVER (
                   PARTITION BY t.property_id ORDER BY e.origin_date DESC, e.issued_at DESC, t.edition_id) = 1
           ) AS m USING (edition_id, previous_edition_id, property_id)
           JOIN out.property AS p USING (edition_id, property_id)
           ORDER BY c.property_id, c.cause""",
        [least, issue.today, issue.today, issue.now, issue.wall, issue.wall],
    )


def rows_compared_with(queries: Queries, changes: pl.DataFrame) -> pl.DataFrame:
    """The rows of out.property that those of out.change were compared with, as they stood then."""
    pairs = changes.select("previous_edition_id", "property_id").unique().sort(pl.all())
    return queries.frame(
        """SELECT p.* FROM out.property AS p
           JOIN (SELECT unnest(?::VARCHAR[]) AS edition_id, unnest(?::VARCHAR[]) AS property_id) AS asked
           USING (edition_id, property_id) ORDER BY edition_id, row_number""",
        [pairs["previous_edition_id"].to_list(), pairs["property_id"].to_list()],
    )


def insert_edition(warehouse: Warehouse, edition: Edition) -> None:
    """Insert every row of an edition, unless it is there already. Call inside a transaction."""
    content, identifier = edition.content, edition.content.edition_id
    if warehouse.rows("SELECT 1 FROM out.edition WHERE edition_id = ?", [identifier]):
        return
    row = {
        "edition_id": identifier,
        "origin_date": content.origin_date,
        "issued_at": edition.issue.now,
        "target_date": content.target_date,
        "code_version": content.code_version,
        "content_digest": content.digest,
        "settings_json": content.settings_json,
        "inputs_json": json.dumps(dict(content.snapshot_ids), sort_keys=True),
        "recorded_at": edition.issue.wall,
        "is_replay": edition.issue.is_replay,
    }
    warehouse.insert(out.EDITION, pl.DataFrame([row], schema=polars_schema(out.EDITION)))
    insert_properties(warehouse, with_edition(content.properties, identifier))
    for table, frame in (
        (out.PROPERTY_QUANTILE, content.quantiles),
        (out.PROPERTY_INPUT, edition.inputs),
        (LIVING, edition.living),
        (SCENARIO, edition.scenarios),
        (out.CORRECTED_ROW, edition.corrected),
        (core.FORECAST, with_levels(content.forecasts)),
        (core.FIT, content.fits),
    ):
        warehouse.insert(table, with_edition(frame, identifier))
    insert_scores(warehouse, identifier, content.scores)
    warehouse.insert(CHANGE, edition.changes)


def living_of(queries: Queries, edition_id: str) -> pl.DataFrame:
    """The living rows of an edition in their order; none of one that was made before there were any."""
    # A home that no refresh of this version has written to yet has no such table, and can be read all the same.
    tables = queries.frame("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'out' AND table_name = 'living'")
    if tables.is_empty():
        return pl.DataFrame(schema=polars_schema(LIVING))
    return queries.frame("SELECT * FROM out.living WHERE edition_id = ? ORDER BY row_number", [edition_id])


def issue_of(queries: Queries, edition_id: str | None) -> Issue | None:
    """The day and moment that an edition speaks from, and when it was made; None when there is none.

    What is shown beside an edition is read as of then: at the first moment of its day, rows that landed with it would
    not be known yet.
    """
    sql = "SELECT origin_date, issued_at, recorded_at FROM out.edition WHERE edition_id = ?"
    rows = queries.frame(sql, [edition_id])
    if rows.is_empty():
        return None
    day, moment, made = rows.row(0)
    return Issue(day, moment, made)


def newest_issue(queries: Queries, day: date) -> datetime | None:
    """When the newest edition of a day was issued (UTC); None before the first."""
    found = queries.frame("SELECT max(issued_at) AS issued_at FROM out.edition WHERE origin_date = ?", [day])
    newest: datetime | None = found["issued_at"][0]
    return newest


def inputs(warehouse: Warehouse, moment: Moment) -> dict[str, str]:
    """`source/feed` → the snapshot that its rows were last read from, as known at the moment of the run.

    What was held is no input; what was not looked at this time, or is switched off by now, still is. A feed first
    read later stands in with its first snapshot, as its rows do.
    """
    rows = warehouse.rows(
        """SELECT source_id || '/' || feed, snapshot_id FROM raw.landing WHERE NOT is_held
           QUALIFY row_number() OVER (
               PARTITION BY source_id, feed
               ORDER BY recorded_at > ?, CASE WHEN recorded_at <= ? THEN recorded_at END DESC, recorded_at) = 1
           ORDER BY ALL""",
        [moment.now, moment.now],
    )
    return {str(feed): str(snapshot_id) for feed, snapshot_id in rows}


# Whoever forecasts the rows of the table: the pool's forecasts and the formulas on top of them.
TABLE_ID: Final = "gpt2030-table"


# Of every quarter the first edition: one a day would be scored once a day, a quarter apart forecasts still tell each
# other's news. Those made on their day and those made later each by themselves: a replay for the first of January must
# not take the place of what was published on the second.
_OF_QUARTERS: Final = """(
    SELECT edition_id FROM out.edition WHERE origin_date < ? AND coalesce(is_replay, false) = ?
    QUALIFY row_number() OVER (
        PARTITION BY date_trunc('quarter', origin_date) ORDER BY origin_date, issued_at, edition_id) = 1)"""


def read_published(queries: Queries, today: date, besides: Sequence[str], *, of_replays: bool = False) -> pl.DataFrame:
    """Forecasts of earlier editions whose day has come, of the first edition of every quarter; not of some forecasters.

    `of_replays`: of editions that were made when their own day had gone, and of no others.
    """
    return queries.frame(
        f"""SELECT {", ".join(f"f.{name}" for name in SAID)} FROM core.forecast AS f JOIN {_OF_QUARTERS}
            USING (edition_id)
            WHERE f.target_date <= ? AND f.output_type IN ('quantile', 'median') AND NOT list_contains(?, forecaster_id)
            ORDER BY ALL""",
        [today, of_replays, today, list(besides)],
    )


def read_published_rows(queries: Queries, today: date, *, of_replays: bool = False) -> pl.DataFrame:
    """What earlier editions forecast for rows of the table whose day has come, in hub form: as `read_published`."""
    return queries.frame(
        f"""SELECT '{TABLE_ID}' AS forecaster_id, property_id AS target, origin_date, target_date,
                   'quantile' AS output_type, level::VARCHAR AS output_type_id, value
            FROM out.property_quantile JOIN {_OF_QUARTERS} USING (edition_id) JOIN out.edition USING (edition_id)
            WHERE is_published AND target_date <= ?
            ORDER BY ALL""",
        [today, of_replays, today],
    ).select(SAID)


def quantiles_of(queries: Queries, edition_id: str | None) -> pl.DataFrame:
    """What an edition forecast for its rows: property_id, level and value; no rows for None."""
    return queries.frame(
        "SELECT property_id, level, value FROM out.property_quantile WHERE edition_id = ?", [edition_id]
    )


def forecasts_of(queries: Queries, edition_id: str | None) -> pl.DataFrame:
    """The rows of core.forecast of an edition, without its id; of an old one they have left, see forecast_history."""
    return queries.frame(
        "SELECT * EXCLUDE (edition_id) FROM core.forecast WHERE edition_id = ? ORDER BY ALL", [edition_id]
    )


def fits_of(queries: Queries, edition_id: str) -> pl.DataFrame:
    """The rows of core.fit of an edition."""
    return queries.frame("SELECT * FROM core.fit WHERE edition_id = ?", [edition_id])


def scores_of(queries: Queries, edition_id: str | None) -> pl.DataFrame:
    """The rows of out.score of an edition; no rows for None."""
    return queries.frame(
        """SELECT * FROM out.score WHERE edition_id = ?
           ORDER BY basis, forecaster_id, target, origin_date, target_date, metric""",
        [edition_id],
    )


def changes_of(queries: Queries, edition_id: str) -> pl.DataFrame:
    """What an edition told of how its rows moved (out.change), in the order in which it was told."""
    return queries.frame("SELECT * FROM out.change WHERE edition_id = ? ORDER BY rowid", [edition_id])


def target_of(queries: Queries, edition_id: str | None) -> tuple[date, tuple[str, ...]] | None:
    """The day that an edition forecast, and the feeds (source/feed) that it had read; None when there is none."""
    rows = queries.frame("SELECT target_date, inputs_json FROM out.edition WHERE edition_id = ?", [edition_id])
    return (rows["target_date"][0], tuple(json.loads(rows["inputs_json"][0]))) if len(rows) else None


# One round a day: of several editions the last.
ROUNDS: Final = """FROM out.edition
    QUALIFY row_number() OVER (PARTITION BY origin_date ORDER BY issued_at DESC, edition_id) = 1"""


def rounds(queries: Queries) -> pl.DataFrame:
    """The last edition of each day: origin_date, edition_id, recorded_at, is_replay."""
    return queries.frame(f"SELECT origin_date, edition_id, recorded_at, is_replay {ROUNDS} ORDER BY origin_date")


def series_beneath(queries: Queries, property_id: str) -> list[str] | None:
    """The series that a row of the newest edition is computed from, nearest first; None when there is no such row."""
    found = queries.frame(
        "SELECT input_id FROM property_input WHERE property_id = ? AND kind = 'series' ORDER BY depth, input_id",
        [property_id],
    )["input_id"].to_list()
    is_row = len(queries.frame("SELECT 1 FROM property_latest WHERE property_id = ?", [property_id]))
    return found if found or is_row else None


def beyond_range_on(queries: Queries, property_id: str) -> date | None:
    """The day of the newest edition where its row gives no number so far beyond what has been scored; else None."""
    found = queries.frame(
        "SELECT origin_date FROM property_latest WHERE property_id = ? AND status = 'beyond_range'", [property_id]
    )
    return next(iter(found["origin_date"]), None)


def edition_of_newest_run(queries: Queries) -> dict[str, Any] | None:
    """The row of out.edition that the newest run with an edition stands on, with its run_number."""
    sql = "SELECT e.*, run_number FROM out.edition e JOIN out.run USING (edition_id) ORDER BY run_number DESC LIMIT 1"
    return next(iter(queries.frame(sql).to_dicts()), None)
