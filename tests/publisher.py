"""A fake publisher on loopback that behaves as told, route by route: well, badly, slowly or not at all."""

from __future__ import annotations

import gzip
import io
import os
import socket
import struct
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    Behaviour = Callable[["_Handler"], None]

CHALLENGE_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking you</body></html>"
BAD_GATEWAY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
STALL_SECONDS = 30.0


@dataclass(frozen=True)
class Request:
    """What came in; `path` includes the query."""

    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class Publisher:
    """Serves each path by its list of behaviours, one per request; the last one repeats. Unknown paths are 404."""

    routes: dict[str, list[Behaviour]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def serve(self, path: str, *behaviours: Behaviour) -> None:
        """Set what requests for a path get, in order."""
        self.routes[path] = list(behaviours)

    def asked(self, path: str) -> list[Request]:
        """The requests for a path (without query) so far."""
        return [request for request in self.requests if request.path.partition("?")[0] == path]

    @property
    def url(self) -> str:
        """Address of the root, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def other_url(self) -> str:
        """The same server under another host name, to test what follows across hosts."""
        return f"http://localhost:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        handler = type("Handler", (_Handler,), {"publisher": self, "stop": self._stop})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    publisher: Publisher
    stop: threading.Event
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        self.publisher.requests.append(Request(self.path, dict(self.headers.items()), body))
        behaviours = self.publisher.routes.get(self.path) or self.publisher.routes.get(self.path.partition("?")[0])
        behaviour = status(404, b"no such file") if not behaviours else behaviours[0]
        if behaviours and len(behaviours) > 1:
            behaviours.pop(0)
        try:
            behaviour(self)
        except OSError:  # the reader went away, as some tests mean it to
            self.close_connection = True

    def send(self, code: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def ok(body: bytes, *, media_type: str = "text/csv", etag: str | None = None) -> Callable[[_Handler], None]:
    """200 with the body; 304 when the request names the etag."""

    def behave(handler: _Handler) -> None:
        if etag and handler.headers.get("If-None-Match") == etag:
            handler.send(304, b"", {"ETag": etag})
            return
        handler.send(200, body, {"Content-Type": media_type, **({"ETag": etag} if etag else {})})

    return behave


def status(
    code: int, body: bytes = b"", *, headers: Mapping[str, str] | None = None, media_type: str = "text/plain"
) -> Callable[[_Handler], None]:
    """Any status with any body."""
    return lambda handler: handler.send(code, body, {"Content-Type": media_type, **(headers or {})})


def redirect(location: str, code: int = 301) -> Callable[[_Handler], None]:
    """A redirect."""
    return status(code, b"moved", headers={"Location": location})


def echo_credentials(code: int = 403) -> Callable[[_Handler], None]:
    """A careless server that quotes the credentials it was sent."""

    def behave(handler: _Handler) -> None:
        handler.send(code, f"bad credentials {handler.headers.get('Authorization')}".encode(), {})

    return behave


def reset(handler: _Handler) -> None:
    """Break the connection before any answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    os.close(handler.connection.detach())  # close() alone would wait for the handler's own file objects


def close_at_once(handler: _Handler) -> None:
    """Take the request and close the connection, orderly and without a word."""
    handler.close_connection = True


def hang(handler: _Handler) -> None:
    """Accept the request and never answer."""
    handler.stop.wait(STALL_SECONDS)
    handler.close_connection = True


def drip(body: bytes, *, pause: float = 0.05) -> Callable[[_Handler], None]:
    """Good headers, then one byte at a time."""

    def behave(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for k in range(len(body)):
            handler.wfile.write(body[k : k + 1])
            handler.wfile.flush()
            if handler.stop.wait(pause):
                return

    return behave


def drip_headers(handler: _Handler) -> None:
    """Headers, one byte at a time, without end."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        if handler.stop.wait(0.05):
            return


def early_hints(handler: _Handler) -> None:
    """Announce an answer again and again, without end."""
    while not handler.stop.wait(0.01):
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        handler.wfile.flush()


def truncated(body: bytes) -> Callable[[_Handler], None]:
    """Promise the whole body and break off half-way."""

    def behave(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.close_connection = True

    return behave


def gzip_bomb(size: int) -> Callable[[_Handler], None]:
    """A small body that decompresses to `size` bytes."""
    packed = gzip.compress(bytes(size))
    return lambda handler: handler.send(200, packed, {"Content-Encoding": "gzip"})


def endless(total: int, *, first: bytes = b"a,b\n") -> Callable[[_Handler], None]:
    """`total` bytes without saying so beforehand."""

    def behave(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(first)
        for _ in range(total // 65536):
            handler.wfile.write(b"x" * 65536)
        handler.close_connection = True

    return behave


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """A zip archive with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unused_address() -> str:
    """An address on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
