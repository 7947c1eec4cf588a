"""Reading publishers' bytes in a process of their own: whatever they are made of, the run goes on."""

from __future__ import annotations

import json
import pickle
import signal
import subprocess
import sys
import weakref
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Final, Self

from sources.bounds import MOST_BYTES_OF_ANY, require_at_most
from sources.errors import KEPT, WrongContent
from sources.reading.wire import unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

    from sources.records import Parsed, Snapshot
    from sources.source import Source

# Bytes that came with the package are read at once: they are ours, and a first run has nothing else.
OURS: Final = "embedded:"
START_SECONDS: Final = 60.0
ENDING_SECONDS: Final = 5.0
# The limit is processor time; on a machine with much else to do the clock may run on this many times as long.
PATIENCE: Final = 3.0
# Beyond any that the bounds allow; what a process that went wrong sends must not fill this one.
MOST_ANSWER: Final = 512 << 20


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one reading may take: seconds of processor time, and bytes of memory beyond what the process starts with."""

    seconds: float = 10.0
    memory_bytes: int = 1 << 30

    @property
    def given_up(self) -> str:
        """How the reason begins when a reading took more, or ended its process."""
        return f"reading given up within {self.seconds:g} s and {self.memory_bytes >> 20} MiB"


class ParserProcess:
    """Reads snapshots as their sources do, each within the limits; one process, started when it is first needed.

    A reading that takes too long, needs too much memory or ends the process raises WrongContent that says so, and the
    next reading starts another process.
    """

    def __init__(self, limits: ReadingLimits | None = None, environment: Mapping[str, str] | None = None) -> None:
        """Nothing is started yet; `environment` is that of the process, by default this one's."""
        self.limits = limits or ReadingLimits()
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._end: weakref.finalize[..., ParserProcess] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    def read(self, source: Source, snapshot: Snapshot) -> Parsed:
        """What `source.parse` says of a snapshot; WrongContent also when it did not come to an end."""
        if snapshot.url.startswith(OURS):
            return source.parse(snapshot)
        # Before the bytes are handed on: copied into a pipe and out of it again, they would be in memory four times.
        require_at_most(MOST_BYTES_OF_ANY, len(snapshot.body), "bytes", where=snapshot.feed)
        pipe = self._running()
        try:
            pipe.send_bytes(pickle.dumps((source, snapshot)))
            return unpacked(self._received)
        except TimeoutError:
            raise self._obituary(snapshot, "not finished") from None
        except (EOFError, OSError):
            raise self._obituary(snapshot, _ending(self._code())) from None
        except _Died as died:
            raise self._obituary(snapshot, str(died)) from None
        except KeyboardInterrupt:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._end is not None:
            self._end()
        self._pipe = self._process = self._end = None

    def _running(self) -> Connection:
        """The pipe to a process that is there: one that was ended while it waited has nothing to do with the bytes."""
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._pipe is None:
            try:
                self._pipe = self._started()
            except (EOFError, OSError) as error:
                said = _ending(self._code()) if self._process else str(error)
                self.close()
                raise WrongContent(
                    "the process that reads did not start", where="sources.reading.process", evidence=said, advice=KEPT
                ) from None
        return self._pipe

    def _started(self) -> Connection:
        """The pipe to a new process that says it is ready."""
        pipe, child = Pipe()
        # -P: a yaml.py in the working folder must not take the library's place. A session of its own: Ctrl-C in a
        # terminal must reach us alone.
        command = [sys.executable, "-P", "-m", "sources.reading.worker", str(child.fileno())]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, str(self.limits.seconds), str(self.limits.memory_bytes)],
            pass_fds=[child.fileno()],
            start_new_session=True,
            env=None if self._environment is None else dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # An end left open here would hide the death of the worker: no EOF would ever come.
        child.close()
        # Also when nobody closes: a run that failed must not leave a process behind.
        self._end = weakref.finalize(self, _killed, self._process)
        if not pipe.poll(START_SECONDS):
            raise TimeoutError(f"not ready after {START_SECONDS:g} s")
        pipe.recv_bytes()
        return pipe

    def _received(self) -> bytes:
        pipe = self._pipe
        assert pipe is not None
        if not pipe.poll(self.limits.seconds * PATIENCE):
            raise TimeoutError
        message = pipe.recv_bytes(MOST_ANSWER)
        if message.startswith(b'{"died"'):
            raise _Died(json.loads(message)["died"])
        return message

    def _obituary(self, snapshot: Snapshot, said: str) -> WrongContent:
        """Why a reading came to no end; its process is ended, if it has not ended itself."""
        self.close()
        return WrongContent(self.limits.given_up, where=snapshot.feed, evidence=said, advice=KEPT)

    def _code(self) -> int | None:
        """What the process ended with; it has closed its end of the pipe already."""
        try:
            return self._process.wait(timeout=ENDING_SECONDS) if self._process else None
        except subprocess.TimeoutExpired:
            return None


class _Died(Exception):
    """The process said what ended it."""


def _ending(code: int | None) -> str:
    if code is None or code >= 0:
        return f"the process that reads ended with status {code}"
    meaning = {signal.SIGXCPU: "out of time", signal.SIGABRT: "as when no memory is left", signal.SIGKILL: "killed"}
    said = f"the process that reads was ended by {signal.Signals(-code).name}"
    return f"{said}: {meaning[signal.Signals(-code)]}" if -code in meaning else said


def _killed(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
