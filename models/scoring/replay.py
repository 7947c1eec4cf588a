"""Past origins replayed: every forecaster with the rows known then, scored against what the rows known now say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.forecasting import priors
from models.forecasting.forecasters import FORECASTERS, LEVEL_FORECASTERS
from models.forecasting.forecasts import at_levels
from models.forecasting.frontier import DAYS_PER_YEAR, Histories, histories
from models.forecasting.pool import draw_side_by_side
from models.forecasting.scales import BOUNDED, SATURATED_SHARE
from models.scoring.resolution import LEVEL, came_true
from models.scoring.rules import every_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from models.forecasting.forecasters import Forecaster
    from models.forecasting.pool import Learn
    from models.forecasting.priors import Priors, Shown
    from models.forecasting.scales import BoolArray, FloatArray, IntArray, Scales

# A task counts when there was something to forecast from and the series was still being measured at its end.
MIN_RECORDS: Final = 3
MIN_DATES: Final = 5
MIN_SPAN_YEARS: Final = 0.4
MAX_QUIET_YEARS: Final = 1.0
# Half-widths of the bins of the log score: percentage points, dex, and percent of the frontier for linear series.
BIN_WIDTHS: Final = (2.0, 0.05, 2.0)
DAYS_PER_MONTH: Final = DAYS_PER_YEAR / 12


@dataclass(frozen=True, slots=True)
class Tasks:
    """What all forecasters face: one item per series and origin with what was known there, one row per task.

    `table` has item, series_id, kind, direction, origin_date, horizon_months, target_date, truth, truth_date and
    truth_system_id; `years` (tasks) is how far ahead each looks.
    """

    past: Histories
    known: Priors
    table: pl.DataFrame
    years: FloatArray

    @property
    def item(self) -> IntArray:
        """The item of each task."""
        return self.table["item"].cast(pl.Int64).to_numpy()

    def part(self, direction: str) -> Tasks:
        """The tasks on record series, or on levels."""
        wanted = self.table["direction"] == direction
        return Tasks(self.past, self.known, self.table.filter(wanted), self.years[wanted.to_numpy()])


def shown(rows: pl.DataFrame, series: pl.DataFrame, origins: Sequence[date]) -> Shown:
    """What the series have to teach each other at every origin: what `replayed` learns its priors from."""
    items = _at_origins(series, origins)
    return priors.shown(histories(rows, items), _group(items))


def replayed(
    rows: pl.DataFrame,
    series: pl.DataFrame,
    origins: Sequence[date],
    horizons: Sequence[int],
    today: date | None,
    *,
    learn: Learn = priors.learn,
) -> Tasks:
    """Every task (series, origin, horizon in months) that the rows known then and now allow.

    `rows` has series_id, system_id, observation_date, known_date and value; `series` the columns of contract
    core.series that matter: series_id, scale, unit, direction, chance_share, ceiling_share. Priors at an origin see
    only rows known by then; `learn` supplies them.
    """
    items = _at_origins(series, origins)
    past = histories(rows, items)
    # From all items, before the tasks are picked: what makes a task must not decide what a prior has seen.
    known = learn(past, _group(items))
    able = items.with_row_index("item").filter(pl.Series(eligible(past, (items["direction"] == LEVEL).to_numpy())))
    months = pl.DataFrame({"horizon_months": horizons}, schema={"horizon_months": pl.Int64})
    later = pl.col("origin_date").dt.offset_by(pl.format("{}mo", "horizon_months"))
    # From month end to month end: half a year after 30 June is 31 December, on which many rows are dated, not the 30th.
    is_end = pl.col("origin_date") == pl.col("origin_date").dt.month_end()
    due = able.join(months, how="cross").with_columns(
        target_date=pl.when(is_end).then(later.dt.month_end()).otherwise(later)
    )
    table = _table(came_true(due, rows, today))
    return _renumbered(past, known, table, table["horizon_months"].to_numpy() / 12)


def posed(
    rows: pl.DataFrame, series: pl.DataFrame, questions: pl.DataFrame, today: date, *, is_refit: bool = False
) -> Tasks:
    """The tasks that somebody's forecasts pose: `questions` has series_id, origin_date and target_date.

    Priors are learnt only where ours are to be refitted for the same tasks; to score what was said takes none.
    """
    # One item per series and day, however many ask: an item given twice would be learnt from twice.
    distinct = questions.select("series_id", "origin_date").unique().sort("series_id", "origin_date")
    items = _items(series).join(distinct, on="series_id", how="inner", maintain_order="right")
    past = histories(rows, items)
    days = (pl.col("target_date") - pl.col("origin_date")).dt.total_days()
    numbered = items.with_row_index("item").join(questions.unique(), on=["series_id", "origin_date"])
    due = numbered.filter(days > 0).with_columns(horizon_months=(days / DAYS_PER_MONTH).round().cast(pl.Int64))
    table = _table(came_true(due, rows, today))
    years = (table["target_date"] - table["origin_date"]).dt.total_days().cast(pl.Float64).to_numpy() / DAYS_PER_YEAR
    known = _learnt(rows, series, items) if is_refit else priors.usual(past, np.zeros(past.count, dtype=np.int64))
    return Tasks(past, known, table, years)


def _learnt(rows: pl.DataFrame, series: pl.DataFrame, items: pl.DataFrame) -> Priors:
    """Priors of the items, learnt from every series at their origins, also from those that nobody asks about."""
    origins = items.select("origin_date").unique().sort("origin_date")
    # Learnt from the asked-about alone, a forecast would depend on what else is asked.
    whole = _items(series).join(origins, how="cross").with_row_index("place")
    known = priors.learn(histories(rows, whole.drop("place")), _group(whole))
    keys = ["series_id", "origin_date"]
    place = items.select(keys).join(whole.select(*keys, "place"), on=keys, maintain_order="left")["place"]
    return known.take(place.cast(pl.Int64).to_numpy())


def score_all(
    tasks: Tasks, forecasters: Mapping[str, Forecaster] = FORECASTERS, levels: Sequence[float] = ()
) -> pl.DataFrame:
    """One row per forecaster and task: the task, what was forecast, and every score.

    With `levels`, the column `quantiles` holds what was forecast at each, in the unit of the series.

    Scores are in percent of the ceiling (bounded), dex (log) or percent of the frontier (linear); NaN where the
    forecaster needs more rows than there were.
    """
    parts = [(tasks.part("max"), forecasters)]
    if (tasks.table["direction"] == LEVEL).any():
        parts.append((tasks.part(LEVEL), {name: LEVEL_FORECASTERS[name] for name in forecasters}))
    scored = [one for part, ways in parts for one in _scored(part, ways, levels)]
    return pl.concat(scored) if scored else tasks.table.clear()


def half_widths(scales: Scales) -> FloatArray:
    """Half-width of the bin of the log score for each item of `scales`."""
    return np.array(BIN_WIDTHS)[scales.kind]


def eligible(past: Histories, is_level: BoolArray) -> BoolArray:
    """Which items gave enough to forecast from, shape (items); a level needs no records and no room above it."""
    every = np.ones(len(past.item), dtype=bool)
    # Ten systems tested on one day are one day: they say nothing about how the series moves.
    new_day = np.diff(past.years, prepend=-np.inf) != 0
    dates = past.total(new_day | past.is_first)
    newest = past.highest(past.years, every, -np.inf)
    share = np.where(past.scales.kind == BOUNDED, past.scales.share(past.frontier_value), 0.0)
    rules = (
        is_level | (past.total(past.is_record) >= MIN_RECORDS),
        dates >= MIN_DATES,
        past.span >= MIN_SPAN_YEARS,
        newest >= -MAX_QUIET_YEARS,
        is_level | (np.nan_to_num(share, nan=1.0) < SATURATED_SHARE),
    )
    return np.asarray(np.logical_and.reduce(rules))


def _items(series: pl.DataFrame) -> pl.DataFrame:
    columns = ("series_id", "scale", "unit", "direction", "chance_share", "ceiling_share")
    return series.select(columns).sort("series_id")


def _at_origins(series: pl.DataFrame, origins: Sequence[date]) -> pl.DataFrame:
    return _items(series).join(pl.DataFrame({"origin_date": origins}, schema={"origin_date": pl.Date}), how="cross")


def _group(items: pl.DataFrame) -> IntArray:
    return items["origin_date"].rank("dense").cast(pl.Int64).to_numpy() - 1


def _table(answered: pl.DataFrame) -> pl.DataFrame:
    return answered.sort("series_id", "origin_date", "target_date").select(
        "item", "series_id", "origin_date", "horizon_months", "target_date", "truth", "truth_date", "truth_system_id",
        "direction", kind="scale",
    )  # fmt: skip


def _renumbered(past: Histories, known: Priors, table: pl.DataFrame, years: FloatArray) -> Tasks:
    """The same tasks without the items that none of them is about: most origins of most series."""
    used, number = np.unique(table["item"].cast(pl.Int64).to_numpy(), return_inverse=True)
    return Tasks(past.take(used), known.take(used), table.with_columns(item=pl.Series(number, dtype=pl.Int64)), years)


def _scored(tasks: Tasks, forecasters: Mapping[str, Forecaster], levels: Sequence[float]) -> Iterator[pl.DataFrame]:
    horizons, column = np.unique(tasks.years, return_inverse=True)
    item, past = tasks.item, tasks.past
    scales, frontier = past.scales.take(item), past.frontier_value[item]
    truth = tasks.table["truth"].to_numpy()
    known = tasks.table.drop("item").with_columns(
        record_count=pl.Series(past.total(past.is_record)[item], dtype=pl.Float64).cast(pl.Int64),
        is_new_record=pl.Series(truth > frontier),
        frontier=pl.Series(frontier, dtype=pl.Float64),
    )
    # In natural units one series counted in FLOP would outweigh all others of its cell.
    target, bins = scales.to_score(truth), half_widths(scales)
    for name, drawn in draw_side_by_side(past, tasks.known, horizons, forecasters).items():
        samples = drawn.samples[item, column]
        numbers = {
            "median": at_levels(samples, (0.5,))[:, 0],
            **every_score(scales.to_score(samples), target, bins),
            "no_record_share": drawn.no_record_share[item, column],
        }
        columns = [pl.Series(metric, values, dtype=pl.Float64) for metric, values in numbers.items()]
        if levels:
            shape = pl.Array(pl.Float64, len(levels))
            columns.append(pl.Series("quantiles", at_levels(samples, levels), dtype=shape).arr.to_list())
        yield known.with_columns(*columns, forecaster_id=pl.lit(name))
