"""What looks brought, landed: every snapshot that this code has not landed yet, with a record of each landing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.progress import talk
from flows.run.landing import Ground, Landed, land_snapshot
from flows.run.looks import load_snapshot
from flows.run.program import digest_of_files
from warehouse import snapshots
from warehouse.checks.acceptances import accepted
from warehouse.contracts import polars_schema, raw
from warehouse.landings import ReadBy, given_up, is_read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.run.run import Run
    from sources.source import Source


# How often bytes are tried whose reading comes to no end.
TRIES: Final = 3


def has_news(run: Run, source_id: str) -> bool:
    """Whether any snapshot in force of a source was not landed by this code yet."""
    if run.is_looking_back:
        return False
    facts = [one.snapshot for one in run.looks if one.source_id == source_id and one.snapshot]
    return any(not is_read(run.warehouse, fact, code_digest(), run.clock.today) for fact in facts)


def land_source(run: Run, source: Source) -> list[Landed]:
    """Land what the looks at one source brought and what was not read by this code yet; definitions first."""
    digest = code_digest()
    ground = Ground(
        run.warehouse, run.clock, run.settings.tolerance, run.reader.read, accepted(run.warehouse, run.clock.today)
    )
    facts = [one.snapshot for one in run.looks if one.source_id == source.source_id and one.snapshot]
    landed: list[Landed] = []
    try:
        for fact in sorted(facts, key=lambda fact: (fact.feed.removesuffix(".csv") != "series", fact.feed)):
            if is_read(run.warehouse, fact, digest, run.clock.today):
                continue
            one = _land_fact(ground, source, run, fact)
            landed.append(one)
            if one.is_held:
                talk().warning("held: %s %s: %s", one.source_id, one.feed, one.reason)
    finally:  # together, for one by one they cost as much as the rows; what landed before a failure is told too
        _record_landings(run, landed, digest)
    run.landed += landed
    return landed


def _land_fact(ground: Ground, source: Source, run: Run, fact: snapshots.SnapshotFact) -> Landed:
    """Land one snapshot; lost or damaged bytes hold their feed, not the whole run."""
    if (given_up := _given_up_before(run, fact)) is not None:
        return given_up
    try:
        snapshot = load_snapshot(run.store, fact, source)
    except snapshots.SnapshotDamaged as damage:
        return Landed(fact.source_id, fact.feed, fact.snapshot_id, reason=str(damage))
    return land_snapshot(ground, source, snapshot)


def _given_up_before(run: Run, fact: snapshots.SnapshotFact) -> Landed | None:
    """The hold of bytes whose reading came to no end three times, with this code and these limits; else None.

    Bytes that were held are read anew each run, and such a reading costs all the time it is allowed. One that failed
    for want of memory on a busy day gets two more tries; code, limits or bytes that change begin anew.
    """
    reason = given_up(run.warehouse, fact, ReadBy(code_digest(), run.reader.limits.given_up), TRIES)
    return Landed(fact.source_id, fact.feed, fact.snapshot_id, reason=reason) if reason else None


@cache
def code_digest() -> str:
    """The digest of the parsing code as installed."""
    folder = Path(__file__).parents[2]
    # Whatever decides which rows bytes give: the parsers, all files they read, and what the contracts refuse. Files of
    # every kind: a list of endings would miss the next one, and bytes would not be read again.
    found = [*folder.glob("sources/**/*"), *folder.glob("warehouse/contracts/**/*")]
    files = [path for path in found if path.is_file() and path.suffix != ".pyc"]
    return digest_of_files(folder, files)


def _record_landings(run: Run, landed: Sequence[Landed], digest: str) -> None:
    rows = [row for one in landed for row in _landing_rows(run, one, digest)]
    run.warehouse.insert(raw.LANDING, pl.DataFrame(rows, schema=polars_schema(raw.LANDING), orient="row"))


def _landing_rows(run: Run, landed: Landed, digest: str) -> list[dict[str, object]]:
    common = {
        "run_id": run.run_id,
        "source_id": landed.source_id,
        "feed": landed.feed,
        "snapshot_id": landed.snapshot_id,
        "parser_digest": digest,
        "recorded_at": run.clock.now,
        "is_held": landed.is_held,
    }
    if landed.is_held:
        counts = [name for name in raw.LANDING.column_names if name.endswith("_count")]
        return [{**common, **dict.fromkeys(counts, 0), "table_name": "*", "detail": landed.reason}]
    return [
        {
            **common,
            "table_name": table.table_name,
            "record_count": table.record_count,
            "added_count": table.landing.added,
            "revised_count": table.landing.revised,
            "unchanged_count": table.landing.unchanged,
            "deleted_count": table.landing.deleted,
            "quarantined_count": table.quarantined_count,
            "skipped_count": table.skipped_count,
            "not_yet_count": table.not_yet_count,
            "detail": table.detail,
        }
        for table in landed.tables
    ]
