"""From believed rows to the content of an edition: frames as known on the day, forecasts, properties, scores."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from flows import __version__
from models.pool import ROW_COLUMNS, forecast
from models.properties import Context, property_cells, property_quantiles, property_table
from warehouse.contracts import core
from warehouse.corrections import apply, touched_rows
from warehouse.editions import Content
from warehouse.health import source_health
from warehouse.vintages import known_at, known_observations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.settings import Clock, Settings
    from models.forecasts import Forecasts
    from warehouse.corrections import Correction, Outcome
    from warehouse.vintages import Queries

SCORED_MONTHS: Final = (6, 12, 24)
COMMUNITY: Final = "metaculus"


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a person would have known on the day, as frames of the contracts.

    `corrected` says what corrections did to observations: out.corrected_row without edition_id. `community_state` is
    that of the source of community forecasts, as source_health has it.
    """

    day: date
    observations: pl.DataFrame
    series: pl.DataFrame
    systems: pl.DataFrame
    assumptions: pl.DataFrame
    essay_numbers: pl.DataFrame
    community: pl.DataFrame
    corrected: pl.DataFrame = field(default_factory=pl.DataFrame)
    community_state: str = "not_asked"


class Derived(NamedTuple):
    """The property table of a day, and the whole distributions behind its quantiles."""

    properties: pl.DataFrame
    quantiles: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Results:
    """What a run has computed: our forecasts, the properties, and everybody's scores."""

    forecasts: Forecasts
    derived: Derived
    scores: pl.DataFrame


def read_known(
    warehouse: Queries, clock: Clock, corrections: Sequence[Correction] = (), feeds: Sequence[str] | None = None
) -> tuple[Known, tuple[Outcome, ...]]:
    """Read the as-of frames for the day of the run; pooled series get the rows of their members.

    Corrections change what is read, never what is kept; what became of each is returned beside. `feeds` names the
    feeds (source/feed) to read, as of an edition that had read no others; without it all are.
    """
    series = known_at(warehouse, core.SERIES, clock.now, feeds).sort("series_id")
    # One definition per series: the live source's, where it and the embedded default both have one.
    series = series.sort("series_id", pl.col("source_id") == "curated").unique(
        "series_id", keep="first", maintain_order=True
    )
    systems = known_at(warehouse, core.SYSTEM, clock.now, feeds).sort("system_id", "source_id", "feed", "source_row_id")
    # One name per system, or the join below would give its observations several times.
    systems = systems.unique("system_id", keep="first", maintain_order=True)
    published = known_observations(warehouse, clock.today, clock.now, feeds)
    observations, outcomes = apply(published, corrections, clock.today)
    corrected = touched_rows(published, observations, outcomes)
    observations = observations.join(systems.select("system_id", "system_name"), on="system_id", how="left")
    known = Known(
        clock.today,
        with_members(observations, series),
        series,
        systems,
        known_at(warehouse, core.ASSUMPTION, clock.now, feeds).sort("assumption_id", "source_id"),
        known_at(warehouse, core.ESSAY_NUMBER, clock.now, feeds).sort("property_id"),
        known_at(warehouse, core.COMMUNITY_FORECAST, clock.now, feeds).sort("platform", "source_row_id"),
        corrected,
        _community_state(warehouse, clock),
    )
    return known, tuple(outcomes)


def _community_state(warehouse: Queries, clock: Clock) -> str:
    # How stale its rows are plays no part here: whether it was ever asked, and let us in, does.
    states = source_health(warehouse, clock.now, 0).filter(pl.col("source_id") == COMMUNITY)["state"]
    return str(states[0]) if len(states) else "not_asked"


def with_members(observations: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Give every 'best under any protocol' series the rows of its members, under its own id; adds `measured_as`."""
    observations = observations.with_columns(measured_as="series_id")
    pooled = series.filter(pl.col("members").is_not_null())
    members = pooled.select(
        pl.col("series_id").alias("pooled_id"), pl.col("members").str.split("+").alias("series_id")
    ).explode("series_id")
    rows = observations.join(members, on="series_id", how="inner").with_columns(series_id="pooled_id").drop("pooled_id")
    return pl.concat([observations, rows.select(observations.columns)]).sort(
        "series_id", "observation_date", "source_id", "source_row_id"
    )


def target_dates(today: date, target: date) -> list[date]:
    """The scored horizons, every month's first day up to the target, and the target itself."""
    count = 12 * (target.year - today.year) + target.month - today.month
    grid = [day for k in range(1, count + 1) if (day := _months_after(today.replace(day=1), k)) < target]
    return sorted({*grid, *scored_dates(today, target)})


def scored_dates(today: date, target: date) -> list[date]:
    """The days whose quantiles are published: 6, 12 and 24 months ahead, and the target."""
    ahead = [_months_after(today, months) for months in SCORED_MONTHS]
    return sorted({*ahead, target} if target > today else set(ahead))


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


def refit(known: Known, target: date) -> Forecasts:
    """Forecast every series from the rows known on the day."""
    return forecast(known.observations.select(ROW_COLUMNS), known.series, known.day, target_dates(known.day, target))


def derive(known: Known, forecasts: Forecasts, settings: Settings) -> Derived:
    """The property table of the day: contract out.property without edition and comparisons, and its quantiles."""
    context = Context(
        origin_date=known.day,
        target_date=settings.target_date,
        forecasts=forecasts,
        observations=known.observations,
        series=known.series,
        community=known.community,
        assumptions=known.assumptions,
        essay_numbers=known.essay_numbers,
        community_state=known.community_state,
    )
    cells = property_cells(context)
    return Derived(property_table(context, cells), property_quantiles(cells))


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


def with_levels(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Forecasts with `level`: the quantile level as a number, .5 for a median, empty for anything else."""
    is_quantile = pl.col("output_type") == "quantile"
    number = pl.col("output_type_id").cast(pl.Float64, strict=False)
    is_median = pl.col("output_type") == "median"
    return forecasts.with_columns(level=pl.when(is_quantile).then(number).when(is_median).then(0.5))


def with_edition(frame: pl.DataFrame, edition_id: str) -> pl.DataFrame:
    """Name the edition in every row."""
    return frame.with_columns(edition_id=pl.lit(edition_id))
