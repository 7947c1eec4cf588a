"""`gpt2030 status`: is everything fresh? Unknown counts as not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import DAY, Failure, console, open_read_copy, read_copy_path, settings_or_fail
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from rich.text import Text

    from flows.edition.alike import Alike
    from warehouse.reader import Reader


@click.command()
@click.option("--today", type=DAY, metavar="DATE", help="The day to judge from (default: the clock's).")
@click.option(
    "--max-age",
    "--max-age-days",
    "max_age_days",
    type=click.IntRange(min=0),
    help="How old is stale (default: alerts.stale_days).",
)
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def status(today: date | None, max_age_days: int | None, *, as_json: bool) -> None:
    """The edition in force and every source's newest look; exit 1 when one is held, stale, missing or not asked.

    That only a key is wanting is nobody's fault, and no reason to exit 1. Rows that rest on old facts are counted by
    today, or by the day of a rehearsal.
    """
    from flows.run.shared import record_of
    from flows.settings import Clock
    from warehouse import runs
    from warehouse.health import curated_copies, frozen_rows, old_rows
    from warehouse.published import edition_of_newest_run, properties_of

    at = today or Clock.read(None).now
    settings = settings_or_fail()
    stale_days = settings.alerts.stale_days if max_age_days is None else max_age_days
    day = Clock.read(today).today
    with open_read_copy() as reader:
        run, edition = runs.newest(reader), edition_of_newest_run(reader)
        lines = source_lines(reader, at, stale_days)
        rows = properties_of(reader, edition["edition_id"] if edition else None)
        around = _around(reader)
        copies = curated_copies(reader)
    is_fresh = edition is not None and edition["origin_date"] >= day - timedelta(days=stale_days)
    is_sound = run is not None and run["outcome"] in {"published", "unchanged"}
    answer = {
        "edition": edition,
        "run": run,
        "edition_is_fresh": is_fresh,
        "last_run_is_sound": is_sound,
        "sources": lines,
        "next_steps": next_steps(lines),
        "copies": {one["source_id"]: copies[one["source_id"]]._asdict() for one in lines if _is_copied(one, copies)},
        # Of a rehearsal on its own day, which its alerts speak of, too.
        "old_rows": old_rows(rows, max(day, edition["origin_date"]) if edition else day),
        "frozen_rows": frozen_rows(rows),
        **around,
    }
    if settings.warehouse.url:
        answer["shared"] = record_of(settings.home)
    if as_json:
        echo(json.dumps(answer, default=str, indent=2))
    else:
        _print(answer)
    stale = [f"{line['source_id']} ({str(line['state']).replace('_', ' ')})" for line in lines if not line["is_fine"]]
    problems = [
        *([] if is_fresh else [_told_of_age(edition)]),
        *([] if is_sound else ["the last run did not publish"]),
        *([f"sources: {', '.join(stale)}"] if stale else []),
        *([] if is_shared(answer) else ["the shared warehouse is behind"]),
    ]
    if problems:
        raise Failure("; ".join(problems))


def _told_of_age(edition: Mapping[str, Any] | None) -> str:
    """Which day the edition speaks for, and what brings a newer one: after a replay nothing else is wrong."""
    if edition is None:
        return "the edition is stale: none is in force; `gpt2030 refresh` makes one"
    return f"the edition is stale ({_kind(edition)} {edition['origin_date']}); `gpt2030 refresh` makes one for today"


def told_of_states(states: Iterable[str]) -> str:
    """What each state that the table shows means; empty where all sources answered lately."""
    from flows.edition.words import words

    seen, meaning = set(states) - {"live"}, words("en").freshness_meaning
    return "; ".join(f"{state.replace('_', ' ')}: {text}" for state, text in meaning.items() if state in seen)


def _is_copied(line: Mapping[str, Any], copies: Collection[str]) -> bool:
    """Whether a source was never read itself, and the curated facts hold rows of it."""
    return line["source_id"] in copies and line["state"] in {"missing", "not_asked", "withheld"}


def told_of_copies(copies: Mapping[str, Mapping[str, Any]]) -> str:
    """In a line, what the curated facts hold of publishers that were never read: their rows are not missing."""
    named = (
        f"{name} ({one['rows']} row{'s' if one['rows'] > 1 else ''} known by {one['newest']})"
        for name, one in copies.items()
    )
    return f"cited among the curated facts, which stand in place of what was never read: {', '.join(named)}"


def is_shared(answer: Mapping[str, Any]) -> bool:
    """Whether the edition in force is in the shared warehouse, as far as one is set."""
    if "shared" not in answer or answer["edition"] is None:
        return True
    record = answer["shared"] or {}
    return bool(record.get("edition_id") == answer["edition"]["edition_id"])


def told_of_sharing(answer: Mapping[str, Any]) -> str:
    """In a line, which edition the shared warehouse shows and why it is none newer."""
    record = answer["shared"]
    if record is None:
        return "shared: nothing yet; `gpt2030 warehouse move URL` makes it, and each run brings its edition"
    problem = f"; {record['problem']}" if record["problem"] else ""
    return f"shared: {record['edition_id'] or 'nothing yet'}, last tried {record['tried_at']} UTC{problem}"


def _around(reader: Reader) -> dict[str, Any]:
    """What the newest run's checks found, what waits to be sent, and what the home weighs (bytes)."""
    from shutil import disk_usage

    from flows.edition.behind import told_of_checks
    from warehouse.checks.acceptances import newest_results, standing
    from warehouse.footprint import bytes_by_part
    from warehouse.outbox import UNSENT, listed_deliveries

    home = read_copy_path().parent
    found, letters = standing(reader)["consequence"].to_list(), listed_deliveries(reader)["state"].to_list()
    return {
        "checks": {name: found.count(name) for name in ("stop", "hold", "held", "note")},
        "checks_told": told_of_checks(newest_results(reader)),
        "deliveries": {said: letters.count(state) for state, said in UNSENT.items()},
        "disk": {**bytes_by_part(home), "free": disk_usage(home).free},
    }


def told_of_home(answer: Mapping[str, Any]) -> str:
    """Checks, deliveries and disk in one line."""
    held = answer["checks"]["held"]
    disk = dict(answer["disk"])
    free = disk.pop("free")
    letters = answer["deliveries"]
    return "  ·  ".join(
        (
            answer["checks_told"] + (f"; feeds held back: {held}" if held else ""),
            f"deliveries: {letters['waiting']} waiting, {letters['given_up']} given up",
            f"disk: {sum(disk.values()) / 1e6:,.0f} MB here, {free / 1e9:,.0f} GB free",
        )
    )


def source_lines(reader: Reader, at: date | datetime, stale_days: int) -> list[dict[str, Any]]:
    """One line per source that is switched on, also for one that no run has ever named.

    Unknown is not fine: a source that nobody has asked yet may be anything. That no key is set is known, and nobody's
    fault.
    """
    from sources.registry import SOURCES
    from warehouse.health import FINE, source_health

    settings = settings_or_fail()
    known = {row["source_id"]: row for row in source_health(reader, at, stale_days).iter_rows(named=True)}
    never = {"state": "not_asked", "detail": "no run has named it yet; `gpt2030 refresh` does", "last_looked_at": None}
    lines = [known.get(name, never | {"source_id": name}) for name in SOURCES if settings.sources.of(name).enabled]
    return [line | {"is_fine": line["state"] in FINE or _is_for_want_of_a_key(line)} for line in lines]


def _is_for_want_of_a_key(line: Mapping[str, Any]) -> bool:
    return line["state"] == "not_asked" and line.get("newest_outcome") == "missing_key"


_ASK: Final = "`gpt2030 refresh` without --offline and --only asks"
# What may be done about a source that is not fine, by what keeps it so, in the order it is told.
_NEXT: Final = {
    "not_reached": "let this machine reach the addresses above (a proxy: HTTPS_PROXY; its certificate: "
    "REQUESTS_CA_BUNDLE), then `gpt2030 refresh`; on a machine that never shall, `sources.ID.enabled = false` for "
    "each. Until then the edition rests on what was read before, if anything, and on the facts that come with the "
    "program",
    "not_asked": _ASK,
    "not_asked_since": _ASK,
    "held": "`gpt2030 quarantine list` shows the rows, `gpt2030 checks list` what was held; "
    "`gpt2030 checks accept ID --reason …` lets it in",
    "other": "the detail says what came, or what is wanting; the next `gpt2030 refresh` tries again, and "
    "`sources.ID.enabled = false` does without",
}


def next_steps(lines: Iterable[Mapping[str, Any]]) -> list[str]:
    """What to do about the sources that are not fine, a sentence for each kind with the sources it is about."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if not line["is_fine"]:
            found.setdefault(_hindrance(line), []).append(str(line["source_id"]))
    named = {kind: "" if kind == "other" else f" ({kind.replace('_', ' ')})" for kind in _NEXT}
    return [f"next, for {', '.join(found[kind])}{named[kind]}: {step}" for kind, step in _NEXT.items() if kind in found]


def _hindrance(line: Mapping[str, Any]) -> str:
    """What keeps a source from being fine: its state, and where it was asked in vain whether it was reached."""
    from warehouse.health import ANSWERED

    if line["state"] in {"held", "not_asked"}:
        return str(line["state"])
    last = str(line.get("last_outcome"))
    if set(last.split(", ")) <= set(ANSWERED):
        # It answered when it was asked last, and has grown old since.
        return "other" if line.get("newest_outcome") == "missing_key" else "not_asked_since"
    return "not_reached" if last == "unreachable" else "other"


def _is_apart(groups: Sequence[Alike], place: int) -> bool:
    """Whether a line is drawn below a group: beside one name of many, its text would be read as of that name."""
    return any(len(some.names) > 1 for some in groups[place : place + 2])


def _mark(line: Mapping[str, Any]) -> Text:
    from rich.text import Text

    colour = "green" if line["is_fine"] else "red" if line["state"] in {"stale", "held"} else "yellow"
    return Text(line["state"].replace("_", " "), style=colour)


def told_of_rows(old: Mapping[str, int], frozen: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """How many rows rest on old facts, and which: that a source is fresh does not say that it still has news."""
    from warehouse.contracts.facts import FRESH_DAYS

    lines = []
    if old:
        named = ", ".join(f"{name} ({days} days)" for name, days in old.items())
        lines.append(f"rows whose newest fact is older than {FRESH_DAYS} days: {len(old)}: {named}")
    if frozen:
        named = ", ".join(f"{name} ({one['successor'] or 'no successor'})" for name, one in frozen.items())
        said = "rows whose series is declared to have stopped or whose test is used up, and what goes on in their place"
        lines.append(f"{said}: {len(frozen)}: {named}")
    return lines


def _kind(edition: Mapping[str, Any]) -> str:
    from flows.edition.site import is_rehearsal

    if edition.get("is_replay"):
        return "a replay of"
    return "a rehearsal of" if is_rehearsal(edition) else "for"


def _alike(lines: Iterable[Mapping[str, Any]]) -> list[Alike]:
    """The sources, those in one that were asked at once and differ only in the name and the address."""
    from flows.edition.alike import folded

    told = [
        {
            **line,
            "moments": tuple(
                f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (line["last_looked_at"], line.get("last_answered_at"))
            ),
            # What has nothing to say for itself takes a line, and is no longer for being alike.
            "alone": "" if line["detail"] else line["source_id"],
        }
        for line in lines
    ]
    return folded(
        told, lambda line: (line["source_id"], line["detail"] or ""), ("state", "is_fine", "moments", "alone")
    )


def _print(answer: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    edition, run = answer["edition"], answer["run"]
    out = console()
    if isinstance(edition, dict):
        made = edition.get("recorded_at") or edition["issued_at"]
        kind = f"{_kind(edition)} {edition['origin_date']}"
        out.print(f"edition {edition['edition_id']}, {kind}, made {made:%Y-%m-%d %H:%M} UTC")
    if isinstance(run, dict):
        said = dict.fromkeys((str(run["outcome"]), str(run["message"])))
        out.print(f"last run {run['run_id']} (run {run['run_number']} of this home): {': '.join(said)}")
    table = Table("source", "state", "last look", "last answer", "detail", show_edge=False, pad_edge=False,
                  header_style="bold")  # fmt: skip
    # Ids and states stay whole: other commands ask for them.
    for column in table.columns[:2]:
        column.no_wrap = True
    lines = answer["sources"]
    assert isinstance(lines, list)
    groups = _alike(lines)
    for place, some in enumerate(groups):
        # Beside each name: whoever looks for one in a file finds its state in the same line.
        beside = (_mark(some.rows[0]), *map(Text, some.rows[0]["moments"]))
        each = (Text("\n").join([cell] * len(some.names)) for cell in beside)
        table.add_row("\n".join(some.names), *each, some.text, end_section=_is_apart(groups, place))
    out.print(table)
    legend = told_of_states(str(line["state"]) for line in lines)
    if legend:
        out.print(legend, style="dim")
    if answer["copies"]:
        out.print(told_of_copies(answer["copies"]))
    for step in answer["next_steps"]:
        out.print(step)
    out.print(told_of_home(answer))
    if "shared" in answer:
        out.print(told_of_sharing(answer))
    for line in told_of_rows(answer["old_rows"], answer["frozen_rows"]):
        out.print(line)
