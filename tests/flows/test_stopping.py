"""Signals as wishes: heard at once, heeded between two steps or within a wait, never in the middle of anything."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from flows import stopping
from flows.stopping import Stopped

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def heard():
    """Whoever started the tests may ignore signals, as nohup and shells do for what runs in the background."""
    before = {one: signal.signal(one, signal.SIG_DFL) for one in SIGNALS}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.fixture
def watching():
    with stopping.watching():
        yield


def soon(number, seconds=0.1):
    """This process gets a signal while the test goes on."""
    threading.Timer(seconds, os.kill, (os.getpid(), number)).start()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_heeded_at_the_next_check_and_not_before(watching, number):
    os.kill(os.getpid(), number)
    assert stopping.asked() == number.name  # and nothing was raised
    with pytest.raises(Stopped, match=number.name):
        stopping.check()


def test_nobody_asked_nothing_happens(watching):
    stopping.check()
    assert stopping.asked() is None


def test_signals_that_follow_change_nothing(watching):
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(os.getpid(), number)
    assert stopping.asked() == "SIGTERM"


def test_afterwards_the_handlers_are_those_of_before():
    before = [signal.getsignal(one) for one in SIGNALS]
    with stopping.watching(), stopping.watching():
        os.kill(os.getpid(), signal.SIGTERM)
    assert [signal.getsignal(one) for one in SIGNALS] == before
    assert stopping.asked() is None


def test_what_is_ignored_stays_ignored():
    """As under nohup: a closed terminal is no wish to stop."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping.watching():
            os.kill(os.getpid(), signal.SIGHUP)
            assert stopping.asked() is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_wait_that_is_not_ours_ends_at_once(watching):
    soon(signal.SIGTERM)
    with pytest.raises(Stopped), stopping.at_once():
        threading.Event().wait(30)


def test_a_pause_ends_with_the_wish(watching):
    soon(signal.SIGINT)
    with pytest.raises(Stopped):
        stopping.pause(30)


class TestWithin:
    """Work that may wait for others for ever."""

    def test_it_gives_what_the_work_gives(self):
        assert stopping.within(5, lambda: 42) == 42

    @pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)])
    def test_it_raises_what_the_work_raises(self, error):
        def work():
            raise error

        with pytest.raises(type(error)):
            stopping.within(None, work)

    def test_it_gives_up_when_time_is_up(self):
        with pytest.raises(TimeoutError):
            stopping.within(0.1, lambda: time.sleep(30))

    def test_no_time_is_no_time(self):
        with pytest.raises(TimeoutError):
            stopping.within(-1, lambda: time.sleep(30))

    def test_it_gives_up_when_somebody_wants_to_stop(self, watching):
        soon(signal.SIGTERM)
        with pytest.raises(Stopped):
            stopping.within(None, lambda: time.sleep(30))


@pytest.mark.parametrize(("pause", "code"), [(0.3, 7), (2.4, stopping.EXIT_CODE)])
def test_a_second_ctrl_c_that_is_meant_leaves_at_once(pause, code):
    """Told to a terminal's whole group, the same one may arrive twice; later it is another."""
    work = "import time, sys; from flows import stopping; stopping.watch(); print('ready', flush=True); end = "
    work += "time.monotonic() + 5\nwhile time.monotonic() < end: time.sleep(.05)\nsys.exit(7)"
    process = subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    time.sleep(pause)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert said == stopping.HEARD.decode()
