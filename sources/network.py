"""Addresses that may be shown, spacing between requests, and what has been learned about the network so far."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from pyrate_limiter import InMemoryBucket, Rate, RateItem
from urllib3.exceptions import NameResolutionError

from sources.errors import WrongContent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# One dead name may be a typing error in the settings; three, with nothing ever answering, are a dead network.
HOSTS_FOR_DOWN: Final = 3
# errno: network down, network unreachable, connection timed out, no route to host.
_NO_ROUTE: Final = frozenset({100, 101, 110, 113})


def split_address(url: str) -> SplitResult:
    """The parts of an absolute http(s) address without user, password and fragment; WrongContent for any other."""
    try:
        parts = urlsplit(url)
        host = host_of(parts)
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), ""
    if parts.scheme not in {"http", "https"} or not host:
        raise WrongContent("not an http(s) address", where=f"{parts.scheme}://{host}", advice="see the URL setting")
    # From the right: a password may hold an @ of its own, and what follows it would stay in the address.
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")


def host_of(url: SplitResult) -> str:
    """Host and port as they identify a server."""
    name = url.hostname or ""
    name = f"[{name}]" if ":" in name else name
    return f"{name}:{url.port}" if url.port else name


def place_of(url: SplitResult) -> str:
    """Scheme, host and path: all of an address that a message may quote, for a query can hold a key."""
    return f"{url.scheme}://{host_of(url)}{url.path}"


class Pace:
    """Spacing per host, over pyrate-limiter's bucket so that the clock can be injected and no thread is started."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """`clock` counts seconds, `sleep` waits for some."""
        self._clock, self._sleep = clock, sleep
        self._buckets: dict[tuple[str, float], InMemoryBucket] = {}
        self._lock = threading.Lock()

    def wait(self, host: str, spacing: float) -> None:
        """Sleep until another request to the host is polite: `spacing` seconds after the one before."""
        while spacing > 0 and (seconds := self._seconds_to_wait(host, spacing)) > 0:
            self._sleep(seconds)

    def _seconds_to_wait(self, host: str, spacing: float) -> float:
        with self._lock:
            now = int(self._clock() * 1000)
            bucket = self._buckets.setdefault((host, spacing), InMemoryBucket([Rate(1, max(1, int(spacing * 1000)))]))
            bucket.leak(now)  # the library's own thread for this is not started
            item = RateItem(host, now)
            if bucket.put(item):
                return 0.0
            milliseconds = bucket.waiting(item)
            assert isinstance(milliseconds, int)
            # Rounded down to 0 the caller would spin until the clock's next millisecond.
            return max(milliseconds, 1) / 1000


class Reach:
    """Which hosts answered and which could not be reached, for all threads, so that a dead network costs little."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._answered: set[str] = set()
        self._failed: set[str] = set()
        self._lock = threading.Lock()

    def answered(self, host: str) -> None:
        """Something out there spoke to us."""
        with self._lock:
            self._answered.add(host)

    def failed(self, host: str) -> None:
        """The host could not be found, or not be connected to."""
        with self._lock:
            self._failed.add(host)

    def is_hopeless(self, url: SplitResult) -> bool:
        """Whether asking would only cost time: this host is known dead, or the whole network is.

        A local address needs no network, so it is asked in any case.
        """
        host = host_of(url)
        with self._lock:
            is_down = len(self._failed) >= HOSTS_FOR_DOWN and not self._answered
            # What has answered once is not dead: it stumbled, and is asked again.
            return (host in self._failed - self._answered) or (is_down and not _is_local(url))


def _is_local(url: SplitResult) -> bool:
    try:
        return ip_address(url.hostname or "").is_private
    except ValueError:
        return url.hostname == "localhost"


def is_network_failure(error: BaseException) -> bool:
    """Whether a name did not resolve or no route led there; a refused connection proves that the network works."""
    return any(
        isinstance(link, NameResolutionError | socket.gaierror)
        or (isinstance(link, OSError) and link.errno in _NO_ROUTE)
        for link in _causes(error)
    )


# By name: they come from three libraries, one of which is no dependency of ours.
_IN_WORDS: Final = {
    "BadStatusLine": "what came is no answer in HTTP",
    "DecodeError": "the bytes are not packed as the answer says",
    "IncompleteRead": "fewer bytes came than were announced",
    "InvalidChunkLength": "the answer broke off between two of its parts",
    "InvalidURL": "an address that is none",
    "LineTooLong": "a line of the answer's head is too long",
    "LocationParseError": "an address that is none",
    "NameResolutionError": "the name of the host is not known",
    "ProtocolError": "what came is no answer in HTTP",
    "ReadTimeoutError": "nothing more came",
    "RemoteDisconnected": "the connection was closed without an answer",
    "error": "the bytes are not packed as the answer says",
}


def root_cause(error: BaseException | None) -> str:
    """The innermost reason in a few words, without the address that HTTP libraries put into theirs."""
    *_, last = (None, *_causes(error))
    if isinstance(last, OSError) and last.strerror:
        return str(last.strerror)
    return "no reason given" if last is None else _IN_WORDS.get(type(last).__name__, type(last).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    # Exceptions of HTTP libraries nest in three different ways, and sometimes in circles.
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        inner = (part for part in (getattr(error, "reason", None), *error.args) if isinstance(part, BaseException))
        error = next(inner, error.__cause__)
