"""The steps of a refresh, without Prefect: each takes the run so far and does one thing to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows import __version__
from flows.alerts.channels import open_channels
from flows.alerts.events import event_channel
from flows.ask import changes
from flows.ask.inputs import property_inputs
from flows.progress import talk
from flows.run import others, results
from flows.run.landing import Ground, Landed, land_snapshot
from flows.run.looks import EMBEDDED, Look, Lookout, load_snapshot, look_row, not_asked, parser_digest, snapshot_row
from flows.settings import Clock, Settings, environment_without_secrets, secret
from flows.trust import trust_the_system
from models.days import scored_dates
from models.properties.world import World
from models.scoring.table import STATERS
from sources.reading.process import ParserProcess, ReadingLimits
from sources.registry import SOURCES
from warehouse import publication, published, runs, snapshots
from warehouse.checks import CHECKS, CheckFacts, CheckReport, Tolerated, run_checks
from warehouse.checks.acceptances import accepted
from warehouse.checks.suppressions import load_suppressions
from warehouse.contracts import core, out, polars_schema, raw
from warehouse.corrections import declared_file, load_corrections
from warehouse.known import read_known, read_vintages
from warehouse.landings import ReadBy, given_up, is_read
from warehouse.outbox import AlertRows
from warehouse.snapshots import SnapshotStore
from warehouse.vintages import newest_recorded_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.alerts.channels import Channel
    from models.alerts import Condition
    from models.forecasting.forecasts import Forecasts
    from models.properties.table import Derived
    from sources.source import Source
    from sources.web import Web
    from warehouse.contracts import Table
    from warehouse.contracts.content import Content
    from warehouse.contracts.known import Known
    from warehouse.corrections import Correction, Outcome
    from warehouse.store import Warehouse

# Sources without which an edition would have holes: too many bad rows there hold the edition, not just the source.
ESSENTIAL: Final = EMBEDDED
# For the process that reads: the stacks of more threads than it needs would count against its memory.
THREADS: Final = {"POLARS_MAX_THREADS": "2"}
# How often bytes are tried whose reading comes to no end.
TRIES: Final = 3


class NothingToPublish(Exception):
    """The warehouse lacks what an edition cannot do without: what, and what to do."""


def _without_edition(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=polars_schema(table)).drop("edition_id")


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for; unless `is_gated`, only the fast runner checks the candidate."""

    only: tuple[str, ...] = ()
    is_offline: bool = False
    is_dry_run: bool = False
    is_gated: bool = True


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
    corrected_rows: pl.DataFrame = field(default_factory=lambda: _without_edition(out.CORRECTED_ROW))
    inputs: pl.DataFrame = field(default_factory=lambda: _without_edition(out.PROPERTY_INPUT))
    checks: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=polars_schema(core.CHECK_RESULT)))
    outcome: str = "failed"
    edition_id: str | None = None
    messages: list[str] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)  # what comparing editions found; told when published
    mail: AlertRows = field(default_factory=AlertRows.none)
    reader: ParserProcess = field(default_factory=ParserProcess)
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=polars_schema(out.CHANGE)))

    @property
    def run_id(self) -> str:
        """The day and the number of the run."""
        return runs.run_id(self.clock.today, self.number)

    def edition(self, content: Content) -> published.Edition:
        """The rows of the edition that this run would publish."""
        issue = published.Issue(self.clock.today, self.clock.now, self.clock.wall)
        return published.Edition(content, issue, self.changes, self.inputs, self.corrected_rows)

    def count(self, kind: str, table: str = "core.observation") -> int:
        """Rows of a kind (added, revised, deleted, unchanged) over everything that landed in a table."""
        return sum(getattr(t.landing, kind) for one in self.landed for t in one.tables if t.table_name == table)

    @property
    def changed_rows(self) -> int:
        """Rows appended to any table."""
        return sum(table.landing.changed for one in self.landed for table in one.tables)


def begin(
    settings: Settings, request: Request, clock: Clock, home: Path, warehouse: Warehouse, *, is_backfill: bool = False
) -> Run:
    """Start a run: finish what an earlier one left, number this one, and see whether it looks back.

    A run for a day before the newest vintage reads the past and lands nothing: history is not rewritten. A backfill
    lands old days, feed by feed, and sees to that itself.
    """
    newest = newest_recorded_at(warehouse)
    clock = clock.after(newest)
    for line in publication.recover(warehouse, home):
        talk().info("recovered: %s", line)
    number = runs.start(warehouse, clock.today, clock.now)
    is_looking_back = not is_backfill and newest is not None and clock.now < newest
    if is_looking_back:
        talk().info("looking back: rows are recorded at %s already, so this run asks nobody and lands nothing", newest)
    store = SnapshotStore(home, beside=settings.home if request.is_dry_run else None)
    store.remove_partial_files()
    reader = ParserProcess(_reading_limits(settings), {**environment_without_secrets(), **THREADS})
    channels = () if is_backfill else (*open_channels(settings.alerts), *event_channel())
    return Run(
        settings, request, clock, home, warehouse, store, number, is_looking_back, is_backfill, channels, reader=reader
    )  # fmt: skip


def _reading_limits(settings: Settings) -> ReadingLimits:
    tolerance = settings.tolerance
    return ReadingLimits(tolerance.reading_seconds, tolerance.reading_mebibytes << 20)


def chosen_sources(run: Run) -> list[str]:
    """The ids of the sources to look at, in order; the embedded default always belongs to it."""
    wanted = [*EMBEDDED, *run.request.only] if run.request.only else list(SOURCES)
    return [source_id for source_id in SOURCES if source_id in wanted and run.settings.sources.of(source_id).enabled]


def open_web(run: Run) -> Web | None:
    """The HTTP session of this run; None when nothing outside is to be asked, as on a day in the past."""
    if run.request.is_offline or run.is_looking_back:
        return None
    from sources.web import Web

    trust_the_system()
    return Web(version=__version__, today=run.clock.today)


def lookout(run: Run, source_id: str, web: Web | None) -> Lookout:
    """Where one source is looked at from, within the time it is given."""
    seconds = run.settings.sources.of(source_id).timeout_seconds
    return Lookout(web.within(seconds) if web else None, run.store, run.clock)


def has_news(run: Run, source_id: str) -> bool:
    """Whether any snapshot in force of a source was not landed by this code yet."""
    if run.is_looking_back:
        return False
    facts = [one.snapshot for one in run.looks if one.source_id == source_id and one.snapshot]
    return any(not is_read(run.warehouse, fact, code_digest(), run.clock.today) for fact in facts)


def build_source(source_id: str, settings: Settings) -> Source:
    """One source with its secrets and options."""
    options: dict[str, Any] = {}
    if source_id == "metaculus":
        token = secret("METACULUS_TOKEN")
        options["token"] = token.get_secret_value() if token else None
        options["questions"] = [question.model_dump() for question in settings.sources.metaculus.questions]
    elif source_id == "artificial_analysis":
        key = secret("ARTIFICIAL_ANALYSIS_KEY")
        options["key"] = key.get_secret_value() if key else None
    return SOURCES[source_id](**options)


def base_url(source: Source, settings: Settings) -> str:
    """The folder or API root of a source."""
    return settings.sources.of(source.source_id).url or source.default_url


def keep(run: Run, looks: Sequence[Look], licences: Mapping[str, str]) -> None:
    """Record every look, and the snapshots they brought."""
    run.looks = [*looks, *_left_alone(run)]
    rows = [look_row(one, run.run_id, number) for number, one in enumerate(run.looks)]
    brought = [snapshot_row(one, licences[one.source_id]) for one in looks]
    with run.warehouse.transaction():
        snapshots.record_looks(run.warehouse, rows)
        snapshots.record_snapshots(run.warehouse, [row for row in brought if row is not None])


def _left_alone(run: Run) -> list[Look]:
    """A look for each source that nobody is asked of: unsaid, it would pass for one that was forgotten."""
    if run.is_backfill:
        return []
    chosen = chosen_sources(run)
    return [
        not_asked(
            source_id, SOURCES[source_id].default_url, run.clock.now,
            is_off=not run.settings.sources.of(source_id).enabled,
        )
        for source_id in SOURCES if source_id not in chosen
    ]  # fmt: skip


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
    return parser_digest({str(path.relative_to(folder)): path.read_bytes() for path in files})


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


def known(run: Run) -> Known:
    """Read what was known on the day, with the declared corrections applied."""
    run.corrections = load_corrections(declared_file(run.settings.home))
    seen, run.corrected = read_known(run.warehouse, run.clock, run.corrections)
    if seen.essay_numbers.is_empty():
        raise NothingToPublish("no number of the essay has landed, and every row starts from one: enable sources.essay")
    return seen


def refit(run: Run, seen: Known) -> Forecasts:
    """Forecast every series from what was known."""
    return results.refit(seen, run.settings.target_date)


def derive(run: Run, seen: Known, forecasts: Forecasts) -> Derived:
    """The property table of the day, and its quantiles."""
    return results.derive(seen, forecasts, run.settings)


def score(run: Run, seen: Known, properties: pl.DataFrame) -> pl.DataFrame:
    """Everybody's scores on what has resolved by the day."""
    vintages = read_vintages(run.warehouse, run.clock.now)
    stated = others.stated_hub(seen, vintages, is_newest_only=False)
    earlier = [
        published.read_published(run.warehouse, run.clock.today, STATERS),
        published.read_published_rows(run.warehouse, run.clock.today),
    ]
    return others.scores(seen, pl.concat(earlier), stated, properties, run.settings.target_date)


def compose(run: Run, seen: Known, computed: results.Results) -> Content:
    """The content of the edition of this run."""
    inputs = published.inputs(run.warehouse, run.clock)
    before = published.edition_before(run.warehouse, run.clock.today)
    properties = changes.with_previous(computed.derived, run.warehouse, before, run.settings.target_date)
    derived = computed.derived._replace(properties=properties)
    compared = replace(computed, derived=derived)
    vintages = read_vintages(run.warehouse, run.clock.now)
    days = scored_dates(seen.day, run.settings.target_date)
    hubs = [others.others_hub(seen, days), others.stated_hub(seen, vintages, is_newest_only=True)]
    run.corrected_rows = seen.corrected
    run.inputs = property_inputs(properties, seen)
    return results.compose(seen, compared, pl.concat(hubs), run.settings, inputs)


def compare(run: Run, seen: Known, content: Content) -> None:
    """What moved since earlier editions, and what of it is worth an alert; nothing for what is published already."""
    if run.is_looking_back or published.issue_of(run.warehouse, content.edition_id):
        return
    now = World(seen, run.settings.target_date)
    ledger = changes.Ledger(run.warehouse, content.edition_id, now, content.properties, run.corrections)
    run.changes, run.conditions = changes.news(ledger)


def check(run: Run, content: Content) -> Path:
    """Verify the candidate, a copy of the warehouse with the edition in it; returns where it lies.

    What is published already is not put through the slow gate again.
    """
    candidate = publication.make_candidate(run.warehouse, run.home, run.edition(content))
    is_new = published.edition_in_force(run.warehouse) != content.edition_id
    report = run_checks(
        candidate,
        run_id=run.run_id,
        today=run.clock.today,
        now=run.clock.now,
        facts=CheckFacts(
            content.edition_id,
            stale_days=run.settings.alerts.stale_days,
            embedded_sources=ESSENTIAL,
            quarantined_share=run.settings.tolerance.quarantined_share,
            quarantined_rows=run.settings.tolerance.quarantined_rows,
            corrections=run.corrected,
            missing_snapshots=tuple(one for one in content.snapshot_ids.values() if not run.store.path(one).exists()),
        ),
        tolerated=Tolerated(
            load_suppressions(declared_file(run.settings.home), {check.name for check in CHECKS}),
            accepted(run.warehouse, run.clock.today),
        ),
        is_gated=run.request.is_gated and is_new,
    )
    run.checks = report.rows
    _say_checks(report)
    run.messages = [f"{one.source_id}: {one.detail}" for one in run.looks if _leaves_holes(one)]
    if report.verdict != "pass":
        run.messages += [message for message in report.messages if not message.startswith("note")]
    return candidate


def _leaves_holes(look: Look) -> bool:
    """Whether an essential source could not be read and has nothing older to stand on."""
    return look.source_id in ESSENTIAL and look.snapshot is None


def _say_checks(report: CheckReport) -> None:
    passed = report.rows["is_passed"].sum()
    notes = sum(message.startswith("note") for message in report.messages)
    talk().info("checks: %d passed, %d notes (see the edition's page)", passed, notes)
    for message in report.messages:
        if not message.startswith("note"):
            talk().warning("check: %s", message)
