"""Looking: one word per feed for what came of it, and what stood goes on standing when nothing came."""

from datetime import date

import pytest

from flows.run.looks import Lookout
from flows.settings import Clock
from sources.curated import CuratedSource
from sources.epoch.models import EpochModels
from sources.errors import NotFound, Refused, ServerFailed, Truncated
from sources.records import Fetched
from warehouse.snapshots import SnapshotFact, SnapshotStore

CLOCK = Clock.read(date(2026, 11, 22))
BASE = "https://example.org/data"
WEB = object()


class Publisher:
    """A source that answers, or fails, as the test says; it remembers what it was told is known."""

    def __init__(self, *answers, source_id="metr", failure=None):
        self.source_id, self.answers, self.failure, self.known = source_id, answers, failure, None

    def fetch(self, web, base_url, known):
        self.known = dict(known)
        if self.failure:
            raise self.failure
        return self.answers


def answer(feed, body, **said):
    return Fetched(feed, f"{BASE}/{feed}", body, **said)


def fact(feed, snapshot_id="a" * 64, *, url=BASE, source_id="metr", etag=None):
    return SnapshotFact(snapshot_id, source_id, feed, f"{url}/{feed}", CLOCK.now, etag, None, is_backfilled=False)


@pytest.fixture
def lookout(tmp_path):
    return Lookout(WEB, SnapshotStore(tmp_path), CLOCK)


@pytest.fixture
def offline(tmp_path):
    return Lookout(None, SnapshotStore(tmp_path), CLOCK)


def outcomes(looks):
    return {look.feed: look.outcome for look in looks}


def test_new_bytes_are_kept_and_stand(lookout):
    look = lookout.look(Publisher(answer("a.csv", b"new", etag="1")), BASE, {"a.csv": fact("a.csv")})[0]
    assert look.outcome == "changed"
    assert lookout.store.read(look.snapshot.snapshot_id) == b"new"
    assert not look.is_stale


def test_the_same_bytes_are_unchanged(lookout):
    standing = {"a.csv": fact("a.csv", lookout.store.keep(b"same"))}
    look = lookout.look(Publisher(answer("a.csv", b"same")), BASE, standing)[0]
    assert (look.outcome, look.snapshot) == ("unchanged", standing["a.csv"])


def test_not_modified_leaves_what_stood(lookout):
    standing = {"a.csv": fact("a.csv", etag="1")}
    publisher = Publisher(answer("a.csv", None, status=304))
    look = lookout.look(publisher, BASE, standing)[0]
    assert (look.outcome, look.http_status, look.snapshot) == ("unchanged", 304, standing["a.csv"])
    assert publisher.known == {"a.csv": "1"}


def test_a_tag_of_another_address_is_not_sent(lookout):
    publisher = Publisher(answer("a.csv", b"x"))
    lookout.look(publisher, "https://mirror.example.net", {"a.csv": fact("a.csv", etag="1")})
    assert publisher.known == {}


@pytest.mark.parametrize("failure", [Refused("no", where=BASE, status=403), NotFound("gone", where=BASE, status=404)])
def test_a_failure_leaves_every_feed_standing_and_says_why(lookout, failure):
    standing = {name: fact(name) for name in ("a.csv", "b.csv")}
    looks = lookout.look(Publisher(failure=failure), BASE, standing)
    assert outcomes(looks) == dict.fromkeys(standing, failure.outcome)
    assert {look.feed: look.snapshot for look in looks} == standing
    assert all(look.is_stale and look.http_status == failure.status and look.detail for look in looks)


def test_a_failure_of_one_feed_leaves_the_others_alone(lookout):
    failed = answer("b.csv", None, failure=NotFound("gone", where=BASE, status=404))
    looks = lookout.look(Publisher(answer("a.csv", b"x"), failed), BASE, {"b.csv": fact("b.csv")})
    assert outcomes(looks) == {"a.csv": "changed", "b.csv": "not_found"}


def test_a_first_failure_is_one_look_with_nothing_to_stand_on(lookout):
    looks = lookout.look(Publisher(failure=Refused("no", where=BASE)), BASE, {})
    assert [(look.feed, look.snapshot) for look in looks] == [("*", None)]


@pytest.mark.parametrize("failure", [ServerFailed("down", where=BASE), Truncated("cut", where=BASE)])
def test_what_may_pass_is_raised_until_the_last_attempt(lookout, failure):
    publisher = Publisher(failure=failure)
    with pytest.raises(type(failure)):
        lookout.look(publisher, BASE, {}, is_final=False)
    assert lookout.look(publisher, BASE, {}, is_final=True)[0].outcome == failure.outcome


def test_offline_nobody_is_asked(offline):
    publisher = Publisher(answer("a.csv", b"x"))
    looks = offline.look(publisher, BASE, {"a.csv": fact("a.csv")})
    assert outcomes(looks) == {"a.csv": "offline"}
    assert publisher.known is None


@pytest.mark.parametrize("where", ["{}", "file://{}"])
def test_offline_a_publishers_files_on_disk_are_read_like_its_answers(offline, tmp_path, where):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "notable_ai_models.csv").write_bytes(b"Model\nA\n")
    looks = offline.look(EpochModels(), where.format(tmp_path / "mirror"), {})
    assert outcomes(looks)["notable_ai_models.csv"] == "changed"
    assert {look.outcome for look in looks} == {"changed", "not_found"}


@pytest.mark.parametrize("place", ["nowhere", "mirror/notable_ai_models.csv"])
def test_a_place_without_the_publishers_files_is_a_sentence(offline, tmp_path, place):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "notable_ai_models.csv").write_bytes(b"Model\nA\n")
    [look] = offline.look(EpochModels(), str(tmp_path / place), {})
    assert (look.outcome, look.snapshot) == ("not_found", None)
    assert "name a folder with the publisher's files" in look.detail


def test_a_curated_file_that_cannot_be_read_costs_the_others_nothing(offline, tmp_path):
    (tmp_path / "math.csv").write_bytes(b"a\n1\n")
    (tmp_path / "gpqa.csv").mkdir()
    looks = offline.look(CuratedSource(), str(tmp_path), {})
    assert outcomes(looks) == {"gpqa": "not_found", "math": "embedded"}


def test_offline_a_folder_of_files_is_read(offline):
    assert outcomes(offline.look(Publisher(answer("a.csv", b"x")), "mirror/metr", {})) == {"a.csv": "changed"}


def test_the_embedded_default_is_called_so_and_counts_as_history(offline):
    look = offline.look(Publisher(answer("math", b"x"), source_id="curated"), "embedded:curated", {})[0]
    assert look.outcome == "embedded"
    assert look.snapshot.is_backfilled
    assert not look.is_stale


def test_a_file_gone_from_the_folder_is_told_and_goes_on_standing(offline):
    standing = {name: fact(name, source_id="curated") for name in ("gpqa", "math")}
    looks = offline.look(Publisher(answer("math", b"x"), source_id="curated"), "own/folder", standing)
    assert outcomes(looks) == {"gpqa": "not_found", "math": "embedded"}
    assert looks[-1].snapshot == standing["gpqa"]
    assert "own/folder" in looks[-1].detail


def test_a_publisher_may_answer_with_fewer_feeds(lookout):
    looks = lookout.look(Publisher(answer("2026-11.jsonl", b"x")), BASE, {"2026-10.jsonl": fact("2026-10.jsonl")})
    assert outcomes(looks) == {"2026-11.jsonl": "changed"}
