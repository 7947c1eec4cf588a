"""When the change of a forecast is worth an alert: a threshold with hysteresis, and silence while it settles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from models.alerts import CRITICAL, WARNING
from models.changes.size import news

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from models.forecasting.scales import FloatArray

# After an alert a row is left to settle: within these days only a doubled change, or its taking back, is told.
REARM: Final = timedelta(days=14)
# A change is taken back when what is left of it is below this share of the threshold.
TAKEN_BACK: Final = 0.5


@dataclass(frozen=True, slots=True)
class LastChangeAlert:
    """The last alert about the forecast of a row: when, how severe, whether it still stands.

    `edition_id` is the edition that raised it, `baseline_id` the one it was compared with, `subject` the row whose
    alert it was, of which others may have been told with it.
    """

    day: date
    severity: int
    edition_id: str
    baseline_id: str
    is_open: bool = True
    subject: str = field(default="", compare=False)

    def is_settling(self, day: date) -> bool:
        """Whether the row is still left to settle on a day."""
        return self.is_open and day - self.day < REARM

    def over(self, compared_with: str) -> LastChangeAlert:
        """The alert once it is cleared, by a comparison with an edition.

        One that was compared with its own baseline was taken back, and that baseline stands again.
        """
        is_taken_back = compared_with == self.baseline_id
        return replace(self, is_open=False, edition_id=self.baseline_id if is_taken_back else self.edition_id)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to say: raise at a severity, or clear (`is_cleared`) what stands, and why.

    What is cleared stands `since` the day it was told; without one it was taken back.
    """

    severity: int
    reason: str = ""
    is_cleared: bool = False
    since: date | None = None


def baseline_of(last: LastChangeAlert | None, day: date, first_id: str) -> str:
    """The edition that a row is compared with on a day.

    What was said last; while that settles, what it was said against, so that its taking back is seen; before the
    first alert the first edition of all, so that many small steps are not each too small.
    """
    if last is None:
        return first_id
    return last.baseline_id if last.is_settling(day) else last.edition_id


def judge(size: float, threshold: float, last: LastChangeAlert | None, day: date) -> Judgement | None:
    """What to say of a change of `size` spreads against `baseline_of`; None for nothing. NaN says nothing."""
    if not np.isfinite(size):
        return None
    severity = CRITICAL if size >= 2 * threshold else WARNING
    if last is not None and last.is_settling(day):
        return _while_settling(size, threshold, severity, last)
    if size >= threshold:
        return Judgement(severity)
    if last is None or not last.is_open:
        return None
    return Judgement(last.severity, f"it stands since {last.day}", is_cleared=True, since=last.day)


def _while_settling(size: float, threshold: float, severity: int, last: LastChangeAlert) -> Judgement | None:
    if severity > last.severity:
        return Judgement(severity)
    if size < TAKEN_BACK * threshold:
        return Judgement(last.severity, "it was taken back", is_cleared=True)
    return None


@dataclass(frozen=True, slots=True)
class Raised:
    """What would have been told in simulated years: `alerts` and `digests` (weeks with any), per year (years)."""

    alerts: FloatArray
    digests: FloatArray


def raised_in(
    rows: Mapping[str, FloatArray], materiality: Mapping[str, float], thresholds: Mapping[str, float]
) -> Raised:
    """Alerts that `judge` would raise on weekly forecasts: property → (years, weeks, 23), on the scale of comparison.

    The same rules for all years at once; rows that moved as far in the same week count once, as they are told once.
    """
    years, weeks = next(iter(rows.values())).shape[:2]
    sizes = np.full((len(rows), years, weeks), np.nan)
    for place, (name, row) in enumerate(rows.items()):
        sizes[place] = _told(row, materiality[name], thresholds[name])
    alerts = np.array([[_different(sizes[:, year, week]) for week in range(weeks)] for year in range(years)])
    return Raised(alerts.sum(axis=1), (alerts > 0).sum(axis=1))


def _told(row: FloatArray, materiality: float, threshold: float) -> FloatArray:
    """Size of every alert about one row (years, weeks); NaN where none was raised."""
    years, weeks = row.shape[:2]
    # `baseline_of` and `judge` once more, in arrays over the years: a test holds the two to each other, so change both.
    told, before = row[:, 0].copy(), row[:, 0].copy()
    since, severity = np.full(years, -np.inf), np.zeros(years)
    found = np.full((years, weeks), np.nan)
    for week in range(1, weeks):
        is_settling = 7 * (week - since) < REARM.days
        size = news(np.where(is_settling[:, None], before, told), row[:, week], materiality)
        now = np.where(size >= 2 * threshold, CRITICAL, WARNING)
        # What is taken back returns to what it was before, and may be raised again from there.
        is_taken_back = is_settling & (size < TAKEN_BACK * threshold)
        told[is_taken_back], since[is_taken_back] = before[is_taken_back], -np.inf
        is_raised = np.where(is_settling, now > severity, size >= threshold) & ~is_taken_back
        found[is_raised, week] = size[is_raised]
        before[is_raised & ~is_settling] = told[is_raised & ~is_settling]
        told[is_raised], since[is_raised], severity[is_raised] = row[is_raised, week], week, now[is_raised]
    return found


def _different(sizes: FloatArray) -> int:
    return len({f"{size:.6g}" for size in sizes if np.isfinite(size)})
