"""The page of one row: its sentence, its chart, how and why it moved, how it is computed, and what it rests on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from markupsafe import Markup

from flows.edition import evidence
from flows.edition.authored import formula_in_words, in_language
from flows.edition.causes import LEAST_SPREADS
from flows.edition.cells import FORECAST_DIGITS, actual_cell, essay_cell, today_cell, unit_note
from flows.edition.changes_page import size_of
from flows.edition.citation import bibtex, embedding
from flows.edition.details import facts, limit_facts
from flows.edition.drawing import inline, standalone
from flows.edition.elsewhere import said_of
from flows.edition.formats import (
    DATE_UNITS,
    format_date,
    format_known_day,
    format_month,
    format_number,
    format_range,
    telling_digits,
)
from flows.edition.plot import Size, draw, named
from flows.edition.reasons import cell_text, changers, number_in_words, reason
from flows.edition.row_chart import (
    history_days,
    history_picture,
    is_of_series,
    limits_of,
    of_series,
    row_picture,
)
from flows.edition.row_history import moved_last, recomputed, status_moved, undrawn, unmoved
from flows.edition.row_notes import how_far, signs_in
from flows.edition.shell import page_file, render
from flows.edition.waterfall import causes_of
from flows.edition.words import LANGUAGES, words
from models.days import counted_digits
from models.properties.declared_inputs import LIMITS, SERIES_INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.edition.picture import Picture, Plotted, Spread
    from flows.edition.site import Row, Site

WIDE: Final = Size(760, 380, is_titled=True)
LOW: Final = Size(760, 240, is_titled=False)
NARROW: Final = Size(350, 280, is_titled=False)
# More charts than these would be those of members and of what is read beside.
MOST_BENEATH: Final = 2
_MOST_LINES: Final = 14
# The columns of a forecast, in their order, and those of all that a chart may show.
_LEVELS: Final = {"median": "p50", "p25": "p25", "p75": "p75", "p05": "p05", "p95": "p95"}
_COLUMNS: Final = ("so_far", *_LEVELS, "essay", "metaculus", "other", "resolved")
# What details.py says of ids, the tree and the evidence say with links.
_SAID_ABOVE: Final = frozenset(
    words(lang).detail[key] for lang in LANGUAGES for key in ("series", "part_assumptions", "part_steps")
)
_ENDING: Final = {"en": "", "zh": ".zh"}


class _Line(NamedTuple):
    """What the table below a chart tells of a day, by column."""

    day: date
    told: str
    cells: dict[str, str]


class Figure(NamedTuple):
    """A chart in two widths, with what is said below it, the same as a table (headings first), and its name.

    The table of a chart of many points is not whole: it leaves out the oldest days.
    """

    wide: Markup
    narrow: Markup
    caption: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    name: str = ""
    is_whole: bool = True


def row_files(row: Row, site: Site, lang: str) -> Iterator[tuple[str, bytes]]:
    """The page of a row and its cards, which show what the page shows."""
    picture = row_picture(row, site, lang)
    picture = replace(picture, subtitle=_in_short(row, site, lang))
    body, size = draw(picture, WIDE, lang)
    folder = f"p/{row['property_id']}"
    for theme, ending in (("light", "card"), ("dark", "card.dark")):
        yield f"{folder}/{ending}{_ENDING[lang]}.svg", standalone(body, size, theme).encode()
    figure = Figure(
        Markup(inline(body, size, "wide", _heard(row, site, lang))),  # noqa: S704 - escaped where it is drawn
        _narrow(picture, lang),
        words(lang).site["picture_essay"] if picture.marks else "",
        _lines(picture, lang),
        picture.title,
        _is_whole(picture),
    )
    beneath = list(_beneath(row, site, picture, lang))
    yield f"p/{page_file(row['property_id'], lang)}", _page(row, site, (figure, beneath), lang).encode()


def _page(row: Row, site: Site, figures: tuple[Figure, list[dict[str, Any]]], lang: str) -> str:
    w, name = words(lang), row["property_id"]
    figure, beneath = figures
    place = site.rows.index(row)
    causes = causes_of(row, site, lang)
    is_quiet = bool(site.history.get(name)) and size_of(row, site) < LEAST_SPREADS and causes is None
    cells = (
        ("said", w.site["essay_said"], essay_cell(row, lang)),
        ("so-far", w.site["by_now"], actual_cell(row, lang)),
        ("ahead", expected(row, site, lang), today_cell(row, lang)),
    )
    said = {
        "up": "../",
        "name": name,
        "title": row[f"label_{lang}"],
        "description": number_in_words(row, site.target, lang),
        "card": f"{name}/card{_ENDING[lang]}.svg",
        "feed": f"{name}/feed.xml",
        "number": row["row_number"],
        "section": w.sections[str(row["section"])],
        "status": row["status"],
        "sentence": number_in_words(row, site.target, lang),
        "cells": cells,
        "unit": unit_note(row, lang),
        "picture": figure,
        "beneath": beneath,
        "history": _history(row, site, lang),
        "causes": causes,
        "status_moved": status_moved(name, (causes.since, row["status"]), site, lang) if causes else "",
        "how_far": how_far(row, lang),
        "last": None if causes else moved_last(row, site, lang),
        "others": said_of(row, site, lang),
        "is_asked_otherwise": bool(site.scenarios.get(name)) or bool(limits_of(row)),
        # Another day without a move worth a word is no reason to write the page anew.
        "is_quiet": is_quiet,
        "unmoved": unmoved(row, site, lang),
        "undrawn": undrawn(row, site, lang),
        "recomputed": recomputed(row, site, lang),
        "formula": formula_in_words(row["formula"], lang),
        "signs": signs_in(row["formula"], lang),
        "tree": evidence.tree(row, site, lang),
        "facts": list(_facts(row, lang, is_quiet=is_quiet)),
        "essay": evidence.essay_source(row, site, lang),
        "records": list(evidence.records_of(row, site, lang)),
        "assumptions": list(evidence.assumptions_of(row, site, lang)),
        "reason": reason(row, lang),
        "changers": changers(row, lang),
        "files": list(_files(name, lang)),
        "command": f"gpt2030 explain {name}",
        "embed": embedding(row, lang),
        "bibtex": bibtex(row, site, lang),
        "cff": f"{name}/CITATION.cff",
        "before": _neighbour(site.rows[place - 1] if place else None, lang),
        "after": _neighbour(site.rows[place + 1] if place + 1 < len(site.rows) else None, lang),
    }
    return render("row.html.j2", lang, site.edition, said)


def _in_short(row: Row, site: Site, lang: str) -> str:
    """The three numbers on one line, for who meets the chart without its page."""
    w = words(lang)
    named = (
        (w.site["essay_said"], essay_cell(row, lang)),
        (w.site["by_now"], actual_cell(row, lang)),
        (expected(row, site, lang), today_cell(row, lang)),
    )
    return " · ".join(w.clause.format(name, cell_text(cell, row, lang)) for name, cell in named)


def expected(row: Row, site: Site, lang: str) -> str:
    """For which day something is expected; of a day that is expected itself, none."""
    w = words(lang).site
    return w["expected_day"] if row["unit"] in DATE_UNITS else w["expected"].format(format_month(site.target, lang))


def _heard(row: Row, site: Site, lang: str) -> str:
    """What a chart says to those who do not see it."""
    return words(lang).clause.format(row[f"label_{lang}"], number_in_words(row, site.target, lang))


def _narrow(picture: Picture, lang: str) -> Markup:
    body, size = draw(replace(picture, human=(), foot=""), NARROW, lang)
    return Markup(inline(body, size, "narrow", picture.title))  # noqa: S704 - escaped where it is drawn


def figure_of(picture: Picture, size: Size, lang: str, digits: int = FORECAST_DIGITS) -> Figure:
    """A picture in two widths, with its subtitle below and its numbers as a table, forecasts to so many digits."""
    body, room = draw(picture, size, lang)
    wide = Markup(inline(body, room, "wide", picture.title))  # noqa: S704 - escaped where it is drawn
    table = _lines(picture, lang, digits)
    return Figure(wide, _narrow(picture, lang), picture.subtitle, table, picture.title, _is_whole(picture))


def _is_whole(picture: Picture) -> bool:
    return max(len(_measured(picture)), len(_forecast(picture))) <= _MOST_LINES


def _lines(picture: Picture, lang: str, least: int = FORECAST_DIGITS) -> tuple[tuple[str, ...], ...]:
    """What a chart shows, day by day, as lines of a table below their headings; empty where it shows no number."""
    found: list[_Line] = []
    for line in (*_lines_measured(picture, lang), *_lines_ahead(picture, lang, least), *_lines_said(picture, lang)):
        # What is told of one day stands beside what else is: an edition with its own number, the essay with today's.
        same = (one for one in found if one.told == line.told and not one.cells.keys() & line.cells.keys())
        beside = next(same, None)
        if beside is None:
            found.append(line)
        else:
            beside.cells.update(line.cells)
    # A column each: what has been read and what is expected are not the same thing one below the other.
    columns = [
        name for name in dict.fromkeys((_measured_as(picture), *_COLUMNS)) if any(name in one.cells for one in found)
    ]
    heading = (words(lang).site["day"], *(words(lang).chart.get(name, name) for name in columns))
    in_order = sorted(found, key=lambda one: one.day)
    lines = ((one.told, *(one.cells.get(name, "") for name in columns)) for one in in_order)
    return (heading, *lines) if found else ()


def _lines_measured(picture: Picture, lang: str) -> Iterator[_Line]:
    # Two systems that reach the same on one day are one line here; the evidence names them both.
    read = dict.fromkeys(
        (
            one.day,
            format_known_day(one.day, one.precision, lang),
            format_number(one.value, picture.unit, lang, counted_digits(one.value)),
        )
        for one in _measured(picture)[-_MOST_LINES:]
    )
    for day, told, number in read:
        yield _Line(day, told, {_measured_as(picture): number})


def _lines_ahead(picture: Picture, lang: str, least: int) -> Iterator[_Line]:
    record = picture.frontier[-1].value if picture.frontier else None
    for one in _forecast(picture)[-_MOST_LINES:]:
        digits = telling_digits((one.p50, one.p25, one.p75), least)
        values = [getattr(one, level) for level in _LEVELS.values()]
        # With fewer digits than it has above, the record that nobody breaks would look like a fall below it.
        told = (counted_digits(value) if value == record else digits for value in values)
        numbers = (format_number(value, picture.unit, lang, so) for value, so in zip(values, told, strict=True))
        yield _Line(one.day, format_date(one.day, lang), dict(zip(_LEVELS, numbers, strict=True)))


def _lines_said(picture: Picture, lang: str) -> Iterator[_Line]:
    """What somebody said or what came, with the range that is drawn beside it."""
    for one in picture.marks:
        number = format_number(one.value, picture.unit, lang, one.digits)
        if one.low is not None and one.high is not None:
            ends = format_range(one.low, one.high, picture.unit, lang, one.digits)
            number = words(lang).in_brackets.format(number, ends)
        yield _Line(one.day, format_known_day(one.day, one.precision, lang), {one.kind: number})


def _measured_as(picture: Picture) -> str:
    """What the measured lines of a table are: only where a record is kept is one the best so far."""
    return named(picture, "frontier") if picture.frontier else "observation"


def _measured(picture: Picture) -> tuple[Plotted, ...]:
    """The records, or else the readings, without the end of the line that is drawn to the day of the edition."""
    points = picture.frontier or picture.readings
    # Of records a second one of the same height is none: the line is drawn on to the day of the newest reading.
    is_line = bool(picture.frontier) and picture.line_is == "frontier"
    is_drawn_on = len(points) > 1 and points[-1].value == points[-2].value
    is_drawn_on = is_drawn_on and (is_line or points[-1].day == picture.today)
    return points[:-1] if is_drawn_on else points


def _forecast(picture: Picture) -> tuple[Spread, ...]:
    """The fan without what only opens it, on the day it is made."""
    return tuple(one for one in picture.fan if picture.today is None or one.day > picture.today)


def _beneath(row: Row, site: Site, own: Picture, lang: str) -> Iterator[dict[str, Any]]:
    """The series beneath a row that its own chart does not show: drawn here, or the page on which they are."""
    for place, series in enumerate(site.series_of(row["property_id"])[: MOST_BENEATH + 1]):
        if place == 0 and (own.frontier or len(own.readings) > 1):
            continue
        label, home = series[f"label_{lang}"], _drawn_on(site)[series["series_id"]]
        if home["property_id"] == row["property_id"]:
            yield {"label": label, "figure": _figure_beneath(row, series, site, lang), "page": None}
        else:
            address = f"{page_file(home['property_id'], lang)}#picture"
            yield {"label": label, "figure": None, "page": (home[f"label_{lang}"], address)}


def _drawn_on(site: Site) -> dict[str, Row]:
    """The row on whose page each series is drawn: the one it is measured for, else the first that rests on it.

    Eight rows rest on one series of tokens: on each page its chart was the same, and moved each of them every day.
    """
    key = ("drawn_on", "")
    if key not in site.drawn:
        shown = [(row, site.series_of(row["property_id"])[: MOST_BENEATH + 1]) for row in site.rows]
        own = {found[0]["series_id"]: row for row, found in reversed(shown) if found and is_of_series(row, found[0])}
        first = {series["series_id"]: row for row, found in reversed(shown) for series in found}
        site.drawn[key] = first | own
    found: dict[str, Row] = site.drawn[key]
    return found


def _figure_beneath(row: Row, series: Row, site: Site, lang: str) -> Figure:
    picture, until = of_series(series, site, lang), _foretold_until(row, series["series_id"], site)
    ahead = tuple(one for one in picture.fan if until is None or one.day <= until)
    ceiling = _ceiling_of(row, series["series_id"], site)
    # Eighteen billion users of one service would be drawn, of whom the row lets six billion be.
    fan = tuple(one for one in ahead if ceiling is None or one.p50 <= ceiling)
    figure = figure_of(replace(picture, fan=fan), LOW, lang)
    caption = in_language(figure.caption, lang)
    if ceiling is not None and len(fan) < len(ahead):
        limit = format_number(ceiling, picture.unit, lang)
        caption = words(lang).site["drawn_below"].format(limit=limit, caption=caption)
    return figure._replace(caption=caption)


def _ceiling_of(row: Row, series_id: str, site: Site) -> float | None:
    """The limit that the formula of a row sets to the trend of a series, where it has one that is known."""
    limits = [
        one.get("assumption_id") or one["input_id"]
        for one in site.inputs.get(row["property_id"], [])
        if one["input_id"] in LIMITS and series_id in SERIES_INPUTS[LIMITS[one["input_id"]]]
    ]
    stated = [site.assumptions[name]["value"] for name in limits if name in site.assumptions]
    return min((value for value in stated if value is not None), default=None)


def _foretold_until(row: Row, series_id: str, site: Site) -> date | None:
    """The last day a row that gives no number for the target foretells a series of its own for; None: no such end.

    Drawn on to the target, the page would state in a table the very number that the row above does not give.
    """
    if row["status"] != "beyond_range":
        return None
    ahead = json.loads(row["detail_json"] or "{}").get("ahead", [])
    days = [date.fromisoformat(one["date"]) for one in ahead if one["series"] == series_id]
    return max(days, default=site.origin)


def _history(row: Row, site: Site, lang: str) -> Figure | None:
    picture = history_picture(row, site, lang)
    if picture is None:
        return None
    days = history_days(row, site)
    replays = sum(bool(one.get("is_replay")) for _, one in days[:-1]) + bool(site.edition.get("is_replay"))
    note = words(lang).site["history_note"].format(replays=replays, days=len(days))
    return figure_of(replace(picture, members=()), LOW, lang)._replace(caption=note)


def _facts(row: Row, lang: str, *, is_quiet: bool) -> Iterator[tuple[str, str]]:
    """What stands beside the number, without what is said above already.

    Of a move not worth a word the median before it is none either, or the page would be written for it a day later.
    """
    said = _SAID_ABOVE | ({words(lang).page["previous"]} if is_quiet else frozenset[str]())
    # What it would be without a limit moves on other days than the row, and stands with its scenarios on their page.
    said |= {one.term for one in limit_facts(row, lang)}
    for one in facts(row, lang):
        if not one.is_code and one.term not in said:
            yield one.term, one.text


def _files(name: str, lang: str) -> Iterator[tuple[str, str]]:
    site, ending = words(lang).site, _ENDING[lang]
    for word, file in (
        ("latest", "latest.csv"), ("history", "history.csv"), ("row", "row.json"),
        ("evidence", "evidence.json"), ("feed", "feed.xml"),
        ("card", f"card{ending}.svg"), ("dark", f"card.dark{ending}.svg"),
    ):  # fmt: skip
        yield site[f"file_{word}"], f"{name}/{file}"


def _neighbour(row: Row | None, lang: str) -> tuple[str, str] | None:
    return (row[f"label_{lang}"], page_file(row["property_id"], lang)) if row else None
