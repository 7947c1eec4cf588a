"""Two editions side by side: how far every row moved, how much of it each cause moved, and which rows did it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from models.changes.mixtures import Mixtures, key_of, units_of, worth
from models.changes.size import (
    CAUSES,
    MATERIALITY,
    SEEN_FROM,
    distance,
    filled,
    median,
    news,
    scale_of,
    shapley,
    size,
    spread,
)
from models.properties.declared_inputs import ASSUMED
from models.properties.formulas import ancestors
from models.properties.table import PROPERTY_IDS, akin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from models.changes.mixtures import Quantiles
    from models.forecasting.scales import FloatArray
    from models.properties.world import World

# More changed rows than this are not taken away one by one: the greatest values are what a frontier is made of.
MOST_ROWS: Final = 12
_SETTINGS: Final = frozenset({"settings"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows of the table (44, in the order of PROPERTY_IDS) then and now, on the scale each is compared on.

    `before` was published then; `reference` is the world of then seen by today's code with today's settings; `after`
    is now, all (44, 23). `parts` splits the shift of the median (44) by cause and sums to `total`; `sizes` is the
    whole change in spreads of `before`; `reaches` is how far the distribution is, in the same spreads, from what it
    would be without a cause: they do not sum to anything. `news` is what today's code makes of it under the settings
    of then; 0 where the median stayed. NaN where a row has no distribution then or now, or is a fact or a judgement.
    """

    before: FloatArray
    reference: FloatArray
    after: FloatArray
    parts: Mapping[str, FloatArray]
    reaches: Mapping[str, FloatArray]
    sizes: FloatArray
    news: FloatArray
    mixtures: Mixtures
    quantiles: Quantiles
    # Tables with one row as it was, by row and by the part of the table that is computed: rows of the table that rest
    # on one series ask for the same.
    _made: dict[tuple[object, ...], FloatArray] = field(default_factory=dict, repr=False)

    @property
    def floor(self) -> FloatArray:
        """The least spread that counts, per row (44)."""
        return materiality_of(units_of(self.mixtures.now.known.essay_numbers))

    @property
    def total(self) -> FloatArray:
        """Shift of the median since what was published then, shape (44)."""
        return median(self.after) - median(self.before)

    def unit_of(self, place: int) -> float:
        """What one spread of the row at a place is: that of `before`, or the least that counts."""
        return float(np.fmax(spread(self.before[place]), self.floor[place]))

    @property
    def aside(self) -> FloatArray:
        """What code and settings alone have done, in spreads of `before` (44); NaN as in `sizes`."""
        return np.where(np.isfinite(self.sizes), size(self.before, self.reference, self.floor), np.nan)

    def direction(self, property_id: str) -> str:
        """Whether the row moved up or down; wider or narrower, where its median moved less than half as far."""
        place = PROPERTY_IDS.index(property_id)
        old, new = self.reference[place], self.after[place]
        shift = float(median(new) - median(old))
        if abs(shift) >= 0.5 * float(distance(old, new)):
            return "up" if shift > 0 else "down"
        return "wider" if spread(new) > spread(old) else "narrower"

    def movers(
        self, property_id: str, series_ids: Sequence[str], reached_on: date | None = None
    ) -> list[tuple[dict[str, Any], float, float]]:
        """The changed rows of these series, the changed assumptions, and how far each moves a row.

        Two measures: the shift of the median, and how far the whole distribution is, in spreads of `before`, from what
        it would be without (a row that only widens a range leaves the median where it was). The greatest first.
        Leave-one-out on the world of now: the row as it was then (absent, if new). What two rows
        do only together is in neither. Of many changed rows the highest are tried, and before them those of
        `reached_on`, the day of the value so far: of a mark that was passed, what passed it is seldom the highest.
        """
        place = PROPERTY_IDS.index(property_id)
        changed = self._changed_assumptions(property_id).to_dicts()
        is_first = pl.col("observation_date").eq_missing(pl.lit(reached_on, pl.Date))
        ranked = self.mixtures.changed_rows(series_ids).sort(is_first, "value", descending=True)
        changed += ranked.head(MOST_ROWS).to_dicts()
        after, unit = self.after[place], self.unit_of(place)
        moved = [
            (row, float(median(after) - median(made[place])), float(distance(made[place], after)) / unit)
            for row, made in zip(changed, self._without(changed, akin(property_id)), strict=True)
        ]
        return sorted((one for one in moved if np.isfinite(one[1:]).all()), key=lambda one: (-abs(one[1]), -one[2]))

    def changed(self, property_id: str, series_ids: Sequence[str]) -> list[dict[str, Any]]:
        """The changed assumptions beneath a row and the changed rows of these series, whether or not they moved it."""
        rows = self.mixtures.changed_rows(series_ids)
        return [*self._changed_assumptions(property_id).to_dicts(), *rows.to_dicts()]

    def _changed_assumptions(self, property_id: str) -> pl.DataFrame:
        stated = {ASSUMED[name].assumption_id for name in ancestors(property_id) if name in ASSUMED}
        return self.mixtures.changed_assumptions(stated).sort("assumption_id", "source_id")

    def _without(self, rows: Sequence[Mapping[str, Any]], only: frozenset[str]) -> list[FloatArray]:
        # Whole tables, of which one or a few rows are asked for, took a third of the time of a comparison.
        keys = [(only, *key_of(row)) for row in rows]
        new = [(key, row) for key, row in zip(keys, rows, strict=True) if key not in self._made]
        made = self.quantiles([self.mixtures.without(row) for _, row in new], only) if new else []
        self._made.update(zip((key for key, _ in new), made, strict=True))
        return [self._made[key] for key in keys]


def compare(then: World, before: FloatArray, now: World, quantiles: Quantiles) -> Comparison:
    """Compare what was published `before` (44, 23; NaN rows allowed) in the world of then with the world of now.

    `quantiles` computes all rows in any worlds. The method's part is what today's code makes of the world of then,
    less what was published: older code is not at hand to be tried on today's rows.
    """
    mixtures = Mixtures(then, now)
    values = worth(mixtures, quantiles)
    then_now, unset, after = (values[one] for one in _ends(mixtures))
    values = filled(values)
    is_known = np.isfinite(np.stack([before, then_now, after])).all(axis=(0, 2))
    reference = values[_SETTINGS & frozenset(mixtures.causes)]
    none = np.zeros(len(PROPERTY_IDS))
    split = shapley(values, mixtures.causes, SEEN_FROM)
    parts = {cause: median(split[cause]) if cause in split else none for cause in CAUSES}
    parts["method"] = median(then_now) - median(before)
    floor = materiality_of(units_of(now.known.essay_numbers))
    without = {cause: values[frozenset(mixtures.causes) - {cause}] for cause in mixtures.causes}
    unit = np.fmax(spread(before), floor)
    reaches = {cause: distance(was, after) / unit for cause, was in without.items()}
    return Comparison(
        before,
        reference,
        after,
        {cause: np.where(is_known, part, np.nan) for cause, part in parts.items()},
        {
            cause: np.where(is_known, far, np.nan)
            for cause, far in (reaches | {"method": distance(before, then_now) / unit}).items()
        },
        np.where(is_known & _is_forecast(before, after), size(before, after, floor), np.nan),
        np.where(is_known & np.isfinite(unset).all(axis=1), _news(before, (then_now, unset, after), floor), np.nan),
        mixtures,
        quantiles,
    )


def glance(then: World, before: FloatArray, now: World, quantiles: Quantiles) -> FloatArray:
    """`Comparison.news` (44) without the split by cause: two worlds are computed instead of one per set of causes.

    The same number to the bit.
    """
    mixtures = Mixtures(then, now)
    ends = _ends(mixtures)
    made = dict(zip(dict.fromkeys(ends), quantiles([mixtures.world(one) for one in dict.fromkeys(ends)]), strict=True))
    floor = materiality_of(units_of(now.known.essay_numbers))
    first, unset, after = (made[one] for one in ends)
    is_known = np.isfinite(np.stack([before, first, unset, after])).all(axis=(0, 2))
    return np.where(is_known, _news(before, (first, unset, after), floor), np.nan)


def _ends(mixtures: Mixtures) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Nothing as now, everything but the settings, everything."""
    everything = frozenset(mixtures.causes)
    return frozenset(), everything - _SETTINGS, everything


def _is_forecast(before: FloatArray, after: FloatArray) -> NDArray[np.bool_]:
    """What has no spread is a fact or a judgement: measured by the floor alone, its every move would be news."""
    return (spread(before) > 0) | (spread(after) > 0)


def _news(before: FloatArray, ends: tuple[FloatArray, FloatArray, FloatArray], floor: FloatArray) -> FloatArray:
    """Under the settings of then: a new target date must neither lift an old change over the threshold nor end it.

    What has come true has no spread any more: that is told as a threshold passed, not as a change.
    """
    first, unset, after = ends
    return np.where(_is_forecast(before, after) & (spread(after) > 0), news(first, unset, floor), np.nan)


def materiality_of(units: Mapping[str, str]) -> FloatArray:
    """The least spread that counts, per row (44), on the scale of its unit."""
    return np.array([MATERIALITY[scale_of(units[name])] for name in PROPERTY_IDS])
