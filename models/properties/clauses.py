"""What the reason of a row says, clause by clause: in English, and as values that another language words anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models.days import LEAST_CHANCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date


class Clause(NamedTuple):
    """One clause: the English text, the key of its pattern in other languages, and what that pattern is filled with.

    Values are texts, whole numbers, lists of texts, or one of the three below, which languages write in their own way.
    """

    key: str
    text: str
    values: Mapping[str, Any] = {}


def number(value: float) -> dict[str, float]:
    """A number in the unit of its row."""
    return {"number": float(value)}


def share(value: float) -> dict[str, float]:
    """A share, 0 to 1, told in per cent."""
    return {"share": float(value)}


def often(value: float) -> str:
    """A share in per cent, to two digits as the pages tell it: 82 %, 99.7 %, 100 %."""
    per_cent = 100 * value
    # Of what is close to all of it the rest counts as well.
    rest = min(per_cent, 100 - per_cent) if 0 < per_cent < 100 else per_cent
    return f"{round(per_cent, 0 if rest >= 10 else 1 if rest >= 1 else 2):.10g} %"


def likely(value: float) -> str:
    """A chance counted in draws: what all of them agree on is not certain, and 100 % would say that it is.

    `flows.edition.formats.format_chance`, which no model may import, writes it the same: a test compares the two.
    """
    if value > 1 - LEAST_CHANCE:
        return f"over {often(1 - LEAST_CHANCE)}"
    return f"under {often(LEAST_CHANCE)}" if value < LEAST_CHANCE else often(value)


def day(value: date, precision: str = "day") -> dict[str, str]:
    """A day, or the month or year that is all that is known of it."""
    return {"date": value.isoformat(), "precision": precision}


def sentence(*clauses: Clause | None) -> str:
    """The clauses that there are as one sentence in English."""
    text = "; ".join(one.text for one in clauses if one is not None)
    return f"{text[0].upper()}{text[1:]}."


def stored(clauses: tuple[Clause, ...]) -> list[dict[str, Any]]:
    """Keys and values as they are kept with the row; the English stands in its reason."""
    return [{"key": one.key, **one.values} for one in clauses]
