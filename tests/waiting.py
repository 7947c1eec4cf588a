"""Waiting for what another process does: asked again and again until it is there, and named when it never comes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def wait_for(find: Callable[[], T], what: str = "what was waited for", seconds: float = 180) -> T:
    """The first answer of `find` that is not empty; AssertionError names what did not come within so many seconds."""
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, f"no {what} within {seconds:g} s"
        time.sleep(0.05)
    return found
