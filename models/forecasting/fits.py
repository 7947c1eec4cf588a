"""What was fitted and what could not be: one row of contract core.fit per series, with a typed status and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from models.digits import all_kept
from models.forecasting.frontier import DAYS_PER_YEAR
from models.forecasting.scales import BOUNDED, LINEAR, LOG, SATURATED_SHARE
from models.forecasting.trends import through_recent, through_records, through_rows

if TYPE_CHECKING:
    from datetime import date

    from models.forecasting.frontier import Histories
    from models.forecasting.priors import Priors
    from models.forecasting.scales import BoolArray, FloatArray

# A declared end (retired, frozen, historic, saturated) counts once the rows have stopped for this long; before that,
# a forecast as of an earlier day would know how the series ended.
QUIET_DAYS: Final = 365
CLOSED: Final = ("saturated", "retired", "frozen", "historic")
FEW_RECORDS: Final = 3
# Growth by factors has no end that its own rows could show: people and power plants are not in them.
NO_CAP: Final = "no cap: growth by factors goes on for as long as asked"
# The statuses under which there is a forecast.
OPEN: Final = ("fitted", "prior_driven")
COLUMNS: Final = (
    "forecaster_id", "series_id", "origin_date", "row_count", "record_count", "first_date", "last_date",
    "frontier_value", "frontier_system_id", "drift_per_year", "drift_std_error", "residual_sd", "remembered_count",
    "status", "reason",
)  # fmt: skip


class FitGrounds(NamedTuple):
    """What decides whether a series can be forecast."""

    rows: int
    records: int
    share: float
    quiet_days: float
    newest: date | None
    declared: str
    has_draws: bool
    has_no_cap: bool


def verdict(fact: FitGrounds) -> tuple[str, str | None]:
    """Status and reason of one series."""
    if fact.rows == 0:
        return "no_rows", "no usable row known at the origin"
    if fact.share >= SATURATED_SHARE:
        return "saturated", f"the frontier stands at {fact.share:.1%} of the range: what is left is noise"
    if fact.declared in CLOSED and fact.quiet_days > QUIET_DAYS:
        return "frozen", f"declared {fact.declared}, and no row since {fact.newest}"
    if not fact.has_draws:
        return "too_few_rows", f"{_counted(fact)}: this forecaster needs more"
    return ("prior_driven" if fact.records < FEW_RECORDS else "fitted"), _remark(fact)


def _remark(fact: FitGrounds) -> str | None:
    few = f"{_many(fact.records, 'record')}: mostly what comparable series did"
    # The day and not how long ago: a remark that said another number every day was written anew every day.
    quiet = f"no row since {fact.newest}: forecast as if still measured"
    said = ((few, fact.records < FEW_RECORDS), (quiet, fact.quiet_days > QUIET_DAYS), (NO_CAP, fact.has_no_cap))
    return "; ".join(text for text, holds in said if holds) or None


def _counted(fact: FitGrounds) -> str:
    return f"{_many(fact.rows, 'row')}, {_many(fact.records, 'record')}"


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def table(
    past: Histories, priors: Priors, series: pl.DataFrame, has_draws: BoolArray, *, is_level: bool
) -> pl.DataFrame:
    """The rows of core.fit (without edition, forecaster and origin) for the items of `past`, in their order."""
    line = through_recent(past, priors) if is_level else through_rows(past, priors)
    scatter = line.spread if is_level else through_records(past, priors).spread
    size = np.where(past.scales.kind == LINEAR, past.scales.unit, 1.0)
    rows, records = _counts(past)
    # A level has no records: every reading is evidence of it.
    # A left join: a series without any row gets its line, too, and says why there is no forecast.
    named = (
        series.select("series_id", "status").with_row_index("item").join(_names(past, is_level), on="item", how="left")
    )
    known = named.sort("item")
    judged = [verdict(fact) for fact in _facts(past, known, rows if is_level else records, has_draws)]
    numbers: dict[str, FloatArray] = {
        "row_count": rows,
        "record_count": records,
        # A record is a fact, and keeps all of its digits.
        "frontier_value": all_kept(past.scales.to_unit(line.level)) if is_level else past.frontier_value,
        "drift_per_year": all_kept(line.slope * size),
        "drift_std_error": all_kept(line.slope_error * size),
        "residual_sd": all_kept(scatter * size),
    }
    typed: dict[str, list[str | None]] = {
        "status": [status for status, _ in judged],
        "reason": [reason for _, reason in judged],
    }
    return known.drop("status").with_columns(
        *(_column(name, values, rows) for name, values in numbers.items()),
        *(pl.Series(name, values, dtype=pl.String) for name, values in typed.items()),
        pl.col("remembered_count").fill_null(0),
    )


def _column(name: str, values: FloatArray, rows: FloatArray) -> pl.Series:
    if name.endswith("_count"):
        return pl.Series(name, values.astype(np.int64))
    # Without rows the numbers are only the prior's: they must not look like a fit.
    return pl.Series(name, np.where(rows > 0, values, np.nan), dtype=pl.Float64, nan_to_null=True)


def _counts(past: Histories) -> tuple[FloatArray, FloatArray]:
    return past.total(np.ones(len(past.item))), past.total(past.is_record)


def _names(past: Histories, is_level: bool) -> pl.DataFrame:  # noqa: FBT001
    # Not the last row: within a day the best comes first.
    newest = pl.col("system_id").get(pl.col("observation_date").arg_max())
    best = pl.col("system_id").filter(pl.col("is_record")).last()
    return past.frame.group_by("item").agg(
        first_date=pl.col("observation_date").first(),
        last_date=pl.col("observation_date").last(),
        frontier_system_id=newest if is_level else best,
        remembered_count=(pl.col("evidence") == "remembered").sum().cast(pl.Int64),
    )


def _facts(past: Histories, series: pl.DataFrame, records: FloatArray, has_draws: BoolArray) -> list[FitGrounds]:
    share = np.where(past.scales.kind == BOUNDED, past.scales.share(past.frontier_value), 0.0)
    newest = past.highest(past.years, np.ones(len(past.item), dtype=bool), -np.inf)
    rows = past.total(np.ones(len(past.item)))
    quiet = (-newest * DAYS_PER_YEAR).tolist()
    columns = (
        rows.astype(int).tolist(), records.astype(int).tolist(), share.tolist(), quiet, series["last_date"].to_list(),
        series["status"].to_list(), has_draws.tolist(), (past.scales.kind == LOG).tolist(),
    )  # fmt: skip
    return [FitGrounds(*fact) for fact in zip(*columns, strict=True)]
