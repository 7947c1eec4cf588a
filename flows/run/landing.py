"""From one snapshot to landed rows: parse, hold against the day and the series, quarantine, guard, land."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.run.looks import EMBEDDED
from sources.bounds import require_few_refusals
from sources.errors import KEPT, WrongContent
from sources.reading.tabular import without_rejected
from sources.records import Parsed, Reject
from warehouse import quarantine
from warehouse.checks.acceptances import held_id
from warehouse.contracts import table_named
from warehouse.known import defined_units
from warehouse.vintages import Origin, compare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flows.settings import Clock, ToleranceSettings
    from sources.records import Snapshot
    from sources.source import Source
    from warehouse.checks.acceptances import Acceptance
    from warehouse.store import Warehouse
    from warehouse.vintages import Difference, Landing

# Definitions land before the observations that refer to them.
ORDER: Final = (
    "core.series",
    "core.system",
    "core.assumption",
    "core.essay_number",
    "core.inconsistency",
    "core.observation",
    "core.community_forecast",
    "core.stated_forecast",
)
NUMBERS: Final = "core.observation"
# The dates of a row: when it happened, and when it could be known.
HAPPENED: Final = ("observation_date", "release_date", "as_of_date")
KNOWN: Final = ("known_date", "observation_date", "as_of_date")


@dataclass(frozen=True, slots=True)
class LandedTable:
    """What became of one snapshot's rows for one table; counts as in raw.landing."""

    table_name: str
    landing: Landing
    record_count: int
    quarantined_count: int = 0
    skipped_count: int = 0
    not_yet_count: int = 0
    detail: str | None = None
    is_record_table: bool = False


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one snapshot; when held, nothing of it was landed and `reason` says why."""

    source_id: str
    feed: str
    snapshot_id: str
    tables: tuple[LandedTable, ...] = ()
    refused_count: int = 0
    refused_cells: int = 0
    reason: str | None = None
    note: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether too much was wrong for anything to land."""
        return self.reason is not None


def read_here(source: Source, snapshot: Snapshot) -> Parsed:
    """Read a snapshot in this process."""
    return source.parse(snapshot)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where rows land: the warehouse, the day, and the limits; and how snapshots are read, elsewhere for a run."""

    warehouse: Warehouse
    clock: Clock
    tolerance: ToleranceSettings
    read: Callable[[Source, Snapshot], Parsed] = read_here
    accepted: Mapping[str, Acceptance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sifted:
    """Rows of one snapshot that may land, and those that may not, by reason."""

    frames: Mapping[str, pl.DataFrame]
    rejects: Sequence[Reject]
    not_yet: Mapping[str, int]


def land_snapshot(ground: Ground, source: Source, snapshot: Snapshot) -> Landed:
    """Read one snapshot, compare it with what stands, and land what is good of it, in one transaction.

    Bad rows go to quarantine. When more is wrong than the tolerances allow, nothing lands, the last good snapshot
    stays in force, and the reason is returned.
    """
    try:
        parsed = ground.read(source, snapshot)
        sifted = _sift(ground, parsed, snapshot)
    except WrongContent as error:
        return Landed(snapshot.source_id, snapshot.feed, snapshot.snapshot_id, reason=str(error))
    origin = _origin(ground, parsed, snapshot)
    with ground.warehouse.transaction():
        refused = [_quarantine_row(ground, snapshot, reject) for reject in sifted.rejects]
        # Also when the snapshot is then held: the refusals are where its reason can be read.
        quarantine.refuse(ground.warehouse, snapshot.source_id, snapshot.feed, refused, ground.clock.now)
        differences = {
            name: compare(ground.warehouse, table_named(name), sifted.frames[name], origin)
            for name in sorted(sifted.frames, key=ORDER.index)
        }
        lost = _lost_share(parsed, differences)
        found = _empty(parsed, snapshot) or _reason_to_hold(ground, parsed, sifted, lost)
        excuse = ground.accepted.get(held_id(snapshot.source_id, snapshot.feed, snapshot.snapshot_id))
        reason = None if excuse else found
        tables = () if reason else tuple(_land_tables(differences, parsed, sifted))
    note = f"{lost:.1%} of the rows in force are gone" if lost > ground.tolerance.lost_share_note else None
    if not parsed.record_count and not reason:
        note = "no row in the file"
    if found and excuse:
        note = f"landed all the same, accepted until {excuse.until_date} ({excuse.reason}): {found}"
    return Landed(
        snapshot.source_id, snapshot.feed, snapshot.snapshot_id, tables, len(_bad_lines(sifted.rejects)),
        _bad_cells(sifted.rejects), reason, note,
    )  # fmt: skip


def _lost_share(parsed: Parsed, differences: Mapping[str, Difference]) -> float:
    """The larger share of what was in force and is gone: of the records, or of the numbers read from them.

    A list may keep all its records and lose a column: counted by records alone, every number would be deleted unheld.
    """
    shares = [differences[name].lost_share for name in {parsed.record_table, NUMBERS} if name in differences]
    return max(shares, default=0.0)


def _origin(ground: Ground, parsed: Parsed, snapshot: Snapshot) -> Origin:
    return Origin(
        snapshot.source_id,
        snapshot.feed,
        snapshot.snapshot_id,
        ground.clock.now,
        is_backfilled=snapshot.is_backfilled,
        is_partial=parsed.is_partial,
    )


def _land_tables(differences: Mapping[str, Difference], parsed: Parsed, sifted: _Sifted) -> list[LandedTable]:
    landed = []
    for name, difference in differences.items():
        landing = difference.append()
        not_yet = sifted.not_yet.get(name, 0)
        if name != parsed.record_table:
            landed.append(LandedTable(name, landing, sifted.frames[name].height + not_yet, not_yet_count=not_yet))
            continue
        skipped = "; ".join(f"{count} × {why}" for why, count in parsed.skipped.items())
        landed.append(
            LandedTable(
                name,
                landing,
                parsed.record_count,
                quarantined_count=len(_bad_lines(sifted.rejects)),
                skipped_count=sum(parsed.skipped.values()),
                not_yet_count=not_yet,
                detail=skipped or None,
                is_record_table=True,
            )
        )
    return landed


def _sift(ground: Ground, parsed: Parsed, snapshot: Snapshot) -> _Sifted:
    """Hold every frame against the calendar and the known series."""
    units = _units_by_series(ground.warehouse, parsed)
    rejects = list(parsed.rejects)
    for frame in parsed.frames.values():
        rejects += _future_rows(frame, snapshot)
        rejects += _stray_rows(frame, units)
    # A refused record is refused in every table, whichever of them found the fault.
    good = {name: without_rejected(frame, rejects) for name, frame in parsed.frames.items()}
    frames = {name: _known_by(frame, ground.clock) for name, frame in good.items()}
    return _Sifted(frames, rejects, {name: good[name].height - frames[name].height for name in good})


def _future_rows(frame: pl.DataFrame, snapshot: Snapshot) -> list[Reject]:
    """Rows that speak of days after the bytes were taken: a slip of the pen that would become the newest record."""
    rejects = []
    for column in (name for name in HAPPENED if name in frame.columns and name != "release_date"):
        future = frame.filter(pl.col(column) > snapshot.known_through).unique("line", keep="first", maintain_order=True)
        require_few_refusals(future.height, frame.width, f"{column} after the day of the file", where=snapshot.feed)
        for row in future.iter_rows(named=True):
            reason = (
                f"{column} {row[column]} lies after {snapshot.known_through}, the day of the file; correct the date"
            )
            rejects.append(
                Reject(snapshot.feed, row["line"], column, str(row[column]), "not in the future", reason, row)
            )
    return rejects


def _stray_rows(frame: pl.DataFrame, units: Mapping[str, str]) -> list[Reject]:
    """Observations of a series nobody defined, or in another unit than their series."""
    if "series_id" not in frame.columns or "observation_date" not in frame.columns:
        return []
    defined = pl.col("series_id").replace_strict(dict(units), default=None, return_dtype=pl.String)
    stray = frame.with_columns(defined.alias("defined_unit")).filter(
        pl.col("defined_unit").is_null() | (pl.col("defined_unit") != pl.col("unit"))
    )
    require_few_refusals(stray.height, frame.width, "of no series known, or in another unit", where="series_id")
    rejects = []
    for row in stray.iter_rows(named=True):
        unit = row.pop("defined_unit")
        if unit is None:
            column, rule, reason = "series_id", "known series", f"no series {row['series_id']} is defined; define it"
        else:
            column, rule = "unit", "unit of the series"
            reason = f"{row['series_id']} is measured in {unit}, not in {row['unit']}; convert the value"
        rejects.append(Reject(row["feed"], row["line"], column, str(row[column]), rule, reason, row))
    return rejects


def _units_by_series(warehouse: Warehouse, parsed: Parsed) -> dict[str, str]:
    units = defined_units(warehouse)
    if "core.series" in parsed.frames:
        units |= dict(parsed.frames["core.series"].select("series_id", "unit").iter_rows())
    return units


def _known_by(frame: pl.DataFrame, clock: Clock) -> pl.DataFrame:
    """Rows that could be known on the day of the run; the others are not wrong, they are not yet."""
    columns = [name for name in KNOWN if name in frame.columns]
    return frame.filter(pl.all_horizontal(pl.col(name) <= clock.today for name in columns)) if columns else frame


def _empty(parsed: Parsed, snapshot: Snapshot) -> str | None:
    """Why a file without a single record lands nothing: a header alone looks like a list that broke off.

    Said of the first as of any later one, or a publisher who sends nothing would count as read and alive. Files of
    one's own may be empty.
    """
    if parsed.record_count or snapshot.source_id in EMBEDDED:
        return None
    return f"no record in the file, of {len(snapshot.body):,} bytes; {KEPT}"


def _reason_to_hold(ground: Ground, parsed: Parsed, sifted: _Sifted, lost: float) -> str | None:
    refused, limit = len(_bad_lines(sifted.rejects)), ground.tolerance.quarantined_share
    # The larger of both: in a small file, a row or two exceed any share.
    if refused > max(limit * parsed.record_count, ground.tolerance.quarantined_rows):
        first = sifted.rejects[0]
        return (
            f"{refused} of {parsed.record_count} rows were refused, more than the {limit:.0%} allowed "
            f"(tolerance.quarantined_share); first: {_place(first)}: {first.reason}"
        )
    cells = _bad_cells(sifted.rejects)
    # Records that stand without their numbers are no more than names: a column that cannot be read is a layout lost.
    if cells > max(limit * parsed.record_count, ground.tolerance.quarantined_rows):
        first = next(reject for reject in sifted.rejects if reject.line is None)
        return (
            f"{cells} cells of {parsed.record_count} rows were refused, more than the {limit:.0%} allowed "
            f"(tolerance.quarantined_share); first: {_place(first)}: {first.reason}"
        )
    if lost > ground.tolerance.lost_share_hold:
        return (
            f"{lost:.1%} of the rows in force are gone, more than the {ground.tolerance.lost_share_hold:.0%} allowed "
            f"(tolerance.lost_share_hold){_first_refused(sifted.rejects)}; the last good snapshot stays in force"
        )
    return None


def _first_refused(rejects: Sequence[Reject]) -> str:
    """Of the cells refused, the first: rows that are gone because a number could not be read leave no other trace."""
    return f"; first refused: {_place(rejects[0])}: {rejects[0].reason}" if rejects else ""


def _place(reject: Reject) -> str:
    line = reject.stands_at
    return f"line {line}, {reject.column}" if line is not None else str(reject.column)


def _bad_lines(rejects: Sequence[Reject]) -> set[int]:
    # A line may be refused in several columns and tables, and is one bad row all the same.
    return {reject.line for reject in rejects if reject.line is not None}


def _bad_cells(rejects: Sequence[Reject]) -> int:
    """Cells refused of records that stand."""
    return sum(reject.line is None for reject in rejects)


def _quarantine_row(ground: Ground, snapshot: Snapshot, reject: Reject) -> dict[str, object]:
    row_json = quarantine.row_as_json(reject.row)
    return {
        "quarantine_id": quarantine.quarantine_id(
            (snapshot.source_id, reject.feed, reject.column, reject.value, reject.rule, row_json)
        ),
        "source_id": snapshot.source_id,
        "feed": snapshot.feed,
        "snapshot_id": snapshot.snapshot_id,
        "line_number": reject.stands_at,
        "column_name": reject.column,
        "cell_value": reject.value,
        "row_json": row_json,
        "check_name": reject.rule,
        "reason": reject.reason,
        "recorded_at": ground.clock.now,
        "released_at": None,
    }
