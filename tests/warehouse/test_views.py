"""Views and macros for people: each answer equals one worked out in plain Python from what arrived."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import (
    START,
    Beliefs,
    arrivals,
    arrive,
    moment,
    observation,
    origin,
    series,
)
from warehouse import views
from warehouse.contenders import settle_contenders
from warehouse.contracts import core
from warehouse.vintages import land

NAMES = count()
VIEWS = {
    "property_latest", "property_history", "observation_latest", "frontier", "forecast_latest", "community_latest",
    "score_latest", "change_latest", "alert_open", "source_change", "source_health", "revision_summary",
    "quarantine_open", "system_latest", "living", "scenario", "stated_latest", "observation_fitted", "property_input",
}  # fmt: skip
MACROS = {
    "observation_as_of", "property_as_of", "frontier_as_of", "observation_known_on", "frontier_known_on",
    "probability_above", "source_health_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with fresh(tmp_path_factory.mktemp("home"), now=START) as opened:
        yield opened


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path / "home", now=START) as opened:
        yield opened


def define(warehouse, series_id, source="curated", **said):
    with warehouse.transaction():
        land(warehouse, core.SERIES, series(series_id, **said), origin(source, START, feed=series_id))


def test_every_promised_view_and_macro_is_there(shared):
    found = set(shared.rows("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"))
    assert found == {("main", name) for name in VIEWS} | {("out", "property"), ("out", "score")}
    macros = {name for (name,) in shared.rows("SELECT function_name FROM duckdb_functions() WHERE NOT internal")}
    assert macros >= MACROS


def test_no_view_column_or_macro_is_undocumented(shared):
    assert shared.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL") == []
    assert shared.rows("SELECT function_name FROM duckdb_functions() WHERE NOT internal AND comment IS NULL") == []
    silent = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
    assert shared.rows(silent) == []


def test_a_column_that_is_passed_through_says_what_its_contract_says(shared):
    rows = shared.rows("SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'observation_latest'")
    assert dict(rows) == {column.name: column.comment for column in core.OBSERVATION.columns}


def test_a_directive_that_names_no_contract_is_an_error(monkeypatch, tmp_path):
    (tmp_path / "1.sql").write_text("--@ property_latest <- out.no_such_table\n")
    monkeypatch.setattr(views, "HERE", tmp_path)
    with pytest.raises(KeyError, match=r"out\.no_such_table"):
        views.script()


class TestAsOf:
    """Any question as of any past moment: a filter on an interval, never on what is believed now."""

    def rows(self, warehouse, source, when):
        found = warehouse.rows(
            f"SELECT feed, source_row_id, value FROM observation_as_of({when}) WHERE source_id = '{source}'"
        )
        assert len({row[:2] for row in found}) == len(found)
        return {(feed, key): value for feed, key, value in found}

    @law(20)
    @given(arrivals)
    def test_it_equals_what_a_reader_of_every_file_believed(self, shared, files):
        source, beliefs, day = f"publisher-{next(NAMES)}", Beliefs(), 0
        for gap, feed, file in files:
            day += gap
            beliefs.arrive(moment(day), feed, file)
            arrive(shared, source, moment(day), [observation(key, value) for key, value in file.items()], feed=feed)
        for at, _ in beliefs.history:
            assert self.rows(shared, source, f"TIMESTAMP '{at}'") == beliefs.at(at)
            before = at - timedelta(microseconds=1)
            assert self.rows(shared, source, f"TIMESTAMP '{before}'") == beliefs.at(before)
            end_of_day = datetime.combine(at.date(), datetime.max.time())
            assert self.rows(shared, source, f"DATE '{at.date()}'") == beliefs.at(end_of_day)
        latest = shared.rows("SELECT feed, source_row_id, value FROM observation_latest WHERE source_id = ?", [source])
        assert {(feed, key): value for feed, key, value in latest} == beliefs.at(datetime.max)

    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ("DATE '2023-12-31'", {}),
            ("DATE '2024-01-01'", {"a": 0.1}),
            ("'2024-01-01'", {"a": 0.1}),
            ("'2024-01-01 06:29:59'", {}),
            ("'2024-01-01 06:30:00'", {"a": 0.1}),
            ("TIMESTAMP '2024-01-02 06:29:59.999999'", {"a": 0.1}),
            ("TIMESTAMP '2024-01-02 06:30:00'", {"a": 0.2}),
            ("DATE '2024-01-03'", {}),
            ("TIMESTAMPTZ '2024-01-02 08:30:00+02'", {"a": 0.2}),
            ("DATE '2024-01-01' + INTERVAL 1 DAY", {"a": 0.1}),
            ("NULL", {}),
        ],
    )
    def test_a_day_means_its_end_and_a_timestamp_itself(self, shared, when, expected):
        source = f"publisher-{next(NAMES)}"
        arrive(shared, source, moment(0), [observation("a", 0.1)])
        arrive(shared, source, moment(1), [observation("a", 0.2)])
        arrive(shared, source, moment(2), [])
        assert {key: value for (_, key), value in self.rows(shared, source, when).items()} == expected

    def test_the_time_zone_of_the_reader_does_not_matter(self, warehouse, tmp_path):
        arrive(warehouse, "publisher", datetime(2024, 1, 1, 23, 30), [observation("a", 0.1)])
        warehouse.write_copy(tmp_path / "copy.duckdb")
        with duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True) as reader:
            reader.execute("SET TimeZone = 'Asia/Shanghai'")
            ask = "SELECT count(*) FROM observation_as_of({})"
            instants = ("TIMESTAMPTZ '2024-01-02 07:29:00+08'", "TIMESTAMPTZ '2024-01-02 07:30:00+08'", "'2024-01-01'")
            assert [reader.execute(ask.format(one)).fetchall()[0][0] for one in instants] == [0, 1, 1]

    def test_the_day_may_come_from_a_column(self, shared):
        source = f"publisher-{next(NAMES)}"
        arrive(shared, source, moment(0), [observation("a", 0.1)])
        days = f"""SELECT day, (SELECT count(*) FROM observation_as_of(day) WHERE source_id = '{source}')
                   FROM (VALUES (DATE '2023-12-31'), (DATE '2024-01-01')) AS days(day) ORDER BY day"""
        assert [found for _, found in shared.rows(days)] == [0, 1]

    def test_views_answer_in_an_attached_copy(self, warehouse, tmp_path):
        arrive(warehouse, "publisher", moment(0), [observation("a", 0.1)])
        warehouse.write_copy(tmp_path / "copy.duckdb")
        with duckdb.connect() as client:
            client.execute(f"ATTACH '{tmp_path / 'copy.duckdb'}' AS gpt2030 (READ_ONLY)")
            for view in sorted(VIEWS):
                client.execute(f"SELECT count(*) FROM gpt2030.{view}").fetchall()
            assert client.execute("SELECT count(*) FROM gpt2030.observation_latest").fetchall() == [(1,)]


# One row of the frontier's world: series, publisher, day, value, system.
facts = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "level"]),
        st.sampled_from(["curated", "live", "metr"]),
        st.integers(0, 5),
        st.sampled_from([0.1, 0.2, 0.3, 0.4]),
        st.sampled_from("uvwxyz"),
    ),
    max_size=14,
)
PUBLISHERS = ("metr", "live", "source-first", "source-second", "curated")
FIRST_DAY = date(2023, 1, 1)


def frontier_by_hand(rows, definitions):
    """Records in plain Python: rows are (series, source, day, value, system, row id); series → (kind, members)."""
    first = {}
    for series_id, source, _, _, system, _ in sorted(rows, key=lambda row: PUBLISHERS.index(row[1])):
        first.setdefault((series_id, system), source)
    used = [(*row[:4], row[5]) for row in rows if first[row[0], row[4]] == row[1]]
    found = []
    for series_id, (direction, members) in definitions.items():
        pool = [row for row in used if row[0] in {series_id, *members}]
        days = sorted({row[2] for row in pool})
        best = None
        for day in days:
            of_day = [row for row in pool if row[2] == day]
            if direction == "level":
                # Days are 150 apart: of the last 180 days are two of them.
                found += [(series_id, day, row[3], row[4]) for row in of_day if day >= days[-1] - 1]
                continue
            top = max(row[3] for row in of_day)
            if best is None or top > best:
                first = min((row[1], row[4], row[0]) for row in of_day if row[3] == top)
                found.append((series_id, day, top, first[1]))
                best = top
    return sorted(found)


class TestFrontier:
    """The record so far: records only, each fact as whoever comes first states it, members pooled."""

    def ask(self, warehouse, prefix, relation="frontier"):
        settle_contenders(warehouse)
        rows = warehouse.rows(
            f"""SELECT series_id, observation_date, value, source_row_id FROM {relation}
                WHERE starts_with(series_id, '{prefix}/')"""
        )
        return [(name.removeprefix(f"{prefix}/"), day, value, key) for name, day, value, key in rows]

    def spread(self, day):
        """Days that lie in several years, some of them two to a year."""
        return FIRST_DAY + timedelta(days=150 * day)

    @law(25)
    @given(facts)
    def test_it_equals_the_records_worked_out_by_hand(self, shared, known):
        prefix = f"world-{next(NAMES)}"
        definitions = {"one": ("max", ()), "two": ("max", ()), "level": ("level", ()), "any": ("max", ("one", "two"))}
        for name, (direction, members) in definitions.items():
            joined = "+".join(f"{prefix}/{member}" for member in members) or None
            define(shared, f"{prefix}/{name}", direction=direction, members=joined)
        rows = [(*fact, f"row-{number:02d}") for number, fact in enumerate(known)]
        for source in ("curated", "live", "metr"):
            mine = [
                observation(
                    key, value, series_id=f"{prefix}/{name}", observation_date=self.spread(day), system_id=system
                )
                for name, publisher, day, value, system, key in rows
                if publisher == source
            ]
            arrive(shared, source, START, mine, feed=prefix)
        expected = [
            (name, self.spread(day), value, key) for name, day, value, key in frontier_by_hand(rows, definitions)
        ]
        assert sorted(self.ask(shared, prefix)) == expected

    @law(12)
    @given(arrivals)
    def test_as_of_a_moment_it_is_that_of_the_rows_believed_then(self, shared, files):
        prefix, beliefs, day = f"world-{next(NAMES)}", Beliefs(), 0
        define(shared, f"{prefix}/one")
        for gap, feed, file in files:
            day += gap
            beliefs.arrive(moment(day), feed, file)
            rows = [
                observation(
                    key, value, series_id=f"{prefix}/one", observation_date=FIRST_DAY + timedelta(days=ord(key))
                )
                for key, value in file.items()
            ]
            arrive(shared, f"source-{feed}", moment(day), rows, feed=prefix)
        for at, _ in beliefs.history:
            believed = [
                ("one", f"source-{feed}", ord(key), value, key, key) for (feed, key), value in beliefs.at(at).items()
            ]
            expected = frontier_by_hand(believed, {"one": ("max", ())})
            found = self.ask(shared, prefix, f"frontier_as_of(TIMESTAMP '{at}')")
            assert [(name, (when - FIRST_DAY).days, value, key) for name, when, value, key in found] == expected

    def test_a_fact_of_a_later_day_is_no_record_yet(self, shared):
        prefix = f"world-{next(NAMES)}"
        define(shared, f"{prefix}/one")
        rows = [
            observation("a", 0.1, series_id=f"{prefix}/one"),
            observation(
                "b", 0.2, series_id=f"{prefix}/one", observation_date=date(2024, 1, 2), known_date=date(2024, 1, 2)
            ),
            observation("c", 0.3, series_id=f"{prefix}/one", known_date=date(2024, 1, 3)),
        ]
        arrive(shared, "live", START, rows, feed=prefix)
        counts = [len(self.ask(shared, prefix, f"frontier_as_of(DATE '2024-01-0{day}')")) for day in (1, 2, 3)]
        # On the third day the row published late takes the record of its own, earlier, day.
        assert counts == [1, 2, 1]

    def test_it_says_which_record_was_broken_and_which_stands(self, shared):
        prefix = f"world-{next(NAMES)}"
        define(shared, f"{prefix}/one")
        rows = [
            observation(key, value, series_id=f"{prefix}/one", observation_date=date(2023, month, 1))
            for key, value, month in (("a", 0.1, 1), ("b", 0.05, 2), ("c", 0.4, 3))
        ]
        arrive(shared, "live", START, rows, feed=prefix)
        settle_contenders(shared)
        found = shared.rows(
            "SELECT system_id, value_before, is_current FROM frontier WHERE series_id = ?", [f"{prefix}/one"]
        )
        assert found == [("system-a", None, False), ("system-c", 0.1, True)]

    def test_two_definitions_of_a_series_do_not_double_its_readings(self, shared):
        prefix = f"world-{next(NAMES)}"
        for source in ("curated", "live"):
            define(shared, f"{prefix}/one", source, direction="level")
        rows = [observation(key, 0.1, series_id=f"{prefix}/one") for key in ("a", "b")]
        arrive(shared, "live", START, rows, feed=prefix)
        assert [key for *_, key in self.ask(shared, prefix)] == ["a", "b"]


class TestRevisionSummary:
    """How much each series was revised, by source."""

    @law(12)
    @given(arrivals)
    def test_counts_are_those_of_the_landings(self, shared, files):
        source, beliefs, day = f"publisher-{next(NAMES)}", Beliefs(), 0
        total = {"added": 0, "revised": 0, "deleted": 0}
        for gap, feed, file in files:
            day += gap
            counts = beliefs.arrive(moment(day), feed, file)
            total = {kind: number + counts[kind] for kind, number in total.items()}
            arrive(shared, source, moment(day), [observation(key, value) for key, value in file.items()], feed=feed)
        found = shared.rows(
            "SELECT added_count, revised_count, deleted_count, in_force_count FROM revision_summary WHERE source_id = ?",
            [source],
        )
        assert found == ([(*total.values(), len(beliefs.at(datetime.max)))] if any(total.values()) else [])

    def test_the_largest_revision_is_a_share_of_what_it_replaced(self, shared):
        source = f"publisher-{next(NAMES)}"
        for day, value in enumerate((0.0, 0.2, 0.1, 0.13)):
            arrive(shared, source, moment(day), [observation("a", value)])
        (found,) = shared.rows(
            """SELECT largest_change_share, vintage_count, first_recorded_at, last_recorded_at
               FROM revision_summary WHERE source_id = ?""",
            [source],
        )
        assert found == (pytest.approx(0.5), 4, moment(0), moment(3))

    def test_a_series_never_revised_has_no_largest_revision(self, shared):
        source = f"publisher-{next(NAMES)}"
        arrive(shared, source, moment(0), [observation("a", 0.1)])
        arrive(shared, source, moment(1), [])
        arrive(shared, source, moment(2), [observation("a", 0.9)])
        assert shared.rows("SELECT largest_change_share FROM revision_summary WHERE source_id = ?", [source]) == [
            (None,)
        ]
