"""What forecasting platforms showed, in hub form: a forecaster each, with nothing to say where nothing was shown."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from models.days import decimal_year
from models.forecasting.forecasts import HUB_KEYS
from models.properties.belief_rows import QUESTIONS
from models.properties.declared_inputs import COMPUTE_QUESTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    Row = Mapping[str, Any]

COMMUNITY_ID: Final = "metaculus-community"
MARKETS_ID: Final = "manifold-markets"
_FORECASTERS: Final[Mapping[str, str]] = {"metaculus": COMMUNITY_ID, "manifold": MARKETS_ID}
PLATFORM_IDS: Final = tuple(_FORECASTERS.values())
# Groups that ask for the best score by 30 June of a year, in percent; the year ends the title of each sub-question.
YEARLY: Final[Mapping[str, str]] = {
    "11675": "math/best-reported/any-protocol",
    "11676": "mmlu/full/any-protocol",
}
# "Before 2031": its last day.
COMPUTE_BY: Final = date(2030, 12, 31)
_BY_QUESTION: Final = {question.question_id: property_id for property_id, question in QUESTIONS.items()}


class Target(NamedTuple):
    """What a question asks for in our words: a series or a property, the day, and the factor to its unit."""

    target: str
    target_date: date | None
    factor: float


def target_of(question_id: str, title: str | None) -> Target | None:
    """The target of a question of Metaculus; None for questions that speak for nothing published here."""
    post = question_id.partition("/")[0]
    if post in YEARLY:
        year = (title or "").strip()[-4:]
        return Target(YEARLY[post], date(int(year), 6, 30), 0.01) if year.isdigit() else None
    if post not in _BY_QUESTION:
        return None
    return Target(_BY_QUESTION[post], COMPUTE_BY if post == COMPUTE_QUESTION else None, 1.0)


def community_hub(vintages: pl.DataFrame, *, is_newest_only: bool) -> pl.DataFrame:
    """Quantiles that were visible when they were recorded, contract core.forecast without edition_id.

    `vintages` holds all vintages of core.community_forecast up to the day. Of each question the newest is taken, or
    the first of every quarter; the day it was recorded is its origin. Days as values become decimal years. A lone
    probability is a point of a distribution (`cdf`): P(at most the threshold), or P(by the day).
    """
    is_quantile = pl.col("quantile").is_not_null()
    is_point = pl.col("target").is_not_null() & pl.col("value_text").is_null() & pl.col("value_number").is_not_null()
    shown = vintages.filter(
        pl.col("platform").is_in(list(_FORECASTERS)), pl.col("state") == "visible", is_quantile | is_point,
        ~pl.col("is_conditional"), ~pl.col("is_deleted"),
    )  # fmt: skip
    rows = [_row(row) for row in _chosen(shown, is_newest_only=is_newest_only).iter_rows(named=True)]
    schema = {
        "forecaster_id": pl.String, "target": pl.String, "origin_date": pl.Date, "target_date": pl.Date,
        "output_type": pl.String, "output_type_id": pl.String, "value": pl.Float64, "question_id": pl.String,
        "people": pl.Int64,
    }  # fmt: skip
    frame = pl.DataFrame([row for row in rows if row], schema=schema, orient="row").drop_nulls("value")
    # A question may stay open to forecasts beyond the day it asks about: those are no forecasts.
    is_ahead = pl.col("target_date").is_null() | (pl.col("target_date") > pl.col("origin_date"))
    quarter = pl.lit(None, pl.Date) if is_newest_only else pl.col("origin_date").dt.truncate("1q")
    return _once(frame.filter(is_ahead), quarter).select(HUB_KEYS)


def _once(frame: pl.DataFrame, quarter: pl.Expr) -> pl.DataFrame:
    """Of several questions of a platform about the same thing, the one that most people stand behind.

    Whenever each was last recorded: that is the day of its last move, and two would seldom share it.
    """
    point = pl.when(pl.col("output_type") == "cdf").then("output_type_id")
    asked = ["forecaster_id", "target", quarter, "target_date", "output_type", point]
    ranked = frame.with_row_index("place").sort("people", "question_id", descending=[True, False], nulls_last=True)
    # Together their quantiles would be a distribution that nobody has.
    return ranked.filter(pl.col("question_id") == pl.col("question_id").first().over(asked)).sort("place")


def _chosen(shown: pl.DataFrame, *, is_newest_only: bool) -> pl.DataFrame:
    """The rows in force at the moments that count, one moment per question (and quarter), as column `at`."""
    moments = shown.select("question_id", at="recorded_at").unique()
    quarter = pl.col("at").dt.truncate("1q")
    if is_newest_only:
        # A vintage that was superseded is not what the platform says now, even if nothing visible followed.
        standing = shown.filter(pl.col("superseded_at").is_null())
        return standing.with_columns(at=pl.col("recorded_at").max().over("question_id")).sort("question_id", "quantile")
    first = moments.group_by("question_id", quarter.alias("quarter")).agg(pl.col("at").min())
    return (
        # In force at the moment, not recorded at it: a quantile that did not change keeps its older row.
        shown.join(first, on="question_id")
        .filter(
            pl.col("recorded_at") <= pl.col("at"),
            pl.col("superseded_at").is_null() | (pl.col("superseded_at") > pl.col("at")),
        )
        .sort("question_id", "at", "quantile")
    )


def _row(row: Row) -> dict[str, object] | None:
    # A market says itself what it speaks for; what a question of Metaculus does, stands here.
    declared = Target(row["target"], row["target_date"], 1.0) if row["target"] is not None else None
    what = declared or target_of(str(row["question_id"]), row["title"])
    # Days on which a series passes a threshold are no values of the series.
    is_of_passing = row["quantile"] is not None and row["threshold_value"] is not None
    # A question may stay open to bets on what its day has settled.
    is_over = row["threshold_date"] is not None and row["threshold_date"] <= row["at"].date()
    if what is None or is_of_passing or is_over:
        return None
    kind, level, value = _output(row)
    return {
        "forecaster_id": _FORECASTERS[row["platform"]],
        "target": what.target,
        "origin_date": row["at"].date(),
        "target_date": what.target_date,
        "output_type": kind,
        "output_type_id": level,
        "value": value * what.factor if isinstance(value, float) else None,
        "question_id": row["question_id"],
        "people": row["forecaster_count"],
    }


def _output(row: Row) -> tuple[str, str, float | None]:
    """Output type, its id and value, as the hub has them."""
    if row["quantile"] is not None:
        day = row["value_date"]
        value = decimal_year(day) if isinstance(day, date) else row["value_number"]
        return "quantile", f"{row['quantile']:g}", value
    if row["threshold_date"] is not None:
        return "cdf", row["threshold_date"].isoformat(), row["value_number"]
    number = row["threshold_value"]
    text = f"{number:.6g}"
    # Rounded, "at least all of it" would become "more than all of it".
    return "cdf", text if float(text) == number else repr(number), 1 - row["value_number"]
