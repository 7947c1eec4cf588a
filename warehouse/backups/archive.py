"""The form of a backup: a tar compressed with zstd that opens with what it is and ends with the sums of its members.

gpt2030-backup.json   first: form, moment, versions, how many bytes follow at most
warehouse.duckdb …    the files of the home, each content once: files of one content are names of one member
manifest.json         file → member and sha256 of every file of the home
manifest.sha256       last: the sha256 of the manifest and of the head
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from warehouse.corrections import CORRECTIONS_FILE
from warehouse.errors import WarehouseError
from warehouse.store import READ_COPY_FILE, WRITER_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM: Final = 1
HEAD: Final = "gpt2030-backup.json"
MANIFEST: Final = "manifest.json"
SEAL: Final = "manifest.sha256"
COMPRESSION: Final = "zstd"
PIECE: Final = 1 << 20
# What may stand in a home by a backup's word: nothing hidden, nothing above, no folder of Prefect's.
_HEX: Final = "[0-9a-f]"
_PART: Final = r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*"
_ALLOWED: Final = re.compile(
    rf"{re.escape(WRITER_FILE)}|{re.escape(READ_COPY_FILE)}|{re.escape(CORRECTIONS_FILE)}"
    rf"|snapshots/({_HEX}{{2}})/\1{_HEX}{{62}}|editions/{_PART}(/{_PART})+"
)


class BadBackup(WarehouseError):
    """The file is no backup, or not whole, or holds what no backup holds."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup says of itself before anything else; `files_bytes` is how much it unpacks to at most."""

    form: int
    made_at: str
    code_version: str
    edition_id: str | None
    files_bytes: int

    def as_bytes(self) -> bytes:
        """As it is written."""
        return as_json({"what": "a backup of gpt2030", **asdict(self)})

    @classmethod
    def read(cls, body: bytes) -> Head:
        """The head of a backup; BadBackup when this is none, or one of a form that came after this program."""
        try:
            said = json.loads(body)
            head = cls(**{name: said[name] for name in cls.__slots__})
            form, size = int(head.form), int(head.files_bytes)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadBackup("its head cannot be read: the file is damaged, or no backup of gpt2030") from None
        if form > FORM:
            raise BadBackup(f"it was made by a newer gpt2030 ({head.code_version}); restore it with that version")
        if size < 0:
            raise BadBackup("its head cannot be read: the file is damaged")
        return head


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of the home: the member whose bytes it has, and their sha256."""

    member: str
    sha256: str


def manifest_bytes(files: Mapping[str, Packed]) -> bytes:
    """The manifest as it is written."""
    return as_json({name: asdict(entry) for name, entry in sorted(files.items())})


def read_manifest(body: bytes) -> dict[str, Packed]:
    """The files that a backup holds; BadBackup when it names one that no home has."""
    try:
        files = {check_name(name): Packed(str(one["member"]), str(one["sha256"])) for name, one in _said(body).items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadBackup("its manifest cannot be read: the file is damaged") from None
    return files


def is_name(name: str) -> bool:
    """Whether a home has files of this name that a backup carries."""
    return _ALLOWED.fullmatch(name) is not None


def check_name(name: str) -> str:
    """The name of a file of a home; BadBackup for any other, above all for places outside of it."""
    if not is_name(name):
        raise BadBackup(f"it holds {name!r}, which is no file of a home: it was not made by `gpt2030 backup`")
    return name


def as_json(what: Any) -> bytes:
    """For a person who looks inside."""
    return (json.dumps(what, indent=1, ensure_ascii=False) + "\n").encode()


def _said(body: bytes) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(body)
    return said
