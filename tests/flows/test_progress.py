"""What a run says while it works: text for people, lines of JSON for those who collect them."""

import json
import logging
import os
import subprocess
import sys

import pytest

from flows import progress
from flows.settings import SettingsError, load_settings
from tests.conftest import ROOT


@pytest.fixture
def said(capsys):
    """What is on stderr of messages given as (level, text, arguments), in a form."""
    logger = progress.talk()
    before = (list(logger.handlers), logger.level, logger.propagate)

    def say(form, *messages):
        logger.handlers.clear()
        progress.talk_to_stderr(form)
        for level, text, *arguments in messages:
            logger.log(level, text, *arguments)
        return capsys.readouterr().err.splitlines()

    yield say
    progress.of_run(None)
    logger.handlers[:], logger.level, logger.propagate = before


def test_text_is_the_message_alone_with_nothing_that_moves_a_cursor(said):
    assert said("text", (logging.INFO, "landed %d rows of %s", 3, "\x1b[2Jx")) == ["landed 3 rows of \u241b[2Jx"]


def test_json_is_a_line_a_message_whatever_it_holds(said):
    hostile = 'two\nlines, "quotes" and \x1b[2J'
    (line,) = said("json", (logging.WARNING, "%s", hostile))
    found = json.loads(line)
    assert (found["level"], found["message"]) == ("warning", hostile)
    assert found["time"].endswith("Z")
    assert "run_id" not in found
    assert "\x1b" not in line


def test_what_is_said_of_a_run_names_it(said):
    progress.of_run("2026-11-28/3")
    assert json.loads(said("json", (logging.INFO, "x"))[0])["run_id"] == "2026-11-28/3"
    progress.of_run(None)
    assert "run_id" not in json.loads(said("json", (logging.INFO, "x"))[0])


def test_it_is_a_setting(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load_settings().log_format == "text"
    monkeypatch.setenv("GPT2030_LOG_FORMAT", "yaml")
    with pytest.raises(SettingsError, match="log_format"):
        load_settings()


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_line_of_a_refresh_is_json_and_its_own_lines_name_the_run(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    settings = {"GPT2030_HOME": str(tmp_path), "GPT2030_LOG_FORMAT": "json", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "flows.cli", "refresh", "--offline", "--json"]
    done = subprocess.run(command, env=kept | settings, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    run_id = json.loads(done.stdout)["run_id"]
    assert lines[-1]["message"].startswith("published ")
    assert lines[-1]["run_id"] == run_id
    assert "run_id" not in lines[0]
