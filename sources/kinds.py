"""What the first bytes of a body say it is, and a short, safe quotation of it for error messages."""

from __future__ import annotations

import re
from typing import Final, Literal

from sources.errors import KEPT, WrongContent

Kind = Literal["csv", "json", "jsonl", "yaml", "zip", "parquet", "text", "html"]

UTF8_BOM: Final = b"\xef\xbb\xbf"
_EXCERPT_CHARS: Final = 160
_HEAD_BYTES: Final = 4096
_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x1f\x8b", "gzip bytes"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a parquet file"),
)
# JSON is text too, but an error object sent in place of a table would be read as one of a single column.
_EXPECTED: Final[dict[str, frozenset[str]]] = {
    "csv": frozenset({"text"}),
    "text": frozenset({"text"}),
    "yaml": frozenset({"text"}),
    "json": frozenset({"JSON"}),
    "jsonl": frozenset({"JSON"}),
    "zip": frozenset({"a zip archive"}),
    "parquet": frozenset({"a parquet file"}),
    "html": frozenset({"HTML or XML"}),
}


def sniff(body: bytes) -> str:
    """Name what the bytes are by their beginning, e.g. 'text', 'JSON', 'HTML or XML', 'a zip archive', 'nothing'.

    Only the beginning is looked at: an HTML page served with status 200 and the media type of a CSV is common
    behind outages and challenges, and would otherwise be parsed as one column of rubbish.
    """
    for magic, name in _MAGIC:
        if body.startswith(magic):
            return name
    # Exports from spreadsheets begin with a byte order mark, which is not part of the first word.
    head = body[:_HEAD_BYTES].removeprefix(UTF8_BOM).lstrip()
    if not head:
        return "nothing"
    if b"\x00" in head:
        return "binary bytes"
    if head.startswith(b"<"):
        return "HTML or XML"
    return "JSON" if head[:1] in (b"{", b"[") else "text"


def require_kind(body: bytes, kind: Kind, *, where: str, status: int | None = None) -> None:
    """Raise WrongContent, quoting the body, unless it begins like the `kind` that was due."""
    found = sniff(body)
    if found in _EXPECTED[kind]:
        return
    raise WrongContent(
        f"{found} where {kind} was due",
        where=where,
        evidence=excerpt(body) if found != "nothing" else f"{len(body)} bytes of nothing",
        advice=f"{KEPT}; open the address in a browser to see what the publisher did",
        status=status,
    )


def excerpt(body: bytes) -> str:
    """The first words of a body on one line: the title of a page, the text of a message, or the leading bytes."""
    head = body[:_HEAD_BYTES]
    if sniff(head) in {"a zip archive", "an empty zip archive", "gzip bytes", "binary bytes", "a parquet file"}:
        return f"{len(body)} bytes beginning {head[:8]!r}"
    # Tags are dropped: evidence ends up in alerts, some of which render HTML.
    text = head.decode("utf-8-sig", errors="replace")
    title = re.search(r"(?is)<title[^>]*>(.*?)</title>", text)
    words = " ".join(re.sub(r"(?s)<[^>]*>", " ", title[1] if title else text).split())
    return f"'{words[:_EXCERPT_CHARS]}'" if words else f"{len(body)} bytes without words"
