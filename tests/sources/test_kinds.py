"""What bodies are taken for, and what of them is quoted."""

from __future__ import annotations

import gzip

import pytest

from sources.errors import WrongContent
from sources.kinds import UTF8_BOM, excerpt, require_kind, sniff
from tests.publisher import BAD_GATEWAY_PAGE, zip_of


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"a,b\n1,2\n", "text"),
        (UTF8_BOM + b"a,b\n", "text"),
        (b"key: value\n", "text"),
        (b' \n{"a": 1}', "JSON"),
        (UTF8_BOM + b"[1]", "JSON"),
        (b"\n\n <!DOCTYPE html>", "HTML or XML"),
        (b"<!-- cached --><p>", "HTML or XML"),
        (zip_of({"a": b"b"}), "a zip archive"),
        (zip_of({}), "an empty zip archive"),
        (gzip.compress(b"a,b", mtime=0), "gzip bytes"),
        (b"PAR1" + bytes(9), "a parquet file"),
        (b"a\x00b", "binary bytes"),
        (b"", "nothing"),
        (UTF8_BOM + b"  \n", "nothing"),
    ],
)
def test_bodies_are_told_apart_by_their_beginning(body, name):
    assert sniff(body) == name


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a,b", "csv"),
        (b"{}", "json"),
        (b'{"a":1}\n{}', "jsonl"),
        (b"a: 1", "yaml"),
        (zip_of({"a": b""}), "zip"),
        (b"PAR1" + bytes(9), "parquet"),
        (b"\n<!DOCTYPE html><html>", "html"),
    ],
)
def test_what_was_due_passes(body, kind):
    require_kind(body, kind, where="here")


@pytest.mark.parametrize("body", [b"a,b", b"{}", b"", b"PAR1" + bytes(9)])
def test_nothing_else_is_a_page(body):
    with pytest.raises(WrongContent, match="where html was due"):
        require_kind(body, "html", where="here")


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "yaml", "zip", "parquet", "text"])
def test_a_page_is_never_what_was_due(kind):
    with pytest.raises(WrongContent, match=f"HTML or XML where {kind} was due at here; seen: '502 Bad Gateway'"):
        require_kind(BAD_GATEWAY_PAGE, kind, where="here", status=200)


def test_a_quotation_is_short_on_one_line_and_without_tags():
    quoted = excerpt(b"<p>" + b"many   words\n" * 200 + b"<script>x</script>")
    assert quoted.startswith("'many words many words")
    assert len(quoted) < 200
    assert "\n" not in quoted
    assert "<" not in quoted


def test_bytes_are_not_quoted_as_words():
    assert excerpt(zip_of({"a": b"b"})).endswith("bytes beginning b'PK\\x03\\x04\\x14\\x00\\x00\\x00'")
