"""Runs on schedules in this process's care: each is told when it begins and ends, and when a refresh is due next."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowRunFilter
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.types.entrypoint import EntrypointType

from flows import stopping
from flows.alerts.automations import put_stale_automation
from flows.alerts.channels import DeliveryFailed
from flows.progress import talk
from flows.settings import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from prefect import Flow
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


@dataclass(frozen=True, slots=True)
class Served:
    """A flow with its schedule; `noun` is what its runs are called, those of a quiet one only when they fail."""

    flow: Flow[..., Any]
    name: str
    schedule: Schedule
    noun: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    is_quiet: bool = False

    @property
    def deployment(self) -> str:
        """What Prefect calls it."""
        return f"{self.flow.name}/{self.name}"


@dataclass(frozen=True, slots=True)
class Care:
    """What is looked after besides the schedules.

    `missed` is a time that went by while nothing was served; `patience` how long without an edition is too long, None
    where nobody waits for one. `is_own` says that the server is ours: then no run can be at work when it starts.
    """

    zone: ZoneInfo
    is_own: bool
    missed: datetime | None = None
    patience: timedelta | None = None


def serve(served: Sequence[Served], care: Care) -> None:
    """Stay and run on the schedules, until somebody stops this process; runs at work are then stopped, too.

    The first of `served` is the refresh.
    """
    if care.is_own:
        _forget_the_last(served)
    runner = Runner(name=NAME)
    # No coroutines outside one.
    nouns = {cast("UUID", _add(runner, one)): one for one in served}
    if care.patience:
        _wait_for_editions(served[0].deployment, care.patience)
    if care.missed:
        _make_up_for(next(iter(nouns)), care)
    asyncio.run(_serve(runner, Narrator(nouns, care.zone)))
    talk().info("serving no more, stopped by %s", stopping.asked() or "Prefect")


def _add(runner: Runner, one: Served) -> object:
    return runner.add_flow(
        one.flow,
        name=one.name,
        schedule=one.schedule,
        parameters=dict(one.parameters),
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        # Loaded from its file, flows/ would come first on sys.path and the annotations could not be resolved.
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _wait_for_editions(deployment: str, patience: timedelta) -> None:
    try:
        put_stale_automation(deployment, patience, Clock.read(None).now)
    except (DeliveryFailed, httpx.HTTPError) as error:
        talk().warning("nothing notices when editions stay away: %s", error)


def _make_up_for(deployment_id: UUID, care: Care) -> None:
    """Ask for one run in place of all that were missed."""
    assert care.missed is not None
    with get_client(sync_client=True) as client:
        client.create_flow_run_from_deployment(deployment_id)
    due = care.missed.astimezone(care.zone)
    talk().info("a refresh was due %s while nothing was served: made up for now", f"{due:%Y-%m-%d %H:%M:%S}")


def _forget_the_last(served: Sequence[Served]) -> None:
    """Begin with new deployments: to the old ones, a run that was killed with its server is at work for ever.

    It would keep the only slot, and every run that is due would be skipped.
    """
    with get_client(sync_client=True) as client:
        for one in served:
            with suppress(ObjectNotFound):
                client.delete_deployment(client.read_deployment_by_name(one.deployment).id)


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
    """Says on stderr what becomes of the runs of deployments, in the zone of their schedules; the refresh is first."""

    served: Mapping[UUID, Served]
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
        one = self.served.get(cast("UUID", run.deployment_id))
        if one is None:
            return
        if run.id not in self.begun and run.start_time:
            self.begun.add(run.id)
            if not _is_skipped(run) and not one.is_quiet:
                talk().info("%s %s %s begins", self._local(run.start_time), one.noun, run.name)
        if run.id not in self.ended and run.state_type != StateType.RUNNING:
            self.ended.add(run.id)
            if one.is_quiet and (run.state_type == StateType.COMPLETED or _is_skipped(run)):
                return
            is_refresh = run.deployment_id == next(iter(self.served))
            after = f"; next: {self._local(due)}" if is_refresh and due and not stopping.asked() else ""
            ended = run.end_time or (run.state.timestamp if run.state else None)
            talk().info("%s %s %s %s%s", self._local(ended), one.noun, run.name, outcome(run), after)

    def _local(self, moment: datetime | None) -> str:
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if moment else "?"

    async def _runs(self, client: PrefectClient) -> list[FlowRun]:
        return await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": BEGUN}}}),
            deployment_filter=_of(*self.served),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=SHOWN,
        )

    async def _next(self, client: PrefectClient) -> datetime | None:
        now = Clock.read(None).now.replace(tzinfo=UTC)
        later = {"state": {"type": {"any_": [StateType.SCHEDULED]}}, "expected_start_time": {"after_": now}}
        found = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate(later),
            deployment_filter=_of(next(iter(self.served))),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=1,
        )
        return found[0].expected_start_time if found else None


def _of(*deployments: UUID) -> DeploymentFilter:
    return DeploymentFilter(id=DeploymentFilterId(any_=[*deployments]))


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
