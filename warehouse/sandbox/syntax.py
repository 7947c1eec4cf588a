"""What the engine parsed: the nodes of a statement's syntax tree, and what stands behind an EXPLAIN.

No text is looked at here that the engine has not taken apart itself. A pattern of our own for comments, quotes or
prefixes would differ from the engine somewhere, and the difference is a way past the gate.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, str]

_KEYS: Final = (
    "cte_map|class|type|sample|function|function_name|table_name|schema_name|catalog_name|schema|catalog|query_location"
)
# Strings are always taken whole, so that nothing inside one can be mistaken for a part of the tree.
_TOKEN: Final = re.compile(
    rf'"(?P<key>{_KEYS})":(?P<value>"(?:[^"\\]|\\.)*+"|\{{|[^",{{}}\[\]]*+)|"(?:[^"\\]|\\.)*+"|[{{}}]'
)
# Unicode blanks are letters to the tokenizer, and so they are here.
_WORD: Final = re.compile(r"[A-Za-z0-9_\x80-\U0010ffff]+|\S")
_OPTION: Final = r"(?:ANALY[SZ]E|FORMAT [A-Z]+)"
_EXPLAIN: Final = re.compile(rf"EXPLAIN (?:ANALY[SZ]E |\( {_OPTION}(?: , {_OPTION})* \) )?")
# More than an EXPLAIN with its options has.
MANY_WORDS: Final = 16


def tree_of(connection: duckdb.DuckDBPyConnection, query: str) -> str | None:
    """The syntax tree of a reading statement as JSON text; None when it has none (PRAGMA and CALL count as SELECT)."""
    # As a literal, because the client imports pandas for its first parameter: a second of waiting.
    literal = "'" + query.replace("'", "''") + "'"
    tree = str(connection.execute(f"SELECT json_serialize_sql({literal})").fetchall()[0][0])
    return None if tree.startswith('{"error":true') else tree


def nodes(tree: str) -> Iterator[Node]:
    """Every object of a syntax tree with those of its own fields that matter, inner ones first.

    Texts are decoded, anything else stands as written; `{` is an object of its own. The object below `function` of a
    table function has the field `is_table_function`. Read without recursion: depth cannot exhaust anything.
    """
    above: list[Node] = []
    opened: Node = {}
    for token in _TOKEN.finditer(tree):
        key, value = token["key"], token["value"]
        if key and above:
            above[-1][key] = json.loads(value) if value.startswith('"') else value
        if value == "{":
            opened = {"is_table_function": "true"} if key == "function" else {}
            above.append(opened)
        elif token[0] == "{":
            above.append({})
        elif token[0] == "}":
            yield above.pop()


@dataclass(frozen=True, slots=True)
class Explained:
    """An EXPLAIN taken apart: it and its options in our own writing, and the byte at which the statement begins."""

    prefix: str
    begins_at: int


def explained(query: str) -> Explained | None:
    """What an EXPLAIN explains; None when it is not written in one of the ways known here."""
    words = _words(query)
    said = _EXPLAIN.match(" ".join(word for _, word in words).upper())
    # One word of the engine's is one word here, or the count would point elsewhere.
    count = len(said[0].split()) if said else 0
    if said is None or count == len(words):
        return None
    options = " ".join(said[0].split()).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
    return Explained(f"{options} ", words[count][0])


def first_word(query: str) -> str:
    """The word a statement begins with, in capitals; empty when there is none."""
    return next((word.upper() for _, word in _words(query)), "")


def _words(query: str) -> list[tuple[int, str]]:
    """The first words of a query with their places in bytes, as the engine's own tokenizer finds them; no comments."""
    text = query.encode()
    found = []
    for place, _ in duckdb.tokenize(query)[:MANY_WORDS]:
        # A token ends where its word does; what follows up to the next one may be a comment.
        word = _WORD.match(text[place : place + 32].decode(errors="ignore"))
        found.append((place, word[0] if word else "?"))
    return found
