"""Where Prefect runs: against the API the user configured, else against one of our own that ends with us."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import sqlite3
import sys
import time
import tomllib
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from flows import stopping
from flows.own_server import OwnServer, Program, running
from flows.progress import talk
from flows.settings import environment, set_environment, set_environment_defaults
from flows.surroundings import shut_out
from flows.temporary_server import SECRET_VARIABLE, authorization

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
# A server of one command has nobody who waits for events; kept, they were four fifths of what its database grew by.
EVENTLESS: Final = {"PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false"}
# One that stays for years forgets runs of long ago, with what they said: by default Prefect keeps each for ever.
TIDY: Final = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 86_400),
}
START_SECONDS: Final = 120.0
IN_USE: Final = "in-use.lock"
DATABASE: Final = "prefect.db"
# With less room than this the database of a server of ours may have found none for a row.
LEAST_ROOM: Final = 32 << 20
REFUSED: Final = (401, 403)


class EngineError(Exception):
    """Prefect's API could not be started or reached."""


class ServerFolder(NamedTuple):
    """Where a server of ours keeps its history, and the file whose lock says that it is in use."""

    folder: Path
    mark: IO[bytes]


_own: Final[dict[str, OwnServer]] = {}


def configured_api() -> str | None:
    """The address of the Prefect API that the user set, by variable or profile; None when there is none."""
    return _configured("PREFECT_API_URL")


def _configured(name: str) -> str | None:
    """A setting of Prefect's by variable or profile; None where it is not set.

    Read from the files directly: importing Prefect takes two seconds in which our own server could start.
    """
    variables = environment()
    if variables.get(name):
        return variables[name]
    folder = Path(variables.get("PREFECT_HOME", "~/.prefect"))
    try:
        profiles = Path(variables.get("PREFECT_PROFILES_PATH") or folder / "profiles.toml").expanduser()
    except RuntimeError:  # a user whom no list of users knows, without HOME
        return None
    return _set_in(profiles, variables.get("PREFECT_PROFILE"), name) if profiles.exists() else None


def _set_in(profiles: Path, chosen: str | None, name: str) -> str | None:
    """What Prefect's profile of that name, or the active one, sets; EngineError for a file that is none."""
    try:
        content = tomllib.loads(profiles.read_text(encoding="utf-8"))
        profile = content.get("profiles", {}).get(chosen or content.get("active", ""), {})
        value = profile.get(name)
    except (ValueError, AttributeError) as error:
        said = f"{type(error).__name__}: {error}" if isinstance(error, AttributeError) else error
        raise EngineError(
            f"{profiles} is no file of Prefect's profiles ({said}); mend it or move it away, or set PREFECT_API_URL"
        ) from None
    return str(value) if value else None


@contextmanager
def prefect_api(home: Path, *, with_services: bool = False) -> Iterator[str]:
    """Inside, Prefect has an API. Our own keeps its history under `home` and is gone afterwards.

    Schedules need one `with_services`. Nobody but this process and those it starts can speak with our own: it answers
    401 to whoever does not know a secret that is made anew for each start and lives in their environment alone.
    Yields its address at once: it answers a few seconds later; call `wait_until_healthy` when it is needed.
    """
    set_environment_defaults(QUIET)
    shut_out()
    configured = configured_api()
    if configured:
        yield configured
        return
    with free_folder((home / "prefect").resolve()) as free:
        set_damaged_aside(free.folder / DATABASE)
        set_environment_defaults({"PREFECT_HOME": str(free.folder)})
        if not with_services:  # nobody can read logs there once it is gone, and the last ones would come too late
            set_environment_defaults({"PREFECT_LOGGING_TO_API_ENABLED": "false"})
        secret = f"gpt2030:{secrets.token_urlsafe(32)}"
        set_environment(credentials(secret))
        with started_server(free, secret, with_services=with_services) as address:
            set_environment({"PREFECT_API_URL": address})
            yield address


@contextmanager
def free_folder(first: Path) -> Iterator[ServerFolder]:
    """Inside, a folder for a server's history that no other server of ours uses: the first, or a numbered one in it.

    Two servers on one database lock each other out. The mark is inherited by the server: it falls when both are gone.
    """
    for number in count(1):
        folder = first if number == 1 else first / str(number)
        folder.mkdir(parents=True, exist_ok=True)  # Prefect does not create missing parents
        with (folder / IN_USE).open("ab") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield ServerFolder(folder, mark)
            return


def set_damaged_aside(database: Path) -> None:
    """Move a database of Prefect's that is none any more out of its way: it holds the history of runs, and no data.

    Left there, every later run would end with "Application startup failed".
    """
    if not database.is_file() or _is_sound(database):
        return
    aside = database.with_name(f"{database.name}.damaged")
    database.replace(aside)
    for beside in database.parent.glob(f"{database.name}-*"):
        beside.unlink(missing_ok=True)
    talk().warning("%s was damaged: moved to %s, and Prefect's history of runs begins anew", database, aside.name)


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        return isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error)


def credentials(secret: str) -> dict[str, str | None]:
    """The variables by which Prefect's clients prove to a server of ours that they know its secret.

    The header stands there as well, because most of Prefect's websockets send no other. A key for Prefect's cloud
    would be sent in its stead.
    """
    headers = {**_custom_headers(), "Authorization": authorization(secret)}
    return {
        "PREFECT_API_AUTH_STRING": secret,
        "PREFECT_CLIENT_CUSTOM_HEADERS": json.dumps(headers),
        "PREFECT_API_KEY": None,
    }


def _custom_headers() -> dict[str, str]:
    try:
        headers = json.loads(environment().get("PREFECT_CLIENT_CUSTOM_HEADERS") or "{}")
    except ValueError:
        return {}
    return headers if isinstance(headers, dict) else {}


@contextmanager
def started_server(free: ServerFolder, secret: str, *, with_services: bool) -> Iterator[str]:
    """Inside, a Prefect API of ours serves on loopback, with `free.folder` as its working folder; yields its address.

    The secret goes by the environment: command lines can be read by everybody.
    """
    # Bound here and handed on: were it free for a moment, somebody else's program could take the port and be told all.
    with socket.socket() as bound, TemporaryFile() as said:
        bound.bind(("127.0.0.1", 0))
        command = [sys.executable, "-P", "-m", "flows.temporary_server", str(bound.fileno()), str(os.getpid())]
        program = Program(
            [*command, "--services"] if with_services else command,
            (TIDY if with_services else EVENTLESS)
            | environment()
            | {"PREFECT_SERVER_UI_ENABLED": "false", SECRET_VARIABLE: secret},
            free.folder,
            [bound.fileno(), free.mark.fileno()],
        )
        address = f"http://127.0.0.1:{bound.getsockname()[1]}/api"
        with running(program, said) as server:
            _own[address] = server
            try:
                yield address
            finally:
                del _own[address]


def is_own(address: str) -> bool:
    """Whether the API is one that this process has started."""
    return address in _own


def wait_until_healthy(address: str, seconds: float = START_SECONDS) -> None:
    """Return when the API answers; EngineError names the address when it does not in time, or why ours has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if _answers(address, "health"):
                _require_entry(address)
                if is_own(address):
                    _own[address].keep()
                return
        except HTTPError as error:
            if error.code in REFUSED:
                raise EngineError(
                    f"Prefect's API at {address} lets nobody in without its secret (it answered {error.code}); set "
                    "PREFECT_API_AUTH_STRING to what its server was started with"
                ) from None
            stopping.pause(0.05)
        except (URLError, ConnectionError, TimeoutError):
            _require_alive(address)
            stopping.pause(0.05)
    raise EngineError(f"Prefect's API at {address} did not answer within {seconds:.0f} s; is PREFECT_API_URL right?")


def _require_entry(address: str) -> None:
    """HTTPError when the API lets us not in: Prefect tells of its health whoever asks, and of this to clients alone.

    Who comes with a key or with headers of his own is known to others than this server, and is not asked here.
    """
    if _configured("PREFECT_API_KEY") or _configured("PREFECT_CLIENT_CUSTOM_HEADERS"):
        return
    try:
        _answers(address, "admin/version")
    except HTTPError as error:
        if error.code in REFUSED:
            raise


def _answers(address: str, path: str) -> bool:
    secret = _configured("PREFECT_API_AUTH_STRING")
    headers = {"Authorization": authorization(secret)} if secret else {}
    asked = Request(f"{address}/{path}", headers=headers)  # noqa: S310 - our own or the user's API
    with urlopen(asked, timeout=5) as answer:  # noqa: S310 - the same
        return bool(answer.status == 200)


def _require_alive(address: str) -> None:
    own = _own.get(address)
    reason = own.why_it_ended() if own else None
    if own is None or reason is None:
        return
    require_room(address)
    raise EngineError(
        f"Prefect's own server did not start: {reason}; if it stays so, move {own.folder / DATABASE} away: it holds "
        "Prefect's history of runs, and no data"
    )


def require_room(address: str, least: int = LEAST_ROOM) -> None:
    """EngineError says how little room is left, where a server of ours has too little for its history."""
    own = _own.get(address)
    free = shutil.disk_usage(own.folder).free if own else least
    if own and free < least:
        raise EngineError(
            f"no room left for its history: {free / 1e6:.1f} MB are free under {own.folder}; free some space and run "
            "the command again: what was recorded before stands, and nothing else needs to be done"
        )
