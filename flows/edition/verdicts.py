"""What became of each number of the essay: said, by now, and the verdict that the two of them allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flows.edition.cells import PrintedCell, actual_cell, actual_number, essay_cell
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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


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
