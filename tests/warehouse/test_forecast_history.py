"""Forecasts of old editions leave the warehouse for the files of their editions: none is lost, and none is missed."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.warehouse.edition_frames import EDITION, frame
from tests.warehouse.fresh import fresh
from warehouse.contracts import core, out
from warehouse.contracts.content import with_levels
from warehouse.editions import FORECASTS_FILE, EditionDamaged, EditionShelf
from warehouse.forecast_history import A_RUN, RECENT, ever_forecast, forecasts_of_rounds, move_forecasts
from warehouse.publication import make_candidate
from warehouse.published import forecasts_of, read_published
from warehouse.spans import insert_scores
from warehouse.store import Warehouse

NOW = datetime(2026, 11, 28)
FIRST = date(2026, 1, 1)
NO_SCORES = frame(out.SCORE, []).drop("edition_id")


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=NOW) as opened:
        yield opened


@pytest.fixture
def shelf(tmp_path):
    return EditionShelf(tmp_path)


def forecasts(edition_id, day, value):
    """A quantile, a median and a probability of ours, and what a platform lets nobody hand on."""
    said = {"edition_id": edition_id, "origin_date": day, "target": "s", "target_date": day + timedelta(days=30)}
    ours, theirs = said | {"forecaster_id": "gpt2030-pool"}, said | {"forecaster_id": "metaculus-community"}
    rows = [
        ours | {"output_type": "quantile", "output_type_id": "0.05", "value": value},
        ours | {"output_type": "median", "value": value + 1},
        ours | {"output_type": "pmf", "output_type_id": "new_record", "value": 0.5, "target_date": None},
        theirs | {"output_type": "quantile", "output_type_id": "0.5", "value": value + 2},
    ]
    return with_levels(frame(core.FORECAST, rows).drop("level"))


def publish(warehouse, shelf, day, number, *, is_replay=False):
    """An edition in the warehouse and, where there is a shelf, its file on it; its id."""
    edition_id = f"{day}-{number:04}"
    rows = forecasts(edition_id, day, float(number))
    about = EDITION | {"edition_id": edition_id, "origin_date": day, "is_replay": is_replay,
                       "issued_at": datetime(day.year, day.month, day.day) + timedelta(seconds=number)}  # fmt: skip
    with warehouse.transaction():
        warehouse.insert(out.EDITION, frame(out.EDITION, [about]))
        warehouse.insert(core.FORECAST, rows)
        insert_scores(warehouse, edition_id, NO_SCORES)
    if shelf:
        buffer = io.BytesIO()
        rows.filter(pl.col("forecaster_id") == "gpt2030-pool").write_parquet(buffer)
        shelf.write(edition_id, {FORECASTS_FILE: buffer.getvalue()}, {"edition_id": edition_id})
        shelf.settle(edition_id)
    return edition_id


def daily(warehouse, shelf, count):
    return [publish(warehouse, shelf, FIRST + timedelta(days=k), k) for k in range(count)]


def here(warehouse, edition_id):
    return forecasts_of(warehouse, edition_id).height


def move_all(warehouse, shelf):
    while move_forecasts(warehouse, shelf):
        pass


def test_recent_ones_and_the_first_of_each_month_stay(warehouse, shelf):
    names = daily(warehouse, shelf, RECENT + 40)
    move_all(warehouse, shelf)
    whole = [name for name in names if here(warehouse, name) == 4]
    assert whole == [names[0], names[31], *names[-RECENT:]]


def test_what_may_not_be_handed_on_stays(warehouse, shelf):
    names = daily(warehouse, shelf, RECENT + 2)
    assert move_forecasts(warehouse, shelf) == 1
    assert forecasts_of(warehouse, names[1])["forecaster_id"].to_list() == ["metaculus-community"]
    assert warehouse.rows("SELECT edition_id, row_count FROM core.forecast_file") == [(names[1], 3)]


def test_what_is_about_to_be_published_is_without_them(warehouse, shelf):
    names = daily(warehouse, shelf, RECENT + 2)
    standing = SimpleNamespace(content=SimpleNamespace(edition_id=names[-1]))
    with Warehouse.open_file(make_candidate(warehouse, warehouse.path.parent, standing)) as candidate:
        assert [here(candidate, name) for name in names[:3]] == [4, 1, 4]


def test_no_run_moves_more_than_some(warehouse, shelf):
    daily(warehouse, shelf, RECENT + A_RUN + 3)
    # The first of a month stays.
    assert [move_forecasts(warehouse, shelf) for _ in range(3)] == [A_RUN, 2, 0]


def test_the_one_in_force_stays_however_old_it_is(warehouse, shelf):
    names = daily(warehouse, shelf, RECENT + 3)
    run = {"run_id": "r", "run_number": 1, "started_at": NOW, "origin_date": FIRST, "outcome": "published",
           "edition_id": names[1], "message": ""} | dict.fromkeys(
        [f"{kind}_count" for kind in ("added", "revised", "deleted", "unchanged", "quarantined")], 0)  # fmt: skip
    warehouse.insert(out.RUN, frame(out.RUN, [run]))
    move_all(warehouse, shelf)
    assert [here(warehouse, name) for name in names[1:3]] == [4, 1]


class TestWhatIsNotSureStays:
    """Rows go only where a file that is as its manifest says has them."""

    @pytest.fixture
    def names(self, warehouse, shelf):
        return daily(warehouse, shelf, RECENT + 2)

    def test_without_a_file(self, warehouse, shelf, names):
        (shelf.path(names[1]) / FORECASTS_FILE).unlink()
        assert move_forecasts(warehouse, shelf) == 0
        assert here(warehouse, names[1]) == 4

    def test_without_a_folder(self, warehouse, tmp_path, names):
        assert move_forecasts(warehouse, EditionShelf(tmp_path / "elsewhere")) == 0

    def test_beside_another_file(self, warehouse, shelf, names):
        other = (shelf.path(names[2]) / FORECASTS_FILE).read_bytes()
        (shelf.path(names[1]) / FORECASTS_FILE).write_bytes(other)
        assert move_forecasts(warehouse, shelf) == 0

    def test_a_row_that_is_not_as_in_the_file(self, warehouse, shelf, names):
        warehouse.execute("UPDATE core.forecast SET value = 9 WHERE edition_id = ? AND level = 0.05", [names[1]])
        move_all(warehouse, shelf)
        left = forecasts_of(warehouse, names[1]).filter(pl.col("forecaster_id") == "gpt2030-pool")
        assert left["value"].to_list() == [9.0]

    def test_stopped_in_the_middle_nothing_has_left(self, warehouse, shelf, names):
        warehouse.close()
        with StoppedAtTheEnd.open(warehouse.path.parent, now=NOW) as stopped, pytest.raises(KeyboardInterrupt):
            move_forecasts(stopped, shelf)
        with fresh(warehouse.path.parent, now=NOW) as again:
            assert here(again, names[1]) == 4
            assert again.rows("SELECT count(*) FROM core.forecast_task") == [(0,)]
            assert move_forecasts(again, shelf) == 1


class StoppedAtTheEnd(Warehouse):
    """Is stopped when the rows of an edition have gone and the edition is to be noted."""

    def insert(self, table, frame):
        raise KeyboardInterrupt


class TestHistory:
    """Whoever asks for all forecasts hears the same before and after."""

    def asked(self, warehouse, shelf):
        return [forecasts_of_rounds(warehouse, shelf), ever_forecast(warehouse)]

    def test_rounds_and_tasks_are_the_same_before_and_after(self, warehouse, shelf):
        daily(warehouse, shelf, RECENT + 8)
        publish(warehouse, shelf, FIRST + timedelta(days=2), 900)
        before = self.asked(warehouse, shelf)
        move_all(warehouse, shelf)
        after = self.asked(warehouse, shelf)
        assert [one.equals(other) for one, other in zip(before, after, strict=True)] == [True, True]

    def test_it_is_so_after_the_files_were_thinned(self, warehouse, shelf):
        names = daily(warehouse, shelf, RECENT + 8)
        before = self.asked(warehouse, shelf)
        shelf.thin(names[3], {"index.html": b"thinned"}, NOW)
        move_all(warehouse, shelf)
        shelf.thin(names[4], {"index.html": b"thinned"}, NOW)
        assert here(warehouse, names[3]) == here(warehouse, names[4]) == 1
        after = self.asked(warehouse, shelf)
        assert [one.equals(other) for one, other in zip(before, after, strict=True)] == [True, True]

    def test_a_file_that_is_gone_is_named(self, warehouse, shelf):
        names = daily(warehouse, shelf, RECENT + 2)
        move_all(warehouse, shelf)
        (shelf.path(names[1]) / FORECASTS_FILE).unlink()
        with pytest.raises(EditionDamaged, match=rf"{names[1]}/{FORECASTS_FILE}: expected sha256 [0-9a-f]{{64}}; take"):
            forecasts_of_rounds(warehouse, shelf)

    def test_a_home_without_the_tables_is_read_all_the_same(self, warehouse, shelf):
        daily(warehouse, shelf, 2)
        before = self.asked(warehouse, shelf)
        warehouse.execute("DROP TABLE core.forecast_file")
        warehouse.execute("DROP TABLE core.forecast_task")
        assert [one.equals(other) for one, other in zip(before, self.asked(warehouse, shelf), strict=True)] == [
            True
        ] * 2


DAYS = st.lists(st.tuples(st.integers(0, 200), st.booleans()), min_size=1, max_size=7)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two warehouses for many examples, emptied between them: to make one takes a second."""
    folder = tmp_path_factory.mktemp("pair")
    with fresh(folder / "a", now=NOW) as moving, fresh(folder / "b", now=NOW) as whole:
        yield moving, whole


@law(8)
@given(DAYS)
def test_in_whatever_order_days_are_written_the_same_is_scored(tmp_path_factory, pair, days):
    """With replays among them, and nothing but the newest edition recent: as if nothing had left."""
    shelf = EditionShelf(tmp_path_factory.mktemp("scored"))
    for warehouse in pair:
        for name in ("out.edition", "out.edition_number", "core.forecast", "core.forecast_file", "core.forecast_task"):
            warehouse.execute(f"DELETE FROM {name}")
    for number, (offset, is_replay) in enumerate(days):
        day = FIRST + timedelta(days=offset)
        for warehouse, place in zip(pair, (shelf, None), strict=True):
            publish(warehouse, place, day, number, is_replay=is_replay)
        move_forecasts(pair[0], shelf, recent=1)
        for until in (day, FIRST + timedelta(days=400)):
            for late in (False, True):
                moving, whole = (read_published(one, until, ["metaculus-community"], of_replays=late) for one in pair)
                assert moving.equals(whole)
