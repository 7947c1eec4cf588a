"""The clauses that rows of benchmarks have in common: who passed what and when, and what goes on in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from models.days import WORN
from models.properties.clauses import Clause, day, likely, number, share

if TYPE_CHECKING:
    from models.properties.context import Context, Reading

# What goes on in the place of a test, and what does so but is used up itself.
FOLLOWED: Final = ("followed", "followed_worn")


def named(one: Reading) -> dict[str, Any]:
    """Values of a reading: when, which system, its share and how it was measured."""
    return {"when": when(one), "system": one.system, "value": share(one.value), "protocol": one.protocol}


def when(one: Reading) -> dict[str, str]:
    """The day of a reading, as exactly as it is known."""
    return day(one.day, one.precision)


def percent(share: float, digits: int = 3) -> str:
    """A share as the table prints it: 92.9 %, 90 %."""
    return f"{100 * share:.{digits}g} %"


def followed(heir: str) -> Clause:
    """What goes on in the place of a test, by its name as `named_successor` gives it: it may be used up as well."""
    label = heir.removesuffix(WORN)
    return Clause(FOLLOWED[label != heir], f"followed by {heir}", {"heir": label})


def odds(context: Context, never: float) -> tuple[Clause, ...]:
    """The chance that a mark is not reached by the target date."""
    text = f"a chance of {likely(never)} that it is not by {context.target_date}"
    return (Clause("chance_not", text, {"chance": share(never), "target": day(context.target_date)}),)


def marked(mark: str, passed: Reading, *, is_share: bool) -> Clause:
    """That a mark was passed: with what, when and by whom; `is_share` where its series is one of shares."""
    value = percent(passed.value) if is_share else f"{passed.value:.3g}"
    text = f"passed {mark} with {value} {passed.when} ({passed.note})"
    told = share(passed.value) if is_share else number(passed.value)
    return Clause("mark", text, {"mark": mark, "value": told, "when": when(passed), "by": passed.note})
