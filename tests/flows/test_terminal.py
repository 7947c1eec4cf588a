"""Text from feeds is text on a screen, and a character that a screen lacks is replaced and told."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from flows.cli import COMMANDS, cli
from flows.commands.common import Failure
from flows.commands.screen import Screen
from flows.progress import talk_to_stderr
from flows.terminal import echo, printable
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, observation
from warehouse.store import publish_read_copy

ROOT = Path(__file__).parents[2]
# Clears the screen, renames the window, hides, rings, overwrites the line, turns its direction; in one byte and in two.
HOSTILE = "x\x1b[2J\x1b]0;owned\x07\x1b[8m\r\x08\x9b31m\x7f\u202egnp\u2066\u2028y"


def is_harmless(text):
    return not any(ord(one) < 0x20 and one not in "\t\n" for one in text) and not set(text) & set(
        "\x7f\x9b\u202e\u2066"
    )


class Stream(io.StringIO):
    """A stream that is a terminal, or is none."""

    def __init__(self, is_terminal):
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self):
        return self._is_terminal


class TestPrintable:
    """No character that a terminal acts on is left, and no other is touched."""

    @given(st.text())
    def test_no_control_character_is_left(self, text):
        assert is_harmless(printable(text))

    @given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"])))
    def test_what_is_text_stays(self, text):
        assert printable(f"{text}\n\t") == f"{text}\n\t"

    def test_what_is_hidden_is_shown(self):
        assert printable(HOSTILE) == "x␛[2J␛]0;owned␇␛[8m␍␈\\u009b31m␡\\u202egnp\\u2066\\u2028y"

    @given(st.text())
    def test_json_on_a_screen_is_the_same_json(self, text):
        written = json.dumps({"text": text.replace("\x7f", "")}, ensure_ascii=False)
        assert json.loads(printable(written)) == {"text": text.replace("\x7f", "")}


class TestEcho:
    """Data are printable on a screen and untouched in a pipe; talk is always printable."""

    @pytest.mark.parametrize(("is_terminal", "err"), [(True, False), (True, True), (False, True)])
    def test_a_person_sees_what_is_hidden(self, monkeypatch, is_terminal, err):
        stream = Stream(is_terminal)
        monkeypatch.setattr(sys, "stderr" if err else "stdout", stream)
        echo(HOSTILE, err=err)
        assert stream.getvalue() == f"{printable(HOSTILE)}\n"

    def test_a_program_gets_the_bytes(self, monkeypatch):
        stream = Stream(is_terminal=False)
        monkeypatch.setattr(sys, "stdout", stream)
        echo(HOSTILE, nl=False)
        assert stream.getvalue() == HOSTILE


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_table_holds_no_code_but_those_of_its_own_styles(is_terminal):
    from rich.table import Table
    from rich.text import Text

    table = Table(HOSTILE)
    table.add_row(HOSTILE)
    table.add_row(Text(HOSTILE, style="bold"))
    out = Stream(is_terminal)
    colours = "standard" if is_terminal else None
    screen = Screen(
        file=out, force_terminal=is_terminal, markup=False, highlight=False, width=200, color_system=colours
    )
    screen.print(table)
    screen.print(HOSTILE, style="dim")
    said = out.getvalue()
    assert is_harmless(said.replace("\x1b[0m", "").replace("\x1b[1m", "").replace("\x1b[2m", ""))
    assert said.count("␛[2J") == 4
    assert (said.count("\x1b[1m") > 0) == is_terminal


def test_failures_and_logs_are_printable(capsys):
    Failure(HOSTILE).show()
    logger = logging.getLogger("gpt2030")
    before, logger.handlers = logger.handlers, []
    try:
        talk_to_stderr()
        logger.info(HOSTILE)
    finally:
        logger.handlers = before
    assert capsys.readouterr().err == f"Error: {printable(HOSTILE)}\n{printable(HOSTILE)}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose every text that a feed could have sent is hostile."""
    home = tmp_path_factory.mktemp("home")
    with fresh(home, now=START) as warehouse:
        arrive(warehouse, "publisher", START, [observation("a", 0.1)])
        for table in ("raw.quarantine", "raw.look", "raw.snapshot", "out.alert", "out.run"):
            _fill(warehouse, table)
        warehouse.write_copy(home / "candidate")
    publish_read_copy(home / "candidate", home)
    return home


def _fill(warehouse, table):
    """One row in which every text is hostile."""
    schema, name = table.split(".")
    columns = warehouse.rows(
        f"SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = '{schema}' AND table_name = '{name}' "
        "ORDER BY column_index"
    )
    made = {
        "VARCHAR": f"'{HOSTILE}'",
        "BOOLEAN": "false",
        "DATE": f"DATE '{START:%Y-%m-%d}'",
        "TIMESTAMP": f"'{START}'",
    }
    cells = {column: made.get(str(kind), "1") for column, kind in columns} | {"released_at": "NULL", "severity": "2"}
    cells |= {column: "'[]'" for column, _ in columns if str(column).endswith("_json")}
    chosen = ", ".join(cells[column] for column, _ in columns)
    warehouse.execute(f"INSERT INTO {table} VALUES ({chosen})")


@pytest.mark.parametrize(
    "arguments",
    [
        ("quarantine", "list"), ("quarantine",), ("quarantine", "show", "none"), ("snapshots", "list"), ("snapshots",), ("alerts", "list"), ("status",),
        ("sql", "from raw.quarantine"), ("sql", "select reason from raw.quarantine"), ("sql", "from raw.look"),
        ("sql", f"select '{HOSTILE}'::int"), ("sql", f'from "{HOSTILE}"'), ("tables", HOSTILE), ("show", HOSTILE),
        ("explain", HOSTILE),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_commands_print_for_people_is_harmless(home, monkeypatch, tmp_path, arguments):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GPT2030_HOME", str(home))
    done = CliRunner().invoke(cli, list(arguments))
    assert done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert is_harmless(done.output)
    if "list" in arguments or "from raw.quarantine" in arguments:
        assert "␛" in done.output


MAIN = [sys.executable, "-c", "from flows.cli import main; main()"]
ASK = ("sql", f"select '{HOSTILE}' as x", "--format", "csv")


def environment(home, **more):
    return {**os.environ, "GPT2030_HOME": str(home), **more}


def test_data_in_a_pipe_are_the_bytes_that_came(home):
    done = subprocess.run([*MAIN, *ASK], cwd=ROOT, check=True, capture_output=True, env=environment(home))
    assert HOSTILE.encode() in done.stdout


def test_data_on_a_terminal_are_printable(home):
    ours, theirs = pty.openpty()
    with subprocess.Popen([*MAIN, *ASK], cwd=ROOT, stdout=theirs, env=environment(home)) as process:
        process.wait()
    os.close(theirs)
    said = os.read(ours, 65536).decode()
    os.close(ours)
    assert printable(HOSTILE) in said
    assert "\x1b" not in said


TABLES, ON_SCREEN = ("tables",), ("sql", "select '问题 Ω' as x")
AS_JSON = ("sql", "select '问题' as x", "--format", "json")


# Every command in one encoding, and the one with most to replace in every other.
@pytest.mark.parametrize(
    ("arguments", "encoding"),
    [(TABLES, "ascii"), (ON_SCREEN, "ascii"), (AS_JSON, "ascii"), (ON_SCREEN, "latin-1"), (ON_SCREEN, "cp1252")],
)
def test_what_an_encoding_lacks_is_replaced_and_told_once(home, encoding, arguments):
    there = environment(home, PYTHONIOENCODING=encoding)
    done = subprocess.run([*MAIN, *arguments], cwd=ROOT, check=False, capture_output=True, env=there)
    assert done.returncode == 0, done.stderr
    replaced = b"?" in done.stdout
    notice = done.stderr.decode().splitlines()
    assert len([line for line in notice if "cannot show is printed as ?" in line]) == int(replaced)
    assert replaced or arguments == TABLES


def test_no_help_shows_a_mark_meant_for_the_help_itself():
    # Under the context that users have: click keeps a command's help option as it was first asked for.
    root = click.Context(cli, info_name="gpt2030", **cli.context_settings)
    for name in COMMANDS:
        command = cli.get_command(root, name)
        for one in [command, *getattr(command, "commands", {}).values()]:
            assert "\\b" not in one.get_help(click.Context(one, info_name=name, parent=root))


@pytest.mark.parametrize(
    "word", ["https://example.org/" + "a-folder/" * 12 + "file.parquet", "今日的实测值乘以假设，" * 12 + "完"]
)
def test_a_word_longer_than_its_column_is_printed_whole(word):
    """It ended in dots, and the rest of its cell was lost with it."""
    from rich.table import Table

    out = io.StringIO()
    table = Table("name", "said")
    table.add_row("a source", f"{word} and so on")
    Screen(file=out, width=60, markup=False).print(table)
    # Told from above to below, without the frame of the table and its first column.
    said = "".join(line.split("│")[2].strip() for line in out.getvalue().splitlines() if "│" in line)
    assert "".join(said.split()) == "".join(f"{word} and so on".split())
