"""`gpt2030 whatif`: the published table under other assumptions, with what each of them does."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from flows.commands.common import (
    Failure,
    console,
    corrections_or_fail,
    did_you_mean,
    edition_meant,
    one_format,
    open_read_copy,
    read_copy_path,
)
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.changes.whatif import Assumption

T = TypeVar("T")
# A median that moves by less than this share of what counts as a change on its scale has not moved.
LEAST_SHARE: Final = 0.1
FORMATS: Final = ("table", "csv", "json")


@click.command()
@click.argument("assumptions", metavar="[ID=VALUE]...", nargs=-1)
@click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME", help="A named future; may be given several times."
)
@click.option("--edition", default="latest", metavar="ID", help="Of this edition (default: the one in force).")
@click.option("--id", "whatif_id", metavar="ID", help="One that was computed before, by its id.")
@click.option("--all", "is_all", is_flag=True, help="Also the rows that do not move.")
@click.option("--format", "as_format", type=click.Choice(FORMATS), default="table", help="How to print.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def whatif(
    assumptions: tuple[str, ...], scenarios: tuple[str, ...], edition: str, whatif_id: str | None, *,
    is_all: bool, as_format: str, as_json: bool,
) -> None:  # fmt: skip
    """All rows under other assumptions, and how much each assumption does; without any, the list of them.

    Measured against the edition that `show` shows, also where that is a replay of a past day; its id is told first.

    VALUE is a number, an 80 % interval as low..high, or inf for a limit. Nothing is stored, and no edition changes.
    """
    from flows.ask.whatif import assumable, of_edition, under_assumptions

    as_format = one_format(as_format, as_json=as_json)
    edition, changed = _asked([*assumptions, *_of_scenarios(scenarios)], edition, whatif_id)
    for doubt in filter(None, (one.doubt for one in changed)):
        echo(doubt, err=True)
    with open_read_copy(read_copy_path()) as reader:
        edition_id = edition_meant(reader, edition)
        against = _measured_against(edition_id, of_edition(reader, edition_id))
        if as_format != "json":
            # Also before CSV: a replay that is in force would pass for today's edition.
            echo(against, err=True)
        if not changed:
            _print_assumptions(assumable(reader, edition_id, corrections_or_fail()), as_format)
            return
        found = _computed(lambda: under_assumptions(reader, edition_id, changed, corrections_or_fail()))
    if as_format == "json":
        echo(json.dumps(found, indent=2, ensure_ascii=False))
    elif as_format == "csv":
        echo(_as_csv(found["properties"], found["whatif_id"]), nl=False)
    else:
        _print(found, is_all=is_all)
        if any(one.low == one.high < math.inf for one in changed):
            echo(
                "held at one number, an assumption has no range: medians move, too, by the range that it had", err=True
            )


def _measured_against(edition_id: str, said: dict[str, Any]) -> str:
    """The edition on the left side; the one in force, as everywhere, also where that is a replay."""
    day, made = said["origin_date"], said["made_on"]
    kind = f"edition {edition_id}, for {day}"
    if said["is_replay"]:
        kind = f"edition {edition_id}, a replay of {day} made on {made}"
    elif made is not None and made < day:
        kind = f"edition {edition_id}, a rehearsal of {day} made on {made}"
    return f"measured against {kind}, which forecasts {said['target_date']}; --edition takes another"


def _asked(texts: Sequence[str], edition: str, whatif_id: str | None) -> tuple[str, list[Assumption]]:
    from models.changes.whatif import Assumption, read_identifier

    if whatif_id is None:
        return edition, _computed(lambda: [Assumption.read(text) for text in texts])
    if texts:
        raise click.UsageError("an id names its assumptions; give no others with it")
    return _computed(lambda: read_identifier(whatif_id))


def _of_scenarios(names: Sequence[str]) -> list[str]:
    from models.changes.whatif import SCENARIOS

    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        hint = did_you_mean(unknown[0], list(SCENARIOS), f"there are {', '.join(SCENARIOS)}")
        raise Failure(f"no scenario {unknown[0]!r}; {hint}")
    return [text for name in names for text in SCENARIOS[name]]


def _computed(work: Callable[[], T]) -> T:
    from models.changes.whatif import NotAssumed, UnknownAssumption
    from models.properties.declared_inputs import ASSUMED

    try:
        return work()
    except UnknownAssumption as problem:
        hint = did_you_mean(problem.named, problem.known, f"there are {', '.join(sorted(ASSUMED))}")
        raise Failure(f"{problem}; {hint}") from None
    except NotAssumed as problem:
        raise Failure(str(problem)) from None


def _as_csv(rows: Sequence[dict[str, Any]], whatif_id: str) -> str:
    """A line a row, moved or not: quartiles before and after, the shift, and a column for each assumption."""
    import polars as pl

    ends = [f"{end}_{name}" for end in ("before", "after") for name in ("p25", "p50", "p75")]
    lines = [
        {name: row[name] for name in ("property_id", "label_en", "unit", "scale")}
        | {name: row[name[:-4]][name[-3:]] for name in ends}
        | {"total": row["total"], **row["parts"], "whatif_id": whatif_id}
        for row in rows
    ]
    return pl.DataFrame(lines).write_csv()


def _print(found: dict[str, Any], *, is_all: bool) -> None:
    from rich.table import Table

    from flows.edition.causes import signed
    from flows.edition.formats import format_number, format_value
    from models.changes.size import MATERIALITY
    from models.properties.table import PROPERTY_IDS

    table = Table("property", "edition → what if", "because", show_edge=False, pad_edge=False, header_style="bold")
    rows = found["properties"]
    shown = [row for row in rows if is_all or abs(row["total"]) >= LEAST_SHARE * MATERIALITY[row["scale"]]]
    for row in shown:
        ends = f"{format_number(row['before']['p50'], row['unit'])} → {format_value(row['after']['p50'], row['unit'])}"
        had = sorted((one for one in row["parts"].items() if one[1]), key=lambda one: -abs(one[1]))
        why = "; ".join(f"{name} {signed(amount)} {row['scale']}" for name, amount in had)
        table.add_row(f"{row['label_en']}\n{row['property_id']}", ends, why)
    out = console()
    if shown:
        out.print(table)
    without = len(PROPERTY_IDS) - len(rows)
    rest = f"; the other {without} of {len(PROPERTY_IDS)} have no number for the target day" if without else ""
    out.print(f"{len(shown)} of {len(rows)} rows move{rest}", style="dim")
    if not found["is_as_published"]:
        out.print("the left side is what this version makes of the edition's evidence, not what was published")
    out.print(f"to see it again: gpt2030 whatif --id '{found['whatif_id']}'", style="dim", soft_wrap=True)


def _held_to_be(row: Mapping[str, Any]) -> str:
    """The value of an assumption with its stated range; empty where it has neither."""
    from flows.edition.formats import STATED_DIGITS, format_number

    value, said = row["value"], ""
    if value is not None:
        said = "no limit" if value == float("inf") else format_number(value, "", digits=STATED_DIGITS)
    if row.get("low") is None or row.get("high") is None:
        return said
    return f"{said} ({format_number(row['low'], '')}–{format_number(row['high'], '')}, {row['interval']})".strip()


def _print_assumptions(rows: Sequence[dict[str, Any]], as_format: str) -> None:
    from rich.table import Table

    from flows.edition.words import words
    from models.changes.whatif import SCENARIOS

    if as_format == "json":
        echo(json.dumps({"assumptions": rows, "scenarios": SCENARIOS}, indent=2, ensure_ascii=False))
        return
    if as_format == "csv":
        import polars as pl

        echo(pl.DataFrame(rows).write_csv(), nl=False)
        return
    table = Table("assumption", "held to be", "unit", "source", show_edge=False, pad_edge=False, header_style="bold")
    for row in rows:
        # Who is cited need not have said the number: where it is a judgement on what they say, the note tells.
        source = f"{row['source']}\n({row['note']})" if row["note"] else row["source"]
        table.add_row(row["input_id"], _held_to_be(row), words("en").unit(row["unit"]), source)
    console().print(table)
    for name, texts in SCENARIOS.items():
        console().print(f"--scenario {name}: {' '.join(texts)}", style="dim", soft_wrap=True)
