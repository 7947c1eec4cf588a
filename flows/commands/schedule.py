"""`gpt2030 serve` and `deploy`: runs on schedules, on this machine or on a Prefect server's work pool."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from flows.commands.common import DAY, Failure, settings_for_writing, settings_or_fail
from flows.progress import talk, talk_to_stderr
from flows.scheduling import LEAST_PATIENCE, BadSchedule, check_shape, cron_schedule, missed, patience
from flows.settings import FOLDER, Clock, environment, set_environment, set_environment_defaults
from flows.terminal import echo

if TYPE_CHECKING:
    from datetime import date, datetime

    from prefect.schedules import Schedule

    from flows.serving import Care, Served
    from flows.settings import Settings

PREFECT_YAML: Final = Path(__file__).parents[2] / "prefect.yaml"
DAILY: Final = "refresh/daily"
# How long a server that is there already may take to answer.
ANSWER_SECONDS: Final = 30.0
# What Prefect's runner can serve on loopback is open to everybody on this machine.
NO_OTHER_SERVERS: Final = {"PREFECT_RUNNER_SERVER_ENABLE": "false", "PREFECT_CLIENT_METRICS_ENABLED": "false"}


@dataclass(frozen=True, slots=True)
class When:
    """A schedule as it was given, and where."""

    cron: str
    zone: str
    place: str

    @classmethod
    def given(cls, cron: str | None, settings: Settings) -> When:
        """When to refresh, by option or by setting; misuse (exit code 2) when it has not the shape of a schedule."""
        if cron:
            return cls.checked(cron, settings.schedule.timezone, "--cron")
        return cls.set_as("cron", settings)

    @classmethod
    def set_as(cls, name: str, settings: Settings) -> When:
        """By a setting of `schedule`; misuse when it has not the shape of a schedule."""
        zone = settings.schedule.timezone
        return cls.checked(getattr(settings.schedule, name), zone, f"setting schedule.{name}")

    @classmethod
    def checked(cls, cron: str, zone: str, place: str) -> When:
        """The schedule, when it has the shape of one; misuse that names the place otherwise."""
        when = cls(cron, zone, place)
        try:
            check_shape(when.cron)
        except BadSchedule as problem:
            raise when.misuse(problem) from None
        return when

    def schedule(self) -> Schedule:
        """For Prefect, which has to be imported; misuse when it never comes to pass."""
        try:
            return cron_schedule(self.cron, self.zone)
        except BadSchedule as problem:
            raise self.misuse(problem) from None

    def misuse(self, problem: BadSchedule) -> click.UsageError:
        """The error that names the place."""
        return click.UsageError(f"{self.place}: {problem}")

    def __str__(self) -> str:
        return f"at {self.cron} ({self.zone})"


@click.command()
@click.option("--cron", metavar="EXPR", help="When to refresh, five fields (default: schedule.cron).")
@click.option("--every", type=click.FloatRange(min=1), metavar="SECONDS", help="Refresh at an interval instead.")
@click.option("--today", type=DAY, metavar="DATE", help="Pass this day to every refresh, for rehearsals.")
@click.option("--offline", is_flag=True, help="Ask nobody: kept snapshots and the embedded default.")
def serve(cron: str | None, every: float | None, today: date | None, *, offline: bool) -> None:
    """Stay and refresh on a schedule, one run at a time; a run due while another works is skipped.

    Says each run when it begins and how it ended, and when the next one is due. What was due while nothing was served
    is made up for once, at the start. Beside it, a backtest runs as schedule.backtest says, and where channels are set
    what they did not take is sent again (schedule.deliveries).
    """
    from flows.engine import EngineError, prefect_api
    from flows.surroundings import inside

    talk_to_stderr(settings_or_fail().log_format)
    whens = Whens.given(cron, every, settings_or_fail())
    settings = settings_for_writing(is_telling=True)
    parameters = {"offline": offline, **({"today": today.isoformat()} if today else {})}
    own = settings.home.resolve() / "prefect"
    (own / "tmp").mkdir(exist_ok=True)
    since = None if today or every else last_begun(settings.home)
    set_environment({**NO_OTHER_SERVERS, FOLDER: str(Path.cwd())})
    set_environment_defaults({"TMPDIR": str(own / "tmp")})
    try:
        # The processes of runs begin there: Prefect takes settings from whatever folder it finds itself in.
        with prefect_api(settings.home, with_services=True) as address, inside(own):
            _serve(address, whens, parameters, since)
    except EngineError as error:
        raise Failure(str(error)) from None


@dataclass(frozen=True, slots=True)
class Whens:
    """When each is due: refreshes (or all `every` seconds instead), backtests and, where there are channels, mail."""

    refresh: When
    every: float | None
    backtest: When
    deliveries: When | None

    @classmethod
    def given(cls, cron: str | None, every: float | None, settings: Settings) -> Whens:
        """By options and settings; misuse (exit code 2) when one has not the shape of a schedule."""
        deliveries = When.set_as("deliveries", settings)
        return cls(
            When.given(cron, settings), every, When.set_as("backtest", settings),
            # Without a channel nothing ever waits, and an hour's run would be for nothing.
            deliveries if settings.alerts.channels else None,
        )  # fmt: skip

    def served(self, parameters: dict[str, Any]) -> list[Served]:
        """For Prefect, which has to be imported, the refresh first; misuse when one never comes to pass."""
        from prefect.schedules import Interval

        from flows.backtest import backtest
        from flows.deliver import deliver
        from flows.refresh import refresh
        from flows.serving import NAME, Served

        first = Interval(self.every) if self.every else self.refresh.schedule()
        served = [
            Served(refresh, NAME, first, "refresh", parameters),
            Served(backtest, f"{NAME}-backtest", self.backtest.schedule(), "backtest"),
        ]
        if self.deliveries:
            served.append(Served(deliver, f"{NAME}-deliveries", self.deliveries.schedule(), "delivery", is_quiet=True))
        return served

    def care(self, since: datetime | None, *, is_own: bool, is_rehearsal: bool) -> Care:
        """What is looked after besides; `since` is when the newest run began (UTC)."""
        from flows.serving import Care

        when, now = self.refresh, Clock.read(None).now
        zone = ZoneInfo("UTC" if self.every else when.zone)
        if is_rehearsal:
            return Care(zone, is_own)
        if self.every:
            return Care(zone, is_own, None, max(2 * timedelta(seconds=self.every), LEAST_PATIENCE))
        gone = missed(when.cron, when.zone, since, now) if since else None
        return Care(zone, is_own, gone, patience(when.cron, when.zone, now))

    def __str__(self) -> str:
        return f"every {self.every:g} s" if self.every else str(self.refresh)


def _serve(address: str, whens: Whens, parameters: dict[str, Any], since: datetime | None) -> None:
    from flows.engine import is_own, wait_until_healthy
    from flows.stopping import check
    from flows.surroundings import import_prefect

    import_prefect()
    check()
    from flows import serving

    served = whens.served(parameters)
    care = whens.care(since, is_own=is_own(address), is_rehearsal="today" in parameters)
    wait_until_healthy(address)
    talk().info("serving: refresh %s, Prefect at %s; stop with Ctrl-C", whens, address)
    serving.serve(served, care)


def last_begun(home: Path) -> datetime | None:
    """When the newest run that readers know of began (UTC, without zone); None where there is none, or no telling."""
    from warehouse import runs
    from warehouse.reader import Reader, Unreadable
    from warehouse.store import READ_COPY_FILE

    path = home / READ_COPY_FILE
    if not path.exists():
        return None
    try:
        with Reader(path) as reader:
            run = runs.newest(reader)
    except Unreadable:
        return None
    return run["started_at"] if run else None


@click.command()
@click.option("--pool", default="gpt2030", show_default=True, help="The work pool; created as process pool if absent.")
@click.option("--folder", metavar="PATH", help="Where runs work, as the worker finds it (default: this folder).")
@click.option("--notify", metavar="TYPE/NAME", help="A block of the server to notify by when no edition comes.")
def deploy(pool: str, folder: str | None, notify: str | None) -> None:
    """Create work pool, the deployments of prefect.yaml and two automations on the configured Prefect server.

    They run in the folder this is called from, as the settings of `schedule` say. One automation acts when no edition
    came in twice the cadence: it runs `daily`, and with --notify tells by that block. A pool that is there stays as it
    is. Calling it again brings all else up to date.
    """
    from flows.engine import QUIET, EngineError, configured_api, wait_until_healthy
    from flows.surroundings import import_prefect

    settings = settings_or_fail()
    whens = {name: When.set_as(name, settings) for name in ("cron", "deliveries", "backtest")}
    address = configured_api()
    if address is None:
        raise Failure("no Prefect server is configured; set PREFECT_API_URL to its address, ending in /api")
    if not PREFECT_YAML.exists():
        raise Failure(f"{PREFECT_YAML} is missing; deploy from a checkout of the project")
    set_environment_defaults(QUIET)
    import_prefect()
    for when in whens.values():
        when.schedule()
    try:
        wait_until_healthy(address, ANSWER_SECONDS)
    except EngineError as error:
        raise Failure(str(error)) from None
    named = {f"GPT2030_{name.upper()}": when.cron for name, when in whens.items()}
    named |= {FOLDER: folder or str(Path.cwd()), "GPT2030_TIMEZONE": settings.schedule.timezone}
    if not _has_pool(pool):
        _prefect(named, "work-pool", "create", pool, "--type", "process")
    _prefect(named, "--no-prompt", "deploy", "--all", "--pool", pool, "--prefect-file", str(PREFECT_YAML))
    for name in _automations(whens["cron"], notify):
        echo(f"automation: {name}")
    echo(f"deployed, daily {whens['cron']}; start a worker with: prefect worker start --pool {pool}")


def _has_pool(name: str) -> bool:
    """Whether the server has it: made again, a pool of containers would become one of processes."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    with get_client(sync_client=True) as client:
        try:
            client.read_work_pool(name)
        except ObjectNotFound:
            return False
    return True


def _automations(when: When, notify: str | None) -> list[str]:
    from flows.alerts.automations import NoSuchBlock, put_sample_automation, put_stale_automation
    from flows.alerts.channels import DeliveryFailed

    now = Clock.read(None).now
    try:
        return [
            put_sample_automation(),
            put_stale_automation(DAILY, patience(when.cron, when.zone, now), now, notify),
        ]
    except (NoSuchBlock, DeliveryFailed) as problem:
        raise Failure(str(problem)) from None


def _prefect(named: dict[str, str], *arguments: str) -> None:
    """Call Prefect's command line in the checkout; `named` are the variables that prefect.yaml asks for."""
    command = [sys.executable, "-P", "-m", "prefect", *arguments]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, capture_output=True, text=True, check=False, cwd=PREFECT_YAML.parent, env=environment() | named
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"`prefect {' '.join(arguments)}` failed: {said[-1] if said else done.returncode}")
