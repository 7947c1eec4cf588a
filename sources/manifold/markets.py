"""Which markets of Manifold we ask for, what each speaks for, and how its answers are read."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Form = Literal["above", "by", "thresholds", "buckets", "years"]
# Forms whose answers, taken together, are a distribution.
DISTRIBUTIONS: Final = ("thresholds", "buckets", "years")
_SHIPPED: Final = Path(__file__).with_name("markets.toml")


@dataclass(frozen=True, slots=True)
class Market:
    """One market and how it is read.

    `form` says what its answers are: `above` (one probability that the target is above `threshold` on `target_date`;
    at least it where `counts_itself`),
    `by` (one probability that it happens by the day `by`), `thresholds` (a probability for each number, that the
    target is above it), `buckets` (ranges of the target, of which one comes true), `years` (calendar years, of which
    one comes true). Numbers of the market times `multiplier` are in the unit of `target`, and lie between the two of
    `plausible`; `words` are those that a label may hold beside its numbers. Between the numbers named the distribution
    is drawn straight, by factors where `is_log`.
    """

    slug: str
    form: Form
    title: str
    target: str
    differs: str
    target_date: date | None = None
    threshold: float | None = None
    by: date | None = None
    multiplier: float = 1.0
    is_log: bool = True
    counts_itself: bool = False
    words: tuple[str, ...] = ()
    plausible: tuple[float, float] = (0.0, math.inf)

    @property
    def passed_at(self) -> float | None:
        """The number above which the target is, when the market says yes."""
        if self.threshold is None or not self.counts_itself:
            return self.threshold
        return math.nextafter(self.threshold, -math.inf)

    @property
    def reading_json(self) -> str:
        """How its numbers are read, as JSON: read otherwise, they do not measure the same."""
        return json.dumps(
            {"form": self.form, "multiplier": self.multiplier, "threshold": self.passed_at,
             "by": self.by and str(self.by), "target": self.target, "target_date": str(self.target_date)},
            sort_keys=True,
        )  # fmt: skip


def load_markets() -> tuple[Market, ...]:
    """The shipped markets, in the order of the file."""
    return tuple(_market(entry) for entry in tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["market"])


def _market(entry: Mapping[str, Any]) -> Market:
    named: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Market(**named)
