"""Why a row moved since the edition before: each cause as a bar from where the one before it ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from markupsafe import Markup

from flows.edition.causes import LEAST_SPREADS, TOTAL, is_range_alone, kept_as, mostly_range, rows_in, shifts_in
from flows.edition.drawing import Canvas, Scale, inline
from flows.edition.formats import format_number, format_value, round_digits
from flows.edition.site import day_of
from flows.edition.words import words
from models.changes.size import DEX, has_part, scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flows.edition.site import Row, Site

# The sign of the number at the end of a row; not a hyphen in its name.
_MINUS: Final = re.compile(r"(?<= )-(?=[\d.]+(?:e[+-]\d+)?(?:[;；]|$))")
_MEDIANS: Final = ("p50", "previous_p50")
_LINE: Final = 30.0
_WIDTH: Final = 760.0


class Cause(NamedTuple):
    """One cause with its part of the change, and the rows that did most of it."""

    name: str
    amount: str
    detail: str


class Causes(NamedTuple):
    """The split of a change: in words, as bars, as rows."""

    sentence: str
    bars: Markup
    rows: list[Cause]
    since: str


def causes_of(row: Row, site: Site, lang: str) -> Causes | None:
    """The causes of the last change, the greatest first and the sum last; None where nothing is on record."""
    return split(row, site.changes.get(row["property_id"], []), lang)


def last_move(row: Row, site: Site, lang: str) -> tuple[date, str, Causes] | None:
    """The day and the edition before this one in which a row last moved by enough to be told, and its causes."""
    stated = site.last_moves.get(row["property_id"], [])
    causes = split({**row, **{name: stated[0][name] for name in _MEDIANS}}, stated, lang) if stated else None
    return (day_of(stated[0]["origin_date"]), stated[0]["edition_id"], causes) if causes else None


def split(row: Row, stated: Sequence[Row], lang: str) -> Causes | None:
    """The same of a row of any edition and its lines of out.change."""
    total = next((one for one in stated if one["cause"] == TOTAL), None)
    if total is None:
        return None
    if row["p50"] is None:
        # Bars would split the shift of a median that the table does not show; of one withdrawn it is told which it was.
        return _told(total, "causes_unpublished", lang) if row["previous_p50"] is None else None
    if total["size_spreads"] is not None and total["size_spreads"] < LEAST_SPREADS:
        return None  # told from there on: bars of a median that stays to its last digit would be told of nothing
    if is_range_alone(stated, row["unit"]):
        return _with_rows(_told(total, "causes_range", lang), stated, lang)
    # What is left over from the arithmetic is no cause.
    least = abs(total["amount"]) / 1000
    told = (one for one in stated if has_part(one["amount"], row["unit"]) or abs(one["amount"]) > least)
    parts = [one for one in told if one["cause"] != TOTAL]
    parts.sort(key=lambda one: (-abs(one["amount"]), one["cause"]))
    rows = [_cause(one | {"detail": shifts_in(one["detail"] or "")}, lang, kept_as(one)) for one in [*parts, total]]
    sentence, by_range = _sentence(row, total, lang), words(lang).detail["also"].join(mostly_range(stated, lang))
    if by_range:
        by_range = by_range[0].upper() + by_range[1:]
        sentence = words(lang).site["causes_mostly_range"].format(range=by_range, median=sentence)
    return Causes(sentence, _bars([*parts, total], rows, lang), rows, total["previous_edition_id"])


def _told(total: Row, word: str, lang: str) -> Causes | None:
    """A change in a sentence, without causes; None where it is too small for a word."""
    if total["size_spreads"] is None or total["size_spreads"] < LEAST_SPREADS:
        return None
    size = format_number(abs(total["size_spreads"]), "", digits=2)
    sentence = words(lang).site[word].format(size=size)
    return Causes(sentence, Markup(), [], total["previous_edition_id"])


def _with_rows(told: Causes | None, stated: Sequence[Row], lang: str) -> Causes | None:
    """A range that moved, with the rows behind each cause: their detail holds spreads, as no median moved."""
    w = words(lang)
    named = [_cause(one, lang) for one in stated]
    rows = w.join.join(w.clause.format(one.name, one.detail) for one in named if one.detail)
    if told is None or not rows:
        return told
    return told._replace(sentence=w.site["causes_range_rows"].format(sentence=told.sentence, rows=rows))


def _cause(one: Row, lang: str, called: str = "") -> Cause:
    detail, name = one["detail"] or "", words(lang).ledger[called or kept_as(one)]
    # Tables write a minus as programs do: beside −0.0533 of the cause, -0.11 of its row looked like another sign.
    return Cause(name, _signed(one["amount"]), _MINUS.sub("−", rows_in(detail, lang)))


def _signed(amount: float) -> str:
    sign = "+" if amount > 0 else "−"
    return f"{sign}{format_number(abs(round_digits(amount)), '')}"


def _sentence(row: Row, total: Row, lang: str) -> str:
    before, after, unit = row["previous_p50"], row["p50"], row["unit"]
    size = total["size_spreads"]
    return (
        words(lang)
        .site["causes_fact" if size is None else "causes_sum"]
        .format(
            before="–" if before is None else format_number(before, unit, lang),
            after="–" if after is None else format_value(after, unit, lang),
            size="" if size is None else format_number(abs(size), "", digits=2),
            scale=words(lang).site["causes_in_powers"] if scale_of(unit) == DEX else "",
        )
    )


def _bars(parts: Sequence[dict[str, Any]], rows: Sequence[Cause], lang: str) -> Markup:
    """The waterfall: the last bar is the sum, and starts where the first did."""
    ends, at = [0.0], 0.0
    for one in parts[:-1]:
        at += one["amount"]
        ends.append(at)
    x = Scale(min(0.0, *ends), max(0.0, *ends) or 1e-12, 190.0, _WIDTH - 90)
    canvas, at = Canvas(), 0.0
    for place, (one, said) in enumerate(zip(parts, rows, strict=True)):
        start, end = (0.0, one["amount"]) if one["cause"] == TOTAL else (at, at + one["amount"])
        left, right, y = *sorted((x.at(start), x.at(end))), place * _LINE + 6
        kind = "sum" if one["cause"] == TOTAL else "up" if end > start else "down"
        canvas.path(kind, f"M{left:g} {y:g}H{max(right, left + 1.5):g}V{y + 17:g}H{left:g}Z")
        canvas.text("e lg", (180, y + 13), said.name)
        canvas.text("sm", (max(right, left + 1.5) + 6, y + 13), said.amount)
        at = end
    canvas.path("ax", f"M{x.at(0.0):g} 0V{len(parts) * _LINE:g}")
    room = (_WIDTH, len(parts) * _LINE + 4)
    title = words(lang).site["causes"]
    return Markup(inline("".join(canvas.marks), room, "bars", title))  # noqa: S704 - escaped where it is drawn
