"""What is done in the processes of a soak: a refresh without Prefect, any command, and a look in the evening."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from infra.trials.home_check import Standing

REFRESH = ("refresh", "--json")


def command(*arguments: str) -> Callable[[], None]:
    """The task that is a command of `gpt2030`, as from a terminal."""

    def task() -> None:
        from flows.cli import main

        sys.argv = ["gpt2030", *arguments]
        main()

    return task


def refresh_in_place() -> dict[str, Any]:
    """What the flow does, step by step, without Prefect and its tasks and without the slow gate; how it ended."""
    from flows.progress import talk_to_stderr
    from flows.run import deadman, intake, steps, telling
    from flows.run.run import Request
    from flows.run.sequence import publish_landed
    from flows.settings import Clock, load_settings
    from warehouse.snapshots import in_force
    from warehouse.store import Warehouse

    settings, clock = load_settings(), Clock.read(None)
    talk_to_stderr(settings.log_format)
    home = settings.home.resolve()
    with Warehouse.open(home, now=clock.now) as warehouse:
        run = steps.begin(settings, Request((), is_gated=False), clock, home, warehouse)
        web = steps.open_web(run)
        sources = {name: steps.build_source(name, settings) for name in steps.chosen_sources(run)}
        looks = []
        for name, source in sources.items():
            standing = in_force(warehouse, name, at=run.clock.now)
            looks += steps.lookout(run, name, web).look(source, steps.base_url(source, settings), standing)
        steps.keep(run, looks, {name: source.licence for name, source in sources.items()})
        for name, source in sources.items():
            if intake.has_news(run, name):
                intake.land_source(run, source)
        run.reader.close()
        publish_landed(run)
    deadman.ended(run)
    telling.deliver(run)
    return {"outcome": run.outcome, "edition_id": run.edition_id, "messages": run.messages}


@dataclass
class Evening:
    """What a home and its commands say at the end of a day: all that the laws are held against."""

    edition_id: str | None = None
    status_code: int = 0
    status: str = ""
    outcomes: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    unsent: int = 0
    letters: dict[str, str] = field(default_factory=dict)
    standing: list[str] = field(default_factory=list)
    damage: str = ""
    snapshots_code: int = 0
    snapshots: str = ""
    left: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Evening:
        """From what a child has answered."""
        return cls(**answer)


def look(home: Path, day: date, whole: Standing | None) -> Callable[[], dict[str, Any]]:
    """The task of looking at a home at the end of a day; `whole` is what must go on standing."""

    def task() -> dict[str, Any]:
        from infra.trials.home_check import problem
        from warehouse.editions import EditionShelf
        from warehouse.store import READ_COPY_FILE

        found = Evening(left=left_behind(home))
        if not (home / READ_COPY_FILE).exists():
            found.damage = "no read copy"
            return asdict(found)
        found.edition_id = EditionShelf(home).latest()
        found.status_code, found.status = _asked("status", "--max-age", "0")
        found.snapshots_code, found.snapshots = _asked("snapshots", "verify")
        found.damage = problem(home, whole) if whole is not None else ""
        _read(home, day, found)
        return asdict(found)

    return task


def _asked(*arguments: str) -> tuple[int, str]:
    from click.testing import CliRunner

    from flows.cli import cli

    done = CliRunner().invoke(cli, arguments)
    return done.exit_code, done.output


def _read(home: Path, day: date, found: Evening) -> None:
    from warehouse.checks.acceptances import standing
    from warehouse.outbox import EVENTS_CHANNEL
    from warehouse.reader import Reader
    from warehouse.store import READ_COPY_FILE

    with Reader(home / READ_COPY_FILE) as reader:
        runs = reader.rows("SELECT outcome FROM out.run WHERE origin_date = ? ORDER BY run_number", [day])
        found.outcomes = [str(outcome) for (outcome,) in runs]
        found.alerts = [f"{kind} {subject}" for kind, subject in reader.rows("SELECT kind, subject FROM alert_open")]
        letters = reader.rows("SELECT digest_key, state FROM out.delivery WHERE channel_id <> ?", [EVENTS_CHANNEL])
        found.letters = {str(key): str(state) for key, state in letters}
        found.unsent = sum(state != "delivered" for state in found.letters.values())
        bad = standing(reader).filter(standing(reader)["consequence"].is_in(["stop", "hold"]))
        found.standing = [f"{row['subject']}: {row['evidence']}" for row in bad.iter_rows(named=True)]


def left_behind(home: Path) -> list[str]:
    """Files of half-done work: beside the home's own and on the shelf, where each begins."""
    places = (home, home / "editions", home / "snapshots")
    return [
        str(path.relative_to(home)) for place in places if place.is_dir() for path in place.iterdir()
        if ".tmp" in path.name
    ]  # fmt: skip


def standing_rows(home: Path) -> Callable[[], Any]:
    """The task of reading what must go on standing from now on: pairs of a table and its keys."""

    def task() -> Any:
        from infra.trials.home_check import expected

        return [(name, sorted(keys)) for name, keys in expected(home).items()]

    return task
