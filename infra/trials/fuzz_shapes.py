"""Hold every parser to its bounds of time and memory, whatever the shape: depth, width and length up to a million.

    python -m infra.fuzz_parsers --shapes [--most 1000000] [--source ID]...

Each payload is read in the process that reads for a run, with its limits out of the way: what is held here is that
parsers answer by themselves. The law: an answer within 10 s of processor time and 1 GB beyond the process at rest.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from infra.trials.payload_shapes import SHAPES, zip_shapes
from sources.errors import WrongContent
from sources.reading.process import ParserProcess, ReadingLimits
from sources.registry import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sources.records import Snapshot
    from sources.source import Source

MOST_SECONDS: Final = 10.0
MOST_BYTES: Final = 1 << 30
# 49,000 rows are just within what is read; most of what is larger lies beyond.
SIZES: Final = (1_000, 10_000, 49_000, 100_000, 1_000_000)
# Far from the law, so that what breaks it is measured and not cut off.
_PATIENT: Final = ReadingLimits(seconds=120.0, memory_bytes=8 << 30)


class ShapeAnswer(NamedTuple):
    """What became of one payload: seconds of processor time and by the clock, bytes beyond rest, and the answer."""

    shape: str
    size: int
    seconds: float
    elapsed: float
    grown: int
    said: str
    is_given_up: bool

    @property
    def is_lawful(self) -> bool:
        """Whether the parser answered by itself and within its bounds."""
        return not self.is_given_up and self.seconds <= MOST_SECONDS and self.grown <= MOST_BYTES

    def sentence(self) -> str:
        """The answer in one line."""
        return (
            f"{self.shape} × {self.size:,}: {self.seconds:.1f} s of processor time ({self.elapsed:.1f} s), "
            f"{self.grown / (1 << 20):.0f} MB, {self.said}"
        )


@dataclass(slots=True)
class Answers:
    """All answers of one parser."""

    source_id: str
    answers: list[ShapeAnswer] = field(default_factory=list)

    @property
    def broken(self) -> list[ShapeAnswer]:
        """Those that broke the law."""
        return [answer for answer in self.answers if not answer.is_lawful]

    def sentence(self) -> str:
        """How many shapes were tried, and the worst of them in time and in memory."""
        slowest = max(self.answers, key=lambda answer: answer.seconds)
        largest = max(self.answers, key=lambda answer: answer.grown)
        return (
            f"{self.source_id}: {len(self.answers)} shapes, {len(self.broken)} laws broken\n"
            f"  slowest: {slowest.sentence()}\n  largest: {largest.sentence()}"
        )


class Shape(NamedTuple):
    """A payload: its feed, the name of its shape, its bytes, and how large it was to be."""

    feed: str
    shape: str
    body: bytes
    size: int


def shapes(source_id: str, files: dict[str, bytes], sizes: Iterable[int]) -> Iterator[Shape]:
    """Every shape in every size, for each file of a source that good bytes are known of."""
    for size in sizes:
        yield from _of_size(source_id, files, size)


def _of_size(source_id: str, files: dict[str, bytes], size: int) -> Iterator[Shape]:
    if source_id == "epoch_benchmarks":
        members = {name: body for name, body in files.items() if name != "benchmarks.csv"}
        for shape, body in zip_shapes(dict(sorted(members.items(), key=_is_policy)), size):
            yield Shape("benchmark_data.zip", shape, body, size)
        files = {"benchmarks.csv": files["benchmarks.csv"]}
    for feed, good in _one_of_each(files).items():
        kind = feed.rpartition(".")[2] if "." in feed else "csv"
        for shape, body in SHAPES[kind](good, size):
            yield Shape(feed, f"{feed}: {shape}", body, size)


def patient_reader() -> ParserProcess:
    """A process that reads within no limits but far ones."""
    return ParserProcess(_PATIENT)


def try_shapes(reader: ParserProcess, source_id: str, tried: Iterable[Shape], take: Callable[..., Snapshot]) -> Answers:
    """Read every payload of `shapes`; `take(source, feed, body)` makes the snapshot.

    A process may read for several sources, one after the other: what it grows by is counted from where it stands.
    """
    found = Answers(source_id)
    source = SOURCES[source_id]()
    for feed, shape, body, size in tried:
        snapshot = take(source, feed, body)
        if not found.answers:
            _import_parser(reader, source, snapshot)
        found.answers.append(answer(reader, source, snapshot, (shape, size)))
    return found


def answer(reader: ParserProcess, source: Source, snapshot: Snapshot, named: tuple[str, int]) -> ShapeAnswer:
    """Read one payload, and say what became of it and what it took; `named` are its shape and size."""
    _begin(reader, source, snapshot)
    rest, used, begun = _memory(reader.pid, "VmRSS"), _seconds(reader.pid), time.monotonic()
    pid, is_given_up = reader.pid, False
    try:
        parsed = reader.read(source, snapshot)
        said = f"{parsed.frames[parsed.record_table].height} rows, {len(parsed.rejects)} refusals"
    except WrongContent as wrong:
        is_given_up = wrong.what == _PATIENT.given_up
        said = f"refused: {str(wrong)[:120]}"
    elapsed = time.monotonic() - begun
    # A process that ended tells nothing any more.
    alive = reader.pid == pid
    seconds = _seconds(pid) - used if alive else elapsed
    grown = _memory(pid, "VmHWM") - rest if alive else 0
    return ShapeAnswer(*named, seconds, elapsed, max(grown, 0), said, is_given_up)


def _is_policy(member: tuple[str, bytes]) -> bool:
    # Last: the table of policies is no table of results.
    return member[0].startswith("benchmark_metadata")


def _one_of_each(files: dict[str, bytes]) -> dict[str, bytes]:
    """The smallest file of each layout: the curated files of observations share one, and so do catalogues."""
    chosen: dict[bytes, tuple[str, bytes]] = {}
    for feed, body in sorted(files.items(), key=lambda item: len(item[1])):
        chosen.setdefault(body.partition(b"\n")[0] if not feed.endswith(".json") else feed.encode(), (feed, body))
    return dict(chosen.values())


def _begin(reader: ParserProcess, source: Source, snapshot: Snapshot) -> None:
    """Have a process, and its peak of memory counted from now."""
    if reader.pid is None:
        _import_parser(reader, source, snapshot)
    clear = Path(f"/proc/{reader.pid}/clear_refs")
    if clear.exists():
        clear.write_text("5", encoding="ascii")


def _import_parser(reader: ParserProcess, source: Source, snapshot: Snapshot) -> None:
    # The first reading imports the parser, and the refusal what tells what is wrong: both once.
    for body in (b"", snapshot.body[:2_000]):
        try:
            reader.read(source, replace(snapshot, body=body))
        except WrongContent:
            continue


def _seconds(pid: int | None) -> float:
    """Processor time of a process; 0 where it cannot be read."""
    found = Path(f"/proc/{pid}/stat")
    if not found.exists():
        return 0.0
    fields = found.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int | None, name: str) -> int:
    """One figure of a process's memory, in bytes; 0 where it cannot be read."""
    found = Path(f"/proc/{pid}/status")
    if not found.exists():
        return 0
    status = found.read_text(encoding="ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024
