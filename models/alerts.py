"""What holds now against what was said already: which alerts are raised or cleared, and what is sent of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

NOTE: Final = 0
WARNING: Final = 1
CRITICAL: Final = 2

# Kinds that hold until they no longer do: each run judges them anew, and what no longer holds is cleared.
STANDING: Final = ("source_stale", "source_held", "publication_held", "refresh_failed")
# Kinds that happen at a publication; they are cleared only by a condition that says so.
MOMENTARY: Final = (
    "forecast_changed",
    "method_changed",
    "threshold_passed",
    "property_resolved",
    "status_changed",
    "evidence_old",
    "community_moved",
    "community_rescaled",
)
KINDS: Final = (*MOMENTARY, *STANDING)
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds now, or what just happened to `subject`; `title` is the first line: what, before, after, cause.

    `severity` is 0 (note), 1 (warning) or 2 (critical); `detail` is carried to webhooks and events and must be
    JSON-able: its `direction`, where there is one, tells a rise from a fall. With `is_cleared` the condition says
    that what was raised no longer holds; standing kinds need none, they are cleared by being absent.
    """

    kind: str
    subject: str
    severity: int
    title: str
    body: str
    detail: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    is_cleared: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of alert; there are {', '.join(KINDS)}")
        if self.severity not in {NOTE, WARNING, CRITICAL}:
            raise ValueError(f"severity {self.severity!r} of {self.kind} is none of 0, 1, 2")


@dataclass(frozen=True, slots=True)
class LastAlert:
    """The newest alert about (kind, subject): what a person was told last."""

    kind: str
    subject: str
    state: str
    severity: int
    title: str
    dedupe_key: str

    @property
    def is_open(self) -> bool:
        """Whether it stands: raised or acknowledged, and not cleared since."""
        return self.state != "cleared"


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a run speaks: the edition it publishes, or the day alone when it publishes none."""

    origin_date: date
    edition_id: str | None = None

    @property
    def name(self) -> str:
        """The part of an alert's key that tells one occasion from another."""
        return self.edition_id or self.origin_date.isoformat()


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to be recorded and sent: `state` is raised or cleared."""

    kind: str
    subject: str
    state: str
    severity: int
    title: str
    body: str
    detail: Mapping[str, Any]
    dedupe_key: str

    @property
    def event(self) -> str:
        """The name of the Prefect event, e.g. `gpt2030.source.stale` or `gpt2030.source.stale.cleared`."""
        name = f"gpt2030.{self.kind.replace('_', '.', 1)}"
        return name if self.state == "raised" else f"{name}.{self.state}"

    def as_json(self) -> dict[str, Any]:
        """The alert as JSON values, for webhooks."""
        return {
            "alert_id": alert_id(self.dedupe_key),
            "dedupe_key": self.dedupe_key,
            "kind": self.kind,
            "subject": self.subject,
            "state": self.state,
            "severity": self.severity,
            "title": self.title,
            "body": self.body,
            "detail": dict(self.detail),
        }


@dataclass(frozen=True, slots=True)
class Notification:
    """All alerts of a run as one message; the key follows from the alerts, so a repeat has the same."""

    key: str
    title: str
    body: str
    severity: int


def alert_id(dedupe_key: str) -> str:
    """The short form of a key, for people: 12 hexadecimal digits."""
    return dedupe_key[:12]


def messages(
    conditions: Iterable[Condition], said: Iterable[LastAlert], at: Occasion, judged: Collection[str] = STANDING
) -> list[Alert]:
    """What to say now: new and worsened conditions are raised, what stood and no longer holds is cleared.

    `said` has the newest alert per (kind, subject). Of the standing kinds only those `judged` in this run are cleared
    by absence: a run that did not look cannot say that all is well. The order does not depend on that of the input.
    """
    before = {(one.kind, one.subject): one for one in said}
    now = _weightiest(conditions)
    found = [_raised_or_cleared(one, before.get(place), at) for place, one in now.items()]
    gone = [
        _cleared(one, at)
        for place, one in before.items()
        if one.is_open and one.kind in STANDING and one.kind in judged and place not in now
    ]
    return sorted((one for one in [*found, *gone] if one), key=_order)


def _weightiest(conditions: Iterable[Condition]) -> dict[tuple[str, str], Condition]:
    """One condition per (kind, subject): what holds beats what cleared, then the higher severity, then the text."""
    chosen: dict[tuple[str, str], Condition] = {}
    for one in conditions:
        place = (one.kind, one.subject)
        if place not in chosen or _weight(one) > _weight(chosen[place]):
            chosen[place] = one
    return chosen


def _weight(one: Condition) -> tuple[bool, int, str, str]:
    return (not one.is_cleared, one.severity, one.title, one.body)


def _raised_or_cleared(one: Condition, before: LastAlert | None, at: Occasion) -> Alert | None:
    stands = before is not None and before.is_open
    if one.is_cleared:
        return _message(one, "cleared", before, at) if stands else None
    if one.kind in STANDING and before is not None and stands and one.severity <= before.severity:
        return None
    message = _message(one, "raised", before, at)
    # The same edition judged again, as after a look at another day: this has been said.
    return None if before is not None and message.dedupe_key == before.dedupe_key else message


def _cleared(before: LastAlert, at: Occasion) -> Alert:
    title = f"Cleared: {before.title}"
    one = Condition(before.kind, before.subject, before.severity, title, "It no longer holds.", is_cleared=True)
    return _message(one, "cleared", before, at)


def _message(one: Condition, state: str, before: LastAlert | None, at: Occasion) -> Alert:
    # What comes back on the same occasion after it was cleared, or worsens again, is news: its key names what it
    # follows. What happens at an edition follows nothing: the same edition judged again must get the same key.
    follows = before is not None and (one.kind in STANDING or before.is_open != (state == "raised"))
    answers = before.dedupe_key if before is not None and follows else ""
    parts = (one.kind, one.subject, state, one.severity, at.name, str(one.detail.get("direction", "")), answers)
    key = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
    return Alert(one.kind, one.subject, state, one.severity, one.title, one.body, dict(one.detail), key)


def _order(one: Alert) -> tuple[bool, int, int, str]:
    """Raised before cleared, heavy before light, then the order of the kinds."""
    return (one.state != "raised", -one.severity, KINDS.index(one.kind), one.subject)


def digest(found: Sequence[Alert]) -> Notification:
    """One message from all of a run, at least one: the weightiest first line and how many more there are."""
    ordered = sorted(found, key=_order)
    key = hashlib.sha256("\n".join(sorted(one.dedupe_key for one in ordered)).encode()).hexdigest()
    more = f" (and {len(ordered) - 1} more)" if len(ordered) > 1 else ""
    first, *others = ordered
    # Whoever shows the body shows the title above it: the line of the first alert would stand there twice.
    body = "\n\n".join((first.body or first.title, *(_paragraph(one) for one in others)))
    # That something is well again is no alarm, however bad it was.
    severity = max((one.severity for one in ordered if one.state == "raised"), default=NOTE)
    return Notification(key, ordered[0].title + more, body, severity)


def _paragraph(one: Alert) -> str:
    return f"{one.title}\n{one.body}" if one.body else one.title
