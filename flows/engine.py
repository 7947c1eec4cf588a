"""Where Prefect runs: against the API the user configured, else against one of our own that ends with us."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.error import URLError
from urllib.request import urlopen

from flows.settings import environment, set_environment_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nothing is reported to anybody, and a refresh prints its own progress instead of Prefect's.
QUIET: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_ROOT_LEVEL": "WARNING",
    "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
# For a command that tells its failure itself: Prefect would print it a second time, as a traceback.
SILENT: Final = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
START_SECONDS: Final = 120.0


class EngineError(Exception):
    """Prefect's API could not be started or reached."""


def configured_api() -> str | None:
    """The address of the Prefect API that the user set, by variable or profile; None when there is none.

    Read from the files directly: importing Prefect takes two seconds in which our own server could start.
    """
    variables = environment()
    if variables.get("PREFECT_API_URL"):
        return variables["PREFECT_API_URL"]
    folder = Path(variables.get("PREFECT_HOME", "~/.prefect")).expanduser()
    profiles = folder / "profiles.toml"
    if not profiles.exists():
        return None
    content = tomllib.loads(profiles.read_text(encoding="utf-8"))
    active = variables.get("PREFECT_PROFILE", content.get("active", ""))
    address = content.get("profiles", {}).get(active, {}).get("PREFECT_API_URL")
    return str(address) if address else None


@contextmanager
def prefect_api(home: Path, *, with_services: bool = False) -> Iterator[str]:
    """Inside, Prefect has an API. Our own keeps its history under `home` and is gone afterwards.

    Schedules need one `with_services`.
    Yields its address at once: it answers a few seconds later; call `wait_until_healthy` when it is needed.
    """
    set_environment_defaults(QUIET)
    configured = configured_api()
    if configured:
        yield configured
        return
    folder = (home / "prefect").resolve()
    folder.mkdir(parents=True, exist_ok=True)  # Prefect does not create missing parents
    set_environment_defaults({"PREFECT_HOME": str(folder)})
    if not with_services:  # nobody can read logs there once it is gone, and the last ones would come too late for it
        set_environment_defaults({"PREFECT_LOGGING_TO_API_ENABLED": "false"})
    port = _free_port()
    address = f"http://127.0.0.1:{port}/api"
    command = [sys.executable, "-m", "flows.temporary_server", str(port), str(os.getpid())]
    server = subprocess.Popen(  # noqa: S603 - our own module
        [*command, "--services"] if with_services else command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment() | {"PREFECT_SERVER_UI_ENABLED": "false"},
    )
    set_environment_defaults({"PREFECT_API_URL": address})
    try:
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until_healthy(address: str, seconds: float = START_SECONDS) -> None:
    """Return when the API answers; EngineError names the address when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310 - our own or the user's API
                if answer.status == 200:
                    return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise EngineError(f"Prefect's API at {address} did not answer within {seconds:.0f} s; is PREFECT_API_URL right?")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
