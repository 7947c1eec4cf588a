"""What a run says while it works: one logger, to stderr for people and to Prefect when it listens."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from flows.terminal import printable

LOGGER_NAME: Final = "gpt2030"


class _Printable(logging.Formatter):
    """What is said, with what it quotes from feeds made printable."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


class _Json(logging.Formatter):
    """One line of JSON a message, for those who collect lines: time (UTC), level, message, and the run it is of."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        return json.dumps(said | _run, ensure_ascii=False)


_run: Final[dict[str, str]] = {}


def of_run(run_id: str | None) -> None:
    """From now on what is said is of this run, or of none."""
    _run.clear()
    if run_id is not None:
        _run["run_id"] = run_id


def talk() -> logging.Logger:
    """The logger of a run."""
    return logging.getLogger(LOGGER_NAME)


def hush_libraries() -> None:
    """Let no library tell what it does at work: one sets its own level when it is imported later."""
    expectations = logging.getLogger("great_expectations")
    expectations.propagate, expectations.handlers = False, [logging.NullHandler()]


def talk_to_stderr(form: str = "text") -> None:
    """Show what the run says on stderr, as text or JSON; data go to stdout. Saying it twice would only confuse."""
    hush_libraries()
    logger = talk()
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Printable("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
