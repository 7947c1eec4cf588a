"""What passes between a publisher, its parser and the warehouse: answers, kept bytes, rows and refusals."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import polars as pl

    from sources.errors import SourceError


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer of a publisher: the bytes of one feed, or None in `body` when it said 'not modified'.

    Where one feed of several could not be had, `failure` says why (and `body` is None): the others still count.
    """

    feed: str
    url: str
    body: bytes | None
    etag: str | None = None
    media_type: str | None = None
    status: int | None = None
    failure: SourceError | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Bytes of one feed as kept on disk; `known_through` is the last day its rows may speak of."""

    source_id: str
    feed: str
    url: str
    body: bytes
    retrieved_at: datetime
    known_through: date
    etag: str | None = None
    media_type: str | None = None
    is_backfilled: bool = False

    @property
    def snapshot_id(self) -> str:
        """The sha256 of the bytes, in hex: the snapshot's address."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Reject:
    """One refused row, or one cell of a row that stands: where it is, what it held, and which rule refused it.

    `line` is where the refused row stands in the file; None for a cell, whose row stands `within` a line.
    """

    feed: str
    line: int | None
    column: str | None
    value: str | None
    rule: str
    reason: str
    row: Mapping[str, object]
    within: int | None = None

    @property
    def stands_at(self) -> int | None:
        """Where to look in the file, be it the row or a cell that was refused."""
        return self.within if self.line is None else self.line


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one snapshot says, as rows of contracts (`core.observation` → frame) and refused rows.

    Each frame has the arriving columns of its contract, plus `feed` and `line` (Int64, where the row stands in the
    file, from 1). `record_table` names the frame that has one row per record of the file, so that
    `record_count == rows of that frame + records named by rejects + skipped`, always. `skipped` counts records
    that carry nothing to land, by reason in words; they are reported, not quarantined.
    `is_partial` is true for feeds whose file is only the newest part: rows absent from it are not deletions.
    """

    frames: Mapping[str, pl.DataFrame]
    rejects: Sequence[Reject] = ()
    record_count: int = 0
    record_table: str = "core.observation"
    skipped: Mapping[str, int] = field(default_factory=dict)
    is_partial: bool = False
