"""Parquet as a publisher would write it, from records."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Sequence


def parquet_of(records: Sequence[dict[str, Any]], *, is_bare: bool = False, **options: Any) -> bytes:
    """One column per name of the first record, in the types of its values; a bare file has the columns alone."""
    body = io.BytesIO()
    found = pa.Table.from_pylist(list(records))
    pq.write_table(found.schema.empty_table() if is_bare else found, body, **options)
    return body.getvalue()
