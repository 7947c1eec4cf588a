"""Scores are stored once for all editions in a row that say them, and shown edition by edition as they were said."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.warehouse.edition_frames import EDITION, frame
from tests.warehouse.fresh import fresh
from tests.warehouse.test_migrations import made_by
from warehouse.checks import CheckFacts
from warehouse.checks.check import CheckMoment
from warehouse.checks.relations import given as relations
from warehouse.checks.relations import render
from warehouse.contracts import out
from warehouse.spans import insert_scores
from warehouse.store import WRITER_FILE, Warehouse

NOW = datetime(2026, 11, 28)
SCORE = {"forecaster_id": "f", "target": "t", "origin_date": date(2025, 1, 1), "target_date": date(2026, 1, 1),
         "basis": "retrospective", "scale": "log", "horizon_months": 12, "metric": "crps", "value": 0.5}  # fmt: skip
# Few rows that differ in one cell each, so that most editions share some; one that is said twice is said twice.
ROWS = [
    SCORE,
    SCORE | {"value": 0.25},
    SCORE | {"detail": "resolved to 1.0"},
    SCORE | {"target": "u"},
    SCORE | {"metric": "wis"},
]
EDITIONS = st.lists(st.lists(st.integers(0, len(ROWS) - 1), max_size=6), min_size=1, max_size=6)


def scores(rows):
    return frame(out.SCORE, rows).drop("edition_id")


def said(rows):
    return Counter(scores(rows).iter_rows())


def shown(warehouse, edition_id):
    found = warehouse.frame("SELECT * EXCLUDE (edition_id) FROM out.score WHERE edition_id = ?", [edition_id])
    return Counter(found.iter_rows())


def write(warehouse, edition_id, rows):
    with warehouse.transaction():
        insert_scores(warehouse, edition_id, scores(rows))


def stored(warehouse):
    return warehouse.rows("SELECT count(*) FROM out.score_span")[0][0]


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=NOW) as opened:
        yield opened


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """One warehouse for many examples, emptied between them: to make one takes a second."""
    with fresh(tmp_path_factory.mktemp("many"), now=NOW) as opened:
        yield opened


@law(30)
@given(EDITIONS)
def test_every_edition_goes_on_saying_what_it_said(many, editions):
    many.execute("DELETE FROM out.score_span")
    many.execute("DELETE FROM out.edition_number")
    chosen = [[ROWS[place] for place in places] for places in editions]
    for number, rows in enumerate(chosen):
        write(many, f"e{number}", rows)
    for number, rows in enumerate(chosen):
        assert shown(many, f"e{number}") == said(rows), number


def test_the_scores_of_one_edition_are_found_alike_by_all_who_ask(warehouse):
    """The view of the edition in force and the checks choose the edition first, and must say what out.score says."""
    for number, rows in enumerate((ROWS[:3], ROWS[1:], ROWS[2:]), start=1):
        name = f"2026-11-0{number}-00000000"
        write(warehouse, name, rows)
        counts = {column: 0 for column in out.RUN.column_names if column.endswith("_count")}
        run = {"run_id": name, "run_number": number, "edition_id": name, "outcome": "published", "message": ""}
        run |= counts | {"started_at": NOW, "origin_date": NOW.date()}
        warehouse.insert(out.RUN, frame(out.RUN, [run]))
        moment, facts = CheckMoment(NOW.date(), NOW), CheckFacts(name)
        of_checks = render("SELECT * FROM @current_out_score", relations(moment, facts))
        for asked in (of_checks, "SELECT * FROM score_latest"):
            assert Counter(warehouse.frame(asked).iter_rows()) == Counter((name, *row) for row in said(rows).elements())


def test_an_edition_that_says_nothing_new_adds_no_row(warehouse):
    for number in range(5):
        write(warehouse, f"e{number}", ROWS)
        assert stored(warehouse) == len(ROWS)


def test_what_changes_is_all_that_is_added(warehouse):
    write(warehouse, "e0", ROWS)
    write(warehouse, "e1", [*ROWS[1:], SCORE | {"value": 0.75}])
    assert stored(warehouse) == len(ROWS) + 1


def test_a_score_that_comes_back_is_said_by_those_who_said_it(warehouse):
    for number, rows in enumerate([ROWS, [], ROWS[:1]]):
        write(warehouse, f"e{number}", rows)
    assert [shown(warehouse, f"e{number}").total() for number in range(3)] == [5, 0, 1]


def test_columns_that_a_frame_lacks_are_empty(warehouse):
    with warehouse.transaction():
        insert_scores(warehouse, "e0", pl.DataFrame([SCORE]))
    assert warehouse.rows("SELECT detail, value FROM out.score") == [(None, 0.5)]


def test_what_is_rolled_back_leaves_all_as_it_was(warehouse):
    write(warehouse, "e0", ROWS)
    with pytest.raises(KeyboardInterrupt), warehouse.transaction():
        insert_scores(warehouse, "e1", scores(ROWS[:1]))
        raise KeyboardInterrupt
    assert shown(warehouse, "e0") == said(ROWS)
    assert warehouse.rows("SELECT edition_id, edition_number FROM out.edition_number") == [("e0", 1)]


@pytest.mark.parametrize("seed", range(6))
def test_the_scores_of_a_home_of_before_are_carried_over_row_for_row(tmp_path, seed):
    """Also of an edition that says nothing, of one that says a row twice, and of one that no table of editions knows."""
    made_by(tmp_path, 9)
    picked = [[ROWS[(seed * 7 + n * k) % len(ROWS)] for k in range((seed + n) % 5)] for n in range(8)]
    names = [f"e{(n * 3) % 8}" for n in range(8)]
    with duckdb.connect(str(tmp_path / WRITER_FILE)) as old:
        old.execute("DELETE FROM out.score")
        old.execute("DELETE FROM out.edition")
        for name, rows in zip(names, picked, strict=True):
            if name != "e5":
                columns = ", ".join(EDITION)
                marks = ", ".join("?" * len(EDITION))
                row = [*(EDITION | {"edition_id": name}).values()]
                old.execute(f"INSERT INTO out.edition ({columns}) VALUES ({marks})", row)
            for row in rows:
                columns, marks = ", ".join((*row, "edition_id")), ", ".join("?" * (len(row) + 1))
                old.execute(f"INSERT INTO out.score ({columns}) VALUES ({marks})", [*row.values(), name])
    with Warehouse.open(tmp_path, now=NOW) as opened:
        for name, rows in zip(names, picked, strict=True):
            assert shown(opened, name) == said(rows), name
        # The next edition goes on from there.
        write(opened, "new", ROWS)
        assert [shown(opened, name) for name in names] == [said(rows) for rows in picked]
        assert shown(opened, "new") == said(ROWS)
