"""The page docs/tables.md: every view, macro and table with its columns, from the comments of the file itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from warehouse.contracts import SHOWN, TABLES
from warehouse.contracts.plausible import ANY_NUMBER, EARLIEST, LATEST, RANGES
from warehouse.dictionary import tables
from warehouse.sandbox import ReadCopy
from warehouse.store import READ_COPY_FILE, Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.contracts import Column, Table
    from warehouse.dictionary import ColumnEntry, Entry

INTRO: Final = """# The tables

`gpt2030.duckdb` explains itself: every table, view and column carries a comment, which `gpt2030 tables`, `gpt2030
tables NAME` and any DuckDB client show. This page is written from those comments.

Start with the **views**: they answer for today. Their **macros** answer for any past moment: `observation_as_of(t)`
takes a DATE (its whole day counts), a TIMESTAMP (UTC) or text like '2024-06-01'. The **tables** below them hold every
vintage: a row of `core` is believed from `recorded_at` until `superseded_at`.
"""
PLAUSIBLE: Final = """## What a number can be

A number outside the bounds of its unit, or a day outside {earliest} to {latest}, is refused where it arrives: it is a
slip of the pen, a changed unit or a broken feed. Units that are not listed may hold anything from {low:g} to {high:g};
the answers of forecasters may name any day.

"""
SECTIONS: Final = (
    ("Views", "view", "", "For people: what stands now."),
    ("Macros", "macro", "", "As of a moment. In a client that has attached the file, `USE` it first."),
    ("Schema out", "table", "out.", "What was published, and the runs that published it."),
    ("Schema core", "table", "core.", "What is believed and since when."),
    ("Schema raw", "table", "raw.", "What came in: looks, bytes, landings, refusals."),
)


def render() -> str:
    """The whole page as Markdown; the same code always gives the same text."""
    moment = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with TemporaryDirectory() as folder:
        with Warehouse.open(Path(folder), now=moment) as warehouse:
            warehouse.write_copy(Path(folder) / READ_COPY_FILE)
        with ReadCopy.open(Path(folder) / READ_COPY_FILE) as copy:
            entries = tables(copy, with_counts=False)
    parts = [INTRO]
    for title, kind, prefix, sentence in SECTIONS:
        chosen = [entry for entry in entries if entry.kind == kind and entry.name.startswith(prefix)]
        parts.append(f"## {title}\n\n{sentence}\n\n" + "\n".join(_described(entry) for entry in chosen))
    return "\n".join([*parts, _plausible()])


def _plausible() -> str:
    """What a number can be at all, by unit."""
    rows = [f"| `{unit}` | {low:g} | {high:g} |" for unit, (low, high) in RANGES.items()]
    header = "| unit | at least | at most |\n| --- | --- | --- |\n"
    return (
        PLAUSIBLE.format(low=ANY_NUMBER[0], high=ANY_NUMBER[1], earliest=EARLIEST, latest=LATEST)
        + header
        + "\n".join([*rows, ""])
    )


def _described(entry: Entry) -> str:
    if entry.kind == "macro":
        return f"### `{entry.heading}`\n\n{_sentence(entry.comment)}\n"
    declared = {table.full_name: table for table in (*TABLES, *SHOWN)}.get(entry.name)
    key = f" One row per {', '.join(f'`{name}`' for name in _key(declared))}." if declared else ""
    lines = [_row(column, _rules(declared, column.name)) for column in entry.columns]
    header = "| column | type | means |\n| --- | --- | --- |\n"
    return f"### `{entry.heading}`\n\n{_sentence(entry.comment)}{key}\n\n{header}" + "\n".join(lines) + "\n"


def _key(table: Table) -> Iterable[str]:
    return (*table.key, "source_id", "feed", "recorded_at") if table.is_bitemporal else table.key


def _row(column: ColumnEntry, rules: str) -> str:
    meaning = f"{column.comment}{rules}".replace("|", "\\|")
    return f"| `{column.name}` | {column.type} | {meaning} |"


def _rules(table: Table | None, name: str) -> str:
    """What the contract allows: emptiness, a closed vocabulary, limits."""
    column: Column | None = next((one for one in table.columns if one.name == name), None) if table else None
    if column is None:
        return ""
    limits = [
        f"at least {column.ge:g}" if column.ge is not None else "",
        f"at most {column.le:g}" if column.le is not None else "",
    ]
    values = [f"one of {', '.join(f'`{value}`' for value in column.isin)}"] if column.isin else []
    rules = ["may be empty"] * column.nullable + [limit for limit in limits if limit] + values
    return f" ({'; '.join(rules)})" if rules else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
