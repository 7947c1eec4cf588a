"""Publishers' Parquet files as the same tables of text that CSV files become: judged by their footer, then read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from sources.bounds import (
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_UNPACKED,
    require_at_most,
    require_size,
    shortened,
)
from sources.errors import KEPT, WrongContent
from sources.reading.tabular import LINE, TextTable, blank_to_null, require_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_ADVICE: Final = f"{KEPT}; open the file with another reader to see what the publisher did"


def read_parquet(body: bytes, *, feed: str, required: Sequence[str]) -> TextTable:
    """Read the required columns of a flat Parquet file, each cell as the text it would have in a CSV.

    `line` is the number of the row, from 1. Raises WrongContent when the bytes are no Parquet that can be read, when
    a required column is missing, repeated or holds neither text, numbers nor days, and when the file is larger,
    longer or wider than `sources.bounds` allows: by its footer, before any row is read.
    """
    import pyarrow as pa

    require_size(body, "parquet", where=feed)
    try:
        frame = _frame(body, required, feed)
    # What pyarrow says of damaged bytes: its own errors, broken thrift as OSError, names that are no UTF-8.
    except (pa.ArrowException, OSError, ValueError) as error:
        evidence = shortened(" ".join(str(error).split()), 160)
        raise WrongContent("broken Parquet", where=feed, evidence=evidence, advice=_ADVICE) from error
    lines = pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias(LINE)
    return TextTable(feed, frame.with_columns(blank_to_null()).with_columns(lines), (), frame.height)


def _frame(body: bytes, required: Sequence[str], feed: str) -> pl.DataFrame:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(pa.BufferReader(body))
    _require_bounds(file, feed)
    require_columns(file.schema_arrow.names, required, feed=feed)
    for name in required:
        _require_plain(file.schema_arrow.field(name), feed)
    # Text stays as indices into its distinct values: written out, one long text of all rows would fill the memory.
    sparing = ParquetFile(pa.BufferReader(body), read_dictionary=list(required))
    # Without threads: their stacks would count against the memory that one reading may take.
    read = sparing.read(columns=list(required), use_threads=False)
    read.validate(full=True)
    _require_short(read, feed)
    return pl.DataFrame([pl.Series(name, pl.from_arrow(read.column(name))).cast(pl.String) for name in required])


def _require_bounds(file: ParquetFile, feed: str) -> None:
    footer = file.metadata
    require_at_most(MOST_ROWS, footer.num_rows, "rows", where=feed)
    require_at_most(MOST_COLUMNS, footer.num_columns, "columns", where=feed)
    unpacked = sum(footer.row_group(k).total_byte_size for k in range(footer.num_row_groups))
    require_at_most(MOST_UNPACKED, unpacked, "bytes unpacked", where=feed)


def _require_plain(field: pa.Field, feed: str) -> None:
    import pyarrow.types as kinds

    kind = field.type.value_type if kinds.is_dictionary(field.type) else field.type
    # Of type null is a column in which nothing is given.
    is_plain = (
        kinds.is_string, kinds.is_large_string, kinds.is_integer, kinds.is_floating, kinds.is_date, kinds.is_null,
    )  # fmt: skip
    # Lists, bytes and moments in time have no one text.
    if not any(holds(kind) for holds in is_plain):
        raise WrongContent(f"column {field.name} of type {kind}", where=feed, evidence="text, numbers or days were due")


def _require_short(read: pa.Table, feed: str) -> None:
    """Raise WrongContent when a cell, or all cells written out, are longer than may be."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as kinds

    total = 0
    for chunk in (chunk for column in read.columns for chunk in column.chunks):
        if not kinds.is_dictionary(chunk.type):
            continue
        lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices).cast(pa.int64())
        require_at_most(MOST_CHARACTERS, pc.max(lengths).as_py() or 0, "bytes in one cell", where=feed)
        total += pc.sum(lengths).as_py() or 0
        require_at_most(MOST_UNPACKED, total, "bytes of text", where=feed)
