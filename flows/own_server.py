"""A Prefect server of ours: started on a bound socket, started again when it ends before we do, and ended with us."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, NamedTuple, NoReturn

from flows.progress import talk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

# One that ends this often within so long would do so for ever: its database, or the machine, needs somebody.
RESTARTS: Final = 3
WITHIN_SECONDS: Final = 600.0
END_SECONDS: Final = 5.0


class Program(NamedTuple):
    """What a server is started as: its command line, variables, working folder and the descriptors it inherits."""

    command: Sequence[str]
    variables: Mapping[str, str]
    folder: Path
    descriptors: Sequence[int]


class OwnServer:
    """A running server, and what it says on stderr."""

    def __init__(self, program: Program, said: IO[bytes], give_up: Callable[[str], None] | None = None) -> None:
        """Start it. `give_up` hears why it is not started once more; by default this process ends."""
        self.folder = program.folder
        self._program = program
        self._said = said
        self._give_up = give_up or _leave
        self._restarts: list[float] = []
        # A server that is started while another thread ends it would outlive us.
        self._changing = threading.Lock()
        self._is_ending = False
        self._is_kept = False
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module
            self._program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env=self._program.variables,
            cwd=self._program.folder,
            pass_fds=self._program.descriptors,
            # Ctrl-C in a terminal reaches us alone, and we can still tell the server how the run ended.
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The number of its process, another after each start."""
        return self._process.pid

    def why_it_ended(self) -> str | None:
        """The last line that it said, or its exit code; None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {code}"

    def keep(self) -> None:
        """From now on start it again when it ends: a run of ours would wait minutes for every answer, and then fail.

        Call when it has answered once. One that does not start at all is told by whoever waits for it.
        """
        if not self._is_kept:
            self._is_kept = True
            threading.Thread(target=self._keep, daemon=True).start()

    def _keep(self) -> None:
        while True:
            self._process.wait()
            with self._changing:
                if self._is_ending:
                    return
                why = self.why_it_ended()
                now = time.monotonic()
                self._restarts = [at for at in self._restarts if now - at < WITHIN_SECONDS]
                if len(self._restarts) < RESTARTS:
                    self._restarts.append(now)
                    talk().warning("Prefect's own server ended (%s): started again", why)
                    self._process = self._started()
                    continue
            self._give_up(f"Prefect's own server ended {RESTARTS + 1} times, the last time with: {why}")
            return

    def end(self) -> None:
        """End it, and return when it is gone."""
        with self._changing:
            self._is_ending = True
        self._process.terminate()
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def running(program: Program, said: IO[bytes]) -> Iterator[OwnServer]:
    """Inside, a server of ours runs."""
    server = OwnServer(program, said)
    try:
        yield server
    finally:
        server.end()


def _leave(why: str) -> NoReturn:
    talk().error(
        "%s; broken off as a kill would: run the command again, which finishes or removes what is half done", why
    )
    os._exit(1)
