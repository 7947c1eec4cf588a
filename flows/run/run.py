"""One refresh in progress: what was asked for, what it works on, and what has come of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from sources.reading.process import ParserProcess
from warehouse import published, runs
from warehouse.contracts import core, out, polars_schema
from warehouse.contracts.change import CHANGE
from warehouse.contracts.content import nothing_of
from warehouse.contracts.living import LIVING
from warehouse.contracts.scenario import SCENARIO
from warehouse.lock import WAIT_SECONDS
from warehouse.outbox import AlertRows

if TYPE_CHECKING:
    from pathlib import Path

    from flows.alerts.channels import Channel
    from flows.run.landing import Landed
    from flows.run.looks import Look
    from flows.settings import Clock, Settings
    from models.alerts import Condition
    from warehouse.contracts.content import Content
    from warehouse.contracts.known import Known
    from warehouse.corrections import Correction, Outcome
    from warehouse.snapshots import SnapshotStore
    from warehouse.store import Warehouse


class NothingToPublish(Exception):
    """The warehouse lacks what an edition cannot do without: what, and what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for; unless `is_gated`, only the fast runner checks the candidate.

    With `is_checked_whole` checks look at all rows, also where the change would do. Whoever writes under the home
    already is waited for `wait_seconds` long.
    """

    only: tuple[str, ...] = ()
    is_offline: bool = False
    is_dry_run: bool = False
    is_gated: bool = True
    is_checked_whole: bool = False
    wait_seconds: float = WAIT_SECONDS


@dataclass(slots=True)
class Run:
    """One refresh in progress: what it works on, and what has come of it so far."""

    settings: Settings
    request: Request
    clock: Clock
    home: Path
    warehouse: Warehouse
    store: SnapshotStore
    number: int
    is_looking_back: bool
    is_backfill: bool = False
    channels: tuple[Channel, ...] = ()
    looks: list[Look] = field(default_factory=list)
    landed: list[Landed] = field(default_factory=list)
    corrections: tuple[Correction, ...] = ()
    corrected: tuple[Outcome, ...] = ()
    seen: Known | None = None  # what was known on the day: evidence of the pages
    corrected_rows: pl.DataFrame = field(default_factory=lambda: nothing_of(out.CORRECTED_ROW))
    inputs: pl.DataFrame = field(default_factory=lambda: nothing_of(out.PROPERTY_INPUT))
    living: pl.DataFrame = field(default_factory=lambda: nothing_of(LIVING))
    scenarios: pl.DataFrame = field(default_factory=lambda: nothing_of(SCENARIO))
    checks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=polars_schema(core.CHECK_RESULT)))
    outcome: str = "failed"
    edition_id: str | None = None
    messages: list[str] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)  # what comparing editions found; told when published
    mail: AlertRows = field(default_factory=AlertRows.none)
    reader: ParserProcess = field(default_factory=ParserProcess)
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=polars_schema(CHANGE)))

    @property
    def run_id(self) -> str:
        """The day and the number of the run."""
        return runs.run_id(self.clock.today, self.number)

    def edition(self, content: Content) -> published.Edition:
        """The rows of the edition that this run would publish."""
        issue = published.Issue(self.clock.today, self.clock.now, self.clock.wall)
        beside = (self.inputs, self.corrected_rows, self.living, self.scenarios)
        return published.Edition(content, issue, self.changes, *beside)

    def count(self, kind: str, table: str = "core.observation") -> int:
        """Rows of a kind (added, revised, deleted, unchanged) over everything that landed in a table."""
        return sum(getattr(t.landing, kind) for one in self.landed for t in one.tables if t.table_name == table)

    @property
    def changed_rows(self) -> int:
        """Rows appended to any table."""
        return sum(table.landing.changed for one in self.landed for table in one.tables)
