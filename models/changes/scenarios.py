"""Named scenarios: the table of a day under assumptions that are argued about, from the forecasts it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from models.changes.mixtures import units_of
from models.changes.size import comparable, scale_of
from models.changes.whatif import SCENARIOS, Assumption
from models.days import decimal_year
from models.forecasting.forecasts import HUB_LEVELS
from models.properties.cells import TOLD_STATES
from models.properties.table import property_grids, steady_cells
from warehouse.contracts.content import schema_without_edition
from warehouse.contracts.scenario import SCENARIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context

    Grids = Mapping[str, FloatArray | None]

QUARTILES: Final = {"p25": HUB_LEVELS.index(0.25), "p50": HUB_LEVELS.index(0.5), "p75": HUB_LEVELS.index(0.75)}


def scenario_table(context: Context, properties: pl.DataFrame) -> pl.DataFrame:
    """Every scenario of SCENARIOS: contract out.scenario without edition_id.

    Nothing is forecast anew. Rows that `properties` (out.property) gives no number for are left out: they have draws
    all the same, and would be the number it refuses.
    """
    told = properties.filter(pl.col("value_state").is_in(TOLD_STATES))["property_id"].to_list()
    steady = steady_cells(context)
    plain = property_grids(context, steady=steady)
    rows = [
        row
        for name, texts in SCENARIOS.items()
        for row in _rows(name, texts, told, (context, plain, property_grids(_under(context, texts), steady=steady)))
    ]
    return pl.DataFrame(rows, schema=schema_without_edition(SCENARIO), orient="row")


def _under(context: Context, texts: tuple[str, ...]) -> Context:
    assumptions = context.world.known.assumptions
    for text in texts:
        assumptions = Assumption.read(text).put_into(assumptions)
    return context.under(assumptions)


def _rows(
    name: str, texts: tuple[str, ...], told: list[str],
    under: tuple[Context, Grids, Grids],
) -> list[dict[str, Any]]:  # fmt: skip
    context, plain, changed = under
    units, last = units_of(context.world.known.essay_numbers), decimal_year(context.world.target_date)
    rows = []
    for property_id in told:
        before, after = (_grid(grids[property_id]) for grids in (plain, changed))
        unit, middle = units[property_id], QUARTILES["p50"]
        moved = [float(comparable(grid, unit, last)[middle]) for grid in (before, after)]
        if not np.isfinite([*moved, *(after[place] for place in QUARTILES.values())]).all():
            continue
        rows.append({
            "scenario": name, "assumptions": " ".join(texts), "property_id": property_id, "unit": unit,
            **{one: float(after[place]) for one, place in QUARTILES.items()},
            "shift": moved[1] - moved[0], "shift_scale": scale_of(unit),
        })  # fmt: skip
    return rows


def _grid(grid: FloatArray | None) -> FloatArray:
    return np.full(len(HUB_LEVELS), np.nan) if grid is None else grid
