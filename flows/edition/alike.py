"""Findings that differ only in whom they are about, folded into one with all names: thirteen alike hide the rest."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

# With its host in a group: split by it, a text alternates with the hosts.
_ADDRESS: Final = re.compile(r"(https?://[^\s;,/?#]+)[^\s;,]*")
_EACH: Final = "each"

Finding = dict[str, Any]


class Alike(NamedTuple):
    """What is said in one line of one or several: `names` of whom (none of what is about nobody), and the `rows`.

    `text` is what was found; of several, "each" stands for the name, and of addresses the hosts stand there.
    """

    names: list[str]
    text: str
    rows: list[Finding]


def folded(
    rows: Iterable[Mapping[str, Any]], said: Callable[[Mapping[str, Any]], tuple[str, str]], same: Sequence[str]
) -> list[Alike]:
    """Rows that are alike in the columns `same` and in what they say, in the order of the first of each kind.

    `said` gives the name that a row is about and its text; a row about nobody stands alone.
    """
    kinds: dict[Hashable, list[tuple[str, str, Finding]]] = {}
    for place, row in enumerate(rows):
        name, text = said(row)
        kind = (_shape(name, text), *(row[column] for column in same)) if name else place
        kinds.setdefault(kind, []).append((name, text, dict(row)))
    return [_told(kind) for kind in kinds.values()]


def _told(kind: list[tuple[str, str, Finding]]) -> Alike:
    names = [name for name, _, _ in kind if name]
    rows = [row for _, _, row in kind]
    return Alike(names, kind[0][1] if len(kind) == 1 else _shared([(name, text) for name, text, _ in kind]), rows)


def _shape(name: str, text: str) -> tuple[str, ...]:
    """A text without the addresses in it, and with a word for the name: an address may hold the name as well."""
    is_name = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return tuple(is_name.sub(_EACH, part) for part in _ADDRESS.split(text)[::2])


def _shared(said: list[tuple[str, str]]) -> str:
    """The text that several share, with all hosts where each has an address of its own."""
    hosts = [dict.fromkeys(hosts) for hosts in zip(*(_ADDRESS.split(text)[1::2] for _, text in said), strict=True)]
    parts = zip_longest(_shape(*said[0]), (", ".join(some) for some in hosts), fillvalue="")
    return "".join(f"{text}{address}" for text, address in parts)
