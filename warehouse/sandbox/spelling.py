"""What a person may have meant by a name that does not exist."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL: Final = "`gpt2030 tables` lists all"
SHOWN: Final = 3


def advice(wrong: str, names: Iterable[str]) -> str:
    """Names that resemble a wrong one, with or without their schema; where to find all names when none does."""
    by_word = {word: name for name in names for word in (name, name.split(".")[-1])}
    close = get_close_matches(wrong.lower(), by_word, n=2 * SHOWN, cutoff=0.6)
    found = list(dict.fromkeys(by_word[word] for word in close))[:SHOWN]
    return f"did you mean {' or '.join(found)}?" if found else ALL
