"""Editions: one immutable directory each, written whole, renamed into place, and pointed at by `latest`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from itertools import count
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from warehouse.contracts.content import Content


MANIFEST: Final = "manifest.json"
LATEST: Final = "latest"
# What is left of an edition that is thinned: a client that reads the tables of all editions goes on finding each.
# Forecasts of old editions are nowhere else: they have left core.forecast.
FORECASTS_FILE: Final = "forecasts.parquet"
KEPT: Final = ("properties.parquet", "quantiles.parquet", FORECASTS_FILE)
# Ends like all our hidden files, so that `tidy` removes it with them.
MARK: Final = ".unpublished.tmp"
OLD: Final = ".old.tmp"


class EditionDamaged(Exception):
    """An edition's file is missing or no longer has the sha256 of its manifest."""


class EditionShelf:
    """The folder `editions/` under a home."""

    def __init__(self, home: Path) -> None:
        """Keep editions under `home`."""
        self.folder = home / "editions"

    def path(self, edition_id: str) -> Path:
        """Where an edition lies."""
        return self.folder / edition_id

    def latest(self) -> str | None:
        """The edition that `latest` points at; None before the first publication."""
        link = self.folder / LATEST
        return link.resolve().name if link.is_symlink() and link.exists() else None

    def is_whole(self, edition_id: str) -> bool:
        """Whether the edition lies there with every file as its manifest says."""
        try:
            # One that was thinned holds what its manifest says, and may be written anew.
            return "thinned_at" not in self.verify(edition_id)
        except EditionDamaged:
            return False

    def write(self, edition_id: str, files: Mapping[str, bytes], manifest: Mapping[str, object]) -> Path:
        """Write all files into a hidden directory, then rename it: the edition appears whole or not at all.

        Until `settle` it counts as unpublished, and `tidy` removes it. What the latest edition holds byte for byte is
        linked, not written again: each edition is complete, and the disk keeps one copy.
        """
        partial = self.folder / f".{edition_id}.{os.getpid()}.tmp"
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir(parents=True)
        sums = {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())}
        before = self.path(self.latest() or edition_id)
        written: dict[str, Path] = {}
        for name, body in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Two addresses in this edition may have the same to say, too.
            twin = written.setdefault(sums[name], path)
            if not _linked(before / name, path, body) and (twin is path or not _linked(twin, path, body)):
                _write_through(path, body)
        text = json.dumps({**manifest, "files": sums}, indent=2, ensure_ascii=False, default=str) + "\n"
        _write_through(partial / MANIFEST, text.encode())
        target = self.path(edition_id)
        # Marked before it appears: unmarked, it would pass for an edition whose warehouse was lost, and stay for good.
        self._mark(edition_id).touch()
        if target.exists():  # a damaged one: whole ones are never written again
            _remove(target)
        partial.rename(target)
        return target

    def settle(self, edition_id: str) -> None:
        """Let a written edition count as published; call when the warehouse has recorded it."""
        self._mark(edition_id).unlink(missing_ok=True)

    def _mark(self, edition_id: str) -> Path:
        return self.folder / f".{edition_id}{MARK}"

    def point_latest(self, edition_id: str) -> None:
        """Let `latest` name the edition, in one step."""
        partial = self.folder / f".{LATEST}.{os.getpid()}.tmp"
        partial.unlink(missing_ok=True)
        partial.symlink_to(edition_id, target_is_directory=True)
        link = self.folder / LATEST
        if link.is_dir() and not link.is_symlink():
            # A folder put there by hand, or by a tool that follows links: it cannot be replaced, and is not ours.
            link.rename(_free_name(link))
        partial.replace(link)

    def verify(self, edition_id: str) -> dict[str, object]:
        """The manifest, after every file was found to have its sha256; EditionDamaged names the first that has not."""
        folder = self.path(edition_id)
        if not (folder / MANIFEST).is_file():
            raise EditionDamaged(f"edition {edition_id} has no {MANIFEST} at {folder}; run `gpt2030 refresh` again")
        try:
            manifest: dict[str, object] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            sums = dict(manifest["files"])  # type: ignore[call-overload]
        except (ValueError, KeyError, TypeError) as error:
            problem = f"{folder / MANIFEST} cannot be read ({type(error).__name__}: {error})"
            raise EditionDamaged(f"{problem}; run `gpt2030 refresh` again") from error
        for name, expected in sums.items():
            path = folder / name
            found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
            if found != expected:
                raise EditionDamaged(f"{path}: expected sha256 {expected}, found {found}; run `gpt2030 refresh` again")
        return manifest

    def body(self, edition_id: str, name: str) -> bytes | None:
        """The bytes of one file of an edition; None when it is gone, unreadable or not the one of the manifest."""
        try:
            body = (self.path(edition_id) / name).read_bytes()
        except OSError:
            return None
        sums = self._manifest(edition_id).get("files")
        is_the_one = isinstance(sums, dict) and sums.get(name) == hashlib.sha256(body).hexdigest()
        return body if is_the_one else None

    def bodies(self, edition_id: str, names: Iterable[str]) -> dict[str, bytes]:
        """Of the files with these names those that lie there and are the ones of the manifest, by name."""
        sums = self._manifest(edition_id).get("files")
        known = sums if isinstance(sums, dict) else {}
        paths = ((name, self.path(edition_id) / name) for name in names if name in known)
        read = ((name, path.read_bytes()) for name, path in paths if path.is_file())
        return {name: body for name, body in read if hashlib.sha256(body).hexdigest() == known[name]}

    def said_of(self, edition_id: str, *keys: str) -> tuple[object, ...]:
        """What the manifest of an edition has under these keys; None for what it has not."""
        manifest = self._manifest(edition_id)
        return tuple(manifest.get(key) for key in keys)

    def is_thinned(self, edition_id: str) -> bool:
        """Whether of the edition only a few files are left, as `thin` leaves it."""
        return "thinned_at" in self._manifest(edition_id)

    def _manifest(self, edition_id: str) -> dict[str, object]:
        """What the manifest says; nothing when it is gone or cannot be read, which `verify` tells."""
        try:
            found = json.loads((self.path(edition_id) / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def disk_bytes(self, edition_id: str) -> int:
        """What the disk would have free were the edition thinned: files that other editions share count nothing."""
        found = [path.lstat() for path in self.path(edition_id).rglob("*") if path.is_file() and path.name not in KEPT]
        return sum(one.st_blocks * 512 for one in found if one.st_nlink == 1)

    def thin(self, edition_id: str, pages: Mapping[str, bytes], at: datetime) -> None:
        """Leave of an edition its manifest, KEPT and `pages`, which say what became of the rest.

        Killed in the middle it leaves the edition as it was: `put_back` sees to that.
        """
        folder, partial = self.path(edition_id), self.folder / f".{edition_id}.{os.getpid()}.tmp"
        partial.mkdir(parents=True)
        kept = {name: (folder / name).read_bytes() for name in KEPT if (folder / name).is_file()}
        bodies = {**kept, **pages}
        for name, body in bodies.items():
            # The style is mostly the one that lies there, which editions share.
            if not _linked(folder / name, partial / name, body):
                _write_through(partial / name, body)
        manifest = self._manifest(edition_id)
        sums = {name: hashlib.sha256(body).hexdigest() for name, body in sorted(bodies.items())}
        said = {
            "edition_id": edition_id,
            **manifest,
            "thinned_at": at.isoformat(timespec="seconds") + "Z",
            "files": sums,
        }
        _write_through(partial / MANIFEST, (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode())
        old = self.folder / f".{edition_id}{OLD}"
        if folder.exists():
            folder.rename(old)
        partial.rename(folder)
        if old.exists():
            shutil.rmtree(old)

    def put_back(self) -> None:
        """Give an edition its folder again that a kill left between its old one and its new one."""
        for old in self.folder.glob(f".*{OLD}"):
            folder = self.path(old.name.removeprefix(".").removesuffix(OLD))
            if not folder.exists():
                old.rename(folder)

    def tidy(self, published: Iterable[str]) -> list[str]:
        """Remove what an interrupted refresh left: hidden files, and editions written but not among those `published`.

        Nothing else is touched: should the warehouse be lost, its editions must not follow.
        """
        self.put_back()
        marked = [path.name.removeprefix(".").removesuffix(MARK) for path in self.folder.glob(f".*{MARK}")]
        orphans = [self.path(name) for name in set(marked) - set(published) if self.path(name).exists()]
        left = [*orphans, *self.folder.glob(".*.tmp")]
        for path in left:
            _remove(path)
        return [path.name for path in left]


def manifest_of(content: Content, issued_at: datetime, recorded_at: datetime | None) -> dict[str, object]:
    """The manifest without the files' sums, which `EditionShelf.write` adds.

    `issued_at` is the moment it speaks from, `recorded_at` the one it was made at; on a later day it is a replay.
    """
    return {
        "edition_id": content.edition_id,
        "origin_date": content.origin_date.isoformat(),
        "target_date": content.target_date.isoformat(),
        "issued_at": issued_at.isoformat(timespec="seconds") + "Z",
        "recorded_at": recorded_at.isoformat(timespec="seconds") + "Z" if recorded_at else None,
        "is_replay": recorded_at.date() > content.origin_date if recorded_at else None,
        "code_version": content.code_version,
        "content_digest": content.digest,
        "settings": json.loads(content.settings_json),
        "snapshots": dict(sorted(content.snapshot_ids.items())),
    }


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _free_name(path: Path) -> Path:
    """The name with the first number behind it that nothing has."""
    return next(one for k in count(1) if not (one := path.with_name(f"{path.name}.{k}")).exists())


def _linked(before: Path, path: Path, body: bytes) -> bool:
    """Whether `path` now names the file `before`, which holds `body` already; some file systems know no second name."""
    try:
        # Read, not believed: a file that was damaged since would damage the new edition too.
        if before.stat().st_size != len(body) or before.read_bytes() != body:
            return False
        path.hardlink_to(before)
    except OSError:
        return False
    return True


def _write_through(path: Path, body: bytes) -> None:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
