"""The lock of a home: one writer at a time, named to the others, and free again however he ends."""

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from warehouse.errors import HomeBusy, NotWritable
from warehouse.lock import LOCK_FILE, Claim, holder, locked
from warehouse.store import WRITER_FILE, Warehouse

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 26, 6, 17)
HOLD = """
import sys, time
from datetime import datetime
from pathlib import Path
from warehouse.lock import Claim, locked
with locked(Path(sys.argv[1]), Claim("gpt2030 refresh", datetime(2026, 11, 26, 6, 17))):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the lock of the home."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def claim(seconds=0.0):
    return Claim("gpt2030 backfill", NOW, seconds)


def take(home, seconds=0.0):
    with locked(home, claim(seconds)):
        pass


def test_whoever_comes_second_is_told_who_is_first(tmp_path, other):
    with pytest.raises(HomeBusy, match=rf"`gpt2030 refresh` \(process {other.pid}, since 2026-11-26T06:17:00Z\)"):
        take(tmp_path)
    assert "gpt2030 refresh" in holder(tmp_path)


def test_one_that_was_killed_holds_nothing(tmp_path, other):
    other.kill()
    other.wait()
    take(tmp_path)
    assert holder(tmp_path) is None


def test_one_that_is_stopped_still_holds_it(tmp_path, other):
    other.send_signal(signal.SIGSTOP)
    with pytest.raises(HomeBusy):
        take(tmp_path)


def test_whoever_waits_gets_it_when_it_is_free(tmp_path, other):
    subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -9 {other.pid}"])
    take(tmp_path, seconds=30)


def test_a_command_and_its_steps_share_it(tmp_path):
    with locked(tmp_path, claim()):
        with locked(tmp_path, claim()), Warehouse.open(tmp_path, now=NOW, claim=claim()):
            pass
        assert "gpt2030 backfill" in holder(tmp_path), "a step that ends must not let go of what the command holds"
    assert holder(tmp_path) is None


def test_a_forked_child_does_not_write_beside_its_parent(tmp_path):
    with locked(tmp_path, claim()):
        child = os.fork()
        if not child:
            try:
                take(tmp_path)
            except HomeBusy:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_after_copies_nobody_else_can_open_the_file(tmp_path):
    """What destroyed warehouses: the copy closed a descriptor of the file, and with it went the writer's lock."""
    with Warehouse.open(tmp_path, now=NOW) as warehouse:
        for number in range(3):
            warehouse.write_copy(tmp_path / f"copy-{number}.duckdb")
        code = f"import duckdb; duckdb.connect({str(tmp_path / WRITER_FILE)!r})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "lock" in done.stderr


def test_a_copy_is_the_file(tmp_path):
    with Warehouse.open(tmp_path, now=NOW) as warehouse:
        warehouse.write_copy(tmp_path / "copy.duckdb")
        warehouse.write_copy(tmp_path / "copy.duckdb")
        assert (tmp_path / "copy.duckdb").read_bytes() == (tmp_path / WRITER_FILE).read_bytes()


def test_a_file_system_that_shares_no_blocks_gets_a_copy_too(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    test_a_copy_is_the_file(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_may_not_be_written_says_so(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(NotWritable, match="give this user write permission"):
        take(tmp_path)


def test_the_lock_file_stays(tmp_path):
    take(tmp_path)
    assert (tmp_path / LOCK_FILE).exists(), "taken away, two processes could hold locks on two files of one name"
