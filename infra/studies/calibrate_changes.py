"""Find from what size on a change is told: `python -m infra.calibrate_changes [YEARS]` writes change_thresholds.py.

Years in which nothing changes are simulated on the embedded default; a row's threshold is the least one at which
they would raise hardly any alert about it. What the whole table would raise is measured on other years.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from infra.sample import SAMPLE_DAY, sample_context
from infra.studies.null_years import null_rows
from models.changes.judgement import Raised, raised_in
from models.changes.mixtures import units_of
from models.changes.size import MATERIALITY, scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context

    Rows = Mapping[str, FloatArray]

TARGET: Final = Path(__file__).parents[2] / "models" / "changes" / "thresholds.py"
YEARS: Final = 1000
BATCH: Final = 100
# No row is told of smaller changes, however quiet it has been: at this size the weeks of GPT-4 and o1 are told.
FLOOR: Final = 0.8
# False alerts a year that one row may raise; a dozen rows move on their own, which leaves the table below one.
ALLOWED: Final = 0.06
GRID: Final = np.round(np.arange(FLOOR, 6.01, 0.05), 2)
_SEEDS: Final = (1, 2)


def main(years: int = YEARS) -> None:
    """Calibrate on as many years again, measure on `years`, write both down."""
    context = sample_context(SAMPLE_DAY)
    floors = {name: MATERIALITY[scale_of(unit)] for name, unit in units_of(context.essay_numbers).items()}
    learnt = _years(context, years, _SEEDS[0])
    thresholds = {name: _least(name, row, floors) for name, row in learnt.items()}
    measured = raised_in(_years(context, years, _SEEDS[1]), floors, thresholds)
    TARGET.write_text(_module(thresholds, measured), encoding="utf-8")
    mean, low, high = interval(measured)
    print(f"{mean:.2f} false alarms a year ({low:.2f}-{high:.2f}) in {len(measured.digests)} years: {TARGET.name}")


def _years(context: Context, years: int, seed: int) -> dict[str, FloatArray]:
    parts = []
    for number in range(0, years, BATCH):
        # With fewer than 1000 batches no seed comes twice: what is measured on was not learnt from.
        parts.append(null_rows(context, min(BATCH, years - number), 1000 * seed + number // BATCH))
        print(f"  {number + BATCH} years simulated", file=sys.stderr)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _least(name: str, row: FloatArray, floors: Mapping[str, float]) -> float:
    """The least threshold at which a row raises no more false alerts than it may."""
    for threshold in GRID:
        if raised_in({name: row}, floors, {name: float(threshold)}).alerts.mean() <= ALLOWED:
            return float(threshold)
    return float(GRID[-1])


def interval(raised: Raised) -> tuple[float, float, float]:
    """Digests a year: mean and 95 % interval by the bootstrap of years."""
    chance = np.random.default_rng(0)
    means = chance.choice(raised.digests, (2000, len(raised.digests))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(raised.digests.mean()), float(low), float(high)


def _module(thresholds: Mapping[str, float], measured: Raised) -> str:
    rows = "".join(f'    "{name}": {value},\n' for name, value in sorted(thresholds.items()) if value > FLOOR)
    mean, low, high = interval(measured)
    return f'''"""From what size on a change is told: written by `python -m infra.calibrate_changes`, which says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# In spreads of the old forecast; severity 2 from twice as much.
USUAL: Final = {FLOOR}
# Rows that would raise more than {ALLOWED} false alerts a year at that: forecasts near a bound, and noisy levels.
HIGHER: Final[Mapping[str, float]] = {{
{rows}}}
# Runs a year that would tell of a change in a world without any, over the whole table: mean and 95 % interval.
FALSE_ALARMS: Final = ({mean:.3f}, {low:.3f}, {high:.3f})
# Simulated years that this was measured on, none of which the thresholds were calibrated on.
YEARS: Final = {len(measured.digests)}


def threshold_of(property_id: str) -> float:
    """The size, in spreads, from which a change of a row is told."""
    return HIGHER.get(property_id, USUAL)
'''


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
