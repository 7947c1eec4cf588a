"""A refresh thins old editions by itself where the settings say so, and never more than they say."""

import logging
import shutil
from contextlib import contextmanager
from datetime import timedelta

import pytest

import flows.run.thinning as thinning
from flows.run import steps
from flows.run.run import Request
from flows.settings import Clock, load_settings
from infra.sample import publish_sample
from tests.test_numbers_in_sentences import BEFORE
from warehouse.editions import EditionShelf
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE, Warehouse

# Behind the first of June, the first of its month; days that have come, wherever the clock of a machine stands.
SECOND, THIRD, NEWEST = (BEFORE + timedelta(days=ahead) for ahead in (1, 2, 4))


@pytest.fixture(scope="module")
def three(published_copy, tmp_path_factory):
    """A home with the editions of three days in a row, made without the setting."""
    home = published_copy(tmp_path_factory.mktemp("three") / "home", BEFORE)
    for day in (SECOND, THIRD):
        publish_sample(home, day)
    return home


@pytest.fixture(scope="module")
def four(three, tmp_path_factory):
    """The same after a day whose run may thin, on a disk that is full by then; and what that run said."""
    home = shutil.copytree(three, tmp_path_factory.mktemp("four") / "home", symlinks=True)
    said, handler = [], logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())

    def full(*_):
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(EditionShelf, "thin", full)
        logging.getLogger("gpt2030").addHandler(handler)
        newest = publish_sample(home, NEWEST, editions_whole_days=2)
        logging.getLogger("gpt2030").removeHandler(handler)
    return home, newest, said


@pytest.fixture
def home(four, tmp_path):
    home = shutil.copytree(four[0], tmp_path / "home", symlinks=True)
    return home, sorted(one.name for one in EditionShelf(home).folder.glob("20*"))


@contextmanager
def a_run(home, day, whole_days):
    """A run of a day that has nothing left to do but to thin."""
    settings, clock = load_settings(home=home, editions_whole_days=whole_days), Clock.read(day)
    with Warehouse.open(home, now=clock.now) as warehouse:
        yield steps.begin(settings, Request(is_offline=True), clock, home, warehouse)


def thinned(home):
    shelf = EditionShelf(home)
    return [one.name for one in sorted(shelf.folder.glob("20*")) if shelf.is_thinned(one.name)]


def test_by_default_every_edition_stays_whole(three):
    assert thinned(three) == []


def test_what_cannot_be_thinned_is_said_and_the_edition_stands(four):
    home, newest, said = four
    assert [line for line in said if "old editions were not thinned" in line]
    assert EditionShelf(home).latest() == newest
    assert thinned(home) == []


def test_editions_older_than_the_setting_are_thinned_but_the_first_of_the_month(home):
    """By a run that finds nothing new, too."""
    home, (first, second, third, newest) = home
    assert publish_sample(home, NEWEST, editions_whole_days=2) == newest
    assert thinned(home) == [second]
    shelf = EditionShelf(home)
    assert all(shelf.is_whole(one) for one in (first, third, newest))
    shelf.verify(second)
    with Reader(home / READ_COPY_FILE) as reader:
        assert reader.rows("SELECT count(*) FROM out.property WHERE edition_id = ?", [second]) == [(44,)]


def test_a_run_thins_few_and_the_next_goes_on(home, monkeypatch):
    home, (_, second, third, _) = home
    monkeypatch.setattr(thinning, "A_RUN", 1)
    for done in ([second], [second, third]):
        with a_run(home, NEWEST, 1) as run:
            assert thinning.thin_old(run) == 1
        assert thinned(home) == done


def test_a_day_that_has_not_come_makes_no_edition_old(home):
    home, names = home
    with a_run(home, NEWEST + timedelta(days=40_000), 36_500) as run:
        assert thinning.thin_old(run) == 0
    assert thinned(home) == []
    assert len(names) == 4
