"""Making a backup: what changes is copied under the lock of the home, what never changes is read after it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, TYPE_CHECKING

from warehouse.backups.archive import (
    COMPRESSION,
    FORM,
    HEAD,
    MANIFEST,
    PIECE,
    SEAL,
    BadBackup,
    Head,
    Packed,
    is_name,
    manifest_bytes,
)
from warehouse.backups.restore import opened_head
from warehouse.corrections import CORRECTIONS_FILE
from warehouse.editions import MARK, EditionShelf
from warehouse.errors import WarehouseError, of_medium
from warehouse.publication import CANDIDATE
from warehouse.store import READ_COPY_FILE, WRITER_FILE, Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from _typeshed import ReadableBuffer


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is to be backed up: files that may be replaced meanwhile, held open, and names of those that never are."""

    home: Path
    edition_id: str | None
    opened: dict[str, IO[bytes]]
    names: tuple[str, ...]

    def size(self) -> int:
        """Bytes of all files; one of several names counts once, as it goes into the archive once."""
        found = [(self.home / name).stat() for name in self.names]
        found += [os.fstat(file.fileno()) for file in self.opened.values()]
        return sum({(one.st_dev, one.st_ino): one.st_size for one in found}.values())


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written: how many files of the home it holds, its bytes, and what was damaged before."""

    files: int
    bytes: int
    damaged: tuple[str, ...]


@contextmanager
def gathered(home: Path, held: ExitStack) -> Iterator[Gathered]:
    """Everything of a home with a warehouse, as it stands now. Call while its lock is held, which `held` lets go of.

    Inside, the lock is free again: what was copied or opened stays what it was, whoever writes meanwhile.
    """
    with ExitStack() as files:
        opened = {WRITER_FILE: files.enter_context(_copied(home))}
        for name in (READ_COPY_FILE, CORRECTIONS_FILE):
            if (home / name).is_file():
                opened[name] = files.enter_context((home / name).open("rb"))
        found = Gathered(home, EditionShelf(home).latest(), opened, (*_snapshots(home), *_editions(home)))
        held.close()
        yield found


def write_backup(found: Gathered, target: Path, made: tuple[datetime, str], between: Callable[[], None]) -> Made:
    """Write everything into one file, which appears whole or not at all; `made` is the moment and our version.

    `between` is called before each file, and may raise. A file of that name is replaced only when it is a backup.
    """
    if target.exists() and not is_backup(target):
        raise WarehouseError(f"{target} is there already and no backup of gpt2030; choose another name, or remove it")
    head = Head(FORM, f"{made[0].isoformat(timespec='seconds')}Z", made[1], found.edition_id, found.size())
    partial = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with ExitStack() as unless_done:
        unless_done.callback(partial.unlink, missing_ok=True)
        try:
            written = _write(found, partial, head, between)
            partial.replace(target)
        except OSError as error:
            raise of_medium(error, target) or error from error
        unless_done.pop_all()
    return written


def is_backup(path: Path) -> bool:
    """Whether a file opens as a backup does."""
    try:
        opened_head(path)
    except (BadBackup, OSError):
        return False
    return True


def _write(found: Gathered, partial: Path, head: Head, between: Callable[[], None]) -> Made:
    import pyarrow as pa

    with (
        partial.open("xb") as file,
        pa.CompressedOutputStream(file, COMPRESSION) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        packing = _Packing(tar)
        packing.add_bytes(HEAD, head.as_bytes())
        for name, opened in found.opened.items():
            between()
            packing.add(name, opened)
        for name in found.names:
            between()
            with (found.home / name).open("rb") as kept:
                packing.add(name, kept)
        packing.seal(head)
    # Before the rename: after a power cut the name could otherwise stand for bytes that never reached the disk.
    with partial.open("rb") as whole:
        os.fsync(whole.fileno())
    return Made(len(packing.files), partial.stat().st_size, tuple(packing.damaged()))


@dataclass(slots=True)
class _Packing:
    """Puts files into the archive, each content that the disk holds once only once, and keeps their sums."""

    tar: tarfile.TarFile
    files: dict[str, Packed] = field(default_factory=dict)
    seen: dict[tuple[int, int], Packed] = field(default_factory=dict)

    def add(self, name: str, file: IO[bytes]) -> None:
        """Add one file of the home. What editions share is one file of several names, and goes in once."""
        status = os.fstat(file.fileno())
        place = (status.st_dev, status.st_ino)
        if place not in self.seen:
            summed = _Summing(file)
            self._add(name, status.st_size, summed)
            self.seen[place] = Packed(name, summed.sha256.hexdigest())
        self.files[name] = self.seen[place]

    def add_bytes(self, name: str, body: bytes) -> None:
        """Add what is ours and no file of the home."""
        self._add(name, len(body), BytesIO(body))

    def seal(self, head: Head) -> None:
        """Add the manifest and its sum: nothing can be left out or changed behind it."""
        manifest = manifest_bytes(self.files)
        self.add_bytes(MANIFEST, manifest)
        self.add_bytes(SEAL, hashlib.sha256(head.as_bytes() + manifest).hexdigest().encode() + b"\n")

    def damaged(self) -> list[str]:
        """Snapshots whose bytes no longer have the sha256 that is their name."""
        return [
            name for name, one in self.files.items() if name.startswith("snapshots/") and not name.endswith(one.sha256)
        ]

    def _add(self, name: str, size: int, body: IO[bytes] | _Summing) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self.tar.addfile(info, body)  # type: ignore[arg-type]


class _Summing:
    """A file that is read once and has its sha256 then."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.sha256 = file, hashlib.sha256()
        file.seek(0)

    def read(self, size: int = PIECE) -> ReadableBuffer:
        piece = self._file.read(size)
        self.sha256.update(piece)
        return piece


@contextmanager
def _copied(home: Path) -> Iterator[IO[bytes]]:
    """A copy of the writer's file, open and without a name: nobody finds it, and nothing is left of it after a kill.

    On the same disk, where a file system that can shares the blocks. Under the name of a candidate, because the next
    run removes those, should this process be killed before the name is gone.
    """
    folder = home / CANDIDATE.format(pid=os.getpid())
    try:
        folder.mkdir(exist_ok=True)
        with Warehouse.open_file(home / WRITER_FILE) as warehouse:
            warehouse.write_copy(folder / WRITER_FILE)
        copy = (folder / WRITER_FILE).open("rb")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with copy:
        yield copy


def _snapshots(home: Path) -> list[str]:
    return _names(home, home.glob("snapshots/*/*"))


def _editions(home: Path) -> list[str]:
    """The files of every edition that counts as published; what else lies there is not ours to carry."""
    shelf = EditionShelf(home)
    unpublished = {path.name.removeprefix(".").removesuffix(MARK) for path in shelf.folder.glob(f".*{MARK}")}
    folders = [path for path in shelf.folder.glob("*") if not path.is_symlink() and path.name not in unpublished]
    return _names(home, (path for folder in folders for path in folder.rglob("*")))


def _names(home: Path, paths: Iterable[Path]) -> list[str]:
    files = [path.relative_to(home).as_posix() for path in paths if path.is_file() and not path.is_symlink()]
    return sorted(filter(is_name, files))
