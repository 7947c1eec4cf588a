"""A server of ours that ends before we do is started again, a few times, and never outlives us."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event

import pytest

from flows import own_server
from flows.own_server import RESTARTS, OwnServer, Program, running
from tests import waiting
from tests.conftest import ROOT
from tests.publisher import Publisher, status
from warehouse.reader import Reader

SOON = 20.0
NOTES_AND_ENDS = "import os, sys; open('starts', 'a').write('x'); sys.exit('no room for rows')"
NOTES_AND_STAYS = "import time; open('starts', 'a').write('x'); time.sleep(600)"


@pytest.fixture
def said():
    with TemporaryFile() as file:
        yield file


def program(folder, code):
    return Program([sys.executable, "-c", code], dict(os.environ), folder, [])


def starts(folder):
    path = folder / "starts"
    return len(path.read_text()) if path.exists() else 0


wait_for = partial(waiting.wait_for, seconds=SOON)


def test_one_that_ends_is_started_again_and_that_is_said(tmp_path, said, caplog):
    with running(program(tmp_path, NOTES_AND_STAYS), said) as server:
        server.keep()
        wait_for(lambda: starts(tmp_path) == 1)
        first = server.pid
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: starts(tmp_path) == 2)
        assert server.pid != first
        assert server.why_it_ended() is None
    assert [record.message for record in caplog.records] == ["Prefect's own server ended (exit code -9): started again"]


def test_one_that_cannot_live_is_given_up_with_its_last_word(tmp_path, said):
    given_up, reasons = Event(), []
    server = OwnServer(program(tmp_path, NOTES_AND_ENDS), said, lambda why: (reasons.append(why), given_up.set()))
    server.keep()
    assert given_up.wait(SOON)
    assert reasons == ["Prefect's own server ended 4 times, the last time with: no room for rows"]
    assert starts(tmp_path) == RESTARTS + 1
    server.end()


def test_years_of_rare_ends_are_no_reason_to_give_up(tmp_path, said, monkeypatch):
    monkeypatch.setattr(own_server, "WITHIN_SECONDS", 0.0)
    with running(program(tmp_path, NOTES_AND_ENDS), said) as server:
        server.keep()
        wait_for(lambda: starts(tmp_path) > 2 * RESTARTS)


def test_one_that_nobody_keeps_is_told_by_whoever_waits_for_it(tmp_path, said):
    with running(program(tmp_path, NOTES_AND_ENDS), said) as server:
        wait_for(server.why_it_ended)
        assert server.why_it_ended() == "no room for rows"
        assert starts(tmp_path) == 1


@pytest.mark.parametrize("code", [NOTES_AND_STAYS, NOTES_AND_ENDS])
def test_none_outlives_us(tmp_path, said, code):
    server = OwnServer(program(tmp_path, code), said, lambda _: None)
    server.keep()
    wait_for(lambda: starts(tmp_path))
    server.end()
    count = starts(tmp_path)
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
    time.sleep(0.3)
    assert starts(tmp_path) == count


def test_one_that_does_not_want_to_end_is_killed(tmp_path, said, monkeypatch):
    monkeypatch.setattr(own_server, "END_SECONDS", 0.2)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + NOTES_AND_STAYS
    with running(program(tmp_path, deaf), said) as server:
        wait_for(lambda: starts(tmp_path))
    assert server.why_it_ended() == "exit code -9"


def test_a_process_whose_server_cannot_live_leaves_in_a_sentence(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from tempfile import TemporaryFile; from flows.own_server import *\n"
        f"with TemporaryFile() as said, running(Program([sys.executable, '-c', {NOTES_AND_ENDS!r}], {{}},"
        " Path('.'), []), said) as server:\n"
        "    server.keep(); time.sleep(60)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "Prefect's own server ended 4 times, the last time with: no room for rows; broken off as a kill would: "
        "run the command again, which finishes or removes what is half done"
    )


def server_of(parent):
    """The process of the server that a command has started."""
    for folder in Path("/proc").glob("[0-9]*"):
        words = (folder / "cmdline").read_bytes().split(b"\0") if (folder / "cmdline").exists() else []
        if b"flows.temporary_server" in words and words[-2].decode() == str(parent):
            return int(folder.name)
    raise AssertionError("it has none")


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_refresh_whose_server_is_killed_publishes_all_the_same(tmp_path):
    """It waited eight minutes for a server that was gone, published, and ended as failed."""
    commands = []

    def killed(handler):
        os.kill(server_of(commands[0].pid), signal.SIGKILL)
        status(404)(handler)

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    with Publisher() as publisher:
        publisher.serve("/benchmark_results_1_1.yaml", killed, status(404))
        settings = {"GPT2030_HOME": str(tmp_path), "GPT2030_SOURCES__METR__URL": publisher.url}
        command = subprocess.Popen(
            [sys.executable, "-P", "-m", "flows.cli", "refresh", "--only", "metr", "--today", "2026-11-23"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=kept | settings | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        commands.append(command)
        said = command.communicate(timeout=120)[1]
    assert command.returncode == 0, said
    assert "Traceback" not in said
    assert said.count("started again") == 1
    with Reader(tmp_path / "gpt2030.duckdb") as reader:
        assert reader.rows("SELECT outcome FROM out.run") == [("published",)]
