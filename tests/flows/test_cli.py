"""The command line: every command is there, misuse ends with 2, what is not built says so with 1."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from flows import __version__
from flows.cli import COMMANDS, cli

PROMISED = [
    "refresh",
    "backfill",
    "show",
    "sql",
    "tables",
    "explain",
    "diff",
    "score",
    "backtest",
    "alerts",
    "status",
    "snapshots",
    "quarantine",
    "serve",
    "deploy",
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(cli, list(arguments))


def test_every_promised_command_is_there():
    assert list(COMMANDS) == PROMISED


@pytest.mark.parametrize("name", PROMISED)
def test_every_command_explains_itself(run, name):
    answer = run(name, "--help")
    assert answer.exit_code == 0
    assert "Usage:" in answer.stdout


def test_the_version_is_printed(run):
    assert __version__ in run("--version").stdout


def test_an_unknown_command_is_misuse(run):
    assert run("refrehs").exit_code == 2


def test_an_unknown_source_is_misuse_and_lists_the_known_ones(run):
    answer = run("refresh", "--only", "epoch")
    assert answer.exit_code == 2
    assert "epoch_models" in answer.stderr


def test_a_day_that_is_none_is_misuse(run):
    answer = run("refresh", "--today", "2026-02-30")
    assert answer.exit_code == 2
    assert "2026-02-30" in answer.stderr


@pytest.mark.parametrize("arguments", [("show",), ("status",), ("snapshots", "verify"), ("explain", "math.sota_pct")])
def test_before_the_first_refresh_a_command_says_what_to_do(run, arguments):
    answer = run(*arguments)
    assert answer.exit_code == 1
    assert "gpt2030 refresh" in answer.stderr


def test_a_misspelt_setting_is_named(run, monkeypatch):
    monkeypatch.setenv("GPT2030_HOMME", "x")
    answer = run("show")
    assert answer.exit_code == 1
    assert "GPT2030_HOMME" in answer.stderr


def test_errors_go_to_stderr_with_exit_code_1():
    done = subprocess.run([sys.executable, "-m", "flows.cli", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "nonsense" in done.stderr
