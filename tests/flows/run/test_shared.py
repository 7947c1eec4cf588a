"""Sharing after a run: the edition in force goes to the shared warehouse, and trouble there costs the run nothing."""

import json
import logging
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from flows.progress import LOGGER_NAME
from flows.run.run import Request
from flows.run.shared import RECORD_FILE, record_of, share_edition
from flows.settings import Clock, load_settings
from tests.warehouse.edition_frames import EDITION, frame, run_row
from tests.warehouse.fresh import fresh
from warehouse.contracts import out
from warehouse.lake.address import LakeAddress
from warehouse.lake.carrying import verify
from warehouse.lake.lake import Lake
from warehouse.store import READ_COPY_FILE

AT = datetime(2026, 11, 28, 6)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
    return tmp_path / "home"


@pytest.fixture
def address(tmp_path):
    return LakeAddress.parse(f"ducklake:sqlite:{tmp_path / 'team.sqlite'}")


@pytest.fixture
def shared(address):
    """An empty shared warehouse, as `warehouse move` makes one."""
    Lake.open(address, is_new=True).close()
    return address


def publish(home, number):
    edition = EDITION | {"edition_id": f"e{number}", "origin_date": AT.date(), "issued_at": AT + timedelta(days=number)}
    with fresh(home, now=AT) as warehouse:
        warehouse.insert(out.EDITION, frame(out.EDITION, [edition]))
        published = {"run_id": f"r{number}", "run_number": number, "edition_id": edition["edition_id"]}
        warehouse.insert(out.RUN, frame(out.RUN, [run_row() | published]))
        warehouse.write_copy(home / READ_COPY_FILE)


def run(home, url, **request):
    """A run that has ended, with what a run that was held leaves as its own edition."""
    settings = load_settings(home=home, warehouse={"url": url})
    return SimpleNamespace(
        settings=settings, home=home, clock=Clock.read(None), request=Request(**request), edition_id="held"
    )


def test_without_a_setting_nothing_is_asked_or_written(home):
    publish(home, 1)
    share_edition(run(home, None))
    assert not (home / RECORD_FILE).exists()


def test_an_address_that_is_none_stops_no_run_that_does_not_share(home, address):
    """The extensions are wanted only where something is shared."""
    publish(home, 1)
    share_edition(run(home, address.url, is_dry_run=True))
    assert not (home / RECORD_FILE).exists()


def test_before_the_first_edition_nothing_is_shared(home, address):
    with fresh(home, now=AT) as warehouse:
        warehouse.write_copy(home / READ_COPY_FILE)
    share_edition(run(home, address.url))
    assert record_of(home) is None


def test_a_torn_record_tells_nothing(home):
    home.mkdir()
    (home / RECORD_FILE).write_text('{"edition_id": "e')
    assert record_of(home) is None


@pytest.mark.slow
def test_the_edition_in_force_is_shared_whatever_the_run_made(home, shared):
    publish(home, 1)
    share_edition(run(home, shared.url))
    assert record_of(home) | {"tried_at": ""} == {
        "url": shared.url, "tried_at": "", "edition_id": "e1", "problem": None
    }  # fmt: skip
    with Lake.open(shared) as lake:
        verify(lake, home / READ_COPY_FILE)
        assert [one.edition_id for one in lake.editions()] == ["e1"]


@pytest.mark.slow
def test_one_that_is_out_of_reach_is_said_kept_on_record_and_made_up_for(home, shared, tmp_path, caplog):
    publish(home, 1)
    share_edition(run(home, shared.url))
    catalog, away = tmp_path / "team.sqlite", tmp_path / "away"
    catalog.rename(away)
    publish(home, 2)
    share_edition(run(home, shared.url))
    assert "shared by the next run that can" in caplog.text
    assert record_of(home)["edition_id"] == "e1"
    assert shared.url in record_of(home)["problem"]
    assert not catalog.exists()
    away.rename(catalog)
    share_edition(run(home, shared.url))
    assert json.loads((home / RECORD_FILE).read_text())["problem"] is None
    with Lake.open(shared) as lake:
        verify(lake, home / READ_COPY_FILE)
