"""A static host on loopback, as one is rented: the files of a folder, whole or by byte range, and what was asked."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class StaticHost:
    """Serves a folder; `sent` counts the bytes of bodies that went out, `asked` names each request."""

    def __init__(self, folder: Path) -> None:
        self.sent = 0
        self.asked: list[tuple[str, str, str]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer(is_head=True)

            def do_GET(self) -> None:
                self._answer(is_head=False)

            def _answer(self, *, is_head: bool) -> None:
                asked = self.headers.get("Range", "")
                host.asked.append((self.command, self.path, asked))
                file = folder / self.path.lstrip("/")
                body = file.read_bytes() if file.is_file() else b""
                found = _RANGE.fullmatch(asked)
                first, last = 0, len(body) - 1
                if found:
                    first, last = int(found[1]), min(int(found[2] or last), last)
                part = body[first : last + 1]
                self.send_response(404 if not file.is_file() else 206 if found else 200)
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("Content-Length", str(len(part)))
                if found:
                    self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
                self.end_headers()
                if not is_head:
                    host.sent += len(part)
                    self.wfile.write(part)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
                """Nothing: what was asked is in `asked`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
