"""Values written into SQL as literals: DuckDB 1.5 imports pandas, seconds of work, at the first parameter it gets."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import duckdb

from warehouse.contracts.table import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK: Final = b"?"


def with_values(sql: str, values: Sequence[object]) -> str:
    """`sql` with each `?` replaced by a value, in order; a `?` in a text, a name or a comment is left alone.

    ValueError when there are more or fewer marks than values, TypeError for a value that no literal stands for.
    """
    if not values:
        return sql
    text, operator = sql.encode(), duckdb.token_type.operator
    # Places are counted in bytes, and only the tokenizer knows which question mark is one.
    places = [place for place, kind in duckdb.tokenize(sql) if kind == operator and text[place : place + 1] == _MARK]
    if len(places) != len(values):
        raise ValueError(f"{len(places)} places for {len(values)} values in: {sql}")
    starts = [0, *(place + 1 for place in places)]
    between = [text[start:end].decode() for start, end in zip(starts, [*places, len(text)], strict=True)]
    return "".join(piece + literal(value) for piece, value in zip(between, values, strict=False)) + between[-1]


def literal(value: object) -> str:
    """One value as SQL says it, in brackets where it would run into what stands before it.

    Moments are UTC without a zone. TypeError for anything but text, numbers, truth, dates, moments, nothing, and
    lists of these.
    """
    match value:
        # Before the numbers: True is an int to Python.
        case None | bool():
            said = "NULL" if value is None else str(value).lower()
        case str():
            # The parser takes a NUL for the end of the statement.
            said = f"({' || chr(0) || '.join(map(quoted, value.split(chr(0))))})"
        case int():
            said = f"({value})"
        case float():
            # float() sheds numpy's own way of printing; in quotes, because DuckDB takes a bare 0.1 for a DECIMAL.
            said = f"CAST('{float(value)!r}' AS DOUBLE)"
        case datetime() if value.tzinfo is None:
            said = f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case date() if not isinstance(value, datetime):
            said = f"DATE '{value.isoformat()}'"
        case list():
            said = f"[{', '.join(map(literal, value))}]"
        case _:
            raise TypeError(f"{value!r} ({type(value).__name__}) cannot be written as a literal")
    return said
