"""What is read from LMArena's boards: who led on each day, and nothing of a day that cannot be told."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import NotFound, WrongContent
from sources.lmarena import BEHIND, BOARDS, NEWEST, NOT_WHOLE, OF_OTHERS, LmArena
from sources.web import Web, WebLimits
from tests import publisher as fake
from tests.parquet import parquet_of
from tests.sources.parsing import FIXTURES, parse, values

SOURCE = LmArena()
TEXT, STYLE = BOARDS
BODY = (FIXTURES / "lmarena" / TEXT.feed).read_bytes()


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, TEXT.feed, BODY)


def row(name, rating, rank, **fields):
    """One row of a board, of 13 September 2026 unless said."""
    return {
        "model_name": name, "organization": "lab", "license": "Proprietary", "rating": rating, "rating_lower": None,
        "rating_upper": None, "variance": 2.5, "vote_count": 4200, "rank": rank, "category": "overall",
        "leaderboard_publish_date": "2026-09-13",
    } | fields  # fmt: skip


def read(*rows):
    return parse(SOURCE, TEXT.feed, parquet_of(rows))


EARLIER = {"leaderboard_publish_date": "2026-08-30"}
GOOD = (row("early", 1400.0, 1, **EARLIER), row("first", 1500.5, 1), row("second", 1490.25, 2))


def test_a_day_is_the_rating_of_its_leader(parsed):
    assert values(parsed, TEXT.series_id) == {"2026-09-13": 1497.25, "2026-08-30": 1493.0}
    assert parsed.skipped == {OF_OTHERS: 3, BEHIND: 3}


def test_a_rating_is_of_the_day_of_its_board_and_a_fact_of_its_own(parsed):
    found = parsed.frames["core.observation"].row(0, named=True)
    assert (found["observation_date"], found["known_date"]) == (date(2026, 9, 13), date(2026, 9, 13))
    assert (found["date_kind"], found["date_precision"], found["system_id"]) == ("daily", "day", "example-4-high")
    assert found["setup"] == "best of 3 systems; 12345 votes; interval as published 1490.8 to 1503.8"


def test_a_leader_without_an_interval_says_none():
    [found] = read(row("first", 1500.5, 1)).frames["core.observation"]["setup"]
    assert found == "best of 1 systems; 4200 votes"


def test_what_counts_is_a_level_and_no_record_for_good(parsed):
    """All ratings are estimated anew each time: the highest of an older scale would stand for ever."""
    [series] = parsed.frames["core.series"].rows(named=True)
    assert (series["direction"], series["scale"], series["unit"]) == ("level", "linear", "rating")


def test_days_that_left_the_file_stand(parsed):
    assert parsed.is_partial


def test_each_board_is_a_series_told_by_the_name_of_its_file():
    styled = parse(SOURCE, STYLE.feed, (FIXTURES / "lmarena" / STYLE.feed).read_bytes())
    assert values(styled, STYLE.series_id) == {"2026-08-03": 1508.576862666775}
    for name in (f"{TEXT.folder}/{NEWEST}", f"{TEXT.folder}.parquet"):
        assert parse(SOURCE, name, BODY).frames["core.series"]["series_id"].to_list() == [TEXT.series_id]


@pytest.mark.parametrize(
    "name", [NEWEST, "vision.parquet", "textual.parquet", "text_style.parquet", "2026.parquet", ""]
)
def test_a_file_named_for_no_board_is_none_of_them(name):
    with pytest.raises(WrongContent, match="a file named for no board"):
        parse(SOURCE, name, BODY)


def test_each_board_is_asked_for_in_its_folder_and_one_lost_costs_not_the_other():
    with fake.Publisher() as server, Web(limits=WebLimits(spacing_seconds=0, tries=1)) as web:
        for board in BOARDS:
            server.serve(f"/main/{board.folder}/{NEWEST}", fake.ok((FIXTURES / "lmarena" / board.feed).read_bytes()))
        answers = SOURCE.fetch(web, server.url + "/main", {})
        server.routes.pop(f"/main/{TEXT.folder}/{NEWEST}")
        lost, had = SOURCE.fetch(web, server.url + "/main", {})
    assert [answer.feed for answer in answers] == ["text.parquet", "text_style_control.parquet"]
    assert isinstance(lost.failure, NotFound)
    assert (had.feed, had.failure) == (STYLE.feed, None)


@pytest.mark.parametrize(("fields", "column", "rule"), [
    ({"rating": None}, "rating", "given"), ({"rating": float("nan")}, "rating", "number"), ({"rating": float("inf")}, "rating", "number"),
    ({"model_name": "  "}, "model_name", "given"), ({"model_name": "模型"}, "model_name", "given"),
    ({"vote_count": None}, "vote_count", "given"), ({"rank": None}, "rank", "given"), ({"category": None}, "category", "given"),
    ({"leaderboard_publish_date": "2026-10-02"}, "leaderboard_publish_date", "range"),
    ({"leaderboard_publish_date": "13/09/2026"}, "leaderboard_publish_date", "date"),
    ({"rating_lower": 1500.0}, "rating", "range"), ({"rating_upper": 1480.0}, "rating", "range"),
])  # fmt: skip
def test_a_row_that_cannot_be_is_refused(fields, column, rule):
    found = read(*GOOD[:2], GOOD[2] | fields)
    assert (3, column, rule) in {(one.line, one.column, one.rule) for one in found.rejects}


def test_a_day_with_a_refused_row_has_no_leader():
    """The leader may be the one refused, and the next would stand in its place."""
    found = read(*GOOD, row("third", float("nan"), 3))
    assert values(found, TEXT.series_id) == {"2026-08-30": 1400.0}
    assert found.skipped == {NOT_WHOLE: 2}


def test_a_system_that_stands_twice_on_a_day_is_refused_once_with_its_day():
    found = read(*GOOD, GOOD[1])
    assert [(one.line, one.rule) for one in found.rejects] == [(4, "unique-key")]
    assert values(found, TEXT.series_id) == {"2026-08-30": 1400.0}


def test_a_board_without_its_first_is_none():
    found = read(GOOD[0], GOOD[2])
    assert values(found, TEXT.series_id) == {"2026-08-30": 1400.0}


@pytest.mark.parametrize("rows", [[row("second", 1490.0, 2)], [row("best", 1500.0, 2), row("next", 1400.0, 1)]])
def test_a_file_without_a_whole_board_is_refused_as_a_whole(rows):
    with pytest.raises(WrongContent, match="no board is whole"):
        read(*rows)


def test_a_file_without_the_category_is_refused_as_a_whole():
    with pytest.raises(WrongContent, match="0 of 1 rows are of the category overall"):
        read(row("first", 1500.0, 1, category="total"))


def test_of_equals_the_first_of_the_file_leads():
    found = read(row("a", 1500.0, 1), row("b", 1500.0, 1))
    assert found.frames["core.observation"]["system_id"].to_list() == ["a"]


@pytest.mark.parametrize("name", ["model_name", "rating", "rank", "category", "leaderboard_publish_date"])
def test_a_renamed_column_is_named(name):
    renamed = [{f"new {key}" if key == name else key: value for key, value in one.items()} for one in GOOD]
    with pytest.raises(WrongContent, match=f"missing column {name}"):
        read(*renamed)


@given(st.lists(st.lists(st.integers(-2000, 3000), min_size=1, max_size=30), min_size=1, max_size=12), st.randoms())
def test_any_boards_in_any_order_give_the_best_of_each_day(boards, chance):
    rows = [
        row(f"s{place}", rating + 0.125, rank, leaderboard_publish_date=f"2026-09-{number:02d}")
        for number, board in enumerate(boards, 1)
        for rank, (place, rating) in enumerate(sorted(enumerate(board), key=lambda one: -one[1]), 1)
    ]
    chance.shuffle(rows)
    expected = {f"2026-09-{number:02d}": max(board) + 0.125 for number, board in enumerate(boards, 1)}
    assert values(read(*rows), TEXT.series_id) == expected
