"""One load of the landing bench in a process of its own: `python -m infra.bench.landing_loads ours|insert|frames …`.

Prints the seconds the load took; reading the frame into memory, importing and opening are not in them, everything
until the last byte is in the file is. Peak memory is the caller's to read, of the whole process.
"""

from __future__ import annotations

import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import duckdb
import polars as pl

from flows.run.landing import Ground, LandedTable, land_snapshot
from flows.settings import Clock, ToleranceSettings
from sources.reading.boundary import admit
from sources.records import Parsed, Snapshot
from warehouse.contracts import core, pandera_schema, polars_schema
from warehouse.store import Warehouse
from warehouse.vintages import Origin, land

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.records import Fetched
    from sources.web import Web

SERIES = 10_000
# 1 % of the values, spread over the file.
REVISED_EVERY = 100
TODAY = date(2026, 11, 22)


class Publisher:
    """A publisher whose file is the frame: reading it is holding every row against the contract."""

    source_id: ClassVar[str] = "bench"
    title: ClassVar[str] = "bench"
    licence: ClassVar[str] = "CC0"
    default_url: ClassVar[str] = "embedded:bench"
    is_redistributable: ClassVar[bool] = False

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Every row of the frame, validated."""
        good, rejects = admit(core.OBSERVATION, self._frame, feed=snapshot.feed)
        return Parsed({"core.observation": good}, rejects, record_count=self._frame.height)

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:  # noqa: ARG002
        """Nothing: the frame is already here."""
        return ()


def frames(folder: Path, rows: int) -> None:
    """Write the file of observations, and the same file with 1 % of the values revised; always the same bytes."""
    number = pl.int_range(rows)
    day = (pl.lit(date(2010, 1, 1)) + pl.duration(days=number % 5_000)).cast(pl.Date)
    system = pl.format("system-{}", number // 7 % 5_000)
    first = pl.select(
        series_id=pl.format("benchmark-{}/full/single-sample", number % SERIES),
        source_row_id=pl.format("{}|{}|{}", system, day, number),
        system_id=system,
        observation_date=day,
        date_kind=pl.lit("model_release"),
        date_precision=pl.lit("day"),
        known_date=day,
        value=(number * 7919 % 1_000_003) / 1_000_003,
        unit=pl.lit("share"),
        std_error=pl.when(number % 3 == 0).then((number % 97) / 10_000),
        setup=pl.when(number % 5 == 0).then(pl.format("{}-shot, chain of thought", number % 9)),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.format("Evaluations of benchmark {}", number % SERIES),
        citation_url=pl.format("https://example.org/benchmarks/{}", number % SERIES),
        line=number + 2,
    ).with_columns(pl.col("line").cast(pl.Int64))
    is_revised = pl.col("line") % REVISED_EVERY == 0
    revised = first.with_columns(pl.when(is_revised).then(1 - pl.col("value")).otherwise("value").alias("value"))
    first.write_parquet(folder / "first.parquet")
    revised.write_parquet(folder / "revised.parquet")


def open_home(home: Path, at: datetime = datetime(2026, 11, 19)) -> None:
    """Make a warehouse that has defined every series of the file since `at`."""
    names = pl.select(series_id=pl.format("benchmark-{}/full/single-sample", pl.int_range(SERIES)))
    said = {
        "label_en": "A benchmark", "label_zh": "基准", "unit": "share", "scale": "bounded", "direction": "max",
        "chance_share": 0.0, "ceiling_share": 1.0, "benchmark": "benchmark", "status": "open",
    }  # fmt: skip
    schema = polars_schema(core.SERIES, arriving=True)
    known = names.with_columns(
        pl.lit(said.get(name), dtype).alias(name) for name, dtype in schema.items() if name != "series_id"
    )
    with Warehouse.open(home, now=at) as warehouse, warehouse.transaction():
        land(warehouse, core.SERIES, known, Origin("bench", "series", "0", at, is_backfilled=False))


def ours(frame: pl.DataFrame, home: Path, day: date) -> tuple[float, LandedTable]:
    """Seconds to validate, sift, land and write one frame of one day, and what became of its rows."""
    body = f"bytes of {day}".encode()
    clock = Clock.read(day)
    snapshot = Snapshot("bench", "file.csv", "embedded:bench", body, clock.now, known_through=day)
    warehouse = Warehouse.open(home, now=clock.now)
    pandera_schema(core.OBSERVATION)  # imports pandera
    started = time.perf_counter()
    landed = land_snapshot(Ground(warehouse, clock, ToleranceSettings()), Publisher(frame), snapshot)
    warehouse.close()
    seconds = time.perf_counter() - started
    assert not landed.is_held, landed.reason
    return seconds, landed.tables[0]


def insert(frame: pl.DataFrame, file: Path) -> float:
    """Seconds for the plain insert of the same columns into a table without keys, vintages or checks."""
    arriving = frame.select(polars_schema(core.OBSERVATION, arriving=True).keys())
    connection = duckdb.connect(str(file))
    columns = ", ".join(f"{column.name} {column.type}" for column in core.OBSERVATION.arriving)
    connection.execute(f"CREATE TABLE observation ({columns})")
    started = time.perf_counter()
    connection.register("arriving", arriving)
    # Read to the end: from DuckDB 2.0 on, an unread result blocks the connection.
    connection.execute("INSERT INTO observation SELECT * FROM arriving").fetchall()
    connection.close()
    return time.perf_counter() - started


def main(what: str, *arguments: str) -> None:
    """Do one load and print its seconds."""
    if what == "frames":
        frames(Path(arguments[0]), int(arguments[1]))
    elif what == "home":
        open_home(Path(arguments[0]))
    elif what == "insert":
        print(insert(pl.read_parquet(arguments[0]), Path(arguments[1])))
    else:
        seconds, table = ours(pl.read_parquet(arguments[0]), Path(arguments[1]), date.fromisoformat(arguments[2]))
        print(seconds, *table.landing)


if __name__ == "__main__":
    main(*sys.argv[1:])
