"""What a source is: bytes in, contract rows out, and a typed error for everything that can go wrong on the way.

SourceError                 what, where, evidence, what to do
├── FetchError              the publisher could not be read; what was read before, if anything, stays in force
│   ├── Unreachable         no connection, or none in time
│   ├── Refused             401, 403, challenge pages
│   ├── RateLimited         429, also after waiting
│   ├── ServerFailed        5xx
│   ├── NotFound            404, 410
│   ├── TooLarge            more bytes than the source may have
│   └── Truncated           the transfer broke off, also after retries
├── WrongContent            the bytes are not what the source publishes: HTML for CSV, a broken zip, a lost column
└── MissingKey              the source needs a key and none is set
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import polars as pl

    from sources.web import Web


KEPT: Final = "what was read before, if anything, stays in force"
MOST_WORDS: Final = 1_000  # characters of each part of a message


class SourceError(Exception):
    """What went wrong with a source; `outcome` is the word that `raw.look` records for it."""

    outcome: ClassVar[str] = "wrong_content"

    def __init__(
        self, what: str, *, where: str, evidence: str = "", advice: str = "", status: int | None = None
    ) -> None:
        """Name the failure, the place, what was seen there and what a person can do; strangers' words are cut short."""
        # A header or a file name may have megabytes, and this text goes to logs, alerts and the warehouse.
        what, where, evidence = (_cut(words) for words in (what, where, evidence))
        self.what, self.where, self.evidence, self.advice, self.status = what, where, evidence, advice, status
        parts = [f"{what} at {where}", evidence and f"seen: {evidence}", advice]
        super().__init__("; ".join(part for part in parts if part))

    def __reduce__(self) -> tuple[partial[SourceError], tuple[()]]:
        """Rebuild from the parts: by default an error with named arguments cannot come back from another process."""
        again = partial(
            type(self), self.what, where=self.where, evidence=self.evidence, advice=self.advice, status=self.status
        )
        return again, ()


def _cut(words: str) -> str:
    return words if len(words) <= MOST_WORDS else words[: MOST_WORDS - 1] + "…"


class FetchError(SourceError):
    """The publisher could not be read."""

    outcome = "unreachable"


class Unreachable(FetchError):
    """No connection, or no answer in time."""


class Refused(FetchError):
    """The publisher answered that we may not have it."""

    outcome = "refused"


class RateLimited(FetchError):
    """Too many requests, also after waiting as told."""

    outcome = "rate_limited"


class ServerFailed(FetchError):
    """The publisher's server failed."""

    outcome = "server_error"


class NotFound(FetchError):
    """The address is gone."""

    outcome = "not_found"


class TooLarge(FetchError):
    """More bytes than the source may have."""

    outcome = "too_large"


class Truncated(FetchError):
    """The transfer broke off, also after retries."""

    outcome = "truncated"


class WrongContent(SourceError):
    """The bytes are not what the source publishes."""


class MissingKey(SourceError):
    """The source needs a key and none is set."""

    outcome = "missing_key"


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
    """One refused row: where it stands, what it held, and which rule refused it."""

    feed: str
    line: int | None
    column: str | None
    value: str | None
    rule: str
    reason: str
    row: Mapping[str, object]


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


class Source(Protocol):
    """One publisher. `fetch` may raise SourceError; `parse` is total: bad data become rejects, never exceptions.

    The one exception of `parse` is WrongContent for a snapshot that as a whole is not what the source publishes.
    """

    source_id: ClassVar[str]
    title: ClassVar[str]
    licence: ClassVar[str]
    default_url: ClassVar[str]
    is_redistributable: ClassVar[bool]

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask the publisher for each feed; `known` maps a feed to the ETag of the snapshot in force."""
        ...

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read one snapshot into contract rows and rejects."""
        ...
