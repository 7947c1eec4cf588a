"""One chart per series: what was measured, the best so far, the pool's fan, and what others said and what came."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import polars as pl

from flows.edition.authored import system_in
from flows.edition.drawing import standalone
from flows.edition.picture import Mark, Picture, Plotted, Spread
from flows.edition.plot import Size, draw
from flows.edition.words import words
from models.days import SCORED_DAYS
from warehouse.contracts.living import HORIZON_SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
# Levels are kept as text: read back, one is itself but for the last bit.
_SAME_LEVEL: Final = 1e-9
_WORD: Final = re.compile(r"[a-z]{2}")


class _Told(NamedTuple):
    """A quantile of a forecast that may be drawn."""

    forecaster_id: str
    origin: date
    day: date
    level: float
    value: float


def series_chart(
    series_row: Mapping[str, Any],
    observations: pl.DataFrame,
    forecasts_hub: pl.DataFrame,
    marks: pl.DataFrame,
    *,
    format: Literal["svg", "png"] = "svg",  # noqa: A002 - the word of every plotting library
    lang: str = "en",
    foot: tuple[str, str] = ("", ""),
) -> bytes:
    """The chart of one series as SVG (text stays text) or PNG (twice the size, for sharp screens).

    `series_row` has the columns of core.series, `observations` those of core.observation for it and `is_record`;
    `forecasts_hub` is core.forecast and may hold other targets; `marks` has MARK_SCHEMA. Chinese needs a font with its
    characters for PNG. Frames may be empty; a chart of nothing says so. `foot` is whose the chart
    is, and what its forecast, where there is one, is to be read with.
    """
    picture = series_picture(series_row, observations, forecasts_hub, marks, lang)
    source, caution = foot
    # A picture is passed on without what stood beside it.
    told = " ".join(filter(None, (source, caution if picture.fan else "")))
    svg = standalone(*draw(replace(picture, foot=told), Size(), lang))
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
    *,
    since: date = date.min,
) -> Picture:
    """What the chart of a series shows, since a day if there is any of it since then; frames as in `series_chart`."""
    # Lists from here on: a series has some hundred rows, of which each step of polars cost a millisecond.
    seen = _seen(observations, lang)
    seen = [one for one in seen if one[0].day >= since] or seen
    records = [one for one, is_record in seen if is_record] if series_row["direction"] == "max" else []
    # A zero would drag the logarithmic axis to minus infinity and take the whole chart with it.
    points = sorted(one._replace(name="") for one, _ in seen if series_row["scale"] != "log" or one.value > 0)
    told, stops = _told(forecasts_hub, series_row["series_id"])
    fan = _fan(told, max((one.value for one in records), default=None))
    until = fan[0].day if fan else max((one.day for one in points), default=None)
    return Picture(
        title=series_row[f"label_{lang}"],
        subtitle=subtitle_of(series_row, words(lang)),
        unit=series_row["unit"],
        scale=series_row["scale"],
        readings=tuple(points),
        frontier=_held_until(sorted(records), until),
        fan=_led_to(fan),
        stop="" if stops is None else words(lang).site["stop_beyond_range"],
        until=stops,
        members=tuple(_members(told)),
        marks=tuple(Mark(*one) for one in marks.select(list(MARK_SCHEMA)).rows()),
    )


def _seen(observations: pl.DataFrame, lang: str) -> list[tuple[Plotted, bool]]:
    """Every reading, and whether it is a record; who holds a record and how much of its day is known, where told."""
    told = [name for name in ("system_name", "date_precision") if name in observations.columns]
    rows = observations.select("observation_date", "value", "is_record", *told).to_dicts()
    return [
        (
            Plotted(
                row["observation_date"],
                row["value"],
                system_in(row.get("system_name") or "", lang) if row["is_record"] else "",
                row.get("date_precision") or "day",
            ),
            row["is_record"],
        )
        for row in rows
    ]


def _told(forecasts_hub: pl.DataFrame, series_id: str) -> tuple[list[_Told], date | None]:
    """The forecasts that are drawn of a series, and up to which day there are more; None where these are all.

    The pool's five quantiles and the medians of its members; baselines are there to be beaten. Of a task horizon those
    as far ahead as forecasts are scored: no fit of one has been scored beyond, and a chart that showed it would be
    quoted for it.
    """
    level = pl.col("output_type_id").cast(pl.Float64, strict=False)
    who = pl.col("forecaster_id")
    is_drawn = (who == POOL) | (who.str.starts_with(MEMBER_PREFIX) & ((level - 0.5).abs() < _SAME_LEVEL))
    rows = forecasts_hub.filter(
        pl.col("target") == series_id, pl.col("output_type") == "quantile", pl.col("value").is_not_null(), is_drawn
    ).select(who, "origin_date", "target_date", level, "value")
    found = [_Told(*one) for one in rows.rows()]
    if series_id not in HORIZON_SERIES or not found:
        return found, None
    last_scored = max(one.origin for one in found) + timedelta(days=SCORED_DAYS)
    near = [one for one in found if one.day <= last_scored]
    return near, max(one.day for one in found) if len(near) < len(found) else None


def _fan(told: list[_Told], start: float | None) -> tuple[Spread, ...]:
    """The pool's quantiles by day, of days that have all five, opening at `start` on the day of the forecast."""
    by_day: dict[date, dict[str, float]] = {}
    ours = [one for one in told if one.forecaster_id == POOL]
    for one in ours:
        name = next((name for name, level in LEVELS.items() if abs(level - one.level) < _SAME_LEVEL), None)
        if name:
            by_day.setdefault(one.day, {}).setdefault(name, one.value)
    fan = [Spread(day, **found) for day, found in sorted(by_day.items()) if len(found) == len(LEVELS)]
    # Without the opening the fan would begin at the first target date, as if nothing were known until then.
    if fan and start is not None:
        fan.insert(0, Spread(max(one.origin for one in ours), *[start] * len(LEVELS)))
    return tuple(fan)


def _led_to(fan: tuple[Spread, ...]) -> tuple[Spread, ...]:
    """A fan without its opening where it leads to one day only: bands would tell of days that nobody forecast."""
    return fan[1:] if len(fan) == 2 and fan[0].p05 == fan[0].p95 else fan


def _members(told: list[_Told]) -> Iterator[tuple[Plotted, ...]]:
    """The line of medians of each member, by its name."""
    ordered = sorted((one for one in told if one.forecaster_id != POOL), key=lambda one: (one.forecaster_id, one.day))
    for _, line in groupby(ordered, key=lambda one: one.forecaster_id):
        yield tuple(Plotted(one.day, one.value) for one in line)


def _held_until(frontier: list[Plotted], until: date | None) -> tuple[Plotted, ...]:
    """The record stands until the fan opens, or else the newest reading, also where nothing has happened since."""
    if not frontier or until is None:
        return tuple(frontier)
    held = frontier[-1]
    is_the_same = held.day == until
    return (*frontier, held if is_the_same else Plotted(until, held.value))


def subtitle_of(series_row: Mapping[str, Any], w: Words) -> str:
    """The unit of a series, which kind of it is meant, and whether its scale is one of powers."""
    kind = [series_row["benchmark_version"], series_row["variant"]]
    # In Chinese the title says which kind it is; what has no English words in it, an issue or a year, stays.
    parts = [w.unit(series_row["unit"]), *(one for one in kind if w is words("en") or not _WORD.search(one or ""))]
    if series_row["scale"] == "log":
        parts.append(w.chart["log"])
    return w.join.join(str(part) for part in parts if part)
