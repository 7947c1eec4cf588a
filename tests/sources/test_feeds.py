"""Every source against a publisher that misbehaves: a typed failure per feed, and nothing else is lost by it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from sources.errors import (
    NotFound,
    RateLimited,
    Refused,
    ServerFailed,
    SourceError,
    TooLarge,
    Truncated,
    Unreachable,
    WrongContent,
)
from sources.feeds import Feed, fetch_feeds
from sources.registry import SOURCES
from sources.web import Web, WebLimits
from tests import publisher as fake
from tests.sources.parsing import FIXTURES, parse

pytestmark = pytest.mark.server

LIMITS = WebLimits(spacing_seconds=0, max_bytes=1 << 20, tries=1)
# Only silence and slowness are met with little patience: on a busy machine anything else may take its time.
IMPATIENT = replace(LIMITS, read_seconds=1, answer_seconds=2, deadline_seconds=3)
# Who never comes to an end is waited for no longer than it takes to tell: each source would be seconds of nothing.
SLOW = dict.fromkeys(("hang", "slow drip"), replace(LIMITS, read_seconds=0.4, answer_seconds=0.6, deadline_seconds=0.8))
# Read from the program, by question, by month, by way of a page or with a key: their misbehaving publishers are in
# tests of their own.
UNTRIED = {"essay", "curated", "metaculus", "manifold", "llm_bench", "epoch_polling", "artificial_analysis"}
# Says of the file that is read when it was written, and is none itself.
ASIDE = {"latest.manifest.json"}


class _NothingThere(Web):
    """A web in which no file is found; it notes which were asked for."""

    def __init__(self) -> None:
        super().__init__(limits=LIMITS)
        self.asked: list[str] = []

    def get(self, url, **_):
        self.asked.append(url.removeprefix("http://nowhere.example/"))
        raise NotFound("not found", where=url)


def files_of(source_id):
    """Which files a source asks for below its address; none where it needs more than an address to ask."""
    with _NothingThere() as web, suppress(SourceError):
        SOURCES[source_id]().fetch(web, "http://nowhere.example", {})
    return tuple(name for name in web.asked if name not in ASIDE)


FILES = {source_id: files_of(source_id) for source_id in SOURCES if source_id not in UNTRIED}
BEHAVIOURS = {
    "404": (fake.status(404), NotFound),
    "403 text": (fake.status(403, b"Permission Error"), Refused),
    "403 challenge page": (fake.status(403, fake.CHALLENGE_PAGE), Refused),
    "429": (fake.status(429), RateLimited),
    "429 with a long pause": (fake.status(429, headers={"Retry-After": "3600"}), RateLimited),
    "500": (fake.status(500), ServerFailed),
    "502 page": (fake.status(502, fake.BAD_GATEWAY_PAGE), ServerFailed),
    "reset": (fake.reset, Unreachable),
    "hang": (fake.hang, Unreachable),
    "truncated": (fake.truncated(b"a,b\n" * 1000), Truncated),
    "slow drip": (fake.drip(b"a,b\n" * 1000, pause=0.2), Unreachable),
    "empty": (fake.ok(b""), WrongContent),
    "page with status 200": (fake.ok(fake.CHALLENGE_PAGE), WrongContent),
    "100 MB": (fake.endless(100 << 20), TooLarge),
    "gzip bomb": (fake.gzip_bomb(64 << 20), TooLarge),
}


def test_what_a_source_asks_for_is_seen_and_no_source_is_left_out_unsaid():
    assert FILES["epoch_benchmarks"] == ("benchmark_data.zip", "benchmarks.csv")
    assert FILES["lmarena"] == tuple(
        f"{board}/latest-00000-of-00001.parquet" for board in ("text", "text_style_control")
    )
    silent = [source_id for source_id, files in FILES.items() if not files]
    assert not silent, (
        f"{silent} ask for no fixed file: try their publishers in a test of theirs, and name them in UNTRIED"
    )
    bare = [source_id for source_id in FILES if not (FIXTURES / source_id).is_dir()]
    assert not bare, (
        f"put a small file as {bare} publish it into tests/fixtures/<source id>/, under the name of its feed"
    )


@pytest.fixture
def publisher():
    with fake.Publisher() as server:
        yield server


@pytest.fixture
def web():
    with Web(limits=LIMITS) as session:
        yield session


def good_body(source_id: str, name: str) -> bytes:
    folder = FIXTURES / source_id
    if name == "benchmark_data.zip":
        return fake.zip_of({file.name: file.read_bytes() for file in folder.iterdir() if file.name != "benchmarks.csv"})
    return next(file for file in (folder / name, *sorted(folder.iterdir())) if file.exists()).read_bytes()


@pytest.mark.parametrize("source_id", FILES)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_failing_publisher_is_a_typed_failure(source_id, behaviour, publisher):
    behave, kind = BEHAVIOURS[behaviour]
    for name in FILES[source_id]:
        publisher.serve(f"/data/{name}", behave)
    with Web(limits=SLOW.get(behaviour, LIMITS)) as web, pytest.raises(kind) as caught:
        SOURCES[source_id]().fetch(web, publisher.url + "/data", {})
    assert publisher.url in caught.value.where


@pytest.mark.parametrize("source_id", FILES)
def test_what_a_publisher_serves_is_read(source_id, publisher, web):
    source = SOURCES[source_id]()
    for name in FILES[source_id]:
        publisher.serve(f"/data/{name}", fake.ok(good_body(source_id, name), etag=f'"{name}"'))
    answers = source.fetch(web, publisher.url + "/data/", {})
    for answer in answers:
        assert parse(source, answer.feed, answer.body).record_count > 0
    known = {answer.feed: answer.etag for answer in answers}
    assert [answer.body for answer in source.fetch(web, publisher.url + "/data", known)] == [None] * len(answers)


@pytest.mark.parametrize("source_id", ["epoch_models", "epoch_benchmarks", "metr"])
def test_one_lost_feed_costs_no_other(source_id, publisher, web):
    first, *others = FILES[source_id]
    for name in others:
        publisher.serve(f"/data/{name}", fake.ok(good_body(source_id, name)))
    answers = SOURCES[source_id]().fetch(web, publisher.url + "/data", {})
    failures = {answer.feed: type(answer.failure) for answer in answers}
    assert failures == {first: NotFound, **dict.fromkeys(others, type(None))}


@pytest.mark.parametrize("behave", [fake.hang, fake.status(429)])
def test_after_silence_or_too_many_requests_nothing_more_is_asked(behave, publisher):
    publisher.serve("/a.csv", fake.ok(b"a,b\n1,2\n"))
    publisher.serve("/b.csv", behave)
    feeds = [Feed(name, "csv") for name in ("a.csv", "b.csv", "c.csv")]
    with Web(limits=IMPATIENT) as web:
        answers = fetch_feeds(web, publisher.url, {}, feeds)
    assert answers[0].body
    assert answers[1].failure is answers[2].failure is not None
    assert publisher.asked("/c.csv") == []


def test_a_redirect_to_another_host_is_followed(publisher, web):
    publisher.serve("/data/ml_hardware.csv", fake.redirect(publisher.other_url + "/moved.csv"))
    publisher.serve("/moved.csv", fake.ok(good_body("epoch_hardware", "ml_hardware.csv")))
    [answer] = SOURCES["epoch_hardware"]().fetch(web, publisher.url + "/data", {})
    assert answer.url == publisher.url + "/data/ml_hardware.csv"
    assert answer.body


def test_a_file_ten_times_as_long_is_read_whole(publisher, web):
    header, *rows = good_body("epoch_hardware", "ml_hardware.csv").decode().splitlines()
    longer = [row.replace("Chip", f"Chip {k}") for k in range(10) for row in rows]
    publisher.serve("/ml_hardware.csv", fake.ok("\n".join([header, *longer]).encode() + b"\n\n\n"))
    source = SOURCES["epoch_hardware"]()
    [answer] = source.fetch(web, publisher.url, {})
    assert parse(source, answer.feed, answer.body).record_count == 10 * len(rows)
