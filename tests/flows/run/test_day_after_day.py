"""Editions day after day: each folder is whole by itself, and what says the same lies on the disk once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from flows.ask.site import check_site
from flows.edition.carried import files_of_pages
from infra.sample import SAMPLE_DAY, publish_sample
from tests.test_numbers_on_pages import BEFORE
from warehouse.editions import EditionShelf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory, published_copy):
    """Two editions and a third of the next day, on which nothing was learnt."""
    folder = published_copy(tmp_path_factory.mktemp("days") / "home", BEFORE, SAMPLE_DAY)
    publish_sample(folder, SAMPLE_DAY + timedelta(days=1))
    return folder


def editions(home):
    shelf = EditionShelf(home)
    return shelf, *sorted(path for path in shelf.folder.iterdir() if path.name[0].isdigit())


def test_many_rows_keep_their_page_on_a_day_without_news_and_each_folder_holds_together(home):
    shelf, _, before, now = editions(home)
    rows = [one["property_id"] for one in json.loads((now / "properties.json").read_text())]
    kept = [row for row in rows if all((now / one).samefile(before / one) for one in files_of_pages([row]))]
    assert len(kept) > len(rows) / 3
    assert shelf.is_whole(now.name)
    assert check_site(now).problems == ()
    sizes = {path: path.stat() for path in now.rglob("*") if path.is_file()}
    own = sum(one.st_size for one in sizes.values() if one.st_nlink == 1)
    assert own < sum(one.st_size for one in sizes.values()) * 0.6


# What tells of the run that wrote them: when sources were looked at, and what its checks found.
OF_THE_RUN = {
    f"{name}{ending}.html" for name in ("index", "sources", "checks") for ending in ("", ".zh")
}  # fmt: skip


def test_an_edition_written_anew_after_damage_says_what_it_said(home):
    """Its changes, too: they were told when it was published, and a run that finds it there compares nothing."""
    shelf, _, _, now = editions(home)
    said = {path.relative_to(now).as_posix(): path.read_bytes() for path in now.rglob("*") if path.is_file()}
    assert json.loads(said["changes.json"])
    (now / "index.html").unlink()
    assert publish_sample(home, SAMPLE_DAY + timedelta(days=1)) == now.name
    assert shelf.is_whole(now.name)
    again = {path.relative_to(now).as_posix(): path.read_bytes() for path in now.rglob("*") if path.is_file()}
    assert set(again) == set(said)
    assert {name for name in said if again[name] != said[name]} <= OF_THE_RUN | {"manifest.json"}
