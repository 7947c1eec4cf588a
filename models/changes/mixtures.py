"""The world as it was and as it is, and every mixture between: what the property table would say in each."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import polars as pl

from models.changes.size import comparable, subsets
from models.days import decimal_year
from models.forecasting.pool import ROW_COLUMNS, Case, forecast_cases
from models.properties.benchmark_rows import is_mark_passed
from models.properties.cells import GRID
from models.properties.context import Context
from models.properties.table import PROPERTY_IDS, property_grids, series_read, steady_cells
from models.properties.world import World
from warehouse.contracts.facts import fact
from warehouse.contracts.table import BOOKKEEPING_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from models.forecasting.forecasts import Forecasts
    from models.forecasting.scales import FloatArray

    class Quantiles(Protocol):
        """All rows (44, 23) in each of several worlds; NaN for those not among `only`."""

        def __call__(self, worlds: Sequence[World], only: Collection[str] = ..., /) -> list[FloatArray]:
            """Compute them."""
            ...


UNCHANGED: Final = "unchanged"
ROW_CAUSES: Final = ("revised_rows", "removed_rows", "new_rows", "changed_source")

OBSERVATION_KEY: Final = ("series_id", "source_id", "source_row_id")

# Per frame of a world: what a row is told by, and which of its columns make a revision. A citation that is worded
# anew moves no forecast.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "observations": OBSERVATION_KEY,
    "series": ("series_id",),
    "community": ("platform", "source_row_id"),
    "assumptions": ("assumption_id", "source_id"),
    "essay_numbers": ("property_id",),
}
_REVISED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "observations": ("system_id", "observation_date", "known_date", "value", "evidence"),
    "series": ("unit", "scale", "direction", "chance_share", "ceiling_share", "members"),
    "assumptions": ("value", "low", "high", "interval", "as_of_date"),
    "essay_numbers": ("p25", "p50", "p75", "is_implied"),
}


class Mixtures:
    """Two worlds and everything between: for any set of causes, the world in which these are as now, others as then.

    Rows are sorted once by what became of them; a mixture is then a filter. A row dated after the day of a mixture is
    not seen in it, whichever world it comes from: `models.frontier.histories` keeps that law.
    """

    def __init__(self, then: World, now: World) -> None:
        """Sort the rows of both worlds."""
        self.then, self.now = then, now
        self._sorted = {name: _sorted(_seen(then, name), _seen(now, name), name) for name in _KEYS}
        # Where nothing differs every mixture has the same rows: most frames, on most days.
        self._same = {
            name: rows.select(getattr(now.known, name).columns)
            for name, rows in self._sorted.items()
            if (rows["cause"] == UNCHANGED).all()
        }

    @cached_property
    def causes(self) -> tuple[str, ...]:
        """The causes that differ between the two worlds; any other contributes nothing, exactly."""
        found = {str(cause) for rows in self._sorted.values() for cause in rows["cause"].unique()}
        is_apart = {
            "elapsed_time": self.then.day != self.now.day,
            "settings": (self.then.target_date, self.then.switched_off)
            != (self.now.target_date, self.now.switched_off),
            **{cause: cause in found for cause in ROW_CAUSES},
        }
        return tuple(cause for cause, differs in is_apart.items() if differs)

    def world(self, chosen: frozenset[str]) -> World:
        """The world in which the causes chosen are as now; with all of them chosen, the world of now itself."""
        if chosen.issuperset(self.causes):
            return self.now
        asked = self.now if "settings" in chosen else self.then
        frames: dict[str, Any] = self._same | {
            name: _mixed(rows, chosen).select(getattr(self.now.known, name).columns)
            for name, rows in self._sorted.items()
            if name not in self._same
        }
        day = (self.now if "elapsed_time" in chosen else self.then).day
        if "assumptions" in frames:
            # Whose word is new is a cause of its own. Left to its day, a limit that somebody stated in between would
            # be told as time passing.
            stated = pl.min_horizontal("as_of_date", pl.lit(day))
            frames["assumptions"] = frames["assumptions"].with_columns(as_of_date=stated)
        return World(replace(self.now.known, day=day, **frames), asked.target_date, asked.switched_off)

    def changed_rows(self, series_ids: Sequence[str]) -> pl.DataFrame:
        """Observations of these series that were added, revised or removed, with `cause`; of a revision, as now."""
        rows = self._sorted["observations"].filter(
            pl.col("cause") != UNCHANGED, pl.col("series_id").is_in(list(series_ids)),
            pl.col("is_now") | (pl.col("cause") == "removed_rows"),
        )  # fmt: skip
        return rows.unique(OBSERVATION_KEY, keep="first", maintain_order=True)

    def changed_assumptions(self, assumption_ids: Collection[str]) -> pl.DataFrame:
        """What was stated anew, otherwise or no more of these assumptions, with `cause`; of a revision, as now."""
        return self._sorted["assumptions"].filter(
            pl.col("cause") != UNCHANGED, pl.col("assumption_id").is_in(list(assumption_ids)),
            pl.col("is_now") | (pl.col("cause") == "removed_rows"),
        )  # fmt: skip

    def without(self, row: Mapping[str, object]) -> World:
        """The world of now with one changed row as it was then: taken away when new, back when removed or revised.

        `row` is one of `changed_rows` or of `changed_assumptions`.
        """
        name = frame_of(row)
        is_it = pl.all_horizontal(pl.col(part) == row[part] for part in _KEYS[name])
        now = getattr(self.now.known, name)
        mixed = pl.concat([now.filter(~is_it), _seen(self.then, name).filter(is_it).select(now.columns)])
        changed: dict[str, Any] = {name: mixed}
        return replace(self.now, known=replace(self.now.known, **changed))


def frame_of(row: Mapping[str, object]) -> str:
    """Of which frame of a world a changed row is."""
    return "assumptions" if "assumption_id" in row else "observations"


def key_of(row: Mapping[str, object]) -> tuple[object, ...]:
    """What a changed row is told by, beside the rows of its frame and of others."""
    name = frame_of(row)
    return name, *(row[part] for part in _KEYS[name])


def _seen(world: World, name: str) -> pl.DataFrame:
    """A frame of a world; of assumptions what was stated by its day, as the table reads them."""
    frame: pl.DataFrame = getattr(world.known, name)
    return frame.filter(pl.col("as_of_date") <= world.day) if name == "assumptions" else frame


def worth(
    mixtures: Mixtures, quantiles: Quantiles, causes: Sequence[str] | None = None
) -> dict[frozenset[str], FloatArray]:
    """What comes out of every mixture: `quantiles` of the world per set of causes."""
    chosen = [frozenset(one) for one in subsets(mixtures.causes if causes is None else causes)]
    return dict(zip(chosen, quantiles([mixtures.world(one) for one in chosen]), strict=True))


def _contexts(worlds: Sequence[World], target_dates: Callable[[World], Sequence[date]]) -> list[Context]:
    """The worlds with their forecasts; only the series that the table reads are forecast, and the days it needs.

    The days before the target date serve the one question that is still open: when MATH reaches its mark.
    """
    cases = [_case(world) for world in worlds]
    alike: dict[tuple[date, tuple[date, ...]], list[int]] = {}
    for number, (world, case) in enumerate(zip(worlds, cases, strict=True)):
        alike.setdefault((world.day, _days_ahead(world, case, target_dates)), []).append(number)
    made: dict[int, Forecasts] = {}
    for (day, ahead), numbers in alike.items():
        made.update(zip(numbers, forecast_cases([cases[number] for number in numbers], day, ahead), strict=True))
    return [_context(world, case, made[number]) for number, (world, case) in enumerate(zip(worlds, cases, strict=True))]


def quantiles_under(
    world: World, assumptions: Sequence[pl.DataFrame], target_dates: Callable[[World], Sequence[date]]
) -> list[FloatArray]:
    """All rows (44, 23) of a world under each of several frames of core.assumption: nothing is forecast anew.

    The frames may differ in what formulas assume (ASSUMED) and in nothing else: rows without one are computed once.
    """
    case = _case(world)
    (made,) = forecast_cases([case], world.day, _days_ahead(world, case, target_dates))
    context = _context(world, case, made)
    steady = steady_cells(context)
    # A split among eight asks for 256 tables.
    return [_comparable(world, property_grids(context.under(frame), steady=steady)) for frame in assumptions]


def _days_ahead(world: World, case: Case, target_dates: Callable[[World], Sequence[date]]) -> tuple[date, ...]:
    days = [world.target_date] if is_mark_passed(case.rows, world.day) else target_dates(world)
    # Days that have passed are refused by the pool; what was reached by them is read from the rows.
    return tuple(sorted({day for day in (*days, world.target_date) if day > world.day}))


def _case(world: World) -> Case:
    read = series_read(world.known.series["series_id"].to_list())
    # All rows, also of series that the table does not read: the priors learn from them, as in an edition.
    return Case(world.known.observations.select(ROW_COLUMNS), world.known.series, read)


def _context(world: World, case: Case, forecasts: Forecasts) -> Context:
    members = world.known.series.filter(pl.col("series_id").is_in(list(case.only)))["members"].drop_nulls()
    read = [*case.only, *(name for one in members for name in one.split("+"))]
    # Taking hundreds of series apart that no row reads would be a fifth of the work.
    observed = world.known.observations.filter(pl.col("series_id").is_in(read))
    return Context(replace(world, known=replace(world.known, observations=observed)), forecasts)


def quantiles_of(
    worlds: Sequence[World], target_dates: Callable[[World], Sequence[date]], only: Collection[str] = PROPERTY_IDS
) -> list[FloatArray]:
    """Distributions of the rows asked for in each world (44, 23), in comparable units; NaN for any without one."""
    return [_comparable(one.world, property_grids(one, only)) for one in _contexts(worlds, target_dates)]


def _comparable(world: World, grids: Mapping[str, FloatArray | None]) -> FloatArray:
    units = units_of(world.known.essay_numbers)
    last = decimal_year(world.target_date)
    empty = np.full(len(GRID), np.nan)
    known = {name: comparable(grid, units[name], last) for name, grid in grids.items() if grid is not None}
    return np.stack([known.get(name, empty) for name in PROPERTY_IDS])


def units_of(essay_numbers: pl.DataFrame) -> dict[str, str]:
    """Unit of every row: the essay's."""
    return dict(essay_numbers.select("property_id", "unit").iter_rows())


def _sorted(then: pl.DataFrame, now: pl.DataFrame, name: str) -> pl.DataFrame:
    """The rows of both frames with `cause` (unchanged, revised_rows, removed_rows, new_rows) and `is_now`.

    Of an unchanged row only the copy of now is kept. What a crowd says later is news and no revision.
    """
    revised_by = _REVISED_BY.get(name) or tuple(column for column in now.columns if column not in BOOKKEEPING_NAMES)
    key = [*_KEYS[name], "nth"]
    sides = [_numbered(then.select(now.columns), name, revised_by), _numbered(now, name, revised_by)]
    then_print, now_print = (side.select(*key, "print") for side in sides)
    both = then_print.join(now_print, on=key, how="full", coalesce=True, nulls_equal=True, suffix="_now")
    cause = (
        pl.when(pl.col("print").is_null())
        .then(pl.lit("new_rows"))
        .when(pl.col("print_now").is_null())
        .then(pl.lit("removed_rows"))
        .when(pl.col("print") == pl.col("print_now"))
        .then(pl.lit(UNCHANGED))
        .otherwise(pl.lit("revised_rows" if name in _REVISED_BY else "new_rows"))
    )
    verdict = (
        _handed_over(both.select(*key, cause=cause), sides)
        if name == "observations"
        else both.select(*key, cause=cause)
    )
    told = [
        side.join(verdict, on=key, how="left", nulls_equal=True, maintain_order="left").with_columns(
            is_now=pl.lit(is_now)
        )
        for side, is_now in zip(sides, (False, True), strict=True)
    ]
    return pl.concat([told[1], told[0].filter(pl.col("cause") != UNCHANGED)])


def _handed_over(verdict: pl.DataFrame, sides: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows that are gone because another publisher states the same fact now, and those that came instead.

    Told as removed and new, a change of source would look like news of the world, and no mixture would hold both.
    """
    key = [*OBSERVATION_KEY, "nth"]
    stated = [
        side.select(*key, fact=fact()).join(verdict.filter(cause=cause), on=key, how="inner")
        for side, cause in zip(sides, ("removed_rows", "new_rows"), strict=True)
    ]
    gone, come = stated
    pair = ["series_id", "fact"]
    handed = pl.concat([
        one.join(other.select(*pair, other_id="source_id").unique(), on=pair, how="inner")
        .filter(pl.col("source_id") != pl.col("other_id")).select(key).unique()
        for one, other in ((gone, come), (come, gone))
    ])  # fmt: skip
    told = verdict.join(handed.with_columns(is_handed=pl.lit(value=True)), on=key, how="left", nulls_equal=True)
    is_handed = pl.col("is_handed").fill_null(value=False)
    return told.select(*key, cause=pl.when(is_handed).then(pl.lit("changed_source")).otherwise("cause"))


def _numbered(rows: pl.DataFrame, name: str, revised_by: Sequence[str]) -> pl.DataFrame:
    """Rows with a print of what makes a revision; a pooled series may hold one row id of several of its members."""
    key = list(_KEYS[name])
    ordered = rows.sort(*key, *revised_by, nulls_last=True) if rows.height else rows
    return ordered.with_columns(nth=pl.int_range(pl.len()).over(key), print=pl.struct(list(revised_by)).hash())


def _mixed(rows: pl.DataFrame, chosen: frozenset[str]) -> pl.DataFrame:
    # Of a chosen cause the rows of now, of any other those of then: so a revised row is there once, never twice.
    is_chosen = pl.col("cause").is_in(sorted(chosen))
    return rows.filter((pl.col("cause") == UNCHANGED) | (pl.col("is_now") == is_chosen))
