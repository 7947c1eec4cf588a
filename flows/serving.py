"""Refreshes on a schedule in this process's care: each is told when it begins and ends, and when one is due next."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast
from zoneinfo import ZoneInfo

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowRunFilter
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.types.entrypoint import EntrypointType

from flows import stopping
from flows.progress import talk
from flows.refresh import refresh
from flows.settings import Clock

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.schedules import Schedule

NAME: Final = "gpt2030"
POLL_SECONDS: Final = 2.0
LISTEN_SECONDS: Final = 0.2
SHOWN: Final = 30
BEGUN: Final = (StateType.RUNNING, StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED)
# What Prefect says of a run that was due while another was at work, and before an error.
SKIPPED: Final = "concurrency limit"
FAILED_WITH: Final = "Flow run encountered an exception: "


def serve(schedule: Schedule, zone: str, parameters: dict[str, Any], *, is_own: bool) -> None:
    """Stay and refresh on the schedule, until somebody stops this process; a run at work is then stopped, too.

    `is_own` says that the server is ours: then no run can be at work when it starts.
    """
    if is_own:
        _forget_the_last()
    runner = Runner(name=NAME)
    added = runner.add_flow(
        refresh,
        name=NAME,
        schedule=schedule,
        parameters=parameters,
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        # Loaded from its file, flows/ would come first on sys.path and the annotations could not be resolved.
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    narrator = Narrator(cast("UUID", added), ZoneInfo(zone))  # no coroutine outside one
    asyncio.run(_serve(runner, narrator))
    talk().info("serving no more, stopped by %s", stopping.asked() or "Prefect")


def _forget_the_last() -> None:
    """Begin with a new deployment: to the old one, a run that was killed with its server is at work for ever.

    It would keep the only slot, and every run that is due would be skipped.
    """
    with get_client(sync_client=True) as client, suppress(ObjectNotFound):
        client.delete_deployment(client.read_deployment_by_name(f"{refresh.name}/{NAME}").id)


async def _serve(runner: Runner, narrator: Narrator) -> None:
    beside = [asyncio.create_task(narrator.follow()), asyncio.create_task(_stop_when_asked(runner))]
    try:
        await runner.start()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    await narrator.tell_last()


async def _stop_when_asked(runner: Runner) -> None:
    is_ours = False
    while True:
        await asyncio.sleep(LISTEN_SECONDS)
        if runner.started and not is_ours:
            stopping.watch(is_told=False)  # starting, the runner has taken SIGTERM for itself
            is_ours = True
        if runner.started and stopping.asked():
            await runner.astop()
            return


@dataclass(slots=True)
class Narrator:
    """Says on stderr what becomes of the runs of one deployment, in the zone of its schedule."""

    deployment_id: UUID
    zone: ZoneInfo
    begun: set[UUID] = field(default_factory=set)
    ended: set[UUID] = field(default_factory=set)
    is_next_told: bool = False

    async def follow(self) -> None:
        """Tell of every run that begins or ends from now on, and of the next one."""
        async with get_client() as client:
            for run in await self._runs(client):  # those of earlier days
                self.begun.add(run.id)
                if run.state_type != StateType.RUNNING:
                    self.ended.add(run.id)
            while True:
                await self._look(client)
                await asyncio.sleep(POLL_SECONDS)

    async def tell_last(self) -> None:
        """Tell of runs that ended when all was stopped."""
        async with get_client() as client:
            await self._look(client)

    async def _look(self, client: PrefectClient) -> None:
        try:
            runs = await self._runs(client)
            due = await self._next(client)
        except httpx.HTTPError:  # a server may be started anew; the runner itself says so when it stays away
            return
        for run in reversed(runs):
            self._tell(run, due)
        if due and not self.is_next_told:
            self.is_next_told = True
            talk().info("next refresh: %s", self._local(due))

    def _tell(self, run: FlowRun, due: datetime | None) -> None:
        if run.id not in self.begun and run.start_time:
            self.begun.add(run.id)
            if not _is_skipped(run):
                talk().info("%s refresh %s begins", self._local(run.start_time), run.name)
        if run.id not in self.ended and run.state_type != StateType.RUNNING:
            self.ended.add(run.id)
            after = f"; next: {self._local(due)}" if due and not stopping.asked() else ""
            ended = run.end_time or (run.state.timestamp if run.state else None)
            talk().info("%s refresh %s %s%s", self._local(ended), run.name, outcome(run), after)

    def _local(self, moment: datetime | None) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if moment else "?"

    async def _runs(self, client: PrefectClient) -> list[FlowRun]:
        return await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": BEGUN}}}),
            deployment_filter=self._deployment(),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=SHOWN,
        )

    async def _next(self, client: PrefectClient) -> datetime | None:
        now = Clock.read(None).now.replace(tzinfo=UTC)
        later = {"state": {"type": {"any_": [StateType.SCHEDULED]}}, "expected_start_time": {"after_": now}}
        found = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate(later),
            deployment_filter=self._deployment(),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=1,
        )
        return found[0].expected_start_time if found else None

    def _deployment(self) -> DeploymentFilter:
        return DeploymentFilter(id=DeploymentFilterId(any_=[self.deployment_id]))


def outcome(run: FlowRun) -> str:
    """What became of a run, in words."""
    message = (run.state.message if run.state else None) or ""
    if run.state_type == StateType.COMPLETED:
        return f"ended: {message}"
    if _is_skipped(run):
        return "skipped: another one is at work"
    if run.state_type == StateType.FAILED:
        return f"failed: {message.removeprefix(FAILED_WITH)}"
    return "stopped" if stopping.asked() else f"broke off: {message}"


def _is_skipped(run: FlowRun) -> bool:
    message = (run.state.message if run.state else None) or ""
    return run.state_type == StateType.CANCELLED and SKIPPED in message.lower()
