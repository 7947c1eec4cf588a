"""Known false alarms, declared with a reason and a last day: `[[suppressions]]` in corrections.toml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from warehouse.corrections import declared

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

_REQUIRED: Final = {"check_name": str, "reason": str, "until": date}
_OPTIONAL: Final = {"source_id": str, "at_most": int}


class SuppressionError(Exception):
    """A suppression cannot be used: which entry, which key, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One known false alarm: failures of `check_name` are notes up to and including the day `until`.

    With `source_id` only those of that publisher; with `at_most` only while no more rows are affected, so that a new
    row raises the alarm again.
    """

    check_name: str
    reason: str
    until: date
    source_id: str | None = None
    at_most: int | None = None

    def covers(self, check_name: str, source_id: str | None, affected_count: int) -> bool:
        """Whether a failure is the one this entry speaks of, its expiry aside."""
        return (
            self.check_name == check_name
            and self.source_id in {None, source_id}
            and (self.at_most is None or affected_count <= self.at_most)
        )


def load_suppressions(path: Path, known_checks: Collection[str]) -> tuple[Suppression, ...]:
    """Read `[[suppressions]]`; no file is no suppressions. SuppressionError names the entry and the key at fault."""
    return tuple(
        _suppression(entry, f"{path}, suppression {number}", known_checks)
        for number, entry in enumerate(declared(path, "suppressions", SuppressionError), start=1)
    )


def _suppression(entry: dict[str, Any], place: str, known_checks: Collection[str]) -> Suppression:
    allowed = _REQUIRED | _OPTIONAL
    for key, value in entry.items():
        if key not in allowed:
            raise SuppressionError(f"{place}: unknown key {key}; known: {', '.join(allowed)}")
        # A time of day would be compared with a day and fail much later; true would pass as the number 1.
        if not isinstance(value, allowed[key]) or isinstance(value, (bool, datetime)):
            raise SuppressionError(f"{place}: {key} = {value!r} must be a {allowed[key].__name__}")
    missing = [key for key in _REQUIRED if not str(entry.get(key, "")).strip()]
    if missing:
        raise SuppressionError(f"{place}: {missing[0]} is missing; every suppression says which, why and until when")
    if entry["check_name"] not in known_checks:
        raise SuppressionError(f"{place}: there is no check {entry['check_name']}; see docs/checks.md for the names")
    return Suppression(**entry)


def expired(suppressions: Sequence[Suppression], today: date) -> list[Suppression]:
    """Those whose last day has passed: they suppress nothing any more and should be decided anew."""
    return [one for one in suppressions if one.until < today]
