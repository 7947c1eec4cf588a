"""The charts of one row: over time in its own unit, of the series beneath it, and of its forecasts over editions."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from flows.edition.cells import actual_number, is_today_shown, measured_digits
from flows.edition.charts import LEVELS, MARK_SCHEMA, series_picture, subtitle_of
from flows.edition.formats import DATE_UNITS, PERCENT_UNITS, SHARE_UNITS, format_number
from flows.edition.microchart import LOG_FROM
from flows.edition.picture import Mark, Picture, Plotted, Spread
from flows.edition.words import LANGUAGES, words
from models.days import SCORED_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.edition.site import Site

Row = dict[str, Any]
# A series whose unit is that of the row, up to a factor, is drawn in the row's own chart.
FACTORS: Final[Mapping[tuple[str, str], float]] = {
    ("share", "%"): 100.0, ("percentile", "percentile"): 1.0, ("minutes", "hours"): 1 / 60, ("flop", "FLOP"): 1.0,
    ("tokens", "tokens"): 1.0,
}  # fmt: skip
# Before this the world of language models was another one; a chart from the fifties on would show it as a corner.
FIRST_DAY: Final = date(2017, 1, 1)
_HOURS: Final = (
    (1 / 60, "minute"), (1.0, "hour"), (8.0, "workday"), (40.0, "week"), (167.0, "month"), (2000.0, "year"),
    (80_000.0, "life"),
)  # fmt: skip
_NOVEL: Final = 130_000.0
_GPT3: Final = 3.14e23
# Things that people know, in the unit of the row.
HUMAN: Final[Mapping[str, tuple[tuple[float, str], ...]]] = {
    "hours": _HOURS,
    "minutes": tuple((60 * hours, name) for hours, name in _HOURS[:4]),
    "human-days": ((1.0, "workday"), (5.0, "week"), (21.0, "month"), (230.0, "year"), (9_200.0, "life")),
    "human-years": ((1.0, "year"), (40.0, "life"), (4e4, "lives_k"), (4e7, "lives_m")),
    "tokens": ((_NOVEL, "novel"), (1e3 * _NOVEL, "novels_k"), (1e6 * _NOVEL, "novels_m"), (1e9 * _NOVEL, "novels_b")),
    "FLOP": ((_GPT3, "gpt3"), (1e3 * _GPT3, "gpt3_k"), (1e6 * _GPT3, "gpt3_m"), (1e9 * _GPT3, "gpt3_b")),
}
# So many points are a line; fewer are drawn each, lest a day between two be taken for that of an edition.
MANY_EDITIONS: Final = 12
_NO_MARKS: Final = pl.DataFrame(schema=MARK_SCHEMA)
_NO_HUB: Final = pl.DataFrame(
    schema={"forecaster_id": pl.String, "target": pl.String, "origin_date": pl.Date, "target_date": pl.Date,
            "output_type": pl.String, "output_type_id": pl.String, "value": pl.Float64}
)  # fmt: skip
_STOPS: Final = ("retired", "crossed", "beyond_range")


def row_picture(row: Row, site: Site, lang: str) -> Picture:
    """The row over time: in its own unit, or of a date the series that has to reach the threshold."""
    w, foot = words(lang), words(lang).site["source_foot"].format(site.edition_id)
    own = next(iter(site.series_of(row["property_id"])), None)
    if row["unit"] in DATE_UNITS and own is not None:
        return replace(_dated(row, own, site, lang), foot=foot)
    drawn = Picture(row[f"label_{lang}"], w.unit(row["unit"]), row["unit"])
    factor = factor_of(row, own) if own else None
    if own is not None and factor is not None:
        drawn = _scaled(of_series(own, site, lang), factor, drawn)
    marks = (*drawn.marks, *others_marks(row["property_id"], site), *_essay(row, site))
    fan = _fan(row, site, drawn)
    so_far = actual_number(row) if row["unit"] not in DATE_UNITS else None
    if factor is None and so_far is not None and row["actual_date"]:
        known, digits = row["actual_date_precision"] or "day", measured_digits(row)
        marks = (Mark("so_far", row["actual_date"], so_far, precision=known, digits=digits), *marks)
    is_dated = row["unit"] in DATE_UNITS
    drawn = replace(
        drawn,
        fan=() if is_dated else fan,
        members=(),
        marks=() if is_dated else marks,
        today=site.origin,
        scored_until=site.origin + timedelta(days=SCORED_DAYS),
        stop=w.site[f"stop_{row['status']}"] if row["status"] in _STOPS and not _is_whole(row) else "",
        until=site.target if row["status"] == "beyond_range" and fan else None,
        human=tuple((value, w.site[f"human_{name}"]) for value, name in HUMAN.get(row["unit"], ())),
        foot=foot,
    )
    return replace(drawn, scale=_scale(drawn))


def is_of_series(row: Row, series: Row) -> bool:
    """Whether the row's own chart is of this series, the nearest beneath it."""
    return row["unit"] in DATE_UNITS or factor_of(row, series) is not None


def factor_of(row: Row, series: Row) -> float | None:
    """What the series is multiplied with in the row's own chart; None where it is another number than the row's."""
    # Both in hours, the time between check-ins and the horizon that it is reckoned from are not one line.
    is_another = row["actual_kind"] in {"derived", "implied"}
    return None if is_another else FACTORS.get((series["unit"], row["unit"]))


def of_series(series: Row, site: Site, lang: str) -> Picture:
    """The chart of a series, from the day that language models are worth a look."""
    # Worked out once for all languages: but for two lines of words a chart is the same in each.
    key = ("series", series["series_id"])
    if key not in site.drawn:
        site.drawn[key] = _of_series(series, site)
    drawn: Picture = site.drawn[key]
    stop = words(lang).site["stop_beyond_range"] if drawn.stop else ""
    return replace(drawn, title=series[f"label_{lang}"], subtitle=subtitle_of(series, words(lang)), stop=stop)


def _of_series(series: Row, site: Site) -> Picture:
    series_id = series["series_id"]
    hub = site.forecasts.get(series_id)
    seen = site.observations[series_id]
    drawn = series_picture(series, seen, _NO_HUB if hub is None else hub, _NO_MARKS, LANGUAGES[0], since=FIRST_DAY)
    scored = site.origin + timedelta(days=SCORED_DAYS)
    return replace(drawn, members=(), marks=others_marks(series_id, site), today=site.origin, scored_until=scored)


def history_picture(row: Row, site: Site, lang: str) -> Picture | None:
    """The forecasts of the row over editions, this one last; None where there is but one."""
    days = history_days(row, site)
    fan = tuple(Spread(day, *(one[level] for level in LEVELS)) for day, one in days if _is_whole(one))
    if len(fan) < 2:
        return None
    so_far = [(day, actual_number(one)) for day, one in days if "actual_date_precision" in one]
    known = tuple(Plotted(day, value) for day, value in so_far if value is not None)
    title = words(lang).site["history"]
    drawn = Picture(title, words(lang).unit(row["unit"]), row["unit"], fan=fan, frontier=known, line_is="so_far")
    few = tuple(one.day for one in fan) if len(fan) < MANY_EDITIONS else ()
    return replace(drawn, scale=_scale(drawn), editions=few)


def history_days(row: Row, site: Site) -> list[tuple[date, Row]]:
    """The row in each edition by the day it spoke for, this edition's last."""
    return [*((one["origin_date"], one) for one in site.history.get(row["property_id"], [])), (site.origin, row)]


def _is_whole(row: Row) -> bool:
    return is_today_shown(row) and all(row[level] is not None for level in LEVELS)


def _dated(row: Row, series: Row, site: Site, lang: str) -> Picture:
    """The series that a date is the first day of, with the threshold it has to reach."""
    drawn = of_series(series, site, lang)
    found = re.search(r">= ([\d.e+]+)", row["formula"])
    if not found:
        return drawn
    value = float(found[1])
    label = format_number(value, series["unit"], lang)
    return replace(drawn, threshold=(value, row[f"label_{lang}"] if label in row[f"label_{lang}"] else label), fan=())


def _essay(row: Row, site: Site) -> tuple[Mark, ...]:
    """What the essay said, on the day it was for; an anchor of 2023 on the day it was written."""
    if row["essay_state"] != "value" or row["essay_p50"] is None:
        return ()
    stated = site.essay.get(row["property_id"])
    is_anchor = stated is not None and stated["role"] == "anchor"
    day = stated["as_of_date"] if stated is not None and is_anchor else site.target
    return (Mark("essay", day, row["essay_p50"], row["essay_p25"], row["essay_p75"]),)


def others_marks(target: str, site: Site) -> tuple[Mark, ...]:
    """What others forecast of a row or series, each on the day spoken of."""
    return tuple(
        Mark("other", one["target_date"], one["middle"], one["low"], one["high"])
        for one in site.elsewhere.get(target, [])
        if one["middle"] is not None and one["target_date"] is not None
    )


def _fan(row: Row, site: Site, drawn: Picture) -> tuple[Spread, ...]:
    """Today's numbers for the target date; before it the series' own fan, only where it leads to the same numbers."""
    if not _is_whole(row):
        return _near(row, site, drawn)
    end = Spread(site.target, *(row[level] for level in LEVELS))
    if len(drawn.fan) > 1 and abs(drawn.fan[-1].p50 / end.p50 - 1) < 0.01 and drawn.fan[-1].day == end.day:
        return (*drawn.fan[:-1], end)
    # Bands from today's number on would state for each day between how sure we are of it, which nobody worked out.
    return (end,)


def _near(row: Row, site: Site, drawn: Picture) -> tuple[Spread, ...]:
    """The coming years of a row that has numbers for them and none for the target, from where its own series stands."""
    detail = json.loads(row["detail_json"] or "{}")
    own, ahead = (detail.get("series") or [""])[0], detail.get("ahead", [])
    named = [one for one in ahead if one["series"] == own]
    spreads = [Spread(date.fromisoformat(one["date"]), *(one[level] for level in LEVELS)) for one in named]
    if len(spreads) < 2 or not drawn.frontier:
        return tuple(spreads)
    start = Spread(site.origin, *(drawn.frontier[-1].value for _ in LEVELS))
    return (start, *spreads)


def _scaled(drawn: Picture, factor: float, onto: Picture) -> Picture:
    def times(readings: Iterable[Plotted]) -> tuple[Plotted, ...]:
        return tuple(one._replace(value=one.value * factor) for one in readings)

    fan = tuple(Spread(one.day, *(value * factor for value in one[1:])) for one in drawn.fan)
    marks = tuple(
        one._replace(
            value=one.value * factor,
            low=None if one.low is None else one.low * factor,
            high=None if one.high is None else one.high * factor,
        )
        for one in drawn.marks
    )
    return replace(
        onto, readings=times(drawn.readings), frontier=times(drawn.frontier), fan=fan, marks=marks, scale=drawn.scale
    )


def _scale(drawn: Picture) -> Literal["log", "linear", "bounded"]:
    values = drawn.values
    if not values or drawn.unit in SHARE_UNITS | PERCENT_UNITS | DATE_UNITS:
        return "bounded" if drawn.unit not in DATE_UNITS else "linear"
    return "log" if min(values) > 0 and max(values) / min(values) > LOG_FROM else "linear"


def limits_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The limits that a row says hold it back, with what it would be without them."""
    found: Mapping[str, Any] = json.loads(row["detail_json"] or "{}").get("limits", {})
    return found
