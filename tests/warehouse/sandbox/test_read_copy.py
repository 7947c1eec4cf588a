"""Questions to the read copy: whole answers within limits, one edition at a time, and errors that name the place."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation
from warehouse.sandbox import CopyUnreadable, Place, QueryFailed, QueryLimits, QueryRefused, QueryTooLarge, ReadCopy
from warehouse.store import READ_COPY_FILE, Warehouse, publish_read_copy

ROOT = Path(__file__).parents[3]


def publish(home, value):
    with fresh(home, now=START) as warehouse:
        arrive(warehouse, "publisher", moment(round(value * 10)), [observation("a", value), observation("b", value)])
        warehouse.write_copy(home / "candidate")
    publish_read_copy(home / "candidate", home)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish(home, 0.1)
    return home / READ_COPY_FILE


@pytest.fixture(scope="module")
def copy(path):
    with ReadCopy.open(path) as opened:
        yield opened


def answer(copy, query, **limits):
    return copy.query(query, **limits).frame.rows()


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select 1 as a", [(1,)]),
        ("from observation_latest select value limit 1", [(0.1,)]),
        ("values (1, 'x')", [(1, "x")]),
        ("table observation_latest limit 0", []),
        ("with x as (select 2 as a) from x", [(2,)]),
        ("(select 1) union all (select 2) order by 1 desc", [(2,), (1,)]),
        ("show tables from core", None),
        ("describe frontier", None),
        ("summarize observation_latest", None),
        ("explain select 1", None),
        ("explain analyze select 1", None),
        ("EXPLAIN (FORMAT json) SELECT 1", None),
        ("explain (analyze, format json) from observation_latest;", None),
        ("explain analyze (select 1) -- why", None),
        ("explain analyse with property_latest as (select 1 as a) from property_latest", None),
        ("show all tables", None),
        ("describe select 1 as a", None),
        ("summarize (select 1 as a)", None),
        ("summarize select value from observation_latest;", None),
        ("/* /* why */ */ select 1 /* /* so */ */", [(1,)]),
        ("with observation_latest as (select 3 as a) from observation_latest", [(3,)]),
        ("from gpt2030.main.observation_latest select count(*)", [(2,)]),
        ("from main.observation_as_of('2024-01-02') select count(*)", [(2,)]),
        ("select [x + 1 for x in [1, 2]], list_transform([1], lambda x: x + 1)", [([2, 3], [2])]),
        ("from observation_latest positional join (select 1 as a) select count(*)", [(2,)]),
        ("select current_date is not null, random() < 1, version() <> ''", [(True, True, True)]),
        ("/* why */ explain -- this\n select 1", None),
        ("select 1; -- the end", [(1,)]),
        ("select 'a;b', $$c;d$$, 'read_csv(''x'')'", [("a;b", "c;d", "read_csv('x')")]),
        ("pivot observation_latest on source_row_id in ('a', 'b') using max(value) group by series_id", [("math/full", 0.1, 0.1)]),
        ("unpivot (select 1 as a, 2 as b) on a, b", [("a", 1), ("b", 2)]),
        ("select histogram(value)::varchar from observation_latest", [("{0.1=2}",)]),
        ("from json_each('[1, 2]') select value::int", [(1,), (2,)]),
        ("from observation_as_of('2024-01-02') select count(*)", [(2,)]),
        ("select count(*) from range(10)", [(10,)]),
        ("\ufeffselect\u00a01", [(1,)]),
    ],
)  # fmt: skip
def test_everything_that_reads_may_be_asked(copy, query, rows):
    found = answer(copy, query)
    assert found if rows is None and "from core" not in query else rows is None or found == rows


def test_values_arrive_with_their_types(copy):
    frame = copy.query(
        """select 1::bigint as i, 1.50::decimal(10, 2) as c, date '2024-01-01' as d, timestamp '2024-01-01 10:00' as t,
                  timestamptz '2024-01-01 10:00:00+02' as z, [1, 2] as l, {'a': 1} as s, true as b, null as n, 'x'::blob as o"""
    ).frame
    assert frame.rows() == [
        (1, Decimal("1.50"), date(2024, 1, 1), datetime(2024, 1, 1, 10), datetime(2024, 1, 1, 8, tzinfo=UTC), [1, 2], {"a": 1}, True, None, b"x"),
    ]  # fmt: skip
    assert frame.schema["z"] == pl.Datetime("us", "UTC")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("interval 3 day", "3 days"), ("map {'a': 1}", "{a=1}"), ("union_value(a := 1)", "1"), ("'101'::bit", "101"),
        ("[interval 1 day]", "[1 day]"), ("12345678901234567890123456789012345678::uhugeint", "12345678901234567890123456789012345678"),
        ("timetz '10:00:00+01'", "10:00:00+01"),
    ],
)  # fmt: skip
def test_what_a_frame_cannot_hold_arrives_as_text(copy, expression, text):
    assert answer(copy, f"select {expression} as x") == [(text,)]


@pytest.mark.parametrize(
    "value",
    [
        "date 'infinity'", "timestamp '-infinity'", "date '12024-01-01'", "timestamp '10000-01-01'",
        "timestamp '0001-01-01' - interval 6 hour", "date '0001-01-01' - 1", "timestamp_s '10000-01-01'",
    ],
)  # fmt: skip
def test_a_date_that_python_cannot_hold_is_an_error_and_not_another_date(copy, value):
    with pytest.raises(QueryFailed, match=r"column x has a date outside the years 1 to 9999\ncast it to VARCHAR"):
        copy.query(f"select {value} as x")


@pytest.mark.parametrize("value", [
    "date '0001-01-01'", "date '9999-12-31'", "timestamp '0001-01-01'", "timestamp '9999-12-31 23:59:59.999999'",
    "timestamp_s '9999-12-31 23:59:59'", "timestamp_ms '0001-01-01'",
])  # fmt: skip
def test_the_first_and_the_last_day_that_python_has_are_answered(copy, value):
    assert answer(copy, f"select {value} as x")[0][0].year in {1, 9999}


def test_an_answer_with_moments_loads_no_library_that_only_looks_at_them(path):
    """Handed a number of Python's, pyarrow loaded pandas: ten times as long as the question itself. What it computes
    with was a quarter of the start, before any question."""
    code = """
import sys
from warehouse.sandbox.worker import QueryRequest, Worker, connect
worker = Worker(connect(sys.argv[1], 2**28))
rows, _ = worker.answer(QueryRequest("from observation_latest", 10, 30.0, 2**20))
print(rows.num_rows, "recorded_at" in rows.column_names, {"pandas", "pyarrow.compute"} & {*sys.modules})
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("2 True set()\n", "")


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_what_is_null_is_no_date_before_or_after_those_that_are(copy, kind):
    """Of a null some number is kept as well, and nobody promises which."""
    for lost in (1, 3, 6):
        said = f"select if(n % 7 = {lost}, null, '2024-01-01'::{kind}) as x from range({lost}, 4000) t(n) order by n"
        assert [day is None for (day,) in answer(copy, said)] == [n % 7 == lost for n in range(lost, 4000)]
        with pytest.raises(QueryFailed, match="outside the years"):
            copy.query(f"select if(n = 3998, 'infinity'::{kind}, x) as x from ({said.replace(' as x', ' as x, n')})")
    assert answer(copy, f"select null::{kind} as x") == [(None,)]


def test_no_moment_to_the_nanosecond_is_outside_the_years(copy):
    """The first of them is of 1677 and the last of 2262."""
    (found,) = answer(copy, "select timestamp_ns '1678-01-01' as x, timestamp_ns '2262-01-01' as y")
    assert [moment.year for moment in found] == [1678, 2262]


def test_columns_of_one_name_are_told_apart(copy):
    frame = copy.query("select 1 as a, 2 as a, 3 as a_1, 4 as a").frame
    assert frame.rows() == [(1, 2, 3, 4)]
    assert len(set(frame.columns)) == 4


def test_the_order_asked_for_is_kept_under_a_limit(copy):
    assert answer(copy, "select range as n from range(100000) order by n desc", limit=3) == [
        (99999,),
        (99998,),
        (99997,),
    ]


class TestLimits:
    """What one question may take, and how it is told."""

    @pytest.mark.parametrize(("rows", "notice"), [(4, None), (5, None), (6, "only the first 5 rows; there are more")])
    def test_rows_left_out_are_noticed(self, copy, rows, notice):
        answered = copy.query(f"from range({rows})", limit=5)
        assert (answered.frame.height, answered.notice) == (min(rows, 5), notice)

    def test_without_a_limit_that_of_the_copy_holds(self, path):
        with ReadCopy.open(path, QueryLimits(rows=2)) as copy:
            assert copy.query("from range(3)").notice == "only the first 2 rows; there are more"

    def test_the_size_of_an_answer_is_told_when_it_is_too_large(self, path):
        with (
            ReadCopy.open(path, QueryLimits(result_bytes=2**20)) as copy,
            pytest.raises(QueryTooLarge, match="the result has 3 MiB, more than 1"),
        ):
            copy.query("select repeat('x', 3 * 1024 * 1024)")

    def test_a_question_that_was_killed_is_the_only_one_lost(self, path):
        with ReadCopy.open(path, QueryLimits(memory_bytes=256 * 2**20)) as copy:
            with pytest.raises(QueryTooLarge, match="more memory than a query may have"):
                copy.query("select range(400000000)")
            assert answer(copy, "select 1") == [(1,)]


class TestPlaces:
    """An error of the engine points into the query as it was typed."""

    @pytest.mark.parametrize(
        ("query", "line", "column", "at"),
        [
            ("selec 1", 1, 1, "selec"),
            ("select *\nfrom\n\tnothing", 3, 2, "nothing"),
            ("select '中文', 'é', valu from observation_latest", 1, 19, "valu"),
            ("select 1 +", 1, 11, ""),
            ("explain select nothing", 1, 16, "nothing"),
            ("select cast('x' as int)", 1, 8, "cast"),
            ("describe select nothing from core.system", 1, 17, "nothing"),
        ],
    )
    def test_the_place_is_told(self, copy, query, line, column, at):
        with pytest.raises(QueryFailed) as raised:
            copy.query(query)
        place = raised.value.place
        assert (place.line, place.column) == (line, column)
        assert place.text[place.caret :].startswith(at)

    def test_a_long_line_is_cut_around_the_place(self):
        place = Place.at("select " + "a, " * 1000 + "nothing", 7 + 3000)
        assert len(place.text) <= 100
        assert place.text[place.caret :] == "nothing"

    def test_an_offset_beyond_the_end_is_the_end(self):
        assert Place.at("select", 99) == Place.at("select", 6)

    def test_an_error_reads_as_what_where_and_what_to_do(self, copy):
        with pytest.raises(QueryFailed) as raised:
            copy.query("from observation_lates")
        assert str(raised.value).splitlines() == [
            "Catalog error: Table with name observation_lates does not exist!",
            "line 1, column 6:",
            "  from observation_lates",
            "       ^",
            "did you mean observation_latest or observation_as_of or observation_fitted?",
        ]

    def test_a_name_like_none_is_not_taken_for_another(self, copy):
        with pytest.raises(QueryFailed) as raised:
            copy.query("select * from nonsuch")
        assert str(raised.value).splitlines()[-1] == "`gpt2030 tables` lists all"

    def test_many_candidates_are_shortened(self, copy):
        with pytest.raises(QueryFailed) as raised:
            copy.query("select 1 + date '2024-01-01' + date '2024-01-01'")
        assert raised.value.advice.endswith("…")
        assert len(raised.value.advice.splitlines()) <= 7


class TestEditions:
    """A copy that is open stays whole; a copy opened later is the newest."""

    @pytest.fixture
    def home(self, tmp_path):
        publish(tmp_path / "home", 0.1)
        return tmp_path / "home"

    ASK = "select distinct value from observation_latest"

    def test_an_open_copy_sees_one_edition_and_the_next_one_the_newest(self, home):
        with ReadCopy.open(home / READ_COPY_FILE) as before:
            assert answer(before, self.ASK) == [(0.1,)]
            publish(home, 0.2)
            assert answer(before, self.ASK) == [(0.1,)]
            # Within one process the engine would hand the old file to a second connection.
            with ReadCopy.open(home / READ_COPY_FILE) as after:
                assert answer(after, self.ASK) == [(0.2,)]

    def test_it_can_be_told_that_the_file_was_replaced_and_opened_again(self, home):
        with ReadCopy.open(home / READ_COPY_FILE) as copy:
            assert not copy.is_replaced
            publish(home, 0.2)
            assert copy.is_replaced
            copy.reopen()
            assert not copy.is_replaced
            assert answer(copy, self.ASK) == [(0.2,)]

    def test_the_writer_is_never_in_the_way(self, home):
        with Warehouse.open(home, now=START) as warehouse, warehouse.transaction():
            warehouse.execute("DELETE FROM core.observation")
            with ReadCopy.open(home / READ_COPY_FILE) as copy:
                assert answer(copy, self.ASK) == [(0.1,)]

    def test_a_missing_copy_says_how_to_get_one(self, tmp_path):
        with pytest.raises(CopyUnreadable, match=r"there is no read copy at .*\nrun `gpt2030 refresh` first"):
            ReadCopy.open(tmp_path / READ_COPY_FILE)

    @pytest.mark.parametrize("body", [b"", b"not a database", b"\0" * 20_000])
    def test_a_file_that_is_no_copy_is_named_as_such(self, tmp_path, body):
        (tmp_path / READ_COPY_FILE).write_bytes(body)
        with pytest.raises(CopyUnreadable, match="cannot open the read copy"):
            ReadCopy.open(tmp_path / READ_COPY_FILE)


def is_running(process_id):
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


class TestProcesses:
    """Nothing is left behind, and a terminal's Ctrl-C ends the question only."""

    def test_closing_ends_the_worker(self, path):
        with ReadCopy.open(path) as copy:
            process = copy._process
            assert process.poll() is None
        assert process.poll() is not None

    def test_ctrl_c_cancels_the_question_and_the_next_one_is_answered(self, path):
        code = """
import os, signal, sys, threading
from pathlib import Path
from warehouse.sandbox import Cancelled, ReadCopy
# As in a terminal: a suite that was started in the background has Ctrl-C ignored, and so would this.
signal.signal(signal.SIGINT, signal.default_int_handler)
with ReadCopy.open(Path(sys.argv[1])) as copy:
    worker = copy._process
    try:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        copy.query("select count(*) from range(1000000) a, range(1000000) b", seconds=60)
    except Cancelled as cancelled:
        print(cancelled, "alive" if worker.poll() is None else "ended")
    print(copy.query("select 7 as seven").frame.rows())
"""
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("cancelled ended\n[(7,)]\n", "")

    def test_the_worker_does_not_outlive_a_killed_parent(self, path):
        code = """
import os, signal, sys
from pathlib import Path
from warehouse.sandbox import ReadCopy
copy = ReadCopy.open(Path(sys.argv[1]))
print(copy._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        deadline = datetime.now(UTC) + timedelta(seconds=30)
        while is_running(int(done.stdout)) and datetime.now(UTC) < deadline:
            os.sched_yield()
        assert not is_running(int(done.stdout))

    def test_a_module_in_the_working_directory_never_takes_the_place_of_the_engine(self, path, tmp_path, monkeypatch):
        (tmp_path / "duckdb.py").write_text("raise SystemExit('imported from the working directory')")
        monkeypatch.chdir(tmp_path)
        with ReadCopy.open(path) as copy:
            assert answer(copy, "select 1") == [(1,)]


def test_text_that_is_no_text_is_refused_before_it_is_sent(copy):
    with pytest.raises(QueryRefused, match="character 9 of the query is not Unicode text"):
        copy.query("select '\udc80'")
