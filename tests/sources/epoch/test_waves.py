"""How the newest wave of Epoch AI's poll is found on its page, and what is said where the page names none."""

from __future__ import annotations

from datetime import date

import pytest

import tests.publisher as fake
from sources.epoch.polling import EpochPolling
from sources.epoch.waves import newest, wave_of
from sources.errors import NotFound, Refused, ServerFailed, TooLarge, Truncated, Unreachable, WrongContent
from sources.folder import Folder
from sources.web import Web, WebLimits
from tests.sources.parsing import FIXTURES, parse

SOURCE = EpochPolling()
# Rows of Epoch AI and Ipsos, Polling on AI usage, CC BY 4.0.
JULY = "polling_on_ai_usage_jul_2026.csv"
CSV = (FIXTURES / "epoch_polling" / JULY).read_bytes()
AT = "https://epoch.ai/data/polling"


@pytest.fixture
def publisher():
    with fake.Publisher() as server:
        yield server


@pytest.fixture
def web():
    with Web(limits=WebLimits(spacing_seconds=0, tries=1)) as session:
        yield session


def page(*links):
    return "<!DOCTYPE html><html>{}</html>".format("".join(f'<a href="{link}">CSV</a>' for link in links)).encode()


def found(body, at=AT, base_url="https://epoch.ai/data"):
    wave, url = newest(body, at=at, base_url=base_url)
    return wave.name, url


@pytest.mark.parametrize(("name", "month"), [
    (JULY, date(2026, 7, 1)), ("polling_on_ai_usage_dec_2025.csv", date(2025, 12, 1)), ("polling_on_ai_usage_jul_26.csv", None),
    ("polling_on_ai_usage_2026.csv", None), ("polling_on_ai_usage_juli_2026.csv", None), (f"old_{JULY}", None), (f"{JULY}.zip", None),
])  # fmt: skip
def test_a_wave_is_the_month_that_a_name_says(name, month):
    wave = wave_of(name)
    assert (wave and wave.month) == month


def test_the_newest_wave_wins_wherever_it_lies():
    links = [
        "/data/polling_on_ai_usage_mar_2026.csv",
        f"/data/polling/{JULY}",
        "/data/polling_on_ai_usage_dec_2025.csv",
    ]
    assert found(page(*links)) == (JULY, f"https://epoch.ai/data/polling/{JULY}")
    links = [f"/data/polling/{JULY}", "/data/polls/2027/polling_on_ai_usage_jan_2027.csv"]
    assert found(page(*links))[1] == "https://epoch.ai/data/polls/2027/polling_on_ai_usage_jan_2027.csv"


@pytest.mark.parametrize("text", [
    f'<html><a href="/data/polling/{JULY}">', f"<html><a href=/data/polling/{JULY}>", f"<html><a href='https://epoch.ai/data/polling/{JULY}'>",
    f'<html><a href="polling/{JULY}">', f'<html><script>{{"url":"\\/data\\/polling\\/{JULY}"}}</script>',
    f"<html>&quot;https://epoch.ai/data/polling/{JULY}&quot;", f'<html><a href="/data/polling/{JULY}?v=2">',
    f"<html>pd.read_csv(https://epoch.ai/data/polling/{JULY})",
])  # fmt: skip
def test_an_address_is_found_in_a_link_as_well_as_in_the_data_of_the_page(text):
    assert found(text.encode()) == (JULY, f"https://epoch.ai/data/polling/{JULY}")


@pytest.mark.parametrize("body", [
    page(), page("/data/polling.csv"), page("/data/polling/polling_on_ai_usage_jul_2026_microdata.csv"), page(f"/data/old_{JULY}"),
    page(f"https://elsewhere.example/{JULY}"), page(f"http://epoch.ai/data/{JULY}"), page(f"//elsewhere.example/{JULY}"),
    page(f"file:///etc/{JULY}"),
])  # fmt: skip
def test_a_page_that_names_no_wave_of_its_own_says_so_and_names_the_setting(body):
    with pytest.raises(WrongContent, match="a page that names no wave") as caught:
        found(body)
    assert caught.value.where == AT
    assert "GPT2030_SOURCES__EPOCH_POLLING__URL" in caught.value.advice


def test_a_page_of_nothing_but_names_is_read():
    many = " ".join(f"/data/{JULY}" for _ in range(5_000)).encode()
    assert found(b"<html>" + many)[0] == JULY


def test_the_file_that_the_page_names_is_fetched_and_its_name_is_its_feed(publisher, web):
    publisher.serve("/data/polling", fake.ok(page(f"/data/polling/{JULY}"), media_type="text/html"))
    publisher.serve(f"/data/polling/{JULY}", fake.ok(CSV, etag='"one"'))
    [answer] = SOURCE.fetch(web, publisher.url + "/data", {})
    assert (answer.feed, answer.body, answer.url) == (JULY, CSV, f"{publisher.url}/data/polling/{JULY}")
    assert parse(SOURCE, answer.feed, answer.body).frames["core.observation"].height == 103
    assert [again.body for again in SOURCE.fetch(web, publisher.url + "/data/", {JULY: answer.etag})] == [None]


@pytest.mark.parametrize(("behave", "kind"), [
    (fake.status(404), NotFound), (fake.status(403, fake.CHALLENGE_PAGE), Refused), (fake.status(500), ServerFailed),
    (fake.ok(b"a,b\n1,2\n"), WrongContent), (fake.ok(b""), WrongContent), (fake.ok(fake.CHALLENGE_PAGE), WrongContent),
    (fake.endless(100 << 20), TooLarge), (fake.truncated(b"<html>" * 1000), Truncated), (fake.reset, Unreachable),
])  # fmt: skip
def test_a_page_that_fails_is_a_typed_failure(behave, kind, publisher, web):
    publisher.serve("/data/polling", behave)
    publisher.serve(f"/data/polling/{JULY}", fake.ok(CSV))
    with pytest.raises(kind) as caught:
        SOURCE.fetch(web, publisher.url + "/data", {})
    assert publisher.url in caught.value.where


@pytest.mark.parametrize(("behave", "kind"), [
    (fake.status(404), NotFound), (fake.status(500), ServerFailed), (fake.ok(b""), WrongContent),
    (fake.ok(fake.CHALLENGE_PAGE), WrongContent), (fake.endless(100 << 20), TooLarge),
])  # fmt: skip
def test_a_wave_that_fails_is_a_typed_failure(behave, kind, publisher, web):
    publisher.serve("/data/polling", fake.ok(page(f"polling/{JULY}")))
    publisher.serve(f"/data/polling/{JULY}", behave)
    with pytest.raises(kind) as caught:
        SOURCE.fetch(web, publisher.url + "/data", {})
    assert JULY in caught.value.where


def test_in_a_folder_the_file_lies_beside_the_page(tmp_path):
    (tmp_path / "polling").write_bytes(page(f"https://epoch.ai/data/polling/{JULY}", f"/etc/{JULY}"))
    (tmp_path / JULY).write_bytes(CSV)
    [answer] = SOURCE.fetch(Folder(date(2026, 11, 28)), str(tmp_path), {})
    assert (answer.feed, answer.url) == (JULY, f"{tmp_path}/{JULY}")
    assert answer.body == CSV
