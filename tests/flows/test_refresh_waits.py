"""A refresh that finds another command at work waits as long as it was told, also once its own server has started."""

import json
import subprocess
import sys
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.commands import refresh as command
from flows.refresh import refresh
from tests.conftest import ROOT
from warehouse.errors import WarehouseError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


HOLDS = """
import sys
from pathlib import Path
from flows.settings import claim
from warehouse.lock import locked
with locked(Path(sys.argv[1]), claim("another")):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(home):
    """Inside, a process of its own writes under the home."""
    command = [sys.executable, "-c", HOLDS, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout.readline() == "held\n"
        yield
        process.stdin.close()


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_flow_gives_up_when_that_time_is_over(home, dry_run):
    if dry_run:  # of an empty home nothing is copied, and nobody is waited for
        home.mkdir()
        (home / "warehouse.duckdb").touch()
    with held_by_another(home), pytest.raises(WarehouseError, match=r"`another` .* waited 0\.1 s"):
        refresh.fn(offline=True, dry_run=dry_run, wait=0.1)


def test_the_command_hands_on_how_long(home, monkeypatch):
    asked = []
    monkeypatch.setattr(command, "run_here", lambda given: asked.append(given) or {"outcome": "unchanged"})
    done = CliRunner().invoke(cli, ["refresh", "--offline", "--json", "--wait", "7.5"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"outcome": "unchanged"})
    assert asked[0]["wait"] == 7.5
