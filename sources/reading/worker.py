"""The process that reads publishers' bytes: limited in memory and processor time, and gone when its parent is.

What ends it (a fault in a parser written in C, too much memory, too much time) ends one reading, never a run.
"""

from __future__ import annotations

import json
import pickle
import resource
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.errors import WrongContent
from sources.reading.wire import packed, refusal

if TYPE_CHECKING:
    from types import TracebackType

STATM: Final = Path("/proc/self/statm")


def limit_memory(memory_bytes: int) -> None:
    """Let the process grow by so many bytes and no further; where its size cannot be read (not Linux), it may."""
    if not STATM.exists():
        return
    size = int(STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, size + memory_bytes)


def limit_time(seconds: float) -> None:
    """Let the process use so many more seconds of processor time: those of a busy machine's clock say little."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1)


def _limit(what: int, most: int) -> None:
    # Within what the machine allows: to ask for more than that is refused.
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def serve(connection: Connection, seconds: float, memory_bytes: int) -> None:
    """Read what is asked until the other end is gone."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Say what ended this process, so that the hold can say it too."""
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
        connection.send_bytes(json.dumps({"died": f"{kind.__name__}: {str(error)[:300]}{place}"}).encode())

    sys.excepthook = tell
    # A fault would otherwise leave all its memory on disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Its threads are started by the first work, and their stacks must not count against a reading.
    pl.DataFrame({"a": [1, 2]}).lazy().select(pl.col("a").sum()).collect()
    limit_memory(memory_bytes)
    connection.send_bytes(b"{}")
    while True:
        try:
            # From the process that started this one, and nobody else.
            source, snapshot = pickle.loads(connection.recv_bytes())  # noqa: S301
        except EOFError:
            return
        limit_time(seconds)
        try:
            messages = list(packed(source.parse(snapshot)))
        except WrongContent as error:
            messages = [refusal(error)]
        except (MemoryError, RecursionError) as error:
            # What it took may not be given back whole: the next reading would be refused for it.
            connection.send_bytes(json.dumps({"died": f"{type(error).__name__} {error}".strip()}).encode())
            return
        for message in messages:
            connection.send_bytes(message)


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), float(sys.argv[2]), int(sys.argv[3]))
