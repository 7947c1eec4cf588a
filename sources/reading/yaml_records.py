"""YAML of strangers as a tree of text: nothing is turned into a date or a number unasked, and no depth ends the run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import yaml

from sources.bounds import MOST_DEPTH, MOST_NODES, require_at_most, require_size, shortened
from sources.errors import WrongContent
from sources.reading.json_records import NoScalar

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Each directive is compared with all before it; files have none.
_DIRECTIVE: Final = re.compile(rb"^%", re.MULTILINE)
_MOST_DIRECTIVES: Final = 10
_NULLS: Final = frozenset({"", "~", "null"})


@dataclass(slots=True)
class YamlList:
    """A sequence: that it is one is all we want to know."""


@dataclass(slots=True)
class YamlMap:
    """A mapping as it was written: keys, values and the line of each key, counted from 1."""

    entries: list[tuple[Node, Node, int]] = field(default_factory=list)
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


Node = YamlMap | YamlList | str | None


def read_yaml(body: bytes, *, feed: str) -> Node:
    """The one document in the bytes; WrongContent when they are no YAML, or larger or deeper than may be.

    Built from the parser's events, one by one: composing a nested document calls itself for every level, in C, and
    sixty kilobytes of brackets end the process.
    """
    require_size(body, "yaml", where=feed)
    require_at_most(_MOST_DIRECTIVES, len(_DIRECTIVE.findall(body)), "directives", where=feed)
    try:
        return _Builder(feed).built(yaml.parse(body.decode("utf-8-sig"), Loader=_LOADER))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        evidence = " ".join(str(error).split())[:200]
        raise WrongContent("broken YAML", where=feed, evidence=evidence) from error


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
            self._place(self._anchors[event.anchor] if event.anchor in self._anchors else _unknown(event), event)
        elif isinstance(event, yaml.NodeEvent):
            node = _node_of(event)
            if event.anchor is not None:
                self._anchors[event.anchor] = node
            self._place(node, event)
            if isinstance(node, YamlMap | YamlList):
                self._open.append(node)
                self._keys.append(None)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

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
