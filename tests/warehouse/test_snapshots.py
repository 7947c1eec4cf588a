"""Bytes as they came: kept whole under their sha256, verified when read, and the log of every look."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, moment
from warehouse.snapshots import (
    SnapshotDamaged,
    SnapshotStore,
    in_force,
    record_looks,
    record_snapshots,
    verify_all,
)

A, B = b"first body", b"second body"


@pytest.fixture
def store(tmp_path):
    return SnapshotStore(tmp_path / "home")


class TestStore:
    """The folder of bytes."""

    @given(st.binary(max_size=2000))
    def test_what_is_kept_is_read_back_under_its_sha256(self, tmp_path_factory, body):
        store = SnapshotStore(tmp_path_factory.mktemp("home"))
        snapshot_id = store.keep(body)
        assert snapshot_id == hashlib.sha256(body).hexdigest()
        assert store.read(snapshot_id) == body

    def test_the_file_lies_where_users_rely_on_it(self, store):
        snapshot_id = store.keep(A)
        assert store.path(snapshot_id) == store.folder / snapshot_id[:2] / snapshot_id
        assert store.path(snapshot_id).read_bytes() == A

    def test_the_same_bytes_are_stored_once(self, store):
        written = store.path(store.keep(A)).stat()
        again = store.path(store.keep(A)).stat()
        assert (written.st_ino, written.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)

    @pytest.mark.parametrize("damaged", [A[:-1], A[:-1] + b"?", b""])
    def test_a_damaged_file_is_written_again(self, store, damaged):
        snapshot_id = store.keep(A)
        store.path(snapshot_id).write_bytes(damaged)
        assert store.keep(A) == snapshot_id
        assert store.read(snapshot_id) == A

    def test_the_same_bytes_may_come_from_many_sources_at_once(self, store):
        with ThreadPoolExecutor(8) as pool:
            kept = list(pool.map(store.keep, [bytes([k // 8]) * 100_000 for k in range(800)]))
        assert all(store.read(snapshot_id) for snapshot_id in set(kept))

    def test_nothing_partial_is_left_beside_the_file(self, store):
        snapshot_id = store.keep(A)
        assert [path.name for path in store.path(snapshot_id).parent.iterdir()] == [snapshot_id]

    @pytest.mark.parametrize("damage", [b"", b"other bytes", A + b"x"])
    def test_changed_bytes_are_refused_with_the_file_and_what_was_found(self, store, damage):
        path = store.path(store.keep(A))
        path.write_bytes(damage)
        with pytest.raises(SnapshotDamaged, match=f"{path} now has sha256 {hashlib.sha256(damage).hexdigest()}"):
            store.read(path.name)

    def test_a_missing_file_is_named(self, store):
        with pytest.raises(SnapshotDamaged, match=r"missing at .*restore the file from a backup"):
            store.read("0" * 64)

    def test_what_an_interrupted_write_left_is_removed_and_nothing_else(self, store):
        path = store.path(store.keep(A))
        path.with_name(f".{path.name}.1234.tmp").write_bytes(b"half")
        assert store.remove_partial_files() == 1
        assert [left.name for left in path.parent.iterdir()] == [path.name]
        assert store.remove_partial_files() == 0

    def test_a_store_beside_another_reads_there_and_writes_only_at_home(self, tmp_path, store):
        snapshot_id = store.keep(A)
        beside = SnapshotStore(tmp_path / "other", beside=tmp_path / "home")
        assert beside.read(snapshot_id) == A
        assert beside.keep(A) == snapshot_id
        other_id = beside.keep(B)
        assert [path.name for path in (tmp_path / "other").rglob("*") if path.is_file()] == [other_id]
        assert not store.path(other_id).exists()

    def test_a_broken_file_beside_is_not_replaced_there(self, tmp_path, store):
        path = store.path(store.keep(A))
        path.write_bytes(b"broken")
        beside = SnapshotStore(tmp_path / "other", beside=tmp_path / "home")
        assert beside.read(beside.keep(A)) == A
        assert path.read_bytes() == b"broken"


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path / "home", now=START) as opened:
        yield opened


NUMBERS = count()


def snapshot(body, source="metr", feed="runs", day=0):
    return {
        "snapshot_id": hashlib.sha256(body).hexdigest(), "source_id": source, "feed": feed, "bytes": len(body),
        "url": "https://example.org", "retrieved_at": moment(day), "etag": '"1"', "media_type": "text/csv",
        "licence": "CC BY 4.0", "is_backfilled": False,
    }  # fmt: skip


def look(body, day, outcome="changed", source="metr", feed="runs"):
    return {
        "look_id": f"look-{next(NUMBERS)}", "source_id": source, "feed": feed, "url": "https://example.org",
        "looked_at": moment(day), "outcome": outcome, "http_status": 200, "detail": None,
        "snapshot_id": None if body is None else hashlib.sha256(body).hexdigest(),
    }  # fmt: skip


def standing(warehouse, day, source="metr"):
    return {feed: fact.snapshot_id for feed, fact in in_force(warehouse, source, at=moment(day)).items()}


def digest(body):
    return hashlib.sha256(body).hexdigest()


class TestLog:
    """Every look leaves a row; bytes get one per feed; the newest look that brought something is in force."""

    def test_every_look_is_logged_also_when_nothing_came(self, warehouse):
        assert record_looks(warehouse, [look(None, 0, "offline"), look(None, 0, "unreachable", feed="tasks")]) == 2
        assert warehouse.rows("SELECT outcome FROM raw.look ORDER BY 1") == [("offline",), ("unreachable",)]

    def test_no_looks_are_no_rows(self, warehouse):
        assert record_looks(warehouse, []) == 0
        assert record_snapshots(warehouse, []) == 0

    def test_bytes_are_recorded_once_per_feed(self, warehouse):
        assert record_snapshots(warehouse, [snapshot(A)]) == 1
        assert record_snapshots(warehouse, [snapshot(A, day=1), snapshot(A, feed="tasks"), snapshot(B)]) == 2
        assert warehouse.rows(
            "SELECT retrieved_at FROM raw.snapshot WHERE feed = 'runs' AND snapshot_id = ?", [digest(A)]
        ) == [(moment(0),)]

    def test_nothing_is_in_force_before_the_first_look(self, warehouse):
        record_snapshots(warehouse, [snapshot(A)])
        record_looks(warehouse, [look(A, 1)])
        assert standing(warehouse, 0) == {}
        assert standing(warehouse, 1) == {"runs": digest(A)}

    def test_the_newest_look_by_the_moment_asked_decides(self, warehouse):
        record_snapshots(warehouse, [snapshot(A), snapshot(B, day=2)])
        record_looks(warehouse, [look(A, 0), look(B, 2), look(A, 4)])
        assert [standing(warehouse, day)["runs"] for day in (0, 1, 2, 3, 4)] == [digest(one) for one in (A, A, B, B, A)]

    def test_of_two_looks_at_one_moment_the_later_written_decides(self, warehouse):
        record_snapshots(warehouse, [snapshot(A), snapshot(B)])
        record_looks(warehouse, [look(A, 0)])
        record_looks(warehouse, [look(B, 0)])
        assert standing(warehouse, 0) == {"runs": digest(B)}

    @pytest.mark.parametrize("outcome", ["unreachable", "offline"])
    def test_a_look_that_brought_nothing_good_leaves_what_stood(self, warehouse, outcome):
        record_snapshots(warehouse, [snapshot(A), snapshot(B)])
        record_looks(warehouse, [look(A, 0), look(A, 1, outcome)])
        assert standing(warehouse, 1) == {"runs": digest(A)}

    def test_feeds_and_sources_do_not_mix(self, warehouse):
        record_snapshots(warehouse, [snapshot(A), snapshot(B, feed="tasks"), snapshot(B, source="epoch")])
        record_looks(warehouse, [look(A, 0), look(B, 0, feed="tasks"), look(B, 0, source="epoch")])
        assert standing(warehouse, 0) == {"runs": digest(A), "tasks": digest(B)}

    def test_a_fact_carries_what_the_next_request_needs(self, warehouse):
        record_snapshots(warehouse, [snapshot(A)])
        record_looks(warehouse, [look(A, 0)])
        fact = in_force(warehouse, "metr", at=moment(0))["runs"]
        assert (fact.etag, fact.media_type, fact.url) == ('"1"', "text/csv", "https://example.org")
        assert (fact.retrieved_at, fact.is_backfilled) == (moment(0), False)


def test_verifying_names_every_damaged_snapshot_and_only_those(warehouse, store):
    record_snapshots(warehouse, [snapshot(body) for body in (A, B, b"third")])
    for body in (A, B):
        store.keep(body)
    store.path(digest(B)).write_bytes(b"changed")
    count, problems = verify_all(warehouse, store)
    assert (count, len(problems)) == (3, 2)
    (changed,) = [one for one in problems if digest(B) in one]
    (missing,) = [one for one in problems if digest(b"third") in one]
    assert "now has sha256" in changed
    assert "is missing" in missing
