"""From what holds after a run to alerts in the outbox, which `flows.alerts.delivery` takes to the channels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows.alerts.events import events_body
from flows.settings import Clock
from models.alerts import Alert, Notification, Occasion, alert_id, digest
from warehouse.contracts import out, polars_schema
from warehouse.outbox import EVENTS_CHANNEL, AlertRows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flows.alerts.channels import Channel
    from flows.settings import AlertSettings

WEBHOOK_TYPE: Final = "gpt2030.digest"


@dataclass(frozen=True, slots=True)
class AlertStamp:
    """How messages become rows: the settings, the moment they fire at (UTC) and the number of the first."""

    settings: AlertSettings
    fired_at: datetime
    first_number: int = 1


def compose(found: Sequence[Alert], occasion: Occasion, channels: Sequence[Channel], stamp: AlertStamp) -> AlertRows:
    """The rows for these messages: one digest for every channel of those severe enough, all of them as events."""
    if not found:
        return AlertRows.none()
    to_people = [one for one in found if one.severity >= stamp.settings.least_severity]
    deliveries = []
    for channel in channels:
        chosen = list(found) if channel.channel_id == EVENTS_CHANNEL else to_people
        if chosen:
            deliveries.append(_delivery_row(chosen, occasion, channel, stamp))
    is_sent = to_people and any(channel.channel_id != EVENTS_CHANNEL for channel in channels)
    key = digest(to_people).key if is_sent else None
    alerts = [
        _alert_row(one, number, occasion, stamp) | {"digest_key": key if one in to_people else None}
        for number, one in enumerate(found, start=stamp.first_number)
    ]
    return AlertRows(
        pl.DataFrame(alerts, schema=polars_schema(out.ALERT)),
        pl.DataFrame(deliveries, schema=polars_schema(out.DELIVERY)),
    )


def _alert_row(one: Alert, number: int, occasion: Occasion, stamp: AlertStamp) -> dict[str, Any]:
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
        "fired_at": stamp.fired_at,
        "delivered_at": None,
    }


def _delivery_row(found: Sequence[Alert], occasion: Occasion, channel: Channel, stamp: AlertStamp) -> dict[str, Any]:
    whole = digest(found)
    now = Clock.read(None).now  # the run may speak for another day; waiting is done in real time
    if channel.form == "events":
        body = events_body(found, occasion, now)
    elif channel.form == "json":
        body = webhook_body(whole, found, occasion, stamp.fired_at)
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


def webhook_body(whole: Notification, found: Sequence[Alert], occasion: Occasion, fired_at: datetime) -> str:
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
