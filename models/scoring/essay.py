"""The essay as a stated forecaster in hub form, so that it is scored like any other."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from models.days import decimal_year, last_day_of_year
from models.forecasting.forecasts import HUB_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ESSAY_ID: Final = "essay-2023"
ESSAY_TARGET: Final = date(2030, 7, 1)
_LEVELS: Final[Mapping[str, str]] = {"p25": "0.25", "p50": "0.5", "p75": "0.75"}
# The essay's own human, not the assumption in force: what was said in 2023 must not move when that is edited.
_HUMAN_TOKENS_PER_SECOND: Final = 380 * 4 / 3 / 60


class OnSeries(NamedTuple):
    """A statement of the essay about a series: which one, for which day, and the factor to the series' unit."""

    series_id: str
    target_date: date
    factor: float


# Statements that a series can resolve. The crowd's "92 % by June 2025" is a day in the table and a score here.
ON_SERIES: Final[Mapping[str, OnSeries]] = {
    "speed.multiple": OnSeries("speed/flagship/any-method", ESSAY_TARGET, _HUMAN_TOKENS_PER_SECOND),
    "compute.train_flop": OnSeries("training-compute/language", ESSAY_TARGET, 1.0),
    "learn.dau": OnSeries("usage/chatgpt/daily-users", ESSAY_TARGET, 1.0),
}
MATH_IN_2025: Final = (OnSeries("math/best-reported/any-protocol", date(2025, 6, 30), 1.0), 0.92)


def essay_hub(numbers: pl.DataFrame) -> pl.DataFrame:
    """Forecasts of the essay, contract core.forecast without edition_id; `numbers` is core.essay_number.

    Rows are quantiles where it gives a range, and a median where it gives a point: a point is no distribution.
    Targets are the properties it forecasts for 2030, and the series that resolve some of them.
    """
    stated = numbers.filter(pl.col("role") == "forecast", ~pl.col("is_implied"), pl.col("p50").is_not_null())
    rows = [row for one in stated.iter_rows(named=True) for row in _statements(one)]
    on, value = MATH_IN_2025
    if "math.date_92pct" in stated["property_id"]:
        origin = stated.filter(property_id="math.date_92pct")["as_of_date"][0]
        rows.append(_row(on.series_id, origin, on.target_date, ("median", None, value)))
    schema = {
        "forecaster_id": pl.String, "target": pl.String, "origin_date": pl.Date, "target_date": pl.Date,
        "output_type": pl.String, "output_type_id": pl.String, "value": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").select(HUB_KEYS)


def _statements(stated: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    on = ON_SERIES.get(stated["property_id"])
    for output in _outputs(stated):
        yield _row(stated["property_id"], stated["as_of_date"], ESSAY_TARGET, output)
        if on is not None:
            kind, level, value = output
            yield _row(on.series_id, stated["as_of_date"], on.target_date, (kind, level, value * on.factor))


def _outputs(stated: Mapping[str, Any]) -> list[tuple[str, str | None, float]]:
    if stated["unit"] == "year" and stated["p50"] == int(stated["p50"]):
        # As of others, for whom a year stands for its last day: counted from its first, the essay would seem nearer.
        return [("median", None, decimal_year(last_day_of_year(int(stated["p50"]))))]
    # Three equal quantiles would claim certainty and be scored for it.
    if stated["p25"] is None or stated["p75"] is None:
        return [("median", None, stated["p50"])]
    return [("quantile", level, stated[name]) for name, level in _LEVELS.items()]


def _row(target: str, origin: date, target_date: date, output: tuple[str, str | None, Any]) -> dict[str, Any]:
    kind, level, value = output
    return {
        "forecaster_id": ESSAY_ID, "target": target, "origin_date": origin, "target_date": target_date,
        "output_type": kind, "output_type_id": level, "value": value,
    }  # fmt: skip
