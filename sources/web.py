"""The one HTTP session: polite, patient within limits, and never wrong about what it got."""

from __future__ import annotations

import copy
import threading
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Final, NoReturn, Self
from urllib.parse import SplitResult, urljoin

import requests
import tenacity
from urllib3.exceptions import HTTPError

from sources.bounds import MOST_BYTES
from sources.errors import (
    KEPT,
    NotFound,
    RateLimited,
    Refused,
    ServerFailed,
    SourceError,
    TooLarge,
    Truncated,
    Unreachable,
    WrongContent,
)
from sources.kinds import Kind, excerpt, require_kind
from sources.network import Pace, Reach, host_of, is_network_failure, place_of, root_cause, split_address
from sources.records import Fetched

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from types import TracebackType

CHUNK_BYTES: Final = 1 << 16
EVIDENCE_BYTES: Final = 1 << 14
# A silent host costs a whole timeout at each try; one that says "later" costs next to nothing.
SILENT_TRIES: Final = 2
_ACCEPT: Final[Mapping[str, str]] = {
    "csv": "text/csv, text/plain;q=0.9, */*;q=0.5",
    "json": "application/json, */*;q=0.5",
    "jsonl": "application/x-ndjson, text/plain;q=0.9, */*;q=0.5",
    "yaml": "application/yaml, text/plain;q=0.9, */*;q=0.5",
    "zip": "application/zip, application/octet-stream;q=0.9, */*;q=0.5",
    "parquet": "application/vnd.apache.parquet, application/octet-stream;q=0.9, */*;q=0.5",
    "text": "text/plain, */*;q=0.5",
    "html": "text/html, */*;q=0.5",
}
_MAY_PASS: Final = (requests.ConnectionError, requests.Timeout)


@dataclass(frozen=True, slots=True)
class WebLimits:
    """How long, how much and how often, for one `Web.get`.

    `connect_seconds` is for one address of the host; `read_seconds` for any one silence after that;
    `answer_seconds` until the headers are in (name look-up included, which has no timeout of its own);
    `deadline_seconds` for everything: transfers, retries and waits. `spacing_seconds` lie between two requests to
    the same host. `max_bytes` counts after decompression.
    """

    connect_seconds: float = 3.0
    read_seconds: float = 6.0
    answer_seconds: float = 8.0
    deadline_seconds: float = 45.0
    spacing_seconds: float = 0.2
    max_bytes: int = 48 << 20
    tries: int = 4
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What a publisher answered: `body` is None when it said 'not modified' (status 304). A file has no status."""

    status: int | None
    url: str
    body: bytes | None
    etag: str | None = None
    media_type: str | None = None

    def of_feed(self, feed: str) -> Fetched:
        """The answer as a source hands it on."""
        return Fetched(feed, self.url, self.body, self.etag, self.media_type, self.status)


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request as it goes out; `headers` are the caller's, which may hold credentials."""

    url: SplitResult
    kind: Kind
    etag: str | None
    headers: Mapping[str, str]
    limits: WebLimits
    deadline: float

    @property
    def host(self) -> str:
        """Host and port."""
        return host_of(self.url)

    @property
    def place(self) -> str:
        """The address without credentials, query and fragment: all that may be shown."""
        return place_of(self.url)

    def redact(self, text: str) -> str:
        """The text without any credential of ours, should a server echo it."""
        for value in self.headers.values():
            for part in (value, *value.split()):
                text = text.replace(part, "***") if len(part) >= 8 else text
        return text


class _Passing(Exception):
    """A failure that may pass: the error to raise if it does not, the wait asked for, and how often to try."""

    def __init__(
        self, error: SourceError, *, wait: float | None = None, tries: int | None = None, dead_host: str | None = None
    ) -> None:
        super().__init__(str(error))
        self.error, self.wait, self.tries, self.dead_host = error, wait, tries, dead_host


class Web:
    """Reads addresses for all sources, from any number of threads, over one `requests.Session`.

    `today` is the day of the run, for publishers with one file a day. `clock` is a monotonic clock in seconds and
    `sleep` waits; both can be replaced. Proxies and certificate bundles follow requests' usual environment
    variables; cookies and netrc are not used.
    """

    def __init__(
        self,
        *,
        version: str = "dev",
        today: date | None = None,
        limits: WebLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a session that introduces itself as `gpt2030/<version>`."""
        self.today, self.limits = today, limits or WebLimits()
        self._clock, self._sleep = clock, sleep
        self._pace, self._reach = Pace(clock, sleep), Reach()
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"gpt2030/{version} (+project gpt2030; reads each public file once a run)"
        # A cookie set by a challenge page would make later answers depend on earlier ones.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def __enter__(self) -> Self:
        """The session itself, closed on leaving."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def within(self, seconds: float) -> Web:
        """The same session, connections and memory, but giving up after `seconds`."""
        other = copy.copy(self)
        other.limits = replace(
            self.limits,
            deadline_seconds=seconds,
            connect_seconds=min(self.limits.connect_seconds, seconds),
            read_seconds=min(self.limits.read_seconds, seconds),
            answer_seconds=min(self.limits.answer_seconds, seconds),
        )
        return other

    def get(
        self,
        url: str,
        *,
        accept: Kind = "text",
        etag: str | None = None,
        headers: Mapping[str, str] | None = None,
        limits: WebLimits | None = None,
    ) -> WebAnswer:
        """Read one address whole, retrying what may pass; raise a SourceError with evidence otherwise.

        `accept` is what must come back, judged by the first bytes. `etag` makes the request conditional: the
        answer's body is None when nothing changed. `headers` go to this host alone, never along a redirect.
        """
        limits = limits or self.limits
        # What could not be read afterwards is not fetched.
        limits = replace(limits, max_bytes=min(limits.max_bytes, MOST_BYTES[accept]))
        ask = _Ask(split_address(url), accept, etag, headers or {}, limits, self._clock() + limits.deadline_seconds)
        if self._reach.is_hopeless(ask.url):
            raise Unreachable(
                "not reached", where=ask.place, evidence="the network or this host was just found dead", advice=KEPT
            )
        try:
            return self._retrying(ask)(self._attempt, ask)
        except _Passing as passing:
            if passing.dead_host:
                self._reach.failed(passing.dead_host)
            # `from None`: tenacity's frames and the library's own message would show the query in a traceback.
            raise passing.error from None

    def _retrying(self, ask: _Ask) -> tenacity.Retrying:
        def is_over(state: tenacity.RetryCallState) -> bool:
            tries = _passing(state).tries or ask.limits.tries
            # A wait that ends after the deadline is not begun: it would cost its time and could bring nothing.
            is_late = self._clock() + state.upcoming_sleep >= ask.deadline
            return is_late or state.attempt_number >= tries or self._reach.is_hopeless(ask.url)

        backoff = tenacity.wait_exponential_jitter(multiplier=0.4, max=8.0, jitter=0.4)
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            wait=lambda state: asked if (asked := _passing(state).wait) is not None else backoff(state),
            stop=is_over,
            sleep=self._sleep,
            reraise=True,
        )

    def _attempt(self, ask: _Ask) -> WebAnswer:
        """One try, redirects included."""
        hop = ask
        for _ in range(ask.limits.redirects + 1):
            # Within the loop: each hop is a request, to whatever host, and is spaced like one.
            self._pace.wait(hop.host, hop.limits.spacing_seconds)
            response, body = self._transfer(hop)
            if response.status_code not in {301, 302, 303, 307, 308}:
                return _judge(ask, hop, response, body)
            hop = _follow(hop, response.headers.get("Location", ""))
        raise WrongContent(f"more than {ask.limits.redirects} redirects", where=ask.place, evidence=hop.place)

    def _transfer(self, ask: _Ask) -> tuple[requests.Response, bytes]:
        """Headers and body of one request, or the failure in our words."""
        transfer = _Transfer(self._session, ask)
        transfer.start()
        left = ask.deadline - self._clock()
        if not transfer.headers_in.wait(max(0.0, min(ask.limits.answer_seconds, left))):
            silent = Unreachable(f"no answer within {ask.limits.answer_seconds:g} s", where=ask.place, advice=KEPT)
            raise _Passing(silent, tries=1, dead_host=ask.host)
        transfer.join(max(0.0, ask.deadline - self._clock()))
        if transfer.is_alive():
            transfer.abandon()
            raise Unreachable(
                f"still sending after {ask.limits.deadline_seconds:g} s",
                where=ask.place,
                evidence=f"{transfer.received} bytes so far",
                advice=KEPT,
            )
        if isinstance(transfer.error, SourceError):
            raise transfer.error
        if transfer.error is not None or transfer.response is None:
            _explain(ask, transfer)
        self._reach.answered(ask.host)
        return transfer.response, bytes(transfer.body)


class _Transfer(threading.Thread):
    """One request on a thread of its own, so that nothing it waits for outlasts the deadline.

    A look-up of a name and a drip of header bytes know no timeout, so waiting for them in the caller's thread could
    hold up a whole refresh. The thread is a daemon: an abandoned one cannot hold up the end of the program.
    """

    def __init__(self, session: requests.Session, ask: _Ask) -> None:
        super().__init__(daemon=True, name=f"transfer from {ask.host}")
        self._session, self._ask = session, ask
        self.headers_in = threading.Event()
        self.response: requests.Response | None = None
        self.body = bytearray()
        self.received = 0
        self.error: Exception | None = None

    def run(self) -> None:
        """Ask and read; whatever goes wrong is kept in `error` for the caller's thread."""
        try:
            self.response = self._request()
            self.headers_in.set()
            self._read(self.response)
        except (requests.RequestException, HTTPError, SourceError, OSError, ValueError) as error:
            self.error = error
        finally:
            # After a failure too: the caller would wait in vain, and then take the host for dead.
            self.headers_in.set()
            if self.response is not None:
                self.response.close()

    def abandon(self) -> None:
        """Break a read that is under way."""
        if self.response is not None:
            try:
                # Not close() at once: it would wait for the very read that it is to end.
                self.response.raw.shutdown()
            except (ValueError, RuntimeError, OSError):
                self.response.close()

    def _request(self) -> requests.Response:
        ask = self._ask
        headers = {"Accept": _ACCEPT[ask.kind], **ask.headers}
        if ask.etag:
            headers["If-None-Match"] = ask.etag
        return self._session.get(
            ask.url.geturl(),
            headers=headers,
            timeout=(ask.limits.connect_seconds, ask.limits.read_seconds),
            allow_redirects=False,  # requests would carry x-api-key to whatever host it is sent to
            stream=True,
            auth=_no_credentials,
        )

    def _read(self, response: requests.Response) -> None:
        is_wanted, limit = response.status_code == 200, self._ask.limits.max_bytes
        if is_wanted and int(_digits(response.headers.get("Content-Length"))) > limit:
            raise _too_large(self._ask, f"Content-Length {response.headers['Content-Length']}")
        # Counted after decompression: a few kilobytes of gzip can hold gigabytes.
        for chunk in response.iter_content(CHUNK_BYTES):
            self.body += chunk
            self.received = len(self.body)
            if is_wanted and self.received > limit:
                raise _too_large(self._ask, f"{self.received} bytes and more to come")
            if not is_wanted and self.received > EVIDENCE_BYTES:
                return


def _explain(ask: _Ask, transfer: _Transfer) -> NoReturn:
    """Raise what a broken transfer means.

    Messages of the HTTP libraries are neither passed on nor chained: they quote the address with its query.
    """
    error, evidence = transfer.error, root_cause(transfer.error)
    if transfer.response is not None:
        seen = f"{transfer.received} bytes, then {evidence}"
        raise _Passing(Truncated("the transfer broke off", where=ask.place, evidence=seen, advice=KEPT))
    failure = Unreachable("not reached", where=ask.place, evidence=evidence, advice=KEPT)
    # To requests an SSLError is a ConnectionError, but no second try makes a bad certificate good.
    if isinstance(error, requests.exceptions.SSLError) or not isinstance(error, _MAY_PASS):
        raise failure
    if isinstance(error, requests.ReadTimeout):
        raise _Passing(failure, tries=SILENT_TRIES)
    if isinstance(error, requests.ConnectTimeout):
        raise _Passing(failure, tries=1, dead_host=ask.host)
    is_network = is_network_failure(error)
    raise _Passing(failure, tries=SILENT_TRIES if is_network else None, dead_host=ask.host if is_network else None)


def _judge(asked: _Ask, ask: _Ask, response: requests.Response, body: bytes) -> WebAnswer:
    """The answer of a complete transfer, or what its status means."""
    status, etag = response.status_code, response.headers.get("ETag")
    media_type = response.headers.get("Content-Type")
    # The address asked, not where it led: a validator is sent again only below the source's own address.
    url = asked.url.geturl()
    # A 304 nobody asked for would make an empty warehouse believe that it is up to date.
    if status == 304 and ask.etag:
        return WebAnswer(status, url, None, etag or ask.etag, media_type)
    if status == 200:
        _require_kind(asked, ask, body)
        return WebAnswer(status, url, body, etag, media_type)
    # Servers quote what they refuse: "invalid key abc…" must not reach the log.
    # By `asked`: a hop to another host knows no credentials any more, and would leave them standing.
    evidence = asked.redact(excerpt(body))
    if status == 429:
        wait = _retry_after(response)
        told = "without saying how long to wait" if wait is None else f"asks for a pause of {wait:g} s"
        error = RateLimited("too many requests", where=ask.place, evidence=told, advice=KEPT, status=status)
        raise _Passing(error, wait=wait)
    if status >= 500:
        failed = ServerFailed(
            f"the server failed ({status})", where=ask.place, evidence=evidence, advice=KEPT, status=status
        )
        raise _Passing(failed, wait=_retry_after(response))
    raise _final(status, ask.place, evidence)


def _require_kind(asked: _Ask, ask: _Ask, body: bytes) -> None:
    try:
        require_kind(body, ask.kind, where=ask.place, status=200)
    except WrongContent as wrong:
        seen = asked.redact(wrong.evidence)  # a page of status 200 may quote a key as well as a refusal may
        raise WrongContent(wrong.what, where=wrong.where, evidence=seen, advice=wrong.advice, status=200) from None


def _final(status: int, place: str, evidence: str) -> SourceError:
    """What a status means that trying again does not change."""
    if status in {404, 410}:
        return NotFound(
            f"nothing there ({status})",
            where=place,
            evidence=evidence,
            advice="the publisher may have moved it: see the source's URL setting",
            status=status,
        )
    if 400 <= status < 500:
        return Refused(
            f"refused ({status})",
            where=place,
            evidence=evidence,
            advice="check the key, if the source needs one; a challenge page means this network is blocked",
            status=status,
        )
    return WrongContent(f"an answer of status {status}", where=place, evidence=evidence, advice=KEPT, status=status)


def _follow(ask: _Ask, location: str) -> _Ask:
    """The request a redirect leads to; credentials stay behind unless scheme, host and port are the same."""
    url = split_address(urljoin(ask.url.geturl(), location))
    is_downgrade = ask.url.scheme == "https" and url.scheme == "http"
    if not location or is_downgrade:
        raise WrongContent(
            "redirect from https to http" if is_downgrade else "redirect to nowhere",
            where=ask.place,
            evidence=f"to {url.scheme}://{host_of(url)}",
            advice="not followed; see the source's URL setting",
        )
    is_same = (url.scheme, host_of(url)) == (ask.url.scheme, ask.host)
    return replace(ask, url=url, headers=ask.headers if is_same else {})


def _too_large(ask: _Ask, evidence: str) -> TooLarge:
    return TooLarge(f"more than {ask.limits.max_bytes} bytes", where=ask.place, evidence=evidence, advice=KEPT)


def _passing(state: tenacity.RetryCallState) -> _Passing:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _Passing)
    return error


def _retry_after(response: requests.Response) -> float | None:
    """Seconds of the Retry-After header; a date there is read against the answer's own Date, not our clock."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value[:9])  # more digits than a lifetime of seconds overflow a sleep
    try:
        pause = parsedate_to_datetime(value) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, pause.total_seconds())


def _digits(value: str | None) -> str:
    # isdecimal, not isdigit: ² is a digit that int() refuses.
    return value if value and value.isdecimal() else "0"


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stand in for requests' own look into netrc, which would send a password that nobody asked us to send."""
    return request
