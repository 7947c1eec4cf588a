"""`gpt2030 status`: is everything fresh? Unknown counts as not."""

from __future__ import annotations

import json
from datetime import timedelta

import click

from flows.commands.common import DAY, Failure, console, open_read_copy, settings_or_fail

FRESH = ("changed", "unchanged", "embedded")


@click.command()
@click.option("--today", type=DAY, metavar="DATE", help="The day to judge from (default: the clock's).")
@click.option("--max-age-days", type=click.IntRange(min=0), default=2, show_default=True, help="How old is stale.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def status(today: object, max_age_days: int, *, as_json: bool) -> None:
    """The edition in force and every source's newest look; exit 1 when one is stale or unknown."""
    from flows.settings import Clock

    clock = Clock.read(today)  # type: ignore[arg-type]
    settings = settings_or_fail()
    oldest = clock.now - timedelta(days=max_age_days)
    with open_read_copy() as reader:
        runs = reader.frame("SELECT * FROM out.run ORDER BY run_number DESC LIMIT 1").to_dicts()
        editions = reader.frame(
            "SELECT e.* FROM out.edition e JOIN out.run r USING (edition_id) ORDER BY r.run_number DESC LIMIT 1"
        ).to_dicts()
        looks = reader.frame(
            """SELECT source_id, max(looked_at) AS looked_at, any_value(detail) AS detail,
                      string_agg(DISTINCT outcome, ', ' ORDER BY outcome) AS outcome
               FROM (SELECT * FROM raw.look QUALIFY looked_at = max(looked_at) OVER (PARTITION BY source_id))
               GROUP BY source_id ORDER BY source_id"""
        ).to_dicts()
    lines = [_source_line(look, oldest) for look in looks if settings.sources.of(str(look["source_id"])).enabled]
    edition = editions[0] if editions else None
    run = runs[0] if runs else None
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
    ]
    problems += [f"stale or unknown: {', '.join(stale)}"] if stale else []
    if problems:
        raise Failure("; ".join(problems))


def _source_line(look: dict[str, object], oldest: object) -> dict[str, object]:
    outcomes = str(look["outcome"]).split(", ")
    is_fresh = all(outcome in FRESH for outcome in outcomes) and look["looked_at"] >= oldest  # type: ignore[operator]
    return {**look, "is_fresh": is_fresh}


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
        mark = "[green]fresh[/]" if line["is_fresh"] else "[red]stale[/]"
        table.add_row(line["source_id"], mark, str(line["looked_at"]), line["outcome"], line["detail"] or "")
    out.print(table)
