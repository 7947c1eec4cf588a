"""What must hold at the end of each day of a soak, and at its end; each law is a sentence when it is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.trials.soak.around import SOURCE
from infra.trials.soak.script import AILING, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from infra.trials.soak.around import Receiver
    from infra.trials.soak.script import Day
    from infra.trials.soak.tasks import Evening

# The alert that each ailment of a feed is told by.
TOLD_BY: Final[Mapping[Fault, str]] = {
    Fault.DOWN_MUTE: f"source_stale {SOURCE}",
    Fault.WRONG_MUTE: f"source_stale {SOURCE}",
    Fault.HELD: f"source_held {SOURCE}",
}
# On these days a refresh may come to nothing.
MAY_FAIL: Final = frozenset({Fault.FULL, Fault.KILLED})


@dataclass(frozen=True, slots=True)
class Heard:
    """What came out of the program in a day: stderr of its commands, and what the dead man's switch heard."""

    said: Sequence[str]
    signs: Sequence[str]


def broken(day: Day, evening: Evening, told: Heard) -> list[str]:
    """The laws that a day has broken."""
    where = f"day {day.number} ({day.date}, {day.fault or 'quiet'})"
    found = [*_whole(day, evening), *_edition(day, evening, told), *_labels(day, evening), *_sentences(told)]
    return [f"{where}: {one}" for one in found]


def _whole(day: Day, evening: Evening) -> Iterator[str]:
    if evening.damage:
        yield f"damaged: {evening.damage}"
    if evening.snapshots_code:
        yield f"snapshots verify ends with {evening.snapshots_code}: {evening.snapshots[-200:]}"
    # What a killed run leaves lies there until the next one, and only until then.
    yield from (f"left behind: {name}" for name in evening.left if day.fault is not Fault.KILLED)
    yield from (f"a check stands: {one}" for one in evening.standing if not one.startswith(SOURCE))


def _edition(day: Day, evening: Evening, told: Heard) -> Iterator[str]:
    """An edition of the day, or one that is said to be stale, with an alert that reaches somebody."""
    if (evening.edition_id or "").startswith(day.date.isoformat()):
        # Killed behind its publication, a run tells nobody any more: silence is told of, though all is well.
        if "well" not in told.signs and day.fault is not Fault.KILLED:
            yield "an edition, but nobody told the dead man's switch"
        return
    if day.fault not in MAY_FAIL:
        yield f"no edition: {evening.edition_id} is in force, its runs were {evening.outcomes or 'none'}"
    if evening.status_code != 1 or "edition is stale" not in evening.status:
        yield f"a stale edition that is not called so: status ends with {evening.status_code}: {evening.status[-200:]}"
    # Silence is what the switch tells of, and so is a failure; only good news would hide it.
    if "well" in told.signs:
        yield "no edition, but the dead man's switch heard that all is well"


def _labels(day: Day, evening: Evening) -> Iterator[str]:
    """A feed that ails is named by `status` and by an open alert; on any other day with an edition all is well."""
    if day.fault in AILING:
        if evening.status_code != 1 or SOURCE not in evening.status.splitlines()[-1]:
            yield f"{day.fault}, but status ends with {evening.status_code}: {evening.status.splitlines()[-1:]}"
        if TOLD_BY[day.fault] not in evening.alerts:
            yield f"{day.fault}, but no alert {TOLD_BY[day.fault]} is open: {evening.alerts}"
        return
    has_edition = (evening.edition_id or "").startswith(day.date.isoformat())
    if has_edition and evening.status_code:
        yield f"not well again: status ends with {evening.status_code}: {evening.status.splitlines()[-1:]}"
    yield from (f"still open: {one}" for one in evening.alerts if one in TOLD_BY.values() and has_edition)


def _sentences(told: Heard) -> Iterator[str]:
    yield from (f"a traceback: {said[-600:]}" for said in told.said if "Traceback" in said)


def undelivered(evening: Evening, receiver: Receiver) -> list[str]:
    """How the letters of a home and those that came in differ; call when the receiver has been up for a day."""
    found = [f"letter {key}: {state}" for key, state in evening.letters.items() if state != "delivered"]
    delivered = [key for key, state in evening.letters.items() if state == "delivered"]
    found += [f"letter {key}: delivered, but nobody took it" for key in delivered if not receiver.taken[key]]
    found += [f"letter {key}: taken {count} times" for key, count in receiver.taken.items() if count > 1]
    found += [f"letter {key}: taken, but not in the outbox" for key in receiver.taken if key not in evening.letters]
    return found


def untold(receiver: Receiver, faults: set[Fault | None]) -> list[str]:
    """Faults of a soak that no letter told of, or none took back."""
    told = receiver.subjects()
    wanted = {
        f"{TOLD_BY[fault]} {state}" for fault in faults & TOLD_BY.keys() if fault for state in ("raised", "cleared")
    }
    found = [f"no letter said {one}" for one in sorted(wanted - set(told))]
    if faults & {Fault.DOWN_MUTE, Fault.WRONG_MUTE} and not receiver.refused:
        found.append("the receiver was down, and nothing was to be sent: its faults tried nothing")
    return found
