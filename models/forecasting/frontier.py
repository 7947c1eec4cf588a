"""Record-so-far selection for many series at once: what each item could see at its origin, and its running maximum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.forecasting.scales import Scales

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from models.forecasting.scales import BoolArray, FloatArray, IntArray

DAYS_PER_YEAR: Final = 365.25
LEVEL_DAYS: Final = 180
# A frontier nobody measured any more did not stand still: it is unknown.
STILL_OBSERVED_DAYS: Final = 60
# Who has a record that several rows of one day reach: the first by these, where they are there.
_TIES: Final = ("source_id", "source_row_id", "measured_as", "feed")


@dataclass(frozen=True, slots=True)
class Histories:
    """Rows known at the origin, flat, sorted by item and then by date; one item is one series at one origin.

    `item`, `years` (before the origin, so <= 0), `value`, `z` (fitted scale), `running` (maximum of z so far) and
    `is_record` have one element per row; `scales` has one per item. `frame` holds the same rows with their names.
    """

    item: IntArray
    years: FloatArray
    value: FloatArray
    z: FloatArray
    running: FloatArray
    is_record: BoolArray
    scales: Scales
    frame: pl.DataFrame

    @property
    def count(self) -> int:
        """How many items there are, with or without rows."""
        return len(self.scales.kind)

    def total(self, weight: FloatArray | BoolArray) -> FloatArray:
        """Sum of a per-row quantity within each item, shape (items); always added in the order of the rows."""
        # Added in another order, sums differ in the last digit, and so would the bytes of an edition.
        return np.bincount(self.item, weights=weight.astype(float), minlength=self.count).astype(float)

    @property
    def is_first(self) -> BoolArray:
        """Whether a row is the oldest of its item."""
        # -1 is no item. With 0 in its place the oldest row of item 0 would be no first row, and its whole value a step.
        first: BoolArray = np.diff(self.item, prepend=-1) != 0
        return first

    @property
    def is_step(self) -> BoolArray:
        """Whether a row raised a frontier that was there before it."""
        return self.is_record & ~self.is_first

    @property
    def steps(self) -> FloatArray:
        """By how much each row raised the frontier, on the fitted scale; 0 for rows that did not."""
        # From the last row of one item to the first of the next there is a difference, but no step.
        return np.where(self.is_first, 0.0, np.diff(self.running, prepend=0.0))

    @property
    def span(self) -> FloatArray:
        """Years from the oldest row to the origin, shape (items); 0 for items without rows."""
        return self.highest(-self.years, self._every, 0.0)

    @property
    def frontier(self) -> FloatArray:
        """Highest value so far on the fitted scale, shape (items); NaN without rows."""
        return self.highest(self.z, self._every, np.nan)

    @property
    def frontier_value(self) -> FloatArray:
        """Highest value so far in the item's own unit, shape (items); NaN without rows."""
        return self.highest(self.value, self._every, np.nan)

    @property
    def first_z(self) -> FloatArray:
        """The oldest row on the fitted scale, shape (items); NaN without rows."""
        return self.highest(self.z, self.is_first, np.nan)

    @property
    def _every(self) -> BoolArray:
        return np.ones(len(self.item), dtype=bool)

    @property
    def until(self) -> FloatArray:
        """When the next row of the same item came, in years before the origin; 0 for the newest, shape (rows).

        A row of the origin's own day stands for one day, or it would weigh nothing.
        """
        # Without any row what is appended would be the only element, of a row that is not there.
        is_last = np.append(self.is_first[1:], True)[: len(self.item)]
        following = np.append(self.years[1:], 0.0)[: len(self.item)]
        return np.where(is_last, np.maximum(0.0, self.years + 1 / DAYS_PER_YEAR), following)

    def exposure(self, memory_years: float, years_ago: float = 0.0) -> FloatArray:
        """Years during which records could come, fading with `memory_years`, shape (items), as of so many years ago."""
        span = np.maximum(self.span - years_ago, 0.0)
        if not np.isfinite(memory_years):
            return span
        # exp(-t / memory) integrated, as records are weighed by it: with plain years an old series would seem slow.
        return memory_years * -np.expm1(-span / memory_years)

    @property
    def median_step(self) -> FloatArray:
        """Median rise of the frontier over its records, shape (items); 0 without any."""
        made = pl.DataFrame({"item": self.item, "step": self.steps}).filter(pl.Series(self.is_step))
        medians = made.group_by("item").agg(pl.col("step").median())
        out = np.zeros(self.count)
        out[medians["item"].to_numpy()] = medians["step"].to_numpy()
        return out

    def part(self, start: int, stop: int) -> Histories:
        """The items from `start` up to `stop`, renumbered from 0."""
        low, high = np.searchsorted(self.item, [start, stop])
        rows = slice(int(low), int(high))
        return Histories(
            item=self.item[rows] - start,
            years=self.years[rows],
            value=self.value[rows],
            z=self.z[rows],
            running=self.running[rows],
            is_record=self.is_record[rows],
            scales=self.scales.take(np.arange(start, stop)),
            frame=self.frame[rows].with_columns(item=pl.col("item") - start),
        )

    def take(self, items: IntArray) -> Histories:
        """The items picked, which must ascend, renumbered from 0."""
        # Ascending, rows stay sorted by item, as `part` and `is_first` take for granted.
        number = np.full(self.count, -1)
        number[items] = np.arange(len(items))
        rows = number[self.item] >= 0
        item = number[self.item[rows]]
        return Histories(
            item=item,
            years=self.years[rows],
            value=self.value[rows],
            z=self.z[rows],
            running=self.running[rows],
            is_record=self.is_record[rows],
            scales=self.scales.take(items),
            frame=self.frame.filter(pl.Series(rows)).with_columns(item=pl.Series(item, dtype=pl.UInt32)),
        )

    def highest(self, value: FloatArray, where: BoolArray, empty: float) -> FloatArray:
        """Largest of a per-row quantity over the rows selected, shape (items); `empty` for items without any."""
        out = np.full(self.count, -np.inf)
        # Plain indexing would keep the last row of each item, not the largest.
        np.maximum.at(out, self.item[where], value[where])
        return np.where(np.isneginf(out), empty, out)


def histories(rows: pl.DataFrame, items: pl.DataFrame) -> Histories:
    """Select what each item may see and mark its records.

    `rows` has series_id, observation_date, known_date, value (and whatever else should stay in `frame`); `items` has
    origin_date beside the columns of contract core.series, one row per item. A row dated or known after the origin
    never enters: this is the one place where the no-leak law is kept.
    """
    scales = Scales.of(items)
    # By position: the same series may stand at several origins.
    numbered = items.select("series_id", "origin_date").with_row_index("item")
    seen = rows.join(numbered, on="series_id", how="inner").filter(
        pl.col("observation_date") <= pl.col("origin_date"),
        pl.col("known_date") <= pl.col("origin_date"),
    )
    return _with_records(*_on_scale(seen, scales))


def records(rows: pl.DataFrame, of: str = "series_id") -> pl.DataFrame:
    """The rows in order of `of` and day, with `is_record`: whether a row is its series' first or beats all before it.

    The one definition of a record in Python; the view `frontier` is the same in SQL. Rows without a finite value are
    left out. Of equals on one day the first by source and row id has the record.
    """
    # Every column sorts, so that the order in which rows arrive can never show in a result. The best of a day comes
    # first: a paper that reports four sizes of one system on one day has set one record, not four.
    named = [name for name in _TIES if name in rows.columns]
    rest = sorted(set(rows.columns) - {of, "observation_date", "value", *named})
    order = [of, "observation_date", "value", *named, *rest]
    ordered = rows.filter(pl.col("value").is_finite()).sort(
        order, descending=[name == "value" for name in order], nulls_last=True
    )
    # Told by value, not on the fitted scale: a clipped logit would hide the step from 0.991 to 0.995.
    before = pl.col("value").cum_max().shift(1).over(of)
    return ordered.with_columns(is_record=before.is_null() | (pl.col("value") > before))


def standing(rows: pl.DataFrame, levels: AbstractSet[str]) -> pl.DataFrame:
    """The rows behind the value so far of each series: its newest record, or all readings of late where it is a level.

    A level (a speed, say) is what has been read within LEVEL_DAYS of its newest reading, not what was once the fastest.
    """
    return standing_of(records(rows), levels)


def standing_of(marked: pl.DataFrame, levels: AbstractSet[str]) -> pl.DataFrame:
    """As `standing`, from rows that `records` has marked already."""
    newest = pl.col("observation_date").max().over("series_id")
    is_of_late = pl.col("observation_date") > newest - timedelta(days=LEVEL_DAYS)
    records_from_here = pl.col("is_record").cum_sum(reverse=True).over("series_id")
    is_held = pl.col("is_record") & (records_from_here == 1)
    is_level = pl.col("series_id").is_in(list(levels))
    return marked.filter(pl.when(is_level).then(is_of_late).otherwise(is_held))


def _on_scale(seen: pl.DataFrame, scales: Scales) -> tuple[pl.DataFrame, Scales]:
    item = seen["item"].cast(pl.Int64).to_numpy()
    value = seen["value"].cast(pl.Float64).to_numpy()
    size = np.zeros(len(scales.kind))
    # From the rows seen at each origin: the size that a series has by now would tell an earlier origin of its growth.
    np.maximum.at(size, item, np.abs(value))
    measured = scales.measured_in(size)
    z = measured.take(item).to_fit(value)
    # Zeros and negative numbers have no logarithm: they cannot be part of a series that grows by factors.
    return seen.with_columns(z=pl.Series(z, dtype=pl.Float64)).filter(pl.col("z").is_finite()), measured


def _with_records(seen: pl.DataFrame, scales: Scales) -> Histories:
    marked = records(seen, "item").with_columns(running=pl.col("z").cum_max().over("item"))
    days = (marked["observation_date"] - marked["origin_date"]).dt.total_days()
    return Histories(
        item=marked["item"].cast(pl.Int64).to_numpy(),
        years=days.cast(pl.Float64).to_numpy() / DAYS_PER_YEAR,
        value=marked["value"].cast(pl.Float64).to_numpy(),
        z=marked["z"].to_numpy(),
        running=marked["running"].to_numpy(),
        is_record=marked["is_record"].to_numpy(),
        scales=scales,
        frame=marked,
    )
