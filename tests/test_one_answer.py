"""SQL and Python give one answer: the same rows as of any day, the same records, on any history of files."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.settings import Clock
from models.forecasting.frontier import histories, standing
from tests.laws import law
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation, origin, series
from warehouse.contenders import settle_contenders
from warehouse.contracts import core, out, polars_schema
from warehouse.known import read_known
from warehouse.vintages import land

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.store import Warehouse

NAMES = count()
KEYS = ("measured_as", "source_id", "feed", "source_row_id")
# A row: which series, its id, value, the day of the fact and how many days later it was published.
rows = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "level"]),
        st.sampled_from("abcd"),
        st.sampled_from([0.0, 0.1, 0.2, 0.3]),
        st.integers(0, 4),
        st.integers(0, 2),
    ),
    max_size=6,
    unique_by=lambda row: row[:2],
)
# What arrives: days since the last arrival, from whom, which rows.
arrivals = st.lists(
    st.tuples(st.integers(1, 200), st.sampled_from(["curated", "live", "metr"]), rows), min_size=1, max_size=5
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with fresh(tmp_path_factory.mktemp("home"), now=START) as opened:
        yield opened


def day_of(number: int) -> date:
    return date(2023, 11, 1) + timedelta(days=40 * number)


def arrived(warehouse: Warehouse, prefix: str, files: list) -> list[datetime]:
    """The files land one after the other, each a feed of its publisher; returns the moments."""
    definitions = pl.concat(
        [
            series(f"{prefix}/one", scale="log"),
            series(f"{prefix}/two", scale="log"),
            series(f"{prefix}/any", scale="log", members=f"{prefix}/one+{prefix}/two"),
            series(f"{prefix}/level", scale="log", direction="level"),
        ]
    )
    with warehouse.transaction():
        land(warehouse, core.SERIES, definitions, origin("curated", START, feed=prefix))
    at, moments = 0, [START]
    for gap, source, file in files:
        at += gap
        made = [
            observation(
                f"{name}-{key}",
                value,
                series_id=f"{prefix}/{name}",
                system_id=f"system-{key}",
                date_kind="measurement" if name == "level" else "paper",
                observation_date=day_of(day),
                known_date=day_of(day) + timedelta(days=30 * later),
            )
            for name, key, value, day, later in file
        ]
        arrive(warehouse, source, moment(at), made, feed=prefix)
        moments.append(moment(at))
    return moments


def of(frame: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return frame.filter(pl.col("series_id").str.starts_with(f"{prefix}/"))


def same(one: pl.DataFrame, other: pl.DataFrame, columns: tuple[str, ...]) -> bool:
    return sorted(one.select(columns).rows()) == sorted(other.select(columns).rows())


@law(25)
@given(arrivals, st.integers(0, 12))
def test_rows_and_records_of_a_day_are_those_that_the_fits_read(warehouse, files, after):
    prefix = f"world-{next(NAMES)}"
    arrived(warehouse, prefix, files)
    day = day_of(after)
    clock = Clock(day, datetime.combine(day, datetime.max.time()), is_given=True)

    known, _ = read_known(warehouse, clock)
    mine = of(known.observations, prefix)

    said = of(warehouse.frame("FROM observation_known_on(?)", [day]), prefix).with_columns(measured_as="series_id")
    assert same(said, mine.filter(pl.col("series_id") == pl.col("measured_as")), ("series_id", *KEYS, "value"))
    found = of(warehouse.frame("FROM frontier_known_on(?)", [day]), prefix)
    expected = [records_of(known, mine, definition) for definition in of(known.series, prefix).to_dicts()]
    columns = ("series_id", "observation_date", *KEYS, "value")
    assert same(found, pl.concat([mine.select(columns).clear(), *(one.select(columns) for one in expected)]), columns)


def records_of(known, rows: pl.DataFrame, definition: dict) -> pl.DataFrame:
    """What Python says: the records that a fit sees, or the readings behind a level."""
    item = known.series.filter(series_id=definition["series_id"]).with_columns(origin_date=pl.lit(known.day))
    seen = histories(rows.filter(series_id=definition["series_id"]), item).frame
    return standing(seen, {definition["series_id"]}) if definition["direction"] == "level" else seen.filter("is_record")


@law(15)
@given(arrivals, st.integers(0, 5))
def test_rows_of_a_moment_are_each_fact_once_and_nothing_else(warehouse, files, place):
    prefix = f"world-{next(NAMES)}"
    moments = arrived(warehouse, prefix, files)
    at = moments[min(place, len(moments) - 1)]
    settle_contenders(warehouse)  # as before every copy for readers

    found = of(warehouse.frame("FROM observation_as_of(?)", [at]), prefix)
    stored = of(warehouse.frame("FROM core.observation"), prefix).filter(
        pl.col("recorded_at") <= at,
        pl.col("superseded_at").is_null() | (pl.col("superseded_at") > at),
        ~pl.col("is_deleted"),
    )

    rank = pl.col("source_id").replace_strict({"metr": 0, "live": 1, "curated": 2})
    month = pl.col("observation_date").dt.strftime("%Y-%m")
    fact = pl.when(pl.col("date_kind") == "measurement").then(pl.concat_str("system_id", month)).otherwise("system_id")
    first = stored.with_columns(rank=rank, fact=fact).filter(
        pl.col("rank") == pl.col("rank").min().over("series_id", "fact")
    )
    assert same(found, first, ("series_id", "source_id", "source_row_id", "value"))


@law(10)
@given(arrivals)
def test_the_rows_fitted_are_told_as_they_were_read(warehouse, files):
    prefix = f"world-{next(NAMES)}"
    at = arrived(warehouse, prefix, files)[-1]
    number = next(NAMES)
    edition = {"edition_id": prefix, "origin_date": at.date(), "issued_at": at, "target_date": date(2030, 7, 1)}
    texts = {"code_version": "1", "content_digest": "d", "settings_json": "{}", "inputs_json": "{}"}
    run = {"run_id": prefix, "run_number": 1000 + number, "started_at": at, "origin_date": at.date()}
    told = {"outcome": "published", "edition_id": prefix, "finished_at": at, "message": "m"}
    counts = {name: 0 for name in out.RUN.column_names if name.endswith("_count")}
    for table, row in ((out.EDITION, edition | texts), (out.RUN, run | told | counts)):
        warehouse.insert(table, pl.DataFrame([row], schema=polars_schema(table)))

    known, _ = read_known(warehouse, Clock(at.date(), at, is_given=True))
    said = of(warehouse.frame("FROM observation_fitted"), prefix)

    assert same(said, of(known.observations, prefix), ("series_id", *KEYS, "observation_date", "value"))
