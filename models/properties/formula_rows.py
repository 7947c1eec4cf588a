"""Rows that follow from a formula: the same graph on forecasts, on measurements and on the essay's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.days import READING_UNITS, readable
from models.digits import kept
from models.properties.arguments import Evaluation, evaluation, of_today
from models.properties.cells import GRID, NOT_APPLICABLE, Actual, Cells, Forecasted, flags, outlook
from models.properties.clauses import Clause, day, number, often, sentence, share
from models.properties.context import assumed, essay_row, fit_of, lately_read, newest_day, told_in_its_unit
from models.properties.declared_inputs import ASSUMED, LIMITS, MEASURED_INPUTS, SERIES_INPUTS
from models.properties.essay_arithmetic import (
    GPT3_PARAMETERS,
    chinchilla_tokens,
    essay_mode,
    passes_from_compute,
    work_years,
)
from models.properties.formulas import ancestors, formulas
from models.properties.inputs import gather
from models.properties.propagation import complete, levels, missing, quantiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context, Row
    from models.properties.formulas import Value

# A limit holds a row back where its median would be another by this share of it, and most draws run into the limit.
HELD_BACK: Final = 0.2
MOST: Final = 0.5
# Of these rows less is more. Time between check-ins is none of them: shorter may mean faster, or less trusted.
FALLING: Final = frozenset({"speed.day_task_minutes", "overhang.months_to_finish", "work.fast_agent_days"})
# The one step that the essay gave as a number and that has a formula of its own since.
HORIZON: Final = "auto.horizon_days"
# Neither way is ahead.
UNDIRECTED: Final = frozenset({"auto.oversight_h"})
# What "so far" is of a row with a formula; of all others it is what the formula gives on today's inputs.
KINDS: Final[Mapping[str, str]] = {
    "compute.train_flop": "measured",
    "data.train_tokens": "measured",
    "know.context_tokens": "measured",
    "speed.multiple": "derived",
    "auto.horizon_days": "derived",
    "learn.dau": "derived",
    "learn.copies_market": "derived",
}


@dataclass(frozen=True, slots=True)
class Graph(Evaluation):
    """The same with what is told beside the numbers: `essay` is what the formulas give on its own numbers.

    `medians` are those of `today`; `without` holds today's draws again with one limit switched off, by limit;
    `instead` with another bound in its place, by limit and name.
    """

    medians: Mapping[str, float]
    without: Mapping[str, Mapping[str, Value]]
    instead: Mapping[str, Mapping[str, Mapping[str, Value]]]
    essay: Mapping[str, float]


def graph(context: Context, essay: Mapping[str, float]) -> Graph:
    """Evaluate all formulas for one table; `essay` are their results on its numbers, from `essay_results`."""
    known = evaluation(gather(context))
    given = {name: known.today[name] for name in known.inputs.distributions}
    # The same draws with one limit less: fresh draws would show noise as the effect of the limit.
    bounds = [limit for limit in LIMITS if np.ndim(given[limit]) or np.isfinite(given[limit])]
    without = {limit: complete({**given, limit: np.inf}) for limit in bounds}
    instead = {
        limit: {name: complete({**given, limit: one.quantile(levels(limit))}) for name, one in others.items()}
        for limit in bounds
        if (others := known.alternatives[limit])
    }
    medians = {name: _median(draws) for name, draws in known.today.items()}
    return Graph(
        known.inputs, known.today, known.actual, known.readings, known.unlimited, known.alternatives,
        medians, without, instead, essay,
    )  # fmt: skip


def formula_row(property_id: str, context: Context, evaluated: Graph) -> Cells:
    """A row with a formula: quantiles of its draws, or what is missing for them."""
    one = formulas()[property_id]
    series = _series_behind(property_id, evaluated)
    detail = _evidence(property_id, evaluated, series) | _extras(property_id, evaluated) | _readings(context, series)
    actual = _actual(property_id, context, evaluated)
    as_of = max((newest_day(context, series_id) for series_id in series), default=None)
    if property_id not in evaluated.today:
        lacking = missing(property_id, evaluated.today)
        return Cells(
            Forecasted("missing"), actual, "unrefittable", sentence(why := _why_missing(lacking)), one.text, as_of,
            evaluated.essay.get(property_id), {**detail, "missing": list(lacking)}, (why,),
        )  # fmt: skip
    draws = evaluated.today[property_id]
    limits = _limits(property_id, evaluated)
    status, said = _status(property_id, context, evaluated, (actual, limits))
    if limits:
        detail["limits"] = limits
    if endless := _endless(property_id, context, evaluated):
        detail["unlimited"] = endless
    if lent := _lent(property_id, evaluated):
        detail["essay_stands_in"] = lent
    if np.ndim(draws):
        detail["flags"] = flags(context, *_fit_flags(context, series))
    numbers = _forecast(draws, actual)
    essay = evaluated.essay.get(property_id)
    return Cells(numbers, actual, status, sentence(*said), one.text, as_of, essay, detail, said)


def formula_grid(property_id: str, context: Context, evaluated: Evaluation) -> FloatArray | None:
    """Of a row with a formula the distribution alone, None without one: all that a comparison asks for."""
    if property_id not in evaluated.today:
        return None
    return _forecast(evaluated.today[property_id], _actual(property_id, context, evaluated)).grid


def _forecast(draws: Value, actual: Actual) -> Forecasted:
    # Only what was measured is told as it was cited; what follows from it is rounded like its quantiles.
    floor = actual.value if actual.kind == "measured" and actual.value is not None else -np.inf
    return Forecasted.of(quantiles(draws, tuple(GRID)), floor)


def essay_results(context: Context) -> dict[str, float]:
    """What every formula gives on the essay's own numbers, by id; KeyError without any. None of it is drawn."""
    if context.essay_numbers.is_empty():
        raise KeyError("core.essay_number has no row: land the essay source first")
    # Implied numbers were worked back from the rows they would feed: as inputs they would prove themselves.
    rows = [row for row in context.essay_numbers.iter_rows(named=True) if row["p50"] is not None]
    stated = {row["property_id"]: row["p50"] for row in rows if not row["is_implied"]}
    constants = {row["property_id"]: row["p50"] for row in rows if row["placement"] == "assumption"}
    return essay_mode(stated, constants)


def _evidence(property_id: str, evaluated: Graph, series: list[str]) -> dict[str, Any]:
    """Where the row comes from: its inputs with their medians, the steps between, the series and the assumptions."""
    needed, known = ancestors(property_id), formulas()
    inputs, steps = known[property_id].inputs, sorted(needed & known.keys())
    return {
        "inputs": {name: evaluated.medians.get(name) for name in inputs},
        "steps": {name: known[name].text for name in steps},
        "step_medians": {name: evaluated.medians.get(name) for name in steps},
        "series": series,
        "assumptions": sorted(ASSUMED[name].assumption_id for name in needed & ASSUMED.keys()),
        "measured_now": {name: evaluated.medians.get(name) for name in sorted(needed & MEASURED_INPUTS.keys())},
        "forecast_medians": {name: evaluated.medians.get(name) for name in sorted(needed & SERIES_INPUTS.keys())},
        # Only where both stand below the row: what it is not made of cannot move it.
        "drawn_together": {
            child: {"with": parent, "correlation": correlation}
            for child, (parent, correlation) in evaluated.inputs.drivers.items()
            if {child, parent} <= needed
        },
    }


def _extras(property_id: str, evaluated: Graph) -> dict[str, Any]:
    """Cross-checks of a row by another road: C / 2N beside 3 D, and data by compute beside data by trend."""
    today, extras = evaluated.today, dict[str, Any]()
    if property_id == "overhang.fwd_passes":
        extras["by_compute"] = passes_from_compute(today["compute.gpt3_flop"], GPT3_PARAMETERS)
        if "data.train_tokens" in today:
            extras["passes_in_2030"] = 3 * evaluated.medians["data.train_tokens"]
    if property_id == "overhang.work_years" and "compute.train_flop" in today:
        tokens = chinchilla_tokens(evaluated.medians["compute.train_flop"])
        # A reader's speed may be stated as a range: the row's detail holds numbers, and no draws.
        extras["by_compute"] = _median(work_years(tokens, today["speed.human_tpm"]))
    if property_id == "work.agents" and {"learn.copies_compute", "speed.multiple"} <= today.keys():
        # Agents of a year each are a stock of work; so many of them could think at once, each so much faster.
        extras["concurrent_agents"] = _median(today["learn.copies_compute"] / today["speed.multiple"])
    if property_id == "know.context_tokens" and "know.context_now" in today and property_id in today:
        extras["no_record_share"] = float(np.mean(today[property_id] <= today["know.context_now"]))
    return extras


def _readings(context: Context, series: list[str]) -> dict[str, Any]:
    """The rows behind a level, each with its system and day: of a median one wants to see what it is of."""
    alike: dict[str, list[str]] = {}
    for series_id in series:
        for one in lately_read(context, series_id):
            # How they were read is said once of all that were read so on one day: it is longer than they are.
            said = f"{one.system}: {told_in_its_unit(context, one)}"
            alike.setdefault(f"({one.day}, {one.protocol})", []).append(said)
    found = [f"{', '.join(said)} {how}" for how, said in alike.items()]
    return {"readings": found} if found else {}


# What a reader must know of how a row looks ahead.
REMARKS: Final[Mapping[str, Clause]] = {
    "auto.horizon_days": Clause(
        "declared_doubling", "by a declared doubling time from METR's 80 % horizon, not by a fit"
    ),
    "overhang.chinchilla_years": Clause(
        "by_compute",
        "by the training compute, what it could train on; overhang.work_years without its limit follows the trend of "
        "tokens",
    ),
    "auto.oversight_h": Clause(
        "neither_way", "longer tasks need fewer check-ins and faster ones more, so neither way is ahead"
    ),
}
_HOW: Final[Mapping[str, str]] = {
    "measured": "",
    "derived": "measured, times what is assumed: ",
    "implied": "not measured itself, the formula on today's inputs: ",
}


def _median(draws: Value) -> float:
    return float(quantiles(draws, (0.5,))[0])


def _series_behind(property_id: str, evaluated: Evaluation) -> list[str]:
    needed = ancestors(property_id)
    return sorted({series for name, series in evaluated.inputs.series_of.items() if name in needed})


def _actual(property_id: str, context: Context, evaluated: Evaluation) -> Actual:
    used = [name for name in (*SERIES_INPUTS, *MEASURED_INPUTS) if name in ancestors(property_id)]
    if not used:
        return NOT_APPLICABLE
    # The essay's own number stands in where nothing is measured: it is none that was.
    if property_id not in evaluated.actual or not evaluated.readings.keys() & set(used):
        return Actual(
            "missing", note="nothing measured yet for " + ", ".join(n for n in used if n not in evaluated.readings)
        )
    # One series may feed two inputs, its trend and where it stands: it is said once.
    readings = {one.series_id: one for name in used if (one := evaluated.readings.get(name))}.values()
    notes = [f"{told_in_its_unit(context, one)} ({one.note})" for one in readings]
    notes += _assumed_of_today(property_id, context)
    kind = KINDS.get(property_id, "implied")
    note = _HOW[kind] + "; ".join(notes)
    newest = max(readings, key=lambda one: one.day)
    value = float(evaluated.actual[property_id])
    # What was measured is told as it was cited.
    value = value if kind == "measured" else kept(value)
    return Actual("value", value, newest.day, note, kind, newest.precision)


def _assumed_of_today(property_id: str, context: Context) -> list[str]:
    """What the number so far assumes of today where the forecast assumes another for its target date."""
    found = [row for name, row in of_today(assumed(context)).items() if name in ancestors(property_id)]
    return [
        f"{readable(row['value'])} {READING_UNITS[row['unit']]} (assumed of today, {row['assumption_id']})"
        for row in found
    ]


def _limits(property_id: str, evaluated: Graph) -> dict[str, Any]:
    """Per limit behind the row: how often its trend runs into it, the row without it, and whether it is what holds."""
    found: dict[str, Any] = {}
    for limit, values in evaluated.without.items():
        if limit not in ancestors(property_id) or LIMITS[limit] not in evaluated.today:
            continue
        binds = np.mean(evaluated.today[LIMITS[limit]] > evaluated.today[limit])
        without = _quartiles(values[property_id])
        # Where a row is the lesser of two, a limit on the one that seldom is the lesser holds nothing back.
        middle = float(np.median(evaluated.today[property_id]))
        is_other = abs(without["p50"] - middle) >= HELD_BACK * abs(middle)
        found[limit] = {
            "binding_share": float(binds),
            "holds_back": bool(binds > MOST and is_other),
            "without": without,
        }
        others = evaluated.instead.get(limit, {})
        if others:
            found[limit]["instead"] = {name: _quartiles(one[property_id]) for name, one in others.items()}
    return found


def _endless(property_id: str, context: Context, evaluated: Graph) -> list[str]:
    """Limits behind a row that nobody had stated yet, though their trend is forecast further than is scored."""
    if not context.is_beyond_scored_range:
        return []
    behind = evaluated.unlimited & ancestors(property_id)
    return sorted(limit for limit in behind if LIMITS[limit] in evaluated.inputs.series_of)


def _lent(property_id: str, evaluated: Graph) -> str:
    """The step at or below a row whose number is the essay's, because what its formula starts from is not measured."""
    is_below = HORIZON in {property_id, *ancestors(property_id)}
    return HORIZON if is_below and HORIZON in evaluated.inputs.distributions else ""


def _quartiles(value: Value) -> dict[str, float]:
    return dict(zip(("p25", "p50", "p75"), map(float, quantiles(value, (0.25, 0.5, 0.75))), strict=True))


def _status(
    property_id: str, context: Context, evaluated: Graph, known: tuple[Actual, Mapping[str, Any]]
) -> tuple[str, tuple[Clause, ...]]:
    draws, (actual, limits) = evaluated.today[property_id], known
    if _lent(property_id, evaluated) == property_id:
        start = MEASURED_INPUTS["auto.p80_now"][0][0]
        text = f"the essay's own number: no row of {start} is known on this day for the formula to use"
        return "unrefittable", (Clause("lent_whole", text, {"series": start}),)
    if not _series_behind(property_id, evaluated) and not _is_prior_alone(property_id, evaluated):
        return "unrefittable", (_ARITHMETIC if np.ndim(draws) == 0 else _RANGED,)
    essay = essay_row(context, property_id)
    is_beyond = _is_beyond(property_id, essay, actual)
    if is_beyond and actual.kind == "measured":
        assert actual.value is not None
        assert actual.day is not None
        stated = readable(essay["p50"])
        text = f"the essay's {stated} is passed: {readable(actual.value)} by what was measured up to {actual.day}"
        values = {"essay": number(essay["p50"]), "value": number(actual.value), "day": day(actual.day)}
        return "crossed", (Clause("passed", text, values), outlook(context))
    said = [outlook(context), *_remarks(property_id, evaluated)]
    said += _bounds(limits, _endless(property_id, context, evaluated))
    if _is_prior_alone(property_id, evaluated):
        said.append(_PRIOR)
    if is_beyond:
        said.append(_would_be(essay, actual))
    if actual.kind == "measured" and essay["role"] == "anchor":
        # Beyond it by measurement and yet open: to be told from a forecast that came true.
        text = f"the essay's {readable(essay['p50'])} was the state of 2023, not a forecast"
        said.append(Clause("was_state", text, {"essay": number(essay["p50"])}))
    return "open", tuple(said)


_ARITHMETIC: Final = Clause("arithmetic", "arithmetic on constants and judgements: there is no series to refit")
_RANGED: Final = Clause(
    "arithmetic_ranged",
    "arithmetic on constants and judgements, some of them with a stated range: there is no series to refit",
)
_PRIOR: Final = Clause("prior_alone", "the essay's range stands alone, no speed was known")


def _remarks(property_id: str, evaluated: Graph) -> Iterator[Clause]:
    if property_id in REMARKS:
        yield REMARKS[property_id]
    if lent := _lent(property_id, evaluated):
        yield Clause("lent", f"{lent} is the essay's own number, nothing was measured for it", {"step": lent})


def _bounds(limits: Mapping[str, Any], endless: list[str]) -> Iterator[Clause]:
    """What holds the row back, and what would if somebody had stated it."""
    # Every limit that binds in most draws: of one left out, the share told elsewhere would contradict this.
    for limit, facts in sorted(limits.items(), key=lambda one: not one[1]["holds_back"]):
        share_of_draws = facts["binding_share"]
        values, told = {"limit": limit, "binds": share(share_of_draws)}, often(share_of_draws)
        if facts["holds_back"]:
            yield Clause("held_by", f"held back by {limit}, which binds in {told} of the draws", values)
        elif share_of_draws > MOST:
            # Not that it holds nothing back: without it the row may be other by up to HELD_BACK, and what-if shows it.
            text = f"{limit} binds in {told} of the draws; without it the median would be other by less than a fifth"
            yield Clause("binds_only", text, values)
    if endless:
        text = f"nothing holds the trend back: on this day there was no {', '.join(endless)} on record here"
        yield Clause("endless", text, {"limits": endless})


def _would_be(essay: Row, actual: Actual) -> Clause:
    """What is beyond the essay's number by a formula or an assumption: worth saying, and not passed."""
    assert actual.value is not None
    value, beyond = readable(actual.value), f"beyond the essay's {readable(essay['p50'])}"
    values = {"value": number(actual.value), "essay": number(essay["p50"])}
    if actual.kind == "implied":
        return Clause("would_be_implied", f"today's inputs would give {value}, not measured itself, {beyond}", values)
    text = f"what is measured today, times what is assumed, gives {value}, {beyond}"
    return Clause("would_be_derived", f"{text}; only what is measured itself passes it", values)


def _is_beyond(property_id: str, essay: Row, actual: Actual) -> bool:
    # A state of 2023 is not a forecast: passing it is no news.
    if actual.value is None or essay["role"] != "forecast" or essay["p50"] is None or property_id in UNDIRECTED:
        return False
    stated = float(essay["p50"])
    return actual.value <= stated if property_id in FALLING else actual.value >= stated


def _is_prior_alone(property_id: str, evaluated: Graph) -> bool:
    needs_speed = property_id == "speed.multiple" or "speed.multiple" in ancestors(property_id)
    return needs_speed and "speed.flagship_tps" not in evaluated.inputs.series_of


def _fit_flags(context: Context, series: list[str]) -> list[str]:
    fits = [fit_of(context, series_id) for series_id in series]
    is_prior = any(fit.get("status") == "prior_driven" for fit in fits)
    is_remembered = any(fit.get("remembered_count", 0) > 0 for fit in fits)
    return [name for name, holds in (("prior_driven", is_prior), ("uses_remembered_rows", is_remembered)) if holds]


def _why_missing(lacking: tuple[str, ...]) -> Clause:
    behind = {SERIES_INPUTS[name] for name in lacking if name in SERIES_INPUTS}
    # Where a trend stands now comes from the series of the trend: without its rows both lack, and it is said once.
    lacking = tuple(name for name in lacking if name not in MEASURED_INPUTS or MEASURED_INPUTS[name][0] not in behind)
    named = [f"{name} ({' or '.join(SERIES_INPUTS[name])})" if name in SERIES_INPUTS else name for name in lacking]
    return Clause("nothing_gives", f"nothing known on this day gives {', '.join(named)}", {"inputs": named})
