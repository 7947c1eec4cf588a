"""Which markets of Manifold we ask for, what each speaks for, and how its answers are read."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import date

Form = Literal["above", "by", "thresholds", "buckets", "years"]
# Forms whose answers, taken together, are a distribution.
DISTRIBUTIONS: Final = ("thresholds", "buckets", "years")
_SHIPPED: Final = Path(__file__).with_name("markets.toml")


@dataclass(frozen=True, slots=True)
class Market:
    """One market and how it is read.

    `form` says what its answers are: `above` (one probability that the target is above `threshold` on `target_date`),
    `by` (one probability that it happens by the day `by`), `thresholds` (a probability for each number, that the
    target is above it), `buckets` (ranges of the target, of which one comes true), `years` (calendar years, of which
    one comes true). Numbers of the market times `multiplier` are in the unit of `target`. Between the numbers named
    the distribution is drawn straight, by factors where `is_log`.
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

    @property
    def reading_json(self) -> str:
        """How its numbers are read, as JSON: read otherwise, they do not measure the same."""
        return json.dumps(
            {"form": self.form, "multiplier": self.multiplier, "threshold": self.threshold,
             "by": self.by and str(self.by), "target": self.target, "target_date": str(self.target_date)},
            sort_keys=True,
        )  # fmt: skip


def load_markets() -> tuple[Market, ...]:
    """The shipped markets, in the order of the file."""
    return tuple(Market(**entry) for entry in tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["market"])
