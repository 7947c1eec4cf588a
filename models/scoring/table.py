"""How good every forecaster was on everything that has resolved: the rows of contract out.score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from models.forecasting.forecasters import FORECASTERS
from models.scoring.backtest import month_ends
from models.scoring.community import PLATFORM_IDS
from models.scoring.essay import ESSAY_ID
from models.scoring.hub_scores import DATE, score_dates, score_rows, score_series
from models.scoring.points import BRIER, EVENT, PROBABILITY, score_events, score_ours, score_points
from models.scoring.replay import posed, replayed, score_all

if TYPE_CHECKING:
    from collections.abc import Sequence

HORIZONS: Final = (6, 12, 24)
FIRST_ORIGIN: Final = date(2021, 6, 30)
# What a score rests on: recorded here before it came true; said by an edition that was made here later for a day gone
# by; said elsewhere before it came true; refitted by today's code as of that day. The second and the last are no
# evidence that anybody could have known the code.
PUBLISHED: Final = "published"
REPLAYED: Final = "replayed"
STATED: Final = "stated"
RETROSPECTIVE: Final = "retrospective"
METRICS: Final = (
    "crps", "wis", "wis_dispersion", "wis_underprediction", "wis_overprediction", "log_score", "coverage_50",
    "coverage_80", "coverage_90",
)  # fmt: skip
# Who states things that stand in editions without being of ours; stated forecasters beside these.
STATERS: Final = (ESSAY_ID, *PLATFORM_IDS)
_KEY: Final = ("forecaster_id", "target", "origin_date", "target_date", "basis")
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Evidence:
    """What scoring reads, all of it known on `day`.

    `rows` has the columns of core.observation that forecasting uses, `series` is core.series; `published` is
    core.forecast of earlier editions made on their day, `replays` of those made later, `stated` hub rows of what
    others said: the essay, platforms, stated forecasters; `happened` has target, truth (decimal year), truth_date and
    truth_system_id of events that have come to pass; `resolved` the same and unit and target_date of rows of the table
    whose day has come.
    """

    day: date
    rows: pl.DataFrame
    series: pl.DataFrame
    published: pl.DataFrame
    replays: pl.DataFrame
    stated: pl.DataFrame
    happened: pl.DataFrame
    resolved: pl.DataFrame


def score(evidence: Evidence) -> pl.DataFrame:
    """Rows of contract out.score without edition_id: one per forecaster, target, days, basis and metric."""
    # What others stated stands in editions, too: scored from there as well, it would count twice.
    others = {*STATERS, *evidence.stated["forecaster_id"]}
    ours = ~pl.col("forecaster_id").is_in(others)
    found = [
        (RETROSPECTIVE, _retrospective(evidence)),
        (RETROSPECTIVE, _beside_statements(evidence)),
        (PUBLISHED, _of_hub(evidence, evidence.published.filter(ours))),
        (REPLAYED, _of_hub(evidence, evidence.replays.filter(ours))),
        (STATED, _of_hub(evidence, evidence.stated)),
    ]
    known = (evidence.rows, evidence.series, evidence.day)
    lone = [
        (RETROSPECTIVE, score_ours(evidence.stated, *known)),
        (STATED, score_points(evidence.stated, *known)),
        (STATED, score_events(evidence.stated, evidence.happened, evidence.day)),
    ]
    tables = [_tidy(table.filter(pl.col("crps").is_finite()), basis, METRICS) for basis, table in found]
    points = [_tidy(table, basis, (BRIER,)) for basis, table in lone]
    # A statement made on a half-yearly origin may pose a task that stands in the first table already. That table's
    # score stays: its priors count news once, the other's also learn from series that pool the rows of others.
    every = [_long(pl.concat(some).unique(_KEY, keep="first", maintain_order=True)) for some in (tables, points)]
    return pl.concat(every).sort("basis", "forecaster_id", "target", "origin_date", "target_date", "metric")


def settled(properties: pl.DataFrame, target_date: date) -> pl.DataFrame:
    """Of the property table, the quantities whose day has come, as `Evidence.resolved`."""
    is_over = (pl.col("status") == "resolved") & (pl.col("unit") != "year") & (pl.col("actual_state") == "value")
    return properties.filter(is_over, pl.col("actual_value").is_not_null()).select(
        "unit", target="property_id", target_date=pl.lit(target_date), truth="actual_value", truth_date="actual_date",
        truth_system_id="actual_note",
    )  # fmt: skip


def happened(properties: pl.DataFrame) -> pl.DataFrame:
    """Of the property table, the events that have come to pass, as `Evidence.happened`."""
    is_past = (pl.col("unit") == "year") & (pl.col("actual_state") == "value") & pl.col("actual_value").is_not_null()
    return properties.filter(is_past, pl.col("actual_date").is_not_null()).select(
        target="property_id", truth="actual_value", truth_date="actual_date", truth_system_id="actual_note"
    )


def _retrospective(evidence: Evidence) -> pl.DataFrame:
    origins: Sequence[date] = month_ends(FIRST_ORIGIN, evidence.day)
    # A 'best under any protocol' series holds the rows of its members: it would count the same news twice.
    series = evidence.series.filter(pl.col("members").is_null())
    return score_all(replayed(evidence.rows, series, origins, HORIZONS, evidence.day), FORECASTERS)


def _beside_statements(evidence: Evidence) -> pl.DataFrame:
    """Our forecasters on the very tasks that others' statements pose, or nothing could be compared."""
    about = evidence.stated.filter(pl.col("target").is_in(evidence.series["series_id"].implode()))
    questions = about.select("origin_date", "target_date", series_id="target").drop_nulls().unique()
    return score_all(posed(evidence.rows, evidence.series, questions, evidence.day, is_refit=True), FORECASTERS)


def _of_hub(evidence: Evidence, hub: pl.DataFrame) -> pl.DataFrame:
    columns = ("forecaster_id", "series_id", *_KEY[2:4], "horizon_months", "kind", "truth", "truth_date",
               "truth_system_id", *METRICS)  # fmt: skip
    on_series = score_series(hub, evidence.rows, evidence.series, evidence.day)
    on_dates = score_dates(hub, evidence.happened)
    on_rows = score_rows(hub, evidence.resolved)
    return pl.concat([table.select(columns) for table in (on_series, on_dates, on_rows)])


def _tidy(table: pl.DataFrame, basis: str, metrics: Sequence[str]) -> pl.DataFrame:
    # By text: rounded as numbers some come out as 4.9999999999999994e26.
    said = pl.Series([repr(float(f"{truth:.4g}")) for truth in table["truth"]], dtype=pl.String)
    number = pl.format("resolved to {} on {}", said, "truth_date")
    is_event = (pl.col("kind") == DATE) | (pl.col("kind") == EVENT)
    came = pl.when(is_event).then(pl.format("happened on {}", "truth_date")).otherwise(number)
    came = pl.when(pl.col("truth").is_infinite()).then(pl.lit("had not happened by then")).otherwise(came)
    return table.select(
        "forecaster_id", "origin_date", "target_date", "horizon_months", *metrics, target="series_id",
        scale=pl.when(pl.col("kind") == EVENT).then(pl.lit(PROBABILITY)).otherwise("kind"),
        basis=pl.lit(basis),
        detail=pl.concat_str(came, "truth_system_id", separator=", ", ignore_nulls=True),
    )  # fmt: skip


def _long(table: pl.DataFrame) -> pl.DataFrame:
    about = [*_KEY, "scale", "horizon_months", "detail"]
    metrics = [name for name in table.columns if name not in about]
    rows = table.unpivot(metrics, index=about, variable_name="metric", value_name="value")
    # What it resolved to is the same for every metric and is said once.
    detail = pl.when(pl.col("metric") == metrics[0]).then("detail")
    return rows.filter(pl.col("value").is_finite()).with_columns(pl.col("value").round_sig_figs(_DIGITS), detail)
