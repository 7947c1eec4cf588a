"""One load of the landing bench with dlt's merge, run by the Python of dlt's own environment; prints its seconds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import dlt
import pyarrow.parquet as pq


def main(frame: str, home: str) -> None:
    """Merge one frame into a DuckDB file on its key; as with ours, only reading the frame is not in the seconds."""
    table = pq.read_table(frame).drop_columns("line")
    pipeline = dlt.pipeline(
        "landing",
        pipelines_dir=str(Path(home) / "pipelines"),
        destination=dlt.destinations.duckdb(str(Path(home) / "dlt.duckdb")),
        dataset_name="bench",
    )
    started = time.perf_counter()
    pipeline.run(
        table,
        table_name="observation",
        write_disposition="merge",
        primary_key=["series_id", "source_row_id"],
        loader_file_format="parquet",
    ).raise_on_failed_jobs()
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
