"""How large, long, wide and deep a publisher's bytes may be, and the refusals that say so: far above what any sends.

Judged before or while bytes are read, never after: a parser that is handed a million columns does not come back.
Within these bounds the work is linear, and every parser answers in seconds and some hundred megabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sources.errors import KEPT, WrongContent

if TYPE_CHECKING:
    from collections.abc import Mapping

MEBIBYTE: Final = 1 << 20
# Decompressed, by kind. The largest files seen: 3.9 MB of CSV, 2.6 MB of JSON, 2.1 MB of JSON Lines, 16 KB of YAML
# and 2.4 MB of zip; others tell of 0.6 MB of Parquet. Nested JSON takes twenty times its size in memory, YAML a
# thousand times.
MOST_BYTES: Final[Mapping[str, int]] = {
    "csv": 32 * MEBIBYTE,
    "json": 16 * MEBIBYTE,
    "jsonl": 32 * MEBIBYTE,
    "yaml": MEBIBYTE,
    "zip": 32 * MEBIBYTE,
    "parquet": 8 * MEBIBYTE,
    "text": MEBIBYTE,
    "html": 4 * MEBIBYTE,
}
# No bytes are read, from wherever, that are more than any kind may have.
MOST_BYTES_OF_ANY: Final = max(MOST_BYTES.values())
MOST_FILES: Final = 250  # of an archive; 87 were seen
MOST_UNPACKED: Final = 64 * MEBIBYTE
MOST_ROWS: Final = 50_000  # 4,000 were seen
MOST_LINES: Final = 1_000_000  # quoted notes have many; 40,000 were seen
MOST_PROBES: Final = 100_000  # lines of JSON Lines; 11,000 were seen, a month of hourly probes
MOST_COLUMNS: Final = 1_000  # 96 were seen
MOST_CELLS: Final = 2_000_000
MOST_CHARACTERS: Final = 131_072  # of one cell: what Python's reader of CSV allows
MOST_DEPTH: Final = 64
MOST_OBJECTS: Final = 500_000  # lists and objects of a JSON text; 40,000 were seen
MOST_NODES: Final = 100_000  # of a YAML file; 2,000 were seen
# Each refused row is kept with all its cells: what is nothing but wrong must not fill the quarantine.
MOST_REFUSED_ROWS: Final = 10_000
MOST_REFUSED_CELLS: Final = 500_000
_EXCERPT: Final = 60


def require_at_most(most: int, seen: int, of_what: str, *, where: str) -> None:
    """Raise WrongContent with the figure seen and the bound when there is more than may be."""
    if seen > most:
        raise WrongContent(f"{seen:,} {of_what}, more than {most:,}", where=where, advice=KEPT)


def require_size(body: bytes, kind: str, *, where: str) -> None:
    """Raise WrongContent for bytes that are more than a file of their kind may have."""
    require_at_most(MOST_BYTES[kind], len(body), f"bytes of {kind}", where=where)


def require_few_refusals(refused: int, width: int, reason: str, *, where: str) -> None:
    """Raise WrongContent, with the reason, when so many rows are refused for it that they would fill the quarantine."""
    most = min(MOST_REFUSED_ROWS, MOST_REFUSED_CELLS // max(width, 1))
    if refused > most:
        seen = f"{refused:,} rows of {width:,} cells refused, more than {most:,}"
        raise WrongContent(seen, where=where, evidence=reason, advice=KEPT)


def shortened(text: str, most: int = _EXCERPT) -> str:
    """The text, or its beginning with an ellipsis: what strangers write may be as long as they like."""
    return text if len(text) <= most else text[: most - 1] + "…"
