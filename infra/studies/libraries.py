"""The libraries of series that forecasters are judged on: where they lie, their cutoffs, how they are scored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from models.forecasting.forecasters import FORECASTERS, LAST_VALUE_ID
from models.scoring.backtest import backtest, month_ends
from models.scoring.rules import CELLS, relative_skill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.forecasting.forecasters import Forecaster

ROOT: Final = Path(__file__).resolve().parents[2]
FACTS: Final = ROOT.parent / "shared" / "facts"
ERA_FROM: Final = date(2021, 6, 1)
HORIZONS: Final = (6, 12, 24)
# A series of the late facts is used from this many dates and values of its frontier on.
LATE_DATES: Final = 5
LATE_RECORDS: Final = 3
# What is no series of its own: plans, sums over sites, older issues and second protocols of a series that is there.
LATE_LEFT_OUT: Final = (
    "planned", "tracked-sites", "metr/v1.0", "issue", "vintage-2026-09-28", "tier-4-v2", "gdpval/win-rate",
    "weekly-users-consumer", "run-rate-stated",
)  # fmt: skip
# Chance of benchmarks with answers to choose from, by what their name holds.
LATE_CHANCE: Final = {"gpqa": 0.25, "mmlu-pro": 0.1, "mmmu-pro": 0.1}


@dataclass(frozen=True, slots=True)
class Library:
    """Series to judge on: `read` gives the table of a backtest; `path` must be there for it.

    `is_alike` weighs each series alike within a cell, however many tasks it has.
    """

    name: str
    title: str
    path: Path
    read: Callable[[Path], pl.DataFrame]
    cutoffs: tuple[date, ...]
    is_alike: bool

    @property
    def is_at_hand(self) -> bool:
        """Whether its facts lie beside the checkout."""
        return self.path.exists()


def periods(
    library: Library,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
    horizons: Sequence[int] = HORIZONS,
) -> dict[str, pl.DataFrame]:
    """The tasks of a library by period, scored; a period without tasks is left out."""
    tasks = backtest(library.read(library.path), library.cutoffs, horizons, forecasters=forecasters)
    is_era = pl.col("origin_date") >= ERA_FROM
    parts = {"era": tasks.filter(is_era), "legacy": tasks.filter(~is_era)}
    return {name: part for name, part in parts.items() if part.height}


def weighed(tasks: pl.DataFrame, library: Library) -> pl.DataFrame:
    """The tasks themselves, or, where each series counts alike, their mean per forecaster, cell and series."""
    if not library.is_alike:
        return tasks
    return tasks.group_by("forecaster_id", *CELLS, "series_id").agg(pl.col("crps").mean())


def skill_of(tasks: pl.DataFrame, library: Library) -> dict[str, float]:
    """Relative skill of every forecaster against the last value, as the library weighs its series."""
    return dict(relative_skill(weighed(tasks, library), LAST_VALUE_ID).iter_rows())


def _table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, try_parse_dates=True)


def late_series(folder: Path) -> pl.DataFrame:
    """Every series of the late facts with enough dates and records, as a table for the backtest, by rule alone."""
    wanted = ["series", "date", "value", "unit", "date_kind"]
    parts = [pl.read_csv(path, infer_schema_length=0) for path in sorted(folder.glob("*.csv"))]
    rows = pl.concat([part.select(wanted) for part in parts if set(wanted) <= set(part.columns)])
    name, day = pl.col("series"), pl.col("date").str.to_date(strict=False)
    is_left_out = pl.any_horizontal(*(name.str.contains(word, literal=True) for word in LATE_LEFT_OUT))
    dated = (
        rows.with_columns(date=day, value=pl.col("value").cast(pl.Float64, strict=False))
        .filter(~is_left_out, pl.col("date_kind").fill_null("") != "forecast")
        .drop_nulls(["date", "value"])
        .sort("series", "date", "value")
    )
    frontier = pl.col("value").cum_max().over("series", "unit")
    counted = dated.with_columns(frontier=frontier).group_by("series", "unit").agg(
        dates=pl.col("date").n_unique(), records=pl.col("frontier").n_unique()
    )  # fmt: skip
    enough = counted.filter(pl.col("dates") >= LATE_DATES, pl.col("records") >= LATE_RECORDS)
    unit, chance = pl.col("unit"), pl.lit(0.0)
    for word, share in LATE_CHANCE.items():
        chance = pl.when(name.str.contains(word, literal=True)).then(share).otherwise(chance)
    is_linear = unit.is_in(["index", "elo"])
    kind = pl.when(unit == "share").then(pl.lit("bounded")).when(is_linear).then(pl.lit("linear")).otherwise(
        pl.lit("log")
    )  # fmt: skip
    return dated.join(enough, on=["series", "unit"], how="semi").select(
        "series", "date", "value", kind=kind, chance=chance, ceiling=pl.lit(1.0)
    )


LIBRARIES: Final = (
    Library(
        "chosen", "39 series of `backtest_series.csv`, on which members and pool were chosen",
        FACTS / "backtest_series.csv", _table, tuple(month_ends(date(2013, 6, 30), date(2025, 6, 30))), is_alike=False,
    ),
    Library(
        "unchosen", "79 series of `backtest_series_2.csv`, gathered without looking at any score",
        FACTS / "backtest_series_2.csv", _table, tuple(month_ends(date(2000, 6, 30), date(2025, 6, 30))), is_alike=True,
    ),
    Library(
        "late", "series of 2023 to 2026 made from the facts of late 2026 by the rule of `infra/studies/libraries.py`",
        FACTS / "late2026", late_series, tuple(month_ends(date(2023, 6, 30), date(2026, 3, 31), 3)), is_alike=True,
    ),
)  # fmt: skip
