"""Alerts as Prefect events, and the sample automation that acts on one."""

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
    from collections.abc import Sequence
    from datetime import datetime

    from flows.alerts.channels import Channel
    from models.alerts import Alert, Occasion
    from warehouse.outbox import Delivery

AUTOMATION: Final = "gpt2030: deliver when a forecast changed"
DELIVER: Final = "deliver/deliver"
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
        """Record the events with Prefect's API, which says whether it has taken them."""
        del at
        import httpx
        from prefect.client.orchestration import get_client

        try:
            with get_client(sync_client=True) as client:
                client.request("POST", "/events", json=json.loads(letter.body))
        except httpx.HTTPStatusError as error:
            raise DeliveryFailed(f"Prefect answered {error.response.status_code}", is_passing=False) from None
        except (httpx.HTTPError, OSError) as error:
            raise DeliveryFailed(f"Prefect cannot be reached ({type(error).__name__})") from None


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


def put_sample_automation() -> str:
    """Create the sample automation on the configured server, or bring the one that is there up to date.

    When a forecast changed, it runs the deployment `deliver`. Returns its name.
    """
    import_prefect()
    from prefect.client.orchestration import get_client
    from prefect.events import AutomationCore, EventTrigger, Posture, RunDeployment

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(DELIVER)
        automation = AutomationCore(
            name=AUTOMATION,
            description="A sample: copy it and change the action. EventChannel are listed in docs/alerts.md.",
            trigger=EventTrigger(
                expect={"gpt2030.forecast.changed"},
                match={"prefect.resource.id": "gpt2030.property.*"},
                posture=Posture.Reactive,
                threshold=1,
            ),
            actions=[RunDeployment(source="selected", deployment_id=deployment.id, parameters={}, job_variables=None)],
        )
        known = client.read_automations_by_name(AUTOMATION)
        if known:
            client.update_automation(known[0].id, automation)
        else:
            client.create_automation(automation)
    return AUTOMATION
