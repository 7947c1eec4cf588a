"""The warehouse is kept in a format that old clients read; homes made in a newer one are carried over once."""

from __future__ import annotations

import errno
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.vintages_made import START, arrive, moment, observation
from warehouse import storage
from warehouse.lock import LOCK_FILE
from warehouse.opening import logs_beside
from warehouse.publication import publish_copy
from warehouse.store import CONFIG, READ_COPY_FILE, WRITER_FILE, Warehouse, WarehouseError

ASK = "select series_id, source_row_id, value, recorded_at from core.observation order by all"
# The version in a file's head that every client since 1.0 reads; 68 is the first that only clients since 1.5 do.
OLD, NEW = 64, 68


def version(home):
    return int.from_bytes((home / WRITER_FILE).read_bytes()[12:20], "little")


def leftovers(home):
    return sorted(path.name for path in home.iterdir() if path.name not in {WRITER_FILE, LOCK_FILE})


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """A home as an early version made it."""
    with monkeypatch.context() as early:
        early.setitem(CONFIG, "storage_compatibility_version", "v1.5.0")
        early.setattr(storage, "carry_over", lambda _: None)
        with Warehouse.open(tmp_path, now=START) as warehouse:
            arrive(warehouse, "publisher", START, [observation("a", 0.1), observation("b", 0.2)])
            arrive(warehouse, "publisher", moment(1), [observation("a", 0.1), observation("b", 0.3)])
    assert version(tmp_path) == NEW
    return tmp_path


def told(home):
    """Rows, and what the file says of itself. The text of a view is not the same in both formats, only its meaning."""
    asked = [
        ASK,
        "select view_name, comment from duckdb_views() where not internal order by all",
        "select function_name, parameters, comment from duckdb_functions() where not internal order by all",
        "select table_name, column_name, data_type, comment from duckdb_columns() where not internal order by all",
        "from frontier",
        "from observation_as_of('2024-01-01') order by all",
    ]
    with duckdb.connect(str(home / WRITER_FILE), read_only=True) as anybody:
        return [anybody.execute(sql).fetchall() for sql in asked]


def test_a_new_home_is_in_the_format_that_old_clients_read(tmp_path):
    with Warehouse.open(tmp_path, now=START):
        pass
    assert version(tmp_path) == OLD


def test_a_home_in_a_newer_format_is_carried_over_with_everything_in_it(newer):
    before = told(newer)
    (newer / WRITER_FILE).chmod(0o600)
    with Warehouse.open(newer, now=moment(2)):
        pass
    assert version(newer) == OLD
    assert told(newer) == before
    assert leftovers(newer) == []
    assert stat.S_IMODE((newer / WRITER_FILE).stat().st_mode) == 0o600


def test_it_is_done_once(newer):
    with Warehouse.open(newer, now=moment(2)):
        pass
    made = (newer / WRITER_FILE).stat().st_ino
    with Warehouse.open(newer, now=moment(3)):
        pass
    assert (newer / WRITER_FILE).stat().st_ino == made


def test_what_a_killed_run_left_of_it_is_in_nobodys_way(newer):
    before = told(newer)
    (newer / f".{WRITER_FILE}.format.tmp").write_bytes(b"half of a file")
    (newer / f".{WRITER_FILE}.format.tmp.wal").write_bytes(b"and its log")
    with Warehouse.open(newer, now=moment(2)):
        pass
    assert (version(newer), told(newer), leftovers(newer)) == (OLD, before, [])


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_a_killed_run_left_in_its_log_is_carried_over_too(newer):
    code = """
import duckdb, os, signal, sys
client = duckdb.connect(sys.argv[1])
client.execute("update core.observation set value = 7 where source_row_id = 'a'")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, str(newer / WRITER_FILE)], check=False)
    assert logs_beside(newer / WRITER_FILE)
    with Warehouse.open(newer, now=moment(2)) as warehouse:
        assert warehouse.rows("select distinct value from core.observation where source_row_id = 'a'") == [(7,)]
    assert (version(newer), leftovers(newer)) == (OLD, [])


@pytest.mark.parametrize("body", [b"", b"no database at all, but long enough", b"\0" * 8 + b"DUCK" + b"\xff" * 5000])
def test_a_file_that_is_none_is_left_to_whoever_opens_it(tmp_path, body):
    (tmp_path / WRITER_FILE).write_bytes(body)
    storage.carry_over(tmp_path / WRITER_FILE)
    storage.carry_over(tmp_path / "nothing here")
    assert (tmp_path / WRITER_FILE).read_bytes() == body
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("trouble", ["no room", "another content"])
def test_where_it_cannot_be_done_the_old_file_goes_on(newer, monkeypatch, trouble):
    before = told(newer)
    if trouble == "no room":
        monkeypatch.setattr(storage.shutil, "copymode", full)
    else:
        monkeypatch.setattr(storage, "_SHAPE", ("SELECT database_name FROM duckdb_tables()",))
    with Warehouse.open(newer, now=moment(2)):
        pass
    assert (version(newer), told(newer), leftovers(newer)) == (NEW, before, [])


def test_a_path_with_a_quote_is_a_path_like_any_other(newer, tmp_path_factory):
    place = Path(tmp_path_factory.mktemp("it's"))
    (newer / WRITER_FILE).replace(place / WRITER_FILE)
    with Warehouse.open(place, now=moment(2)):
        pass
    assert version(place) == OLD


def published(home):
    """A home with two vintages and a read copy of them."""
    with Warehouse.open(home, now=START) as warehouse:
        arrive(warehouse, "publisher", START, [observation("a", 0.1), observation("b", 0.2)])
        arrive(warehouse, "publisher", moment(1), [observation("a", 0.1), observation("b", 0.3)])
        publish_copy(warehouse, home)
    return told(home)


def test_a_lost_writers_file_is_made_anew_from_what_was_published(tmp_path, caplog):
    """Begun anew beside it, the next publication wrote over the last file that knew the history, and said nothing."""
    before = published(tmp_path)
    (tmp_path / WRITER_FILE).unlink()
    (tmp_path / f"{WRITER_FILE}.wal").write_bytes(b"of the lost file")
    with Warehouse.open(tmp_path, now=moment(2)) as warehouse:
        arrive(warehouse, "publisher", moment(2), [observation("a", 0.1), observation("b", 0.3)])
        publish_copy(warehouse, tmp_path)
    assert "was gone and is made anew from gpt2030.duckdb" in caplog.text
    assert told(tmp_path) == before


def test_without_anything_published_a_home_begins_empty(tmp_path, caplog):
    with Warehouse.open(tmp_path, now=START) as warehouse:
        assert warehouse.rows(ASK) == []
    assert caplog.text == ""


def test_a_lost_writers_file_beside_a_damaged_copy_is_a_sentence(tmp_path):
    published(tmp_path)
    (tmp_path / WRITER_FILE).unlink()
    (tmp_path / READ_COPY_FILE).chmod(0o600)
    (tmp_path / READ_COPY_FILE).write_bytes(b"rubbish" * 1000)
    with pytest.raises(WarehouseError, match="cannot be read either: "):
        Warehouse.open(tmp_path, now=moment(2))
    assert not (tmp_path / WRITER_FILE).exists(), "nothing is begun beside it"


def test_a_damaged_writers_file_is_not_taken_for_a_lost_one(tmp_path):
    published(tmp_path)
    (tmp_path / WRITER_FILE).write_bytes(b"")
    with pytest.raises(WarehouseError, match="or move it away: the next run makes it anew"):
        Warehouse.open(tmp_path, now=moment(2))
    (tmp_path / WRITER_FILE).unlink()
    with Warehouse.open(tmp_path, now=moment(2)) as warehouse:
        assert warehouse.rows("SELECT count(*) FROM core.observation") == [(3,)]


class TestHollow:
    """A large file that is mostly room of rows that are gone is written anew; what it holds is the same."""

    @pytest.fixture
    def hollow(self, tmp_path, monkeypatch):
        """A home of which most has gone; a file of a few megabytes counts as large, or this would take a minute."""
        monkeypatch.setattr(storage, "LARGE", 1 << 20)
        with Warehouse.open(tmp_path, now=START) as warehouse:
            arrive(warehouse, "publisher", START, [observation("a", 0.1)])
            warehouse.execute("CREATE TABLE core.gone AS SELECT hash(i) AS h FROM range(1000000) AS r(i)")
            warehouse.execute("CHECKPOINT")
            warehouse.execute("DROP TABLE core.gone")
            warehouse.execute("CHECKPOINT")
        return tmp_path

    def test_it_is_written_anew_with_everything_in_it(self, hollow):
        before, size = told(hollow), (hollow / WRITER_FILE).stat().st_size
        with Warehouse.open(hollow, now=moment(1)):
            pass
        assert (hollow / WRITER_FILE).stat().st_size < size / 2
        assert told(hollow) == before
        assert leftovers(hollow) == []

    def test_a_small_one_is_left_as_it_is(self, hollow, monkeypatch):
        monkeypatch.setattr(storage, "LARGE", 1 << 40)
        size = (hollow / WRITER_FILE).stat().st_size
        storage.carry_over(hollow / WRITER_FILE)
        assert (hollow / WRITER_FILE).stat().st_size == size

    def test_a_full_one_is_left_as_it_is(self, hollow):
        with Warehouse.open_file(hollow / WRITER_FILE) as warehouse:
            warehouse.execute("CREATE TABLE core.back AS SELECT hash(i) AS h FROM range(1000000) AS r(i)")
        status = (hollow / WRITER_FILE).stat()
        storage.carry_over(hollow / WRITER_FILE)
        assert (hollow / WRITER_FILE).stat().st_ino == status.st_ino
