"""Where alerts go: webhooks, stdout and whatever Apprise reaches, each without ever telling its URL."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import os
import re
import select
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from flows.settings import SettingsError
from flows.stopping import within
from flows.trust import trust_the_system

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

    from flows.settings import AlertSettings
    from warehouse.outbox import Delivery

WEBHOOKS: Final = {"webhook+https": "https", "webhook+http": "http"}
STDOUT: Final = "stdout"
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://")
# A second try may mend these answers; any other refusal stays one until somebody changes something.
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
# Libraries that write whole URLs, or parts of them, into their logs.
_TALKATIVE: Final = ("apprise", "httpx", "httpcore", "urllib3", "requests")
_APPRISE_CODE: Final = re.compile(r"error=(\d{3})\b")


class DeliveryFailed(Exception):
    """A channel did not take a message; `is_passing` when trying again at once may help. Says no part of the URL."""

    def __init__(self, reason: str, *, is_passing: bool = True) -> None:
        """Say why, in words of our own: those of libraries hold URLs."""
        super().__init__(reason)
        self.is_passing = is_passing


class Channel(Protocol):
    """One place to send to."""

    @property
    def channel_id(self) -> str:
        """Its public name."""
        ...

    @property
    def scheme(self) -> str:
        """How its URL begins."""
        ...

    @property
    def form(self) -> str:
        """Which body it wants: text, json or events."""
        ...

    def send(self, letter: Delivery, at: datetime) -> None:
        """Send one message, or raise DeliveryFailed; `at` is the moment of this attempt (UTC).

        May take as long as the other side likes: call `send_within`.
        """
        ...


@dataclass(frozen=True, slots=True)
class StdoutChannel:
    """Prints messages where the data of commands go."""

    channel_id: str
    timeout_seconds: float
    scheme: str = STDOUT
    form: str = "text"

    def send(self, letter: Delivery, at: datetime) -> None:
        """Print title and body, then an empty line."""
        del at
        text = f"{letter.title}\n\n{letter.body}\n\n"
        try:
            descriptor = sys.stdout.fileno()
        except (OSError, ValueError):  # no file, but something that keeps what is printed
            sys.stdout.write(text)
            return
        try:
            self._write(descriptor, text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
        except OSError as error:
            raise DeliveryFailed(f"stdout cannot be written to ({type(error).__name__})") from None

    def _write(self, descriptor: int, data: bytes) -> None:
        """Write piece by piece, as far as somebody reads: a write that blocks would never give up."""
        end = time.monotonic() + self.timeout_seconds
        while data:
            ready = select.select([], [descriptor], [], max(0.0, end - time.monotonic()))[1]
            if not ready:
                raise DeliveryFailed(f"nobody reads stdout for {self.timeout_seconds:g} s")
            data = data[os.write(descriptor, data[: select.PIPE_BUF]) :]


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """POSTs JSON, signed as the Standard Webhooks specification says when there is a secret."""

    channel_id: str
    scheme: str
    url: str = field(repr=False)
    key: bytes | None = field(repr=False)
    timeout_seconds: float
    form: str = "json"

    def send(self, letter: Delivery, at: datetime) -> None:
        """POST the body; only an answer of 2xx counts. Redirects are not followed: they would be told everything."""
        body = letter.body.encode()
        headers = {"Content-Type": "application/json", **signed(letter.digest_key, at, body, self.key)}
        ask("POST", self.url, self.timeout_seconds, content=body, headers=headers)


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """Whatever Apprise has a plugin for, such as Slack, e-mail, Teams or Telegram."""

    channel_id: str
    scheme: str
    service: Any = field(repr=False)
    timeout_seconds: float
    form: str = "text"

    def send(self, letter: Delivery, at: datetime) -> None:
        """Hand the message to Apprise; what its log says of a failure is reduced to the status code."""
        del at
        import apprise

        kinds = (apprise.NotifyType.INFO, apprise.NotifyType.WARNING, apprise.NotifyType.FAILURE)
        hush()
        notifier = apprise.Apprise(asset=self.service.asset)
        notifier.add(self.service)
        result = notifier.notify(
            body=letter.body,
            title=letter.title,
            notify_type=kinds[letter.severity],
            body_format=apprise.NotifyFormat.TEXT,
        )
        if result:
            return
        if result.status == apprise.AppriseResultStatus.TIMEOUT:
            raise DeliveryFailed(f"no answer within {self.timeout_seconds:g} s")
        codes = _APPRISE_CODE.findall(" ".join(str(entry) for one in result for entry in one.logs()))
        raise refused(int(codes[-1])) if codes else DeliveryFailed("the service could not be reached or refused it")


def ask(method: str, url: str, seconds: float, **sent: Any) -> None:
    """One request, whose answer counts when it is 2xx, or DeliveryFailed. Redirects would be told everything.

    `seconds` is the longest silence: an answer that drips takes as long as it likes.
    """
    import httpx

    hush()
    try:
        # Streamed: the status is all that counts, and an answer without end would hold the run.
        with (
            httpx.Client(timeout=seconds, follow_redirects=False) as client,
            client.stream(method, url, **sent) as answer,
        ):
            code = answer.status_code
    except httpx.TimeoutException:
        raise DeliveryFailed(f"no answer within {seconds:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        # From None: as its cause, the library's error would carry the URL into a traceback.
        raise DeliveryFailed(f"no connection ({type(error).__name__})") from None
    if not 200 <= code < 300:
        raise refused(code)


def send_within(seconds: float, channel: Channel, letter: Delivery, at: datetime) -> None:
    """Send one message, or raise DeliveryFailed, also when it is not done after `seconds`.

    The time limits of libraries are for one silence each: headers that drip in byte by byte, or `103 Early Hints` for
    ever, pass them all. What was left behind may still arrive, as after a crash; the next try has the same key.
    """
    try:
        within(seconds, lambda: channel.send(letter, at))
    except TimeoutError:
        raise DeliveryFailed(f"no answer within {seconds:.3g} s") from None


def open_channels(settings: AlertSettings) -> tuple[Channel, ...]:
    """The channels as set, each URL once; SettingsError names position and scheme of one that cannot be used."""
    if settings.channels:
        trust_the_system()
    found = [open_channel(position, settings) for position in range(1, len(settings.channels) + 1)]
    return tuple({channel.channel_id: channel for channel in found}.values())


def open_channel(position: int, settings: AlertSettings) -> Channel:
    """The channel at a position, counted from 1; SettingsError names position and scheme when it cannot be used."""
    url = settings.channels[position - 1].get_secret_value()
    found = _SCHEME.match(url)
    if found is None:
        raise SettingsError(f"setting alerts.channels, number {position}: not a URL; write scheme://…")
    scheme = found.group(1).lower()
    channel_id = f"{scheme}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    if scheme == STDOUT:
        return StdoutChannel(channel_id, settings.timeout_seconds)
    if scheme in WEBHOOKS:
        import httpx  # noqa: F401 - now, because a message has only so much time to be sent in

        rest = url[found.end() :]
        if not rest.partition("/")[0]:
            raise SettingsError(f"setting alerts.channels, number {position} ({scheme}): no host")
        address = f"{WEBHOOKS[scheme]}://{rest}"
        return WebhookChannel(channel_id, scheme, address, _key(settings.webhook_secret), settings.timeout_seconds)
    return AppriseChannel(channel_id, scheme, _service(position, scheme, url, settings), settings.timeout_seconds)


def _service(position: int, scheme: str, url: str, settings: AlertSettings) -> Any:
    import apprise

    asset = apprise.AppriseAsset(
        async_mode=False,
        http_redirects=False,
        secure_logging=True,
        service_timeout=settings.timeout_seconds,
        # Anything else would write files about the channel under the user's home.
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    hush()
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise SettingsError(
            f"setting alerts.channels, number {position} ({scheme}): Apprise cannot use it; see docs/alerts.md"
        )
    return service


def _key(secret: SecretStr | None) -> bytes | None:
    """The signing key: `whsec_` and base64 as the specification writes it, or plain text."""
    if secret is None:
        return None
    text = secret.get_secret_value()
    if not text.startswith("whsec_"):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise SettingsError("setting alerts.webhook_secret: what follows whsec_ is not base64") from None


def signed(key_of_message: str, at: datetime, body: bytes, key: bytes | None) -> dict[str, str]:
    """The headers of one attempt; `at` is UTC without zone. The id is the same on every attempt, the time is not."""
    from datetime import UTC

    moment = str(int(at.replace(tzinfo=UTC).timestamp()))
    headers = {"webhook-id": key_of_message, "webhook-timestamp": moment, "Idempotency-Key": key_of_message}
    if key is not None:
        digest = hmac.new(key, b".".join((key_of_message.encode(), moment.encode(), body)), hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def refused(code: int) -> DeliveryFailed:
    """What an answer other than 2xx means."""
    advice = "; redirects are not followed" if 300 <= code < 400 else ""
    return DeliveryFailed(f"answered {code}{advice}", is_passing=code in _PASSING)


def hush() -> None:
    """Let no library write a log that could hold a URL, also from a thread that was given up waiting for.

    Apprise goes on noting to itself what went wrong.
    """
    for name in _TALKATIVE:
        one = logging.getLogger(name)
        one.propagate, one.handlers = False, [logging.NullHandler()]
        if name != "apprise":
            one.setLevel(logging.CRITICAL + 1)
