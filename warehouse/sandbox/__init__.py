"""Ask the read copy anything: SQL that can only read, within limits, on one whole edition."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any, Final, Self

from warehouse.sandbox.errors import (
    BY_NAME,
    EXIT_TOO_SLOW,
    Cancelled,
    CopyUnreadable,
    LimitPassed,
    Place,
    QueryFailed,
    QueryRefused,
    QueryTooLarge,
    SandboxError,
    TimedOut,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    import polars as pl

__all__ = [
    "Answer",
    "Cancelled",
    "CopyUnreadable",
    "LimitPassed",
    "Limits",
    "Place",
    "QueryFailed",
    "ReadCopy",
    "Refused",
    "SandboxError",
    "TimedOut",
    "TooLarge",
]

# The worker ends itself one second after the limit, unless the engine holds it where no timer of its own can run.
PATIENCE_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What one question may take: rows and bytes of its answer, seconds, memory in bytes, length in characters."""

    rows: int = 10_000
    seconds: float = 30.0
    memory_bytes: int = 1024 * 2**20
    result_bytes: int = 256 * 2**20
    characters: int = 50_000


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The rows, a notice when there would have been more, and the names of what was read, in small letters."""

    frame: pl.DataFrame
    notice: str | None
    relations: frozenset[str] = frozenset()


class ReadCopy:
    """One read copy, open for questions; every question sees the same edition until the copy is opened again.

    The questions run in a process of their own (see `worker`), which also keeps the engine from handing an old file
    to a new connection of the same process. A question that passed a limit takes its process with it, and the next
    one sees the newest edition.
    """

    def __init__(self, path: Path, limits: QueryLimits) -> None:
        """Use `ReadCopy.open`."""
        self.path, self.limits = path, limits
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._opened: tuple[int, int] | None = None

    @property
    def is_replaced(self) -> bool:
        """Whether another file has taken the place of the one that is open."""
        return self.path.exists() and self._opened != _identity(self.path)

    @classmethod
    def open(cls, path: Path, limits: QueryLimits | None = None) -> Self:
        """Open the file the read copy is now; CopyUnreadable when there is none."""
        copy = cls(path, limits or QueryLimits())
        copy._start()
        return copy

    def close(self) -> None:
        """Let go of the file."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None

    def reopen(self) -> None:
        """Open the file the read copy is now."""
        self.close()
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def query(self, sql: str, *, limit: int | None = None, seconds: float | None = None) -> QueryAnswer:
        """Run one reading statement; a SandboxError says what was wrong with it.

        At most `limit` rows are answered, with a notice when there would be more; None leaves both limits at those of
        the copy.
        """
        import polars as pl

        rows = self.limits.rows if limit is None else limit
        wait = self.limits.seconds if seconds is None else seconds
        if len(sql) > self.limits.characters:
            raise QueryTooLarge(f"the query has {len(sql):,} characters, more than {self.limits.characters:,}")
        _check_text(sql)
        relations, body = self._ask(sql, rows, wait)
        frame = pl.read_ipc_stream(body)
        notice = f"only the first {rows:,} rows; there are more" if frame.height > rows else None
        return QueryAnswer(frame.head(rows), notice, frozenset(relations))

    def _ask(self, sql: str, rows: int, seconds: float) -> tuple[list[str], bytes]:
        if self._pipe is None:
            self._start()
        pipe = self._pipe
        assert pipe is not None
        request = {"query": sql, "row_limit": rows, "seconds": seconds, "result_bytes": self.limits.result_bytes}
        try:
            pipe.send_bytes(json.dumps(request).encode())
            if not pipe.poll(seconds + PATIENCE_SECONDS):
                self.close()
                raise _too_slow(seconds)
            # Bytes, because `recv` would unpickle, and so run, whatever the worker sends.
            return _received(pipe.recv_bytes())["relations"], pipe.recv_bytes()
        except KeyboardInterrupt:
            self.close()
            raise Cancelled("cancelled") from None
        except (EOFError, ConnectionError):
            raise self._obituary(seconds) from None
        except LimitPassed:
            # What such a question took may not be given back whole: the next one would be refused for it.
            self.close()
            raise

    def _start(self) -> None:
        if not self.path.is_file():
            raise CopyUnreadable(f"there is no read copy at {self.path}", advice="run `gpt2030 refresh` first")
        # Noted before the worker opens it: a copy published in between is then opened again, never overlooked.
        self._opened = _identity(self.path)
        self._pipe, child = Pipe()
        # -P: a duckdb.py in the working directory must not take the engine's place. A session of its own: Ctrl-C in
        # a terminal must reach us alone, or the worker would die unasked.
        command = [sys.executable, "-P", "-m", "warehouse.sandbox.worker", str(child.fileno())]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, str(self.path.absolute()), str(self.limits.memory_bytes)],
            pass_fds=[child.fileno()],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # An end left open here would hide the death of the worker: no EOF would ever come.
        child.close()
        import polars  # noqa: F401, ICN001 - it takes as long as the worker takes to start: let both happen at once

        try:
            _received(self._pipe.recv_bytes())
        except EOFError:
            self.close()
            raise CopyUnreadable(f"the reader of {self.path} did not start") from None
        except SandboxError:
            self.close()
            raise

    def _obituary(self, seconds: float) -> SandboxError:
        """Why the worker is gone: it ended itself when it was too slow, anything else is memory."""
        code = self._process.wait() if self._process else 0
        self.close()
        if code == EXIT_TOO_SLOW:
            return _too_slow(seconds)
        return QueryTooLarge("more memory than a query may have", advice="aggregate, or narrow the question")


def _identity(path: Path) -> tuple[int, int]:
    # The inode alone may be given to a new file once the old one is gone.
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


def _check_text(sql: str) -> None:
    # The engine reads up to a zero byte: what is checked and what is run must be the same text.
    try:
        zero = sql.encode().find(0)
    except UnicodeEncodeError as error:
        raise QueryRefused(f"character {error.start + 1} of the query is not Unicode text") from None
    if zero >= 0:
        raise QueryRefused("the query contains a zero byte")


def _too_slow(seconds: float) -> TimedOut:
    return TimedOut(f"not finished after {seconds:g} s", advice="narrow the question")


def _received(message: bytes) -> dict[str, Any]:
    """What the worker said; raised when it is an error."""
    fields: dict[str, Any] = json.loads(message)
    if "kind" in fields:
        place = Place(**fields["place"]) if fields["place"] else None
        raise BY_NAME[fields["kind"]](fields["message"], place=place, advice=fields["advice"])
    return fields
