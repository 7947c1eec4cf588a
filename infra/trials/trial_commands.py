"""Commands for trials of hundreds: forked from a process that has loaded everything, with one Prefect API for all.

Loading and a server of its own take three quarters of the processor time of a command. In each trial of `ALONE` they
are started as a user starts them, so that both are tried as well.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import IO, TYPE_CHECKING, Final, NoReturn

import flows
import sources
import warehouse
from flows.commands.refresh import IMPORTED_LATE
from flows.engine import SILENT, prefect_api, wait_until_healthy
from flows.settings import set_environment_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

ALONE: Final = 20


@dataclass(frozen=True)
class Started:
    """A command at work in a session of its own, and the file that takes what it says on stderr."""

    number: int
    said: IO[bytes]

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, alone."""
        os.kill(self.number, number)

    def ended(self, patience: float) -> tuple[int | None, str]:
        """Wait for its end: the exit code (None when it had to be killed, with all that it had started), and stderr."""
        deadline = time.monotonic() + patience
        code: int | None = None
        while True:
            found, status = os.waitpid(self.number, os.WNOHANG)
            if found:
                code = os.waitstatus_to_exitcode(status) if time.monotonic() < deadline else None
                break
            if time.monotonic() > deadline:
                os.killpg(self.number, signal.SIGKILL)
            time.sleep(0.02)
        with self.said:
            self.said.seek(0)
            return code, self.said.read().decode(errors="replace")


@dataclass(frozen=True)
class Commands:
    """Starts commands of `gpt2030`; `alone` is the environment as it was before our Prefect API stood in it."""

    alone: dict[str, str]

    def start(self, trial: int, home: Path, arguments: list[str]) -> Started:
        """Start a command under a home; every twentieth trial from nothing, with a server of its own."""
        said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever waits for the end
        if trial % ALONE == 0:
            started = subprocess.Popen(
                [sys.executable, "-m", "flows.cli", *arguments],
                env=self.alone | {"GPT2030_HOME": str(home)},
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
            started.returncode = 0  # waited for by its number: Popen must not do so a second time
            return Started(started.pid, said)
        number = os.fork()
        if not number:
            _become(home, arguments, said)
        return Started(number, said)

    def run(self, trial: int, home: Path, arguments: list[str], patience: float = 240.0) -> tuple[int | None, str]:
        """Start a command and wait for its end."""
        return self.start(trial, home, arguments).ended(patience)


def _become(home: Path, arguments: list[str], said: IO[bytes]) -> NoReturn:
    """Be that command, in a forked process; never returns into the trial."""
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said.fileno(), 2)
        os.environ["GPT2030_HOME"] = str(home)
        sys.argv = ["gpt2030", *arguments]
        from flows.cli import main

        main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stderr.flush()
        # Anything else would unwind the trial's own contexts in the child: its server stopped, its folder removed.
        os._exit(code)
    raise AssertionError("unreachable")


def load() -> None:
    """Import all that a refresh does, and compile what it draws with, for every fork to inherit.

    Half of its time would go into that. A refresh of the command line does it while it waits for Prefect.
    """
    from flows.edition.page import compile_templates
    from flows.refresh import refresh
    from warehouse.checks import warm_up

    refresh.serialize_parameters({"offline": True})  # Prefect imports its web framework here
    for name in (*IMPORTED_LATE, *_modules()):
        import_module(name)
    compile_templates()
    warm_up().join()
    # A fork that collects garbage would go through all of this, and so copy it.
    gc.collect()
    gc.freeze()


def _modules() -> Iterator[str]:
    """Every module of the program: publishers, pages and commands are imported when they are first needed."""
    for package in (flows, sources, warehouse):
        yield from (one.name for one in walk_packages(package.__path__, f"{package.__name__}."))


@contextmanager
def trial_commands() -> Iterator[Commands]:
    """Inside, commands can be started; everything that they load is loaded once, and one Prefect API runs for them."""
    alone = dict(os.environ)
    set_environment_defaults(SILENT)
    with tempfile.TemporaryDirectory(prefix="gpt2030-api-") as folder, prefect_api(Path(folder)) as address:
        load()
        wait_until_healthy(address)
        yield Commands(alone)
