"""How a refresh ends: published, unchanged, held, failed or stopped, and then told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows import stopping
from flows.ask.inputs import property_inputs
from flows.edition.carried import Before, carried, files_taken_over
from flows.edition.causes import LEAST_SPREADS
from flows.edition.files import Draft, edition_files
from flows.edition.site import Backing
from flows.edition.words import LANGUAGES
from flows.run import telling
from flows.run.thinning import thin_old
from sources.registry import SOURCES
from warehouse import outbox, publication, published, runs
from warehouse.contracts import core
from warehouse.editions import EditionShelf, manifest_of
from warehouse.health import source_health
from warehouse.outbox import AlertRows
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from flows.run.run import Run
    from warehouse.contracts.content import Content

# What a row of out.change is told against.
_COMPARED = ("previous_edition_id", "property_id")


def publish(run: Run, content: Content, candidate: Path) -> None:
    """Publish the edition, or say that nothing changed, or hold it and keep the last good one.

    The directory comes first and `latest` last: whatever moment a crash picks, what `latest` and the read copy show
    is whole, and the next run finishes or removes the rest.
    """
    before = published.edition_in_force(run.warehouse)
    shelf = EditionShelf(run.home)
    run.edition_id = content.edition_id
    if run.messages:
        run.outcome, run.edition_id = "held", before
    # Only when it is whole: a damaged directory is written anew, though nothing has changed.
    elif before == content.edition_id and shelf.is_whole(content.edition_id):
        run.outcome, run.messages = "unchanged", ["nothing changed"]
    else:
        run.outcome = "published"
    # Before the directory is written: its feed lists these alerts.
    run.mail = telling.ended(run, content)
    if run.outcome == "published":
        put_on_shelf(run, shelf, content)
    with run.warehouse.transaction():
        if run.outcome == "published":
            published.insert_edition(run.warehouse, run.edition(content))
        _record_end(run, run.warehouse)
    shelf.settle(content.edition_id)
    _replace_read_copy(run, candidate)
    if run.edition_id and run.outcome != "held":
        shelf.point_latest(run.edition_id)
        thin_old(run)


def fail(run: Run, error: BaseException) -> None:
    """Record that the run failed, or that somebody stopped it, which is no failure; the last good edition stays."""
    is_stopped = bool(stopping.asked()) or not isinstance(error, Exception)
    run.outcome, run.edition_id = "stopped" if is_stopped else "failed", published.edition_in_force(run.warehouse)
    run.messages = [f"stopped by {stopping.asked()}" if stopping.asked() else f"{type(error).__name__}: {error}"]
    run.mail = AlertRows.none() if is_stopped else telling.failed(run, error)
    with run.warehouse.transaction():
        _record_outcome(run, run.warehouse)
        outbox.post(run.warehouse, run.mail.alerts, run.mail.deliveries)
    publication.publish_copy(run.warehouse, run.home)  # or `status` would go on telling of the run before
    if is_stopped:
        kept = "a dry run keeps nothing" if run.request.is_dry_run else f"run {run.run_id} is on record as stopped"
        stopping.note(f"{kept}, the last good edition stays")


def record_backfill(run: Run) -> None:
    """End a replayed day that publishes no edition: what was in force stays, the read copy shows the new vintages."""
    run.outcome, run.edition_id = "unchanged", published.edition_in_force(run.warehouse)
    run.messages = ["backfilled"]
    with run.warehouse.transaction():
        _record_outcome(run, run.warehouse)
    publication.publish_copy(run.warehouse, run.home)


def _record_end(run: Run, warehouse: Warehouse) -> None:
    warehouse.insert(core.CHECK_RESULT, run.checks)
    _record_outcome(run, warehouse)
    outbox.post(warehouse, run.mail.alerts, run.mail.deliveries)


def _replace_read_copy(run: Run, candidate: Path) -> None:
    """The candidate that passed becomes the read copy; one that did not is thrown away for a copy without it."""
    if run.outcome == "held":
        publication.publish_copy(run.warehouse, run.home)
        return
    # The candidate was copied before the run had an end: without these rows, readers would not hear of it.
    with Warehouse.open_file(candidate) as copy, copy.transaction():
        _record_end(run, copy)
    publication.replace_read_copy(candidate, run.home)


def put_on_shelf(run: Run, shelf: EditionShelf, content: Content) -> None:
    """Write every page and file of an edition, unless it lies there whole: all that the site costs a refresh."""
    if shelf.is_whole(content.edition_id):
        return
    health = source_health(run.warehouse, run.clock.now, run.settings.alerts.stale_days)
    told = pl.concat([outbox.alerts_of(run.warehouse, content.edition_id), run.mail.alerts])
    # Written anew after damage, an edition keeps the moment it was first issued at.
    made_now = published.Issue(run.clock.today, run.clock.now, run.clock.wall)
    issue = published.issue_of(run.warehouse, content.edition_id) or made_now
    assert run.seen is not None
    history = published.history_before(run.warehouse, issue)
    # Kept with the edition are the English words only; pages of another language have its own.
    inputs_told = {lang: property_inputs(content.properties, run.seen, lang) for lang in LANGUAGES if lang != "en"}
    moves = published.last_moves(run.warehouse, issue, LEAST_SPREADS)
    both = pl.concat([moves.select(_COMPARED), run.changes.select(_COMPARED)])
    before = published.rows_compared_with(run.warehouse, both)
    beneath = Backing(run.seen, run.inputs, history, run.living, run.scenarios, inputs_told, moves, before)
    draft = Draft(content, run.checks, _introduced(health), run.changes, told, beneath)
    manifest = manifest_of(content, issue.now, issue.wall)
    files = edition_files(draft, manifest)
    rows = content.properties["property_id"].to_list()
    taken_over = carried(files, rows, content.origin_date, _pages_before(shelf, history, manifest, rows))
    shelf.write(content.edition_id, {**files, **taken_over}, manifest)


def _pages_before(
    shelf: EditionShelf, history: pl.DataFrame, manifest: Mapping[str, object], rows: list[str]
) -> Before:
    """The pages of the last edition of the day before, which is the same whenever this one is written."""
    if history.is_empty():
        return Before({}, is_alike=False)
    before = str(history.sort("origin_date", maintain_order=True)["edition_id"][-1])
    made_by = ("code_version", "settings", "target_date")
    is_alike = shelf.said_of(before, *made_by) == tuple(manifest[key] for key in made_by)
    return Before(shelf.bodies(before, files_taken_over(rows)) if is_alike else {}, is_alike)


def _introduced(health: pl.DataFrame) -> pl.DataFrame:
    """With what each source says of itself, for a page that has no words of its own for it yet."""
    sources = [SOURCES.get(source_id) for source_id in health["source_id"]]
    titles, licences = ([getattr(one, name, None) for one in sources] for name in ("title", "licence"))
    return health.with_columns(
        pl.Series("title", titles, dtype=pl.String), pl.Series("licence", licences, dtype=pl.String)
    )


def _record_outcome(run: Run, warehouse: Warehouse) -> None:
    runs.finish(
        warehouse,
        run.number,
        {
            "finished_at": run.clock.later(),
            "outcome": run.outcome,
            "edition_id": run.edition_id,
            **{f"{kind}_count": run.count(kind) for kind in ("added", "revised", "deleted", "unchanged")},
            "quarantined_count": sum(one.refused_count for one in run.landed),
            "message": "; ".join(run.messages) or run.outcome,
        },
    )
