"""`gpt2030 status`: is everything fresh? Unknown counts as not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from flows.commands.common import DAY, Failure, console, open_read_copy, settings_or_fail

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from rich.text import Text

    from warehouse.reader import Reader


@click.command()
@click.option("--today", type=DAY, metavar="DATE", help="The day to judge from (default: the clock's).")
@click.option("--max-age-days", type=click.IntRange(min=0), default=2, show_default=True, help="How old is stale.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def status(today: date | None, max_age_days: int, *, as_json: bool) -> None:
    """The edition in force and every source's newest look; exit 1 when one is stale or missing."""
    from flows.freshness import source_lines
    from flows.settings import Clock

    oldest = Clock.read(today).now - timedelta(days=max_age_days)
    with open_read_copy() as reader:
        run = _newest(reader, "SELECT * FROM out.run")
        edition = _newest(reader, "SELECT e.*, run_number FROM out.edition e JOIN out.run USING (edition_id)")
        lines = source_lines(reader, settings_or_fail(), oldest)
    is_fresh = edition is not None and edition["origin_date"] >= oldest.date()
    is_sound = run is not None and run["outcome"] in {"published", "unchanged"}
    answer = {
        "edition": edition,
        "run": run,
        "edition_is_fresh": is_fresh,
        "last_run_is_sound": is_sound,
        "sources": lines,
    }
    if as_json:
        click.echo(json.dumps(answer, default=str, indent=2))
    else:
        _print(answer)
    stale = [str(line["source_id"]) for line in lines if not line["is_fresh"]]
    problems = [
        *([] if is_fresh else ["the edition is stale"]),
        *([] if is_sound else ["the last run did not publish"]),
        *([f"stale or missing: {', '.join(stale)}"] if stale else []),
    ]
    if problems:
        raise Failure("; ".join(problems))


def _mark(line: Mapping[str, Any]) -> Text:
    """Fresh, stale, or missing: never read at all."""
    from rich.text import Text

    if line["is_fresh"]:
        return Text("fresh", style="green")
    return Text("stale", style="red") if line["was_ever_read"] else Text("missing", style="yellow")


def _newest(reader: Reader, sql: str) -> dict[str, Any] | None:
    rows = reader.frame(f"{sql} ORDER BY run_number DESC LIMIT 1").to_dicts()
    return rows[0] if rows else None


def _print(answer: dict[str, object]) -> None:
    from rich.table import Table

    edition, run = answer["edition"], answer["run"]
    out = console()
    if isinstance(edition, dict):
        out.print(f"edition {edition['edition_id']}, for {edition['origin_date']}, issued {edition['issued_at']} UTC")
    if isinstance(run, dict):
        out.print(f"last run {run['run_id']}: {run['outcome']}: {run['message']}")
    table = Table("source", "", "last look", "outcome", "detail", show_edge=False, pad_edge=False, header_style="bold")
    lines = answer["sources"]
    assert isinstance(lines, list)
    for line in lines:
        when = str(line["looked_at"] or "")
        table.add_row(line["source_id"], _mark(line), when, line["outcome"], line["detail"] or "")
    out.print(table)
