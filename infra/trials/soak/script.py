"""Which fault falls on which simulated day, and at which moment the schedule is due on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from warehouse.forecast_history import RECENT

if TYPE_CHECKING:
    from collections.abc import Sequence

# On this day the clocks of the zone leave out the very time of the schedule.
CHANGE_OF_CLOCKS: Final = date(2027, 3, 28)
ZONE: Final = "Europe/Berlin"
CRON: Final = "30 2 * * *"
# So many days are needed for every fault once, with a day before and one after.
LEAST: Final = 12
# Of so many days a last part is left without faults and news, to see what a home costs that hears nothing.
LONG: Final = 60
QUIET_SHARE: Final = 0.5
# So many days an edition stays whole in the home of a soak.
WHOLE_DAYS: Final = 7
# Until a home has as many editions as it keeps forecasts of, and whole, it grows by what it will later let go of.
FULL_AFTER: Final = RECENT + WHOLE_DAYS + 1
# Days of a long form from one round of faults to the next.
ROUND: Final = 27


class Fault(StrEnum):
    """What befalls the program on a day."""

    NEWS = "news"
    DOWN_MUTE = "feed down, receiver down"
    WRONG_MUTE = "feed wrong, receiver down"
    REVISED = "feed revised"
    FULL = "disk full"
    KILLED = "kill -9"
    TWO = "two at once"
    SERVER = "server killed"
    BACK = "clock back"
    HELD = "feed held"


# In this order; two groups do not touch in the long form.
GROUPS: Final[tuple[tuple[Fault, ...], ...]] = (
    (Fault.NEWS,),
    (Fault.DOWN_MUTE, Fault.WRONG_MUTE, Fault.REVISED),
    (Fault.FULL,),
    (Fault.KILLED,),
    (Fault.TWO,),
    (Fault.SERVER,),
    (Fault.BACK,),
    (Fault.HELD,),
)
MUTE: Final = frozenset({Fault.DOWN_MUTE, Fault.WRONG_MUTE})
AILING: Final = frozenset({Fault.DOWN_MUTE, Fault.WRONG_MUTE, Fault.HELD})


@dataclass(frozen=True, slots=True)
class Day:
    """One simulated day: its number from 0, the moment (UTC, without zone) when the refresh is due, and its fault."""

    number: int
    due: datetime
    fault: Fault | None

    @property
    def date(self) -> date:
        """The day that a refresh of it speaks for."""
        return self.due.date()

    @property
    def evening(self) -> datetime:
        """When somebody looks at what has come of the day."""
        return datetime.combine(self.date, datetime.min.time()) + timedelta(hours=21)


def plan(days: int) -> list[Day]:
    """So many days around the change of the clocks; ValueError for too few."""
    if days < LEAST:
        raise ValueError(f"{days} days hold not every fault; ask for {LEAST} at least")
    due = moments(CHANGE_OF_CLOCKS - timedelta(days=days // 2), days)
    return [Day(number, moment, fault) for number, (moment, fault) in enumerate(zip(due, faults(days), strict=True))]


def moments(first: date, days: int) -> list[datetime]:
    """When the schedule is due from a day on, as the program reckons; ValueError when a day has not one time."""
    from flows.scheduling import dates

    due = dates(CRON, ZONE, days, datetime.combine(first, datetime.min.time()))
    local = [one.astimezone(ZoneInfo(ZONE)).date() for one in due]
    if local != [first + timedelta(days=k) for k in range(days)]:
        raise ValueError(f"{CRON!r} in {ZONE} is not due once a day from {first} on")
    return [datetime.fromtimestamp(one.timestamp(), UTC).replace(tzinfo=None) for one in due]


def faults(days: int) -> list[Fault | None]:
    """The fault of each day: none on the first and the last, nor in the last part of a long form."""
    found: list[Fault | None] = [None] * days
    if days < LONG:
        flat: Sequence[Fault] = [fault for group in GROUPS for fault in group]
        found[1 : len(flat) + 1] = flat
        return found
    last = int(days * (1 - QUIET_SHARE))
    starts = [begin + k * ROUND // len(GROUPS) for begin in range(1, last, ROUND) for k in range(len(GROUPS))]
    for place, start in enumerate(starts):
        group = GROUPS[place % len(GROUPS)]
        if start + len(group) < last:
            found[start : start + len(group)] = group
    return found


def quiet_from(days: int) -> int:
    """The first of the last days without fault or news, of which slopes are judged; of a short form the last."""
    return max(int(days * (1 - QUIET_SHARE)), FULL_AFTER) if days >= LONG else days - 1
