"""What became of each number of the essay: said, by now, and the verdict that the two of them allow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from flows.edition.cells import PrintedCell, actual_cell, actual_number, essay_cell
from flows.edition.elsewhere import said_of_targets
from flows.edition.formats import (
    DATE_UNITS,
    PERCENT_UNITS,
    SHARE_UNITS,
    decimal_year_date,
    format_month,
    format_number,
)
from flows.edition.words import words
from models.days import last_day_of_year, months_between
from models.scoring.essay import ESSAY_ID, essay_hub
from warehouse.contracts import core, polars_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from flows.edition.elsewhere import Elsewhere
    from flows.edition.site import Site

# The levels of the essay's statements, as entries of `said_elsewhere.statements` name them; a point is a median.
_AT: Final = {"0.25": "low", "0.5": "middle", "0.75": "high", None: "middle"}


class Verdict(NamedTuple):
    """One row of the essay against what is known."""

    property_id: str
    label: str
    said: PrintedCell
    by_now: PrintedCell
    verdict: str


def verdicts(rows: Sequence[Mapping[str, Any]], origin: date, lang: str) -> list[Verdict]:
    """Every row in which the essay gives a number, in the order of the table."""
    return [
        Verdict(row["property_id"], row[f"label_{lang}"], essay_cell(row, lang), actual_cell(row, lang),
                verdict(row, origin, lang))
        for row in rows
        if row["essay_state"] == "value" and row["essay_p50"] is not None
    ]  # fmt: skip


def verdict(row: Mapping[str, Any], origin: date, lang: str) -> str:
    """What can be said of the essay's number; only what is measured can pass it or fall short of it."""
    site, said, so_far = words(lang).site, row["essay_p50"], actual_number(row)
    if row["unit"] in DATE_UNITS:
        return _dated(row, origin, lang)
    if row["essay_kind"] == "anchor" or so_far is None:
        return site["v_anchor" if row["essay_kind"] == "anchor" else "v_judged"]
    if row["unit"] in PERCENT_UNITS | SHARE_UNITS | {"percentile"}:
        if so_far == said:
            return site["v_same"]
        points = abs(so_far - said) * (100 if row["unit"] in SHARE_UNITS else 1)
        gap = format_number(points, "", lang, digits=2)
        return site["v_points_passed" if so_far >= said else "v_points_short"].format(gap)
    times = format_number(so_far / said, "", lang, digits=2)
    if row["actual_kind"] != "measured":
        return site["v_indirect"].format(kind=words(lang).kinds.get(row["actual_kind"], ""), times=times)
    return site["v_passed" if so_far >= said else "v_short"].format(times)


def _dated(row: Mapping[str, Any], origin: date, lang: str) -> str:
    site, said = words(lang).site, decimal_year_date(row["essay_p50"])
    came = row["actual_date"] if row["actual_state"] == "value" else None
    if row["essay_p50"] == int(row["essay_p50"]):
        return _of_a_year(int(row["essay_p50"]), came, origin, lang)
    if came is None:
        return site["v_overdue"].format(format_month(said, lang)) if said < origin else site["v_waiting"]
    months = months_between(said, came)
    if months == 0:
        return site["v_on_time"]
    return site["v_earlier" if months < 0 else "v_later"].format(abs(months))


def _of_a_year(year: int, came: date | None, origin: date, lang: str) -> str:
    """The same where the essay names a year and no month: counted from its last day, as it is scored."""
    site = words(lang).site
    if came is None:
        return site["v_overdue_year"].format(year) if origin.year > year else site["v_waiting"]
    if came.year == year:
        return site["v_on_time_year"]
    months = abs(months_between(came, last_day_of_year(year)))
    return site["v_earlier_year" if came.year < year else "v_later_year"].format(months=months, year=year)


def scored_besides(scores: pl.DataFrame, site: Site, lang: str) -> list[tuple[str, list[Elsewhere]]]:
    """What the essay said of series for other days than the table's and was scored for, with what came of it.

    It is counted among the essay's forecasts, and stands in no row.
    """
    if scores.is_empty() or not site.essay:
        return []
    rows = {row["property_id"] for row in site.rows}
    wanted = set(scores.filter(forecaster_id=ESSAY_ID).select("target", "target_date").iter_rows())
    said: dict[str, dict[date, dict[str, Any]]] = {}
    stated = pl.DataFrame(list(site.essay.values()), schema=polars_schema(core.ESSAY_NUMBER))
    for one in essay_hub(stated).iter_rows(named=True):
        target, day = one["target"], one["target_date"]
        if target not in rows and (target, day) in wanted:
            entry = said.setdefault(target, {}).setdefault(day, _entry(one, site))
            entry[_AT[one["output_type_id"]]] = one["value"]
    own = {target: list(days.values()) for target, days in said.items()}
    return said_of_targets(own, replace(site, elsewhere=own), lang)


def _entry(one: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """A statement of the essay in the form of those of others, without its numbers."""
    cited = next(iter(site.essay.values()))
    nothing = dict.fromkeys(("low", "middle", "high", "share", "passing", "people", "differs"))
    return {
        **nothing, "forecaster_id": ESSAY_ID, "target": one["target"], "target_date": one["target_date"],
        "said_on": one["origin_date"], "title": cited["citation_title"] or "", "url": cited["citation_url"],
    }  # fmt: skip
