"""How long it takes to split the change of every row by cause: `python -m infra.bench changes`."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.ask.changes import quantiles
from infra.sample import SAMPLE_DAY, sample_context
from models.changes.comparison import compare
from models.properties.table import PROPERTY_IDS

if TYPE_CHECKING:
    from models.properties.world import World

THEN: Final = date(2026, 3, 1)
REPEATS: Final = 5


def run() -> None:
    """Two editions of the embedded default that differ by every cause there is, compared again and again."""
    now = sample_context(SAMPLE_DAY).world
    then = _with_other_rows(sample_context(THEN).world)
    (before,) = quantiles([then])
    seconds = []
    for _ in range(REPEATS):
        start = perf_counter()
        compared = compare(then, before, now, quantiles)
        seconds.append(perf_counter() - start)
    worlds = 2 ** len(compared.mixtures.causes)
    once = statistics.median(seconds)
    print(f"causes          {', '.join(compared.mixtures.causes)}: {worlds} worlds")
    print(f"all rows        {once:.2f} s   (target 1 s)")
    print(f"per row         {1000 * once / len(PROPERTY_IDS):.1f} ms  (target 20 ms)")


def _with_other_rows(world: World) -> World:
    """Some rows with another value, and some that are gone by now."""
    number = pl.int_range(pl.len())
    value = pl.when(number % 50 == 0).then(pl.col("value") * 0.9).otherwise("value")
    known = world.known
    gone = known.observations.head(20).with_columns(source_row_id=pl.col("source_row_id") + " (gone)")
    rows = pl.concat([known.observations.with_columns(value=value), gone])
    return replace(world, known=replace(known, observations=rows))


if __name__ == "__main__":
    run()
