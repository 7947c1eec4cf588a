"""From the outbox to the channels: at least once, in order, each within its time, while the warehouse is free."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from tenacity import Retrying, retry_if_exception, wait_random_exponential

from flows import stopping
from flows.alerts.channels import DeliveryFailed, open_channels, send_within
from flows.alerts.events import event_channel
from flows.progress import talk
from flows.settings import Clock, claim
from warehouse import outbox, publication
from warehouse.errors import WarehouseError
from warehouse.outbox import EVENTS_CHANNEL
from warehouse.store import WRITER_FILE, Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from tenacity import RetryCallState

    from flows.alerts.channels import Channel
    from flows.settings import AlertSettings, Settings
    from warehouse.outbox import Delivery

# Tries within a round, seconds apart; what they cannot mend waits for a later round.
TRIES: Final = 3
LONGEST_WAIT: Final = timedelta(days=1)
LOCK: Final = "deliver.lock"


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one delivery round; `recorded` are those that went to Prefect as events, not to people."""

    delivered: int = 0
    recorded: int = 0
    failed: int = 0
    dead: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether anything in the outbox is another than before."""
        return bool(self.delivered or self.recorded or self.failed or self.dead)

    def sentence(self) -> str:
        """The round in words."""
        counts = (self.delivered, "delivered"), (self.failed, "to be tried again"), (self.dead, "given up")
        return "alerts: " + (", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to send")


class Attempted(NamedTuple):
    """What came of one letter, and when (UTC); `failure` says why it was not taken."""

    letter: Delivery
    at: datetime
    failure: str | None


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Who carries the letters of one home: the channels, how patiently, and where time and waiting come from."""

    home: Path
    channels: Sequence[Channel]
    settings: AlertSettings
    moment: Callable[[], datetime] = lambda: Clock.read(None).now
    sleep: Callable[[float], None] = stopping.pause

    def deliver(self) -> Round:
        """Send what is due, oldest first, and record each outcome at once; returns what came of it.

        Nobody else sends meanwhile, and nobody is kept from writing: letters are read, the warehouse is let go of, and
        taken again for a moment after each. WarehouseError when somebody else keeps it for too long; what could not be
        recorded is then sent once more, with the same key. Call when `latest` shows what is told.
        """
        with _alone(self.home, self.settings.round_seconds) as is_alone:
            if not is_alone:
                talk().warning("another process is sending alerts still; what is due goes out with the next round")
                return Round()
            with stopping.at_once():  # it may have to wait for another run
                opened = self._opened()
            with opened as warehouse:
                letters = self._due(warehouse)
            return self._round(letters) if letters else Round()

    def _due(self, warehouse: Warehouse) -> list[Delivery]:
        for line in publication.recover(warehouse, self.home):
            talk().info("recovered: %s", line)
        known = self._by_id()
        letters = outbox.due(warehouse, self.moment())
        # Events wait for an API without being counted; of a channel that is gone, every round counts as failed.
        return [one for one in letters if one.channel_id in known or one.channel_id != EVENTS_CHANNEL]

    def _round(self, letters: Sequence[Delivery]) -> Round:
        end = time.monotonic() + self.settings.round_seconds
        unrecorded: list[Attempted] = []
        counts: dict[str, int] = {}
        try:
            for number, letter in enumerate(letters):
                if time.monotonic() >= end:
                    talk().warning("%d messages wait for the next round: this one took too long", len(letters) - number)
                    break
                with suppress(WarehouseError):  # somebody writes just now; there is time until the end of the round
                    self._record(unrecorded, counts)
                stopping.check()
                unrecorded.append(self._carry(letter, end))
        finally:
            self._record(unrecorded, counts, is_last=True)
        tally = Round(**counts)
        if tally.delivered or tally.failed or tally.dead:
            talk().info("%s", tally.sentence())
        return tally

    def _carry(self, letter: Delivery, end: float) -> Attempted:
        failure = None
        try:
            self._try(letter, end)
        except DeliveryFailed as failed:
            failure = str(failed)
        return Attempted(letter, self.moment(), failure)

    def _try(self, letter: Delivery, end: float) -> None:
        channel = self._by_id().get(letter.channel_id)
        if channel is None:
            raise DeliveryFailed("the channel is not among alerts.channels")

        def is_over(state: RetryCallState) -> bool:
            return state.attempt_number >= TRIES or time.monotonic() + state.upcoming_sleep >= end

        for attempt in Retrying(
            stop=is_over,
            wait=wait_random_exponential(multiplier=0.5, max=4),
            retry=retry_if_exception(lambda error: isinstance(error, DeliveryFailed) and error.is_passing),
            # Without it tenacity would raise an error of its own, which nobody catches here.
            reraise=True,
            sleep=self.sleep,
        ):
            with attempt:
                seconds = min(self.settings.timeout_seconds, end - time.monotonic())
                send_within(seconds, channel, letter, self.moment())

    def _by_id(self) -> dict[str, Channel]:
        return {channel.channel_id: channel for channel in self.channels}

    def _record(self, unrecorded: list[Attempted], counts: dict[str, int], *, is_last: bool = False) -> None:
        """Write down what came of letters and take them off the list; the last time, show it to readers as well."""
        if not unrecorded and not (is_last and counts):
            return
        with self._opened() as warehouse:
            while unrecorded:
                kind = self._write_down(warehouse, unrecorded[0])
                counts[kind] = counts.get(kind, 0) + 1
                del unrecorded[0]
            if is_last:
                publication.publish_copy(warehouse, self.home)

    def _write_down(self, warehouse: Warehouse, one: Attempted) -> str:
        letter = one.letter
        if one.failure is None:
            outbox.record_delivered(warehouse, letter, one.at)
            return "recorded" if letter.channel_id == EVENTS_CHANNEL else "delivered"
        rounds = letter.attempts + 1
        is_dead = rounds >= self.settings.attempts
        # Doubling a time without bound overflows; from a day on it makes no difference.
        wait = min(timedelta(seconds=self.settings.retry_seconds) * 2 ** min(letter.attempts, 30), LONGEST_WAIT)
        outbox.record_failed(warehouse, letter, one.failure, None if is_dead else one.at + wait)
        said = "given up" if is_dead else "to be tried again"
        talk().warning("alert not delivered to %s (round %d, %s): %s", letter.channel_id, rounds, said, one.failure)
        return "dead" if is_dead else "failed"

    def _opened(self) -> Warehouse:
        return Warehouse.open(self.home, now=Clock.read(None).now, claim=claim("deliver"))


@contextmanager
def _alone(home: Path, seconds: float) -> Iterator[bool]:
    """Inside, nobody else sends from this home, unless it says False: another process went on for `seconds`.

    A lock of the file system, because it falls with the process that holds it: no claim is left to expire.
    """
    with (home / LOCK).open("ab") as file:
        yield _lock(file, time.monotonic() + seconds)


def _lock(file: IO[bytes], end: float) -> bool:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            stopping.pause(stopping.POLL_SECONDS)
        else:
            return True


def carry_after(home: Path, channels: Sequence[Channel], settings: AlertSettings) -> None:
    """Send what is due at the end of a run: whatever comes of it, the run has ended as it has."""
    try:
        Deliverer(home, channels, settings).deliver()
    except WarehouseError as error:
        talk().warning("alerts wait for the next round: %s", error)


def deliver_outbox(settings: Settings) -> Round:
    """Send what is due from the outbox under the home set, outside a refresh.

    WarehouseError when a refresh is at work: it delivers itself.
    """
    home = settings.home.resolve()
    if not (home / WRITER_FILE).exists():
        return Round()
    return Deliverer(home, (*open_channels(settings.alerts), *event_channel()), settings.alerts).deliver()
