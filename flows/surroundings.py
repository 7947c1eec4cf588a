"""What surrounds a process and may not steer it: files in the working folder, a proxy before this very machine."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flows.settings import FOLDER, environment, set_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def shut_out() -> None:
    """Let nothing that merely lies about steer this process or those it starts. Call before Prefect is imported.

    Modules come from what is installed and from PYTHONPATH, never from the working folder. An address of this machine
    is reached directly, whatever proxy is set.
    """
    # An empty entry, as `PYTHONPATH=$PYTHONPATH:/x` leaves one, stands for the working folder.
    paths = [str(Path(entry).absolute()) for entry in environment().get("PYTHONPATH", "").split(os.pathsep) if entry]
    set_environment({"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(paths) or None})
    _reach_loopback_directly()


def _reach_loopback_directly() -> None:
    """Name this machine among the hosts without a proxy, in both spellings: libraries differ in which one they read."""
    variables = environment()
    said = ",".join(variables.get(name, "") for name in ("no_proxy", "NO_PROXY"))
    hosts = [host for host in (part.strip() for part in said.split(",")) if host]
    if "*" not in hosts:
        hosts = list(dict.fromkeys([*hosts, *LOOPBACK]))
    set_environment(dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(hosts)))


def import_prefect() -> None:
    """Import Prefect where it finds no settings to obey.

    From the working folder it would take `.env`, `prefect.toml` and `pyproject.toml`, which may name another server or
    a logging configuration, and that runs whatever it likes. The variables and the profile of the user hold.
    """
    if "prefect.main" in sys.modules:
        return
    with inside(Path(sys.prefix)):  # belongs to whoever installed us
        import prefect.main  # noqa: F401


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Inside, `folder` is the working folder of the whole process."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def users_folder() -> Iterator[None]:
    """Inside, the working folder is the one of the user, also in a process that had to be started elsewhere."""
    with inside(Path(environment().get(FOLDER) or Path.cwd())):
        yield
