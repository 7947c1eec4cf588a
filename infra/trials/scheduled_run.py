"""See that a schedule is kept with the libraries at hand: `python -m infra.scheduled_run`, on whatever versions.

That every module can be imported proves little: with Prefect 3.8.8 and SQLAlchemy 2.1 a server starts, takes a
schedule and never begins a run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

# A busy machine takes minutes to import what a run needs; how long it takes says nothing about whether it comes.
SECONDS = 900
SHOWN = ("prefect", "sqlalchemy", "fastapi", "duckdb", "polars", "great-expectations", "pandera", "pydantic")


def main() -> int:
    """Serve a refresh every few seconds in a home of its own until one has published; returns the exit code."""
    print(", ".join(f"{name} {version(name)}" for name in SHOWN))
    with tempfile.TemporaryDirectory(prefix="gpt2030-schedule-") as folder:
        log, home = Path(folder) / "said.log", Path(folder) / "home"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
        command = [sys.executable, "-m", "flows.cli", "serve", "--every", "5", "--offline"]
        with log.open("wb") as said:
            server = subprocess.Popen(
                command, cwd=folder, env=kept | {"GPT2030_HOME": str(home)}, stdout=said, stderr=said
            )
            seconds = _wait(home, server)
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)
        if seconds is None:
            print(f"no edition within {SECONDS} s; the last words were:\n{log.read_text(errors='replace')[-8000:]}")
            return 1
    print(f"a scheduled refresh published after {seconds:.0f} s")
    return 0


def _wait(home: Path, server: subprocess.Popen[bytes]) -> float | None:
    started = time.monotonic()
    while time.monotonic() < started + SECONDS and server.poll() is None:
        if (home / "editions" / "latest").exists():
            return time.monotonic() - started
        time.sleep(0.5)
    return None


if __name__ == "__main__":
    sys.exit(main())
