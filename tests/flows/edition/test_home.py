"""The first minute: one sentence and one picture, made of the rows alone, and what moved with its cause."""

from __future__ import annotations

from datetime import date

import pytest

from flows.edition.home import Standing, is_passed, opening
from tests.flows.edition.test_causes import WIDER
from tests.warehouse.edition_frames import ORIGIN, dated_row, empty_row, property_row

TARGET = date(2030, 7, 1)
STANDING = Standing(ORIGIN, TARGET, ["live", "embedded", "stale"])
MEASURED = {"actual_kind": "measured"}


def made(*rows: dict[str, object], standing: Standing = STANDING, lang: str = "en"):
    return opening(rows, standing, lang)


def test_every_row_is_counted_once():
    rows = [
        property_row(),
        property_row(status="crossed"),
        property_row(actual_value=2e6, **MEASURED),
        property_row(status="unrefittable"),
        property_row(status="beyond_range"),
        property_row(status="not_asked"),
    ]
    assert made(*rows).sentence == (
        "3.5 years after the essay, of the 6 rows here: 2 passed by what is measured or reported, 1 still open, 1 beyond range, 1 not asked of the crowd, "
        "1 resting on judgement, definition or a test that is used up or reported on no more."
    )


@pytest.mark.parametrize(("kind", "has_passed"), [("measured", True), ("derived", False), ("implied", False)])
def test_only_what_is_measured_passes_the_essay(kind, has_passed):
    assert is_passed(property_row(actual_value=2e6, actual_kind=kind)) == has_passed


@pytest.mark.parametrize(("value", "has_passed"), [(1e6, False), (1.0001e6, True)])
def test_level_with_the_essay_is_not_past_it(value, has_passed):
    assert is_passed(property_row(essay_p50=1e6, actual_value=value, **MEASURED)) == has_passed


def test_those_furthest_from_the_essay_come_first():
    near, far = property_row(label_en="near", p50=2e6), property_row(label_en="far", p50=9e6)
    assert [line.label for line in made(near, far).lines] == ["far", "near"]
    assert [line.times for line in made(near, far).lines] == ["×5", "×1.1"]


def test_what_was_the_state_of_2023_comes_after_every_forecast():
    state = property_row(label_en="state", p50=9e8, essay_kind="anchor")
    assert [line.label for line in made(state, property_row(label_en="near", p50=1.1e6)).lines] == ["near", "state"]


def test_today_right_of_the_essay_is_drawn_right_of_it():
    line = made(property_row()).lines[0]
    assert line.so_far < line.one < line.middle
    assert line.ends[0] < line.middle < line.ends[1]


@pytest.mark.parametrize(
    "row",
    [
        dated_row((None,) * 5),
        property_row(unit="%", essay_p50=80.0),
        property_row(essay_p50=None, essay_state="not_stated"),
        property_row(status="retired"),
    ],
)
def test_a_row_that_has_no_multiple_is_not_drawn(row):
    assert made(row).lines == []


def test_a_state_of_2023_that_has_been_passed_is_no_forecast_come_true():
    row = property_row(essay_p50=1.0, essay_kind="anchor", actual_value=20.0, actual_kind="measured")
    assert is_passed({**row, "essay_kind": "stated"})
    assert not is_passed(row)


def against(changes):
    return [one | {"previous_edition_id": "2026-08-20-55e46192"} for one in changes]


def test_which_edition_is_the_one_before_and_what_a_spread_is_stand_under_the_moves():
    """ "12 spreads" stood there by itself, and that the edition before was three months old on another page."""
    row = property_row(property_id="a", label_en="A", change_spreads=0.9)
    changes = against([{"property_id": "a", "cause": "total", "amount": 0.3}])
    said = made(row, standing=STANDING._replace(changes=changes)).since
    assert said.startswith("Compared with edition 2026-08-20-55e46192. A spread is half")


def test_a_withheld_number_is_not_drawn_either():
    row = empty_row("withheld", p50=5e6, p25=4e6, p75=6e6)
    assert made(row).lines[0].middle is None


@pytest.mark.parametrize("cause", ["new rows", "new assumptions"])
def test_what_moved_most_is_told_first_with_its_weightiest_cause(cause):
    rows = [
        property_row(property_id="a", label_en="A", change_spreads=0.2),
        property_row(property_id="b", label_en="B", change_spreads=-0.9),
        property_row(property_id="c", label_en="C", change_spreads=0.05),
    ]
    # The limit that somebody stated is no new row.
    detail = None if cause == "new rows" else "assumption know.context_ceiling -0.4"
    changes = [
        {"property_id": "b", "cause": "total", "amount": -0.3},
        {"property_id": "b", "cause": "new_rows", "amount": -0.4, "detail": detail},
        {"property_id": "b", "cause": "elapsed_time", "amount": 0.1},
    ]
    moved = made(*rows, standing=STANDING._replace(changes=against(changes))).moved
    assert [(one.label, one.size, one.cause) for one in moved] == [
        ("B", "moved −0.9 spreads", cause),
        ("A", "moved +0.2 spreads", ""),
    ]


def test_causes_that_did_as_much_are_all_named_the_greatest_first():
    """Of a move that time and new rows made half each, the home page named the new rows alone."""
    row = property_row(property_id="a", label_en="A", change_spreads=-29.0)
    parts = {"total": -43.1, "new_rows": -21.5, "elapsed_time": -21.6, "revised_rows": 0.01}
    changes = [{"property_id": "a", "cause": cause, "amount": amount} for cause, amount in parts.items()]
    (moved,) = made(row, standing=STANDING._replace(changes=against(changes))).moved
    assert moved.cause == "time passing, new rows"


def test_a_row_whose_range_moved_most_is_told_by_what_moved_that():
    row = property_row(property_id="a", label_en="A", change_spreads=-1.2)
    changes = [one | {"property_id": "a"} for one in WIDER]
    (moved,) = made(row, standing=STANDING._replace(changes=against(changes))).moved
    # Its sign would be of a median that moved by less than half as much.
    assert (moved.size, moved.cause) == ("moved 1.2 spreads", "mostly its range: new assumptions")


def test_of_a_row_whose_median_stayed_the_list_says_what_the_page_of_changes_does():
    """ "Mostly its range" stood on home, "its range, not its median" on the page it leads to."""
    row = property_row(property_id="a", label_en="A", change_spreads=6.2)
    changes = [one | {"property_id": "a", "amount": 3e-9} for one in WIDER]
    (moved,) = made(row, standing=STANDING._replace(changes=against(changes))).moved
    assert (moved.size, moved.cause) == ("moved 6.2 spreads", "its range, not its median: new assumptions")


def test_a_row_that_only_grew_wider_says_so_instead_of_a_cause():
    row = property_row(property_id="a", label_en="A", change_spreads=6.2)
    changes = [{"property_id": "a", "cause": cause, "amount": 3e-9} for cause in ("total", "new_rows")]
    (moved,) = made(row, standing=STANDING._replace(changes=against(changes))).moved
    assert (moved.size, moved.cause) == ("moved 6.2 spreads", "its range, not its median")


def test_a_size_has_a_sign_only_where_the_median_went_somewhere():
    for previous, said in ((2.0, "moved 0.5 spreads"), (1.0, "moved +0.5 spreads"), (None, "moved +0.5 spreads")):
        row = property_row(property_id="a", label_en="A", change_spreads=0.5, p50=2.0, previous_p50=previous)
        assert [one.size for one in made(row, standing=STANDING).moved] == [said]


def test_how_far_the_numbers_look_and_who_answered_is_said():
    assert made(property_row()).honesty == (
        "The day that is forecast lies 43 months ahead; forecasts are scored as a rule up to 24 months ahead, beyond that only on the few tasks that somebody stated at the time. "
        "1 of 2 outside sources answered lately; files read here: 1."
    )
