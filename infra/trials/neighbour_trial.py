"""What another user of this machine gets from `serve` and `refresh`: `python -m infra.neighbour_trial` tries it.

Needs to be started as root. While both commands work for real, a process that has become `nobody` asks every port they
listen on for every path of Prefect's API, opens its websockets, reads what /proc tells of their processes, and tries
to list and open everything under the home. It should get 401, nothing at all, or "permission denied".
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

USER = "nobody"
PATIENCE_SECONDS = 180
SECRET = "PREFECT_API_AUTH_STRING"
# Beside those that the API itself names.
PATHS = (
    *("/", "/docs", "/redoc", "/openapi.json", "/api/openapi.json", "/api/docs", "/api/health", "/api/ready"),
    *("/api/version", "/api/admin/settings", "/metrics", "/api/metrics", "/ui-settings", "/v2", "/health"),
    *("/shutdown", "/run_count"),  # of Prefect's runner, were it served
)
WEBSOCKETS = ("/api/events/in", "/api/events/out", "/api/logs/out", "/api/task_runs/subscriptions/scheduled")


def main() -> int:
    """Try both commands; returns the exit code."""
    if os.geteuid() != 0:
        print("only root can become another user; nothing was tried")
        return 1
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gpt2030-neighbour-") as folder:
        Path(folder).chmod(0o755)  # or nothing below could be reached for another reason
        home = Path(folder) / "home"
        with running(home, "refresh", "--offline") as first:
            first.wait(timeout=PATIENCE_SECONDS)  # there has to be something to read
        for command in (("serve", "--every", "5", "--offline"), ("refresh", "--offline")):
            said, found = tried(home, *command)
            print(f"{command[0]}: {said}")
            problems += [f"{command[0]}: {one}" for one in found]
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return int(bool(problems))


def tried(home: Path, *command: str) -> tuple[str, list[str]]:
    """What a neighbour got while the command worked, in words, and what of it should not be."""
    with running(home, *command) as process:
        paths = [*PATHS, *_wait_for(lambda: _api_paths(process.pid))]
        if command[0] == "serve":
            _wait_for(lambda: len(_tree(process.pid)) > 3)  # a run is at work
        ports = _serving(process.pid)
        files = [str(path) for path in [home, *home.rglob("*")]]
        pids = _tree(process.pid)
        secret = _variables(process.pid, *pids)[SECRET]
        answer = as_neighbour(lambda: _look_around(ports, paths, pids, files))
    statuses = Counter(answer["statuses"])
    said = f"{len(ports)} ports, {dict(statuses)}, {len(files)} files, {len(pids)} processes"
    problems = [f"answered {status}" for status in statuses if status not in {"401", "nothing"}]
    problems += [f"could read {path}" for path in answer["read"]]
    told = secret.split(":")[-1]
    problems += ["a command line tells the secret"] if told in answer["command_lines"] else []
    kept = [path for path in home.rglob("*") if path.is_file() and told.encode() in path.read_bytes()]
    problems += [f"{path.name} keeps the secret" for path in kept]
    return said, problems + ([] if statuses["401"] else ["nothing answered 401: nothing was tried"])


@contextmanager
def running(home: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command at work; stopped afterwards as a person would."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "flows.cli", *command],
        env=kept | {"GPT2030_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


def as_neighbour(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `work` returns in a process that has become the other user; whatever it imports must be loaded already."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        other = pwd.getpwnam(USER)
        os.setgroups([])
        os.setgid(other.pw_gid)
        os.setuid(other.pw_uid)
        with os.fdopen(write, "w") as answer:
            json.dump(work(), answer)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(said)
    return found


def _look_around(ports: list[int], paths: list[str], pids: list[int], files: list[str]) -> dict[str, Any]:
    wrong = f"Authorization: Basic {base64.b64encode(b'gpt2030:guess').decode()}\r\n"
    upgrade = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: prefect\r\n"
    )
    statuses = [_status(port, path, "") for port in ports for path in paths]
    statuses += [_status(port, path, wrong) for port in ports for path in PATHS]
    statuses += [
        _status(port, path, upgrade + headers) for port in ports for path in WEBSOCKETS for headers in ("", wrong)
    ]
    told = [path for path in files if _is_readable(path)]
    told += [f"/proc/{pid}/environ" for pid in pids if _is_readable(f"/proc/{pid}/environ")]
    lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in pids if Path(f"/proc/{pid}").exists()]
    return {"statuses": statuses, "read": told, "command_lines": " ".join(lines)}


def _status(port: int, path: str, headers: str) -> str:
    """The status of the answer; `nothing` when the other side says nothing at all."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
            said = connection.recv(200).decode(errors="replace")
    except OSError:
        return "nothing"
    return said.split(" ")[1] if said.startswith("HTTP/") else said or "nothing"


def _is_readable(path: str) -> bool:
    try:
        if Path(path).is_dir():
            list(Path(path).iterdir())
        else:
            Path(path).open("rb").close()
    except OSError:
        return False
    return True


def _wait_for(find: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.1)
    raise SystemExit("the command did not get to work in time")


def _tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in task.read_text().split() for one in _tree(int(child))]
        except OSError:  # it has ended
            continue
    return found


def _serving(pid: int) -> list[int]:
    """The TCP ports that the process tree listens on."""
    inodes = {link.name for link in _sockets(_tree(pid))}
    ports = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and f"socket:[{columns[9]}]" in inodes:
                ports.append(int(columns[1].rpartition(":")[2], 16))
    return sorted(set(ports))


def _sockets(pids: list[int]) -> list[Path]:
    links = []
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                links.append(descriptor.readlink())
            except OSError:  # closed, or the process has ended
                continue
    return links


def _variables(*pids: int) -> dict[str, str]:
    """What the environments of these processes say, one over the other."""
    found: dict[str, str] = {}
    for pid in pids:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        found |= dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return found


def _api_paths(pid: int) -> list[str]:
    """Every path of the API, as its owner is told; none while it has not begun to answer."""
    secret = _variables(*_tree(pid)).get(SECRET, "")
    header = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    for port in _serving(pid):
        try:
            request = Request(f"http://127.0.0.1:{port}/openapi.json", headers=header)
            with urlopen(request, timeout=30) as answer:
                return [f"/api{path}" if not path.startswith("/api") else path for path in json.load(answer)["paths"]]
        except OSError:  # not this port, or not yet
            continue
    return []


if __name__ == "__main__":
    sys.exit(main())
