"""YAML becomes a tree of text, and no document, however deep or laced with references, ends more than its reading."""

from __future__ import annotations

import pytest

from sources.bounds import MOST_BYTES
from sources.errors import WrongContent
from sources.reading.json_records import NoScalar
from sources.reading.yaml_records import YamlMap, read_yaml, scalar_at


def read(text):
    return read_yaml(text.encode(), feed="f.yaml")


@pytest.mark.parametrize("written", ["2024-01-01", "1.50", "yes", "0x1F", "1e999", ".nan"])
def test_no_value_becomes_anything_but_text(written):
    assert scalar_at(read(f"a: {{b: {written}}}\n"), "a.b") == written


@pytest.mark.parametrize("text", ["a:\n", "a: ~\n", "a: null\n", 'a: ""\n', "b: 1\n"])
def test_nothing_is_nothing(text):
    assert scalar_at(read(text), "a.b") is None
    assert scalar_at(read(text), "a") is None


@pytest.mark.parametrize("text", ["a: {b: [1]}\n", "a: {b: {c: 1}}\n", "a: 5\n", "a: [b]\n", "a: {b: 1, b: 2}\n"])
def test_what_is_no_single_value_is_not_taken_for_nothing(text):
    assert isinstance(scalar_at(read(text), "a.b"), NoScalar)


def test_keys_know_their_lines_and_references_what_they_refer_to():
    root = read("x: &x {b: 1}\n\nresults:\n  one: *x\n  two: *x\n")
    results = root.get("results")
    assert [(key, line) for key, _, line in results.entries] == [("one", 4), ("two", 5)]
    assert scalar_at(results, "two.b") == "1"


def test_a_mapping_that_holds_itself_is_a_mapping():
    root = read("&r\na: *r\nb: 1\n")
    assert isinstance(root, YamlMap)
    assert scalar_at(root, "a.a.a.b") == "1"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"[" * 60_000, "65 levels of nesting, more than 64"),
        (b"{a: " * 60_000, "65 levels of nesting, more than 64"),
        (b"- " * 60_000, "65 levels of nesting, more than 64"),
        (b"[" + b"a," * 200_000 + b"]", "100,001 nodes and more to come, more than 100,000"),
        (b"a: 1\n" * 210_000, "bytes of yaml, more than"),
        (b" " * (MOST_BYTES["yaml"] + 1), "bytes of yaml, more than"),
        (b"%TAG !a! x\n" * 11 + b"--- a", "11 directives, more than 10"),
        (b"a: 1\n---\nb: 1\n", "2 documents, more than 1"),
        (b"a: *nowhere\n", "refers to 'nowhere'"),
        (b"a: [1\n", "broken YAML"),
        (b"\xff\xfe", "broken YAML"),
    ],
)  # fmt: skip
def test_what_is_no_document_of_bounded_shape_is_refused_with_the_figure(body, says):
    with pytest.raises(WrongContent, match=says):
        read_yaml(body, feed="f.yaml")
