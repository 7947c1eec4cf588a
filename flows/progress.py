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


def talk_to_stderr() -> None:
    """Show what the run says on stderr; data go to stdout. Saying it twice would only confuse."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    logger = talk()
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Printable("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
