"""What an edition says, before it has a name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from warehouse.contracts import core, polars_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from warehouse.contracts import Table


# What compares this edition with an earlier one depends on the history of one warehouse, not on what was known.
# Of contract core.forecast what a forecast says by itself: edition and level are added when it is stored.
SAID: Final = tuple(name for name in core.FORECAST.column_names if name not in {"edition_id", "level"})
COMPARISONS: Final = ("previous_p50", "change_spreads")


# So do the scores of what earlier editions of this warehouse said.
OF_EDITIONS: Final = ("published", "replayed")


@dataclass(frozen=True)
class Content:
    """What an edition says, before it has a name: frames of out.property, …, core.forecast, core.fit, out.score."""

    origin_date: date
    target_date: date
    code_version: str
    settings_json: str
    properties: pl.DataFrame
    quantiles: pl.DataFrame
    forecasts: pl.DataFrame
    fits: pl.DataFrame
    scores: pl.DataFrame
    snapshot_ids: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """sha256 over everything that is said: same snapshots, same day, same code, same digest."""
        whole = hashlib.sha256()
        for text in (self.origin_date.isoformat(), self.target_date.isoformat(), self.settings_json):
            whole.update(text.encode() + b"\0")
        said = self.properties.drop(COMPARISONS, strict=False)
        for frame in (said, self.quantiles, self.forecasts, self.fits, self._scores_of_others()):
            whole.update(frame.write_csv().encode() + b"\0")
        return whole.hexdigest()

    def _scores_of_others(self) -> pl.DataFrame:
        return self.scores.filter(~pl.col("basis").is_in(OF_EDITIONS))

    @property
    def edition_id(self) -> str:
        """The day and the beginning of the digest: the same content has the same name on every machine."""
        return f"{self.origin_date.isoformat()}-{self.digest[:8]}"


def with_levels(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Forecasts with `level`: the quantile level as a number, .5 for a median, empty for anything else."""
    is_quantile = pl.col("output_type") == "quantile"
    number = pl.col("output_type_id").cast(pl.Float64, strict=False)
    is_median = pl.col("output_type") == "median"
    return forecasts.with_columns(level=pl.when(is_quantile).then(number).when(is_median).then(0.5))


def schema_without_edition(table: Table) -> dict[str, pl.DataType]:
    """The columns of a table of editions before the edition has a name."""
    return {name: kind for name, kind in polars_schema(table).items() if name != "edition_id"}


def nothing_of(table: Table) -> pl.DataFrame:
    """An empty frame of such rows.

    Made by no operation on frames: one at import starts the threads of polars, and whoever forks a process that has
    imported this (trials do) gets a child without them, which waits for ever.
    """
    return pl.DataFrame(schema=schema_without_edition(table))


def with_edition(frame: pl.DataFrame, edition_id: str) -> pl.DataFrame:
    """Name the edition in every row."""
    return frame.with_columns(edition_id=pl.lit(edition_id))
