"""A published table under other assumptions: every row beside itself, and what each assumption has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from flows.ask.changes import in_unit, published_quantiles, world_of
from models.changes.mixtures import quantiles_under, units_of
from models.changes.scenarios import QUARTILES
from models.changes.size import scale_of
from models.changes.whatif import Assumption, identifier, what_if
from models.days import target_dates
from models.properties.cells import TOLD_STATES
from models.properties.declared_inputs import ASSUMED
from models.properties.table import PROPERTY_IDS
from warehouse import published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.corrections import Correction
    from warehouse.vintages import Queries


def under_assumptions(
    queries: Queries, edition_id: str, changed: Sequence[Assumption], corrections: Sequence[Correction] = ()
) -> dict[str, Any]:
    """The identifier, and every row that the edition gives a number for: quartiles before and after, and the parts.

    Parts and `total` are shifts of the median on the row's scale: points, years, or powers of ten (dex).
    """
    world = world_of(queries, edition_id, corrections)
    found = what_if(
        world.known.assumptions,
        changed,
        lambda frames: quantiles_under(world, frames, lambda one: target_dates(one.day, one.target_date)),
    )
    units = units_of(world.known.essay_numbers)
    rows_said = published.properties_of(queries, edition_id)
    labels = dict(rows_said.select("property_id", "label_en").iter_rows())
    # A row that the edition gives no number for has draws all the same: told here, they would be the number it refuses.
    told = set(rows_said.filter(pl.col("value_state").is_in(TOLD_STATES))["property_id"])
    rows = [
        {
            "property_id": name, "label_en": labels[name], "unit": units[name], "scale": scale_of(units[name]),
            "before": _quartiles(found.before[place], units[name]),
            "after": _quartiles(found.after[place], units[name]),
            "total": float(found.after[place][QUARTILES["p50"]] - found.before[place][QUARTILES["p50"]]),
            "parts": {one: float(part[place]) for one, part in found.parts.items()},
        }
        for place, name in enumerate(PROPERTY_IDS)
        if name in told and np.isfinite([found.before[place], found.after[place]]).all()
    ]  # fmt: skip
    # Older code is not at hand: where this one gives another table, the edition is not what stands on the left.
    said = published_quantiles(queries, edition_id, world)
    is_as_published = bool(np.allclose(found.before, said, rtol=1e-9, atol=1e-9, equal_nan=True))
    return {
        "whatif_id": identifier(edition_id, changed),
        "edition_id": edition_id,
        **of_edition(queries, edition_id),
        "is_as_published": is_as_published,
        "properties": rows,
    }


def of_edition(queries: Queries, edition_id: str) -> dict[str, Any]:
    """What a what-if is measured against: the day the edition speaks for, when it was made, and for which day."""
    issue, asked = published.issue_of(queries, edition_id), published.target_of(queries, edition_id)
    assert issue is not None
    assert asked is not None
    return {
        "origin_date": issue.today.isoformat(),
        "made_on": issue.wall.date().isoformat() if issue.wall else None,
        "is_replay": issue.is_replay,
        "target_date": asked[0].isoformat(),
    }


def _quartiles(grid: Any, unit: str) -> dict[str, float]:
    return {name: in_unit(float(grid[place]), unit) for name, place in QUARTILES.items()}


def assumable(queries: Queries, edition_id: str, corrections: Sequence[Correction] = ()) -> list[dict[str, Any]]:
    """Every assumption that can be another: its id, what the edition holds it to be, its unit and who says so."""
    stated = world_of(queries, edition_id, corrections).known.assumptions
    rows = {row["assumption_id"]: row for row in stated.sort("source_id").iter_rows(named=True)}
    return [_stated(name, rows.get(one.assumption_id), one.fallback) for name, one in sorted(ASSUMED.items())]


def _stated(name: str, row: dict[str, Any] | None, fallback: float) -> dict[str, Any]:
    if row is None:
        return {"input_id": name, "value": fallback, "unit": "", "source": ASSUMED[name].why, "note": ""}
    kept = {one: row[one] for one in ("value", "low", "high", "interval", "unit")}
    return {"input_id": name, **kept, "source": row["citation_title"], "note": row["note"] or ""}
