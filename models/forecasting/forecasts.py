"""What a forecaster hands on: sorted draws per series and target date, with what was fitted and what could not be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.digits import all_in_bits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy.typing as npt

# The 23 quantile levels of the hubverse's forecast hubs.
# Rounded, because they are stored and looked up as they are: 0.05 * 3 is not 0.15 in binary.
HUB_LEVELS: Final = (0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99)
# The two categories of the pmf that stands beside the quantiles of each series and target date.
NO_NEW_RECORD: Final = "no_new_record"
NEW_RECORD: Final = "new_record"
HUB_KEYS: Final = (
    "forecaster_id", "target", "origin_date", "target_date", "output_type", "output_type_id", "value",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Forecasts of many series by one forecaster from one origin date.

    `samples` has shape (series, target date, draw), ascending along the last axis, in the unit of each series: draw i
    stands at level (i + 0.5) / draws. Series without a forecast hold NaN; `fits` (contract core.fit without
    edition_id) says why. `no_record_share` has shape (series, target date): the probability of no new record.
    """

    forecaster_id: str
    origin_date: date
    series_ids: tuple[str, ...]
    target_dates: tuple[date, ...]
    samples: npt.NDArray[np.float64]
    no_record_share: npt.NDArray[np.float64]
    fits: pl.DataFrame

    def draws(self, series_id: str, target_date: date) -> npt.NDArray[np.float64]:
        """Sorted draws of one series on one day; KeyError names what was not forecast."""
        found: npt.NDArray[np.float64] = self.samples[self._series_index(series_id), self._date_index(target_date)]
        return found

    def has(self, series_id: str) -> bool:
        """Whether there is a forecast for the series at all."""
        return series_id in self.series_ids and bool(np.isfinite(self.samples[self._series_index(series_id)]).all())

    def quantiles(self, levels: Sequence[float] = HUB_LEVELS) -> npt.NDArray[np.float64]:
        """Quantiles by interpolation between draws, to the digits that are stored: (series, target date, level)."""
        return all_in_bits(at_levels(self.samples, levels), self._floor[:, None, None])

    def quantiles_of(self, series_id: str, target_date: date, levels: Sequence[float]) -> npt.NDArray[np.float64]:
        """The same of one series on one day, shape (level)."""
        return all_in_bits(
            at_levels(self.draws(series_id, target_date), levels), self._floor[self._series_index(series_id)]
        )

    @property
    def _floor(self) -> npt.NDArray[np.float64]:
        """The records, beneath which no draw lies, shape (series); -inf for levels, which may fall."""
        record = self.fits["frontier_value"].to_numpy()
        return np.where(np.isfinite(self.no_record_share).all(axis=1) & np.isfinite(record), record, -np.inf)

    def to_hub(self) -> pl.DataFrame:
        """The forecasts in the form of the hubverse: contract core.forecast without edition_id.

        Per series and target date 23 rows of output_type `quantile` (id: the level, e.g. "0.025") and two rows of
        output_type `pmf` (ids `no_new_record` and `new_record`, summing to one), both under the series as target.
        Series without a forecast have no rows: a hub has no place for NaN.
        """
        quantile = self.quantiles().reshape(-1, len(HUB_LEVELS))
        share = self.no_record_share.reshape(-1, 1)
        ids = (*(f"{level:g}" for level in HUB_LEVELS), NO_NEW_RECORD, NEW_RECORD)
        types = ("quantile",) * len(HUB_LEVELS) + ("pmf", "pmf")
        tasks = len(share)
        frame = pl.DataFrame(
            {
                "target": np.repeat(np.array(self.series_ids, dtype=object), len(self.target_dates) * len(ids)),
                "target_date": [day for day in self.target_dates for _ in ids] * len(self.series_ids),
                "output_type": types * tasks,
                "output_type_id": ids * tasks,
                "value": np.concatenate([quantile, share, 1.0 - share], axis=1).ravel(),
            },
            schema={"target": pl.String, "target_date": pl.Date, "output_type": pl.String,
                    "output_type_id": pl.String, "value": pl.Float64},
        )  # fmt: skip
        named = frame.with_columns(forecaster_id=pl.lit(self.forecaster_id), origin_date=pl.lit(self.origin_date))
        return named.filter(pl.col("value").is_not_nan()).select(HUB_KEYS)

    def _series_index(self, series_id: str) -> int:
        if series_id not in self.series_ids:
            raise KeyError(f"{self.forecaster_id} has no forecast of series {series_id}")
        return self.series_ids.index(series_id)

    def _date_index(self, target_date: date) -> int:
        if target_date not in self.target_dates:
            raise KeyError(f"{self.forecaster_id} has no forecast for {target_date}")
        return self.target_dates.index(target_date)


def at_levels(samples: npt.NDArray[np.float64], levels: Sequence[float]) -> npt.NDArray[np.float64]:
    """Quantiles (..., k) of sorted draws (..., n), draw i standing at level (i + 0.5) / n; flat beyond the ends."""
    count = samples.shape[-1]
    position = np.clip(np.asarray(levels) * count - 0.5, 0, count - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, count - 1)
    share = position - low
    below, above = samples[..., low], samples[..., high]
    # Between equal draws rounding would let a higher level fall below a lower one by a few parts in 10^16.
    ordered: npt.NDArray[np.float64] = np.maximum.accumulate(below + share * (above - below), axis=-1)
    return ordered
