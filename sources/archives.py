"""Reading zip archives of strangers: bounded in size and number, whole or not at all."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from sources.source import KEPT, WrongContent

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MEMBERS: Final = 2000
MAX_MEMBER_BYTES: Final = 32 << 20
MAX_TOTAL_BYTES: Final = 128 << 20
# Everything that zipfile and its decoders raise on bytes they cannot make sense of.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
    OSError, ValueError, OverflowError,
)  # fmt: skip


def read_members(body: bytes, *, feed: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Name → bytes of the wanted files of a zip archive, in the archive's order.

    Raises WrongContent when it is no zip, is cut off, one wanted file is damaged, or it unpacks to more than it may.
    Sizes are counted while unpacking: those written in the archive may lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return _unpack(archive, feed, wanted)
    except _BROKEN as error:
        raise WrongContent(
            "broken zip archive",
            where=feed,
            evidence=f"{type(error).__name__}: {error}; {len(body)} bytes",
            advice=KEPT,
        ) from error


def _unpack(archive: zipfile.ZipFile, feed: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    # Thousands of empty files cost time without ever reaching the limit on bytes.
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise _too_large(feed, f"{len(entries)} files in the archive")
    members: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        if entry.is_dir() or not wanted(entry.filename):
            continue
        with archive.open(entry) as stream:
            content = stream.read(MAX_MEMBER_BYTES + 1)  # one byte more than allowed tells "full" from "too much"
        total += len(content)
        if len(content) > MAX_MEMBER_BYTES or total > MAX_TOTAL_BYTES:
            raise _too_large(feed, f"{entry.filename} unpacks to more than {len(content) - 1} bytes")
        members[entry.filename] = content
    return members


def _too_large(feed: str, evidence: str) -> WrongContent:
    return WrongContent("the archive unpacks to too much", where=feed, evidence=evidence, advice="possibly a zip bomb")
