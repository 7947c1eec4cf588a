"""When to refresh: a schedule that means what it says, or words for what is wrong with it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from prefect.schedules import Schedule

FIELDS: Final = ("minute", "hour", "day of the month", "month", "day of the week")
_NUMBERS: Final = re.compile(r"[0-9*,/-]+")
_MONTHS: Final = re.compile(r"([0-9*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+", re.IGNORECASE)
_WEEKDAYS: Final = re.compile(r"([0-9*,/-]|sun|mon|tue|wed|thu|fri|sat)+", re.IGNORECASE)
# So many times tell how far apart they lie at most: months of a daily schedule, with a change of the clocks among them.
LOOKED_AHEAD: Final = 200
# A schedule of every minute is not late after two: a refresh alone takes about as long.
LEAST_PATIENCE: Final = timedelta(minutes=10)
_ALLOWED: Final = (_NUMBERS, _NUMBERS, _NUMBERS, _MONTHS, _WEEKDAYS)


class BadSchedule(Exception):
    """A schedule that cannot be kept, or would mean another thing than what it says: why, and what to write."""


def check_shape(cron: str) -> None:
    """See that an expression has the five standard fields; BadSchedule says what it has instead.

    Prefect takes more: a sixth field as seconds, words such as `@daily`, and signs that other crons read otherwise.
    """
    fields = cron.split()
    if len(fields) != len(FIELDS):
        raise BadSchedule(f"{cron!r} has not five fields, but {len(fields)}; write {', '.join(FIELDS)}")
    for name, field, allowed in zip(FIELDS, fields, _ALLOWED, strict=True):
        if not allowed.fullmatch(field):
            raise BadSchedule(f"{cron!r}: {field!r} is no {name}; write numbers, names, and * , - /")


def cron_schedule(cron: str, timezone: str) -> Schedule:
    """The schedule for Prefect, which has to be imported already; BadSchedule when it never comes to pass."""
    from prefect.schedules import Cron

    check_shape(cron)
    try:
        # Prefect finds out about the zone only when the schedule has been sent to its server.
        ZoneInfo(timezone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise BadSchedule(f"{timezone!r} (schedule.timezone) is no time zone; write one such as Europe/Paris") from None
    if not dates(cron, timezone, 1):
        raise BadSchedule(f"{cron!r} never comes to pass: a number is out of range, or there is no such day")
    return Cron(cron, timezone=timezone)


def dates(cron: str, timezone: str, count: int, start: datetime | None = None) -> list[datetime]:
    """The next `count` times (aware, in the zone) from `start` (UTC; default: now); none of one that cannot be kept.

    As Prefect's server reckons them: a time that the clocks leave out comes as much later as they jump, and one that
    they show twice comes the first time.
    """
    from prefect.server.schemas.schedules import CronSchedule

    begin = start.replace(tzinfo=UTC) if start else None
    try:
        return [*asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(count, begin))]
    except ValueError:
        return []


def patience(cron: str, timezone: str, start: datetime | None = None) -> timedelta:
    """How long without an edition is too long: twice the longest wait between two times from `start` (UTC) on."""
    times = [one.astimezone(UTC) for one in dates(cron, timezone, LOOKED_AHEAD, start)]
    longest = max((later - earlier for earlier, later in pairwise(times)), default=timedelta())
    return max(2 * longest, LEAST_PATIENCE)


def missed(cron: str, timezone: str, since: datetime, now: datetime) -> datetime | None:
    """The first time that was due after `since` and has gone by now (both UTC, without zone); None when none was."""
    due = dates(cron, timezone, 1, since + timedelta(seconds=1))
    return due[0] if due and due[0].astimezone(UTC) <= now.replace(tzinfo=UTC) else None
