"""The series of a home put to the backtest: as known on each day of the past, month by month."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from models.forecasting.forecasters import FORECASTERS
from models.scoring.backtest import month_ends
from models.scoring.replay import replayed, score_all
from models.scoring.table import FIRST_ORIGIN
from warehouse.corrections import declared_file, load_corrections
from warehouse.known import read_known
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from warehouse.known import Moment


def own_tasks(home: Path, horizons: Sequence[int], moment: Moment) -> pl.DataFrame:
    """One row per forecaster and task (series, month's end, horizon in months), as `models.scoring.backtest` has them.

    Reads the copy for readers: nobody waits for it. Unreadable when that cannot be read.
    """
    with Reader(home / READ_COPY_FILE) as reader:
        known, _ = read_known(reader, moment, load_corrections(declared_file(home)))
    # A 'best under any protocol' series holds the rows of its members: it would count the same news twice.
    series = known.series.filter(pl.col("members").is_null())
    origins = origins_until(moment.today)
    return score_all(replayed(known.observations, series, origins, horizons, moment.today), FORECASTERS)


def origins_until(day: date) -> list[date]:
    """The ends of all months that are over by a day."""
    return month_ends(FIRST_ORIGIN, day.replace(day=1) - timedelta(days=1), step_months=1)
