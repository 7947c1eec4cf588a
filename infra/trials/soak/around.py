"""What a home rests on outside: a publisher of two feeds, a receiver of alerts, a dead man's switch, a small disk."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.trials.soak.script import WHOLE_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

SOURCE: Final = "epoch_capabilities"
OTHER_SOURCE: Final = "epoch_hardware"
_HEADER: Final = "Model,eci,eci_ci_low,eci_ci_high,date,Organization\n"
_CHIPS: Final = "Hardware name,Manufacturer,Release date,Release price (USD),Price-performance\n" + "".join(
    f"Chip {k},Maker,2024-{k:02}-15,15000.0,{k}e11\n" for k in range(1, 13)
)
_PAGE: Final = b"<!DOCTYPE html><html><head><title>We are moving</title></head><body>Come back later</body></html>"
# More than the home of a soak grows to; memory is taken as files come.
SIZE: Final = 4 << 30


@dataclass
class Scores:
    """The feed that changes: its rows, and how it ails (`down`, `wrong`, `held`), if it does."""

    rows: dict[str, float] = field(default_factory=lambda: {f"System {k}": 110.5 + k for k in range(1, 13)})
    ails: str | None = None

    def add(self) -> None:
        """One more system, better than all before."""
        self.rows[f"System {len(self.rows) + 1}"] = max(self.rows.values()) + 0.75

    def revise(self) -> None:
        """Another score for a system in the middle."""
        name = list(self.rows)[len(self.rows) // 2]
        self.rows[name] += 0.25

    def answer(self) -> tuple[int, bytes]:
        """Status and body, as it ails."""
        if self.ails == "down":
            return 503, b"down for maintenance"
        if self.ails == "wrong":
            return 200, _PAGE
        said = "n. a." if self.ails == "held" else None
        lines = [
            f"{name},{said or value},{value - 2},{value + 2},{_released(place)},Lab\n"
            for place, (name, value) in enumerate(self.rows.items())
        ]
        return 200, (_HEADER + "".join(lines)).encode()


def _released(place: int) -> str:
    return f"{2025 + place // 12}-{place % 12 + 1:02}-15"


@dataclass
class Receiver:
    """Takes letters unless it is down; `taken` counts each key, `signs` is what the dead man's switch heard."""

    is_down: bool = False
    taken: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, set[str]] = field(default_factory=dict)
    refused: int = 0
    signs: list[str] = field(default_factory=list)

    def take(self, key: str, body: str) -> int:
        """Take a letter, or not; returns the status."""
        if self.is_down:
            self.refused += 1
            return 503
        self.bodies.setdefault(key, set()).add(body)
        self.taken[key] += 1
        return 204

    def subjects(self) -> list[str]:
        """What the letters taken so far tell of: kind, subject and state of each alert."""
        return [
            f"{one['kind']} {one['subject']} {one['state']}"
            for bodies in self.bodies.values()
            for body in bodies
            for one in json.loads(body)["data"]["alerts"]
        ]


@dataclass
class Outside:
    """Publisher, receiver and switch on one port of loopback."""

    scores: Scores = field(default_factory=Scores)
    receiver: Receiver = field(default_factory=Receiver)

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def variables(self, home: Path) -> dict[str, str]:
        """The settings of a home that rests on all this and on nothing else."""
        from sources.registry import SOURCES

        at, served = f"127.0.0.1:{self._server.server_port}", {SOURCE, OTHER_SOURCE}
        others = set(SOURCES) - served - {"curated", "essay"}
        return {
            "GPT2030_HOME": str(home),
            # The disk then grows by what stays of each edition, as in a home that lasts.
            "GPT2030_EDITIONS_WHOLE_DAYS": str(WHOLE_DAYS),
            **{f"GPT2030_SOURCES__{name.upper()}__URL": f"http://{at}/feeds" for name in served},
            **{f"GPT2030_SOURCES__{name.upper()}__ENABLED": "false" for name in others},
            "GPT2030_ALERTS__CHANNELS": json.dumps([f"webhook+http://{at}/letters"]),
            "GPT2030_DEADMAN_URL": f"http://{at}/alive",
        }

    def get(self, path: str) -> tuple[int, bytes]:
        """What a GET is answered."""
        if path.startswith("/alive"):
            self.receiver.signs.append("failed" if path.endswith("/fail") else "well")
            return 204, b""
        if path.endswith("/eci_scores.csv"):
            return self.scores.answer()
        return (200, _CHIPS.encode()) if path.endswith("/ml_hardware.csv") else (404, b"no such file")


def _handler(outside: Outside) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*outside.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(outside.receiver.take(self.headers["webhook-id"], body), b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the home lies; `is_small` when it is a file system of its own, which can be filled."""

    place: Path
    is_small: bool

    @contextmanager
    def full(self, free: int) -> Iterator[None]:
        """Inside, only so many bytes are free: the file system itself is as small as that."""
        stat = os.statvfs(self.place)
        self._resize((stat.f_blocks - stat.f_bfree) * stat.f_frsize + free)
        try:
            yield
        finally:
            self._resize(SIZE)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.place)], check=True)


@contextmanager
def disk() -> Iterator[Disk]:
    """Inside, a file system in memory where root may mount one, else a folder: a full disk is then left out."""
    with tempfile.TemporaryDirectory(prefix="gpt2030-soak-") as folder:
        place = Path(folder) / "disk"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
        is_small = os.geteuid() == 0 and not subprocess.run(command, capture_output=True, check=False).returncode
        try:
            yield Disk(place, is_small)
        finally:
            if is_small:
                subprocess.run(["umount", "--lazy", str(place)], check=True)
