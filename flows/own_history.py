"""What a Prefect server of one command keeps of earlier runs: the newest, so that its database stops to grow."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, FlowRunFilter
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

from flows.progress import talk

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

KEPT: Final = 10
# A home of an earlier version has hundreds of them: no run pays for all.
AT_ONCE: Final = 10


def forget_old_runs(kept: int = KEPT) -> int:
    """Delete what lies behind the newest runs, with their tasks and artifacts; returns how many runs.

    By number, not by age: who refreshes every hour has as much in a day as others in a month. Prefect's own tidying
    belongs to servers that stay. What comes of it is at most a word in the log: the run has ended as it has.
    """
    try:
        with get_client(sync_client=True) as client:
            found = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, offset=kept, limit=AT_ONCE)
            for run in found:
                _forget(client, run.id)
    except httpx.HTTPError as error:
        talk().debug("Prefect's history of runs was not shortened: %s", error)
        return 0
    return len(found)


def _forget(client: SyncPrefectClient, run_id: UUID) -> None:
    # Artifacts first: they do not go with their run, and without it nothing would lead to them.
    of_run = FlowRunFilter.model_validate({"id": {"any_": [run_id]}})
    for artifact in client.read_artifacts(artifact_filter=ArtifactFilter(), flow_run_filter=of_run):
        with suppress(ObjectNotFound):
            client.delete_artifact(artifact.id)
    with suppress(ObjectNotFound):
        client.delete_flow_run(run_id)
