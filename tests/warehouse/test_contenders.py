"""core.contender: it leaves out rows, and never one that a frontier of any moment would show."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation, origin, series
from warehouse import views
from warehouse.contenders import settle_contenders
from warehouse.contracts import core
from warehouse.vintages import land

NAMES = count()
STORED = "SELECT source_row_id FROM core.contender WHERE series_id = ? ORDER BY recorded_at, source_row_id"
BEFORE = START.date() - timedelta(days=4)

# A row of a file: series, days after BEFORE on which it happened and (later still) was known, value, kind of date.
rows = st.tuples(
    st.sampled_from(["one", "one", "two", "level"]),
    st.integers(0, 8),
    st.sampled_from([0, 0, 0, 2, 5]),
    st.sampled_from([0.1, 0.2, 0.3, 0.4]),
    st.sampled_from(["paper", "paper", "measurement", "daily"]),
)
# Days since the last arrival, who published, and the rows of the file by their id.
histories = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["curated", "live", "other", "metr"]),
        st.dictionaries(st.sampled_from("abcde"), rows, max_size=5),
    ),
    min_size=2,
    max_size=5,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A warehouse that can also read a frontier from all rows, as if none had ever been left out."""
    with fresh(tmp_path_factory.mktemp("home"), now=START) as warehouse:
        text = views.text()
        macro = text[
            text.index("CREATE OR REPLACE MACRO frontier_as_of") : text.index("COMMENT ON MACRO TABLE frontier_")
        ]
        for said, meant in (
            ("frontier_as_of", "frontier_of_all"),
            (
                "core.contender",
                "(SELECT *, fact_of(system_id, date_kind, observation_date) AS fact FROM core.observation WHERE NOT is_deleted)",
            ),
            (
                "is_believed(c.visible_at, c.superseded_at, false, t)",
                "is_believed(c.recorded_at, c.superseded_at, false, t) AND known_on(c, CAST(moment(t) AS DATE))",
            ),
        ):
            assert macro.count(said) == 1
            macro = macro.replace(said, meant)
        warehouse.execute("CREATE MACRO known_on(c, day) AS greatest(c.observation_date, c.known_date) <= day")
        warehouse.execute(macro)
        yield warehouse


def define(warehouse, *definitions):
    with warehouse.transaction():
        land(
            warehouse, core.SERIES, pl.concat(definitions), origin("curated", START, feed=f"definitions {next(NAMES)}")
        )


def dated(key, value, day, **said):
    when = BEFORE + timedelta(days=day)
    return observation(key, value, **{"observation_date": when, "known_date": when} | said)


def stored(warehouse, series_id):
    return [key for (key,) in warehouse.rows(STORED, [series_id])]


@law(20)
@given(histories)
def test_no_frontier_of_any_moment_misses_a_row(shared, files):
    prefix, day = f"world-{next(NAMES)}", 0
    one, two, level = (f"{prefix}/{name}" for name in ("one", "two", "level"))
    define(
        shared, series(one), series(two), series(level, direction="level", members=one),
        series(f"{prefix}/any", members=f"{one}+{two}+{level}"),
    )  # fmt: skip
    for gap, source, file in files:
        day += gap
        arrived = [
            dated(
                key,
                value,
                when,
                series_id=f"{prefix}/{name}",
                known_date=BEFORE + timedelta(days=when + delay),
                date_kind=kind,
            )
            for key, (name, when, delay, value, kind) in file.items()
        ]
        arrive(shared, source, moment(day), arrived, feed=prefix)
        settle_contenders(shared)
    # Facts of later days come into sight after the last file, too.
    for at in map(moment, {0, day // 2, day, day + 3, day + 9}):
        of_rows = f"FROM {{}}(TIMESTAMP '{at}') WHERE starts_with(series_id, '{prefix}/')"
        assert shared.rows(of_rows.format("frontier_as_of")) == shared.rows(of_rows.format("frontier_of_all"))


class TestWhatIsLeftOut:
    """Rows that were beaten, from before they could be seen until after they ended."""

    @pytest.fixture
    def name(self, shared):
        chosen = f"world-{next(NAMES)}/one"
        define(shared, series(chosen))
        return chosen

    def settled(self, warehouse, name):
        settle_contenders(warehouse)
        return stored(warehouse, name)

    def test_a_row_that_something_earlier_was_as_good_as(self, shared, name):
        file = [("a", 0.2, 0), ("b", 0.1, 1), ("c", 0.2, 2), ("d", 0.3, 3), ("e", 0.1, 4)]
        arrive(shared, "live", START, [dated(*row, series_id=name) for row in file], feed=name)
        assert self.settled(shared, name) == ["a", "d"]

    def test_none_of_a_series_of_levels_also_when_it_becomes_one(self, shared, name):
        file = [("a", 0.2, 0), ("b", 0.1, 1)]
        arrive(shared, "live", START, [dated(*row, series_id=name) for row in file], feed=name)
        assert self.settled(shared, name) == ["a"]
        define(shared, series(f"{name}-level", direction="level", members=name))
        assert self.settled(shared, name) == ["a", "b"]

    def test_not_what_the_better_one_was_published_later_than(self, shared, name):
        late = dated("a", 0.3, 0, series_id=name, known_date=START.date() + timedelta(days=3))
        arrive(shared, "live", START, [late, dated("b", 0.1, 1, series_id=name)], feed=name)
        assert self.settled(shared, name) == ["a", "b"]

    def test_not_what_the_better_one_was_landed_later_than(self, shared, name):
        worse, better = (dated(*row, series_id=name) for row in (("a", 0.1, 1), ("b", 0.3, 0)))
        arrive(shared, "live", START, [worse], feed=name)
        arrive(shared, "live", moment(1), [worse, better], feed=name)
        assert self.settled(shared, name) == ["a", "b"]

    def test_a_row_that_another_publisher_beats(self, shared, name):
        arrive(shared, "curated", START, [dated("a", 0.3, 0, series_id=name)], feed=name)
        arrive(shared, "live", START, [dated("b", 0.1, 1, series_id=name)], feed=name)
        assert self.settled(shared, name) == ["a"]

    def test_not_what_only_a_contested_row_beats(self, shared, name):
        arrive(shared, "curated", START, [dated("a", 0.3, 0, series_id=name)], feed=name)
        arrive(
            shared, "live", START, [dated("a", 0.1, 1, series_id=name), dated("b", 0.2, 2, series_id=name)], feed=name
        )
        assert self.settled(shared, name) == ["a", "a", "b"]

    def test_a_row_comes_back_when_what_beat_it_is_revised(self, shared, name):
        better, worse = (dated(*row, series_id=name) for row in (("a", 0.3, 0), ("b", 0.2, 1)))
        arrive(shared, "live", START, [better, worse], feed=name)
        assert self.settled(shared, name) == ["a"]
        arrive(shared, "live", moment(1), [better | {"value": 0.1}, worse], feed=name)
        assert self.settled(shared, name) == ["a", "b", "a"]

    def test_rows_that_arrive_day_by_day(self, shared, name):
        file = [dated("00", 0.4, 0, series_id=name)]
        for day in range(1, 12):
            arrive(shared, "live", moment(day), file, feed=name)
            file.append(dated(f"{day:02}", 0.4 - day / 100, 4 + day, series_id=name))
        assert self.settled(shared, name) == ["00"]

    def test_a_file_of_which_every_row_is_revised(self, shared, name):
        file = [dated(f"{day:02}", 0.4 - day / 100, day - 12, series_id=name) for day in range(12)]
        arrive(shared, "live", START, file, feed=name)
        for day in (1, 2):
            revised = [row | {"citation_title": f"Its edition {day}"} for row in file]
            arrive(shared, "live", moment(day), revised, feed=name)
        assert self.settled(shared, name) == ["00", "00", "00"]

    def test_rows_seen_before_the_record_was_stated_anew(self, shared, name):
        file = [dated("00", 0.4, 1, series_id=name), dated("01", 0.3, 0, series_id=name)]
        for day in range(6):
            arrive(shared, "live", moment(day), file, feed=name)
            file.append(dated(f"1{day}", 0.2 - day / 100, 4 + day, series_id=name))
        file[0] |= {"citation_title": "Its second edition"}
        arrive(shared, "live", moment(6), file, feed=name)
        assert self.settled(shared, name) == ["00", "01", "00"]

    def test_tombstones(self, shared, name):
        arrive(shared, "live", START, [dated("a", 0.3, 0, series_id=name)], feed=name)
        arrive(shared, "live", moment(1), [], feed=name)
        assert self.settled(shared, name) == ["a"]


class TestSettling:
    """Only what changed is worked out anew."""

    def test_each_series_once_for_each_change(self, tmp_path):
        first, second = (dated("a", 0.1, 0, series_id=name) for name in ("one", "two"))
        with fresh(tmp_path, now=START) as warehouse:
            arrive(warehouse, "live", START, [first, second])
            assert [settle_contenders(warehouse) for _ in range(2)] == [2, 0]
            arrive(warehouse, "live", moment(1), [first, second | {"value": 0.2}])
            assert [settle_contenders(warehouse) for _ in range(2)] == [1, 0]
            arrive(warehouse, "live", moment(2), [second | {"value": 0.2}])
            assert [settle_contenders(warehouse) for _ in range(2)] == [1, 0]

    def test_a_warehouse_without_observations_has_none(self, tmp_path):
        with fresh(tmp_path, now=START) as warehouse:
            assert settle_contenders(warehouse) == 0

    def test_rows_are_those_of_observation(self, tmp_path):
        with fresh(tmp_path, now=START) as warehouse:
            arrive(warehouse, "live", START, [dated("a", 0.1, 0, setup="5-shot", observation_date=date(2020, 1, 1))])
            settle_contenders(warehouse)
            columns = ", ".join(c for c in core.CONTENDER.column_names if c in core.OBSERVATION.column_names)
            found = warehouse.rows(f"SELECT {columns} FROM core.contender")
            assert found == warehouse.rows(f"SELECT {columns} FROM core.observation")
