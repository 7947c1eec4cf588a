"""Reading in a process of its own gives what reading here gives, and outlives whatever the bytes do to it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from infra.trials.fuzz_parsers import SUBJECTS, payloads
from sources.bounds import MOST_BYTES_OF_ANY
from sources.errors import WrongContent
from sources.metaculus.source import MetaculusSource
from sources.reading.process import ParserProcess, ReadingLimits
from sources.registry import SOURCES
from tests.sources.parsing import snapshot
from tests.sources.reading.endings import Ends

MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def reader():
    with ParserProcess() as opened:
        yield opened


def read(reader, how):
    return reader.read(Ends(how), snapshot(Ends(how), "feed.yaml", b""))


@pytest.mark.parametrize("source_id", SUBJECTS)
def test_what_is_read_elsewhere_is_what_is_read_here(reader, source_id):
    source = SOURCES[source_id]()
    for payload in payloads(source_id, 6, seed=2):
        taken = snapshot(source, payload.feed, payload.body)
        try:
            here = source.parse(taken)
        except WrongContent as wrong:
            with pytest.raises(WrongContent) as caught:
                reader.read(source, taken)
            assert str(caught.value) == str(wrong)
            continue
        there = reader.read(source, taken)
        assert list(there.frames) == list(here.frames)
        assert all(there.frames[name].equals(frame) for name, frame in here.frames.items())
        assert all(there.frames[name].schema == frame.schema for name, frame in here.frames.items())
        assert [(one.line, one.column, one.value, one.reason) for one in there.rejects] == [
            (one.line, one.column, one.value, one.reason) for one in here.rejects
        ]
        assert (there.record_count, there.record_table, there.is_partial) == (
            here.record_count, here.record_table, here.is_partial,
        )  # fmt: skip
        assert dict(there.skipped) == dict(here.skipped)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("by_a_fault_in_c", "SIGSEGV"),
        ("by_leaving", "status 3"),
        ("in_too_much_memory", "MemoryError"),
        ("in_too_much_memory_of_polars", "memory|SIGABRT|SIGSEGV"),
        ("too_deep", "RecursionError"),
        ("by_our_own_mistake", r"ZeroDivisionError: division by zero in endings.py:\d+"),
        ("by_a_panic", "."),
    ],
)
def test_an_end_of_any_kind_is_a_sentence_and_the_next_reading_goes_on(how, said):
    with ParserProcess(ReadingLimits(memory_bytes=256 * MEBIBYTE)) as reader:
        with pytest.raises(
            WrongContent, match=rf"reading given up within 10 s and 256 MiB at feed.yaml; seen: .*{said}"
        ):
            read(reader, how)
        assert read(reader, "well").record_count == 1


@pytest.mark.parametrize("how", ["never", "asleep"])
def test_a_reading_is_ended_when_its_time_is_over(how):
    with ParserProcess(ReadingLimits(seconds=1)) as reader:
        begun = time.monotonic()
        with pytest.raises(WrongContent, match="reading given up within 1 s"):
            read(reader, how)
        assert time.monotonic() - begun < 30
        assert read(reader, "well").record_count == 1


def test_the_time_of_one_reading_is_not_counted_against_the_next():
    with ParserProcess(ReadingLimits(seconds=1)) as reader:
        for _ in range(3):
            source = SOURCES["metr"]()
            with pytest.raises(WrongContent, match="no results"):
                reader.read(source, snapshot(source, "x.yaml", b"benchmark_name: v1.1\na: b\n" + b"#\n" * 400_000))


def test_a_process_that_was_ended_while_it_waited_is_no_fault_of_the_next_bytes():
    with ParserProcess() as reader:
        read(reader, "well")
        os.kill(reader.pid, signal.SIGKILL)
        os.waitid(os.P_PID, reader.pid, os.WEXITED | os.WNOWAIT)
        assert read(reader, "well").record_count == 1


def test_no_process_is_started_before_it_is_needed_nor_for_what_came_with_the_package():
    reader = ParserProcess()
    source = SOURCES["essay"]()
    [first, _] = source.fetch(None, "", {})
    taken = snapshot(source, first.feed, first.body)
    assert reader.read(source, type(taken)(**{**_fields(taken), "url": first.url})).record_count > 0
    assert reader.pid is None


def test_more_bytes_than_any_publisher_may_send_are_handed_to_no_process():
    reader = ParserProcess()
    source = SOURCES["metr"]()
    with pytest.raises(WrongContent, match=r"33,554,433 bytes, more than 33,554,432 at benchmark\.yaml"):
        reader.read(source, snapshot(source, "benchmark.yaml", bytes(MOST_BYTES_OF_ANY + 1)))
    assert reader.pid is None


def test_nothing_in_the_working_folder_is_imported(tmp_path, monkeypatch):
    (tmp_path / "yaml.py").write_text("raise SystemExit('taken')\n")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "__init__.py").write_text("raise SystemExit('taken')\n")
    monkeypatch.chdir(tmp_path)
    with ParserProcess() as reader:
        assert read(reader, "well").record_count == 1


def test_the_process_leaves_with_its_reader():
    reader = ParserProcess()
    read(reader, "well")
    process = Path(f"/proc/{reader.pid}")
    if not process.parent.exists():
        pytest.skip("processes are not listed here")
    assert process.exists()
    del reader
    assert not process.exists()


def test_a_process_that_cannot_start_is_a_sentence():
    nowhere = {"PATH": os.defpath, "PYTHONHOME": "/nowhere"}
    with ParserProcess(environment=nowhere) as reader, pytest.raises(WrongContent, match="did not start"):
        read(reader, "well")


def test_tokens_stay_here(reader):
    source = MetaculusSource("0123456789abcdef0123456789abcdef01234567", [{"post_id": 7, "type": "binary"}])
    import pickle

    sent = pickle.dumps(source)
    assert b"0123456789abcdef" not in sent
    assert [question.post_id for question in pickle.loads(sent).questions][-1] == 7


def _fields(taken):
    return {name: getattr(taken, name) for name in taken.__slots__}
