"""`gpt2030 sql` and `tables`: ask the read copy anything, and see what there is to ask."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from flows.commands.common import Failure, one_format, read_copy_path
from flows.commands.frames import FORMATS, print_entries, print_entry, print_frame
from flows.terminal import echo

# What a person reads on a screen, and what a program takes.
SCREEN_ROWS: Final = 1_000
PROGRAM_ROWS: Final = 1_000_000
# A wide answer without rows prints nothing at all, and would seem to be a terminal that is broken.
_NO_ROWS: Final = "no rows"
QUERY_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
SECONDS: Final = click.FloatRange(min=0, min_open=True)
# Here and not in the docstring, where the mark that keeps lines apart would be two characters.
EXAMPLES: Final = """\b
Examples:
  gpt2030 sql "select property_id, essay_p50, p50 from property_latest"
  gpt2030 sql "from frontier_as_of('2026-11-22')" --format csv > frontier.csv
  gpt2030 sql < question.sql
"""


@click.command(epilog=EXAMPLES)
@click.argument("query", required=False)
@click.option("--file", "-f", "path", type=QUERY_FILE, metavar="F", help="Read the query from a file.")
@click.option("--format", "as_format", type=click.Choice(FORMATS), default="table", help="How to print the rows.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many rows; 1,000 as table, else 1,000,000.")
@click.option("--seconds", type=SECONDS, default=30.0, help="Give up after this time; 30 unless set.")
def sql(
    query: str | None, path: Path | None, as_format: str, limit: int | None, seconds: float, *, as_json: bool
) -> None:
    """Ask the read copy in SQL (DuckDB's); nothing can be changed.

    QUERY is one statement: SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW TABLES, SUMMARIZE or EXPLAIN. Without one it is
    read from stdin, or asked for at a prompt with history, completion and lines until a semicolon. Rows go to
    stdout, everything else to stderr. `gpt2030 tables` says what there is to ask; docs/sql-cookbook.md has examples.

    CSV, JSON and Parquet are for programs: text is as it came, in CSV also where a spreadsheet would take it for a
    formula (`show --format csv` is for people, and marks it as text).
    """
    from warehouse.emptiness import why_empty
    from warehouse.sandbox import ReadCopy, SandboxError

    as_format = one_format(as_format, as_json=as_json)
    rows = limit or (SCREEN_ROWS if as_format == "table" else PROGRAM_ROWS)
    text = _text(query, path)
    try:
        with ReadCopy.open(read_copy_path()) as copy:
            if text is None:
                from flows.commands.prompt import Prompt

                Prompt(copy, rows, seconds, as_format).run()
                return
            answer = copy.query(text, limit=rows, seconds=seconds)
            reasons = why_empty(copy, text, answer)
    except SandboxError as error:
        raise Failure(str(error)) from None
    print_frame(answer.frame, as_format)
    if answer.notice:
        echo(f"{answer.notice}; --limit shows more", err=True)
    for reason in reasons or ([_NO_ROWS] if answer.frame.is_empty() else []):
        echo(reason, err=True)


def _text(query: str | None, path: Path | None) -> str | None:
    """The query wherever it comes from; None when a person at a terminal gave none."""
    if query is not None and path is not None:
        raise click.UsageError("give the query or --file, not both")
    if path is not None:
        text = _decoded(path.read_bytes(), str(path))
    elif query not in {None, "-"}:
        text = str(query)
    elif query is None and sys.stdin.isatty():
        return None
    else:
        text = _decoded(sys.stdin.buffer.read(), "stdin")
    if not text.strip():
        raise click.UsageError("the query is empty")
    return text


def _decoded(body: bytes, where: str) -> str:
    try:
        # A byte order mark, as some editors write it, is no SQL.
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failure(f"the query in {where} is not UTF-8 text: {error.reason} at byte {error.start}") from None


@click.command()
@click.argument("name", required=False)
def tables(name: str | None) -> None:
    """The data dictionary: every view, macro and table, or one of them with its columns."""
    from warehouse.dictionary import UnknownTable
    from warehouse.dictionary import tables as dictionary
    from warehouse.sandbox import ReadCopy, SandboxError

    try:
        with ReadCopy.open(read_copy_path()) as copy:
            entries = dictionary(copy, name)
    except (SandboxError, UnknownTable) as error:
        raise Failure(str(error)) from None
    if name:
        print_entry(entries[0])
        return
    print_entries(entries)
    echo("`gpt2030 tables NAME` shows the columns of one of them", err=True)
