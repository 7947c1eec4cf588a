"""JSON as text tables: nothing is rounded, repeated or lost on the way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.bounds import MOST_BYTES
from sources.errors import WrongContent
from sources.reading.json_records import read_json, read_json_lines, table_of, text_at


@pytest.mark.parametrize("number", ["1e999", "0.1000000000000000055", "9" * 60, "-0", "NaN", "Infinity"])
def test_numbers_stay_as_they_were_written(number):
    assert read_json(f'{{"a": {number}}}'.encode(), feed="f") == {"a": number}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": 1, "a": 2}'])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(WrongContent, match="no JSON at f"):
        read_json(body, feed="f")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"[" * 200_000, "200,000 levels of nesting, more than 64"),
        (b'{"a": ' * 65 + b"1" + b"}" * 65, "65 levels of nesting, more than 64"),
        (b"[" + b"[]," * 600_000 + b"1]", "600,001 lists and objects, more than 500,000"),
        (b" " * (MOST_BYTES["json"] + 1), "16,777,217 bytes of json, more than 16,777,216"),
    ],
)
def test_what_is_deeper_fuller_or_larger_than_any_publisher_writes_is_refused_with_the_figure(body, says):
    with pytest.raises(WrongContent, match=says):
        read_json(body, feed="f")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"GPT\ud800-4", "GPT?-4"),
        (r"\uDE00\ud83d", "??"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83d\ud83d\ude00", "?\U0001f600"),
        (r"\\ud800", r"\ud800"),
        (r"\\\ud800", "\\?"),
    ],
)
def test_half_a_character_is_no_reason_to_lose_a_file(written, read):
    body = f'{{"{written}": "{written}"}}'.encode()
    assert read_json(body, feed="f") == {read: read}
    table = read_json_lines(b'{"a": "' + written.encode() + b'"}', ["a"], feed="f")
    assert table.frame["a"].to_list() == [read]


def test_brackets_within_texts_are_no_nesting():
    text = "[{" * 100 + '\\"' + "]"
    assert read_json(json.dumps({text: [text]}).encode(), feed="f") == {text: [text]}


def test_a_key_repeated_at_the_end_of_many_is_found_in_one_pass():
    pairs = ", ".join(f'"k{n}": {n}' for n in range(200_000))
    with pytest.raises(WrongContent, match="repeated key 'k199999'"):
        read_json(f'{{{pairs}, "k199999": 1}}'.encode(), feed="f")


def test_cells_are_scalars_at_a_path():
    record = {"a": {"b": " x "}, "yes": True, "none": None, "blank": " "}
    assert [text_at(record, path) for path in ("a.b", "yes", "none", "blank", "none.b", "zz", "zz.b")] == [
        "x", "true", None, None, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["list", "a", "a.b.c"])
def test_a_list_or_an_object_is_not_taken_for_nothing(path):
    record = {"a": {"b": "x"}, "list": [1]}
    table = table_of([{}, record], [path], feed="f")
    assert table.frame.rows() == [(None, 1)]
    assert [(reject.line, reject.column, reject.rule) for reject in table.rejects] == [(2, path, "single-value")]


def test_a_record_that_is_no_object_is_refused_by_itself():
    table = table_of([{"a": "1"}, "nonsense", ["a"], None], ["a"], feed="f")
    assert table.frame.rows() == [("1", 1)]
    assert [(reject.line, reject.value) for reject in table.rejects] == [(2, '"nonsense"'), (3, '["a"]'), (4, "null")]
    assert table.record_count == 4


def test_a_text_longer_than_a_cell_may_be_costs_its_record():
    table = table_of([{"a": "x" * 200_000}, {"a": "y"}], ["a"], feed="f")
    assert table.frame.rows() == [("y", 2)]
    assert table.rejects[0].reason == "a has 200,000 characters, more than 131,072"
    assert len(table.rejects[0].row["a"]) == 2_000


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


@pytest.mark.parametrize("body", [b'[{"a": "caf\xe9"}, {"a": "b"}]', b'[{"a": ["caf\xe9"]}, {"a": "b"}]'])
def test_a_byte_that_is_not_utf8_costs_its_record_and_no_other(body):
    table = table_of(read_json(body, feed="f"), ["a"], feed="f")
    assert table.frame["a"].to_list() == ["b"]
    (reject,) = table.rejects
    assert (reject.line, reject.column) == (1, "a")
    assert "\ufffd" in str(reject.value)


def test_such_a_byte_is_named_and_costs_nothing_where_nobody_reads():
    records = read_json(b'[{"a": "caf\xe9", "b": "1"}, {"a": "x", "b": "\xff"}]', feed="f")
    (reject,) = table_of(records, ["b"], feed="f").rejects
    assert (reject.line, reject.rule, reject.reason) == (2, "utf-8", "b holds byte 0xff, which is not UTF-8 text")


def test_in_a_key_such_a_byte_costs_the_file_for_what_it_names_would_pass_for_not_given():
    with pytest.raises(WrongContent, match="a key holds byte 0xff"):
        read_json(b'{"a\xff": 1}', feed="f")


def test_a_line_of_json_with_such_a_byte_is_refused_alone():
    table = read_json_lines(b'{"a": "gpt-\xff5"}\n{"a": "gpt-5"}\n{"\xffa": "gpt-6"}\n', ["a"], feed="f")
    assert table.frame["a"].to_list() == ["gpt-5"]
    assert [(one.line, one.rule) for one in table.rejects] == [(3, "json"), (1, "utf-8")]
    assert "\ufffd" in str(table.rejects[0].value)
