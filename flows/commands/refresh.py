"""`gpt2030 refresh`: run the flow here, against the user's Prefect API or one of our own."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import DAY, WAIT, Failure, settings_for_writing, settings_or_fail, writing
from flows.progress import talk, talk_to_stderr
from flows.run.run import Request
from flows.terminal import echo

if TYPE_CHECKING:
    from pathlib import Path

# What a flow's first steps import by themselves, when nothing is left to wait for.
IMPORTED_LATE: Final = (
    "fastapi.encoders",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.utilities.visualization",
    "pyarrow.dataset",
)

NOT_COME: Final = "%s has not come yet: a rehearsal"
REHEARSAL: Final = (
    f"{NOT_COME}. Its edition, alerts and rounds stay on record in %s, and its alerts go to the "
    "channels that are set; "
    "GPT2030_HOME=FOLDER rehearses in another home, --dry-run leaves nothing"
)


@click.command()
@click.option("--only", multiple=True, metavar="SOURCE", help="Look at this source only (beside the embedded default).")
@click.option("--offline", is_flag=True, help="Ask nobody: kept snapshots and the embedded default.")
@click.option("--today", type=DAY, metavar="DATE", help="The day to speak for (default: the clock's).")
@click.option("--dry-run", is_flag=True, help="Do everything on a copy and throw it away.")
@click.option("--check-all", is_flag=True, help="Let checks look at all rows, also where those that changed would do.")
@click.option("--json", "as_json", is_flag=True, help="The run summary as JSON on stdout instead of the table.")
@WAIT
def refresh(
    only: tuple[str, ...],
    today: date | None,
    *,
    offline: bool,
    dry_run: bool,
    check_all: bool,
    as_json: bool,
    wait: float,
) -> None:
    """Look, keep, parse, validate, land, check, refit, derive, score, publish, alert."""
    _check_sources(only)
    talk_to_stderr(settings_or_fail().log_format)
    settings = settings_for_writing(is_telling=True)
    day = today.isoformat() if today else None
    from flows.settings import Clock

    if Clock.read(today).is_rehearsal:
        if dry_run:
            talk().warning(NOT_COME, day)
        else:
            talk().warning(REHEARSAL, day, settings.home)
    # Waited for before Prefect's server is started, which takes its time. The lock is let go of again: the flow takes
    # it for as long as it writes, and sends its alerts without it.
    with writing(settings.home, "gpt2030 refresh", wait):
        pass
    asked = {"only": list(only) or None, "offline": offline, "today": day, "dry_run": dry_run, "check_all": check_all}
    # Another command may begin while the server starts: the flow waits for it as long as was said.
    summary = run_here(asked | {"wait": wait})
    if as_json:
        echo(json.dumps(summary, indent=2, ensure_ascii=False))
    elif summary["edition_id"] and not dry_run:
        from flows.commands.show import print_table

        print_table(settings.home)
    if summary["outcome"] not in {"published", "unchanged"}:
        raise Failure(f"not published: {'; '.join(summary['messages'])}")


def run_here(parameters: dict[str, Any]) -> dict[str, Any]:
    """Run the flow in this process. While Prefect's server starts, the heavy libraries are imported."""
    from flows import stopping
    from flows.engine import SILENT, prefect_api
    from flows.settings import set_environment_defaults

    home = settings_or_fail().home
    set_environment_defaults(SILENT)
    with stopping.IfStopped(partial(_record_stop, parameters)), prefect_api(home) as address:
        talk().info("starting: Prefect at %s", address)
        return _run_at(address, home, parameters)


def _run_at(address: str, home: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    from flows.stopping import check
    from flows.surroundings import import_prefect

    import_prefect()
    check()
    from httpx import HTTPError

    from flows.edition.page import compile_templates
    from flows.engine import EngineError, is_own, require_room, wait_until_healthy
    from flows.own_history import forget_old_runs
    from flows.refresh import refresh as flow
    from flows.run.run import NothingToPublish
    from flows.settings import SettingsError
    from warehouse.checks import warm_up
    from warehouse.checks.suppressions import SuppressionError
    from warehouse.corrections import CorrectionError
    from warehouse.errors import WarehouseError
    from warehouse.snapshots import SnapshotDamaged

    check()
    if not _speaks_for(home, parameters["today"]):
        warm_up()  # a new edition will have to pass the gate, whose import takes seconds
        compile_templates()
    for name in IMPORTED_LATE:
        check()
        import_module(name)
    try:
        wait_until_healthy(address)
        result: dict[str, Any] = flow(**parameters)
        if is_own(address):
            forget_old_runs()
    except (
        EngineError,
        WarehouseError,
        SnapshotDamaged,
        CorrectionError,
        SuppressionError,
        SettingsError,
        NothingToPublish,
    ) as error:
        raise Failure(str(error)) from None
    except HTTPError as error:  # of Prefect's client
        try:
            require_room(address)
        except EngineError as want:
            raise Failure(f"Prefect's own server failed ({type(error).__name__}): {want}") from None
        raise
    return result


def _record_stop(parameters: dict[str, Any]) -> None:
    """Put a refresh on record that was stopped before it had begun; not in a new home, nor while another is at work."""
    from flows import stopping
    from flows.run import ending, steps
    from flows.settings import Clock, claim
    from warehouse.errors import WarehouseError
    from warehouse.store import WRITER_FILE, Warehouse

    settings = settings_or_fail()
    home = settings.home.resolve()
    if stopping.outcome() or parameters["dry_run"] or not (home / WRITER_FILE).exists():
        return
    request = Request(tuple(parameters["only"] or ()), is_offline=parameters["offline"])
    clock = Clock.read(date.fromisoformat(parameters["today"]) if parameters["today"] else None)
    with (
        suppress(WarehouseError),
        Warehouse.open(home, now=clock.now, claim=claim("refresh", wait_seconds=0)) as warehouse,
    ):
        run = steps.begin(settings, request, clock, home, warehouse)
        ending.fail(run, stopping.Stopped())


def _speaks_for(home: Path, day: str | None) -> bool:
    """Whether the edition in force is of that day already: then most likely nothing new is published."""
    from flows.settings import Clock
    from warehouse.editions import EditionShelf

    latest = EditionShelf(home).latest()
    return latest is not None and latest.startswith(day or Clock.read(None).today.isoformat())


def _check_sources(only: tuple[str, ...]) -> None:
    from sources.registry import SOURCES

    for source_id in only:
        if source_id not in SOURCES:
            raise click.UsageError(f"no source {source_id!r}; there are {', '.join(SOURCES)}")
