"""What can go wrong with a question, in one tree; every error names the place in the query and what to do.

SandboxError            what happened, where in the query, what to do
├── QueryRefused             not one read of the warehouse: a write, a second statement, a file, a setting
├── QueryFailed         the engine could not run it: a slip of spelling, a wrong type, a value out of range
├── LimitPassed
│   ├── TimedOut        longer than the seconds allowed
│   └── QueryTooLarge        more memory, a larger result or a longer query than allowed
├── Cancelled           the person asking pressed Ctrl-C
└── CopyUnreadable      there is no read copy, or it is not one
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EXCERPT_CHARACTERS: Final = 100
# With this code a worker ends itself when a query does not listen to its interruption.
EXIT_TOO_SLOW: Final = 75


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a query: line and column from 1, and the line itself (cut around the place when it is long)."""

    line: int
    column: int
    text: str
    caret: int

    @classmethod
    def at(cls, query: str, byte_offset: int) -> Place:
        """The place of a byte, as the engine counts: characters and bytes differ as soon as a label is Chinese."""
        before = query.encode()[: max(byte_offset, 0)].decode(errors="ignore")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1)
        text = [*query.split("\n"), ""][line - 1]
        start = max(0, column - EXCERPT_CHARACTERS // 2)
        return cls(line, column + 1, text[start : start + EXCERPT_CHARACTERS].replace("\t", " "), column - start)

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}:\n  {self.text}\n  {' ' * self.caret}^"


class SandboxError(Exception):
    """What happened, the place in the query if there is one, and what to do."""

    def __init__(self, message: str, *, place: Place | None = None, advice: str | None = None) -> None:
        """Keep the parts apart, so that a caller can lay them out in its own way."""
        self.message, self.place, self.advice = message, place, advice
        super().__init__("\n".join(str(part) for part in (message, place, advice) if part))


class QueryRefused(SandboxError):
    """The query is not one read of the warehouse."""


class QueryFailed(SandboxError):
    """The engine could not run the query."""


class LimitPassed(SandboxError):
    """The query asked for more than a query may have."""


class TimedOut(LimitPassed):
    """The query ran longer than allowed."""


class QueryTooLarge(LimitPassed):
    """The query, its result or the memory it took was too large."""


class Cancelled(SandboxError):
    """The person asking cancelled the query."""


class CopyUnreadable(SandboxError):
    """There is no read copy at that path, or the file is not one."""


BY_NAME: Final = {kind.__name__: kind for kind in (QueryRefused, QueryFailed, TimedOut, QueryTooLarge, CopyUnreadable)}
