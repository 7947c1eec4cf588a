"""What a row notes beside the number so far, in the language of the reader: which system, when, and on whose word."""

from __future__ import annotations

import re
from typing import Final

from flows.edition.authored import day_in, in_language, opened, reading_in
from flows.edition.formats import format_value, typeset
from flows.edition.words import words
from models.days import READING_UNITS, counted_digits

# As the models write a reading into a sentence: 92.9 % on 2024-09-18 (who, series: how); 94.8 %: who, series: how.
_UNITS: Final = "|".join(map(re.escape, sorted(READING_UNITS.values(), key=len, reverse=True)))
AMOUNT: Final = rf"-?\d[\d.,]*(?:e-?\d+)?(?: [%TBM](?![\w-]))?(?: (?:{_UNITS}))?"
_NUMBER: Final = rf"(?P<value>{AMOUNT})"
_BRACKETED: Final = re.compile(_NUMBER + r"(?: (?:on|in) (?P<day>\d{4}(?:-\d\d){0,2}))? \((?P<note>.+)\)")
_BEFORE: Final = re.compile(_NUMBER + r": (?P<note>.+)")


def note_in(note: str | None, lang: str) -> str:
    """`actual_note` of out.property in the language; empty where a row has none."""
    if lang == "en" or not note:
        return note or ""
    found = opened(note, lang)
    if found is None:
        return _part(note, lang)
    said, gaps = found
    return said.format(*("；".join(_part(one, lang) for one in _readings(gap)) for gap in gaps))


def _readings(text: str) -> list[str]:
    """Several readings one after another; a semicolon within brackets parts remarks on one of them."""
    found, depth = [""], 0
    for piece in re.split(r"(; |[()])", text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "; " and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found


def _part(text: str, lang: str) -> str:
    """A reading with its number and its day; else names or days."""
    match = _BRACKETED.fullmatch(text) or _BEFORE.fullmatch(text)
    if match is None:
        return day_in(text, lang) or _named(text, lang)
    said, w = match.groupdict(), words(lang)
    number, about = amount_in(said["value"], lang), reading_in(said["note"], lang)
    if match.re is _BEFORE:
        return w.clause.format(number, about)
    return w.in_brackets.format(number, w.join.join(filter(None, (_when(said["day"] or "", lang), about))))


def _when(text: str, lang: str) -> str:
    return f"{text}年" if len(text) == len("2026") else day_in(text, lang)


def _named(text: str, lang: str) -> str:
    names = text.split(", ")
    # A reading has a comma as well, before its series; names of tasks and ids of inputs are told one by one.
    told = [in_language(one, lang) for one in names]
    return "、".join(told) if all(re.fullmatch(r"[\w. ]+", one) for one in names) else reading_in(text, lang)


def amount_in(text: str, lang: str) -> str:
    """A value as the models tell it, with the unit of its series: 48 T tokens, 69.7 tokens a second, 92.9 %."""
    digits, _, rest = text.partition(" ")
    if rest == "%":
        return words(lang).percent.format(digits)
    scales = {name.strip(): number for number, name in words("en").scales}
    suffix, _, unit = rest.partition(" ") if rest.partition(" ")[0] in scales else ("", "", rest)
    code = next((code for code, word in READING_UNITS.items() if word == unit), "")
    number = float(digits.replace(",", "")) * scales.get(suffix, 1.0)
    return typeset(format_value(number, code, lang, counted_digits(number)))
