"""What others forecast of a row or a series: who said what for which day, in what it differs, and what came of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from flows.edition.authored import in_language
from flows.edition.cells import FORECAST_DIGITS
from flows.edition.drawing import clipped
from flows.edition.evidence import observed
from flows.edition.forecaster_names import forecaster_name
from flows.edition.formats import format_date, format_number, format_range, format_value
from flows.edition.site import web_address
from flows.edition.words import words
from models.days import counted_digits
from models.forecasting.frontier import STILL_OBSERVED_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.edition.evidence import Cited
    from flows.edition.site import Row, Site

_LONGEST: Final = 160
_UNSAID: Final = ("index", "count")


class Elsewhere(NamedTuple):
    """One forecast of somebody else, as it is printed; `came` is empty while its day is ahead."""

    who: str
    value: str
    for_day: str
    said_on: str
    came: str
    differs: str
    title: str
    url: str
    # Whose record it was that came, with its day and where it is stated.
    record: Cited | None = None


def said_of(row: Row, site: Site, lang: str) -> list[tuple[str, list[Elsewhere]]]:
    """What others forecast of the row and of the series beneath it, under the name of each."""
    targets = (row["property_id"], *(series["series_id"] for series in site.series_of(row["property_id"])))
    return said_of_targets(targets, site, lang)


def said_of_targets(targets: Iterable[str], site: Site, lang: str) -> list[tuple[str, list[Elsewhere]]]:
    """What others forecast of these rows and series, under the name of each; nothing of what nobody spoke about."""
    rows = {row["property_id"]: row for row in site.rows}
    found = []
    for target in targets:
        about = rows.get(target) or site.series.get(target)
        if about is not None and target in site.elsewhere:
            unit = about["unit"]
            said = []
            for one in site.elsewhere[target]:
                came = _came(one, unit, site, lang)
                text = came.value if came else _unknown(one, site, lang)
                said.append(told(one, unit, lang)._replace(came=text, record=came))
            found.append((str(about[f"label_{lang}"]), said))
    return found


def told(one: Mapping[str, Any], unit: str, lang: str) -> Elsewhere:
    """A statement (of `said_elsewhere.statements`) in words; what came of it is not said."""
    w = words(lang).site
    who = forecaster_name(one["forecaster_id"], lang)
    if one["people"] is not None:
        who = words(lang).in_brackets.format(who, w["traders"].format(one["people"]))
    differs = one["differs"] or ""
    return Elsewhere(
        who,
        _value(one, unit, lang),
        format_date(one["target_date"], lang) if one["target_date"] else "",
        format_date(one["said_on"], lang),
        "",
        in_language(differs, lang),
        clipped(one["title"], _LONGEST),
        web_address(one["url"]),
    )


def _value(one: Mapping[str, Any], unit: str, lang: str) -> str:
    w = words(lang)
    if one["share"] is not None:
        return w.site["chance"].format(format_number(one["share"], "share", lang))
    if one["passing"] is not None:
        number, day = one["passing"]
        passed = format_number(number, unit, lang)
        return w.site["passes"].format(passed, format_date(day, lang)) if day else w.site["passes_later"].format(passed)
    if one["middle"] is None:
        return w.site["unnamed"]
    text = _number(one["middle"], unit, lang)
    if one["low"] is None or one["high"] is None:
        return text
    return w.in_brackets.format(text, format_range(one["low"], one["high"], unit, lang, FORECAST_DIGITS + 1))


def _came(one: Mapping[str, Any], unit: str, site: Site, lang: str) -> Cited | None:
    """The record on the day that was spoken of, once that day has gone and if it was still measured, as for a score.

    Only of what the pages may show.
    """
    day = one["target_date"]
    if day is None or day > site.origin or one["share"] is not None:
        return None
    # Asked for on three pages in two languages, of every statement.
    key = (f"held {one['target']}", day.isoformat())
    if key not in site.listed:
        site.listed[key] = _held(site.observations.get(one["target"]), day)
    held: Row | None = site.listed[key]
    if held is None:
        return None
    return observed(held, unit, lang)._replace(value=_number(held["value"], unit, lang))


def _held(seen: pl.DataFrame | None, day: date) -> Row | None:
    """The record of a series on a day, if it was still measured."""
    if seen is None:
        return None
    newest, before = seen["observation_date"].max(), seen.filter(pl.col("observation_date") <= day)
    is_measured = isinstance(newest, date) and newest >= day - timedelta(days=STILL_OBSERVED_DAYS)
    if before.is_empty() or not is_measured:
        return None
    # Who reached it first: a later system that drew level set no record.
    return before.sort("value", "observation_date", descending=[True, False], maintain_order=True).row(0, named=True)


def _unknown(one: Mapping[str, Any], site: Site, lang: str) -> str:
    """That nothing is kept of a day that has gone: an empty cell would seem to be one that is yet to come."""
    day = one["target_date"]
    is_due = day is not None and day <= site.origin and one["target"] in site.observations and one["share"] is None
    return words(lang).site["came_unknown"] if is_due else ""


def _number(value: float, unit: str, lang: str) -> str:
    # An index has no unit that anybody would say.
    write = format_number if unit in _UNSAID else format_value
    return write(value, unit, lang, counted_digits(value))
