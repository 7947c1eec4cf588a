"""A query's answer on stdout: a table for people, or CSV, JSON and Parquet for programs."""

from __future__ import annotations

import json
import sys
from bisect import bisect_right
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from flows.commands.common import console
from flows.edition.formats import SCIENTIFIC_FROM
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl
    from rich.console import Console
    from rich.table import Table

    from warehouse.dictionary import Entry

FORMATS: Final = ("table", "csv", "json", "parquet")
# A column of text narrower than this says nothing.
NARROWEST: Final = 8
# A word as long as this may be broken over lines (an address, a digest); an id of a row or of a series may not.
LONGEST_WORD: Final = 40
# Blanks and the rule between two columns.
_BETWEEN: Final = 3
PLAN: Final = ["explain_key", "explain_value"]


def print_frame(frame: pl.DataFrame, as_format: str) -> None:
    """Write the rows to stdout in one of FORMATS; misuse when Parquet would go to a terminal."""
    if as_format == "csv":
        echo(_flat(frame).write_csv(), nl=False)
    elif as_format == "json":
        rows = ",\n".join(f"  {line}" for line in _json_lines(frame))
        echo(f"[\n{rows}\n]" if rows else "[]")
    elif as_format == "parquet":
        if sys.stdout.isatty():
            raise click.UsageError("Parquet is no text: send it to a file with `> answer.parquet`")
        frame.write_parquet(sys.stdout.buffer)
    elif frame.columns == PLAN:
        echo("\n".join(frame["explain_value"]))
    else:
        _print_table(frame, console())


def _json_lines(frame: pl.DataFrame) -> Iterable[str]:
    for row in frame.iter_rows(named=True):
        yield json.dumps({name: _plain(cell) for name, cell in row.items()}, ensure_ascii=False, allow_nan=False)


def _plain(cell: Any) -> Any:
    """A cell as JSON can hold it; what is no number for JSON (infinity, NaN) becomes its name rather than nothing."""
    if cell is None or isinstance(cell, (bool, int, str)):
        return cell
    if isinstance(cell, Decimal) and cell == cell.to_integral_value():
        return int(cell)
    if isinstance(cell, (float, Decimal)):
        number = float(cell)
        return number if abs(number) < float("inf") else str(cell)
    if isinstance(cell, dict):
        return {str(name): _plain(part) for name, part in cell.items()}
    if isinstance(cell, (list, tuple)):
        return [_plain(part) for part in cell]
    return cell.hex() if isinstance(cell, bytes) else str(cell)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """The same with lists, structures and bytes as text, which is all that CSV can hold."""
    import polars as pl

    columns = []
    for column in frame.iter_columns():
        is_flat = not column.dtype.is_nested() and column.dtype != pl.Binary
        texts = [None if cell is None else _text(cell) for cell in column.to_list()] if not is_flat else []
        columns.append(column if is_flat else pl.Series(column.name, texts, dtype=pl.String))
    return pl.DataFrame(columns)


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    plain = _plain(cell)
    if isinstance(plain, float):
        return digits(plain)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def digits(number: float) -> str:
    """Seven digits, with an exponent only where nobody reads the number without one."""
    text = f"{number:.7g}"
    return f"{number:.0f}" if "e+" in text and abs(number) < SCIENTIFIC_FROM else text.replace("e+", "e")


class _Measured(NamedTuple):
    """How many cells of a screen a column needs: at least, with nothing broken, and for each cell on one line."""

    least: int
    most: int


def _measured(column: pl.Series) -> _Measured:
    from rich.cells import cell_len

    texts = ["NULL" if cell is None else _text(cell) for cell in column.to_list()]
    lines = [cell_len(line) for text in texts for line in text.splitlines()]
    most = max([len(column.name), *lines])
    # Half a number or half a day on a line of its own reads as another one.
    if column.dtype.is_numeric() or column.dtype.is_temporal():
        return _Measured(most, most)
    words = [len(word) for text in texts for word in text.split() if word.isascii()]
    least = max([NARROWEST, len(column.name), *(long for long in words if long <= LONGEST_WORD)])
    return _Measured(least, max(least, most))


def _widths(columns: Sequence[_Measured], width: int) -> Sequence[int | None] | None:
    """The width of each column on a screen, the longest texts folded first; None where something would be broken.

    Where all fits, none is set. Left to itself, a table takes from every column of text alike, also from ids that fit.
    """
    # A column whose width is set has its blank on the right also at the edge.
    room = width - _BETWEEN * (len(columns) - 1) - 1
    if sum(column.most for column in columns) <= room:
        return [None] * len(columns)
    if sum(column.least for column in columns) > room:
        return None

    def at(level: int) -> list[int]:
        return [max(column.least, min(column.most, level)) for column in columns]

    levels = range(max((column.most for column in columns), default=0) + 1)
    return at(bisect_right(levels, room, key=lambda level: sum(at(level))) - 1)


def table_of(frame: pl.DataFrame, width: int) -> Table | None:
    """The rows as a table for people on a screen so wide, numbers to the right; None where one would be broken."""
    widths = _widths([_measured(column) for column in frame.iter_columns()], width)
    if widths is None:
        return None
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for (name, dtype), cells in zip(frame.schema.items(), widths, strict=True):
        table.add_column(Text(name), justify="right" if dtype.is_numeric() else "left", overflow="fold", width=cells)
    for row in frame.iter_rows():
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _print_table(frame: pl.DataFrame, out: Console) -> None:
    table = table_of(frame, out.width)
    if table is None:
        _print_records(frame, out)
    else:
        _show(table, out)


def _show(table: Table, out: Console) -> None:
    """Print a table; in a pipe without the blanks that fill its last column up."""
    if out.is_terminal:
        out.print(table)
        return
    with out.capture() as captured:
        out.print(table)
    echo("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()), nl=False)


def _print_records(frame: pl.DataFrame, out: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    for number, row in enumerate(frame.iter_rows(named=True), 1):
        record = Table(box=None, show_header=False, pad_edge=False)
        record.add_column(style="bold", no_wrap=True)
        record.add_column(overflow="fold")
        for name, cell in row.items():
            record.add_row(Text(name), _cell(cell))
        out.print(f"row {number}", style="dim")
        _show(record, out)


def _cell(cell: Any) -> Any:
    """A cell for people; an empty one is told apart from an empty text."""
    from rich.text import Text

    return Text("NULL", style="dim") if cell is None else Text(_text(cell))


def print_entries(entries: list[Entry]) -> None:
    """All names with what they hold, views and macros first."""
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("kind")
    table.add_column("rows", justify="right")
    table.add_column("holds", overflow="fold")
    for entry in entries:
        rows = "" if entry.row_count is None else f"{entry.row_count:,}"
        table.add_row(Text(entry.heading), entry.kind, rows, Text(entry.comment))
    console().print(table)


def print_entry(entry: Entry) -> None:
    """One table, view or macro with its columns."""
    from rich.table import Table
    from rich.text import Text

    out = console()
    rows = "" if entry.row_count is None else f", {entry.row_count:,} rows"
    out.print(Text.assemble((entry.heading, "bold"), f"  {entry.kind}{rows}"))
    out.print(Text(entry.comment))
    if not entry.columns:
        return
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("column", no_wrap=True)
    table.add_column("type")
    table.add_column("means", overflow="fold")
    for column in entry.columns:
        table.add_row(Text(column.name), column.type, Text(column.comment))
    out.print(table)
