"""YAML of strangers as a tree of text: nothing is turned into a date or a number unasked, and no depth ends the run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import yaml

from sources.bounds import MOST_DEPTH, MOST_NODES, require_at_most, require_size, shortened
from sources.errors import WrongContent
from sources.reading.json_records import NoScalar
from sources.reading.tabular import without_invisible

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Each directive is compared with all before it; files have none.
_DIRECTIVE: Final = re.compile(rb"^%", re.MULTILINE)
_MOST_DIRECTIVES: Final = 10
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
# A byte that is not UTF-8 stands as a character of nobody's while the tree is put together: this plus the byte.
_ODD: Final = 0xF0000
_ODD_CHARACTER: Final = re.compile(f"[{chr(_ODD + 0x80)}-{chr(_ODD + 0xFF)}]")


@dataclass(slots=True)
class YamlList:
    """A sequence: that it is one is all we want to know, and where in it a byte could not be read."""

    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """A byte that is not UTF-8: the path to it below the node that says so, the text it stands in, and which it is."""

    path: str
    text: str
    byte: int

    def below(self, path: str) -> Damage:
        """The same, told by a node that stands higher by this path."""
        return Damage(".".join(part for part in (path, self.path) if part), self.text, self.byte)


class OddText(str):
    """A text with a byte that is not UTF-8, which is shown as a sign in its place: none to tell a record by."""

    __slots__ = ("damage",)
    damage: Damage

    def __new__(cls, found: re.Match[str]) -> Self:
        """The text in which the byte was found."""
        text = super().__new__(cls, _ODD_CHARACTER.sub("\ufffd", found.string))
        text.damage = Damage("", str(text), ord(found[0]) - _ODD)
        return text


@dataclass(slots=True)
class YamlMap:
    """A mapping as it was written: keys, values and the line of each key, counted from 1.

    `damage` is the first byte in it, however deep, that is not UTF-8: what it has must not pass for whole.
    """

    entries: list[tuple[Node, Node, int]] = field(default_factory=list)
    damage: Damage | None = None
    _by_key: dict[str, Node] | None = None

    def get(self, key: str) -> Node:
        """The value under a key, None where there is none; NoScalar when the key stands there twice."""
        # Worked out once: an anchored mapping may be referred to, and asked, a hundred thousand times.
        if self._by_key is None:
            self._by_key = {}
            for name, value, _ in self.entries:
                if isinstance(name, str):
                    twice = NoScalar(f"{name} is given twice")
                    self._by_key[name] = value if name not in self._by_key else twice
        return self._by_key.get(key)


Node = YamlMap | YamlList | OddText | str | None


def read_yaml(body: bytes, *, feed: str) -> Node:
    """The one document in the bytes; WrongContent when they are no YAML, or larger or deeper than may be.

    Built from the parser's events, one by one: composing a nested document calls itself for every level, in C, and
    sixty kilobytes of brackets end the process. A byte that is not UTF-8 is told by the nodes it stands in, as long as
    the rest is YAML; in a comment it costs nothing.
    """
    require_size(body, "yaml", where=feed)
    require_at_most(_MOST_DIRECTIVES, len(_DIRECTIVE.findall(body)), "directives", where=feed)
    try:
        return _Builder(feed).built(yaml.parse(_decoded(body), Loader=_LOADER))
    except (yaml.YAMLError, ValueError) as error:
        evidence = " ".join(str(error).split())[:200]
        raise WrongContent("broken YAML", where=feed, evidence=evidence) from error


def damage_of(node: Node) -> Damage | None:
    """The first byte in a node that is not UTF-8; None where all are."""
    return node.damage if isinstance(node, OddText | YamlMap | YamlList) else None


def scalar_at(node: Node, path: str) -> str | None:
    """The text at a dotted path; None where nothing is given. NoScalar where something other than a text is."""
    for key in path.split("."):
        if node is None:
            return None
        if not isinstance(node, YamlMap):
            return NoScalar(node if isinstance(node, str) else "a list")
        node = node.get(key)
    if node is None or isinstance(node, str):
        return node
    return NoScalar("a mapping" if isinstance(node, YamlMap) else "a list")


def _decoded(body: bytes) -> str:
    """The text, odd bytes as characters that nobody uses; UnicodeDecodeError where the file itself uses one."""
    try:
        return without_invisible(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        text = without_invisible(body.decode("utf-8-sig", "surrogateescape"))
        if _ODD_CHARACTER.search(text):
            raise
        return text.translate({0xDC00 + byte: _ODD + byte for byte in range(0x80, 0x100)})


class _Builder:
    """Puts the tree together from events, within bounds."""

    def __init__(self, feed: str) -> None:
        self._feed = feed
        self._anchors: dict[str, Node] = {}
        self._open: list[YamlMap | YamlList] = []
        # The key that waits for its value, one for each open collection.
        self._keys: list[tuple[Node, int] | None] = []
        self._root: Node = None
        self._documents = 0

    def built(self, events: Iterator[yaml.Event]) -> Node:
        for count, event in enumerate(events):
            require_at_most(MOST_NODES, count, "nodes and more to come", where=self._feed)
            require_at_most(MOST_DEPTH, len(self._open), "levels of nesting", where=self._feed)
            self._take(event)
        return self._root

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            require_at_most(1, self._documents, "documents", where=self._feed)
        elif isinstance(event, yaml.AliasEvent):
            node = self._anchors[event.anchor] if event.anchor in self._anchors else _unknown(event)
            if isinstance(node, YamlMap | YamlList) and node.damage:
                self._tell(node.damage)
            self._place(node, event)
        elif isinstance(event, yaml.NodeEvent):
            node = self._whole(_node_of(event))
            if event.anchor is not None:
                self._anchors[event.anchor] = node
            self._place(node, event)
            if isinstance(node, YamlMap | YamlList):
                self._open.append(node)
                self._keys.append(None)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

    def _whole(self, node: Node) -> Node:
        """The node; a text with an odd byte is told by all that it stands in, and shown with a sign in its place."""
        found = _ODD_CHARACTER.search(node) if isinstance(node, str) else None
        if found is None:
            return node
        text = OddText(found)
        self._tell(text.damage)
        return text

    def _tell(self, damage: Damage) -> None:
        if not self._open:
            raise ValueError(f"byte {damage.byte:#04x} is not UTF-8")
        for inside, key in zip(reversed(self._open), self._way_out(), strict=True):
            damage = damage.below(key) if isinstance(key, str) else damage
            inside.damage = inside.damage or damage

    def _way_out(self) -> Iterator[Node]:
        """The keys from where we are to the root, one for each open collection; None in a list, and at a key itself."""
        pending = self._keys[-1]
        yield pending[0] if pending else None
        # A collection is placed when it opens: what is open stands under the last key of what it stands in.
        for above in reversed(self._open[:-1]):
            yield above.entries[-1][0] if isinstance(above, YamlMap) and above.entries else None

    def _place(self, node: Node, event: yaml.Event) -> None:
        if not self._open:
            self._root = node
            return
        inside = self._open[-1]
        if not isinstance(inside, YamlMap):
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = (node, _line(event))
        else:
            inside.entries.append((key[0], node, key[1]))
            self._keys[-1] = None


def _node_of(event: yaml.NodeEvent) -> Node:
    if isinstance(event, yaml.MappingStartEvent):
        return YamlMap()
    if isinstance(event, yaml.SequenceStartEvent):
        return YamlList()
    text = str(event.value).strip() if isinstance(event, yaml.ScalarEvent) else ""
    return None if text in _NULLS else text


def _unknown(event: yaml.AliasEvent) -> Node:
    raise ValueError(f"line {_line(event)} refers to {shortened(str(event.anchor))!r}, which stands nowhere before")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0
