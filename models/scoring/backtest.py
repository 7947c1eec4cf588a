"""The backtest: every forecaster at past origins, with the rows dated by then, against what the frontier did next."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from models.forecasting import priors
from models.forecasting.forecasters import FORECASTERS, LAST_VALUE_ID, Forecaster
from models.forecasting.scales import KINDS
from models.scoring import replay
from models.scoring.replay import replayed, score_all
from models.scoring.rules import NOMINAL, relative_skill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models.forecasting.pool import Learn
    from models.forecasting.priors import Shown

COLUMNS: Final = ("series", "kind", "chance", "ceiling", "date", "value")


class UnusableSeries(ValueError):
    """The table handed to the backtest is not one of series."""


def month_ends(first: date, last: date, step_months: int = 6) -> list[date]:
    """Last days of every `step_months`-th month from that of `first` to that of `last`, both included."""
    # Counted in months: adding a number of days would drift through the year.
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month, step_months)
    return [date(m // 12, m % 12 + 1, calendar.monthrange(m // 12, m % 12 + 1)[1]) for m in months]


def backtest(
    series_frame: pl.DataFrame,
    cutoffs: Sequence[date],
    horizons: Sequence[int] = (6, 12, 24),
    *,
    forecasters: Mapping[str, Forecaster] = FORECASTERS,
    levels: Sequence[float] = (),
    learn: Learn = priors.learn,
) -> pl.DataFrame:
    """Score every forecaster on every task (series, cutoff, horizon in months) that the rows allow.

    `series_frame` has the columns of COLUMNS (kind: bounded, log or linear; chance and ceiling may be empty);
    UnusableSeries says what is wrong with it. Returns one row per forecaster and task: what was forecast, what came
    true, and the scores: in percent of the ceiling (bounded), dex (log) or percent of the frontier (linear). Rows are
    taken as known on their date; priors at a cutoff see only rows by then. With `levels`, `quantiles` holds what was
    forecast at each. `learn` supplies the priors: of some of many series, `priors.learnt_already`.
    """
    rows, series = _rows(series_frame), _series(series_frame)
    return score_all(replayed(rows, series, cutoffs, horizons, None, learn=learn), forecasters, levels)


def shown(series_frame: pl.DataFrame, cutoffs: Sequence[date]) -> Shown:
    """What these series have to teach the others at each cutoff: what `priors.pooled` adds up over parts of them."""
    return replay.shown(_rows(series_frame), _series(series_frame), cutoffs)


def require_usable(series_frame: pl.DataFrame) -> None:
    """UnusableSeries says what is wrong with a table that is not one of series."""
    _require_kinds(series_frame)
    _require_whole(series_frame)


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


def _require_kinds(series_frame: pl.DataFrame) -> None:
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


def _require_whole(series_frame: pl.DataFrame) -> None:
    # Rows of two kinds under one name would be fitted on the scale of whichever came first.
    ways = series_frame.group_by("series").agg(pl.col("kind", "chance", "ceiling").n_unique())
    torn = ways.filter(pl.any_horizontal(pl.col("kind", "chance", "ceiling") > 1))["series"].sort().to_list()
    if torn:
        raise UnusableSeries(
            f"series {', '.join(torn)} change kind, chance or ceiling between rows; give each one of each"
        )


def _rows(series_frame: pl.DataFrame) -> pl.DataFrame:
    _require_kinds(series_frame)
    dated = series_frame.select(
        series_id=pl.col("series").cast(pl.String),
        system_id=pl.lit(""),
        observation_date=pl.col("date").cast(pl.Date),
        known_date=pl.col("date").cast(pl.Date),
        value=pl.col("value").cast(pl.Float64),
    )
    # One value that is no number would make every sum of its series one.
    return dated.drop_nulls().filter(pl.col("value").is_finite())


def _series(series_frame: pl.DataFrame) -> pl.DataFrame:
    _require_whole(series_frame)
    # In the order of the names: how the file is sorted must not show in the result.
    single = series_frame.unique("series", keep="any", maintain_order=True).sort("series")
    return single.select(
        series_id=pl.col("series").cast(pl.String),
        scale="kind",
        unit=pl.lit("share"),
        direction=pl.lit("max"),
        chance_share=pl.col("chance").cast(pl.Float64),
        ceiling_share=pl.col("ceiling").cast(pl.Float64),
    )
