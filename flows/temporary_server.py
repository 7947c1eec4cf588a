"""A Prefect API that serves one parent process on loopback and ends with it, also when the parent is killed."""

from __future__ import annotations

import os
import sys
import threading
import time

POLL_SECONDS = 0.5


def end_with_parent(parent: int) -> None:
    """Leave at once when the parent is gone: a killed refresh must not leave a server behind."""
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    # sys.exit would end this thread alone.
    os._exit(0)


def main(port: int, parent: int, *, with_services: bool) -> None:
    """Serve Prefect's API until the parent ends; with services, it also creates the runs of schedules."""
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    uvicorn.run(
        create_app(ephemeral=not with_services, final=True),
        host="127.0.0.1",
        port=port,
        log_level="error",
        lifespan="on",
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), with_services="--services" in sys.argv)
