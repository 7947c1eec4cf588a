"""Years in which nothing changes: the field goes on as estimated, and every alert about it would be a false one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.changes.mixtures import units_of
from models.changes.size import comparable
from models.days import decimal_year
from models.forecasting.forecasts import HUB_LEVELS, at_levels
from models.forecasting.frontier import DAYS_PER_YEAR, histories
from models.forecasting.pool import ROW_COLUMNS, forecast
from models.forecasting.pooling import crowding, momentum, pace
from models.forecasting.priors import Priors, learn
from models.forecasting.record_process import record_process
from models.forecasting.trends import through_recent
from models.properties.arguments import todays_inputs
from models.properties.benchmark_rows import BENCHMARKS
from models.properties.context import choose
from models.properties.inputs import gather
from models.properties.propagation import complete, draws_of, levels

if TYPE_CHECKING:
    from collections.abc import Collection

    from models.forecasting.frontier import Histories
    from models.forecasting.scales import FloatArray, IntArray
    from models.properties.arguments import Inputs
    from models.properties.context import Context

WEEKS: Final = 52
# Ordinary rows keep coming as often, and as far below the frontier, as in these last years.
ORDINARY_YEARS: Final = 2.0
# Draws per row of the table: a false alarm needs no fourth digit.
DRAWS: Final = 512
_COPY: Final = "#"


@dataclass(frozen=True, slots=True)
class Field:
    """How a field goes on when nothing changes, per series (n): the plug-in estimates, without their uncertainty.

    With the uncertainty of the drift every surprise would be one that was expected, and no threshold would be low
    enough to notice anything (forecasting.md §3).
    """

    series_ids: tuple[str, ...]
    past: Histories
    priors: Priors
    records_per_year: FloatArray
    mean_step: FloatArray
    ordinary_per_year: FloatArray
    is_level: bool

    @classmethod
    def estimate(cls, rows: pl.DataFrame, series: pl.DataFrame, day: date, *, is_level: bool) -> Field:
        """From the rows known on a day, of series that all are levels or all are not."""
        items = series.sort("series_id").with_columns(origin_date=pl.lit(day))
        past = histories(rows, items)
        priors = learn(past, np.zeros(past.count, dtype=np.int64))
        process = record_process(past, priors)
        lately = (past.years >= -ORDINARY_YEARS) & (is_level | ~past.is_record)
        return cls(
            tuple(items["series_id"]),
            past,
            priors,
            process.rate,
            # At the pool's pace: at any other, every week of a year in which nothing changes would be a surprise to it.
            process.step * pace(past.scales.kind, crowding(past), momentum(past, priors)),
            past.total(lately) / np.minimum(np.maximum(past.span, 0.25), ORDINARY_YEARS),
            is_level,
        )

    def year(self, item: int, chance: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """One year of one series: when its new rows come (years after the origin) and their values, in its unit."""
        z = self._level_rows(item, chance) if self.is_level else self._frontier_rows(item, chance)
        return z[0], self.past.scales.take(np.full(len(z[1]), item)).to_unit(z[1])

    def _frontier_rows(self, item: int, chance: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Records at the estimated rate, each an exponential step; ordinary rows as far below as earlier ones were."""
        when = np.sort(chance.uniform(0, 1, chance.poisson(self.records_per_year[item])))
        top = self.past.frontier[item] + np.cumsum(chance.exponential(self.mean_step[item], len(when)))
        mine = (self.past.item == item) & ~self.past.is_record & (self.past.years >= -ORDINARY_YEARS)
        gaps = (self.past.running - self.past.z)[mine]
        others = np.sort(chance.uniform(0, 1, chance.poisson(self.ordinary_per_year[item]) if len(gaps) else 0))
        frontier = np.append(self.past.frontier[item], top)[np.searchsorted(when, others)]
        below = frontier - (chance.choice(gaps, len(others)) if len(gaps) else 0)
        return np.concatenate([when, others]), np.concatenate([top, below])

    def _level_rows(self, item: int, chance: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Readings as often as lately, around the line through the recent ones."""
        line = through_recent(self.past, self.priors)
        when = np.sort(chance.uniform(0, 1, chance.poisson(self.ordinary_per_year[item])))
        return when, line.level[item] + line.slope[item] * when + chance.normal(0, line.spread[item], len(when))


def null_forecasts(context: Context, series_ids: list[str], years: int, seed: int) -> dict[str, FloatArray]:
    """Draws for the target date in every week of so many years: series → (years, weeks + 1, draws).

    Week 0 is the context's own day. Every year is refitted each week from the real rows and its own new ones; the
    priors stay as they were learnt, or the simulated series would teach each other.
    """
    rows = context.observations.select(ROW_COLUMNS)
    found: dict[str, FloatArray] = {}
    for is_level in (False, True):
        chosen = context.series.filter((pl.col("direction") == "level") == is_level)
        if chosen.filter(pl.col("series_id").is_in(series_ids)).is_empty():
            continue
        field = Field.estimate(rows, chosen, context.origin_date, is_level=is_level)
        for name in sorted(set(series_ids) & set(field.series_ids)):
            found[name] = _null_series(context, field, name, years, seed)
    return found


def _null_series(context: Context, field: Field, name: str, years: int, seed: int) -> FloatArray:
    item = field.series_ids.index(name)
    real = context.observations.select(ROW_COLUMNS).filter(pl.col("series_id") == name)
    made = _simulated(context, field, item, years, seed)
    copies = pl.DataFrame({"series_id": [f"{name}{_COPY}{k:05d}" for k in range(years)]})
    rows = pl.concat([copies.join(real.drop("series_id"), how="cross"), made])
    series = copies.join(context.series.filter(series_id=name).drop("series_id"), how="cross")

    def known(past: Histories, group: IntArray) -> Priors:
        return field.priors.take(np.full(len(group), item)) if past.count else learn(past, group)

    weeks = []
    for week in range(WEEKS + 1):
        day = context.origin_date + timedelta(weeks=week)
        made_so_far = rows.filter(pl.col("known_date") <= day)
        weeks.append(forecast(made_so_far, series, day, [context.target_date], learn=known).samples[:, 0])
    return np.stack(weeks, axis=1)


def _simulated(context: Context, field: Field, item: int, years: int, seed: int) -> pl.DataFrame:
    """The new rows of every year of one series, seeded by its name: another series changes none of them."""
    name = field.series_ids[item]
    chance = np.random.default_rng([seed, *name.encode()])
    drawn = [field.year(item, chance) for _ in range(years)]
    when = np.concatenate([one[0] for one in drawn])
    # From the day after the origin on: a row of the origin's own day would be in week 0 already.
    days = [context.origin_date + timedelta(days=1 + int(t * DAYS_PER_YEAR)) for t in when]
    copies = [f"{name}{_COPY}{k:05d}" for k, one in enumerate(drawn) for _ in one[0]]
    return pl.DataFrame(
        {"series_id": copies, "system_id": ["simulated"] * len(days), "observation_date": days, "known_date": days,
         "value": np.concatenate([one[1] for one in drawn]), "evidence": ["paper"] * len(days)},
        schema={"series_id": pl.String, "system_id": pl.String, "observation_date": pl.Date, "known_date": pl.Date,
                "value": pl.Float64, "evidence": pl.String},
    )  # fmt: skip


def null_rows(context: Context, years: int, seed: int) -> dict[str, FloatArray]:
    """Rows of the table in every week of so many years: property → (years, weeks + 1, 23), on its scale of comparison.

    Rows that are one series, and rows with formulas on the same draws as the table; a row that no simulated series
    reaches cannot change and is left out. NaN from the week on in which a series saturates.
    """
    inputs = todays_inputs(gather(context))
    benchmarks = {name: choose(context, one.series_ids) for name, one in BENCHMARKS.items()}
    direct = {name: one for name, one in benchmarks.items() if one and context.forecasts.has(one)}
    draws = null_forecasts(context, sorted({*direct.values(), *inputs.series_of.values()}), years, seed)
    units, last = units_of(context.essay_numbers), decimal_year(context.target_date)
    rows = {
        name: comparable(at_levels(draws[one], HUB_LEVELS) * BENCHMARKS[name].factor, units[name], last)
        for name, one in direct.items()
    }
    in_week = [{one: draws[one][:, week] for one in draws} for week in range(WEEKS + 1)]
    weekly = [_formulas(inputs, drawn, units) for drawn in in_week]
    for name in weekly[0]:
        rows[name] = np.stack([comparable(week[name], units[name], last) for week in weekly], axis=1)
    return {name: row for name, row in rows.items() if np.isfinite(row[:, 0]).all()}


def _formulas(inputs: Inputs, draws: dict[str, FloatArray], rows: Collection[str]) -> dict[str, FloatArray]:
    """Every formula among the rows named, of one week in all years: property → (years, 23), in its own unit."""
    given = dict(draws_of(inputs.distributions, count=DRAWS))
    for name, series_id in inputs.series_of.items():
        # The same levels week after week: with draws of each week's own, their noise would pass for change.
        position = np.clip(levels(name, DRAWS) * draws[series_id].shape[-1], 0, draws[series_id].shape[-1] - 1)
        given[name] = draws[series_id][:, position.astype(int)]
    # Two dimensions (year, draw) has only what a simulated series reaches; all else cannot change.
    values = {name: value for name, value in complete(given).items() if name in rows and np.ndim(value) == 2}
    return {name: at_levels(np.sort(value, axis=-1), HUB_LEVELS) for name, value in values.items()}
