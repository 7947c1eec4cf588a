"""The flow `deliver`: send what waits in the outbox, on a schedule of its own or when an automation asks for it."""

from __future__ import annotations

from dataclasses import asdict

from prefect import flow

from flows import stopping
from flows.alerts.delivery import deliver_outbox
from flows.settings import load_settings
from flows.sharing import guard_home
from flows.surroundings import shut_out, users_folder

# A refresh holds the warehouse for seconds to a minute, and the event that asks for this flow comes out of one.
RETRIES = 4
RETRY_SECONDS = 20


@flow(name="deliver", retries=RETRIES, retry_delay_seconds=RETRY_SECONDS, persist_result=False)
def deliver() -> dict[str, int]:
    """Send what is due; returns how many messages were delivered, have to wait, and were given up."""
    shut_out()
    with stopping.watching(), users_folder():
        settings = load_settings()
        guard_home(settings)
        return asdict(deliver_outbox(settings))
