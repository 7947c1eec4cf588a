"""The flow `backtest`: every forecaster on every month of the past, of this home's series or of the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from flows import stopping
from flows.ask.backtest import months_of, read_series, total_table
from flows.ask.own_series import own_tasks, user_tasks
from flows.progress import talk
from flows.settings import Clock, load_settings
from flows.sharing import guard_home
from flows.surroundings import shut_out, users_folder
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from datetime import date

    import polars as pl
    from prefect.client.schemas.objects import State

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
            given = read_series(Path(series))
            for told in given.left_out:
                talk().warning("%s: %s", series, told)
            tasks = user_tasks(given.series, months, clock.today)
        elif (home / READ_COPY_FILE).exists():
            tasks = own_tasks(home, months, clock)
        else:
            return Completed(message="nothing is published yet, so there is nothing to look back on")
        return _told(tasks, home, clock.today)


def _told(tasks: pl.DataFrame, home: Path, day: date) -> State[dict[str, int]]:
    if tasks.is_empty():
        return Completed(message="no series is long enough to be judged")
    path, table = kept(tasks, home, day), total_table(tasks)
    rows = table.fill_nan(None).to_dicts()  # JSON knows no NaN
    create_table_artifact(key="gpt2030-backtest", table=rows, description=f"{tasks.height} forecasts")
    said = f"{table.height} forecasters, {tasks.height} forecasts in {path}"
    talk().info("%s", said)
    return Completed(message=said, data={"forecasters": table.height, "forecasts": tasks.height})


def kept(tasks: pl.DataFrame, home: Path, day: date) -> Path:
    """Where the tasks of a day now lie, whole; the newest files stay, older ones go."""
    path = home / FOLDER / f"{day}.parquet"
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".tmp")
    tasks.write_parquet(beside)
    beside.replace(path)
    for old in sorted(path.parent.glob("*.parquet"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path
