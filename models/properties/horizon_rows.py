"""Rows of time horizons: quantiles as far ahead as can be scored, labelled scenarios beyond, and days of marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.days import SCORED_DAYS, readable
from models.properties.cells import GRID, LEVELS, Actual, Cells, Forecasted, flags
from models.properties.clauses import Clause, day, number, sentence
from models.properties.context import assumed, at_target, choose, current, first_at_or_above
from models.properties.crossings import day_quantiles
from models.properties.declared_inputs import TAILS
from models.properties.distributions import Sampled, TwoPieceLogNormal
from models.properties.essay_arithmetic import doubled
from models.properties.propagation import levels, quantiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context, Reading

METR: Final = ("metr/v1.1/p50-horizon", "metr/v1.0/p50-horizon")
METR_80: Final = "metr/v1.1/p80-horizon"
# A working life of 40 years at 2,000 hours: beyond it, "how long a task" has no meaning left.
CAP_HOURS: Final = 80_000.0
SUITE_HOURS: Final = 16
# Hours of one person's work: a day, a week, a month.
MARKS: Final = (("a day", 8.0), ("a week", 40.0), ("a month", 167.0))
_DAYS_PER_MONTH: Final = 30.4375
# A forecast for the day after tomorrow is the record once more, with a range of nothing.
LEAST_DAYS_AHEAD: Final = 30
_SHOWN: Final = tuple(LEVELS.values())


@dataclass(frozen=True, slots=True)
class Scenario:
    """A declared course to the target: months of doubling, and where it bends, those after `bend`."""

    name: str
    months: float
    source: str
    bend: date | None = None
    months_after: float = 0.0

    def reached(self, hours: float, since: date, day: date) -> float:
        """Hours on a day, from those of the last record, without the cap."""
        turn = min(day, self.bend) if self.bend else day
        first = doubled(hours, max(0, (turn - since).days), self.months * _DAYS_PER_MONTH)
        after = max(0, (day - max(turn, since)).days) if self.bend else 0
        return doubled(first, after, self.months_after * _DAYS_PER_MONTH) if after else first


@dataclass(frozen=True, slots=True)
class Horizon:
    """A row of horizons: candidates, the stricter series beside it, courses, and where the last interval is stated."""

    series_ids: tuple[str, ...]
    stricter: str
    scenarios: tuple[Scenario, ...]
    interval_id: str = ""


# A pace of one instrument on the record of another: unsaid, the course would pass for what AISI measured.
_OF_ANOTHER: Final = "its pace at 80 % success, on the record at 50 % of Lyptus"
HORIZONS: Final = {
    "auto.metr_h": Horizon(
        METR,
        METR_80,
        (
            Scenario("goes on as since 2023", 4, "declared, 4 months; METR 2026: 129 days since 2023"),
            Scenario("as over all years", 7, "declared, 7 months; METR 2025: 212 days, METR 2026: 188"),
            Scenario("slows to a year", 12, "declared"),
            Scenario("bends in 2028", 4, "declared, 4 months until January 2028, then 12", date(2028, 1, 1), 12),
        ),
        "auto.metr_last_p50_hours",
    ),
    "cyber.horizon": Horizon(
        ("cyber-horizon/p50/lyptus",),
        "cyber-horizon/p80/aisi",
        (
            Scenario("as UK AISI measured to February 2026", 4.7, f"UK AISI, May 2026; {_OF_ANOTHER}"),
            Scenario("as UK AISI thought in November 2025", 8, f"UK AISI, restated in May 2026; {_OF_ANOTHER}"),
            Scenario("slows to a year", 12, "declared"),
        ),
    ),
}


_AT_LEAST: Final = "METR states its newest as at least {} h; the number is the point estimate of its file"


def horizon_row(property_id: str, context: Context) -> Cells:
    """Quantiles for the coming years and declared courses to the target; never a point for the target itself.

    The forecast of the target is compared and not published: a system far above the line is news, whatever that year
    may bring.
    """
    what = HORIZONS[property_id]
    series_id = choose(context, what.series_ids)
    held = current(context, series_id) if series_id else None
    formula = f"{series_id or what.series_ids[0]} / 60; beyond the scored range * 2 ** (months / doubling_months)"
    if series_id is None or held is None:
        named = what.series_ids[0]
        why = (Clause("no_row", f"no row of {named} is known on this day", {"series": named}),)
        nothing = Forecasted("missing"), Actual("missing")
        return Cells(*nothing, "unrefittable", sentence(*why), formula, clauses=why)
    kinds = [name for name in (series_id, what.stricter) if name == series_id or choose(context, (name,))]
    scenarios = [_said(one, held, what, context) for one in what.scenarios]
    error = _error(context, what, held)
    ahead = [found for name in kinds for found in _ahead(context, name, error)]
    floor = _floor(context, what, held)
    detail = {
        "series": kinds, "scenarios": scenarios, "ahead": ahead, "cap_hours": CAP_HOURS,
        "reach": [one for name in kinds for one in _reach(context, name, error)],
        "flags": flags(context, *(["capped"] if any(one["is_capped"] for one in scenarios) else [])),
        **({} if floor is None else {"at_least": floor}),
    }  # fmt: skip
    draws = at_target(context, series_id)
    grid = None if draws is None else np.minimum(Sampled(draws).quantile(GRID) / 60, CAP_HOURS)
    actual = Actual.read(held, 1 / 60)
    limits = tuple(_limits_of(held, floor))
    reason = " ".join([_reason(context, held, ahead, scenarios), *(f"{one.text}." for one in limits)])
    said = (_courses_for(context), *limits)
    forecast = Forecasted("not_applicable", grid=grid)
    return Cells(forecast, actual, "beyond_range", reason, formula, held.day, detail=detail, clauses=said)


def _courses_for(context: Context) -> Clause:
    target = context.target_date
    return Clause("courses_for", f"For {target} declared courses and no point", {"target": day(target)})


def _limits_of(held: Reading, floor: float | None) -> Iterator[Clause]:
    """How far the instrument measures, and what its publisher itself states of the newest."""
    if held.series_id in METR:
        yield Clause("suite", f"The suite measures to about {SUITE_HOURS} h", {"hours": SUITE_HOURS})
    if floor is not None:
        yield Clause("floor", _AT_LEAST.format(readable(floor)), {"hours": number(floor)})


def _floor(context: Context, what: Horizon, held: Reading) -> float | None:
    """Hours that the publisher states its newest horizon to be at least; None where it states the number itself."""
    stated = assumed(context).get(what.interval_id) or {}
    value, high = stated.get("value"), stated.get("high")
    if value is None or high is None:
        return None
    return float(value) if value < held.value / 60 <= high else None


def _reason(context: Context, held: Reading, ahead: list[dict[str, Any]], scenarios: list[dict[str, Any]]) -> str:
    near = [one for one in ahead if one["series"] == held.series_id]
    said = "; ".join(f"by {one['date']} {_two(one['p50'])} h ({_two(one['p25'])}–{_two(one['p75'])})" for one in near)
    ends = ", ".join(
        f"{one['name']} {'over ' if one['is_capped'] else ''}{readable(one['hours'])} h" for one in scenarios
    )
    first = f"{said[0].upper()}{said[1:]}. " if said else ""
    return f"{first}For {context.target_date} declared courses and no point: {ends}."


def _two(hours: float) -> str:
    """As the table below the row prints what lies ahead."""
    return readable(hours, 2)


def _said(one: Scenario, held: Reading, what: Horizon, context: Context) -> dict[str, Any]:
    day = context.target_date
    # From the day of the record, not from today: each day without a record would put the path off by another.
    hours = one.reached(held.value / 60, held.day, day)
    stated = assumed(context).get(what.interval_id) or {}
    ends = {
        name: min(one.reached(stated[name], held.day, day), CAP_HOURS) for name in ("low", "high") if stated.get(name)
    }
    tail = TAILS.get(stated.get("interval") or "")
    level = {"interval_share": 1 - 2 * tail} if ends and tail is not None else {}
    return {
        "name": one.name,
        "doubling_months": one.months,
        "source": one.source,
        "hours": min(hours, CAP_HOURS),
        "is_capped": hours > CAP_HOURS,
        # The interval of the last measurement, carried along: what is not known today is not known in 2030. It is as
        # wide as its publisher states it, and would pass for the middle half beside ranges that are.
        **ends,
        **level,
    }


def _error(context: Context, what: Horizon, held: Reading) -> FloatArray:
    """By which factor the newest horizon may be off, as draws from the interval stated for it; 1 without one."""
    stated = assumed(context).get(what.interval_id) or {}
    low, high, middle = stated.get("low"), stated.get("high"), held.value / 60
    tail = TAILS.get(stated.get("interval") or "")
    if tail is None or low is None or high is None or not low <= middle <= high:
        return np.ones(1)
    interval = TwoPieceLogNormal.from_interval(low, middle, high, tail=tail)
    return interval.quantile(levels(what.interval_id)) / middle


def _ahead(context: Context, series_id: str, error: FloatArray) -> list[dict[str, Any]]:
    """Quantiles in hours on the target's day of the coming years, as long as forecasts that far have been scored.

    Times the error of the newest horizon: a forecast that knew today's to the minute would be too sure of tomorrow's.
    """
    if not context.forecasts.has(series_id):
        return []
    last = context.origin_date + timedelta(days=SCORED_DAYS)
    first = context.origin_date + timedelta(days=LEAST_DAYS_AHEAD)
    days = [one for one in context.grid if first <= one <= last and (one.month, one.day) == _anniversary(context)]
    found = []
    for when in days:
        drawn = quantiles(_hours(context, series_id, when, error), _SHOWN)
        hours = dict(zip(LEVELS, (float(value) for value in drawn), strict=True))
        found.append({"series": series_id, "date": when.isoformat(), **hours})
    return found


def _hours(context: Context, series_id: str, day: date, error: FloatArray) -> FloatArray:
    """Draws of the horizon on a day, in hours, with the error of the newest one."""
    return Sampled(context.forecasts.draws(series_id, day)).quantile(levels(series_id)) * error / 60


def _anniversary(context: Context) -> tuple[int, int]:
    return context.target_date.month, context.target_date.day


def _reach(context: Context, series_id: str, error: FloatArray) -> list[dict[str, Any]]:
    """When the horizon reaches a day, a week and a month of work: the day it did, or the quartiles of the day.

    Of the same draws as the quantiles of the coming years: else 43 hours would be the median of a day before the one
    on which 40 are reached.
    """
    found: list[dict[str, Any]] = []
    days = sorted(context.grid)
    ahead: dict[date, FloatArray] = {}
    for name, hours in MARKS:
        mark = {"series": series_id, "mark": name}
        passed = first_at_or_above(context, series_id, hours * 60)
        if passed is not None:
            found.append({**mark, "reached": passed.day.isoformat(), "by": passed.system})
        elif context.forecasts.has(series_id) and days:
            ahead = ahead or {day: _hours(context, series_id, day, error) for day in days}
            share = np.array([(ahead[day] >= hours).mean() for day in days])
            came = day_quantiles(days, share, context.origin_date, (0.25, 0.5, 0.75))
            dates = [day.isoformat() if day else None for day in came.dates]
            quartiles = dict(zip(("p25", "p50", "p75"), dates, strict=True))
            found.append({**mark, **quartiles, "never_share": came.never_share})
    return found
