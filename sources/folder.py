"""A folder of a publisher's files in place of its address: a mirror on disk, read like the network and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sources.bounds import MOST_BYTES
from sources.files import path_of, read_file
from sources.kinds import Kind, require_kind
from sources.web import WebAnswer, WebLimits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


class Folder:
    """Answers like a session of `sources.web`, from files on disk: `url` is a path below the source's folder."""

    def __init__(self, today: date | None) -> None:
        """`today` is the day of the run, for publishers with one file a day."""
        self.today, self.limits = today, WebLimits()

    def get(
        self,
        url: str,
        *,
        accept: Kind = "text",
        etag: str | None = None,
        headers: Mapping[str, str] | None = None,
        limits: WebLimits | None = None,
    ) -> WebAnswer:
        """Read one file whole; a SourceError says why it cannot be had."""
        del etag, headers  # a file has no validator, and nobody is asked
        path = path_of(url)
        body = read_file(path, min(MOST_BYTES[accept], (limits or self.limits).max_bytes))
        require_kind(body, accept, where=str(path))
        return WebAnswer(None, url, body)
