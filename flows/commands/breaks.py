"""Where a line of Chinese may end on a screen: between any two characters, but not before what closes.

Left to itself, rich breaks at blanks alone: of a label that began with a word in Latin letters the first line held
nothing else, and where a cell was full, its closing bracket stood on a line of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

_CHINESE: Final = re.compile(r"[\u2e80-\uffef]")
# What never ends a line, and what never begins one.
_OPENING: Final = "（「『【《〈“"
_DASHES: Final = "—–"
_CLOSING: Final = f"）」』】》〉”，。、；：！？…{_DASHES}%％,.;:!?)"
# A word in Latin letters or a number, which keeps the unit behind it: 48 alone is not 48万亿, nor 3 a day; or else one
# character.
_PIECE: Final = re.compile(
    rf"[{_OPENING}]*(?:[^\s\u2e80-\uffef{_OPENING}]+(?:(?<=\d) ?[万亿年月日个]+)?|[^{_OPENING}\s])?[{_CLOSING}]*\s*"
)
_DASHED: Final = re.compile(rf"[^{_DASHES}/_-]*[{_DASHES}/_-]+|[^{_DASHES}/_-]+")


def has_chinese(text: str) -> bool:
    """Whether a text has a character that lines may be broken at."""
    return _CHINESE.search(text) is not None


def broken(text: Text, width: int) -> Text:
    """The same text with its lines broken to a width, its styles kept; what has no Chinese in it as it was."""
    from rich.text import Text

    offsets = list(_ends(text.plain, width)) if has_chinese(text.plain) else []
    if not offsets:
        return text
    join = Text("\n", justify=text.justify, overflow=text.overflow, no_wrap=text.no_wrap, end=text.end)
    return join.join(text.divide(offsets))


def _ends(text: str, width: int) -> Iterator[int]:
    """Where lines are to end, as offsets into the text; not where they end already."""
    from rich.cells import cell_len

    start = 0
    for line in text.split("\n"):
        room = width
        for piece in _PIECE.finditer(line):
            at = start + piece.start()
            for part in _parts(piece[0], width):
                if room < width and cell_len(part.rstrip()) > room:
                    yield at
                    room = width
                room -= cell_len(part)
                at += len(part)
        start += len(line) + 1


def _parts(piece: str, width: int) -> list[str]:
    """A piece that fits into a line as it is; a wider one cut at its dashes, and failing that anywhere."""
    from rich.cells import cell_len, chop_cells

    if cell_len(piece.rstrip()) <= width:
        return [piece]
    cut = [chunk for part in _DASHED.findall(piece) for chunk in chop_cells(part, width)]
    if len(cut) > 1 and not cut[-1].strip().strip(_CLOSING) and cut[-1][0] not in _DASHES:
        # A bracket alone, of a word that fills its line: its last letter goes with it. A dash may stand alone where
        # a number fills the line, which would else be broken.
        cut[-2:] = [cut[-2][:-1], cut[-2][-1] + cut[-1]]
    return cut
