"""When to refresh: a schedule that means what it says, or words for what is wrong with it."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from prefect.schedules import Schedule

FIELDS: Final = ("minute", "hour", "day of the month", "month", "day of the week")
_NUMBERS: Final = re.compile(r"[0-9*,/-]+")
_MONTHS: Final = re.compile(r"([0-9*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+", re.IGNORECASE)
_WEEKDAYS: Final = re.compile(r"([0-9*,/-]|sun|mon|tue|wed|thu|fri|sat)+", re.IGNORECASE)
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
    from prefect.server.schemas.schedules import CronSchedule

    check_shape(cron)
    try:
        # Prefect finds out about the zone only when the schedule has been sent to its server.
        ZoneInfo(timezone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise BadSchedule(f"{timezone!r} (schedule.timezone) is no time zone; write one such as Europe/Paris") from None
    try:
        dates = asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(1))
    except ValueError:
        dates = []
    if not dates:
        raise BadSchedule(f"{cron!r} never comes to pass: a number is out of range, or there is no such day")
    return Cron(cron, timezone=timezone)
