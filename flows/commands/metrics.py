"""`gpt2030 metrics`: how old, how well and how large everything is, for a monitor that collects text files."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows import __version__
from flows.commands.alerts import SEVERITIES
from flows.commands.common import DAY, open_read_copy, read_copy_path, settings_or_fail
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from flows.ask.openmetrics import Family, Sample
    from warehouse.reader import Reader


@click.command()
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Write this file, whole or not at all, instead of stdout.",
)  # fmt: skip
@click.option("--today", type=DAY, metavar="DATE", help="The day to judge from (default: the clock's).")
def metrics(out: Path | None, today: date | None) -> None:
    """Ages, outcomes, counts and bytes as OpenMetrics, which Prometheus and its node_exporter read.

    What is unknown is left out: no number is a made-up zero.
    """
    from flows.ask.openmetrics import render
    from flows.settings import Clock

    clock = Clock.read(today)
    home = read_copy_path().parent
    with open_read_copy() as reader:
        text = render([*_of_runs(reader, clock.now), *_of_sources(reader, today, clock.now), *_of_messages(reader),
                       *_of_facts(reader, clock.today), *_of_home(home)])  # fmt: skip
    if out is None:
        echo(text, nl=False)
    else:
        _write(out, text)


def _of_runs(reader: Reader, now: datetime) -> Iterable[Family]:
    from flows.ask.openmetrics import Family, among, one
    from warehouse import runs
    from warehouse.contracts import out
    from warehouse.published import edition_of_newest_run

    outcomes = next(column.isin for column in out.RUN.columns if column.name == "outcome")
    edition, run = edition_of_newest_run(reader) or {}, runs.newest(reader) or {}
    yield Family("build_info", "The version that wrote this.", [({"version": __version__}, 1.0)])
    yield Family("edition_age_seconds", "Since the moment that the edition in force speaks from.",
                 one(_since(edition.get("issued_at"), now)))  # fmt: skip
    if not run:
        return
    yield Family("run_outcome", "How the newest run ended: 1 for its outcome.",
                 among("outcome", run["outcome"], outcomes or ()))  # fmt: skip
    yield Family("run_age_seconds", "Since the newest run ended.", one(_since(run["finished_at"], now)))
    yield Family("run_duration_seconds", "From the beginning of the newest run to its end.",
                 one(_since(run["started_at"], run["finished_at"])))  # fmt: skip


def _of_sources(reader: Reader, today: date | None, now: datetime) -> Iterable[Family]:
    from flows.ask.openmetrics import Family, among, by
    from flows.commands.status import source_lines
    from warehouse.health import STATES

    lines = {line["source_id"]: line for line in source_lines(reader, today or now, _stale_days())}
    states = [one for name, line in lines.items() for one in among("state", line["state"], STATES, source=name)]
    ages = {name: _since(line.get("last_answered_at"), now) for name, line in lines.items()}
    yield Family("source_state", "The state of each source, as in status: 1 for the one it is in.", states)
    yield Family("source_fine", "Whether nobody has to do anything about the source.", _flags(lines, "is_fine"))
    yield Family("source_answer_age_seconds", "Since the source last answered.", by("source", ages))
    yield Family("source_rows", "Rows believed now, over all tables.", _numbers(lines, "row_count"))
    yield Family("source_quarantine_rows", "Refused rows still open.", _numbers(lines, "quarantine_open_count"))


def _of_messages(reader: Reader) -> Iterable[Family]:
    from flows.ask.openmetrics import Family, by
    from warehouse.outbox import UNSENT, listed_alerts, listed_deliveries

    alerts, letters = listed_alerts(reader), listed_deliveries(reader)
    is_open = Counter(SEVERITIES[one] for one in alerts.filter(alerts["is_open"])["severity"])
    waiting = Counter(letters["state"])
    yield Family("alerts_open", "Alerts raised and neither cleared nor acknowledged.",
                 by("severity", {name: is_open[name] for name in SEVERITIES}))  # fmt: skip
    yield Family("deliveries", "Messages to people that a channel has not taken: to be tried again, or given up.",
                 by("state", {said: waiting[state] for state, said in UNSENT.items()}))  # fmt: skip


def _of_facts(reader: Reader, day: date) -> Iterable[Family]:
    from flows.ask.openmetrics import Family, one
    from warehouse.contracts.facts import FRESH_DAYS
    from warehouse.health import old_rows
    from warehouse.published import edition_in_force, properties_of

    edition_id = edition_in_force(reader)
    old = old_rows(properties_of(reader, edition_id), day) if edition_id else None
    yield Family("rows_on_old_facts", f"Rows of the table that still move on facts older than {FRESH_DAYS} days.",
                 one(None if old is None else len(old)))  # fmt: skip


def _of_home(home: Path) -> Iterable[Family]:
    from flows.ask.openmetrics import Family, by
    from warehouse.footprint import bytes_by_part

    yield Family("home_bytes", "What the home weighs on the disk.", by("part", {**bytes_by_part(home)}))


def _stale_days() -> int:
    return settings_or_fail().alerts.stale_days


def _since(begin: datetime | None, end: datetime | None) -> float | None:
    """Seconds from one moment to another; one that is still to come is no age."""
    return None if begin is None or end is None else max((end - begin).total_seconds(), 0.0)


def _numbers(lines: Mapping[str, Mapping[str, Any]], key: str) -> list[Sample]:
    return [({"source": name}, line.get(key)) for name, line in lines.items()]


def _flags(lines: Mapping[str, Mapping[str, Any]], key: str) -> list[Sample]:
    return [({"source": name}, float(line[key])) for name, line in lines.items()]


def _write(path: Path, text: str) -> None:
    """Through a file beside it: a collector that looks in between finds the old numbers, and never half of the new."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with ExitStack() as unless_done:
        unless_done.callback(partial.unlink, missing_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
        unless_done.pop_all()
