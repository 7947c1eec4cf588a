"""Tables as Parquet carry no statistics, which would be a fifth of the property table, and read back as they were."""

import io

import polars as pl
import pyarrow.parquet as pq

from flows.edition.files import parquet_bytes
from tests.warehouse.edition_frames import properties


def test_a_table_is_written_without_statistics_and_reads_back_as_it_was():
    table = properties()
    body = parquet_bytes(table)
    assert pl.read_parquet(io.BytesIO(body)).equals(table)
    columns = pq.ParquetFile(io.BytesIO(body)).metadata.row_group(0)
    assert not any(columns.column(place).is_stats_set for place in range(columns.num_columns))
