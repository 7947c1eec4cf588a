"""`gpt2030 living`: what still moves, beside the essay's 44 rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import click

from flows.commands.common import LANG, Failure, console, edition_meant, one_format, open_read_copy
from flows.terminal import echo

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

FORMATS: Final = ("table", "csv", "json")


@click.command()
@click.option("--edition", default="latest", metavar="ID", help="Of this edition (default: the one in force).")
@LANG
@click.option("--format", "as_format", type=click.Choice(FORMATS), default="table", help="How to print.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def living(edition: str, lang: str, as_format: str, *, as_json: bool) -> None:
    """What the essay could not name: living rows beside the 44, each of one series."""
    from warehouse.published import living_of, target_of

    as_format = one_format(as_format, as_json=as_json)
    with open_read_copy() as reader:
        edition_id = edition_meant(reader, edition)
        rows, asked = living_of(reader, edition_id), target_of(reader, edition_id)
    if rows.is_empty():
        raise Failure(f"edition {edition_id} has no living rows: it was made before there were any")
    assert asked is not None, edition_id
    if as_format == "json":
        echo(json.dumps(rows.to_dicts(), default=str, indent=2, ensure_ascii=False))
    elif as_format == "csv":
        echo(rows.write_csv(), nl=False)
    else:
        _print(rows, asked[0], lang)


def _print(rows: pl.DataFrame, target: date, lang: str) -> None:
    from rich.table import Table
    from rich.text import Text

    from flows.edition.living import headings, lede, living_view, rule

    out, found = console(), rows.to_dicts()
    table = Table(*headings(target, lang), show_edge=False, pad_edge=False, header_style="bold")
    for one in (living_view(row, lang) for row in found):
        named = Text.assemble(one.label, f"\n{one.unit}" if one.unit else "", "\n", (one.name, "dim"))
        near, ahead = ("\n".join(filter(None, pair)) for pair in (one[5:7], one[7:9]))
        table.add_row(named, one.so_far, one.record, near, ahead)
    out.print(table)
    out.print(lede(found, lang), rule(found, lang), style="dim")
