"""What a number or a day can be at all, by unit: bounds far beyond anything expected of these decades.

A value outside is a slip of the pen, a changed unit or a broken feed. Landed, one 1e308 would turn every fit of its
series into nothing and stop the publication; refused where it arrives, it costs its row.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of a unit that is not listed: far from where squares and ratios leave the range of doubles.
ANY_NUMBER: Final = (-1e60, 1e60)
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "share": (0.0, 1.0),
    "percentile": (0.0, 100.0),
    "rating": (-1e5, 1e5),
    "points": (-1e9, 1e9),
    "index": (-1e9, 1e9),
    "count": (0.0, 1e25),
    "minutes": (1e-9, 1e10),  # up to 19,000 years
    "hours": (1e-9, 1e9),
    "ratio": (1e-9, 1e12),
    "flop": (1e-3, 1e40),
    "flop_per_second": (1e-3, 1e35),
    "flop_per_second_per_usd": (1e-9, 1e30),
    "tokens": (1e-3, 1e22),
    "tokens_per_second": (1e-9, 1e12),
    "tokens_per_minute": (1e-9, 1e22),
    "tokens_per_day": (1e-9, 1e24),
    "tokens_per_month": (1e-9, 1e25),
    "words_per_day": (1e-9, 1e24),
    "messages_per_day": (1e-9, 1e18),
    "users_per_day": (1e-9, 1e12),
    "users_per_week": (1e-9, 1e12),
    "users_per_month": (1e-9, 1e12),
    "parameters": (1e-3, 1e22),
    "usd": (1e-9, 1e16),
    "usd_per_million_tokens": (0.0, 1e9),
    "bytes": (1e-3, 1e26),
    "watts": (1e-9, 1e16),
}
# Perceptrons are older than the first systems listed; what is announced lies months ahead, not centuries.
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2100, 12, 31)
# What forecasters answer may lie anywhere on the calendar.
ANY_DAY: Final = frozenset({"value_date", "threshold_date"})
# Errors are measured in the unit of the value, and may be nothing; that they are not negative is their contract's.
ERRORS: Final = frozenset({"std_error"})
# Shares of a scale and levels of a distribution, whatever the unit of the row.
UNITLESS: Final = frozenset({"chance_share", "ceiling_share", "quantile"})


def range_of(column: str, unit: str | None) -> tuple[float, float]:
    """The least and the largest that a number of this column can be in this unit."""
    if unit is None or column in UNITLESS or unit not in RANGES:
        return ANY_NUMBER
    low, high = RANGES[unit]
    return (-high, high) if column in ERRORS else (low, high)
