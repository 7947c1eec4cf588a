"""A refresh thins old editions by itself where the settings say so, and never more than they say."""

import shutil
from datetime import timedelta

import pytest

import flows.run.thinning as thinning
from infra.sample import SAMPLE_DAY, publish_sample
from warehouse.editions import EditionShelf
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

DAYS = [SAMPLE_DAY - timedelta(days=back) for back in (3, 2, 1)]


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """A home with the editions of three days in a row, made without the setting, and their names."""
    home = tmp_path_factory.mktemp("three") / "home"
    return home, [publish_sample(home, day) for day in DAYS]


@pytest.fixture
def home(three, tmp_path):
    return shutil.copytree(three[0], tmp_path / "home", symlinks=True), three[1]


def thinned(home):
    shelf = EditionShelf(home)
    return [one.name for one in sorted(shelf.folder.glob("20*")) if shelf.is_thinned(one.name)]


def test_by_default_every_edition_stays_whole(three):
    assert thinned(three[0]) == []


def test_editions_older_than_the_setting_are_thinned_but_the_first_of_the_month(home):
    home, (first, second, third) = home
    newest = publish_sample(home, SAMPLE_DAY, editions_whole_days=1)
    assert thinned(home) == [second]
    shelf = EditionShelf(home)
    assert all(shelf.is_whole(one) for one in (first, third, newest))
    shelf.verify(second)
    with Reader(home / READ_COPY_FILE) as reader:
        assert reader.rows("SELECT count(*) FROM out.property WHERE edition_id = ?", [second]) == [(44,)]


def test_a_run_thins_few_and_the_next_goes_on(home, monkeypatch):
    home, (_, second, third) = home
    monkeypatch.setattr(thinning, "A_RUN", 1)
    publish_sample(home, SAMPLE_DAY + timedelta(days=2), editions_whole_days=1)
    assert thinned(home) == [second]
    publish_sample(home, SAMPLE_DAY + timedelta(days=2), editions_whole_days=1)
    assert thinned(home) == [second, third]


def test_a_day_that_has_not_come_makes_no_edition_old(home):
    home, names = home
    publish_sample(home, SAMPLE_DAY + timedelta(days=40_000), editions_whole_days=36_500)
    assert thinned(home) == []
    assert len(names) == 3


def test_what_cannot_be_thinned_is_said_and_the_edition_stands(home, monkeypatch, caplog):
    home, _ = home

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(EditionShelf, "thin", full)
    newest = publish_sample(home, SAMPLE_DAY, editions_whole_days=1)
    assert EditionShelf(home).latest() == newest
    assert "old editions were not thinned" in caplog.text
