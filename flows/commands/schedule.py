"""`gpt2030 serve` and `deploy`: refresh on a schedule, on this machine or on a Prefect server's work pool."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import DAY, Failure, settings_for_writing, settings_or_fail
from flows.progress import talk, talk_to_stderr
from flows.scheduling import BadSchedule, check_shape, cron_schedule
from flows.settings import FOLDER, environment, set_environment, set_environment_defaults
from flows.terminal import echo

if TYPE_CHECKING:
    from datetime import date

    from prefect.schedules import Schedule

    from flows.settings import Settings

PREFECT_YAML: Final = Path(__file__).parents[2] / "prefect.yaml"
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
        """By option or by setting; misuse (exit code 2) when it has not the shape of a schedule."""
        set_one = settings.schedule
        when = cls(cron or set_one.cron, set_one.timezone, "--cron" if cron else "setting schedule.cron")
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

    Says each run when it begins and how it ended, and when the next one is due.
    """
    from flows.engine import EngineError, prefect_api
    from flows.surroundings import inside

    talk_to_stderr(settings_or_fail().log_format)
    when = When.given(cron, settings_or_fail())
    settings = settings_for_writing(is_telling=True)
    parameters = {"offline": offline, **({"today": today.isoformat()} if today else {})}
    own = settings.home.resolve() / "prefect"
    (own / "tmp").mkdir(exist_ok=True)
    set_environment({**NO_OTHER_SERVERS, FOLDER: str(Path.cwd())})
    set_environment_defaults({"TMPDIR": str(own / "tmp")})
    try:
        # The processes of runs begin there: Prefect takes settings from whatever folder it finds itself in.
        with prefect_api(settings.home, with_services=True) as address, inside(own):
            _serve(address, every or when, parameters)
    except EngineError as error:
        raise Failure(str(error)) from None


def _serve(address: str, when: When | float, parameters: dict[str, Any]) -> None:
    from flows.engine import is_own, wait_until_healthy
    from flows.stopping import check
    from flows.surroundings import import_prefect

    import_prefect()
    check()
    from prefect.schedules import Interval

    from flows import serving

    if isinstance(when, When):
        schedule, zone, said = when.schedule(), when.zone, str(when)
    else:
        schedule, zone, said = Interval(when), "UTC", f"every {when:g} s"
    wait_until_healthy(address)
    talk().info("serving: refresh %s, Prefect at %s; stop with Ctrl-C", said, address)
    serving.serve(schedule, zone, parameters, is_own=is_own(address))


@click.command()
@click.option("--pool", default="gpt2030", show_default=True, help="The work pool; created as process pool if absent.")
def deploy(pool: str) -> None:
    """Create the work pool, the deployments of prefect.yaml and a sample automation on the configured Prefect server.

    They run in the folder this is called from, `daily` as schedule.cron and schedule.timezone say. Calling it again
    brings them up to date.
    """
    from flows.engine import QUIET, configured_api
    from flows.surroundings import import_prefect

    settings = settings_or_fail()
    when = When.given(None, settings)
    if configured_api() is None:
        raise Failure("no Prefect server is configured; set PREFECT_API_URL to its address, ending in /api")
    if not PREFECT_YAML.exists():
        raise Failure(f"{PREFECT_YAML} is missing; deploy from a checkout of the project")
    set_environment_defaults(QUIET)
    import_prefect()
    when.schedule()
    named = {FOLDER: str(Path.cwd()), "GPT2030_CRON": when.cron, "GPT2030_TIMEZONE": when.zone}
    _prefect(named, "work-pool", "create", pool, "--type", "process", "--overwrite")
    _prefect(named, "--no-prompt", "deploy", "--all", "--pool", pool, "--prefect-file", str(PREFECT_YAML))
    from flows.alerts.events import put_sample_automation

    echo(f"automation: {put_sample_automation()}")
    echo(f"deployed, daily {when}; start a worker with: prefect worker start --pool {pool}")


def _prefect(named: dict[str, str], *arguments: str) -> None:
    """Call Prefect's command line in the checkout; `named` are the variables that prefect.yaml asks for."""
    command = [sys.executable, "-P", "-m", "prefect", *arguments]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, capture_output=True, text=True, check=False, cwd=PREFECT_YAML.parent, env=environment() | named
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"`prefect {' '.join(arguments)}` failed: {said[-1] if said else done.returncode}")
