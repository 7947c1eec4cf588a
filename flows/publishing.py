"""From content to a published edition: candidate, checks, directory, commit, read copy, `latest`; and recovery."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows.deriving import with_edition, with_levels
from flows.settings import Clock
from warehouse.contenders import settle_contenders
from warehouse.contracts import core, out, polars_schema
from warehouse.editions import EditionShelf, parquet_bytes
from warehouse.presentation import properties_json, properties_markdown
from warehouse.spreadsheet import spreadsheet_csv
from warehouse.store import READ_COPY_FILE, Warehouse, publish_read_copy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from warehouse.editions import Content
    from warehouse.vintages import Queries

# A folder, so that the file in it has its name already: DuckDB names a database after its file, and macros name theirs.
CANDIDATE: Final = ".gpt2030.duckdb.{pid}.tmp"


@dataclass(frozen=True, slots=True)
class Edition:
    """The rows of an edition: its content, when it is issued and made, what moved since the one before, its inputs.

    `inputs` and `corrected` are out.property_input and out.corrected_row without edition_id.
    """

    content: Content
    clock: Clock
    changes: pl.DataFrame
    inputs: pl.DataFrame
    corrected: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition about to be published: its content, what was checked, the state of sources, what it alerts to."""

    content: Content
    checks: pl.DataFrame
    health: pl.DataFrame
    changes: pl.DataFrame
    alerts: pl.DataFrame


def recover(warehouse: Warehouse, home: Path) -> list[str]:
    """Finish or remove what an interrupted refresh left behind; returns what was done, in words.

    Called while the writer's file is held, so nobody else is at work on these files.
    """
    shelf = EditionShelf(home)
    published = [str(row[0]) for row in warehouse.rows("SELECT edition_id FROM out.edition")]
    done = [f"removed {name}" for name in shelf.tidy(published)]
    for path in home.glob(CANDIDATE.format(pid="*") + "*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:  # of an early version, and the log beside it
            path.unlink()
        done.append(f"removed {path.name}")
    in_force = edition_in_force(warehouse)
    if in_force and shelf.is_whole(in_force) and shelf.latest() != in_force:
        # In the order of a publication: what `latest` names is in the read copy by then.
        publish_copy(warehouse, home)
        shelf.point_latest(in_force)
        done.append(f"finished the publication of {in_force}")
    return done


def edition_in_force(warehouse: Warehouse) -> str | None:
    """The edition that the newest run stands on; None before the first publication."""
    rows = warehouse.rows(
        "SELECT edition_id FROM out.run WHERE edition_id IS NOT NULL ORDER BY run_number DESC LIMIT 1"
    )
    return str(rows[0][0]) if rows else None


def earlier_editions(queries: Queries, day: date, besides: str | None = None) -> list[str]:
    """The editions of the days before a day, oldest first; with `besides`, also that day's others than this one."""
    rows = queries.frame(
        """SELECT edition_id FROM out.edition WHERE origin_date < ? OR (origin_date = ? AND edition_id <> ?)
           ORDER BY origin_date, issued_at""",
        [day, day, besides],
    )
    return rows["edition_id"].to_list()


def edition_before(queries: Queries, day: date, besides: str | None = None) -> str | None:
    """The newest of `earlier_editions`; None before the first."""
    earlier = earlier_editions(queries, day, besides)
    return earlier[-1] if earlier else None


def properties_of(queries: Queries, edition_id: str | None) -> pl.DataFrame:
    """The property rows of an edition, in the order of the table; no rows for None."""
    return queries.frame("SELECT * FROM out.property WHERE edition_id = ? ORDER BY row_number", [edition_id])


def make_candidate(warehouse: Warehouse, home: Path, edition: Edition) -> Path:
    """A copy of the warehouse with the edition in it: what is checked is what would be published."""
    candidate = _copy(warehouse, home)
    with Warehouse.open_file(candidate) as copy, copy.transaction():
        insert_edition(copy, edition)
    return candidate


def insert_edition(warehouse: Warehouse, edition: Edition) -> None:
    """Insert every row of an edition, unless it is there already. Call inside a transaction."""
    content, identifier = edition.content, edition.content.edition_id
    if warehouse.rows("SELECT 1 FROM out.edition WHERE edition_id = ?", [identifier]):
        return
    row = {
        "edition_id": identifier,
        "origin_date": content.origin_date,
        "issued_at": edition.clock.now,
        "target_date": content.target_date,
        "code_version": content.code_version,
        "content_digest": content.digest,
        "settings_json": content.settings_json,
        "inputs_json": json.dumps(dict(content.snapshot_ids), sort_keys=True),
        "recorded_at": edition.clock.wall,
        "is_replay": edition.clock.is_replay if edition.clock.wall else None,
    }
    warehouse.insert(out.EDITION, pl.DataFrame([row], schema=polars_schema(out.EDITION)))
    for table, frame in (
        (out.PROPERTY, content.properties),
        (out.PROPERTY_QUANTILE, content.quantiles),
        (out.PROPERTY_INPUT, edition.inputs),
        (out.CORRECTED_ROW, edition.corrected),
        (core.FORECAST, with_levels(content.forecasts)),
        (core.FIT, content.fits),
        (out.SCORE, content.scores),
    ):
        warehouse.insert(table, with_edition(frame, identifier))
    warehouse.insert(out.CHANGE, edition.changes)


def issue_of(queries: Queries, edition_id: str | None) -> Clock | None:
    """The day and moment that an edition speaks from, and when it was made; None when there is none.

    What is shown beside an edition is read as of then: at the first moment of its day, rows that landed with it would
    not be known yet.
    """
    sql = "SELECT origin_date, issued_at, recorded_at FROM out.edition WHERE edition_id = ?"
    rows = queries.frame(sql, [edition_id])
    if rows.is_empty():
        return None
    day, moment, made = rows.row(0)
    return Clock(day, moment, is_given=True, wall=made)


def inputs(warehouse: Warehouse, clock: Clock) -> dict[str, str]:
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
        [clock.now, clock.now],
    )
    return {str(feed): str(snapshot_id) for feed, snapshot_id in rows}


def edition_files(draft: Draft, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file of an edition but the manifest, as bytes."""
    from warehouse.checks_page import CHECKS_PAGE, render_checks_page
    from warehouse.feed import atom_feed
    from warehouse.site import render_page

    content = draft.content
    properties = with_edition(content.properties, content.edition_id).sort("row_number")
    properties = properties.select(name for name in out.PROPERTY.column_names if name in properties.columns)
    page = {
        lang: render_page(manifest, properties, draft.checks, draft.health, content.scores, lang=lang)
        for lang in ("en", "zh")
    }
    return {
        "properties.csv": spreadsheet_csv(properties).encode(),
        "properties.json": properties_json(properties).encode(),
        "properties.parquet": parquet_bytes(properties),
        "properties.md": properties_markdown(properties).encode(),
        "index.html": page["en"].encode(),
        "index.zh.html": page["zh"].encode(),
        **({} if draft.checks.is_empty() else {CHECKS_PAGE: render_checks_page(draft.checks).encode()}),
        "quantiles.parquet": parquet_bytes(with_edition(content.quantiles, content.edition_id)),
        "forecasts.parquet": parquet_bytes(with_edition(with_levels(content.forecasts), content.edition_id)),
        "scores.csv": spreadsheet_csv(content.scores).encode(),
        "changes.json": json.dumps(draft.changes.to_dicts(), default=str, indent=2).encode() + b"\n",
        "feed.xml": atom_feed(manifest, draft.changes, properties, draft.alerts).encode(),
    }


def publish_copy(warehouse: Warehouse, home: Path) -> None:
    """Replace the read copy by the warehouse as it stands."""
    replace_read_copy(_copy(warehouse, home), home)


def replace_read_copy(candidate: Path, home: Path) -> None:
    """Put a candidate in the place of the read copy; the folder that it was made in goes."""
    publish_read_copy(candidate, home)
    candidate.parent.rmdir()


def _copy(warehouse: Warehouse, home: Path) -> Path:
    # Before the copy: readers cannot write, and would ask for frontiers of contenders without the newest rows.
    settle_contenders(warehouse)
    folder = home / CANDIDATE.format(pid=os.getpid())
    folder.mkdir(exist_ok=True)
    candidate = folder / READ_COPY_FILE
    candidate.unlink(missing_ok=True)
    warehouse.write_copy(candidate)
    with Warehouse.open_file(candidate) as copy:
        copy.name_tables_in_macros()
    return candidate
