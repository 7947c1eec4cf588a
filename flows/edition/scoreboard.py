"""Who forecast how well: the rows of out.score as one line per forecaster, compared only where tasks are the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST_VALUE: Final = "baseline-last-value"
NOMINAL: Final = (50, 80, 90)
PARTS: Final = ("dispersion", "underprediction", "overprediction")
# Horizons are compared in bands: 6, 12 and 24 months, and whatever is longer than 30 as 48.
BANDS: Final = {9: 6, 18: 12, 30: 24}
LONGER: Final = 48
_TASK: Final = ["target", "origin_date", "target_date"]
_RATIOS: Final = frozenset({"crps_ratio", "wis_ratio"})
_CELL: Final = ["scale", "band"]


@dataclass(frozen=True)
class Scoreboard:
    """The rows of out.score of one edition, put in order once for every page and language that shows them."""

    scores: pl.DataFrame

    @cached_property
    def standings(self) -> pl.DataFrame:
        """One row per basis and forecaster, the best first within each basis.

        Columns: basis, forecaster_id, tasks, targets, compared (tasks that the last value faced too), crps_ratio and
        wis_ratio (geometric mean over the cells scale × horizon of mean score over that of the last value on the same
        tasks; empty where nothing can be compared), wis_<part>_share (of WIS, adding up to one), coverage_50, …_80,
        …_90 and log_score (means). CRPS itself is in a different unit on every scale and is never averaged across them.
        """
        means = self._wide.group_by("basis", "forecaster_id").agg(
            pl.len().alias("tasks"),
            pl.col("target").n_unique().alias("targets"),
            *(pl.col(f"coverage_{nominal}").mean() for nominal in NOMINAL),
            pl.col("log_score").mean(),
        )
        keys = ["basis", "forecaster_id"]
        joined = means.join(_compared(self._wide), on=keys, how="left").join(_parts(self._wide), on=keys, how="left")
        return joined.select(
            *keys, "tasks", "targets", pl.col("compared").fill_null(0), "crps_ratio", "wis_ratio",
            *(f"wis_{part}_share" for part in PARTS), *(f"coverage_{nominal}" for nominal in NOMINAL), "log_score",
        ).sort("basis", "crps_ratio", "forecaster_id", nulls_last=True)  # fmt: skip

    @cached_property
    def by_cell(self) -> pl.DataFrame:
        """Mean CRPS and WIS per basis, scale, horizon band and forecaster, in the unit of the scale, tasks counted."""
        return (
            self._wide.group_by("basis", *_CELL, "forecaster_id")
            .agg(pl.len().alias("tasks"), pl.col("crps").mean(), pl.col("wis").mean())
            .sort("basis", *_CELL, "crps", "forecaster_id")
        )

    @cached_property
    def by_scale(self) -> pl.DataFrame:
        """The ratios of `standings` on each scale alone: basis, scale, forecaster_id, compared, crps_ratio, wis_ratio.

        A mean over scales can put first who is fourth on one of them: what it is made of has to stand beside it.
        """
        found = _compared(self._wide, ("scale",))
        return found.sort("basis", "scale", "crps_ratio", "forecaster_id", nulls_last=True)

    @cached_property
    def _wide(self) -> pl.DataFrame:
        return _wide(self.scores)


def faced(row: Mapping[str, Any], metric: str) -> str:
    """Of a ratio to the last value of `standings`: ` (1/3)` where that faced one of three tasks, else empty."""
    is_part = metric in _RATIOS and row[metric] is not None and row["compared"] != row["tasks"]
    return f" ({row['compared']}/{row['tasks']})" if is_part else ""


def _wide(scores: pl.DataFrame) -> pl.DataFrame:
    """One row per task and forecaster, one column per metric; metrics that were not scored are empty."""
    keys = ["basis", "forecaster_id", *_TASK, "scale", "horizon_months"]
    metrics = ("crps", "wis", *(f"wis_{part}" for part in PARTS), *(f"coverage_{n}" for n in NOMINAL), "log_score")
    band = pl.lit(LONGER)
    # The widest first: the condition put around the others last is the one asked first.
    for months, name in sorted(BANDS.items(), reverse=True):
        band = pl.when(pl.col("horizon_months") <= months).then(name).otherwise(band)
    at = {name: pl.col("value").filter(pl.col("metric") == name).first() for name in metrics}
    # A lone probability is no distribution: it has a score of its own and no place among these.
    distributions = scores.filter(pl.col("metric") != "brier")
    return distributions.group_by(keys).agg(**at).with_columns(band=band).sort(keys)


def _compared(wide: pl.DataFrame, per: tuple[str, ...] = ()) -> pl.DataFrame:
    """Ratios to the last value per basis and forecaster, and per what else is asked."""
    # The essay's tasks have no forecast of the last value but the one made in retrospect for the same days.
    last = wide.filter(pl.col("forecaster_id") == LAST_VALUE).sort(pl.col("basis") == "retrospective")
    reference = last.unique(_TASK, keep="first", maintain_order=True).select(*_TASK, last_crps="crps", last_wis="wis")
    cells = (
        wide.join(reference, on=_TASK)
        .group_by("basis", "forecaster_id", *_CELL)
        .agg(pl.len(), pl.col("crps", "wis", "last_crps", "last_wis").mean())
        .sort("basis", "forecaster_id", *_CELL)
    )

    def ratio(name: str) -> pl.Expr:
        # A cell in which the last value was perfect says nothing in ratios.
        usable = (pl.col(f"last_{name}") > 0) & (pl.col(name) > 0)
        return pl.col(name).filter(usable).log().sub(pl.col(f"last_{name}").filter(usable).log()).mean().exp()

    return cells.group_by("basis", *per, "forecaster_id").agg(
        pl.col("len").sum().alias("compared"), crps_ratio=ratio("crps"), wis_ratio=ratio("wis")
    )


def _parts(wide: pl.DataFrame) -> pl.DataFrame:
    """Shares of the parts in WIS, averaged over cells, so that no scale outweighs another."""
    cells = wide.group_by("basis", "forecaster_id", *_CELL).agg(
        pl.col("wis").sum(), *(pl.col(f"wis_{part}").sum() for part in PARTS)
    )
    shares = {f"wis_{part}_share": pl.col(f"wis_{part}") / pl.col("wis") for part in PARTS}
    given = cells.filter(pl.col("wis") > 0).sort("basis", "forecaster_id", *_CELL).with_columns(**shares)
    return given.group_by("basis", "forecaster_id").agg(pl.col(name).mean() for name in shares)
