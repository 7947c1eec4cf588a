"""The signal that a refresh ended: when it stays away, somebody else notices that nothing runs here any more.

It rests neither on Prefect nor on the outbox: whoever waits for it knows by its absence that the machine is off, the
schedule is gone or the disk is full, of which no program here could tell.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from flows import stopping
from flows.alerts.channels import DeliveryFailed, ask
from flows.progress import talk
from flows.trust import trust_the_system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.run.run import Run
    from flows.settings import Settings

# As the services that wait for such signals have it: the address itself is good news, with this behind it bad news.
FAIL: Final = "/fail"
WELL: Final = frozenset({"published", "unchanged"})
TRIES: Final = 3
PAUSE_SECONDS: Final = 0.5


def ended(run: Run) -> None:
    """Tell how a run ended; nothing of a dry run, a backfill or a look back. Call without the lock of the home."""
    if is_news(run):
        signal(run.settings, is_well=run.outcome in WELL)


def is_news(run: Run) -> bool:
    """Whether how a run ended says anything of today: not that of a dry run, a backfill or a look back."""
    return not (run.request.is_dry_run or run.is_backfill or run.is_looking_back or run.clock.is_replay)


@contextmanager
def failing(settings: Settings, *, is_silent: bool) -> Iterator[None]:
    """Inside, an error is told of as well, unless `is_silent`; one that somebody stopped has not failed."""

    def tell(kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and issubclass(kind, Exception) and not is_silent and not stopping.asked():
            signal(settings, is_well=False)

    with ExitStack() as ending:
        ending.push(tell)
        yield


def signal(settings: Settings, *, is_well: bool) -> None:
    """Ask the address set, if there is one; whatever comes of it, the run has ended as it has.

    All tries together take no longer than a message may (`alerts.timeout_seconds`), whatever the other side does.
    """
    if settings.deadman_url is None:
        return
    import httpx  # noqa: F401 - now, because the signal has only so much time

    url = settings.deadman_url.get_secret_value()
    seconds = settings.alerts.timeout_seconds
    trust_the_system()
    try:
        stopping.within(seconds, lambda: _ask(url if is_well else failure_of(url), seconds))
    except (DeliveryFailed, TimeoutError) as error:
        said = str(error) or f"no answer within {seconds:g} s"
        talk().warning("the address of deadman_url was not told that this refresh ended: %s", said)


def failure_of(url: str) -> str:
    """Where failures are told: behind the path, before a query."""
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}{FAIL}{mark}{query}"


def _ask(url: str, seconds: float) -> None:
    for left in reversed(range(TRIES)):
        try:
            ask("GET", url, seconds)
        except DeliveryFailed as failed:
            if not left or not failed.is_passing:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return
