"""From what size on a change is told: written by `python -m infra.calibrate_changes`, which says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# In spreads of the old forecast; severity 2 from twice as much.
USUAL: Final = 0.8
# Rows that would raise more than 0.06 false alerts a year at that: forecasts near a bound, and noisy levels.
HIGHER: Final[Mapping[str, float]] = {
    "auto.oversight_h": 1.2,
    "code.successor_pct": 3.55,
    "compute.train_flop": 0.95,
    "know.context_tokens": 1.1,
    "learn.copies_market": 1.1,
    "learn.dau": 5.6,
    "overhang.chinchilla_years": 0.95,
    "overhang.months_to_finish": 1.2,
    "speed.boosted_multiple": 1.2,
    "speed.day_task_minutes": 1.2,
    "speed.multiple": 1.2,
    "work.fast_agent_days": 1.2,
}
# Runs a year that would tell of a change in a world without any, over the whole table: mean and 95 % interval.
FALSE_ALARMS: Final = (0.318, 0.283, 0.354)
# Simulated years that this was measured on, none of which the thresholds were calibrated on.
YEARS: Final = 1000


def threshold_of(property_id: str) -> float:
    """The size, in spreads, from which a change of a row is told."""
    return HIGHER.get(property_id, USUAL)
