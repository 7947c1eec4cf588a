"""What can go wrong between a publisher and its rows: a typed error for each, with what, where, evidence and advice.

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

from functools import partial
from typing import ClassVar, Final

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
