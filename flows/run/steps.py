"""The steps of a refresh, without Prefect: each takes the run so far and does one thing to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows import __version__
from flows.alerts.channels import open_channels
from flows.alerts.events import event_channel
from flows.ask import change_news, changes
from flows.ask.inputs import property_inputs
from flows.edition.behind import told_of_checks
from flows.progress import of_run, talk
from flows.run import others, results
from flows.run.looks import EMBEDDED, Look, Lookout, look_row, not_asked, snapshot_row
from flows.run.program import program_digest
from flows.run.run import NothingToPublish, Request, Run
from flows.settings import Clock, MetaculusSettings, Settings, environment_without_secrets, secret
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
from warehouse.corrections import declared_file, load_corrections
from warehouse.known import read_known, read_vintages
from warehouse.snapshots import SnapshotStore
from warehouse.vintages import newest_recorded_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from models.forecasting.forecasts import Forecasts
    from models.properties.table import Derived
    from sources.source import Source
    from sources.web import Web
    from warehouse.contracts.content import Content
    from warehouse.contracts.known import Known
    from warehouse.store import Warehouse

# Sources without which an edition would have holes: too many bad rows there hold the edition, not just the source.
ESSENTIAL: Final = EMBEDDED
# For the process that reads: the stacks of more threads than it needs would count against its memory.
THREADS: Final = {"POLARS_MAX_THREADS": "2"}


def begin(
    settings: Settings, request: Request, clock: Clock, home: Path, warehouse: Warehouse, *, is_backfill: bool = False
) -> Run:
    """Start a run: finish what an earlier one left, number this one, and see whether it looks back.

    A run for a day before the newest vintage reads the past and lands nothing: history is not rewritten. A backfill
    lands old days, feed by feed, and sees to that itself.
    """
    newest = newest_recorded_at(warehouse)
    clock = clock.after(newest)
    # Of two that begin at once, the one that waits may have read the clock first: it comes after the other.
    issued = published.newest_issue(warehouse, clock.today)
    if issued is not None and issued > clock.now:
        clock = clock.after(issued)
    for line in publication.recover(warehouse, home):
        talk().info("recovered: %s", line)
    number = runs.start(warehouse, clock.today, clock.now)
    of_run(runs.run_id(clock.today, number))
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


def build_source(source_id: str, settings: Settings) -> Source:
    """One source with its secrets and options."""
    options: dict[str, Any] = {}
    if source_id == "metaculus":
        token = secret("METACULUS_TOKEN")
        options["token"] = token.get_secret_value() if token else None
        asked = settings.sources.of(source_id)
        assert isinstance(asked, MetaculusSettings)
        options["questions"] = [question.model_dump() for question in asked.questions]
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


def known(run: Run) -> Known:
    """Read what was known on the day, with the declared corrections applied."""
    run.corrections = load_corrections(declared_file(run.settings.home))
    seen, run.corrected = read_known(run.warehouse, run.clock, run.corrections)
    if seen.essay_numbers.is_empty():
        day = run.clock.today
        raise NothingToPublish(
            f"no number of the essay, which is of June 2023, is known on {day}, and every row starts from one: "
            "choose a later day, or enable sources.essay"
        )
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
    besides = sorted({*STATERS, *stated["forecaster_id"]})
    published_here, replayed_here = (_said_here(run, besides, of_replays=late) for late in (False, True))
    said = others.Said(published_here, replayed_here, stated)
    return others.scores(seen, said, properties, run.settings.target_date)


def _said_here(run: Run, besides: Sequence[str], *, of_replays: bool) -> pl.DataFrame:
    """What earlier editions forecast for days that have come, of series and of rows of the table."""
    warehouse, today = run.warehouse, run.clock.today
    return pl.concat([
        published.read_published(warehouse, today, besides, of_replays=of_replays),
        published.read_published_rows(warehouse, today, of_replays=of_replays),
    ])  # fmt: skip


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
    run.corrected_rows, run.seen, run.living = seen.corrected, seen, derived.living
    run.inputs = property_inputs(properties, seen)
    run.scenarios = results.scenarios(seen, computed, run.settings)
    return results.compose(seen, compared, pl.concat(hubs), run.settings, inputs)


def compare(run: Run, seen: Known, content: Content) -> None:
    """What moved since earlier editions, and what of it is worth an alert: none of what is published already.

    What is published keeps the changes it told: its pages, written anew after damage, would say that nothing moved.
    """
    if published.issue_of(run.warehouse, content.edition_id):
        run.changes = published.changes_of(run.warehouse, content.edition_id)
        return
    if run.is_looking_back:
        return
    now = World(seen, run.settings.target_date)
    ledger = changes.Ledger(run.warehouse, content.edition_id, now, content.properties, run.corrections)
    run.changes, run.conditions = change_news.news(ledger)


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
        facts=facts_of(run, content),
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


def facts_of(run: Run, content: Content) -> CheckFacts:
    """What the candidate cannot say about itself, of a run that is about to check what it would publish."""
    return CheckFacts(
        content.edition_id,
        stale_days=run.settings.alerts.stale_days,
        embedded_sources=ESSENTIAL,
        quarantined_share=run.settings.tolerance.quarantined_share,
        quarantined_rows=run.settings.tolerance.quarantined_rows,
        corrections=run.corrected,
        missing_snapshots=tuple(one for one in content.snapshot_ids.values() if not run.store.path(one).exists()),
        program=program_digest(),
        is_full=run.request.is_checked_whole,
    )


def _leaves_holes(look: Look) -> bool:
    """Whether an essential source could not be read and has nothing older to stand on."""
    return look.source_id in ESSENTIAL and look.snapshot is None


def _say_checks(report: CheckReport) -> None:
    talk().info("%s (checks.html of the edition says what each found)", told_of_checks(report.rows))
    if report.why_full:
        talk().debug("checks looked at all rows: %s", report.why_full)
    for message in report.messages:
        if not message.startswith("note"):
            talk().warning("check: %s", message)
