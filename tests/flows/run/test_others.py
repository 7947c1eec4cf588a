"""The other forecasters of an edition: in hub form, about what is known, and earlier editions read once a quarter."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.run.others import others_hub, stated_hub
from models.forecasting.forecasters import FORECASTERS, LAST_VALUE_ID, POOL_ID
from models.scoring.table import STATERS
from tests.models.histories_made import ORIGIN, three_kinds
from tests.models.world import essay
from tests.warehouse.fresh import fresh
from warehouse.contracts import core, out, polars_schema
from warehouse.contracts.known import Known
from warehouse.known import read_vintages
from warehouse.published import read_published, read_published_rows

DAYS = [date(2025, 1, 1), date(2026, 7, 1)]
NO_COMMUNITY = pl.DataFrame(schema=polars_schema(core.COMMUNITY_FORECAST))


@pytest.fixture
def known():
    rows, series = three_kinds()
    numbers = essay()["core.essay_number"]
    return Known(ORIGIN, rows, series, pl.DataFrame(), pl.DataFrame(), numbers, NO_COMMUNITY)


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=datetime(2026, 1, 1)) as opened:
        yield opened


def edition(warehouse, day, *, forecaster=POOL_ID, target_day=date(2025, 6, 30), number=1, is_replay=None):
    """Publish one forecast of one edition."""
    identifier = f"{day}-{number}"
    named = {"edition_id": identifier, "origin_date": day, "target_date": target_day}
    about = named | {"issued_at": datetime(day.year, day.month, day.day, number), "code_version": "1", "content_digest": "x",
                     "settings_json": "{}", "inputs_json": "{}", "is_replay": is_replay}  # fmt: skip
    said = named | {
        "forecaster_id": forecaster,
        "target": "s",
        "output_type": "quantile",
        "output_type_id": "0.5",
        "value": float(number),
    }
    for table, row in ((out.EDITION, about), (core.FORECAST, said)):
        schema = polars_schema(table)
        warehouse.insert(table, pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema))


def test_members_and_baselines_stand_beside_the_pool(known):
    hub = others_hub(known, DAYS)
    assert set(hub["forecaster_id"]) == set(FORECASTERS) - {POOL_ID}
    assert set(hub["target_date"]) == set(DAYS)


def test_a_forecaster_of_one_number_says_one_number(known):
    last = others_hub(known, DAYS).filter(forecaster_id=LAST_VALUE_ID, target="compute", target_date=DAYS[0])
    assert last.select("output_type", "output_type_id", "value").rows() == [("median", None, pytest.approx(9e22))]


def test_the_essay_speaks_only_of_rows_we_have_and_from_its_day_on(known):
    hub = stated_hub(known, NO_COMMUNITY, is_newest_only=True)
    assert set(hub["target"]) <= {*known.series["series_id"], *known.essay_numbers["property_id"]}
    assert "overhang.work_years" in set(hub["target"])
    assert "speed/flagship/any-method" not in set(hub["target"])
    early = Known(date(2023, 6, 6), *[getattr(known, name) for name in Known.__slots__[1:]])
    assert stated_hub(early, NO_COMMUNITY, is_newest_only=True).is_empty()


def test_of_every_quarter_the_first_edition_is_scored(warehouse):
    for number, day in enumerate([date(2025, 1, 3), date(2025, 3, 30), date(2025, 4, 2)], 1):
        edition(warehouse, day, number=number)
    edition(warehouse, date(2025, 1, 3), number=9)
    assert read_published(warehouse, date(2026, 1, 1), STATERS)["value"].to_list() == [1.0, 3.0]


def test_a_replay_of_an_earlier_day_takes_no_place_of_what_was_published(warehouse):
    edition(warehouse, date(2025, 1, 2), number=7, is_replay=True)
    edition(warehouse, date(2025, 1, 3), is_replay=False)
    edition(warehouse, date(2025, 4, 2), number=2)  # by a version that did not say so
    on = date(2026, 1, 1)
    assert read_published(warehouse, on, STATERS)["value"].to_list() == [1.0, 2.0]
    assert read_published(warehouse, on, STATERS, of_replays=True)["value"].to_list() == [7.0]


def test_of_rows_of_the_table_too_replays_are_apart(warehouse):
    for number, is_replay in ((1, False), (7, True)):
        edition(warehouse, date(2025, 1, 3), number=number, is_replay=is_replay)
        row = {"edition_id": f"2025-01-03-{number}", "property_id": "learn.dau", "level": 0.5, "value": float(number),
               "is_published": True}  # fmt: skip
        schema = polars_schema(out.PROPERTY_QUANTILE)
        row = {name: row.get(name) for name in schema}
        warehouse.insert(out.PROPERTY_QUANTILE, pl.DataFrame([row], schema=schema))
    on = date(2025, 6, 30)
    assert read_published_rows(warehouse, on)["value"].to_list() == [1.0]
    assert read_published_rows(warehouse, on, of_replays=True)["value"].to_list() == [7.0]
    assert read_published_rows(warehouse, date(2025, 6, 29)).is_empty()


def test_only_what_was_ours_earlier_and_is_due_is_read(warehouse):
    edition(warehouse, date(2025, 1, 3), target_day=date(2025, 7, 3))
    edition(warehouse, date(2025, 4, 3), forecaster="essay-2023")
    assert read_published(warehouse, date(2025, 7, 2), STATERS).is_empty()
    assert read_published(warehouse, date(2025, 7, 3), STATERS).height == 1
    assert read_published(warehouse, date(2025, 1, 3), STATERS).is_empty()


def test_a_vintage_is_read_as_it_stood_on_the_day(warehouse):
    row = {"platform": "metaculus", "question_id": "1", "source_row_id": "1", "state": "visible", "is_conditional": False,
           "source_id": "metaculus", "feed": "post-1", "snapshot_id": "x", "recorded_at": datetime(2025, 1, 1),
           "superseded_at": datetime(2025, 6, 1), "is_deleted": False, "is_backfilled": False}  # fmt: skip
    schema = polars_schema(core.COMMUNITY_FORECAST)
    warehouse.insert(core.COMMUNITY_FORECAST, pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema))
    at = {
        day: read_vintages(warehouse, day)["superseded_at"].to_list()
        for day in (datetime(2024, 12, 31), datetime(2025, 5, 1), datetime(2025, 7, 1))
    }
    assert list(at.values()) == [[], [None], [datetime(2025, 6, 1)]]
