"""Small synthetic posts in the form of production, and how tests read them."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime

from sources.metaculus.source import MetaculusSource
from sources.records import Snapshot
from tests.sources.parsing import FIXTURES, assert_conserved

TOKEN = "0123456789abcdef0123456789abcdef01234567"
NOW = datetime(2026, 10, 11, 6, 17, tzinfo=UTC)
# What the gate of production leaves of an aggregate that a token may not see.
GATED = {"history": None, "latest": None, "score_data": None, "movement": None}
EMPTY = {"history": [], "latest": None, "score_data": {}, "movement": None}


def post(kind, **changes):
    """A synthetic post; `changes` go into its question, `latest` into the newest aggregate, `scaling` into that."""
    found = json.loads((FIXTURES / "metaculus" / f"{kind}.json").read_text())
    question = found.get("question", {})
    question.get("aggregations", {}).get("recency_weighted", {}).get("latest", {}).update(changes.pop("latest", {}))
    question.get("scaling", {}).update(changes.pop("scaling", {}))
    question.update(changes)
    return copy.deepcopy(found)


def with_block(kind, block, **changes):
    """The post with another block of aggregates."""
    return post(kind, aggregations={"recency_weighted": block}, **changes)


def snapshot_of(body, *, feed=None, at=NOW):
    """The bytes of a post, or any bytes, as if taken at `at`."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    name = feed or (f"post-{body['id']}" if isinstance(body, dict) and "id" in body else "post-1")
    return Snapshot("metaculus", name, f"https://example.org/posts/{name}/", payload, at, at.date())


def parsed(body, *, at=NOW, questions=(), feed=None):
    """The post as the source reads it, held against the law that nothing is lost."""
    found = MetaculusSource(TOKEN, questions).parse(snapshot_of(body, feed=feed, at=at))
    assert_conserved(found)
    return found


def rows(body, **how):
    """Rows by what follows the question in their id: 'state', 'recency_weighted|0.5', …; in groups by the whole id."""
    frame = parsed(body, **how).frames["core.community_forecast"]
    found = frame.iter_rows(named=True)
    single = frame["question_id"].n_unique() == 1
    return {row["source_row_id"].split("|", 1)[1] if single else row["source_row_id"]: row for row in found}


def state(body, **how):
    """State and evidence of a post with one question."""
    row = rows(body, **how)["state"]
    return row["state"], row["state_detail"]


def value(row):
    """The one value of a row, whichever column it is in; None when it has none."""
    found = [row[name] for name in ("value_number", "value_date") if row[name] is not None]
    return found[0] if found else row["value_text"]


def has_values(body, **how):
    """Whether any row carries a value."""
    return any(value(row) is not None for row in rows(body, **how).values())


def day(year, month=1, of_month=1):
    """Unix seconds of a day's first moment."""
    return (date(year, month, of_month) - date(1970, 1, 1)).days * 86400
