"""From what size on a change is told: written by `python -m infra.calibrate_changes`, which says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# In spreads of the old forecast; severity 2 from twice as much.
USUAL: Final = 0.8
# Rows that would raise more than 0.06 false alerts a year at that: forecasts near a bound, and noisy levels.
HIGHER: Final[Mapping[str, float]] = {
    "auto.oversight_h": 1.15,
    "code.successor_pct": 0.95,
    "compute.train_flop": 0.85,
    "know.context_tokens": 1.0,
    "learn.dau": 1.3,
    "overhang.chinchilla_years": 0.85,
    "overhang.months_to_finish": 1.15,
    "speed.boosted_multiple": 1.15,
    "speed.day_task_minutes": 1.15,
    "speed.multiple": 1.15,
    "work.fast_agent_days": 1.15,
}
# Runs a year that would tell of a change in a world without any, over the whole table: mean and 95 % interval.
FALSE_ALARMS: Final = (0.343, 0.282, 0.400)
# Simulated years that this was measured on, none of which the thresholds were calibrated on.
YEARS: Final = 400


def threshold_of(property_id: str) -> float:
    """The size, in spreads, from which a change of a row is told."""
    return HIGHER.get(property_id, USUAL)
