"""What a run has to say when it has ended: conditions that hold, as messages, in the outbox and to the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.alerts import conditions
from flows.alerts.channels import DeliveryFailed
from flows.alerts.delivery import carry_after
from flows.alerts.events import post_edition
from flows.alerts.notification import AlertStamp, compose
from flows.progress import talk
from flows.run import deadman
from flows.settings import Clock
from models.alerts import LastAlert, Occasion, messages
from warehouse import outbox, published
from warehouse.known import community_before, community_now
from warehouse.outbox import AlertRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flows.run.run import Run
    from models.alerts import Condition
    from warehouse.contracts.content import Content


def ended(run: Run, content: Content) -> AlertRows:
    """What to say after a run that published, held or changed nothing. Call before the edition is written.

    A look back at another day says nothing: what was so then is no news, and it cannot speak for today.
    """
    if run.is_looking_back:
        return AlertRows.none()
    is_published = run.outcome == "published"
    found = [*run.conditions, *_of_editions(run, content)] if is_published else []
    occasion = Occasion(run.clock.today, content.edition_id if is_published else None)
    if run.is_backfill:  # its looks are made up, and the day has long gone
        return _mail(run, found, occasion, judged=())
    held = conditions.of_publication(run.messages if run.outcome == "held" else (), run.edition_id, run.clock.today)
    judged = ["publication_held", "refresh_failed"]
    if not run.request.is_offline:  # nobody was asked, so nobody can be found wanting
        found += conditions.of_sources(run.warehouse, run.settings, run.clock.now)
        judged += ["source_stale", "source_held"]
    return _mail(run, [*found, *held], occasion, judged)


def failed(run: Run, error: BaseException) -> AlertRows:
    """What to say after a run that ended with an error; nothing when somebody stopped it."""
    if run.is_looking_back or run.is_backfill or not isinstance(error, Exception):
        return AlertRows.none()
    return _mail(run, [conditions.of_failure(error, run.clock.today)], Occasion(run.clock.today), judged=())


def deliver(run: Run) -> None:
    """Send what waits in the outbox; a dry run and a backfill send nothing.

    Call when `latest` shows what is told, and when the warehouse has been let go of.
    """
    if not run.is_backfill and not run.request.is_dry_run:
        carry_after(run.home, run.channels, run.settings.alerts)


def tell_prefect(run: Run) -> None:
    """Tell Prefect that an edition is in force, when a deployment ran this: its automation notices when none comes.

    What comes of it is at most a warning: the run has ended as it has.
    """
    from prefect.runtime import deployment

    if not (deployment.id and run.edition_id and run.outcome in deadman.WELL and deadman.is_news(run)):
        return
    try:
        post_edition(run.edition_id, deployment.id, Clock.read(None).now)
    except DeliveryFailed as failed:
        talk().warning("Prefect was not told of the edition: %s", failed)


def _of_editions(run: Run, content: Content) -> list[Condition]:
    newest = published.edition_before(run.warehouse, run.clock.today, besides=content.edition_id)
    before = published.properties_of(run.warehouse, newest)
    community = community_before(run.warehouse, run.clock, conditions.COMMUNITY_KINDS)
    found = conditions.of_properties(before, content.properties)
    issue = published.issue_of(run.warehouse, newest)
    if issue is not None:
        told = outbox.newest_alerts(run.warehouse).filter(
            pl.col("kind") == "evidence_old", pl.col("state") != "cleared"
        )
        raised = told["subject"].to_list()
        found += conditions.of_evidence((before, issue.today), (content.properties, run.clock.today), raised)
    if community is not None:
        now = community_now(run.warehouse, run.clock)
        found += conditions.of_community(community, now, run.settings.alerts)
    return found


def _mail(run: Run, found: Iterable[Condition], occasion: Occasion, judged: Sequence[str]) -> AlertRows:
    newest = outbox.newest_alerts(run.warehouse).select(LastAlert.__slots__)
    said = [LastAlert(**row) for row in newest.to_dicts()]
    wanted = messages(found, said, occasion, judged)
    # `said` has the newest alert of each subject only; a key that lies further back has been told as well.
    known = outbox.known_keys(run.warehouse, [one.dedupe_key for one in wanted])
    fresh = [one for one in wanted if one.dedupe_key not in known]
    for one in fresh:
        talk().info("alert: %s", one.title)
    channels = () if run.is_backfill or run.request.is_dry_run else run.channels
    return compose(
        fresh, occasion, channels, AlertStamp(run.settings.alerts, run.clock.now, outbox.next_number(run.warehouse))
    )
