"""The warehouse file: migrations that apply whole or not at all, one writer, and a read copy that is always complete."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.warehouse.edition_frames import frame, run_row
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation
from warehouse import store, views
from warehouse.contracts import TABLES, core, out, raw
from warehouse.errors import NewerHome, WarehouseError
from warehouse.store import READ_COPY_FILE, ROW_GROUP, WRITER_FILE, Warehouse, publish_read_copy

ROOT = Path(__file__).parents[2]
LATER = datetime(2024, 2, 1)


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def warehouse(home):
    with Warehouse.open(home, now=START) as opened:
        yield opened


def in_another_process(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    """A fresh warehouse that nobody writes to."""
    with Warehouse.open(tmp_path_factory.mktemp("declared"), now=START) as opened:
        yield opened


class TestContracts:
    """What the contracts declare is what the file has, to the last comment."""

    def test_every_declared_table_is_there_and_no_other(self, declared):
        found = declared.rows("SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal")
        assert {name for (name,) in found} == {table.full_name for table in TABLES}

    @pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
    def test_columns_have_the_declared_order_type_emptiness_and_comment(self, declared, table):
        found = declared.rows(
            """SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns()
               WHERE schema_name = ? AND table_name = ? ORDER BY column_index""",
            [table.schema, table.name],
        )
        assert found == [(c.name, c.type, c.nullable, c.comment) for c in table.columns], (
            "a migration leaves each column where its contract has it: ADD COLUMN puts one last, before others it takes "
            "a new table into which the old one is copied, as in 0009_others.sql"
        )

    @pytest.mark.parametrize("table", TABLES, ids=lambda table: table.full_name)
    def test_tables_carry_their_comment(self, declared, table):
        asked = "SELECT comment FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?"
        assert declared.rows(asked, [table.schema, table.name]) == [(table.comment,)]


class TestMigrations:
    """Each migration is committed together with its record, once."""

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        """A copy of the migrations that a test may add to."""
        here = tmp_path / "package"
        shutil.copytree(store.HERE / "migrations", here / "migrations")
        monkeypatch.setattr(store, "HERE", here)
        return here / "migrations"

    def applied(self, warehouse):
        return dict(warehouse.rows("SELECT migration_id, applied_at FROM raw.migration"))

    def test_each_has_its_record(self, warehouse):
        names = [path.stem for path in (store.HERE / "migrations").glob("*.sql")]
        assert self.applied(warehouse) == dict.fromkeys([*names, "views", "comments"], START)

    def test_a_file_that_a_newer_program_wrote_is_left_alone(self, home):
        with Warehouse.open(home, now=START) as warehouse:
            warehouse.execute("INSERT INTO raw.migration VALUES ('9999_later', ?, ?)", ["0" * 64, START])
        with pytest.raises(NewerHome, match=r"9999_later.*use that version"):
            Warehouse.open(home, now=LATER)

    def test_a_table_that_somebody_dropped_is_named(self, home):
        with Warehouse.open(home, now=START) as warehouse:
            warehouse.execute("DROP TABLE core.fit")
        with pytest.raises(WarehouseError, match=r"lacks core\.fit.*restore the file from a backup"):
            Warehouse.open(home, now=LATER)

    def test_opening_again_applies_nothing(self, home):
        for now in (START, LATER):
            with Warehouse.open(home, now=now) as warehouse:
                assert set(self.applied(warehouse).values()) == {START}

    def test_a_new_one_is_applied_once_and_keeps_the_data(self, home, folder):
        with Warehouse.open(home, now=START) as warehouse:
            arrive(warehouse, "publisher", START, [observation("a", 0.1)])
        (folder / "0099_more.sql").write_text("CREATE TABLE core.more (a INTEGER); INSERT INTO core.more VALUES (1);")
        for _ in range(2):
            with Warehouse.open(home, now=LATER) as warehouse:
                assert warehouse.rows("SELECT a FROM core.more") == [(1,)]
                assert self.applied(warehouse)["0099_more"] == LATER
                assert warehouse.rows("SELECT count(*) FROM observation_latest") == [(1,)]

    def test_one_that_fails_leaves_neither_its_tables_nor_its_record(self, home, folder):
        with Warehouse.open(home, now=START):
            pass
        (folder / "0099_more.sql").write_text("CREATE TABLE core.more (a INTEGER); SELECT error('half way');")
        with pytest.raises(WarehouseError, match=r"cannot apply 0099_more to .*half way.*as it was before"):
            Warehouse.open(home, now=LATER)
        (folder / "0099_more.sql").unlink()
        with Warehouse.open(home, now=LATER) as warehouse:
            assert "0099_more" not in self.applied(warehouse)
            assert warehouse.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'more'") == []

    def test_one_that_fails_lets_go_of_the_file(self, home, folder):
        (folder / "0099_more.sql").write_text("SELECT error('no');")
        with pytest.raises(WarehouseError):
            Warehouse.open(home, now=START)
        code = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('SELECT 1')"
        assert in_another_process(code, home / WRITER_FILE).returncode == 0

    def test_views_are_applied_again_when_their_text_changes(self, home, monkeypatch, tmp_path):
        with Warehouse.open(home, now=START):
            pass
        changed = tmp_path / "views"
        shutil.copytree(views.HERE, changed)
        (changed / "9_extra.sql").write_text("CREATE OR REPLACE VIEW extra AS SELECT 1 AS one;")
        monkeypatch.setattr(views, "HERE", changed)
        with Warehouse.open(home, now=LATER) as warehouse:
            assert warehouse.rows("FROM extra") == [(1,)]
            found = self.applied(warehouse)
            assert found.pop("views") == LATER
            assert set(found.values()) == {START}


def test_a_warehouse_copied_for_tests_is_one_that_was_made(warehouse, tmp_path):
    # Not the text of views: DuckDB prints it otherwise once it has been read from a file.
    asked = (
        "SELECT table_name, sql, comment FROM duckdb_tables() ORDER BY ALL",
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL",
        "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
        "SELECT function_name, parameters, comment FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
        "SELECT migration_id, sha256 FROM raw.migration ORDER BY ALL",
    )
    with fresh(tmp_path / "other", now=START) as copied:
        for query in asked:
            assert copied.rows(query) == warehouse.rows(query) != []


class TestTransactions:
    """Committed together, or not at all, even when the process is killed."""

    def test_an_error_takes_everything_back(self, warehouse):
        with pytest.raises(ValueError, match="stop"), warehouse.transaction():
            arrive_in_transaction(warehouse)
            raise ValueError("stop")
        assert warehouse.rows("SELECT count(*) FROM core.observation") == [(0,)]

    def test_the_connection_is_usable_afterwards(self, warehouse):
        with pytest.raises(ValueError, match="stop"), warehouse.transaction():
            raise ValueError("stop")
        with warehouse.transaction():
            arrive_in_transaction(warehouse)
        assert warehouse.rows("SELECT count(*) FROM core.observation") == [(1,)]

    def test_a_killed_process_leaves_what_it_committed_and_nothing_else(self, home):
        code = """
import os, signal, sys
from pathlib import Path
from tests.warehouse.vintages_made import START, arrive, moment, observation, observations, origin
from warehouse.contracts import core
from warehouse.store import Warehouse
from warehouse.vintages import land
warehouse = Warehouse.open(Path(sys.argv[1]), now=START)
arrive(warehouse, "publisher", moment(0), [observation("a", 0.1)])
warehouse.execute("BEGIN TRANSACTION")
land(warehouse, core.OBSERVATION, observations([observation("a", 0.9)]), origin("publisher", moment(1)))
os.kill(os.getpid(), signal.SIGKILL)
"""
        assert in_another_process(code, home).returncode == -9
        with Warehouse.open(home, now=LATER) as warehouse:
            assert warehouse.rows("SELECT value, superseded_at FROM core.observation") == [(0.1, None)]


def arrive_in_transaction(warehouse):
    names = core.OBSERVATION.column_names
    kept = {
        "source_id": "p",
        "feed": "f",
        "snapshot_id": "s",
        "recorded_at": START,
        "is_deleted": False,
        "is_backfilled": False,
    }
    row = observation("a", 0.1) | kept
    warehouse.insert(core.OBSERVATION, frame(core.OBSERVATION, [row]).select(names))


class TestWriting:
    """One writer; rows matched by name; nothing left registered."""

    def test_a_client_of_the_writers_file_is_refused_and_told_what_to_open(self, warehouse, home):
        code = """
import sys
from datetime import datetime
from pathlib import Path
from warehouse.errors import WarehouseError
from warehouse.store import Warehouse
try:
    Warehouse.open_file(Path(sys.argv[1]) / "warehouse.duckdb")
except WarehouseError as error:
    print(error)
"""
        said = in_another_process(code, home).stdout
        assert f"cannot open {home / WRITER_FILE} for writing" in said
        assert f"open {READ_COPY_FILE} instead" in said

    def test_a_file_that_is_no_warehouse_is_named(self, home):
        home.mkdir()
        (home / WRITER_FILE).write_text("not a database" * 1000)
        with pytest.raises(WarehouseError, match=WRITER_FILE):
            Warehouse.open(home, now=START)

    def test_columns_are_matched_by_name_and_cast_to_the_contract(self, warehouse):
        rows = pl.DataFrame({"applied_at": [LATER], "sha256": ["0" * 64], "migration_id": ["x"]})
        assert warehouse.insert(raw.MIGRATION, rows) == 1
        (found,) = warehouse.rows("SELECT applied_at FROM raw.migration WHERE migration_id = 'x'")
        assert found == (LATER,)
        runs = frame(out.RUN, [run_row()]).with_columns(pl.col("run_number").cast(pl.Int8))
        assert warehouse.insert(out.RUN, runs) == 1

    def test_no_rows_are_no_statement(self, warehouse):
        assert warehouse.insert(out.RUN, pl.DataFrame()) == 0

    def test_a_frame_is_registered_only_inside(self, warehouse):
        with pytest.raises(ValueError, match="stop"), warehouse.registered("mine", pl.DataFrame({"a": [1]})):
            assert warehouse.rows("FROM mine") == [(1,)]
            raise ValueError("stop")
        with pytest.raises(duckdb.CatalogException):
            warehouse.rows("FROM mine")

    def test_a_frame_of_several_row_groups_is_streamed_whole_and_in_order(self, warehouse):
        numbers = pl.select(
            a=pl.int_range(2 * ROW_GROUP + 1), b=pl.format("text of row {}", pl.int_range(2 * ROW_GROUP + 1))
        )
        uneven = pl.concat([numbers.head(ROW_GROUP - 5), numbers.tail(ROW_GROUP + 6)])
        with warehouse.streamed("mine", uneven):
            assert warehouse.frame("FROM mine").equals(numbers)

    def test_a_frame_without_rows_is_streamed_with_its_columns(self, warehouse):
        with warehouse.streamed("mine", pl.DataFrame({"a": ["x"]}).clear()):
            assert warehouse.frame("FROM mine").columns == ["a"]

    def test_a_variable_of_python_never_stands_in_for_a_table(self, warehouse):
        mine = pl.DataFrame({"a": [1]})
        with pytest.raises(duckdb.CatalogException):
            warehouse.rows("FROM mine")
        assert mine.height == 1

    def test_a_query_with_and_without_parameters_gives_a_frame(self, warehouse):
        assert warehouse.frame("SELECT 1 AS a").equals(warehouse.frame("SELECT CAST(? AS INTEGER) AS a", [1]))


class TestReadCopy:
    """The copy is complete, replaced in one step, and no reader ever sees a mixture."""

    def publish(self, warehouse, home):
        warehouse.write_copy(home / "candidate.duckdb")
        publish_read_copy(home / "candidate.duckdb", home)

    def test_it_has_every_commit_table_view_and_comment(self, warehouse, home):
        arrive(warehouse, "publisher", moment(0), [observation("a", 0.1)])
        self.publish(warehouse, home)
        about = """SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal
                   ORDER BY ALL"""
        with duckdb.connect(str(home / READ_COPY_FILE), read_only=True) as reader:
            assert reader.execute(about).fetchall() == warehouse.rows(about)
            assert reader.execute("SELECT value FROM observation_latest").fetchall() == [(0.1,)]
        assert not (home / "candidate.duckdb").exists()

    def test_the_writer_goes_on_while_the_copy_is_read(self, warehouse, home):
        self.publish(warehouse, home)
        with duckdb.connect(str(home / READ_COPY_FILE), read_only=True) as reader:
            arrive(warehouse, "publisher", moment(0), [observation("a", 0.1)])
            self.publish(warehouse, home)
            assert reader.execute("SELECT count(*) FROM core.observation").fetchall() == [(0,)]
        with duckdb.connect(str(home / READ_COPY_FILE), read_only=True) as reader:
            assert reader.execute("SELECT count(*) FROM core.observation").fetchall() == [(1,)]

    @pytest.mark.slow
    def test_eight_readers_of_200_queries_see_whole_copies_only_while_20_are_published(self, warehouse, home):
        """Each copy holds one more observation and one more run; a reader that saw a mixture would count them apart."""
        self.publish(warehouse, home)
        code = """
import sys, duckdb
for number in range(200):
    with duckdb.connect(sys.argv[1], read_only=True) as reader:
        reader.execute("SET enable_progress_bar = false")  # which a busy machine would draw among the answers
        counts = reader.execute("SELECT (SELECT count(*) FROM observation_latest), (SELECT count(*) FROM out.run)")
        observations, runs = counts.fetchall()[0]
        assert observations == runs, (observations, runs)
        print(runs)
"""
        command = [sys.executable, "-c", code, str(home / READ_COPY_FILE)]
        readers = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)
        ]
        number = 0
        while number < 20 or any(reader.poll() is None for reader in readers):
            number += 1
            with warehouse.transaction():
                warehouse.insert(out.RUN, frame(out.RUN, [run_row() | {"run_id": f"r{number}", "run_number": number}]))
                warehouse.insert(core.OBSERVATION, self.one_more(number))
            self.publish(warehouse, home)
        for reader in readers:
            seen, complaints = reader.communicate()
            assert (reader.returncode, complaints) == (0, "")
            assert len(seen.split()) == 200
            assert len(set(seen.split())) > 1, "the copy was never replaced while it was read"

    def one_more(self, number):
        kept = {
            "source_id": "p",
            "feed": "f",
            "snapshot_id": "s",
            "recorded_at": START,
            "is_deleted": False,
            "is_backfilled": False,
        }
        return frame(core.OBSERVATION, [observation(f"row-{number}", 0.1) | kept])

    def test_a_copy_can_be_opened_as_it_is_to_be_completed(self, warehouse, home):
        warehouse.write_copy(home / "candidate.duckdb")
        with Warehouse.open_file(home / "candidate.duckdb") as candidate, candidate.transaction():
            candidate.insert(out.RUN, frame(out.RUN, [run_row()]))
        publish_read_copy(home / "candidate.duckdb", home)
        with duckdb.connect(str(home / READ_COPY_FILE), read_only=True) as reader:
            assert reader.execute("SELECT run_id FROM out.run").fetchall() == [("r",)]
        assert warehouse.rows("SELECT count(*) FROM out.run") == [(0,)]

    def test_files_are_written_in_a_format_that_old_clients_read(self, warehouse, home):
        (found,) = warehouse.rows("SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal")
        assert found == ("v1.0.0+",)
