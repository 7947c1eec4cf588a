"""`gpt2030 diff`: what moved between two editions, how far, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import Failure, console, corrections_or_fail, edition_meant, open_read_copy, read_copy_path
from flows.terminal import echo

if TYPE_CHECKING:
    from warehouse.reader import Reader

# Rows that moved less are counted, not shown.
SHOWN_FROM: Final = 0.05


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--property", "property_id", metavar="ID", help="Only this row, with every changed row that moved it.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def diff(old: str, new: str, property_id: str | None, *, as_json: bool) -> None:
    """Two editions: what changed, in spreads of the old forecast, split by cause.

    OLD and NEW are edition ids or their beginnings (a day will do), or `latest`. The size is the Wasserstein distance
    in spreads of OLD; the parts are shifts of the median and sum to the whole.
    """
    with open_read_copy(read_copy_path()) as reader:
        found = _compared(reader, edition_meant(reader, old), edition_meant(reader, new), property_id)
    if as_json:
        echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print(found)


def _compared(reader: Reader, old: str, new: str, property_id: str | None) -> dict[str, Any]:
    from flows.ask.changes import Ledger, as_of_edition, row_changes
    from models.properties.table import PROPERTY_IDS

    if property_id is not None and property_id not in PROPERTY_IDS:
        raise Failure(f"there is no property {property_id!r}; `gpt2030 show` lists them")
    ledger: Ledger = as_of_edition(reader, new, corrections_or_fail())
    rows = row_changes(ledger, old)
    if property_id is not None:
        rows = [row | {"rows": ledger.every_row(old, property_id)} for row in rows if row["property_id"] == property_id]
    return {"old": old, "new": new, "properties": rows}


def _is_shown(row: dict[str, Any]) -> bool:
    is_large = row["size_spreads"] is None or row["size_spreads"] >= SHOWN_FROM
    return is_large or row["status_before"] != row["status"] or bool(row["otherwise"])


def _status_line(row: dict[str, Any]) -> str:
    from flows.edition.words import words

    names = words("en").status
    before = names[row["status_before"]] if row["status_before"] else "no such row"
    return f"status {before} → {names[row['status']]}: {row['status_reason']}"


def _cause_lines(causes: dict[str, float], unit: str) -> list[str]:
    from flows.ask.sentences import ranked
    from flows.edition.causes import STILL, cause_line, is_still

    named = ranked(causes, unit)
    still = [STILL] if is_still(causes.values(), unit) else []
    return [*still, *(cause_line(cause, causes[cause], unit) for cause in named)]


def _print(found: dict[str, Any]) -> None:
    from rich.table import Table

    from flows.ask.sentences import ends
    from flows.edition.formats import round_digits

    out = console()
    # A row that was asked for by name is shown however little it moved.
    shown = [row for row in found["properties"] if "rows" in row or _is_shown(row)]
    table = Table("property", "then → now", "spreads", "why", show_edge=False, pad_edge=False, header_style="bold")
    for row in shown:
        causes = row["causes"]
        far = "" if row["size_spreads"] is None else f"{round_digits(row['size_spreads'], 2):g} {row['direction']}"
        size = "" if causes is None else far or "fact"
        why = [_status_line(row)] if row["status_before"] != row["status"] else []
        why += [row["otherwise"]] if row["otherwise"] else []
        why += _cause_lines(causes, row["unit"]) if causes else []
        table.add_row(f"{row['label_en']}\n{row['property_id']}", ends(row) if causes else "", size, "; ".join(why))
    if shown:
        out.print(table)
    for row in shown:
        for one in row.get("rows", []):
            out.print(f"  {one['cause'].replace('_', ' ')}: {one['row']}  {one['amount']:+.3g}")
    hidden = len(found["properties"]) - len(shown)
    out.print(
        f"{found['old']} → {found['new']}: {len(shown)} row{'' if len(shown) == 1 else 's'} moved"
        + (f", {hidden} by less than {SHOWN_FROM:g} spreads" if hidden else ""),
        style="dim",
    )
