"""`gpt2030 snapshots` and `quarantine`: the evidence kept, and the rows refused."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from flows.commands.common import (
    WAIT,
    Failure,
    console,
    open_read_copy,
    read_copy_path,
    settings_or_fail,
    writing,
)
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from warehouse.reader import Reader

T = TypeVar("T")


def _read(question: Callable[[Reader], T]) -> T:
    with open_read_copy() as reader:
        return question(reader)


def _said(cell: object) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return "" if cell is None else str(cell)


def _print(frame: pl.DataFrame, *, as_json: bool) -> None:
    if as_json:
        echo(json.dumps(frame.to_dicts(), default=str, indent=2, ensure_ascii=False))
        return
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name in frame.columns:
        # An id with its end cut off cannot be looked up; other cells go on in the next line.
        table.add_column(name, no_wrap=name.endswith("_id"), overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*(_said(cell) for cell in row))
    console().print(table)


@click.group(invoke_without_command=True)
@click.pass_context
def snapshots(context: click.Context) -> None:
    """The bytes kept as they came, by sha256; without a command, the list of them."""
    if context.invoked_subcommand is None:
        context.invoke(list_snapshots)


@snapshots.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def list_snapshots(*, as_json: bool) -> None:
    """Every kept snapshot, newest first."""
    from warehouse.snapshots import listed_snapshots

    _print(_read(listed_snapshots), as_json=as_json)


@snapshots.command("verify", short_help="Read every kept snapshot again and compare its sha256.")
def verify_snapshots() -> None:
    """Read every kept snapshot again and compare its sha256; exit 1 when one is damaged."""
    from warehouse.snapshots import SnapshotStore, verify_all

    store = SnapshotStore(settings_or_fail().home)
    count, problems = _read(lambda reader: verify_all(reader, store))
    for problem in problems:
        echo(problem)
    if problems:
        raise Failure(f"{len(problems)} of {count} snapshots are damaged")
    echo(f"{count} snapshots verified: every sha256 holds")


@click.group(invoke_without_command=True)
@click.pass_context
def quarantine(context: click.Context) -> None:
    """Rows that were refused, with file, line, column, value and rule; without a command, the open ones."""
    if context.invoked_subcommand is None:
        context.invoke(list_quarantine)


@quarantine.command("list")
@click.option("--all", "with_released", is_flag=True, help="Also those released.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def list_quarantine(*, with_released: bool, as_json: bool) -> None:
    """Open refusals."""
    from warehouse.quarantine import listed_refusals

    frame = _read(partial(listed_refusals, with_released=with_released))
    if frame.is_empty() and not as_json:
        echo("nothing is in quarantine", err=True)
        return
    _print(frame, as_json=as_json)


@quarantine.command("show")
@click.argument("identifier", metavar="ID")
def show_quarantine(identifier: str) -> None:
    """One refusal in full, with the row as it came."""
    from warehouse.quarantine import refusal

    found = _read(partial(refusal, quarantine_id=identifier))
    if found is None:
        raise Failure(f"no refusal {identifier}; `gpt2030 quarantine list` shows them")
    echo(json.dumps(found, default=str, indent=2, ensure_ascii=False))


@quarantine.command("release", short_help="Mark a refusal as dealt with.")
@click.argument("identifier", metavar="ID")
@WAIT
def release_quarantine(identifier: str, wait: float) -> None:
    """Mark a refusal as dealt with; it comes back when the same row arrives bad again."""
    from flows.settings import Clock
    from warehouse.publication import publish_copy
    from warehouse.quarantine import release
    from warehouse.store import Warehouse

    # By way of the read copy: opened directly, a home that is not there would be made.
    home = read_copy_path().parent
    clock = Clock.read(None)
    with writing(home, "gpt2030 quarantine release", wait), Warehouse.open(home, now=clock.now) as warehouse:
        if not release(warehouse, identifier, clock.now):
            raise Failure(f"no open refusal {identifier}; `gpt2030 quarantine list` shows them")
        publish_copy(warehouse, home)
    echo(f"released {identifier}")
