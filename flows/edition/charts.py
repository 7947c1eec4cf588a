"""One chart per series: what was measured, the best so far, the pool's fan, and what others said and what came."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from flows.edition.authored import system_in
from flows.edition.drawing import standalone
from flows.edition.picture import Mark, Picture, Plotted, Spread
from flows.edition.plot import Size, draw
from flows.edition.words import words
from models.days import SCORED_DAYS
from warehouse.contracts.living import HORIZON_SERIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from flows.edition.words import Words

POOL: Final = "gpt2030-pool"
# Baselines are there to be beaten: drawn, plain least squares would stretch the axis until nothing else can be read.
MEMBER_PREFIX: Final = "member-"
LEVELS: Final[Mapping[str, float]] = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
# What others said and what came: kind is essay, metaculus, other or resolved; low and high are p25 and p75 where known.
MARK_SCHEMA: Final[Mapping[str, pl.DataType]] = {
    "kind": pl.String(),
    "date": pl.Date(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
}
_SCALE: Final = 2.0
_WORD: Final = re.compile(r"[a-z]{2}")


@dataclass(frozen=True, slots=True)
class _Data:
    """The frames of one chart, reduced to what is drawn; any of them may be empty.

    `stops` is the last day forecast where not all of it is drawn.
    """

    points: pl.DataFrame
    frontier: pl.DataFrame
    fan: pl.DataFrame
    members: pl.DataFrame
    marks: pl.DataFrame
    stops: date | None


def series_chart(
    series_row: Mapping[str, Any],
    observations: pl.DataFrame,
    forecasts_hub: pl.DataFrame,
    marks: pl.DataFrame,
    *,
    format: Literal["svg", "png"] = "svg",  # noqa: A002 - the word of every plotting library
    lang: str = "en",
) -> bytes:
    """The chart of one series as SVG (text stays text) or PNG (twice the size, for sharp screens).

    `series_row` has the columns of core.series, `observations` those of core.observation for it and `is_record`;
    `forecasts_hub` is core.forecast and may hold other targets; `marks` has MARK_SCHEMA. Chinese needs a font with its
    characters for PNG. Frames may be empty; a chart of nothing says so.
    """
    picture = series_picture(series_row, observations, forecasts_hub, marks, lang)
    svg = standalone(*draw(picture, Size(), lang))
    return png_bytes(svg) if format == "png" else svg.encode()


def png_bytes(svg: str) -> bytes:
    """A chart as pixels, twice the size."""
    # Only who asks for pixels waits for it.
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=_SCALE))


def series_picture(
    series_row: Mapping[str, Any],
    observations: pl.DataFrame,
    forecasts_hub: pl.DataFrame,
    marks: pl.DataFrame,
    lang: str,
) -> Picture:
    """What the chart of a series shows; frames as in `series_chart`."""
    data = _reduced(series_row, observations, forecasts_hub, marks)
    return Picture(
        title=series_row[f"label_{lang}"],
        subtitle=subtitle_of(series_row, words(lang)),
        unit=series_row["unit"],
        scale=series_row["scale"],
        readings=_as_known(tuple(Plotted(*one) for one in data.points.rows()), observations),
        frontier=_as_known(_named(data.frontier, observations, lang), observations),
        fan=_led_to(tuple(Spread(*one) for one in data.fan.select("date", *LEVELS).rows())),
        stop="" if data.stops is None else words(lang).site["stop_beyond_range"],
        until=data.stops,
        members=tuple(
            tuple(Plotted(*one) for one in line.select("date", "value").rows())
            for line in data.members.partition_by("forecaster_id", maintain_order=True)
        ),
        marks=tuple(Mark(*one) for one in data.marks.select(list(MARK_SCHEMA)).rows()),
    )


def _led_to(fan: tuple[Spread, ...]) -> tuple[Spread, ...]:
    """A fan without its opening where it leads to one day only: bands would tell of days that nobody forecast."""
    return fan[1:] if len(fan) == 2 and fan[0].p05 == fan[0].p95 else fan


def _named(frontier: pl.DataFrame, observations: pl.DataFrame, lang: str) -> tuple[Plotted, ...]:
    """The records with who holds them; the last one, which only says that it stands, has no name of its own."""
    if "system_name" not in observations.columns:
        return tuple(Plotted(*one) for one in frontier.rows())
    held = observations.filter("is_record").select("observation_date", "value", "system_name").rows()
    names = {(day, value): system_in(name or "", lang) for day, value, name in held}
    return tuple(Plotted(day, value, names.get((day, value), "")) for day, value in frontier.rows())


def _as_known(points: tuple[Plotted, ...], observations: pl.DataFrame) -> tuple[Plotted, ...]:
    """The points with how much of their days is known."""
    if "date_precision" not in observations.columns:
        return points
    rows = observations.select("observation_date", "value", "date_precision").rows()
    known = {(day, value): precision or "day" for day, value, precision in rows}
    return tuple(one._replace(precision=known.get((one.day, one.value), "day")) for one in points)


def fan_of(forecasts_hub: pl.DataFrame, series_id: str, start: float | None) -> pl.DataFrame:
    """The pool's quantiles by target date, columns date and p05…p95, opening at `start` on the origin date."""
    rows = forecasts_hub.filter(
        pl.col("target") == series_id, pl.col("forecaster_id") == POOL, pl.col("output_type") == "quantile"
    ).with_columns(level=pl.col("output_type_id").cast(pl.Float64))
    at = {name: pl.col("value").filter((pl.col("level") - q).abs() < 1e-9).first() for name, q in LEVELS.items()}
    wide = rows.group_by(date="target_date").agg(**at).drop_nulls().sort("date")
    if wide.is_empty() or start is None:
        return wide
    # Without the opening the fan would begin at the first target date, as if nothing were known until then.
    opening = {"date": rows["origin_date"].max(), **dict.fromkeys(LEVELS, start)}
    return pl.concat([pl.DataFrame([opening], schema=wide.schema), wide])


def frontier_of(observations: pl.DataFrame, direction: str) -> pl.DataFrame:
    """The records among the rows, columns date and value; none for a level series."""
    points = observations.filter("is_record").select(date="observation_date", value="value")
    return points.sort("date") if direction == "max" else points.clear()


def _reduced(
    series_row: Mapping[str, Any], observations: pl.DataFrame, forecasts_hub: pl.DataFrame, marks: pl.DataFrame
) -> _Data:
    series_id = series_row["series_id"]
    points = observations.select(date="observation_date", value="value").sort("date", "value")
    if series_row["scale"] == "log":
        # A zero would drag the logarithmic axis to minus infinity and take the whole chart with it.
        points = points.filter(pl.col("value") > 0)
    frontier = frontier_of(observations, series_row["direction"])
    start = frontier["value"].max() if frontier.height else None
    told, stops = _told(forecasts_hub, series_id)
    fan = fan_of(told, series_id, float(start) if isinstance(start, float) else None)
    members = told.filter(
        pl.col("forecaster_id").str.starts_with(MEMBER_PREFIX),
        pl.col("output_type") == "quantile",
        (pl.col("output_type_id").cast(pl.Float64, strict=False) - 0.5).abs() < 1e-9,
    ).select("forecaster_id", date="target_date", value="value")
    until = fan["date"].min() if fan.height else points["date"].max()
    return _Data(points, _held_until(frontier, until), fan, members.sort("forecaster_id", "date"), marks, stops)


def _told(forecasts_hub: pl.DataFrame, series_id: str) -> tuple[pl.DataFrame, date | None]:
    """The forecasts that are drawn of a series, and up to which day there are more; None where these are all.

    Of a task horizon those as far ahead as forecasts are scored: no fit of one has been scored beyond, and a
    chart that showed it would be quoted for it.
    """
    rows = forecasts_hub.filter(pl.col("target") == series_id)
    if series_id not in HORIZON_SERIES or rows.is_empty():
        return rows, None
    near = rows.filter(pl.col("target_date") <= pl.col("origin_date").max() + timedelta(days=SCORED_DAYS))
    last: date = rows["target_date"].max()  # type: ignore[assignment]
    return near, last if near.height < rows.height else None


def _held_until(frontier: pl.DataFrame, until: Any) -> pl.DataFrame:
    """The record stands until the fan opens, or else the newest reading, also where nothing has happened since."""
    if frontier.is_empty():
        return frontier
    return pl.concat([frontier, frontier.tail(1).with_columns(date=pl.lit(until, dtype=pl.Date))])


def subtitle_of(series_row: Mapping[str, Any], w: Words) -> str:
    """The unit of a series, which kind of it is meant, and whether its scale is one of powers."""
    kind = [series_row["benchmark_version"], series_row["variant"]]
    # In Chinese the title says which kind it is; what has no English words in it, an issue or a year, stays.
    parts = [w.unit(series_row["unit"]), *(one for one in kind if w is words("en") or not _WORD.search(one or ""))]
    if series_row["scale"] == "log":
        parts.append(w.chart["log"])
    return w.join.join(str(part) for part in parts if part)
