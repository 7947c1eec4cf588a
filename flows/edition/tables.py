"""The property table as text: Markdown, JSON, CSV and the rows of a terminal table, in English and Chinese."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from flows.edition.cells import actual_cell, essay_cell, today_cell, unit_note
from flows.edition.formats import format_date, format_number, format_range, format_state, format_value, typeset
from flows.edition.markdown import line
from flows.edition.spreadsheet import spreadsheet_csv
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

__all__ = [
    "format_date",
    "format_number",
    "format_range",
    "format_state",
    "format_value",
    "properties_csv",
    "properties_json",
    "properties_markdown",
    "terminal_header",
    "terminal_rows",
    "typeset",
]

TERMINAL_COLUMNS: Final = ("number", "property_id", "property", "today", "essay", "actual", "status")
_RANGED: Final = frozenset({"today", "essay"})
MARKDOWN_COLUMNS: Final = ("property", "today", "essay", "actual", "status")


def terminal_header(lang: str = "en") -> list[str]:
    """The headings of `terminal_rows`."""
    return [_heading(name, lang) for name in TERMINAL_COLUMNS]


def terminal_rows(properties: pl.DataFrame, lang: str = "en") -> list[list[str]]:
    """One list of cells per row of out.property, in table order: #, id, label, today, essay, actual, status."""
    return [
        [str(row["row_number"]), row["property_id"], _label(row, lang), *_values(row, lang)]
        for row in _in_order(properties)
    ]


def properties_markdown(properties: pl.DataFrame, lang: str = "en", section: int | None = None) -> str:
    """The table as Markdown with one heading per section; with `section` only that one (1 to 6).

    ValueError for a section without rows.
    """
    w = words(lang)
    rows = [row for row in _in_order(properties) if section is None or row["section"] == section]
    if section is not None and not rows:
        raise ValueError(f"no row in section {section}; the essay's sections are 1 to 6")
    # One section is quoted inside other documents, where a title of its own would be a second one.
    head = [f"# {w.markdown['title']}", w.markdown["reading"]] if section is None else []
    numbers = sorted({row["section"] for row in rows})
    parts = [_markdown_section(number, [r for r in rows if r["section"] == number], lang) for number in numbers]
    return "\n\n".join([*head, *parts]) + "\n"


def properties_json(properties: pl.DataFrame) -> str:
    """Every column of every row as a JSON list of objects; days as ISO text, empty cells as null.

    ValueError for a number that JSON cannot say (NaN, infinity): such a cell must be empty and carry a state.
    """
    rows = list(_in_order(properties))
    # NaN would be written as bare NaN, which half of all JSON readers refuse and the others take for a number.
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False, default=_json_day) + "\n"


def properties_csv(properties: pl.DataFrame) -> str:
    """Every column and row as CSV for people, in table order; empty cells stay empty, their reason is in *_state."""
    return spreadsheet_csv(properties.sort("row_number"))


def _in_order(properties: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return properties.sort("row_number").iter_rows(named=True)


def _heading(name: str, lang: str) -> str:
    w = words(lang)
    return w.in_brackets.format(w.columns[name], w.columns["middle_half"]) if name in _RANGED else w.columns[name]


def _label(row: Mapping[str, Any], lang: str) -> str:
    note = unit_note(row, lang)
    label: str = row[f"label_{lang}"]
    return words(lang).in_brackets.format(label, note) if note else label


def _values(row: Mapping[str, Any], lang: str) -> list[str]:
    cells = (today_cell(row, lang), essay_cell(row, lang), actual_cell(row, lang))
    return [*(cell.joined(lang) for cell in cells), words(lang).status[row["status"]]]


def _markdown_section(number: int, rows: list[dict[str, Any]], lang: str) -> str:
    w = words(lang)
    lines = [f"## {number}. {w.sections[str(number)]}", ""]
    lines.append(line([_heading(name, lang) for name in MARKDOWN_COLUMNS]))
    lines.append("|:--|--:|--:|--:|:--|")
    lines += [line([f"{_label(r, lang)} `{r['property_id']}`", *_values(r, lang)]) for r in rows]
    return "\n".join(lines)


def _json_day(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a property row")
