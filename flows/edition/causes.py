"""What a cause of a change is called, and how its part is told: in alerts, in `diff` and in the feed alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from flows.edition.formats import DIGITS, format_number, round_digits
from flows.edition.words import words
from models.changes.size import has_part, scale_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# The cause under which the whole change stands in out.change.
TOTAL: Final = "total"
# Where a forecast went whose median moved less than half as far as all of it: its range says more.
BY_RANGE: Final = frozenset({"wider", "narrower"})
# Time passing moves every row a little every day: what told of each would be read by nobody.
LEAST_SPREADS: Final = 0.2
# To so many digits everywhere: 12 in the list of what moved and 12.5 in the table of the same page were two moves.
MOVED_DIGITS: Final = 2
# How flows/ask/movers.py begins the name of one that is an assumption.
ASSUMED_ROW: Final = "assumption "
# Causes that rows of data and assumptions may both be.
_OF_ROWS: Final = frozenset({"revised_rows", "removed_rows", "new_rows"})
# A changed row as flows/ask/movers.py calls it, with what it moved.
_ROW: Final = re.compile(
    r"(?:assumption (?P<assumption>\S+)|(?P<system>.+) on (?P<series>\S+/\S+))"
    r"(?P<number> [-+]?\d[\d.e+-]*)?(?: \(\d{4}-\d\d-\d\d\))?"
)


# The spreads by which a row alone moves a range, behind its name; a shift of a median has a sign.
_REACH: Final = re.compile(r" (\d[\d.]*(?:e[+-]\d+)?)$")


def told_as(cause: str, rows: Iterable[str]) -> str:
    """The word for a cause by the names of the rows behind it: an assumption that somebody stated is no new data."""
    are = {is_assumption(text) for text in rows} if cause in _OF_ROWS else set()
    if True not in are:
        return cause
    return f"{cause}_and_assumptions" if False in are else cause.replace("rows", "assumptions")


def is_assumption(text: str) -> bool:
    """Whether a changed row is an assumption; a system may be called like one, and stands on its series."""
    found = _ROW.fullmatch(text)
    return bool(found and found["assumption"])


def kept_as(change: Mapping[str, Any]) -> str:
    """The same for a row of out.change, whose `detail` names those that moved it most."""
    return told_as(change["cause"], filter(None, (change.get("detail") or "").split("; ")))


def moved_text(row: Mapping[str, Any], lang: str, digits: int = DIGITS, *, is_range: bool = False) -> str:
    """How far a row of out.property moved: with a sign where its median rose or fell, without where its range did."""
    shift, numbers = row["change_spreads"], (row["p50"], row["previous_p50"])
    stayed = None not in numbers and round_digits(numbers[0]) == round_digits(numbers[1])
    sign = "" if stayed or is_range else "+" if shift > 0 else "−"
    return words(lang).page["moved"].format(f"{sign}{format_number(abs(shift), '', lang, digits=digits)}")


def is_still(amounts: Iterable[float], unit: str) -> bool:
    """Whether none of the parts is worth a word: causes split the shift of the median.

    A row that only grew wider would stand there with what is left over from the arithmetic, 3e-9, as its cause.
    """
    return not any(has_part(amount, unit) for amount in amounts)


def is_moved_range(changes: Sequence[Mapping[str, Any]], unit: str) -> bool:
    """Of a row's lines of out.change, whether its range moved more than its median: its size then has no sign."""
    # Of an edition that kept no directions only what its parts tell is known.
    is_so = any(one.get("direction") in BY_RANGE for one in changes)
    return is_so or (len(changes) > 1 and is_range_alone(changes, unit))


def is_range_alone(changes: Iterable[Mapping[str, Any]], unit: str) -> bool:
    """The same of a row's lines of out.change: their total is no part.

    Counted as one, a median from 99 % to 99 % had bars on its page and was a range that moved in `diff`.
    """
    return is_still((one["amount"] for one in changes if one["cause"] != TOTAL), unit)


def reaches_of(changes: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Of a row's lines of out.change, where its median moved less than half as far as its range: how far each reaches.

    By the word for the cause, in spreads; nothing of other rows, and of editions that did not keep it. The parts of the
    median would name time passing for a row that a new assumption had made three times as wide.
    """
    kept = [one for one in changes if one.get("direction") in BY_RANGE]
    far = {kept_as(one): one["reach_spreads"] or 0.0 for one in kept if one["cause"] != TOTAL}
    return {cause: spreads for cause, spreads in far.items() if spreads >= LEAST_SPREADS}


def mostly_range(changes: Sequence[Mapping[str, Any]], lang: str = "en") -> list[str]:
    """The same in words, to stand before the parts of the median; nothing where they say it all.

    With the rows that reach farthest alone: an assumption that had made a row three times as wide shifted its median by
    nothing, was named nowhere, and "new rows" stood for it.
    """
    reaches = reaches_of(changes)
    rows = {kept_as(one): reaches_in(one["detail"] or "") for one in changes if one.get("detail")}
    return [words(lang).ledger["mostly_range"], *reach_lines(reaches, lang, rows)] if reaches else []


def shifts_in(detail: str) -> str:
    """Of the rows that out.change keeps of a cause, those with what each shifts the median by: signed numbers."""
    return "; ".join(one for one in filter(None, detail.split("; ")) if not _REACH.search(one))


def reaches_in(detail: str) -> list[tuple[str, float]]:
    """Those with the spreads that each moves the range by, alone: their numbers have no sign."""
    found = ((one, _REACH.search(one)) for one in detail.split("; "))
    return [(one[: match.start()], float(match[1])) for one, match in found if match]


def weightiest(parts: Mapping[str, float]) -> list[str]:
    """The causes that did most, the greatest first: the one with the largest part and all with half as much."""
    ranked = sorted(parts.items(), key=lambda one: (-abs(one[1]), one[0]))
    return [cause for cause, amount in ranked if abs(amount) >= abs(ranked[0][1]) / 2]


def cause_line(cause: str, amount: float, unit: str, rows: Sequence[tuple[str, float]] = (), lang: str = "en") -> str:
    """One cause: `new rows +0.21 dex (Claude Opus 4.6 on metr/v1.1/p50-horizon +0.34)`."""
    w, ledger = words(lang), words(lang).ledger
    named = w.join.join(f"{row_in(text, lang)} {signed(moved)}" for text, moved in rows)
    amount = amount if has_part(amount, unit) else 0.0
    measure = ledger[f"scale_{scale_of(unit)}"] if amount else ""
    said = f"{ledger[told_as(cause, (text for text, _ in rows))]} {signed(amount)}{measure}"
    return w.in_brackets.format(said, named) if named else said


def reach_lines(
    reaches: Mapping[str, float], lang: str = "en", rows: Mapping[str, Sequence[tuple[str, float]]] | None = None
) -> list[str]:
    """By what a range moved whose median stayed, the farthest first; `reaches` as in Comparison, of one row.

    `rows` are by cause those that moved it, each with the spreads that it alone accounts for.
    """
    w, ledger, named = words(lang), words(lang).ledger, rows or {}
    told = sorted((one for one in reaches.items() if one[1] >= LEAST_SPREADS), key=lambda one: -one[1])
    called = {cause: ledger[told_as(cause, (text for text, _ in named.get(cause, ())))] for cause, _ in told}
    far = {cause: ledger["reach"].format(called[cause], round_digits(spreads, 2)) for cause, spreads in told}
    behind = {cause: w.join.join(reached(*one, lang) for one in named.get(cause, ())) for cause in far}
    return [w.in_brackets.format(text, behind[cause]) if behind[cause] else text for cause, text in far.items()]


def range_lines(
    reaches: Mapping[str, float], rows: Mapping[str, Sequence[tuple[str, float]]] | None = None, lang: str = "en"
) -> list[str]:
    """Why a row moved whose median stayed: its causes split the shift of the median, and would all be 0."""
    return [words(lang).ledger["still"], *reach_lines(reaches, lang, rows)]


def reached(text: str, far: float, lang: str = "en") -> str:
    """A changed row with the spreads by which it alone moved a range: unsigned, unlike a part of a shift."""
    return f"{row_in(text, lang)} {round_digits(far, 2):g}"


def row_in(text: str, lang: str) -> str:
    """What a changed row is called, `assumption X` or `system on series`, with the number behind it, if any."""
    found = None if lang == "en" else _ROW.fullmatch(text)
    if found is None:
        return text
    ledger, said = words(lang).ledger, found.groupdict(default="")
    name = "row_assumption" if said["assumption"] else "row_reading"
    return ledger[name].format(**said) + said["number"]


def rows_in(detail: str, lang: str) -> str:
    """The changed rows of a cause as out.change keeps them."""
    return words(lang).detail["also"].join(row_in(one, lang) for one in detail.split("; "))


def signed(amount: float) -> str:
    """A contribution with its sign; 0 without one."""
    return f"{round_digits(amount, 2):+g}" if amount else "0"
