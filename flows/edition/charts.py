"""One chart per series: what was measured, the best so far, the pool's fan, and what others said and what came."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import altair as alt
import polars as pl
import vl_convert

from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.edition.words import Words

POOL: Final = "gpt2030-pool"
# Baselines are there to be beaten: drawn, plain least squares would stretch the axis until nothing else can be read.
MEMBER_PREFIX: Final = "member-"
LEVELS: Final[Mapping[str, float]] = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
# What others said and what came: kind is essay, metaculus or resolved; low and high are p25 and p75 where known.
MARK_SCHEMA: Final[Mapping[str, pl.DataType]] = {
    "kind": pl.String(),
    "date": pl.Date(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
}
COLOURS: Final[Mapping[str, str]] = {
    "observation": "#8d877c",
    "frontier": "#1d1b18",
    "median": "#1c5d99",
    "band50": "#a8c1da",
    "band90": "#dfe8f0",
    "member": "#9aa7b5",
    "essay": "#ad4d12",
    "metaculus": "#6b3fa0",
    "resolved": "#2d6a35",
}
SHAPES: Final[Mapping[str, str]] = {"essay": "diamond", "metaculus": "square", "resolved": "cross"}
WIDTH: Final = 640
HEIGHT: Final = 340
_INK: Final = "#1d1b18"
_SOFT: Final = "#625d54"
_SCALE: Final = 2.0
_MOST_DECADES: Final = 8
_MOST_TICKS: Final = 12
_YEAR_STEPS: Final = (1, 2, 5, 10, 20, 50, 100, 1000)
_FONTS: Final[Mapping[str, str]] = {
    "en": "Helvetica Neue, Arial, Liberation Sans, DejaVu Sans, sans-serif",
    "zh": "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif",
}


@dataclass(frozen=True, slots=True)
class _Pen:
    """How everything in one chart is drawn: the same axes and one legend for all layers."""

    w: Words
    scale: alt.Scale
    axis: alt.Axis
    dates: alt.Axis
    present: tuple[str, ...]

    def chart(self, frame: pl.DataFrame, name: str) -> alt.Chart:
        """A layer over dates whose rows all stand under one entry of the legend."""
        # Only what is drawn: an entry without marks sends the reader looking for them.
        legend = alt.Scale(domain=[self.w.chart[n] for n in self.present], range=[COLOURS[n] for n in self.present])
        return alt.Chart(frame.with_columns(role=pl.lit(self.w.chart[name]))).encode(
            x=alt.X(
                "date:T",
                title=None,
                scale=alt.Scale(padding=8),
                axis=self.dates,
            ),
            color=alt.Color("role:N", scale=legend),
        )

    def y(self, column: str) -> alt.Y:
        """The common value axis, reading one column."""
        return alt.Y(f"{column}:Q", title=None, scale=self.scale, axis=self.axis)


@dataclass(frozen=True, slots=True)
class _Data:
    """The frames of one chart, reduced to what is drawn; any of them may be empty."""

    points: pl.DataFrame
    frontier: pl.DataFrame
    fan: pl.DataFrame
    members: pl.DataFrame
    marks: pl.DataFrame

    @property
    def values(self) -> list[float]:
        """Every finite number that must fit on the value axis."""
        columns = [self.points["value"], *(self.fan[name] for name in LEVELS), self.members["value"]]
        columns += [self.marks[name] for name in ("value", "low", "high")]
        return [v for v in pl.concat([c.cast(pl.Float64) for c in columns]).drop_nulls() if math.isfinite(v)]

    @property
    def date_axis(self) -> alt.Axis:
        """Years, as many apart as keep the axis to about a dozen ticks; quarters where all lies within two years."""
        days = pl.concat([frame["date"] for frame in (self.points, self.fan, self.members, self.marks)])
        years = days.drop_nulls().dt.year().to_list()
        # Compute has been counted since the fifties; a tick a year would be a comb.
        span = max(years, default=0) - min(years, default=0)
        if span <= 1:
            return alt.Axis(format="%Y-%m", tickCount=alt.TimeIntervalStep("month", 3), grid=False)
        step = next(years for years in _YEAR_STEPS if span / years <= _MOST_TICKS)
        return alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep("year", step), grid=False)


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
    data = _reduced(series_row, observations, forecasts_hub, marks)
    spec = _chart(series_row, data, words(lang), lang).to_dict()
    if format == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=_SCALE))
    return str(vl_convert.vegalite_to_svg(spec)).encode()


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
    fan = fan_of(forecasts_hub, series_id, float(start) if isinstance(start, float) else None)
    members = forecasts_hub.filter(
        pl.col("target") == series_id,
        pl.col("forecaster_id").str.starts_with(MEMBER_PREFIX),
        pl.col("output_type") == "quantile",
        (pl.col("output_type_id").cast(pl.Float64, strict=False) - 0.5).abs() < 1e-9,
    ).select("forecaster_id", date="target_date", value="value")
    until = fan["date"].min() if fan.height else points["date"].max()
    return _Data(points, _held_until(frontier, until), fan, members.sort("forecaster_id", "date"), marks)


def _held_until(frontier: pl.DataFrame, until: Any) -> pl.DataFrame:
    """The record stands until the fan opens, or else the newest reading, also where nothing has happened since."""
    if frontier.is_empty():
        return frontier
    return pl.concat([frontier, frontier.tail(1).with_columns(date=pl.lit(until, dtype=pl.Date))])


def _chart(series_row: Mapping[str, Any], data: _Data, w: Words, lang: str) -> alt.LayerChart:
    axes = _value_axis(series_row, data.values, w)
    pen = _Pen(w, *axes, dates=data.date_axis, present=tuple(_present(data)))
    layers = [*_fan_layers(data, pen), *_measured_layers(data, pen), *_mark_layers(data.marks, pen)]
    title, note = series_row[f"label_{lang}"], _subtitle(series_row, w)
    chart = alt.layer(*(layers or [_nothing(w)])).properties(
        width=WIDTH, height=HEIGHT, title=alt.Title(title, subtitle=note), description=f"{title}; {note}"
    )
    return _styled(cast("alt.LayerChart", chart), lang)


def _styled(chart: alt.LayerChart, lang: str) -> alt.LayerChart:
    styled = (
        chart.configure(font=_FONTS[lang], background="#ffffff")
        .configure_view(stroke=None)
        .configure_axis(labelColor=_SOFT, gridColor="#ece8dd", domainColor="#b9b3a5", tickColor="#b9b3a5")
        .configure_legend(orient="bottom", title=None, labelColor=_INK, symbolOpacity=1, labelLimit=240, columns=4)
        .configure_title(anchor="start", fontSize=15, color=_INK, subtitleColor=_SOFT, offset=12)
    )
    return cast("alt.LayerChart", styled)


def _nothing(w: Words) -> alt.Chart:
    row = pl.DataFrame({"text": [w.chart["nothing"]]})
    return cast("alt.Chart", alt.Chart(row).mark_text(color=_SOFT, fontSize=14).encode(text="text:N"))


def _subtitle(series_row: Mapping[str, Any], w: Words) -> str:
    parts = [w.unit(series_row["unit"]), series_row["benchmark_version"], series_row["variant"]]
    if series_row["scale"] == "log":
        parts.append(w.chart["log"])
    return w.join.join(str(part) for part in parts if part)


def _value_axis(series_row: Mapping[str, Any], values: list[float], w: Words) -> tuple[alt.Scale, alt.Axis]:
    """0 to 100 % for shares, whole decades for a log scale, else whatever holds the values."""
    # Always 0 to 100 %: zoomed in, the last points before the ceiling would look like any others.
    if series_row["unit"] == "share":
        return alt.Scale(domain=[0, 1]), alt.Axis(format=".0%")
    positive = [value for value in values if value > 0]
    if series_row["scale"] != "log" or not positive:
        return alt.Scale(zero=False, nice=True), alt.Axis(labelExpr=_label_expression(w))
    first, last = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    # All at one power of ten: an axis without length could show nothing.
    last = max(last, first + 1)
    decades = [10.0**power for power in range(first, last + 1, math.ceil((last - first) / _MOST_DECADES))]
    return (
        alt.Scale(type="log", domain=[10.0**first, 10.0**last]),
        alt.Axis(values=decades, labelExpr=_label_expression(w)),
    )


def _label_expression(w: Words) -> str:
    """Vega's expression for the same suffixes as in the table: `1 M`, `100万`, `1e26`."""
    text = "format(datum.value, ',~g')"
    # The smallest first: the condition put around the others last is the one asked first.
    for number, suffix in reversed(w.scales):
        text = f"datum.value >= {number:g} ? format(datum.value / {number:g}, '~r') + '{suffix}' : {text}"
    return f"datum.value >= 1e15 ? replace(format(datum.value, '.0e'), '+', '') : {text}"


def _present(data: _Data) -> Iterator[str]:
    """What the legend must name, in its order."""
    drawn = {
        "observation": data.points,
        "frontier": data.frontier,
        "median": data.fan,
        "band50": data.fan,
        "band90": data.fan,
        "member": data.members,
    }
    yield from (name for name, frame in drawn.items() if frame.height)
    yield from (kind for kind in SHAPES if data.marks.filter(pl.col("kind") == kind).height)


def _fan_layers(data: _Data, pen: _Pen) -> list[alt.Chart]:
    layers = []
    if data.fan.height:
        for low, high, name in (("p05", "p95", "band90"), ("p25", "p75", "band50")):
            band = pen.chart(data.fan, name).mark_area(opacity=1)
            layers.append(band.encode(y=pen.y(low), y2=f"{high}:Q"))
        layers.append(pen.chart(data.fan, "median").mark_line(strokeWidth=2).encode(y=pen.y("p50")))
    if data.members.height:
        line = pen.chart(data.members, "member").mark_line(strokeWidth=1, strokeDash=[4, 3], opacity=0.9)
        layers.append(line.encode(y=pen.y("value"), detail="forecaster_id:N"))
    return layers


def _measured_layers(data: _Data, pen: _Pen) -> list[alt.Chart]:
    layers = []
    if data.points.height:
        dots = pen.chart(data.points, "observation").mark_circle(size=28, opacity=0.6)
        layers.append(dots.encode(y=pen.y("value")))
    if data.frontier.height:
        line = pen.chart(data.frontier, "frontier").mark_line(interpolate="step-after", strokeWidth=1.4)
        layers.append(line.encode(y=pen.y("value")))
    return layers


def _mark_layers(marks: pl.DataFrame, pen: _Pen) -> list[alt.Chart]:
    layers = []
    for kind, shape in SHAPES.items():
        rows = marks.filter(pl.col("kind") == kind)
        ranged = rows.drop_nulls(["low", "high"])
        if ranged.height:
            rule = pen.chart(ranged, kind).mark_rule(strokeWidth=3, opacity=0.45)
            layers.append(rule.encode(y=pen.y("low"), y2="high:Q"))
        if rows.height:
            points = pen.chart(rows, kind).mark_point(shape=shape, size=90, filled=True, opacity=1)
            layers.append(points.encode(y=pen.y("value")))
    return layers
