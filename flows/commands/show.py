"""`gpt2030 show`: the property table, or one property in full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from flows.commands.common import (
    LANG,
    Failure,
    console,
    did_you_mean,
    edition_meant,
    one_format,
    open_read_copy,
    read_copy_path,
)
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    import polars as pl
    from rich.console import Console

# Columns from which the table has room for labels and ids side by side with its numbers.
WIDE = 120
# Below this the table would break numbers, and is told as a list.
LEAST_WIDTH = 80
# Letters that a cell of a narrow screen has room for.
NARROW_CELL = 9
FORMATS = ("table", "md", "csv", "json")


@click.command()
@click.argument("property_id", metavar="[PROPERTY]", required=False)
@click.option("--edition", metavar="ID", help="Another edition than the one in force: its id or day.")
@click.option("--section", type=click.IntRange(1, 6), help="One of the essay's six sections.")
@LANG
@click.option("--format", "as_format", type=click.Choice(FORMATS), default="table", help="How to print.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def show(
    property_id: str | None, edition: str | None, section: int | None, lang: str, as_format: str, *, as_json: bool
) -> None:
    """What the essay said, what today's data say by the same reasoning, and what is known so far.

    PROPERTY is a row of the table, by its id or its number.
    """
    as_format = one_format(as_format, as_json=as_json)
    if property_id is not None and section:
        raise click.UsageError("give a property or --section, not both: each property has its place in one section")
    rows, target = _edition(read_copy_path(), edition)
    if property_id is not None:
        rows = only(rows, property_id)
    if section:
        rows = rows.filter(rows["section"] == section)
    if as_format == "table":
        _print_on_screen(rows, target, lang, in_full=property_id is not None)
    else:
        _print_as(rows, lang, as_format)


def edition_rows(path: Path, edition: str | None) -> pl.DataFrame:
    """The property rows of one edition, by its id, the beginning of it (a day will do) or `latest`, in table order.

    A Failure when none or several are meant.
    """
    return _edition(path, edition)[0]


def _edition(path: Path, edition: str | None) -> tuple[pl.DataFrame, date]:
    """The same, and the day that its forecasts are for."""
    from warehouse.published import edition_in_force, every_edition, properties_of, target_of

    with open_read_copy(path) as reader:
        if not every_edition(reader):
            raise Failure(f"no edition is published in {path} yet; `gpt2030 refresh` says why")
        wanted = edition_meant(reader, edition) if edition else edition_in_force(reader)
        asked = target_of(reader, wanted)
        assert asked is not None, wanted
        return properties_of(reader, wanted), asked[0]


def print_table(home: Path, lang: str = "en") -> None:
    """Print the table of the edition in force."""
    _print_on_screen(*_edition(home / "gpt2030.duckdb", None), lang, in_full=False)


def only(rows: pl.DataFrame, property_id: str) -> pl.DataFrame:
    """The one row of a property, by its id or its number; a Failure that suggests near names when there is none."""
    import polars as pl

    is_numbered = pl.col("row_number").cast(pl.String) == property_id
    found = rows.filter((pl.col("property_id") == property_id) | is_numbered)
    if found.is_empty():
        hint = (
            _living(property_id)
            or _rows_above(property_id, rows["property_id"].to_list())
            or did_you_mean(property_id, rows["property_id"].to_list(), "`gpt2030 show` lists them all")
        )
        raise Failure(f"no property {property_id!r} in edition {rows['edition_id'][0]}; {hint}")
    return found


def _living(identifier: str) -> str:
    """Where to read of a living row, which has a table of its own; empty for anything else."""
    from models.properties.living import LIVING_SERIES

    series = LIVING_SERIES.get(identifier)
    if series is None:
        return ""
    return (
        f"it is a living row: `gpt2030 living` shows it, `gpt2030 chart {series} --out FILE.svg` draws what it is of, "
        f"and `gpt2030 sql \"from observation_latest where series_id = '{series}'\"` lists its evidence"
    )


def _rows_above(output_id: str, property_ids: Sequence[str]) -> str:
    """Where to read of a step that is no row; empty for what no row follows from."""
    from models.properties.formulas import ancestors

    above = [row for row in property_ids if output_id in ancestors(row)]
    return f"it is a step towards {', '.join(above)}: ask for one of those" if above else ""


def _print_as(rows: pl.DataFrame, lang: str, as_format: str) -> None:
    from flows.edition.tables import properties_csv, properties_json, properties_markdown

    if as_format == "csv":
        echo(properties_csv(rows), nl=False)
    elif as_format == "json":
        echo(properties_json(rows))
    else:
        echo(properties_markdown(rows, lang=lang))


def _print_on_screen(rows: pl.DataFrame, target: date, lang: str, *, in_full: bool) -> None:
    """Without its day, today's number beside the one so far would read as a contradiction."""
    from flows.edition.formats import format_date
    from flows.edition.words import words

    out, page = console(), words(lang).page
    if in_full:
        draw_row(out, rows.row(0, named=True), lang, target)
        return
    draw_table(out, rows, lang)
    said = page["today_is_for"].format(format_date(target, lang))
    out.print(f"{page['edition'].lower()} {rows['edition_id'][0]}{words(lang).detail['also']}{said}", style="dim")


def draw_table(out: Console, rows: pl.DataFrame, lang: str) -> None:
    """The table as wide as the screen; where it is too narrow, numbers go on in the next line, uncut."""
    from rich.table import Table
    from rich.text import Text

    from flows.commands.breaks import broken
    from flows.edition.tables import terminal_header, terminal_rows
    from flows.edition.words import words

    if out.width < LEAST_WIDTH:
        _draw_list(out, rows, lang)
        return
    number, _, *headings = terminal_header(lang)
    table = Table(number, *headings, show_edge=False, pad_edge=False, header_style="bold", expand=False)
    for column in table.columns:
        column.overflow = "fold"
    # The ids stay whole: every other command asks for one.
    is_narrow, id_width = out.width < WIDE, max(map(len, rows["property_id"]))
    table.columns[1].no_wrap = is_narrow

    def fitted(label: str) -> str:
        if not is_narrow:
            return label
        return "\n".join(line.plain.rstrip() for line in broken(Text(label), id_width).wrap(out, id_width))

    def ranged(cell: str) -> str:
        # A range is broken at its dash: in the middle of a number, it would read as two.
        return (
            re.sub(r"–|至(?=\d)", r"\g<0>\n", cell) if is_narrow and max(map(len, cell.split())) > NARROW_CELL else cell
        )

    section = 0
    for row, cells in zip(rows.iter_rows(named=True), terminal_rows(rows, lang), strict=True):
        if row["section"] != section:
            section = row["section"]
            table.add_section()
            table.add_row("", Text(fitted(words(lang).sections[str(section)]), style="bold"))
        table.add_row(cells[0], Text.assemble(fitted(cells[2]), "\n", (cells[1], "dim")), *map(ranged, cells[3:]))
    out.print(table)


def _draw_list(out: Console, rows: pl.DataFrame, lang: str) -> None:
    """The same, a line for each cell: six columns do not fit without breaking numbers."""
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.text import Text

    from flows.edition.tables import terminal_header, terminal_rows

    def parted(cell: str, room: int) -> str:
        # Chinese has no spaces to break a line at: it would be broken within a number.
        return cell.replace("（", "\n（").replace("，", "，\n") if cell_len(cell) > room else cell

    _, _, _, *headings = terminal_header(lang)
    for number, property_id, label, *cells in terminal_rows(rows, lang):
        out.print(Text.assemble((f"{number} {label} ", "bold"), (property_id, "dim")))
        for heading, cell in zip(headings, cells, strict=True):
            room = out.width - cell_len(heading) - 4
            out.print(Padding(Text.assemble((f"{heading}: ", "dim"), parted(cell, room)), (0, 0, 0, 2)))


def draw_row(out: Console, row: dict[str, object], lang: str, target: date | None = None) -> None:
    """One row in full, a line for each thing it says."""
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _full_lines(row, lang, target):
        table.add_row(name, text)
    out.print(table)


def _full_lines(row: dict[str, object], lang: str, target: date | None) -> list[tuple[str, str]]:
    """Name and text of everything a row says; what is empty is said by its state."""
    from flows.edition.cells import actual_cell, essay_cell, today_cell
    from flows.edition.details import facts
    from flows.edition.formats import DATE_UNITS, format_date, typed
    from flows.edition.reasons import reason
    from flows.edition.row_notes import basis_of
    from flows.edition.words import words

    w = words(lang)
    columns, page = w.columns, w.page
    today = today_cell(row, lang)
    # A row that is a day is not for a day, and one without a number is for none.
    is_for_a_day = target is not None and row["unit"] not in DATE_UNITS and not today.is_word
    own = [
        (columns["property"], f"{row['property_id']}  ·  {row['label_zh' if lang == 'zh' else 'label_en']}"),
        (columns["today"], today.joined(lang)),
        (page["today_for"], format_date(target, lang) if target and is_for_a_day else ""),
        (columns["essay"], essay_cell(row, lang).joined(lang)),
        (columns["actual"], actual_cell(row, lang).joined(lang)),
        (page["unit"], w.unit(str(row["unit"]))),
        (columns["status"], w.explain["standing"].format(w.status[str(row["status"])], typed(reason(row, lang)))),
        (page["basis"], basis_of(row, lang)),
        (page["edition"], str(row["edition_id"])),
    ]
    # In small letters, as `explain` names the same lines: scripts look for them.
    lines = [(name.replace(",", "").lower(), text) for name, text in own]
    lines[-1:-1] = [(line.term, line.text) for line in facts(row, lang)]
    return [(name, text) for name, text in lines if text]
