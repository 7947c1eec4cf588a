"""Renders an edition as one HTML file: the table with its charts, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from flows.edition.authored import formula_in_words
from flows.edition.behind import check_summary, is_idle, moment_text, score_table, source_standings
from flows.edition.causes import MOVED_DIGITS, is_moved_range, moved_text
from flows.edition.cells import PrintedCell, actual_cell, essay_cell, full_range, today_cell, unit_note
from flows.edition.drawing import printable
from flows.edition.forecaster_names import forecaster_name
from flows.edition.home import Standing, opening
from flows.edition.microchart import MicroChart, micro_chart
from flows.edition.reasons import reason
from flows.edition.shell import PAGES, environment, page_file, policy
from flows.edition.site import day_of, is_rehearsal, lists_by
from flows.edition.so_far_notes import note_in
from flows.edition.words import LANGUAGES, words
from warehouse.contracts.out import CELL_STATES, PROPERTY_STATUS

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import date

    import polars as pl

    from flows.edition.scoreboard import Scoreboard

TEMPLATE: Final = "index.html.j2"
FILES: Final = ("properties.csv", "properties.json", "properties.parquet", "properties.md", "forecasts.parquet",
                "living.csv", "scores.csv", "changes.json", "datapackage.json", "croissant.json",
                "manifest.json")  # fmt: skip
# A smaller shift than this is noise of the draws and would put a mark on every row.
WORTH_SAYING: Final = 0.1


@dataclass(frozen=True, slots=True)
class RowView:
    """One row as the template prints it."""

    property_id: str
    label: str
    unit: str
    today: PrintedCell
    essay: PrintedCell
    actual: PrintedCell
    actual_note: str
    status: str
    reason: str
    change: str
    chart: MicroChart | None
    chart_title: str
    formula: str


def render_page(
    edition: Mapping[str, object],
    properties: pl.DataFrame,
    checks: pl.DataFrame,
    health: pl.DataFrame,
    board: Scoreboard,
    *,
    changes: pl.DataFrame | None = None,
    lang: str = "en",
) -> str:
    """The page of one edition as HTML text.

    `edition` has the columns of out.edition (days and moments as such or as ISO text); the frames have the columns of
    out.property, core.check_result, the view source_health and out.change. ValueError for another language.
    """
    origin = day_of(edition["origin_date"])
    moved = [] if changes is None else changes.to_dicts()
    standing = Standing(origin, day_of(edition["target_date"]), health["state"].to_list(), moved)
    rows = properties.sort("row_number").to_dicts()
    by_id = {} if changes is None else lists_by(changes, "property_id")
    units = {row["property_id"]: row["unit"] for row in rows}
    of_range = {name for name, own in by_id.items() if is_moved_range(own, units.get(name, ""))}
    sections = [
        (
            number,
            words(lang).sections[str(number)],
            [_row_view(r, origin, lang, of_range) for r in rows if r["section"] == number],
        )
        for number in sorted({row["section"] for row in rows})
    ]
    page = environment().get_template(TEMPLATE).render(
        w=words(lang),
        lang=lang,
        other=next(name for name in LANGUAGES if name != lang),
        edition={**edition, **{name: moment_text(edition[name], lang) for name in _MOMENTS if edition.get(name)}},
        is_rehearsal=is_rehearsal(edition),
        is_idle=is_idle,
        sections=sections,
        opening=opening(rows, standing, lang),
        navigation=[(words(lang).site[word], page_file(name, lang)) for word, name in PAGES.items()],
        css=Markup(_style()),  # noqa: S704 - our own file
        policy=policy(_style()),
        checks=check_summary(checks),
        sources=source_standings(health, lang),
        scores=score_table(board, lang),
        who=forecaster_name,
        cell_states=CELL_STATES[1:],
        statuses=PROPERTY_STATUS,
        files=FILES,
    )  # fmt: skip
    # A name that turns the direction of a line would take the numbers beside it along.
    return printable(page)


_MOMENTS: Final = ("origin_date", "target_date", "issued_at", "recorded_at")


@cache
def _style() -> str:
    return files("flows").joinpath("edition", "page.css").read_text(encoding="utf-8")


def _row_view(row: Mapping[str, Any], origin: date, lang: str, of_range: Container[str]) -> RowView:
    shift = row["change_spreads"]
    # What stands behind a row without a number may have moved: beside "beyond range" a reader looks for what did.
    is_worth_saying = row["p50"] is not None and shift is not None and abs(shift) >= WORTH_SAYING
    return RowView(
        row["property_id"],
        row[f"label_{lang}"],
        unit_note(row, lang),
        today_cell(row, lang),
        essay_cell(row, lang),
        actual_cell(row, lang),
        note_in(row["actual_note"], lang),
        row["status"],
        reason(row, lang),
        moved_text(row, lang, MOVED_DIGITS, is_range=row["property_id"] in of_range) if is_worth_saying else "",
        micro_chart(row, origin, lang),
        _chart_title(row, lang),
        formula_in_words(row["formula"], lang),
    )


def _chart_title(row: Mapping[str, Any], lang: str) -> str:
    """What the chart shows beyond the cells beside it: the outer ends."""
    ends, w = full_range(row, lang), words(lang)
    return w.clause.format(w.page["full_range"], ends) if ends else w.columns["chart"]


def compile_templates() -> None:
    """Compile the templates of the page; a caller that waits for something anyway spares the publication doing it."""
    for name in environment().list_templates(extensions=["j2"]):
        environment().get_template(name)
