"""JSON as text tables: nothing is rounded, repeated or lost on the way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.json_records import read_json, read_json_lines, table_of, text_at
from sources.source import WrongContent


@pytest.mark.parametrize("number", ["1e999", "0.1000000000000000055", "9" * 60, "-0", "NaN", "Infinity"])
def test_numbers_stay_as_they_were_written(number):
    assert read_json(f'{{"a": {number}}}'.encode(), feed="f") == {"a": number}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": 1, "a": 2}', b"[" * 200_000])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(WrongContent, match="broken JSON at f"):
        read_json(body, feed="f")


def test_cells_are_scalars_at_a_path():
    record = {"a": {"b": " x "}, "yes": True, "none": None, "list": [1], "blank": " "}
    assert [text_at(record, path) for path in ("a.b", "yes", "none", "list", "blank", "a", "a.b.c", "zz")] == [
        "x", "true", None, None, None, None, None, None,
    ]  # fmt: skip


def test_records_keep_their_place():
    table = table_of([{"a": "1"}, {}, {"a": "3"}], ["a"], feed="f")
    assert table.frame.rows() == [("1", 1), (None, 2), ("3", 3)]


def test_a_broken_line_costs_only_itself():
    table = read_json_lines(b'{"a": "1"}\n\nnonsense\n[1]\n{"a": "4", "a": "5"}\n{"a": "6"}\n\xff', ["a"], feed="f")
    assert table.frame.rows() == [("1", 1), ("6", 6)]
    assert [reject.line for reject in table.rejects] == [3, 4, 5, 7]
    assert table.record_count == 6


@given(st.lists(st.dictionaries(st.sampled_from("ab"), st.integers() | st.none() | st.booleans()), max_size=20))
def test_every_line_is_a_record(records):
    body = "\n".join(json.dumps(record) for record in records).encode()
    table = read_json_lines(body, ["a", "b"], feed="f")
    assert table.record_count == table.frame.height == len(records)
