"""What a run computes: forecasts, the table, and the content of an edition, from what was known on the day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows import __version__
from models.changes.scenarios import scenario_table
from models.days import scored_dates, target_dates
from models.forecasting.pool import ROW_COLUMNS, forecast
from models.properties.living import living_table
from models.properties.table import Context, Derived, property_cells, property_quantiles, property_table
from models.properties.world import World
from warehouse.contracts.content import Content

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from flows.settings import Settings
    from models.forecasting.forecasts import Forecasts
    from warehouse.contracts.known import Known


@dataclass(frozen=True, slots=True)
class Results:
    """What a run has computed: our forecasts, the properties, and everybody's scores."""

    forecasts: Forecasts
    derived: Derived
    scores: pl.DataFrame


def refit(known: Known, target: date) -> Forecasts:
    """Forecast every series from the rows known on the day."""
    return forecast(known.observations.select(ROW_COLUMNS), known.series, known.day, target_dates(known.day, target))


def derive(known: Known, forecasts: Forecasts, settings: Settings) -> Derived:
    """The property table of the day: contract out.property without edition and comparisons, and its quantiles."""
    context = Context(World(known, settings.target_date), forecasts)
    cells = property_cells(context)
    return Derived(property_table(context, cells), property_quantiles(cells), living_table(context))


def scenarios(known: Known, results: Results, settings: Settings) -> pl.DataFrame:
    """The table under each named scenario: contract out.scenario without edition_id."""
    context = Context(World(known, settings.target_date), results.forecasts)
    return scenario_table(context, results.derived.properties)


def compose(
    known: Known, results: Results, hub: pl.DataFrame, settings: Settings, snapshot_ids: Mapping[str, str]
) -> Content:
    """Put the content of an edition together; `hub` holds everybody else's forecasts beside the pool's."""
    published = scored_dates(known.day, settings.target_date)
    pool = results.forecasts.to_hub().filter(pl.col("target_date").is_in(published))
    return Content(
        known.day,
        settings.target_date,
        __version__,
        # Part of the digest: with paths or channels in it, no two machines would agree on the same numbers.
        json.dumps({"target_date": settings.target_date.isoformat()}),
        results.derived.properties,
        results.derived.quantiles.sort("property_id", "level"),
        pl.concat([pool, hub]).sort(
            "forecaster_id", "target", "origin_date", "target_date", "output_type", "output_type_id"
        ),
        results.forecasts.fits.sort("series_id"),
        results.scores,
        snapshot_ids,
    )
