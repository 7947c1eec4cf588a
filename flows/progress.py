"""What a run says while it works: one logger, to stderr for people and to Prefect when it listens."""

from __future__ import annotations

import logging
import sys
from typing import Final

from flows.terminal import printable

LOGGER_NAME: Final = "gpt2030"


class _Printable(logging.Formatter):
    """What is said, with what it quotes from feeds made printable."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


def talk() -> logging.Logger:
    """The logger of a run."""
    return logging.getLogger(LOGGER_NAME)


def hush_libraries() -> None:
    """Let no library tell what it does at work: one sets its own level when it is imported later."""
    expectations = logging.getLogger("great_expectations")
    expectations.propagate, expectations.handlers = False, [logging.NullHandler()]


def talk_to_stderr() -> None:
    """Show what the run says on stderr; data go to stdout. Saying it twice would only confuse."""
    hush_libraries()
    logger = talk()
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Printable("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
