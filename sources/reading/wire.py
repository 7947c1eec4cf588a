"""What has been read, on its way between two processes: a head of JSON, then an Arrow stream for each frame."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl

from sources.errors import WrongContent
from sources.records import Parsed, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def packed(parsed: Parsed) -> Iterator[bytes]:
    """The messages that carry what was read; a row that several refusals show travels once."""
    rows: list[Mapping[str, object]] = []
    places: dict[int, int] = {}
    for reject in parsed.rejects:
        if id(reject.row) not in places:
            places[id(reject.row)] = len(rows)
            rows.append(reject.row)
    head = {
        "frames": list(parsed.frames),
        "rejects": [
            (one.feed, one.line, one.column, one.value, one.rule, one.reason, places[id(one.row)], one.within)
            for one in parsed.rejects
        ],
        "rows": [dict(row) for row in rows],
        "record_count": parsed.record_count,
        "record_table": parsed.record_table,
        "skipped": dict(parsed.skipped),
        "is_partial": parsed.is_partial,
    }
    # Days and the like become text here, as they would in the quarantine.
    yield json.dumps(head, default=str).encode()
    for frame in parsed.frames.values():
        sink = io.BytesIO()
        frame.write_ipc_stream(sink)
        yield sink.getvalue()


def refusal(error: WrongContent) -> bytes:
    """The message that says why nothing was read."""
    return json.dumps(
        {"what": error.what, "where": error.where, "evidence": error.evidence, "advice": error.advice}
    ).encode()


def unpacked(receive: Callable[[], bytes]) -> Parsed:
    """What the messages carry, taken one by one; WrongContent when they say why nothing was read."""
    head: dict[str, Any] = json.loads(receive())
    if "what" in head:
        raise WrongContent(head["what"], where=head["where"], evidence=head["evidence"], advice=head["advice"])
    frames = {name: pl.read_ipc_stream(receive()) for name in head["frames"]}
    rejects = [_reject(cells, head["rows"]) for cells in head["rejects"]]
    return Parsed(
        frames, rejects, head["record_count"], head["record_table"], head["skipped"], is_partial=head["is_partial"]
    )


def _reject(cells: Sequence[Any], rows: Sequence[Mapping[str, object]]) -> Reject:
    feed, line, column, value, rule, reason, row, within = cells
    return Reject(feed, line, column, value, rule, reason, rows[row], within)
