"""A Prefect API that serves one parent process on loopback and ends with it, also when the parent is killed."""

from __future__ import annotations

import hmac
import os
import socket
import sys
import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from flows.settings import environment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLL_SECONDS = 0.5
SECRET_VARIABLE: Final = "PREFECT_SERVER_API_AUTH_STRING"  # noqa: S105 - its name, no secret
REFUSED: Final = 401
# Answers to a request, and to the opening of a websocket.
_ANSWERS: Final = {"http": "http.response", "websocket": "websocket.http.response"}


def authorization(secret: str) -> str:
    """The header `Authorization` of those who know the secret."""
    return f"Basic {b64encode(secret.encode()).decode()}"


class Guarded:
    """An ASGI application that answers nobody but those who know the secret, whatever they ask for.

    Prefect's own check leaves open its health, its version, its documentation and the beginning of every websocket.
    """

    def __init__(self, app: App, secret: str) -> None:
        """Guard `app`; the secret is what Prefect calls an auth string."""
        self._app = app
        self._expected = authorization(secret).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or answer 401."""
        if scope["type"] in _ANSWERS and not self._is_known(scope):
            answer = _ANSWERS[scope["type"]]
            headers = [(b"www-authenticate", b"Basic"), (b"content-length", b"0")]
            await send({"type": f"{answer}.start", "status": REFUSED, "headers": headers})
            await send({"type": f"{answer}.body", "body": b""})
        else:
            await self._app(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        said = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(said) == 1 and hmac.compare_digest(said[0], self._expected)


def end_with_parent(parent: int) -> None:
    """Leave at once when the parent is gone: a killed refresh must not leave a server behind."""
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    # sys.exit would end this thread alone.
    os._exit(0)


def main(descriptor: int, parent: int, *, with_services: bool) -> None:
    """Serve Prefect's API on a bound socket until the parent ends; with services, also create the runs of schedules."""
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    secret = environment().get(SECRET_VARIABLE)
    if not secret:
        sys.exit(f"{SECRET_VARIABLE} is not set: without a secret anybody on this machine could start runs")
    import uvicorn
    from prefect.server.api.server import create_app

    app = Guarded(create_app(ephemeral=not with_services, final=True), secret)
    # Not uvicorn.run, which takes the number of workers from the environment.
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", access_log=False))
    server.run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), with_services="--services" in sys.argv)
