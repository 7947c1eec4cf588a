"""The GPT-2030 property table: 44 rows in the essay's six sections, each beside what it said and what has happened."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from models.properties.arguments import evaluation
from models.properties.belief_rows import IMO, JUDGED, QUESTIONS, community_row, judgement_row
from models.properties.benchmark_rows import (
    BENCHMARKS,
    MATH_500,
    MATH_REPORTED,
    benchmark_row,
    crossing_row,
    velocity_row,
)
from models.properties.cells import GRID
from models.properties.companions import BESIDE, audits, beside, frozen, is_worn, named_successor
from models.properties.context import Context, choose, essay_row
from models.properties.declared_inputs import MEASURED_INPUTS, SERIES_INPUTS
from models.properties.flag_rows import TASKS, flags_row
from models.properties.formula_rows import essay_results, formula_grid, formula_row, graph
from models.properties.horizon_rows import HORIZONS, horizon_row
from models.properties.inputs import gather
from models.properties.resolved import resolved
from warehouse.contracts import out, polars_schema
from warehouse.contracts.content import nothing_of
from warehouse.contracts.facts import FRESH_DAYS, MOVING
from warehouse.contracts.living import LIVING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from models.forecasting.scales import FloatArray
    from models.properties.cells import Cells

__all__ = [
    "PROPERTY_IDS",
    "Context",
    "Derived",
    "akin",
    "property_cells",
    "property_grids",
    "property_quantiles",
    "property_table",
    "series_read",
    "steady_cells",
]

PROPERTY_IDS: Final = (
    "math.sota_pct", "math.date_92pct", "math.velocity_pp", "math.successor_pct", "math.imo_gold_date",
    "math.beats_ucsd_faculty_p", "code.apps_pct", "code.apps80_date", "code.successor_pct", "code.codeforces_pctile",
    "cyber.horizon", "know.mmlu_pct", "know.successor_pct", "know.context_tokens", "cap.superhuman_flags",
    "speed.human_tpm", "speed.multiple", "speed.tiling_gain", "speed.cost_multiple", "speed.boosted_multiple",
    "speed.day_task_minutes",
    "compute.train_flop", "compute.metaculus_flop", "data.train_tokens", "overhang.fwd_passes", "overhang.gpt3_years",
    "overhang.chinchilla_years", "overhang.work_years", "overhang.months_to_finish",
    "learn.copies_compute", "learn.dau", "learn.copies_market", "learn.years_per_day", "learn.lifetime_hours",
    "act.ferrari_p", "act.agi_date",
    "work.agents", "work.fast_agents", "work.fast_agent_days", "work.fast_agent_years_budget", "auto.horizon_days",
    "auto.metr_h", "auto.oversight_h", "impact.math_output_x",
)  # fmt: skip

_SINGULAR: Final[Mapping[str, Callable[[Context], Cells]]] = {
    "math.date_92pct": crossing_row,
    "math.velocity_pp": velocity_row,
    "cap.superhuman_flags": flags_row,
    **{property_id: partial(horizon_row, property_id) for property_id in HORIZONS},
    "math.beats_ucsd_faculty_p": partial(judgement_row, "math.beats_ucsd_faculty_p"),
    **{property_id: partial(judgement_row, property_id) for property_id in JUDGED},
    **{property_id: partial(community_row, property_id) for property_id in QUESTIONS},
    **{property_id: partial(benchmark_row, property_id) for property_id in BENCHMARKS},
}
# MATH has no series in its place, but a row.
_FOLLOWED_BY: Final = {"math.sota_pct": "math.successor_pct", "math.velocity_pp": "math.successor_pct"}
# Filled when an edition exists and can be compared with an earlier one.
_LATER: Final = ("edition_id", "previous_p50", "change_spreads")


class Derived(NamedTuple):
    """The property table of a day, the whole distributions behind its quantiles, and the living rows beside it."""

    properties: pl.DataFrame
    quantiles: pl.DataFrame
    living: pl.DataFrame = nothing_of(LIVING)


def property_cells(context: Context, steady: Mapping[str, Cells] | None = None) -> dict[str, Cells]:
    """Every row by id, in the order of the table; depends on nothing but the context.

    `steady` spares computing the rows without a formula again for who has them, from the same rows and forecasts.
    """
    evaluated = graph(context, essay_results(context))
    at_hand = steady_cells(context) if steady is None else steady
    cells = {
        name: at_hand[name] if name in at_hand else _with_more(name, formula_row(name, context, evaluated), context)
        for name in PROPERTY_IDS
    }
    return resolved(cells, context) if context.is_due else cells


def property_grids(
    context: Context, only: Collection[str] = PROPERTY_IDS, steady: Mapping[str, Cells] | None = None
) -> dict[str, FloatArray | None]:
    """Of the rows asked for the distributions of `property_cells`, to the bit, and nothing else; None without one.

    What is told beside a number takes two thirds of the time of a table, and a comparison asks for hundreds of tables.
    `context` need hold no other series than those of `series_read`, for the same rows.
    """
    if context.is_due:
        # Whether anything is still forecast of a row depends on all that is said of it.
        cells = property_cells(context, steady)
        return {name: cells[name].forecast.grid for name in only}
    evaluated = None if _SINGULAR.keys() >= set(only) else evaluation(gather(context))
    at_hand = {name: _SINGULAR[name](context) for name in only if name in _SINGULAR} if steady is None else steady
    return {
        name: formula_grid(name, context, evaluated)
        if evaluated and name not in at_hand
        else at_hand[name].forecast.grid
        for name in only
    }


def steady_cells(context: Context) -> dict[str, Cells]:
    """The rows without a formula, by id, before any is resolved: what formulas assume (ASSUMED) moves none of them."""
    return {name: _with_more(name, row(context), context) for name, row in _SINGULAR.items()}


def akin(property_id: str) -> frozenset[str]:
    """The rows that are best computed with one, as they rest on the same: all with a formula, or all without."""
    alone = frozenset(_SINGULAR)
    return alone if property_id in alone else frozenset(PROPERTY_IDS) - alone


def series_read(series_ids: Iterable[str]) -> frozenset[str]:
    """Of these series, those whose rows or forecasts any row of the table may read, members of pooled ones aside."""
    candidates = {*MATH_REPORTED, *MATH_500, IMO, *(task.series_id for task in TASKS)}
    candidates |= {name for names in SERIES_INPUTS.values() for name in names}
    candidates |= {name for names, _ in MEASURED_INPUTS.values() for name in names}
    candidates |= {name for one in HORIZONS.values() for name in (*one.series_ids, one.stricter)}
    candidates |= {one.series_id for companions in BESIDE.values() for one in companions}
    candidates |= {name for one in BENCHMARKS.values() for name in one.series_ids}
    prefixes = tuple(name for name in candidates if name.endswith("/"))
    return frozenset(name for name in series_ids if name in candidates or name.startswith(prefixes))


def property_table(context: Context, cells: Mapping[str, Cells] | None = None) -> pl.DataFrame:
    """All rows of the table in order: the columns of out.property without edition_id and comparisons.

    The same context gives the same bytes. `cells` spares computing the rows again for who has them. KeyError when
    core.essay_number lacks a row: names, units and the essay's numbers come from there.
    """
    schema = {name: dtype for name, dtype in polars_schema(out.PROPERTY).items() if name not in _LATER}
    # Numbered from the whole table: a row keeps its place when others have nothing to say.
    computed = property_cells(context) if cells is None else cells
    rows = [
        one.row(number, essay_row(context, property_id)) | rot(property_id, one, context)
        for number, (property_id, one) in enumerate(computed.items(), start=1)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def rot(property_id: str, cells: Cells, context: Context) -> dict[str, str | None]:
    """Whether a row is still fed, and what goes on in its place where it is not: `rot` and `successor`."""
    if "frozen" in cells.detail:
        return {"rot": "frozen", "successor": cells.detail["frozen"]["successor"]}
    if cells.status == "retired":
        return {"rot": "frozen", "successor": _goes_on(property_id, context)}
    if cells.status == "unrefittable" and cells.inputs_as_of is not None and property_id in BENCHMARKS:
        # Its record fell short, so it is not retired; but nobody reports it any more, and its facts only grow older.
        after = _goes_on(property_id, context)
        return {"rot": None if after is None else "frozen", "successor": after}
    if cells.status not in MOVING or cells.inputs_as_of is None:
        return {"rot": None, "successor": None}
    is_fresh = (context.origin_date - cells.inputs_as_of).days <= FRESH_DAYS
    return {"rot": "fresh" if is_fresh else "aging", "successor": None}


def _goes_on(property_id: str, context: Context) -> str | None:
    """What takes the place of a row whose test is used no more: a series of its own, or another row of the table."""
    after = named_successor(property_id, context)
    if after is not None:
        return after
    other = _FOLLOWED_BY.get(property_id)
    if other is None:
        return None
    own = choose(context, BENCHMARKS[other].series_ids)
    is_used_up = own is not None and is_worn(own, context)
    return f"{essay_row(context, other)['label_en']}{', used up itself' if is_used_up else ''} ({other})"


def property_quantiles(cells: Mapping[str, Cells]) -> pl.DataFrame:
    """The distribution of every row that has one: contract out.property_quantile without edition_id."""
    known = {property_id: one.forecast.grid for property_id, one in cells.items() if one.forecast.grid is not None}
    return pl.DataFrame(
        {
            "property_id": [property_id for property_id in known for _ in GRID],
            "level": [float(level) for _ in known for level in GRID],
            "value": np.concatenate([*known.values(), np.empty(0)]),
            "is_published": [cells[property_id].forecast.is_published for property_id in known for _ in GRID],
        },
        schema=[(name, dtype) for name, dtype in polars_schema(out.PROPERTY_QUANTILE).items() if name != "edition_id"],
        # Infinite is how a day "never" is counted; stored it would be a value, empty it is none.
    ).with_columns(pl.when(pl.col("value").is_finite()).then(pl.col("value")))


def _with_more(property_id: str, cells: Cells, context: Context) -> Cells:
    """A row with what is told beside it: companions, audits of its series, and that its publishers have stopped."""
    named = cells.detail.get("series") or []
    more = {
        "beside": beside(property_id, context),
        "audits": audits(list(named), context),
        "frozen": frozen(property_id, list(named), context),
    }
    return replace(cells, detail={**cells.detail, **{name: said for name, said in more.items() if said}})
