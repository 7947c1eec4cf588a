"""What the property table is computed from, and how rows, records and fits are read out of it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from models.days import (
    NAME_LENGTH,
    READING_UNITS,
    SCORED_DAYS,
    SECOND_HAND,
    SETUP_LENGTH,
    counted_digits,
    readable,
    shortened,
)
from models.forecasting.frontier import records, standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from models.forecasting.forecasts import Forecasts
    from models.forecasting.scales import FloatArray
    from models.properties.world import World

Row = dict[str, Any]

# No row for this long: the series has ended, whatever has been declared about it.
QUIET_DAYS: Final = 548
_DEFINED: Final = ("series_id", "unit", "scale", "direction", "ceiling_share", "members", "status")


@dataclass(frozen=True, slots=True)
class Context:
    """A world with its forecasts, taken apart for the rows of the table.

    Observations have the columns of core.observation, system_name and measured_as (the series that a row came from,
    for `best under any protocol` series the member); the other frames have the columns of their contracts.
    `forecasts` cover the target date and a grid of days up to it.
    """

    world: World
    forecasts: Forecasts
    # Looked up dozens of times a table, so taken apart once: rows, definitions and fits by series, the essay's rows
    # by id, what the crowd of Metaculus says by post. `marked` are the rows with `is_record`, `standing` those behind
    # a series' value so far; `steps` are for `arguments.together`.
    rows: Mapping[str, pl.DataFrame] = field(init=False, repr=False)
    marked: Mapping[str, pl.DataFrame] = field(init=False, repr=False)
    standing: Mapping[str, pl.DataFrame] = field(init=False, repr=False)
    essay: Mapping[str, Row] = field(init=False, repr=False)
    definitions: Mapping[str, Row] = field(init=False, repr=False)
    posts: Mapping[str, pl.DataFrame] = field(init=False, repr=False)
    fits: dict[str, Row] = field(init=False, repr=False, default_factory=dict)
    steps: dict[str, pl.DataFrame] = field(init=False, repr=False, default_factory=dict)
    stated: dict[str, Row] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        # Whoever hands over a later row must not thereby change an earlier table.
        # Once the day that was forecast has come, what happened after it does not count either.
        last = min(self.origin_date, self.target_date)
        is_known = (pl.col("observation_date") <= last) & (pl.col("known_date") <= self.origin_date)
        ordered = self.observations.filter(is_known).sort("series_id", "observation_date", "value", "system_id")
        object.__setattr__(self, "rows", _by_series(ordered))
        marked = records(ordered)
        object.__setattr__(self, "marked", _by_series(marked))
        essay = {row["property_id"]: row for row in self.essay_numbers.iter_rows(named=True)}
        object.__setattr__(self, "essay", essay)
        definitions = self.series.select(_DEFINED).iter_rows(named=True)
        object.__setattr__(self, "definitions", {row["series_id"]: row for row in definitions})
        levels = {series_id for series_id in self.definitions if is_level(self, series_id)}
        object.__setattr__(self, "standing", _by_series(standing_of(marked, levels)))
        object.__setattr__(self, "posts", _by_post(self.community))

    def under(self, assumptions: pl.DataFrame) -> Context:
        """The same context under other assumptions: nothing that was taken apart holds one, so it is shared."""
        other = copy(self)
        known = replace(self.world.known, assumptions=assumptions)
        object.__setattr__(other, "world", replace(self.world, known=known))
        # What was stated is looked up once; shared, every table would be the first one's.
        object.__setattr__(other, "stated", {})
        return other

    @property
    def origin_date(self) -> date:
        """The day that the table speaks from."""
        return self.world.day

    @property
    def target_date(self) -> date:
        """The day that it forecasts."""
        return self.world.target_date

    @property
    def observations(self) -> pl.DataFrame:
        """Rows known on the day."""
        return self.world.known.observations

    @property
    def series(self) -> pl.DataFrame:
        """Definitions of their series."""
        return self.world.known.series

    @property
    def community(self) -> pl.DataFrame:
        """What forecasting communities say."""
        return self.world.known.community

    @property
    def assumptions(self) -> pl.DataFrame:
        """What is assumed, each with when that was stated."""
        return self.world.known.assumptions

    @property
    def essay_numbers(self) -> pl.DataFrame:
        """What the essay said."""
        return self.world.known.essay_numbers

    @property
    def is_due(self) -> bool:
        """Whether the day that the table forecasts has come."""
        return self.target_date <= self.origin_date

    @property
    def is_beyond_scored_range(self) -> bool:
        """Whether the target lies further ahead than forecasts are scored as a rule."""
        return (self.target_date - self.origin_date).days > SCORED_DAYS

    @property
    def grid(self) -> list[date]:
        """The days forecast, up to the target date."""
        return [day for day in self.forecasts.target_dates if day <= self.target_date]


def _by_series(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Rows in the order of their series as one frame each: cut from the whole, where a partition would copy it."""
    runs = rows["series_id"].rle().struct.unnest()
    starts = (runs["len"].cum_sum() - runs["len"]).to_list()
    counts, names = runs["len"].to_list(), runs["value"].to_list()
    return {name: rows.slice(start, count) for name, start, count in zip(names, starts, counts, strict=True)}


def _by_post(community: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Unconditional rows of Metaculus by post; a sub-question of one is named post/question."""
    said = community.filter(pl.col("platform") == "metaculus", ~pl.col("is_conditional"))
    posts = said.group_by(pl.col("question_id").str.split("/").list.first().alias("post"), maintain_order=True)
    return {str(post): rows for (post,), rows in posts} if said.height else {}


@dataclass(frozen=True, slots=True)
class Reading:
    """What has been measured: a record, or a level read lately from `count` rows; in the unit of its series."""

    series_id: str
    value: float
    day: date
    system: str
    protocol: str
    count: int = 1
    precision: str = "day"
    # Of a median: on whose word the middle of its readings rest, as SECOND_HAND says it.
    mark: str = ""

    @property
    def note(self) -> str:
        """Which system, under which protocol."""
        if self.count > 1:
            return f"median of {self.count} readings up to {self._told_day}, {self.series_id}{self.mark}"
        return f"{self.system}, {self.protocol}"

    def said(self, value: str) -> str:
        """The reading in a sentence, with its value as it is told there."""
        return f"{value} {self.when} ({self.note})"

    @property
    def when(self) -> str:
        """The day with its preposition; of a fact that is known to the month or the year, no more than that."""
        # The first of a month, where only the month is known, would be a day that nobody stated.
        return f"{'in' if self.precision in {'month', 'year'} else 'on'} {self._told_day}"

    @property
    def _told_day(self) -> str:
        """The day, month or year, no more exactly than it is known."""
        return self.day.isoformat()[: {"month": 7, "year": 4}.get(self.precision, 10)]


def rows_of(context: Context, series_id: str) -> pl.DataFrame:
    """The rows of one series, oldest first, the best of a day last."""
    return context.rows[series_id] if series_id in context.rows else context.observations.clear()


def choose(context: Context, candidates: Sequence[str]) -> str | None:
    """The first candidate with a row known on the day, else None; one ending in / stands for all that begin so."""
    for candidate in candidates:
        alike = sorted(name for name in context.rows if candidate.endswith("/") and name.startswith(candidate))
        if candidate in context.rows or alike:
            return candidate if candidate in context.rows else alike[0]
    return None


def record(context: Context, series_id: str) -> Reading | None:
    """The row that holds the record so far; None without rows."""
    marked = _marked(context, series_id)
    # By place in arrays, here and below: asked dozens of times a table, a query each took a tenth of all its time.
    held = np.flatnonzero(marked["is_record"].to_numpy())
    return reading(marked.row(int(held[-1]), named=True)) if held.size else None


def _marked(context: Context, series_id: str) -> pl.DataFrame:
    return context.marked[series_id] if series_id in context.marked else records(context.observations.clear())


def current(context: Context, series_id: str) -> Reading | None:
    """The record so far, or for a level series the median of what was read lately; None without rows."""
    held = context.standing.get(series_id)
    if held is None:
        return None
    if held.height == 1:
        return reading(held.row(0, named=True))
    middle = held["value"].median()
    assert isinstance(middle, float)
    newest, mark = held.sort("observation_date").row(-1, named=True), _mark_of_the_middle(held)
    exactly = newest["date_precision"] or "day"
    day = newest["observation_date"]
    return Reading(series_id, middle, day, "several systems", series_id, held.height, exactly, mark)


def _mark_of_the_middle(held: pl.DataFrame) -> str:
    """On whose word the one or two readings rest that the median is made of; empty where they were read at first hand.

    A median of five readings that others report and three that were read is as far from the source as its middle.
    """
    middle = held.sort("value")["evidence"][(held.height - 1) // 2 : held.height // 2 + 1].to_list()
    return next((mark for name, mark in SECOND_HAND.items() if name in middle), "")


def is_level(context: Context, series_id: str) -> bool:
    """Whether a series stands for what is read lately and not for the best ever read; not of one that is undefined."""
    return bool(context.definitions.get(series_id, {}).get("direction") == "level")


def lately_read(context: Context, series_id: str) -> list[Reading]:
    """The readings that a level series stands for, oldest first: those of its last half-year; of a record none."""
    found = context.standing.get(series_id) if is_level(context, series_id) else None
    return [] if found is None else [reading(row) for row in found.iter_rows(named=True)]


def told_in_its_unit(context: Context, one: Reading) -> str:
    """The value of a reading as a sentence has it: 69.7 alone could be tokens, words or dollars."""
    unit = str(context.definitions.get(one.series_id, {}).get("unit"))
    return " ".join(filter(None, (readable(one.value, counted_digits(one.value)), READING_UNITS.get(unit))))


def reading(row: Row) -> Reading:
    """An observation row as a reading, its protocol named by the series it stands in and by its setup."""
    member = row["measured_as"]
    protocol = f"{member}: {shortened(row['setup'], SETUP_LENGTH)}" if row["setup"] else member
    # A record that rests on somebody's report, or on memory, says so wherever it is shown.
    protocol += SECOND_HAND.get(row["evidence"], "")
    system = shortened(row["system_name"] or row["system_id"], NAME_LENGTH)
    precision = row["date_precision"] or "day"
    return Reading(row["series_id"], row["value"], row["observation_date"], system, protocol, precision=precision)


def first_at_or_above(context: Context, series_id: str, threshold: float) -> Reading | None:
    """The row with which a series first reached a threshold, the best one of that day; None while there is none."""
    marked = _marked(context, series_id)
    reached = np.flatnonzero(marked["is_record"].to_numpy() & (marked["value"].to_numpy() >= threshold))
    return reading(marked.row(int(reached[0]), named=True)) if reached.size else None


def essay_row(context: Context, property_id: str) -> Row:
    """The essay's row of one id; KeyError names what is missing from core.essay_number."""
    if property_id not in context.essay:
        raise KeyError(f"core.essay_number has no row {property_id}: land the essay source first")
    return context.essay[property_id]


def at_target(context: Context, series_id: str) -> FloatArray | None:
    """Sorted draws of a series for the target date; once that day has passed, what was reached by it; None without."""
    if context.is_due:
        held = current(context, series_id)
        return None if held is None else np.array([held.value], dtype=float)
    return context.forecasts.draws(series_id, context.target_date) if context.forecasts.has(series_id) else None


def newest_day(context: Context, series_id: str) -> date:
    """Day of the newest row of a series that has rows."""
    found: date = rows_of(context, series_id)["observation_date"].max()  # type: ignore[assignment]
    return found


def is_quiet(context: Context, series_id: str) -> bool:
    """Whether a series has had no row for so long that nobody seems to report it any more."""
    return (context.origin_date - newest_day(context, series_id)).days > QUIET_DAYS


def fit_of(context: Context, series_id: str) -> Row:
    """What the forecaster says about its fit of a series: status, reason, row_count; {} when it has not seen it."""
    if not context.fits:
        context.fits.update({row["series_id"]: row for row in context.forecasts.fits.iter_rows(named=True)})
    return context.fits.get(series_id, {})


def assumed(context: Context) -> Mapping[str, Row]:
    """Assumptions stated by the origin date, by id; the essay's come first, being the ones that never drift.

    A run that looks back must not know a limit that was published later.
    """
    if not context.stated:
        rows = [row for row in context.assumptions.iter_rows(named=True) if row["as_of_date"] <= context.origin_date]
        rows.sort(key=lambda row: (row["assumption_id"], row["source_id"] != "essay", row["source_id"]))
        for row in rows:
            context.stated.setdefault(row["assumption_id"], row)
    return context.stated
