"""Thinning: which editions may go, what is left of them, and that neither a kill nor a second run does harm."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.warehouse.edition_frames import EDITION, frame
from tests.warehouse.fresh import fresh
from warehouse.contracts import out
from warehouse.editions import KEPT, EditionDamaged, EditionShelf
from warehouse.thinning import thinnable

AT = datetime(2026, 11, 28, 6)
FILES = {name: name.encode() * 5000 for name in ("index.html", "scores.csv", "p/row.html", *KEPT)}
PAGES = {"index.html": b"thinned"}


@pytest.fixture
def shelf(tmp_path):
    return EditionShelf(tmp_path)


def put(shelf, edition_id, **more):
    shelf.write(edition_id, FILES | more, {"edition_id": edition_id, "content_digest": "d"})
    shelf.settle(edition_id)


def left(shelf, edition_id):
    folder = shelf.path(edition_id)
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def editions(tmp_path, shelf, days):
    """A warehouse with an edition for each day, each on the shelf."""
    rows = [
        EDITION | {"edition_id": f"{day}-{n}", "origin_date": day, "issued_at": datetime.combine(day, AT.time())}
        for n, day in enumerate(days)
    ]
    warehouse = fresh(tmp_path, now=AT)
    warehouse.insert(out.EDITION, frame(out.EDITION, rows))
    for row in rows:
        put(shelf, row["edition_id"], **{"own.txt": row["edition_id"].encode()})
    shelf.point_latest(rows[-1]["edition_id"])
    return warehouse


class TestChoice:
    DAYS = (
        date(2026, 9, 1),
        date(2026, 9, 2),
        date(2026, 9, 2),
        date(2026, 9, 30),
        date(2026, 10, 5),
        date(2026, 10, 6),
    )

    def chosen(self, tmp_path, shelf, before):
        with editions(tmp_path, shelf, self.DAYS) as warehouse:
            return [one.edition_id for one in thinnable(warehouse, shelf, before)]

    def test_old_ones_go_but_for_the_first_of_each_month(self, tmp_path, shelf):
        assert self.chosen(tmp_path, shelf, date(2026, 9, 30)) == ["2026-09-02-1", "2026-09-02-2"]

    def test_the_one_in_force_stays_however_old_it_is(self, tmp_path, shelf):
        assert self.chosen(tmp_path, shelf, date(2030, 1, 1)) == ["2026-09-02-1", "2026-09-02-2", "2026-09-30-3"]

    def test_of_recent_days_none_goes(self, tmp_path, shelf):
        assert self.chosen(tmp_path, shelf, date(2026, 9, 1)) == []

    def test_what_is_thin_is_not_chosen_again_and_what_a_kill_left_without_a_folder_is(self, tmp_path, shelf):
        with editions(tmp_path, shelf, self.DAYS) as warehouse:
            shelf.thin("2026-09-02-1", PAGES, AT)
            shelf.path("2026-09-02-2").rename(tmp_path / "gone")
            assert [tuple(one)[::2] for one in thinnable(warehouse, shelf, date(2026, 9, 30))] == [("2026-09-02-2", 0)]


class TestThinning:
    def test_tables_and_manifest_and_a_page_are_left(self, shelf):
        put(shelf, "a")
        before = shelf.verify("a")
        shelf.thin("a", PAGES, AT)
        assert left(shelf, "a") == {"manifest.json", "index.html", *KEPT}
        after = shelf.verify("a")
        assert {name: after["files"][name] for name in KEPT} == {name: before["files"][name] for name in KEPT}
        assert (after["content_digest"], after["thinned_at"]) == ("d", "2026-11-28T06:00:00Z")
        assert (shelf.path("a") / "index.html").read_bytes() == b"thinned"
        assert shelf.is_thinned("a")
        assert list(shelf.folder.glob(".*")) == []

    def test_what_stays_as_it_was_is_not_written_again(self, shelf):
        style = b"body {}" * 500
        put(shelf, "a", **{"site.css": style})
        shelf.point_latest("a")
        put(shelf, "b", **{"site.css": style, KEPT[0]: b"of its own"})
        kept = {name: (shelf.path("b") / name).stat().st_ino for name in ("site.css", KEPT[0])}
        shelf.thin("b", PAGES | {"site.css": style}, AT)
        assert {name: (shelf.path("b") / name).stat().st_ino for name in kept} == kept
        assert (shelf.path("a") / "site.css").read_bytes() == style

    def test_it_is_not_whole_any_more_so_that_its_day_can_be_written_anew(self, shelf):
        put(shelf, "a")
        shelf.thin("a", PAGES, AT)
        assert not shelf.is_whole("a")
        put(shelf, "a")
        assert shelf.is_whole("a")
        assert not shelf.is_thinned("a")

    def test_what_another_edition_shares_is_untouched_and_frees_nothing(self, shelf):
        put(shelf, "a")
        shelf.point_latest("a")
        put(shelf, "b", **{"own.txt": b"x" * 8192})
        manifest = (shelf.path("b") / "manifest.json").stat().st_blocks * 512
        assert shelf.disk_bytes("b") == 8192 + manifest
        shelf.thin("b", PAGES, AT)
        assert shelf.is_whole("a")

    @pytest.mark.parametrize("mend", [EditionShelf.put_back, lambda shelf: shelf.tidy(["a"])], ids=["prune", "refresh"])
    def test_killed_between_the_old_folder_and_the_new_one_it_is_as_it_was(self, shelf, monkeypatch, mend):
        put(shelf, "a")
        before, renames = left(shelf, "a"), []

        def killed(self, target, rename=Path.rename):
            renames.append(target)
            if len(renames) == 2:
                raise KeyboardInterrupt
            return rename(self, target)

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Path, "rename", killed)
            shelf.thin("a", PAGES, AT)
        assert not shelf.path("a").exists()
        mend(shelf)
        assert left(shelf, "a") == before
        assert shelf.is_whole("a")

    def test_one_whose_folder_is_gone_gets_its_page(self, shelf):
        shelf.thin("a", PAGES, AT)
        assert left(shelf, "a") == {"manifest.json", "index.html"}
        assert shelf.verify("a")["edition_id"] == "a"

    @pytest.mark.parametrize("written", ["", "{", "[]", json.dumps({"thinned_at": "x"})])
    def test_a_damaged_manifest_is_in_nobodys_way(self, shelf, written):
        put(shelf, "a")
        (shelf.path("a") / "manifest.json").write_text(written)
        assert shelf.is_thinned("a") is ("thinned_at" in written)
        with pytest.raises(EditionDamaged):
            shelf.verify("a")
        shelf.thin("a", PAGES, AT)
        assert shelf.verify("a")["edition_id"] == "a"
