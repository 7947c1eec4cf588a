"""How many cases a law is tried on: a quarter of what its test names in `make test`, all of them in `make trials`."""

from __future__ import annotations

from typing import Final

import hypothesis

# Hypothesis' own number, which the thorough profile has: what tests name is of it.
THOROUGH: Final = 100
FEWEST: Final = 5


def law(cases: int) -> hypothesis.settings:
    """The settings of a law that is tried on so many cases when tried thoroughly; no fewer than five else."""
    tried = max(min(FEWEST, cases), cases * hypothesis.settings().max_examples // THOROUGH)
    return hypothesis.settings(max_examples=tried)
