"""JSON of strangers as text tables: records at their place in the list, every cell as it was written."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, Self

import polars as pl

from sources.bounds import (
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_OBJECTS,
    MOST_PROBES,
    MOST_ROWS,
    require_at_most,
    require_few_refusals,
    require_size,
    shortened,
)
from sources.errors import WrongContent
from sources.kinds import excerpt
from sources.reading.tabular import LINE, TextTable, without_invisible
from sources.records import Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# All that does not open or close a list or an object; possessive, so that no text makes the search go back.
_NO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z))++', re.DOTALL)
# An escape within a text, surrogates by pairs where they are some: of what is left, one alone is no character.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<alone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_ODD_BYTE: Final = re.compile("[\udc80-\udcff]")  # as `surrogateescape` decodes it
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_MOST_DIGITS: Final = 400  # of a whole number; the largest that a float can hold has 309
_SHOWN: Final = 2_000  # characters of a line or a record that a refusal shows


class NoScalar(str):
    """Stands in a cell for a list or an object: given, and not to be read as the single value that was due."""

    __slots__ = ()


class NoText(NoScalar):
    """Stands in a cell for a text with a byte that is not UTF-8, which is shown as a sign in its place."""

    __slots__ = ("byte",)
    byte: int

    def __new__(cls, escaped: str) -> Self:
        """The text, its odd bytes escaped as surrogates."""
        text = super().__new__(cls, _ODD_BYTE.sub("\ufffd", escaped))
        text.byte = _first_odd(escaped)
        return text


class UnreadableValue:
    """Stands where a platform wrote what is neither number nor text: NaN, an infinity, endless digits, a damaged text.

    As a float it would be computed with, as a text it would pass for a title; `str` gives what was written.
    """

    __slots__ = ("_written",)

    def __init__(self, written: str) -> None:
        """Keep what was written, with a sign for what cannot be shown."""
        self._written = _ODD_BYTE.sub("\ufffd", written)

    def __str__(self) -> str:
        """What was written."""
        return self._written


def read_json(body: bytes, *, feed: str) -> Any:
    """The value of a JSON text, numbers left as text; WrongContent when it is none or repeats a key.

    Numbers stay text so that 1e999, NaN and a count of forty digits reach our own rules instead of becoming
    infinities on the way; a text with a byte that is not UTF-8 is NoText, and costs its record. WrongContent also for
    what is larger or deeper than `sources.bounds` allows.
    """
    return read_tree(body, feed=feed, parse_int=str, parse_float=str, parse_constant=str)


def read_tree(body: bytes, *, feed: str, odd: Callable[[str], object] = NoText, **hooks: Any) -> Any:
    """The value of a JSON text, within bounds and without repeated keys; `hooks` go to `json.loads`.

    `odd` makes what stands for a text with a byte that is not UTF-8. In a key such a byte costs the file: what is not
    found by its name would pass for not given.
    """
    require_size(body, "json", where=feed)
    _require_shape(_NO_BRACKET.sub(b"", body), feed)
    try:
        text = body.decode("utf-8-sig", "surrogateescape")
        return _loaded(text, odd, **hooks)
    except (ValueError, RecursionError) as error:
        raise WrongContent("no JSON", where=feed, evidence=f"{error}; {excerpt(body)}") from error


def read_object(body: bytes, *, feed: str) -> dict[str, Any]:
    """The object in the bytes, numbers as numbers; WrongContent for anything else.

    NaN, Infinity and whole numbers too long to be one stand as UnreadableValue: where nobody reads them they cost
    nothing, where somebody does they cost that record.
    """
    found = read_tree(body, feed=feed, odd=UnreadableValue, parse_constant=UnreadableValue, parse_int=_whole)
    if not isinstance(found, dict):
        raise WrongContent("JSON without an object", where=feed, evidence=f"a {type(found).__name__}")
    return found


def table_of(records: Sequence[Any], paths: Sequence[str], *, feed: str) -> TextTable:
    """A text table with one column per dotted path; `line` is the place of the record in the list, from 1.

    A record that is no object, or that has a list or an object where a single value is due, is refused by itself.
    """
    require_at_most(MOST_ROWS, len(records), "records", where=feed)
    return _table(feed, list(enumerate(records, start=1)), paths)


def read_json_lines(body: bytes, paths: Sequence[str], *, feed: str) -> TextTable:
    """A text table of JSON Lines; a line that is no JSON object is refused by itself, empty lines are no records."""
    require_size(body, "jsonl", where=feed)
    require_at_most(MOST_PROBES, body.count(b"\n"), "lines", where=feed)
    # split("\n"), not splitlines(): the latter also breaks inside strings that hold U+2028.
    lines = [(number, text) for number, text in enumerate(_decoded(body).split("\n"), start=1) if text.strip()]
    good: list[tuple[int, tuple[str | None, ...]]] = []
    rejects: list[Reject] = []
    for number, text in lines:
        record, why = _object(text)
        if record is None:
            shown = _ODD_BYTE.sub("\ufffd", text[:_SHOWN])
            rejects.append(Reject(feed, number, None, shown[:200], "json", why, {"text": shown}))
        else:
            # The cells alone: a month of lines as objects would take twenty times its bytes.
            good.append((number, cells_of(record, paths)))
    return table_of_cells(good, paths, feed=feed, rejects=rejects)


def table_of_cells(
    records: Sequence[tuple[int, tuple[str | None, ...]]],
    paths: Sequence[str],
    *,
    feed: str,
    rejects: Sequence[Reject] = (),
) -> TextTable:
    """The table of these records, each with its line and one cell per path; `rejects` are those refused before.

    A record with a cell that is no single value, or longer than may be, is refused by itself.
    """
    bad = {line: found for line, cells in records if (found := _odd_cell(cells, paths))}
    require_few_refusals(len(bad) + len(rejects), len(paths), "records without a single value", where=feed)
    refused = [_refused(feed, line, cells, paths, bad[line]) for line, cells in records if line in bad]
    good = [(line, cells) for line, cells in records if line not in bad]
    data = {path: [cells[k] for _, cells in good] for k, path in enumerate(paths)}
    frame = pl.DataFrame(data, schema=dict.fromkeys(paths, pl.String))
    numbered = frame.with_columns(pl.Series(LINE, [line for line, _ in good], dtype=pl.Int64))
    return TextTable(feed, numbered, (*rejects, *refused), len(records) + len(rejects))


def cells_of(record: Any, paths: Sequence[str]) -> tuple[str | None, ...]:
    """The scalars at these dotted paths, as `text_at`."""
    return tuple(text_at(record, path) for path in paths)


def text_at(record: Any, path: str) -> str | None:
    """The scalar at a dotted path as trimmed text; None where nothing is given, which is what null says.

    NoScalar for a list or an object there, and for a scalar on the way: something is given, and it is not what was
    due. It must not pass for nothing.
    """
    for key in path.split("."):
        if record is None:
            return None
        if not isinstance(record, dict):
            return NoScalar(_shown(record))
        record = record.get(key)
    if isinstance(record, NoText):
        return record
    # The one scalar that is no text yet: json has hooks for numbers, none for true and false.
    if isinstance(record, bool):
        return str(record).lower()
    if record is None or isinstance(record, str):
        return without_invisible(record or "").strip() or None
    return NoScalar(_shown(record))


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs; ValueError when a key stands there twice.

    json by itself keeps the last of two equal keys and says nothing.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        [(repeated, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"repeated key {shortened(repeated)!r}")
    return found


def _loaded(text: str, odd: Callable[[str], object], **hooks: Any) -> Any:
    """The value of a JSON text whose odd bytes are escaped as surrogates; ValueError where one stands in a key."""
    text = _storable(text)
    if not _ODD_BYTE.search(text):
        return json.loads(text, object_pairs_hook=unrepeated, **hooks)

    def told(value: Any) -> Any:
        if isinstance(value, list):
            return [told(one) for one in value]
        return odd(value) if isinstance(value, str) and _ODD_BYTE.search(value) else value

    def paired(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for key, _ in pairs:
            if _ODD_BYTE.search(key):
                raise ValueError(f"a key holds byte {_first_odd(key):#04x}, which is not UTF-8")
        return unrepeated([(key, told(value)) for key, value in pairs])

    return told(json.loads(text, object_pairs_hook=paired, **hooks))


def _first_odd(escaped: str) -> int:
    found = _ODD_BYTE.search(escaped)
    return ord(found[0]) - 0xDC00 if found else 0


def _storable(text: str) -> str:
    """JSON with '?' in place of surrogates that stand alone: half a character, which no table and no log can store.

    Any program may write one, cutting a text between two; unreplaced it would end the reading of the whole file.
    """
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPE.sub(lambda found: "?" if found["alone"] else found[0], text)


def _whole(digits: str) -> int | UnreadableValue:
    # Beyond some thousand digits int() raises, and one such number in a field nobody reads would cost the whole file.
    return int(digits) if len(digits) <= _MOST_DIGITS else UnreadableValue(digits)


def _require_shape(brackets: bytes, feed: str) -> None:
    """WrongContent when the brackets of a JSON text, without those within strings, are too many or too deep."""
    require_at_most(MOST_OBJECTS, brackets.count(b"[") + brackets.count(b"{"), "lists and objects", where=feed)
    depth = max(accumulate(map(_STEP.__getitem__, brackets)), default=0)
    require_at_most(MOST_DEPTH, depth, "levels of nesting", where=feed)


def _table(feed: str, records: Sequence[tuple[int, Any]], paths: Sequence[str]) -> TextTable:
    rejects = [
        Reject(feed, line, None, _shown(record)[:200], "json", "no JSON object", {"record": _shown(record)})
        for line, record in records
        if not isinstance(record, dict)
    ]
    good = [(line, cells_of(record, paths)) for line, record in records if isinstance(record, dict)]
    return table_of_cells(good, paths, feed=feed, rejects=rejects)


def _refused(
    feed: str, line: int, cells: Sequence[str | None], paths: Sequence[str], odd: tuple[str, str, str]
) -> Reject:
    row = {path: cell if cell is None else cell[:_SHOWN] for path, cell in zip(paths, cells, strict=True)}
    path, value, reason = odd
    rule = "utf-8" if any(isinstance(cell, NoText) for cell in cells) else "single-value"
    return Reject(feed, line, path, value, rule, reason, row)


def _odd_cell(cells: Sequence[str | None], paths: Sequence[str]) -> tuple[str, str, str] | None:
    """Path, value and reason of the first cell that is no single text; None when all are."""
    for path, cell in zip(paths, cells, strict=True):
        if isinstance(cell, NoText):
            return path, cell[:200], f"{path} holds byte {cell.byte:#04x}, which is not UTF-8 text"
        if isinstance(cell, NoScalar):
            return path, cell[:200], f"{path} must be a single value"
        if cell is not None and len(cell) > MOST_CHARACTERS:
            return path, cell[:200], f"{path} has {len(cell):,} characters, more than {MOST_CHARACTERS:,}"
    return None


def _shown(value: Any) -> str:
    """A value as JSON, cut where it becomes long: enough to be recognised."""
    head = json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value)
    text = ""
    for part in head:
        text += part
        if len(text) > _SHOWN:
            break
    return text[:_SHOWN]


def _object(text: str) -> tuple[Mapping[str, Any] | None, str]:
    """The JSON object of a line, or why it is none."""
    if len(text) > MOST_CHARACTERS:
        return None, f"a line of {len(text):,} characters, more than {MOST_CHARACTERS:,}"
    try:
        value = _loaded(text, NoText, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None, "no JSON object"
    return (value, "") if isinstance(value, dict) else (None, "no JSON object")


def _decoded(body: bytes) -> str:
    # A damaged byte costs its line, not the file: the line is then no JSON any more, or its value no text.
    return body.decode("utf-8-sig", "surrogateescape")
