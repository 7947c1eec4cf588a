"""What Prefect is told as events: alerts, that an edition is in force, and that a schedule has begun."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from flows.alerts.channels import DeliveryFailed
from flows.engine import configured_api
from flows.surroundings import import_prefect
from warehouse.outbox import EVENTS_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from flows.alerts.channels import Channel
    from models.alerts import Alert, Occasion
    from warehouse.outbox import Delivery

# A run of a deployment ended with an edition in force; editions of a deployment are waited for from now on.
EDITION: Final = "gpt2030.edition.in_force"
SCHEDULED: Final = "gpt2030.schedule.begun"
# What the subject of a kind is, where it is not a property.
_RESOURCES: Final = {
    "source_stale": "source",
    "source_held": "source",
    "community_moved": "question",
    "community_rescaled": "question",
    "publication_held": "run",
    "refresh_failed": "run",
}


@dataclass(frozen=True, slots=True)
class EventChannel:
    """Prefect's API as a channel: it takes all alerts of a run as events, each with an id that does not change."""

    channel_id: str = EVENTS_CHANNEL
    scheme: str = "prefect"
    form: str = "events"

    def send(self, letter: Delivery, at: datetime) -> None:
        """Hand the alerts of the letter over as events."""
        del at
        _post(json.loads(letter.body))


def event_channel() -> tuple[Channel, ...]:
    """The channel for events when Prefect has an API; without one, asking for a client would start a server."""
    if not configured_api():
        return ()
    import_prefect()  # now, because a message has only so much time to be sent in
    return (EventChannel(),)


def events_body(found: Sequence[Alert], occasion: Occasion, now: datetime) -> str:
    """All alerts as Prefect events in JSON; `now` (UTC) is when they happened."""
    return json.dumps([_event(one, occasion, now) for one in found], ensure_ascii=False)


def _event(one: Alert, occasion: Occasion, now: datetime) -> dict[str, Any]:
    resource = f"gpt2030.{_RESOURCES.get(one.kind, 'property')}.{one.subject}"
    return {
        "id": str(uuid5(NAMESPACE_URL, f"gpt2030:{one.dedupe_key}")),
        "occurred": now.isoformat() + "Z",
        "event": one.event,
        "resource": {"prefect.resource.id": resource, "prefect.resource.name": one.subject},
        "payload": one.as_json() | {"edition_id": occasion.edition_id, "origin_date": occasion.origin_date.isoformat()},
    }


def post_edition(edition_id: str, deployment_id: str, now: datetime) -> None:
    """Tell Prefect that a run of a deployment brought an edition, or found that the one in force stands (UTC).

    DeliveryFailed when its API does not take it.
    """
    _post([_of_deployment(EDITION, f"gpt2030.edition.{edition_id}", deployment_id, now)])


def post_scheduled(deployment: str, deployment_id: UUID, now: datetime) -> None:
    """Tell Prefect that editions are waited for from now on (UTC); DeliveryFailed when its API does not take it."""
    _post([_of_deployment(SCHEDULED, f"gpt2030.schedule.{deployment}", deployment_id, now)])


def _of_deployment(event: str, resource: str, deployment_id: object, now: datetime) -> dict[str, Any]:
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{event}:{resource}:{deployment_id}:{now.isoformat()}")),
        "occurred": now.isoformat() + "Z",
        "event": event,
        "resource": {"prefect.resource.id": resource},
        "related": [
            {"prefect.resource.id": f"prefect.deployment.{deployment_id}", "prefect.resource.role": "deployment"}
        ],
    }


def _post(events: Sequence[Mapping[str, Any]]) -> None:
    """Record events with Prefect's API, which says whether it has taken them."""
    import httpx
    from prefect.client.orchestration import get_client

    try:
        with get_client(sync_client=True) as client:
            client.request("POST", "/events", json=[*events])
    except httpx.HTTPStatusError as error:
        raise DeliveryFailed(f"Prefect answered {error.response.status_code}", is_passing=False) from None
    except (httpx.HTTPError, OSError) as error:
        raise DeliveryFailed(f"Prefect cannot be reached ({type(error).__name__})") from None
