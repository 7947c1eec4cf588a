"""Ways in which a publisher's bytes arrive damaged, drawn at random from a seed."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import parquet

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence

    Columns = list[tuple[str, list[Any]]]

TOKENS: Final = (
    b"NaN", b"inf", b"-1", b"0", b"0.0", b"1e999", b"77%", b"1,000", b"'", b'"', b'""', b"\n", b"\r\n", b"\r", b",",
    b",,", b"\xef\xbb\xbf", b"\x00", b"\xff", b"<!DOCTYPE html><html>", b"{", b"}", b"[", b"]", b":", b"- ", b"  ",
    b"&a ", b"*a", b"|", b"null", b"true", b"9" * 400, b"2026-02-30", b"2026-13-01", b"0000-00-00", b"9999-12-31",
    "模型".encode(), "\u2028".encode(), "\u202e".encode(), "é\u0301".encode(), b"True", b"2,3", b"1_0", b"0x1F", b"\\",
)  # fmt: skip

VALUES: Final[tuple[object, ...]] = (
    None, True, 0, -1, 1.5, 1e308, float("nan"), float("inf"), "", "  ", "12", "fast", "2026-02-30", [], {}, [[1]],
    {"estimate": 1}, "9" * 400, 10**30, "模型", "a|b", "true",
)  # fmt: skip


def damaged(body: bytes, chance: random.Random) -> bytes:
    """The body after one to four kinds of damage."""
    for _ in range(chance.randint(1, 4)):
        body = chance.choice(_KINDS)(body, chance)
    return body


def damaged_json(body: bytes, chance: random.Random) -> bytes:
    """The same JSON with some of its values replaced, so that damage reaches beyond the syntax."""
    tree = json.loads(body)
    for _ in range(chance.randint(1, 6)):
        node: Any = tree
        while isinstance(node, dict | list) and node:
            key = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
            inner = node[key]
            if not isinstance(inner, dict | list) or not inner or chance.random() < 0.1:
                node[key] = deepcopy(chance.choice(VALUES))
                break
            node = inner
    return json.dumps(tree).encode()


def damaged_parquet(body: bytes, chance: random.Random) -> bytes:
    """The Parquet with damage to its bytes or, more often, to its rows, cells and columns, so that it can be read."""
    if chance.random() < 0.3:
        return damaged(body, chance)
    table = parquet.read_table(pa.BufferReader(body))
    columns = [(name, table.column(name).to_pylist()) for name in table.column_names]
    for _ in range(chance.randint(1, 4)):
        chance.choice(_PARQUET_KINDS)(columns, chance)
    return parquet_of([(name, _column(cells)) for name, cells in columns])


def parquet_of(columns: Sequence[tuple[str, pa.Array]]) -> bytes:
    """A Parquet file of these columns, whose names may repeat."""
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_arrays([array for _, array in columns], [name for name, _ in columns]), buffer)
    return buffer.getvalue()


def cells_of(body: bytes) -> bytes:
    """All that stands in the cells of a Parquet file, as text; of its columns those that can be read."""
    found: list[object] = []
    try:
        file = parquet.ParquetFile(pa.BufferReader(body))
        names = dict.fromkeys(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError):
        return b""
    for name in names:
        # One damaged column says nothing about the next, and a parser may not ask for it.
        with suppress(pa.ArrowException, OSError, ValueError):
            found += (column.to_pylist() for column in file.read(columns=[name]).columns)
    return repr(found).encode()


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """A zip archive with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # ZipInfo by itself is dated 1980: with the clock's day in it, the same seed would give other bytes.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _place(body: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(body))


def _flip(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut_out(body: bytes, chance: random.Random) -> bytes:
    start = _place(body, chance)
    return body[:start] + body[start + chance.randint(1, 60) :]


def _cut_off(body: bytes, chance: random.Random) -> bytes:
    return body[: _place(body, chance)]


def _insert(body: bytes, chance: random.Random) -> bytes:
    place = _place(body, chance)
    return body[:place] + chance.choice(TOKENS) + body[place:]


def _repeat(body: bytes, chance: random.Random) -> bytes:
    start = _place(body, chance)
    part = body[start : start + chance.randint(1, 200)]
    return body[:start] + part * chance.randint(2, 5) + body[start:]


def _repeat_line(body: bytes, chance: random.Random) -> bytes:
    lines = body.split(b"\n")
    lines.insert(chance.randint(0, len(lines)), chance.choice(lines))
    return b"\n".join(lines)


def _swap_lines(body: bytes, chance: random.Random) -> bytes:
    lines = body.split(b"\n")
    one, other = (chance.randrange(len(lines)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _replace_cell(body: bytes, chance: random.Random) -> bytes:
    cells = body.split(b",")
    cells[chance.randrange(len(cells))] = chance.choice(TOKENS)
    return b",".join(cells)


def _swap_cells(body: bytes, chance: random.Random) -> bytes:
    cells = body.split(b",")
    one, other = (chance.randrange(len(cells)) for _ in range(2))
    cells[one], cells[other] = cells[other], cells[one]
    return b",".join(cells)


def _column(cells: Sequence[object]) -> pa.Array:
    """The cells in one type: that of their values, or text where they have none in common."""
    try:
        return pa.array(cells)
    except (pa.ArrowException, OverflowError):
        return pa.array([None if cell is None else str(cell) for cell in cells])


def _other_cell(columns: Columns, chance: random.Random) -> None:
    cells = chance.choice(columns)[1]
    words = (token.decode("utf-8", "replace") for token in TOKENS)
    # pyarrow writes no column whose cells are objects without a field.
    cells[chance.randrange(len(cells))] = chance.choice((*(value for value in VALUES if value != {}), *words))


def _cell_moved(columns: Columns, chance: random.Random) -> None:
    cells = chance.choice(columns)[1]
    cells[chance.randrange(len(cells))] = chance.choice(cells)


def _row_repeated(columns: Columns, chance: random.Random) -> None:
    place = chance.randrange(len(columns[0][1]))
    for _, cells in columns:
        cells.append(cells[place])


def _row_lost(columns: Columns, chance: random.Random) -> None:
    place = chance.randrange(len(columns[0][1]))
    for _, cells in columns if len(columns[0][1]) > 1 else ():
        del cells[place]


def _name_moved(columns: Columns, chance: random.Random) -> None:
    place = chance.randrange(len(columns))
    columns[place] = (chance.choice([*(name for name, _ in columns), "", "new"]), columns[place][1])


def _columns_swapped(columns: Columns, chance: random.Random) -> None:
    one, other = (chance.randrange(len(columns)) for _ in range(2))
    names = columns[one][0], columns[other][0]
    columns[one], columns[other] = (names[0], columns[other][1]), (names[1], columns[one][1])


# A lost or moved name refuses the whole file: rarer than what reaches the cells.
_PARQUET_KINDS: Final[tuple[Callable[[Columns, random.Random], None], ...]] = (
    *(_other_cell,) * 4, *(_cell_moved,) * 4, *(_row_repeated,) * 2, *(_row_lost,) * 2, _name_moved, _columns_swapped,
)  # fmt: skip
_KINDS: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _flip, _cut_out, _cut_off, _insert, _repeat, _repeat_line, _swap_lines, _replace_cell, _swap_cells, _insert,
    _replace_cell,
)  # fmt: skip
