"""Records as a process: how often they come and how far each goes, from a series' own records and the prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from models.forecasting.frontier import Histories
    from models.forecasting.priors import Priors
    from models.forecasting.scales import FloatArray

# Years after which a record's word on how often and how far records come has faded to 1/e.
RECORD_MEMORY: Final = 5.0
# What the priors of comparable series are worth, in records.
RATE_WEIGHT: Final = 1.0
STEP_WEIGHT: Final = 2.0


@dataclass(frozen=True, slots=True)
class RecordProcess:
    """Conjugate estimates per item (n): the rate is Gamma(`shape`, `exposure`), the mean step `sum` / `weight`."""

    shape: FloatArray
    exposure: FloatArray
    sum: FloatArray
    weight: FloatArray

    @property
    def rate(self) -> FloatArray:
        """Records a year."""
        return self.shape / self.exposure

    @property
    def step(self) -> FloatArray:
        """Fitted units a record."""
        return self.sum / self.weight

    @property
    def drift(self) -> FloatArray:
        """Fitted units a year."""
        return self.rate * self.step


def record_process(past: Histories, priors: Priors, years_ago: float = 0.0) -> RecordProcess:
    """What the records known so many years before the origin say; a stall lowers the rate, because time counts."""
    when = past.years + years_ago
    fading = np.where(when <= 0, np.exp(np.minimum(when, 0.0) / RECORD_MEMORY), 0.0)
    count, total = past.total(past.is_step * fading), past.total(past.steps * fading)
    # Before any record the Gamma has shape RATE_WEIGHT and mean priors.rate; records add to the shape, years to this.
    return RecordProcess(
        shape=RATE_WEIGHT + count,
        exposure=RATE_WEIGHT / priors.rate + past.exposure(RECORD_MEMORY, years_ago),
        sum=STEP_WEIGHT * priors.step + total,
        weight=STEP_WEIGHT + count,
    )
