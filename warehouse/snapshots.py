"""Bytes as they came, addressed by sha256, and the log of every look."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from warehouse.contracts import raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from warehouse.store import Warehouse
    from warehouse.vintages import Queries


class SnapshotDamaged(Exception):
    """Kept bytes are missing or no longer have their sha256."""


class SnapshotStore:
    """The folder `snapshots/<sha256[:2]>/<sha256>`; files are written whole and never changed."""

    def __init__(self, home: Path, *, beside: Path | None = None) -> None:
        """Keep snapshots under `home`; bytes that lie under the home `beside` are read from there."""
        self.folder = home / "snapshots"
        self._beside = beside / "snapshots" if beside else None

    def path(self, snapshot_id: str) -> Path:
        """Where the bytes of a snapshot lie."""
        own = self._own_path(snapshot_id)
        if self._beside is None or own.exists():
            return own
        other = self._beside / snapshot_id[:2] / snapshot_id
        return other if other.exists() else own

    def keep(self, body: bytes) -> str:
        """Store bytes and return their sha256; a file that no longer holds those bytes is written again."""
        snapshot_id = hashlib.sha256(body).hexdigest()
        path = self.path(snapshot_id)
        if path.exists() and path.read_bytes() == body:
            return snapshot_id
        path = self._own_path(snapshot_id)  # a broken file beside us is not ours to replace
        path.parent.mkdir(parents=True, exist_ok=True)
        # By thread too: two sources that answer alike at once would take each other's file away.
        partial = path.with_name(f".{snapshot_id}.{os.getpid()}-{threading.get_ident()}.tmp")
        with partial.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return snapshot_id

    def _own_path(self, snapshot_id: str) -> Path:
        return self.folder / snapshot_id[:2] / snapshot_id

    def read(self, snapshot_id: str) -> bytes:
        """The bytes of a snapshot, verified; SnapshotDamaged names the file and what to do."""
        path = self.path(snapshot_id)
        if not path.exists():
            raise SnapshotDamaged(f"snapshot {snapshot_id} is missing at {path}; restore the file from a backup")
        body = path.read_bytes()
        found = hashlib.sha256(body).hexdigest()
        if found != snapshot_id:
            raise SnapshotDamaged(f"snapshot {path} now has sha256 {found}; restore the file from a backup")
        return body

    def remove_partial_files(self) -> int:
        """Delete what an interrupted write left behind; returns how many files."""
        partial = list(self.folder.glob("*/.*.tmp"))
        for path in partial:
            path.unlink()
        return len(partial)


class SnapshotFact(NamedTuple):
    """One row of raw.snapshot as other modules need it."""

    snapshot_id: str
    source_id: str
    feed: str
    url: str
    retrieved_at: datetime
    etag: str | None
    media_type: str | None
    is_backfilled: bool


def record_looks(warehouse: Warehouse, looks: Iterable[Mapping[str, object]]) -> int:
    """Append looks (contract raw.look)."""
    # From all rows: a column that is empty in the first ones would otherwise refuse the first text.
    return warehouse.insert(raw.LOOK, pl.DataFrame(list(looks), infer_schema_length=None))


def record_snapshots(warehouse: Warehouse, snapshots: Iterable[Mapping[str, object]]) -> int:
    """Append rows to raw.snapshot for bytes that the feed has not had before; returns how many were new."""
    frame = pl.DataFrame(list(snapshots), infer_schema_length=None)
    if frame.is_empty():
        return 0
    known = warehouse.frame("SELECT snapshot_id, source_id, feed FROM raw.snapshot")
    fresh = frame.join(known, on=["snapshot_id", "source_id", "feed"], how="anti")
    return warehouse.insert(raw.SNAPSHOT, fresh)


def in_force(warehouse: Warehouse, source_id: str, *, at: datetime) -> dict[str, SnapshotFact]:
    """The snapshot each feed of a source stands on at a moment: the one its newest successful look ended with."""
    # A failed look names the snapshot that stayed, so the newest look decides however it ended.
    rows = warehouse.rows(
        """
        SELECT s.snapshot_id, s.source_id, s.feed, s.url, s.retrieved_at, s.etag, s.media_type, s.is_backfilled
        FROM raw.look l JOIN raw.snapshot s USING (snapshot_id, source_id, feed)
        WHERE l.source_id = ? AND l.looked_at <= ?
        QUALIFY row_number() OVER (PARTITION BY l.feed ORDER BY l.looked_at DESC, l.rowid DESC) = 1
        """,
        [source_id, at],
    )
    return {fact.feed: fact for fact in (SnapshotFact(*row) for row in rows)}  # type: ignore[arg-type]


def verify_all(queries: Queries, store: SnapshotStore) -> tuple[int, list[str]]:
    """Read every kept snapshot again: how many there are, and a sentence for each that is damaged."""
    kept = queries.frame("SELECT DISTINCT snapshot_id FROM raw.snapshot ORDER BY 1")["snapshot_id"].to_list()
    problems = []
    for snapshot_id in kept:
        try:
            store.read(snapshot_id)
        except SnapshotDamaged as damage:
            problems.append(str(damage))
    return len(kept), problems


def first_kept(queries: Queries, snapshot_id: str) -> dict[str, Any] | None:
    """The row of raw.snapshot by which these bytes were kept first; None when they never were."""
    sql = "SELECT * FROM raw.snapshot WHERE snapshot_id = ? ORDER BY retrieved_at LIMIT 1"
    return next(iter(queries.frame(sql, [snapshot_id]).to_dicts()), None)


def listed_snapshots(queries: Queries) -> pl.DataFrame:
    """Every kept snapshot, newest first: source_id, feed, retrieved_at, bytes, snapshot_id, url."""
    return queries.frame(
        """SELECT source_id, feed, retrieved_at, bytes, snapshot_id, url FROM raw.snapshot
           ORDER BY retrieved_at DESC, source_id, feed"""
    )
