"""What tests of parsers share: snapshots of bytes, the law that no record is lost, and the real files if present."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sources.records import Parsed, Snapshot

FIXTURES = Path(__file__).parents[1] / "fixtures"
UPSTREAM = Path(__file__).parents[3] / "shared" / "upstream"


def snapshot(source, feed: str, body: bytes | str) -> Snapshot:
    """Bytes as if the source had published them."""
    payload = body.encode() if isinstance(body, str) else body
    return Snapshot(
        source.source_id,
        feed,
        "https://example.org/" + feed,
        payload,
        datetime(2026, 10, 1, tzinfo=UTC),
        date(2026, 10, 1),
    )


def parse(source, feed: str, body: bytes | str) -> Parsed:
    """Parse bytes and hold the result against the law of conservation."""
    parsed = source.parse(snapshot(source, feed, body))
    assert_conserved(parsed)
    return parsed


def refused_lines(parsed: Parsed) -> set[int]:
    """Lines of the records refused as a whole."""
    return {reject.line for reject in parsed.rejects if reject.line is not None}


def assert_conserved(parsed: Parsed) -> None:
    """Every record of the file is a row, a refused record or a counted omission; rows refer to records."""
    records = parsed.frames[parsed.record_table]
    counted = records.height + len(refused_lines(parsed)) + sum(parsed.skipped.values())
    assert counted == parsed.record_count
    lines = set(records["line"])
    assert lines.isdisjoint(refused_lines(parsed))
    for name, frame in parsed.frames.items():
        if name not in {"core.series", "core.system"}:
            assert set(frame["line"]) <= lines
    assert all(reject.reason and reject.rule for reject in parsed.rejects)
    json.dumps([dict(reject.row) for reject in parsed.rejects], default=str)


def values(parsed: Parsed, series_id: str) -> dict[str, float]:
    """System name or row id → value, of one series."""
    rows = parsed.frames["core.observation"].filter(series_id=series_id)
    return dict(rows.select("source_row_id", "value").iter_rows())


def upstream(path: str) -> bytes:
    """A real file of a publisher; skips the test where those are not at hand (they are never part of this project)."""
    file = UPSTREAM / path
    if not file.exists():
        pytest.skip(f"real upstream file {path} is not at hand")
    return file.read_bytes()
