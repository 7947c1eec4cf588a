"""The errors of sources: what they say, and that they survive the way between processes."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from sources import errors
from sources.errors import NotFound, SourceError
from sources.records import Snapshot
from warehouse.contracts.raw import LOOK_OUTCOMES

ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SourceError)]


def test_a_message_says_what_where_what_was_seen_and_what_to_do():
    error = NotFound("nothing there", where="https://a.org/x", evidence="'gone'", advice="look elsewhere", status=404)
    assert str(error) == "nothing there at https://a.org/x; seen: 'gone'; look elsewhere"


def test_what_is_unknown_is_left_out_of_the_message():
    assert str(NotFound("nothing there", where="here")) == "nothing there at here"


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_an_outcome_that_a_look_can_record(kind):
    assert kind.outcome in LOOK_OUTCOMES


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_comes_back_whole_from_another_process(kind):
    error = kind("what", where="where", evidence="evidence", advice="advice", status=418)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_a_snapshot_is_addressed_by_its_bytes():
    snapshot = Snapshot("metr", "f", "u", b"bytes", datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1))
    assert snapshot.snapshot_id == sha256(b"bytes").hexdigest()
