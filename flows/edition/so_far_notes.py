"""What a row notes beside the number so far, in the language of the reader: which system, when, and on whose word."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from flows.edition.authored import in_language, opened, reading_in
from flows.edition.formats import format_date, format_month, format_number, typeset
from flows.edition.words import words

# As the models write a reading into a sentence: 92.9 on 2024-09-18 (who, series: how); 94.8 %: who, series: how.
_NUMBER: Final = r"(?P<value>-?\d[\d.,]*(?:e-?\d+)?(?: [%TBM](?![\w-]))?)"
_BRACKETED: Final = re.compile(_NUMBER + r"(?: (?:on|in) (?P<day>\d{4}(?:-\d\d){0,2}))? \((?P<note>.+)\)")
_BEFORE: Final = re.compile(_NUMBER + r": (?P<note>.+)")
_DAY: Final = re.compile(r"\d{4}(?:-\d\d){1,2}")


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
        return _day(text, lang) if _DAY.fullmatch(text) else _named(text, lang)
    said, w = match.groupdict(), words(lang)
    number, about = _number(said["value"], lang), reading_in(said["note"], lang)
    if match.re is _BEFORE:
        return w.clause.format(number, about)
    return w.in_brackets.format(number, w.join.join([_day(said["day"], lang), about] if said["day"] else [about]))


def _named(text: str, lang: str) -> str:
    names = text.split(", ")
    # A reading has a comma as well, before its series; names of tasks and ids of inputs are told one by one.
    told = [in_language(one, lang) for one in names]
    return "、".join(told) if all(re.fullmatch(r"[\w. ]+", one) for one in names) else reading_in(text, lang)


def _number(text: str, lang: str) -> str:
    digits, _, suffix = text.partition(" ")
    if suffix == "%":
        return words(lang).percent.format(digits)
    scale = next((number for number, name in words("en").scales if name.strip() == suffix), 1.0)
    return typeset(format_number(float(digits.replace(",", "")) * scale, "", lang))


def _day(text: str, lang: str) -> str:
    # No more exactly than the sentence has it: the first of a month would be a day that nobody stated.
    if len(text) == len("2026"):
        return f"{text}年"
    if len(text) == len("2026-11"):
        return format_month(date.fromisoformat(f"{text}-01"), lang)
    return format_date(date.fromisoformat(text), lang)
