"""Rows that differ from those in force in nothing but the last digits of a number: spelled anew, not revised.

Publishers work numbers out again and print 3.35e+25 where they printed 3.3499999999999998e+25. A revision is news: it
is counted, shown and asked for its cause. Told apart here, where rows are compared, and not by rounding what arrives:
two spellings can fall on either side of any rounding, and what a publisher wrote stays as it was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from warehouse.contracts import Table
    from warehouse.store import Warehouse

# Real lists differ by 2e-16 where they were only printed anew, and by 1e-5 or more where they were revised.
NOISE: Final = 1e-12


def without_noise(warehouse: Warehouse, table: Table, arriving: pl.DataFrame, unequal: pl.DataFrame) -> pl.DataFrame:
    """The unequal rows without the pairs that are equal but for noise; `arriving_row` and `standing_row` name them.

    `unequal` names rows by their place in `arriving` and in the table, one of the two per row.
    """
    numbers = {column.name for column in table.arriving if column.type == "DOUBLE"} & set(table.payload)
    new, old = unequal["arriving_row"].drop_nulls(), unequal["standing_row"].drop_nulls()
    if not numbers or new.is_empty() or old.is_empty():
        return unequal
    columns = ", ".join((*table.key, *table.payload))
    with warehouse.registered("unequal", old.to_frame()):
        standing = warehouse.frame(
            f"""SELECT {columns}, t.rowid AS standing_row
                FROM {table.full_name} AS t SEMI JOIN unequal ON t.rowid = unequal.standing_row WHERE NOT is_deleted"""
        )
    numbered = arriving[new].with_columns(new)
    pairs = numbered.join(standing, on=list(table.key), suffix="_standing", nulls_equal=True)
    same = pairs.filter(pl.all_horizontal(_is_same(name, is_number=name in numbers) for name in table.payload))
    is_noise = pl.col("arriving_row").is_in(same["arriving_row"].implode()) | pl.col("standing_row").is_in(
        same["standing_row"].implode()
    )
    return unequal.filter(~is_noise.fill_null(value=False))


def _is_same(name: str, *, is_number: bool) -> pl.Expr:
    new, old = pl.col(name), pl.col(f"{name}_standing")
    if not is_number:
        return new.eq_missing(old)
    is_close = (new - old).abs() <= NOISE * pl.max_horizontal(new.abs(), old.abs())
    return new.eq_missing(old) | is_close.fill_null(value=False)
