"""The flow `deliver`: send what waits in the outbox, on a schedule of its own or when an automation asks for it."""

from __future__ import annotations

from dataclasses import asdict

from prefect import flow

from flows.delivering import deliver_outbox
from flows.settings import load_settings

# A refresh holds the warehouse for seconds to a minute, and the event that asks for this flow comes out of one.
RETRIES = 4
RETRY_SECONDS = 20


@flow(name="deliver", retries=RETRIES, retry_delay_seconds=RETRY_SECONDS, persist_result=False)
def deliver() -> dict[str, int]:
    """Send what is due; returns how many messages were delivered, have to wait, and were given up."""
    return asdict(deliver_outbox(load_settings()))
