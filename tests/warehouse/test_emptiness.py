"""What is empty for a reason that can be known says the reason, and only then."""

from __future__ import annotations

import polars as pl
import pytest

from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START
from warehouse.contracts import out, polars_schema
from warehouse.emptiness import why_empty
from warehouse.sandbox import QueryAnswer
from warehouse.sandbox.worker import QueryRequest, Worker, connect

EDITION = {"origin_date": START.date(), "issued_at": START, "target_date": START.date(), "code_version": "1",
           "content_digest": "d", "settings_json": "{}", "inputs_json": "{}"}  # fmt: skip


class Asked:
    """A read copy whose questions are answered in this process, by what answers them in one of its own otherwise."""

    def __init__(self, connection):
        self._worker = Worker(connection)

    def query(self, sql):
        table, relations = self._worker.answer(QueryRequest(sql, 100, 30.0, 2**24))
        return QueryAnswer(pl.from_arrow(table), None, relations)


@pytest.fixture
def reasons(tmp_path):
    """What is said of an answer, in a home to which these statements were made and that has so many editions."""

    def why(query, *, editions=1, statements=()):
        with fresh(tmp_path, now=START) as warehouse:
            rows = [EDITION | {"edition_id": str(number)} for number in range(editions)]
            warehouse.insert(out.EDITION, pl.DataFrame(rows, schema=polars_schema(out.EDITION)))
            for statement in statements:
                warehouse.execute(statement)
            warehouse.write_copy(tmp_path / "candidate")
        with connect(str(tmp_path / "candidate"), 2**28) as connection:
            copy = Asked(connection)
            return why_empty(copy, query, copy.query(query))

    return why


LOOK = "insert into raw.look (look_id, source_id, feed, url, looked_at, outcome, detail) values "
ALERT = """
    insert into out.alert (alert_id, alert_number, dedupe_key, kind, subject, state, severity, title, body, digest_key, fired_at)
    values ('a', 1, 'k', 'moved', 's', 'cleared', 1, 't', 'b', 'd', '2024-01-01')"""
REFUSED = """
    insert into raw.quarantine (quarantine_id, source_id, feed, snapshot_id, row_json, check_name, reason, recorded_at, released_at)
    values ('q', 's', 'f', 'x', '{}', 'c', 'r', '2024-01-01', '2024-01-02')"""


@pytest.mark.parametrize(
    ("query", "home", "said"),
    [
        ("from change_latest", {}, "change_latest is empty: one edition is published, and there is nothing to compare"),
        ("from change_latest", {"editions": 2}, "change_latest is empty: no row moved between the edition in force and"),
        ("from alert_open", {}, "alert_open is empty: no alert was raised; moves are told from the second edition on"),
        ("from alert_open", {"editions": 2}, "alert_open is empty: no alert was ever raised"),
        ("from alert_open", {"statements": [ALERT]}, "alert_open is empty: every alert was acknowledged or has cleared"),
        ("from quarantine_open", {"statements": [REFUSED]}, "quarantine_open is empty: every refused row was released"),
        (
            "from community_latest",
            {"statements": [f"{LOOK} (1, 'metaculus', '*', 'u', '2024-01-01', 'offline', 'not asked: offline')"]},
            "community_latest is empty: no forecasting platform has answered yet: metaculus: not asked: offline",
        ),
    ],
)  # fmt: skip
def test_the_reason_is_that_of_the_home(reasons, query, home, said):
    (found,) = reasons(query, **home)
    assert found.startswith(said)


def test_what_is_not_empty_has_no_reason(reasons):
    assert reasons("from out.alert", statements=[ALERT]) == []
    assert reasons("from raw.quarantine", statements=[REFUSED]) == []


def test_every_relation_of_a_question_is_told_once(reasons):
    said = reasons("select * from alert_open, change_latest union all select * from alert_open, change_latest")
    assert sorted(sentence.partition(" ")[0] for sentence in said) == ["alert_open", "change_latest"]


def test_a_copy_that_lacks_a_table_gives_no_reason(reasons):
    assert reasons("from (select 1 as x) as alert", statements=["drop view alert_open", "drop table out.alert"]) == []


def test_a_course_of_forecasts_that_is_not_all_of_them_says_so(reasons):
    question = "select origin_date, value from core.forecast"
    assert reasons(question) == []
    said = reasons(question, editions=0, statements=["insert into core.forecast_file values ('e', 3, repeat('0', 64))"])
    assert said == [
        "core.forecast is without those of older editions (1); each has its own in editions/*/forecasts.parquet"
    ]
    assert reasons("from forecast_latest", editions=0) == []
