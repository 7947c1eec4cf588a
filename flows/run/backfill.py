"""Replay dated files, oldest first, as if they had been looked at on their days; every row is marked backfilled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from flows import stopping
from flows.run import ending, intake, steps
from flows.run.looks import EMBEDDED, Look, Lookout
from flows.run.run import Request, Run
from flows.run.sequence import publish_landed
from flows.settings import FIRST_DAY, LAST_DAY, Clock, claim
from sources.errors import FetchError
from sources.files import read_file
from sources.kinds import UTF8_BOM
from sources.registry import SOURCES
from warehouse.landings import newest_landing
from warehouse.snapshots import SnapshotFact, in_force
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flows.run.landing import Landed, LandedTable
    from flows.settings import Settings
    from sources.source import Source

POST: Final = re.compile(r"post[_-](\d+)")
MONTH: Final = re.compile(r"\d{4}-\d{2}(?=\D|$)")
# Whose files are parts of one reading: a live look puts the days of a month together.
IN_PARTS: Final = "llm_bench"
# Names that a feed had in older vintages.
FORMER_NAMES: Final = {"benchmarks_runs.csv": "benchmarks.csv"}


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
        if self.source_id == IN_PARTS:
            # By its own name: the file of a month's last day lies in the folder of the next month's first.
            month = MONTH.match(self.path.name)
            return f"{month.group() if month else self.day.strftime('%Y-%m')}.jsonl"
        post = POST.search(self.path.name) if self.source_id == "metaculus" else None
        return f"post-{post.group(1)}" if post else FORMER_NAMES.get(self.path.name, self.path.name)


@dataclass(frozen=True, slots=True)
class VintageFiles:
    """The files of one feed that a look on one day would have brought; more than one where they are parts."""

    files: tuple[DatedFile, ...]
    earlier_lines: int = 0  # replayed before, and part of the same month

    @property
    def names(self) -> str:
        """The files as they are called, and what they were put together with."""
        names = " + ".join(file.path.name for file in self.files)
        return names + (f" (with {self.earlier_lines:,} lines replayed before)" if self.earlier_lines else "")


@dataclass(frozen=True, slots=True)
class Accounts:
    """What became of the records of one reading for its record table."""

    reading: VintageFiles
    landed: Landed

    @property
    def file(self) -> DatedFile:
        """The file read, or the first of its parts."""
        return self.reading.files[0]

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
        name = f"{self.file.day} {self.file.source_id}/{self.reading.names}"
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
        if self.landed.refused_cells:
            one, several = "refused alone, its record stands", "refused alone, their records stand"
            said += f"; {self.landed.refused_cells} {one if self.landed.refused_cells == 1 else several}"
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
    _refuse_rivals(found)
    return sorted(found, key=lambda file: (file.day, list(SOURCES).index(file.source_id), file.path.name))


def _refuse_rivals(files: list[DatedFile]) -> None:
    """BackfillError for two files of one day and feed: one of them would be landed and taken back unseen."""
    seen: dict[tuple[str, date, str], DatedFile] = {}
    for file in files:
        first = seen.setdefault((file.source_id, file.day, file.feed), file)
        if first is not file and file.source_id != IN_PARTS:
            raise BackfillError(f"{first.path} and {file.path} are both {file.feed} of {file.day}; keep one of them")


def _readings(files: Iterable[DatedFile]) -> list[VintageFiles]:
    """The files of a day by feed, in order."""
    by_feed: dict[tuple[str, str], list[DatedFile]] = {}
    for file in files:
        by_feed.setdefault((file.source_id, file.feed), []).append(file)
    return [VintageFiles(tuple(parts)) for parts in by_feed.values()]


def replay(settings: Settings, files: list[DatedFile], *, editions: bool) -> Iterator[Accounts]:
    """Land the files day by day, with an edition per day when wanted; yields the accounts of each reading."""
    home, reader = settings.home.resolve(), None
    for day in sorted({file.day for file in files}):
        clock = Clock.read(day)
        with stopping.at_once():  # it may have to wait for another run
            opened = Warehouse.open(home, now=clock.now, claim=claim("backfill"))
        with opened as warehouse:
            run = steps.begin(
                settings, Request(is_offline=True, is_gated=False), clock, home, warehouse, is_backfill=True
            )
            # One process reads for all days: each would start one of its own.
            run.reader = reader = reader or run.reader
            try:
                yield from _replay_day(run, [file for file in files if file.day == day], editions=editions)
            except stopping.Stopped as stopped:
                ending.fail(run, stopped)
                raise
        stopping.note(f"{day} and the days before it have landed")


def _replay_day(run: Run, files: list[DatedFile], *, editions: bool) -> Iterator[Accounts]:
    sources = {source_id: steps.build_source(source_id, run.settings) for source_id in SOURCES}
    todays = [_look(run, reading) for reading in _readings(files)]
    looks = [*(_embedded_looks(run, sources) if editions else ()), *(look for _, look in todays)]
    steps.keep(run, looks, {source_id: source.licence for source_id, source in sources.items()})
    for source_id in dict.fromkeys(look.source_id for look in looks):
        stopping.check()
        landed = {one.feed: one for one in intake.land_source(run, sources[source_id])}
        yield from (
            Accounts(reading, landed[look.feed])
            for reading, look in todays
            if look.source_id == source_id and look.feed in landed
        )
    stopping.check()
    _finish(run, editions=editions)


def _finish(run: Run, *, editions: bool) -> None:
    if not editions:
        ending.record_backfill(run)
        return
    publish_landed(run)


def _embedded_looks(run: Run, sources: dict[str, Source]) -> list[Look]:
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


def _look(run: Run, reading: VintageFiles) -> tuple[VintageFiles, Look]:
    """The look that would have brought these files on their day, and the reading with what it was put together with."""
    file = reading.files[0]
    newest = newest_landing(run.warehouse, file.source_id, file.feed)
    if newest is not None and newest > run.clock.now:
        raise BackfillError(
            f"{file.path}: the warehouse has read {file.source_id}/{file.feed} at {newest} already; history is not "
            "rewritten: replay into a new GPT2030_HOME"
        )
    body, earlier = _body(run, reading)
    fact = SnapshotFact(
        run.store.keep(body), file.source_id, file.feed, f"backfill:{file.path.name}", run.clock.now, None, None,
        is_backfilled=True,
    )  # fmt: skip
    look = Look(file.source_id, file.feed, fact.url, "changed", run.clock.now, fact, size=len(body))
    return VintageFiles(reading.files, earlier), look


def _body(run: Run, reading: VintageFiles) -> tuple[bytes, int]:
    """The bytes of a reading, and how many lines of them were replayed before.

    Of a source in parts: every line of the month so far once. A file may hold what an earlier one held already.
    """
    first = reading.files[0]
    if first.source_id != IN_PARTS:
        return _bytes_of(first), 0
    standing = in_force(run.warehouse, first.source_id, at=run.clock.now).get(first.feed)
    before = run.store.read(standing.snapshot_id) if standing else b""
    lines = dict.fromkeys(_lines(before))
    earlier = len(lines)
    for file in reading.files:
        lines |= dict.fromkeys(_lines(_bytes_of(file)))
    return b"\n".join(lines) + b"\n", earlier


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.removeprefix(UTF8_BOM).replace(b"\r\n", b"\n").split(b"\n") if line.strip()]


def _bytes_of(file: DatedFile) -> bytes:
    try:
        return read_file(file.path)
    except FetchError as error:
        raise BackfillError(str(error)) from None


def _day(folder: Path) -> date:
    try:
        day = date.fromisoformat(folder.name)
    except ValueError:
        raise BackfillError(f"{folder} is not named for a day; call it e.g. 2025-04-14") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BackfillError(f"{folder}: {day} is out of reach; days go from {FIRST_DAY} to {LAST_DAY}")
    return day
