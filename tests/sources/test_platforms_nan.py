"""What is no number and no text, in each field of a post or market: nothing changes unsaid, and no file is lost."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from sources.errors import WrongContent
from sources.manifold.source import Manifold
from sources.metaculus.source import MetaculusSource
from tests.sources.metaculus_posts import NOW, TOKEN, snapshot_of
from tests.sources.parsing import FIXTURES, assert_conserved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sources.records import Parsed

FILES = sorted((FIXTURES / "metaculus").glob("*.json")) + sorted((FIXTURES / "manifold").iterdir())
# Without these nobody could tell of which post or market the bytes are.
WHOSE = {"metaculus": {("id",)}, "manifold": {("id",), ("slug",)}}
# Reading order is no fact: rows are told apart by their ids.
ORDER = "group_rank"
WRITTEN = ("NaN", "Infinity", "-Infinity", "9" * 5000)
Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths to all single values; of a long list the first two and the last."""
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from leaves(inside, (*path, key))
    elif isinstance(value, list):
        for place in sorted({*range(min(2, len(value))), len(value) - 1} - {-1}):
            yield from leaves(value[place], (*path, place))
    else:
        yield path


def with_written(body: Any, path: Path, written: str, errors: str = "strict") -> bytes:
    """The JSON with these characters where the path leads."""
    changed = copy.deepcopy(body)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = "HERE"
    return json.dumps(changed).replace('"HERE"', written).encode(errors=errors)


def read(name: str, payload: bytes, body: Any) -> Parsed:
    source = Manifold() if "slug" in body and body["slug"] == name else MetaculusSource(TOKEN, [])
    feed = name if isinstance(source, Manifold) else f"post-{body['id']}"
    found = source.parse(snapshot_of(payload, feed=feed, at=NOW))
    assert_conserved(found)
    return found


def assert_told(found: Parsed, path: Path, written: str) -> None:
    """The refusal names the field, or the list or object it stands in, and what was written."""
    told = " ".join(f"{one.column}: {one.reason} {one.value}" for one in found.rejects)
    names = [part for part in path if isinstance(part, str)]
    assert any(name in told for name in names[-2:]), (path, told)
    assert written[:4] in told, (path, told)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_field_that_is_read_refuses_its_record_by_name_and_no_other_costs_anything(file):
    body = json.loads(file.read_text(encoding="utf-8"))
    good = read(file.name, json.dumps(body).encode(), body).frames["core.community_forecast"]
    for path in leaves(body):
        for written in WRITTEN[:1] if len(path) > 6 else WRITTEN:
            payload = with_written(body, path, written)
            if path in WHOSE[file.parent.name]:
                with pytest.raises(WrongContent, match=written[:3]):
                    read(file.name, payload, body)
                continue
            found = read(file.name, payload, body)
            if found.rejects:
                assert_told(found, path, written)
            elif path[-1] != ORDER:
                assert found.frames["core.community_forecast"].equals(good), path


def test_of_a_group_one_question_is_refused_and_the_others_stand():
    body = json.loads((FIXTURES / "metaculus" / "group.json").read_text(encoding="utf-8"))
    path = ("group_of_questions", "questions", 0, "aggregations", "recency_weighted", "latest", "forecaster_count")
    found = read("group.json", with_written(body, path, "NaN"), body)
    (reject,) = found.rejects
    assert (reject.column, reject.value) == ("forecaster_count", "NaN")
    states = found.frames["core.community_forecast"].group_by("question_id").agg("state").sort("question_id")
    assert sum("error" in state for state in states["state"].to_list()) == 1


def test_a_question_that_is_no_number_is_refused_and_its_post_is_not():
    found = MetaculusSource(TOKEN, []).parse(snapshot_of(b'{"id": 5121, "question": NaN}', feed="post-5121", at=NOW))
    (reject,) = found.rejects
    assert (reject.column, reject.value) == ("question", "NaN")
    assert found.frames["core.community_forecast"]["state"].to_list() == ["error"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_byte_that_is_not_utf8_is_told_by_its_field_or_costs_nothing(file):
    body = json.loads(file.read_text(encoding="utf-8"))
    good = read(file.name, json.dumps(body).encode(), body).frames["core.community_forecast"]
    for path in (path for path in leaves(body) if path not in WHOSE[file.parent.name]):
        found = read(file.name, with_written(body, path, '"caf\udce9"', errors="surrogateescape"), body)
        if found.rejects:
            assert_told(found, path, "caf\ufffd")
        elif path[-1] != ORDER:
            assert found.frames["core.community_forecast"].equals(good), path
