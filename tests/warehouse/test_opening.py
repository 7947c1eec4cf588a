"""The read copy is read as it was published, whatever clients of other people do to the file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import contextmanager

import duckdb
import pytest

from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation
from warehouse.opening import logs_beside
from warehouse.reader import Reader, Unreadable
from warehouse.sandbox import CopyUnreadable, ReadCopy
from warehouse.sandbox.worker import connect
from warehouse.store import READ_COPY_FILE, WRITER_FILE, publish_read_copy

# A client that writes into the read copy and is killed before it has put that into the file.
KILLED = """
import duckdb, os, signal, sys
client = duckdb.connect(sys.argv[1])
client.execute("create table main.scratch as select 1 as x")
client.execute("create or replace view observation_latest as select 7 as value")
os.kill(os.getpid(), signal.SIGKILL)
"""
# A client that opens the read copy the way DuckDB does it by default, and stays until its input ends.
STAYING = """
import duckdb, sys
client = duckdb.connect(sys.argv[1])
client.execute(sys.argv[2])
print("open", flush=True)
sys.stdin.read()
"""
ASK = "select distinct value from observation_latest"


def publish(home, value):
    with fresh(home, now=START) as warehouse:
        arrive(warehouse, "publisher", moment(round(value * 10)), [observation("a", value)])
        warehouse.write_copy(home / "candidate")
    publish_read_copy(home / "candidate", home)


@pytest.fixture
def home(tmp_path):
    publish(tmp_path / "home", 0.1)
    # The file may be read-only by its mode; its owner, or root, can change that.
    (tmp_path / "home" / READ_COPY_FILE).chmod(0o600)
    return tmp_path / "home"


def killed_client(home):
    subprocess.run([sys.executable, "-c", KILLED, str(home / READ_COPY_FILE)], check=False)
    assert logs_beside(home / READ_COPY_FILE)


@contextmanager
def staying_client(home, does="select 1"):
    command = [sys.executable, "-c", STAYING, str(home / READ_COPY_FILE), does]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdout.readline() == b"open\n"
        yield client
        client.stdin.close()


def seen(home):
    """What both of our readers see."""
    with Reader(home / READ_COPY_FILE) as reader, ReadCopy.open(home / READ_COPY_FILE) as copy:
        assert reader.rows(ASK) == copy.query(ASK).frame.rows()
        assert reader.rows("show tables") == copy.query("show tables").frame.rows()
        return reader.rows(ASK)


def test_what_a_killed_client_wrote_is_not_read(home):
    killed_client(home)
    assert seen(home) == [(0.1,)]


def test_what_a_killed_client_left_is_gone_with_the_next_publication(home):
    killed_client(home)
    publish(home, 0.2)
    assert logs_beside(home / READ_COPY_FILE) == []
    with duckdb.connect(str(home / READ_COPY_FILE), read_only=True) as anybody:
        assert anybody.execute(ASK).fetchall() == [(0.2,)]
    assert seen(home) == [(0.2,)]


def test_a_log_that_lies_beside_the_new_file_already_is_not_read_and_goes_with_the_next_publication(home):
    """As a home is that an older version published over such a log, or over a client that goes on writing."""
    killed_client(home)
    (log,) = logs_beside(home / READ_COPY_FILE)
    kept = log.read_bytes()
    publish(home, 0.2)
    log.write_bytes(kept)
    assert seen(home) == [(0.2,)]
    publish(home, 0.3)
    assert seen(home) == [(0.3,)]
    assert logs_beside(home / READ_COPY_FILE) == []


def test_a_log_is_taken_away_before_the_new_file_comes(home, monkeypatch):
    """A reader, or a power cut, between the two must find the old file without a log, never the new one with it."""
    killed_client(home)
    found = []
    replace = type(home).replace
    monkeypatch.setattr(
        type(home), "replace", lambda one, other: (found.extend(logs_beside(other)), replace(one, other))[1]
    )
    publish(home, 0.2)
    assert found == []


@pytest.mark.parametrize("does", ["select 1", "create table main.scratch as select 1 as x"])
def test_readers_go_on_while_a_client_holds_the_file_for_writing(home, does):
    with staying_client(home, does):
        assert seen(home) == [(0.1,)]


def test_a_publication_is_seen_while_a_client_holds_the_file_before(home):
    with staying_client(home, "create table main.scratch as select 1 as x"):
        publish(home, 0.2)
        assert seen(home) == [(0.2,)]


def test_nothing_is_left_behind_by_reading_a_copy_elsewhere(home, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with staying_client(home):
        assert seen(home) == [(0.1,)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_where_no_copy_can_be_made_it_is_said_who_holds_the_file_and_what_to_do(home, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with staying_client(home) as client:
        with pytest.raises(Unreadable, match=rf"cannot read .*PID {client.pid}.*no copy of it can be made.*close that"):
            Reader(home / READ_COPY_FILE)
        with pytest.raises(CopyUnreadable, match=rf"(?s)PID {client.pid}.*close that client, or let it open the file"):
            connect(str(home / READ_COPY_FILE), 2**28)


def test_a_spill_of_a_reader_of_a_copy_elsewhere_has_a_place(home):
    killed_client(home)
    with Reader(home / READ_COPY_FILE) as reader:
        (place,) = reader.rows("select current_setting('temp_directory')")[0]
        assert os.access(str(place), os.W_OK)


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o400), (0o022, 0o444), (0o027, 0o440)])
def test_nobody_may_write_to_what_is_published_and_who_may_read_it_stays(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        publish(tmp_path, 0.1)
        publish(tmp_path, 0.2)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / READ_COPY_FILE).stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / WRITER_FILE).stat().st_mode) & 0o200


@pytest.mark.parametrize("body", [b"", b"no database"])
def test_a_file_that_is_no_copy_is_named_as_such(tmp_path, body):
    (tmp_path / READ_COPY_FILE).write_bytes(body)
    with pytest.raises(Unreadable, match=r"cannot read .*`gpt2030 refresh` publishes it anew"):
        Reader(tmp_path / READ_COPY_FILE)
