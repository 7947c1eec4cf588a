"""The published forecast: rows known at the origin in, sorted draws and typed reasons per series out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtri

from models.digits import all_in_bits
from models.forecasting import fits, priors
from models.forecasting.draws import DRAWS, LEVELS
from models.forecasting.forecasters import FORECASTERS, LEVEL_FORECASTERS, POOL_ID, Forecaster, every_gain
from models.forecasting.forecasts import Forecasts
from models.forecasting.frontier import DAYS_PER_YEAR, Histories, histories
from models.forecasting.scales import BOUNDED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from models.forecasting.priors import Priors
    from models.forecasting.scales import BoolArray, FloatArray, IntArray

    Learn = Callable[[Histories, IntArray], Priors]

# What a forecast reads of an observation (core.observation).
ROW_COLUMNS: Final = ("series_id", "system_id", "observation_date", "known_date", "value", "evidence")
# Share of a benchmark's labels that are wrong: log-normal, median 1 %, in draws from most to least. Audits find 3 % on
# average (Northcutt et al. 2021) and more in some; the legacy period prefers less.
LABEL_NOISE: Final = 0.01 * np.exp(-ndtri(LEVELS))
LEAST_ROOM: Final = 0.05
_DIGITS: Final = 3
# Draws held at once (items × horizons × draws): beyond the processor's cache, speed falls.
_BLOCK: Final = 2**17


class Drawn(NamedTuple):
    """Draws (n, h, DRAWS) in natural units, ascending, and P(no new record) (n, h); NaN where rows are too few."""

    samples: FloatArray
    no_record_share: FloatArray


class Case(NamedTuple):
    """What is known in one world: rows, definitions, and the series asked for (all are learnt from)."""

    rows: pl.DataFrame
    series: pl.DataFrame
    only: frozenset[str]


class Asked(NamedTuple):
    """From which day, for which days, how the priors are learnt, and of which series (None: all)."""

    origin_date: date
    target_dates: tuple[date, ...]
    learn: Learn = priors.learn
    only: frozenset[str] | None = None

    @property
    def horizon(self) -> FloatArray:
        """Years from the origin to each target date; ValueError when one is not after it."""
        early = [day.isoformat() for day in self.target_dates if day <= self.origin_date]
        if early:
            raise ValueError(
                f"target dates {', '.join(early)} are not after the origin {self.origin_date}; ask for later days"
            )
        return np.array([(day - self.origin_date).days / DAYS_PER_YEAR for day in self.target_dates], dtype=np.float64)


def forecast(
    rows: pl.DataFrame,
    series: pl.DataFrame,
    origin_date: date,
    target_dates: Sequence[date],
    *,
    forecaster_id: str = POOL_ID,
    learn: Learn = priors.learn,
    only: frozenset[str] | None = None,
) -> Forecasts:
    """Forecast every series from one origin for every target date.

    `rows` has series_id, system_id, observation_date, known_date, value, evidence; `series` the columns of contract
    core.series. Rows dated or known after the origin are ignored. Target dates must lie after the origin
    (ValueError). A series without a forecast holds NaN and says why in `fits` (status, reason). `learn` supplies the
    priors; with `priors.usual` no series influences another. `only` names the series to forecast: the others are
    learnt from and left out, which changes no number of those that are not.
    """
    asked = Asked(origin_date, tuple(target_dates), learn, only)
    return forecast_side_by_side(rows, series, asked, (forecaster_id,))[forecaster_id]


def forecast_cases(cases: Sequence[Case], origin_date: date, target_dates: Sequence[date]) -> list[Forecasts]:
    """As `forecast` for each of several worlds, one after the other, and to the last bit: but all computed at once.

    Of a small table most of the time goes into asking, not into computing. No world learns from another.
    """
    rows = pl.concat([_named(case.rows, number) for number, case in enumerate(cases)])
    # The number of a case is the group within which priors are learnt: no world hears of another.
    series = pl.concat(
        [_named(case.series, number).with_columns(case=pl.lit(number)) for number, case in enumerate(cases)]
    )
    only = frozenset(f"{number:0{_DIGITS}}/{name}" for number, case in enumerate(cases) for name in case.only)
    asked = Asked(origin_date, tuple(target_dates), only=only)
    made = forecast_side_by_side(rows, series, asked, (POOL_ID,))[POOL_ID]
    return [_case(made, number) for number in range(len(cases))]


def _named(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    # Of one width, so that the series of a case stay together and in their order.
    return frame.with_columns(pl.format(f"{number:0{_DIGITS}}/{{}}", "series_id").alias("series_id"))


def _case(made: Forecasts, number: int) -> Forecasts:
    """The forecasts of one of the cases, under the names its series have there."""
    numbers = [int(name[:_DIGITS]) for name in made.series_ids]
    start, stop = (bisect(numbers, number) for bisect in (bisect_left, bisect_right))
    return replace(
        made,
        series_ids=tuple(name[_DIGITS + 1 :] for name in made.series_ids[start:stop]),
        samples=made.samples[start:stop],
        no_record_share=made.no_record_share[start:stop],
        fits=made.fits[start:stop].with_columns(pl.col("series_id").str.slice(_DIGITS + 1)),
    )


def forecast_side_by_side(
    rows: pl.DataFrame, series: pl.DataFrame, asked: Asked, forecaster_ids: Sequence[str]
) -> dict[str, Forecasts]:
    """The same by several forecasters, who read the rows and fit what they share once between them."""
    ordered = series.sort("series_id").with_columns(origin_date=pl.lit(asked.origin_date, dtype=pl.Date))
    if "case" not in ordered.columns:
        ordered = ordered.with_columns(case=pl.lit(0))
    is_level = (ordered["direction"] == "level").to_numpy()
    parts = [
        _part(rows, ordered.filter(pl.Series(chosen)), asked, {name: ways[name] for name in forecaster_ids})
        for chosen, ways in ((~is_level, FORECASTERS), (is_level, LEVEL_FORECASTERS))
    ]
    # Records first, then levels; back into the order of the series.
    is_asked = _is_asked(ordered, asked)
    order = np.argsort(np.concatenate([np.flatnonzero(~is_level & is_asked), np.flatnonzero(is_level & is_asked)]))
    return {
        name: Forecasts(
            name,
            asked.origin_date,
            tuple(ordered.filter(pl.Series(is_asked))["series_id"]),
            asked.target_dates,
            np.concatenate([part[name].drawn.samples for part in parts])[order],
            all_in_bits(np.concatenate([part[name].drawn.no_record_share for part in parts])[order]),
            pl.concat([part[name].fits for part in parts])
            .sort("series_id")
            .with_columns(forecaster_id=pl.lit(name), origin_date=pl.lit(asked.origin_date, dtype=pl.Date))
            .select(fits.COLUMNS),
        )
        for name in forecaster_ids
    }


def draw(past: Histories, known: Priors, horizon: FloatArray, forecaster: Forecaster) -> Drawn:
    """Run one forecaster over all items: see `draw_side_by_side`."""
    return draw_side_by_side(past, known, horizon, {"": forecaster})[""]


def draw_side_by_side(
    past: Histories, known: Priors, horizon: FloatArray, forecasters: Mapping[str, Forecaster]
) -> dict[str, Drawn]:
    """Run forecasters over all items, block by block, and bring their gains to natural units."""
    shape = (past.count, len(horizon))
    made = {name: Drawn(np.empty((*shape, DRAWS)), np.full(shape, np.nan)) for name in forecasters}
    size = max(1, _BLOCK // max(1, len(horizon) * DRAWS))
    for start in range(0, past.count, size):
        stop = min(start + size, past.count)
        # An item is drawn alike in every block: the draws depend on its own rows and priors only.
        block = past.part(start, stop)
        for name, gain in every_gain(forecasters, block, known.part(start, stop), horizon):
            made[name].samples[start:stop] = _in_units(block, gain, forecasters[name])
            if forecasters[name].has_records:
                made[name].no_record_share[start:stop] = _none_share(gain)
    return made


class _Part(NamedTuple):
    drawn: Drawn
    fits: pl.DataFrame


def _part(
    rows: pl.DataFrame, series: pl.DataFrame, asked: Asked, forecasters: Mapping[str, Forecaster]
) -> dict[str, _Part]:
    """Draws and fits of the record series, or of the levels."""
    past = histories(rows, series)
    known = asked.learn(past, series["case"].cast(pl.Int64).to_numpy())
    # Left out after learning: done before, a forecast would depend on which other series are asked for.
    if asked.only is not None:
        chosen = np.flatnonzero(_is_asked(series, asked))
        past, known, series = past.take(chosen), known.take(chosen), series[chosen]
    made = {}
    for name, drawn in draw_side_by_side(past, known, asked.horizon, forecasters).items():
        table = fits.table(past, known, series, _finite(drawn), is_level=not forecasters[name].has_records)
        is_closed = ~table["status"].is_in(fits.OPEN).to_numpy()
        # Who reads draws without their status must not take a closed series for a forecast.
        drawn.samples[is_closed] = np.nan
        drawn.no_record_share[is_closed] = np.nan
        made[name] = _Part(drawn, table)
    return made


def _is_asked(series: pl.DataFrame, asked: Asked) -> BoolArray:
    if asked.only is None:
        return np.ones(series.height, dtype=bool)
    return np.asarray(series["series_id"].is_in(list(asked.only)))


def _finite(drawn: Drawn) -> BoolArray:
    return np.asarray(np.isfinite(drawn.samples).all(axis=(1, 2)))


def _in_units(past: Histories, gain: FloatArray, forecaster: Forecaster) -> FloatArray:
    value = past.scales.to_unit(past.frontier[:, None, None] + gain)
    if not forecaster.has_floor:
        return value
    floor = past.frontier_value[:, None, None]
    # The floor is laid in natural units: a frontier of 0 or 0.995 is not where its clipped logit says.
    value = np.where(gain > 0, np.maximum(value, floor), np.where(np.isnan(gain), np.nan, floor))
    return _below_label_noise(past, value) if forecaster.knows_label_noise else value


def _below_label_noise(past: Histories, value: FloatArray) -> FloatArray:
    """Bounded items cannot reach their ceiling where labels are wrong: what is left to gain shrinks by that share.

    How large it is, is uncertain; a draw with less of it gains more, so that draws stay in order.
    """
    item = np.flatnonzero(past.scales.kind == BOUNDED)
    scales, floor = past.scales.take(item), past.frontier_value[item][:, None, None]
    room = np.maximum(1 - scales.share(floor), 1e-9)
    # A frontier above what the labels seem to allow has shown that they allow more.
    value[item] = floor + (value[item] - floor) * np.clip((room - LABEL_NOISE) / room, LEAST_ROOM, 1)
    return value


def _none_share(gain: FloatArray) -> FloatArray:
    """P(gain <= 0), interpolated between the draws on either side of zero."""
    # Counting alone would move in steps of 1/256, and a step looks like a change where there was none.
    count = (gain <= 0).sum(axis=-1)
    after = np.clip(count, 1, DRAWS - 1)[..., None]
    low, high = (np.take_along_axis(gain, index, axis=-1)[..., 0] for index in (after - 1, after))
    part = np.clip(-low / np.where(high > low, high - low, 1.0), 0, 1)
    inside = (count - 0.5 + part) / DRAWS
    share = np.where((count == 0) | (count == DRAWS), count / DRAWS, inside)
    return np.where(np.isnan(gain).any(axis=-1), np.nan, share)
