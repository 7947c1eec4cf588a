"""Every parser answers every shape by itself, in time and memory; and the trial sees one that does not."""

from __future__ import annotations

import sys

import pytest

from infra.trials.fuzz_parsers import SUBJECTS, good_files, taken
from infra.trials.fuzz_shapes import ShapeAnswer, answer, patient_reader, shapes, try_shapes
from sources.reading.process import ParserProcess
from tests.sources.reading.endings import Ends

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

# Deeper than Python calls go; how time and memory grow is for the long ones.
DEEP = sys.getrecursionlimit() + 200


@pytest.fixture(scope="module")
def reader():
    """One process for all sources: its start and what all of them import took nine tenths of the time."""
    with patient_reader() as opened:
        yield opened


@pytest.mark.parametrize("source_id", SUBJECTS)
def test_deep_wide_and_long_payloads_are_answered_in_time_and_memory(reader, source_id):
    found = try_shapes(reader, source_id, shapes(source_id, good_files(source_id), (DEEP,)), taken)
    assert [one.sentence() for one in found.broken] == []
    assert len(found.answers) >= 8


@pytest.mark.slow
@pytest.mark.parametrize("source_id", SUBJECTS)
def test_they_are_also_when_they_are_as_long_as_may_be_read(source_id):
    with patient_reader() as own:
        found = try_shapes(own, source_id, shapes(source_id, good_files(source_id), (49_000,)), taken)
    assert [one.sentence() for one in found.broken] == []


def tried(how):
    source = Ends(how)
    with ParserProcess() as reader:
        return answer(reader, source, taken(source, "feed.yaml", b""), (how, 1))


def test_time_and_memory_are_measured():
    assert tried("for_a_while").seconds > 0.3
    assert tried("in_some_memory").grown > 100 << 20
    assert tried("well").grown < 50 << 20


def test_the_parser_of_each_source_is_imported_before_anything_is_counted(reader, monkeypatch):
    """What an import takes would else be told of the first payload of all sources but the first."""
    read, whole = [], ParserProcess.read
    monkeypatch.setattr(ParserProcess, "read", lambda self, *what: read.append(what) or whole(self, *what))
    for source_id in ("essay", "metr"):
        read.clear()
        one = next(shapes(source_id, good_files(source_id), (DEEP,)))
        (told,) = try_shapes(reader, source_id, [one], taken).answers
        assert [snapshot.body for _, snapshot in read][-3:] == [b"", one.body[:2_000], one.body]
        assert (told.shape, told.size) == (one.shape, DEEP)


def test_a_reading_that_ends_its_process_is_told():
    assert tried("by_leaving").said.startswith("refused: reading given up")


@pytest.mark.parametrize(
    ("changes", "is_lawful"),
    [({}, True), ({"seconds": 11.0}, False), ({"grown": 2 << 30}, False), ({"is_given_up": True}, False)],
)
def test_the_law_is_ten_seconds_and_a_gigabyte(changes, is_lawful):
    fair = ShapeAnswer("rows", 10, 1.0, 1.0, 1 << 20, "10 rows", is_given_up=False)
    assert fair._replace(**changes).is_lawful == is_lawful
