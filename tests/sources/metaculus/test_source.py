"""How Metaculus is asked, what is kept, what a refusal costs, and that real answers give the documented numbers."""

from __future__ import annotations

import json
import random
import traceback

import pytest

from sources.errors import (
    MissingKey,
    NotFound,
    RateLimited,
    Refused,
    ServerFailed,
    Truncated,
    Unreachable,
    WrongContent,
)
from sources.metaculus.source import MetaculusSource
from sources.web import Web, WebLimits
from tests import publisher as fake
from tests.sources.metaculus_posts import NOW, TOKEN, parsed, post, rows, snapshot_of, value
from tests.sources.parsing import assert_conserved

REFUSAL = b"Permission Error: The API is only available to authenticated users."
ME = {"id": 2, "username": "pipeline_reader", "email": "pipe@example.invalid", "api_access_tier": "restricted"}


class Time:
    """A clock that only `sleep` moves."""

    def __init__(self):
        self.now = 0.0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Server(fake.Publisher):
    """A Metaculus on loopback that notes at which moment of the fake clock it was asked."""

    def __init__(self, time):
        super().__init__()
        self.time, self.moments = time, []
        self.say("users/me/", fake.ok(json.dumps(ME).encode()))

    def say(self, path, *behaviours):
        self.serve("/api/" + path, *(self._noting(behaviour) for behaviour in behaviours))

    def post(self, body, *behaviours):
        self.say(f"posts/{body['id']}/", *behaviours, fake.ok(json.dumps(body).encode(), etag='"1"'))

    def _noting(self, behaviour):
        def behave(handler):
            self.moments.append(self.time.now)
            behaviour(handler)

        return behave


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def server(time):
    with Server(time) as found:
        yield found


@pytest.fixture
def fetch(server, time):
    limits = WebLimits(connect_seconds=2, read_seconds=2, answer_seconds=4, deadline_seconds=600)

    def fetch(*, token=TOKEN, known=None, ids=(7001, 7002, 40001)):
        source = MetaculusSource(token)
        source.questions = tuple(q for q in MetaculusSource(token, asked(ids)).questions if q.post_id in ids)
        with Web(limits=limits, clock=time.clock, sleep=time.sleep) as web:
            return {each.feed: each for each in source.fetch(web, server.url + "/api", known or {})}

    return fetch


def asked(ids):
    return [{"post_id": post_id, "type": "date"} for post_id in ids]


def outcomes(answers):
    return {feed: answer.failure.outcome if answer.failure else "fine" for feed, answer in answers.items()}


@pytest.mark.server
class TestFetch:
    def test_every_post_is_a_feed_with_its_bytes_as_they_came(self, server, fetch):
        for kind in ("date", "numeric", "binary"):
            server.post(post(kind))
        answers = fetch()
        assert list(answers) == ["me", "post-7001", "post-7002", "post-40001"]
        assert json.loads(answers["post-7001"].body) == post("date")
        assert answers["post-7001"].url == f"{server.url}/api/posts/7001/"

    def test_of_the_account_only_the_tier_is_kept(self, server, fetch):
        server.post(post("date"))
        assert json.loads(fetch()["me"].body) == {"api_access_tier": "restricted"}

    def test_the_token_goes_into_the_header_and_no_language_into_the_titles(self, server, fetch):
        server.post(post("date"))
        fetch()
        sent = {name.lower(): value for name, value in server.asked("/api/posts/7001/")[0].headers.items()}
        assert sent["authorization"] == f"Token {TOKEN}"
        assert sent["accept-language"] == "en"

    def test_an_unchanged_post_is_not_sent_again(self, server, fetch):
        server.post(post("date"))
        answer = fetch(known={"post-7001": '"1"'})["post-7001"]
        assert (answer.body, answer.status, answer.failure) == (None, 304, None)

    def test_without_a_token_nobody_is_asked(self, server, fetch):
        with pytest.raises(MissingKey, match="set METACULUS_TOKEN"):
            fetch(token=None)
        assert server.requests == []

    def test_a_token_that_cannot_be_one_is_not_quoted(self, fetch):
        with pytest.raises(MissingKey) as caught:
            fetch(token="0123456789abcdef\nX-Evil: 1")
        assert "0123456789abcdef" not in str(caught.value)

    @pytest.mark.parametrize("token", [f"Token {TOKEN}", f" {TOKEN}\n"])
    def test_a_token_pasted_with_its_surroundings_is_understood(self, server, fetch, token):
        server.post(post("date"))
        fetch(token=token)
        assert server.asked("/api/posts/7001/")[0].headers["Authorization"] == f"Token {TOKEN}"


@pytest.mark.server
class TestRefusals:
    def test_one_missing_post_costs_the_others_nothing(self, server, fetch):
        server.post(post("date"))
        server.say("posts/7002/", fake.status(404, b'{"detail":"Post not found"}'))
        server.post(post("binary"))
        answers = fetch()
        assert outcomes(answers) == {"me": "fine", "post-7001": "fine", "post-7002": "not_found", "post-40001": "fine"}
        assert isinstance(answers["post-7002"].failure, NotFound)
        assert answers["post-7002"].body is None

    @pytest.mark.parametrize(
        ("behaviour", "error"),
        [
            (fake.status(403, REFUSAL), Refused),
            (fake.status(403, b'{"detail":"Invalid token."}', media_type="application/json"), Refused),
            (fake.status(403, fake.CHALLENGE_PAGE, media_type="text/html"), Refused),
            (fake.status(200, fake.CHALLENGE_PAGE, media_type="text/html"), WrongContent),
            (fake.status(502, fake.BAD_GATEWAY_PAGE, media_type="text/html"), ServerFailed),
            (fake.truncated(b'{"id": 7002}' * 9), Truncated),
        ],
        ids=["403 text", "403 json", "403 challenge", "200 challenge", "502", "broken off"],
    )
    def test_each_way_to_fail_is_a_typed_failure_of_its_post(self, server, fetch, behaviour, error):
        server.post(post("date"))
        server.say("posts/7002/", behaviour)
        server.post(post("binary"))
        answers = fetch()
        assert isinstance(answers["post-7002"].failure, error)
        assert {feed for feed, answer in answers.items() if answer.failure} == {"post-7002"}

    def test_a_refused_token_is_asked_about_twice_and_no_more(self, server, fetch):
        server.say("users/me/", fake.status(403, REFUSAL))
        server.say("posts/7001/", fake.status(403, REFUSAL))
        with pytest.raises(Refused):
            fetch()
        assert len(server.requests) == 2

    def test_a_token_that_may_not_see_its_account_still_reads_posts(self, server, fetch):
        server.say("users/me/", fake.status(403, REFUSAL))
        server.post(post("date"))
        assert outcomes(fetch()) == {
            "me": "refused", "post-7001": "fine", "post-7002": "not_found", "post-40001": "not_found",
        }  # fmt: skip

    def test_too_many_requests_ends_the_round_and_keeps_what_came(self, server, fetch):
        server.post(post("date"))
        server.say("posts/7002/", fake.status(429, b"error code: 1015", headers={"Retry-After": "2"}))
        server.post(post("binary"))
        answers = fetch()
        assert outcomes(answers)["post-7001"] == "fine"
        assert isinstance(answers["post-7002"].failure, RateLimited)
        assert isinstance(answers["post-40001"].failure, RateLimited)
        assert server.asked("/api/posts/40001/") == []

    def test_without_a_connection_it_is_unreachable(self, time):
        with Web(clock=time.clock, sleep=time.sleep) as web, pytest.raises(Unreachable):
            MetaculusSource(TOKEN).fetch(web, fake.unused_address(), {})

    def test_an_account_without_a_tier_does_not_stop_the_questions(self, server, fetch):
        server.say("users/me/", fake.ok(b'{"username": "x"}'))
        server.post(post("date"))
        assert (outcomes(fetch())["me"], outcomes(fetch())["post-7001"]) == ("wrong_content", "fine")


@pytest.mark.server
class TestPace:
    def test_never_more_than_eight_requests_in_ten_seconds_retries_included(self, server, fetch):
        ids = tuple(range(8001, 8016))
        for post_id in ids:
            server.post(post("date") | {"id": post_id}, fake.status(502, b"") if post_id % 4 == 0 else fake.ok(b"{}"))
        fetch(ids=ids)
        moments = sorted(server.moments)
        assert len(moments) == 1 + len(ids) + sum(post_id % 4 == 0 for post_id in ids)
        windows = [sum(start <= moment < start + 10 for moment in moments) for start in moments]
        assert max(windows) <= 8

    def test_requests_are_at_least_1_3_seconds_apart(self, server, fetch):
        for kind in ("date", "numeric", "binary"):
            server.post(post(kind))
        fetch()
        gaps = [later - earlier for earlier, later in zip(server.moments, server.moments[1:], strict=False)]
        assert len(gaps) == 3
        assert min(gaps) >= 1.3 - 1e-3


@pytest.mark.server
class TestToken:
    def test_it_is_in_no_repr_answer_or_snapshot(self, server, fetch):
        server.post(post("date"))
        answers = fetch()
        assert TOKEN not in repr(MetaculusSource(TOKEN)) + repr(answers)
        assert all(TOKEN.encode() not in (answer.body or b"") for answer in answers.values())

    def test_a_server_that_quotes_it_in_a_refusal_is_not_repeated(self, server, fetch):
        for path in ("users/me/", "posts/7001/"):
            server.say(path, fake.echo_credentials())
        with pytest.raises(Refused) as caught:
            fetch()
        assert TOKEN not in "".join(traceback.format_exception(caught.value))

    def test_a_page_that_quotes_it_with_status_200_is_not_repeated(self, server, fetch):
        server.post(post("date"))
        server.say("posts/7002/", fake.ok(f"<html>bad key {TOKEN}".encode()))
        failure = fetch()["post-7002"].failure
        assert "***" in str(failure)
        assert TOKEN not in repr(failure) + str(failure)

    def test_a_post_that_quotes_it_is_not_kept(self, server, fetch):
        server.post(post("date") | {"title": f"asked with {TOKEN}"})
        answer = fetch()["post-7001"]
        assert isinstance(answer.failure, WrongContent)
        assert answer.body is None

    def test_it_is_in_no_address(self, server, fetch):
        server.post(post("date"))
        fetch()
        assert all(TOKEN not in request.path for request in server.requests)


class TestParse:
    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (b"{}", "keys none"),
            (b'{"id": 5121, "question": {"id"', "no JSON"),
            (b"[]", "a list"),
            (REFUSAL, "no JSON"),
            (b"\xff\xfe\x00", "no JSON"),
            (b"[" * 100_000, "levels of nesting"),
            (b'{"detail": "Post not found"}', "Post not found"),
            (b'{"next": "x", "results": [{"id": 1, "question": {}}]}', "lists leave out the forecasts"),
        ],
        ids=["empty", "truncated", "list", "text", "binary", "deep", "detail", "page of a list"],
    )
    def test_what_is_no_post_is_wrong_content_with_evidence(self, body, says):
        with pytest.raises(WrongContent, match=says):
            parsed(body)

    def test_the_bytes_of_another_post_are_not_taken_for_this_one(self):
        with pytest.raises(WrongContent, match="post 7001"):
            parsed(post("date"), feed="post-5121")

    def test_a_replayed_file_is_read_under_any_feed_name(self):
        found = rows(post("date"), feed="post_7001_plain.json")
        assert {key: value(row) for key, row in found.items()} == {
            k: value(row) for k, row in rows(post("date")).items()
        }

    def test_the_account_is_a_record_that_names_the_tier_and_lands_nothing(self):
        found = parsed({"api_access_tier": "benchmarking"}, feed="me")
        assert found.skipped == {"account of access tier benchmarking": 1}
        assert found.frames["core.community_forecast"].height == 0

    def test_a_question_without_a_title_gets_ours(self):
        body = post("date") | {"id": 5121, "short_title": "", "title": None}
        assert rows(body)["state"]["title"] == "First general AI system"

    def test_rows_say_where_they_stand(self):
        frame = parsed(post("binary")).frames["core.community_forecast"]
        assert frame["line"].to_list() == [1, 2, 3, 4]
        assert set(frame["feed"]) == {"post-40001"}

    def test_a_moment_without_a_zone_is_utc(self):
        assert rows(post("date"), at=NOW.replace(tzinfo=None)) == rows(post("date"))

    def test_mutilated_posts_never_raise_and_lose_nothing(self):
        rng = random.Random(20260925)
        source = MetaculusSource(TOKEN)
        kinds = [post(kind) for kind in ("binary", "date", "numeric", "multiple_choice", "group")]
        read = 0
        for _ in range(300):
            body = json.loads(json.dumps(rng.choice(kinds)))
            for _ in range(rng.randint(1, 3)):
                damage(body, rng)
            try:
                assert_conserved(source.parse(snapshot_of(body, feed="some-file.json")))
                read += 1
            except WrongContent:
                continue
        assert read > 100


JUNK = (
    None,
    True,
    0,
    -1,
    10**400,
    1.5,
    2**63,
    "",
    "x",
    "\ud800",
    [],
    {},
    [None],
    [[1]],
    "9999-12-31T23:59:59-23:59",
    "annulled",
)


def damage(node, rng):
    """Replace or remove one part of a JSON tree, somewhere."""
    while isinstance(node, dict | list) and node:
        key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
        if rng.random() < 0.7 and isinstance(node[key], dict | list) and node[key]:
            node = node[key]
            continue
        if rng.random() < 0.2:
            del node[key]
        else:
            node[key] = rng.choice(JUNK)
        return
