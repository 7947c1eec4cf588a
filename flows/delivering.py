"""From what holds after a run to alerts in the outbox, which `flows.carrying` takes to the channels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows import conditions, publishing
from flows.carrying import carry_after
from flows.events import events_body
from flows.progress import talk
from flows.settings import Clock
from models.alarms import Digest, Message, Occasion, Said, alert_id, digest, messages
from warehouse import outbox
from warehouse.contracts import out, polars_schema
from warehouse.outbox import EVENTS_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from flows.channels import Channel
    from flows.settings import AlertSettings
    from flows.steps import Run
    from models.alarms import Condition
    from warehouse.editions import Content

WEBHOOK_TYPE: Final = "gpt2030.digest"


@dataclass(frozen=True, slots=True)
class Mail:
    """What a run has to say: rows of out.alert and out.delivery, to be written with the edition."""

    alerts: pl.DataFrame
    deliveries: pl.DataFrame

    @classmethod
    def none(cls) -> Mail:
        """Nothing to say."""
        return cls(outbox.no_alerts(), outbox.no_deliveries())


def ended(run: Run, content: Content) -> Mail:
    """What to say after a run that published, held or changed nothing. Call before the edition is written.

    A look back at another day says nothing: what was so then is no news, and it cannot speak for today.
    """
    if run.is_looking_back:
        return Mail.none()
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


def failed(run: Run, error: BaseException) -> Mail:
    """What to say after a run that ended with an error; nothing when somebody stopped it."""
    if run.is_looking_back or run.is_backfill or not isinstance(error, Exception):
        return Mail.none()
    return _mail(run, [conditions.of_failure(error, run.clock.today)], Occasion(run.clock.today), judged=())


def deliver(run: Run) -> None:
    """Send what waits in the outbox; a dry run and a backfill send nothing.

    Call when `latest` shows what is told, and when the warehouse has been let go of.
    """
    if not run.is_backfill and not run.request.is_dry_run:
        carry_after(run.home, run.channels, run.settings.alerts)


def _of_editions(run: Run, content: Content) -> list[Condition]:
    newest = publishing.edition_before(run.warehouse, run.clock.today, besides=content.edition_id)
    before = publishing.properties_of(run.warehouse, newest)
    community = conditions.community_before(run.warehouse, run.clock)
    found = conditions.of_properties(before, content.properties)
    if community is not None:
        now = conditions.community_now(run.warehouse, run.clock)
        found += conditions.of_community(community, now, run.settings.alerts)
    return found


def _mail(run: Run, found: Iterable[Condition], occasion: Occasion, judged: Sequence[str]) -> Mail:
    newest = outbox.newest_alerts(run.warehouse).select(Said.__slots__)
    said = [Said(**row) for row in newest.to_dicts()]
    wanted = messages(found, said, occasion, judged)
    # `said` has the newest alert of each subject only; a key that lies further back has been told as well.
    known = outbox.known_keys(run.warehouse, [one.dedupe_key for one in wanted])
    fresh = [one for one in wanted if one.dedupe_key not in known]
    for one in fresh:
        talk().info("alert: %s", one.title)
    channels = () if run.is_backfill or run.request.is_dry_run else run.channels
    return compose(
        fresh, occasion, channels, Post(run.settings.alerts, run.clock.now, outbox.next_number(run.warehouse))
    )


@dataclass(frozen=True, slots=True)
class Post:
    """How messages become rows: the settings, the moment they fire at (UTC) and the number of the first."""

    settings: AlertSettings
    fired_at: datetime
    first_number: int = 1


def compose(found: Sequence[Message], occasion: Occasion, channels: Sequence[Channel], post: Post) -> Mail:
    """The rows for these messages: one digest for every channel of those severe enough, all of them as events."""
    if not found:
        return Mail.none()
    to_people = [one for one in found if one.severity >= post.settings.least_severity]
    deliveries = []
    for channel in channels:
        chosen = list(found) if channel.channel_id == EVENTS_CHANNEL else to_people
        if chosen:
            deliveries.append(_delivery_row(chosen, occasion, channel, post))
    is_sent = to_people and any(channel.channel_id != EVENTS_CHANNEL for channel in channels)
    key = digest(to_people).key if is_sent else None
    alerts = [
        _alert_row(one, number, occasion, post) | {"digest_key": key if one in to_people else None}
        for number, one in enumerate(found, start=post.first_number)
    ]
    return Mail(
        pl.DataFrame(alerts, schema=polars_schema(out.ALERT)),
        pl.DataFrame(deliveries, schema=polars_schema(out.DELIVERY)),
    )


def _alert_row(one: Message, number: int, occasion: Occasion, post: Post) -> dict[str, Any]:
    return {
        "alert_id": alert_id(one.dedupe_key),
        "alert_number": number,
        "dedupe_key": one.dedupe_key,
        "kind": one.kind,
        "subject": one.subject,
        "edition_id": occasion.edition_id,
        "state": one.state,
        "severity": one.severity,
        "title": one.title,
        "body": one.body,
        "detail_json": json.dumps(dict(one.detail), ensure_ascii=False, sort_keys=True),
        "fired_at": post.fired_at,
        "delivered_at": None,
    }


def _delivery_row(found: Sequence[Message], occasion: Occasion, channel: Channel, post: Post) -> dict[str, Any]:
    whole = digest(found)
    now = Clock.read(None).now  # the run may speak for another day; waiting is done in real time
    if channel.form == "events":
        body = events_body(found, occasion, now)
    elif channel.form == "json":
        body = webhook_body(whole, found, occasion, post.fired_at)
    else:
        body = whole.body
    return {
        "digest_key": whole.key,
        "channel_id": channel.channel_id,
        "edition_id": occasion.edition_id,
        "title": whole.title,
        "body": body,
        "severity": whole.severity,
        "queued_at": now,
        "state": "pending",
        "attempts": 0,
    }


def webhook_body(whole: Digest, found: Sequence[Message], occasion: Occasion, fired_at: datetime) -> str:
    """The JSON of a webhook, in the envelope that the Standard Webhooks specification recommends."""
    data = {
        "digest_key": whole.key,
        "edition_id": occasion.edition_id,
        "origin_date": occasion.origin_date.isoformat(),
        "severity": whole.severity,
        "title": whole.title,
        "body": whole.body,
        "alerts": [one.as_json() for one in found],
    }
    envelope = {"type": WEBHOOK_TYPE, "timestamp": fired_at.isoformat(timespec="seconds") + "Z", "data": data}
    return json.dumps(envelope, ensure_ascii=False)
