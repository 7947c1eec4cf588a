"""`gpt2030 checks`: what stopped, held or noted, with its evidence; and the word of a person that releases it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import DAY, WAIT, Failure, console, open_read_copy, read_copy_path, writing
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from flows.edition.alike import Alike

ACCEPTED_DAYS: Final = 30


@click.group(invoke_without_command=True)
@click.pass_context
def checks(context: click.Context) -> None:
    """What stopped, held or noted an edition; without a subcommand, the list."""
    if context.invoked_subcommand is None:
        context.invoke(list_checks)


@checks.command("list", short_help="What the newest run found amiss, and what is held back.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def list_checks(*, as_json: bool = False) -> None:
    """What the newest run found amiss and which feeds are held back, gravest first.

    Findings of one check that differ only in the source stand together; --json has each.
    """
    found = _standing()
    if as_json:
        echo(json.dumps(found, default=str, indent=2, ensure_ascii=False))
        return
    echo(_summary(found), err=True)
    if not found:
        echo("nothing is amiss", err=True)
        return
    from flows.edition.alike import folded

    for some in folded([row | {"check_name": _about(row)[0]} for row in found], _said, _SAME):
        _print(some)


@checks.command("accept", short_help="Release a hold or a stop.")
@click.argument("identifier", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why it may be published all the same.")
@click.option(
    "--until", type=DAY, metavar="DATE", help=f"The last day it is accepted (default: {ACCEPTED_DAYS} days on)."
)
@WAIT
def accept_finding(identifier: str, reason: str, until: date | None, wait: float) -> None:
    """Release a hold or a stop: while its evidence stays the same, it counts as a note from the next refresh on.

    Of a feed held back, its bytes land at the next refresh as they are.
    """
    from flows.settings import Clock
    from warehouse.checks.acceptances import Acceptance, accept
    from warehouse.publication import publish_copy
    from warehouse.store import Warehouse

    clock = Clock.read(None)
    last_day = until or clock.today + timedelta(days=ACCEPTED_DAYS)
    if not reason.strip():
        raise click.UsageError("--reason is empty: say why it may be published all the same")
    if last_day < clock.today:
        raise click.UsageError(f"--until {last_day} has passed already")
    one = _of_id(identifier)
    # What was accepted stands as a note, and may be accepted anew before its last day.
    if one["consequence"] == "note" and one["accepted_until"] is None:
        # Accepted, it would promise a release where nothing was held.
        raise Failure(f"{one['finding_id']} ({one['subject']}) is a note: it holds nothing back")
    home = read_copy_path().parent
    acceptance = Acceptance(one["finding_id"], one["subject"], one["evidence"], reason.strip(), last_day)
    with writing(home, "gpt2030 checks accept", wait), Warehouse.open(home, now=clock.now) as warehouse:
        accept(warehouse, acceptance, clock.now)
        publish_copy(warehouse, home)
    echo(f"accepted {one['finding_id']} ({one['subject']}) until {last_day}; `gpt2030 refresh` goes on from there")


# Findings of one check that are alike in these, and in what was found but for the source, are told in one.
_SAME: Final = ("consequence", "check_name", "what", "affected_count", "remedy", "accepted_until", "reason")


def _about(row: Mapping[str, Any]) -> tuple[str, str]:
    """The check and the source of a finding by its subject, `sources_answer [metr]`; a feed held back has none."""
    name, _, source = str(row["subject"]).partition(" [")
    return name, source.removesuffix("]")


def _said(row: Mapping[str, Any]) -> tuple[str, str]:
    return _about(row)[1], row["evidence"] or ""


def _print(some: Alike) -> None:
    """One finding, or several that differ only in the source, with the ids of those that can be accepted."""
    out, one = console(), some.rows[0]
    is_many_notes = len(some.rows) > 1 and one["consequence"] == "note" and not one["accepted_until"]
    ids = f"{len(some.rows)} times" if is_many_notes else ", ".join(row["finding_id"] for row in some.rows)
    subject = f"{one['check_name']} [{', '.join(some.names)}]" if some.names else one["subject"]
    since = min(row["since"] for row in some.rows)
    out.print(f"{ids}  {one['consequence']}  {subject}  since {since:%Y-%m-%d %H:%M} UTC")
    counts = [row["affected_count"] for row in some.rows]
    count = "" if None in counts else f" ({_breaking(sum(counts))})"
    out.print(f"    should hold: {one['what']}")
    out.print(f"    found: {some.text}{count}")
    if one["remedy"]:
        out.print(f"    what to do: {one['remedy']}")
    if one["accepted_until"]:
        out.print(f"    accepted until {one['accepted_until']}: {one['reason']}")


def _breaking(count: int) -> str:
    """How many rows do not keep to what should hold."""
    return f"{count:,} row{' does' if count == 1 else 's do'} not"


def _summary(found: list[dict[str, Any]]) -> str:
    """How what is listed adds up to the checks that a refresh counts, and to the feeds beside them."""
    from flows.edition.behind import told_of_checks
    from warehouse.checks.acceptances import newest_results

    with open_read_copy() as reader:
        said = told_of_checks(newest_results(reader))
    held = sum(one["consequence"] == "held" for one in found)
    return f"{said}; feeds held back: {held}" if held else said


def _standing() -> list[dict[str, Any]]:
    from flows.settings import Clock
    from warehouse.checks.acceptances import accepted, standing

    with open_read_copy() as reader:
        found: pl.DataFrame = standing(reader)
        known = accepted(reader, Clock.read(None).today)
    return [
        {
            **row,
            "remedy": _remedy(row),
            "accepted_until": known[row["finding_id"]].until_date if row["finding_id"] in known else None,
            "reason": known[row["finding_id"]].reason if row["finding_id"] in known else None,
        }
        for row in found.iter_rows(named=True)
    ]


def _remedy(row: dict[str, Any]) -> str:
    from warehouse.checks import remedies

    if row["consequence"] == "held":
        return "read `gpt2030 quarantine list`; wait for better bytes, raise tolerance.* or accept these as they are"
    return remedies().get(row["subject"].partition(" ")[0], "")


def _of_id(identifier: str) -> dict[str, Any]:
    found = {one["finding_id"]: one for one in _standing()}
    if identifier not in found:
        raise Failure(f"nothing found has the id {identifier}; `gpt2030 checks list` shows what stands")
    return found[identifier]
