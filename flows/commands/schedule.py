"""`gpt2030 serve` and `deploy`: refresh on a schedule, on this machine or on a Prefect server's work pool."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from flows.commands.common import DAY, Failure, check_channels, settings_or_fail
from flows.progress import talk, talk_to_stderr
from flows.settings import environment, set_environment_defaults
from flows.terminal import echo

if TYPE_CHECKING:
    from datetime import date

    from prefect.schedules import Schedule

PREFECT_YAML = Path(__file__).parents[2] / "prefect.yaml"


@click.command()
@click.option("--cron", metavar="EXPR", help="When to refresh, five fields (default: schedule.cron).")
@click.option("--every", type=click.FloatRange(min=1), metavar="SECONDS", help="Refresh at an interval instead.")
@click.option("--today", type=DAY, metavar="DATE", help="Pass this day to every refresh, for rehearsals.")
@click.option("--offline", is_flag=True, help="Ask nobody: kept snapshots and the embedded default.")
def serve(cron: str | None, every: float | None, today: date | None, *, offline: bool) -> None:
    """Stay and refresh on a schedule, one run at a time; a run due while another works is skipped."""
    from flows.engine import prefect_api, wait_until_healthy

    settings = settings_or_fail()
    check_channels(settings)
    talk_to_stderr()
    with prefect_api(settings.home, with_services=True) as address:
        from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
        from prefect.types.entrypoint import EntrypointType

        from flows.refresh import refresh

        schedule, said = _schedule(cron or settings.schedule.cron, settings.schedule.timezone, every)
        wait_until_healthy(address)
        talk().info("serving: refresh %s, Prefect at %s; stop with Ctrl-C", said, address)
        parameters = {"offline": offline, **({"today": today.isoformat()} if today else {})}
        refresh.serve(
            name="gpt2030",
            schedule=schedule,
            parameters=parameters,
            global_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
            print_starting_message=False,
            # Loaded from its file, flows/ would come first on sys.path and the annotations could not be resolved.
            entrypoint_type=EntrypointType.MODULE_PATH,
        )


def _schedule(cron: str, timezone: str, every: float | None) -> tuple[Schedule, str]:
    """The schedule and how it is said; a Failure when Prefect cannot read it."""
    from prefect.schedules import Cron, Interval

    if every:
        return Interval(every), f"every {every:g} s"
    try:
        ZoneInfo(timezone)  # Prefect finds out only when the schedule has been sent to its server
        return Cron(cron, timezone=timezone), f"at {cron} ({timezone})"
    except (ValueError, ZoneInfoNotFoundError) as error:
        said = str(error).splitlines()[0]
        raise Failure(
            f"cannot refresh at {cron!r} in {timezone!r}: {said}; set schedule.cron (five fields) and "
            "schedule.timezone (such as Europe/Paris)"
        ) from None


@click.command()
@click.option("--pool", default="gpt2030", show_default=True, help="The work pool; created as process pool if absent.")
def deploy(pool: str) -> None:
    """Create the work pool, the deployments of prefect.yaml and a sample automation on the configured Prefect server.

    Calling it again brings them up to date.
    """
    from flows.engine import QUIET, configured_api

    if configured_api() is None:
        raise Failure("no Prefect server is configured; set PREFECT_API_URL to its address, ending in /api")
    if not PREFECT_YAML.exists():
        raise Failure(f"{PREFECT_YAML} is missing; deploy from a checkout of the project")
    _prefect("work-pool", "create", pool, "--type", "process", "--overwrite")
    _prefect("--no-prompt", "deploy", "--all", "--pool", pool, "--prefect-file", str(PREFECT_YAML))
    set_environment_defaults(QUIET)
    from flows.events import put_sample_automation

    echo(f"automation: {put_sample_automation()}")
    echo(f"deployed; start a worker with: prefect worker start --pool {pool}")


def _prefect(*arguments: str) -> None:
    command = [sys.executable, "-m", "prefect", *arguments]
    # prefect.yaml names the folder that runs work in: the one this command is called from.
    variables = environment() | {"GPT2030_WORKDIR": str(Path.cwd())}
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, capture_output=True, text=True, check=False, cwd=PREFECT_YAML.parent, env=variables
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(f"`prefect {' '.join(arguments)}` failed: {said[-1] if said else done.returncode}")
