"""The long trials of docs/operate.md, in short: each kind of blow once, as their commands run them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from pathlib import Path

# Twenty refreshes one after the other: a minute or two alone, many beside others.
PATIENCE = 1200


def trial(name: str, *arguments: str) -> str:
    """What a trial printed; it must have ended well, with no problem found."""
    done = subprocess.run(
        [sys.executable, "-m", f"infra.{name}", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "0 problems" in done.stdout
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_a_killed_refresh_is_mended_the_same_day_the_next_and_during_recovery() -> None:
    assert "4 trials, " in trial("kill_trial", "4", "--seed", "7")


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_two_commands_that_write_take_turns() -> None:
    assert "4 trials, {'refresh': 1, 'backfill': 1, 'deliver': 1, 'ack': 1," in trial("two_writers", "4", "--seed", "7")


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small file system")
def test_a_full_disk_refuses_in_a_sentence_and_blocks_nothing(tmp_path: Path) -> None:
    # Root of a container may well not be allowed to.
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    subprocess.run(["umount", str(tmp_path)], check=True)
    said = trial("full_disk", "3")
    assert said.count("published\n") == 3


@pytest.mark.parametrize(
    "name", ["kill_trial", "two_writers", "full_disk", "signal_trial", "kill_delivery", "whatif_trial"]
)
def test_a_trial_says_what_it_takes_and_refuses_nonsense(name: str) -> None:
    command = [sys.executable, "-m", f"infra.{name}"]
    said = subprocess.run([*command, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "how many trials" in said
    refused = subprocess.run([*command, "many"], capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "'many' is no whole number from 1 on" in refused.stderr
