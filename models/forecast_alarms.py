"""When the change of a forecast is worth an alert: a threshold with hysteresis, and silence while it settles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from models.alarms import CRITICAL, WARNING

if TYPE_CHECKING:
    from datetime import date

# After an alert a row is left to settle: within these days only a doubled change, or its taking back, is told.
REARM: Final = timedelta(days=14)
# A change is taken back when what is left of it is below this share of the threshold.
TAKEN_BACK: Final = 0.5


@dataclass(frozen=True, slots=True)
class Alarm:
    """The last alert about the forecast of a row: when, how severe, whether it still stands.

    `edition_id` is the edition that raised it and `baseline_id` the one it was compared with.
    """

    day: date
    severity: int
    edition_id: str
    baseline_id: str
    is_open: bool = True

    def is_settling(self, day: date) -> bool:
        """Whether the row is still left to settle on a day."""
        return self.is_open and day - self.day < REARM


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to say: raise at a severity, or clear (`is_cleared`) what stands, and why."""

    severity: int
    reason: str = ""
    is_cleared: bool = False


def baseline_of(last: Alarm | None, day: date, first_id: str) -> str:
    """The edition that a row is compared with on a day.

    What was said last; while that settles, what it was said against, so that its taking back is seen; before the
    first alert the first edition of all, so that many small steps are not each too small.
    """
    if last is None:
        return first_id
    return last.baseline_id if last.is_settling(day) else last.edition_id


def judge(size: float, threshold: float, last: Alarm | None, day: date) -> Verdict | None:
    """What to say of a change of `size` spreads against `baseline_of`; None for nothing. NaN says nothing."""
    if not np.isfinite(size):
        return None
    severity = CRITICAL if size >= 2 * threshold else WARNING
    if last is not None and last.is_settling(day):
        return _while_settling(size, threshold, severity, last)
    if size >= threshold:
        return Verdict(severity)
    is_settled = last is not None and last.is_open
    return Verdict(last.severity, f"it stands since {last.day}", is_cleared=True) if last and is_settled else None


def _while_settling(size: float, threshold: float, severity: int, last: Alarm) -> Verdict | None:
    if severity > last.severity:
        return Verdict(severity)
    if size < TAKEN_BACK * threshold:
        return Verdict(last.severity, "it was taken back", is_cleared=True)
    return None
