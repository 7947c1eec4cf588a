"""From the outbox to the channels: once, in order, with the same bytes, never too soon, never for ever."""

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from flows import stopping
from flows.alerts import delivery
from flows.alerts.channels import DeliveryFailed
from flows.alerts.delivery import TRIES, Deliverer, Round
from flows.alerts.notification import AlertStamp, compose
from flows.settings import AlertSettings, Clock
from models.alerts import Condition, Occasion, messages
from tests.warehouse.fresh import fresh
from warehouse import outbox
from warehouse.outbox import EVENTS_CHANNEL
from warehouse.reader import Reader
from warehouse.store import WRITER_FILE, WarehouseError

NOW = datetime(2026, 11, 23)
BUSY = DeliveryFailed("answered 500")
GONE = DeliveryFailed("answered 410", is_passing=False)


@dataclass
class Fake:
    """A channel that answers as told, the last answer again and again; keeps what it was sent."""

    channel_id: str = "fake-00000000"
    scheme: str = "fake"
    form: str = "text"
    answers: list = field(default_factory=lambda: [None])
    sent: list = field(default_factory=list)
    seconds: float = 0.0
    work: object = None

    def send(self, letter, at):
        self.sent.append((letter.digest_key, letter.title, letter.body))
        time.sleep(self.seconds)
        if self.work:
            self.work()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer


@pytest.fixture
def rows(tmp_path):
    def ask(sql):
        with fresh(tmp_path, now=NOW) as warehouse:
            return warehouse.rows(sql)

    return ask


@pytest.fixture
def queue(tmp_path):
    """Put one alert in the outbox for these channels, each call another one."""
    subjects = iter("abcdefgh")

    def put(*channels):
        with fresh(tmp_path, now=NOW) as warehouse:
            occasion = Occasion(date(2026, 11, 23))
            found = messages([Condition("publication_held", next(subjects), 2, "held: x", "why")], [], occasion, ())
            post = AlertStamp(AlertSettings(), NOW, outbox.next_number(warehouse))
            mail = compose(found, occasion, channels, post)
            with warehouse.transaction():
                outbox.post(warehouse, mail.alerts, mail.deliveries)

    return put


@pytest.fixture
def carry(tmp_path):
    def deliver(*channels, at=None, **settings):
        moment = at or Clock.read(None).now + timedelta(seconds=1)
        return Deliverer(tmp_path, channels, AlertSettings(**settings), lambda: moment, lambda _: None).deliver()

    return deliver


STATE = "SELECT state, attempts, last_error FROM out.delivery ORDER BY channel_id, queued_at"


class TestOutcomes:
    """What becomes of a letter."""

    def test_a_channel_that_takes_it_gets_it_once(self, queue, carry):
        channel = Fake()
        queue(channel)
        assert carry(channel).delivered == 1
        assert not carry(channel).is_changed
        assert len(channel.sent) == 1

    def test_readers_are_shown_what_became_of_it(self, queue, carry, tmp_path):
        channel = Fake(answers=[GONE])
        queue(channel)
        carry(channel)
        with Reader(tmp_path / "gpt2030.duckdb") as reader:
            assert reader.rows(STATE) == [("pending", 1, "answered 410")]

    def test_a_failure_that_passes_is_tried_again_at_once_with_the_same_bytes(self, queue, carry):
        channel = Fake(answers=[BUSY, BUSY, None])
        queue(channel)
        assert carry(channel).delivered == 1
        assert len(channel.sent) == 3
        assert len(set(channel.sent)) == 1

    def test_a_refusal_is_not_repeated_at_once(self, queue, carry, rows):
        channel = Fake(answers=[GONE])
        queue(channel)
        assert carry(channel).failed == 1
        assert len(channel.sent) == 1
        assert rows(STATE) == [("pending", 1, "answered 410")]

    def test_what_a_crash_left_is_sent_by_the_next_round_with_the_same_key_and_bytes(self, queue, carry, rows):
        """Killed after the channel took it and before that was recorded: the repeat is the same to the byte."""
        channel = Fake()
        queue(channel)
        before = rows("SELECT * FROM out.delivery")
        carry(channel)
        rows("UPDATE out.delivery SET state = 'pending', delivered_at = NULL")
        assert rows("SELECT * FROM out.delivery") == before
        carry(channel)
        assert len(channel.sent) == 2
        assert len(set(channel.sent)) == 1

    def test_waits_double_up_to_a_day_and_then_it_is_given_up_with_the_reason(self, queue, carry, rows):
        channel = Fake(answers=[BUSY])
        queue(channel)
        at, waits = Clock.read(None).now + timedelta(seconds=1), []
        while (tally := carry(channel, at=at, attempts=12, retry_seconds=300)).failed:
            due = rows("SELECT next_attempt_at FROM out.delivery")[0][0]
            assert not carry(channel, at=due - timedelta(seconds=1), attempts=12).is_changed
            waits.append((due - at).total_seconds())
            at = due
        assert waits == [min(300 * 2**k, 86_400) for k in range(11)]
        assert tally.dead == 1
        assert rows(STATE) == [("dead", 12, "answered 500")]
        assert len(channel.sent) == 12 * TRIES

    def test_one_channel_that_fails_does_not_keep_the_others_from_theirs(self, queue, carry, rows):
        bad, good = Fake("a-bad", answers=[BUSY]), Fake("b-good")
        queue(bad, good)
        tally = carry(bad, good)
        assert (tally.delivered, tally.failed) == (1, 1)
        assert [state for state, *_ in rows(STATE)] == ["pending", "delivered"]
        assert rows("SELECT delivered_at FROM out.alert") == [(None,)]

    def test_a_channel_that_is_no_longer_set_is_waited_for_and_then_given_up(self, queue, carry, rows):
        queue(Fake())
        assert carry(attempts=2, retry_seconds=0).failed == 1
        assert carry(attempts=2, retry_seconds=0).dead == 1
        assert "not among alerts.channels" in rows(STATE)[0][2]

    def test_events_wait_for_an_api_without_being_counted(self, queue, carry, rows):
        queue(Fake(EVENTS_CHANNEL, form="events"))
        assert not carry().is_changed
        assert rows(STATE) == [("pending", 0, None)]
        assert carry(Fake(EVENTS_CHANNEL, form="events")).recorded == 1

    def test_letters_go_out_in_the_order_they_came(self, queue, carry):
        channel = Fake()
        for _ in range(3):
            queue(channel)
        carry(channel)
        bodies = [body for _, _, body in channel.sent]
        assert len(bodies) == 3
        assert bodies == sorted(bodies)


class TestTime:
    """How long it takes, whatever the other side does."""

    def test_a_try_that_never_ends_is_given_up(self, queue, carry, rows):
        channel = Fake(seconds=30)
        queue(channel)
        began = time.monotonic()
        assert carry(channel, timeout_seconds=0.1).failed == 1
        assert time.monotonic() - began < 10
        assert rows(STATE) == [("pending", 1, "no answer within 0.1 s")]

    def test_a_round_ends_and_leaves_the_rest_to_the_next_uncounted(self, queue, carry, rows):
        channel = Fake(seconds=30)
        for _ in range(4):
            queue(channel)
        assert carry(channel, timeout_seconds=30, round_seconds=0.3).failed == 1
        assert [attempts for _, attempts, _ in rows(STATE)] == [1, 0, 0, 0]

    def test_the_warehouse_is_free_while_a_channel_takes_its_time(self, queue, carry):
        """Or every other run would wait for the slowest receiver."""
        held = []

        def look():
            links = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
            held.extend(link for link in links if WRITER_FILE in link)

        channel = Fake(work=look)
        queue(channel)
        queue(channel)
        assert carry(channel).delivered == 2
        assert held == []


class TestTwoSenders:
    """Two rounds of one home at once."""

    def test_each_letter_is_sent_by_one_of_them(self, queue, carry):
        channel = Fake(seconds=0.3)
        queue(channel)
        others = [threading.Thread(target=carry, args=(channel,)) for _ in range(3)]
        for one in others:
            one.start()
        for one in others:
            one.join()
        assert len(channel.sent) == 1

    def test_one_does_not_wait_for_the_other_for_ever(self, queue, carry, tmp_path):
        channel = Fake()
        queue(channel)
        with delivery._alone(tmp_path, 0) as is_alone:
            assert is_alone
            assert carry(channel, round_seconds=0.1) == Round()
        assert carry(channel).delivered == 1

    def test_the_claim_of_one_that_died_falls_with_it(self, queue, carry, tmp_path):
        channel = Fake()
        queue(channel)
        child = os.fork()
        if not child:
            with delivery._alone(tmp_path, 0):
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        assert carry(channel, round_seconds=0.1).delivered == 1


def test_who_stops_a_round_finds_on_record_what_was_sent(queue, carry, rows):
    first = Fake("a-first")
    second = Fake("b-second", seconds=30)
    queue(first, second)
    with stopping.watching():
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
        with pytest.raises(stopping.Stopped):
            carry(first, second, timeout_seconds=30)
    assert rows(STATE) == [("delivered", 0, None), ("pending", 0, None)]


def test_a_warehouse_that_cannot_be_opened_does_not_make_a_failure_of_a_run_that_has_ended(tmp_path, caplog):
    (tmp_path / WRITER_FILE).write_bytes(b"no warehouse" * 1000)
    with pytest.raises(WarehouseError):
        Deliverer(tmp_path, (), AlertSettings()).deliver()
    delivery.carry_after(tmp_path, (), AlertSettings())
    assert "alerts wait for the next round" in caplog.text
