"""Which changed rows are tried as causes of a change: the highest, and first of all what set the row's value so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from flows.ask.movers import is_mover
from models.changes.comparison import MOST_ROWS, Comparison, compare
from models.days import decimal_year
from models.properties.cells import GRID
from models.properties.table import PROPERTY_IDS, akin
from tests.models.changes.test_mixtures import NOW, THEN, row, world
from tests.models.world import essay, observation

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from models.forecasting.scales import FloatArray
    from models.properties.world import World

MARK, PROPERTY = 0.92, "math.date_92pct"
CROSSED = observation("a/b", date(2024, 9, 12), 0.93, system="o1")
HIGHER = [observation("a/b", date(2025, 1, 1 + n), 0.94 + n / 1000) for n in range(MOST_ROWS + 3)]


def crossed(worlds: Sequence[World], only: Collection[str] = ()) -> list[FloatArray]:
    """The day on which the mark was passed in each world, for the one row; nought for all others."""
    found = []
    for one in worlds:
        day = one.known.observations.filter(pl.col("value") >= MARK)["observation_date"].min()
        grid = np.zeros((len(PROPERTY_IDS), len(GRID)))
        grid[PROPERTY_IDS.index(PROPERTY)] = decimal_year(day) if isinstance(day, date) else 2030.5
        found.append(grid)
    return found


def comparison() -> Comparison:
    numbers = essay()["core.essay_number"]
    then, now = (
        replace(one, known=replace(one.known, essay_numbers=numbers))
        for one in (world([row(1, 0.5)], THEN), world([row(1, 0.5), CROSSED, *HIGHER], NOW))
    )
    return compare(then, crossed([then])[0], now, crossed)


def test_what_passed_the_mark_is_among_the_rows_that_moved_its_day():
    """Twelve rows of 2025 stood beneath the day of 2024 on which MATH reached 92 %, and not the one that reached it."""
    moved = comparison().movers(PROPERTY, ["a/b"], CROSSED["observation_date"])
    (first, amount, reach), *others = moved
    assert first["system_name"] == "o1"
    assert amount < -0.2
    assert len(others) == MOST_ROWS - 1
    assert [one for one in others if is_mover(one[1], one[2], "year")] == []
    assert is_mover(amount, reach, "year")


def test_of_the_tables_without_a_row_only_those_rows_are_asked_for_that_rest_on_the_same():
    asked = []

    def counted(worlds: Sequence[World], only: Collection[str] = PROPERTY_IDS) -> list[FloatArray]:
        asked.append((len(worlds), frozenset(only)))
        return crossed(worlds)

    compared = replace(comparison(), quantiles=counted)
    compared.movers(PROPERTY, ["a/b"])
    compared.movers("math.sota_pct", ["a/b"])
    # The second rests on the same rows: what was computed for the first serves it too.
    assert asked == [(MOST_ROWS, akin(PROPERTY))]
    compared.movers("compute.train_flop", ["a/b"])
    assert asked[1:] == [(MOST_ROWS, akin("compute.train_flop"))]
    assert akin(PROPERTY).isdisjoint(akin("compute.train_flop"))


def test_without_a_day_the_highest_are_tried():
    tried = [one["value"] for one, *_ in comparison().movers(PROPERTY, ["a/b"])]
    assert sorted(tried, reverse=True) == sorted((one["value"] for one in HIGHER), reverse=True)[:MOST_ROWS]
