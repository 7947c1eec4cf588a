"""Tasks in forked processes with a clock of their own, and what each cost."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

PATIENCE: Final = 600.0


class Finished(NamedTuple):
    """How a task ended: exit code (None: killed for taking too long), what it said on stderr and answered, its cost."""

    code: int | None
    said: str
    answer: Any
    seconds: float
    processor: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Child:
    """A task at work in a process of its own."""

    number: int
    said: IO[bytes]
    answer: IO[bytes]
    begun: float

    def kill(self) -> bool:
        """Kill it with all that it has started; whether it was still at work."""
        with suppress(ProcessLookupError):
            os.killpg(self.number, signal.SIGKILL)
        _, status = os.waitpid(self.number, 0)
        self.said.close()
        self.answer.close()
        return os.WIFSIGNALED(status)

    def ended(self, patience: float = PATIENCE) -> Finished:
        """Wait for its end."""
        deadline, is_late = self.begun + patience, False
        while not (found := os.wait4(self.number, os.WNOHANG))[0]:
            if time.monotonic() > deadline and not is_late:
                is_late = True
                os.killpg(self.number, signal.SIGKILL)
            time.sleep(0.01)
        _, status, usage = found
        with self.said, self.answer:
            said, answer = (_read(one) for one in (self.said, self.answer))
        return Finished(
            None if is_late else os.waitstatus_to_exitcode(status),
            said,
            json.loads(answer) if answer else None,
            time.monotonic() - self.begun,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
        )


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def start(moment: datetime, task: Callable[[], object]) -> Child:
    """Fork; the child believes that it is `moment` (UTC, without zone), and answers with what the task returns."""
    # Closed by whoever waits for the end.
    said, answer = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    begun = time.monotonic()
    number = os.fork()
    if not number:
        _become(moment, task, said, answer)
    return Child(number, said, answer, begun)


def run(moment: datetime, task: Callable[[], object]) -> Finished:
    """Do a task in a process of its own, and wait for its end."""
    return start(moment, task).ended()


def _become(moment: datetime, task: Callable[[], object], said: IO[bytes], answer: IO[bytes]) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said.fileno(), 2)
        set_clock(moment)
        answer.write(json.dumps(task(), default=str).encode())
        answer.flush()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stderr.flush()
        # Anything else would unwind the trial's own contexts in the child: its server stopped, its folder removed.
        os._exit(code)
    raise AssertionError("unreachable")


def set_clock(moment: datetime) -> None:
    """From now on the program's one clock in this process goes on from `moment` (UTC, without zone)."""
    from flows import settings

    begun = time.monotonic()

    class Simulated(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return (moment + timedelta(seconds=time.monotonic() - begun)).replace(tzinfo=UTC).astimezone(tz)

    vars(settings)["datetime"] = Simulated
