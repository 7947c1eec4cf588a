"""Ctrl-C, SIGTERM and SIGHUP as a wish: heard at once, heeded where nothing is torn, and said in one sentence."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

T = TypeVar("T")
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS: Final = 0.05
# Ctrl-C reaches every process of a terminal, and a supervisor sends SIGTERM after it: one wish, told twice.
AGAIN_SECONDS: Final = 2.0
EXIT_CODE: Final = 1
HEARD: Final = b"stopping at the end of the step at hand; Ctrl-C again leaves at once\n"


class Stopped(BaseException):
    """Somebody stopped what was at work. No failure: nobody handles it but those who keep the record."""


@dataclass(slots=True)
class _Wish:
    """What was asked of this process, when, and whether it may be interrupted in the middle of a line."""

    signal: signal.Signals | None = None
    at: float = 0.0
    is_interruptible: bool = False
    is_told: bool = False
    outcome: str | None = None


_wish: Final = _Wish()


def asked() -> str | None:
    """The name of the signal that asked this process to stop; None when none did."""
    return _wish.signal.name if _wish.signal else None


def check() -> None:
    """Raise Stopped when this process was asked to stop. Call where nothing is half done."""
    if _wish.signal is not None:
        raise Stopped(f"stopped by {_wish.signal.name}")


def note(outcome: str | None) -> None:
    """Say what stands, for the sentence that ends a command which is stopped now or later; None: nothing has begun."""
    _wish.outcome = outcome


def outcome() -> str | None:
    """What stands, as noted last; None when nothing has begun."""
    return _wish.outcome


def sentence() -> str:
    """How a command ends that was stopped."""
    return f"stopped by {asked()}: {_wish.outcome or 'nothing had begun'}"


def watch(*, is_told: bool = True) -> None:
    """Take the three signals as wishes from now on, and say so on stderr when `is_told`.

    One that is ignored stays ignored, as `nohup` wants it.
    """
    _wish.is_told = is_told
    for one in SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:
            signal.signal(one, _hear)


@contextmanager
def watching() -> Iterator[None]:
    """Inside, signals are wishes whoever handles them outside: Prefect's handler raises wherever it finds itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in SIGNALS}
    is_outermost = _hear not in before.values()
    watch(is_told=_wish.is_told and not is_outermost)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
        if is_outermost:
            _wish.signal = _wish.outcome = None


@contextmanager
def at_once() -> Iterator[None]:
    """Inside, a wish is heeded in the middle of a line: for waits that are not ours and leave nothing half done."""
    check()
    _wish.is_interruptible = True
    try:
        yield
    finally:
        _wish.is_interruptible = False


def pause(seconds: float) -> None:
    """Sleep, unless this process was or is asked to stop."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        check()
        time.sleep(min(left, POLL_SECONDS))
    check()


def within(seconds: float | None, work: Callable[[], T]) -> T:
    """What `work` returns or raises; TimeoutError when it takes longer than `seconds` (None: however long it takes).

    It works in a thread of its own, which is left behind when it is late or this process is asked to stop: a library
    that waits for another machine cannot be interrupted.
    """
    end = None if seconds is None else time.monotonic() + seconds
    result: Future[T] = Future()
    threading.Thread(target=copy_context().run, args=(_fill, result, work), daemon=True).start()
    while not result.done():
        check()
        left = POLL_SECONDS if end is None else min(POLL_SECONDS, end - time.monotonic())
        if left <= 0:
            raise TimeoutError
        wait([result], timeout=left)
    return result.result()


def _fill(result: Future[T], work: Callable[[], T]) -> None:
    with _Handing(result):
        result.set_result(work())


class _Handing:
    """Hands whatever is raised inside to those who wait for the result: nobody else in that thread would hear of it."""

    def __init__(self, result: Future[Any]) -> None:
        self._result = result

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if error is not None:
            self._result.set_exception(error)
        return True


def _hear(number: int, frame: FrameType | None) -> None:
    del frame
    now = time.monotonic()
    if _wish.signal is None:
        _wish.signal, _wish.at = signal.Signals(number), now
        if _wish.is_told:
            os.write(2, HEARD)
    elif number == signal.SIGINT and now - _wish.at > AGAIN_SECONDS:
        # As a kill would: what is half done is finished or removed by the next run.
        os._exit(EXIT_CODE)
    if _wish.is_interruptible:
        _wish.is_interruptible = False
        check()


class IfStopped:
    """Does something more when a stop ends what is inside, which goes on to end it."""

    def __init__(self, do: Callable[[], None]) -> None:
        """`do` may raise what the stop is to be called outside."""
        self._do = do

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        """Do it, when something came out of what is inside and somebody had asked to stop."""
        if error is not None and asked() is not None:
            self._do()
