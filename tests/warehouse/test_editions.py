"""Editions on the shelf: whole or not at all, verified against their manifest, and never lost with the warehouse."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from warehouse.editions import MANIFEST, EditionDamaged, EditionShelf

FILES = {"properties.csv": b"a,b\n1,2\n", "index.html": b"<p>table</p>"}
AT = datetime(2026, 12, 24, 6)
OURS, OTHER = "2026-11-22-0a1b2c3d", "2026-11-21-99999999"


@pytest.fixture
def shelf(tmp_path):
    return EditionShelf(tmp_path)


@pytest.fixture
def published(shelf):
    """A shelf with one edition, settled and pointed at."""
    shelf.write(OURS, FILES, {"edition_id": OURS})
    shelf.settle(OURS)
    shelf.point_latest(OURS)
    return shelf


def names(shelf):
    return sorted(path.name for path in shelf.folder.iterdir())


def test_an_edition_holds_its_files_and_a_manifest_with_their_sums(published):
    assert sorted(path.name for path in published.path(OURS).iterdir()) == sorted([*FILES, MANIFEST])
    manifest = published.verify(OURS)
    assert manifest["edition_id"] == OURS
    assert set(manifest["files"]) == set(FILES)


def test_nothing_hidden_stays_beside_a_settled_edition(published):
    assert names(published) == [OURS, "latest"]


def test_latest_names_the_edition_pointed_at(published):
    assert published.latest() == OURS
    assert (published.folder / "latest" / "index.html").read_bytes() == FILES["index.html"]


def test_before_the_first_publication_there_is_no_latest(shelf):
    assert shelf.latest() is None
    assert shelf.tidy([]) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "index.html").write_bytes(b"<p>tabled</p>"),
        lambda folder: (folder / "properties.csv").unlink(),
        lambda folder: (folder / MANIFEST).unlink(),
        lambda folder: (folder / MANIFEST).write_text("{"),
        lambda folder: (folder / MANIFEST).write_text("[]"),
        lambda folder: (folder / MANIFEST).write_text(json.dumps({"files": None})),
    ],
)
def test_any_damage_is_found_and_a_new_writing_mends_it(published, damage):
    damage(published.path(OURS))
    assert not published.is_whole(OURS)
    with pytest.raises(EditionDamaged, match="gpt2030 refresh"):
        published.verify(OURS)
    published.write(OURS, FILES, {"edition_id": OURS})
    assert published.is_whole(OURS)


def test_an_edition_that_the_warehouse_never_recorded_is_removed(published):
    published.write(OTHER, FILES, {"edition_id": OTHER})
    assert OTHER in published.tidy([OURS])
    assert names(published) == [OURS, "latest"]


def test_an_edition_recorded_just_before_a_crash_stays(published):
    published.write(OTHER, FILES, {"edition_id": OTHER})
    published.tidy([OURS, OTHER])
    assert names(published) == [OTHER, OURS, "latest"]
    assert published.is_whole(OTHER)


def test_half_written_directories_and_links_are_removed(published):
    (published.folder / f".{OTHER}.99999.tmp").mkdir()
    (published.folder / ".latest.99999.tmp").symlink_to(OURS)
    published.tidy([OURS])
    assert names(published) == [OURS, "latest"]


def test_a_lost_warehouse_does_not_take_its_editions_along(published):
    (published.folder / "notes").mkdir()
    assert published.tidy([]) == []
    assert names(published) == [OURS, "latest", "notes"]


class TestWhatDoesNotChange:
    """Every edition is complete, and what it shares with the one before lies on the disk once."""

    def next_day(self, shelf, files=FILES):
        return shelf.write("2026-11-23-1b2c3d4e", files, {})

    def test_an_unchanged_file_is_one_file_under_two_names(self, published):
        new = self.next_day(published, {**FILES, "index.html": b"<p>other</p>"})
        old = published.path(OURS)
        assert (new / "properties.csv").samefile(old / "properties.csv")
        assert not (new / "index.html").samefile(old / "index.html")
        assert (old / "index.html").read_bytes() == FILES["index.html"]

    def test_two_addresses_with_the_same_to_say_are_one_file_also_in_a_first_edition(self, shelf):
        twins = {"p/a/CITATION.cff": b"cite", "p/b/CITATION.cff": b"cite", "index.html": b"<p>"}
        folder = shelf.write(OURS, twins, {})
        assert (folder / "p/a/CITATION.cff").samefile(folder / "p/b/CITATION.cff")
        assert {name: (folder / name).read_bytes() for name in twins} == twins
        assert shelf.is_whole(OURS)

    def test_a_file_damaged_since_is_written_and_not_shared(self, published):
        damaged = published.path(OURS) / "properties.csv"
        damaged.write_bytes(FILES["properties.csv"][::-1])
        new = self.next_day(published) / "properties.csv"
        assert not new.samefile(damaged)
        assert new.read_bytes() == FILES["properties.csv"]

    def test_the_older_can_go_and_the_newer_stays_whole(self, published):
        new = self.next_day(published)
        shutil.rmtree(published.path(OURS))
        assert published.is_whole(new.name)

    def test_writing_the_older_anew_or_thinning_it_leaves_the_newer_as_it_was(self, published):
        """A linked file is replaced and never written into: what is altered in place would be altered in both."""
        new = self.next_day(published)
        (published.path(OURS) / MANIFEST).unlink()
        published.write(OURS, {name: body[::-1] for name, body in FILES.items()}, {"edition_id": OURS})
        assert published.is_whole(new.name)
        published.thin(OURS, {"index.html": b"thinned"}, AT)
        assert published.is_whole(new.name)
        assert {name: (new / name).read_bytes() for name in FILES} == FILES

    def test_only_files_that_are_those_of_the_manifest_are_handed_out(self, published):
        names = [*FILES, "nothing.html", MANIFEST]
        assert published.bodies(OURS, names) == FILES
        (published.path(OURS) / "index.html").write_bytes(b"tampered")
        (published.path(OURS) / "properties.csv").unlink()
        assert set(published.bodies(OURS, names)) == set(FILES) - {"index.html", "properties.csv"}
        assert published.bodies("2020-01-01-00000000", names) == {}

    def test_where_files_have_one_name_only_they_are_written(self, published, monkeypatch):
        def refused(*_):
            raise PermissionError("no second name here")

        monkeypatch.setattr(Path, "hardlink_to", refused)
        assert published.is_whole(self.next_day(published).name)


class TestStrangePlaces:
    """What a hand or a tool put where we write: said, set aside or written anew, never a traceback."""

    def test_a_folder_in_the_place_of_latest_is_set_aside(self, shelf):
        (shelf.folder / "latest").mkdir(parents=True)
        (shelf.folder / "latest" / "kept.txt").write_text("somebody's")
        shelf.write(OURS, FILES, {"edition_id": OURS})
        shelf.point_latest(OURS)
        assert shelf.latest() == OURS
        assert (shelf.folder / "latest.1" / "kept.txt").read_text() == "somebody's"

    def test_a_folder_in_the_place_of_a_file_is_damage(self, published):
        path = published.path(OURS) / "properties.csv"
        path.unlink()
        path.mkdir()
        with pytest.raises(EditionDamaged, match="no file"):
            published.verify(OURS)

    def test_a_file_in_the_place_of_an_edition_is_written_over(self, shelf):
        shelf.folder.mkdir(parents=True)
        shelf.path(OURS).write_text("not a folder")
        shelf.write(OURS, FILES, {"edition_id": OURS})
        assert shelf.is_whole(OURS)
