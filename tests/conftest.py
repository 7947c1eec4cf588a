"""Fixtures shared by all tests: a Prefect server on loopback, an own home, and no network beyond loopback."""

import fcntl
import gc
import os
import secrets
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import hypothesis
import pytest

from flows.engine import credentials, free_folder, started_server, wait_until_healthy
from tests.laws import THOROUGH
from warehouse.store import CONFIG

# A busy machine takes longer; how long a test takes says nothing about what it tests.
hypothesis.settings.register_profile("quick", deadline=None, max_examples=THOROUGH // 4)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=THOROUGH)
hypothesis.settings.load_profile("quick")

# What a test asks of the engine is small: threads that wait for each other took a sixth of the time of an edition, and
# several workers' stand in each other's way. Commands that tests start, and with them the trials, have all threads.
CONFIG["threads"] = 1

ROOT = Path(__file__).parent.parent
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# The servers of this session answer 401 to whoever does not know it.
CREDENTIALS = {name: value for name, value in credentials(f"tests:{secrets.token_urlsafe()}").items() if value}
os.environ |= CREDENTIALS


def pytest_collection_modifyitems(items):
    """The files that start servers and wait for schedules first: begun last, one of them would run on alone."""
    starting = [item.nodeid for item in items if "prefect_server" in getattr(item, "fixturenames", ())]
    slow = {item.nodeid for item in items if item.get_closest_marker("slow")}
    if not slow.issuperset(starting):
        # Ten seconds to start, and its services go on looking for work until the last test.
        raise pytest.UsageError(f"a quick test starts Prefect's server: {sorted({*starting} - slow)}")
    items.sort(key=lambda item: item.get_closest_marker("server") is None)


def pytest_collection_finish():
    """What is imported and collected by now stays to the end: looked through for garbage again and again, it took a
    fifth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def prefect_serving(folder):
    """A real Prefect server with its services that keeps its database in `folder`; yields its address."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as running:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PREFECT_HOME", str(folder))
            patched.setenv("PREFECT_LOGGING_SERVER_LEVEL", "ERROR")
            secret = CREDENTIALS["PREFECT_API_AUTH_STRING"]
            free = running.enter_context(free_folder(folder))
            address = running.enter_context(started_server(free, secret, with_services=True))
        wait_until_healthy(address)
        yield address


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """The address of a real Prefect server, started for this session and gone after it."""
    with prefect_serving(tmp_path_factory.mktemp("prefect")) as address:
        yield address


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A home with editions of the embedded default for the days given, made once for all files: to read, not to write.

    What begins with the same days goes on from there. Whoever writes takes a copy (`published_copy`).
    """
    base = tmp_path_factory.getbasetemp()
    shelf = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "published"
    shelf.mkdir(exist_ok=True)

    def home(*days):
        from infra.sample import SAMPLE_DAY, publish_sample
        from tests.warehouse.fresh import furnished

        days = days or (SAMPLE_DAY,)
        folder = shelf / "-".join(map(str, days))
        with (shelf / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                making = shelf / f"{folder.name}.making"
                shutil.rmtree(making, ignore_errors=True)
                if days[:-1]:
                    shutil.copytree(home(*days[:-1]), making, symlinks=True)
                publish_sample(furnished(making), days[-1])
                making.rename(folder)
        return folder

    return home


@pytest.fixture(scope="session")
def published_copy(published):
    """The same in a place of one's own, to write to."""
    return lambda place, *days: Path(shutil.copytree(published(*days), place, symlinks=True))


@pytest.fixture
def shell(tmp_path):
    """The environment of a user's shell: an own home, nothing else of ours, and no server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    return (
        kept
        | CREDENTIALS
        | {
            "GPT2030_HOME": str(tmp_path / "home"),
            "PREFECT_HOME": str(tmp_path / "prefect"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PYTHONPATH": str(ROOT),
        }
    )


@pytest.fixture
def environment(shell, prefect_server):
    """The same with the server above."""
    return shell | {"PREFECT_API_URL": prefect_server}


@pytest.fixture
def gpt2030(environment, tmp_path):
    """Run the command line as a user would; returns the finished process."""

    def run(*arguments, check=True, **variables):
        command = [sys.executable, "-m", "flows.cli", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | variables, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr[-3000:]}")
        return done

    return run
