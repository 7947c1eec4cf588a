"""Past years week by week: which changes of forecasts would have been told, beside what a naive rule would tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.changes.judgement import LastChangeAlert, baseline_of, judge
from models.changes.size import DEX, MATERIALITY, POINTS, SEEN_FROM, median, news, shapley, spread, subsets
from models.forecasting.pool import forecast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.forecasting.scales import FloatArray

WEEK: Final = timedelta(days=7)
NAIVE_SHARE: Final = 0.05
_CAUSES: Final = ("elapsed_time", "new_rows")


@dataclass(frozen=True, slots=True)
class Told:
    """One alert of the replay: the median before and after on the scale of comparison, and its causes."""

    day: date
    series_id: str
    size: float
    severity: int
    before: float
    after: float
    shift_spreads: float
    causes: dict[str, float]


@dataclass(frozen=True, slots=True)
class Replay:
    """Rows and definitions of the series replayed (as `models.pool.forecast` takes them), and which are asked about."""

    rows: pl.DataFrame
    series: pl.DataFrame
    asked: tuple[str, ...]
    target_date: date
    threshold: float

    def quantiles(self, day: date, rows: pl.DataFrame | None = None) -> FloatArray:
        """Forecasts from a day (series asked, 23), on the scale of comparison; NaN without one."""
        seen = self.rows if rows is None else rows
        made = forecast(seen, self.series, day, [self.target_date], only=frozenset(self.asked))
        values = made.quantiles()[[made.series_ids.index(name) for name in self.asked], 0]
        return np.stack([_comparable(value, self.scale(name)) for name, value in zip(self.asked, values, strict=True)])

    def scale(self, series_id: str) -> str:
        """bounded, log or linear."""
        return str(self.series.row(by_predicate=pl.col("series_id") == series_id, named=True)["scale"])

    def materiality(self, series_id: str) -> float:
        """What nobody would act on: a point, or .03 dex."""
        return MATERIALITY[DEX if self.scale(series_id) == "log" else POINTS]


def told(replay: Replay, first: date, last: date) -> list[Told]:
    """What `judge` would have told, a run a week, each row seen from the day it is dated."""
    kept: dict[date, FloatArray] = {}
    alarms: dict[str, LastChangeAlert] = {}
    begun: dict[str, date] = {}
    found = []
    for day in _weeks(first, last):
        kept[day] = replay.quantiles(day)
        for place, name in enumerate(replay.asked):
            if not np.isfinite(kept[day][place]).all():
                continue
            base = date.fromisoformat(baseline_of(alarms.get(name), day, begun.setdefault(name, day).isoformat()))
            old, new = kept[base][place], kept[day][place]
            size = float(news(old, new, replay.materiality(name)))
            verdict = judge(size, replay.threshold, alarms.get(name), day)
            if verdict is None:
                continue
            if verdict.is_cleared:
                alarms[name] = alarms[name].over(base.isoformat())
                continue
            alarms[name] = LastChangeAlert(day, verdict.severity, day.isoformat(), base.isoformat())
            found.append(_told(replay, name, (base, day), (old, new), verdict.severity))
    return found


def naive(replay: Replay, first: date, last: date) -> int:
    """Alerts of the rule "the median moved by 5 % since it was last told", in the unit of each series."""
    last_told: dict[str, float] = {}
    count = 0
    for day in _weeks(first, last):
        values = median(replay.quantiles(day))
        for name, value in zip(replay.asked, values, strict=True):
            if not np.isfinite(value):
                continue
            now = float(10**value) if replay.scale(name) == "log" else float(value)
            if abs(now / last_told.setdefault(name, now) - 1) > NAIVE_SHARE:
                last_told[name] = now
                count += 1
    return count


def _told(
    replay: Replay, name: str, days: tuple[date, date], ends: tuple[FloatArray, FloatArray], severity: int
) -> Told:
    old, new = ends
    floor = replay.materiality(name)
    before, after = float(median(old)), float(median(new))
    return Told(
        days[1], name, float(news(old, new, floor)), severity, before, after,
        (after - before) / max(float(spread(old)), floor), _split(replay, name, days),
    )  # fmt: skip


def _split(replay: Replay, name: str, days: tuple[date, date]) -> dict[str, float]:
    """The shift of the median by cause: what was dated since is new, everything else was known."""
    place = replay.asked.index(name)
    before = replay.rows.filter(pl.col("known_date") <= days[0])
    worth = {
        frozenset(chosen): median(
            replay.quantiles(
                days[1] if "elapsed_time" in chosen else days[0], replay.rows if "new_rows" in chosen else before
            )[place]
        )
        for chosen in subsets(_CAUSES)
    }
    return {cause: float(part) for cause, part in shapley(worth, _CAUSES, SEEN_FROM).items()}


def _comparable(values: FloatArray, scale: str) -> FloatArray:
    if scale == "log":
        return np.log10(values)
    return values * (100.0 if scale == "bounded" else 1.0)


def _weeks(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += WEEK
