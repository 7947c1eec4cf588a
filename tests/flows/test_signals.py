"""Real signals to real commands, wherever they are at work: stopped in a sentence, and on record as that."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from flows.settings import AlertSettings
from infra.sample import publish_sample
from infra.trials import signal_trial
from tests.conftest import ROOT
from tests.publisher import Publisher, hang
from tests.waiting import wait_for
from tests.warehouse.edition_frames import frame
from warehouse.contracts import out
from warehouse.reader import Reader
from warehouse.store import Warehouse

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(420)]
DAY = date(2026, 11, 22)
SECONDS = 25.0  # far less than the thirty that whoever hangs here would take, thrice


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    publish_sample(folder, DAY)
    return folder


@pytest.fixture
def home(published, tmp_path):
    return Path(shutil.copytree(published, tmp_path / "home", symlinks=True))


def runs(home):
    with Reader(home / "gpt2030.duckdb") as reader:
        return [row[0] for row in reader.rows("SELECT outcome FROM out.run ORDER BY run_number")]


def begin(home, *arguments, **variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    variables = {f"GPT2030_{name}": value for name, value in variables.items()}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "flows.cli", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=kept | variables | {"GPT2030_HOME": str(home), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def stopped(process, number):
    """What a command says on stderr that is sent a signal, and the seconds it takes to end."""
    began = time.monotonic()
    process.send_signal(number)
    said = process.communicate(timeout=180)[1]
    assert "Traceback" not in said
    assert process.returncode == 1, said
    assert said.splitlines()[-1].startswith(f"stopped by {number.name}: ")
    return said, time.monotonic() - began


@pytest.mark.parametrize(("number", "after"), [(signal.SIGINT, 0.5), (signal.SIGTERM, 3.5), (signal.SIGHUP, 7.0)])
def test_a_refresh_is_on_record_as_stopped_whatever_moment_it_was(home, number, after):
    day = date(2026, 11, 23)
    ended = signal_trial.refresh(home, day, number, after)
    outcome, problems = signal_trial.judge(home, day, ended)
    assert problems == []
    assert outcome in {"stopped", "published"}


def test_nobody_waits_for_a_publisher_that_hangs(home):
    with Publisher() as publisher:
        publisher.serve("/benchmark_results_1_1.yaml", hang)
        process = begin(home, "refresh", "--only", "metr", "--today", "2026-11-23", SOURCES__METR__URL=publisher.url)
        wait_for(lambda: publisher.requests)
        said, seconds = stopped(process, signal.SIGTERM)
    assert seconds < SECONDS
    assert runs(home) == ["published", "stopped"]
    assert "on record as stopped" in said


def test_nobody_waits_for_a_receiver_that_hangs_and_what_was_published_stays_so(home):
    letter = {
        "digest_key": "d", "title": "t", "body": "{}", "severity": 1, "state": "pending", "attempts": 0,
        "queued_at": datetime(2026, 11, 22),
    }  # fmt: skip
    with Publisher() as receiver:
        receiver.serve("/hook", hang)
        url = f"webhook+{receiver.url}/hook"
        channel_id = _channel_id(url)
        with Warehouse.open(home, now=datetime(2026, 11, 22)) as warehouse:
            warehouse.insert(out.DELIVERY, frame(out.DELIVERY, [letter | {"channel_id": channel_id}]))
        process = begin(
            home, "refresh", "--offline", "--today", "2026-11-23",
            ALERTS__CHANNELS=f'["{url}"]', ALERTS__TIMEOUT_SECONDS="60",
        )  # fmt: skip
        wait_for(lambda: receiver.requests)
        said, seconds = stopped(process, signal.SIGINT)
    assert seconds < SECONDS
    assert "published 2026-11-23" in said.splitlines()[-1]
    assert runs(home) == ["published", "published"]
    with Warehouse.open(home, now=datetime(2026, 11, 23)) as warehouse:
        left = warehouse.rows("SELECT state, attempts FROM out.delivery WHERE digest_key = 'd'")
    assert left == [("pending", 0)]


def _channel_id(url):
    from flows.alerts.channels import open_channel

    return open_channel(1, AlertSettings(channels=(url,))).channel_id


def test_a_backfill_is_on_record_as_stopped(tmp_path):
    for day in range(1, 29):
        folder = tmp_path / "files" / "curated" / f"2026-01-{day:02}"
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "sources" / "curated" / "imo.csv", folder)
    process = begin(tmp_path / "home", "backfill", str(tmp_path / "files"))
    process.stdout.readline()
    stopped(process, signal.SIGTERM)
    outcomes = runs(tmp_path / "home")
    assert outcomes[-1] in {"stopped", "unchanged"}  # it may have been between two days
    assert len(outcomes) < 28


@pytest.fixture
def serve(home, tmp_path):
    """Begin to serve this home, with a server of its own; returns the process and what it has said so far."""
    log = tmp_path / "said.log"
    begun = []

    def run():
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "flows.cli", "serve", "--every", "8", "--offline"], stdout=said, stderr=said,
                env=kept | {"GPT2030_HOME": str(home), "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        begun.append(process)
        return process, log.read_text

    yield run
    for process in begun:
        process.kill()
        process.wait()


def test_serve_ends_with_its_server_and_its_run_which_is_on_record_as_stopped(home, serve):
    process, said = serve()
    wait_for(lambda: "begins" in said())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0  # stopping it is how it ends
    assert "Traceback" not in said()
    assert "next refresh: " in said()
    assert said().splitlines()[-1] == "serving no more, stopped by SIGTERM"
    assert runs(home)[1:] == ["stopped"]
    assert signal_trial.left_behind(home) == []


def test_serve_that_was_killed_at_work_serves_again(home, serve):
    """To Prefect the run of a killed server is at work for ever, and takes the only slot."""
    process, said = serve()
    wait_for(lambda: "begins" in said())
    process.kill()
    process.wait()
    process, said = serve()
    wait_for(lambda: "ended: " in said())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=120) == 0
