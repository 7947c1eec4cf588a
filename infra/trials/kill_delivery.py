"""Kill refreshes between landing and delivery and see that every alert arrives: `python -m infra.kill_delivery 200`.

Each trial lets a refresh begin that has something to tell, kills it with SIGKILL at a random moment and lets the
refresh of another day complete, while the receiver of a webhook on loopback takes messages, answers 500, hangs or
breaks the connection by chance. In the end every alert must have arrived, no key with two contents, and none for an
edition that was not published.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.trials.asked import asked
from infra.trials.kill_trial import complete, kill
from infra.trials.trial_commands import load

FIRST_DAY = date(2026, 1, 1)
CURATED = Path(__file__).parents[2] / "sources" / "curated"
TOGGLED = "imo.csv"
PATIENCE_SECONDS = 0.5
# Longer than that patience, or a receiver that hangs would only be slow.
HANG_SECONDS = 3.0
# What the receiver does with a message, and how often.
MOODS = {"take": 40, "answer 500": 25, "hang": 10, "break off": 10, "take and break off": 15}


@dataclass
class Received:
    """What has come in, by key: bodies, how often each was answered with 2xx, and what was amiss on arrival."""

    home: Path
    chance: random.Random
    is_kind: bool = False
    bodies: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    moods: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    problems: list[str] = field(default_factory=list)

    def note(self, key: str, body: str) -> str:
        """Keep a message and say what to do with it; its edition must be shown, or a later one, at this moment."""
        self.bodies[key].add(body)
        edition_id = json.loads(body)["data"]["edition_id"]
        latest = self.home / "editions" / "latest"
        shown = latest.readlink().name if latest.is_symlink() else ""
        if edition_id and shown != edition_id and shown[:10] <= edition_id[:10]:
            self.problems.append(f"told of {edition_id} while latest was {shown or 'nothing'}")
        mood = "take" if self.is_kind else self.chance.choices(list(MOODS), list(MOODS.values()))[0]
        self.moods[mood] += 1
        self.taken[key] += mood == "take"
        return mood


def _handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            mood = received.note(self.headers["webhook-id"], body)
            if mood == "hang":
                time.sleep(HANG_SECONDS)
            self.close_connection = True
            if mood in {"take", "answer 500"}:
                self.send_response(204 if mood == "take" else 500)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def main(trials: int, seed: int) -> int:
    """Run the trials against one Prefect API and one receiver on loopback; returns the exit code."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="gpt2030-kill-") as folder:
        home, curated = Path(folder) / "home", Path(folder) / "curated"
        shutil.copytree(CURATED, curated)
        received = Received(home, chance)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(received))
        server.daemon_threads = True
        os.environ |= {
            "GPT2030_HOME": str(home),
            "GPT2030_SOURCES__CURATED__URL": str(curated),
            # Most of a file goes and comes back in turn: that would be held as it should, and nothing told.
            "GPT2030_TOLERANCE__LOST_SHARE_HOLD": "1",
            "GPT2030_ALERTS__CHANNELS": json.dumps([f"webhook+http://127.0.0.1:{server.server_port}/hook"]),
            "GPT2030_ALERTS__WEBHOOK_SECRET": "a secret of this trial",
            "GPT2030_ALERTS__TIMEOUT_SECONDS": str(PATIENCE_SECONDS),
            "GPT2030_ALERTS__RETRY_SECONDS": "0",
            "GPT2030_ALERTS__ATTEMPTS": "1000",
        }
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return _served(trials, received, curated)


def _served(trials: int, received: Received, curated: Path) -> int:
    from flows.engine import prefect_api, wait_until_healthy

    with prefect_api(received.home) as address:
        load()
        wait_until_healthy(address)
        return _trials(trials, received, curated)


def _trials(trials: int, received: Received, curated: Path) -> int:
    rows = _rows(curated)
    _write(curated, rows, is_passed=True)
    seconds, killed = complete(FIRST_DAY) or 10.0, 0
    for trial in range(trials):
        day = FIRST_DAY + timedelta(days=2 * trial + 1)
        # The embedded default alternates between with and without the gold medals: there is always news.
        _write(curated, rows, is_passed=trial % 2 == 1)
        # Not from the first moment on: what lies before landing is tried by infra.kill_trial.
        killed += kill(day, received.chance.uniform(0.2, 1.1) * seconds)
        took = complete(day + timedelta(days=1))
        if took is None:
            received.problems.append(f"the refresh after kill {trial} did not publish")
        seconds = 0.8 * seconds + 0.2 * (took or seconds)
        if trial % 10 == 9:
            print(_sentence(trial + 1, killed, received), file=sys.stderr, flush=True)
    received.is_kind = True
    complete(FIRST_DAY + timedelta(days=2 * trials + 1))
    problems = [*received.problems, *_unsettled(received)]
    for problem in problems:
        print(problem)
    print(f"{_sentence(trials, killed, received)}, {len(problems)} problems, refresh {seconds:.1f} s")
    return int(bool(problems))


def _sentence(trials: int, killed: int, received: Received) -> str:
    moods = ", ".join(f"{count} times {mood}" for mood, count in sorted(received.moods.items()))
    repeated = sum(count > 1 for count in received.taken.values())
    return (
        f"{trials} trials, {killed} killed at work, {len(received.bodies)} messages ({moods}), {repeated} taken twice"
    )


def _rows(curated: Path) -> list[dict[str, str]]:
    with (curated / TOGGLED).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(curated: Path, rows: list[dict[str, str]], *, is_passed: bool) -> None:
    kept = rows if is_passed else rows[:2]
    with (curated / TOGGLED).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def _unsettled(received: Received) -> list[str]:
    """What the outbox says against what has come in. Read in this process, which has not opened the file before."""
    from warehouse.outbox import EVENTS_CHANNEL
    from warehouse.reader import Reader

    with Reader(received.home / "gpt2030.duckdb") as reader:
        sent = reader.rows(
            "SELECT digest_key, state, body, edition_id FROM out.delivery WHERE channel_id <> ?", [EVENTS_CHANNEL]
        )
        editions = {row[0] for row in reader.rows("SELECT edition_id FROM out.edition")}
        waiting = reader.rows("SELECT alert_id FROM out.alert WHERE digest_key IS NOT NULL AND delivered_at IS NULL")
    known: dict[Any, tuple[Any, ...]] = {key: rest for key, *rest in sent}  # type: ignore[misc]
    problems = [f"alert {identifier} has not been delivered" for (identifier,) in waiting]
    problems += [f"{key}: {state}" for key, (state, _, _) in known.items() if state != "delivered"]
    problems += [f"{key}: delivered, but nobody took it" for key in known if not received.taken[key]]
    problems += [
        f"{key}: {edition_id} is no edition"
        for key, (_, _, edition_id) in known.items()
        if edition_id and edition_id not in editions
    ]
    problems += [f"{key}: came in, but is not in the outbox" for key in received.bodies if key not in known]
    for key, bodies in received.bodies.items():
        if key in known and bodies != {known[key][1]}:
            problems.append(f"{key}: {len(bodies)} contents, or another than in the outbox")
    return problems or ([] if known else ["nothing was ever to be sent"])


if __name__ == "__main__":
    arguments = asked(__doc__, 200, 20261122)
    sys.exit(main(arguments.times, arguments.seed))
