"""Tables in Markdown, for editions and for the pages of docs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def line(cells: Iterable[str]) -> str:
    """One row of a table."""
    # A bar would end the cell and shift every later one into its neighbour's column.
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A whole table, ended by a line break."""
    return "\n".join((line(head), line(["---"] * len(head)), *map(line, rows))) + "\n"
