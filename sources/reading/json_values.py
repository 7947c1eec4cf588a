"""Values of JSON that a platform gives, read one by one: numbers, counts, texts and moments, or why they cannot be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sources.bounds import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Mapping[str, Any]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOST_CHARACTERS: Final = 500
T = TypeVar("T")


class Flaw(ValueError):
    """A part of a question that cannot be read: which, what stood there, and why not."""

    def __init__(self, column: str, value: object, reason: str) -> None:
        """Name the part, its value and the reason."""
        super().__init__(f"{column}: {reason}")
        self.column, self.value, self.reason = column, shown(value), reason

    def within(self, path: str) -> Flaw:
        """The same, of a part that stands below a path."""
        return Flaw(f"{path}.{self.column}", self.value, self.reason)


def number(value: object) -> float | None:
    """A finite number as a float; None for anything else, also for numbers no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def count(value: object) -> int | None:
    """A count or id that fits a BIGINT; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() and 0 <= found < 2**63 else None


def truth(value: object) -> bool | None:
    """True or false; None for anything else."""
    return value if isinstance(value, bool) else None


def given(body: Json, name: str, read: Callable[[object], T | None]) -> T | None:
    """What is read of a field, None where it is not given; Flaw when it is given and cannot be read."""
    value = body.get(name)
    found = None if value is None else read(value)
    if value is not None and found is None:
        raise Flaw(name, value, "given, and not to be read as what is due there")
    return found


def text(value: object) -> str | None:
    """A trimmed text; None when blank or no text. Lone surrogates, which no table can store, become '?'.

    Longer ones are cut: a title stands in every row of its question, and of its post.
    """
    if not isinstance(value, str):
        return None
    return shortened(value.strip().encode("utf-8", "replace").decode(), MOST_CHARACTERS) or None


def words(value: object) -> str | None:
    """A text as `text` reads it, empty where it is blank, which is not unreadable; None for anything else."""
    return text(value) or "" if isinstance(value, str) else None


def listed(value: object) -> list[Any] | None:
    """A list; None for anything else."""
    return value if isinstance(value, list) else None


def json_object(value: object) -> Json | None:
    """An object; None for anything else."""
    return value if isinstance(value, Mapping) else None


def shown(value: object) -> str:
    """A value in a few words, for refusals: however large it is, only its beginning is written out."""
    if isinstance(value, list):
        return shortened(f"{len(value)} values: {', '.join(shown(item) for item in value[:20])}", MOST_CHARACTERS)
    if isinstance(value, Mapping):
        return shortened(f"keys {', '.join(map(str, list(value)[:20]))}", MOST_CHARACTERS)
    return shortened(str(value), MOST_CHARACTERS)


def mapping(value: object) -> Json:
    """The object, or an empty one where there is none."""
    return value if isinstance(value, Mapping) else {}


def moment(value: object) -> datetime | None:
    """A time of the platform's in UTC; it writes both '2025-07-19T00:00:00Z' and '2025-07-19 00:00:00+00:00'."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def at_seconds(seconds: float) -> datetime | None:
    """The moment of unix seconds in UTC; None beyond the years 1 to 9999."""
    try:
        # Not fromtimestamp: how far it reaches depends on the platform.
        return EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
