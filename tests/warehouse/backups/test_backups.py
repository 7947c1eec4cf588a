"""A backup is whole or refused: what was in a home is in it, what is damaged, foreign or malicious makes no home."""

import hashlib
import io
import json
import os
import random
import shutil
import signal
import subprocess
import tarfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from tests.warehouse.fresh import fresh
from warehouse.backups import archive
from warehouse.backups.backup import gathered, write_backup
from warehouse.backups.restore import Destination, restore
from warehouse.editions import EditionShelf
from warehouse.errors import HomeBusy, NewerHome, WarehouseError
from warehouse.lock import Claim, locked
from warehouse.publication import publish_copy
from warehouse.reader import Reader
from warehouse.snapshots import SnapshotStore
from warehouse.store import READ_COPY_FILE, WRITER_FILE, Warehouse

NOW = datetime(2026, 11, 26, 6, 17)
FIRST, SECOND = "2026-11-25-aaaaaaaa", "2026-11-26-bbbbbbbb"


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


@pytest.fixture(scope="module")
def small_home(tmp_path_factory):
    """Two editions that share a file, a snapshot, a declared correction, and what is nobody's business."""
    folder = tmp_path_factory.mktemp("small") / "home"
    with fresh(folder, now=NOW) as warehouse:
        publish_copy(warehouse, folder)
    SnapshotStore(folder).keep(b"bytes of a publisher")
    shelf = EditionShelf(folder)
    for edition_id, page in ((FIRST, b"one"), (SECOND, b"two")):
        shelf.write(edition_id, {"index.html": page, "rows/same.svg": b"the same" * 100}, {"edition_id": edition_id})
        shelf.settle(edition_id)
        shelf.point_latest(edition_id)
    (folder / "corrections.toml").write_text("")
    (folder / "prefect").mkdir()
    (folder / "prefect" / "prefect.db").write_bytes(b"secret-of-prefect")
    (folder / "sql_history").write_text("SELECT 'secret of a user'")
    return folder


@pytest.fixture(scope="module")
def small_backup(small_home, tmp_path_factory):
    target = tmp_path_factory.mktemp("made") / "backup"
    back_up(small_home, target)
    return target


@pytest.fixture
def home(small_home, tmp_path):
    """A copy of that home to work in, with its links."""
    subprocess.run(["cp", "-a", small_home, tmp_path / "home"], check=True)
    return tmp_path / "home"


@pytest.fixture
def made(small_backup, tmp_path):
    return Path(shutil.copy(small_backup, tmp_path / "backup.gpt2030"))


def back_up(home, target, between=lambda: None):
    with ExitStack() as held:
        held.enter_context(locked(home, Claim("backup", NOW, 0)))
        with gathered(home, held) as found:
            return write_backup(found, target, (NOW, "1.0"), between)


@pytest.fixture
def put(tmp_path):
    def make(backup, between=lambda: None):
        place = Destination(tmp_path / "new" / "home", Claim("restore", NOW, 0), prepare, between)
        return restore(backup, place)

    return make


def prepare(folder):
    folder.mkdir(parents=True, exist_ok=True)


def refused(put, tmp_path, backup, error=archive.BadBackup):
    """Why a file is refused, when nothing at all is left of the attempt."""
    with pytest.raises(error) as told:
        put(backup)
    assert not (tmp_path / "new").exists() or list((tmp_path / "new").iterdir()) == []
    assert str(backup) in str(told.value)
    return str(told.value)


class TestWhole:
    """What was in the home is in the one made from it, and nothing else."""

    def test_every_file_comes_back_byte_for_byte(self, home, made, put, tmp_path):
        put(made)
        found = content(tmp_path / "new" / "home")
        kept = {name: body for name, body in content(home).items() if name not in {"prefect/prefect.db", "sql_history"}}
        assert set(found) == set(kept)
        different = {name for name in kept if kept[name] != found[name]}
        assert different <= {WRITER_FILE}  # which was written into the file from its log, as when it is closed

    def test_the_edition_in_force_is_named(self, made, put, tmp_path):
        assert put(made).head.edition_id == SECOND
        assert EditionShelf(tmp_path / "new" / "home").latest() == SECOND
        assert EditionShelf(tmp_path / "new" / "home").verify(SECOND)

    def test_what_editions_share_lies_in_it_and_on_the_disk_once(self, made, put, tmp_path):
        names = [name for name, _ in members(made)]
        assert sum(name.endswith("same.svg") for name in names) == 1
        put(made)
        editions = tmp_path / "new" / "home" / "editions"
        assert (editions / FIRST / "rows/same.svg").samefile(editions / SECOND / "rows/same.svg")

    def test_what_prefect_keeps_and_what_a_user_typed_are_not_in_it(self, made):
        everything = b"".join(body for _, body in members(made))
        assert b"secret" not in everything

    def test_the_warehouse_can_be_written_on(self, made, put, tmp_path):
        put(made)
        with Warehouse.open(tmp_path / "new" / "home", now=NOW) as warehouse:
            publish_copy(warehouse, warehouse.path.parent)

    def test_nobody_may_write_to_the_read_copy(self, made, put, tmp_path):
        put(made)
        assert (tmp_path / "new" / "home" / READ_COPY_FILE).stat().st_mode & 0o222 == 0

    def test_an_edition_that_was_not_published_is_left_out(self, home, put, tmp_path):
        EditionShelf(home).write("2026-11-27-cccccccc", {"index.html": b"three"}, {})
        back_up(home, tmp_path / "file")
        put(tmp_path / "file")
        assert not (tmp_path / "new" / "home" / "editions" / "2026-11-27-cccccccc").exists()

    def test_a_snapshot_that_was_damaged_before_is_told(self, home, tmp_path):
        name = hashlib.sha256(b"bytes of a publisher").hexdigest()
        (home / "snapshots" / name[:2] / name).write_bytes(b"other bytes")
        assert back_up(home, tmp_path / "file").damaged == (f"snapshots/{name[:2]}/{name}",)


class TestBesideOthers:
    """A home is at work while it is backed up."""

    def test_it_waits_for_whoever_writes(self, home, tmp_path):
        read, write = os.pipe()
        child = os.fork()
        if not child:  # another process: in this one the lock would be ours already
            with locked(home, Claim("gpt2030 refresh", NOW)):
                os.write(write, b".")
                signal.pause()
        os.read(read, 1)
        try:
            with pytest.raises(HomeBusy, match="gpt2030 refresh"):
                back_up(home, tmp_path / "file")
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)
        assert not (tmp_path / "file").exists()

    def test_what_is_written_after_the_copy_is_not_in_it_and_harms_nothing(self, home, put, tmp_path):
        with ExitStack() as held:
            held.enter_context(locked(home, Claim("backup", NOW, 0)))
            with gathered(home, held) as found:
                with Warehouse.open(home, now=NOW, claim=Claim("refresh", NOW, 0)) as warehouse:
                    warehouse.execute("CREATE TABLE raw.later AS SELECT range AS n FROM range(200000)")
                    publish_copy(warehouse, home)
                write_backup(found, tmp_path / "file", (NOW, "1.0"), lambda: None)
        put(tmp_path / "file")
        for name in (WRITER_FILE, READ_COPY_FILE):
            with Reader(tmp_path / "new" / "home" / name) as reader:
                assert reader.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'later'") == [(0,)]

    def test_nothing_is_left_in_the_home(self, home, tmp_path):
        back_up(home, tmp_path / "file")
        assert [path.name for path in home.iterdir() if ".tmp" in path.name] == []


class TestStopped:
    """A backup or a restore that ends in the middle leaves nothing."""

    def test_no_file_comes_of_a_backup_that_was_stopped(self, home, tmp_path):
        with pytest.raises(Interruption):
            back_up(home, tmp_path / "file", between=Interruption.after(3))
        assert [path.name for path in tmp_path.iterdir()] == ["home"]

    def test_an_older_backup_stays_when_the_new_one_does_not_come_about(self, home, made):
        before = made.read_bytes()
        with pytest.raises(Interruption):
            back_up(home, made, between=Interruption.after(3))
        assert made.read_bytes() == before

    @pytest.mark.parametrize("count", range(1, 8))
    def test_no_home_comes_of_a_restore_that_was_stopped(self, made, put, tmp_path, count):
        with pytest.raises(Interruption):
            put(made, between=Interruption.after(count))
        assert list((tmp_path / "new").iterdir()) == []

    def test_what_a_killed_restore_has_left_is_removed_by_the_next(self, made, put, tmp_path):
        left = tmp_path / "new" / ".home.restore.tmp"
        (left / "snapshots").mkdir(parents=True)
        (left / WRITER_FILE).write_bytes(b"half")
        put(made)
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["home"]


class Interruption(BaseException):
    """Somebody stopped it."""

    @classmethod
    def after(cls, count):
        steps = iter(range(count - 1))

        def between():
            if next(steps, None) is None:
                raise cls

        return between


class TestRefusedHomes:
    """Nothing that is there is overwritten."""

    def test_a_home_that_is_not_empty_stays_as_it_is(self, made, put, tmp_path):
        prepare(tmp_path / "new" / "home")
        (tmp_path / "new" / "home" / "mine").write_text("mine")
        with pytest.raises(WarehouseError, match=r"is not empty.*--home"):
            put(made)
        assert content(tmp_path / "new") == {"home/mine": b"mine"}

    def test_an_empty_folder_is_a_place(self, made, put, tmp_path):
        prepare(tmp_path / "new" / "home")
        assert put(made).files == 10

    def test_a_file_that_is_no_backup_is_not_overwritten_by_one(self, home, tmp_path):
        (tmp_path / "letter.txt").write_text("dear diary")
        with pytest.raises(WarehouseError, match="no backup of gpt2030"):
            back_up(home, tmp_path / "letter.txt")
        assert (tmp_path / "letter.txt").read_text() == "dear diary"


def members(path):
    with pa.input_stream(str(path), "zstd") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]


def write(path, those):
    """An archive of members: (name, body), or a TarInfo for something that is no file."""
    with (
        pa.output_stream(str(path), "zstd") as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        for one in those:
            if isinstance(one, tarfile.TarInfo):
                tar.addfile(one)
                continue
            info = tarfile.TarInfo(one[0])
            info.size = len(one[1])
            tar.addfile(info, io.BytesIO(one[1]))


def forge(path, change, **head):
    """Write a backup anew with other files, sums and seal all in order, as somebody would who means ill."""
    said = members(path)
    files = {
        name: archive.Packed(one["member"], one["sha256"])
        for name, one in json.loads(dict(said)["manifest.json"]).items()
    }
    bodies = {name: body for name, body in said if name in files}
    change(files, bodies)
    seal(path, said[0][1], files, bodies.items(), head)


def seal(path, head, files, bodies, changed):
    opening = archive.as_json(json.loads(head) | changed)
    manifest = archive.manifest_bytes(files)
    sum_of_all = hashlib.sha256(opening + manifest).hexdigest().encode()
    write(path, [(archive.HEAD, opening), *bodies, (archive.MANIFEST, manifest), (archive.SEAL, sum_of_all)])


class TestRefusedFiles:
    """Damaged, foreign, newer or malicious: refused with the reason, and nothing is left behind."""

    @pytest.mark.parametrize("body", [b"", b"this is no backup", b"\x28\xb5\x2f\xfd", bytes(5000)])
    def test_a_foreign_file(self, put, tmp_path, body):
        (tmp_path / "file").write_bytes(body)
        assert "no backup of gpt2030" in refused(put, tmp_path, tmp_path / "file")

    def test_another_archive(self, put, tmp_path):
        write(tmp_path / "file", [("readme.txt", b"hello")])
        assert "no backup of gpt2030" in refused(put, tmp_path, tmp_path / "file")

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_one_that_was_cut_off(self, made, put, tmp_path, share):
        made.write_bytes(made.read_bytes()[: int(made.stat().st_size * share)])
        refused(put, tmp_path, made)

    def test_a_changed_bit_is_seen_wherever_it_is_or_changes_nothing(self, home, made, put, tmp_path):
        whole, chance = made.read_bytes(), random.Random(1)
        put(made)
        expected = content(tmp_path / "new" / "home")
        for _ in range(60):
            place = chance.randrange(len(whole))
            made.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
            shutil.rmtree(tmp_path / "new")
            try:
                put(made)
            except WarehouseError:
                prepare(tmp_path / "new")
                assert list((tmp_path / "new").iterdir()) == []
            else:
                assert content(tmp_path / "new" / "home") == expected

    @pytest.mark.parametrize("name", [WRITER_FILE, "editions/" + SECOND + "/index.html"])
    def test_a_file_of_other_bytes_than_its_sum(self, made, put, tmp_path, name):
        forge(made, lambda _, bodies: bodies.update({name: bodies[name][:-1] + b"?"}))
        assert f"{name}: expected sha256" in refused(put, tmp_path, made)

    def test_a_file_that_is_missing_or_too_many(self, made, put, tmp_path):
        forge(made, lambda _, bodies: bodies.pop("corrections.toml"))
        assert "corrections.toml is missing" in refused(put, tmp_path, made)

    @pytest.mark.parametrize(
        "name",
        ["../outside", "/tmp/outside", "editions/../../outside", "editions/x/../../../outside", "editions/x//y",
         "prefect/prefect.db", "gpt2030.toml", ".hidden", "editions/.x/y", "snapshots/ab/cd", "editions\\x\\y",
         "lock", "editions/latest", "warehouse.duckdb.wal", "gpt2030.duckdb.wal", "warehouse.duckdb\n"],
    )  # fmt: skip
    def test_a_name_that_no_home_has_wherever_it_stands(self, made, put, tmp_path, name):
        kept = made.read_bytes()
        body = b"outside"
        entry = archive.Packed(name, hashlib.sha256(body).hexdigest())
        forge(made, lambda files, bodies: (files.update({name: entry}), bodies.update({name: body})))
        assert "no file of a home" in refused(put, tmp_path, made)
        made.write_bytes(kept)
        forge(made, lambda files, _: files.update({name: files[WRITER_FILE]}))  # as a second name of another file
        assert "no file of a home" in refused(put, tmp_path, made)
        assert not (tmp_path / "outside").exists()

    @pytest.mark.parametrize(
        "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
    )
    def test_what_is_no_plain_file(self, made, put, tmp_path, kind):
        said = members(made)
        odd = tarfile.TarInfo("editions/x/y")
        odd.type, odd.linkname = kind, "/etc/passwd"
        write(made, [said[0], odd, *said[1:]])
        assert "no plain file" in refused(put, tmp_path, made)

    def test_one_name_twice(self, made, put, tmp_path):
        said = members(made)
        write(made, [*said[:2], said[1], *said[2:]])
        assert "twice" in refused(put, tmp_path, made) or "more than" in refused(put, tmp_path, made)

    def test_something_behind_its_end(self, made, put, tmp_path):
        write(made, [*members(made), ("editions/x/y", b"more")])
        assert "follows its end" in refused(put, tmp_path, made)

    def test_more_than_it_promises(self, made, put, tmp_path):
        bomb = bytes(50_000_000)
        entry = archive.Packed("editions/x/y", hashlib.sha256(bomb).hexdigest())
        forge(made, lambda files, bodies: (files.update({entry.member: entry}), bodies.update({entry.member: bomb})))
        assert "more than" in refused(put, tmp_path, made)

    def test_a_header_that_would_fill_the_memory(self, made, put, tmp_path):
        said = members(made)
        odd = tarfile.TarInfo("editions/x/y")
        odd.pax_headers = {"comment": "x" * 100_000}
        write(made, [said[0], odd, *said[1:]])
        assert "no backup of gpt2030" in refused(put, tmp_path, made)

    def test_more_than_there_is_room_for(self, made, put, tmp_path):
        forge(made, lambda *_: None, files_bytes=1 << 60)
        with pytest.raises(WarehouseError, match="no room"):
            put(made)
        assert list((tmp_path / "new").iterdir()) == []

    def test_a_form_that_came_after_this_program(self, made, put, tmp_path):
        forge(made, lambda *_: None, form=2, code_version="2099.1")
        assert "newer gpt2030 (2099.1)" in refused(put, tmp_path, made)

    @pytest.mark.parametrize("edition_id", ["..", "../..", "/etc", "2026-01-01-ffffffff"])
    def test_an_edition_in_force_that_is_not_in_it_is_not_named(self, made, put, tmp_path, edition_id):
        forge(made, lambda *_: None, edition_id=edition_id)
        put(made)
        assert not (tmp_path / "new" / "home" / "editions" / "latest").is_symlink()

    def test_a_home_of_a_newer_version(self, home, put, tmp_path):
        with Warehouse.open(home, now=NOW) as warehouse:
            warehouse.execute("INSERT INTO raw.migration VALUES ('9999_later', 'x', now()::TIMESTAMP)")
        back_up(home, tmp_path / "file")
        assert "9999_later" in refused(put, tmp_path, tmp_path / "file", NewerHome)

    def test_a_warehouse_that_is_none(self, made, put, tmp_path):
        body = b"no database"

        def change(files, bodies):
            bodies[WRITER_FILE] = body
            files[WRITER_FILE] = archive.Packed(WRITER_FILE, hashlib.sha256(body).hexdigest())

        forge(made, change)
        assert "cannot be opened" in refused(put, tmp_path, made)
