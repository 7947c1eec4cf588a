"""`gpt2030 prune`: the files of old editions make room; what they say stays in the warehouse."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from flows.commands.common import WAIT, console, open_read_copy, read_copy_path, settings_for_writing, writing
from flows.terminal import echo

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from warehouse.thinning import Thinnable


@click.command()
@click.option("--older-than", "days", type=click.IntRange(min=1), required=True, metavar="DAYS",
              help="Keep every edition of so many days whole.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would go, and leave it.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
@WAIT
def prune(days: int, wait: float, *, dry_run: bool, as_json: bool) -> None:
    """Thin old editions: of each a page that says so, its tables as Parquet and its manifest are left.

    The first edition of every month stays whole, and so does the one in force. No row of the warehouse is touched:
    SQL, `diff`, `explain`, histories and scores go on knowing all of them. What is removed cannot be made again by a
    later version to the same bytes; make a backup first if that matters.
    """
    from flows import stopping
    from flows.run.thinning import thin
    from flows.settings import Clock
    from warehouse.editions import EditionShelf

    home, clock = read_copy_path().parent, Clock.read(None)
    if dry_run:
        _tell(_found(home, clock.today - timedelta(days=days)), is_done=False, as_json=as_json)
        return
    settings_for_writing(is_telling=False)
    stopping.note("nothing was thinned")
    with writing(home, "gpt2030 prune", wait):
        EditionShelf(home).put_back()
        found = _found(home, clock.today - timedelta(days=days))
        for number, one in enumerate(found, start=1):
            stopping.check()
            thin(EditionShelf(home), one, clock)
            stopping.note(f"{number} of {len(found)} editions were thinned; run it again for the rest")
    _tell(found, is_done=True, as_json=as_json)


def _found(home: Path, before: date) -> list[Thinnable]:
    from warehouse.editions import EditionShelf
    from warehouse.thinning import thinnable

    with open_read_copy() as reader:
        return thinnable(reader, EditionShelf(home), before)


def _tell(found: list[Thinnable], *, is_done: bool, as_json: bool) -> None:
    total = sum(one.bytes for one in found)
    if as_json:
        rows = [one._asdict() for one in found]
        said = {"is_done": is_done, "bytes": total, "editions": rows}
        echo(json.dumps(said, default=str, indent=2, ensure_ascii=False))
        return
    for one in found:
        echo(f"{one.edition_id}  {one.bytes / 1e6:5.1f} MB")
    counted = f"{len(found)} edition{'' if len(found) == 1 else 's'}"
    what = "thinned" if is_done else "would be thinned"
    console().print(f"{counted} {what}: {total / 1e6:,.1f} MB", style="dim")
