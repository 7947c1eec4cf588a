"""What came of a forecast: the value of a series on a past day, from the rows known now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from models.forecasting.frontier import STILL_OBSERVED_DAYS, records

if TYPE_CHECKING:
    from datetime import date

LEVEL: Final = "level"


def came_true(asked: pl.DataFrame, rows: pl.DataFrame, today: date | None = None) -> pl.DataFrame:
    """Add to each question what the rows say came of it; questions that nobody can answer yet are dropped.

    `asked` has series_id, target_date and direction (max or level) beside whatever else; `rows` has series_id,
    observation_date, value and system_id. A record series answers with its highest value dated by the target day, a
    level with its newest reading; either way a row dated at most STILL_OBSERVED_DAYS before the target day (or later)
    must show that the series was still measured. Target days after `today` have no answer. Adds truth, truth_date and
    truth_system_id.
    """
    order = ["series_id", "observation_date", "value", "system_id"]
    sorted_rows = rows.select(order).filter(pl.col("value").is_finite()).sort(order)
    due = asked if today is None else asked.filter(pl.col("target_date") <= today)
    is_level = pl.col("direction") == LEVEL
    answered = [_records(due.filter(~is_level), sorted_rows), _readings(due.filter(is_level), sorted_rows)]
    return pl.concat(answered)


def _records(due: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    # All rows instead of records: the newest that only repeats the frontier would be named as the one that set it.
    frontier = (
        records(rows)
        .filter("is_record")
        .select(
            "series_id",
            truth="value",
            day="observation_date",
            truth_date="observation_date",
            truth_system_id="system_id",
        )
    )
    ends = rows.group_by("series_id").agg(end=pl.col("observation_date").max())
    measured = due.join(ends, on="series_id", how="left").filter(
        pl.col("end") >= pl.col("target_date") - pl.duration(days=STILL_OBSERVED_DAYS)
    )
    return _newest(measured.drop("end"), frontier)


def _readings(due: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    # Several systems may be read on one day: their median is the level of that day.
    days = rows.group_by("series_id", day="observation_date").agg(
        truth=pl.col("value").median(), truth_date=pl.col("observation_date").last(),
        truth_system_id=pl.col("system_id").sort().last(),
    )  # fmt: skip
    found = _newest(due, days.select("series_id", "truth", "day", "truth_date", "truth_system_id"))
    is_fresh = pl.col("truth_date") >= pl.col("target_date") - pl.duration(days=STILL_OBSERVED_DAYS)
    return found.filter(is_fresh)


def _newest(due: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    # Both sides are sorted here: polars cannot check the order itself where there are groups (`by`).
    found = due.sort("target_date").join_asof(
        answers.sort("day", "truth"), left_on="target_date", right_on="day", by="series_id", check_sortedness=False
    )
    return found.drop("day", strict=False).drop_nulls("truth")
