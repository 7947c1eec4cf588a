"""The backtest: every forecaster at past origins, with the rows dated by then, against what the frontier did next."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models import priors
from models.forecasters import FORECASTERS, LAST_VALUE_ID, Forecaster
from models.forecasts import HUB_LEVELS, at_levels
from models.frontier import Histories, histories
from models.pool import draw
from models.scales import BOUNDED, KINDS, SATURATED_SHARE
from models.scores import coverage, crps, log_score, pit_bounds, relative_skill, wis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.priors import Priors
    from models.scales import BoolArray, FloatArray, IntArray

COLUMNS: Final = ("series", "kind", "chance", "ceiling", "date", "value")
# A task counts when there was something to forecast from and the series was still being measured at its end.
MIN_RECORDS: Final = 3
MIN_DATES: Final = 5
MIN_SPAN_YEARS: Final = 0.4
MAX_QUIET_YEARS: Final = 1.0
STILL_OBSERVED_DAYS: Final = 60
# Half-widths of the bins of the log score: percentage points, dex, and percent of the frontier for linear series.
BIN_WIDTHS: Final = (2.0, 0.05, 2.0)
NOMINAL: Final = (50, 80, 90)


class UnusableSeries(ValueError):
    """The table handed to the backtest is not one of series."""


def month_ends(first: date, last: date, step_months: int = 6) -> list[date]:
    """Last days of every `step_months`-th month from that of `first` to that of `last`, both included."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month, step_months)
    return [date(m // 12, m % 12 + 1, calendar.monthrange(m // 12, m % 12 + 1)[1]) for m in months]


def backtest(
    series_frame: pl.DataFrame,
    cutoffs: Sequence[date],
    horizons: Sequence[int] = (6, 12, 24),
    *,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
) -> pl.DataFrame:
    """Score every forecaster on every task (series, cutoff, horizon in months) that the rows allow.

    `series_frame` has the columns of COLUMNS (kind: bounded, log or linear; chance and ceiling may be empty);
    UnusableSeries says what is wrong with it. Returns one row per forecaster and task: what was forecast, what came
    true, and the scores: in percent of the ceiling (bounded), dex (log) or percent of the frontier (linear). Rows are
    taken as known on their date; priors at a cutoff see only rows by then.
    """
    rows, series = _rows(series_frame), _series(series_frame)
    items = series.join(pl.DataFrame({"origin_date": cutoffs}, schema={"origin_date": pl.Date}), how="cross")
    past = histories(rows, items)
    known = priors.learn(past, _group(items))
    able = _eligible(past)
    tasks = _tasks(rows, items.with_row_index("item").filter(pl.Series(able)), horizons)
    chosen = np.flatnonzero(able)
    past, known = histories(rows, items.filter(pl.Series(able))), known.take(chosen)
    # Items are renumbered by eligibility; tasks still speak of all items.
    number = np.searchsorted(chosen, tasks["item"].to_numpy())
    scored = [_score(name, way, (past, known), tasks, number) for name, way in forecasters.items()]
    return pl.concat(scored) if scored else tasks.clear()


def summary(tasks: pl.DataFrame, baseline: str = LAST_VALUE_ID) -> pl.DataFrame:
    """One row per forecaster: relative skill against `baseline`, coverage, log score, P(no new record) and outcome."""
    skill = relative_skill(tasks, baseline)
    covered = [pl.col(f"coverage_{nominal}").mean() for nominal in NOMINAL]
    means = tasks.group_by("forecaster_id").agg(
        *covered,
        pl.col("log_score").mean(),
        pl.col("no_record_share").mean(),
        stayed_share=(~pl.col("is_new_record")).mean(),
        tasks=pl.len(),
    )
    return skill.join(means, on="forecaster_id").sort("relative_skill", "forecaster_id")


def _rows(series_frame: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in COLUMNS if name not in series_frame.columns]
    if missing:
        raise UnusableSeries(
            f"no column {', '.join(missing)} in the table of series (it has {', '.join(series_frame.columns)}); "
            f"a backtest needs {', '.join(COLUMNS)}"
        )
    wrong = sorted(set(series_frame["kind"].drop_nulls()) - set(KINDS))
    if wrong or series_frame["kind"].null_count():
        raise UnusableSeries(
            f"kind is {', '.join(wrong) or 'empty'} in some rows; it must be one of {', '.join(KINDS)}"
        )
    dated = series_frame.select(
        series_id=pl.col("series").cast(pl.String),
        observation_date=pl.col("date").cast(pl.Date),
        known_date=pl.col("date").cast(pl.Date),
        value=pl.col("value").cast(pl.Float64),
    )
    return dated.drop_nulls().filter(pl.col("value").is_finite())


def _series(series_frame: pl.DataFrame) -> pl.DataFrame:
    ways = series_frame.group_by("series").agg(pl.col("kind", "chance", "ceiling").n_unique())
    torn = ways.filter(pl.any_horizontal(pl.col("kind", "chance", "ceiling") > 1))["series"].sort().to_list()
    if torn:
        raise UnusableSeries(
            f"series {', '.join(torn)} change kind, chance or ceiling between rows; give each one of each"
        )
    single = series_frame.unique("series", keep="any", maintain_order=True).sort("series")
    return single.select(
        series_id=pl.col("series").cast(pl.String),
        scale="kind",
        unit=pl.lit("share"),
        chance_share=pl.col("chance").cast(pl.Float64),
        ceiling_share=pl.col("ceiling").cast(pl.Float64),
    )


def _group(items: pl.DataFrame) -> IntArray:
    return items["origin_date"].rank("dense").cast(pl.Int64).to_numpy() - 1


def _eligible(past: Histories) -> BoolArray:
    every = np.ones(len(past.item), dtype=bool)
    new_day = np.diff(past.years, prepend=-np.inf) != 0
    dates = past.total(new_day | past.is_first)
    newest = past.highest(past.years, every, -np.inf)
    share = np.where(past.scales.kind == BOUNDED, past.scales.share(past.frontier_value), 0.0)
    rules = (
        past.total(past.is_record) >= MIN_RECORDS,
        dates >= MIN_DATES,
        past.span >= MIN_SPAN_YEARS,
        newest >= -MAX_QUIET_YEARS,
        np.nan_to_num(share, nan=1.0) < SATURATED_SHARE,
    )
    return np.asarray(np.logical_and.reduce(rules))


def _tasks(rows: pl.DataFrame, items: pl.DataFrame, horizons: Sequence[int]) -> pl.DataFrame:
    ends = rows.group_by("series_id").agg(end=pl.col("observation_date").max())
    months = pl.DataFrame({"horizon_months": horizons}, schema={"horizon_months": pl.Int64})
    due = items.join(months, how="cross").join(ends, on="series_id")
    due = due.with_columns(target_date=pl.col("origin_date").dt.offset_by(pl.format("{}mo", "horizon_months")))
    due = due.filter(pl.col("end") >= pl.col("target_date") - pl.duration(days=STILL_OBSERVED_DAYS))
    best = rows.sort("series_id", "observation_date").with_columns(
        truth=pl.col("value").cum_max().over("series_id"), truth_date="observation_date"
    )
    due = due.sort("target_date").join_asof(
        best.select("series_id", "truth_date", "truth").sort("truth_date", "truth"),
        left_on="target_date", right_on="truth_date", by="series_id", check_sortedness=False,
    )  # fmt: skip
    return due.sort("series_id", "origin_date", "horizon_months").select(
        "item", "series_id", "origin_date", "horizon_months", "target_date", "truth", kind="scale"
    )


def _score(
    name: str, way: Forecaster, seen: tuple[Histories, Priors], tasks: pl.DataFrame, number: IntArray
) -> pl.DataFrame:
    months, column = np.unique(tasks["horizon_months"].to_numpy(), return_inverse=True)
    drawn = draw(*seen, months / 12, way)
    past = seen[0]
    scales, frontier = past.scales.take(number), past.frontier_value[number]
    samples, truth = scales.to_score(drawn.samples[number, column]), scales.to_score(tasks["truth"].to_numpy())
    parts = wis(at_levels(samples, HUB_LEVELS), truth)
    lower, upper = pit_bounds(samples, truth)
    numbers: dict[str, FloatArray] = {
        "frontier": frontier,
        "median": at_levels(drawn.samples[number, column], (0.5,))[:, 0],
        "crps": crps(samples, truth),
        "wis": parts.total,
        "dispersion": parts.dispersion,
        "underprediction": parts.underprediction,
        "overprediction": parts.overprediction,
        "log_score": log_score(samples, truth, np.array(BIN_WIDTHS)[scales.kind]),
        "pit_lower": lower,
        "pit_upper": upper,
        **{f"coverage_{nominal}": coverage(lower, upper, nominal / 100) for nominal in NOMINAL},
        "no_record_share": drawn.no_record_share[number, column],
    }
    return tasks.drop("item").with_columns(
        *(pl.Series(column_name, values, dtype=pl.Float64) for column_name, values in numbers.items()),
        record_count=pl.Series(past.total(past.is_record)[number], dtype=pl.Float64).cast(pl.Int64),
        forecaster_id=pl.lit(name),
        is_new_record=pl.Series(tasks["truth"].to_numpy() > frontier),
    )
