"""Rows that are one series each: best scores, the day of a threshold, and what stands in when a series has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.days import decimal_year, readable
from models.digits import kept
from models.properties.benchmark_clauses import FOLLOWED, followed, marked, named, odds, percent, when
from models.properties.cells import GRID, Actual, Cells, Forecasted, flags, outlook
from models.properties.clauses import Clause, day, number, sentence, share
from models.properties.companions import NEAR_CEILING, is_near_ceiling, named_successor
from models.properties.context import (
    at_target,
    choose,
    first_at_or_above,
    fit_of,
    is_quiet,
    newest_day,
    record,
    rows_of,
)
from models.properties.crossings import crossing
from models.properties.distributions import Sampled
from models.properties.essay_arithmetic import DAYS_PER_YEAR, crossing_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.properties.context import Context, Reading

MATH: Final = "math/full/any-protocol"
# The forecasters' question took the best score reported under any protocol, the 500-problem split included.
MATH_REPORTED: Final = ("math/best-reported/any-protocol", MATH)
MATH_500: Final = ("math/500/aided", "math/500/single-sample")
# What the essay asked about, and the two scores between which it measured the pace.
MATH_MARK: Final = 0.92
ESSAY_MATH: Final = ((date(2021, 3, 5), 0.069), (date(2022, 6, 30), 0.503))


# The same system scores 1.5 to 1.8 times higher on version 2, which the row is called after.
OLDER_VERSION: Final = "frontiermath/tiers-1-3-v1/epoch"

_NOT_YET: Final = Clause("not_yet", "not reached yet")
_NO_FORECAST: Final = Clause("no_forecast", "no forecast")
_WHILE_USED: Final = Clause("while_used", "a pace is told while a test is in use")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A row that is the frontier of a series: candidates, the factor to the row's unit, a mark worth naming."""

    series_ids: tuple[str, ...]
    factor: float = 100.0
    mark: float | None = None
    mark_name: str = ""


BENCHMARKS: Final = {
    "math.sota_pct": Benchmark((MATH,), mark=MATH_MARK, mark_name="92 %"),
    "math.successor_pct": Benchmark(("frontiermath/tiers-1-3-v2/epoch", OLDER_VERSION)),
    "code.apps_pct": Benchmark(("apps/competition/any-protocol",), mark=0.8, mark_name="80 %"),
    "code.successor_pct": Benchmark(("swe-bench/verified/vendor", "swe-bench/verified/epoch")),
    "code.codeforces_pctile": Benchmark(
        ("codeforces/percentile/openai", "codeforces/percentile/deepseek", "codeforces/percentile/alphacode"),
        1.0,
        99.0,
        "the 99th percentile",
    ),
    "know.mmlu_pct": Benchmark(("mmlu/full/any-protocol",), mark=0.898, mark_name="the 89.8 % of the best exam takers"),
    "know.successor_pct": Benchmark(("gpqa/diamond/epoch",)),
}


def benchmark_row(property_id: str, context: Context) -> Cells:
    """The frontier of a series on the target date; when the series has ended, the record and when its mark fell.

    One that has ended is retired where its record passed the mark or came near the ceiling, and unrefittable where it
    fell short of both: that nobody reports on a test any more says nothing of how far it would have gone.
    """
    what = BENCHMARKS[property_id]
    series_id = choose(context, what.series_ids)
    named = series_id or what.series_ids[0].rstrip("/")
    formula = f"forecast of {named}" + (f" * {what.factor:g}" if what.factor != 1 else "")
    held = record(context, series_id) if series_id else None
    if series_id is None or held is None:
        return _without_rows(what, context, formula)
    as_of = newest_day(context, series_id)
    detail: dict[str, Any] = {"series": [series_id], "fit": fit_of(context, series_id).get("status")}
    passed = first_at_or_above(context, series_id, what.mark) if what.mark is not None else None
    mark = (marked(what.mark_name, passed, is_share=what.factor != 1),) if passed else ()
    # A logistic through a saturated series is a number about its last percent of label noise, not about 2030.
    worn = _worn_out(property_id, context, series_id)
    why_ended = _why_ended(context, series_id) or worn
    actual = Actual.read(held, what.factor)
    draws = at_target(context, series_id)
    if why_ended or draws is None:
        status = "retired" if passed or is_near_ceiling(context, series_id, held.value) else "unrefittable"
        # Whether the next report would bring the row back: its reason may be the silence alone.
        detail["is_used_up"] = bool(worn) or detail["fit"] == "saturated"
        said = (*why_ended, *mark, *_heir(property_id, context, why_ended))
        nothing = Forecasted("not_applicable")
        return Cells(nothing, actual, status, sentence(*said), formula, as_of, detail=detail, clauses=said)
    assert actual.value is not None
    numbers = Forecasted.of(Sampled(draws).quantile(GRID) * what.factor, floor=actual.value)
    caveats = {
        "prior_driven": detail["fit"] == "prior_driven",
        # Named after the version that came later, the row would pass off the scores of another test.
        "older_version": series_id == OLDER_VERSION,
        # Its successor's page calls it used up; here it goes on for want of another.
        "near_ceiling": is_near_ceiling(context, series_id, held.value),
    }
    detail["flags"] = flags(context, *(name for name, holds in caveats.items() if holds))
    said, status = (outlook(context), *mark), "crossed" if passed else "open"
    return Cells(numbers, actual, status, sentence(*said), formula, as_of, detail=detail, clauses=said)


def crossing_row(context: Context) -> Cells:
    """`math.date_92pct`: the day MATH reached 92 % under any protocol, or the distribution of that day.

    What counts is the best score reported under any protocol, as in the question the essay quotes; where the day
    was reached on the full test set is said beside it.
    """
    threshold = MATH_MARK
    series_id = choose(context, MATH_REPORTED)
    formula = f"first day of {series_id or MATH} >= {threshold}"
    essay = decimal_year(crossing_date(ESSAY_MATH, threshold))
    if series_id is None:
        return _unknown(formula, essay)
    passed = first_at_or_above(context, series_id, threshold)
    as_of = newest_day(context, series_id)
    detail = {"series": [series_id], "protocols": _by_protocol(context, threshold)}
    if passed is not None:
        numbers = Forecasted.happened(passed.day)
        by = f"{percent(passed.value)}: {passed.note}"
        actual = Actual("value", decimal_year(passed.day), passed.day, by, precision=passed.precision)
        said = tuple(_passed(context, passed, threshold))
        return Cells(numbers, actual, "crossed", sentence(*said), formula, as_of, essay, detail, said)
    dates, never = _crossing(context, series_id, threshold)
    held = record(context, series_id)
    note = f"{percent(held.value)} {held.when} ({held.note})" if held else None
    chance = odds(context, never) if never is not None else _why_ended(context, series_id) or (_NO_FORECAST,)
    said = (_NOT_YET, outlook(context), *chance)
    actual = Actual("not_yet", note=f"record so far: {note}")
    return Cells(Forecasted.dated(dates, never), actual, "open", sentence(*said), formula, as_of, essay, detail, said)


def _unknown(formula: str, essay: float) -> Cells:
    why = Clause("no_row", f"no row of {MATH} is known on this day", {"series": MATH})
    nothing = Forecasted("missing"), Actual("missing")
    return Cells(*nothing, "unrefittable", sentence(why), formula, essay_recomputed=essay, clauses=(why,))


def is_mark_passed(rows: pl.DataFrame, day: date) -> bool:
    """Whether the rows known on a day have settled `math.date_92pct`, so that no forecast of days is needed."""
    known = rows.filter(pl.col("observation_date") <= day, pl.col("known_date") <= day)
    # The first series with rows decides, as in the row itself: by another, days that it asks for would not be forecast.
    for series_id in MATH_REPORTED:
        best = known.filter(series_id=series_id)["value"].max()
        if isinstance(best, float):
            return best >= MATH_MARK
    return False


def velocity_row(context: Context) -> Cells:
    """`math.velocity_pp`: what the record on MATH gained over the twelve months before the origin."""
    formula = f"(record of {MATH} - record a year before) * 100"
    (first_day, first), (last_day, last) = ESSAY_MATH
    essay = (last - first) * 100 / ((last_day - first_day).days / DAYS_PER_YEAR)
    held = record(context, MATH)
    if held is None:
        return _unknown(formula, essay)
    before = _record_value_by(context, context.origin_date - timedelta(days=365))
    # 8.6 is 8.600000000000009 to a machine, and on another day 8.6.
    gain = kept((held.value - before) * 100)
    as_of = newest_day(context, MATH)
    why_ended = _why_ended(context, MATH)
    if why_ended:
        # "0 points a year" would read as if mathematics had stopped; what stopped is the reporting on a worn-out test.
        nothing = Actual("not_applicable", note=f"the record stands at {held.said(percent(held.value))}")
        numbers, said = Forecasted("not_applicable"), (*why_ended, _WHILE_USED)
        detail = {"series": [MATH], "is_used_up": fit_of(context, MATH).get("status") == "saturated"}
        return Cells(numbers, nothing, "retired", sentence(*said), formula, as_of, essay, detail, said)
    ends = readable(before * 100), readable(held.value * 100)
    moved = f"observed; from {ends[0]} to {ends[1]} in the year before {context.origin_date}"
    values = {"before": number(before * 100), "now": number(held.value * 100), "day": day(context.origin_date)}
    said = (Clause("moved", moved, values),)
    actual = Actual("value", gain, held.day, held.note, precision=held.precision)
    numbers = Forecasted.constant(gain)
    return Cells(numbers, actual, "open", sentence(*said), formula, as_of, essay, {"series": [MATH]}, said)


def _without_rows(what: Benchmark, context: Context, formula: str) -> Cells:
    named = " or ".join(series_id.rstrip("/") for series_id in what.series_ids)
    text = f"no cited row of {named} is known on {context.origin_date}"
    why = (Clause("no_cited_row", text, {"series": named, "day": day(context.origin_date)}),)
    actual = Actual("missing", note="no row known on this day")
    return Cells(Forecasted("missing"), actual, "unrefittable", sentence(*why), formula, clauses=why)


def _why_ended(context: Context, series_id: str) -> tuple[Clause, ...]:
    """Why a series is not extrapolated; empty when it is."""
    # Silence is told from the rows alone: a declared end would let a look back know how the series ended.
    if is_quiet(context, series_id):
        newest = newest_day(context, series_id)
        text = f"not extrapolated: no system has been reported on it since {newest}"
        return (Clause("quiet", text, {"day": day(newest)}),)
    if context.target_date <= context.origin_date or context.forecasts.has(series_id):
        return ()
    why = fit_of(context, series_id).get("reason") or "the forecaster does not know the series"
    return (Clause("not_fitted", f"not extrapolated: {why}", {"why": why}),)


def _worn_out(property_id: str, context: Context, series_id: str) -> tuple[Clause, ...]:
    """Why a series still reported says nothing more: within a tenth of its ceiling, and another has taken its place."""
    heir = named_successor(property_id, context)
    row = context.definitions.get(series_id, {})
    if heir is None or row.get("scale") != "bounded":
        return ()
    worn = first_at_or_above(context, series_id, NEAR_CEILING * (row["ceiling_share"] or 1.0))
    if worn is None:
        return ()
    said = f"{percent(worn.value)} {worn.when} ({worn.system})"
    near = f"{NEAR_CEILING:.0%} of its ceiling or more"
    # The record of now may be another: without "first", two numbers would stand there for one.
    text = (
        f"saturated: {said} was the first at {near}; what is left may be errors of the benchmark as much as of systems"
    )
    values = {"value": share(worn.value), "when": when(worn), "system": worn.system, "near": share(NEAR_CEILING)}
    return Clause("saturated", text, values), followed(heir)


def _heir(property_id: str, context: Context, already: tuple[Clause, ...]) -> tuple[Clause, ...]:
    heir = named_successor(property_id, context)
    return (followed(heir),) if heir and not any(one.key in FOLLOWED for one in already) else ()


def _crossing(context: Context, series_id: str, threshold: float) -> tuple[tuple[date | None, ...], float | None]:
    if not context.forecasts.has(series_id) or not context.grid:
        return (None,) * len(GRID), None
    found = crossing(context.forecasts, series_id, threshold, context.grid, tuple(GRID))
    return found.dates, found.never_share


def _by_protocol(context: Context, threshold: float) -> dict[str, Any]:
    """The first row at the threshold under each protocol, MATH-500 included: it is another set of problems."""
    members = context.definitions.get(MATH, {}).get("members")
    ids = [*(members.split("+") if members else []), *MATH_500]
    # Kept apart by name: 94.8 % of 500 problems is not 94.8 % of 5,000.
    first = {series_id: first_at_or_above(context, series_id, threshold) for series_id in ids}
    return {
        series_id: {"date": one.day.isoformat(), "value": one.value, "by": one.note} if one else None
        for series_id, one in first.items()
    }


def _passed(context: Context, passed: Reading, threshold: float) -> Iterator[Clause]:
    """Who passed it first, and who on the other set of problems: the 500-problem split or the full test set."""
    text = f"passed {passed.when} by {passed.system} with {percent(passed.value)} ({passed.protocol})"
    yield Clause("passed_by", text, named(passed))
    is_on_500 = passed.protocol.startswith(MATH_500)
    others = ("full test set", (MATH,)) if is_on_500 else ("500-problem split", MATH_500)
    found = [one for series_id in others[1] if (one := first_at_or_above(context, series_id, threshold))]
    if found:
        other = min(found, key=lambda one: one.day)
        said = f"{other.when} by {other.system} with {percent(other.value)} ({other.protocol})"
        yield Clause("passed_other", f"on the {others[0]} {said}", {"which": others[0], **named(other)})


def _record_value_by(context: Context, day: date) -> float:
    rows = rows_of(context, MATH)
    # A series younger than a year gained what it gained since its first row, not since zero.
    before = rows["value"].filter(rows["observation_date"] <= day).max()
    found = before if before is not None else rows["value"].min()
    assert isinstance(found, float)
    return found
