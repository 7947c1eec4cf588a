"""What Prefect's server does by itself: deliver when a forecast changed, and act when editions stay away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flows.alerts.events import EDITION, SCHEDULED, post_scheduled
from flows.surroundings import import_prefect

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.events import AutomationCore

SAMPLE: Final = "gpt2030: deliver when a forecast changed"
STALE: Final = "gpt2030: no edition in twice the cadence"
DELIVER: Final = "deliver/deliver"
TOLD: Final = (
    "No edition from {deployment} within {within}. It was asked for another run; see `gpt2030 status`, and whether a "
    "worker is at work."
)


class NoSuchBlock(Exception):
    """The server has no block of that name to notify by."""


def put_sample_automation() -> str:
    """Create the sample automation on the configured server, or bring the one that is there up to date.

    When a forecast changed, it runs the deployment `deliver`. Returns its name.
    """
    import_prefect()
    from prefect.client.orchestration import get_client
    from prefect.events import AutomationCore, EventTrigger, Posture, RunDeployment

    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name(DELIVER)
        return _put(
            client,
            AutomationCore(
                name=SAMPLE,
                description="A sample: copy it and change the action. Events are listed in docs/alerts.md.",
                trigger=EventTrigger(
                    expect={"gpt2030.forecast.changed"},
                    match={"prefect.resource.id": "gpt2030.property.*"},
                    posture=Posture.Reactive,
                    threshold=1,
                ),
                actions=[
                    RunDeployment(source="selected", deployment_id=deployment.id, parameters={}, job_variables=None)
                ],
            ),
        )


def put_stale_automation(deployment: str, within: timedelta, now: datetime, block: str | None = None) -> str:
    """Create or renew the automation that acts once when no run of a deployment brought an edition for so long.

    It runs the deployment (`flow/name`) and, with `block` (`type/name` on the server), notifies by it: the one message
    that needs no worker. Counted from `now` (UTC) on. Returns its name; NoSuchBlock names a block that is not there.
    """
    import_prefect()
    from prefect.client.orchestration import get_client
    from prefect.events import AutomationCore, EventTrigger, Posture, RunDeployment

    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment)
        trigger = EventTrigger(
            # Each edition begins the wait anew, and so does setting it up: before the first there is one to wait for.
            after={EDITION, SCHEDULED},
            expect={EDITION},
            match_related={"prefect.resource.id": f"prefect.deployment.{found.id}"},
            posture=Posture.Proactive,
            threshold=1,
            within=within,
        )
        again = RunDeployment(source="selected", deployment_id=found.id, parameters=None, job_variables=None)
        said = TOLD.format(deployment=deployment, within=within)
        name = _put(
            client,
            AutomationCore(
                name=f"{STALE} ({deployment})",
                description="Asks for another run and, where a block was named, tells by it; once for each silence.",
                trigger=trigger,
                actions=[again, *([_notification(client, block, said)] if block else [])],
            ),
        )
        post_scheduled(deployment, found.id, now)
        return name


def _put(client: SyncPrefectClient, automation: AutomationCore) -> str:
    known = client.read_automations_by_name(automation.name)
    if known:
        client.update_automation(known[0].id, automation)
    else:
        client.create_automation(automation)
    return automation.name


def _notification(client: SyncPrefectClient, block: str, said: str) -> Any:
    from prefect.events import SendNotification
    from prefect.exceptions import ObjectNotFound

    kind, _, name = block.partition("/")
    try:
        document = client.read_block_document_by_name(name, kind)
    except ObjectNotFound:
        raise NoSuchBlock(
            f"no block {block} on the Prefect server; write TYPE/NAME as `prefect block ls` shows it"
        ) from None
    return SendNotification(block_document_id=document.id, subject="gpt2030: no edition", body=said)
