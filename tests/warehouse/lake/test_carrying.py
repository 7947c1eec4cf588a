"""Carrying a warehouse over: row for row whatever happened in between, one snapshot an edition, and back again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import law
from tests.postgres import create_database, postgres
from tests.warehouse.edition_frames import EDITION, frame
from warehouse.contracts import out, raw
from warehouse.lake import extensions
from warehouse.lake.address import LakeAddress
from warehouse.lake.carrying import ATTEMPTS, NotTheSame, fetch, share, verify
from warehouse.lake.lake import Lake, LakeConflict, LakeUnreachable
from warehouse.store import WRITER_FILE, Warehouse

AT = datetime(2026, 11, 28, 6)
DAY = date(2026, 11, 28)
pytestmark = pytest.mark.slow


class Team:
    """A home with a warehouse, and the shared one that it goes to."""

    def __init__(self, home, address, empty):
        self.home, self.address = home, address
        home.mkdir()
        shutil.copy(empty, self.file)

    @property
    def file(self):
        return self.home / WRITER_FILE

    def publish(self, number, *statements):
        """An edition of its own, after whatever else happens to the warehouse."""
        edition = EDITION | {
            "edition_id": f"e{number}",
            "origin_date": DAY,
            "issued_at": AT + timedelta(seconds=number % 10**6),
        }
        with Warehouse.open(self.home, now=AT) as warehouse:
            warehouse.insert(out.EDITION, frame(out.EDITION, [edition]))
            for statement in statements:
                warehouse.execute(statement)
        return edition["edition_id"]

    def share(self, edition_id, **how):
        with Lake.open(self.address, **how) as lake:
            return share(lake, self.file, edition_id)

    def rows(self, sql, **how):
        with Lake.open(self.address, **how) as lake:
            return lake.rows(sql)


@pytest.fixture(scope="module")
def server():
    with postgres() as words:
        yield words


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A warehouse file without rows of ours."""
    home = tmp_path_factory.mktemp("empty")
    with Warehouse.open(home, now=AT):
        pass
    return home / WRITER_FILE


@pytest.fixture
def team(server, empty, tmp_path):
    words = create_database(server, f"t{time.monotonic_ns()}")
    return Team(tmp_path / "home", LakeAddress.parse(f"ducklake:postgres:{words}", tmp_path / "data"), empty)


@pytest.fixture
def alone(empty, tmp_path):
    """A team on one machine: its catalog is a file."""
    return Team(tmp_path / "home", LakeAddress.parse(f"ducklake:sqlite:{tmp_path / 'team.sqlite'}"), empty)


@pytest.fixture(params=["team", "alone"])
def either(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def long_shared(server, empty, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    address = LakeAddress.parse(f"ducklake:postgres:{create_database(server, 'history')}", folder / "data")
    return Team(folder / "home", address, empty)


def look(identifier, detail):
    return f"INSERT INTO raw.look VALUES ('{identifier}', 's', 'f', 'u', TIMESTAMP '{AT}', 'new', 200, NULL, {detail})"


def test_what_is_shared_is_what_is_published_row_for_row(either):
    shared = either.share(either.publish(1, look("a", "'one'"), look("a", "'one'")), is_new=True)
    with Lake.open(either.address) as lake:
        assert verify(lake, either.file) == shared.rows
    assert either.rows("SELECT count(*) FROM raw.look") == [(2,)]


def test_only_the_difference_is_carried_and_nothing_makes_no_snapshot(either):
    either.share(either.publish(1, look("a", "'one'"), look("b", "NULL")), is_new=True)
    edition_id = either.publish(2, "UPDATE raw.look SET detail = 'two' WHERE look_id = 'b'", look("c", "NULL"))
    # The edition, the row that changed and the new one; the row as it was.
    assert either.share(edition_id)[1:3] == (3, 1)
    before = either.rows("SELECT max(snapshot_id) FROM ducklake_snapshots('gpt2030')")
    assert either.share(edition_id)[1:3] == (0, 0)
    assert either.rows("SELECT max(snapshot_id) FROM ducklake_snapshots('gpt2030')") == before


def test_a_reader_pinned_to_an_edition_goes_on_seeing_it(team):
    team.share(team.publish(1, look("a", "'one'")), is_new=True)
    with Lake.open(team.address) as lake:
        (pin,) = lake.editions()
    with Lake.open(team.address, snapshot_id=pin.snapshot_id) as pinned:
        seen = pinned.rows("SELECT look_id, detail FROM raw.look ORDER BY ALL")
        for number in range(2, 6):
            team.share(team.publish(number, f"UPDATE raw.look SET detail = '{number}'", look(f"n{number}", "NULL")))
            assert pinned.rows("SELECT look_id, detail FROM raw.look ORDER BY ALL") == seen == [("a", "one")]
            assert pinned.rows("SELECT edition_id FROM out.edition") == [("e1",)]
    with Lake.open(team.address) as lake:
        assert [one.edition_id for one in lake.editions()] == ["e1", "e2", "e3", "e4", "e5"]


def test_views_and_macros_answer_as_in_the_read_copy(team):
    team.share(team.publish(1), is_new=True)
    assert team.rows("SELECT count(*) FROM observation_latest") == [(0,)]
    assert team.rows("SELECT count(*) FROM observation_as_of('2026-01-01')") == [(0,)]
    comments = team.rows(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'gpt2030' AND schema_name = 'out' AND comment IS NULL"
    )
    assert comments == [(0,)]


def test_it_comes_back_row_for_row_with_its_keys(either, tmp_path):
    shared = either.share(either.publish(1, look("a", "'one'")), is_new=True)
    (tmp_path / "other").mkdir()
    with Warehouse.open_file(tmp_path / "other" / WRITER_FILE) as empty:
        empty.migrate(AT)
    with Lake.open(either.address) as lake:
        assert fetch(lake, tmp_path / "other" / WRITER_FILE) == shared.rows
    with Warehouse.open(tmp_path / "other", now=AT) as back:
        assert back.rows("SELECT look_id, detail FROM raw.look") == [("a", "one")]


def test_another_home_is_refused_and_nothing_is_written(team, empty, tmp_path):
    team.share(team.publish(1), is_new=True)
    stranger = Team(tmp_path / "stranger", team.address, empty)
    edition_id = stranger.publish(2)
    with pytest.raises(NotTheSame, match="e1, which this home never made"):
        stranger.share(edition_id)
    with Lake.open(team.address) as lake:
        verify(lake, team.file)


def test_tables_of_an_earlier_version_are_made_anew_and_old_snapshots_stay(team):
    team.share(team.publish(1, look("a", "'one'")), is_new=True)
    with Lake.open(team.address) as lake:
        (first,) = lake.editions()
        lake.execute("ALTER TABLE raw.look DROP COLUMN detail")
    team.share(team.publish(2))
    with Lake.open(team.address) as lake:
        verify(lake, team.file)
    assert team.rows("SELECT detail FROM raw.look", snapshot_id=first.snapshot_id) == [("one",)]


def test_a_table_of_before_makes_room_for_the_view_of_its_name(team):
    team.share(team.publish(1), is_new=True)
    with Lake.open(team.address) as lake:
        lake.execute("DROP VIEW out.property")
        lake.execute("CREATE TABLE out.property (edition_id VARCHAR)")
        # As an earlier version leaves it, with views of its own.
        lake.execute(f"DELETE FROM {raw.MIGRATION.full_name} WHERE migration_id = 'views'")
    team.share(team.publish(2))
    with Lake.open(team.address) as lake:
        verify(lake, team.file)
    assert team.rows("SELECT count(detail_json) FROM out.property") == [(0,)]


def test_a_newer_version_is_not_written_over(team):
    team.share(team.publish(1), is_new=True)
    with Lake.open(team.address) as lake:
        lake.execute(f"INSERT INTO {raw.MIGRATION.full_name} VALUES ('9999_later', 'x', TIMESTAMP '{AT}')")
    edition_id = team.publish(2)
    with pytest.raises(NotTheSame, match="newer gpt2030"):
        team.share(edition_id)


def test_killed_at_any_moment_it_shows_one_edition_whole_and_the_next_share_mends_it(team):
    team.share(team.publish(1), is_new=True)
    script = (
        "import sys; from pathlib import Path; from warehouse.lake.address import LakeAddress;"
        "from warehouse.lake.lake import Lake; from warehouse.lake.carrying import share;"
        "lake = Lake.open(LakeAddress.parse(sys.argv[1])); print(flush=True); share(lake, Path(sys.argv[2]), sys.argv[3])"
    )
    for number, after in enumerate((0.02, 0.2, 0.5), start=2):
        edition_id = team.publish(number, *(look(f"{number}-{n}", "NULL") for n in range(50)))
        child = subprocess.Popen(
            [sys.executable, "-c", script, team.address.url, str(team.file), edition_id], stdout=subprocess.PIPE
        )
        child.stdout.readline()
        time.sleep(after)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        shown = team.rows("SELECT (SELECT count(*) FROM out.edition), (SELECT count(*) FROM raw.look)")
        assert shown in ([(n, 50 * (n - 1))] for n in (number - 1, number))
        team.share(edition_id)
        with Lake.open(team.address) as lake:
            verify(lake, team.file)


class Contested(Lake):
    """A shared warehouse to which somebody else commits while we write, as often as `others` says."""

    others = 0

    def name_snapshot(self, edition_id):
        super().name_snapshot(edition_id)
        if self.others:
            self.others -= 1
            raise LakeConflict("another transaction has altered the same table")


@pytest.mark.parametrize("others", [1, ATTEMPTS - 1])
def test_when_somebody_else_writes_meanwhile_the_difference_is_taken_anew(team, others):
    team.share(team.publish(1), is_new=True)
    edition_id = team.publish(2, look("a", "'one'"))
    with Contested.open(team.address) as lake:
        lake.others = others
        assert share(lake, team.file, edition_id).added == 2
        verify(lake, team.file)


def test_who_is_never_let_through_is_told_and_leaves_what_stood(team):
    team.share(team.publish(1), is_new=True)
    edition_id = team.publish(2, look("a", "'one'"))
    with Contested.open(team.address) as lake:
        lake.others = ATTEMPTS
        with pytest.raises(LakeConflict):
            share(lake, team.file, edition_id)
    assert team.rows("SELECT (SELECT count(*) FROM out.edition), (SELECT count(*) FROM raw.look)") == [(1, 0)]


def test_one_that_does_not_exist_is_not_made_by_the_way(team):
    edition_id = team.publish(1)
    with pytest.raises(LakeUnreachable, match="does not exist"):
        team.share(edition_id)


class TestAnyHistory:
    """Rows come, go and change as they like: after each share the two say the same."""

    CELLS = st.sampled_from(["NULL", "''", "''''", "'é\n'", f"'{'x' * 300}'"])
    ROWS = st.lists(st.tuples(st.sampled_from("abc"), CELLS), max_size=6)

    # One history all along: what one example leaves behind is what the next one starts from.
    @given(rows=ROWS)
    @law(8)
    def test_they_are_alike(self, long_shared, rows):
        edition_id = long_shared.publish(time.monotonic_ns(), "DELETE FROM raw.look", *(look(*row) for row in rows))
        long_shared.share(edition_id, is_new=True)
        with Lake.open(long_shared.address) as lake:
            verify(lake, long_shared.file)


def test_an_engine_without_the_extension_says_what_to_install(monkeypatch):
    monkeypatch.setattr(extensions, "find_spec", lambda _: None)
    with pytest.raises(extensions.NoExtension, match=r"duckdb-extension-ducklake.*make lake"):
        Lake.open(LakeAddress.parse("ducklake:postgres:dbname=x"))
