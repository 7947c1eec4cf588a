"""What an edition says of its inputs, and when it was issued."""

from datetime import date, datetime

import duckdb
import polars as pl
import pytest

from flows.settings import Clock
from tests.warehouse.edition_frames import frame, property_row
from tests.warehouse.fresh import fresh
from warehouse import publication, published
from warehouse.contracts import out, polars_schema, raw
from warehouse.contracts.change import CHANGE
from warehouse.details import insert_properties
from warehouse.store import READ_COPY_FILE

A, B, C = "a" * 64, "b" * 64, "c" * 64
DAY = "TIMESTAMP '2026-01-01'"
ARGUMENTS = dict.fromkeys(("t", "recorded_at", "superseded_at", "observation_date"), DAY) | {
    "system_id": "'s'", "date_kind": "'on_day'", "source_id": "'curated'", "is_deleted": "false", "stale_days": "2",
    "property": "'math.sota_pct'", "x": "90",
}  # fmt: skip


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=datetime(2026, 1, 1)) as opened:
        yield opened


def read(warehouse, day, feed, snapshot_id, *, is_held=False):
    counts = {name: 0 for name in raw.LANDING.column_names if name.endswith("_count")}
    row = counts | {
        "run_id": f"{day}/1",
        "source_id": "curated",
        "feed": feed,
        "table_name": "*" if is_held else "core.observation",
        "snapshot_id": snapshot_id,
        "parser_digest": "0",
        "recorded_at": datetime.fromisoformat(day),
        "is_held": is_held,
        "detail": None,
    }
    warehouse.insert(raw.LANDING, pl.DataFrame([row], schema=polars_schema(raw.LANDING)))


def inputs(warehouse, day):
    return published.inputs(warehouse, Clock.read(date.fromisoformat(day)))


def test_an_input_is_the_snapshot_last_read_by_the_day(warehouse):
    read(warehouse, "2026-01-01", "math", A)
    read(warehouse, "2026-02-01", "math", B)
    read(warehouse, "2026-03-01", "math", C)
    assert inputs(warehouse, "2026-02-15") == {"curated/math": B}


def test_what_was_held_is_no_input(warehouse):
    read(warehouse, "2026-01-01", "math", A)
    read(warehouse, "2026-02-01", "math", B, is_held=True)
    assert inputs(warehouse, "2026-02-15") == {"curated/math": A}


def test_before_the_first_reading_the_oldest_stands_in(warehouse):
    read(warehouse, "2026-01-01", "math", A)
    read(warehouse, "2026-02-01", "math", B)
    assert inputs(warehouse, "2023-06-19") == {"curated/math": A}


def test_feeds_are_told_apart(warehouse):
    read(warehouse, "2026-01-01", "math", A)
    read(warehouse, "2026-02-01", "gpqa", B)
    assert inputs(warehouse, "2026-02-15") == {"curated/gpqa": B, "curated/math": A}


def test_an_edition_keeps_the_moment_it_was_first_issued_at(warehouse):
    edition = {
        "edition_id": "2026-01-01-0a1b2c3d",
        "origin_date": date(2026, 1, 1),
        "issued_at": datetime(2026, 1, 1, 6, 17),
        "target_date": date(2030, 7, 1),
        "code_version": "1",
        "content_digest": A,
        "settings_json": "{}",
        "inputs_json": "{}",
        "recorded_at": datetime(2026, 3, 1),
        "is_replay": True,
    }
    warehouse.insert(out.EDITION, pl.DataFrame([edition], schema=polars_schema(out.EDITION)))
    moment = datetime(2026, 1, 1, 6, 17)
    issue = published.issue_of(warehouse, "2026-01-01-0a1b2c3d")
    assert issue == published.Issue(moment.date(), moment, datetime(2026, 3, 1))
    assert issue.is_replay
    assert published.issue_of(warehouse, "2026-01-01-ffffffff") is None


def test_an_edition_made_for_a_day_that_has_gone_is_a_replay():
    assert Clock.read(date(2023, 6, 19)).is_replay
    assert not Clock.read(None).is_replay
    assert not Clock.read(date(2199, 1, 1)).is_replay


def test_an_edition_is_a_rehearsal_when_its_day_has_not_come():
    assert Clock.read(date(2199, 1, 1)).is_rehearsal
    assert not Clock.read(date(2023, 6, 19)).is_rehearsal
    assert not Clock.read(None).is_rehearsal


class TestReadCopy:
    """What an analyst attaches beside other files, without making it the default database."""

    @pytest.fixture(params=["of what stands", "with an edition"])
    def copy(self, request, warehouse, monkeypatch):
        home = warehouse.path.parent
        if request.param == "of what stands":
            publication.publish_copy(warehouse, home)
        else:
            # What the edition says is another matter.
            monkeypatch.setattr(publication, "insert_edition", lambda *_: None)
            publication.replace_read_copy(publication.make_candidate(warehouse, home, None), home)
        return home / READ_COPY_FILE

    def test_nothing_is_left_of_how_it_was_made(self, copy):
        assert [path.name for path in copy.parent.iterdir() if ".tmp" in path.name] == []

    def test_every_macro_answers_where_it_is_attached(self, copy):
        with duckdb.connect() as client:
            client.execute(f"ATTACH '{copy}' (READ_ONLY)")
            macros = client.execute(
                """SELECT DISTINCT function_name, parameters, function_type FROM duckdb_functions()
                   WHERE database_name = 'gpt2030' AND function_type IN ('macro', 'table_macro') ORDER BY ALL"""
            ).fetchall()
            assert len(macros) > 10
            for name, parameters, kind in macros:
                call = f"gpt2030.{name}({', '.join(ARGUMENTS[one] for one in parameters)})"
                client.execute(f"FROM {call}" if kind == "table_macro" else f"SELECT {call}").fetchall()

    def test_every_view_answers_under_any_name(self, copy):
        with duckdb.connect() as client:
            client.execute(f"ATTACH '{copy}' AS mine (READ_ONLY)")
            views = client.execute(
                "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'mine' AND NOT internal"
            ).fetchall()
            assert len(views) > 10
            for schema, name in views:
                client.execute(f"FROM mine.{schema}.{name}").fetchall()


def add_edition(warehouse, edition_id, issued_at, recorded_at):
    edition = dict.fromkeys(out.EDITION.column_names) | {
        "edition_id": edition_id, "origin_date": issued_at.date(), "issued_at": issued_at,
        "target_date": date(2030, 7, 1), "code_version": "1", "content_digest": "d", "settings_json": "{}",
        "inputs_json": "{}", "recorded_at": recorded_at, "is_replay": recorded_at.date() != issued_at.date(),
    }  # fmt: skip
    warehouse.insert(out.EDITION, frame(out.EDITION, [edition]))


class TestTheEditionBefore:
    """What an edition is compared with: what readers had last, and never a look back that came after it."""

    def test_it_is_the_newest_of_an_earlier_day(self, warehouse):
        for day in (20, 21):
            add_edition(warehouse, f"of {day}", datetime(2026, 11, day), datetime(2026, 11, day))
        assert published.edition_before(warehouse, date(2026, 11, 22)) == "of 21"

    def test_a_look_back_is_no_news_for_the_days_behind_it(self, warehouse):
        add_edition(warehouse, "today", datetime(2026, 11, 22), datetime(2026, 11, 22, 8))
        add_edition(warehouse, "look back", datetime(2026, 6, 1), datetime(2026, 11, 22, 9))
        assert published.edition_before(warehouse, date(2026, 11, 22), besides="today") is None
        assert published.edition_before(warehouse, date(2026, 11, 23)) == "today"

    def test_days_filled_in_one_after_the_other_follow_each_other(self, warehouse):
        add_edition(warehouse, "today", datetime(2026, 11, 22), datetime(2026, 11, 22, 8))
        for day in (1, 2):
            add_edition(warehouse, f"of {day}", datetime(2026, 6, day), datetime(2026, 11, 23, day))
        assert published.edition_before(warehouse, date(2026, 6, 2)) == "of 1"
        assert published.edition_before(warehouse, date(2026, 11, 23)) == "today"


def test_a_history_is_the_last_edition_of_each_day_before_as_it_was_known_then(warehouse):
    days = [
        (20, 6, 20),
        (21, 6, 21),
        (21, 9, 21),
        (22, 6, 22),
        (19, 6, 30),
    ]  # the last one made later, for a day gone by
    for place, (day, hour, made) in enumerate(days):
        add_edition(warehouse, f"e{place}", datetime(2026, 11, day, hour), datetime(2026, 11, made, hour))
        insert_properties(warehouse, frame(out.PROPERTY, [property_row(edition_id=f"e{place}", p50=float(place))]))
    issue = published.Issue(date(2026, 11, 22), datetime(2026, 11, 22, 6), datetime(2026, 11, 22, 6))
    found = published.history_before(warehouse, issue)
    assert found["edition_id"].to_list() == ["e0", "e2"]
    assert found["p50"].to_list() == [0.0, 2.0]
    assert set(out.HISTORY) <= set(found.columns)


class TestTheLastMove:
    """Why a row moved when it last did: told on its page until it moves again."""

    def moves(self, warehouse, *sizes, day=25, made=25):
        """The last moves known to an edition of a day, after editions that moved compute by these spreads."""
        for place, (of_day, hour, size, amount) in enumerate(sizes):
            add_edition(warehouse, f"e{place}", datetime(2026, 11, of_day, hour), datetime(2026, 11, made, hour))
            row = property_row(edition_id=f"e{place}", p50=place + 2.0, previous_p50=place + 1.0)
            insert_properties(warehouse, frame(out.PROPERTY, [row]))
            parts = (("total", amount), ("new_rows", amount + 0.1), ("elapsed_time", -0.1))
            warehouse.insert(CHANGE, frame(CHANGE, [{
                "edition_id": f"e{place}", "previous_edition_id": "before", "property_id": row["property_id"],
                "cause": cause, "amount": part, "size_spreads": size,
            } for cause, part in parts]))  # fmt: skip
        issue = published.Issue(date(2026, 11, day), datetime(2026, 11, day, 12), datetime(2026, 11, day, 12))
        return published.last_moves(warehouse, issue, 0.2)

    def test_it_is_of_the_newest_edition_before_in_which_the_row_moved_by_enough(self, warehouse):
        found = self.moves(warehouse, (20, 6, 0.9, 0.3), (21, 6, 0.2, 0.1), (22, 6, 0.19, 0.05))
        assert found["edition_id"].unique().to_list() == ["e1"]
        assert found["cause"].to_list() == ["elapsed_time", "new_rows", "total"]
        assert found.select("origin_date", "p50", "previous_p50").unique().rows() == [(date(2026, 11, 21), 3.0, 2.0)]

    def test_an_earlier_edition_of_the_same_day_is_one_before_it(self, warehouse):
        """The second edition of a day is compared with the first, and what that told would be nowhere."""
        assert set(self.moves(warehouse, (25, 6, 0.9, 0.3), (25, 12, 0.8, 0.3))["edition_id"]) == {"e0"}

    def test_one_made_later_for_a_day_gone_by_is_none_before_it(self, warehouse):
        """Written anew after a disk lost it, the page would have other bytes."""
        assert self.moves(warehouse, (20, 6, 0.9, 0.3), made=26).is_empty()

    def test_a_number_without_spreads_moved_where_it_is_another(self, warehouse):
        found = self.moves(warehouse, (20, 6, None, 0.3), (21, 6, None, 0.0))
        assert set(found["edition_id"]) == {"e0"}

    def test_the_row_it_was_told_against_is_found_as_it_stood(self, warehouse):
        """What a status had been for before the move stands in no cause."""
        found = self.moves(warehouse, (20, 6, 0.9, 0.3))
        add_edition(warehouse, "before", datetime(2026, 11, 19), datetime(2026, 11, 19))
        name, kept = found["property_id"][0], {"edition_id": "before", "status_reason": "nothing was measured"}
        insert_properties(warehouse, frame(out.PROPERTY, [property_row(property_id=name, **kept)]))
        (row,) = published.rows_compared_with(warehouse, found).to_dicts()
        assert (row["edition_id"], row["property_id"], row["status_reason"]) == ("before", name, "nothing was measured")
        assert published.rows_compared_with(warehouse, found.clear()).is_empty()
