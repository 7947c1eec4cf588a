"""JSON of strangers as text tables: records at their place in the list, every cell as it was written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from sources.kinds import excerpt
from sources.source import Reject, WrongContent
from sources.tabular import LINE, TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def read_json(body: bytes, *, feed: str) -> Any:
    """The value of a JSON text, numbers left as text; WrongContent when it is none or repeats a key.

    Numbers stay text so that 1e999, NaN and a count of forty digits reach our own rules instead of becoming
    infinities on the way.
    """
    try:
        # Deep nesting ends in a RecursionError, which is no ValueError and would escape from `parse`.
        return _loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WrongContent("broken JSON", where=feed, evidence=f"{error}; {excerpt(body)}") from error


def table_of(records: Sequence[Mapping[str, Any]], paths: Sequence[str], *, feed: str) -> TextTable:
    """A text table with one column per dotted path; `line` is the place of the record in the list, from 1."""
    data = {path: [text_at(record, path) for record in records] for path in paths}
    frame = pl.DataFrame(data, schema=dict.fromkeys(paths, pl.String))
    numbered = frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE))
    return TextTable(feed, numbered, (), numbered.height)


def read_json_lines(body: bytes, paths: Sequence[str], *, feed: str) -> TextTable:
    """A text table of JSON Lines; a line that is no JSON object is refused by itself, empty lines are no records."""
    # split("\n"), not splitlines(): the latter also breaks inside strings that hold U+2028.
    lines = [(number, text) for number, text in enumerate(_decoded(body).split("\n"), start=1) if text.strip()]
    good: list[tuple[int, Mapping[str, Any]]] = []
    rejects: list[Reject] = []
    for number, text in lines:
        record = _object(text)
        if record is None:
            rejects.append(Reject(feed, number, None, text[:200], "json", "no JSON object", {"text": text[:2000]}))
        else:
            good.append((number, record))
    table = table_of([record for _, record in good], paths, feed=feed)
    frame = table.frame.with_columns(pl.Series(LINE, [number for number, _ in good], dtype=pl.Int64))
    return TextTable(feed, frame, tuple(rejects), len(lines))


def text_at(record: Any, path: str) -> str | None:
    """The scalar at a dotted path as trimmed text; None where there is none, and for null, lists and objects."""
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    # The one scalar that is no text yet: json has hooks for numbers, none for true and false.
    if isinstance(record, bool):
        return str(record).lower()
    return (record.strip() or None) if isinstance(record, str) else None


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = _loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=unrepeated)


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs; ValueError when a key stands there twice.

    json by itself keeps the last of two equal keys and says nothing.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"repeated key {next(key for key in keys if keys.count(key) > 1)!r}")
    return found


def _decoded(body: bytes) -> str:
    # A damaged byte costs its line, not the file: the line is then no JSON any more, or its value no number.
    return body.decode("utf-8-sig", errors="replace")
