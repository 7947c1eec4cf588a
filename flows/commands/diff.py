"""`gpt2030 diff`: what moved between two editions, how far, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import (
    LANG,
    Failure,
    console,
    corrections_or_fail,
    did_you_mean,
    edition_meant,
    open_read_copy,
    read_copy_path,
    row_meant,
)
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.reader import Reader

# Rows that moved less are counted, not shown.
SHOWN_FROM: Final = 0.05


@click.command()
@click.argument("old", metavar="[OLD]", required=False)
@click.argument("new", metavar="[NEW]", default="latest")
@click.option("--property", "property_id", metavar="ID", help="Only this row, with every changed row that moved it.")
@LANG
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def diff(old: str | None, new: str, property_id: str | None, lang: str, *, as_json: bool) -> None:
    """Two editions: what changed, in spreads of the old forecast, split by cause.

    OLD and NEW are edition ids or their beginnings (a day will do), or `latest`; without NEW the one in force, without
    either this and the last of an earlier day. The size is the Wasserstein distance
    in spreads of OLD: half of what lies between its 16th and its 84th percentile, or a point of a hundred, 0.1 years,
    0.03 dex where that is less. The parts are shifts of the median and sum to its whole shift; of a range that moved
    around its median the rows behind it are named, without parts.
    """
    property_id = None if property_id is None else row_meant(property_id)
    with open_read_copy(read_copy_path()) as reader:
        newer = edition_meant(reader, new)
        older = edition_meant(reader, old) if old else _before(reader, newer)
        if older == newer:
            same = f"both are edition {newer}; `latest` is the edition that the last run here stands on"
            echo(same, err=True)
        found = _compared(reader, older, newer, property_id, lang)
    if as_json:
        echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print(found, lang)


def _before(reader: Reader, edition_id: str) -> str:
    """The last edition of an earlier day, which the edition itself is compared with."""
    from warehouse.published import earlier_editions, issue_of

    issue = issue_of(reader, edition_id)
    earlier = earlier_editions(reader, issue.today) if issue else []
    if not earlier:
        raise Failure(f"edition {edition_id} is of the first day here: there is none before it to compare it with")
    return earlier[-1]


def _compared(reader: Reader, old: str, new: str, property_id: str | None, lang: str) -> dict[str, Any]:
    from flows.ask.changes import Ledger, as_of_edition, row_changes
    from models.properties.table import PROPERTY_IDS

    if property_id is not None and property_id not in PROPERTY_IDS:
        hint = did_you_mean(property_id, PROPERTY_IDS, "`gpt2030 show` lists them all")
        raise Failure(f"there is no property {property_id!r}; {hint}")
    ledger: Ledger = as_of_edition(reader, new, corrections_or_fail())
    rows = [
        row | {"status_reason": why} for row, why in _with_reasons(row_changes(ledger, old, lang), reader, new, lang)
    ]
    if property_id is not None:
        rows = [row | {"rows": ledger.every_row(old, property_id)} for row in rows if row["property_id"] == property_id]
    return {"old": old, "new": new, "properties": rows}


def _with_reasons(
    rows: list[dict[str, Any]], reader: Reader, new: str, lang: str
) -> Iterator[tuple[dict[str, Any], str]]:
    """Each row with the reason of its status in the language; it is stored in English."""
    from flows.edition.formats import typed
    from flows.edition.reasons import reason
    from warehouse.published import properties_of

    named = {row["property_id"]: row for row in properties_of(reader, new).iter_rows(named=True)}
    for row in rows:
        own = named.get(row["property_id"])
        yield row, row["status_reason"] if own is None else typed(reason(own, lang))


def _is_shown(row: dict[str, Any]) -> bool:
    is_large = row["size_spreads"] is None or row["size_spreads"] >= SHOWN_FROM
    return is_large or row["status_before"] != row["status"] or bool(row["otherwise"])


def _status_line(row: dict[str, Any], lang: str) -> str:
    from flows.edition.words import words

    names, ledger = words(lang).status, words(lang).ledger
    before = names[row["status_before"]] if row["status_before"] else ledger["no_such_row"]
    said = ledger["status"].format(before=before, now=names[row["status"]])
    # A reason is a sentence, and here a part of one: what comes next follows behind a semicolon.
    return words(lang).clause.format(said, row["status_reason"].rstrip(".。"))


def _cause_lines(row: dict[str, Any], lang: str) -> list[str]:
    from flows.ask.sentences import ranked, told_range, told_width
    from flows.edition.causes import cause_line, is_still

    causes, unit, called = row["causes"], row["unit"], row["told_as"]
    told = {name: row[name] for name in ("size_spreads", "direction")}
    told["reaches"] = {called[cause]: spreads for cause, spreads in row["reaches"].items()}
    if is_still(causes.values(), unit):
        return told_range(told, lang=lang)
    parts = [cause_line(called[cause], causes[cause], unit, lang=lang) for cause in ranked(causes, unit)]
    return told_width(told, parts, lang)


def _print(found: dict[str, Any], lang: str) -> None:
    from rich.table import Table

    from flows.edition.causes import BY_RANGE, LEAST_SPREADS, row_in, told_as
    from flows.edition.formats import round_digits
    from flows.edition.words import words
    from models.changes.size import has_part

    out, ledger = console(), words(lang).ledger
    # A row that was asked for by name is shown however little it moved.
    shown = [row for row in found["properties"] if "rows" in row or _is_shown(row)]
    heads = [ledger[name] for name in ("property", "then_now", "spreads", "why")]
    table = Table(*heads, show_edge=False, pad_edge=False, header_style="bold")
    for row in shown:
        table.add_row(*_cells(row, lang))
    if shown:
        out.print(table)
    if any(row["causes"] is not None and row["size_spreads"] is None for row in shown):
        out.print(f"  {ledger['fact_is']}", style="dim")
    for row in shown:
        for one in row.get("rows", []):
            # Of a fact there is no range to be moved; a row that moved neither it nor the number is no cause.
            if row["size_spreads"] is None and not has_part(one["amount"], row["unit"]):
                continue
            cause = ledger[told_as(one["cause"], [one["row"]])]
            # What is left over from the arithmetic is no move of a median.
            is_shift = has_part(one["amount"], row["unit"])
            far = round_digits(one["reach"], 2)
            name = row_in(one["row"], lang)
            said = f"{name}  {one['amount']:+.3g}" if is_shift else ledger["row_reach"].format(name, far)
            if is_shift and row["direction"] in BY_RANGE and far >= LEAST_SPREADS:
                said = ledger["row_reach"].format(said, far)
            out.print(f"  {cause}: {said}")
        if row.get("rows"):
            out.print(f"  {ledger['each_alone']}", style="dim")
    # The one that was asked for counts as well: "0 rows moved" stood under it.
    count = len(shown)
    hidden = len(found["properties"]) - count
    moved = ledger["moved_one" if count == 1 else "moved_many"]
    out.print(
        moved.format(old=found["old"], new=found["new"], count=count)
        + (ledger["hidden"].format(count=hidden, least=SHOWN_FROM) if hidden else ""),
        style="dim",
    )


def _cells(row: dict[str, Any], lang: str) -> tuple[str, str, str, str]:
    """A line of the table: what, then and now, how far, and why."""
    from flows.ask.sentences import ends, way
    from flows.edition.formats import round_digits
    from flows.edition.words import words

    ledger, causes = words(lang).ledger, row["causes"]
    why = [_status_line(row, lang)] if row["status_before"] != row["status"] else []
    why += [row["otherwise"]] if row["otherwise"] else []
    why += _cause_lines(row, lang) if causes else []
    and_then = words(lang).detail["also"]
    what = f"{row[f'label_{lang}']}\n{row['property_id']}"
    if causes is None:
        return what, "", "", and_then.join(why)
    is_sized = row["size_spreads"] is not None
    far = f"{round_digits(row['size_spreads'], 2):g} {way(row, lang)}" if is_sized else ledger["fact"]
    return what, ends(row, lang), far, and_then.join(why)
