"""Asking a publisher for several files side by side in one go, each with its own outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sources.errors import RateLimited, SourceError, Unreachable
from sources.records import Fetched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.kinds import Kind
    from sources.web import Web


@dataclass(frozen=True, slots=True)
class Feed:
    """One fixed file of a publisher: its name, what it must be, and where it lies below the source's address.

    It lies under its name unless `path` is given, as where files of one name lie in several folders.
    """

    name: str
    kind: Kind
    path: str | None = None


def address(base_url: str, name: str) -> str:
    """The address of a fixed file under a folder or API root."""
    return f"{base_url.rstrip('/')}/{name}"


def fetch_feeds(web: Web, base_url: str, known: Mapping[str, str], feeds: Sequence[Feed]) -> list[Fetched]:
    """One answer per feed; a feed that failed carries its failure, so that one lost file costs nothing else.

    Raises the first failure when no feed could be had. After a dead line or a "too many requests" the remaining
    files are not asked for: that would only cost time, or patience.
    """
    answers: list[Fetched] = []
    closed: SourceError | None = None
    for feed in feeds:
        url = address(base_url, feed.path or feed.name)
        if closed is not None:
            answers.append(Fetched(feed.name, url, None, failure=closed))
            continue
        try:
            answers.append(web.get(url, accept=feed.kind, etag=known.get(feed.name)).of_feed(feed.name))
        except SourceError as error:
            # A lost file says nothing about the next one; silence and a full quota do.
            closed = error if isinstance(error, Unreachable | RateLimited) else None
            answers.append(Fetched(feed.name, url, None, status=error.status, failure=error))
    failures = [answer.failure for answer in answers if answer.failure is not None]
    if len(failures) == len(answers):
        raise failures[0]
    return answers
