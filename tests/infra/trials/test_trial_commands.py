"""What is loaded before trials fork: everything a refresh needs, and no thread that a fork would lose."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

THREADS = """
from pathlib import Path
from infra.trials.trial_commands import load
load()
print(*{path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")}, sep="\\n")
"""


def test_what_is_loaded_before_a_fork_starts_no_workers_of_polars():
    """A forked child has none of them, and would wait for them for ever at its first frame."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    names = done.stdout.split()
    assert names
    assert not {f"polars-{n}" for n in range(64)} & set(names)


LOADED = """
import gc, sys
from flows.edition.shell import environment
from infra.trials.trial_commands import load
load()
print(*{"sources.metr", "flows.edition.row_page", "flows.commands.status", "pyarrow.dataset"} - set(sys.modules))
print("row.html.j2" in {name for _, name in environment().cache}, gc.get_freeze_count() > 0)
"""


def test_what_is_imported_when_it_is_needed_is_there_before_the_fork():
    """Each fork would import publishers, pages and commands anew, and go through all of it for garbage."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines() == ["", "True True"]
