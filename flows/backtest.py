"""The flow `backtest`: every forecaster on every month of the past, of this home's series or of the user's own."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from flows import stopping
from flows.ask.backtest import months_of, read_series, total_table
from flows.ask.judging import Files, judge
from flows.ask.own_series import origins_until, own_tasks
from flows.ask.shards import SeriesQuestion
from flows.cluster import compute_by
from flows.progress import talk
from flows.settings import Clock, load_settings
from flows.sharing import guard_home
from flows.surroundings import shut_out, users_folder
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import polars as pl
    from prefect.client.schemas.objects import State

    from flows.settings import Settings

FOLDER: Final = "backtests"
# A quarter of a year, week by week; they can be made anew.
KEPT: Final = 12


@flow(name="backtest", persist_result=False)
def backtest(series: str | None = None, horizons: str = "6,12,24") -> Any:
    """Score every forecaster at the end of every month and leave the tasks under `backtests/` of the home.

    `series` is a file as `gpt2030 backtest --series` takes it, from the folder that the schedule was made in; without
    one, the series of the home are taken, each as known on the day. `horizons` are months ahead. Nothing else under
    the home is touched.
    """
    shut_out()
    with stopping.watching(), users_folder():
        settings = load_settings()
        home, clock = guard_home(settings), Clock.read(None)
        months = months_of(horizons)
        if series:
            return _users(Path(series), months, clock, settings)
        if not (home / READ_COPY_FILE).exists():
            return Completed(message="nothing is published yet, so there is nothing to look back on")
        tasks = own_tasks(home, months, clock)
        return _nothing() if tasks.is_empty() else _told(tasks, kept(tasks, home, clock.today))


def _users(path: Path, months: list[int], clock: Clock, settings: Settings) -> State[dict[str, int]]:
    given = read_series(path)
    for told in given.left_out:
        talk().warning("%s: %s", path, told)
    question = SeriesQuestion(tuple(origins_until(clock.today)), tuple(months))
    with room_for(settings.home, clock.today) as place:
        judged = judge(given.series, question, Files(place.beside), compute_by(settings.task_runner))
        if judged.tasks.is_empty():
            return _nothing()
    if judged.told:
        talk().info("%s", judged.told)
    return _told(judged.tasks, place.path)


def _nothing() -> State[dict[str, int]]:
    return Completed(message="no series is long enough to be judged")


def _told(tasks: pl.DataFrame, path: Path) -> State[dict[str, int]]:
    table = total_table(tasks)
    rows = table.fill_nan(None).to_dicts()  # JSON knows no NaN
    create_table_artifact(key="gpt2030-backtest", table=rows, description=f"{tasks.height} forecasts")
    said = f"{table.height} forecasters, {tasks.height} forecasts in {path}"
    talk().info("%s", said)
    return Completed(message=said, data={"forecasters": table.height, "forecasts": tasks.height})


def kept(tasks: pl.DataFrame, home: Path, day: date) -> Path:
    """Where the tasks of a day now lie, whole; the newest files stay, older ones go."""
    with room_for(home, day) as place:
        tasks.write_parquet(place.beside)
    return place.path


class DaysPlace(NamedTuple):
    """Where the tasks of a day are to lie, and where they are written until they are whole."""

    path: Path
    beside: Path


@contextmanager
def room_for(home: Path, day: date) -> Iterator[DaysPlace]:
    """Inside, the tasks of a day are written beside their place; afterwards they are there, and the oldest files go."""
    path = home / FOLDER / f"{day}.parquet"
    path.parent.mkdir(exist_ok=True)
    place = DaysPlace(path, path.with_suffix(".tmp"))
    yield place
    if place.beside.exists():
        place.beside.replace(path)
    for old in sorted(path.parent.glob("*.parquet"))[:-KEPT]:
        old.unlink(missing_ok=True)
