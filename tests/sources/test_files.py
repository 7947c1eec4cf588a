"""A place on disk in place of an address: what is there is read, what is not is told, and nothing holds the run up."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from sources.bounds import MOST_BYTES
from sources.epoch.models import EpochModels
from sources.errors import MissingKey, NotFound, Refused, SourceError, TooLarge, WrongContent
from sources.files import is_folder, path_of, read_file
from sources.folder import Folder
from sources.llm_bench import LlmBench
from sources.metaculus.source import MetaculusSource


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/data/mirror", "/data/mirror"),
        ("mirror/epoch", "mirror/epoch"),
        ("file:///data/a%20b/x.csv", "/data/a b/x.csv"),
        ("mirror/x?page=1", "mirror/x"),
    ],
)
def test_a_place_on_disk_is_named_plainly_or_as_an_address(url, path):
    assert is_folder(url)
    assert path_of(url) == Path(path)


@pytest.mark.parametrize("url", ["https://example.org", "http://localhost:8000/x", "embedded:curated", "ftp://x/y"])
def test_an_address_is_none(url):
    assert not is_folder(url)


def test_a_file_is_read(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"x")
    assert read_file(tmp_path / "a.csv") == b"x"


def pipe(path):
    os.mkfifo(path)


def folder(path):
    path.mkdir()


def large(path):
    path.write_bytes(b"x" * 11)


def locked(path):
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")


@pytest.mark.parametrize(
    ("make", "error"), [(None, NotFound), (pipe, NotFound), (folder, NotFound), (large, TooLarge), (locked, Refused)]
)
def test_what_is_no_file_of_bounded_size_is_a_sentence(tmp_path, make, error):
    place = tmp_path / "a.csv"
    if make:
        make(place)
    with pytest.raises(error, match=str(place)):
        read_file(place, most=10)


def test_a_device_is_not_read():
    if not Path("/dev/zero").exists():
        pytest.skip("there is no such device here")
    with pytest.raises(NotFound):
        read_file(Path("/dev/zero"))


def test_a_publisher_on_disk_answers_like_one_on_the_network(tmp_path):
    (tmp_path / "notable_ai_models.csv").write_bytes(b"Model\nA\n")
    answers = EpochModels().fetch(Folder(None), f"file://{tmp_path}", {})
    assert [(answer.feed, answer.body, answer.status) for answer in answers if answer.body] == [
        ("notable_ai_models.csv", b"Model\nA\n", None),
    ]  # fmt: skip
    assert all(isinstance(answer.failure, NotFound) for answer in answers if not answer.body)


def test_daily_files_on_disk_are_put_together(tmp_path):
    day = tmp_path / "data" / "2026-07" / "2026-07-20.jsonl"
    day.parent.mkdir(parents=True)
    day.write_bytes(b"{}")
    [answer] = LlmBench().fetch(Folder(date(2026, 7, 22)), str(tmp_path), {})
    assert (answer.feed, answer.body) == ("2026-07.jsonl", b"{}\n")


def test_a_page_in_place_of_the_file_is_told(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"<html>gone</html>")
    with pytest.raises(WrongContent, match="HTML or XML where csv was due"):
        Folder(None).get(f"{tmp_path}/x.csv", accept="csv")


def test_a_file_larger_than_its_kind_may_be_is_not_read(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b" " * (MOST_BYTES["yaml"] + 1))
    with pytest.raises(TooLarge, match="1,048,577 bytes, more than 1,048,576"):
        Folder(None).get(f"{tmp_path}/x.yaml", accept="yaml")


def test_a_source_that_needs_a_key_says_so_here_too(tmp_path):
    with pytest.raises(MissingKey):
        MetaculusSource().fetch(Folder(None), str(tmp_path), {})
    with pytest.raises(SourceError, match="no such file"):
        MetaculusSource("0123456789abcdef0123456789abcdef01234567").fetch(Folder(None), str(tmp_path), {})
