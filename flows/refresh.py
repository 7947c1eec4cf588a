"""The flow `refresh`: look, keep, land, refit, derive, score, check, publish and report, as Prefect tasks."""

from __future__ import annotations

import logging
import signal
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import TerminationSignal
from prefect.runtime import task_run
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import exponential_backoff
from prefect.utilities.annotations import opaque

from flows import stopping
from flows.edition.tables import properties_markdown
from flows.progress import hush_libraries, talk
from flows.run import deadman, ending, intake, shared, steps, telling
from flows.run.run import Request, Run
from flows.run.sequence import publish_landed
from flows.run.summary import Summary, summarise
from flows.settings import Clock, Settings, claim, load_settings
from flows.sharing import guard_home
from flows.surroundings import shut_out, users_folder
from sources.errors import ServerFailed, Truncated
from warehouse.lock import WAIT_SECONDS, locked
from warehouse.snapshots import in_force
from warehouse.store import WRITER_FILE, Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import polars as pl
    from prefect.client.schemas.objects import State, TaskRun

    from flows.run.looks import Look, Lookout
    from sources.source import Source
    from warehouse.snapshots import SnapshotFact

T = TypeVar("T")
LOOK_ATTEMPTS: Final = 2
RUNNER: Final[Any] = ThreadPoolTaskRunner(max_workers=10)  # all sources are looked at side by side


def _is_passing(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """Retry only what a second attempt may mend; a refusal stays a refusal."""
    return isinstance(state.result(raise_on_failure=False), (ServerFailed, Truncated))


# No task is cached or kept: by default Prefect hashes all parameters for a key, thousands of rows among them.
OPTIONS: Final[Any] = {"cache_policy": NO_CACHE, "persist_result": False}


@task(
    task_run_name="look-{source_id}",
    retries=LOOK_ATTEMPTS - 1,
    retry_delay_seconds=exponential_backoff(1),
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_passing,
    **OPTIONS,
)
def look(
    source_id: str, source: Source, lookout: Lookout, url: str, standing: Mapping[str, SnapshotFact]
) -> list[Look]:
    """Look at one source. Only the last attempt turns a passing failure into a recorded look."""
    del source_id  # names the task run
    is_final = task_run.get_run_count() >= LOOK_ATTEMPTS
    # Left behind when somebody stops the run, who would otherwise wait for the slowest publisher.
    return stopping.within(None, lambda: lookout.look(source, url, standing, is_final=is_final))


@task(**OPTIONS)
def keep(run: Run, looks: list[Look], sources: Mapping[str, Source]) -> None:
    """Record every look and the bytes it brought."""
    steps.keep(run, looks, {source_id: source.licence for source_id, source in sources.items()})


@task(task_run_name="land-{source_id}", **OPTIONS)
def land(source_id: str, run: Run, source: Source) -> None:
    """Parse, check and land one source's snapshots."""
    del source_id
    intake.land_source(run, source)


@task(**OPTIONS)
def report(summary: Summary, properties: pl.DataFrame) -> None:
    """Leave the run summary and the property table as artifacts with Prefect."""
    columns = ("property_id", "label_en", "unit", "p25", "p50", "p75", "essay_p50", "actual_value", "status")
    table = properties.select(columns).to_dicts()
    create_table_artifact(key="gpt2030-properties", table=table, description=f"Edition {summary.edition_id}")
    create_markdown_artifact(key="gpt2030-property-table", markdown=properties_markdown(properties))
    create_markdown_artifact(key="gpt2030-run", markdown=summary.markdown())


@flow(name="refresh", task_runner=RUNNER, persist_result=False)
def refresh(
    only: list[str] | None = None,
    offline: bool = False,  # noqa: FBT001, FBT002 - a flow's parameters are set by name, from a form
    today: str | None = None,
    dry_run: bool = False,  # noqa: FBT001, FBT002 - the same
    check_all: bool = False,  # noqa: FBT001, FBT002 - the same
    *,
    wait: float = WAIT_SECONDS,
) -> Any:
    """Bring the warehouse and the published edition up to date; returns the run summary, its sentence as the message.

    `only` names sources to look at beside the embedded default; `offline` looks at nothing outside; `today` is the
    day to speak for, as 2026-11-22: text, because a schedule ships the flow to another process without the names its
    annotations refer to; with `dry_run` all is done on a copy that is thrown away;
    with `check_all` checks look at all rows, also where those that changed would do; whoever writes under the home
    already is waited for `wait` seconds.
    """
    shut_out()
    request = Request(
        tuple(only or ()), is_offline=offline, is_dry_run=dry_run, is_checked_whole=check_all, wait_seconds=wait
    )
    with stopping.watching(), users_folder(), stopping.IfStopped(_stop_prefect):
        return _refresh(load_settings(), request, Clock.read(date.fromisoformat(today) if today else None))


def _refresh(settings: Settings, request: Request, clock: Clock) -> State[dict[str, Any]]:
    hush_libraries()
    guard_home(settings)
    with _home(settings, request) as home:
        with deadman.failing(settings, is_silent=request.is_dry_run or clock.is_replay):
            run, summary, properties = _run(settings, request, clock, home)
        stopping.note(summary.sentence())
        deadman.ended(run)
        telling.tell_prefect(run)
        _as_task(telling.deliver, run)
        _as_task(shared.share_edition, run)
        report(_whole(summary), properties)
        talk().info("%s", summary.sentence())
        return Completed(message=summary.sentence(), data=summary.as_json())


def _run(settings: Settings, request: Request, clock: Clock, home: Path) -> tuple[Run, Summary, pl.DataFrame]:
    """Do the work while the warehouse is held; it is let go of before alerts are sent, which may take their time."""
    with ExitStack() as afterwards, _opened(home, clock, request.wait_seconds) as warehouse:
        run = steps.begin(settings, request, clock, home, warehouse)
        try:
            properties = _work(run)
            return run, summarise(run), properties
        # A run that somebody stops is on record, too.
        except BaseException as error:
            ending.fail(run, error)
            if run.outcome == "failed":  # whoever stops a run does not want to wait for channels
                afterwards.callback(telling.deliver, run)
            raise


@contextmanager
def _opened(home: Path, clock: Clock, wait: float) -> Iterator[Warehouse]:
    stopping.note("it had not begun, the warehouse was not free yet")
    with stopping.at_once():  # it may have to wait for another run
        warehouse = Warehouse.open(home, now=clock.now, claim=claim("refresh", wait))
    stopping.note(None)
    with warehouse:
        yield warehouse


def _stop_prefect() -> None:
    """Tell Prefect of a stop in its own terms; the traceback it would log says nothing that is not on record."""
    logging.getLogger("prefect").setLevel(logging.CRITICAL)
    if stopping.asked() == signal.SIGTERM.name:
        raise TerminationSignal(signal.SIGTERM) from None


def _whole(value: T) -> T:
    """As a parameter of a task: Prefect would search all that hangs on it for results of other tasks, in vain."""
    return cast("T", opaque(value))


def _work(run: Run) -> pl.DataFrame:
    sources = {source_id: steps.build_source(source_id, run.settings) for source_id in steps.chosen_sources(run)}
    looks = _look_at_all(run, sources)
    stopping.check()
    work = _whole(run)
    keep(work, _whole(looks), _whole(sources))
    # One after the other: all land through one connection, which holds one transaction at a time.
    for source_id, source in sources.items():
        stopping.check()
        if intake.has_news(run, source_id):
            land(source_id, work, source)
    run.reader.close()
    return publish_landed(run, _as_task).properties


def _as_task(step: Callable[..., T], *given: object) -> T:
    """Do the next step as a task, unless somebody wants the run to stop: between two steps nothing is half done."""
    stopping.check()
    return task(step, **OPTIONS)(*(_whole(one) for one in given))


def _look_at_all(run: Run, sources: Mapping[str, Source]) -> list[Look]:
    """Look at all sources side by side; the answers keep the order of the sources."""
    web = steps.open_web(run)
    # What stands is read before the threads begin: the warehouse has one connection, which they would share.
    pending = [
        look.submit(
            source_id,
            _whole(source),
            _whole(steps.lookout(run, source_id, web)),
            steps.base_url(source, run.settings),
            _whole(in_force(run.warehouse, source_id, at=run.clock.now)),
        )
        for source_id, source in sources.items()
    ]
    return [one for future in pending for one in future.result()]


@contextmanager
def _home(settings: Settings, request: Request) -> Iterator[Path]:
    """The home to work in: the user's, or for a dry run a throw-away copy of its warehouse."""
    home = settings.home.resolve()
    if not request.is_dry_run:
        yield home
        return
    with TemporaryDirectory(prefix="gpt2030-dry-run-") as folder:
        if (home / WRITER_FILE).exists():
            # Copied as a file, it would lack what a killed run left in the log, and be torn while another writes.
            with (
                locked(home, claim("refresh --dry-run", request.wait_seconds)),
                Warehouse.open_file(home / WRITER_FILE) as warehouse,
            ):
                warehouse.write_copy(Path(folder) / WRITER_FILE)
        yield Path(folder)
