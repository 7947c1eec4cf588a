"""What the charts of all series are drawn from: rows, the newest edition's forecasts, and what others said and came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from flows.edition.charts import MARK_SCHEMA, series_chart
from flows.edition.words import words
from models.forecasting.frontier import records
from models.forecasting.pool import ROW_COLUMNS
from models.scoring.community import COMMUNITY_ID, MARKETS_ID
from models.scoring.essay import ESSAY_ID
from models.scoring.resolution import came_true
from warehouse import published
from warehouse.forecast_history import ever_forecast
from warehouse.known import read_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from typing import Any, Literal

    from warehouse.corrections import Correction
    from warehouse.reader import Reader

# Who is drawn as a mark, and under which kind of MARK_SCHEMA.
SPEAKERS: Final[Mapping[str, str]] = {ESSAY_ID: "essay", COMMUNITY_ID: "metaculus", MARKETS_ID: "other"}
_LEVELS: Final[Mapping[str, float]] = {"low": 0.25, "value": 0.5, "high": 0.75}


class NoSuchSeries(Exception):
    """There is nothing to draw under that name."""


class Named(NamedTuple):
    """What the row by which a series was named makes of its chart: where its forecast ends, and whose limits it lacks.

    `until` is None where nothing ends it; `unlimited` is the row, where that is computed by a formula, else empty.
    """

    until: date | None = None
    unlimited: str = ""


_BY_ITSELF: Final = Named()


@dataclass(frozen=True, slots=True)
class Charted:
    """Every series with rows, as known in the edition in force.

    `series` is core.series, `observations` core.observation with the rows of members and `is_record`, `forecasts`
    core.forecast of that edition, `edition_id`; `marks` has MARK_SCHEMA and series_id.
    """

    series: pl.DataFrame
    observations: pl.DataFrame
    forecasts: pl.DataFrame
    marks: pl.DataFrame
    edition_id: str

    def draw(self, series_id: str, picture: Literal["svg", "png"], lang: str, row: Named = _BY_ITSELF) -> bytes:
        """The chart of one series, as the row wants it that it was named by; NoSuchSeries when it has no rows."""
        chosen = self.series.filter(series_id=series_id)
        if chosen.is_empty():
            raise NoSuchSeries(f"no series {series_id} with rows")
        about: dict[str, Any] = chosen.row(0, named=True)
        marks = self.marks.filter(series_id=series_id).select(list(MARK_SCHEMA))
        rows = self.observations.filter(series_id=series_id)
        said = self.forecasts.filter(target=series_id)
        said = said if row.until is None else said.filter(pl.col("target_date") <= row.until)
        told = words(lang).chart
        note = told["unlimited"].format(row=row.unlimited, series=series_id) if row.unlimited else ""
        source = told["source"].format(edition=self.edition_id, series=series_id)
        return series_chart(about, rows, said, marks, format=picture, lang=lang, foot=(source, note))


def charted(reader: Reader, corrections: Sequence[Correction] = ()) -> Charted:
    """Read everything once; a copy without an edition has rows at most and is NoSuchSeries."""
    edition = published.edition_in_force(reader)
    issue = published.issue_of(reader, edition)
    if issue is None:
        raise NoSuchSeries("no edition is published yet; run `gpt2030 refresh`")
    known, _ = read_known(reader, issue, corrections)
    series = known.series.join(known.observations.select("series_id").unique(), on="series_id", how="semi")
    said, ever = published.forecasts_of(reader, edition), ever_forecast(reader)
    asked = ever.drop_nulls().join(series.select("series_id", "direction"), on="series_id")
    resolved = came_true(asked, known.observations.select(ROW_COLUMNS), issue.today).select(
        "series_id", kind=pl.lit("resolved"), date="target_date", value="truth", low=_NOTHING, high=_NOTHING
    )
    marks = pl.concat(
        [_stated(said, {**SPEAKERS, **dict.fromkeys(known.stated["forecaster_id"], "other")}), resolved]
    ).sort("series_id", "kind", "date", "value")
    assert edition is not None
    return Charted(series.sort("series_id"), records(known.observations), said, marks, edition)


_NOTHING: Final = pl.lit(None, dtype=pl.Float64)


def _stated(forecasts: pl.DataFrame, speakers: Mapping[str, str]) -> pl.DataFrame:
    """The newest word of each speaker on each series and day: its median, with the middle half where it gives one."""
    told = forecasts.filter(
        pl.col("forecaster_id").is_in(list(speakers)),
        pl.col("output_type").is_in(["quantile", "median"]),
        pl.col("target_date").is_not_null(),
    ).with_columns(
        # A median stands for the middle quantile: it has no level of its own.
        level=pl.when(pl.col("output_type") == "median").then(0.5).otherwise(pl.col("output_type_id").cast(pl.Float64))
    )
    newest = told.filter(
        pl.col("origin_date") == pl.col("origin_date").max().over("forecaster_id", "target", "target_date")
    )
    at = {
        name: pl.col("value").filter((pl.col("level") - level).abs() < 1e-9).first() for name, level in _LEVELS.items()
    }
    stated = newest.group_by("forecaster_id", "target", "target_date").agg(**at).drop_nulls("value")
    return stated.select(
        "value", "low", "high", series_id="target", date="target_date",
        kind=pl.col("forecaster_id").replace_strict(speakers, return_dtype=pl.String),
    ).select("series_id", *MARK_SCHEMA)  # fmt: skip
