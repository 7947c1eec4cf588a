"""Views and macros that stand by themselves: every call of a macro of ours is replaced by what it stands for.

DuckDB looks the names in a view up where the view is, but those in a macro where the reader is. With calls written out,
views answer in an attached file under any name; with its tables named in full, a macro answers in a file attached as
CATALOG, the name that `ATTACH 'gpt2030.duckdb'` gives it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CATALOG: Final = "gpt2030"
# Comments and text in quotes are passed over: a macro's name may well stand in them.
_TOKENS: Final = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\b[a-z_]\w*(?=\()|\b(?:core|out|raw)\.\w+|[(),]")
_CREATE: Final = re.compile(
    r"CREATE OR REPLACE (?:MACRO (?P<macro>\w+)\((?P<parameters>[^)]*)\) AS(?P<table> TABLE)?|VIEW (?P<view>\w+) AS)\s"
)


@dataclass(frozen=True, slots=True)
class _Macro:
    """What a macro of ours stands for: an expression or, for a table macro, a SELECT."""

    parameters: Sequence[str]
    body: str

    def of(self, arguments: Sequence[str]) -> str:
        """The body in brackets, with arguments in the place of parameters."""
        given = dict(zip(self.parameters, arguments, strict=True))
        named = re.compile(r"--[^\n]*|'(?:[^']|'')*'|(?<![.\w])(?:" + "|".join(map(re.escape, given)) + r")\b(?!\()")
        # In brackets, or an argument with an operator in it would be torn apart.
        put = named.sub(lambda found: f"({given[found[0]]})" if found[0] in given else found[0], self.body)
        return f"({put if given else self.body})"


def standing_alone(script: str, *, is_qualified: bool) -> str:
    """The script with every call of a macro that it defines written out; tables in macros named in full on demand."""
    known: dict[str, _Macro] = {}
    out = []
    for statement in statements(script):
        head = _CREATE.search(statement)
        if head is None:
            out.append(statement)
            continue
        body = _expanded(_without_comments(statement[head.end() :]).rstrip().rstrip(";"), known)
        if head["macro"]:
            names = [name.strip() for name in head["parameters"].split(",") if name.strip()]
            known[head["macro"]] = _Macro(names, body)
            body = _qualified(body) if is_qualified else body
        out.append(f"{statement[: head.end()]}{body};")
    return "\n".join(out)


def statements(script: str) -> Iterator[str]:
    """The script cut after every semicolon that ends a statement."""
    start = 0
    for found in re.finditer(r"--[^\n]*|'(?:[^']|'')*'|;", script):
        if found[0] == ";":
            yield script[start : found.end()].strip()
            start = found.end()
    if script[start:].strip():
        yield script[start:].strip()


def _without_comments(body: str) -> str:
    return re.sub(r"'(?:[^']|'')*'|--[^\n]*\n?", lambda found: found[0] if found[0][0] == "'" else "", body)


def _expanded(body: str, known: Mapping[str, _Macro]) -> str:
    """The body with every call of a known macro replaced, arguments first."""
    out, place = [], 0
    while found := _next_call(body, place, known):
        end, arguments = _arguments(body, found.end())
        out += [body[place : found.start()], known[found[0]].of([_expanded(one, known) for one in arguments])]
        place = end
    return "".join([*out, body[place:]])


def _next_call(body: str, place: int, known: Mapping[str, _Macro]) -> re.Match[str] | None:
    return next((found for found in _TOKENS.finditer(body, place) if found[0] in known), None)


def _arguments(body: str, opening: int) -> tuple[int, list[str]]:
    """Where the call ends whose bracket opens there, and its arguments."""
    depth, start, found = 0, opening + 1, list[str]()
    for token in _TOKENS.finditer(body, opening):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0 or (depth == 1 and token[0] == ","):
            found.append(body[start : token.start()].strip())
            start = token.end()
        if depth == 0:
            return token.end(), [one for one in found if one]
    raise ValueError(f"a bracket is not closed: {body[opening : opening + 60]}")


def _qualified(body: str) -> str:
    def named(found: re.Match[str]) -> str:
        return f"{CATALOG}.{found[0]}" if re.match(r"(?:core|out|raw)\.", found[0]) else found[0]

    return _TOKENS.sub(named, body)
