"""What a source is: bytes in, contract rows out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.records import Fetched, Parsed, Snapshot
    from sources.web import Web


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
