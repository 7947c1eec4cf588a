"""Payloads of extreme shape, by kind: a million deep, wide or long, made from nothing or from fixtures.

Each function gives names and bytes for one size `n`, one by one. What a publisher would send lies at n = 100 or so.
"""

from __future__ import annotations

import csv
import io
import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from pyarrow import parquet

from infra.trials.payload_damage import parquet_of, zip_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Shapes = Iterator[tuple[str, bytes]]


def csv_shapes(good: bytes, n: int) -> Shapes:
    """Tables: good rows repeated, told apart or not, and rows, columns, cells and quotes without end."""
    header, cells = _first_record(good)
    row = b",".join(cells)
    others = b"," + b",".join(cells[1:]) + b"\n"
    yield "rows told apart", header + b"\n" + b"".join(b"%d%s\n" % (k, row) for k in range(n))
    yield "rows told apart at their end", header + b"\n" + b"".join(b"%d%s%d\n" % (k, row, k) for k in range(n))
    yield "rows alike", header + b"\n" + (row + b"\n") * n
    yield "rows of nonsense", header + b"\n" + (b",".join([b"x"] * len(cells)) + b"\n") * n
    yield "rows too short", header + b"\n" + b"x\n" * n
    yield "rows of 0,0", b"0,0\n" * n
    yield "columns", header + b"," + b",".join(b"c%d" % k for k in range(n)) + b"\n" + row + b",1" * n + b"\n"
    yield "columns, nothing else", b",".join(b"c%d" % k for k in range(n))
    yield "columns alike", b"a," * n + b"\n" + b"1," * n
    yield "rows of 500 columns", _wide(header, row, n // 500)
    yield "cells, forty times as many", _wide(header, row, n * 40 // 525)
    yield "one row of commas", header + b"\n" + b"," * n
    yield "one long cell", header + b"\n" + b"x" * n + others
    yield "one quoted cell of lines", header + b'\n"' + b"\n" * n + b'"' + others
    yield "quoted cells of lines", header + b"\n" + (b'"a\nb"' + others) * n
    yield "quotes", header + b"\n" + b'"' * n
    yield "quotes, odd", header + b"\n" + b'"' * (n | 1) + b","
    yield "blank lines", header + b"\n" * n
    yield "bare returns", header + b"\r" * n
    yield "zero bytes", header + b"\n" + b"\x00" * n
    yield "wide characters", header + b"\n" + ("\U0001f600" * n).encode()


def json_shapes(good: bytes, n: int) -> Shapes:
    """Trees: nesting, lists, keys, texts and numbers without end, alone and within a good document."""
    tree = json.loads(good)
    yield "lists in lists", b"[" * n
    yield "lists in lists, closed", b"[" * n + b"]" * n
    yield "objects in objects", b'{"a":' * n + b"1" + b"}" * n
    yield "empty lists", b"[" + b"[]," * n + b"[]]"
    yield "empty objects", b"[" + b"{}," * n + b"{}]"
    yield "numbers", b"[" + b"1," * n + b"1]"
    yield "texts", b"[" + b'"ab",' * n + b'""]'
    yield "keys", b"{" + b",".join(b'"k%d":1' % k for k in range(n)) + b"}"
    yield "keys, the last repeated", b"{" + b",".join(b'"k%d":1' % k for k in range(n)) + b',"k%d":2}' % (n - 1)
    yield "one number of digits", b'{"a":' + b"9" * n + b"}"
    yield "one text", b'{"a":"' + b"x" * n + b'"}'
    yield "one text of escapes", b'{"a":"' + b'\\"' * n + b'"}'
    yield "blanks", b" " * n + good
    yield "records told apart", json.dumps(_grown(tree, n, "")).encode()
    yield "long texts within", json.dumps(_with_leaves(tree, "x" * min(n, 200_000))).encode()
    yield "lists for values", json.dumps(_with_leaves(tree, [1] * min(n, 2_000))).encode()
    yield "deep values", json.dumps(_with_leaves(tree, _nested(min(n, 60)))).encode()


def json_lines_shapes(good: bytes, n: int) -> Shapes:
    """Lines: good ones repeated, told apart, nonsense, and single ones without end."""
    line = good.split(b"\n")[0]
    yield "lines alike", (line + b"\n") * n
    yield "lines told apart", b"".join(line[:-1] + b', "n": %d}\n' % k for k in range(n))
    yield "lines of nonsense", b"x\n" * n
    yield "blank lines", b"\n" * n + line
    yield "one long line", line[:-1] + b', "x": "' + b"x" * n + b'"}\n'
    yield "one deep line", b"[" * n
    yield "lines of empty objects", b"{}\n" * n
    yield "systems told apart", b"".join(line.replace(b'"model": "', b'"model": "%d' % k) + b"\n" for k in range(n))


def yaml_shapes(good: bytes, n: int) -> Shapes:
    """Documents: nesting in flow and block, keys, anchors and what refers to them, comments and scalars without end."""
    head = good.partition(b"results:")[0] + b"results:\n"
    big = b"x: &x\n" + b"".join(b" k%d: 1\n" % k for k in range(n))
    yield "lists in lists", b"[" * n
    yield "mappings in mappings", b"{a: " * n
    yield "lists in lists by dashes", b"- " * n
    yield "keys in keys", b"? " * n
    yield "systems", head + b"".join(b"  s%d: {release_date: 2024-01-01}\n" % k for k in range(n))
    yield "keys", b"".join(b"k%d: v\n" % k for k in range(n))
    yield "a list", b"[" + b"a," * n + b"a]"
    yield "laughs", b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (k + 1, k + 1, k, k) for k in range(n))
    references = b"".join(b"  s%d: *x\n" % k for k in range(n))
    yield "references to one mapping", head.replace(b"results:", big + b"results:") + references
    yield "directives", b"".join(b"%%TAG !a%d! x\n" % k for k in range(n)) + b"--- a"
    yield "comments", b"#\n" * n + good
    yield "documents", b"---\n" * n
    yield "one scalar", b"a: " + b"x" * n
    yield "one quoted scalar", b'a: "' + b"\\u0041" * (n // 6) + b'"'
    yield "one block scalar", b"a: |\n" + b" x\n" * n
    yield "indents", b"".join(b" " * k + b"a:\n" for k in range(min(n, 1_400)))


def parquet_shapes(good: bytes, n: int) -> Shapes:
    """Columns: good rows repeated, told apart or not, one long text for all, and columns and levels without end."""
    row = parquet.read_table(pa.BufferReader(good)).slice(0, 1)
    alike = {name: pa.array(row.column(name).to_pylist() * n, row.schema.field(name).type) for name in row.column_names}
    first = row.column_names[0]
    text = pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array(["x" * 100_000]))
    yield "rows alike", parquet_of(list(alike.items()))
    yield "rows told apart", parquet_of(list((alike | {first: pa.array([f"s{k}" for k in range(n)])}).items()))
    yield "rows of one long text", parquet_of(list((alike | {first: text}).items()))
    yield "rows of nothing", parquet_of([(name, pa.nulls(n)) for name in alike])
    one = [(name, row.column(name).combine_chunks()) for name in alike]
    yield "one long text", parquet_of([(first, pa.array(["x" * n])), *one[1:]])
    yield "columns", parquet_of([*one, *((f"c{k}", pa.array([1])) for k in range(min(n, 10_000)))])
    yield "lists in lists", parquet_of([(first, pa.array([_nested(min(n, 60))])), *one[1:]])
    yield "zero bytes", good[:-8] + bytes(n) + good[-8:]


def zip_shapes(members: Mapping[str, bytes], n: int) -> Shapes:
    """Archives: files without end, and one file that unpacks to tables without end."""
    name = next(iter(members))
    for shape, body in csv_shapes(members[name], n):
        yield f"{shape}, packed", zip_of({name: body})
    yield "empty files", zip_of({f"{k}.csv": b"" for k in range(min(n, 60_000))})
    yield "good files told apart", zip_of({f"f{k}.csv": members[name] for k in range(min(n, 249))})
    yield "good files in folders", zip_of({f"{k}/{name}": members[name] for k in range(min(n, 249))})
    yield "files of 1,000 columns", zip_of({f"f{k}.csv": _wide(b"Model version", b"x", 3) for k in range(min(n, 249))})
    yield "list of files without end", zip_of({name: b""}) + b"PK\x01\x02" * n
    yield "one file of nothing", zip_of({name: bytes(n * 60)})


SHAPES: Final[Mapping[str, Callable[[bytes, int], Shapes]]] = {
    "csv": csv_shapes, "json": json_shapes, "jsonl": json_lines_shapes, "yaml": yaml_shapes,
    "parquet": parquet_shapes,
}  # fmt: skip


def _first_record(good: bytes) -> tuple[bytes, list[bytes]]:
    """The header, and the cells of the first record without what would have to be quoted: it is repeated as it is."""
    names, record, *_ = csv.reader(io.StringIO(good.decode("utf-8-sig"), newline=""))
    plain = ["".join(";" if char in ',"\r\n' else char for char in cell).encode() for cell in record]
    return ",".join(names).encode(), plain


def _wide(header: bytes, row: bytes, rows: int) -> bytes:
    more = b",".join(b"c%d" % k for k in range(500))
    return header + b"," + more + b"\n" + b"".join(b"%d%s%s\n" % (k, row, b",1" * 500) for k in range(rows))


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def _with_leaves(node: Any, leaf: Any) -> Any:
    """The tree with another value in place of each."""
    if isinstance(node, dict):
        return {key: _with_leaves(value, leaf) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_leaves(value, leaf) for value in node[:3]]
    return leaf


def _grown(node: Any, n: int, path: str) -> Any:
    """The tree with its largest list or object of objects grown to `n` members, ids and keys told apart."""
    if isinstance(node, dict):
        if node and all(isinstance(value, dict) for value in node.values()):
            first = next(iter(node.items()))
            return {f"{first[0]}{k}": first[1] for k in range(n)}
        return {key: _grown(value, n, f"{path}.{key}") for key, value in node.items()}
    if isinstance(node, list) and node and isinstance(node[0], dict):
        return [deepcopy(node[0]) | {"id": k + 1, "name": f"n{k}"} for k in range(n)]
    if isinstance(node, list) and node and isinstance(node[0], str):
        return [f"{node[0]}{k}" for k in range(n)]
    return node
