"""From what size on a change is told; written by `python -m infra.calibrate_changes`, which says how it was found."""

from __future__ import annotations

from typing import Final

# Spreads of the old forecast; severity 2 from twice as much.
THRESHOLD: Final = 0.72
