"""Metaculus: community forecasts by question, as far as the token shows them, with a typed state where it does not.

One feed per post and one for the account. Metaculus's terms are strict: its data may not be used to create or
evaluate AI models without permission, nor commercially, nor passed on; docs/metaculus.md says what that means here.
The stored history of a question is not append-only, so it is kept in the snapshot and never landed row by row.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from sources.bounds import MOST_ROWS, require_at_most
from sources.errors import MissingKey, NotFound, RateLimited, SourceError, Unreachable, WrongContent
from sources.metaculus.questions import Question, load_questions
from sources.metaculus.rows import RowContext, rows_of
from sources.metaculus.states import Part, failed_reading, parts_of, read_part
from sources.reading.community import looked_at, of_community
from sources.reading.json_records import read_object, read_tree
from sources.reading.json_values import Flaw, Json, count, mapping, shown, text
from sources.records import Fetched, Parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sources.records import Snapshot
    from sources.web import Web

ACCOUNT_FEED: Final = "me"
THRESHOLDS: Final = (date(2026, 12, 31), date(2028, 1, 1), date(2030, 7, 1), date(2030, 12, 31))
# The platform allows eight requests in ten seconds; one every 1.3 s stays below that, retries included.
SPACING_SECONDS: Final = 1.3
MAX_BYTES: Final = 8 << 20
MOST_QUESTIONS: Final = 500  # of one post; 12 were seen
_FORMS: Final = ("question", "group_of_questions", "conditional", "notebook")
_TIERS: Final = re.compile(r"[a-z_]{1,40}")


class MetaculusSource:
    """Forecasts of the questions in `questions.toml` and of the user's own, for one token."""

    source_id: ClassVar[str] = "metaculus"
    title: ClassVar[str] = "Metaculus community forecasts"
    licence: ClassVar[str] = (
        "Metaculus terms of use and API terms (2026-05-21): no training, evaluation or development of AI models and no "
        "commercial use without written permission; not to be redistributed. https://www.metaculus.com/terms-of-use/"
    )
    default_url: ClassVar[str] = "https://www.metaculus.com/api"
    is_redistributable: ClassVar[bool] = False

    def __init__(
        self,
        token: str | None = None,
        questions: Iterable[Mapping[str, Any]] = (),
        thresholds: Sequence[date] = THRESHOLDS,
    ) -> None:
        """Take the user's token and questions (`{"post_id": …, "type": …}`); ValueError for an unusable question."""
        # Pasted with the word of its header, a good token would be refused for the blank in it.
        self._token = (token or "").strip().removeprefix("Token ").strip()
        self.questions = load_questions(questions)
        self.thresholds = tuple(thresholds)

    def __getstate__(self) -> dict[str, object]:
        """Without the token: the process that reads bytes asks nobody for any."""
        return {**self.__dict__, "_token": ""}

    def __repr__(self) -> str:
        """Without the token."""
        return f"MetaculusSource({len(self.questions)} questions, {'a' if self._token else 'no'} token)"

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the account's tier, then for every post, one at a time and spaced.

        A post that cannot be had carries its failure; the others still count. The round ends early when asking on
        would be useless or rude: no connection, too many requests, or nothing but refusals from the start. When
        nothing at all came, the first failure is raised. MissingKey without a token.
        """
        self._require_token(base_url)
        root, answers = base_url.rstrip("/"), list[Fetched]()
        for feed, path in self._paths():
            if answers and _is_useless(answers):
                # Not asked, and for the same reason as the last: the feed still gets a look that says so.
                last = answers[-1]
                answers.append(replace(last, feed=feed, url=f"{root}/{path}"))
                continue
            answers.append(self._ask(web, feed, f"{root}/{path}", known.get(feed)))
        failures = [answer.failure for answer in answers if answer.failure]
        if len(failures) == len(answers):
            raise failures[0]
        return answers

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read one post (or the account) into the states and numbers of its questions.

        A record is one number, or one part that could not be read. Conditional numbers are given that nothing has
        happened by the day of `retrieved_at`. WrongContent when the bytes are no post.
        """
        body = read_object(snapshot.body, feed=snapshot.url)
        if "api_access_tier" in body:
            return _account(body, snapshot)
        post = _post(body, snapshot)
        expected = next((q for q in self.questions if q.post_id == post["id"]), Question(post["id"]))
        now = looked_at(snapshot)
        rows, flaws = _read(post, RowContext(expected, now.date(), self.thresholds), now)
        return of_community(rows, flaws, snapshot)

    def _paths(self) -> list[tuple[str, str]]:
        posts = [(question.feed, f"posts/{question.post_id}/") for question in self.questions]
        return [(ACCOUNT_FEED, "users/me/?with_data_access=true"), *posts]

    def _require_token(self, base_url: str) -> None:
        if not re.fullmatch(r"[\x21-\x7e]+", self._token):
            raise MissingKey(
                "no usable token" if self._token else "no token",
                where=base_url,
                evidence="it holds blanks or characters no token has" if self._token else "",
                advice="set METACULUS_TOKEN to the API token of your account; the table is published without it",
            )

    def _ask(self, web: Web, feed: str, url: str, etag: str | None) -> Fetched:
        """One answer, or its failure; whatever a server echoes of the token goes no further than here."""
        limits = replace(web.limits, spacing_seconds=SPACING_SECONDS, max_bytes=MAX_BYTES)
        # Titles are translated to the language asked for, and a translated title would look like a changed one.
        headers = {"Authorization": f"Token {self._token}", "Accept-Language": "en"}
        try:
            answer = web.get(url, accept="json", etag=etag, headers=headers, limits=limits).of_feed(feed)
            return self._kept(answer)
        except SourceError as error:
            return Fetched(feed, url, None, status=error.status, failure=self._without_token(error))

    def _kept(self, answer: Fetched) -> Fetched:
        """What may be kept of an answer: posts whole, of the account only its tier."""
        if answer.body is not None and self._token.encode() in answer.body:
            raise WrongContent("an answer that repeats the token", where=answer.url, advice="it is not kept")
        if answer.feed != ACCOUNT_FEED or answer.body is None:
            return answer
        # The validator of the whole answer says nothing about the part that is kept.
        return replace(answer, body=json.dumps({"api_access_tier": _tier(answer.body, answer.url)}).encode(), etag=None)

    def _without_token(self, error: SourceError) -> SourceError:
        what, where, evidence, advice = (
            words.replace(self._token, "***") for words in (error.what, error.where, error.evidence, error.advice)
        )
        return type(error)(what, where=where, evidence=evidence, advice=advice, status=error.status)


def _is_useless(answers: Sequence[Fetched]) -> bool:
    """Whether the answers so far say that asking on brings nothing."""
    failures = [answer.failure for answer in answers]
    if isinstance(failures[-1], Unreachable | RateLimited):
        return True
    # The account may be refused to a token that reads posts; the first post as well, and it is the token.
    is_hopeless = all(failure and not isinstance(failure, NotFound | WrongContent) for failure in failures)
    return is_hopeless and len(failures) > 1


def _tier(body: bytes, url: str) -> str:
    """The access tier of the account. Everything else there is personal and dropped."""
    try:
        found = read_tree(body, feed=url)
    except WrongContent:
        found = None
    tier = mapping(found).get("api_access_tier")
    if not isinstance(tier, str) or not _TIERS.fullmatch(tier):
        raise WrongContent("no access tier", where=url, advice="the questions are asked all the same")
    return tier


def _post(body: Json, snapshot: Snapshot) -> Json:
    """The post; WrongContent for error objects, lists (which leave out the forecasts) and another post's bytes."""
    post_id = count(body.get("id"))
    if post_id is None or not any(body.get(form) for form in _FORMS):
        advice = "ask for posts one by one: lists leave out the forecasts" if "results" in body else ""
        evidence = text(body.get("detail")) or f"keys {', '.join(sorted(body)[:6]) or 'none'}"
        if post_id is None and body.get("id") is not None:
            evidence = f"id {shown(body['id'])[:200]}"
        raise WrongContent("no Metaculus post", where=snapshot.url, evidence=evidence, advice=advice)
    # A replayed file may carry any name; only one that names a post can be held to it.
    if re.fullmatch(r"post-\d+", snapshot.feed) and snapshot.feed != f"post-{post_id}":
        raise WrongContent("another post than asked for", where=snapshot.url, evidence=f"post {post_id}")
    return {**body, "id": post_id}


def _account(body: Json, snapshot: Snapshot) -> Parsed:
    tier = text(body["api_access_tier"])
    if tier is None:
        raise WrongContent("no access tier", where=snapshot.url, evidence=shown(body["api_access_tier"]))
    return of_community([], [], snapshot, {f"account of access tier {tier}": 1})


def _read(post: Json, context: RowContext, now: datetime) -> tuple[list[dict[str, Any]], list[tuple[str, Flaw]]]:
    """Rows of all questions, and what could not be read, with the question it belongs to."""
    parts, nameless = parts_of(post)
    require_at_most(MOST_QUESTIONS, len(parts), "questions", where=f"post {post['id']}")
    flaws = [(str(post["id"]), flaw) for flaw in nameless]
    if not parts:
        part = Part(str(post["id"]), text(post.get("title")), {}, is_sub=False)
        return rows_of(failed_reading(part, "the post has no question that could be forecast"), context), flaws
    rows = []
    for part in parts:
        try:
            rows += rows_of(read_part(part, post, context.question, now), context)
        except Flaw as flaw:
            flaws.append((part.question_id, flaw))
            rows += rows_of(failed_reading(part, str(flaw)), context)
        require_at_most(MOST_ROWS, len(rows), "numbers and more to come", where=f"post {post['id']}")
    return rows, flaws
