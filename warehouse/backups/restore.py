"""Putting a backup in place: unpacked beside the home, verified to the last byte, and renamed; or nothing at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tarfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, Self

from warehouse.backups.archive import (
    COMPRESSION,
    HEAD,
    MANIFEST,
    PIECE,
    SEAL,
    BadBackup,
    Head,
    Packed,
    check_name,
    read_manifest,
)
from warehouse.editions import MANIFEST as EDITION_MANIFEST
from warehouse.editions import EditionShelf
from warehouse.errors import NewerHome, NoRoom, WarehouseError, of_medium
from warehouse.lock import LOCK_FILE, Claim, locked
from warehouse.reader import Reader, Unreadable
from warehouse.store import READ_COPY_FILE, WRITABLE, WRITER_FILE, newer_than_this

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SMALL: Final = 1 << 16
_BEFORE: Final = frozenset(
    {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
)
_MANIFEST_BYTES: Final = 1 << 28
_TAKEN: Final = frozenset({errno.ENOTEMPTY, errno.EEXIST})
_FOREIGN: Final = "it is damaged, cut off, or no backup of gpt2030"


@dataclass(frozen=True, slots=True)
class Restored:
    """A home that was put in place: what the backup says of itself, and how many files there are."""

    head: Head
    files: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a backup goes: the home, what prepares the folder beside it, and what is called before each file."""

    home: Path
    claim: Claim
    prepare: Callable[[Path], object]
    between: Callable[[], None]

    @property
    def beside(self) -> Path:
        """The folder to unpack in: of one name, so that what a killed restore has left is found by the next."""
        return self.home.with_name(f".{self.home.name}.restore.tmp")


def opened_head(backup: Path) -> Head:
    """What a file says of itself; BadBackup when it is no backup."""
    with _opened(backup) as tar:
        return _Unpacking(tar).head()


def restore(backup: Path, place: Destination) -> Restored:
    """Make the home from a backup; it must not be there, or be empty.

    BadBackup, NewerHome and other WarehouseErrors say why not, and then nothing is left behind.
    """
    require_empty(place.home)
    with _told(backup):
        opened_head(backup)  # a file that is something else altogether needs no folder
    place.prepare(place.beside)
    # The lock lies in the folder and moves with it: whoever finds the home in place finds it locked until we are done.
    with locked(place.beside, place.claim), ExitStack() as unless_done:
        unless_done.callback(shutil.rmtree, place.beside, ignore_errors=True)
        _clear(place.beside)
        place.prepare(place.beside)
        try:
            restored = _unpack(backup, place)
            place.prepare(place.beside)  # nobody else may read more of the files than is set
            place.between()
            _put(place)
        except OSError as error:
            raise of_medium(error, place.home) or error from error
        unless_done.pop_all()
    return restored


def require_empty(home: Path) -> None:
    """WarehouseError unless nothing lies at a place, or an empty folder."""
    if home.is_mount():
        raise WarehouseError(
            f"{home} is a mount point, which cannot be put in place whole; restore to a folder below it"
        )
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise WarehouseError(
            f"{home} is not empty, and a restore overwrites nothing; move it away, or choose another place with --home"
        )


def _unpack(backup: Path, place: Destination) -> Restored:
    with _told(backup):
        with _opened(backup) as tar:
            unpacking = _Unpacking(tar)
            head = unpacking.head()
            if shutil.disk_usage(place.beside).free < head.files_bytes:
                raise NoRoom(
                    f"no room for {head.files_bytes:,} bytes beside {place.home}; free some space and try again"
                )
            names = unpacking.unpack(head, place)
        _require_ours(place.beside)
        if f"editions/{head.edition_id}/{EDITION_MANIFEST}" in names:
            EditionShelf(place.beside).point_latest(str(head.edition_id))
    return Restored(head, len(names))


@contextmanager
def _told(backup: Path) -> Iterator[None]:
    """Inside, what is wrong with a backup is said of its file."""
    try:
        yield
    except (BadBackup, NewerHome) as error:
        raise type(error)(f"cannot restore {backup}: {error}") from None


@contextmanager
def _opened(backup: Path) -> Iterator[tarfile.TarFile]:
    """The archive in a file, read from front to back; BadBackup when it is none, or breaks off inside."""
    import pyarrow as pa

    with backup.open("rb") as file:
        packed = pa.CompressedInputStream(file, COMPRESSION)
        try:
            with tarfile.open(fileobj=packed, mode="r|", tarinfo=_Bounded) as tar:
                yield tar
        except (tarfile.TarError, EOFError, _Damaged):
            raise BadBackup(_FOREIGN) from None
        except (OSError, pa.ArrowException) as error:
            if getattr(error, "errno", None):  # of the disk; the library's own have no number
                raise
            raise BadBackup(_FOREIGN) from None


class _Bounded(tarfile.TarInfo):
    """A header of the archive: one that goes before another may be of any length, and is read into memory whole."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read a header; TarError when what it announces is longer than any of ours."""
        info = super().frombuf(buf, encoding, errors)
        if info.type in _BEFORE and info.size > _SMALL:
            raise tarfile.ReadError
        return info


class _Damaged(Exception):
    """The archive breaks off."""


@dataclass(slots=True)
class _Unpacking:
    """Reads an archive once, from front to back, believing nothing that it has not summed."""

    tar: tarfile.TarFile
    sums: dict[str, str] = field(default_factory=dict)
    written: int = 0
    head_body: bytes = b""

    def head(self) -> Head:
        """The first member."""
        self.head_body = self._small(self.tar.next(), HEAD, _SMALL)
        return Head.read(self.head_body)

    def unpack(self, head: Head, place: Destination) -> list[str]:
        """Write every file into the folder beside the home; returns their names."""
        member = self.tar.next()
        while member is not None and member.name != MANIFEST:
            place.between()
            self._write(member, head, place.beside)
            member = self.tar.next()
        manifest = self._small(member, MANIFEST, _MANIFEST_BYTES)
        seal = self._small(self.tar.next(), SEAL, _SMALL)
        if hashlib.sha256(self.head_body + manifest).hexdigest() != seal.decode("ascii", "replace").strip():
            raise BadBackup("its manifest does not have the sha256 that it ends with: the file is damaged")
        files = read_manifest(manifest)
        self._require_whole(files)
        for name, entry in files.items():
            if name != entry.member:
                _link(place.beside / entry.member, place.beside / name)
        return list(files)

    def _require_whole(self, files: dict[str, Packed]) -> None:
        if self.tar.next() is not None:
            raise BadBackup("something follows its end: it was not made by `gpt2030 backup`")
        promised = {entry.member for entry in files.values()}
        astray = sorted(promised ^ set(self.sums))
        if astray or WRITER_FILE not in files:
            raise BadBackup(f"{(astray or [WRITER_FILE])[0]} is missing from it or from its manifest: it is damaged")
        for name, entry in files.items():
            if self.sums[entry.member] != entry.sha256:
                raise BadBackup(f"{name}: expected sha256 {entry.sha256}, found {self.sums[entry.member]}")

    def _write(self, member: tarfile.TarInfo, head: Head, folder: Path) -> None:
        body = self._body(member)
        path = folder / check_name(member.name)
        self.written += member.size
        if self.written > head.files_bytes:  # a few bytes can unpack to more than any disk has
            raise BadBackup(f"it unpacks to more than the {head.files_bytes:,} bytes that it promises")
        summed, left = hashlib.sha256(), member.size
        with _new_file(path) as file:
            while left:
                piece = body.read(min(left, PIECE))
                if not piece:
                    raise _Damaged
                summed.update(piece)
                file.write(piece)
                left -= len(piece)
            file.flush()
            os.fsync(file.fileno())
        self.sums[member.name] = summed.hexdigest()

    def _small(self, member: tarfile.TarInfo | None, name: str, most: int) -> bytes:
        if member is None or member.name != name or member.size > most:
            raise BadBackup(_FOREIGN)
        body = self._body(member).read()
        if len(body) != member.size:
            raise _Damaged
        return body

    def _body(self, member: tarfile.TarInfo) -> IO[bytes]:
        body = self.tar.extractfile(member) if member.type == tarfile.REGTYPE and not member.sparse else None
        if body is None:
            raise BadBackup(f"it holds {member.name!r}, which is no plain file: it was not made by `gpt2030 backup`")
        return body


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write; BadBackup when it is there already: a second one would replace what was verified."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
    except (FileExistsError, NotADirectoryError):
        raise BadBackup(f"it holds {path.name!r} twice: it was not made by `gpt2030 backup`") from None
    with file:
        yield file


def _link(member: Path, path: Path) -> None:
    """Give a file one more name, as the shelf of editions does; where there is no second name, a copy."""
    with _new_file(path):
        path.unlink()
    try:
        path.hardlink_to(member)
    except OSError:
        shutil.copyfile(member, path)


def _require_ours(folder: Path) -> None:
    """See that what was unpacked opens, and that no newer program has written it."""
    copy = folder / READ_COPY_FILE
    try:
        with Reader(folder / WRITER_FILE) as reader:
            newer = newer_than_this(str(name) for (name,) in reader.rows("SELECT migration_id FROM raw.migration"))
        if copy.exists():
            Reader(copy).close()
            copy.chmod(copy.stat().st_mode & ~WRITABLE)
    except Unreadable as error:
        raise BadBackup(f"its warehouse cannot be opened: {error.said}; a newer gpt2030 may have made it") from None
    if newer:
        raise NewerHome(f"it was made by a newer gpt2030 (it has had {', '.join(newer)}); restore it with that version")


def _clear(folder: Path) -> None:
    """Remove what a restore that was killed has left; the lock stays, which we hold."""
    for path in folder.iterdir():
        if path.name == LOCK_FILE:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _put(place: Destination) -> None:
    try:
        # Onto an empty folder at most: the system refuses any other.
        place.beside.rename(place.home)
    except OSError as error:
        if error.errno in _TAKEN:
            require_empty(place.home)
        raise
