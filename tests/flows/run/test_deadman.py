"""The signal for whoever notices silence: good news, bad news, none at all, and never at the cost of the run."""

import logging
import subprocess
import sys
import time
from datetime import date
from types import SimpleNamespace

import pytest

from flows import stopping
from flows.progress import LOGGER_NAME
from flows.run import deadman
from flows.run.run import Request
from flows.settings import Clock, SettingsError, load_settings
from tests.conftest import ROOT
from tests.publisher import Publisher, drip_headers, early_hints, hang, redirect, reset, status
from warehouse.lock import holder

TOKEN = "fake-token-9d1f7a"
FINE = status(200, b"OK")


@pytest.fixture
def receiver():
    with Publisher() as running:
        running.serve(f"/{TOKEN}", FINE)
        running.serve(f"/{TOKEN}/fail", FINE)
        yield running


@pytest.fixture
def settings(receiver, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)

    def make(url=f"/{TOKEN}", seconds=5.0):
        return load_settings(home=tmp_path, deadman_url=receiver.url + url, alerts={"timeout_seconds": seconds})

    return make


def ended(settings, outcome, *, request=None, day=None, **said):
    run = {"settings": settings, "outcome": outcome, "request": request or Request(), "clock": Clock.read(day)}
    deadman.ended(SimpleNamespace(**{**run, "is_backfill": False, "is_looking_back": False, **said}))


def asked(receiver):
    return [request.path for request in receiver.requests]


@pytest.mark.parametrize("outcome", ["published", "unchanged"])
def test_a_refresh_that_ended_well_is_told(settings, receiver, outcome):
    ended(settings(), outcome)
    assert asked(receiver) == [f"/{TOKEN}"]


@pytest.mark.parametrize("outcome", ["held", "failed"])
def test_one_that_did_not_is_told_as_a_failure(settings, receiver, outcome):
    ended(settings(), outcome)
    assert asked(receiver) == [f"/{TOKEN}/fail"]


@pytest.mark.parametrize(
    "silent",
    [
        {"request": Request(is_dry_run=True)},
        {"is_backfill": True},
        {"is_looking_back": True},
        {"day": date(2023, 6, 19)},
    ],
)
def test_what_says_nothing_of_today_is_not_told(settings, receiver, silent):
    ended(settings(), "published", **silent)
    ended(settings(), "held", **silent)
    assert asked(receiver) == []


def test_an_error_is_told_and_goes_on(settings, receiver):
    with pytest.raises(ZeroDivisionError), deadman.failing(settings(), is_silent=False):
        raise ZeroDivisionError
    assert asked(receiver) == [f"/{TOKEN}/fail"]


def test_an_error_of_a_rehearsal_without_consequences_is_not_told(settings, receiver):
    with pytest.raises(ZeroDivisionError), deadman.failing(settings(), is_silent=True):
        raise ZeroDivisionError
    assert asked(receiver) == []


def test_a_stop_is_no_failure(settings, receiver):
    with pytest.raises(stopping.Stopped), deadman.failing(settings(), is_silent=False):
        raise stopping.Stopped
    assert asked(receiver) == []


def test_without_an_address_nobody_is_asked(tmp_path, monkeypatch, receiver):
    monkeypatch.chdir(tmp_path)
    ended(load_settings(home=tmp_path), "published")
    assert asked(receiver) == []


@pytest.mark.parametrize(
    ("url", "failure"),
    [("https://h.example/a-b", "https://h.example/a-b/fail"), ("https://h.example/a/", "https://h.example/a/fail"),
     ("https://h.example/a?create=1", "https://h.example/a/fail?create=1"), ("https://h.example", "https://h.example/fail")],
)  # fmt: skip
def test_failures_have_an_address_of_their_own(url, failure):
    assert deadman.failure_of(url) == failure


class TestTrouble:
    """The other side may do what it likes: the run has ended as it has, in time, and says no part of the address."""

    @pytest.mark.parametrize("behaviour", [hang, drip_headers, early_hints])
    def test_whoever_never_comes_to_an_end_is_given_up(self, settings, receiver, caplog, behaviour):
        receiver.serve(f"/{TOKEN}", behaviour)
        begun = time.monotonic()
        ended(settings(seconds=1.0), "published")
        assert time.monotonic() - begun < 3
        assert "no answer within 1 s" in caplog.text

    @pytest.mark.parametrize(
        ("behaviour", "said", "tries"),
        [(reset, "no connection", 3), (status(500, TOKEN.encode()), "answered 500", 3), (status(404), "answered 404", 1),
         (redirect("/elsewhere"), "redirects are not followed", 1)],
    )  # fmt: skip
    def test_a_refusal_is_a_warning(self, settings, receiver, caplog, behaviour, said, tries):
        receiver.serve(f"/{TOKEN}", behaviour)
        ended(settings(), "published")
        assert said in caplog.text
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert TOKEN not in caplog.text
        assert len(receiver.requests) == tries

    def test_a_second_try_may_mend_it(self, settings, receiver, caplog):
        receiver.serve(f"/{TOKEN}", status(503), FINE)
        ended(settings(), "published")
        assert len(receiver.requests) == 2
        assert caplog.text == ""

    def test_nobody_there_is_a_warning_in_words_without_the_address(self, tmp_path, monkeypatch, caplog):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(logging.getLogger(LOGGER_NAME), "propagate", True)
        ended(load_settings(home=tmp_path, deadman_url=f"http://127.0.0.1:1/{TOKEN}"), "published")
        assert "no connection" in caplog.text
        assert TOKEN not in caplog.text


class TestSecret:
    """Whoever knows the address could say that all is well."""

    def test_it_is_not_printed_with_the_settings(self, settings):
        assert TOKEN not in f"{settings()!r} {settings()} {settings().model_dump_json()}"

    @pytest.mark.parametrize(
        "url", [f"ftp://h.example/{TOKEN}", f"h.example/{TOKEN}", f"https:///{TOKEN}", f"https://h/{TOKEN} x"]
    )
    def test_one_that_is_no_address_is_refused_without_saying_it(self, tmp_path, monkeypatch, url):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("GPT2030_DEADMAN_URL", url)
        with pytest.raises(SettingsError, match=r"deadman_url.*https://host/path") as told:
            load_settings()
        assert TOKEN not in str(told.value)


@pytest.mark.server
@pytest.mark.slow
class TestWholeRefresh:
    """A refresh as a user runs it: what is told, and that nobody is kept from writing meanwhile."""

    def test_it_tells_of_its_end_when_the_home_is_free_and_keeps_no_word_of_the_address(
        self, gpt2030, receiver, tmp_path
    ):
        held = []

        def look(handler):
            held.append(holder(tmp_path / "home"))
            FINE(handler)

        receiver.serve(f"/{TOKEN}", look)
        said = gpt2030("refresh", "--offline", GPT2030_DEADMAN_URL=f"{receiver.url}/{TOKEN}")
        assert held == [None]
        assert asked(receiver) == [f"/{TOKEN}"]
        kept = [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
        assert kept == []
        assert TOKEN not in said.stdout + said.stderr

    def test_a_dry_run_is_not_told(self, gpt2030, receiver):
        gpt2030("refresh", "--offline", "--dry-run", GPT2030_DEADMAN_URL=f"{receiver.url}/{TOKEN}")
        assert asked(receiver) == []


def test_importing_it_brings_no_client_along():
    """Most homes set no address: they need not wait for the library that would ask it."""
    code = "import sys, flows.run.deadman; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
