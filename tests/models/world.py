"""Small worlds to compute a property table in: the essay, a few rows, and a forecaster that draws what it is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from models.forecasting.forecasts import Forecasts
from models.properties.table import Context, property_table
from models.properties.world import World
from sources.essay import EssaySource
from sources.records import Snapshot
from warehouse.contracts import core, polars_schema
from warehouse.contracts.known import Known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.source import Source

TODAY = date(2026, 11, 22)
TARGET = date(2030, 7, 1)
FORMS = {
    "share": ("bounded", "max", 1.0), "percentile": ("bounded", "max", 100.0), "tokens_per_second": ("log", "level", None),
}  # fmt: skip


def observation(series_id: str, day: date, value: float, **more: Any) -> dict[str, Any]:
    """One row of core.observation, with system_name, as a context holds it."""
    system = more.pop("system", f"system of {day}")
    return {
        "series_id": series_id, "source_row_id": f"{system}|{day}|{value}", "system_id": system.lower().replace(" ", "-"),
        "system_name": system, "observation_date": day, "known_date": day, "value": value, "unit": "share",
        "setup": "plain", "evidence": "paper", "source_id": "curated", "measured_as": series_id, **more,
    }  # fmt: skip


def series(series_id: str, unit: str = "share", members: str | None = None) -> dict[str, Any]:
    """One row of core.series."""
    scale, direction, ceiling = FORMS.get(unit, ("log", "max", None))
    return {
        "series_id": series_id, "unit": unit, "scale": scale, "direction": direction, "chance_share": 0.0,
        "ceiling_share": ceiling, "status": "open", "members": members,
    }  # fmt: skip


def framed(rows: Sequence[Mapping[str, Any]], table: Any, **extra: Any) -> pl.DataFrame:
    """Rows as a frame of a contract (and extra columns); what is not stated is empty."""
    schema = {**polars_schema(table), **extra}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")


def forecasts(draws: Mapping[str, Sequence[float]], day: date, targets: Sequence[date] = (TARGET,)) -> Forecasts:
    """A forecaster that says the same draws for every target date; a series without draws is refused as frozen."""
    width = max([1, *(len(values) for values in draws.values())])
    samples = np.full((len(draws), len(targets), width), np.nan)
    for place, values in enumerate(draws.values()):
        if values:
            samples[place] = np.sort(np.resize(np.asarray(values, dtype=float), width))
    fits = [
        {"series_id": name, "status": "fitted" if values else "frozen", "reason": None if values else "declared retired",
         "remembered_count": 0}
        for name, values in draws.items()
    ]  # fmt: skip
    schema = {name: dtype for name, dtype in polars_schema(core.FIT).items() if name != "edition_id"}
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in fits], schema=schema, orient="row")
    return Forecasts("told", day, tuple(draws), tuple(targets), samples, np.zeros(samples.shape[:2]), frame)


@cache
def essay() -> Mapping[str, pl.DataFrame]:
    """The essay's frames, with source_id."""
    frames: dict[str, pl.DataFrame] = {}
    for answer in EssaySource().fetch(None, "", {}):  # type: ignore[arg-type]
        for name, frame in EssaySource().parse(_snapshot(EssaySource(), answer.feed, answer.body)).frames.items():
            frames[name] = frame.with_columns(source_id=pl.lit("essay"))
    return frames


def world(
    rows: Sequence[Mapping[str, Any]] = (),
    kinds: Sequence[Mapping[str, Any]] = (),
    draws: Mapping[str, Sequence[float]] | None = None,
    *,
    day: date = TODAY,
    **more: Any,
) -> Context:
    """A context of the essay, these rows and series, and a forecaster that draws what it is told."""
    targets = more.pop("targets", (TARGET,))
    assumptions = framed(more.pop("assumptions", ()), core.ASSUMPTION)
    stated = essay()["core.assumption"].select(
        name for name in essay()["core.assumption"].columns if name in assumptions.columns
    )
    known = Known(
        day,
        observations=framed(rows, core.OBSERVATION, system_name=pl.String, measured_as=pl.String),
        series=framed(kinds, core.SERIES),
        systems=framed((), core.SYSTEM),
        assumptions=pl.concat([assumptions, stated], how="diagonal"),
        essay_numbers=essay()["core.essay_number"],
        community=framed(more.pop("community", ()), core.COMMUNITY_FORECAST),
        community_state=more.pop("community_state", "not_asked"),
    )
    return Context(World(known, more.pop("target_date", TARGET), **more), forecasts(draws or {}, day, targets))


def row(context: Context, property_id: str) -> dict[str, Any]:
    """One row of the table of a context."""
    return property_table(context).row(by_predicate=pl.col("property_id") == property_id, named=True)


@cache
def embedded() -> Mapping[str, pl.DataFrame]:
    """The frames of the embedded default and the essay together, pooled series not yet filled."""
    from sources.curated import CuratedSource

    frames: dict[str, list[pl.DataFrame]] = {}
    for source in (CuratedSource(), EssaySource()):
        for answer in source.fetch(None, source.default_url, {}):  # type: ignore[arg-type]
            for name, frame in source.parse(_snapshot(source, answer.feed, answer.body)).frames.items():
                frames.setdefault(name, []).append(frame.with_columns(source_id=pl.lit(source.source_id)))
    return {name: pl.concat(parts) for name, parts in frames.items()}


@cache
def shipped(day: date) -> Context:
    """The context of the embedded default on a day, forecast by the pool as the refresh does."""
    from models.forecasting.pool import forecast
    from warehouse.known import with_members

    frames = embedded()
    known = frames["core.observation"].filter(pl.col("observation_date") <= day, pl.col("known_date") <= day)
    names = frames["core.system"].unique("system_id", keep="first", maintain_order=True)
    known = known.join(names.select("system_id", "system_name"), on="system_id", how="left")
    rows = with_members(known, frames["core.series"])
    seen = rows.select("series_id", "system_id", "observation_date", "known_date", "value", "evidence")
    seen_on_day = Known(
        day, rows, frames["core.series"], names, frames["core.assumption"], frames["core.essay_number"],
        framed((), core.COMMUNITY_FORECAST),
    )  # fmt: skip
    return Context(World(seen_on_day, TARGET), forecast(seen, frames["core.series"], day, months(day)))


def months(day: date) -> list[date]:
    """The first of every month after a day up to the target, and the target."""
    after = [date(day.year + (day.month + k) // 12, (day.month + k) % 12 + 1, 1) for k in range(120)]
    return [*(first for first in after if first < TARGET), TARGET]


def _snapshot(source: Source, feed: str, body: bytes | None) -> Snapshot:
    assert body is not None
    return Snapshot(source.source_id, feed, f"embedded:{feed}", body, datetime(2026, 11, 22, tzinfo=UTC), TODAY)
