"""Feed every parser thousands of damaged payloads: only WrongContent may escape, and no record may get lost.

    python -m infra.fuzz_parsers [--payloads 20000] [--seed 1] [--source ID]...
    python -m infra.fuzz_parsers --shapes [--most 1000000] [--source ID]...

Three laws are held for each payload. Whatever the bytes, `parse` returns or raises WrongContent. What it returns is
conserved: records of the file = rows + refused records + counted omissions. And no row is silently altered: a value
that lands is a number that can be read in the payload, times the multiplier of its series (but for SUMMARIES).
With `--shapes` payloads are deep, wide and long instead, and time and memory are what is held: see infra.fuzz_shapes.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import time
import traceback
from bisect import bisect_left
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.trials.fuzz_shapes import SIZES, patient_reader, shapes, try_shapes
from infra.trials.payload_damage import cells_of, damaged, damaged_json, damaged_parquet, zip_of
from sources.errors import WrongContent
from sources.records import Snapshot
from sources.registry import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from sources.records import Parsed
    from sources.source import Source

ROOT: Final = Path(__file__).parents[2]
FIXTURES: Final = ROOT / "tests" / "fixtures"
# Parsers that read what lies in the package: people may put a folder of their own in its place.
EMBEDDED: Final = ("curated", "essay")
NO_FEEDS: Final = ("curated.toml", "system_aliases.csv")
SUBJECTS: Final = tuple(SOURCES)
ARCHIVE: Final = "benchmark_data.zip"
# Sums, medians of many probes, and quantiles of a curve, stand in no payload as such.
SUMMARIES: Final = frozenset({"epoch_chips", "openrouter", "llm_bench", "metaculus", "manifold"})
# The numbers of a row that must stand in the payload.
VALUE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "core.observation": ("value",), "core.assumption": ("value", "low", "high"),
    "core.essay_number": ("p25", "p50", "p75"),
}  # fmt: skip
MULTIPLIERS: Final = (1.0, 0.1, 0.01, 1e6)
# Told here once more: taken from the readers, a sign too many there would be one that nobody misses here.
WIDTHLESS: Final = tuple(sign.encode() for sign in "\u200b\u2060\ufeff\u00ad")
# The hyphens of a date are no signs.
NUMBER: Final = re.compile(rb"(?=((?:(?<!\d)[+-])?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))")


@dataclass(frozen=True, slots=True)
class Payload:
    """Damaged bytes of a feed; `plain` is their text, out of its archive or columns where there are such."""

    feed: str
    body: bytes
    plain: bytes


@dataclass(slots=True)
class Tally:
    """What became of the payloads of one source; `broken` describes those that broke a law."""

    read: int = 0
    refused_whole: int = 0
    rows: int = 0
    refused_rows: int = 0
    broken: list[str] = field(default_factory=list)


def payloads(source_id: str, count: int, seed: int) -> Iterator[Payload]:
    """Damaged variants of the test fixtures of a source, the same ones for the same seed."""
    # Text as a seed is digested by random itself; hash() of it would be salted anew in every process.
    chance = random.Random(f"{source_id}/{seed}")
    files = good_files(source_id)
    for _ in range(count):
        feed = chance.choice(list(files))
        if source_id == "epoch_benchmarks" and feed != "benchmarks.csv":
            yield _archive(files, feed, chance)
        elif feed.endswith(".parquet"):
            body = damaged_parquet(files[feed], chance)
            yield Payload(feed, body, cells_of(body))
        else:
            # One object; JSON Lines are damaged as text.
            is_json = feed.endswith(".json") or (files[feed].startswith(b"{") and b"\n{" not in files[feed])
            is_deep = is_json and chance.random() < 0.7
            body = damaged_json(files[feed], chance) if is_deep else damaged(files[feed], chance)
            yield Payload(feed, body, body)


def good_files(source_id: str) -> dict[str, bytes]:
    """Good bytes by feed: the test fixtures of a source, or what the package itself holds; ValueError without any."""
    folder = ROOT / "sources" / source_id if source_id in EMBEDDED else FIXTURES / source_id
    if not folder.is_dir():
        where = folder.relative_to(ROOT)
        raise ValueError(f"nothing to damage: put a small file of {source_id} in {where}/, named as its feed")
    files = [file for file in sorted(folder.iterdir()) if file.name not in NO_FEEDS]
    return {file.stem if source_id == "curated" else file.name: file.read_bytes() for file in files}


def _archive(files: dict[str, bytes], member: str, chance: random.Random) -> Payload:
    """The archive with one damaged file in it, or damaged itself."""
    members = {name: body for name, body in files.items() if name != "benchmarks.csv"}
    if chance.random() < 0.8:
        members[member] = damaged(members[member], chance)
    body = zip_of(members)
    plain = b"\n".join(members.values())
    return Payload(ARCHIVE, body if chance.random() < 0.8 else damaged(body, chance), plain)


def trial(source: Source, payload: Payload, tally: Tally, pool: Executor) -> None:
    """Parse one payload and hold the result against the laws; the pool's future keeps whatever escapes."""
    outcome = pool.submit(source.parse, taken(source, payload.feed, payload.body))
    escaped = outcome.exception()
    if isinstance(escaped, WrongContent):
        tally.refused_whole += 1
        return
    if escaped is not None:
        tally.broken.append("".join(traceback.format_exception(escaped)))
        return
    parsed = outcome.result()
    tally.read += 1
    tally.rows += parsed.frames[parsed.record_table].height
    tally.refused_rows += len(parsed.rejects)
    complaint = loss(parsed) or (None if source.source_id in SUMMARIES else alteration(parsed, payload.plain))
    if complaint:
        tally.broken.append(complaint)


def taken(source: Source, feed: str, body: bytes) -> Snapshot:
    """The bytes as if the source had published them."""
    return Snapshot(source.source_id, feed, "fuzz", body, datetime(2026, 10, 1, tzinfo=UTC), date(2026, 10, 1))


def loss(parsed: Parsed) -> str | None:
    """How the records of a file fail to add up; None when every one is accounted for."""
    lines = {reject.line for reject in parsed.rejects if reject.line is not None}
    records = parsed.frames[parsed.record_table]
    counted = records.height + len(lines) + sum(parsed.skipped.values())
    if counted != parsed.record_count:
        return f"{parsed.record_count} records, {counted} accounted for: {dict(parsed.skipped)}"
    overlap = lines & set(records["line"])
    return f"lines {sorted(overlap)} both landed and refused" if overlap else None


def alteration(parsed: Parsed, plain: bytes) -> str | None:
    """A landed value that no number in the payload accounts for; None when there is none."""
    values = {value for name, columns in VALUE_COLUMNS.items() for value in _values(parsed, name, columns)}
    if not values:
        return None
    # Every suffix of a run of digits counts, because a number may begin anywhere after damage.
    written = {float(text) for text in NUMBER.findall(_as_seen(plain))}
    stated = sorted(number * factor for number in written for factor in MULTIPLIERS)
    for value in values:
        if not _stands_among(stated, value):
            return f"value {value!r} stands nowhere in the payload (a unit converted: MULTIPLIERS; a sum: SUMMARIES)"
    return None


def _as_seen(plain: bytes) -> bytes:
    """The text without signs that have no width: readers leave them out on purpose, 98.7 and 5 around one are 98.75."""
    for sign in WIDTHLESS:
        plain = plain.replace(sign, b"")
    return plain


def _stands_among(stated: Sequence[float], value: float) -> bool:
    """Whether a value is one of the numbers, which are sorted: where neither neighbour is close, none is."""
    place = bisect_left(stated, value)
    return any(math.isclose(value, number, rel_tol=1e-12) for number in stated[max(place - 1, 0) : place + 1])


def _values(parsed: Parsed, table: str, columns: Sequence[str]) -> list[float]:
    if table not in parsed.frames:
        return []
    return [value for name in columns for value in parsed.frames[table][name].drop_nulls()]


def fuzz(source_id: str, count: int, seed: int) -> Tally:
    """Try `count` damaged payloads on one parser."""
    source, tally = SOURCES[source_id](), Tally()
    with ThreadPoolExecutor(1) as pool:
        for payload in payloads(source_id, count, seed):
            trial(source, payload, tally, pool)
    return tally


def main() -> int:
    """Print one line per parser; 1 when any law was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payloads", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", action="append", choices=SUBJECTS)
    parser.add_argument("--shapes", action="store_true", help="depth, width and length instead of damage")
    parser.add_argument("--most", type=int, default=1_000_000, help="the largest size of a shape")
    options = parser.parse_args()
    if options.shapes:
        return _shapes(options.source or SUBJECTS, options.most)
    has_broken = False
    for source_id in options.source or SUBJECTS:
        start = time.monotonic()
        tally = fuzz(source_id, options.payloads, options.seed)
        has_broken |= bool(tally.broken)
        print(
            f"{source_id}: {options.payloads} payloads in {time.monotonic() - start:.0f} s, {tally.read} read, "
            f"{tally.refused_whole} refused whole, {tally.rows} rows, {tally.refused_rows} refusals, "
            f"{len(tally.broken)} laws broken",
            flush=True,
        )
        for complaint in dict.fromkeys(tally.broken[:50]):
            print(complaint)
    return int(has_broken)


def _shapes(source_ids: Sequence[str], most: int) -> int:
    """Print the worst of each parser, and every answer that broke the law; 1 when any did."""
    sizes = tuple(size for size in SIZES if size <= most)
    has_broken = False
    for source_id in source_ids:
        with patient_reader() as reader:
            found = try_shapes(reader, source_id, shapes(source_id, good_files(source_id), sizes), taken)
        has_broken |= bool(found.broken)
        print(found.sentence(), flush=True)
        for answer in found.broken:
            print(f"  BROKEN {answer.sentence()}", flush=True)
    return int(has_broken)


if __name__ == "__main__":
    raise SystemExit(main())
