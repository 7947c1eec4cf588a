"""The one lock of a home: whoever writes holds it from the first byte to the last, and says who he is."""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warehouse.errors import HomeBusy, of_medium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

LOCK_FILE: Final = "lock"
WAIT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants to write: the command in words, the moment (UTC), and how many seconds to wait for whoever is first."""

    command: str
    since: datetime
    wait_seconds: float = WAIT_SECONDS


@dataclass(slots=True)
class _Held:
    descriptor: int
    process: int
    depth: int = 1


# What this process holds, by place: a command holds its home over several steps, each of which asks for it as well.
_held: Final[dict[str, _Held]] = {}
_guard: Final = threading.Lock()


@contextmanager
def locked(home: Path, claim: Claim) -> Iterator[None]:
    """Inside, nobody else writes under `home`; HomeBusy names who does when he does not end in time.

    Held by an open descriptor: the system lets go of it however the process ends, also by SIGKILL. DuckDB's own lock
    is no substitute: it belongs to the process, and is lost as soon as any descriptor of the same file is closed.
    """
    place = str((home / LOCK_FILE).resolve())
    try:
        home.mkdir(parents=True, exist_ok=True)
        _take(place, claim)
    except OSError as error:
        raise of_medium(error, home) or error from error
    try:
        yield
    finally:
        _leave(place)


def holder(home: Path) -> str | None:
    """Who is writing under `home`, in words; None when nobody is."""
    path = home / LOCK_FILE
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return None if _try(descriptor) else _said(descriptor)
    finally:
        os.close(descriptor)


def _take(place: str, claim: Claim) -> None:
    with _guard:
        held = _held.get(place)
        # A forked child inherits this table and the descriptor, but not the right to write beside its parent.
        if held is not None and held.process == os.getpid():
            held.depth += 1
            return
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with ExitStack() as unless_held:
            unless_held.callback(os.close, descriptor)
            _wait(descriptor, place, claim)
            _sign(descriptor, claim)
            _held[place] = _Held(descriptor, os.getpid())
            unless_held.pop_all()


def _wait(descriptor: int, place: str, claim: Claim) -> None:
    deadline = time.monotonic() + claim.wait_seconds
    while not _try(descriptor):
        if time.monotonic() >= deadline:
            raise HomeBusy(
                f"{_said(descriptor)} is writing under {Path(place).parent}; waited {claim.wait_seconds:g} s: try "
                "again when it has ended, or wait longer with --wait SECONDS"
            )
        time.sleep(_POLL_SECONDS)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(descriptor: int, claim: Claim) -> None:
    """Say who holds the lock, for whoever waits; on a full disk the lock is held without a name."""
    said = {"pid": os.getpid(), "command": claim.command, "since": claim.since.isoformat(timespec="seconds") + "Z"}
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(said).encode(), 0)
    except OSError:
        return


def _said(descriptor: int) -> str:
    try:
        who = json.loads(os.pread(descriptor, 4096, 0))
        return f"`{who['command']}` (process {who['pid']}, since {who['since']})"
    except (ValueError, KeyError, TypeError, OSError):
        return "another process"


def _leave(place: str) -> None:
    with _guard:
        held = _held[place]
        held.depth -= 1
        if held.depth:
            return
        del _held[place]
        # The name stays: taken away, two processes could hold locks on two files of one name.
        os.close(held.descriptor)
