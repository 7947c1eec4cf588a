"""What the HTTP session promises to every source, held against a publisher on loopback that misbehaves."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from sources.errors import (
    FetchError,
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
from sources.web import Web, WebLimits
from tests import publisher as fake

pytestmark = pytest.mark.server

CSV = b"Model,Score\nA,0.5\n"
LIMITS = WebLimits(deadline_seconds=20, spacing_seconds=0, max_bytes=1 << 20)
# Only silence is met with little patience: on a busy machine anything else may take its time.
IMPATIENT = replace(LIMITS, read_seconds=0.5, answer_seconds=1)
SECRET = "Token 0123456789abcdef0123456789abcdef01234567"


class Time:
    """A clock that only `sleep` moves, and that remembers what was slept."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def publisher():
    with fake.Publisher() as server:
        yield server


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def web(time):
    with Web(version="1.2", limits=LIMITS, clock=time.clock, sleep=time.sleep) as session:
        yield session


def failure_of(web, url, **options) -> SourceError:
    with pytest.raises(SourceError) as caught:
        web.get(url, accept="csv", **options)
    return caught.value


def test_a_good_answer_comes_back_with_bytes_validator_and_type(web, publisher):
    publisher.serve("/a.csv", fake.ok(CSV, etag='"v1"'))
    answer = web.get(publisher.url + "/a.csv", accept="csv")
    assert (answer.status, answer.body, answer.etag, answer.media_type) == (200, CSV, '"v1"', "text/csv")
    assert answer.url == publisher.url + "/a.csv"


def test_the_project_introduces_itself(web, publisher):
    publisher.serve("/a.csv", fake.ok(CSV))
    web.get(publisher.url + "/a.csv", accept="csv")
    assert publisher.requests[0].headers["User-Agent"].startswith("gpt2030/1.2 (")


def test_an_unchanged_file_has_no_body(web, publisher):
    publisher.serve("/a.csv", fake.ok(CSV, etag='"v1"'))
    answer = web.get(publisher.url + "/a.csv", accept="csv", etag='"v1"')
    assert (answer.status, answer.body, answer.etag) == (304, None, '"v1"')


def test_not_modified_without_a_question_is_not_believed(web, publisher):
    publisher.serve("/a.csv", fake.status(304))
    assert isinstance(failure_of(web, publisher.url + "/a.csv"), WrongContent)


@pytest.mark.parametrize(
    ("behaviour", "kind", "status", "seen"),
    [
        (fake.status(404, b"gone fishing"), NotFound, 404, "gone fishing"),
        (fake.status(410), NotFound, 410, ""),
        (fake.status(401, b'{"detail":"no key"}'), Refused, 401, "no key"),
        (fake.status(403, b"Permission Error: the API"), Refused, 403, "Permission Error"),
        (fake.status(403, fake.CHALLENGE_PAGE), Refused, 403, "Just a moment"),
        (fake.status(400, b"bad"), Refused, 400, "bad"),
        (fake.status(500, b"boom"), ServerFailed, 500, "boom"),
        (fake.status(502, fake.BAD_GATEWAY_PAGE), ServerFailed, 502, "502 Bad Gateway"),
        (fake.status(429), RateLimited, 429, "without saying how long"),
        (fake.status(204), WrongContent, 204, ""),
        (fake.ok(b""), WrongContent, 200, "0 bytes"),
        (fake.ok(b" \n\xef\xbb\xbf"[:2]), WrongContent, 200, "2 bytes"),
        (fake.ok(fake.CHALLENGE_PAGE), WrongContent, 200, "Just a moment"),
        (fake.ok(b'{"error": "maintenance"}'), WrongContent, 200, "maintenance"),
        (fake.ok(b"PK\x03\x04rest"), WrongContent, 200, "PK"),
        (fake.ok(b"a,\x00b"), WrongContent, 200, "a,"),
        (fake.truncated(CSV * 100), Truncated, None, "bytes, then"),
        (fake.reset, Unreachable, None, "reset"),
        (fake.gzip_bomb(8 << 20), TooLarge, None, "and more to come"),
        (fake.endless(100 << 20), TooLarge, None, "and more to come"),
        (fake.ok(bytes(2 << 20)), TooLarge, None, "Content-Length"),
    ],
)
def test_every_failure_is_typed_and_says_what_was_seen_and_where(web, publisher, behaviour, kind, status, seen):
    publisher.serve("/a.csv", behaviour)
    error = failure_of(web, publisher.url + "/a.csv")
    assert type(error) is kind
    assert error.status == status
    assert seen.lower() in error.evidence.lower()
    assert publisher.url + "/a.csv" in str(error)
    assert error.advice


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        (fake.status(200, b"no gzip at all", headers={"Content-Encoding": "gzip"}), "not packed as the answer says"),
        (fake.close_at_once, "closed without an answer"),
        (fake.truncated(CSV * 100), "fewer bytes came than were announced"),
    ],
    ids=["broken gzip", "no answer", "cut off"],
)
def test_what_breaks_in_transfer_is_told_in_words_and_not_by_a_class(web, publisher, behaviour, seen):
    publisher.serve("/a.csv", behaviour)
    assert seen in failure_of(web, publisher.url + "/a.csv").evidence


@pytest.mark.parametrize(
    ("behaviour", "requests"), [(fake.hang, 2), (fake.drip_headers, 1)], ids=["hang", "drip of headers"]
)
def test_silence_ends_and_costs_few_tries(publisher, time, behaviour, requests):
    publisher.serve("/a.csv", behaviour)
    with Web(limits=IMPATIENT, clock=time.clock, sleep=time.sleep) as web:
        error = failure_of(web, publisher.url + "/a.csv")
    assert type(error) is Unreachable
    assert len(publisher.requests) == requests


@pytest.mark.parametrize("behaviour", [fake.status(500), fake.reset, fake.truncated(CSV * 9), fake.status(429)])
def test_what_passes_is_tried_again(web, publisher, behaviour):
    publisher.serve("/a.csv", behaviour, behaviour, fake.ok(CSV))
    assert web.get(publisher.url + "/a.csv", accept="csv").body == CSV
    assert len(publisher.requests) == 3


@pytest.mark.parametrize("behaviour", [fake.status(404), fake.status(403), fake.ok(fake.CHALLENGE_PAGE)])
def test_what_does_not_pass_is_asked_once(web, publisher, behaviour):
    publisher.serve("/a.csv", behaviour)
    failure_of(web, publisher.url + "/a.csv")
    assert len(publisher.requests) == 1


def test_pauses_grow_and_differ(web, publisher, time):
    publisher.serve("/a.csv", fake.status(503))
    failure_of(web, publisher.url + "/a.csv")
    assert len(time.slept) == LIMITS.tries - 1
    assert all(earlier < later for earlier, later in pairwise(time.slept))
    assert len({round(pause % 0.4, 6) for pause in time.slept}) > 1  # jitter: readers must not come back in step


def test_retry_after_in_seconds_is_kept(web, publisher, time):
    publisher.serve("/a.csv", fake.status(429, headers={"Retry-After": "7"}), fake.ok(CSV))
    assert web.get(publisher.url + "/a.csv", accept="csv").body == CSV
    assert time.slept == [7.0]


def test_retry_after_as_a_date_is_read_by_the_publishers_clock(web, publisher, time):
    theirs = datetime(2001, 1, 1, tzinfo=UTC)
    headers = {"Date": format_datetime(theirs, usegmt=True)}
    headers["Retry-After"] = format_datetime(theirs + timedelta(seconds=11), usegmt=True)

    def busy(handler):
        handler.send_response_only(503)
        for name, value in {**headers, "Content-Length": "0"}.items():
            handler.send_header(name, value)
        handler.end_headers()

    publisher.serve("/a.csv", busy, fake.ok(CSV))
    assert web.get(publisher.url + "/a.csv", accept="csv").body == CSV
    assert time.slept == [11.0]


def test_a_pause_beyond_the_deadline_is_not_waited_for(web, publisher, time):
    publisher.serve("/a.csv", fake.status(429, headers={"Retry-After": "3600"}))
    error = failure_of(web, publisher.url + "/a.csv")
    assert isinstance(error, RateLimited)
    assert "3600 s" in error.evidence
    assert time.slept == []


def test_a_slow_drip_ends_at_the_deadline(publisher):
    publisher.serve("/a.csv", fake.drip(CSV * 1000))
    with Web(limits=LIMITS).within(0.5) as web:
        error = failure_of(web, publisher.url + "/a.csv")
    assert isinstance(error, Unreachable)
    assert "bytes so far" in error.evidence


def test_a_redirect_is_followed(web, publisher):
    publisher.serve("/a.csv", fake.redirect("/b.csv", 302))
    publisher.serve("/b.csv", fake.ok(CSV))
    assert web.get(publisher.url + "/a.csv", accept="csv").body == CSV


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_credentials_never_follow_to_another_host(web, publisher, code):
    publisher.serve("/a.csv", fake.redirect(publisher.other_url + "/b.csv", code))
    publisher.serve("/b.csv", fake.redirect(publisher.url + "/c.csv", code))
    publisher.serve("/c.csv", fake.ok(CSV))
    web.get(publisher.url + "/a.csv", accept="csv", headers={"Authorization": SECRET, "x-api-key": SECRET})
    first, *later = [request.headers for request in publisher.requests]
    assert (first["Authorization"], first["x-api-key"]) == (SECRET, SECRET)
    assert len(later) == 2
    assert all(SECRET not in headers.values() for headers in later)


def test_credentials_stay_along_a_redirect_on_the_same_host(web, publisher):
    publisher.serve("/a.csv", fake.redirect("/b.csv"))
    publisher.serve("/b.csv", fake.ok(CSV))
    web.get(publisher.url + "/a.csv", accept="csv", headers={"Authorization": SECRET})
    assert publisher.requests[-1].headers["Authorization"] == SECRET


@pytest.mark.parametrize("location", ["ftp://example.org/a", "file:///etc/passwd", ""])
def test_redirects_out_of_the_web_are_not_followed(web, publisher, location):
    publisher.serve("/a.csv", fake.redirect(location))
    assert isinstance(failure_of(web, publisher.url + "/a.csv"), WrongContent)


def test_a_redirect_in_circles_ends(web, publisher):
    publisher.serve("/a.csv", fake.redirect("/a.csv"))
    assert "redirects" in failure_of(web, publisher.url + "/a.csv").what
    assert len(publisher.requests) == LIMITS.redirects + 1


def test_a_secret_is_in_no_message_and_no_traceback(web, publisher):
    publisher.serve("/a.csv", fake.echo_credentials())
    url = publisher.url.replace("//", "//user:hunter2-hunter2@") + "/a.csv?token=query-secret"
    for target in (url, fake.unused_address() + "/a?token=query-secret"):
        error = failure_of(web, target, headers={"Authorization": SECRET})
        shown = "".join(traceback.format_exception(error)) + repr(vars(error))
        for secret in (SECRET, SECRET.split()[1], "hunter2-hunter2", "query-secret"):
            assert secret not in shown


def test_a_page_of_status_200_that_quotes_a_secret_is_quoted_without_it(web, publisher):
    publisher.serve("/a.csv", fake.ok(f"<html><title>Not with {SECRET}</title>".encode()))
    error = failure_of(web, publisher.url + "/a.csv", headers={"x-api-key": SECRET})
    assert "Not with" in str(error)
    assert SECRET.split()[1] not in "".join(traceback.format_exception(error)) + repr(vars(error))


def test_a_password_in_the_address_is_not_sent(web, publisher):
    publisher.serve("/a.csv", fake.ok(CSV))
    answer = web.get(publisher.url.replace("//", "//user:pass@") + "/a.csv", accept="csv")
    assert "Authorization" not in publisher.requests[0].headers
    assert "pass" not in answer.url


def test_cookies_are_not_carried(web, publisher):
    publisher.serve("/a.csv", fake.status(200, CSV, headers={"Set-Cookie": "id=1; Path=/"}))
    for _ in range(2):
        web.get(publisher.url + "/a.csv", accept="csv")
    assert "Cookie" not in publisher.requests[1].headers


@pytest.mark.parametrize("url", ["", "epoch.ai/data", "file:///etc/passwd", "http://", "http://[::1/x"])
def test_an_address_that_is_none_is_named_as_such(web, url):
    assert "not an http(s) address" in str(failure_of(web, url))


def test_requests_to_one_host_keep_their_distance(publisher, time):
    limits = WebLimits(spacing_seconds=1.3)
    publisher.serve("/a.csv", fake.ok(CSV))
    with Web(limits=limits, clock=time.clock, sleep=time.sleep) as web:
        for _ in range(9):
            web.get(publisher.url + "/a.csv", accept="csv")
    assert 8 * 1.3 <= time.now <= 8 * 1.3 + 0.1


def test_a_refused_connection_does_not_condemn_other_hosts(web, publisher):
    publisher.serve("/a.csv", fake.ok(CSV))
    for _ in range(4):
        assert isinstance(failure_of(web, fake.unused_address() + "/a.csv"), Unreachable)
    assert web.get(publisher.url + "/a.csv", accept="csv").body == CSV


def test_a_dead_network_is_noticed_once_for_all(web, publisher):
    names = [f"http://host-{k}.invalid/a.csv" for k in range(4)]
    with ThreadPoolExecutor(4) as pool:
        errors = list(pool.map(lambda name: failure_of(web, name), names))
    assert {type(error) for error in errors} == {Unreachable}
    late = failure_of(web, "http://one-more.invalid/a.csv")
    assert late.what == "not reached"
    publisher.serve("/a.csv", fake.ok(CSV))  # a local address needs no network
    assert web.get(publisher.url + "/a.csv", accept="csv").body == CSV


def test_many_threads_share_one_session(publisher):
    for k in range(12):
        publisher.serve(f"/{k}.csv", fake.ok(CSV + str(k).encode()))
    with Web(limits=LIMITS) as web, ThreadPoolExecutor(6) as pool:
        bodies = list(pool.map(lambda k: web.get(f"{publisher.url}/{k}.csv", accept="csv").body, range(12)))
    assert bodies == [CSV + str(k).encode() for k in range(12)]


def test_every_fetch_failure_keeps_the_last_good_snapshot_in_words():
    assert issubclass(Truncated, FetchError)
    assert issubclass(WrongContent, SourceError)
    assert not issubclass(WrongContent, FetchError)


def test_no_more_is_fetched_than_could_be_read(publisher):
    publisher.serve("/x.yaml", fake.ok(b"a: b\n" * 300_000))
    with Web(limits=WebLimits(spacing_seconds=0)) as web, pytest.raises(TooLarge, match="more than 1048576 bytes"):
        web.get(publisher.url + "/x.yaml", accept="yaml")
