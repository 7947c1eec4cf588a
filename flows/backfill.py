"""Replay dated files, oldest first, as if they had been looked at on their days; every row is marked backfilled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from flows import ending, steps, stopping
from flows.looking import EMBEDDED, Look, Lookout
from flows.plain import publish_landed
from flows.settings import FIRST_DAY, LAST_DAY, Clock, claim
from sources.registry import SOURCES
from warehouse.snapshots import SnapshotFact, in_force
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flows.landing import Landed, LandedTable
    from flows.settings import Settings
    from sources.source import Source

POST: Final = re.compile(r"post[_-](\d+)")


class BackfillError(Exception):
    """The folder is not laid out as <source_id>/<YYYY-MM-DD>/<file>, or would rewrite what is already recorded."""


@dataclass(frozen=True, slots=True)
class DatedFile:
    """One file to replay."""

    source_id: str
    day: date
    path: Path

    @property
    def feed(self) -> str:
        """The feed a live look would have brought these bytes under."""
        if self.source_id == "curated":
            return self.path.stem
        if self.source_id == "llm_bench":  # a live look puts the days of a month together
            return f"{self.day:%Y-%m}.jsonl"
        post = POST.search(self.path.name) if self.source_id == "metaculus" else None
        return f"post-{post.group(1)}" if post else self.path.name


@dataclass(frozen=True, slots=True)
class Accounts:
    """What became of the records of one file for its record table."""

    file: DatedFile
    landed: Landed

    @property
    def record_table(self) -> LandedTable | None:
        """The table that has one row per record; None when the file was held."""
        tables = [table for table in self.landed.tables if table.is_record_table]
        return tables[0] if tables else None

    @property
    def is_balanced(self) -> bool:
        """Whether every record of the file is accounted for."""
        table = self.record_table
        if table is None:
            return self.landed.is_held
        counted = table.landing.added + table.landing.revised + table.landing.unchanged + table.quarantined_count
        return table.record_count == counted + table.skipped_count + table.not_yet_count

    def sentence(self) -> str:
        """The accounts in one line, ending with other tables that got rows."""
        name = f"{self.file.day} {self.file.source_id}/{self.file.path.name}"
        table = self.record_table
        if table is None:
            return f"{name}: held, nothing landed: {self.landed.reason}"
        parts = [
            f"{table.landing.added} added",
            f"{table.landing.revised} revised",
            f"{table.landing.unchanged} unchanged",
            f"{table.quarantined_count} quarantined",
        ]
        parts += [f"{table.skipped_count} skipped ({table.detail})"] if table.skipped_count else []
        parts += [f"{table.not_yet_count} not yet known"] if table.not_yet_count else []
        said = f"{name}: {table.record_count} rows = " + " + ".join(parts) + f"; {table.landing.deleted} gone"
        others = [t for t in self.landed.tables if t is not table and t.landing.changed]
        said += "".join(
            f"; {t.table_name} +{t.landing.added} ~{t.landing.revised} -{t.landing.deleted}" for t in others
        )
        return said + (f"; note: {self.landed.note}" if self.landed.note else "")


def dated_files(folder: Path) -> list[DatedFile]:
    """All files to replay, oldest day first; BackfillError names the first thing that is not where it should be."""
    found = []
    for source in sorted(path for path in folder.iterdir() if path.is_dir()):
        if source.name not in SOURCES:
            raise BackfillError(f"{source} is named for no source; there are {', '.join(SOURCES)}")
        for folder_of_day in sorted(path for path in source.iterdir() if path.is_dir()):
            day = _day(folder_of_day)
            found += [DatedFile(source.name, day, path) for path in sorted(folder_of_day.iterdir()) if path.is_file()]
    if not found:
        raise BackfillError(f"{folder} holds no files; lay them out as <source_id>/<YYYY-MM-DD>/<file>")
    return sorted(found, key=lambda file: (file.day, list(SOURCES).index(file.source_id), file.path.name))


def replay(settings: Settings, files: list[DatedFile], *, editions: bool) -> Iterator[Accounts]:
    """Land the files day by day, with an edition per day when wanted; yields the accounts of each file."""
    home = settings.home.resolve()
    for day in sorted({file.day for file in files}):
        clock = Clock.read(day)
        with stopping.at_once():  # it may have to wait for another run
            opened = Warehouse.open(home, now=clock.now, claim=claim("backfill"))
        with opened as warehouse:
            run = steps.begin(
                settings, steps.Request(is_offline=True, is_gated=False), clock, home, warehouse, is_backfill=True
            )
            try:
                yield from _replay_day(run, [file for file in files if file.day == day], editions=editions)
            except stopping.Stopped as stopped:
                ending.fail(run, stopped)
                raise
        stopping.note(f"{day} and the days before it have landed")


def _replay_day(run: steps.Run, files: list[DatedFile], *, editions: bool) -> Iterator[Accounts]:
    sources = {source_id: steps.build_source(source_id, run.settings) for source_id in SOURCES}
    looks = [*(_embedded_looks(run, sources) if editions else ()), *(_look(run, file) for file in files)]
    steps.keep(run, looks, {source_id: source.licence for source_id, source in sources.items()})
    for source_id in dict.fromkeys(look.source_id for look in looks):
        stopping.check()
        landed = {one.feed: one for one in steps.land_source(run, sources[source_id])}
        yield from (
            Accounts(file, landed[file.feed]) for file in files if file.source_id == source_id and file.feed in landed
        )
    stopping.check()
    _finish(run, editions=editions)


def _finish(run: steps.Run, *, editions: bool) -> None:
    if not editions:
        ending.record_backfill(run)
        return
    publish_landed(run)


def _embedded_looks(run: steps.Run, sources: dict[str, Source]) -> list[Look]:
    lookout = Lookout(None, run.store, run.clock)
    return [
        look
        for source_id in EMBEDDED
        for look in lookout.look(
            sources[source_id],
            steps.base_url(sources[source_id], run.settings),
            in_force(run.warehouse, source_id, at=run.clock.now),
        )
    ]


def _look(run: steps.Run, file: DatedFile) -> Look:
    """The look that would have brought this file on its day."""
    newest = run.warehouse.rows(
        "SELECT max(recorded_at) FROM raw.landing WHERE source_id = ? AND feed = ?", [file.source_id, file.feed]
    )[0][0]
    if newest is not None and newest > run.clock.now:  # type: ignore[operator]
        raise BackfillError(
            f"{file.path}: the warehouse has read {file.source_id}/{file.feed} at {newest} already; history is not "
            "rewritten: replay into a new GPT2030_HOME"
        )
    body = file.path.read_bytes()
    fact = SnapshotFact(
        run.store.keep(body), file.source_id, file.feed, f"backfill:{file.path.name}", run.clock.now, None, None,
        is_backfilled=True,
    )  # fmt: skip
    return Look(file.source_id, file.feed, fact.url, "changed", run.clock.now, fact, size=len(body))


def _day(folder: Path) -> date:
    try:
        day = date.fromisoformat(folder.name)
    except ValueError:
        raise BackfillError(f"{folder} is not named for a day; call it e.g. 2025-04-14") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BackfillError(f"{folder}: {day} is out of reach; days go from {FIRST_DAY} to {LAST_DAY}")
    return day
