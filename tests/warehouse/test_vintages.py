"""Landing: nothing is lost, nothing is rewritten, and every vintage can be read back."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import polars as pl
import pytest
from hypothesis import given

from tests.laws import law
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import (
    START,
    Beliefs,
    arrivals,
    arrive,
    moment,
    observation,
    observations,
    origin,
    series,
)
from warehouse.contracts import core, polars_schema
from warehouse.vintages import (
    Landing,
    OlderVintage,
    compare,
    count_in_force,
    known_at,
    known_observations,
    land,
    newest_recorded_at,
)

NAMES = count()


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    with fresh(tmp_path_factory.mktemp("home"), now=START) as opened:
        yield opened


@pytest.fixture
def source():
    """A publisher nobody has landed before, so that tests can share one warehouse."""
    return f"publisher-{next(NAMES)}"


def stored(warehouse, source):
    return warehouse.frame("SELECT rowid, * FROM core.observation WHERE source_id = ? ORDER BY rowid", [source])


def believed(warehouse, source, at):
    rows = warehouse.rows(
        """SELECT feed, source_row_id, value FROM core.observation
           WHERE source_id = ? AND recorded_at <= ? AND (superseded_at IS NULL OR superseded_at > ?)
             AND NOT is_deleted""",
        [source, at, at],
    )
    assert len({row[:2] for row in rows}) == len(rows), "a key is believed twice at one moment"
    return {(feed, key): value for feed, key, value in rows}


def rows_of(file):
    return [observation(key, value) for key, value in file.items()]


@law(40)
@given(arrivals)
def test_what_arrives_is_accounted_for_and_every_vintage_reads_back_as_its_file(warehouse, files):
    source, beliefs, day = f"publisher-{next(NAMES)}", Beliefs(), 0
    for gap, feed, file in files:
        day += gap
        expected = beliefs.arrive(moment(day), feed, file)
        landing = arrive(warehouse, source, moment(day), rows_of(file), feed=feed)
        assert landing._asdict() == expected
        assert landing.added + landing.revised + landing.unchanged == len(file)
    for at, _ in beliefs.history:
        assert believed(warehouse, source, at) == beliefs.at(at)
        assert believed(warehouse, source, at - timedelta(microseconds=1)) == beliefs.at(at - timedelta(microseconds=1))


@law(30)
@given(arrivals)
def test_a_partial_feed_never_deletes(warehouse, files):
    source, beliefs, day = f"publisher-{next(NAMES)}", Beliefs(), 0
    for gap, feed, file in files:
        day += gap
        expected = beliefs.arrive(moment(day), feed, file, is_partial=True)
        landing = arrive(warehouse, source, moment(day), rows_of(file), feed=feed, is_partial=True)
        assert landing._asdict() == expected
        assert landing.deleted == 0
    assert believed(warehouse, source, moment(day)) == beliefs.at(moment(day))


@law(30)
@given(arrivals)
def test_rows_are_only_ever_added_and_closed_once(warehouse, files):
    source, day = f"publisher-{next(NAMES)}", 0
    before = stored(warehouse, source)
    for gap, feed, file in files:
        day += gap
        arrive(warehouse, source, moment(day), rows_of(file), feed=feed)
        after = stored(warehouse, source)
        kept = after.head(before.height)
        assert kept.drop("superseded_at").equals(before.drop("superseded_at"))
        was_closed = before["superseded_at"].is_not_null()
        assert kept.filter(was_closed)["superseded_at"].equals(before.filter(was_closed)["superseded_at"])
        newly_closed = kept.filter(~was_closed)["superseded_at"].drop_nulls()
        assert set(newly_closed) <= {moment(day)}
        before = after


def test_the_same_file_again_stores_nothing(warehouse, source):
    rows = [observation("a", 0.5), observation("b", 0.6, std_error=None)]
    arrive(warehouse, source, moment(0), rows)
    assert arrive(warehouse, source, moment(1), rows) == Landing(added=0, revised=0, deleted=0, unchanged=2)
    assert stored(warehouse, source).height == 2


NOISY = 3.3499999999999998e25


@pytest.mark.parametrize(("before", "after"), [(NOISY, 3.35e25), (256999999.99999997, 257000000.0), (0.3, 0.1 + 0.2)])
@pytest.mark.parametrize("column", ["value", "std_error"])
def test_a_number_spelled_anew_is_no_revision(warehouse, source, column, before, after):
    arrive(warehouse, source, moment(0), [observation("a", 0.5) | {column: before}])
    landing = arrive(warehouse, source, moment(1), [observation("a", 0.5) | {column: after}])
    assert landing == Landing(added=0, revised=0, deleted=0, unchanged=1)
    assert stored(warehouse, source)[column].to_list() == [before]


def test_beside_noise_what_has_changed_is_revised_and_what_is_gone_is_gone(warehouse, source):
    arrive(warehouse, source, moment(0), [observation(key, NOISY) for key in "abcd"])
    rows = [observation("a", 3.35e25), observation("b", 3.36e25), observation("c", 3.35e25, setup="5-shot")]
    assert arrive(warehouse, source, moment(1), rows) == Landing(added=0, revised=2, deleted=1, unchanged=1)
    assert believed(warehouse, source, moment(1)) == {
        ("file", "a"): NOISY, ("file", "b"): 3.36e25, ("file", "c"): 3.35e25,
    }  # fmt: skip


def test_noise_does_not_bring_back_a_row_that_was_gone(warehouse, source):
    for day, rows in enumerate(([observation("a", NOISY)], [], [observation("a", 3.35e25)])):
        landing = arrive(warehouse, source, moment(day), rows)
    assert landing == Landing(added=1, revised=0, deleted=0, unchanged=0)


@pytest.mark.parametrize(("before", "after"), [(0.0, 1e-300), (1.0, -1.0), (1.0, 1 + 1e-9), (None, 0.1), (0.1, None)])
def test_a_small_change_is_a_change(warehouse, source, before, after):
    arrive(warehouse, source, moment(0), [observation("a", 0.5, std_error=before)])
    landing = arrive(warehouse, source, moment(1), [observation("a", 0.5, std_error=after)])
    assert landing.revised == 1


@pytest.mark.parametrize("column", [c for c in core.OBSERVATION.payload if c != "observation_date"])
def test_a_change_of_any_column_is_a_revision(warehouse, source, column):
    other = {"value": 0.51, "std_error": 0.01, "known_date": date(2023, 6, 2)}.get(column, "another")
    arrive(warehouse, source, moment(0), [observation("a", 0.5)])
    landing = arrive(warehouse, source, moment(1), [observation("a", 0.5) | {column: other}])
    assert landing == Landing(added=0, revised=1, deleted=0, unchanged=0)
    arrive(warehouse, source, moment(2), [observation("a", 0.5)])
    assert stored(warehouse, source)[column].to_list() == [
        observation("a", 0.5)[column],
        other,
        observation("a", 0.5)[column],
    ]


def test_a_row_that_is_gone_leaves_a_tombstone_that_names_the_file_without_it(warehouse, source):
    arrive(warehouse, source, moment(0), [observation("a", 0.5), observation("b", 0.6)])
    landing = arrive(warehouse, source, moment(1), [observation("b", 0.6)])
    assert landing == Landing(added=0, revised=0, deleted=1, unchanged=1)
    tombstone = stored(warehouse, source).filter("is_deleted").row(0, named=True)
    assert (tombstone["source_row_id"], tombstone["value"]) == ("a", 0.5)
    assert tombstone["snapshot_id"] == "bytes of 2024-01-02 06:30"
    assert count_in_force(warehouse, core.OBSERVATION, source, "file") == 1


def test_a_tombstone_is_not_deleted_again(warehouse, source):
    arrive(warehouse, source, moment(0), [observation("a", 0.5)])
    assert arrive(warehouse, source, moment(1), []).deleted == 1
    assert arrive(warehouse, source, moment(2), []) == Landing(added=0, revised=0, deleted=0, unchanged=0)


def test_a_row_that_returns_is_added_again_even_when_it_is_equal(warehouse, source):
    arrive(warehouse, source, moment(0), [observation("a", 0.5)])
    arrive(warehouse, source, moment(1), [])
    assert arrive(warehouse, source, moment(2), [observation("a", 0.5)]).added == 1
    assert believed(warehouse, source, moment(1)) == {}
    assert believed(warehouse, source, moment(2)) == {("file", "a"): 0.5}


def test_two_publishers_may_use_the_same_ids(warehouse, source):
    arrive(warehouse, source, moment(0), [observation("a", 0.5)])
    arrive(warehouse, f"{source}-other", moment(0), [observation("a", 0.9)])
    arrive(warehouse, f"{source}-other", moment(1), [])
    assert believed(warehouse, source, moment(1)) == {("file", "a"): 0.5}


def test_a_column_may_be_named_like_the_bookkeeping_of_a_landing(warehouse, source):
    """core.inconsistency has a column `kind`; a landing that kept its own under that name would overwrite it."""
    row = {
        "inconsistency_id": "x", "kind": "unit", "place": "§2", "stated": "a", "correct": "b", "effect": "c",
        "is_refused": True, "as_of_date": date(2023, 6, 7), "evidence": "paper", "citation_title": "The essay",
    }  # fmt: skip
    frame = pl.DataFrame([{name: row.get(name) for name in (c.name for c in core.INCONSISTENCY.arriving)}])
    with warehouse.transaction():
        land(warehouse, core.INCONSISTENCY, frame, origin(source, moment(0)))
    with warehouse.transaction():
        landing = land(warehouse, core.INCONSISTENCY, frame.clear(), origin(source, moment(1)))
    kinds = warehouse.rows("SELECT kind, is_deleted FROM core.inconsistency WHERE source_id = ? ORDER BY 2", [source])
    assert (landing.deleted, kinds) == (1, [("unit", False), ("unit", True)])


def test_a_landing_that_is_rolled_back_leaves_nothing(warehouse, source):
    arrive(warehouse, source, moment(0), [observation("a", 0.5)])
    before = stored(warehouse, source)
    with pytest.raises(RuntimeError, match="stop"), warehouse.transaction():
        land(warehouse, core.OBSERVATION, observations([observation("a", 0.9)]), origin(source, moment(1)))
        raise RuntimeError("stop")
    assert stored(warehouse, source).equals(before)


def test_a_vintage_older_than_what_is_believed_of_its_feed_is_refused_and_changes_nothing(warehouse, source):
    arrive(warehouse, source, moment(2), [observation("a", 0.5)])
    before = stored(warehouse, source)
    with pytest.raises(OlderVintage, match=rf"rows of {source}/file recorded at 2024-01-03 06:30:00; .*2024-01-02"):
        arrive(warehouse, source, moment(1), [observation("a", 0.9)])
    assert stored(warehouse, source).equals(before)


def test_a_deletion_is_a_vintage_too(warehouse, source):
    arrive(warehouse, source, moment(0), [observation("a", 0.5)])
    arrive(warehouse, source, moment(2), [])
    with pytest.raises(OlderVintage):
        arrive(warehouse, source, moment(1), [observation("a", 0.5)])


def test_each_feed_has_its_own_clock(warehouse, source):
    """A backfill brings the files of one feed after those of another."""
    arrive(warehouse, source, moment(2), [observation("a", 0.5)])
    assert arrive(warehouse, source, moment(1), [observation("a", 0.5)], feed="other").added == 1


def test_a_comparison_tells_what_a_landing_would_do_and_writes_nothing(warehouse, source):
    arrive(warehouse, source, moment(0), [observation(key, 0.5) for key in "abcd"])
    before = stored(warehouse, source)
    file = observations([observation("a", 0.5), observation("b", 0.6), observation("new", 0.7)])
    difference = compare(warehouse, core.OBSERVATION, file, origin(source, moment(1)))
    assert difference.landing == Landing(added=1, revised=1, deleted=2, unchanged=1)
    assert difference.lost_share == 0.5
    assert stored(warehouse, source).equals(before)


def test_a_partial_feed_loses_nothing(warehouse, source):
    arrive(warehouse, source, moment(0), [observation(key, 0.5) for key in "abcd"])
    file = observations([observation("a", 0.5)])
    assert compare(warehouse, core.OBSERVATION, file, origin(source, moment(1), is_partial=True)).lost_share == 0


def test_new_rows_lie_in_the_order_of_their_file_and_tombstones_after_them(warehouse, source):
    arrive(warehouse, source, moment(0), [observation(key, 0.5) for key in "cab"])
    arrive(warehouse, source, moment(1), [observation(key, 0.6) for key in "zby"])
    rows = stored(warehouse, source).select("source_row_id", "is_deleted").rows()
    assert "".join(key for key, _ in rows) == "cab" + "zby" + "ca"
    assert [is_deleted for _, is_deleted in rows] == [False] * 6 + [True] * 2


def test_the_newest_vintage_is_told(warehouse, source):
    arrive(warehouse, source, moment(4000), [observation("a", 0.5)])
    assert newest_recorded_at(warehouse) == moment(4000)
    system = {"system_id": "a", "source_row_id": "a", "system_name": "A"}
    frame = pl.DataFrame([system], schema=polars_schema(core.SYSTEM, arriving=True))
    with warehouse.transaction():
        land(warehouse, core.SYSTEM, frame, origin(source, moment(5000)))
    assert newest_recorded_at(warehouse) == moment(5000), "a file of definitions alone is a vintage too"


class TestKnown:
    """What a person would have known: by vintage from the first look on, the oldest vintage before it."""

    def values(self, warehouse, source, at):
        frame = known_at(warehouse, core.OBSERVATION, at).filter(pl.col("source_id") == source)
        return dict(frame.select("source_row_id", "value").iter_rows())

    def test_a_feed_is_read_by_vintage_from_its_first_look_on(self, warehouse, source):
        arrive(warehouse, source, moment(0), [observation("a", 0.5)])
        arrive(warehouse, source, moment(2), [observation("a", 0.7)])
        assert self.values(warehouse, source, moment(0)) == {"a": 0.5}
        assert self.values(warehouse, source, moment(1)) == {"a": 0.5}
        assert self.values(warehouse, source, moment(2)) == {"a": 0.7}

    def test_before_its_first_look_the_oldest_vintage_stands_in(self, warehouse, source):
        arrive(warehouse, source, moment(10), [observation("a", 0.5), observation("b", 0.6)])
        arrive(warehouse, source, moment(11), [observation("a", 0.7)])
        assert self.values(warehouse, source, moment(0)) == {"a": 0.5, "b": 0.6}

    def test_a_vintage_replaced_at_its_own_moment_never_stands_in(self, warehouse, source):
        arrive(warehouse, source, moment(10), [observation("a", 0.5)])
        arrive(warehouse, source, moment(10), [observation("a", 0.6)])
        assert known_at(warehouse, core.OBSERVATION, moment(0)).filter(pl.col("source_id") == source).height == 1
        assert self.values(warehouse, source, moment(0)) == {"a": 0.6}

    def test_only_facts_dated_and_published_by_the_day_are_known(self, warehouse, source):
        rows = [
            observation("known", 0.1, series_id=source, known_date=date(2024, 1, 1)),
            observation("unpublished", 0.2, series_id=source, known_date=date(2024, 1, 2)),
            observation(
                "future", 0.3, series_id=source, observation_date=date(2024, 1, 2), known_date=date(2024, 1, 2)
            ),
        ]
        arrive(warehouse, source, moment(0), rows)
        frame = known_observations(warehouse, date(2024, 1, 1), moment(0)).filter(pl.col("source_id") == source)
        assert frame["source_row_id"].to_list() == ["known"]

    def known_of(self, warehouse, source, day=0):
        frame = known_observations(warehouse, date(2024, 1, 1) + timedelta(days=day), moment(day))
        rows = frame.filter(pl.col("series_id") == source).select("source_row_id", "value").rows()
        assert {row[0] for row in warehouse.rows("SELECT source_row_id FROM core.observation")} >= {
            row[0] for row in rows
        }
        return dict(rows)

    def test_a_fact_that_two_state_is_known_once_and_others_stay(self, warehouse, source):
        default = [observation(key, value, series_id=source) for key, value in (("shared", 0.1), ("alone", 0.2))]
        arrive(warehouse, "curated", moment(0), default, feed=source)
        arrive(warehouse, source, moment(0), [observation("live", 0.3, series_id=source, system_id="system-shared")])
        assert self.known_of(warehouse, source) == {"live": 0.3, "alone": 0.2}

    def test_the_embedded_default_has_the_word_again_when_nobody_else_states_it(self, warehouse, source):
        arrive(warehouse, "curated", moment(0), [observation("default", 0.1, series_id=source)], feed=source)
        arrive(warehouse, source, moment(1), [observation("default", 0.3, series_id=source)])
        arrive(warehouse, source, moment(2), [])
        assert [self.known_of(warehouse, source, day) for day in (1, 2)] == [{"default": 0.3}, {"default": 0.1}]

    def test_repeated_measurements_are_a_fact_a_month(self, warehouse, source):
        def measured(key, value, day):
            return observation(
                key, value, series_id=source, system_id="chatbot", date_kind="measurement", observation_date=day
            )

        default = [measured("may", 1.0, date(2023, 5, 1)), measured("june", 2.0, date(2023, 6, 1))]
        arrive(warehouse, "curated", moment(0), default, feed=source)
        arrive(warehouse, source, moment(0), [measured("live", 3.0, date(2023, 6, 28))])
        assert self.known_of(warehouse, source) == {"may": 1.0, "live": 3.0}

    def test_who_measured_it_goes_before_who_repeats_it(self, warehouse, source):
        row = observation("a", 0.1, series_id=source)
        arrive(warehouse, "epoch_benchmarks", moment(0), [row], feed=source)
        arrive(warehouse, "metr", moment(0), [row | {"value": 0.2}], feed=source)
        assert self.known_of(warehouse, source) == {"a": 0.2}


def test_any_declared_table_lands(warehouse, source):
    with warehouse.transaction():
        assert land(warehouse, core.SERIES, series("a/b"), origin(source, moment(0))).added == 1
    with warehouse.transaction():
        changed = land(warehouse, core.SERIES, series("a/b", status="retired"), origin(source, moment(1)))
    assert changed.revised == 1
