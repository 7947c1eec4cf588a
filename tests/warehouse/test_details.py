"""Rows of the property table come back to the letter, and a day whose numbers alone moved adds numbers alone."""

import json

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.warehouse.edition_frames import frame, property_row
from tests.warehouse.fresh import fresh
from tests.warehouse.test_migrations import NOW, made_by
from warehouse.contracts import out
from warehouse.details import insert_properties
from warehouse.store import WRITER_FILE, Warehouse

LEAF = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.sampled_from(["2027-04-15", "a: 5 b", ": -1e9", "5", '": 7', "\u0001"])
)  # fmt: skip
DETAIL = st.dictionaries(
    st.text(), st.recursive(LEAF, lambda one: st.lists(one) | st.dictionaries(st.text(), one), max_leaves=8), max_size=4
)
SAID = [
    '{"a": 1.5, "b": {"day": "2027-04-15", "note": "as of 3"}, "c": [1.0, 2.0]}',
    "{}",
    None,
    "no JSON",
    '{"n": -1e-05}',
]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """One warehouse for many examples, emptied between them: to make one takes a second."""
    with fresh(tmp_path_factory.mktemp("many"), now=NOW) as opened:
        yield opened


def write(warehouse, edition_id, *details):
    rows = [
        property_row(edition_id=edition_id, property_id=f"row.{n}", row_number=n, detail_json=one)
        for n, one in enumerate(details, start=1)
    ]
    with warehouse.transaction():
        insert_properties(warehouse, frame(out.PROPERTY, rows))
    return rows


def empty(warehouse):
    warehouse.execute("DELETE FROM out.property_row")
    warehouse.execute("DELETE FROM out.detail_text")


def texts(warehouse):
    return warehouse.rows("SELECT count(*) FROM out.detail_text")[0][0]


@law(60)
@given(st.lists(DETAIL, min_size=1, max_size=3), st.booleans())
def test_what_a_row_says_in_detail_comes_back_to_the_letter(many, details, is_ascii):
    empty(many)
    said = [json.dumps(one, ensure_ascii=is_ascii, sort_keys=True) for one in details]
    write(many, "e", *said)
    assert [one for (one,) in many.rows("SELECT detail_json FROM out.property ORDER BY row_number")] == said


def test_every_column_comes_back(many):
    empty(many)
    rows = write(many, "e", *SAID)
    assert many.frame("FROM out.property ORDER BY row_number").equals(frame(out.PROPERTY, rows))


def test_a_day_on_which_numbers_alone_moved_adds_no_text(many):
    empty(many)
    for number in range(5):
        write(many, f"e{number}", f'{{"p50": {number}.25, "by": "2027-04-{number + 10}"}}', '{"note": "as ever"}')
    assert texts(many) == 2
    write(many, "e5", '{"p50": null, "by": "2027-04-10"}')
    assert texts(many) == 3


def test_rows_of_a_home_of_before_are_carried_over_to_the_letter(tmp_path):
    made_by(tmp_path, 12)
    rows = [
        property_row(edition_id=f"e{edition}", property_id=f"row.{n}", row_number=n, detail_json=one)
        for edition in range(3)
        for n, one in enumerate([*SAID, f'{{"a": {edition}}}'], start=1)
    ]
    expected = frame(out.PROPERTY, rows)
    with duckdb.connect(str(tmp_path / WRITER_FILE)) as old:
        old.execute("DELETE FROM out.property")
        old.register("rows", expected.to_arrow())
        old.execute("INSERT INTO out.property BY NAME SELECT * FROM rows")
    with Warehouse.open(tmp_path, now=NOW) as opened:
        assert opened.frame("FROM out.property ORDER BY edition_id, row_number").equals(expected)
        assert texts(opened) == 5
        # The next edition finds the texts of before.
        write(opened, "new", *SAID)
        assert texts(opened) == 5
