"""What a property table is asked of: what was known on a day, the day that is forecast, and limits to leave out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from warehouse.contracts.known import Known


@dataclass(frozen=True, slots=True)
class World:
    """What was known on a day and what was asked of it, before anything is forecast.

    `switched_off` names limits to leave out: see `declared_inputs.LIMITS`.
    """

    known: Known
    target_date: date
    switched_off: frozenset[str] = field(default_factory=frozenset)

    @property
    def day(self) -> date:
        """The day that it is the world of."""
        return self.known.day
