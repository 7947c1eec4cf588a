"""The units of systemd: systemd itself accepts them, they can do little, and all that they name is there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import cli

ROOT = Path(__file__).parents[3]
UNITS = ROOT / "infra" / "deploy" / "systemd"
INSTALLED = "/opt/gpt2030"
ANALYZE = shutil.which("systemd-analyze")
# Tenths of systemd's own measure, where 100 is a service that may do anything; one without a word of hardening has 96.
EXPOSURE = "20"
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="no systemd here")


def read(name):
    """The settings of a unit, each with all its values in order."""
    found = {}
    for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def installed(tmp_path):
    """The units as if this checkout were installed where they say: systemd looks whether a command is there."""
    command = tmp_path / "gpt2030"
    command.write_text(f"#!{sys.executable}\n")
    command.chmod(0o755)
    for unit in UNITS.glob("gpt2030.*"):
        text = unit.read_text(encoding="utf-8").replace(f"{INSTALLED}/.venv/bin/gpt2030", str(command))
        (tmp_path / unit.name).write_text(text)
    return tmp_path


@needs_systemd
def test_systemd_accepts_them_without_a_word(installed):
    units = [installed / "gpt2030.service", installed / "gpt2030.timer"]
    done = subprocess.run([ANALYZE, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_systemd_itself_finds_little_that_the_service_could_do(installed):
    command = [ANALYZE, "security", "--offline=true", f"--threshold={EXPOSURE}", installed / "gpt2030.service"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd cannot judge a file")
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(
    ("key", "value"),
    [("Type", "oneshot"), ("User", "gpt2030"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("PrivateTmp", "yes"),
     ("NoNewPrivileges", "yes"), ("CapabilityBoundingSet", ""), ("StateDirectory", "gpt2030"),
     ("StateDirectoryMode", "0700"), ("UMask", "0077"), ("RestrictNamespaces", "yes")],
)  # fmt: skip
def test_it_runs_as_nobody_in_particular_and_writes_to_one_folder(key, value):
    assert read("gpt2030.service")[key] == [value]
    assert "ReadWritePaths" not in read("gpt2030.service")


def test_it_may_set_the_limits_that_parsers_are_held_in():
    """`setrlimit` is of the group @resources: without it, every reading of bytes from outside would fail."""
    refused = [one for one in read("gpt2030.service")["SystemCallFilter"] if one.startswith("~")]
    assert refused == ["~@privileged"]


def test_the_folder_that_it_writes_to_is_where_it_works():
    unit = read("gpt2030.service")
    assert unit["WorkingDirectory"] == [f"/var/lib/{unit['StateDirectory'][0]}"]
    assert unit["Environment"] == [f"HOME={unit['WorkingDirectory'][0]}"]


def test_the_command_that_it_calls_is_one_of_ours():
    program, *arguments = read("gpt2030.service")["ExecStart"][0].split()
    assert program == f"{INSTALLED}/.venv/bin/gpt2030"  # where `make setup` puts it
    assert CliRunner().invoke(cli, [*arguments, "--help"]).exit_code == 0


def test_every_path_of_this_project_that_it_names_is_there():
    named = [
        one.removeprefix("file://").removeprefix(f"{INSTALLED}/")
        for unit in ("gpt2030.service", "gpt2030.timer")
        for one in read(unit)["Documentation"]
    ]
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_a_secret_stands_in_no_unit():
    assert read("gpt2030.service")["EnvironmentFile"] == ["-/etc/gpt2030.env"]


def test_a_stopped_run_has_the_time_that_it_takes_to_end_a_step():
    assert read("gpt2030.service")["TimeoutStopSec"] == ["45s"]


def test_what_was_due_while_the_machine_was_off_is_made_up_for():
    timer = read("gpt2030.timer")
    assert timer["Persistent"] == ["true"]
    assert timer["Unit"] == ["gpt2030.service"]
    assert timer["OnCalendar"][0].endswith(" UTC")


def test_the_user_that_it_runs_as_is_made():
    words = (UNITS / "gpt2030.sysusers").read_text().splitlines()[-1].split()
    assert words[:2] == ["u", read("gpt2030.service")["User"][0]]
    assert words[-1] == read("gpt2030.service")["WorkingDirectory"][0]
