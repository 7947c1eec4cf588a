"""The command line: every command is there, misuse ends with 2, what is not built says so with 1."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flows import __version__
from flows.cli import COMMANDS, cli

PROMISED = [
    "refresh",
    "backfill",
    "show",
    "living",
    "sql",
    "tables",
    "explain",
    "diff",
    "whatif",
    "score",
    "backtest",
    "chart",
    "site",
    "hub",
    "alerts",
    "status",
    "metrics",
    "checks",
    "snapshots",
    "quarantine",
    "backup",
    "restore",
    "prune",
    "warehouse",
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


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("refrehs", "did you mean refresh?"),
        ("expain", "did you mean explain?"),
        ("back", "did you mean backfill or backtest or backup?"),
        ("forecast", "`gpt2030 --help` lists them all"),
    ],
)
def test_an_unknown_command_is_misuse_and_names_the_near_ones(run, typed, near):
    answer = run(typed)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert f"No such command '{typed}'; {near}" in answer.stderr


@pytest.mark.parametrize("arguments", [("show", "--lnag", "zh"), ("--lnag",), ("alerts", "lst")])
def test_an_unknown_option_or_second_command_is_misuse(run, arguments):
    assert run(*arguments).exit_code == 2


def test_an_unknown_source_is_misuse_and_lists_the_known_ones(run):
    answer = run("refresh", "--only", "epoch")
    assert answer.exit_code == 2
    assert "epoch_models" in answer.stderr


def test_a_day_that_is_none_is_misuse(run):
    answer = run("refresh", "--today", "2026-02-30")
    assert answer.exit_code == 2
    assert "2026-02-30" in answer.stderr


@pytest.mark.parametrize(
    "arguments", [("show",), ("status",), ("metrics",), ("snapshots", "verify"), ("explain", "math.sota_pct")]
)
def test_before_the_first_refresh_a_command_says_what_to_do(run, arguments):
    answer = run(*arguments)
    assert answer.exit_code == 1
    assert "gpt2030 refresh" in answer.stderr


def test_a_misspelt_setting_is_named(run, monkeypatch):
    monkeypatch.setenv("GPT2030_HOMME", "x")
    answer = run("show")
    assert answer.exit_code == 1
    assert "GPT2030_HOMME" in answer.stderr


def test_a_property_and_a_section_together_are_misuse(run):
    answer = run("show", "math.sota_pct", "--section", "3")
    assert answer.exit_code == 2
    assert "not both" in answer.stderr


@pytest.mark.parametrize("command", [("show",), ("living",), ("whatif",), ("sql", "select 1")])
@pytest.mark.parametrize("other", ["csv", "table"])
def test_two_ways_of_printing_at_once_are_misuse(run, command, other):
    """JSON went into the spreadsheet of whoever asked for CSV and had --json in an alias."""
    for arguments in ((*command, "--json", "--format", other), (*command, "--format", other, "--json")):
        answer = run(*arguments)
        assert (answer.exit_code, answer.stdout) == (2, "")
        assert f"--json and --format {other} ask for two ways of printing" in answer.stderr
    assert run(*command, "--json", "--format", "json").exit_code == 1  # asked twice for one: nothing is published yet


@pytest.mark.parametrize("arguments", [("show",), ("status",), ("snapshots", "list"), ("explain", "math.sota_pct")])
@pytest.mark.parametrize("content", [b"", b"this is no database"])
def test_a_damaged_read_copy_is_named_with_advice(run, tmp_path, arguments, content):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "gpt2030.duckdb").write_bytes(content)
    answer = run(*arguments)
    assert answer.exit_code == 1
    assert "gpt2030.duckdb" in answer.stderr
    assert "gpt2030 refresh" in answer.stderr


def test_releasing_a_refusal_does_not_create_a_warehouse(run, tmp_path):
    assert run("quarantine", "release", "0123").exit_code == 1
    assert not (tmp_path / "home").exists()


def gpt2030(*arguments, stdout=subprocess.PIPE, **variables):
    command = [sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, env=os.environ | variables
    )


def test_a_home_that_cannot_be_made_is_named_without_a_traceback(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = gpt2030("refresh", "--offline", GPT2030_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert "file/home" in done.stderr
    assert "Traceback" not in done.stderr


def test_output_that_cannot_be_written_is_a_failure_without_a_traceback():
    with Path("/dev/full").open("w") as full:
        done = gpt2030("--version", stdout=full)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_has_enough_is_no_traceback():
    read, write = os.pipe()
    os.close(read)
    done = gpt2030("--help", stdout=write)
    os.close(write)
    assert done.stderr == ""


def test_errors_go_to_stderr_with_exit_code_1():
    done = subprocess.run([sys.executable, "-m", "flows.cli", "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "nonsense" in done.stderr


def test_leaving_does_not_search_the_modules_once_more():
    script = "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 0)); "
    script += "from flows.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"


def groups():
    """Every group of commands, by the words that ask for it."""
    ctx = click.Context(cli)
    yield (), cli
    for name in COMMANDS:
        command = cli.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield (name,), command


@pytest.mark.parametrize(
    ("asked", "group"), list(groups()), ids=lambda one: "-".join(one) if isinstance(one, tuple) else ""
)
def test_no_line_about_a_command_is_cut_short_at_eighty_columns(asked, group):
    """`warehouse --help` said "Carry the warehouse to URL, or with `embedded` from a shared..." and no more."""
    said = CliRunner().invoke(cli, [*asked, "--help"], env={"COLUMNS": "80"}).output
    listed = said.partition("Commands:")[2]
    assert listed.strip()
    assert "..." not in listed
    assert max(map(len, said.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("diff", "2025-01-01", "latest", "learn.dau"), "did you mean --property learn.dau?"),
        (("show", "learn.dau", "2025-06-30"), "did you mean --edition 2025-06-30?"),
        (("explain", "learn.dau", "latest"), "did you mean --edition latest?"),
        (("chart", "learn.dau", "out.svg"), "what it takes by name: "),
    ],
)
def test_an_argument_too_many_is_told_which_option_takes_it(words, hint):
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    assert "Got unexpected extra argument" in done.stderr
    assert hint in done.stderr
    assert "did you mean" not in CliRunner().invoke(cli, ["diff", "latest"]).stderr
