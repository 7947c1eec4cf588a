"""Simulated weeks on real vintages: `python -m infra.live_feeds DIR [--seeds 20] [--first-seed 0] [--days 30]`.

DIR is laid out as for `gpt2030 backfill`. Each seed begins offline; then feeds appear one by one in an order of its
own, die in every way a server can, come back, go on to the next vintage and back to an older one. Every day must bring
an edition, or a hold that a person can release with `gpt2030 checks accept`; released, the same day must bring one.
Every day each fact stands once.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flows.run import intake, steps
from flows.run.run import Request
from flows.run.sequence import publish_landed
from flows.settings import Clock, load_settings
from sources.registry import SOURCES
from warehouse.checks.acceptances import Acceptance, accept, standing
from warehouse.reader import Reader
from warehouse.snapshots import in_force
from warehouse.store import READ_COPY_FILE, Warehouse

if TYPE_CHECKING:
    from flows.settings import Settings

FIRST_DAY: Final = date(2026, 11, 26)
# What a feed does of a day, and how often, once it has appeared.
MOODS: Final = {"go on": 30, "stay": 40, "go back": 10, "die": 15, "die for good": 5}
DEATHS: Final = {404: b"gone", 500: b"failed", 200: b"<!DOCTYPE html><title>We are moving</title>", 429: b"later"}


@dataclass
class ServedFeed:
    """One source with its vintages, oldest first: which is served (-1: none yet), and how it fails, if it does."""

    source_id: str
    vintages: list[dict[str, bytes]]
    place: int = -1
    failure: int | None = None
    is_gone: bool = False

    def live(self, chance: random.Random) -> str:
        """Live for a day; returns what happened."""
        mood = "appear" if self.place < 0 else chance.choices(list(MOODS), list(MOODS.values()))[0]
        self.failure = None
        if self.is_gone or mood.startswith("die"):
            self.failure, self.is_gone = chance.choice(list(DEATHS)), self.is_gone or mood == "die for good"
            # Nothing is gone for good in a month: what comes back after a week is as new as what never left.
            self.is_gone = self.is_gone and chance.random() < 0.9
        elif mood in {"appear", "go on"}:
            self.place = min(self.place + 1, len(self.vintages) - 1)
        elif mood == "go back":
            self.place = max(self.place - 1, 0)
        return mood

    def answer(self, name: str) -> tuple[int, bytes]:
        """Status and body for a file."""
        if self.failure is not None:
            return self.failure, DEATHS[self.failure]
        body = self.vintages[self.place].get(name) if self.place >= 0 else None
        return (200, body) if body is not None else (404, b"nothing of that name")


@dataclass
class Month:
    """What came of the days of one seed; `problems` are what must not be."""

    outcomes: Counter[str] = field(default_factory=Counter)
    holds: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def read_vintages(folder: Path) -> list[ServedFeed]:
    """The feeds of a folder laid out as for a backfill; those of one day are one vintage."""
    feeds = []
    for source in sorted(path for path in folder.iterdir() if path.name in SOURCES):
        days = sorted(path for path in source.iterdir() if path.is_dir())
        files = [{one.name: one.read_bytes() for one in sorted(day.iterdir())} for day in days]
        feeds.append(ServedFeed(source.name, files))
    return feeds


def _served(feeds: dict[str, ServedFeed]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            source_id, _, name = self.path.strip("/").partition("/")
            status, body = feeds[source_id].answer(name) if source_id in feeds else (404, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def month(seed: int, feeds: list[ServedFeed], days: int) -> Month:
    """One seed: a first day without a network, then `days` on which one more feed after the other appears."""
    chance, found = random.Random(seed), Month()
    waiting = {feed.source_id: ServedFeed(feed.source_id, feed.vintages) for feed in feeds}
    order, appeared = chance.sample(sorted(waiting), len(waiting)), dict[str, ServedFeed]()
    server = _served(appeared)
    with tempfile.TemporaryDirectory(prefix="gpt2030-feeds-") as folder:
        settings = _settings(Path(folder) / "home", waiting, server.server_port)
        _refresh(settings, FIRST_DAY, found, offline=True)
        for number in range(1, days + 1):
            if order and (number == 1 or chance.random() < 0.4):
                name = order.pop()
                appeared[name] = waiting[name]
            moods = {feed.source_id: feed.live(chance) for feed in appeared.values()}
            day = FIRST_DAY + timedelta(days=number)
            said = f"seed {seed}, day {number} ({', '.join(f'{who}: {what}' for who, what in moods.items())})"
            _live_day(settings, day, found, said)
    server.shutdown()
    return found


def _settings(home: Path, feeds: dict[str, ServedFeed], port: int) -> Settings:
    of_feed = {name: {"url": f"http://127.0.0.1:{port}/{name}", "enabled": True} for name in feeds}
    off = {name: {"enabled": False} for name in SOURCES if name not in feeds and name not in {"curated", "essay"}}
    return load_settings(home=home, sources={**off, **of_feed})


def _live_day(settings: Settings, day: date, found: Month, said: str) -> None:
    outcome = _refresh(settings, day, found)
    if outcome == "held":
        released = _release(settings, day, found)
        outcome = _refresh(settings, day, found)
        if outcome not in {"published", "unchanged"}:
            found.problems.append(f"{said}: still {outcome} after {released} had been accepted")
    elif outcome not in {"published", "unchanged"}:
        found.problems.append(f"{said}: {outcome}")
    found.problems += [f"{said}: {one}" for one in _contradictions(settings.home)]


def _refresh(settings: Settings, day: date, found: Month, *, offline: bool = False) -> str:
    clock, home = Clock.read(day), settings.home.resolve()
    with Warehouse.open(home, now=clock.now) as warehouse:
        request = Request((), is_offline=offline, is_gated=False)
        run = steps.begin(settings, request, clock, home, warehouse)
        web = steps.open_web(run)
        sources = {name: steps.build_source(name, settings) for name in steps.chosen_sources(run)}
        looks = [
            one
            for name, source in sources.items()
            for one in steps.lookout(run, name, web).look(
                source, steps.base_url(source, settings), in_force(warehouse, name, at=run.clock.now)
            )
        ]
        steps.keep(run, looks, {name: source.licence for name, source in sources.items()})
        for name, source in sources.items():
            if intake.has_news(run, name):
                intake.land_source(run, source)
        publish_landed(run)
    found.outcomes[run.outcome] += 1
    return run.outcome


def _release(settings: Settings, day: date, found: Month) -> list[str]:
    """Accept every hold, as `gpt2030 checks accept` does; returns what was accepted."""
    clock = Clock.read(day)
    with Warehouse.open(settings.home.resolve(), now=clock.now) as warehouse:
        rows = [row for row in standing(warehouse).iter_rows(named=True) if row["consequence"] in {"stop", "hold"}]
        for row in rows:
            found.holds[str(row["subject"])] += 1
            one = Acceptance(row["finding_id"], row["subject"], row["evidence"], "a trial", day + timedelta(days=30))
            accept(warehouse, one, clock.now)
    return [f"{row['subject']}: {row['evidence']}" for row in rows]


def _contradictions(home: Path) -> list[str]:
    """Facts that stand twice, and frontiers that SQL and the fits tell differently."""
    with Reader(home / READ_COPY_FILE) as reader:
        twice: Any = reader.rows(
            """SELECT count(*) FROM (
                   SELECT 1 FROM observation_latest
                   GROUP BY series_id, fact_of(system_id, date_kind, observation_date)
                   HAVING count(DISTINCT source_id) > 1)"""
        )[0][0]
        apart = reader.rows(
            """SELECT f.series_id, f.frontier_value, r.value FROM core.fit AS f JOIN frontier AS r USING (series_id)
               WHERE f.edition_id = edition_in_force() AND f.forecaster_id = 'gpt2030-pool' AND r.direction = 'max'
                   AND r.is_current AND abs(f.frontier_value - r.value) > 1e-9 * abs(r.value)"""
        )
    return [*([f"{twice} facts stand twice"] if twice else []), *(f"frontier of {one}" for one in apart)]


def main() -> int:
    """Print a line per seed and the sum; 1 when a day brought neither an edition nor a hold that could be released."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0, help="goes on where another run of it ended")
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    feeds, total = read_vintages(options.folder), Month()
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        one = month(seed, feeds, options.days)
        total.outcomes += one.outcomes
        total.holds += one.holds
        total.problems += one.problems
        print(f"seed {seed}: {dict(one.outcomes)}, {len(one.problems)} problems", flush=True)
        for problem in one.problems:
            print(f"  {problem}", flush=True)
    print(f"{options.seeds} seeds, {options.days} days each: {dict(total.outcomes)}; released: {dict(total.holds)}")
    print(f"{len(total.problems)} problems")
    return int(bool(total.problems))


if __name__ == "__main__":
    raise SystemExit(main())
