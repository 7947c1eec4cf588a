"""Reading zip archives of strangers: bounded in size and number, whole or not at all."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from sources.bounds import MOST_BYTES, MOST_FILES, MOST_UNPACKED, require_at_most, require_size, shortened
from sources.errors import KEPT, WrongContent

if TYPE_CHECKING:
    from collections.abc import Callable

# Others unpack slowly, or ask for gigabytes of memory in their first bytes; publishers use these two.
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# Each entry of the list of files begins so.
_ENTRY: Final = b"PK\x01\x02"
# What a Mac adds to archives of its own, beside the files.
_ADDED: Final = ("__MACOSX/", "._")
# Everything that zipfile and its decoders raise on bytes they cannot make sense of.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError,
    OverflowError,
)  # fmt: skip


def read_members(body: bytes, *, feed: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Name → bytes of the wanted files of a zip archive, in the archive's order; folders are parted by `/`.

    Raises WrongContent when it is no zip, is cut off, has two files of one name, one wanted file is damaged, or it
    holds or unpacks to more than it may. Sizes are counted while unpacking: those written in the archive may lie.
    """
    require_size(body, "zip", where=feed)
    # Before the list is read: an object is made for each entry, and of a million empty files none would count.
    require_at_most(MOST_FILES, body.count(_ENTRY), "files", where=feed)
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
    members: dict[str, bytes] = {}
    total = 0
    for entry in archive.infolist():
        name = _name(entry)
        is_added = name.startswith(_ADDED) or name.rpartition("/")[2].startswith(_ADDED)
        if entry.is_dir() or is_added or not wanted(name):
            continue
        if name in members:
            raise WrongContent(f"repeated file {shortened(name)}", where=feed, advice=KEPT)
        if entry.compress_type not in _METHODS:
            evidence = f"{shortened(name)}, method {entry.compress_type}"
            raise WrongContent("a file packed in another way than deflate", where=feed, evidence=evidence)
        with archive.open(entry) as stream:
            content = stream.read(MOST_BYTES["csv"] + 1)  # one byte more than allowed tells "full" from "too much"
        total += len(content)
        if len(content) > MOST_BYTES["csv"] or total > MOST_UNPACKED:
            evidence = f"{shortened(name)} unpacks to more than {len(content) - 1:,} bytes, {total:,} with the others"
            raise WrongContent(
                "the archive unpacks to too much", where=feed, evidence=evidence, advice="possibly a zip bomb"
            )
        members[name] = content
    return members


def _name(entry: zipfile.ZipInfo) -> str:
    # Older tools on Windows write backslashes, which the format does not allow: the whole path would be one name.
    return entry.filename.replace("\\", "/")
